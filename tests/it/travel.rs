//! A traveller's reminder: wherever they go, and however often the server ends on the way, each
//! local time that comes while they are there fires once, and none that had passed.

use std::collections::BTreeMap;
use std::time::Duration;

use toaster::model::time::{Slot, Timestamp};
use toaster::{ops, store};

use crate::world::{World, settings};

const JOURNEYS: usize = 6;
const LEGS: usize = 40;
/// Round the world, with clocks that are changed by an hour, by half of one, and at midnight.
const ZONES: [&str; 8] = [
    "Asia/Seoul",
    "Pacific/Apia",
    "America/New_York",
    "America/Santiago",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
];

#[test]
fn a_traveller_is_reminded_of_each_local_time_once_and_of_none_that_had_passed() {
    let seed = std::env::var("TOASTER_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    eprintln!("TOASTER_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..JOURNEYS {
        journey(&mut random);
    }
}

fn journey(random: &mut fastrand::Rng) {
    // Clocks are changed in many places within the days that follow.
    let mut world =
        World::at(if random.bool() { "2026-03-20T12:00:00Z" } else { "2026-10-20T12:00:00Z" });
    world.save("https://example.com/");
    let (user, id) = (world.user, world.remind("daily 00:30", "UTC"));
    world.postbox.fail_every(5);
    let mut expected: BTreeMap<Slot, Timestamp> = BTreeMap::new();
    for _ in 0..LEGS {
        let when = format!("daily {:02}:30", random.u8(0..4));
        let there = settings(&when, ZONES[random.usize(..ZONES.len())]);
        let (schedule, zone) = (there.schedule, there.zone.clone());
        world.write(move |tx| ops::reminders::change(tx, user, id, &there));
        let arrived_at = world.now();
        world.run_for(Duration::from_mins(random.u64(1..60 * 60)));
        match random.u8(..4) {
            0 => world.restart(),
            1 => world.crash_while_sending(),
            _ => {}
        }
        let mut slot = schedule.first_after(&zone, arrived_at);
        while let Some(at) = slot.filter(|slot| slot.instant(&zone) <= world.now()) {
            expected.entry(at).or_insert(at.instant(&zone));
            slot = schedule.next_slot(at);
        }
    }
    assert_eq!(world.firings(id), expected.len() as i64);
    for (slot, at) in &expected {
        let found = world.read(|tx| store::firings::find_due_at(tx, id, *slot));
        assert_eq!(found, Some(*at), "{slot}");
    }
    assert!(expected.len() > LEGS / 2, "{} local times came", expected.len());
}
