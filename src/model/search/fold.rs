//! Folding: case, width and accents go, words and the gaps between them stay.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// One space between two words.
pub(super) const SPACE: char = ' ';
/// Anything else between two words.
pub(super) const BREAK: char = '.';

/// A text as it is compared: words in lower case, without accents, of full width and composed,
/// with one [`SPACE`] or [`BREAK`] between two of them.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_pieces(text, &mut folded, |_, _| {});
    folded
}

/// A folded text that knows where each of its bytes comes from.
pub(super) struct Mapped {
    pub(super) folded: String,
    /// For each byte of `folded` the range of the text that it was made of.
    origins: Vec<Range<usize>>,
}

impl Mapped {
    pub(super) fn of(text: &str) -> Self {
        let mut folded = String::with_capacity(text.len());
        let mut origins = Vec::with_capacity(text.len());
        fold_pieces(text, &mut folded, |bytes, origin| {
            origins.resize(origins.len() + bytes, origin);
        });
        Self { folded, origins }
    }

    /// The part of the text that a part of the folded one was made of.
    pub(super) fn origin(&self, part: Range<usize>) -> Range<usize> {
        let first = self.origins.get(part.start).map_or(0, |origin| origin.start);
        let last = part.end.checked_sub(1).and_then(|at| self.origins.get(at));
        first..last.map_or(first, |origin| origin.end)
    }
}

/// Folds a text piece by piece; `wrote` is told how many bytes each piece of it became.
fn fold_pieces(text: &str, folded: &mut String, mut wrote: impl FnMut(usize, Range<usize>)) {
    let mut gap = None;
    let mut piece = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        let mut end = start + c.len_utf8();
        while let Some((at, next)) = chars.next_if(|(_, next)| joins_the_last(*next)) {
            end = at + next.len_utf8();
        }
        piece.clear();
        fold_piece(&text[start..end], c, &mut piece);
        for c in piece.chars().filter(|c| !is_ignored(*c)) {
            if !is_word(c) {
                gap = Some(if c == ' ' && gap.is_none() { SPACE } else { BREAK });
                continue;
            }
            let before = folded.len();
            if let Some(gap) = gap.take().filter(|_| before > 0) {
                folded.push(gap);
            }
            folded.push(c);
            wrote(folded.len() - before, start..end);
        }
    }
}

/// Folds a character with the marks on it.
fn fold_piece(piece: &str, first: char, folded: &mut String) {
    let alone = piece.len() == first.len_utf8();
    if alone && first.is_ascii() {
        folded.push(first.to_ascii_lowercase());
    } else if alone && is_folded(first) {
        folded.push(first);
    } else {
        let mut base = first;
        let lower = piece.nfkd().flat_map(char::to_lowercase);
        let kept = lower.filter(|c| {
            if !is_combining_mark(*c) {
                base = *c;
            }
            !is_accent(base, *c)
        });
        for c in kept.nfc() {
            match without_stroke(c) {
                Some(letters) => folded.push_str(letters),
                None => folded.push(c),
            }
        }
    }
}

/// Whether a character is part of the one before it.
fn joins_the_last(c: char) -> bool {
    match c {
        '\0'..='\u{2ff}' => false,
        // Vowels and last consonants of Hangul in parts, and marks of narrow kana.
        '\u{1160}'..='\u{11ff}' | '\u{d7b0}'..='\u{d7ff}' | '\u{ff9e}' | '\u{ff9f}' => true,
        '\u{3040}'..='\u{3098}' | '\u{309b}'..='\u{d7a3}' => false,
        c => is_combining_mark(c),
    }
}

/// Whether folding leaves that character as it is. Only the common ones, for speed.
fn is_folded(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{4e00}'..='\u{9fff}' | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}' | '\u{30fc}' | '\u{430}'..='\u{438}' | '\u{43a}'..='\u{44f}')
}

/// Whether a mark only says how a letter sounds, so that many do not type it. Marks that make
/// another letter, such as those of kana or of Indian scripts, are none.
fn is_accent(base: char, mark: char) -> bool {
    match base {
        'a'..='z' | '\u{df}'..='\u{24f}' | '\u{370}'..='\u{3ff}' => {
            matches!(mark, '\u{300}'..='\u{36f}')
        }
        'е' => matches!(mark, '\u{300}' | '\u{301}' | '\u{308}'),
        '\u{400}'..='\u{4ff}' => matches!(mark, '\u{300}' | '\u{301}'),
        '\u{5d0}'..='\u{5f2}' => matches!(mark, '\u{591}'..='\u{5c7}'),
        '\u{621}'..='\u{6d3}' => matches!(mark, '\u{64b}'..='\u{652}' | '\u{670}'),
        _ => false,
    }
}

/// What people type for letters that have a stroke through them or are two in one.
fn without_stroke(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ı' => "i",
        'þ' => "th",
        'ς' => "σ",
        _ => return None,
    })
}

/// Characters that cannot be seen: joiners, soft hyphens and the like.
fn is_ignored(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn is_word(c: char) -> bool {
    // Combining marks are neither letters nor digits, yet they are inside words.
    c.is_alphanumeric() || is_picture(c) || is_combining_mark(c)
}

fn is_picture(c: char) -> bool {
    matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether a character stands for itself rather than as a letter of a word between spaces.
pub(super) fn is_cjk(c: char) -> bool {
    match c {
        '\0'..='\u{10ff}' => false,
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
        | '\u{20000}'..='\u{323af}' => true,
        c => is_picture(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_the_same() {
        let check = |text: &str, expected: &str| assert_eq!(fold(text), expected, "{text:?}");
        check("Hello, World!", "hello.world");
        check("  two  spaces ", "two.spaces");
        check("Café naïve Ångström", "cafe naive angstrom");
        check("Cafe\u{301}", "cafe");
        check("Straße Łódź smørrebrød Ærø", "strasse lodz smorrebrod aero");
        check("İstanbul ΟΔΟΣ Ёлка йод", "istanbul οδοσ елка йод");
        check("ＡＢＣ　ｱｲｽ ｶﾞ", "abc アイス ガ");
        check("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}어", "한국어");
        check("かき がき か\u{3099}き", "かき がき がき");
        check("हिन्दी ไทย เที่ยว", "हिन्दी ไทย เที่ยว");
        check("שָׁלוֹם عَرَبِيّ", "שלום عربي");
        check("👩\u{200d}🚀 🍞!", "👩🚀 🍞");
        check("soft\u{ad}hyphen", "softhyphen");
        check("---", "");
    }

    #[test]
    fn where_a_folded_text_comes_from_is_known() {
        let check = |text: &str, folded: &str, expected: &str| {
            let mapped = Mapped::of(text);
            let start = mapped.folded.find(folded).unwrap();
            assert_eq!(&text[mapped.origin(start..start + folded.len())], expected, "{text}");
        };
        check("a Café!", "cafe", "Café");
        check("Straße", "ss", "ß");
        check("ＡＢＣ　東京", "東", "東");
        check("가\u{1112}\u{1161}\u{11ab}나", "한", "\u{1112}\u{1161}\u{11ab}");
        assert_eq!(Mapped::of("").origin(0..0), 0..0);
    }
}
