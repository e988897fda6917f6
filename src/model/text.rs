//! Rules for words that people type.

use crate::error::{Error, Result};

/// A text without spaces around it, within a length.
///
/// # Errors
/// `Invalid` naming `field` when it is longer than `chars_max` characters, or holds a
/// control character other than a line's end or a tab.
pub fn clean(field: &'static str, text: &str, chars_max: usize) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if length > chars_max {
        return Err(Error::invalid(
            field,
            format!("{length} characters long, expected at most {chars_max}"),
        ));
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(Error::invalid(field, "holds a control character"));
    }
    Ok(text.to_owned())
}

/// A [`clean`] text on one line that is not empty.
///
/// # Errors
/// As [`clean`], and when nothing is left.
pub fn required(field: &'static str, text: &str, chars_max: usize) -> Result<String> {
    let text = clean(field, text, chars_max)?;
    if text.is_empty() {
        return Err(Error::invalid(field, format!("empty, expected 1 to {chars_max} characters")));
    }
    if text.contains(['\n', '\r']) {
        return Err(Error::invalid(field, "holds a line break, expected one line"));
    }
    Ok(text)
}

/// At most `chars_max` characters of a text, with `…` where something was cut.
pub fn shortened(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(chars_max.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

/// A text by others as it may stand in a line of ours: without line breaks and other control
/// characters, and without the marks that turn the direction of all that follows.
pub fn one_line(text: &str) -> String {
    let is_turn = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let kept = text.chars().filter(|c| !is_turn(*c));
    let spaced: String = kept.map(|c| if is_break(c) { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_and_bounded() {
        assert_eq!(clean("note", "  a\nb ", 3).unwrap(), "a\nb");
        assert!(clean("note", "abcd", 3).is_err());
        assert!(clean("note", "a\u{7}", 3).is_err());
        assert!(required("name", "  ", 3).is_err());
        assert!(required("name", "a\nb", 3).is_err());
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened("한국어", 3), "한국어");
        assert_eq!(shortened("한국 어디", 4), "한국…");
    }

    #[test]
    fn a_text_by_others_stays_in_its_line_and_direction() {
        for (text, expected) in [
            ("a\r\nBcc: b\0c", "a Bcc: b c"),
            ("safe\u{202e}exe.txt\u{2066}", "safeexe.txt"),
            ("one\u{2028}two\u{a0} three\t", "one two three"),
            ("👩\u{200d}🚀 می\u{200c}خواهم", "👩\u{200d}🚀 می\u{200c}خواهم"),
        ] {
            assert_eq!(one_line(text), expected);
        }
    }
}
