//! What is searched of a bookmark, and how much a match in it is worth.

use percent_encoding::percent_decode_str;

use super::fold::fold;
use super::needle::{Closeness, Needle, closeness};
use super::query::Field;
use crate::model::bookmark::Bookmark;

/// The lines of a bookmark's text in their order, and what a match in each is worth. Where a
/// bookmark has a title of its own, that of its page is worth less. No line but the first is worth more
/// than the second.
pub const FIELDS: [(Field, u32); 6] = [
    (Field::Title, 12),
    (Field::Title, 5),
    (Field::Description, 4),
    (Field::Note, 4),
    (Field::Address, 3),
    (Field::Site, 4),
];

/// All that is searched of a bookmark but its tags and folder, folded: a line for each of
/// [`FIELDS`].
pub fn text_of(bookmark: &Bookmark) -> String {
    let page = &bookmark.page;
    let own = !bookmark.own_title.is_empty();
    let lines = [
        fold(if own { &bookmark.own_title } else { &page.title }),
        fold(if own { &page.title } else { "" }),
        fold(bookmark.description()),
        fold(&bookmark.note),
        fold(&readable(&bookmark.url)),
        fold(&format!("{} / {}", page.site_name, page.author)),
    ];
    lines.join("\n")
}

/// An address as people read it: with letters in place of their codes.
fn readable(url: &str) -> String {
    let decoded = percent_decode_str(url).decode_utf8_lossy().into_owned();
    match url.split('/').nth(2).filter(|host| host.contains("xn--")) {
        Some(host) => decoded.replacen(host, &idna::domain_to_unicode(host).0, 1),
        None => decoded,
    }
}

/// How much the best match in a text of [`text_of`] is worth, in that field or in any; `None` when
/// there is none.
pub fn score(needle: &Needle, text: &str, field: Option<Field>) -> Option<u32> {
    let (mut best, mut line, mut line_start) = (None, 0, 0);
    for (start, end) in needle.matches(text) {
        line += memchr::memchr_iter(b'\n', &text.as_bytes()[line_start..start]).count();
        line_start = start;
        let Some((place, worth)) = FIELDS.get(line) else { break };
        // Those further down are worth no more.
        let possible = if line == 0 { *worth } else { FIELDS[1].1 } * Closeness::Whole as u32;
        if best >= Some(possible) {
            break;
        }
        if field.is_none_or(|field| field == *place) {
            best = best.max(Some(worth * closeness(text, start, end) as u32));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_in_the_title_is_worth_more_than_elsewhere_and_a_whole_word_more_than_a_part() {
        let worth = |word: &str, text: &str| score(&Needle::of(word).unwrap(), text, None);
        let ranked = [
            "toast\n\n\n\n\n",
            "toaster\n\n\n\n\n",
            "\ntoast\n\n\n\n",
            "atoast\n\n\ntoast\n\n",
            "\n\n\ntoaster\n\n",
            "\n\n\n\natoast\n",
        ];
        let scores: Vec<_> = ranked.iter().map(|text| worth("toast", text)).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b) && scores[0] > scores[1], "{scores:?}");
        assert_eq!(worth("jam", ranked[0]), None);
        let note = score(&Needle::of("toast").unwrap(), ranked[3], Some(Field::Note));
        assert_eq!(note, Some(12));
        assert_eq!(score(&Needle::of("toast").unwrap(), ranked[0], Some(Field::Note)), None);
    }

    #[test]
    fn an_address_is_searched_as_it_is_read() {
        let check = |url: &str, expected: &str| assert_eq!(readable(url), expected);
        check("https://ko.example/%ED%86%A0%EC%8A%A4%ED%8A%B8", "https://ko.example/토스트");
        check("https://xn--9t4b11yi5a.xn--3e0b707e/a", "https://테스트.한국/a");
        check("https://example.com/%ff?a=b", "https://example.com/\u{fffd}?a=b");
    }
}
