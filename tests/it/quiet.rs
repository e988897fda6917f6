//! Quiet hours and snoozes: what waits, what is merged, and that nothing is lost or repeated.

use std::time::Duration;

use toaster::model::bookmark::BookmarkChange;
use toaster::model::delivery::{Outcome, State};
use toaster::model::reminder::WhenEmpty;
use toaster::model::time::Timestamp;
use toaster::ops;

use crate::world::{World, days, settings};

const NIGHT: &str = "mon,tue,wed,thu,fri,sat,sun 22:00-07:00";

fn quiet(world: &mut World, hours: &str) {
    let (user, hours) = (world.user, hours.parse().unwrap());
    world.write(move |tx| ops::accounts::set_quiet_hours(tx, user, &hours));
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn what_fires_in_quiet_hours_waits_for_their_end_and_is_one_push() {
    let mut world = World::at("2026-03-02T20:00:00Z");
    world.save("https://example.com/");
    quiet(&mut world, NIGHT);
    let first = world.remind("daily 22:00", "UTC");
    let second = world.remind("daily 06:59", "UTC");
    let third = world.remind("daily 07:00", "UTC");
    world.run_for(Duration::from_hours(10) + Duration::from_mins(59));
    assert_eq!((world.firings(first), world.firings(second)), (1, 1), "recorded at their time");
    assert_eq!(world.postbox.tried(), 0);
    world.run_for(Duration::from_mins(2));
    assert_eq!(world.firings(third), 1);
    assert_eq!(world.postbox.occurrences(), 1);
    assert!(world.postbox.texts()[0].contains("Evening, Evening, Evening: 1 link waiting"));
    assert!(!world.postbox.texts()[0].contains("Late"));
}

#[test]
fn quiet_hours_never_make_a_push_expire() {
    let mut world = World::at("2026-03-06T12:00:00Z");
    world.save("https://example.com/");
    // Longer than a push is usually useful.
    quiet(&mut world, "fri 18:00-00:00; sat 00:00-00:00; sun 00:00-00:00; mon 00:00-09:00");
    let id = world.remind("fri,sat 20:00", "UTC");
    world.run_for(days(3));
    assert_eq!((world.firings(id), world.postbox.occurrences()), (2, 1));
    assert_eq!(world.outbox(State::Expired) + world.outbox(State::Dead), 0);
}

#[test]
fn a_retry_and_what_was_set_later_wait_as_well() {
    let mut world = World::at("2026-03-02T21:00:00Z");
    world.save("https://example.com/");
    world.remind("daily 21:30", "UTC");
    world.postbox.answer([Outcome::RETRY]);
    world.run_for(Duration::from_mins(30));
    assert_eq!(world.postbox.tried(), 1);
    quiet(&mut world, "mon 21:00-23:00");
    world.run_for(Duration::from_mins(89));
    assert_eq!(world.postbox.tried(), 1, "the retry waits");
    world.run_for(Duration::from_mins(2));
    assert_eq!((world.postbox.tried(), world.postbox.occurrences()), (2, 1));
}

#[test]
fn quiet_that_is_taken_back_lets_go_what_waited_and_a_test_never_waits() {
    let mut world = World::at("2026-03-02T22:00:00Z");
    world.save("https://example.com/");
    quiet(&mut world, NIGHT);
    world.remind("daily 23:00", "UTC");
    world.run_for(Duration::from_hours(2));
    let (user, destination) = (world.user, world.destination);
    world.write(move |tx| ops::destinations::test(tx, user, destination));
    world.settle();
    assert_eq!(world.postbox.tried(), 1, "the test");
    // Still quiet, though by other hours.
    quiet(&mut world, "tue 00:00-01:00");
    world.run_for(Duration::from_mins(30));
    assert_eq!(world.postbox.tried(), 1);
    quiet(&mut world, "");
    world.settle();
    assert_eq!(world.postbox.tried(), 2);
}

#[test]
fn quiet_that_is_taken_back_lets_go_a_retry_as_well() {
    let mut world = World::at("2026-03-02T21:00:00Z");
    world.save("https://example.com/");
    world.remind("daily 21:30", "UTC");
    world.postbox.answer([Outcome::RETRY]);
    world.run_for(Duration::from_mins(30));
    quiet(&mut world, "mon 21:00-23:00");
    world.run_for(Duration::from_mins(30));
    quiet(&mut world, "");
    world.settle();
    assert_eq!((world.postbox.tried(), world.postbox.occurrences()), (2, 1));
}

#[test]
fn pushes_that_come_to_wait_together_become_one() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    world.save("https://example.com/");
    let (user, destination) = (world.user, world.destination);
    world.remind("daily 13:00", "UTC");
    world.remind("daily 13:05", "UTC");
    let pause = move |tx: &toaster::store::WriteTx| {
        toaster::store::destinations::set_paused(tx, destination, Some("no token"))
    };
    world.write(pause);
    world.run_for(Duration::from_mins(70));
    assert_eq!(world.outbox(State::Pending), 2);
    quiet(&mut world, "mon 13:00-15:00");
    world.write(move |tx| ops::destinations::resume(tx, user, destination));
    world.run_for(Duration::from_hours(2));
    assert_eq!((world.postbox.tried(), world.outbox(State::Cancelled)), (1, 1));
    assert!(world.postbox.texts()[0].contains("Evening, Evening: 1 link waiting"));
}

fn snooze(world: &mut World, id: toaster::model::id::ReminderId, until: &str) {
    let (user, until) = (world.user, at(until));
    world.write(move |tx| ops::reminders::snooze(tx, user, id, Some(until)));
}

#[test]
fn a_snooze_comes_once_and_moves_nothing_even_over_a_restart() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 13:00", "UTC");
    world.run_for(Duration::from_mins(61));
    assert_eq!(world.firings(id), 1);
    snooze(&mut world, id, "2026-03-02T15:00:00Z");
    world.restart();
    assert_eq!(world.reminder(id).next.unwrap().1, at("2026-03-03T13:00:00Z"));
    world.sleep(Duration::from_mins(120));
    world.settle();
    assert_eq!((world.firings(id), world.postbox.occurrences()), (2, 2));
    assert_eq!(world.reminder(id).snoozed_until, None);
    assert_eq!(world.reminder(id).next.unwrap().1, at("2026-03-03T13:00:00Z"));
    world.clock.set(at("2026-03-02T14:30:00Z"));
    world.run_for(Duration::from_hours(2));
    assert_eq!(world.firings(id), 2, "a clock set back repeats nothing");
}

#[test]
fn a_snooze_to_its_own_time_is_one_firing_and_in_a_repeated_hour_none_is_lost() {
    let mut world = World::at("2026-10-31T12:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 01:30", "America/New_York");
    snooze(&mut world, id, "2026-11-01T05:30:00Z");
    world.run_for(Duration::from_hours(18));
    assert_eq!((world.firings(id), world.postbox.occurrences()), (1, 1));
    // An hour later clocks there show 01:30 again.
    snooze(&mut world, id, "2026-11-01T06:30:00Z");
    world.run_for(Duration::from_hours(1));
    assert_eq!((world.firings(id), world.postbox.occurrences()), (2, 2));
}

#[test]
fn switching_off_ends_a_snooze_and_editing_keeps_it() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    world.save("https://example.com/");
    let id = world.remind("daily 13:00", "UTC");
    let user = world.user;
    snooze(&mut world, id, "2026-03-02T12:30:00Z");
    let mut edited = settings("daily 14:00", "UTC");
    world.write({
        let edited = edited.clone();
        move |tx| ops::reminders::change(tx, user, id, &edited)
    });
    world.run_for(Duration::from_mins(40));
    assert_eq!(world.firings(id), 1, "the snooze");
    snooze(&mut world, id, "2026-03-02T12:50:00Z");
    edited.enabled = false;
    world.write(move |tx| ops::reminders::change(tx, user, id, &edited));
    world.run_for(days(1));
    assert_eq!(world.firings(id), 1);
}

#[test]
fn one_that_comes_though_nothing_is_unread_says_so() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let link = world.save("https://example.com/");
    let (user, mut always) = (world.user, settings("daily 13:00", "UTC"));
    always.when_empty = WhenEmpty::Send;
    world.write(move |tx| ops::reminders::set(tx, user, &always, 1));
    let read = BookmarkChange { unread: Some(false), ..BookmarkChange::default() };
    world.write(move |tx| ops::bookmarks::change(tx, user, link, &read));
    world.run_for(Duration::from_hours(2));
    let texts = world.postbox.texts();
    assert_eq!(texts.len(), 1);
    assert!(texts[0].contains("Evening: nothing waiting"), "{texts:?}");
}
