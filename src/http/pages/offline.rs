//! What a browser shows where the server cannot be reached.

use askama::Template;

use crate::error::Result;
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::frame::{Frame, page};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{filters, say};

#[derive(Template)]
#[template(path = "offline.html")]
struct OfflinePage {
    frame: Frame,
}

/// `GET /offline`, which the service worker keeps for pages that it has not kept. It is the same
/// for everybody, but for its language.
pub(super) fn show(cx: &Context, req: &Request) -> Result<Response> {
    auth::by_session(cx, req)?;
    page(200, &OfflinePage { frame: Frame::outside(say("Offline")) })
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    /// What `static/kept.js` looks for in pages.
    #[test]
    fn pages_say_whose_they_are_and_have_room_for_a_note() {
        let mut world = World::new();
        let home = text(world.get("/"));
        assert!(home.contains("<body class=\"in\" data-user=\"1\""));
        assert!(home.contains("id=\"away\" hidden") && home.contains("<time></time>"));
        assert!(home.contains("data-waiting=\"0\""));
        let signed_in = text(world.get("/offline"));
        world.cookie.clear();
        assert_eq!(text(world.get("/offline")), signed_in, "it is kept for whoever comes");
        assert!(!signed_in.contains("data-user"));
    }
}
