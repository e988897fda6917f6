//! Showing where a match is: parts of texts by others as HTML in which nothing but our own `mark`
//! is a tag.

use std::ops::Range;

use super::fold::Mapped;
use super::needle::Needle;

/// How much of a text around its first match is shown, in bytes.
const BEFORE: usize = 80;
const AFTER: usize = 220;
/// More marks in one text are of no help.
const MARKS_MAX: usize = 50;
/// Of longer texts only so much is looked at.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// A text with its matches marked; `None` when it has none.
pub fn marked(text: &str, needles: &[Needle]) -> Option<String> {
    let text = start_of(text, TEXT_BYTES_MAX);
    let matches = matches(text, needles);
    (!matches.is_empty()).then(|| mark(text, &matches, 0..text.len()))
}

/// The part of a text around its first match, on one line; `None` when it has none.
pub fn snippet(text: &str, needles: &[Needle]) -> Option<String> {
    let text = start_of(text, TEXT_BYTES_MAX);
    let matches = matches(text, needles);
    let first = matches.first()?.start;
    let start = word_start(text, first.saturating_sub(BEFORE), first);
    let end = start_of(text, (first + AFTER).min(text.len())).len().max(matches[0].end);
    let mut html = String::new();
    html.push_str(if start > 0 { "…" } else { "" });
    html.push_str(&mark(text, &matches, start..end));
    html.push_str(if end < text.len() { "…" } else { "" });
    Some(html.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Where the needles are found, in order and apart from each other.
fn matches(text: &str, needles: &[Needle]) -> Vec<Range<usize>> {
    let mapped = Mapped::of(text);
    let folded = &mapped.folded;
    let mut found: Vec<Range<usize>> = needles
        .iter()
        .flat_map(|needle| needle.matches(folded).take(MARKS_MAX))
        .map(|(start, end)| mapped.origin(start..end))
        .collect();
    found.sort_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::new();
    for range in found {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart.truncate(MARKS_MAX);
    apart
}

/// A part of a text with those of its matches marked that begin in it.
fn mark(text: &str, matches: &[Range<usize>], part: Range<usize>) -> String {
    let mut html = String::new();
    let mut at = part.start;
    for found in matches.iter().filter(|found| found.start >= part.start && found.end <= part.end) {
        escape(&text[at..found.start], &mut html);
        html.push_str("<mark>");
        escape(&text[found.clone()], &mut html);
        html.push_str("</mark>");
        at = found.end;
    }
    escape(&text[at..part.end], &mut html);
    html
}

/// The longest start of a text of so many bytes at most.
fn start_of(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}

/// The first word that begins at `from` or behind it, but before `first`.
fn word_start(text: &str, from: usize, first: usize) -> usize {
    let from = text.floor_char_boundary(from);
    if from == 0 {
        return 0;
    }
    let space = text[from..first].find(char::is_whitespace);
    space.map_or(from, |space| from + space)
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needles(words: &str) -> Vec<Needle> {
        words.split(' ').filter_map(Needle::of).collect()
    }

    #[test]
    fn matches_are_marked_and_everything_else_is_escaped() {
        let check = |text: &str, words: &str, expected: Option<&str>| {
            assert_eq!(marked(text, &needles(words)).as_deref(), expected, "{text}");
        };
        check("A Café <b>", "cafe", Some("A <mark>Café</mark> &lt;b&gt;"));
        check(
            "data&base database",
            "base",
            Some("data&amp;<mark>base</mark> data<mark>base</mark>"),
        );
        check("토스트 굽기", "스트굽", Some("토<mark>스트 굽</mark>기"));
        check("aaaa", "aa", Some("<mark>aaaa</mark>"));
        check("abc", "ab bc", Some("<mark>abc</mark>"));
        check("<mark>x</mark>", "x", Some("&lt;mark&gt;<mark>x</mark>&lt;/mark&gt;"));
        check("<mark>", "mark", Some("&lt;<mark>mark</mark>&gt;"));
        check("nothing", "x", None);
        check("", "x", None);
    }

    #[test]
    fn a_snippet_is_the_part_around_the_first_match() {
        let long = format!("{} needle\n\n{}", "words ".repeat(100), "after ".repeat(100));
        let found = snippet(&long, &needles("needle")).unwrap();
        assert!(found.starts_with("… words") && found.ends_with('…'), "{found}");
        assert!(found.contains("words <mark>needle</mark> after") && found.len() < 400, "{found}");
        assert_eq!(snippet("a needle", &needles("needle")).unwrap(), "a <mark>needle</mark>");
        let hangul = "가나다 ".repeat(99) + "토스트";
        assert!(snippet(&hangul, &needles("토스트")).unwrap().ends_with("<mark>토스트</mark>"));
    }

    #[test]
    fn whatever_is_marked_holds_no_tags_but_ours() {
        let mut random = fastrand::Rng::with_seed(11);
        let pieces =
            ["<", ">", "&", "\"", "'", "a", "é", "국", " ", "ß", "e\u{301}", "\u{ad}", "…"];
        for _ in 0..20_000 {
            let mut text = |max| -> String {
                (0..random.usize(1..max)).map(|_| pieces[random.usize(..pieces.len())]).collect()
            };
            let (text, words) = (text(40), needles(&text(4)));
            for html in [marked(&text, &words), snippet(&text, &words)].into_iter().flatten() {
                let bare = html.replace("<mark>", "").replace("</mark>", "");
                assert!(!bare.contains(['<', '>', '"', '\'']), "{text:?} {html}");
                assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count());
            }
            if let Some(html) = marked(&text, &words) {
                let bare = html.replace("<mark>", "").replace("</mark>", "");
                assert_eq!(htmlize::unescape(bare), text);
            }
        }
    }
}
