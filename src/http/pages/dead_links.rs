//! Links that lead nowhere any more, and whether they are looked for.

use askama::Template;

use crate::error::Result;
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::form::{flag, parameter};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{id, words};
use crate::http::paging;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::id::BookmarkId;
use crate::model::link_check::archive_url;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::ops::link_checks::Dead;
use crate::{ops, store};

const PAGE_ROWS: usize = 30;

#[derive(Template)]
#[template(path = "dead_links.html")]
struct DeadLinksPage {
    frame: Frame,
    /// Whether whoever runs this server lets links be looked after.
    possible: bool,
    wanted: bool,
    rows: Vec<Row>,
    /// Where the next page starts, if there is one.
    next: Option<String>,
}

struct Row {
    id: BookmarkId,
    title: String,
    url: String,
    reason: String,
    since: String,
    checked: String,
    archive_url: String,
}

impl Row {
    fn of(dead: &Dead, now: Timestamp, user: &User) -> Self {
        let Dead { bookmark, failing, .. } = dead;
        Self {
            id: bookmark.id,
            title: bookmark.title().to_owned(),
            url: bookmark.url.clone(),
            reason: words::sentence(&failing.reason.sentence(user.language)),
            since: words::when(failing.since, now, &user.zone),
            checked: words::when(failing.checked_at, now, &user.zone),
            archive_url: archive_url(&bookmark.url, bookmark.saved_at),
        }
    }
}

/// `GET /dead-links`, those that died last first.
pub(super) fn show(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let after = parameter(req, "cursor").map(paging::parse_place).transpose()?;
    let shown = cx.store.read(|tx| {
        let mut dead = ops::link_checks::list(tx, user.id, after, PAGE_ROWS + 1)?;
        let next = paging::cut(&mut dead, PAGE_ROWS);
        let next = next.map(|last| paging::place(last.dead_at, last.bookmark.id));
        Ok(DeadLinksPage {
            frame: Frame::inside(&user, req, Here::Tidy, "Dead links"),
            possible: cx.shared.checks_links,
            wanted: store::link_checks::is_wanted(tx, user.id)?,
            rows: dead.iter().map(|dead| Row::of(dead, tx.now(), &user)).collect(),
            next: next.map(|cursor| format!("/dead-links?cursor={cursor}")),
        })
    })?;
    page(200, &shown)
}

/// `POST /dead-links` begins or ends looking for them.
pub(super) fn switch(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let on = flag("on", req.form()?.text("on"))?;
    cx.store.write(move |tx| ops::link_checks::set_wanted(tx, user.id, on))?;
    Ok(Response::see_other("/dead-links?done=changed"))
}

/// `POST /dead-links/{id}/check` has one looked at again, and `/ignore` tells of it no more.
pub(super) fn act(cx: &Context, req: &Request, segment: &str, act: &str) -> Result<Response> {
    let (user, id) = (auth::user(cx, req)?, BookmarkId(id(segment)?));
    let again = act == "check";
    cx.store.write(move |tx| match again {
        true => ops::link_checks::look_again(tx, user.id, id),
        false => ops::link_checks::ignore(tx, user.id, id),
    })?;
    let done = if again { "looking" } else { "ignored" };
    Ok(Response::see_other(format!("/dead-links?done={done}")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::http::pages::testing::{World, text};
    use crate::model::id::BookmarkId;
    use crate::model::reason::Reason;
    use crate::ops;

    /// As if that link had been looked at now and not been there.
    fn fail(world: &World, id: i64) {
        let gone = Err(Reason::Gone(404));
        let store = &world.cx().store;
        store.write(move |tx| ops::link_checks::record(tx, BookmarkId(id), gone)).unwrap();
    }

    #[test]
    fn dead_links_are_told_of_looked_at_again_ignored_and_deleted() {
        let mut world = World::new();
        for n in 1..=40 {
            let url = format!("https://gone.example/<{n}>");
            world.post("/bookmarks", &[("url", &url)]);
            fail(&world, n);
        }
        let page = text(world.get("/dead-links"));
        assert!(page.contains("Start looking") && !page.contains("web.archive.org"), "{page}");
        world.post("/dead-links", &[("on", "true")]);
        world.clock.advance(Duration::from_hours(24 * 7));
        (1..=40).for_each(|n| fail(&world, n));
        let page = text(world.get("/dead-links"));
        assert!(page.contains("Stop looking") && page.contains("The page is gone"), "{page}");
        let archived = "https://web.archive.org/web/20260308090000/https://gone.example/%3C40%3E";
        assert!(page.contains(archived), "{page}");
        assert_eq!(page.matches("/ignore\"").count(), 30);
        let (_, next) = page.split_once("rel=\"next\" href=\"").unwrap();
        let second = text(world.get(next.split('"').next().unwrap()));
        assert_eq!(second.matches("/ignore\"").count(), 10, "{second}");
        assert_eq!(world.get("/dead-links?cursor=x").status, 422);
        assert_eq!(world.post("/dead-links", &[("on", "maybe")]).status, 422);
        let again = world.post("/dead-links/1/check", &[]);
        assert_eq!(again.header("location"), Some("/dead-links?done=looking"));
        world.post("/dead-links/40/ignore", &[]);
        world.post("/bookmarks/39/delete", &[]);
        let page = text(world.get("/dead-links"));
        assert!(!page.contains("%3C40%3E") && !page.contains("%3C39%3E"), "{page}");
        assert_eq!(world.post("/dead-links/40/check", &[]).status, 404);
        world.cookie = world.sign_up("juno");
        assert!(!text(world.get("/dead-links")).contains("gone.example"));
        for act in ["check", "ignore"] {
            assert_eq!(world.post(&format!("/dead-links/2/{act}"), &[]).status, 404, "{act}");
        }
    }
}
