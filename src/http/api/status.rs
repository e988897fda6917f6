//! `/api/v1/status`, for admins: how the server is doing. It tells of nobody in particular.

use serde::Serialize;

use crate::error::Result;
use crate::http::context::Context;
use crate::http::response::Response;
use crate::store::status;

#[derive(Serialize)]
struct StatusReply {
    version: &'static str,
    schema: usize,
    uptime_s: u64,
    clock: ClockReply,
    database: DatabaseReply,
    counts: CountsReply,
    queues: QueuesReply,
}

/// Whether the clock is believed, and if not, why.
#[derive(Serialize)]
struct ClockReply {
    trusted: bool,
    reason: Option<&'static str>,
}

#[derive(Serialize)]
struct DatabaseReply {
    bytes: u64,
    wal_bytes: u64,
}

#[derive(Serialize)]
struct CountsReply {
    users: i64,
    bookmarks: i64,
    reminders: i64,
    destinations: i64,
}

/// What waits to be done.
#[derive(Serialize)]
struct QueuesReply {
    pages: i64,
    pushes: i64,
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
