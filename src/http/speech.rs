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
#[cfg(test)]
mod tests;

/// The catalogues: by the name of a part of the pages, what its English words are.
const KOREAN: &str = include_str!("speech/ko.toml");
const JAPANESE: &str = include_str!("speech/ja.toml");

type Catalogue = HashMap<String, String>;
static CATALOGUES: LazyLock<[Catalogue; 2]> = LazyLock::new(|| [KOREAN, JAPANESE].map(read));

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
    find(english).unwrap_or(english).to_owned()
}

fn find(english: &str) -> Option<&'static str> {
    let [korean, japanese] = &*CATALOGUES;
    let catalogue = match spoken() {
        Language::English => return None,
        Language::Korean => korean,
        Language::Japanese => japanese,
    };
    catalogue.get(english).map(String::as_str)
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

fn read(catalogue: &str) -> Catalogue {
    let parts: BTreeMap<String, Catalogue> = toml::from_str(catalogue).unwrap_or_default();
    parts.into_values().flatten().collect()
}
