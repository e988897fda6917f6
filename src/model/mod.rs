//! The nouns and their rules: pure, without disk, network, clock, SQL or JSON.

pub mod act;
pub mod address;
pub mod bookmark;
pub mod clock_sense;
pub mod delivery;
pub mod destination;
pub mod feed;
pub mod folder;
pub mod id;
pub mod language;
pub mod message;
pub mod offsets;
pub mod page;
pub mod quiet_hours;
pub mod reason;
pub mod recurrence;
pub mod reminder;
pub mod scope;
pub mod seal;
pub mod search;
pub mod spoken_time;
pub mod text;
pub mod time;
pub mod user;
pub mod zones;
