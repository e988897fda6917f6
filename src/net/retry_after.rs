//! `Retry-After`: seconds or a date (RFC 9110 section 10.2.3).

use std::time::{Duration, UNIX_EPOCH};

use crate::model::time::Timestamp;

/// More than any message lives; keeps sums of times in range.
const MAX: Duration = Duration::from_hours(24 * 30);

/// The wait that a header's value asks for; `None` when it says nothing that can be read.
/// A date that has passed asks for none. Some services send fractions of a second.
pub fn parse(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if value.starts_with(|c: char| c.is_ascii_digit()) && !value.contains(' ') {
        let seconds = Duration::try_from_secs_f64(value.parse().ok()?);
        return Some(seconds.unwrap_or(MAX).min(MAX));
    }
    let at = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let at = Timestamp::from_ms(i64::try_from(at.as_millis()).ok()?);
    Some(at.since(now).min(MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_garbage_is_ignored() {
        let now: Timestamp = "2026-03-08T09:00:00Z".parse().unwrap();
        let check = |value: &str, expected: Option<u64>| {
            assert_eq!(parse(value, now), expected.map(Duration::from_secs), "{value}");
        };
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("1.0", Some(1));
        check("99999999999999999999", Some(30 * 86_400));
        check("Sun, 08 Mar 2026 09:01:00 GMT", Some(60));
        check("Sunday, 08-Mar-26 09:01:00 GMT", Some(60));
        check("Sun Mar  8 09:01:00 2026", Some(60));
        check("Sun, 08 Mar 2026 08:00:00 GMT", Some(0));
        for garbage in ["", "soon", "-5", "1 day", "NaN", "1e", "Sun, 99 Mar 2026"] {
            check(garbage, None);
        }
    }
}
