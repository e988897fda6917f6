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
