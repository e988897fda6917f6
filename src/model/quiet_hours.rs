//! When a person does not want to be pushed: pure rules about weekly windows of local time.
//!
//! A push that falls into one waits for its end; nothing is ever dropped because of it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Span;
use jiff::civil::Date;

use crate::error::{Error, Result};
use crate::model::recurrence::Weekdays;
use crate::model::time::{Slot, TimeOfDay, Timestamp, Zone};

/// The most windows of one person.
pub const WINDOWS_MAX: usize = 14;
/// Windows that follow one another for longer than this leave no time for any push.
const LONGEST: Duration = Duration::from_hours(24 * 7);

/// One window: on those days from one time of day to another. One that ends no later than it
/// begins goes over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The days on which it begins.
    pub days: Weekdays,
    /// When it begins; this minute is quiet.
    pub from: TimeOfDay,
    /// When it ends; this minute is not.
    pub to: TimeOfDay,
}

/// A person's quiet hours.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QuietHours(Vec<Window>);

impl QuietHours {
    /// Those windows.
    ///
    /// # Errors
    /// `Invalid` when there are too many, or when together they leave no time at all.
    pub fn new(windows: Vec<Window>) -> Result<Self> {
        if windows.len() > WINDOWS_MAX {
            return Err(invalid(format!(
                "{} windows, expected at most {WINDOWS_MAX}",
                windows.len()
            )));
        }
        let hours = Self(windows);
        // Any week shows whether they run into one another all the way round.
        if hours.end(Timestamp::from_ms(0), &Zone::UTC).is_some_and(|end| end.is_none()) {
            return Err(invalid("they leave no time for any push".into()));
        }
        Ok(hours)
    }

    /// The windows.
    pub fn windows(&self) -> &[Window] {
        &self.0
    }

    /// When the quiet that `at` lies in ends for somebody in `zone`; `None` when it lies in
    /// none. Windows that meet or overlap are one.
    pub fn until(&self, at: Timestamp, zone: &Zone) -> Option<Timestamp> {
        // Only windows that were checked are kept, but a zone's rules may stretch them.
        self.end(at, zone).map(|end| end.unwrap_or(at + LONGEST))
    }

    /// As [`QuietHours::until`]; `Some(None)` for a quiet without an end.
    fn end(&self, at: Timestamp, zone: &Zone) -> Option<Option<Timestamp>> {
        let mut end = self.end_of_one(at, zone)?;
        while let Some(later) = self.end_of_one(end, zone) {
            end = later;
            if end.since(at) > LONGEST {
                return Some(None);
            }
        }
        Some(Some(end))
    }

    /// The latest end of those windows that `at` lies in.
    fn end_of_one(&self, at: Timestamp, zone: &Zone) -> Option<Timestamp> {
        let today = at.in_zone(zone).date();
        // One that began yesterday may go on, and a zone may have skipped a day.
        let days = (0..=2).filter_map(|ago| today.checked_sub(Span::new().days(ago)).ok());
        let begun = days.flat_map(|day| self.0.iter().filter_map(move |w| w.on(day)));
        let around = begun.filter_map(|(from, to)| {
            let to = to.instant(zone);
            (from.instant(zone) <= at && at < to).then_some(to)
        });
        around.max()
    }
}

impl Window {
    /// The window that begins on that day, if one does.
    fn on(&self, day: Date) -> Option<(Slot, Slot)> {
        if !self.days.contains(day.weekday()) {
            return None;
        }
        let last = if self.to <= self.from { day.tomorrow().ok()? } else { day };
        Some((Slot::new(day, self.from), Slot::new(last, self.to)))
    }
}

/// `mon,tue 22:00-07:00; sat 12:00-14:00`.
impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, Window { days, from, to }) in self.0.iter().enumerate() {
            let gap = if n == 0 { "" } else { "; " };
            write!(f, "{gap}{days} {from}-{to}")?;
        }
        Ok(())
    }
}

impl FromStr for QuietHours {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let windows = text.split(';').map(str::trim).filter(|window| !window.is_empty());
        Self::new(windows.map(str::parse).collect::<Result<_>>()?)
    }
}

impl FromStr for Window {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts = || {
            let (days, times) = text.split_once(' ')?;
            let (from, to) = times.trim().split_once('-')?;
            Some((days, from, to))
        };
        let (days, from, to) = parts().ok_or_else(|| {
            invalid(format!("{text:?} found, expected a window such as mon,tue 22:00-07:00"))
        })?;
        let under = |error: Error| error.under("quiet_hours");
        Ok(Self {
            days: days.parse().map_err(under)?,
            from: from.parse().map_err(under)?,
            to: to.parse().map_err(under)?,
        })
    }
}

fn invalid(reason: String) -> Error {
    Error::invalid("quiet_hours", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hours: &str, zone: &str, at: &str, until: Option<&str>) {
        let hours: QuietHours = hours.parse().unwrap();
        let found = hours.until(at.parse().unwrap(), &Zone::named(zone).unwrap());
        assert_eq!(found.map(|at| at.to_string()).as_deref(), until, "{hours} {zone} {at}");
    }

    const EVERY_NIGHT: &str = "mon,tue,wed,thu,fri,sat,sun 22:00-07:00";

    #[test]
    fn a_window_holds_from_its_first_minute_up_to_its_end() {
        let noon = "mon 12:00-14:00";
        check(noon, "UTC", "2026-03-02T11:59:59Z", None);
        check(noon, "UTC", "2026-03-02T12:00:00Z", Some("2026-03-02T14:00:00Z"));
        check(noon, "UTC", "2026-03-02T13:59:59Z", Some("2026-03-02T14:00:00Z"));
        check(noon, "UTC", "2026-03-02T14:00:00Z", None);
        check(noon, "UTC", "2026-03-03T12:30:00Z", None);
        check("", "UTC", "2026-03-03T12:30:00Z", None);
    }

    #[test]
    fn a_night_goes_over_midnight_and_belongs_to_the_day_it_began() {
        check(EVERY_NIGHT, "Asia/Seoul", "2026-03-02T13:00:00Z", Some("2026-03-02T22:00:00Z"));
        check(EVERY_NIGHT, "Asia/Seoul", "2026-03-02T18:00:00Z", Some("2026-03-02T22:00:00Z"));
        let friday = "fri 22:00-09:00";
        check(friday, "UTC", "2026-03-07T08:00:00Z", Some("2026-03-07T09:00:00Z"));
        check(friday, "UTC", "2026-03-06T08:00:00Z", None);
        // A whole day, from one evening to the next.
        check("sat 18:00-18:00", "UTC", "2026-03-08T17:59:00Z", Some("2026-03-08T18:00:00Z"));
    }

    #[test]
    fn windows_that_meet_are_one() {
        let weekend = "fri 20:00-00:00; sat 00:00-00:00; sun 00:00-09:00";
        check(weekend, "UTC", "2026-03-06T20:00:00Z", Some("2026-03-08T09:00:00Z"));
        let overlapping = "mon 10:00-12:00; mon 11:00-13:00; mon 11:30-11:45";
        check(overlapping, "UTC", "2026-03-02T10:30:00Z", Some("2026-03-02T13:00:00Z"));
        check(overlapping, "UTC", "2026-03-02T11:40:00Z", Some("2026-03-02T13:00:00Z"));
    }

    #[test]
    fn a_night_is_an_hour_shorter_or_longer_where_clocks_are_changed() {
        let new_york = "America/New_York";
        check(EVERY_NIGHT, new_york, "2026-03-08T06:59:00Z", Some("2026-03-08T11:00:00Z"));
        check(EVERY_NIGHT, new_york, "2026-11-01T05:30:00Z", Some("2026-11-01T12:00:00Z"));
        // An end inside the gap comes as much later as clocks go forward; an hour that comes
        // twice is quiet only the first time.
        check("sun 01:00-02:30", new_york, "2026-03-08T06:30:00Z", Some("2026-03-08T07:30:00Z"));
        check("sun 00:00-01:30", new_york, "2026-11-01T05:00:00Z", Some("2026-11-01T05:30:00Z"));
        check("sun 00:00-01:30", new_york, "2026-11-01T06:00:00Z", None);
    }

    #[test]
    fn quiet_hours_read_as_they_write_and_leave_some_time() {
        for text in ["", "mon,wed 22:00-07:00", "mon 09:00-12:00; sat,sun 00:00-00:00"] {
            assert_eq!(text.parse::<QuietHours>().unwrap().to_string(), text);
        }
        for (bad, why) in [
            ("mon", "expected a window"),
            ("mon 22:00", "expected a window"),
            ("xyz 22:00-07:00", "weekday"),
            ("mon 24:00-07:00", "time of day"),
            ("mon,tue,wed,thu,fri,sat,sun 00:00-00:00", "no time"),
            (
                "mon,tue,wed,thu,fri,sat,sun 08:00-20:00; mon,tue,wed,thu,fri,sat,sun 20:00-08:00",
                "no time",
            ),
        ] {
            let found = bad.parse::<QuietHours>().unwrap_err().to_string();
            assert!(found.starts_with("quiet_hours:") && found.contains(why), "{bad}: {found}");
        }
        let many = vec!["mon 01:00-02:00"; WINDOWS_MAX + 1].join(";");
        assert!(many.parse::<QuietHours>().is_err());
    }

    #[test]
    fn the_end_of_a_quiet_is_never_quiet() {
        let mut random = fastrand::Rng::with_seed(7);
        let zones = ["Asia/Seoul", "America/New_York", "Pacific/Apia", "Africa/Casablanca"];
        let zones = zones.map(|name| Zone::named(name).unwrap());
        for _ in 0..3_000 {
            let day = random.i64(1..=7);
            let window = |random: &mut fastrand::Rng| Window {
                days: Weekdays::from_numbers([day, day % 7 + 1]).unwrap(),
                from: TimeOfDay::new(random.i8(0..24), random.i8(0..60)).unwrap(),
                to: TimeOfDay::new(random.i8(0..24), random.i8(0..60)).unwrap(),
            };
            let windows = (0..random.usize(1..5)).map(|_| window(&mut random)).collect();
            let Ok(hours) = QuietHours::new(windows) else { continue };
            let zone = &zones[random.usize(..zones.len())];
            // From 2000 to 2040.
            let at = Timestamp::from_ms(random.i64(946_684_800_000..2_208_988_800_000));
            if let Some(end) = hours.until(at, zone) {
                assert!(end > at && hours.until(end, zone).is_none(), "{hours} {at}");
            }
        }
    }
}
