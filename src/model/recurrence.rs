//! The rule by which a reminder repeats: pure functions from slots to slots.
//!
//! A slot is a nominal local time. Slots follow one another in civil order, and only their
//! instants depend on the zone; so a clock set back, a repeated hour or new zone data can
//! neither repeat a slot nor lose one.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Weekday};

use crate::error::{Error, Result};
use crate::model::time::{Slot, TimeOfDay, Timestamp, Zone};

#[cfg(test)]
mod all_zones;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod wall_clocks;

/// A set of weekdays that is never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Monday to Friday.
    pub const WORKDAYS: Self = Self(0b001_1111);
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);

    /// The set of those days, Monday being 1 and Sunday 7.
    ///
    /// # Errors
    /// `Invalid` when there is none, or one is not 1 to 7 or there twice.
    pub fn from_numbers(days: impl IntoIterator<Item = i64>) -> Result<Self> {
        let mut bits = 0;
        for day in days {
            if !(1..=7).contains(&day) {
                return Err(Error::invalid(
                    "days",
                    format!("{day} is not a weekday, expected 1 (Monday) to 7 (Sunday)"),
                ));
            }
            if bits & (1 << (day - 1)) != 0 {
                let reason = format!("{day} found twice, expected each day once");
                return Err(Error::invalid("days", reason));
            }
            bits |= 1 << (day - 1);
        }
        if bits == 0 {
            return Err(Error::invalid("days", "none given, expected at least one of 1 to 7"));
        }
        Ok(Self(bits))
    }

    /// The days as numbers, Monday being 1.
    pub fn numbers(self) -> impl Iterator<Item = i64> {
        (1..=7).filter(move |day| self.0 & (1 << (day - 1)) != 0)
    }

    /// Whether that day is in the set.
    pub fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }
}

const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// `mon,wed,fri`.
impl FromStr for Weekdays {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers = text.split(',').map(|name| {
            let name = name.trim().to_ascii_lowercase();
            let index = NAMES.iter().position(|known| *known == name);
            let index = index.ok_or_else(|| {
                Error::invalid(
                    "days",
                    format!(
                        "{name:?} is not a weekday, expected mon, tue, wed, thu, fri, sat or sun"
                    ),
                )
            })?;
            Ok(index as i64 + 1)
        });
        Self::from_numbers(numbers.collect::<Result<Vec<_>>>()?)
    }
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.numbers().map(|day| NAMES[day as usize - 1]).collect();
        f.write_str(&names.join(","))
    }
}

/// When a reminder is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    /// On those weekdays at that time.
    Weekly {
        /// The days.
        days: Weekdays,
        /// The time of day.
        at: TimeOfDay,
    },
    /// Once.
    Once {
        /// The day.
        on: Date,
        /// The time of day.
        at: TimeOfDay,
    },
}

/// What is to be fired now, once downtime has been accounted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The newest slot whose time has come.
    pub slot: Slot,
    /// How many slots before it went by unfired.
    pub missed: u32,
    /// The slot that comes after it.
    pub next: Option<Slot>,
}

impl Schedule {
    /// The first slot that comes strictly after `now`: where a reminder starts when a person
    /// sets it, so that nothing a person does fires in the past.
    pub fn first_after(&self, zone: &Zone, now: Timestamp) -> Option<Slot> {
        match *self {
            Self::Once { on, at } => {
                let slot = Slot::new(on, at);
                (slot.instant(zone) > now).then_some(slot)
            }
            Self::Weekly { at, .. } => {
                // A zone may have skipped a whole day, so begin well before today.
                let today = now.in_zone(zone).date();
                let before = today.checked_sub(jiff::Span::new().days(3)).ok()?;
                let mut slot = self.next_slot(Slot::new(before, at))?;
                while slot.instant(zone) <= now {
                    slot = self.next_slot(slot)?;
                }
                Some(slot)
            }
        }
    }

    /// The slot that follows `after`, whatever time it is.
    pub fn next_slot(&self, after: Slot) -> Option<Slot> {
        match *self {
            Self::Once { on, at } => {
                let slot = Slot::new(on, at);
                (slot > after).then_some(slot)
            }
            Self::Weekly { days, at } => {
                let (day, first) = (after.on(), i64::from(at <= after.at()));
                let ahead = (first..=7).find(|ahead| {
                    let weekday = day.weekday().wrapping_add(*ahead);
                    days.contains(weekday)
                })?;
                let next = day.checked_add(jiff::Span::new().days(ahead)).ok()?;
                Some(Slot::new(next, at))
            }
        }
    }

    /// What is to be fired when `waiting`, the stored next slot, has come by `now`: the newest
    /// slot that has, and how many went by before it. `None` while it has not.
    pub fn due(&self, zone: &Zone, waiting: Slot, now: Timestamp) -> Option<Due> {
        if waiting.instant(zone) > now {
            return None;
        }
        let (mut slot, mut missed) = (waiting, 0);
        loop {
            match self.next_slot(slot) {
                Some(next) if next.instant(zone) <= now => {
                    slot = next;
                    missed += 1;
                }
                next => return Some(Due { slot, missed, next }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekly(days: &str, at: &str) -> Schedule {
        Schedule::Weekly { days: days.parse().unwrap(), at: at.parse().unwrap() }
    }

    /// The next `count` firings after `now`, as a reminder would live them.
    fn walk(schedule: Schedule, zone: &str, now: &str, count: usize) -> Vec<String> {
        let zone = Zone::named(zone).unwrap();
        let mut slot = schedule.first_after(&zone, now.parse().unwrap());
        let mut found = Vec::new();
        while let Some(at) = slot.filter(|_| found.len() < count) {
            found.push(at.instant(&zone).to_string());
            slot = schedule.next_slot(at);
        }
        found
    }

    #[test]
    fn a_time_in_the_gap_fires_an_hour_later_and_a_repeated_one_once() {
        let check = |at, zone, now, expected: &[&str]| {
            let all = weekly("mon,tue,wed,thu,fri,sat,sun", at);
            assert_eq!(walk(all, zone, now, expected.len()), expected, "{at} {zone}");
        };
        check(
            "02:30",
            "America/New_York",
            "2026-03-07T08:00:00Z",
            &["2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"],
        );
        check(
            "01:30",
            "America/New_York",
            "2026-11-01T05:00:00Z",
            &["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"],
        );
        check("21:30", "Asia/Seoul", "2026-01-01T12:30:00Z", &["2026-01-02T12:30:00Z"]);
        // Samoa had no 30 December 2011: its slot comes a day later, beside the next one.
        check(
            "09:00",
            "Pacific/Apia",
            "2011-12-29T19:00:00Z",
            &["2011-12-30T19:00:00Z", "2011-12-30T19:00:00Z", "2011-12-31T19:00:00Z"],
        );
    }

    #[test]
    fn only_the_days_asked_for() {
        let fired = walk(weekly("mon,wed", "02:30"), "UTC", "2026-03-02T02:30:00Z", 3);
        assert_eq!(fired, ["2026-03-04T02:30:00Z", "2026-03-09T02:30:00Z", "2026-03-11T02:30:00Z"]);
    }

    #[test]
    fn once_is_once_and_never_in_the_past() {
        let once = Schedule::Once {
            on: crate::model::time::parse_date("2026-03-08").unwrap(),
            at: "09:00".parse().unwrap(),
        };
        assert_eq!(walk(once, "UTC", "2026-03-08T08:59:59Z", 5), ["2026-03-08T09:00:00Z"]);
        assert!(walk(once, "UTC", "2026-03-08T09:00:00Z", 5).is_empty());
    }

    #[test]
    fn missed_slots_are_counted_and_only_the_newest_is_due() {
        let daily = weekly("mon,tue,wed,thu,fri,sat,sun", "09:00");
        let waiting = "2026-03-08T09:00".parse().unwrap();
        let due = |now: &str| daily.due(&Zone::UTC, waiting, now.parse().unwrap());
        assert_eq!(due("2026-03-08T08:59:59Z"), None);
        let on_time = due("2026-03-08T09:00:00Z").unwrap();
        assert_eq!((on_time.slot, on_time.missed), (waiting, 0));
        let late = due("2026-03-11T08:00:00Z").unwrap();
        assert_eq!((late.slot.to_string().as_str(), late.missed), ("2026-03-10T09:00", 2));
        assert_eq!(late.next.unwrap().to_string(), "2026-03-11T09:00");
    }

    #[test]
    fn weekdays_read_as_they_write() {
        assert_eq!("wed, MON".parse::<Weekdays>().unwrap().to_string(), "mon,wed");
        for bad in ["", "mo", "mon,,tue", "8"] {
            assert!(bad.parse::<Weekdays>().is_err(), "{bad}");
        }
        assert!(Weekdays::from_numbers([0]).is_err());
        assert!(Weekdays::from_numbers([]).is_err());
    }
}
