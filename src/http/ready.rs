//! `/readyz`: whether this server can do its work now, and if not, why.

use serde::Serialize;

use crate::error::Result;
use crate::http::context::Context;
use crate::http::response::Response;
use crate::store;

#[derive(Serialize)]
struct ReadyReply {
    status: &'static str,
    checks: Vec<Check>,
}

/// One thing that this server needs, and whether it has it.
#[derive(Serialize)]
pub(super) struct Check {
    name: &'static str,
    ok: bool,
    /// Why it is not well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<String>,
}

impl Check {
    fn new(name: &'static str, reason: Option<String>) -> Self {
        Self { name, ok: reason.is_none(), reason }
    }
}

/// `GET /readyz`: 200 when all is well, else 503 with the reasons.
pub(super) fn show(cx: &Context) -> Result<Response> {
    let checks = checks(cx);
    let ready = checks.iter().all(|check| check.ok);
    let (code, status) = if ready { (200, "ready") } else { (503, "not ready") };
    Response::json(code, &ReadyReply { status, checks })
}

/// Looks at what this server needs.
pub(super) fn checks(cx: &Context) -> Vec<Check> {
    // The causes of failures are for the log; here are words that hold nothing private.
    let or = |result: Result<()>, reason: &str| result.err().map(|_| reason.to_owned());
    // The empty change passes through the writer, so a writer that is stuck or gone shows.
    let database = cx.store.read(store::users::any).and_then(|_| cx.store.write(|_| Ok(())));
    let clock = cx.shared.clock_trust.nonsense().map(|nonsense| nonsense.sentence().to_owned());
    vec![
        Check::new("database", or(database, "the database does not answer")),
        Check::new("clock", clock),
        Check::new("disk", or(cx.store.try_disk(), "the data directory cannot be written to")),
    ]
}
