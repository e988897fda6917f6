//! The verbs: one function per thing the program does, inside the caller's transaction.

pub mod accounts;
pub mod acts;
pub mod bookmarks;
pub mod bulk;
pub mod burning;
pub mod compose;
pub mod deliveries;
pub mod destinations;
pub mod duplicates;
pub mod feeds;
pub mod folders;
mod hooks;
pub mod imports;
pub mod link_checks;
mod order;
pub mod outbox;
pub mod pages;
pub mod prune;
pub mod reminders;
pub mod rules;
pub mod searches;
pub mod set_back;
pub mod shown;
pub mod tags;
pub mod tokens;
pub mod undo;
