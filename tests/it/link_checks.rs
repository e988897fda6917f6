//! Links that are looked after, in the simulated world.

use std::time::Duration;

use toaster::model::id::BookmarkId;
use toaster::model::reason::Reason;
use toaster::ops;

use crate::world::{World, days};

const GONE: Reason = Reason::Gone(404);

fn world(urls: &[&str]) -> (World, Vec<BookmarkId>) {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let ids = urls.iter().map(|url| {
        world.web.put_page(url, "There");
        world.save_and_fetch(url)
    });
    let ids = ids.collect();
    world.settle();
    world.web.asked();
    (world, ids)
}

fn want(world: &mut World, wanted: bool) {
    let user = world.user;
    world.write(move |tx| ops::link_checks::set_wanted(tx, user, wanted));
}

fn dead(world: &mut World) -> Vec<BookmarkId> {
    let user = world.user;
    let dead = world.read(|tx| ops::link_checks::list(tx, user, None, 99));
    dead.into_iter().map(|dead| dead.bookmark.id).collect()
}

#[test]
fn a_page_that_goes_is_told_of_after_more_than_one_look_and_forgiven_when_it_is_back() {
    let (mut world, ids) = world(&["https://a.example/", "https://b.example/"]);
    world.run_for(days(60));
    assert!(world.web.asked().is_empty(), "nobody wants it");
    want(&mut world, true);
    world.web.put_failure("https://a.example/", GONE, None);
    world.run_for(days(6));
    let asked = world.web.asked().into_iter().filter(|(url, _)| url == "https://a.example/");
    assert_eq!(asked.count(), 1, "it is not bothered until a week is over");
    assert!(dead(&mut world).is_empty(), "once is not enough");
    world.run_for(days(4));
    assert_eq!(dead(&mut world), ids[..1]);
    world.web.put_page("https://a.example/", "Back");
    world.run_for(days(31));
    assert!(dead(&mut world).is_empty());
}

#[test]
fn many_links_of_one_person_are_spread_over_the_month_and_over_restarts() {
    let urls: Vec<String> = (0..90).map(|n| format!("https://host{n}.example/")).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let (mut world, _) = world(&urls);
    want(&mut world, true);
    let mut seen = Vec::new();
    for day in 0..31 {
        world.run_for(Duration::from_hours(24));
        world.restart();
        let today = world.web.asked();
        assert!(today.len() <= 6, "day {day}: {today:?}");
        seen.extend(today.into_iter().map(|(url, _)| url));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 90);
    want(&mut world, false);
    world.run_for(days(9));
    assert!(world.web.asked().is_empty());
}

#[test]
fn pages_of_new_links_come_before_links_of_old() {
    let (mut world, _) = world(&["https://a.example/"]);
    want(&mut world, true);
    world.web.put_page("https://new.example/", "New");
    world.save_and_fetch("https://new.example/");
    world.run_for(Duration::from_mins(1));
    let asked: Vec<String> = world.web.asked().into_iter().map(|(url, _)| url).collect();
    assert_eq!((asked.len(), asked[0].as_str()), (2, "https://new.example/"));
}
