//! When unread links turn to ash: pure rules about local midnights.
//!
//! A link burns at a midnight that was announced for it, on the day before at the latest, and
//! of which its owner was told; never otherwise, whatever was switched on, missed or moved.

use jiff::Span;
use jiff::civil::Date;

use crate::error::{Error, Result};
use crate::model::quiet_hours::QuietHours;
use crate::model::time::{Slot, TimeOfDay, Timestamp, Zone};

/// The most days after which a link burns.
pub const DAYS_MAX: u16 = 3_650;
const MIDNIGHT: TimeOfDay = TimeOfDay::constant(0, 0);
/// When a push of its own tells what burns at midnight. What is found later is announced for
/// the midnight after.
const EVENING: TimeOfDay = TimeOfDay::constant(18, 0);
/// Where the evening is quiet until midnight, the last of these at which it is not.
const EARLIER: [TimeOfDay; 2] = [TimeOfDay::constant(12, 0), TimeOfDay::constant(8, 0)];

/// What is announced now, and when its owner is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Notice {
    /// The midnight at which it burns.
    pub burns_at: Timestamp,
    /// When a push tells so, unless a reminder does before.
    pub tell_at: Timestamp,
}

/// A number of days after which links burn; 0 is never.
///
/// # Errors
/// `Invalid` when it is negative or too large.
pub fn parse_days(days: i64) -> Result<u16> {
    u16::try_from(days).ok().filter(|days| *days <= DAYS_MAX).ok_or_else(|| {
        Error::invalid(
            "burn_after_days",
            format!("{days} found, expected 1 to {DAYS_MAX} days, or 0 for never"),
        )
    })
}

/// The first midnight after `now`. One that clocks skip comes as they are put forward.
pub fn next_midnight(now: Timestamp, zone: &Zone) -> Timestamp {
    let mut day = now.in_zone(zone).date();
    loop {
        let Ok(next) = day.tomorrow() else { return Timestamp::from_ms(i64::MAX) };
        let midnight = start_of(next, zone);
        if midnight > now {
            return midnight;
        }
        day = next;
    }
}

/// What is announced now, to somebody who was told of all up to the midnight `told_for`: the
/// coming midnight as long as the evening before it can tell of it, else the one after.
pub fn notice(
    now: Timestamp,
    zone: &Zone,
    quiet_hours: &QuietHours,
    told_for: Timestamp,
) -> Notice {
    let evening = Slot::new(now.in_zone(zone).date(), EVENING).instant(zone);
    let mut burns_at = next_midnight(now, zone);
    if now >= evening || burns_at <= told_for {
        burns_at = next_midnight(burns_at, zone);
    }
    Notice { burns_at, tell_at: tell_at(burns_at, zone, quiet_hours) }
}

/// When a push tells what burns at a midnight: on the evening before, or earlier that day where
/// it would have to wait until after.
fn tell_at(burns_at: Timestamp, zone: &Zone, quiet_hours: &QuietHours) -> Timestamp {
    let day = before(burns_at.in_zone(zone).date(), 1);
    let in_time = |at: &Timestamp| quiet_hours.until(*at, zone).is_none_or(|end| end < burns_at);
    let evening = Slot::new(day, EVENING).instant(zone);
    let mut times =
        std::iter::once(evening).chain(EARLIER.map(|time| Slot::new(day, time).instant(zone)));
    times.find(in_time).unwrap_or(evening)
}

/// What has been unread since then or longer has been so for that many whole days at the
/// midnight `burns_at`. Days are those of the calendar, however long they are.
pub fn unread_since(burns_at: Timestamp, days: u16, zone: &Zone) -> Timestamp {
    start_of(before(burns_at.in_zone(zone).date(), days), zone)
}

fn before(day: Date, days: u16) -> Date {
    day.checked_sub(Span::new().days(i64::from(days))).unwrap_or(Date::MIN)
}

fn start_of(day: Date, zone: &Zone) -> Timestamp {
    Slot::new(day, MIDNIGHT).instant(zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    #[test]
    fn days_are_counted_from_none_to_ten_years() {
        for days in [0, 1, 3650] {
            assert_eq!(parse_days(days).unwrap(), days as u16);
        }
        for days in [-1, 3651, i64::MAX, i64::MIN] {
            assert!(parse_days(days).unwrap_err().to_string().starts_with("burn_after_days:"));
        }
    }

    #[test]
    fn midnight_is_where_a_day_begins() {
        let check = |name: &str, now: &str, expected: &str| {
            assert_eq!(next_midnight(at(now), &zone(name)), at(expected), "{name} {now}");
        };
        check("UTC", "2026-03-02T12:00:00Z", "2026-03-03T00:00:00Z");
        check("UTC", "2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
        check("Asia/Seoul", "2026-03-02T14:59:59.999Z", "2026-03-02T15:00:00Z");
        // Clocks go from 23:59 to 01:00.
        check("America/Santiago", "2026-09-06T03:59:00Z", "2026-09-06T04:00:00Z");
        check("Asia/Beirut", "2026-03-28T12:00:00Z", "2026-03-28T22:00:00Z");
        check("Asia/Beirut", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z");
        // Midnight comes twice: the first one counts, and the second is none of its own.
        check("America/Havana", "2023-11-05T03:00:00Z", "2023-11-05T04:00:00Z");
        check("America/Havana", "2023-11-05T04:00:00Z", "2023-11-06T05:00:00Z");
        check("America/Havana", "2023-11-05T05:10:00Z", "2023-11-06T05:00:00Z");
        // The whole of 30 December was left out.
        check("Pacific/Apia", "2011-12-30T09:00:00Z", "2011-12-30T10:00:00Z");
    }

    #[test]
    fn a_link_burns_once_it_was_unread_for_that_many_whole_days() {
        let check = |name: &str, burns_at: &str, days, since: &str| {
            let found = unread_since(at(burns_at), days, &zone(name));
            assert_eq!(found, at(since), "{name} {burns_at} {days}");
        };
        check("UTC", "2026-03-10T00:00:00Z", 7, "2026-03-03T00:00:00Z");
        check("UTC", "2026-03-10T00:00:00Z", 3650, "2016-03-12T00:00:00Z");
        check("Asia/Seoul", "2026-03-09T15:00:00Z", 1, "2026-03-08T15:00:00Z");
        // Over a day of 23 hours and one of 25.
        check("America/New_York", "2026-03-09T04:00:00Z", 1, "2026-03-08T05:00:00Z");
        check("America/New_York", "2026-11-02T05:00:00Z", 1, "2026-11-01T04:00:00Z");
        check("America/Santiago", "2026-09-06T04:00:00Z", 1, "2026-09-05T04:00:00Z");
    }

    #[test]
    fn what_is_announced_leaves_an_evening_to_tell_of_it() {
        let check = |now: &str, quiet: &str, told_for: &str, burns_at: &str, tell_at: &str| {
            let found = notice(at(now), &zone("Asia/Seoul"), &quiet.parse().unwrap(), at(told_for));
            let expected = Notice { burns_at: at(burns_at), tell_at: at(tell_at) };
            assert_eq!(found, expected, "{now} {quiet}");
        };
        let (never, tonight, tomorrow) =
            ("1970-01-01T00:00:00Z", "2026-03-03T15:00:00Z", "2026-03-04T15:00:00Z");
        let (evening, next_evening) = ("2026-03-03T09:00:00Z", "2026-03-04T09:00:00Z");
        // Just after midnight in Seoul, before and after the evening.
        check("2026-03-02T15:00:00Z", "", never, tonight, evening);
        check("2026-03-03T08:59:59Z", "", never, tonight, evening);
        check("2026-03-03T09:00:00Z", "", never, tomorrow, next_evening);
        check("2026-03-03T14:59:59Z", "", never, tomorrow, next_evening);
        // They were told of tonight already.
        check("2026-03-03T03:00:00Z", "", tonight, tomorrow, next_evening);
        // Quiet that ends in time changes nothing; quiet until midnight asks for an earlier hour.
        check("2026-03-02T15:00:00Z", "tue 17:00-20:00", never, tonight, evening);
        check("2026-03-02T15:00:00Z", "tue 17:00-07:00", never, tonight, "2026-03-03T03:00:00Z");
        check("2026-03-02T15:00:00Z", "tue 11:00-07:00", never, tonight, "2026-03-02T23:00:00Z");
        check("2026-03-02T15:00:00Z", "tue 00:00-00:00", never, tonight, evening);
    }

    #[test]
    fn every_midnight_is_told_of_before_it_comes_and_lies_ahead() {
        let mut random = fastrand::Rng::with_seed(7);
        let names =
            ["Asia/Seoul", "America/Santiago", "Asia/Beirut", "America/Havana", "Asia/Gaza"];
        let zones = names.map(zone);
        for _ in 0..5_000 {
            let zone = &zones[random.usize(..zones.len())];
            // From 2012 to 2040.
            let now = Timestamp::from_ms(random.i64(1_325_376_000_000..2_208_988_800_000));
            let told_for = next_midnight(now, zone);
            for told_for in [Timestamp::default(), told_for] {
                let found = notice(now, zone, &QuietHours::default(), told_for);
                assert!(now < found.tell_at && found.tell_at < found.burns_at, "{now} {zone:?}");
                assert!(found.burns_at > told_for);
                let local = found.burns_at.in_zone(zone);
                let just_before = Timestamp::from_ms(found.burns_at.as_ms() - 1).in_zone(zone);
                assert!(local.date() > just_before.date(), "{now} {zone:?}");
            }
        }
    }
}
