//! Instants, civil times and zones. Only here and in `recurrence` does civil time appear.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::Duration;

use jiff::civil;
use jiff::tz::TimeZone;

use crate::error::{Error, Result};
use crate::model::zones;

/// An instant, in whole milliseconds since 1970 UTC, as the database keeps it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant that many milliseconds after 1970 UTC.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970 UTC.
    pub const fn as_ms(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970 UTC, rounded down.
    pub const fn as_s(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The time from `earlier` to this, zero when it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        let ms = self.0.saturating_sub(earlier.0);
        Duration::from_millis(u64::try_from(ms).unwrap_or(0))
    }

    /// The start of the minute that this lies in.
    #[must_use]
    pub const fn minute(self) -> Self {
        Self(self.0 - self.0.rem_euclid(60_000))
    }

    pub(super) fn jiff(self) -> jiff::Timestamp {
        // Out of range only for a clock beyond the year 9999.
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::MAX)
    }

    fn from_jiff(at: jiff::Timestamp) -> Self {
        Self(at.as_millisecond())
    }

    /// What a clock on the wall in `zone` shows at this instant.
    pub fn in_zone(self, zone: &Zone) -> civil::DateTime {
        zone.0.to_datetime(self.jiff())
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// RFC 3339 in UTC, with milliseconds only where there are some.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.jiff().fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        text.parse().map(Self::from_jiff).map_err(|_| {
            Error::invalid(
                "instant",
                format!("{text:?} is not an instant, expected one like 2026-03-08T07:30:00Z"),
            )
        })
    }
}

/// A time zone of the IANA database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(pub(super) TimeZone);

impl Zone {
    /// Universal time.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone of that name, such as `Asia/Seoul`.
    ///
    /// # Errors
    /// `Invalid` when the database has no such zone.
    pub fn named(name: &str) -> Result<Self> {
        let unknown = || {
            Error::invalid(
                "zone",
                format!("{name:?} is not a time zone, expected one like Asia/Seoul"),
            )
        };
        let zone = zones::find(name).ok_or_else(unknown)?;
        zone.iana_name().is_some().then_some(Self(zone)).ok_or_else(unknown)
    }

    /// A zone made from its data, whatever this machine knows of it.
    #[cfg(test)]
    pub(super) fn of_data(name: &str, data: &[u8]) -> Self {
        Self(TimeZone::tzif(name, data).unwrap())
    }

    /// The zone this machine is set to, UTC where that has no name.
    pub fn of_this_machine() -> Self {
        let zone = TimeZone::system();
        if zone.iana_name().is_some() { Self(zone) } else { Self::UTC }
    }

    /// Its name in the IANA database.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Every zone's name, sorted, for a list to choose from.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> =
            zones::names().filter(|name| name.contains('/') || name == "UTC").collect();
        names.sort();
        names.dedup();
        names
    }
}

/// A time of day to the minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(civil::Time);

impl TimeOfDay {
    /// The time of day `hour:minute`, where there is one.
    pub fn new(hour: i8, minute: i8) -> Option<Self> {
        civil::Time::new(hour, minute, 0, 0).ok().map(Self)
    }

    /// As [`TimeOfDay::new`], for a constant: one that does not exist does not compile.
    pub const fn constant(hour: i8, minute: i8) -> Self {
        Self(civil::Time::constant(hour, minute, 0, 0))
    }

    /// As a civil time.
    pub const fn civil(self) -> civil::Time {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

impl FromStr for TimeOfDay {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let digits = |part: &str| -> Option<i8> {
            let plain = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| part.parse().ok()).flatten()
        };
        text.split_once(':')
            .and_then(|(hour, minute)| Self::new(digits(hour)?, digits(minute)?))
            .ok_or_else(|| {
                Error::invalid(
                    "at",
                    format!("{text:?} is not a time of day, expected HH:MM from 00:00 to 23:59"),
                )
            })
    }
}

/// A nominal local date and time to the minute: what names one firing of a reminder,
/// whatever the clock or the zone's rules do around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(civil::DateTime);

impl Slot {
    /// The slot on that day at that time.
    pub fn new(on: civil::Date, at: TimeOfDay) -> Self {
        Self(on.to_datetime(at.0))
    }

    /// What clocks in `zone` show at `at`, without seconds.
    pub fn shown(at: Timestamp, zone: &Zone) -> Self {
        let local = at.in_zone(zone);
        // Every hour and minute of a day is a time of day.
        let time = TimeOfDay::new(local.hour(), local.minute());
        Self::new(local.date(), time.unwrap_or(TimeOfDay(civil::Time::midnight())))
    }

    /// The slot a minute later.
    #[must_use]
    pub fn next_minute(self) -> Self {
        Self(self.0.saturating_add(jiff::Span::new().minutes(1)))
    }

    /// Its day.
    pub fn on(self) -> civil::Date {
        self.0.date()
    }

    /// Its time of day.
    pub fn at(self) -> TimeOfDay {
        TimeOfDay(self.0.time())
    }

    /// When it comes in `zone`. A local time that does not exist comes as much later as the
    /// clock was put forward; one that comes twice means the first.
    pub fn instant(self, zone: &Zone) -> Timestamp {
        zone.0
            .to_ambiguous_timestamp(self.0)
            .compatible()
            .map_or(Timestamp(i64::MAX), Timestamp::from_jiff)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}T{}", self.on(), self.at())
    }
}

impl FromStr for Slot {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || Error::invalid("slot", format!("{text:?} is not a local date and time"));
        let (on, at) = text.split_once('T').ok_or_else(bad)?;
        Ok(Self::new(parse_date(on)?, at.parse()?))
    }
}

/// A calendar day as `YYYY-MM-DD`.
///
/// # Errors
/// `Invalid` when there is no such day.
pub fn parse_date(text: &str) -> Result<civil::Date> {
    let shaped = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let date = if shaped { text.parse().ok() } else { None };
    date.ok_or_else(|| {
        Error::invalid(
            "on",
            format!("{text:?} is not a day, expected YYYY-MM-DD such as 2026-03-08"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_day_is_two_digits_each_and_real() {
        assert_eq!("21:30".parse::<TimeOfDay>().unwrap().to_string(), "21:30");
        for bad in ["25:61", "24:00", "9:00", "21:3", "+1:30", "2130", "", "12:60"] {
            assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_zone_must_exist() {
        assert_eq!(Zone::named("Asia/Seoul").unwrap().name(), "Asia/Seoul");
        for bad in ["Asia/Soul", "", "../etc/passwd", "+09:00", "Etc/Unknown"] {
            assert!(Zone::named(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_instant_reads_as_it_writes() {
        for text in ["2026-03-08T07:30:00Z", "1969-12-31T23:59:59.999Z"] {
            assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), text);
        }
        assert_eq!(Timestamp::from_ms(-1).minute(), Timestamp::from_ms(-60_000));
    }

    #[test]
    fn a_slot_in_the_gap_moves_forward_and_a_repeated_one_is_the_first() {
        let zone = Zone::named("America/New_York").unwrap();
        let at = |slot: &str| slot.parse::<Slot>().unwrap().instant(&zone).to_string();
        assert_eq!(at("2026-03-08T02:30"), "2026-03-08T07:30:00Z");
        assert_eq!(at("2026-11-01T01:30"), "2026-11-01T05:30:00Z");
    }

    #[test]
    fn a_day_must_exist() {
        assert!(parse_date("2026-02-28").is_ok());
        for bad in ["2026-02-30", "2026-2-3", "20260203", "+002026-01-01", "soon"] {
            assert!(parse_date(bad).is_err(), "{bad}");
        }
    }
}
