//! Saved links and their pages, in the simulated world.

use std::time::Duration;

use serde_json::json;
use toaster::model::bookmark::BookmarkChange;
use toaster::model::language::Language;
use toaster::model::page::PageState;
use toaster::model::reason::Reason;
use toaster::ops::pages::{Read, Unread};
use toaster::store::WriteTx;
use toaster::store::bookmarks::Filter;
use toaster::{ops, store};

use crate::server::{Home, StandIn, answer};
use crate::world::World;

#[test]
fn a_saved_link_gets_its_title_and_is_found_by_it() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    world.web.put_page("https://example.com/", "맛있는 토스트");
    let id = world.save_and_fetch("https://example.com/");
    world.settle();
    let user = world.user;
    let bookmark = world.read(|tx| store::bookmarks::get(tx, user, id));
    assert_eq!((bookmark.page_state, bookmark.title()), (PageState::Ready, "맛있는 토스트"));
    let filter = Filter { words: Some("토스".into()), ..Filter::default() };
    assert_eq!(world.read(|tx| store::bookmarks::list(tx, user, &filter, 9)).len(), 1);
}

#[test]
fn a_page_that_cannot_be_read_is_tried_again_and_then_left_with_a_reason() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let id = world.save_and_fetch("https://nowhere.example/");
    world.settle();
    let user = world.user;
    let state = |world: &mut World| {
        let bookmark = world.read(|tx| store::bookmarks::get(tx, user, id));
        (bookmark.page_state, bookmark.page_reason)
    };
    assert_eq!(state(&mut world), (PageState::Failed, Some(Reason::NoSuchHost)));
    world.web.put_page("https://nowhere.example/", "Here after all");
    world.run_for(Duration::from_mins(11));
    assert_eq!(state(&mut world).0, PageState::Ready);

    let id = world.save_and_fetch("https://never.example/");
    world.run_for(Duration::from_hours(48));
    let bookmark = world.read(|tx| store::bookmarks::get(tx, user, id));
    assert_eq!(bookmark.page_state, PageState::Failed);
    assert_eq!(world.read(store::pages::next_due_at), None, "it gave up");
}

#[test]
fn a_refused_page_says_why_and_a_refresh_asks_again() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let title = Some("A day with rye".into());
    let unread = Unread::new(PageState::Refused, Reason::AddressNotAllowed);
    world.web.put("https://private.example/", Read::Unread(Unread { title, ..unread }));
    let id = world.save_and_fetch("https://private.example/");
    world.settle();
    let user = world.user;
    let bookmark = world.read(|tx| store::bookmarks::get(tx, user, id));
    assert_eq!(bookmark.page_reason, Some(Reason::AddressNotAllowed));
    assert_eq!(bookmark.title(), "A day with rye", "by its address, for want of a better one");
    world.web.put_page("https://private.example/", "Open now");
    world.write(move |tx| ops::bookmarks::refresh(tx, user, id));
    world.run_for(Duration::from_secs(2));
    let bookmark = world.read(|tx| store::bookmarks::get(tx, user, id));
    assert_eq!((bookmark.title(), bookmark.page_reason), ("Open now", None));
}

#[test]
fn a_page_lost_with_its_fetcher_is_read_again() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    world.web.put_page("https://example.com/", "Read at last");
    let id = world.save_and_fetch("https://example.com/");
    let claim = move |tx: &WriteTx| ops::pages::claim(tx, id);
    assert!(world.write(claim).is_some(), "taken, and then nothing");
    assert!(world.write(claim).is_none(), "nobody else can take it");
    world.restart();
    world.run_for(Duration::from_mins(3));
    let user = world.user;
    assert_eq!(world.read(|tx| store::bookmarks::get(tx, user, id)).title(), "Read at last");
}

/// The addresses that were asked for since the last time.
fn asked(world: &World) -> Vec<String> {
    world.web.asked().into_iter().map(|(url, _)| url).collect()
}

#[test]
fn a_page_is_tried_three_more_times_over_a_day_unless_the_site_is_sure() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let mut tries = |reason, retry_after, spans: [Duration; 5]| {
        world.web.put_failure("https://bread.example/", reason, retry_after);
        let id = world.save_and_fetch("https://bread.example/");
        let tries = spans.map(|span| {
            world.run_for(span);
            asked(&world).len()
        });
        let user = world.user;
        assert_eq!(world.read(|tx| store::bookmarks::get(tx, user, id)).page_reason, Some(reason));
        world.write(move |tx| ops::bookmarks::delete(tx, user, id));
        tries
    };
    let [min, hours] = [Duration::from_mins, Duration::from_hours];
    let spans = [min(1), min(10), hours(3), hours(20), hours(100)];
    assert_eq!(tries(Reason::TimedOut, None, spans), [1, 1, 1, 1, 0]);
    assert_eq!(tries(Reason::of_status(503), None, spans), [1, 1, 1, 1, 0]);
    assert_eq!(tries(Reason::of_status(404), None, spans), [1, 0, 0, 0, 0]);
    // A site that asks to be left alone is, for a day at most.
    let asks = Some(hours(1));
    assert_eq!(tries(Reason::of_status(429), asks, spans), [1, 0, 1, 1, 1]);
    let asks = Some(hours(1000));
    let days = [min(1), hours(23), hours(2), hours(24), hours(24)];
    assert_eq!(tries(Reason::of_status(429), asks, days), [1, 0, 1, 1, 1]);
}

#[test]
fn a_host_is_asked_once_a_second_while_others_need_not_wait() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    for url in ["https://many.example/1", "https://many.example/2", "https://one.example/"] {
        world.web.put_page(url, "Bread");
        world.save_and_fetch(url);
    }
    world.settle();
    assert_eq!(asked(&world), ["https://many.example/1", "https://one.example/"]);
    world.run_for(Duration::from_millis(900));
    assert_eq!(asked(&world), [""; 0]);
    world.run_for(Duration::from_millis(200));
    assert_eq!(asked(&world), ["https://many.example/2"]);
}

#[test]
fn pages_are_asked_for_in_the_language_of_who_saved_them() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let user = world.user;
    world.write(move |tx| store::users::set_language(tx, user, Language::Korean));
    world.save_and_fetch("https://bread.example/");
    world.settle();
    assert_eq!(world.web.asked(), [("https://bread.example/".to_owned(), Language::Korean)]);
}

#[test]
fn a_refresh_leaves_a_persons_own_words_and_what_was_known_before() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let (user, url) = (world.user, "https://bread.example/");
    world.web.put_page(url, "Rye");
    let id = world.save_and_fetch(url);
    world.settle();
    let own = BookmarkChange {
        title: Some("My rye".into()),
        description: Some("For Sunday".into()),
        ..BookmarkChange::default()
    };
    world.write(move |tx| ops::bookmarks::change(tx, user, id, &own));
    let refresh = |world: &mut World| {
        world.write(move |tx| ops::bookmarks::refresh(tx, user, id));
        world.run_for(Duration::from_secs(2));
        world.read(|tx| store::bookmarks::get(tx, user, id))
    };
    world.web.put_page(url, "Sourdough");
    let found = refresh(&mut world);
    assert_eq!((found.title(), found.description()), ("My rye", "For Sunday"));
    assert_eq!(found.page.title, "Sourdough");
    let read_at = found.fetched_at;
    world.web.put_failure(url, Reason::of_status(404), None);
    let found = refresh(&mut world);
    assert_eq!((found.title(), found.page.title.as_str()), ("My rye", "Sourdough"));
    assert_eq!((found.page_state, found.page_reason), (PageState::Failed, Some(Reason::Gone(404))));
    assert_eq!(found.fetched_at, read_at);
}

#[test]
fn many_fetchers_make_one_visit_to_a_host_at_a_time() {
    let home = Home::new();
    let token = home.add_user("mina");
    let mut server = home.serve_with(&[("TOASTER_FETCH_WORKERS", "8")]);
    let client = server.client(&token);
    let site = StandIn::new(|got, stream| {
        let page = format!("<title>Bread</title><meta property=og:image content={}.png>", got.path);
        let is_page = !got.path.contains('.');
        answer(stream, if is_page { 200 } else { 404 }, "text/html", page.as_bytes());
    });
    for n in 1..=3 {
        let url = format!("http://{}/{n}", site.address);
        assert_eq!(client.post("/api/v1/bookmarks", &json!({ "url": url })).0, 201);
    }
    for n in 1..=3 {
        server.wait_for_log(&format!("page bookmark={n} "));
    }
    let paths: Vec<String> = site.got.try_iter().map(|got| got.path).collect();
    let visits: Vec<&str> = paths
        .iter()
        .filter(|path| path.as_str() != "/robots.txt" && path.as_str() != "/favicon.ico")
        .map(|path| &path[1..2])
        .collect();
    assert_eq!(visits, ["1", "1", "2", "2", "3", "3"], "{paths:?}");
}
