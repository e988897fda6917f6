//! A word or phrase that is looked for in folded texts.

use memchr::memmem::Finder;

use super::fold::{BREAK, SPACE, fold, is_cjk};

/// How a match lies among the words around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// Somewhere inside a word.
    Inside = 1,
    /// At the beginning of a word.
    Beginning = 2,
    /// A whole word, or several.
    Whole = 3,
}

/// Something to look for.
#[derive(Debug, Clone)]
pub struct Needle {
    /// Folded. A space in it is any gap; there is none between two CJK characters, where one
    /// makes no difference.
    chars: Vec<char>,
    /// Finds the same as bytes, where that is all there is to it, and otherwise the first of them.
    finder: Finder<'static>,
    is_plain: bool,
}

impl PartialEq for Needle {
    fn eq(&self, other: &Self) -> bool {
        self.chars == other.chars
    }
}

impl Eq for Needle {}

impl Needle {
    /// What was typed; `None` when there is nothing in it to look for.
    pub fn of(typed: &str) -> Option<Self> {
        let mut chars: Vec<char> = Vec::new();
        let mut gap = None;
        for c in fold(typed).chars() {
            if c == SPACE || c == BREAK {
                gap = Some(c);
                continue;
            }
            let bridged =
                gap == Some(SPACE) && is_cjk(c) && chars.last().is_some_and(|c| is_cjk(*c));
            if gap.take().is_some() && !bridged {
                chars.push(SPACE);
            }
            chars.push(c);
        }
        let is_plain = !chars.iter().any(|c| *c == SPACE || is_cjk(*c)) || chars.len() == 1;
        let sought = if is_plain { &chars[..] } else { &chars[..1] };
        let finder = Finder::new(&sought.iter().collect::<String>()).into_owned();
        (!chars.is_empty()).then_some(Self { chars, finder, is_plain })
    }

    /// Several one after another.
    pub fn joined<'a>(needles: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let all: Vec<String> = needles.map(|needle| needle.chars.iter().collect()).collect();
        Self::of(&all.join(" "))
    }

    /// Its characters, with a space for each gap.
    pub(super) fn chars(&self) -> &[char] {
        &self.chars
    }

    /// How close the best match in a folded text is, if there is one.
    pub fn closeness(&self, text: &str) -> Option<Closeness> {
        let mut best = None;
        for (start, end) in self.matches(text) {
            best = best.max(Some(closeness(text, start, end)));
            if best == Some(Closeness::Whole) {
                break;
            }
        }
        best
    }

    /// Where it is found in a folded text: starts and ends.
    pub(super) fn matches<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, usize)> {
        self.finder.find_iter(text.as_bytes()).filter_map(|start| {
            let end = if self.is_plain {
                Some(start + self.finder.needle().len())
            } else {
                self.end_of_match(text, start)
            };
            end.map(|end| (start, end))
        })
    }

    /// Where the match ends that starts there, if it is one.
    fn end_of_match(&self, text: &str, start: usize) -> Option<usize> {
        let mut rest = text[start..].char_indices().peekable();
        let mut last = None;
        for &wanted in &self.chars {
            let (_, mut found) = rest.next()?;
            // A space that means nothing.
            if found == SPACE && is_cjk(wanted) && last.is_some_and(is_cjk) {
                (_, found) = rest.next()?;
            }
            let same =
                if wanted == SPACE { found == SPACE || found == BREAK } else { found == wanted };
            if !same {
                return None;
            }
            last = Some(found);
        }
        Some(rest.peek().map_or(text.len(), |(at, _)| start + at))
    }
}

/// How a match lies among the words of a folded text.
pub(super) fn closeness(text: &str, start: usize, end: usize) -> Closeness {
    let matched = &text[start..end];
    let before = text[..start].chars().next_back();
    let after = text[end..].chars().next();
    if is_inside_word(before, matched.chars().next()) {
        Closeness::Inside
    } else if is_inside_word(matched.chars().next_back(), after) {
        Closeness::Beginning
    } else {
        Closeness::Whole
    }
}

/// Whether no word ends between two characters. One ends where the script changes.
fn is_inside_word(left: Option<char>, right: Option<char>) -> bool {
    let is_gap = |c: char| matches!(c, SPACE | BREAK | '\n');
    match (left, right) {
        (Some(left), Some(right)) => {
            !is_gap(left) && !is_gap(right) && is_cjk(left) == is_cjk(right)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        use Closeness::{Beginning, Inside, Whole};
        let check = |typed: &str, text: &str, expected| {
            let needle = Needle::of(typed).unwrap();
            assert_eq!(needle.closeness(&fold(text)), expected, "{typed} in {text}");
        };
        check("base", "a database", Some(Inside));
        check("data", "a database", Some(Beginning));
        check("DATABASE", "a database", Some(Whole));
        check("base", "database base", Some(Whole));
        check("x", "a database", None);
        check("국", "미역국 끓이기", Some(Inside));
        check("미역", "미역국 끓이기", Some(Beginning));
        check("미역국", "미역국 끓이기", Some(Whole));
        check("역국끓", "미역국 끓이기", Some(Inside));
        check("역국, 끓", "미역국 끓이기", Some(Inside));
        check("역국끓", "미역국, 끓이기", None);
        check("미역국 끓이기", "미역국끓이기", Some(Whole));
        check("rust", "Rust로 쓰기", Some(Whole));
        check("rust로", "Rust로 쓰기", Some(Whole));
        check("京", "東京都", Some(Inside));
        check("two words", "exactly two, words here", Some(Whole));
        check("two wor", "exactly two words here", Some(Beginning));
        check("wo words", "exactly two words here", Some(Inside));
        check("two words", "two other words", None);
        check("two words", "twowords", None);
        check("か", "がき", None);
        check("cafe", "Café", Some(Whole));
        check("café", "CAFE", Some(Whole));
        check("🍞", "toast🍞bread", Some(Whole));
        assert_eq!(Needle::of(" -\"' "), None);
    }
}
