//! Every word of the pages has its like in every language, and no catalogue has more than that.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use regex::Regex;

use super::*;

const PAGES: &str = "src/http/pages";
/// What looks like words in a handler but is never shown, or is the same in every language.
const NO_WORDS: &[&str] = &[
    "^[A-Z_, ]+$",
    "^(UnifiedPush|Gotify|Telegram|Discord|Slack|Matrix|Apprise|Toaster|PDF)$",
    "^(private, max-age|default-src |<svg |<a |<br />|<p>| data-guess-zone)",
    r"^([\s{}:().,“”#|]|\{[a-z:.?$]*\})*$",
    "^\"cache\"",
    // As people say it to us, in any of the languages.
    "^in 2 hours$",
    "^the picture cache cannot be read$",
    // Of what a browser sends of itself.
    r"^(\{other:\?\} found|\{typed:\?\} is n|row \{\}|too many tries)",
];
/// Of what no form can send.
const ONLY_PROGRAMS: &[&str] = &[
    " octets in base64url",
    " found twice, expected each day once",
    " is not a delivery state, ",
    " is not a state, ",
    " is not a weekday, ",
    " is not an instant, ",
    " is not an order, ",
    // Put together of two reasons that are said.
    "x: x, expected x",
];

fn files(folder: &str, end: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(end) {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    found
}

fn without_tests(code: &str) -> &str {
    code.split("#[cfg(test)]\nmod tests {").next().unwrap()
}

/// A literal as it is once the compiler has read it.
fn plain(literal: &str) -> String {
    let joined = Regex::new("\\\\\n\\s*").unwrap().replace_all(literal, "").into_owned();
    joined.replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\")
}

/// Whatever is said in templates by `|t` and, of many, by `|n`.
fn said_in_templates() -> BTreeSet<String> {
    let words = Regex::new(r#""((?:[^"\\]|\\.)*)"\|t\b"#).unwrap();
    let counted = Regex::new(r#"\|n\("(?:[^"\\]|\\.)*", "((?:[^"\\]|\\.)*)"\)"#).unwrap();
    let mut said = BTreeSet::new();
    for (_, text) in files(PAGES, ".html") {
        for pattern in [&words, &counted] {
            said.extend(pattern.captures_iter(&text).map(|found| plain(&found[1])));
        }
    }
    said
}

/// Every literal in the code of pages, tests aside.
fn literals() -> BTreeMap<String, PathBuf> {
    let literal = Regex::new(r#"(?s)"((?:[^"\\]|\\.)*)""#).unwrap();
    let comment = Regex::new(r"(?m)^\s*//.*$").unwrap();
    let mut found = BTreeMap::new();
    for (path, text) in files(PAGES, ".rs") {
        // The reference of the API is in English, as the API is.
        let others = ["tests.rs", "testing.rs", "reference.rs", "reference/document.rs"];
        if others.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let code = comment.replace_all(without_tests(&text), "");
        let all = literal.captures_iter(&code).map(|found| plain(&found[1]));
        found.extend(all.map(|text| (text, path.clone())));
    }
    found
}

/// Literals of which only the one for many is in a catalogue.
fn for_one() -> BTreeSet<String> {
    let pair =
        Regex::new(r#""((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*\{n\}(?:[^"\\]|\\.)*)""#).unwrap();
    let mut found = BTreeSet::new();
    for (_, text) in files(PAGES, ".rs") {
        found.extend(pair.captures_iter(&text).map(|found| plain(&found[1])));
    }
    found
}

fn catalogues() -> [(&'static str, &'static HashMap<String, String>); 2] {
    [("Korean", &KOREAN.words), ("Japanese", &JAPANESE.words)]
}

/// Every sentence of that code in which values stand, with something in their places.
fn formatted(folders: &[&str]) -> BTreeSet<String> {
    let sentence = Regex::new(r#"format!\(\s*"((?:[^"\\]|\\.)*\{(?:[^"\\]|\\.)*)""#).unwrap();
    let place = Regex::new(r"\{[^{}]*\}").unwrap();
    let mut found = BTreeSet::new();
    for (_, text) in folders.iter().flat_map(|folder| files(folder, ".rs")) {
        let all = sentence.captures_iter(without_tests(&text)).map(|found| plain(&found[1]));
        found.extend(all.map(|text| place.replace_all(&text, "x").into_owned()));
    }
    found
}

/// What the model says within another reason.
fn reasons_in_reasons() -> BTreeSet<String> {
    let reason = Regex::new(r#"bad\((?:if [^{]*\{ )?"([^"]+)"(?: \} else \{ "([^"]+)")?"#).unwrap();
    let code = files("src/model", ".rs");
    let all = code.iter().flat_map(|(_, text)| reason.captures_iter(without_tests(text)));
    all.flat_map(|found| [found.get(1), found.get(2)])
        .flatten()
        .map(|found| found.as_str().to_owned())
        .collect()
}

#[test]
fn reasons_that_name_what_was_found_are_said_with_it() {
    let said = |text: &str| KOREAN.patterns.iter().any(|(p, _)| patterns::read(p, text).is_some());
    let reasons: Vec<_> = formatted(&["src/model", "src/ops"])
        .into_iter()
        .filter(|text| text.contains("expected") || text.contains(" already"))
        .filter(|text| !ONLY_PROGRAMS.iter().any(|known| text.contains(known)))
        .collect();
    let missing: Vec<_> = reasons.iter().filter(|text| !said(text)).collect();
    assert!(reasons.len() > 40 && missing.is_empty(), "{missing:#?}");
    let inner = reasons_in_reasons();
    let missing: Vec<_> = inner.iter().filter(|text| !KOREAN.words.contains_key(*text)).collect();
    assert!(inner.len() > 10 && missing.is_empty(), "{missing:#?}");
    let all = formatted(&["src/model", "src/ops", "src/http/pages"]);
    for (pattern, _) in &KOREAN.patterns {
        let is_used = all.iter().any(|text| patterns::read(pattern, text).is_some());
        assert!(is_used, "nobody says {pattern:?}");
        assert!(JAPANESE.patterns.iter().any(|(other, _)| other == pattern), "{pattern:?}");
    }
    speak(Language::Korean);
    let check = |reason: &str, expected| assert_eq!(say_reason(reason), expected);
    check("\"25:61\" is not a time of day", "\"25:61\"은 시각이 아니에요");
    check(
        "\"soon\" is not understood, expected something like tomorrow 9:00 or in 2 hours",
        "\"soon\"을(를) 이해하지 못했어요. 내일 9:00, 2시간 뒤처럼 적어 주세요",
    );
    check(
        "no web address found, expected an http or https address",
        "웹 주소가 없어요. http나 https 주소를 적어 주세요",
    );
    check("whatever this is", "whatever this is");
    speak(Language::English);
    check("\"25:61\" is not a time of day", "\"25:61\" is not a time of day");
}

#[test]
fn everything_that_pages_say_is_said_in_every_language() {
    let mut said = said_in_templates();
    let no_words: Vec<_> = NO_WORDS.iter().map(|pattern| Regex::new(pattern).unwrap()).collect();
    let for_one = for_one();
    let looks_said = |text: &&String| {
        let letters = text.chars().filter(|c| c.is_ascii_alphabetic()).count() > 1;
        let words = text.contains(' ') || text.starts_with(|c: char| c.is_uppercase());
        letters
            && words
            && !text.starts_with('/')
            && !no_words.iter().any(|pattern| pattern.is_match(text))
            && !for_one.contains(*text)
    };
    said.extend(literals().keys().filter(looks_said).cloned());
    for (language, catalogue) in catalogues() {
        let missing: Vec<_> = said.iter().filter(|text| !catalogue.contains_key(*text)).collect();
        assert!(missing.is_empty(), "no {language} for {missing:#?}");
    }
}

#[test]
fn no_catalogue_has_what_nobody_says() {
    let (templates, literals) = (said_in_templates(), literals());
    // Where reasons of errors come from.
    let elsewhere = ["src/model", "src/ops", "src/store", "src/http"]
        .map(|folder| files(folder, ".rs"))
        .concat();
    for (language, catalogue) in catalogues() {
        let unused: Vec<_> = catalogue
            .keys()
            .filter(|text| !templates.contains(*text) && !literals.contains_key(*text))
            .filter(|text| {
                let literal = match text.strip_prefix("there is no such ") {
                    Some(what) => format!("\"{what}\""),
                    None => format!("\"{text}\""),
                };
                !elsewhere.iter().any(|(_, code)| code.contains(&literal))
            })
            .collect();
        assert!(unused.is_empty(), "nobody says in {language} {unused:#?}");
    }
}

#[test]
fn the_places_and_marks_of_a_sentence_are_the_same_in_every_language() {
    let part = Regex::new(r"\{[a-z_]+\}|</?[a-z]+[^>]*>").unwrap();
    let parts = |text: &str| -> BTreeMap<String, usize> {
        part.find_iter(text).fold(BTreeMap::new(), |mut parts, found| {
            *parts.entry(found.as_str().to_owned()).or_default() += 1;
            parts
        })
    };
    for (language, catalogue) in [("Korean", &*KOREAN), ("Japanese", &*JAPANESE)] {
        let patterns = catalogue.patterns.iter().map(|(english, other)| (english, other));
        for (english, other) in catalogue.words.iter().chain(patterns) {
            assert_eq!(parts(english), parts(other), "{language} for {english:?}: {other:?}");
            assert!(!other.trim().is_empty(), "{language} for {english:?}");
        }
    }
}

#[test]
fn a_text_stands_once_in_a_catalogue() {
    for source in [IN_KOREAN, IN_JAPANESE] {
        let parts: BTreeMap<String, HashMap<String, String>> = toml::from_str(source).unwrap();
        let mut seen = BTreeMap::new();
        for (part, catalogue) in &parts {
            for english in catalogue.keys() {
                if let Some(other) = seen.insert(english, part) {
                    panic!("{english:?} is under {other} and {part}");
                }
            }
        }
    }
}

#[test]
fn a_sentence_is_said_with_its_values_and_particles() {
    speak(Language::English);
    assert_eq!(count(1, "{n} link", "{n} links"), "1 link");
    assert_eq!(count(2, "{n} link", "{n} links"), "2 links");
    assert_eq!(say("no such words"), "no such words");
    speak(Language::Korean);
    assert_eq!(count(1, "{n} link", "{n} links"), "링크 1개");
    assert_eq!(say("no such words"), "no such words");
    speak(Language::English);
    assert_eq!(fill("{it}을(를) {it}", "it", "빵"), "빵을 빵");
    assert_eq!(fill("{it}", "it", "{it} {other}"), "{it} {other}");
}
