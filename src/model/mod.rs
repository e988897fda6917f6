//! The nouns and their rules: pure, without disk, network, clock, SQL or JSON.

pub mod address;
pub mod page;
pub mod time;
