//! Saved links and their pages, in the simulated world.

use std::time::Duration;

use toaster::model::page::PageState;
use toaster::model::reason::Reason;
use toaster::ops::pages::Read;
use toaster::store::bookmarks::Filter;
use toaster::{ops, store};

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
    world.run_for(Duration::from_mins(2));
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
    world.web.put("https://private.example/", Read::Refused(Reason::AddressNotAllowed));
    let id = world.save_and_fetch("https://private.example/");
    world.settle();
    let user = world.user;
    let reason = world.read(|tx| store::bookmarks::get(tx, user, id)).page_reason;
    assert_eq!(reason, Some(Reason::AddressNotAllowed));
    world.web.put_page("https://private.example/", "Open now");
    world.write(move |tx| ops::bookmarks::refresh(tx, user, id));
    world.settle();
    let bookmark = world.read(|tx| store::bookmarks::get(tx, user, id));
    assert_eq!((bookmark.title(), bookmark.page_reason), ("Open now", None));
}

#[test]
fn a_page_lost_with_its_fetcher_is_read_again() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    world.web.put_page("https://example.com/", "Read at last");
    let id = world.save_and_fetch("https://example.com/");
    world.write(ops::pages::claim).unwrap(); // Taken, and then nothing.
    world.restart();
    world.run_for(Duration::from_mins(3));
    let user = world.user;
    assert_eq!(world.read(|tx| store::bookmarks::get(tx, user, id)).title(), "Read at last");
}
