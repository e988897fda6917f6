//! `/api/v1/undo`.

use serde::Serialize;

use crate::error::Result;
use crate::http::bulk;
use crate::http::context::Context;
use crate::http::response::Response;
use crate::model::id::UndoId;
use crate::model::user::User;

#[cfg(test)]
pub(super) mod contract;

/// What came of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct UndoReply {
    /// How many links are as they were, and were not.
    changed: usize,
}

/// `POST /api/v1/undo/{id}` takes back what was done to many links.
pub(super) fn take_back(cx: &Context, user: &User, id: i64) -> Result<Response> {
    let changed = bulk::take_back(cx, user.id, UndoId(id))?;
    Response::json(200, &UndoReply { changed })
}
