//! Reads the many ways in which pages write when they were published.

use crate::model::time::Timestamp;

/// No date is written with more.
const BYTES_MAX: usize = 64;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The instant a page means. Where it names no zone, UTC is as near as we can know.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > BYTES_MAX {
        return None;
    }
    let found = instant(text)
        .or_else(|| epoch(text))
        .or_else(|| http_date(text))
        .or_else(|| instant(&numeric(text)?));
    // The beginning of time is what programs write that do not know.
    found.filter(|at| *at >= Timestamp::from_ms(YEAR_MS))
}

/// The end of the first year that programs count from.
const YEAR_MS: i64 = 365 * 24 * 60 * 60 * 1000;

fn instant(text: &str) -> Option<Timestamp> {
    let forms = [text.to_owned(), format!("{text}Z"), format!("{text}T00:00:00Z")];
    forms.iter().find_map(|form| form.parse().ok())
}

/// Seconds since 1970, as some programs put them where a date should stand.
fn epoch(text: &str) -> Option<Timestamp> {
    let is_epoch = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit());
    is_epoch.then(|| text.parse::<i64>().ok().map(|s| Timestamp::from_ms(s * 1000))).flatten()
}

fn http_date(text: &str) -> Option<Timestamp> {
    let at = httpdate::parse_http_date(text).ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp::from_ms)
}

/// A date of other forms as the standard has it: `2024/3/5`, `2024. 3. 5.`, `20240305`,
/// `5 Mar 2024`, `March 5, 2024`; with the time that follows it, if that is plain.
fn numeric(text: &str) -> Option<String> {
    let is_break =
        |c: char| c.is_whitespace() || matches!(c, ',' | '/' | '.' | '년' | '月' | '年' | '월');
    let (date, time) = match text.find(':') {
        // The hour is what stands before the first colon.
        Some(colon) => {
            let hour = text[..colon].trim_end_matches(|c: char| c.is_ascii_digit()).len();
            (&text[..hour], &text[hour..])
        }
        None => (text, ""),
    };
    let date = date.trim_end_matches(['T', 't', ' ', '일', '日', '.', ',']);
    let parts: Vec<&str> =
        date.split(|c: char| is_break(c) || c == '-').filter(|part| !part.is_empty()).collect();
    let (year, month, day) = match *parts.as_slice() {
        [whole] if whole.len() == 8 && whole.is_ascii() => {
            (&whole[..4], number(&whole[4..6])?, number(&whole[6..])?)
        }
        [.., day, named, year] if month(named).is_some() => (year, month(named)?, number(day)?),
        [.., named, day, year] if month(named).is_some() => (year, month(named)?, number(day)?),
        [year, month, day] => (year, number(month)?, number(day)?),
        _ => return None,
    };
    if year.len() != 4 || number(year).is_none() {
        return None;
    }
    let date = format!("{year}-{month:02}-{day:02}");
    Some(if time.is_empty() { date } else { format!("{date}T{}", zoned(time)) })
}

/// A time whose zone is written as the standard has it.
fn zoned(time: &str) -> String {
    let time = time.trim();
    for universal in [" UTC", " GMT", "UTC", "GMT", " Z"] {
        if let Some(time) = time.strip_suffix(universal) {
            return format!("{time}Z");
        }
    }
    time.replace(' ', "")
}

fn number(text: &str) -> Option<u32> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// The number of a month by its English name or the beginning of it.
fn month(name: &str) -> Option<u32> {
    let start = name.get(..3).filter(|_| name.bytes().all(|b| b.is_ascii_alphabetic()))?;
    let at = MONTHS.iter().position(|month| start.eq_ignore_ascii_case(month))?;
    u32::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_in_the_forms_pages_use() {
        let cases = [
            ("2024-03-05T10:00:00Z", "2024-03-05T10:00:00Z"),
            (" 2024-03-05T10:00:00+09:00 ", "2024-03-05T01:00:00Z"),
            ("2024-03-05T10:00:00+0900", "2024-03-05T01:00:00Z"),
            ("2024-03-05 10:00:00+09:00", "2024-03-05T01:00:00Z"),
            ("2024-03-05 10:00:00 +0900", "2024-03-05T01:00:00Z"),
            ("2024-03-05 10:00:00 UTC", "2024-03-05T10:00:00Z"),
            ("2024-03-05T10:00:00.123Z", "2024-03-05T10:00:00.123Z"),
            ("2024-03-05T10:00:00", "2024-03-05T10:00:00Z"),
            ("2024-03-05 10:00", "2024-03-05T10:00:00Z"),
            ("2024-03-05", "2024-03-05T00:00:00Z"),
            ("2024/3/5", "2024-03-05T00:00:00Z"),
            ("2024/03/05 10:00", "2024-03-05T10:00:00Z"),
            ("2024. 3. 5.", "2024-03-05T00:00:00Z"),
            ("2024. 3. 5. 10:00", "2024-03-05T10:00:00Z"),
            ("2024년 3월 5일", "2024-03-05T00:00:00Z"),
            ("20240305", "2024-03-05T00:00:00Z"),
            ("March 5, 2024", "2024-03-05T00:00:00Z"),
            ("Tue, 5 Mar 2024", "2024-03-05T00:00:00Z"),
            ("Tue, 05 Mar 2024 10:00:00 GMT", "2024-03-05T10:00:00Z"),
            ("Tue, 05 Mar 2024 10:00:00 +0900", "2024-03-05T01:00:00Z"),
            ("1971-01-01", "1971-01-01T00:00:00Z"),
        ];
        for (text, expected) in cases {
            let found = parse(text).map(|at| at.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "0001-01-01T00:00:00Z",
            "1970-01-01",
            "1970-12-31T09:00:00Z",
            "2024-13-01",
            "5/3/2024",
            "2024",
            "10:00",
            ":",
            "가:나",
            "0000-00-00 00:00:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
