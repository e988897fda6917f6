//! The outbox: retries, dead letters, pauses.

use std::time::Duration;

use toaster::model::delivery::{Outcome, State};
use toaster::model::id::DeliveryId;
use toaster::store::deliveries::Filter;
use toaster::{ops, store};

use crate::world::{World, days};

fn with_one_firing(outcomes: impl IntoIterator<Item = Outcome>) -> World {
    let mut world = World::at("2026-03-02T12:59:00Z");
    world.save("https://example.com/");
    world.remind("daily 13:00", "UTC");
    world.postbox.answer(outcomes);
    world.run_for(Duration::from_mins(1));
    world
}

fn first(world: &mut World) -> (State, String, Vec<(Option<String>, String)>) {
    let user = world.user;
    let delivery = world.read(|tx| store::deliveries::get(tx, user, DeliveryId(1)));
    let attempts = world.read(|tx| store::deliveries::list_attempts(tx, DeliveryId(1)));
    let attempts = attempts.into_iter().map(|attempt| (attempt.outcome, attempt.detail)).collect();
    (delivery.state, delivery.reason, attempts)
}

#[test]
fn a_rejected_message_is_a_dead_letter_and_can_be_redelivered_under_its_key() {
    let mut world = with_one_firing([Outcome::Rejected]);
    let (state, reason, attempts) = first(&mut world);
    assert_eq!((state, reason.as_str(), attempts.len()), (State::Dead, "said the postbox", 1));
    let user = world.user;
    let all = Filter::default;
    let dry = world.write(move |tx| ops::deliveries::redeliver(tx, user, all(), true));
    assert_eq!(dry.ids, [DeliveryId(1)]);
    world.settle();
    assert_eq!(world.postbox.tried(), 1);
    let one = || Filter { ids: Some(vec![DeliveryId(1)]), ..Filter::default() };
    world.write(move |tx| ops::deliveries::redeliver(tx, user, one(), false));
    world.settle();
    let (state, _, attempts) = first(&mut world);
    assert_eq!((state, attempts.len()), (State::Delivered, 2));
    let again = world.write(move |tx| ops::deliveries::redeliver(tx, user, all(), false));
    assert!(again.ids.is_empty() && !again.more);
}

#[test]
fn it_backs_off_and_gives_up_when_its_time_runs_out() {
    let mut world = with_one_firing([]);
    world.postbox.fail_every(1);
    world.run_for(days(1));
    // Sent once at 13:00; the next day's is retried until the one after it is due.
    world.run_for(days(1));
    assert_eq!((world.outbox(State::Delivered), world.outbox(State::Dead)), (1, 1));
    let tried = world.postbox.tried();
    assert!((90..250).contains(&tried), "{tried} tries in a day");
}

#[test]
fn a_destination_that_refuses_us_is_paused_until_a_test_arrives() {
    let mut world = with_one_firing([Outcome::Config]);
    assert_eq!(first(&mut world).0, State::Pending);
    world.run_for(Duration::from_hours(1));
    assert_eq!(world.postbox.tried(), 1, "no attempts are burnt while paused");
    let (user, destination) = (world.user, world.destination);
    world.postbox.answer([Outcome::Config]);
    world.write(move |tx| ops::destinations::test(tx, user, destination));
    world.run_for(Duration::from_mins(1));
    assert_eq!((world.postbox.tried(), world.outbox(State::Dead)), (2, 1));
    world.write(move |tx| ops::destinations::test(tx, user, destination));
    world.run_for(Duration::from_mins(1));
    assert_eq!(world.postbox.occurrences(), 2, "the test and what had waited");
    assert_eq!(first(&mut world).0, State::Delivered);
}

#[test]
fn a_gone_destination_ends_all_that_waits_for_it() {
    let mut world = with_one_firing([Outcome::Gone]);
    assert_eq!(first(&mut world).0, State::Cancelled);
    let (user, id) = (world.user, world.destination);
    let reason = world.read(|tx| store::destinations::get(tx, user, id)).paused_reason;
    assert_eq!(reason.as_deref(), Some("said the postbox"));
}

#[test]
fn deleting_a_destination_or_reminder_cancels_what_waits() {
    let mut world = with_one_firing([Outcome::RETRY]);
    let (user, id) = (world.user, world.destination);
    world.write(move |tx| ops::destinations::delete(tx, user, id));
    world.run_for(Duration::from_hours(1));
    assert_eq!((world.postbox.tried(), world.outbox(State::Cancelled)), (1, 1));

    let mut world = with_one_firing([Outcome::RETRY]);
    let user = world.user;
    let id = world.read(|tx| store::reminders::list(tx, user))[0].id;
    world.write(move |tx| ops::reminders::delete(tx, user, id));
    world.run_for(Duration::from_hours(1));
    assert_eq!((world.postbox.tried(), world.outbox(State::Cancelled)), (1, 1));
}

#[test]
fn a_retry_after_is_a_floor() {
    let after = Outcome::Retry { after: Some(Duration::from_mins(30)), tries_max: None };
    let mut world = with_one_firing([after]);
    world.run_for(Duration::from_mins(28));
    assert_eq!(world.postbox.tried(), 1);
    world.run_for(Duration::from_mins(3));
    assert_eq!(world.postbox.tried(), 2);
}
