//! A day and time as people type it, in English or Korean: "tomorrow 9:00", "내일 오전 9시",
//! "in 2 hours", "fri 18:00", "주말".
//!
//! It never guesses in silence: what it understood is shown before it is saved, and a word it
//! does not know is an error that names it.

mod words;

use jiff::Span;
use jiff::civil::{Date, DateTime, Weekday};

use crate::error::{Error, Result};
use crate::model::time::{Slot, TimeOfDay, Timestamp, Zone};
use words::{Part, Piece, Word};

const CHARS_MAX: usize = 100;
/// When a day begins for somebody who names no time.
pub(super) const MORNING: i8 = 9;
const WEEKEND_MORNING: i8 = 10;

/// The local day and time that `text` means to somebody in `zone` at `now`; always to come.
///
/// # Errors
/// `Invalid` when it cannot be understood, means no real day or time, or has passed.
pub fn parse(text: &str, now: Timestamp, zone: &Zone) -> Result<Slot> {
    if text.chars().count() > CHARS_MAX {
        return Err(bad(format!("longer than {CHARS_MAX} characters")));
    }
    let pieces = words::pieces(text).map_err(|word| bad(format!("{word:?} is not understood")))?;
    let mut spoken = Spoken::default();
    let mut rest = pieces.as_slice();
    while !rest.is_empty() {
        let taken = spoken.take(rest).ok_or_else(|| bad("not understood as a day and time"))?;
        rest = &rest[taken..];
    }
    let slot = spoken.slot(now, zone)?;
    if slot.instant(zone) <= now {
        return Err(bad(format!("{} {} has passed", slot.on(), slot.at())));
    }
    Ok(slot)
}

fn bad(what: impl std::fmt::Display) -> Error {
    Error::invalid("when", format!("{what}, expected something like tomorrow 9:00 or in 2 hours"))
}

/// A day, as far as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Day {
    Ahead(i32),
    /// The next one, or one of the week so many weeks from this one.
    Weekday(Weekday, Option<i32>),
    Weekend(Option<i32>),
    Exact(i32, i32, i32),
    InMonth(i32, i32),
    Numbered(i32),
}

/// A time of day, as far as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clock {
    hour: i32,
    minute: i32,
    /// Written with a colon, so that 9:00 is never 21:00.
    exact: bool,
}

/// What was understood so far.
#[derive(Debug, Default)]
struct Spoken {
    day: Option<Day>,
    clock: Option<Clock>,
    part: Option<Part>,
    /// `Some(true)` after noon.
    pm: Option<bool>,
    /// Which week or month from this one.
    weeks: Option<i32>,
    months: Option<i32>,
    minutes_ahead: i32,
    days_ahead: i32,
    months_ahead: i32,
    /// A span was said.
    is_span: bool,
}

impl Spoken {
    /// Takes what the next pieces say; returns how many they were, `None` when nothing fits.
    fn take(&mut self, pieces: &[Piece]) -> Option<usize> {
        self.take_date(pieces)
            .or_else(|| self.take_clock(pieces))
            .or_else(|| self.take_span(pieces))
            .or_else(|| self.take_word(pieces))
    }

    fn take_date(&mut self, pieces: &[Piece]) -> Option<usize> {
        use Piece::{Number, Sign, Word as W};
        let (day, taken) = match *pieces {
            [
                Number(year, 4),
                Sign(a),
                Number(month, _),
                Sign(b),
                Number(day, _),
                ref rest @ ..,
            ] if a == b && a != ':' => {
                let closed = matches!(rest, [Sign('.'), ..]);
                (Day::Exact(year, month, day), 5 + usize::from(closed))
            }
            [
                Number(year, 4),
                W(Word::Year),
                Number(month, _),
                W(Word::MonthMark),
                Number(day, _),
                W(Word::DayMark),
                ..,
            ] => (Day::Exact(year, month, day), 6),
            [Number(month, _), W(Word::MonthMark), Number(day, _), W(Word::DayMark), ..] => {
                (Day::InMonth(month, day), 4)
            }
            [W(Word::Month(month)), Number(day, 1..=2), Number(year, 4), ..]
            | [Number(day, 1..=2), W(Word::Month(month)), Number(year, 4), ..] => {
                (Day::Exact(year, month.into(), day), 3)
            }
            [W(Word::Month(month)), Number(day, 1..=2), ..]
            | [Number(day, 1..=2), W(Word::Month(month)), ..] => {
                (Day::InMonth(month.into(), day), 2)
            }
            [Number(day, 1..=2), W(Word::DayMark), ref rest @ ..]
                if !matches!(rest, [W(Word::Later), ..]) =>
            {
                (Day::Numbered(day), 2)
            }
            _ => return None,
        };
        self.set_day(day)?;
        Some(taken)
    }

    fn take_clock(&mut self, pieces: &[Piece]) -> Option<usize> {
        use Piece::{Number, Sign, Word as W};
        let said = |hour, minute, exact| Clock { hour, minute, exact };
        let (clock, taken) = match *pieces {
            [Number(hour, 1..=2), Sign(':'), Number(minute, 2), ..] => {
                (said(hour, minute, true), 3)
            }
            [
                Number(hour, 1..=2),
                W(Word::OClock),
                Number(minute, 1..=2),
                W(Word::MinuteMark),
                ..,
            ] => (said(hour, minute, false), 4),
            [Number(hour, 1..=2) | W(Word::Count(hour)), W(Word::OClock), W(Word::Half), ..] => {
                (said(hour, 30, false), 3)
            }
            // Eleven and twelve are two words each.
            [W(Word::Count(10)), W(Word::Count(more @ 1..=2)), W(Word::OClock), ..] => {
                (said(10 + more, 0, false), 3)
            }
            [Number(hour, 1..=2) | W(Word::Count(hour)), W(Word::OClock), ..] => {
                (said(hour, 0, false), 2)
            }
            [Number(hour, 1..=2), W(Word::Am | Word::Pm), ..] => (said(hour, 0, false), 1),
            [W(Word::At), Number(hour, 1..=2), ref rest @ ..]
                if !matches!(rest, [Sign(_) | W(Word::OClock), ..]) =>
            {
                (said(hour, 0, false), 2)
            }
            [W(Word::At), ..] => return Some(1),
            // "fri 18", at the end.
            [Number(hour, 1..=2)] if self.day.is_some() || self.part.is_some() => {
                (said(hour, 0, false), 1)
            }
            _ => return None,
        };
        if self.clock.replace(clock).is_some() {
            return None;
        }
        Some(taken)
    }

    fn take_span(&mut self, pieces: &[Piece]) -> Option<usize> {
        use Piece::{Number, Word as W};
        let skipped = usize::from(matches!(pieces, [W(Word::In), ..]));
        let pieces = &pieces[skipped..];
        let (count, unit, taken) = match *pieces {
            // "half an hour", "반시간"
            [W(Word::Half), W(Word::Count(1)), W(Word::Hours), ..] => (30, Word::Minutes, 3),
            [W(Word::Half), W(Word::Hours), ..] => (30, Word::Minutes, 2),
            // "one and a half hours", "한 시간 반"
            [W(Word::Count(n)) | Number(n, _), W(Word::Hours), W(Word::Half), ..] => {
                (n.checked_mul(60)?.checked_add(30)?, Word::Minutes, 3)
            }
            [Number(n, _), W(unit), ..] => (n, unit, 2),
            // "하루 뒤", "일주일 뒤": the days are in the word.
            [W(Word::Count(n)), W(Word::Later), ..] => (n, Word::Days, 1),
            [W(Word::Count(n)), W(unit), ..] => (n, unit, 2),
            _ => return None,
        };
        match unit {
            Word::Minutes | Word::MinuteMark => self.minutes_ahead += count,
            Word::Hours => self.minutes_ahead += count.checked_mul(60)?,
            Word::Days | Word::DayMark => self.days_ahead += count,
            Word::Weeks => self.days_ahead += count.checked_mul(7)?,
            Word::Months => self.months_ahead += count,
            Word::Year => self.months_ahead += count.checked_mul(12)?,
            _ => return None,
        }
        self.is_span = true;
        let later = usize::from(matches!(pieces.get(taken), Some(W(Word::Later))));
        Some(skipped + taken + later)
    }

    fn take_word(&mut self, pieces: &[Piece]) -> Option<usize> {
        use Piece::Word as W;
        match *pieces {
            // "day after tomorrow"
            [W(Word::Days), W(Word::In), W(Word::DaysAhead(1)), ..] => {
                self.set_day(Day::Ahead(2))?;
                Some(3)
            }
            [W(Word::Next), W(Word::Weeks), ref rest @ ..] => {
                let again = rest.iter().take_while(|p| **p == W(Word::Next)).count();
                self.weeks = Some(1 + again as i32);
                Some(2 + again)
            }
            // "다다음 주" is not spoken of; "next next week" is one too many.
            [W(Word::This), W(Word::Weeks), ..] => {
                self.weeks = Some(0);
                Some(2)
            }
            [W(Word::Next), W(Word::Months), ..] => {
                self.months = Some(1);
                Some(2)
            }
            [W(Word::This), W(Word::Months), ..] => {
                self.months = Some(0);
                Some(2)
            }
            [W(Word::Next), W(Word::Weekday(_) | Word::Weekend), ..] => {
                self.weeks = Some(1);
                Some(1)
            }
            [W(Word::This), W(Word::Weekday(_) | Word::Weekend), ..] => {
                self.weeks = Some(0);
                Some(1)
            }
            // "this evening" is one of today.
            [W(Word::This), W(Word::Part(_)), ..] => {
                self.set_day(Day::Ahead(0))?;
                Some(1)
            }
            [W(Word::DaysAhead(days)), ..] => self.set_day(Day::Ahead(days)),
            [W(Word::Weekday(day)), ..] => self.set_day(Day::Weekday(day, self.weeks)),
            [W(Word::Weekend), ..] => self.set_day(Day::Weekend(self.weeks)),
            [W(Word::Part(part)), ..] => self.part.replace(part).is_none().then_some(1),
            [W(half @ (Word::Am | Word::Pm)), ..] => {
                self.pm.replace(half == Word::Pm).is_none().then_some(1)
            }
            _ => None,
        }
    }

    fn set_day(&mut self, day: Day) -> Option<usize> {
        self.day.replace(day).is_none().then_some(1)
    }

    fn slot(&self, now: Timestamp, zone: &Zone) -> Result<Slot> {
        let here = now.in_zone(zone);
        if self.minutes_ahead != 0 {
            return self.after_minutes(now, zone);
        }
        let (time, next_day) = self.time_of_day(here)?;
        let mut day = self.date(here, time, next_day)?;
        if next_day {
            day = day.tomorrow().map_err(|_| bad("too far ahead"))?;
        }
        Ok(Slot::new(day, time))
    }

    /// A span of hours and minutes is one of real time, whatever clocks do meanwhile.
    fn after_minutes(&self, now: Timestamp, zone: &Zone) -> Result<Slot> {
        let says_more = self.day.is_some() || self.clock.is_some() || self.part.is_some();
        if says_more || self.minutes_ahead < 0 || self.months_ahead != 0 {
            return Err(bad("a span and a time of day at once"));
        }
        let days = i64::from(self.days_ahead) * 24 * 60;
        let minutes = u64::try_from(days + i64::from(self.minutes_ahead)).unwrap_or(0);
        let at = now + std::time::Duration::from_secs(minutes * 60);
        // A reminder comes on a full minute, and not before what was asked for.
        let full =
            if at == at.minute() { at } else { at.minute() + std::time::Duration::from_mins(1) };
        let local = full.in_zone(zone);
        let time =
            TimeOfDay::new(local.hour(), local.minute()).ok_or_else(|| bad("no such time"))?;
        Ok(Slot::new(local.date(), time))
    }

    /// The time of day, and whether it is one of the night that belongs to the next day.
    fn time_of_day(&self, here: DateTime) -> Result<(TimeOfDay, bool)> {
        let of = |hour: i32, minute: i32| {
            let small = |n: i32| i8::try_from(n).ok();
            let time = small(hour).zip(small(minute)).and_then(|(h, m)| TimeOfDay::new(h, m));
            time.ok_or_else(|| bad(format!("{hour}:{minute:02} is not a time of day")))
        };
        let Some(Clock { hour, minute, exact }) = self.clock else {
            let part =
                self.part.or(self.pm.map(|pm| if pm { Part::Afternoon } else { Part::Morning }));
            let weekend = matches!(self.day, Some(Day::Weekend(_)));
            return match part {
                Some(Part::Midnight) => Ok((of(0, 0)?, true)),
                Some(part) => Ok((of(usual_hour(part).into(), 0)?, false)),
                None if self.day == Some(Day::Ahead(0)) => Err(bad("no time of day said")),
                None if self.is_span => Ok((of(here.hour().into(), here.minute().into())?, false)),
                None if self.day.is_none() && self.weeks.is_none() && self.months.is_none() => {
                    Err(bad("no day or time said"))
                }
                None => Ok((of(if weekend { WEEKEND_MORNING } else { MORNING }.into(), 0)?, false)),
            };
        };
        let late = match (self.pm, self.part) {
            (Some(pm), _) => Some(pm),
            (None, Some(Part::Afternoon | Part::Evening)) => Some(true),
            // The small hours and twelve belong to the night as well.
            (None, Some(Part::Night)) => Some((5..12).contains(&hour)),
            (None, Some(Part::Noon)) => Some(hour == 12 || hour < 5),
            (None, Some(Part::Dawn | Part::Morning)) => Some(false),
            (None, Some(Part::Midnight)) | (None, None) => None,
        };
        let past_midnight = self.part == Some(Part::Night) && (hour == 12 || hour < 5);
        match late {
            Some(_) if self.pm.is_some() && !(1..=12).contains(&hour) => {
                Err(bad(format!("{hour} o'clock has no before and after noon")))
            }
            Some(true) if hour < 12 => Ok((of(hour + 12, minute)?, false)),
            Some(false) if hour == 12 => Ok((of(0, minute)?, past_midnight)),
            Some(_) => Ok((of(hour, minute)?, past_midnight)),
            None if exact || !(1..12).contains(&hour) => Ok((of(hour, minute)?, false)),
            None => Ok((self.nearer(here, of(hour, minute)?, of(hour + 12, minute)?), false)),
        }
    }

    /// A bare "9" today means the one to come; on any other day it is before noon.
    fn nearer(&self, here: DateTime, early: TimeOfDay, late: TimeOfDay) -> TimeOfDay {
        let today = matches!(self.day, None | Some(Day::Ahead(0))) && !self.is_span;
        let passed = |time: TimeOfDay| time.civil() <= here.time();
        if today && passed(early) && !passed(late) { late } else { early }
    }

    fn date(&self, here: DateTime, time: TimeOfDay, next_day: bool) -> Result<Date> {
        let today = here.date();
        let far = |_| bad("too far ahead");
        // The night that a small hour belongs to begins the day before.
        let passed = !next_day && time.civil() <= here.time();
        let in_days =
            |days: i64| today.checked_add(Span::new().try_days(days).map_err(far)?).map_err(far);
        let exact = |year: i32, month: i32, day: i32| {
            let small = |n: i32| i8::try_from(n).ok();
            let parts = i16::try_from(year).ok().zip(small(month)).zip(small(day));
            parts
                .and_then(|((year, month), day)| Date::new(year, month, day).ok())
                .ok_or_else(|| bad(format!("{year}-{month:02}-{day:02} is not a day")))
        };
        if self.is_span {
            let later = Span::new()
                .try_months(self.months_ahead)
                .and_then(|span| span.try_days(self.days_ahead));
            return today.checked_add(later.map_err(far)?).map_err(far);
        }
        let monday = i64::from(today.weekday().to_monday_zero_offset());
        let of_week = |weekday: Weekday, week: i32| {
            in_days(i64::from(week) * 7 - monday + i64::from(weekday.to_monday_zero_offset()))
        };
        match self.day {
            None => match (self.weeks, self.months) {
                (Some(week), _) => of_week(Weekday::Monday, week),
                (None, Some(months)) => self.of_month(today, months, 1),
                (None, None) => in_days(i64::from(passed)),
            },
            Some(Day::Ahead(days)) => in_days(days.into()),
            Some(Day::Weekday(weekday, week)) => match week.or(self.weeks) {
                Some(week) => of_week(weekday, week),
                None => {
                    let ahead = today.weekday().until(weekday);
                    in_days(if ahead == 0 && passed { 7 } else { ahead.into() })
                }
            },
            Some(Day::Weekend(week)) => match week.or(self.weeks) {
                Some(week) => of_week(Weekday::Saturday, week),
                None if today.weekday() == Weekday::Sunday => in_days(if passed { 6 } else { 0 }),
                None => {
                    let ahead = today.weekday().until(Weekday::Saturday);
                    in_days(if ahead == 0 && passed { 1 } else { ahead.into() })
                }
            },
            Some(Day::Exact(year, month, day)) => exact(year, month, day),
            Some(Day::InMonth(month, day)) => {
                let this_year = exact(today.year().into(), month, day);
                match this_year {
                    Ok(date) if date.to_datetime(time.civil()) > here => Ok(date),
                    // 29 February may be years away.
                    other => (1..=8)
                        .find_map(|ahead| exact(i32::from(today.year()) + ahead, month, day).ok())
                        .map_or(other, Ok),
                }
            }
            Some(Day::Numbered(day)) => match self.months {
                Some(months) => self.of_month(today, months, day),
                None => (0..=12)
                    .filter_map(|months| self.of_month(today, months, day).ok())
                    .find(|date| date.to_datetime(time.civil()) > here)
                    .ok_or_else(|| bad(format!("no month has a day {day}"))),
            },
        }
    }

    fn of_month(&self, today: Date, months: i32, day: i32) -> Result<Date> {
        let no_day = || bad(format!("that month has no day {day}"));
        let first = today.first_of_month().checked_add(Span::new().months(months));
        let day = i8::try_from(day).map_err(|_| no_day())?;
        first.and_then(|first| first.with().day(day).build()).map_err(|_| no_day())
    }
}

const fn usual_hour(part: Part) -> i8 {
    match part {
        Part::Midnight => 0,
        Part::Dawn => 6,
        Part::Morning => MORNING,
        Part::Noon => 12,
        Part::Afternoon => 15,
        Part::Evening => 19,
        Part::Night => 21,
    }
}

#[cfg(test)]
mod tests;
