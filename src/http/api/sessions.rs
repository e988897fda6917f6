//! `/api/v1/sessions`: the browsers that are signed in.

use serde::Serialize;

use super::ListReply;
use crate::error::Result;
use crate::http::auth::Caller;
use crate::http::context::Context;
use crate::http::response::Response;
use crate::model::id::SessionId;
use crate::model::user::User;
use crate::store;

#[cfg(test)]
pub(super) mod contract;

/// A browser that is signed in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SessionReply {
    /// Identity.
    id: i64,
    /// Its browser and system in words; empty when it did not say.
    browser: String,
    /// When somebody signed in there.
    created_at: String,
    /// When it was last used.
    last_seen_at: String,
    /// When it ends unless it is used.
    expires_at: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// `GET /api/v1/sessions`, those seen last first.
pub(super) fn list(cx: &Context, caller: &Caller) -> Result<Response> {
    let sessions = cx.store.read(|tx| store::sessions::list(tx, caller.user.id))?;
    let items = sessions.into_iter().map(|session| SessionReply {
        id: session.id.0,
        browser: session.browser,
        created_at: session.created_at.to_string(),
        last_seen_at: session.last_seen_at.to_string(),
        expires_at: session.expires_at.to_string(),
        current: caller.session_id == Some(session.id),
    });
    Response::json(200, &ListReply::whole(items.collect()))
}

/// `DELETE /api/v1/sessions` signs out every browser but the one that asks.
pub(super) fn delete_others(cx: &Context, caller: &Caller) -> Result<Response> {
    let (user_id, kept) = (caller.user.id, caller.session_id);
    cx.store.write(move |tx| store::sessions::delete_others(tx, user_id, kept))?;
    Ok(Response::no_content())
}

/// `DELETE /api/v1/sessions/{id}` signs a browser out.
pub(super) fn delete(cx: &Context, user: &User, id: i64) -> Result<Response> {
    let user_id = user.id;
    cx.store.write(move |tx| store::sessions::delete(tx, user_id, SessionId(id)))?;
    Ok(Response::no_content())
}
