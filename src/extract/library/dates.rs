//! The many ways in which programs write when a link was saved.

use crate::extract::date;
use crate::model::time::Timestamp;

/// The instant a text means. Numbers count from 1970 in the unit that their size betrays; nought
/// and less are what programs write that do not know.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    match text.parse::<i64>() {
        Ok(number) => number_of(number),
        Err(_) => date::parse(text).or_else(|| log_date(text)),
    }
}

/// The instant a number means.
pub(super) fn number_of(number: i64) -> Option<Timestamp> {
    let ms = match number {
        ..=0 => return None,
        1..100_000_000_000 => number * 1_000,
        100_000_000_000..100_000_000_000_000 => number,
        100_000_000_000_000..100_000_000_000_000_000 => number / 1_000,
        _ => number / 1_000_000,
    };
    Some(Timestamp::from_ms(ms))
}

/// A number of microseconds since 1601, as Chrome counts.
pub(super) fn since_1601(text: &str) -> Option<Timestamp> {
    const UNIX_S: i64 = 11_644_473_600;
    let us: i64 = text.trim().parse().ok()?;
    let ms = us / 1_000 - UNIX_S * 1_000;
    (ms > 0).then(|| Timestamp::from_ms(ms))
}

/// `10/Oct/2000:13:55:36 +0300`, as web servers log.
fn log_date(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(':')?;
    date::parse(&format!("{date} {time}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_whatever_it_counts() {
        let check = |text: &str, expected: Option<&str>| {
            let found = parse(text).map(|at| at.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        };
        let at = Some("2023-11-14T22:13:20Z");
        check("1700000000", at);
        check("1700000000000", at);
        check("1700000000000000", at);
        check("1700000000000000000", at);
        check("2023-11-14T22:13:20.000Z", at);
        check("2023-11-15T07:13:20+0900", at);
        check("2023-11-14 22:13:20+00:00", at);
        check("14/Nov/2023:22:13:20 +0000", at);
        for nothing in ["", "0", "-1", "yesterday", "99999999999999999999"] {
            check(nothing, None);
        }
        let chrome = since_1601("13344473600000000").map(|at| at.to_string());
        assert_eq!(chrome.as_deref(), at);
        assert_eq!(since_1601("0"), None);
    }
}
