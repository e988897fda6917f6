//! Reads the many ways in which pages write when they were published.

use crate::model::time::Timestamp;

/// The instant a page means. Where it names no zone, UTC is as near as we can know.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > 40 {
        return None;
    }
    let forms = [text.to_owned(), format!("{text}Z"), format!("{text}T00:00:00Z")];
    let found = forms.iter().find_map(|form| form.parse::<Timestamp>().ok());
    // The beginning of time is what programs write that do not know.
    found.or_else(|| http_date(text)).filter(|at| *at > Timestamp::from_ms(0))
}

fn http_date(text: &str) -> Option<Timestamp> {
    let at = httpdate::parse_http_date(text).ok()?;
    let since = at.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp::from_ms)
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
            ("2024-03-05T10:00:00.123Z", "2024-03-05T10:00:00.123Z"),
            ("2024-03-05T10:00:00", "2024-03-05T10:00:00Z"),
            ("2024-03-05 10:00", "2024-03-05T10:00:00Z"),
            ("2024-03-05", "2024-03-05T00:00:00Z"),
            ("Tue, 05 Mar 2024 10:00:00 GMT", "2024-03-05T10:00:00Z"),
        ];
        for (text, expected) in cases {
            let found = parse(text).map(|at| at.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        for text in ["", "yesterday", "0001-01-01T00:00:00Z", "1970-01-01", "2024-13-01"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
