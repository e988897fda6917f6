//! The page that tells the owners of sites who reads them.

use askama::Template;

use crate::error::Result;
use crate::http::context::Context;
use crate::http::pages::frame::{Frame, page};
use crate::http::response::Response;
use crate::http::speech::{filters, say};

#[derive(Template)]
#[template(path = "about_reader.html")]
struct AboutReader {
    frame: Frame,
    obeys_robots: bool,
    checks_links: bool,
}

/// `GET /about/reader`, for anybody: its address stands in each request to a site.
pub(super) fn reader(cx: &Context) -> Result<Response> {
    let frame = Frame::outside(say("Who is reading your site"));
    page(
        200,
        &AboutReader {
            frame,
            obeys_robots: cx.shared.obeys_robots,
            checks_links: cx.shared.checks_links,
        },
    )
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{AboutReader, Frame};
    use crate::http::pages::testing::{World, text};

    #[test]
    fn anybody_may_read_who_reads_them() {
        let mut world = World::new();
        world.cookie.clear();
        let page = text(world.get("/about/reader"));
        assert!(page.contains("User-agent: Toaster") && page.contains("obeyed"), "{page}");
    }

    #[test]
    fn it_promises_no_more_than_the_operator_keeps() {
        let frame = Frame::outside("Who is reading your site");
        let page =
            AboutReader { frame, obeys_robots: false, checks_links: false }.render().unwrap();
        assert!(page.contains("chosen not to ask for robots.txt"), "{page}");
        assert!(!page.contains("obeyed") && !page.contains("Disallow"), "{page}");
    }
}
