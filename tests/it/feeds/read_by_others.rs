//! What programs that others wrote make of our feeds: `tests/interop/feeds.py`.

use std::time::Duration;

use serde_json::{Value, json};
use toaster::model::recurrence::Schedule;
use toaster::model::reminder::{Pick, PickOrder, Settings, Target};
use toaster::model::time::{Slot, Timestamp, parse_date};
use toaster::ops;

use super::{read, save, set, switch_on};
use crate::interop;
use crate::world::{World, days, settings};

const ZONES: [&str; 8] = [
    "UTC",
    "Asia/Seoul",
    "America/New_York",
    "Europe/Dublin",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Kolkata",
];
/// In and around what the zones' clocks leave out or repeat, and once at a plain time.
const TIMES: [&str; 8] = ["00:00", "00:30", "01:30", "02:00", "02:15", "02:30", "03:00", "21:30"];

/// When a reminder set at `now` comes until `end`, as we fire it.
fn ours(settings: &Settings, now: Timestamp, end: Timestamp) -> Vec<String> {
    let slots = std::iter::successors(settings.schedule.first_after(&settings.zone, now), |slot| {
        settings.schedule.next_slot(*slot)
    });
    let at = slots.map(|slot: Slot| slot.instant(&settings.zone));
    let mut found: Vec<_> = at.take_while(|at| *at < end).map(|at| at.to_string()).collect();
    found.sort();
    found
}

#[test]
fn a_calendar_says_when_each_reminder_fires_through_every_change_of_clocks() {
    // A year whose rules are settled, whichever version of the zone data is asked.
    let mut world = World::at("2024-01-01T00:00:00Z");
    let feeds = switch_on(&mut world);
    let (begin, end) = (world.now(), world.now() + days(366));
    let mut expected = serde_json::Map::new();
    for zone in ZONES {
        for time in TIMES {
            let days = if time == "21:30" { "mon,wed,sun" } else { "daily" };
            let name = format!("{zone} {time}");
            let when = format!("{days} {time}");
            let settings = Settings { name: name.clone(), ..settings(&when, zone) };
            expected.insert(name, json!(ours(&settings, begin, end)));
            set(&mut world, settings);
        }
    }
    let at = "02:30".parse().unwrap();
    let on = parse_date("2024-03-10").unwrap();
    let once = Settings {
        name: "Once in the gap".into(),
        schedule: Schedule::Once { on, at },
        ..settings("daily 02:30", "America/New_York")
    };
    expected.insert(once.name.clone(), json!(["2024-03-10T07:30:00Z"]));
    set(&mut world, once);
    let ics = read(&mut world, &format!("{feeds}/toaster.ics"));
    let sent = json!({ "text": ics, "begin": begin.to_string(), "end": end.to_string() });
    let Some(theirs) = interop::check("calendar", &sent) else { return };
    for (name, times) in &expected {
        let (times, found) = (times.as_array().unwrap(), theirs["starts"][name].as_array());
        let found = found.unwrap();
        let odd = times.iter().zip(found).find(|(ours, theirs)| ours != theirs);
        assert_eq!(odd, None, "{name}");
        assert_eq!(times.len(), found.len(), "{name}");
    }
    assert_eq!(theirs["starts"].as_object().unwrap().len(), expected.len());
    assert_eq!(theirs["zones"], ZONES.len());
}

#[test]
fn an_event_says_what_waits_and_is_read_as_it_was_meant() {
    let mut world = World::at("2024-01-01T00:00:00Z");
    let feeds = switch_on(&mut world);
    let title = "Bread, butter; jam \\ 잼 ".repeat(4);
    let link = save(&mut world, "https://a.example/", title.trim());
    let about = Settings {
        name: "저녁 식사 전에, 읽을 것; 꼭".into(),
        target: Target::Bookmark(link),
        ..settings("daily 21:30", "Asia/Seoul")
    };
    let id = set(&mut world, about.clone());
    world.clock.advance(days(3));
    let changed = Settings { pick: Pick::new(PickOrder::Random, 7).unwrap(), ..about.clone() };
    let user = world.user;
    world.write(move |tx| ops::reminders::change(tx, user, id, &changed));
    let ics = read(&mut world, &format!("{feeds}/toaster.ics"));
    let sent =
        json!({ "text": ics, "begin": "2024-01-01T00:00:00Z", "end": "2024-01-06T00:00:00Z" });
    let Some(theirs) = interop::check("calendar", &sent) else { return };
    let expected = json!({
        "summary": about.name,
        "description": format!("{}: 1 link waiting\n• {}", about.name, title.trim()),
        "url": "http://toaster.example/bookmarks/1",
        "uid": "r1-1704067200@toaster.example",
        "sequence": 3 * 24 * 3600,
        "alarm": 0.0,
    });
    assert_eq!(theirs["first"], expected);
    // What it picks has changed, not when it comes.
    let on = |day: u32| format!("2024-01-0{day}T12:30:00Z");
    assert_eq!(theirs["starts"][&about.name], json!([on(1), on(2), on(3), on(4), on(5)]));

    // At another time it starts anew: what was planned before is not claimed to have been.
    let changed = settings("daily 21:00", "Asia/Seoul");
    let changed = Settings { name: about.name.clone(), ..changed };
    world.write(move |tx| ops::reminders::change(tx, user, id, &changed));
    let ics = read(&mut world, &format!("{feeds}/toaster.ics"));
    let sent = json!({ "text": ics, "begin": sent["begin"], "end": sent["end"] });
    let Some(theirs) = interop::check("calendar", &sent) else { return };
    let on = |day: u32| format!("2024-01-0{day}T12:00:00Z");
    assert_eq!(theirs["starts"][&about.name], json!([on(4), on(5)]));
}

#[test]
fn a_feed_reader_reads_what_was_told() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    let feeds = switch_on(&mut world);
    for n in 0..60 {
        save(&mut world, &format!("https://bread.example/{n}?a&b"), "식빵 <3 & ]]> \u{b}toast");
    }
    let random = Settings {
        name: "A & B <\"C\">".into(),
        pick: Pick::new(PickOrder::Random, 7).unwrap(),
        ..settings("daily 10:00", "UTC")
    };
    for minute in 0..60 {
        let at = format!("daily 10:{minute:02}");
        set(&mut world, Settings { schedule: settings(&at, "UTC").schedule, ..random.clone() });
    }
    world.run_for(Duration::from_hours(3));
    let target = format!("{feeds}/due.rss");
    let xml = read(&mut world, &target);
    assert_eq!(xml, read(&mut world, &target), "any are picked, once");
    let Some(theirs) = interop::check("rss", &json!({ "text": xml })) else { return };
    assert_eq!(theirs["version"], "rss20");
    assert_eq!(theirs["self"], json!([format!("http://toaster.example{target}")]));
    let items = theirs["items"].as_array().unwrap();
    assert_eq!(items.len(), 50);
    let html = items[0]["html"].as_str().unwrap();
    assert_eq!(html.matches("<li>").count(), 7);
    assert!(html.contains("식빵 &#60;3 &#38; ]]&#62; toast</a>"), "{html}");
    assert!(html.ends_with("<p>and 53 more</p>"), "{html}");
    assert_eq!(items[0]["title"], "A & B <\"C\">: 60 links waiting");
    assert_eq!(items[0]["date"], "2026-03-02T10:59:00Z");
    let json: Value =
        serde_json::from_str(&read(&mut world, &format!("{feeds}/due.json"))).unwrap();
    let ids = |items: &Value| -> Vec<Value> {
        items.as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
    };
    assert_eq!(ids(&json["items"]), ids(&theirs["items"]));
}
