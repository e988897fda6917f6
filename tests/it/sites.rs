//! Links to well-known sites in `tests/data/sites`, against a web that answers as told.
//!
//! Each is a JSON file:
//!
//! - `why`: the hard case it mirrors, in a sentence,
//! - `saved`: the address that somebody saved,
//! - `asks`: what must be asked for, in this order and nothing else: each with its `url`
//!   and what is answered: a page (`html`, and `found_at` where redirects led elsewhere),
//!   a description (`json`), or nothing (`refused`),
//! - `page`: everything that is to be found, as in [`super::pages`]; null where it fails.

use std::cell::Cell;
use std::fs;
use std::path::Path;

use serde_json::Value;
use toaster::extract::extract;
use toaster::fetch::visit::visit;
use url::Url;

use super::pages::{collect, compare};

/// How many links there are at least, so that none gets lost.
const LINKS_MIN: usize = 60;

#[test]
fn each_link_is_asked_about_where_its_site_says_so() {
    let mut links = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/sites"), &mut links);
    let wrong: Vec<String> = links.iter().filter_map(|path| check(path)).collect();
    assert!(wrong.is_empty(), "{} links are read wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(links.len() >= LINKS_MIN, "only {} links were found", links.len());
}

/// What is wrong with what is found behind a link, if anything is.
fn check(path: &Path) -> Option<String> {
    let told: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let name = path.file_stem().unwrap().to_string_lossy();
    assert!(told["why"].as_str().is_some_and(|why| !why.is_empty()), "{name} says no why");
    let asks = told["asks"].as_array().unwrap();
    let asked = Cell::new(0);
    let answer = |url: &Url| {
        let nth = asked.replace(asked.get() + 1);
        let ask = asks.get(nth).unwrap_or_else(|| panic!("{name}: asks for {url} too"));
        assert_eq!(ask["url"], url.as_str(), "{name}: asked as number {nth}");
        ask
    };
    let read = |url: &Url| {
        let ask = answer(url);
        let found_at = ask["found_at"].as_str().map(|url| Url::parse(url).unwrap());
        let html = ask["html"].as_str().ok_or(())?;
        let found_at = found_at.as_ref().unwrap_or(url);
        Ok::<_, ()>(extract(html.as_bytes(), found_at, Some("text/html;charset=utf-8")))
    };
    let ask = |url: &Url| answer(url).get("json").map(|json| json.to_string().into_bytes());
    let saved = Url::parse(told["saved"].as_str().unwrap()).unwrap();
    let found = visit(&saved, read, ask);
    assert_eq!(asked.get(), asks.len(), "{name}: not everything was asked for");
    match (&found, told["page"].as_object()) {
        (Ok(meta), Some(expected)) => {
            let flaws = compare(meta, expected);
            (!flaws.is_empty()).then(|| format!("{name}\n{}", flaws.join("\n")))
        }
        (Err(()), None) => None,
        (Ok(_), None) => Some(format!("{name}: read, although it cannot be")),
        (Err(()), Some(_)) => Some(format!("{name}: could not be read")),
    }
}
