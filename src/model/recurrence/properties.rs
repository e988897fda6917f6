//! What holds for any schedule in any zone, whenever it is looked at: nothing comes in the
//! past, nothing twice, nothing is left out, and everything in order.

use std::time::Duration;

use fastrand::Rng;

use super::wall_clocks::{DAY_S, DAYS, Known, distinct};
use super::*;

const CASES: usize = 4_000;
const MS: i64 = 1_000;

/// Runs `body` for many random worlds; a failure can be had again by the seed it printed.
fn for_any(body: impl Fn(&mut Rng, &Known)) {
    let seed = std::env::var("TOASTER_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    eprintln!("TOASTER_SEED={seed}");
    let (mut random, zones) = (Rng::with_seed(seed), distinct());
    for _ in 0..CASES {
        let known = &zones[random.usize(..zones.len())];
        body(&mut random, known);
    }
}

/// Most often weekly, and near midnight and the hours at which clocks are changed.
fn any_schedule(random: &mut Rng) -> Schedule {
    let hour = if random.bool() { random.i8(0..4) } else { random.i8(0..24) };
    let minute = if random.bool() { 30 } else { random.i8(0..60) };
    let at = TimeOfDay::new(hour, minute).unwrap();
    if random.u8(..8) == 0 {
        return Schedule::Once { on: date(random.i64(DAYS)), at };
    }
    let days = (1..=7).filter(|_| random.bool()).collect::<Vec<_>>();
    Schedule::Weekly { days: Weekdays::from_numbers(days).unwrap_or(Weekdays::ALL), at }
}

/// Half of them within a day of a change of clocks, where there is one.
fn any_instant(random: &mut Rng, known: &Known) -> Timestamp {
    let changes: Vec<i64> = known.clocks.changes().collect();
    let at = match changes.len() {
        0 => random.i64(DAYS.start * DAY_S..DAYS.end * DAY_S),
        _ if random.bool() => random.i64(DAYS.start * DAY_S..DAYS.end * DAY_S),
        n => changes[random.usize(..n)] + random.i64(-DAY_S..DAY_S),
    };
    Timestamp::from_ms(at * MS + random.i64(0..MS))
}

fn date(day: i64) -> Date {
    Date::new(1970, 1, 1).unwrap() + jiff::Span::new().days(day)
}

/// Every slot that comes after `from` and by `until`, found by looking at each day.
fn slots(
    schedule: Schedule,
    known: &Known,
    from: Timestamp,
    until: Timestamp,
) -> Vec<(Slot, Timestamp)> {
    let days = from.as_s() / DAY_S - 3..=until.as_s() / DAY_S + 3;
    let on_day = |day: i64| {
        let (is_on, at) = match schedule {
            Schedule::Weekly { days, at } => (days.contains(date(day).weekday()), at),
            Schedule::Once { on, at } => (on == date(day), at),
        };
        let (hour, minute) = (i64::from(at.civil().hour()), i64::from(at.civil().minute()));
        let instant = known.clocks.instant(day * DAY_S + hour * 3_600 + minute * 60);
        let instant = Timestamp::from_ms(instant * MS);
        let comes = is_on && from < instant && instant <= until;
        comes.then(|| (Slot::new(date(day), at), instant))
    };
    days.filter_map(on_day).collect()
}

#[test]
fn the_first_after_any_instant_comes_later_and_none_between() {
    for_any(|random, known| {
        let (schedule, now) = (any_schedule(random), any_instant(random, known));
        let found = schedule.first_after(&known.zone, now);
        let horizon = now + Duration::from_hours(24 * 9);
        let expected = slots(schedule, known, now, horizon);
        match (found, schedule) {
            // A single day may be years away.
            (Some(slot), Schedule::Once { .. }) if expected.is_empty() => {
                assert!(slot.instant(&known.zone) > horizon);
            }
            _ => assert_eq!(found, expected.first().map(|(slot, _)| *slot), "{schedule:?} {now}"),
        }
        // The next of the next is the one after that: it needs no clock.
        if let (Some(slot), Some((second, _))) = (found, expected.get(1)) {
            assert_eq!(schedule.next_slot(slot), Some(*second), "{schedule:?} {now}");
        }
    });
}

#[test]
fn however_often_one_looks_every_slot_is_fired_or_counted_as_missed_once() {
    for_any(|random, known| {
        let (schedule, start) = (any_schedule(random), any_instant(random, known));
        let (mut waiting, mut now) = (schedule.first_after(&known.zone, start), start);
        let mut last = None;
        for _ in 0..random.usize(1..40) {
            // From a look in the same second to one after weeks of downtime.
            let most = [1_000, 3_600_000, 86_400_000, 30 * 86_400_000][random.usize(..4)];
            let before = now;
            now = now + Duration::from_millis(random.u64(0..most));
            if now.as_s() >= DAYS.end * DAY_S {
                return; // Nothing is known of later years.
            }
            let came = slots(schedule, known, before, now);
            let due = waiting.and_then(|slot| schedule.due(&known.zone, slot, now));
            let (fired, missed) = match &due {
                Some(due) => (Some(due.slot), due.missed as usize),
                None => (None, 0),
            };
            let name = || format!("{schedule:?} in {} at {now}", known.zone.name());
            assert_eq!(fired, came.last().map(|(slot, _)| *slot), "{}", name());
            assert_eq!(missed, came.len().saturating_sub(1), "{}", name());
            if let Some(due) = due {
                assert!(last < fired, "{}", name());
                last = fired;
                waiting = due.next;
            }
            assert!(waiting.is_none_or(|slot| slot.instant(&known.zone) > now), "{}", name());
        }
    });
}

#[test]
fn one_that_is_changed_or_taken_to_another_zone_comes_next_in_the_future() {
    let zones = distinct();
    for_any(|random, known| {
        let (mut schedule, mut now) = (any_schedule(random), any_instant(random, known));
        let mut zone = &known.zone;
        for _ in 0..5 {
            match random.u8(..3) {
                0 => schedule = any_schedule(random),
                1 => zone = &zones[random.usize(..zones.len())].zone,
                _ => now = now + Duration::from_mins(random.u64(0..100_000)),
            }
            let next = schedule.first_after(zone, now);
            assert!(next.is_none_or(|slot| slot.instant(zone) > now), "{schedule:?} {now}");
            assert!(next.is_none_or(|slot| schedule.due(zone, slot, now).is_none()));
        }
    });
}
