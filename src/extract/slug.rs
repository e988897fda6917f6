//! A title from nothing but an address, for a page that lets nobody read it.

use percent_encoding::percent_decode_str;
use url::Url;

use super::text;

/// Two words are the least that says something.
const WORDS_MIN: usize = 2;
/// A number of this length names a thing, and what follows it is no title.
const NUMBER_MIN: usize = 10;
/// Fewer letters than that, of a script that spells, are more likely a key in pieces.
const LETTERS_MIN: usize = 7;
const WORD_CHARS_MAX: usize = 40;
/// Endings of the names of pages.
const ENDINGS: [&str; 12] = [
    ".html", ".htm", ".xhtml", ".shtml", ".php", ".asp", ".aspx", ".jsp", ".cms", ".md", ".do",
    ".amp",
];

/// What the page at `url` may well be called, judging by the words in its path; `None`
/// where there are none, as in most addresses made of numbers.
pub fn title_from_address(url: &Url) -> Option<String> {
    let parts = url.path_segments()?;
    let readings = parts.filter_map(words);
    // Of two that say as much the last is nearer to the page.
    let longest =
        readings.max_by_key(|words| words.iter().filter(|word| is_plain(word)).count())?;
    text::clean(&longest.join(" "), text::TITLE_MAX)
}

/// The words of one part of a path, without the numbers and keys around them.
fn words(part: &str) -> Option<Vec<String>> {
    let part = percent_decode_str(part).decode_utf8().ok()?;
    let lower = part.to_ascii_lowercase();
    let ending = ENDINGS.iter().find(|ending| lower.ends_with(**ending));
    let name = &part[..part.len() - ending.map_or(0, |ending| ending.len())];
    let all = name.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_' | '+' | ','));
    let mut words: Vec<String> = all.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    if let Some(number) = words.iter().skip(1).position(|word| is_number(word, NUMBER_MIN)) {
        words.truncate(number + 1);
        // So LinkedIn names the sort of post before its number.
        words.pop_if(|word| ["activity", "share", "ugcPost"].contains(&word.as_str()));
    }
    while words.pop_if(|word| is_key(word)).is_some() {}
    let keys = words.iter().take_while(|word| is_key(word)).count();
    words.drain(..keys);
    let plain: Vec<&String> = words.iter().filter(|word| is_plain(word)).collect();
    let letters: usize = plain.iter().map(|word| word.len()).sum();
    let says_something = plain.len() >= WORDS_MIN && letters >= LETTERS_MIN;
    (says_something && plain.len() * 2 > words.len()).then_some(words)
}

fn is_number(word: &str, digits_min: usize) -> bool {
    word.len() >= digits_min && word.bytes().all(|b| b.is_ascii_digit())
}

/// Numbers too long to be part of a title, and what mixes digits and letters at length.
fn is_key(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let mixed = word.len() >= 6 && digits > 0 && word.is_ascii();
    is_number(word, 5) || mixed && digits < word.len()
}

/// Letters alone, written as words are.
fn is_plain(word: &str) -> bool {
    let letter = |c: char| c.is_alphabetic() || matches!(c, '\'' | '’' | '.' | '!' | '?' | ':');
    let capital_inside = word.chars().skip(1).any(char::is_uppercase);
    let all_capitals = !word.chars().any(char::is_lowercase);
    word.chars().any(char::is_alphabetic)
        && word.chars().all(letter)
        && word.chars().count() <= WORD_CHARS_MAX
        && (!capital_inside || all_capitals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_an_address_make_a_title() {
        let cases = [
            ("https://www.reddit.com/r/rust/comments/1abcd2/why_i_like_it/", Some("why i like it")),
            ("https://medium.com/@ada/how-to-bake-bread-1a2b3c4d5e6f", Some("how to bake bread")),
            ("https://a.example/2024/03/rye-for-beginners.html?x=1#y", Some("rye for beginners")),
            ("https://a.example/blog/%EB%B9%B5-%EA%B5%BD%EB%8A%94-%EB%B2%95", Some("빵 굽는 법")),
            ("https://a.example/entry/빵을-굽는-방법-3가지", Some("빵을 굽는 방법 3가지")),
            (
                "https://www.amazon.com/Rye-Bread-Book/dp/0123456789/ref=sr_1_1",
                Some("Rye Bread Book"),
            ),
            (
                "https://www.linkedin.com/posts/ada-baker_a-day-with-rye-activity-7123456789012345678-AbCd",
                Some("ada baker a day with rye"),
            ),
            ("https://a.example/news/12345678-ten-loaves-of-2024", Some("ten loaves of 2024")),
            ("https://a.example/10-ways-to-bake/", Some("10 ways to bake")),
            ("https://a.example/wiki/Sourdough_(bread_type)", None),
            (
                "https://a.example/categories/home-baking/rye-bread-at-home",
                Some("rye bread at home"),
            ),
            ("https://a.example/home-baking/rye-bread", Some("rye bread")),
            ("https://a.example/docs/API-DESIGN-GUIDE", Some("API DESIGN GUIDE")),
            ("https://a.example/rye%2Dand%20wheat", Some("rye and wheat")),
            ("https://a.example/don't-stop-baking!", Some("don't stop baking!")),
        ];
        for (url, expected) in cases {
            let found = title_from_address(&Url::parse(url).unwrap());
            assert_eq!(found.as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn numbers_and_keys_are_no_title() {
        let urls = [
            "https://a.example/",
            "https://a.example/about",
            "https://a.example/2024/03/05/",
            "https://a.example/2024-03-05",
            "https://www.instagram.com/p/Cx-ab_Cd3Fg/",
            "https://x.com/ada/status/1234567890123456789",
            "https://youtu.be/xK-ab_cD3fg",
            "https://docs.google.com/document/d/1aBcD-eFgH_iJkL-9mNoPqRsT_uV/edit",
            "https://a.example/550e8400-e29b-41d4-a716-446655440000",
            "https://a.example/a-%ff%fe-b",
            "https://a.example/-_-/--",
            "mailto:ada@a.example",
        ];
        for url in urls {
            assert_eq!(title_from_address(&Url::parse(url).unwrap()), None, "{url}");
        }
    }

    #[test]
    fn an_address_of_one_endless_word_costs_little() {
        let url = |path: String| Url::parse(&format!("https://a.example/{path}")).unwrap();
        assert_eq!(title_from_address(&url("a".repeat(100_000))), None);
        let long = title_from_address(&url("rye-".repeat(100_000))).unwrap();
        assert!(long.chars().count() <= text::TITLE_MAX);
    }
}
