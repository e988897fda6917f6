//! The rules of a zone, spelt out in a calendar that uses it (RFC 5545 section 3.6.5): every
//! change of its clocks from the first event on, as a list, since no rule holds in every zone.

use super::content_line::Lines;
use crate::model::offsets::Change;
use crate::model::time::{Timestamp, Zone};

/// Adds the zone's rules from `start` to `end`.
pub(super) fn add(lines: &mut Lines, zone: &Zone, start: Timestamp, end: Timestamp) {
    // Changes from and to the same offsets share an entry.
    let mut entries: Vec<Vec<Change>> = Vec::new();
    for change in zone.changes(start, end) {
        match entries.iter_mut().find(|entry| is_alike(&entry[0], &change)) {
            Some(entry) => entry.push(change),
            None => entries.push(vec![change]),
        }
    }
    lines.add("BEGIN:VTIMEZONE");
    lines.add(&format!("TZID:{}", zone.name()));
    for entry in &entries {
        add_entry(lines, entry);
    }
    lines.add("END:VTIMEZONE");
}

fn add_entry(lines: &mut Lines, entry: &[Change]) {
    let [first, later @ ..] = entry else { return };
    let kind = if first.is_summer { "DAYLIGHT" } else { "STANDARD" };
    let local = |change: &Change| change.local.strftime("%Y%m%dT%H%M%S").to_string();
    lines.add(&format!("BEGIN:{kind}"));
    lines.add(&format!("DTSTART:{}", local(first)));
    for change in later {
        lines.add(&format!("RDATE:{}", local(change)));
    }
    lines.add(&format!("TZOFFSETFROM:{}", offset(first.before_s)));
    lines.add(&format!("TZOFFSETTO:{}", offset(first.after_s)));
    lines.add_text("TZNAME", &first.name);
    lines.add(&format!("END:{kind}"));
}

fn is_alike(one: &Change, other: &Change) -> bool {
    Change { local: one.local, ..other.clone() } == *one
}

/// `+HHMM`, with seconds where there are some.
fn offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let s = seconds.unsigned_abs();
    let rest = if s.is_multiple_of(60) { String::new() } else { format!("{:02}", s % 60) };
    format!("{sign}{:02}{:02}{rest}", s / 3600, s / 60 % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_has_a_sign_and_seconds_where_it_must() {
        let check = |seconds, expected| assert_eq!(offset(seconds), expected);
        check(0, "+0000");
        check(32_400, "+0900");
        check(-12_600, "-0330");
        check(-2_670, "-004430");
    }

    #[test]
    fn a_zone_is_spelt_out_for_the_years_that_are_asked_for() {
        let mut lines = Lines::default();
        let zone = Zone::named("America/New_York").unwrap();
        let (start, end) = ("2023-12-01T00:00:00Z", "2025-12-31T00:00:00Z");
        add(&mut lines, &zone, start.parse().unwrap(), end.parse().unwrap());
        let expected = "BEGIN:VTIMEZONE TZID:America/New_York \
            BEGIN:STANDARD DTSTART:20231105T020000 RDATE:20241103T020000 RDATE:20251102T020000 \
            TZOFFSETFROM:-0400 TZOFFSETTO:-0500 TZNAME:EST END:STANDARD \
            BEGIN:DAYLIGHT DTSTART:20240310T020000 RDATE:20250309T020000 \
            TZOFFSETFROM:-0500 TZOFFSETTO:-0400 TZNAME:EDT END:DAYLIGHT \
            END:VTIMEZONE ";
        assert_eq!(lines.finish().replace("\r\n", " "), expected);
    }
}
