//! Tests of the whole program: in a simulated world where time is stepped, and with the real
//! binary over real sockets.

#![expect(clippy::unwrap_used, reason = "what surprises a test ends it")]

mod accounts_api;
mod api;
mod backup;
mod burning;
mod cli;
mod clock_steps;
mod contract;
mod crash;
mod delivery;
mod destination_api;
mod feeds;
mod fetching;
mod flows;
mod fuse;
mod hooks;
mod imports;
mod interop;
mod interop_calls;
mod link_checks;
mod load;
mod pages;
mod process;
mod push_services;
mod quiet;
mod random_world;
mod reminder_api;
mod reminder_content;
mod reminders;
mod rights;
mod rules_api;
mod search_api;
mod server;
mod sites;
mod tags_api;
mod tidy;
mod travel;
mod undo_api;
mod world;
