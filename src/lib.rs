//! Toaster saves links and brings them back with reminders.

pub mod clock;
pub mod error;
pub mod extract;
pub mod fetch;
pub mod http;
pub mod model;
pub mod net;
pub mod threads;
