//! Pages of `tests/data/pages` against what a person would say they are about.
//!
//! Beside each page stands a JSON file of the same name:
//!
//! - `why`: the hard case it mirrors, in a sentence,
//! - `url` and `content_type`: how it was found (no content type: none was sent),
//! - `requested`: the address that was asked for, where it is another,
//! - `wall`: `bot`, `login`, `consent` or `gone`, when it stands in front of the page somebody meant,
//! - `page`: everything that is to be found in it. What is not listed must not be found.
//!   An image is its address, with ` 1200x630` behind it where its size is told.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use toaster::extract::{Wall, extract, wall};
use toaster::model::page::{PageImage, PageMeta};
use url::Url;

/// How many pages there are at least, so that none gets lost.
const PAGES_MIN: usize = 410;

#[test]
fn each_page_yields_what_a_person_would_say() {
    let mut expectations = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pages"), &mut expectations);
    let wrong: Vec<String> = expectations.iter().filter_map(|path| check(path)).collect();
    assert!(wrong.is_empty(), "{} pages are read wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(expectations.len() >= PAGES_MIN, "only {} pages were found", expectations.len());
}

pub fn collect(dir: &Path, found: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

/// What is wrong with a page, if anything is.
fn check(path: &Path) -> Option<String> {
    let told: Value = serde_json::from_slice(&fs::read(path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = |key: &str| told[key].as_str();
    assert!(text("why").is_some_and(|why| !why.is_empty()), "{} says no why", path.display());
    let url = |key: &str| text(key).map(|url| Url::parse(url).unwrap());
    let found_at = url("url").unwrap_or_else(|| panic!("{} has no url", path.display()));
    let meta = extract(&fs::read(page_beside(path)).unwrap(), &found_at, text("content_type"));
    let wall = wall(&url("requested").unwrap_or(found_at), &meta).map(|wall| match wall {
        Wall::Bot => "bot",
        Wall::Login => "login",
        Wall::Consent => "consent",
        Wall::Gone => "gone",
    });
    let mut flaws = compare(&meta, told["page"].as_object().expect("a page is expected"));
    if wall != text("wall") {
        flaws.push(format!("  wall: found {wall:?}, expected {:?}", text("wall")));
    }
    let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap().display();
    (!flaws.is_empty()).then(|| format!("{name}\n{}", flaws.join("\n")))
}

/// Each field in which what was found is not what was to be found.
pub fn compare(meta: &PageMeta, expected: &Map<String, Value>) -> Vec<String> {
    let found = as_json(meta);
    let mut flaws = Vec::new();
    let mut keys: Vec<&String> = found.keys().chain(expected.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        if found.get(key) != expected.get(key) {
            let shown = |value: Option<&Value>| value.map_or("nothing".into(), Value::to_string);
            let (found, expected) = (shown(found.get(key)), shown(expected.get(key)));
            flaws.push(format!("  {key}: found {found}\n  {key}: expected {expected}"));
        }
    }
    flaws
}

/// The page that a description is about: the other file of that name.
fn page_beside(path: &Path) -> PathBuf {
    let siblings = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let mut pages = siblings.filter(|page| page != path && page.file_stem() == path.file_stem());
    pages.next().unwrap_or_else(|| panic!("{} has no page beside it", path.display()))
}

/// All that was found, without what was not.
fn as_json(meta: &PageMeta) -> Map<String, Value> {
    let image = |image: &PageImage| match (image.width, image.height) {
        (Some(width), Some(height)) => format!("{} {width}x{height}", image.url),
        _ => image.url.to_string(),
    };
    let text = |url: &Option<Url>| url.as_ref().map(ToString::to_string);
    let images: Vec<String> = meta.images.iter().map(image).collect();
    let all = json!({
        "url": meta.url.as_str(),
        "canonical_url": text(&meta.canonical_url),
        "title": meta.title,
        "short_title": meta.short_title,
        "description": meta.description,
        "images": images,
        "icon": text(&meta.icon_url),
        "site_name": meta.site_name,
        "author": meta.author,
        "published_at": meta.published_at.map(|at| at.to_string()),
        "language": meta.language,
        "kind": meta.kind.as_str(),
        "oembed_url": text(&meta.oembed_url),
        "theme_colour": meta.theme_colour,
        "charset": meta.charset,
    });
    let Value::Object(all) = all else { unreachable!("it was made as an object") };
    all.into_iter().filter(|(_, value)| !value.is_null() && *value != json!([])).collect()
}
