//! Tests of the whole program: in a simulated world where time is stepped, and with the real
//! binary over real sockets.

#![expect(clippy::unwrap_used, reason = "what surprises a test ends it")]

mod api;
mod backup;
mod cli;
mod clock_steps;
mod crash;
mod delivery;
mod fetching;
mod flows;
mod load;
mod pages;
mod process;
mod quiet;
mod reminder_api;
mod reminder_content;
mod reminders;
mod server;
mod sites;
mod tidy;
mod travel;
mod world;
