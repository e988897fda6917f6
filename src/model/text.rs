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
}
