//! Feeds for those who want no push: a calendar of reminders, and what is due.

mod read_by_others;

use std::time::Duration;

use serde_json::{Value, json};
use toaster::http::context::Context;
use toaster::http::request::{Method, Request};
use toaster::http::response::{Body, Response};
use toaster::http::route;
use toaster::model::bookmark::{BookmarkChange, Link, NewBookmark};
use toaster::model::id::{BookmarkId, ReminderId};
use toaster::model::language::Language;
use toaster::model::reminder::{Settings, WhenEmpty};
use toaster::{ops, store};

use crate::api::programs;
use crate::world::{World, days, settings};

/// Switches the feeds of Mina on; returns what is before the names of their files.
fn switch_on(world: &mut World) -> String {
    let user = world.user;
    let pass = world.write(move |tx| ops::feeds::renew(tx, user));
    format!("/feeds/{}", pass.unwrap())
}

fn ask(cx: &mut Context, target: &str, known: Option<&str>) -> Response {
    let mut request = Request::new(Method::Get, target).unwrap();
    request.headers.extend(known.map(|etag| ("if-none-match".into(), etag.to_owned())));
    route::answer(cx, &request)
}

fn text(answer: Response) -> String {
    let Body::Bytes(bytes) = answer.body else { panic!("a feed is no file") };
    String::from_utf8(bytes).unwrap()
}

fn read(world: &mut World, target: &str) -> String {
    let mut cx = world.context();
    let answer = ask(&mut cx, target, None);
    assert_eq!(answer.status, 200, "{target}");
    text(answer)
}

/// Saves a link under a title of Mina's own.
fn save(world: &mut World, url: &str, title: &str) -> BookmarkId {
    let new = NewBookmark {
        title: title.into(),
        fetch: false,
        ..NewBookmark::of(Link::parse(url).unwrap())
    };
    let user = world.user;
    world.write(move |tx| ops::bookmarks::save(tx, user, &new)).bookmark.id
}

fn set(world: &mut World, settings: Settings) -> ReminderId {
    let user = world.user;
    world.write(move |tx| ops::reminders::set(tx, user, &settings, 10_000)).id
}

#[test]
fn a_snooze_is_an_event_of_its_own_and_what_is_off_is_left_out() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    let feeds = switch_on(&mut world);
    let id = world.remind("mon,wed 21:30", "Asia/Seoul");
    let target = format!("{feeds}/toaster.ics");
    let before = read(&mut world, &target);
    assert!(
        before.contains(
            "\r\nDTSTART;TZID=Asia/Seoul:20260302T213000\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE\r\n"
        ),
        "{before}"
    );
    assert!(before.contains("DESCRIPTION:Evening: nothing waiting\\nAll of it is read."));
    let user = world.user;
    let until = "2026-03-03T07:00:00Z".parse().unwrap();
    world.write(move |tx| ops::reminders::snooze(tx, user, id, Some(until)));
    let snoozed = read(&mut world, &target);
    assert!(snoozed.contains("\r\nDTSTART:20260303T070000Z\r\n"), "{snoozed}");
    assert_eq!(snoozed.matches("BEGIN:VEVENT").count(), 2);
    // Firing moves nothing in the calendar.
    world.run_for(days(9));
    assert_eq!(read(&mut world, &target), before);
    let off = Settings { enabled: false, ..world.reminder(id).settings };
    world.write(move |tx| ops::reminders::change(tx, user, id, &off));
    let none = read(&mut world, &target);
    assert!(!none.contains("VEVENT") && !none.contains("VTIMEZONE"), "{none}");
}

#[test]
fn what_is_due_is_told_once_a_firing_and_stays_as_it_was_told() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    world.remind("daily 10:00", "UTC");
    world.save("https://before.example/");
    world.run_for(days(1));
    let feeds = switch_on(&mut world);
    // Nowhere to push to, nor any wish to.
    let (user, destination) = (world.user, world.destination);
    world.write(move |tx| {
        ops::destinations::delete(tx, user, destination)?;
        ops::accounts::set_push_on(tx, user, false)
    });
    let tea = save(&mut world, "https://tea.example/?a=1&b=2", "Tea <b>& \"milk\"</b>\u{b}");
    world.run_for(Duration::from_hours(2));
    let target = format!("{feeds}/due.json");
    let told = read(&mut world, &target);
    let feed: Value = serde_json::from_str(&told).unwrap();
    for (field, expected) in [
        ("version", json!("https://jsonfeed.org/version/1.1")),
        ("title", json!("Toaster")),
        ("home_page_url", json!("http://toaster.example/")),
        ("feed_url", json!(format!("http://toaster.example{target}"))),
        ("language", json!("en")),
    ] {
        assert_eq!(feed[field], expected, "{field}");
    }
    let items = feed["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "what fired before feeds were wanted is not told: {told}");
    let item = &items[0];
    assert_eq!(item["title"], "Evening: 2 links waiting");
    assert_eq!(item["date_published"], "2026-03-03T10:00:00Z");
    assert_eq!(item["url"], "http://toaster.example/bookmarks?unread=1");
    let html = item["content_html"].as_str().unwrap();
    assert!(
        html.contains("href=\"https://tea.example/?a=1&#38;b=2\">Tea &#60;b&#62;&#38; &#34;milk"),
        "{html}"
    );
    // What is read, saved or renamed later changes nothing of what was told.
    let read_it = BookmarkChange { unread: Some(false), ..BookmarkChange::default() };
    world.write(move |tx| ops::bookmarks::change(tx, user, tea, &read_it));
    world.save("https://later.example/");
    assert_eq!(read(&mut world, &target), told);
    world.run_for(days(40));
    let feed: Value = serde_json::from_str(&read(&mut world, &target)).unwrap();
    let dates: Vec<&str> = feed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["date_published"].as_str().unwrap())
        .collect();
    assert_eq!(dates.len(), 30, "no older than thirty days");
    assert!(dates.is_sorted_by(|a, b| a > b), "newest first: {dates:?}");
}

#[test]
fn what_nobody_is_told_of_is_not_in_the_feed_and_what_came_late_says_so() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    let feeds = switch_on(&mut world);
    let target = format!("{feeds}/due.json");
    let id = world.remind("daily 10:00", "UTC");
    world.run_for(days(1));
    let items = |world: &mut World| {
        let feed: Value = serde_json::from_str(&read(world, &target)).unwrap();
        feed["items"].as_array().unwrap().clone()
    };
    assert_eq!((world.firings(id), items(&mut world).len()), (1, 0), "there was nothing to read");
    let always = Settings { when_empty: WhenEmpty::Send, ..world.reminder(id).settings };
    let user = world.user;
    world.write(move |tx| ops::reminders::change(tx, user, id, &always));
    world.sleep(days(3));
    world.settle();
    let items = items(&mut world);
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["title"], "Evening: nothing waiting");
    assert_eq!(
        items[0]["content_html"],
        "<p>All of it is read.</p><p>Late: this was due 2026-03-05 10:00, and 2 earlier times were missed.</p>"
    );
}

#[test]
fn a_feed_is_sent_again_only_when_it_changed_and_kept_by_nobody_else() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    let feeds = switch_on(&mut world);
    world.remind("daily 10:00", "UTC");
    let mut cx = world.context();
    for (name, kind) in [
        ("toaster.ics", "text/calendar; charset=utf-8"),
        ("due.rss", "application/rss+xml; charset=utf-8"),
        ("due.json", "application/feed+json"),
    ] {
        let target = format!("{feeds}/{name}");
        let answer = ask(&mut cx, &target, None);
        assert_eq!(answer.header("content-type"), Some(kind));
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
        assert_eq!(answer.header("x-robots-tag"), Some("noindex"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        let etag = answer.header("etag").unwrap().to_owned();
        assert_eq!(ask(&mut cx, &target, Some(&etag)).status, 304);
        assert_eq!(ask(&mut cx, &target, Some("\"another\"")).status, 200);
        world.save("https://new.example/");
        world.run_for(days(1));
        assert_eq!(ask(&mut cx, &target, Some(&etag)).status, 200, "{name}");
        let post = Request::new(Method::Post, &target).unwrap();
        assert_eq!(route::answer(&mut cx, &post).header("allow"), Some("GET"));
    }
}

#[test]
fn addresses_are_made_renewed_and_ended_by_their_owner() {
    let (mut world, mut mina, mut juno) = programs();
    let mut cx = world.context();
    let mut status = |address: &Value| {
        let target = address.as_str().unwrap().strip_prefix("http://toaster.example").unwrap();
        ask(&mut cx, target, None).status
    };
    let off = json!({ "enabled": false, "calendar": null, "rss": null, "json": null });
    assert_eq!(mina.get("/api/v1/me/feeds"), (200, off.clone()));
    let (code, first) = mina.post("/api/v1/me/feeds", &json!({}));
    assert_eq!((code, &first["enabled"]), (201, &json!(true)));
    assert_eq!(mina.get("/api/v1/me/feeds").1, first);
    assert_eq!(juno.get("/api/v1/me/feeds").1, off);
    let all = ["calendar", "rss", "json"];
    assert_eq!(all.map(|kind| status(&first[kind])), [200; 3]);

    let (_, second) = mina.post("/api/v1/me/feeds", &json!({}));
    assert_eq!(all.map(|kind| status(&first[kind])), [404; 3], "the old ones have ended");
    assert_eq!(all.map(|kind| status(&second[kind])), [200; 3]);
    let calendar = second["calendar"].as_str().unwrap();
    for wrong in [
        calendar.replace("feeds.1.", "feeds.2."),
        calendar.replace("toaster.ics", "other.ics"),
        calendar.replace("/toaster.ics", "A/toaster.ics"),
        "http://toaster.example/feeds/x/toaster.ics".into(),
        "http://toaster.example/feeds/feeds.1./toaster.ics".into(),
    ] {
        assert_eq!(status(&json!(wrong)), 404, "{wrong}");
    }
    let (_, hers) = juno.post("/api/v1/me/feeds", &json!({}));
    assert_ne!(hers["rss"], second["rss"]);

    assert_eq!(mina.call(Method::Delete, "/api/v1/me/feeds", "").0, 204);
    assert_eq!(all.map(|kind| status(&second[kind])), [404; 3]);
    assert_eq!(status(&hers["rss"]), 200);
    mina.post("/api/v1/me/feeds", &json!({}));
    assert_eq!(all.map(|kind| status(&second[kind])), [404; 3], "nor do they come back");
    assert_eq!(mina.call(Method::Patch, "/api/v1/me/feeds", "").0, 405);
}

#[test]
fn a_feed_shows_what_is_its_owners_alone() {
    let (mut world, mut mina, mut juno) = programs();
    for (program, word) in [(&mut mina, "mina"), (&mut juno, "juno")] {
        program.post("/api/v1/me/feeds", &json!({}));
        let link = json!({ "url": format!("https://{word}.example/"), "fetch": false });
        program.post("/api/v1/bookmarks", &link);
        let schedule = json!({ "kind": "weekly", "days": [1], "at": "13:00" });
        let target = json!({ "kind": "all" });
        program.post("/api/v1/reminders", &json!({ "target": target, "schedule": schedule }));
    }
    world.run_for(days(1));
    let feeds = juno.get("/api/v1/me/feeds").1;
    for kind in ["calendar", "rss", "json"] {
        let address = feeds[kind].as_str().unwrap();
        let feed = read(&mut world, address.strip_prefix("http://toaster.example").unwrap());
        assert!(feed.contains("juno.example") && !feed.contains("mina.example"), "{feed}");
    }
}

#[test]
fn feeds_speak_the_language_of_whom_they_are_for() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    let user = world.user;
    world.write(move |tx| store::users::set_language(tx, user, Language::Korean));
    let feeds = switch_on(&mut world);
    world.save("https://a.example/");
    set(&mut world, Settings { name: String::new(), ..settings("daily 10:00", "UTC") });
    world.run_for(days(1));
    let told = "읽을 시간이에요: 링크 1개가 기다려요";
    for name in ["toaster.ics", "due.rss", "due.json"] {
        assert!(read(&mut world, &format!("{feeds}/{name}")).contains(told), "{name}");
    }
}

#[test]
fn switching_feeds_off_forgets_what_they_told() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    switch_on(&mut world);
    world.remind("daily 10:00", "UTC");
    world.save("https://a.example/");
    world.run_for(days(1));
    let user = world.user;
    assert_eq!(world.read(|tx| ops::feeds::items(tx, user)).len(), 1);
    world.write(move |tx| ops::feeds::switch_off(tx, user));
    world.run_for(days(1));
    let feeds = switch_on(&mut world);
    assert!(!read(&mut world, &format!("{feeds}/due.rss")).contains("<item>"));
}
