//! What it costs to find out when a reminder is due next.

use divan::{Bencher, black_box};
use toaster::model::recurrence::{Schedule, Weekdays};
use toaster::model::time::{Slot, TimeOfDay, Timestamp, Zone};

/// One without clock changes, and two with them on either side of the equator.
const ZONES: [&str; 3] = ["Asia/Seoul", "America/New_York", "Australia/Lord_Howe"];

fn main() {
    divan::main();
}

fn daily() -> Schedule {
    Schedule::Weekly { days: Weekdays::ALL, at: TimeOfDay::new(2, 30).expect("it is a time") }
}

fn zone(name: &str) -> Zone {
    Zone::named(name).expect("the zone exists")
}

fn now() -> Timestamp {
    "2026-03-07T12:00:00Z".parse().expect("it is an instant")
}

/// Where a reminder starts when a person sets it.
#[divan::bench(args = ZONES)]
fn first_after(bencher: Bencher, name: &str) {
    let (schedule, zone, now) = (daily(), zone(name), now());
    bencher.bench(|| black_box(&schedule).first_after(black_box(&zone), black_box(now)));
}

/// What is worked out when a reminder fires: the slot after this one, and its instant.
#[divan::bench(args = ZONES)]
fn next_slot_and_instant(bencher: Bencher, name: &str) {
    let (schedule, zone) = (daily(), zone(name));
    let slot: Slot = "2026-03-07T02:30".parse().expect("it is a slot");
    bencher.bench(|| {
        black_box(&schedule).next_slot(black_box(slot)).map(|slot| slot.instant(black_box(&zone)))
    });
}

/// What a server that stood still for a year works out for each daily reminder.
#[divan::bench(args = ZONES)]
fn a_year_of_daily_slots(bencher: Bencher, name: &str) {
    let (schedule, zone) = (daily(), zone(name));
    let waiting: Slot = "2025-03-07T02:30".parse().expect("it is a slot");
    bencher.bench(|| black_box(&schedule).due(black_box(&zone), waiting, black_box(now())));
}
