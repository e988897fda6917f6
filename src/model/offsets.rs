//! What clocks in a zone are set to over the years, for those who have no zone data of their
//! own or another version of it.

use jiff::tz::{Dst, TimeZone};
use jiff::{Timestamp as Instant, civil};

use crate::model::time::{Timestamp, Zone};

/// More than any zone changes within the decades that are asked for.
const CHANGES_MAX: usize = 500;

/// Clocks being set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What they show as it happens, before they are set.
    pub local: civil::DateTime,
    /// How many seconds they were ahead of UTC.
    pub before_s: i32,
    /// How many they are from then on.
    pub after_s: i32,
    /// What the time is called from then on, such as `EDT`.
    pub name: String,
    /// Whether they go forward for a season. It is the greater offset that makes summer time:
    /// in Ireland and Morocco it is the other one that the law takes for the exception.
    pub is_summer: bool,
}

impl Zone {
    /// What clocks were last set to before `start`, and each time they are set again until `end`.
    pub fn changes(&self, start: Timestamp, end: Timestamp) -> Vec<Change> {
        let Self(zone) = self;
        let (start, end) = (start.jiff(), end.jiff());
        let last = zone.preceding(start).map(|found| found.timestamp()).next();
        // Calendars know little of the time before, when offsets had seconds.
        let last = last.filter(|at| *at >= Instant::UNIX_EPOCH);
        let first = last.map_or_else(|| since_ever(zone, start), |at| change(zone, at));
        let later = zone.following(start).map(|found| found.timestamp());
        let later = later.take_while(|at| *at <= end).take(CHANGES_MAX);
        std::iter::once(first).chain(later.map(|at| change(zone, at))).collect()
    }
}

/// What clocks show at `at`, as if they always had.
fn since_ever(zone: &TimeZone, at: Instant) -> Change {
    let info = zone.to_offset_info(at);
    let offset_s = info.offset().seconds();
    Change {
        local: civil::date(1970, 1, 1).at(0, 0, 0, 0),
        before_s: offset_s,
        after_s: offset_s,
        name: info.abbreviation().to_owned(),
        is_summer: false,
    }
}

fn change(zone: &TimeZone, at: Instant) -> Change {
    let just_before = at.checked_sub(jiff::Span::new().seconds(1)).unwrap_or(at);
    let (before, after) = (zone.to_offset_info(just_before), zone.to_offset_info(at));
    let seasonal = before.dst() == Dst::Yes || after.dst() == Dst::Yes;
    Change {
        local: before.offset().to_datetime(at),
        before_s: before.offset().seconds(),
        after_s: after.offset().seconds(),
        name: after.abbreviation().to_owned(),
        is_summer: seasonal && after.offset() > before.offset(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The changes of that zone from the start of 2024 to its end, the one before them first.
    fn check(zone: &str, expected: &[(&str, i32, i32, &str, bool)]) {
        let zone = Zone::named(zone).unwrap();
        let (start, end) = ("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z");
        let found: Vec<(String, i32, i32, String, bool)> = zone
            .changes(start.parse().unwrap(), end.parse().unwrap())
            .into_iter()
            .map(|c| (c.local.to_string(), c.before_s, c.after_s, c.name, c.is_summer))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(at, before, after, name, summer)| {
                ((*at).to_owned(), *before, *after, (*name).to_owned(), *summer)
            })
            .collect();
        assert_eq!(found, expected, "{}", zone.name());
    }

    #[test]
    fn clocks_are_set_as_the_law_of_each_place_says() {
        check("UTC", &[("1970-01-01T00:00:00", 0, 0, "UTC", false)]);
        check("Asia/Seoul", &[("1988-10-09T03:00:00", 36_000, 32_400, "KST", false)]);
        check("Asia/Kolkata", &[("1970-01-01T00:00:00", 19_800, 19_800, "IST", false)]);
        check(
            "America/New_York",
            &[
                ("2023-11-05T02:00:00", -14_400, -18_000, "EST", false),
                ("2024-03-10T02:00:00", -18_000, -14_400, "EDT", true),
                ("2024-11-03T02:00:00", -14_400, -18_000, "EST", false),
            ],
        );
        check(
            "Europe/Dublin",
            &[
                ("2023-10-29T02:00:00", 3_600, 0, "GMT", false),
                ("2024-03-31T01:00:00", 0, 3_600, "IST", true),
                ("2024-10-27T02:00:00", 3_600, 0, "GMT", false),
            ],
        );
        check(
            "Africa/Casablanca",
            &[
                ("2023-04-23T02:00:00", 0, 3_600, "+01", true),
                ("2024-03-10T03:00:00", 3_600, 0, "+00", false),
                ("2024-04-14T02:00:00", 0, 3_600, "+01", true),
            ],
        );
        check(
            "Australia/Lord_Howe",
            &[
                ("2023-10-01T02:00:00", 37_800, 39_600, "+11", true),
                ("2024-04-07T02:00:00", 39_600, 37_800, "+1030", false),
                ("2024-10-06T02:00:00", 37_800, 39_600, "+11", true),
            ],
        );
        check(
            "America/Santiago",
            &[
                ("2023-09-03T00:00:00", -14_400, -10_800, "-03", true),
                ("2024-04-07T00:00:00", -10_800, -14_400, "-04", false),
                ("2024-09-08T00:00:00", -14_400, -10_800, "-03", true),
            ],
        );
    }
}
