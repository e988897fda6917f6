//! What an element says to its readers: its text without mark-up.

use memchr::memchr;

use super::scan::{
    Name, after_byte, after_comment, find_end_tag, find_script_end, name, name_at, tag_end,
};
use super::tag::head_of;

/// The text between the tags of an element, of which no more is read than is worth it.
pub(super) fn text_of(content: &str) -> String {
    let html = head_of(content);
    let mut text = String::new();
    let mut at = 0;
    while let Some(offset) = memchr(b'<', &html.as_bytes()[at..]) {
        text.push_str(&htmlize::unescape(&html[at..at + offset]));
        at += offset;
        match after_markup(html, at) {
            Some((next, gap)) => {
                text.push_str(gap);
                at = next;
            }
            // Whatever began here was cut off.
            None => return text,
        }
    }
    text.push_str(&htmlize::unescape(&html[at..]));
    // Among words, browsers drop these.
    text.replace('\0', "")
}

/// Where the mark-up that starts at `at` ends, and what stands in its place.
fn after_markup(html: &str, at: usize) -> Option<(usize, &'static str)> {
    let bytes = html.as_bytes();
    let name_start = match *bytes.get(at + 1)? {
        b'!' if html[at..].starts_with("<!--") => {
            return after_comment(bytes, at + 4).map(|end| (end, ""));
        }
        b'!' | b'?' => return after_byte(b'>', bytes, at).map(|end| (end, "")),
        b'/' => at + 2,
        letter if letter.is_ascii_alphabetic() => at + 1,
        _ => return Some((at + 1, "<")),
    };
    let (name, name_end) = name_at(bytes, name_start);
    let (end, _) = tag_end(bytes, name_end)?;
    let gap = if is_inline(name) || unread(name).is_some() { "" } else { " " };
    let closed_at_once = html[..end].ends_with("/>") && (name == SVG || name == MATH);
    if name_start == at + 2 || closed_at_once {
        return Some((end, gap));
    }
    match unread(name) {
        Some("script") => find_script_end(bytes, end).map(|end| (end, "")),
        Some(name) => find_end_tag(bytes, end, name).map(|end| (end, "")),
        None => Some((end, gap)),
    }
}

const SVG: Name = name("svg");
const MATH: Name = name("math");

/// Elements whose content is not read out; of ruby, only what it explains is.
fn unread(element: Name) -> Option<&'static str> {
    const NAMES: [&str; 12] = [
        "script", "style", "svg", "math", "template", "textarea", "noscript", "iframe", "xmp",
        "rt", "rp", "button",
    ];
    NAMES.into_iter().find(|unread| name(unread) == element)
}

/// Elements that end no word.
fn is_inline(element: Name) -> bool {
    const NAMES: [&str; 36] = [
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn",
        "em", "font", "i", "ins", "kbd", "label", "mark", "q", "rb", "rp", "rt", "rtc", "ruby",
        "s", "samp", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr",
    ];
    NAMES.into_iter().any(|inline| name(inline) == element)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(content: &str, expected: &str) {
        let text = text_of(content);
        assert_eq!(text.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{content}");
    }

    #[test]
    fn mark_up_is_left_out_and_words_stay_whole() {
        check("plain &amp; <b>bo</b>ld", "plain & bold");
        check("one<br>two<p>three</p>four", "one two three four");
        check("a<!-- > <b> -->b<script>'<i>'</script>c<style>p>i{}</style>d", "abcd");
        check("1 < 2 <3", "1 < 2 <3");
        check("<ruby>食<rt>しょく</rt></ruby>パン", "食パン");
        check("<svg/>a<svg class=x />b", "ab");
        check("<svg><title>Icon</title></svg>A title", "A title");
        check("cut <off", "cut");
        check("kept <a href='x>y'>link</a>", "kept link");
        check("", "");
    }
}
