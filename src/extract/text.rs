//! Makes text found on a page fit to be shown: on one line, without tricks, not too long.

use unicode_segmentation::UnicodeSegmentation;

pub(super) const TITLE_MAX: usize = 500;
pub(super) const DESCRIPTION_MAX: usize = 2_000;
pub(super) const NAME_MAX: usize = 200;

/// The text on one line of at most `chars_max` characters; nothing where nothing is left
/// or where it is what a broken template leaves behind.
pub(super) fn clean(text: &str, chars_max: usize) -> Option<String> {
    let line = fold(text, chars_max);
    let line = cut(line.trim_end(), chars_max);
    (!line.is_empty() && !is_placeholder(&line)).then_some(line)
}

/// One space for each run of white space, and nothing that reorders or hides text.
fn fold(text: &str, chars_max: usize) -> String {
    let mut line = String::new();
    // Enough to know that it is too long; a megabyte of title is not worth copying.
    let mut left = chars_max + 1;
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() || is_blank(c) {
            gap = !line.is_empty();
        } else if !is_hidden(c) {
            if gap {
                line.push(' ');
                left = left.saturating_sub(1);
                gap = false;
            }
            if left == 0 {
                break;
            }
            line.push(c);
            left -= 1;
        }
    }
    line
}

/// Letters that look like a space.
fn is_blank(c: char) -> bool {
    matches!(c, '\u{115f}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}')
}

fn is_hidden(c: char) -> bool {
    // Joiners stay: emoji and several scripts are spelled with them.
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{fff9}'..='\u{fffc}')
}

/// At most `chars_max` characters, never half of what people see as one; what was cut
/// ends in an ellipsis.
fn cut(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let mut kept = 0;
    let mut chars = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        chars += grapheme.chars().count();
        if chars >= chars_max {
            break;
        }
        kept = at + grapheme.len();
    }
    format!("{}…", text[..kept].trim_end())
}

/// Whether a text is what programs write that have nothing to say.
fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 12] = [
        "null",
        "undefined",
        "none",
        "nan",
        "(null)",
        "[object object]",
        "{}",
        "[]",
        "false",
        "%title%",
        "untitled",
        "untitled document",
    ];
    let template = text.starts_with("{{") && text.ends_with("}}");
    let invisible = || text.chars().all(|c| matches!(c, '\u{200c}' | '\u{200d}' | ' '));
    template || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) || invisible()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(clean(text, 10).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn text_becomes_one_honest_line() {
        check("  a \n\t b\u{a0}\u{3000}c ", Some("a b c"));
        check("a\0b\u{7}c\u{85}d", Some("abc d"));
        check("pay\u{202e}gpj.exe", Some("paygpj.exe"));
        check("\u{feff}\u{200b} \u{2066}", None);
        check("\u{3164}\u{2800}", None);
        check("\u{200d} \u{200c}", None);
        check("", None);
        check("👩\u{200d}👩\u{200d}👧", Some("👩\u{200d}👩\u{200d}👧"));
    }

    #[test]
    fn what_a_broken_template_leaves_is_nothing() {
        for text in [
            "null",
            "Undefined",
            "NaN",
            "[object Object]",
            "{{ title }}",
            "%TITLE%",
            "Untitled Document",
        ] {
            assert_eq!(clean(text, TITLE_MAX), None, "{text}");
        }
        check("null hypot", Some("null hypot"));
    }

    #[test]
    fn a_long_text_is_cut_between_graphemes() {
        check("1234567890", Some("1234567890"));
        check("12345678901", Some("123456789…"));
        check("12345678 01", Some("12345678…"));
        check("1234567👩\u{200d}👩\u{200d}👧x", Some("1234567…"));
        check(&"e\u{301}".repeat(20), Some("e\u{301}e\u{301}e\u{301}e\u{301}…"));
        check(&"\u{301}".repeat(1_000), Some("…"));
    }
}
