//! Toaster saves links and brings them back with reminders.
//!
//! Three flows, and the modules are named after their stations:
//!
//! - a request: [`http`] → [`ops`] → [`store`]: a person saves a link or sets a reminder;
//! - a due time: [`worker::scheduler`] → [`ops`] → [`store`] (the outbox) →
//!   [`worker::outbox_sender`] → [`transport`];
//! - a new link: [`worker::page_fetcher`] → [`fetch`] → [`extract`] → [`ops`] → [`store`].
//!
//! [`model`] is the nouns, [`ops`] the verbs, [`store`] the memory; [`http`], [`fetch`],
//! [`extract`] and [`transport`] are the edges, and [`worker`] is the motion. [`app`] ties
//! them together, [`cli`] gives them commands.

pub mod model;

pub mod clock;
pub mod config;
pub mod error;
pub mod log;
pub mod secret;
pub mod threads;

pub mod store;

pub mod ops;

pub mod export;
pub mod extract;
pub mod fetch;
pub mod http;
pub mod net;
pub mod transport;

pub mod worker;

pub mod app;
pub mod cli;
