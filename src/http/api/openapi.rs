//! `/api/v1/openapi.json`: what the API promises.

use crate::http::response::Response;

/// The document, which tests hold to the code (`api/contract`).
pub(in crate::http) const DOCUMENT: &str = include_str!("../../../static/openapi.json");

/// `GET /api/v1/openapi.json`, for anybody: it says nothing of what is on this server.
pub(super) fn show() -> Response {
    Response::new(200, "application/json", DOCUMENT)
}
