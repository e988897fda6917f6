//! Tests of the whole program: in a simulated world where time is stepped, and with the real
//! binary over real sockets.

#![expect(clippy::unwrap_used, reason = "what surprises a test ends it")]

mod api;
mod backup;
mod cli;
mod crash;
mod delivery;
mod feeds;
mod fetching;
mod flows;
mod interop;
mod load;
mod pages;
mod quiet;
mod reminder_api;
mod reminders;
mod server;
mod sites;
mod tidy;
mod world;
