//! `/api/v1/push`.

use serde::Serialize;

use crate::error::Result;
use crate::http::context::Context;
use crate::http::response::Response;

#[derive(Serialize)]
struct KeyReply<'a> {
    key: &'a str,
}

/// `GET /api/v1/push/key` is the `applicationServerKey` of Web Push.
pub(super) fn key(cx: &Context) -> Result<Response> {
    Response::json(200, &KeyReply { key: &cx.shared.vapid_public_key })
}
