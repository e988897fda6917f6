//! What pages say, in the language of whoever reads them.
//!
//! The words in templates and handlers are English; a catalogue of each other language says the
//! same. A thread answers one request at a time, so the language is the thread's.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use crate::model::language::Language;

pub(super) mod filters;
mod particles;
mod patterns;
#[cfg(test)]
mod tests;

/// The catalogues: by the name of a part of the pages, what its English words are.
const IN_KOREAN: &str = include_str!("speech/ko.toml");
const IN_JAPANESE: &str = include_str!("speech/ja.toml");

// Each is read once somebody speaks it; many servers never meet anybody who does.
static KOREAN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(IN_KOREAN));
static JAPANESE: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::read(IN_JAPANESE));

/// What a language has for English words.
#[derive(Default)]
struct Catalogue {
    words: HashMap<String, String>,
    /// Reasons that name what was found, the longest first, since that says most.
    patterns: Vec<(String, String)>,
}

impl Catalogue {
    fn read(source: &str) -> Self {
        let mut parts: BTreeMap<String, HashMap<String, String>> =
            toml::from_str(source).unwrap_or_default();
        let patterns = parts.remove("patterns").unwrap_or_default();
        let mut patterns: Vec<_> = patterns.into_iter().collect();
        patterns.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.len()));
        Self { words: parts.into_values().flatten().collect(), patterns }
    }

    /// The catalogue of the language that is spoken; none for English.
    fn spoken() -> Option<&'static Self> {
        match spoken() {
            Language::English => None,
            Language::Korean => Some(&KOREAN),
            Language::Japanese => Some(&JAPANESE),
        }
    }

    fn find(&self, english: &str) -> Option<&str> {
        self.words.get(english).map(String::as_str)
    }
}

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// Speaks that language in this thread from now on, which is until the next request.
pub(super) fn speak(language: Language) {
    SPOKEN.set(language);
}

/// The language that this thread speaks.
pub(super) fn spoken() -> Language {
    SPOKEN.get()
}

/// What these English words of ours are in the language that is spoken; themselves where the
/// catalogue has none.
pub(super) fn say(english: &str) -> String {
    let found = Catalogue::spoken().and_then(|catalogue| catalogue.find(english));
    found.unwrap_or(english).to_owned()
}

/// What the reason of an error is in the language that is spoken, with what was found in it;
/// itself where nobody has put it into words.
pub(super) fn say_reason(reason: &str) -> String {
    let Some(catalogue) = Catalogue::spoken() else { return reason.to_owned() };
    if let Some(found) = catalogue.find(reason) {
        return found.to_owned();
    }
    let matching = catalogue.patterns.iter().find_map(|(pattern, other)| {
        let values = patterns::read(pattern, reason)?;
        Some(values.into_iter().fold(other.clone(), |said, (name, value)| match name {
            // A reason within another.
            "what" => fill(&said, name, &say_reason(value)),
            _ => fill(&said, name, value),
        }))
    });
    matching.unwrap_or_else(|| reason.to_owned())
}

/// As [`say`], with what belongs in the places of names, such as `{folder}`.
pub(super) fn say_with(english: &str, values: &[(&str, &str)]) -> String {
    values.iter().fold(say(english), |sentence, (name, value)| fill(&sentence, name, value))
}

/// Such a sentence about a number of things, which stands in it as `{n}`.
pub(super) fn count(number: i64, one: &str, many: &str) -> String {
    let words = if number == 1 && spoken() == Language::English { one } else { many };
    say_with(words, &[("n", &number.to_string())])
}

/// A sentence with what belongs in the place of `{name}`. The Korean particle after it is the one
/// that fits what it ends in.
pub(super) fn fill(sentence: &str, name: &str, value: &str) -> String {
    let place = format!("{{{name}}}");
    let mut parts = sentence.split(&place);
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole.push_str(value);
        whole.push_str(&particles::fit(value, part));
    }
    whole
}
