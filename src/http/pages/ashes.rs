//! The ashes: what burnt, what is about to, and the ways back.

use askama::Template;

use crate::error::Result;
use crate::http::auth;
use crate::http::bulk;
use crate::http::context::Context;
use crate::http::pages::cards::Card;
use crate::http::pages::form::parameter;
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::paging;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{filters, say};
use crate::model::order::Order;
use crate::ops::bulk::Action;
use crate::store;
use crate::store::bookmarks::{Filter, Stage};

const PAGE_ROWS: usize = 30;

#[derive(Template)]
#[template(path = "ashes.html")]
struct AshesPage {
    frame: Frame,
    /// What is looked for.
    words: String,
    /// What is about to burn; not shown beside what is looked for.
    announced: Vec<Card>,
    cards: Vec<Card>,
    /// Where the next page starts, if there is one.
    next: Option<String>,
    /// Where all that are looked for are restored.
    restore: String,
}

/// `GET /ashes`, newest first.
pub(super) fn show(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let words = parameter(req, "q");
    let after = parameter(req, "cursor").map(|text| paging::parse_cursor(text, Order::Newest));
    let after = after.transpose()?;
    let is_start = words.is_none() && after.is_none();
    let filter = Filter { after, ..filter(words, Stage::Ash) };
    let shown = cx.store.read(|tx| {
        let folders = store::folders::list(tx, user.id)?;
        let cards = |found: &[_]| -> Vec<Card> {
            found.iter().map(|b| Card::of(b, &folders, tx.now(), &user)).collect()
        };
        let mut found = store::bookmarks::list(tx, user.id, &filter, PAGE_ROWS + 1)?;
        let next = paging::cut(&mut found, PAGE_ROWS)
            .map(|last| paging::cursor_after(Order::Newest, last));
        let mut announced = Vec::new();
        if is_start {
            let soon = self::filter(None, Stage::Announced);
            announced = store::bookmarks::list(tx, user.id, &soon, PAGE_ROWS)?;
        }
        Ok(AshesPage {
            frame: Frame::inside(&user, req, Here::Ashes, say("Ashes")),
            words: words.unwrap_or_default().to_owned(),
            announced: cards(&announced),
            cards: cards(&found),
            next: next.map(|cursor| href("/ashes", words, Some(&cursor))),
            restore: href("/ashes/restore", words, None),
        })
    })?;
    page(200, &shown)
}

/// `POST /ashes/restore` brings all back that burnt and are looked for.
pub(super) fn restore(cx: &Context, req: &Request) -> Result<Response> {
    restore_all(cx, req, &filter(parameter(req, "q"), Stage::Ash))
}

/// `POST /ashes/keep` gives all that are about to burn their full time again.
pub(super) fn keep(cx: &Context, req: &Request) -> Result<Response> {
    restore_all(cx, req, &filter(None, Stage::Announced))
}

fn restore_all(cx: &Context, req: &Request, filter: &Filter) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let ids = cx.store.read(|tx| store::bookmarks::list_ids(tx, user.id, filter))?;
    bulk::apply(cx, user.id, &ids, &Action::Restore)?;
    Ok(Response::see_other("/ashes?done=restored"))
}

fn filter(words: Option<&str>, stage: Stage) -> Filter {
    Filter { words: words.map(ToOwned::to_owned), stage, ..Filter::default() }
}

fn href(path: &str, words: Option<&str>, cursor: Option<&str>) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(words.map(|words| ("q", words)));
    pairs.extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
    match pairs.finish().as_str() {
        "" => path.to_owned(),
        pairs => format!("{path}?{pairs}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};
    use crate::model::time::Timestamp;
    use crate::store;

    /// A world with as many links, of which all but the last are ashes and that is about to be.
    fn world(links: usize) -> World {
        let mut world = World::new();
        for n in 1..=links {
            world.post("/bookmarks", &[("url", &format!("https://bread.example/loaf{n}"))]);
        }
        world.post("/settings/burning", &[("burn_after_days", "7")]);
        let far: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        let burn = move |tx: &store::WriteTx| {
            let user = store::users::list(tx)?[0].id;
            store::burning::announce(tx, user, None, far, tx.now(), links - 1)?;
            store::burning::burn(tx, user, far, links - 1)?;
            store::burning::announce(tx, user, None, far, "2026-03-08T15:00:00Z".parse()?, 1)
        };
        world.cx().store.write(burn).unwrap();
        world
    }

    #[test]
    fn ashes_are_apart_found_by_words_and_restored_by_one_tap() {
        let mut world = world(3);
        let links = text(world.get("/bookmarks"));
        assert_eq!(links.matches("<article").count(), 1, "{links}");
        assert!(links.contains("Turns to ash tonight at midnight."));
        assert!(text(world.get("/")).contains("1 link turns to ash tonight at midnight."));
        let ashes = text(world.get("/ashes"));
        assert_eq!(ashes.matches("<article").count(), 3, "{ashes}");
        assert!(ashes.contains("action=\"/ashes/keep\"") && ashes.contains("Turned to ash"));
        let found = text(world.get("/ashes?q=loaf1"));
        assert_eq!(found.matches("<article").count(), 1, "{found}");
        assert!(found.contains("action=\"/ashes/restore?q=loaf1\""));
        assert!(found.contains("action=\"/bookmarks/1/restore\""));
        assert!(!text(world.get("/bookmarks?q=loaf1")).contains("<article"));
        assert_eq!(world.post("/bookmarks/1/restore", &[]).status, 303);
        assert_eq!(text(world.get("/bookmarks")).matches("<article").count(), 2);
        world.post("/ashes/restore", &[]);
        world.post("/ashes/keep", &[]);
        let ashes = text(world.get("/ashes?done=restored"));
        assert!(ashes.contains("full time") && !ashes.contains("<article"), "{ashes}");
        let links = text(world.get("/bookmarks"));
        assert!(links.matches("<article").count() == 3 && !links.contains("Turns to ash"));
    }

    #[test]
    fn many_ashes_have_pages_and_are_read_or_deleted_from_there() {
        let mut world = world(33);
        let first = text(world.get("/ashes"));
        let (_, next) = first.split_once("rel=\"next\" href=\"").unwrap();
        let second = text(world.get(next.split('"').next().unwrap()));
        assert_eq!(second.matches("<article").count(), 2, "{second}");
        assert_eq!(world.get("/ashes?cursor=x").status, 422);
        world.post("/bookmarks/1/read", &[]);
        world.post("/bookmarks/2/delete", &[]);
        let second = text(world.get("/ashes"));
        assert!(!second.contains("loaf1<") && !second.contains("loaf2<"));
        assert!(text(world.get("/bookmarks?unread=0")).contains("/loaf1"));
    }

    #[test]
    fn whose_links_are_all_ashes_is_not_asked_to_save_a_first_one() {
        let mut world = world(2);
        world.post("/bookmarks/2/delete", &[]);
        let home = text(world.get("/"));
        assert!(!home.contains("Nothing saved yet") && home.contains("Nothing is waiting"));
    }

    #[test]
    fn the_ashes_of_others_do_not_exist() {
        let mut world = world(2);
        world.cookie = world.sign_up("juno");
        assert!(!text(world.get("/ashes")).contains("<article"));
        assert_eq!(world.post("/bookmarks/1/restore", &[]).status, 404);
    }
}
