//! Links that lead nowhere any more, and whether they are looked for.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::form::{Flaws, flag, parameter};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{id, words};
use crate::http::paging;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{filters, say};
use crate::model::bookmark::{BookmarkChange, Link};
use crate::model::id::{BookmarkId, UserId};
use crate::model::link_check::archive_url;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::ops::link_checks::Dead;
use crate::store::WriteTx;
use crate::{ops, store};

const PAGE_ROWS: usize = 30;

/// What is done about a dead link.
type Act = fn(&WriteTx, UserId, BookmarkId) -> Result<()>;

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
    flaws: Flaws,
}

struct Row {
    id: BookmarkId,
    title: String,
    url: String,
    reason: String,
    since: String,
    checked: String,
    archive_url: String,
    is_archived: bool,
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
            is_archived: bookmark.archived_at.is_some(),
        }
    }
}

/// `GET /dead-links`, those that died last first.
pub(super) fn show(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    show_page(cx, req, &user, Flaws::default())
}

fn show_page(cx: &Context, req: &Request, user: &User, flaws: Flaws) -> Result<Response> {
    let after = parameter(req, "cursor").map(paging::parse_place).transpose()?;
    let shown = cx.store.read(|tx| {
        let mut dead = ops::link_checks::list(tx, user.id, after, PAGE_ROWS + 1)?;
        let next = paging::cut(&mut dead, PAGE_ROWS);
        let next = next.map(|last| paging::place(last.dead_at, last.bookmark.id));
        Ok(DeadLinksPage {
            frame: Frame::inside(user, req, Here::Tidy, say("Dead links")),
            possible: cx.shared.checks_links,
            wanted: store::link_checks::is_wanted(tx, user.id)?,
            rows: dead.iter().map(|dead| Row::of(dead, tx.now(), user)).collect(),
            next: next.map(|cursor| format!("/dead-links?cursor={cursor}")),
            flaws,
        })
    })?;
    page(shown.flaws.status(), &shown)
}

/// `POST /dead-links` begins or ends looking for them.
pub(super) fn switch(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let on = flag("on", req.form()?.text("on"))?;
    cx.store.write(move |tx| ops::link_checks::set_wanted(tx, user.id, on))?;
    Ok(Response::see_other("/dead-links?done=changed"))
}

/// `POST /dead-links/{id}/check` has one looked at again, `/ignore` tells of it no more, and
/// `/archive` puts it away as well.
pub(super) fn act(cx: &Context, req: &Request, segment: &str, act: &str) -> Result<Response> {
    let (user, id) = (auth::user(cx, req)?, BookmarkId(id(segment)?));
    let (act, done): (Act, _) = match act {
        "check" => (ops::link_checks::look_again, "looking"),
        "archive" => (ops::link_checks::archive, "archived"),
        _ => (ops::link_checks::ignore, "ignored"),
    };
    cx.store.write(move |tx| act(tx, user.id, id))?;
    Ok(Response::see_other(format!("/dead-links?done={done}")))
}

/// `POST /dead-links/{id}/address` has one lead to where its page is now.
pub(super) fn lead(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id, form) = (auth::user(cx, req)?, BookmarkId(id(segment)?), req.form()?);
    let user_id = user.id;
    let led = Link::parse(form.text("url")).and_then(|link| {
        let change = BookmarkChange { link: Some(link), ..BookmarkChange::default() };
        cx.store.write(move |tx| ops::bookmarks::change(tx, user_id, id, &change))
    });
    match led {
        Ok(_) => Ok(Response::see_other("/dead-links?done=led")),
        Err(Error::Invalid { reason, .. }) => {
            let mut flaws = Flaws::default();
            flaws.add("", &reason);
            show_page(cx, req, &user, flaws)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::http::pages::testing::{World, text};
    use crate::model::id::BookmarkId;
    use crate::model::reason::Reason;
    use crate::ops::link_checks::{Claimed, record};
    use crate::store;

    /// As if that link had been looked at now and not been there.
    fn fail(world: &World, id: i64) {
        let (id, gone) = (BookmarkId(id), Err(Reason::Gone(404)));
        let store = &world.cx().store;
        store
            .write(move |tx| {
                let (url, language) = store::link_checks::address_of(tx, id)?.unwrap();
                record(tx, &Claimed { id, url, language }, gone)
            })
            .unwrap();
    }

    #[test]
    fn dead_links_are_told_of_looked_at_again_ignored_and_deleted() {
        let mut world = World::new();
        for n in 1..=40 {
            let url = format!("https://gone.example/%3C{n}%3E");
            world.post("/bookmarks", &[("url", &url)]);
        }
        let page = text(world.get("/dead-links"));
        assert!(page.contains("Start looking") && !page.contains("web.archive.org"), "{page}");
        world.post("/dead-links", &[("on", "true")]);
        (1..=40).for_each(|n| fail(&world, n));
        assert!(!text(world.get("/dead-links")).contains("web.archive.org"), "once is not enough");
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
        let archived = world.post("/dead-links/38/archive", &[]);
        assert_eq!(archived.header("location"), Some("/dead-links?done=archived"));
        assert!(text(world.get("/bookmarks?archived=1")).contains("%3C38%3E"));
        let lead = |world: &mut World, id: i64, url: &str| {
            world.post(&format!("/dead-links/{id}/address"), &[("url", url)])
        };
        let led = lead(&mut world, 37, "https://moved.example/");
        assert_eq!(led.header("location"), Some("/dead-links?done=led"));
        let page = text(world.get("/dead-links"));
        assert!(!page.contains("%3C38%3E") && !page.contains("moved.example"), "{page}");
        for (url, why) in [
            ("https://moved.example/", "Link 37 leads there already, expected another address."),
            ("", "Empty, expected an http or https address."),
        ] {
            let wrong = lead(&mut world, 36, url);
            assert_eq!(wrong.status, 422);
            assert!(text(wrong).contains(why), "{url}");
        }
        world.cookie = world.sign_up("juno");
        assert_eq!(lead(&mut world, 2, "https://b.example/").status, 404);
        assert!(!text(world.get("/dead-links")).contains("gone.example"));
        for act in ["check", "ignore", "archive"] {
            assert_eq!(world.post(&format!("/dead-links/2/{act}"), &[]).status, 404, "{act}");
        }
    }
}
