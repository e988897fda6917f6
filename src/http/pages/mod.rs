//! Pages for people.

use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::{Problem, Response};

/// Every URL that people open.
pub(super) fn route(_cx: &mut Context, _req: &Request, _path: &[&str]) -> Result<Response> {
    Err(Error::NotFound("page"))
}

/// A page that says what went wrong.
pub(super) fn problem(_cx: &Context, _req: &Request, problem: Problem) -> Response {
    Response::html(problem.status, problem.detail)
}
