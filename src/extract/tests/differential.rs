//! What our pass and parser see of a page, against what the parser of a browser sees.

use std::collections::BTreeMap;

use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{Handle, NodeData, RcDom};

use super::broken::fixtures;
use crate::extract::prepass::{self, BASE, HTML, LINK, META};
use crate::extract::tag::Tag;
use crate::extract::{charset, prose, text};

/// What is found, and how often.
type Findings = BTreeMap<String, i32>;

fn add(found: &mut Findings, what: String) {
    *found.entry(what).or_default() += 1;
}

/// The attributes that count, of any tag that is kept.
const ATTRIBUTES: [&str; 10] =
    ["property", "name", "http-equiv", "content", "rel", "href", "type", "sizes", "media", "lang"];

fn ours(html: &str) -> Findings {
    let essence = prepass::essence(html);
    let mut found = Findings::new();
    for (name, raw) in &essence.tags {
        let Some(tag) = Tag::parse(*name, raw) else { continue };
        let name = match *name {
            META => "meta",
            LINK => "link",
            BASE => "base",
            HTML => continue,
            _ => unreachable!("no other tag is kept"),
        };
        add(&mut found, told(name, |key| tag.get(key).to_owned()));
    }
    let title = essence.title.map(|title| htmlize::unescape(title).into_owned());
    add(&mut found, format!("title {:?}", title.and_then(|title| text::clean(&title, 500))));
    for json in essence.json {
        add(&mut found, format!("json {}", folded(json)));
    }
    let headings = essence.elements.iter().filter(|one| one.name == crate::extract::outline::H1);
    for heading in headings {
        let heading = text::clean(&prose::text_of(heading.content), 500);
        heading.into_iter().for_each(|text| add(&mut found, format!("h1 {text}")));
    }
    found
}

fn told(name: &str, get: impl Fn(&str) -> String) -> String {
    let values = ATTRIBUTES.map(|key| (key, get(key)));
    let values = values.iter().filter(|(_, value)| !value.is_empty());
    values.fold(name.to_owned(), |all, (key, value)| format!("{all} {key}={:?}", folded(value)))
}

/// Browsers keep line breaks that nobody sees.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn theirs(html: &str) -> Findings {
    let dom = html5ever::parse_document(RcDom::default(), Default::default()).one(html);
    let mut found = Findings::new();
    let mut title = None;
    walk(&dom.document, false, &mut found, &mut title);
    add(&mut found, format!("title {title:?}"));
    found
}

fn walk(node: &Handle, apart: bool, found: &mut Findings, title: &mut Option<String>) {
    let mut apart = apart;
    if let NodeData::Element { name, attrs, .. } = &node.data {
        let attrs = attrs.borrow();
        let get = |key: &str| {
            let attr = attrs.iter().find(|attr| &*attr.name.local == key);
            attr.map(|attr| attr.value.to_string()).unwrap_or_default()
        };
        let local = &*name.local;
        let in_html = &*name.ns == "http://www.w3.org/1999/xhtml";
        match local {
            "meta" | "link" | "base" if in_html => add(found, told(local, get)),
            "title" if in_html && title.is_none() => *title = text::clean(&words(node), 500),
            "script" if get("type").trim().eq_ignore_ascii_case("application/ld+json") => {
                add(found, format!("json {}", folded(&words(node))));
            }
            "h1" if in_html && !apart => {
                let heading = text::clean(&words(node), 500);
                heading.into_iter().for_each(|text| add(found, format!("h1 {text}")));
            }
            _ => {}
        }
        apart |= matches!(local, "nav" | "aside" | "footer" | "dialog");
    }
    node.children.borrow().iter().for_each(|child| walk(child, apart, found, title));
}

fn words(node: &Handle) -> String {
    match &node.data {
        NodeData::Text { contents } => contents.borrow().to_string(),
        NodeData::Element { name, .. } if matches!(&*name.local, "br" | "svg" | "rt" | "rp") => {
            " ".into()
        }
        _ => node.children.borrow().iter().map(words).collect(),
    }
}

#[test]
fn we_see_what_browsers_see() {
    // Their tree is walked, and dropped, by functions that call themselves; ours is not.
    let deep = std::thread::Builder::new().stack_size(64 << 20);
    deep.spawn(compare).unwrap().join().unwrap();
}

fn compare() {
    let (mut equal, mut different) = (0, Vec::new());
    for (path, bytes) in fixtures() {
        let (html, _) = charset::decode(&bytes, None, None);
        let (ours, theirs) = (ours(&html), theirs(&html));
        let keys: std::collections::BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for key in keys {
            if ours.get(key) == theirs.get(key) {
                equal += 1;
            } else {
                let counts = (ours.get(key).unwrap_or(&0), theirs.get(key).unwrap_or(&0));
                different.push(format!("{path}: {key}: ours and theirs {counts:?}"));
            }
        }
    }
    println!("{equal} equal, {} different:\n{}", different.len(), different.join("\n"));
    assert!(different.len() * 99 <= equal, "{} of {equal} differ", different.len());
}
