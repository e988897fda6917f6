//! The outbox: retries, dead letters, pauses.

use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use toaster::clock::SharedClock;
use toaster::model::delivery::{Answer, Attempt, Outcome, State, Strike};
use toaster::model::destination::Address;
use toaster::model::id::{DeliveryId, DestinationId};
use toaster::store::deliveries::Filter;
use toaster::transport::Transport;
use toaster::worker::outbox_sender::OutboxSender;
use toaster::{ops, store, worker};

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
fn a_test_by_a_clock_that_was_weeks_ahead_is_sent_though_nothing_fired_by_it() {
    for restarts in [false, true] {
        let mut world = World::at("2026-04-10T09:00:00Z");
        world.postbox.answer([Outcome::RETRY]);
        let (user, destination) = (world.user, world.destination);
        world.write(move |tx| ops::destinations::test(tx, user, destination));
        world.settle();
        world.clock.set("2026-03-02T09:00:00Z".parse().unwrap());
        if restarts {
            world.restart();
        }
        world.run_for(Duration::from_mins(1));
        let ended = (world.postbox.tried(), world.outbox(State::Delivered));
        assert_eq!(ended, (2, 1), "restarts: {restarts}");
    }
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

#[test]
fn only_what_may_have_arrived_is_sent_again_as_a_repeat() {
    let mut world = with_one_firing([Outcome::RETRY, Outcome::InDoubt, Outcome::RETRY]);
    world.run_for(Duration::from_hours(1));
    let last = world.postbox.arrived().pop().unwrap();
    assert!(world.postbox.tried() == 4 && last.is_repeat);
    let mut world = with_one_firing([Outcome::RETRY]);
    world.run_for(Duration::from_hours(1));
    let last = world.postbox.arrived().pop().unwrap();
    assert!(world.postbox.tried() == 2 && !last.is_repeat);
}

#[test]
fn only_a_telegram_chat_moves() {
    let mut world = with_one_firing([Outcome::RETRY]);
    let (user, id) = (world.user, world.destination);
    let before = world.read(|tx| store::destinations::get(tx, user, id)).address;
    let moved = || Answer { moved_to: Some("-100".into()), ..Answer::new(Outcome::RETRY, "") };
    world.write(move |tx| ops::outbox::record(tx, DeliveryId(1), &moved(), 0.0));
    let after = world.read(|tx| store::destinations::get(tx, user, id)).address;
    assert!(before == after);
}

impl World {
    /// One more destination of Mina's.
    fn add_destination(&mut self, name: &'static str, address: Address) -> DestinationId {
        let user = self.user;
        self.write(move |tx| ops::destinations::add(tx, user, name, &address)).id
    }

    /// Puts a test to a destination into the outbox.
    fn send_test(&mut self, id: DestinationId) -> DeliveryId {
        let user = self.user;
        self.write(move |tx| ops::destinations::test(tx, user, id))
    }

    fn delivery(&mut self, id: DeliveryId) -> toaster::model::delivery::Delivery {
        let user = self.user;
        self.read(|tx| store::deliveries::get(tx, user, id))
    }
}

fn hook(url: &str) -> Address {
    Address::webhook(url, "whsec_c2VjcmV0c2VjcmV0c2VjcmV0".into()).unwrap()
}

#[test]
fn a_service_that_fails_again_and_again_is_left_alone_and_then_probed_once_also_after_a_restart() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let first = world.destination;
    let mut names = ["A", "B", "C", "D", "E", "F"].into_iter();
    let all: Vec<DestinationId> = std::iter::from_fn(|| {
        let topic = names.next()?;
        let address = Address::ntfy("https://push.example", topic, "").unwrap();
        Some(world.add_destination(topic, address))
    })
    .chain([first])
    .collect();
    world.postbox.fail_every(1);
    for id in &all {
        world.send_test(*id);
    }
    world.settle();
    let tried = world.postbox.tried();
    assert!((5..=7).contains(&tried), "{tried}");
    world.run_for(Duration::from_secs(25));
    assert_eq!(world.postbox.tried(), tried, "the circuit is open");
    world.restart();
    world.run_for(Duration::from_secs(10));
    assert_eq!(world.postbox.tried(), tried + 1, "one probe");
    world.run_for(Duration::from_secs(50));
    assert_eq!(world.postbox.tried(), tried + 1, "and a longer wait");
    let elsewhere = world.add_destination("Desk", hook("https://hooks.example/"));
    world.postbox.fail_every(usize::MAX);
    world.send_test(elsewhere);
    world.settle();
    assert_eq!(world.outbox(State::Delivered), 1, "others need not wait");
    world.run_for(Duration::from_mins(2));
    assert_eq!(world.outbox(State::Delivered), 8, "the probe arrived, and so did the rest");
}

#[test]
fn a_service_that_asks_to_wait_holds_all_its_destinations_back_also_after_a_restart() {
    let after = Outcome::Retry { after: Some(Duration::from_mins(5)), tries_max: None };
    let mut world = with_one_firing([after]);
    let address = Address::ntfy("https://push.example", "other", "").unwrap();
    let other = world.add_destination("Tablet", address);
    let id = world.send_test(other);
    world.restart();
    world.run_for(Duration::from_mins(3));
    assert_eq!(world.postbox.tried(), 1, "no attempts are burnt");
    let waiting = world.delivery(id);
    assert!(waiting.due_at.unwrap() > world.now(), "it says when it is tried");
    world.run_for(Duration::from_mins(3));
    assert_eq!((world.postbox.tried(), world.outbox(State::Delivered)), (3, 2));
}

#[test]
fn an_ntfy_server_gets_a_burst_and_then_one_push_every_five_seconds() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let phone = world.destination;
    for _ in 0..70 {
        world.send_test(phone);
    }
    world.settle();
    assert_eq!(world.postbox.tried(), 60);
    world.run_for(Duration::from_secs(10));
    assert_eq!(world.postbox.tried(), 62);
    world.run_for(Duration::from_mins(1));
    assert_eq!(world.outbox(State::Delivered), 70);
}

/// A service that hangs until it is let go, and others that answer at once.
#[derive(Clone)]
struct Hanging {
    let_go: Receiver<()>,
    arrived: Sender<String>,
}

impl Transport for Hanging {
    fn send(&self, attempt: &Attempt) -> Answer {
        if attempt.address.scope().contains("slow.example") {
            let _ = self.let_go.recv(); // Until the other end is dropped.
        } else {
            self.arrived.send(attempt.address.scope()).unwrap();
        }
        Answer::new(Outcome::Accepted, "")
    }
}

#[test]
fn a_service_that_hangs_does_not_hold_up_another() {
    const THREADS: usize = 4;
    let mut world = World::at("2026-03-02T12:00:00Z");
    for _ in 0..40 {
        let slow = world.add_destination("Slow", hook("https://slow.example/"));
        world.send_test(slow);
    }
    let quick = world.add_destination("Quick", hook("https://quick.example/"));
    for _ in 0..30 {
        world.send_test(quick);
    }
    let (hold, let_go) = bounded(0);
    let (arrived, arrivals) = unbounded();
    let transport = Hanging { let_go, arrived };
    let store = world.context().store;
    let clock: SharedClock = world.clock.clone();
    let (dispatcher, lane) = OutboxSender::new(store, String::new(), THREADS);
    let (bell, inbox) = bounded(1);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let (lane, transport) = (lane.clone(), transport.clone());
            scope.spawn(move || lane.run(&transport));
        }
        scope.spawn(move || worker::run(dispatcher, &inbox, &clock));
        let patience = Duration::from_mins(1);
        let came = (0..30).filter(|_| arrivals.recv_timeout(patience).is_ok()).count();
        // Let go before a failed assertion would wait for the threads for ever.
        drop((hold, bell, lane));
        assert_eq!(came, 30, "all arrived while the other service hung");
    });
}

#[test]
fn a_destination_that_begins_to_fail_is_told_of_at_the_others_once() {
    let mut world = World::at("2026-03-02T12:59:00Z");
    let desk = world.add_destination("Desk", hook("https://hooks.example/desk"));
    world.save("https://example.com/");
    let (user, phone) = (world.user, world.destination);
    let mut settings = crate::world::settings("daily 13:00", "UTC");
    settings.destinations = Some([phone].into());
    world.write(move |tx| ops::reminders::set(tx, user, &settings, ops::reminders::MAX_PER_USER));
    world.postbox.answer([Outcome::Rejected]);
    world.run_for(Duration::from_mins(2));
    let alerts = |world: &World| {
        let texts = world.postbox.texts();
        texts.iter().filter(|text| text.contains("destination.failing")).count()
    };
    assert_eq!(alerts(&world), 1);
    let text = world.postbox.texts().remove(0);
    assert!(text.contains("Phone") && text.contains("said the postbox"), "{text}");
    let sent = world.postbox.arrived().remove(0);
    assert!(sent.address.scope().contains("/desk"), "it goes to the other one");
    world.postbox.answer([Outcome::Rejected]);
    world.run_for(days(1));
    assert_eq!((world.outbox(State::Dead), alerts(&world)), (2, 1), "once is enough");
    world.run_for(days(1)); // One arrives,
    world.postbox.answer([Outcome::Config]);
    world.run_for(days(1)); // and then it fails anew.
    assert_eq!(alerts(&world), 2);
    let failing = world.read(|tx| store::destinations::get(tx, user, desk)).failing_reason;
    assert_eq!(failing, None);
}

#[test]
fn dead_letters_chosen_by_a_filter_are_sent_again_a_moment_apart_under_their_keys() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let desk = world.add_destination("Desk", hook("https://hooks.example/desk"));
    let (user, phone) = (world.user, world.destination);
    world.postbox.answer([Outcome::Rejected; 5]);
    for id in [desk, phone, desk, phone, desk] {
        world.send_test(id);
    }
    world.settle();
    assert_eq!(world.outbox(State::Dead), 5);
    let start = world.now();
    let filter = move || Filter {
        destination_id: Some(desk),
        after: Some(start - Duration::from_mins(1)),
        before: Some(start + Duration::from_mins(1)),
        reason: Some("the POSTBOX".into()),
        ..Filter::default()
    };
    let other = move || Filter { reason: Some("nobody".into()), ..filter() };
    let none = world.write(move |tx| ops::deliveries::redeliver(tx, user, other(), false));
    assert_eq!(none.ids, []);
    let sent = world.write(move |tx| ops::deliveries::redeliver(tx, user, filter(), false));
    assert_eq!(sent.ids, [1, 3, 5].map(DeliveryId));
    let due = sent.ids.iter().map(|id| world.delivery(*id).due_at.unwrap().since(start).as_secs());
    assert_eq!(due.collect::<Vec<_>>(), [0, 2, 4]);
    world.settle();
    assert_eq!(world.outbox(State::Delivered), 1);
    world.run_for(Duration::from_secs(4));
    assert_eq!((world.outbox(State::Delivered), world.outbox(State::Dead)), (3, 2));
    assert_eq!((world.postbox.tried(), world.postbox.occurrences()), (8, 3));
}

#[test]
fn what_waits_can_be_called_off_and_dead_letters_dismissed() {
    let mut world = with_one_firing([Outcome::RETRY]);
    let user = world.user;
    let everything =
        world.try_write(move |tx| ops::deliveries::cancel(tx, user, Filter::default(), false));
    assert!(everything.unwrap_err().to_string().starts_with("state:"));
    let waiting = || Filter { states: vec![State::Pending], ..Filter::default() };
    let dry = world.write(move |tx| ops::deliveries::cancel(tx, user, waiting(), true));
    assert_eq!((dry.ids, world.outbox(State::Pending)), (vec![DeliveryId(1)], 1));
    world.write(move |tx| ops::deliveries::cancel(tx, user, waiting(), false));
    world.run_for(Duration::from_hours(1));
    assert_eq!((world.postbox.tried(), world.outbox(State::Cancelled)), (1, 1));
    assert_eq!(first(&mut world).1, "called off by hand: said the postbox");
}

#[test]
fn with_push_switched_off_reminders_fire_and_nothing_is_sent() {
    let mut world = with_one_firing([Outcome::RETRY]);
    let user = world.user;
    world.write(move |tx| ops::accounts::set_push_on(tx, user, false));
    assert_eq!(first(&mut world).1, "push was switched off");
    world.run_for(days(2));
    let id = world.read(|tx| store::reminders::list(tx, user))[0].id;
    assert_eq!((world.firings(id), world.postbox.tried()), (3, 1));
    world.write(move |tx| ops::accounts::set_push_on(tx, user, true));
    world.run_for(days(1));
    assert_eq!(world.postbox.tried(), 2);
}

#[test]
fn a_wish_to_wait_beyond_the_deadline_is_a_dead_letter_now() {
    let after = Outcome::Retry { after: Some(days(2)), tries_max: None };
    let mut world = with_one_firing([after]);
    let (state, reason, _) = first(&mut world);
    assert_eq!(state, State::Dead);
    assert!(reason.contains("a wait beyond its time"), "{reason}");
}

#[test]
fn the_oldest_make_room_when_too_many_wait_for_a_destination() {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let (user, id) = (world.user, world.destination);
    world.write(move |tx| {
        let destination = store::destinations::get(tx, user, id)?;
        for _ in 0..3 {
            let new = store::deliveries::NewDelivery {
                destination: &destination,
                is_test: false,
                failing_id: None,
                burns_at: None,
                about: "Evening",
                minute_at: tx.now(),
                due_at: tx.now(),
                deadline_at: tx.now() + days(1),
            };
            store::deliveries::insert(tx, &new)?;
        }
        store::deliveries::expire_oldest(tx, id, 1, "too many newer ones wait")
    });
    let states = [1, 2, 3].map(|id| world.delivery(DeliveryId(id)).state);
    assert_eq!(states, [State::Expired, State::Expired, State::Pending]);
    assert_eq!(first(&mut world).1, "too many newer ones wait");
}

#[test]
fn a_destination_that_is_struck_twice_in_a_row_is_gone() {
    let strike = Strike { gone_after: 2, over: Duration::ZERO, pauses: false };
    let mut world = World::at("2026-03-02T12:00:00Z");
    let phone = world.destination;
    let send = |world: &mut World, outcome: Outcome| {
        world.postbox.answer([outcome]);
        let id = world.send_test(phone);
        world.settle();
        world.delivery(id).state
    };
    let outcomes = [Outcome::Strike(strike), Outcome::Accepted, Outcome::Strike(strike)];
    let states = outcomes.map(|outcome| send(&mut world, outcome));
    assert_eq!(states, [State::Dead, State::Delivered, State::Dead], "not in a row");
    world.run_for(days(3));
    assert_eq!(send(&mut world, Outcome::Strike(strike)), State::Cancelled);
    let user = world.user;
    let reason = world.read(|tx| store::destinations::get(tx, user, phone)).paused_reason;
    assert_eq!(reason.as_deref(), Some("said the postbox"));
}
