//! The first page: what is waiting, and when somebody will be reminded of it.

use askama::Template;

use crate::error::Result;
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::cards::Card;
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::words;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{filters, say};
use crate::model::bookmark::Bookmark;
use crate::model::burning::next_midnight;
use crate::model::id::BookmarkId;
use crate::model::user::User;
use crate::ops;
use crate::store::bookmarks::{Cursor, Filter};
use crate::store::{self, Tx};

const CARDS: usize = 10;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    /// How many links wait in all.
    unread: i64,
    /// Whether there is anything at all, be it ashes.
    any: bool,
    cards: Vec<Card>,
    next: Option<Next>,
    dead: i64,
    /// Destinations that are paused, and why.
    paused: Vec<(String, String)>,
    no_destination: bool,
    /// How many links turn to ash at the coming midnight.
    burning: i64,
    /// One of those that wait and are not shown otherwise.
    pile: Option<(BookmarkId, Card)>,
}

/// The reminder that comes next.
struct Next {
    id: i64,
    name: String,
    schedule: String,
    at: String,
}

#[derive(Template)]
#[template(path = "more.html")]
struct MorePage {
    frame: Frame,
    dead: i64,
}

/// `GET /`.
pub(super) fn show(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    // The one that was shown before, where another one is wanted.
    let shown = req.query("another").and_then(|id| id.parse().ok()).map(BookmarkId);
    let home = cx.store.read(|tx| {
        let folders = store::folders::list(tx, user.id)?;
        let filter = Filter { unread: Some(true), ..Filter::default() };
        let waiting = store::bookmarks::list(tx, user.id, &filter, CARDS)?;
        let counts = store::bookmarks::count(tx, user.id)?;
        let destinations = store::destinations::list(tx, user.id)?;
        let no_destination = !destinations.iter().any(|to| to.pushes);
        let paused = destinations.into_iter().filter_map(|destination| {
            Some((destination.name, words::sentence(&destination.paused_reason?)))
        });
        let deep = pile(tx, &user, &waiting, shown)?;
        Ok(HomePage {
            frame: Frame::inside(&user, req, Here::Home, say("Home")),
            unread: counts.unread,
            any: counts.all + counts.archived + counts.ashes > 0,
            cards: waiting.iter().map(|b| Card::of(b, &folders, tx.now(), &user)).collect(),
            next: next(tx, &user)?,
            dead: store::deliveries::count_dead(tx, user.id)?,
            paused: paused.collect(),
            no_destination,
            burning: store::burning::count(tx, user.id, next_midnight(tx.now(), &user.zone))?,
            pile: deep.map(|b| (b.id, Card::of(&b, &folders, tx.now(), &user))),
        })
    })?;
    page(200, &home)
}

/// What lies below the links that are shown as waiting: the one at the very bottom, or any other.
fn pile(
    tx: &Tx,
    user: &User,
    waiting: &[Bookmark],
    shown: Option<BookmarkId>,
) -> Result<Option<Bookmark>> {
    let Some(last) = waiting.get(CARDS - 1) else { return Ok(None) };
    let below = Filter { unread: Some(true), after: Some(Cursor::of(last)), ..Filter::default() };
    let drawn = match shown {
        // Twice, since the first may well be what was shown before.
        Some(_) => (0..2)
            .map(|_| store::resurface::pick(tx, user.id, &below))
            .find(|found| !matches!(found, Ok(id) if *id == shown))
            .transpose()?
            .flatten(),
        None => None,
    };
    let id = match drawn {
        Some(id) => Some(id),
        None => store::resurface::find_oldest_unread(tx, user.id)?,
    };
    let found = id.map(|id| store::bookmarks::get(tx, user.id, id)).transpose()?;
    Ok(found.filter(|found| waiting.iter().all(|above| above.id != found.id)))
}

fn next(tx: &Tx, user: &User) -> Result<Option<Next>> {
    // The first one is the one due soonest.
    let first = store::reminders::list(tx, user.id)?.into_iter().next();
    let Some(reminder) = first else { return Ok(None) };
    let Some((_, at)) = reminder.next else { return Ok(None) };
    let settings = &reminder.settings;
    Ok(Some(Next {
        id: reminder.id.0,
        name: ops::reminders::title(tx, &reminder, user.language)?,
        schedule: words::schedule(&settings.schedule, &settings.zone, tx.now()),
        at: words::when(at, tx.now(), &user.zone),
    }))
}

/// `GET /more` is what a phone has no room for in its bar.
pub(super) fn more(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let dead = cx.store.read(|tx| store::deliveries::count_dead(tx, user.id))?;
    page(200, &MorePage { frame: Frame::inside(&user, req, Here::More, say("More")), dead })
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn home_says_what_is_waiting_and_when_it_comes_back() {
        let mut world = World::new();
        let page = text(world.get("/"));
        assert!(page.contains("Nothing saved yet") && page.contains("action=\"/bookmarks\""));
        assert!(page.contains("no destination yet"));
        world.post("/bookmarks", &[("url", "https://example.com/")]);
        let weekly = [("kind", "weekly"), ("at", "21:30"), ("target", "all")];
        let days: Vec<_> = ["1", "2", "3", "4", "5", "7"].map(|day| ("days", day)).into();
        world.post("/reminders", &[weekly.as_slice(), &days].concat());
        let page = text(world.get("/"));
        assert!(page.contains("1 link waiting"), "{page}");
        assert!(page.contains("Mon–Fri, Sun 21:30") && page.contains("today 21:30"), "{page}");
    }

    #[test]
    fn the_bottom_of_the_pile_comes_up_and_then_another_of_what_lies_there() {
        let mut world = World::new();
        for n in 1..=10 {
            world.post("/bookmarks", &[("url", &format!("https://bread.example/loaf{n}"))]);
            world.clock.advance(std::time::Duration::from_secs(1));
        }
        assert!(!text(world.get("/")).contains("bottom of the pile"), "all are shown above");
        for n in 11..=13 {
            world.post("/bookmarks", &[("url", &format!("https://bread.example/loaf{n}"))]);
            world.clock.advance(std::time::Duration::from_secs(1));
        }
        let mut shown = |target: &str| {
            let page = text(world.get(target));
            let (_, pile) = page.split_once("id=\"pile\"").unwrap();
            let (_, another) = pile.split_once("/?another=").unwrap();
            another.split(['#', '&', '"']).next().unwrap().to_owned()
        };
        assert_eq!(shown("/"), "1");
        let others = ["1", "2", "3"];
        for _ in 0..20 {
            assert!(others.contains(&shown("/?another=2").as_str()));
        }
        assert_eq!(shown("/?another=x"), "1");
    }
}
