//! Burning: nothing turns to ash that was not announced and told, and nothing is told twice.

use std::time::Duration;

use serde_json::{Value, json};
use toaster::model::bookmark::{Bookmark, BookmarkChange, Link, NewBookmark};
use toaster::model::delivery::State;
use toaster::model::id::{BookmarkId, FolderId};
use toaster::model::time::{Timestamp, Zone};
use toaster::ops::folders::Change;
use toaster::store::bookmarks::{Filter, Stage};
use toaster::{ops, store};

use crate::api::{Program, programs};
use crate::world::{World, days};

const SOON: &str = "1 link turns to ash at midnight";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A world at noon in which links burn after as many days, and a link of hers.
fn world(days: u16) -> (World, BookmarkId) {
    let mut world = World::at("2026-03-02T12:00:00Z");
    burn_after(&mut world, days);
    let link = world.save("https://example.com/");
    (world, link)
}

fn burn_after(world: &mut World, days: u16) {
    let user = world.user;
    world.write(move |tx| ops::burning::set_default(tx, user, Some(days)));
}

fn folder(world: &mut World, parent: Option<FolderId>, title: &str, days: Option<u16>) -> FolderId {
    let (user, title) = (world.user, title.to_owned());
    world.write(move |tx| ops::folders::create(tx, user, parent, &title, days)).id
}

fn save_in(world: &mut World, folder_id: FolderId, url: &str) -> BookmarkId {
    let (user, link) = (world.user, Link::parse(url).unwrap());
    let new = NewBookmark { fetch: false, folder_id: Some(folder_id), ..NewBookmark::of(link) };
    world.write(move |tx| ops::bookmarks::save(tx, user, &new)).bookmark.id
}

fn move_to(world: &mut World, zone: &str) {
    let (user, zone) = (world.user, Zone::named(zone).unwrap());
    world.write(move |tx| ops::accounts::set_zone(tx, user, &zone));
}

fn change(world: &mut World, id: BookmarkId, change: BookmarkChange) {
    let user = world.user;
    world.write(move |tx| ops::bookmarks::change(tx, user, id, &change));
}

fn restore(world: &mut World, id: BookmarkId) {
    let user = world.user;
    world.write(move |tx| ops::bookmarks::restore(tx, user, id));
}

fn bookmark(world: &mut World, id: BookmarkId) -> Bookmark {
    let user = world.user;
    world.read(|tx| store::bookmarks::get(tx, user, id))
}

fn burnt_at(world: &mut World, id: BookmarkId) -> Option<Timestamp> {
    bookmark(world, id).burnt_at
}

fn run_until(world: &mut World, until: &str) {
    let span = at(until).since(world.now());
    world.run_for(span);
}

/// How many links of a user are at that stage.
fn count(world: &mut World, stage: Stage) -> usize {
    let user = world.user;
    let filter = Filter { stage, ..Filter::default() };
    world.read(|tx| store::bookmarks::list_ids(tx, user, &filter)).len()
}

#[test]
fn nothing_burns_unless_it_is_wanted() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let link = world.save("https://example.com/");
    folder(&mut world, None, "Recipes", Some(0));
    world.run_for(days(400));
    assert_eq!((burnt_at(&mut world, link), world.postbox.tried()), (None, 0));
}

#[test]
fn a_link_is_announced_the_day_before_burns_at_midnight_and_is_out_of_all_lists() {
    let (mut world, link) = world(7);
    world.save("https://example.com/later");
    let later = at("2026-03-03T00:00:01Z");
    world.write(move |tx| {
        let mut bookmark = store::bookmarks::find(tx, BookmarkId(2))?.unwrap();
        bookmark.begin_anew(later);
        store::bookmarks::update(tx, &bookmark)
    });
    run_until(&mut world, "2026-03-09T17:59:00Z");
    assert_eq!((world.postbox.tried(), count(&mut world, Stage::Announced)), (0, 1));
    run_until(&mut world, "2026-03-09T18:00:00Z");
    assert_eq!(world.postbox.occurrences(), 1);
    assert!(world.postbox.texts()[0].contains(SOON), "{:?}", world.postbox.texts());
    run_until(&mut world, "2026-03-09T23:59:59Z");
    assert_eq!(burnt_at(&mut world, link), None);
    run_until(&mut world, "2026-03-10T00:00:00Z");
    assert_eq!(burnt_at(&mut world, link), Some(at("2026-03-10T00:00:00Z")));
    let user = world.user;
    let counts = world.read(|tx| store::bookmarks::count(tx, user));
    assert_eq!((counts.all, counts.unread, count(&mut world, Stage::Ash)), (1, 1, 1));
    world.run_for(days(30));
    assert_eq!(world.postbox.occurrences(), 2, "one more for the other link");
    assert_eq!(count(&mut world, Stage::Ash), 2);
}

#[test]
fn the_next_reminder_of_that_day_tells_it_and_no_other_push_does() {
    let (mut world, link) = world(3);
    world.remind("daily 09:00", "UTC");
    world.remind("daily 09:00", "UTC");
    world.remind("daily 21:00", "UTC");
    world.run_for(days(10));
    let texts = world.postbox.texts();
    let telling: Vec<&String> = texts.iter().filter(|text| text.contains("ash")).collect();
    assert_eq!(telling.len(), 1, "{texts:?}");
    assert!(telling[0].contains("Evening, Evening: 1 link waiting") && telling[0].contains(SOON));
    assert_eq!(burnt_at(&mut world, link), Some(at("2026-03-06T00:00:00Z")));
    assert_eq!(texts.len(), 3 + 4, "nothing is waiting any more");
}

#[test]
fn every_destination_of_a_reminder_is_told() {
    let (mut world, _) = world(1);
    let user = world.user;
    world.write(move |tx| {
        let address = toaster::model::destination::Address::ntfy("https://b.example", "m", "")?;
        ops::destinations::add(tx, user, "Tablet", &address)
    });
    world.remind("daily 09:00", "UTC");
    run_until(&mut world, "2026-03-03T23:00:00Z");
    let texts = world.postbox.texts();
    assert!(texts.len() == 2 && texts.iter().all(|text| text.contains(SOON)), "{texts:?}");
}

#[test]
fn a_link_that_is_read_in_time_is_told_of_no_more() {
    let (mut world, link) = world(7);
    run_until(&mut world, "2026-03-09T12:00:00Z");
    let read = BookmarkChange { unread: Some(false), ..BookmarkChange::default() };
    change(&mut world, link, read);
    world.run_for(days(30));
    assert_eq!((world.postbox.tried(), burnt_at(&mut world, link)), (0, None));
    assert_eq!(world.outbox(State::Cancelled), 0);
}

#[test]
fn one_that_is_read_between_its_announcement_and_midnight_stays() {
    let (mut world, link) = world(7);
    run_until(&mut world, "2026-03-09T20:00:00Z");
    let user = world.user;
    world.write(move |tx| {
        ops::bulk::apply(tx, user, &[link], &ops::bulk::Action::Read)?;
        ops::bulk::apply(tx, user, &[link], &ops::bulk::Action::Unread)
    });
    run_until(&mut world, "2026-03-16T23:59:00Z");
    assert_eq!(burnt_at(&mut world, link), None, "its time began anew");
    run_until(&mut world, "2026-03-17T00:00:00Z");
    assert_eq!(burnt_at(&mut world, link), Some(at("2026-03-17T00:00:00Z")));
}

#[test]
fn switching_it_on_gives_old_links_a_whole_day_of_notice() {
    for (now, told, burnt) in [
        ("2026-03-09T00:00:01Z", "2026-03-10T18:00:00Z", "2026-03-11T00:00:00Z"),
        ("2026-03-09T17:59:00Z", "2026-03-10T18:00:00Z", "2026-03-11T00:00:00Z"),
        ("2026-03-09T23:59:00Z", "2026-03-10T18:00:00Z", "2026-03-11T00:00:00Z"),
    ] {
        let mut world = World::at("2026-01-02T12:00:00Z");
        let link = world.save("https://example.com/");
        run_until(&mut world, now);
        burn_after(&mut world, 7);
        world.run_for(at(told).since(world.now()) - Duration::from_millis(1));
        assert_eq!((world.postbox.tried(), burnt_at(&mut world, link)), (0, None), "{now}");
        run_until(&mut world, told);
        assert_eq!(world.postbox.occurrences(), 1, "{now}");
        run_until(&mut world, burnt);
        assert_eq!(burnt_at(&mut world, link), Some(at(burnt)), "{now}");
    }
}

#[test]
fn switched_off_before_midnight_nothing_burns_and_on_again_it_is_announced_anew() {
    let (mut world, link) = world(7);
    run_until(&mut world, "2026-03-09T20:00:00Z");
    assert_eq!(world.postbox.occurrences(), 1);
    burn_after(&mut world, 0);
    assert_eq!(count(&mut world, Stage::Announced), 0);
    run_until(&mut world, "2026-03-12T12:00:00Z");
    assert_eq!(burnt_at(&mut world, link), None);
    burn_after(&mut world, 7);
    run_until(&mut world, "2026-03-14T00:00:00Z");
    assert_eq!(burnt_at(&mut world, link), Some(at("2026-03-14T00:00:00Z")));
    assert_eq!(world.postbox.occurrences(), 2);
}

#[test]
fn a_server_that_was_down_over_midnight_catches_up() {
    let (mut world, link) = world(7);
    run_until(&mut world, "2026-03-09T19:00:00Z");
    world.sleep(days(3));
    world.settle();
    assert_eq!(burnt_at(&mut world, link), Some(at("2026-03-12T19:00:00Z")));
    assert_eq!(world.postbox.occurrences(), 1);
}

#[test]
fn what_could_not_be_told_does_not_burn_however_long_the_server_was_down() {
    // Down before it was announced, and before it was told.
    for from in ["2026-03-05T12:00:00Z", "2026-03-09T12:00:00Z"] {
        let (mut world, link) = world(7);
        run_until(&mut world, from);
        world.sleep(at("2026-04-01T20:00:00Z").since(world.now()));
        run_until(&mut world, "2026-04-02T17:59:00Z");
        assert_eq!((world.postbox.tried(), burnt_at(&mut world, link)), (0, None), "{from}");
        run_until(&mut world, "2026-04-03T00:00:00Z");
        assert_eq!(world.postbox.occurrences(), 1, "{from}");
        assert_eq!(burnt_at(&mut world, link), Some(at("2026-04-03T00:00:00Z")), "{from}");
    }
}

#[test]
fn midnight_is_that_of_the_zone_even_where_clocks_skip_it() {
    for (zone, saved, burnt) in [
        ("Asia/Seoul", "2026-03-02T14:00:00Z", "2026-03-03T15:00:00Z"),
        ("Asia/Seoul", "2026-03-02T15:00:01Z", "2026-03-04T15:00:00Z"),
        ("America/Santiago", "2026-09-04T15:00:00Z", "2026-09-06T04:00:00Z"),
        ("Asia/Beirut", "2026-03-27T12:00:00Z", "2026-03-28T22:00:00Z"),
        ("Atlantic/Azores", "2026-10-23T12:00:00Z", "2026-10-25T00:00:00Z"),
    ] {
        let mut world = World::at(saved);
        move_to(&mut world, zone);
        burn_after(&mut world, 1);
        let link = world.save("https://example.com/");
        world.run_for(days(5));
        assert_eq!(burnt_at(&mut world, link), Some(at(burnt)), "{zone}");
        assert_eq!(world.postbox.occurrences(), 1, "{zone}");
    }
}

#[test]
fn whoever_moves_loses_no_hour_of_what_was_announced() {
    // To where midnight comes sooner, and to where it comes later.
    for (zone, burnt) in [
        ("Pacific/Kiritimati", "2026-03-10T10:00:00Z"),
        ("America/New_York", "2026-03-10T04:00:00Z"),
        ("Pacific/Pago_Pago", "2026-03-10T11:00:00Z"),
    ] {
        let (mut world, link) = world(7);
        run_until(&mut world, "2026-03-09T19:00:00Z");
        assert_eq!(world.postbox.occurrences(), 1);
        move_to(&mut world, zone);
        world.run_for(days(3));
        assert_eq!(burnt_at(&mut world, link), Some(at(burnt)), "{zone}");
        assert_eq!(world.postbox.occurrences(), 1, "{zone}");
    }
}

#[test]
fn restored_or_saved_again_it_has_its_full_time() {
    let again: fn(&mut World, BookmarkId) = |world, _| _ = world.save("https://example.com/");
    for bring_back in [restore, again] {
        let (mut world, link) = world(7);
        run_until(&mut world, "2026-03-10T15:00:00Z");
        assert!(burnt_at(&mut world, link).is_some());
        bring_back(&mut world, link);
        assert_eq!((count(&mut world, Stage::Whole), count(&mut world, Stage::Ash)), (1, 0));
        run_until(&mut world, "2026-03-17T23:59:00Z");
        assert_eq!((world.postbox.occurrences(), burnt_at(&mut world, link)), (2, None));
        run_until(&mut world, "2026-03-18T00:00:00Z");
        assert_eq!(burnt_at(&mut world, link), Some(at("2026-03-18T00:00:00Z")));
    }
}

#[test]
fn what_is_moved_begins_anew_and_what_is_only_edited_stays_in_the_ashes() {
    let (mut world, link) = world(1);
    let folder_id = folder(&mut world, None, "Keep", Some(0));
    run_until(&mut world, "2026-03-05T12:00:00Z");
    let note = Some("later".to_owned());
    change(
        &mut world,
        link,
        BookmarkChange { note, unread: Some(true), ..BookmarkChange::default() },
    );
    assert!(burnt_at(&mut world, link).is_some());
    let filed = Some(Some(folder_id));
    change(&mut world, link, BookmarkChange { folder_id: filed, ..BookmarkChange::default() });
    assert_eq!(burnt_at(&mut world, link), None);
    world.run_for(days(30));
    assert_eq!(burnt_at(&mut world, link), None, "its folder never burns");
}

#[test]
fn a_folder_burns_as_it_says_else_as_the_one_around_it_else_as_its_owner_says() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let outer = folder(&mut world, None, "Outer", Some(2));
    let inner = folder(&mut world, Some(outer), "Inner", None);
    let never = folder(&mut world, Some(inner), "Never", Some(0));
    let below = folder(&mut world, Some(never), "Below", None);
    let quick = folder(&mut world, Some(below), "Quick", Some(1));
    let plain = folder(&mut world, None, "Plain", None);
    let folders = [outer, inner, never, below, quick, plain];
    let links = folders.map(|id| save_in(&mut world, id, &format!("https://example.com/{id}")));
    world.run_for(days(20));
    let burnt = links.map(|id| burnt_at(&mut world, id).map(|at| at.to_string()[8..10].to_owned()));
    let day = |day: &str| Some(day.to_owned());
    assert_eq!(burnt, [day("05"), day("05"), None, None, day("04"), None]);
    burn_after(&mut world, 5);
    world.run_for(days(2));
    assert!(burnt_at(&mut world, links[5]).is_some());
    assert_eq!(burnt_at(&mut world, links[3]), None);
    // Moved out, it does as the folder around it there, and nothing burns without a notice.
    let (user, before) = (world.user, world.postbox.occurrences());
    let top = Change { parent_id: Some(None), ..Change::default() };
    world.write(move |tx| ops::folders::change(tx, user, below, &top));
    world.run_for(days(2));
    assert!(burnt_at(&mut world, links[3]).is_some());
    assert_eq!(world.postbox.occurrences(), before + 1);
}

#[test]
fn links_of_a_folder_that_is_deleted_burn_as_all_others_after_a_notice_of_their_own() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    burn_after(&mut world, 3);
    let folder_id = folder(&mut world, None, "Recipes", Some(7));
    let link = save_in(&mut world, folder_id, "https://example.com/");
    run_until(&mut world, "2026-03-09T20:00:00Z");
    assert_eq!(world.postbox.occurrences(), 1);
    let user = world.user;
    world.write(move |tx| ops::folders::delete(tx, user, folder_id));
    run_until(&mut world, "2026-03-10T23:59:00Z");
    assert_eq!((world.postbox.occurrences(), burnt_at(&mut world, link)), (2, None));
    run_until(&mut world, "2026-03-11T00:00:00Z");
    assert!(burnt_at(&mut world, link).is_some());
}

#[test]
fn without_a_way_to_push_the_notice_on_our_pages_is_enough() {
    for push_on in [true, false] {
        let (mut world, link) = world(1);
        let (user, destination) = (world.user, world.destination);
        world.write(move |tx| {
            if push_on {
                ops::destinations::delete(tx, user, destination)
            } else {
                ops::accounts::set_push_on(tx, user, false)
            }
        });
        run_until(&mut world, "2026-03-03T20:00:00Z");
        assert_eq!(count(&mut world, Stage::Announced), 1);
        run_until(&mut world, "2026-03-04T00:00:00Z");
        assert!(burnt_at(&mut world, link).is_some());
        assert_eq!((world.postbox.tried(), world.outbox(State::Cancelled)), (0, 0));
    }
}

#[test]
fn quiet_hours_are_kept_and_told_around() {
    let (mut world, link) = world(7);
    let (user, hours) = (world.user, "mon 17:00-07:00".parse().unwrap());
    world.write(move |tx| ops::accounts::set_quiet_hours(tx, user, &hours));
    // This one waits until it would come too late to tell.
    world.remind("mon 17:30", "UTC");
    run_until(&mut world, "2026-03-09T12:00:00Z");
    let texts = world.postbox.texts();
    assert!(texts.iter().filter(|text| text.contains(SOON)).count() == 1, "{texts:?}");
    run_until(&mut world, "2026-03-10T08:00:00Z");
    assert!(burnt_at(&mut world, link).is_some());
    let texts = world.postbox.texts();
    assert!(texts.iter().filter(|text| text.contains("ash")).count() == 1, "{texts:?}");
}

#[test]
fn ten_thousand_links_burn_in_one_night_piece_by_piece_and_are_told_once() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let user = world.user;
    world.write(move |tx| {
        for n in 0..10_000 {
            let link = Link::parse(&format!("https://example.com/{n}"))?;
            let new = NewBookmark { fetch: false, ..NewBookmark::of(link) };
            store::bookmarks::insert(tx, user, &new)?;
        }
        Ok(())
    });
    burn_after(&mut world, 1);
    let steps = |world: &mut World| {
        let mut sizes = Vec::new();
        loop {
            let before = (count(world, Stage::Announced), count(world, Stage::Ash));
            let next = world.write(ops::burning::step);
            let after = (count(world, Stage::Announced), count(world, Stage::Ash));
            sizes.push(before.0.abs_diff(after.0));
            // A crash in the middle loses nothing and repeats nothing.
            world.restart();
            if next.is_none_or(|next| next > world.now()) {
                return sizes;
            }
        }
    };
    world.clock.set(at("2026-03-03T00:00:00Z"));
    let announced = steps(&mut world);
    world.clock.set(at("2026-03-03T18:00:00Z"));
    world.settle();
    assert_eq!(world.postbox.occurrences(), 1);
    assert!(world.postbox.texts()[0].contains("10000 links turn to ash"));
    world.clock.set(at("2026-03-04T00:00:00Z"));
    let burnt = steps(&mut world);
    assert_eq!((announced.iter().sum::<usize>(), burnt.iter().sum()), (10_000, 10_000));
    assert!(announced.iter().chain(&burnt).all(|size| *size <= 500), "{announced:?} {burnt:?}");
    assert_eq!(count(&mut world, Stage::Ash), 10_000);
}

#[test]
fn a_crash_while_it_is_told_repeats_the_same_push_only() {
    let (mut world, link) = world(1);
    run_until(&mut world, "2026-03-03T17:59:00Z");
    world.clock.advance(Duration::from_mins(1));
    world.crash_while_sending();
    world.run_for(days(1));
    assert_eq!((world.postbox.tried(), world.postbox.occurrences()), (2, 1));
    assert!(burnt_at(&mut world, link).is_some());
}

#[test]
fn a_clock_that_makes_no_sense_burns_nothing() {
    let (mut world, link) = world(7);
    world.remind("daily 13:00", "UTC");
    run_until(&mut world, "2026-03-09T20:00:00Z");
    world.clock.set(at("2027-03-09T20:00:00Z"));
    world.settle();
    assert_eq!(burnt_at(&mut world, link), None);
    world.clock.set(at("2026-03-09T20:00:00Z"));
    run_until(&mut world, "2026-03-10T00:01:00Z");
    assert!(burnt_at(&mut world, link).is_some());
}

#[test]
fn programs_set_it_list_the_ashes_and_restore_from_them() {
    let (mut world, mut mina, mut juno) = programs();
    let days_of = |program: &mut Program, body: Value| {
        let (status, me) = program.patch("/api/v1/me", &body);
        (status, me["burn_after_days"].clone())
    };
    assert_eq!(mina.get("/api/v1/me").1["burn_after_days"], Value::Null, "off by default");
    for bad in [json!(-1), json!(3651), json!(0.5), json!("7")] {
        let (status, problem) = mina.patch("/api/v1/me", &json!({ "burn_after_days": bad }));
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("burn_after_days")));
    }
    for (days, stored) in
        [(json!(3650), json!(3650)), (json!(0), Value::Null), (json!(2), json!(2))]
    {
        assert_eq!(days_of(&mut mina, json!({ "burn_after_days": days })), (200, stored));
    }
    assert_eq!(days_of(&mut mina, json!({ "push_on": true })).1, 2, "what is not sent stays");
    let (_, folder) = mina.post("/api/v1/folders", &json!({ "title": "a", "burn_after_days": 0 }));
    assert_eq!(folder["burn_after_days"], 0);
    let (_, folder) = mina.patch("/api/v1/folders/1", &json!({ "burn_after_days": null }));
    assert_eq!(folder["burn_after_days"], Value::Null);
    mina.patch("/api/v1/folders/1", &json!({ "title": "b", "burn_after_days": 1 }));
    let (_, folders) = mina.get("/api/v1/folders");
    assert_eq!(folders["items"][0]["burn_after_days"], 1);

    for n in 1..=3 {
        let url = format!("https://example.com/loaf{n}");
        mina.post("/api/v1/bookmarks", &json!({ "url": url, "folder_id": 1, "fetch": false }));
    }
    world.run_for(days(4));
    let ids = |program: &mut Program, query: &str| -> Vec<i64> {
        let (status, list) = program.get(&format!("/api/v1/bookmarks?{query}"));
        assert_eq!(status, 200, "{list}");
        list["items"].as_array().unwrap().iter().map(|b| b["id"].as_i64().unwrap()).collect()
    };
    for (query, expected) in [
        ("", vec![]),
        ("q=loaf1", vec![]),
        ("folder=1", vec![]),
        ("unread=true", vec![]),
        ("burnt=false", vec![]),
        ("burnt=true", vec![3, 2, 1]),
        ("burnt=true&q=loaf1", vec![1]),
        ("burnt=true&folder=1&limit=2", vec![3, 2]),
        ("burnt=true&unread=false", vec![]),
    ] {
        assert_eq!(ids(&mut mina, query), expected, "{query}");
    }
    assert!(ids(&mut juno, "burnt=true").is_empty());
    assert_eq!(mina.get("/api/v1/folders").1["items"][0]["unread"], 0);
    assert_eq!(mina.get("/api/v1/bookmarks/1").1["burnt"], true);

    let bulk = |program: &mut Program, body: Value| {
        let (status, reply) = program.post("/api/v1/bookmarks/bulk", &body);
        assert_eq!(status, 200, "{reply}");
        reply["changed"].as_i64().unwrap()
    };
    assert_eq!(bulk(&mut juno, json!({ "ids": [1], "action": "restore" })), 0);
    assert_eq!(bulk(&mut mina, json!({ "ids": [1], "action": "restore" })), 1);
    assert_eq!(bulk(&mut mina, json!({ "ids": [1], "action": "restore" })), 0);
    assert_eq!(mina.get("/api/v1/bookmarks/1").1["burnt"], false);
    mina.patch("/api/v1/bookmarks/2", &json!({ "unread": false }));
    let (_, read) = mina.get("/api/v1/bookmarks/2");
    assert_eq!((&read["burnt"], &read["unread"]), (&json!(false), &json!(false)));
    let rest = json!({ "query": { "burnt": true, "q": "loaf" }, "action": "restore" });
    assert_eq!(bulk(&mut mina, rest), 1);
    assert_eq!(ids(&mut mina, ""), [3, 2, 1]);
}
