//! Reminders as iCalendar (RFC 5545): weekly ones repeat, a snooze is an event of its own. A
//! calendar shows what is planned; it is read when its program likes, so nothing depends on it.

use std::time::Duration;

use super::content_line::Lines;
use super::{url_of, utc, vtimezone};
use crate::model::feed::Planned;
use crate::model::language::Language;
use crate::model::message::Words;
use crate::model::recurrence::{Schedule, Weekdays};
use crate::model::time::{Slot, Timestamp, Zone};

/// How far ahead zones are spelt out: longer than a date may be.
const HORIZON: Duration = Duration::from_hours(24 * 366 * 12);
/// The rules of a zone begin before its first event.
const BEFORE: Duration = Duration::from_hours(48);
const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const UTC_FORM: &str = "%Y%m%dT%H%M%SZ";

/// The calendar of those reminders.
pub(super) fn write(
    base_url: &str,
    planned: &[Planned],
    language: Language,
    now: Timestamp,
) -> String {
    let mut lines = Lines::default();
    for line in [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Toaster//Toaster//EN",
        "CALSCALE:GREGORIAN",
        "NAME:Toaster",
        "X-WR-CALNAME:Toaster",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ] {
        lines.add(line);
    }
    for (zone, start) in zones(planned) {
        vtimezone::add(&mut lines, zone, start - BEFORE, now + HORIZON);
    }
    for plan in planned {
        add_events(&mut lines, base_url, plan, language);
    }
    lines.add("END:VCALENDAR");
    lines.finish()
}

/// The slot at which a reminder begins: the first after its times were last set, since then it
/// starts anew. So it stays where it is, however often the reminder fires.
fn first_slot(plan: &Planned) -> Option<Slot> {
    let settings = &plan.reminder.settings;
    settings.schedule.first_after(&settings.zone, plan.reminder.set_at)
}

/// Every zone that an event is in, with when the first one in it begins.
fn zones(planned: &[Planned]) -> Vec<(&Zone, Timestamp)> {
    let mut zones: Vec<(&Zone, Timestamp)> = Vec::new();
    for plan in planned {
        let zone = &plan.reminder.settings.zone;
        let Some(start) = first_slot(plan).map(|slot| slot.instant(zone)) else { continue };
        match zones.iter_mut().find(|(other, _)| other.name() == zone.name()) {
            Some((_, earliest)) => *earliest = start.min(*earliest),
            None => zones.push((zone, start)),
        }
    }
    zones
}

fn add_events(lines: &mut Lines, base_url: &str, plan: &Planned, language: Language) {
    let reminder = &plan.reminder;
    // A reminder of a restored backup may come to the id of one that was made since.
    let id = format!("r{}-{}", reminder.id, reminder.created_at.as_s());
    if let Some(slot) = first_slot(plan) {
        let start = format!(
            "DTSTART;TZID={}:{}",
            reminder.settings.zone.name(),
            slot.on().to_datetime(slot.at().civil()).strftime("%Y%m%dT%H%M%S")
        );
        let rule = match reminder.settings.schedule {
            Schedule::Weekly { days, .. } => Some(rule(days)),
            Schedule::Once { .. } => None,
        };
        add_event(lines, base_url, plan, language, &id, &[Some(start), rule]);
    }
    if let Some(until) = reminder.snoozed_until {
        let id = format!("{id}-s{}", until.as_s());
        let start = format!("DTSTART:{}", utc(until, UTC_FORM));
        add_event(lines, base_url, plan, language, &id, &[Some(start)]);
    }
}

fn rule(days: Weekdays) -> String {
    let days: Vec<&str> = days.numbers().map(|day| DAYS[day as usize - 1]).collect();
    format!("RRULE:FREQ=WEEKLY;BYDAY={}", days.join(","))
}

/// An event at the time that those lines say.
fn add_event(
    lines: &mut Lines,
    base_url: &str,
    plan: &Planned,
    language: Language,
    id: &str,
    when: &[Option<String>],
) {
    let Planned { reminder, name, waiting } = plan;
    let host = base_url.split_once("://").map_or(base_url, |(_, host)| host);
    let mut about = vec![Words::of(language).waiting(name, waiting.count)];
    about.extend(waiting.lines(language));
    // Counts up with every change: an older answer never takes the place of a newer one.
    let sequence = reminder.updated_at.since(reminder.created_at).as_secs();
    lines.add("BEGIN:VEVENT");
    lines.add_text("UID", &format!("{id}@{host}"));
    lines.add(&format!("DTSTAMP:{}", utc(reminder.updated_at, UTC_FORM)));
    lines.add(&format!("SEQUENCE:{sequence}"));
    when.iter().flatten().for_each(|line| lines.add(line));
    // Calendars draw an event without a length badly; it keeps nobody busy.
    lines.add("DURATION:PT15M");
    lines.add("TRANSP:TRANSPARENT");
    lines.add_text("SUMMARY", name);
    lines.add_text("DESCRIPTION", &about.join("\n"));
    lines.add(&format!("URL:{}", url_of(base_url, reminder.settings.target)));
    lines.add("BEGIN:VALARM");
    lines.add("ACTION:DISPLAY");
    lines.add("TRIGGER:PT0S");
    lines.add_text("DESCRIPTION", name);
    lines.add("END:VALARM");
    lines.add("END:VEVENT");
}
