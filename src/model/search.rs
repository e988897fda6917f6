//! Words for the search index: how texts and queries of any script are cut.
//!
//! Chinese, Japanese and Korean write without spaces, or with spaces that vary; their runs
//! are cut into overlapping pairs of characters, so that any two neighbours can be found.
//! Everything else is found by whole words and their beginnings.

use unicode_normalization::UnicodeNormalization;

/// More parts than this in a query are ignored.
const PARTS_MAX: usize = 16;

/// One stretch of a text.
#[derive(Debug, PartialEq)]
enum Run {
    Cjk(Vec<char>),
    Word(String),
}

/// The text as it goes into the index: words, and pairs of CJK characters, between spaces.
pub fn index_text(text: &str) -> String {
    let mut words = Vec::new();
    for run in runs(text) {
        match run {
            Run::Word(word) => words.push(word),
            Run::Cjk(chars) => {
                words.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
                // The last character alone, so that it too begins some entry.
                words.extend(chars.last().map(ToString::to_string));
            }
        }
    }
    words.join(" ")
}

/// What a person typed as an FTS5 expression; `None` when there is nothing to look for.
/// All parts must be found. Everything is quoted: what was typed is never syntax.
pub fn match_expression(typed: &str) -> Option<String> {
    let mut parts = Vec::new();
    for word in typed.split_whitespace() {
        for run in runs(word) {
            parts.push(match run {
                Run::Word(word) => format!("\"{word}\"*"),
                Run::Cjk(chars) if chars.len() == 1 => format!("\"{}\"*", chars[0]),
                Run::Cjk(chars) => {
                    let pairs: Vec<String> =
                        chars.windows(2).map(|pair| pair.iter().collect()).collect();
                    format!("\"{}\"", pairs.join(" "))
                }
            });
        }
    }
    parts.truncate(PARTS_MAX);
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// Cuts a text into CJK runs and words, after folding case and width. One space between two
/// CJK runs is bridged, since Korean spacing varies from writer to writer.
fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut gap = 0;
    for c in text.nfkc().flat_map(char::to_lowercase) {
        if !is_word(c) {
            gap += if c == ' ' { 1 } else { 2 };
            continue;
        }
        match (is_cjk(c), runs.last_mut()) {
            (true, Some(Run::Cjk(chars))) if gap <= 1 => chars.push(c),
            (false, Some(Run::Word(word))) if gap == 0 => word.push(c),
            (true, _) => runs.push(Run::Cjk(vec![c])),
            (false, _) => runs.push(Run::Word(c.to_string())),
        }
        gap = 0;
    }
    runs
}

fn is_word(c: char) -> bool {
    // Combining marks are neither letters nor digits, yet they are inside words.
    c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c)
}

fn is_cjk(c: char) -> bool {
    matches!(c,
        '\u{1100}'..='\u{11ff}'     // Hangul letters
        | '\u{3005}'..='\u{3007}'   // iteration marks
        | '\u{3040}'..='\u{30ff}'   // kana
        | '\u{3130}'..='\u{318f}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'   // ideographs
        | '\u{4e00}'..='\u{9fff}'
        | '\u{a960}'..='\u{a97f}'
        | '\u{ac00}'..='\u{d7ff}'   // Hangul syllables
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_script() {
        let check = |text: &str, expected: &str| assert_eq!(index_text(text), expected, "{text}");
        check("Hello, World!", "hello world");
        check("한국어", "한국 국어 어");
        check("토스트 굽기", "토스 스트 트굽 굽기 기");
        check("Rust로 쓰기", "rust 로쓰 쓰기 기");
        check("ＡＢＣ　東京", "abc 東京 京");
        check("---", "");
    }

    #[test]
    fn what_is_typed_is_never_syntax() {
        let check = |typed: &str, expected: Option<&str>| {
            assert_eq!(match_expression(typed).as_deref(), expected, "{typed}");
        };
        check("toast", Some("\"toast\"*"));
        check("Toast OR \"x", Some("\"toast\"* AND \"or\"* AND \"x\"*"));
        check("굽기", Some("\"굽기\""));
        check("토스트", Some("\"토스 스트\""));
        check("토", Some("\"토\"*"));
        check("title:* ^ -", Some("\"title\"*"));
        check("  \"* ", None);
    }
}
