//! The reference of the API, for people: `static/openapi.json` as a page.

mod document;

use askama::Template;

use self::document::{Document, Group, Object, Refusal, Text};
use crate::error::Result;
use crate::http::api::openapi::DOCUMENT;
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{filters, say};

#[derive(Template)]
#[template(path = "reference.html")]
struct Reference {
    frame: Frame,
    base_url: String,
    about: Vec<Text>,
    groups: Vec<Group>,
    objects: Vec<Object>,
    refusals: Vec<Refusal>,
}

/// `GET /api/docs`, for anybody.
pub(super) fn show(cx: &Context, req: &Request) -> Result<Response> {
    let frame = match auth::by_session(cx, req)? {
        Some(caller) => Frame::inside(&caller.user, req, Here::Nowhere, say("API")),
        None => Frame::outside(say("API")),
    };
    let document = Document::read(DOCUMENT)?;
    let reference = Reference {
        frame,
        base_url: cx.shared.base_url.clone(),
        about: document.about(),
        groups: document.groups(),
        objects: document.objects(),
        refusals: document.refusals(),
    };
    Ok(page(200, &reference)?.with("cache-control", "private, no-cache"))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn anybody_may_read_what_the_api_takes_and_answers() {
        let mut world = World::new();
        let inside = text(world.get("/api/docs"));
        assert!(inside.contains("aria-label=\"Main\""), "somebody signed in can go on from there");
        world.cookie.clear();
        let page = text(world.get("/api/docs"));
        let parts = [
            "http://toast.example/api/v1",
            "<code>/bookmarks/{id}/refresh</code>",
            "Save a link",
            "at most 500 characters",
            "one of <code>all</code>, <code>folder</code>, <code>tag</code>, <code>bookmark</code>",
            "schedule.at",
            "id=\"object-Bookmark\"",
            "href=\"#object-Bookmark\"",
            "A value cannot be used",
            "&#34;url&#34;: &#34;https://bakery.example/sourdough&#34;",
        ];
        for part in parts {
            assert!(page.contains(part), "{part} is not on the page");
        }
    }

    #[test]
    fn every_link_on_the_page_leads_to_something_on_it() {
        let page = text(World::new().get("/api/docs"));
        let links = page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next());
        let mut found = 0;
        for link in links {
            assert!(page.contains(&format!("id=\"{link}\"")), "#{link} leads nowhere");
            found += 1;
        }
        assert!(found > 50, "{found}");
    }
}
