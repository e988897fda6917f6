//! Times and counts in the words that people use.

use std::time::Duration;

use jiff::civil::Date;

use crate::http::pages::form::Choice;
use crate::http::speech::{count, say, say_reason, say_with, spoken};
use crate::model::burning::next_midnight;
use crate::model::language::Language;
use crate::model::recurrence::{Schedule, Weekdays};
use crate::model::reminder::Settings;
use crate::model::time::{Slot, Timestamp, Zone};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// An instant as somebody in `zone` would say it now: "today 21:30", "Mon 9 Mar 21:30".
pub(super) fn when(at: Timestamp, now: Timestamp, zone: &Zone) -> String {
    let (local, today) = (at.in_zone(zone), now.in_zone(zone).date());
    format!("{} {:02}:{:02}", day(local.date(), today), local.hour(), local.minute())
}

/// The night in whose middle the midnight lies that was announced.
pub(super) fn night(midnight: Timestamp, now: Timestamp, zone: &Zone) -> String {
    if midnight <= next_midnight(now, zone) { say("tonight") } else { say("tomorrow night") }
}

/// A slot so exactly that nobody can take it for another: "Mon 9 Mar 2026 09:00, Asia/Seoul".
pub(super) fn exact(slot: Slot, zone: &Zone) -> String {
    format!("{} {}, {}", dated(slot.on(), true), slot.at(), zone.name())
}

fn day(date: Date, today: Date) -> String {
    if date == today {
        return say("today");
    }
    if today.tomorrow().is_ok_and(|tomorrow| date == tomorrow) {
        return say("tomorrow");
    }
    if today.yesterday().is_ok_and(|yesterday| date == yesterday) {
        return say("yesterday");
    }
    dated(date, date.year() != today.year())
}

fn dated(date: Date, with_year: bool) -> String {
    let pattern =
        if with_year { "{weekday} {day} {month} {year}" } else { "{weekday} {day} {month}" };
    let parts = [
        ("weekday", weekday(date.weekday().to_monday_zero_offset() as usize)),
        ("day", date.day().to_string()),
        ("month", say(MONTHS[date.month() as usize - 1])),
        ("year", date.year().to_string()),
    ];
    say_with(pattern, &parts.each_ref().map(|(name, value)| (*name, value.as_str())))
}

/// A day of the week, Monday being 0.
fn weekday(day: usize) -> String {
    say(DAYS[day])
}

/// The days of the week to choose from, by their numbers (ISO 8601): in the order of calendars
/// where that language is spoken.
pub(super) fn weekdays_to_choose(chosen: &[String]) -> Vec<Choice> {
    let first = match spoken() {
        Language::English => 0,
        Language::Korean | Language::Japanese => 6,
    };
    let days = (first..first + 7).map(|day| day % 7);
    days.map(|day| {
        let value = (day + 1).to_string();
        Choice { chosen: chosen.contains(&value), value, label: weekday(day) }
    })
    .collect()
}

/// A schedule: "Mon–Fri 21:30", or the day and time of one that comes once.
pub(super) fn schedule(schedule: &Schedule, zone: &Zone, now: Timestamp) -> String {
    match schedule {
        Schedule::Weekly { days, at } => format!("{} {at}", weekdays(*days)),
        Schedule::Once { on, at } => {
            let when = format!("{} {at}", day(*on, now.in_zone(zone).date()));
            say_with("Once, {when}", &[("when", &when)])
        }
    }
}

/// A set of weekdays: "every day", "Mon–Fri", "Mon, Wed, Sat".
fn weekdays(days: Weekdays) -> String {
    if days == Weekdays::ALL {
        return say("Every day");
    }
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for day in days.numbers().map(|day| day as usize - 1) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == day => *last = day,
            _ => runs.push((day, day)),
        }
    }
    let names: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| match last - first {
            0 => weekday(first),
            1 => format!("{}, {}", weekday(first), weekday(last)),
            _ => format!("{}–{}", weekday(first), weekday(last)),
        })
        .collect();
    names.join(", ")
}

/// The next times a reminder would come, at most `count`; none while it is off.
pub(super) fn upcoming(
    settings: &Settings,
    now: Timestamp,
    zone: &Zone,
    count: usize,
) -> Vec<String> {
    let first = settings.first_due(now).map(|(slot, _)| slot);
    std::iter::successors(first, |slot| settings.schedule.next_slot(*slot))
        .take(count)
        .map(|slot| when(slot.instant(&settings.zone), now, zone))
        .collect()
}

/// A length of time, roughly: "2 days", "5 minutes".
pub(super) fn span(span: Duration) -> String {
    let minutes = i64::try_from(span.as_secs() / 60).unwrap_or(i64::MAX);
    match minutes {
        0 => say("less than a minute"),
        1..60 => count(minutes, "{n} minute", "{n} minutes"),
        60..2_880 => count(minutes / 60, "{n} hour", "{n} hours"),
        _ => count(minutes / 1_440, "{n} day", "{n} days"),
    }
}

/// A number of octets: "640 B", "12 kB", "3.4 MB".
pub(super) fn size(bytes: u64) -> String {
    let (mut size, mut unit) = (bytes as f64, "B");
    for larger in ["kB", "MB", "GB", "TB"] {
        if size < 999.5 {
            break;
        }
        (size, unit) = (size / 1000.0, larger);
    }
    let digits = usize::from(unit != "B" && size < 9.95);
    format!("{size:.digits$} {unit}")
}

/// The reason of an error as a sentence, in their language where we know what it says.
pub(super) fn sentence(reason: &str) -> String {
    let reason = &say_reason(reason);
    let mut letters = reason.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = match spoken() {
        _ if reason.ends_with(['.', '!', '?', '…', '。']) => "",
        Language::Japanese => "。",
        Language::English | Language::Korean => ".",
    };
    format!("{first}{}{stop}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_told_from_where_one_stands() {
        let zone = Zone::named("Asia/Seoul").unwrap();
        let now = "2026-03-08T09:00:00Z".parse().unwrap();
        let check =
            |at: &str, expected| assert_eq!(when(at.parse().unwrap(), now, &zone), expected);
        check("2026-03-08T12:30:00Z", "today 21:30");
        check("2026-03-08T15:00:00Z", "tomorrow 00:00");
        check("2026-03-07T09:00:00Z", "yesterday 18:00");
        check("2026-03-12T00:05:00Z", "Thu 12 Mar 09:05");
        check("2027-01-01T00:00:00Z", "Fri 1 Jan 2027 09:00");
    }

    #[test]
    fn weekdays_are_told_as_people_do() {
        let check =
            |days: &str, expected| assert_eq!(weekdays(days.parse().unwrap()), expected, "{days}");
        check("mon,tue,wed,thu,fri,sat,sun", "Every day");
        check("mon,tue,wed,thu,fri", "Mon–Fri");
        check("sat,sun", "Sat, Sun");
        check("mon,wed,fri", "Mon, Wed, Fri");
        check("mon,tue,wed,sun", "Mon–Wed, Sun");
    }

    #[test]
    fn lengths_and_sizes_are_told_roughly() {
        for (seconds, expected) in [
            (59, "less than a minute"),
            (60, "1 minute"),
            (3_600, "1 hour"),
            (47 * 3_600, "47 hours"),
            (50 * 3_600, "2 days"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), expected);
        }
        for (bytes, expected) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (12_345, "12 kB"),
            (999_600, "1.0 MB"),
            (3_440_000_000, "3.4 GB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn a_reason_becomes_a_sentence() {
        assert_eq!(sentence("empty, expected a title"), "Empty, expected a title.");
        assert_eq!(sentence(""), ".");
    }
}
