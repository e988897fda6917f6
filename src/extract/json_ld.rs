//! Fills what the tags left open from a page's structured data.

use serde_json::Value;
use url::Url;

use super::tags::{Findings, is_name, resolve};
use super::{date, text};
use crate::model::page::PageKind;

/// Below every tag that says the same.
const RANK: u8 = 3;
/// Larger ones describe a whole shop, not this page.
const BYTES_MAX: usize = 256 * 1024;
const NODES_MAX: usize = 64;

/// Offers what one script of JSON-LD says. Its errors are nobody's business.
pub(super) fn read(json: &str, base: &Url, found: &mut Findings) {
    let bare = json.trim().trim_start_matches("<![CDATA[").trim_end_matches(';');
    let bare = bare.trim_end().trim_end_matches("]]>");
    if bare.len() > BYTES_MAX {
        return;
    }
    // Nesting deeper than 128 is refused by the parser itself.
    let Ok(value) = serde_json::from_str::<Value>(bare) else { return };
    let mut nodes = Vec::new();
    collect(&value, &mut nodes);
    for node in nodes {
        offer(node, base, found);
    }
}

/// The top-level things described, through arrays and `@graph`.
fn collect<'a>(value: &'a Value, nodes: &mut Vec<&'a Value>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, nodes)),
        Value::Object(map) if nodes.len() < NODES_MAX => {
            nodes.push(value);
            if let Some(graph) = map.get("@graph") {
                collect(graph, nodes);
            }
        }
        _ => {}
    }
}

fn offer(node: &Value, base: &Url, found: &mut Findings) {
    let Some(kind) = kind(&node["@type"]) else { return };
    let line =
        |key: &str, chars_max| first_text(&node[key]).and_then(|t| text::clean(t, chars_max));
    let title = line("headline", text::TITLE_MAX).or_else(|| line("name", text::TITLE_MAX));
    found.title.offer(RANK, title);
    found.description.offer(RANK, line("description", text::DESCRIPTION_MAX));
    let picture = first_url(&node["image"]).or_else(|| first_url(&node["thumbnailUrl"]));
    found.image.offer(2, picture.and_then(|href| resolve(href, base)));
    let author = first_text(&node["author"]).and_then(|name| text::clean(name, text::NAME_MAX));
    found.author.offer(RANK, author.filter(|name| is_name(name)));
    let published = ["datePublished", "uploadDate"].iter().find_map(|key| node[key].as_str());
    found.published.offer(1, published.and_then(date::parse));
    found.site_name.offer(1, {
        let name = first_text(&node["publisher"]);
        name.and_then(|name| text::clean(name, text::NAME_MAX))
    });
    found.kind.offer(RANK, Some(kind));
}

/// The kind of a thing that a page can be about; crumbs and organisations are not.
fn kind(types: &Value) -> Option<PageKind> {
    let one = |name: &str| match name.rsplit('/').next().unwrap_or(name) {
        "VideoObject" | "Movie" => Some(PageKind::Video),
        "AudioObject" | "PodcastEpisode" | "MusicRecording" | "MusicAlbum" => Some(PageKind::Audio),
        "Product" => Some(PageKind::Product),
        "ProfilePage" => Some(PageKind::Profile),
        "Recipe" | "Report" | "TechArticle" | "BlogPosting" => Some(PageKind::Article),
        name if name.ends_with("Article") || name.ends_with("Posting") => Some(PageKind::Article),
        _ => None,
    };
    match types {
        Value::String(name) => one(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).find_map(one),
        _ => None,
    }
}

/// A text, the name of a thing, or the first of several.
fn first_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(items) => items.iter().take(NODES_MAX).find_map(first_text),
        Value::Object(map) => map.get("name")?.as_str(),
        _ => None,
    }
}

/// An address, the address of a thing, or the first of several.
fn first_url(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(items) => items.iter().take(NODES_MAX).find_map(first_url),
        Value::Object(map) => map.get("url").or_else(|| map.get("contentUrl"))?.as_str(),
        _ => None,
    }
}
