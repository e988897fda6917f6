//! Every zone and every day from 2020 to 2040: each slot comes at the instant that another
//! calculation finds for it, never in the past, never twice, and none is left out.

use std::ops::Range;

use super::wall_clocks::{DAY_S, DAYS, Known, all, distinct};
use super::*;

const TIMES: [&str; 9] =
    ["00:00", "00:30", "01:30", "02:00", "02:30", "03:00", "12:00", "23:30", "23:59"];

/// Walks a schedule through those days.
fn walk(known: &Known, days: Weekdays, at: TimeOfDay, through: Range<i64>) {
    let Known { zone, clocks } = known;
    let schedule = Schedule::Weekly { days, at };
    let minutes = i64::from(at.civil().hour()) * 60 + i64::from(at.civil().minute());
    let start = Timestamp::from_ms(clocks.instant(through.start * DAY_S + minutes * 60) * 1000);
    let mut slot = schedule.first_after(zone, start - std::time::Duration::from_millis(1));
    let mut date = Date::new(1970, 1, 1).unwrap() + jiff::Span::new().days(through.start);
    let mut last = Timestamp::from_ms(i64::MIN);
    for day in through {
        // The first day of 1970 was a Thursday.
        if days.numbers().any(|number| number - 1 == (day + 3) % 7) {
            let name = || format!("{} {days} {at}", zone.name());
            let found = slot.unwrap();
            assert_eq!(found, Slot::new(date, at), "{}", name());
            let instant = found.instant(zone);
            let expected = clocks.instant(day * DAY_S + minutes * 60) * 1000;
            assert_eq!(instant.as_ms(), expected, "{found} in {}", name());
            assert!(last < instant, "{found} in {}", name());
            last = instant;
            slot = schedule.next_slot(found);
        }
        date = date.tomorrow().unwrap();
    }
}

/// The days of a week around an instant.
fn around(instant: i64) -> Range<i64> {
    let day = instant.div_euclid(DAY_S);
    (day - 3).max(DAYS.start)..(day + 4).min(DAYS.end)
}

#[test]
fn every_zone_keeps_its_slots_around_each_change_of_its_clocks() {
    let mut changes = 0;
    for known in all() {
        for change in known.clocks.changes() {
            changes += 1;
            for at in TIMES {
                walk(&known, Weekdays::ALL, at.parse().unwrap(), around(change));
            }
        }
    }
    assert!(changes > 5_000, "{changes} changes");
}

#[test]
fn every_local_minute_around_a_change_of_clocks_comes_once() {
    let mut lost = 0;
    for known in distinct() {
        for change in known.clocks.changes().filter(|at| DAYS.contains(&(at / DAY_S))) {
            for day in change / DAY_S - 1..=change / DAY_S + 1 {
                let date = Date::new(1970, 1, 1).unwrap() + jiff::Span::new().days(day);
                for minute in (0..1440).step_by(5) {
                    let at = TimeOfDay::new((minute / 60) as i8, (minute % 60) as i8).unwrap();
                    let once = Schedule::Once { on: date, at };
                    let expected = known.clocks.instant(day * DAY_S + minute * 60);
                    let expected = Timestamp::from_ms(expected * 1000);
                    let before = expected - std::time::Duration::from_millis(1);
                    let slot = once.first_after(&known.zone, before);
                    let name = known.zone.name();
                    assert_eq!(slot, Some(Slot::new(date, at)), "{name}");
                    assert_eq!(once.first_after(&known.zone, expected), None, "{name} {date} {at}");
                    lost += usize::from(Slot::shown(expected, &known.zone) != Slot::new(date, at));
                }
            }
        }
    }
    assert!(lost > 1_000, "{lost} lay in a gap");
}

#[test]
fn every_day_of_21_years_comes_in_every_zone_at_every_time() {
    for known in distinct() {
        for at in TIMES {
            walk(&known, Weekdays::ALL, at.parse().unwrap(), DAYS);
        }
    }
}

#[test]
fn single_days_come_every_week_of_21_years() {
    for known in distinct() {
        for number in 1..=7 {
            let days = Weekdays::from_numbers([number]).unwrap();
            walk(&known, days, TIMES[number as usize].parse().unwrap(), DAYS);
        }
    }
}
