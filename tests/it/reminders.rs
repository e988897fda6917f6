//! The law of time: what fires, when, and how often.

use std::time::Duration;

use toaster::clock::Clock;
use toaster::model::bookmark::BookmarkChange;
use toaster::model::delivery::{Outcome, State};
use toaster::model::reminder::{Pick, PickOrder, Settings, Target};
use toaster::model::tag::{self, TagName};
use toaster::{ops, store};

use crate::world::{World, days, settings};

#[test]
fn a_daily_reminder_survives_restarts_and_a_flaky_transport() {
    let mut world = World::at("2026-01-01T09:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 09:30", "Asia/Seoul");
    world.postbox.fail_every(3);
    for month in 0..12 {
        world.run_for(days(30));
        if month % 2 == 0 { world.restart() } else { world.crash_while_sending() }
    }
    world.run_for(Duration::from_hours(2)); // Let the last retries happen.
    assert_eq!(world.firings(id), 360);
    assert_eq!(world.postbox.occurrences(), 360);
    assert_eq!(world.outbox(State::Delivered), 90, "older ones are pruned");
    assert_eq!(
        world.outbox(State::Pending) + world.outbox(State::Sending) + world.outbox(State::Dead),
        0
    );
}

#[test]
fn downtime_costs_one_push_that_says_how_many_were_missed() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("mon,tue,wed,thu,fri 21:30", "Asia/Seoul");
    world.run_for(Duration::from_hours(4));
    assert_eq!(world.postbox.occurrences(), 1, "Monday 21:30 in Seoul");
    world.sleep(days(4));
    world.settle();
    let texts = world.postbox.texts();
    assert_eq!(texts.len(), 2);
    assert!(
        texts[1].contains("Late: this was due 2026-03-06 21:30, and 3 earlier times were missed."),
        "{texts:?}"
    );
    assert_eq!(world.reminder(id).next.unwrap().0.to_string(), "2026-03-09T21:30");
    world.restart();
    world.settle();
    assert_eq!(world.postbox.tried(), 2);
}

#[test]
fn a_crash_after_sending_repeats_the_same_key_and_the_same_bytes() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    world.save("https://example.com/a");
    let id = world.remind("daily 10:00", "UTC");
    world.settle();
    world.clock.advance(Duration::from_hours(1));
    world.crash_while_sending();
    world.save("https://example.com/b");
    world.settle();
    let arrived = world.postbox.arrived();
    assert_eq!(arrived.len(), 2);
    assert_eq!((&arrived[0].key, &arrived[0].body), (&arrived[1].key, &arrived[1].body));
    assert_eq!(world.firings(id), 1);
    assert_eq!(world.outbox(State::Delivered), 1);
}

#[test]
fn a_clock_set_back_fires_nothing_twice_and_one_set_ahead_loses_nothing() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 10:00", "UTC");
    world.run_for(Duration::from_hours(2));
    assert_eq!(world.firings(id), 1);
    world.clock.set("2026-03-02T09:30:00Z".parse().unwrap());
    world.run_for(Duration::from_hours(2));
    assert_eq!(world.firings(id), 1);
    world.clock.set("2026-03-04T12:00:00Z".parse().unwrap());
    world.run_for(Duration::from_mins(10));
    assert_eq!(world.firings(id), 2);
    assert!(world.postbox.texts()[1].contains("1 earlier time was missed"));
}

#[test]
fn a_repeated_hour_and_a_skipped_one_fire_once_each() {
    let mut world = World::at("2026-03-07T00:00:00Z");
    world.save("https://example.com/");
    let spring = world.remind("daily 02:30", "America/New_York");
    world.run_for(days(3));
    assert_eq!(world.firings(spring), 3);
    world.clock.set("2026-10-31T00:00:00Z".parse().unwrap());
    world.restart();
    let autumn = world.remind("daily 01:30", "America/New_York");
    world.run_for(days(3));
    assert_eq!(world.firings(autumn), 3);
}

#[test]
fn an_hour_that_comes_twice_fires_once_through_restarts_crashes_and_a_clock_set_back() {
    let mut world = World::at("2026-10-31T12:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 01:30", "America/New_York");
    // Clocks there show 01:30 at 05:30 and at 06:30.
    world.run_for(Duration::from_mins(17 * 60 + 31));
    assert_eq!(world.firings(id), 1);
    world.restart();
    world.run_for(Duration::from_mins(30));
    world.clock.set("2026-11-01T05:10:00Z".parse().unwrap());
    world.crash_while_sending();
    world.run_for(Duration::from_hours(2));
    world.sleep(Duration::from_mins(10));
    world.run_for(Duration::from_hours(1));
    assert_eq!((world.firings(id), world.postbox.occurrences()), (1, 1));
    world.run_for(days(1));
    assert_eq!((world.firings(id), world.postbox.occurrences()), (2, 2));
}

#[test]
fn a_reminder_that_is_renamed_while_it_is_due_still_comes() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 13:00", "UTC");
    world.settle();
    world.clock.advance(Duration::from_mins(60));
    let (user, mut renamed) = (world.user, settings("daily 13:00", "UTC"));
    renamed.name = "Lunch".into();
    world.write(move |tx| ops::reminders::change(tx, user, id, &renamed));
    world.settle();
    assert_eq!((world.firings(id), world.postbox.occurrences()), (1, 1));
    assert!(world.postbox.texts()[0].contains("Lunch"));
}

#[test]
fn what_a_person_changes_never_fires_in_the_past() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 13:00", "UTC");
    let user = world.user;
    world.write(move |tx| ops::reminders::change(tx, user, id, &settings("daily 09:00", "UTC")));
    world.run_for(Duration::from_hours(20));
    assert_eq!(world.firings(id), 0);
    world.run_for(Duration::from_hours(2));
    assert_eq!(world.firings(id), 1);
    // Travelling west brings the same nominal time again; it has fired already.
    let west = settings("daily 09:00", "America/Los_Angeles");
    world.write(move |tx| ops::reminders::change(tx, user, id, &west));
    world.run_for(Duration::from_hours(12));
    assert_eq!(world.firings(id), 1);
    world.run_for(days(1));
    assert_eq!(world.firings(id), 2);
}

#[test]
fn reminders_of_the_same_minute_make_one_push() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    world.save("https://example.com/");
    for _ in 0..3 {
        world.remind("daily 13:00", "UTC");
    }
    world.run_for(Duration::from_hours(2));
    assert_eq!(world.postbox.tried(), 1);
    assert!(world.postbox.texts()[0].contains("Evening, Evening, Evening: 1 link waiting"));
}

#[test]
fn nothing_to_read_is_recorded_and_not_pushed() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let link = world.save("https://example.com/");
    let id = world.remind("daily 13:00", "UTC");
    let user = world.user;
    let read = BookmarkChange { unread: Some(false), ..BookmarkChange::default() };
    world.write(move |tx| ops::bookmarks::change(tx, user, link, &read));
    world.run_for(days(2));
    assert_eq!((world.firings(id), world.postbox.tried()), (2, 0));
}

#[test]
fn a_folder_reminder_names_what_waits_there_and_below() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let user = world.user;
    let (outer, inner) = world.write(move |tx| {
        let outer = ops::folders::create(tx, user, None, "Recipes", None)?.id;
        Ok((outer, ops::folders::create(tx, user, Some(outer), "Bread", None)?.id))
    });
    world.save("https://elsewhere.example/");
    let link = world.save("https://bread.example/");
    let file = BookmarkChange { folder_id: Some(Some(inner)), ..BookmarkChange::default() };
    world.write(move |tx| ops::bookmarks::change(tx, user, link, &file));
    let mut set = settings("daily 13:00", "UTC");
    set.target = Target::Folder(outer);
    set.name = String::new();
    let id = world.write(move |tx| ops::reminders::set(tx, user, &set, 1)).id;
    world.run_for(Duration::from_hours(2));
    let text = &world.postbox.texts()[0];
    assert!(text.contains("Recipes: 1 link waiting") && text.contains("bread.example"), "{text}");
    assert!(!text.contains("elsewhere"), "{text}");
    world.write(move |tx| ops::folders::delete(tx, user, outer));
    assert!(
        world.try_write(move |tx| ops::reminders::delete(tx, user, id)).is_err(),
        "it went with its folder"
    );
    assert_eq!(world.now(), world.clock.now());
}

#[test]
fn a_tag_reminder_follows_its_tag_into_another_and_goes_with_it() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let user = world.user;
    world.save("https://elsewhere.example/");
    let (jam, tea) = (world.save("https://jam.example/"), world.save("https://tea.example/"));
    for (link, tag) in [(jam, "jam"), (tea, "tea")] {
        let tags = Some(tag::parse_line(tag).unwrap());
        let change = BookmarkChange { tags, ..BookmarkChange::default() };
        world.write(move |tx| ops::bookmarks::change(tx, user, link, &change));
    }
    let mut find = |name: &str| {
        let name = TagName::parse(name).unwrap();
        world.read(|tx| store::tags::find(tx, user, &name)).unwrap()
    };
    let (jam, tea) = (find("jam"), find("tea"));
    let mut set = settings("daily 13:00", "UTC");
    (set.target, set.name) = (Target::Tag(jam), String::new());
    let id = world.write(move |tx| ops::reminders::set(tx, user, &set, 1)).id;
    world.run_for(Duration::from_hours(2));
    let text = &world.postbox.texts()[0];
    assert!(text.contains("#jam: 1 link waiting") && text.contains("jam.example"), "{text}");
    assert!(!text.contains("elsewhere") && !text.contains("tea.example"), "{text}");

    while world.write(move |tx| ops::tags::dissolve(tx, user, jam, Some(tea))) {}
    let name = TagName::parse("breakfast").unwrap();
    world.write(move |tx| ops::tags::rename(tx, user, tea, &name));
    let random = Pick { order: PickOrder::Random, count: 5 };
    world.write(move |tx| {
        let before = store::reminders::get(tx, user, id)?.settings;
        ops::reminders::change(tx, user, id, &Settings { pick: random, ..before })
    });
    world.run_for(days(1));
    let text = &world.postbox.texts()[1];
    assert!(text.contains("#breakfast: 2 links waiting"), "{text}");
    assert!(text.contains("jam.example") && text.contains("tea.example"), "{text}");

    while world.write(move |tx| ops::tags::dissolve(tx, user, tea, None)) {}
    assert!(
        world.try_write(move |tx| ops::reminders::delete(tx, user, id)).is_err(),
        "it went with its tag"
    );
    world.run_for(days(2));
    assert_eq!(world.postbox.occurrences(), 2);
}

#[test]
fn a_machine_that_wakes_in_1970_fires_once_its_clock_is_set() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 10:00", "UTC");
    world.run_for(Duration::from_hours(2));
    world.clock.set("1970-01-01T00:00:07Z".parse().unwrap());
    world.restart();
    world.run_for(Duration::from_mins(20));
    assert_eq!(world.firings(id), 1);
    world.clock.set("2026-03-04T11:00:00Z".parse().unwrap());
    world.run_for(Duration::from_mins(1));
    assert_eq!((world.firings(id), world.postbox.occurrences()), (2, 2));
    assert!(world.postbox.texts()[1].contains("1 earlier time was missed"));
}

#[test]
fn a_leap_of_90_days_and_back_fires_nothing_that_is_not_due() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 10:00", "UTC");
    world.settle();
    world.clock.set("2026-05-31T09:00:00Z".parse().unwrap());
    world.run_for(Duration::from_mins(50));
    assert_eq!(world.firings(id), 0);
    world.clock.set("2026-03-02T09:50:00Z".parse().unwrap());
    world.run_for(Duration::from_mins(9));
    assert_eq!(world.firings(id), 0);
    world.run_for(Duration::from_mins(2));
    assert_eq!((world.firings(id), world.postbox.occurrences()), (1, 1));
    assert!(!world.postbox.texts()[0].contains("Late"));
    // A machine that slept for as long wakes to the same leap; after an hour it is believed.
    world.clock.set("2026-05-31T10:01:00Z".parse().unwrap());
    world.run_for(Duration::from_mins(62));
    assert_eq!(world.firings(id), 2);
    assert!(world.postbox.texts()[1].contains("89 earlier times were missed"));
}

#[test]
fn a_clock_that_leapt_by_decades_has_nothing_forgotten() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 10:00", "UTC");
    world.run_for(days(5));
    world.postbox.answer([Outcome::RETRY]);
    let (user, destination) = (world.user, world.destination);
    world.write(move |tx| ops::destinations::test(tx, user, destination));
    world.settle();
    world.clock.set("2090-01-01T00:00:00Z".parse().unwrap());
    world.run_for(Duration::from_mins(50));
    assert_eq!(world.outbox(State::Pending), 1, "nor is it given up on");
    world.clock.set("2026-03-07T09:01:00Z".parse().unwrap());
    world.settle();
    assert_eq!((world.firings(id), world.outbox(State::Delivered)), (5, 6));
}

#[test]
fn a_clock_that_was_believed_months_ahead_leaves_no_reminder_waiting_for_it() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 10:00", "UTC");
    // The server was started under it, so nothing seemed odd.
    world.sleep(days(90));
    world.postbox.answer([Outcome::Retry { after: Some(days(1)), tries_max: None }]);
    world.settle();
    world.clock.set("2026-03-02T09:30:00Z".parse().unwrap());
    world.run_for(Duration::from_hours(7));
    assert_eq!(world.firings(id), 2, "what came while the clock was doubted is made up for");
    assert!(world.postbox.texts().concat().contains("Late: this was due 2026-03-02 10:00."));
    world.restart();
    world.run_for(days(3));
    assert_eq!(world.firings(id), 5);
    assert_eq!(world.outbox(State::Pending), 0, "the service is asked again as well");
}

#[test]
fn what_was_missed_is_told_of_though_the_newest_slot_has_fired_before() {
    let mut world = World::at("2026-03-05T09:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 10:00", "UTC");
    world.run_for(Duration::from_hours(2));
    assert_eq!(world.firings(id), 1);
    world.clock.set("2026-03-02T09:00:00Z".parse().unwrap());
    world.run_for(Duration::from_hours(7));
    world.sleep(days(3));
    world.settle();
    assert_eq!(world.firings(id), 3);
    let last = world.postbox.texts().pop().unwrap();
    let expected = "Late: this was due 2026-03-04 10:00, and 1 earlier time was missed.";
    assert!(last.contains(expected), "{last}");
}

#[test]
fn a_machine_that_slept_over_a_due_time_fires_when_it_wakes() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 10:00", "UTC");
    world.settle();
    // While it is suspended only the wall clock goes on.
    world.clock.set("2026-03-02T13:00:00Z".parse().unwrap());
    world.run_for(Duration::from_secs(15));
    assert_eq!((world.firings(id), world.postbox.occurrences()), (1, 1));
    assert!(world.postbox.texts()[0].contains("Late: this was due 2026-03-02 10:00."));
}

#[test]
fn other_zone_data_move_what_waits_and_nothing_is_lost_or_repeated() {
    let mut world = World::at("2026-03-02T09:00:00Z");
    world.save("https://example.com/");
    let hour = Duration::from_hours(1);
    // By other data the one comes an hour sooner than by ours, the other an hour later.
    let ids = ["daily 12:00", "daily 15:00"].map(|when| world.remind(when, "Asia/Seoul"));
    world.run_for(Duration::from_hours(12));
    assert_eq!(ids.map(|id| world.firings(id)), [0, 0]);
    let right = ids.map(|id| world.reminder(id).next.unwrap());
    world.write(move |tx| {
        for (id, (slot, at), wrong) in
            [(ids[0], right[0], right[0].1 - hour), (ids[1], right[1], right[1].1 + hour)]
        {
            assert_ne!(at, wrong);
            store::zone_data::set_instant(tx, id, slot, wrong)?;
        }
        store::zone_data::set_version(tx, "1999a")
    });
    world.restart();
    world.settle();
    assert_eq!(ids.map(|id| world.reminder(id).next.unwrap()), right);
    let version = world.read(store::zone_data::find_version);
    assert_eq!(version.as_deref(), Some(toaster::model::zones::version()));
    world.run_for(days(1));
    assert_eq!(ids.map(|id| world.firings(id)), [1, 1]);
    assert_eq!(world.postbox.occurrences(), 2);
    assert!(!world.postbox.texts().concat().contains("Late"));
}
