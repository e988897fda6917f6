//! Where people find what keeps their links in shape.

use askama::Template;

use crate::error::Result;
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{filters, say};

#[derive(Template)]
#[template(path = "tidy.html")]
struct TidyPage {
    frame: Frame,
}

/// `GET /tidy`.
pub(super) fn show(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    page(200, &TidyPage { frame: Frame::inside(&user, req, Here::Tidy, say("Tidy up")) })
}
