//! What a browser shows where the server cannot be reached.

use askama::Template;

use crate::error::Result;
use crate::http::pages::frame::{Frame, page};
use crate::http::response::Response;

#[derive(Template)]
#[template(path = "offline.html")]
struct OfflinePage {
    frame: Frame,
}

/// `GET /offline`, which the service worker keeps for pages that it has not kept. It is the same
/// for everybody.
pub(super) fn show() -> Result<Response> {
    page(200, &OfflinePage { frame: Frame::outside("Offline") })
}
