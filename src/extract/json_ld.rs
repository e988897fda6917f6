//! What the scripts of JSON-LD say of the thing that a page is about.

use serde_json::{Map, Value};
use url::Url;

use super::tag::head_of;
use super::thing::{Candidate, Picture, Thing, Weight, main_of, role};
use super::{images, json_repair, prose};
use crate::model::page::PageKind;

type Node = Map<String, Value>;

/// More things than any honest page describes.
const NODES_MAX: usize = 256;
/// As far as references and lists within a value are followed.
const DEPTH_MAX: usize = 4;
const ITEMS_MAX: usize = 32;

/// What the scripts say of the main thing of a page that lives at any of `pages`.
pub(super) fn read(scripts: &[&str], pages: &[&Url]) -> Thing {
    let values: Vec<Value> = scripts.iter().flat_map(|json| json_repair::values(json)).collect();
    let mut graph = Graph::default();
    for value in &values {
        graph.collect(value, false);
    }
    graph.thing(pages)
}

/// All things described, from all scripts: they may refer to one another.
#[derive(Default)]
struct Graph<'a> {
    nodes: Vec<(&'a Node, bool)>,
}

impl<'a> Graph<'a> {
    /// Takes in what is described at the top, through lists and `@graph`, and what a page
    /// is said to be about. What lies deeper is only mentioned.
    fn collect(&mut self, value: &'a Value, is_main: bool) {
        match value {
            Value::Array(items) => {
                items.iter().take(NODES_MAX).for_each(|item| self.collect(item, is_main));
            }
            Value::Object(node) if self.nodes.len() < NODES_MAX => {
                self.nodes.push((node, is_main));
                if let Some(graph) = node.get("@graph") {
                    self.collect(graph, false);
                }
                let of_page = roles(node).any(|(weight, _)| weight == Weight::Page);
                if let Some(entity) = node.get("mainEntity").filter(|_| of_page) {
                    // Several are the questions of a list, not one thing.
                    self.collect(entity, entity.is_object());
                }
            }
            _ => {}
        }
    }

    fn thing(&self, pages: &[&Url]) -> Thing {
        let answers_many = self.nodes.iter().any(|(node, _)| has_type(node, "FAQPage"));
        let candidates: Vec<(&Node, Candidate)> = self
            .nodes
            .iter()
            // None of the questions that a page answers is what it is about.
            .filter(|(node, _)| !(answers_many && has_type(node, "Question")))
            .filter_map(|(node, is_main)| Some((*node, self.candidate(node, *is_main)?)))
            .collect();
        let (nodes, judged): (Vec<&Node>, Vec<Candidate>) = candidates.into_iter().unzip();
        let mut thing = Thing::default();
        if let Some(main) = main_of(&judged, pages) {
            thing = self.describe(nodes[main]);
        } else if let Some(person) = self.person_of_profile() {
            thing = Thing { kind: None, ..self.describe(person) };
        }
        let of_page = nodes.iter().zip(&judged).filter(|(_, one)| one.weight == Weight::Page);
        for (node, _) in of_page.take(2) {
            thing.append(self.describe(node));
        }
        let sites = self.nodes.iter().filter(|(node, _)| has_type(node, "WebSite"));
        thing.site_names.extend(sites.flat_map(|(node, _)| texts(node.get("name"))));
        thing
    }

    fn candidate(&self, node: &Node, is_main: bool) -> Option<Candidate> {
        let (weight, _) = roles(node).max_by_key(|(weight, _)| *weight)?;
        let told = ["mainEntityOfPage", "url"].iter().filter_map(|key| address(node.get(*key)?));
        let mut addresses: Vec<String> = told.collect();
        // An id need not be an address, and with a fragment it rarely is one.
        let id = node.get("@id").and_then(Value::as_str).filter(|id| !id.contains('#'));
        addresses.extend(id.filter(|id| id.starts_with("http")).map(String::from));
        Some(Candidate { weight, is_main: is_main || self.is_referred_to(node), addresses })
    }

    /// Whether a page names this node as its main thing by reference.
    fn is_referred_to(&self, node: &Node) -> bool {
        let Some(id) = node.get("@id").and_then(Value::as_str) else { return false };
        self.nodes.iter().any(|(page, _)| {
            let entity = page.get("mainEntity").and_then(|entity| entity.get("@id"));
            entity.and_then(Value::as_str) == Some(id)
        })
    }

    /// A profile is about a person, and by that name it goes.
    fn person_of_profile(&self) -> Option<&Node> {
        let profile = self.nodes.iter().find(|(node, _)| has_type(node, "ProfilePage"))?.0;
        Some(self.refer(profile.get("mainEntity")?.as_object()?))
    }

    fn describe(&self, node: &Node) -> Thing {
        let all = |keys: &[&str]| keys.iter().flat_map(|key| texts(node.get(*key))).collect();
        let mut images = Vec::new();
        for key in ["image", "thumbnailUrl"] {
            if let Some(value) = node.get(key) {
                self.pictures(value, DEPTH_MAX, &mut images);
            }
        }
        let names = |key: &str| {
            let mut names = Vec::new();
            if let Some(value) = node.get(key) {
                self.names(value, DEPTH_MAX, &mut names);
            }
            names
        };
        Thing {
            titles: all(&["headline", "name", "alternativeHeadline"]),
            descriptions: all(&["description"]).iter().map(|text| without_tags(text)).collect(),
            images,
            authors: ["author", "creator", "byArtist"]
                .map(names)
                .into_iter()
                .find(|names| !names.is_empty())
                .unwrap_or_default(),
            published: all(&["datePublished", "uploadDate", "datePosted"]),
            site_names: names("publisher"),
            languages: names("inLanguage"),
            kind: roles(node).find_map(|(_, kind)| kind),
        }
    }

    /// The node itself, or one elsewhere that says more of the same thing.
    fn refer<'b>(&'b self, node: &'b Node) -> &'b Node {
        let Some(id) = node.get("@id").and_then(Value::as_str) else { return node };
        let is_it = |found: &Node| found.get("@id").and_then(Value::as_str) == Some(id);
        let others = self.nodes.iter().map(|(node, _)| *node);
        others
            .filter(|found| is_it(found))
            .fold(node, |best, found| if found.len() > best.len() { found } else { best })
    }

    /// Texts, and the names of things.
    fn names(&self, value: &Value, depth: usize, found: &mut Vec<String>) {
        match value {
            Value::Object(node) => {
                let node = self.refer(node);
                found.extend(texts(node.get("name")).into_iter().next());
            }
            Value::Array(items) if depth > 0 => {
                items.iter().take(ITEMS_MAX).for_each(|item| self.names(item, depth - 1, found));
            }
            _ => found.extend(texts(Some(value))),
        }
    }

    fn pictures(&self, value: &Value, depth: usize, found: &mut Vec<Picture>) {
        match value {
            Value::String(href) => {
                found.push(Picture { href: href.clone(), ..Picture::default() });
            }
            Value::Array(items) if depth > 0 => {
                items.iter().take(ITEMS_MAX).for_each(|item| self.pictures(item, depth - 1, found));
            }
            Value::Object(node) => {
                let node = self.refer(node);
                let href = ["url", "contentUrl"].iter().find_map(|key| address(node.get(*key)?));
                found.extend(href.map(|href| Picture {
                    href,
                    width: size(node.get("width")),
                    height: size(node.get("height")),
                    media: texts(node.get("encodingFormat")).pop().unwrap_or_default(),
                }));
            }
            _ => {}
        }
    }
}

fn roles(node: &Node) -> impl Iterator<Item = (Weight, Option<PageKind>)> {
    types(node).filter_map(role)
}

fn has_type(node: &Node, name: &str) -> bool {
    types(node).any(|found| found.rsplit(['/', '#', ':']).next() == Some(name))
}

fn types(node: &Node) -> impl Iterator<Item = &str> {
    let types = node.get("@type").map_or(&[][..], |value| match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    });
    types.iter().take(ITEMS_MAX).filter_map(Value::as_str)
}

/// The texts of a value. Many pages escape them as if they were mark-up.
fn texts(value: Option<&Value>) -> Vec<String> {
    let one = |value: &Value| {
        let text = value.as_str().or_else(|| value.get("@value")?.as_str())?;
        Some(htmlize::unescape(head_of(text)).into_owned())
    };
    match value {
        Some(Value::Array(items)) => items.iter().take(ITEMS_MAX).filter_map(one).collect(),
        Some(value) => one(value).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Some shops and job boards put whole paragraphs of mark-up where a text should stand.
fn without_tags(text: &str) -> String {
    let has_tags = text.contains("</") || text.contains("<br");
    if has_tags { prose::text_of(text) } else { text.to_owned() }
}

/// An address, or that of a thing.
fn address(value: &Value) -> Option<String> {
    match value {
        Value::String(href) => Some(href.clone()),
        Value::Array(items) => address(items.first().filter(|item| !item.is_array())?),
        Value::Object(node) => Some(node.get("@id").or_else(|| node.get("url"))?.as_str()?.into()),
        _ => None,
    }
}

fn size(value: Option<&Value>) -> Option<u32> {
    match value? {
        Value::Number(number) => images::dots(&number.to_string()),
        Value::String(text) => images::dots(text),
        Value::Object(quantity) => images::dots(&quantity.get("value")?.to_string()),
        _ => None,
    }
}
