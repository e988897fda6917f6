//! Our own API.

use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;

/// Every URL below `/api/v1`.
pub(super) fn route(_cx: &mut Context, _req: &Request, _path: &[&str]) -> Result<Response> {
    Err(Error::NotFound("address"))
}
