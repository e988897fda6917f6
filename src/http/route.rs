//! Every URL there is, on one screen.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::{Method, Request};
use crate::http::response::{Problem, Response};
use crate::http::{api, feeds, pages, ready, speech};
use crate::model::language::Language;

/// Answers a request. Never fails: errors become answers, pages for people and
/// `application/problem+json` for programs.
pub fn answer(cx: &mut Context, req: &Request) -> Response {
    // Until it is known who asks; errors are told in it too, wherever they come from.
    speech::speak(Language::preferred(req.header("accept-language").unwrap_or_default()));
    let result = catch_unwind(AssertUnwindSafe(|| route(cx, req)))
        .unwrap_or_else(|_| Err(Error::internal("a handler panicked")));
    result.unwrap_or_else(|error| {
        let problem = Problem::of(&error);
        if req.segments.first().is_some_and(|first| first == "api") {
            problem.into_json()
        } else {
            pages::problem(cx, req, problem)
        }
    })
}

fn route(cx: &mut Context, req: &Request) -> Result<Response> {
    match req.path().as_slice() {
        ["healthz"] => Ok(Response::new(200, "text/plain; charset=utf-8", "ok\n")),
        ["readyz"] => match verb(req) {
            Method::Get => ready::show(cx),
            _ => only("GET"),
        },
        ["feeds", pass, name] => feeds::route(cx, req, pass, name),
        ["api", "v1", rest @ ..] => api::route(cx, req, rest),
        rest => pages::route(cx, req, rest),
    }
}

/// The methods of an address that exists, for one that it does not answer to.
pub(super) fn only(allow: &'static str) -> Result<Response> {
    Err(Error::MethodNotAllowed(allow))
}

/// `HEAD` is answered as `GET` is; the fence leaves the body out.
pub(super) fn verb(req: &Request) -> Method {
    if req.method == Method::Head { Method::Get } else { req.method }
}
