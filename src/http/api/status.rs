//! `/api/v1/status`, for admins: how the server is doing. It tells of nobody in particular.

use serde::Serialize;

use crate::error::Result;
use crate::http::context::Context;
use crate::http::response::Response;
use crate::store::status;

#[cfg(test)]
pub(super) mod contract;

/// How the server is doing.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct StatusReply {
    /// The version of the server.
    version: &'static str,
    /// The version of its database.
    schema: usize,
    /// Seconds since it was started.
    uptime_s: u64,
    /// Whether its clock is believed.
    clock: ClockReply,
    /// How large its database is.
    database: DatabaseReply,
    /// How much there is, of everybody.
    counts: CountsReply,
    /// What waits to be done.
    queues: QueuesReply,
}

/// Whether the clock is believed, and if not, why.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ClockReply {
    /// Whether reminders fire by it.
    trusted: bool,
    /// Why not.
    reason: Option<&'static str>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DatabaseReply {
    /// The size of the file.
    bytes: u64,
    /// The size of what was not moved into it yet.
    wal_bytes: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CountsReply {
    /// Accounts.
    users: i64,
    /// Links.
    bookmarks: i64,
    /// Reminders.
    reminders: i64,
    /// Destinations.
    destinations: i64,
}

/// What waits to be done.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct QueuesReply {
    /// Pages to be read.
    pages: i64,
    /// Pushes to be sent.
    pushes: i64,
    /// Pushes that were given up on.
    dead_letters: i64,
}

/// `GET /api/v1/status`.
pub(super) fn show(cx: &Context) -> Result<Response> {
    let status = cx.store.read(status::read)?;
    let (bytes, wal_bytes) = status::sizes(cx.store.path());
    let nonsense = cx.shared.clock_trust.nonsense();
    let reply = StatusReply {
        version: env!("CARGO_PKG_VERSION"),
        schema: status::SCHEMA,
        uptime_s: cx.clock.monotonic().as_secs(),
        clock: ClockReply {
            trusted: nonsense.is_none(),
            reason: nonsense.map(|nonsense| nonsense.sentence()),
        },
        database: DatabaseReply { bytes, wal_bytes },
        counts: CountsReply {
            users: status.users,
            bookmarks: status.bookmarks,
            reminders: status.reminders,
            destinations: status.destinations,
        },
        queues: QueuesReply {
            pages: status.pages_waiting,
            pushes: status.pushes_waiting,
            dead_letters: status.dead_letters,
        },
    };
    Response::json(200, &reply)
}
