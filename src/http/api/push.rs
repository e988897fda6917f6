//! `/api/v1/push`.

use serde::Serialize;

use crate::error::Result;
use crate::http::context::Context;
use crate::http::response::Response;

#[cfg(test)]
pub(super) mod contract;

/// The `applicationServerKey` of Web Push.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct KeyReply<'a> {
    /// An uncompressed point on P-256, in base64url.
    key: &'a str,
}

/// `GET /api/v1/push/key` is the `applicationServerKey` of Web Push.
pub(super) fn key(cx: &Context) -> Result<Response> {
    Response::json(200, &KeyReply { key: &cx.shared.vapid_public_key })
}
