//! JSON objects in which links lie in folders: Chrome's and Firefox's own, Linkwarden's and
//! Karakeep's; and those that only wrap an array of links.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::items::{Item, Loose, broken, moment, tags};
use super::{Sink, dates, split_tags};
use crate::error::Result;
use crate::model::import::{Format, Row};

/// A way up through folders that is longer leads in a circle.
const DEPTH_MAX: usize = 64;

/// What tells whose an object is.
#[derive(Deserialize)]
struct Marks {
    collections: Option<IgnoredAny>,
    roots: Option<IgnoredAny>,
    children: Option<IgnoredAny>,
}

/// Whose file an object is.
pub(super) fn recognise(json: &str) -> Format {
    match serde_json::from_str::<Marks>(json) {
        Ok(Marks { roots: Some(_), .. }) => Format::Chrome,
        Ok(Marks { collections: Some(_), .. }) => Format::Linkwarden,
        Ok(Marks { children: Some(_), .. }) => Format::Firefox,
        _ => Format::Json,
    }
}

fn parse<T: DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(|error| broken(&error))
}

/// A folder that names the one it lies in.
#[derive(Deserialize)]
struct Named<K> {
    id: K,
    name: String,
    #[serde(rename = "parentId")]
    parent_id: Option<K>,
}

/// The names from the outermost folder to the one of that id.
fn path<K: Eq + std::hash::Hash>(folders: &HashMap<&K, &Named<K>>, id: &K) -> Vec<String> {
    let first = folders.get(id).copied();
    let up = |folder: &&Named<K>| folders.get(folder.parent_id.as_ref()?).copied();
    let mut names: Vec<String> = std::iter::successors(first, up)
        .take(DEPTH_MAX)
        .map(|folder| folder.name.clone())
        .collect();
    names.reverse();
    names
}

#[derive(Deserialize)]
struct Wrapped {
    #[serde(alias = "results", alias = "items", alias = "data")]
    bookmarks: Vec<Item>,
    #[serde(default)]
    lists: Vec<Named<String>>,
}

/// Reads an array of links in an object; Karakeep has lists beside it, of which we take the first.
pub(super) fn read_wrapped(json: &str, sink: Sink) -> Result<()> {
    let file: Wrapped = parse(json)?;
    let lists: HashMap<_, _> = file.lists.iter().map(|list| (&list.id, list)).collect();
    for (number, item) in (1..).zip(file.bookmarks) {
        let list = item.lists.first().cloned();
        let mut row = item.into_row(number);
        if let Some(list) = list {
            row.folder = path(&lists, &list);
        }
        sink(row)?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Linkwarden {
    collections: Vec<Collection>,
    #[serde(default, rename = "pinnedLinks")]
    pinned: Vec<Pinned>,
}

#[derive(Deserialize)]
struct Collection {
    #[serde(flatten)]
    named: Named<i64>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
struct Pinned {
    id: i64,
}

#[derive(Deserialize)]
struct Link {
    id: Option<i64>,
    url: Option<String>,
    name: Option<String>,
    description: Option<String>,
    tags: Option<Loose>,
    #[serde(rename = "createdAt")]
    created_at: Option<Loose>,
}

/// Reads Linkwarden's file. What it keeps without an address is a file of its own: passed by.
pub(super) fn read_linkwarden(json: &str, sink: Sink) -> Result<()> {
    let file: Linkwarden = parse(json)?;
    let folders: HashMap<_, _> =
        file.collections.iter().map(|found| (&found.named.id, &found.named)).collect();
    let links = file.collections.iter().flat_map(|collection| {
        let folder = path(&folders, &collection.named.id);
        collection.links.iter().map(move |link| (folder.clone(), link))
    });
    for (number, (folder, link)) in (1..).zip(links) {
        let Some(url) = &link.url else { continue };
        sink(Row {
            line: number,
            url: url.clone(),
            title: link.name.clone().unwrap_or_default(),
            description: link.description.clone().unwrap_or_default(),
            folder,
            tags: tags(link.tags.as_ref()),
            saved_at: moment(link.created_at.as_ref()),
            favourite: link.id.is_some_and(|id| file.pinned.iter().any(|pin| pin.id == id)),
            ..Row::default()
        })?;
    }
    Ok(())
}

/// A folder or a link in a browser's own file.
#[derive(Deserialize)]
struct Node {
    #[serde(default, alias = "title")]
    name: String,
    #[serde(alias = "uri")]
    url: Option<String>,
    /// Chrome's, in a text.
    date_added: Option<String>,
    /// Firefox's, in microseconds.
    #[serde(rename = "dateAdded")]
    added_us: Option<i64>,
    tags: Option<String>,
    #[serde(default)]
    children: Vec<Node>,
}

#[derive(Deserialize)]
struct Chrome {
    roots: HashMap<String, Loosely>,
}

/// Chrome keeps more beside its folders.
#[derive(Deserialize)]
#[serde(untagged)]
enum Loosely {
    Node(Node),
    Other(IgnoredAny),
}

/// Reads Chrome's file: the bar and the other bookmarks in folders of their names.
pub(super) fn read_chrome(json: &str, sink: Sink) -> Result<()> {
    let mut roots: Vec<_> = parse::<Chrome>(json)?.roots.into_iter().collect();
    roots.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
    let mut number = 0;
    for (_, root) in roots {
        if let Loosely::Node(root) = root {
            walk(root, &mut Vec::new(), &mut number, sink)?;
        }
    }
    Ok(())
}

/// Reads a backup of Firefox.
pub(super) fn read_firefox(json: &str, sink: Sink) -> Result<()> {
    let mut number = 0;
    for root in parse::<Node>(json)?.children {
        walk(root, &mut Vec::new(), &mut number, sink)?;
    }
    Ok(())
}

/// Hands over what lies below a node. serde_json reads no deeper than 128 levels.
fn walk(node: Node, folder: &mut Vec<String>, number: &mut u64, sink: Sink) -> Result<()> {
    if let Some(url) = node.url {
        *number += 1;
        return sink(Row {
            line: *number,
            url,
            title: node.name,
            folder: folder.clone(),
            tags: split_tags(node.tags.as_deref().unwrap_or_default()),
            saved_at: node
                .added_us
                .and_then(dates::number_of)
                .or_else(|| dates::since_1601(node.date_added.as_deref()?)),
            ..Row::default()
        });
    }
    folder.push(node.name);
    for child in node.children {
        walk(child, folder, number, sink)?;
    }
    folder.pop();
    Ok(())
}
