//! The calendar of one who knows nothing of recurrence: it watches clocks on the wall, minute
//! by minute, and walks from day to day.

use std::collections::HashMap;
use std::time::Duration;

use jiff::civil::{Date, DateTime, Time};
use jiff::{Span, tz};
use toaster::model::time::{Timestamp, Zone};

const MINUTE: Duration = Duration::from_mins(1);
/// Clocks are only ever set at a whole quarter of an hour, by UTC.
const QUARTER: Duration = Duration::from_mins(15);
/// No zone is further ahead of UTC.
const AHEAD_MAX: Duration = Duration::from_hours(15);

/// When something is to come, as a person says it.
#[derive(Debug, Clone)]
pub struct When {
    /// Monday first; none for what comes once.
    pub days: [bool; 7],
    pub date: Option<Date>,
    pub at: Time,
}

impl When {
    fn is_on(&self, day: Date) -> bool {
        self.date == Some(day) || self.days[weekday(day)]
    }
}

/// A window of quiet, as a person says it.
#[derive(Debug, Clone)]
pub struct Window {
    pub days: [bool; 7],
    pub from: Time,
    pub to: Time,
}

fn weekday(day: Date) -> usize {
    usize::try_from(day.weekday().to_monday_zero_offset()).unwrap()
}

/// What has been watched already.
#[derive(Default)]
pub struct Calendar(HashMap<(String, DateTime), Timestamp>);

impl Calendar {
    /// When a local time comes: when clocks there show it first, or, where they leap over it,
    /// as much after the leap as it lies behind what they leapt from.
    pub fn instant(&mut self, zone: &Zone, local: DateTime) -> Timestamp {
        let key = (zone.name().to_owned(), local);
        *self.0.entry(key).or_insert_with(|| watch(zone, local))
    }

    /// The local times that come after `after` and by `until`, in their order.
    pub fn between(
        &mut self,
        zone: &Zone,
        when: &When,
        after: Timestamp,
        until: Timestamp,
    ) -> Vec<(DateTime, Timestamp)> {
        let mut found = Vec::new();
        let mut day = after.in_zone(zone).date() - Span::new().days(2);
        let last = until.in_zone(zone).date();
        while day <= last {
            if when.is_on(day) {
                let local = day.to_datetime(when.at);
                let at = self.instant(zone, local);
                if after < at && at <= until {
                    found.push((local, at));
                }
            }
            day = day.tomorrow().unwrap();
        }
        found
    }

    /// Whether somebody there wants quiet at `at`.
    pub fn is_quiet(&mut self, zone: &Zone, windows: &[Window], at: Timestamp) -> bool {
        let today = at.in_zone(zone).date();
        (0..=2).any(|ago| {
            let day = today - Span::new().days(ago);
            windows.iter().filter(|window| window.days[weekday(day)]).any(|window| {
                let goes_over_midnight = window.to <= window.from;
                let last = if goes_over_midnight { day.tomorrow().unwrap() } else { day };
                self.instant(zone, day.to_datetime(window.from)) <= at
                    && at < self.instant(zone, last.to_datetime(window.to))
            })
        })
    }
}

fn watch(zone: &Zone, local: DateTime) -> Timestamp {
    let shown = |at: Timestamp| at.in_zone(zone);
    let as_utc = local.to_zoned(tz::TimeZone::UTC).unwrap().timestamp().as_millisecond();
    let mut at = Timestamp::from_ms(as_utc - as_utc.rem_euclid(900_000)) - AHEAD_MAX;
    while shown(at + QUARTER - MINUTE) < local {
        at = at + QUARTER;
    }
    while shown(at) < local {
        at = at + MINUTE;
    }
    if shown(at) == local {
        return at;
    }
    let leapt_from = shown(at - MINUTE) + Span::new().minutes(1);
    at + local.duration_since(leapt_from).unsigned_abs()
}

#[test]
fn clocks_on_the_wall_are_read_as_people_do() {
    let check = |zone, local: &str, expected: &str| {
        let zone = Zone::named(zone).unwrap();
        let at = Calendar::default().instant(&zone, local.parse().unwrap());
        assert_eq!(at.to_string(), expected, "{local}");
    };
    check("Asia/Seoul", "2026-03-08T02:30", "2026-03-07T17:30:00Z");
    check("America/New_York", "2026-03-08T02:30", "2026-03-08T07:30:00Z");
    check("America/New_York", "2026-11-01T01:30", "2026-11-01T05:30:00Z");
    check("Australia/Lord_Howe", "2026-10-04T02:10", "2026-10-03T15:40:00Z");
    check("Australia/Lord_Howe", "2026-04-05T01:50", "2026-04-04T14:50:00Z");
}
