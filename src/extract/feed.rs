//! Feeds: RSS, Atom and JSON Feed. Whoever saves one means the site that it is about, so
//! what is above the first entry is read and no entry ever is.

use htmlize::unescape;
use serde::Deserialize;
use url::Url;

use super::text;
use crate::model::page::{PageImage, PageKind, PageMeta};

/// How deep the elements around a feed's own go.
const DEPTH_MAX: usize = 16;
/// How many tags a feed may have above its first entry.
const TAGS_MAX: usize = 500;

/// What the feed at `url` says of its site; nothing where this is no feed.
pub(super) fn read(content: &str, url: &Url) -> Option<PageMeta> {
    let found = if content.trim_start().starts_with('{') { json(content) } else { xml(content) }?;
    let image = |address: &String| url.join(address.trim()).ok().filter(is_web);
    Some(PageMeta {
        title: text::clean(&found.title, text::TITLE_MAX),
        description: text::clean(&found.description, text::DESCRIPTION_MAX),
        images: found.image.iter().filter_map(image).map(PageImage::at).collect(),
        icon_url: found.icon.as_ref().and_then(image),
        ..PageMeta::bare(url.clone(), PageKind::Site)
    })
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.username().is_empty()
}

#[derive(Debug, Default)]
struct Found {
    title: String,
    description: String,
    image: Option<String>,
    icon: Option<String>,
}

#[derive(Deserialize)]
struct JsonFeed {
    version: String,
    title: String,
    #[serde(default)]
    description: String,
    icon: Option<String>,
    favicon: Option<String>,
}

fn json(content: &str) -> Option<Found> {
    let feed: JsonFeed = serde_json::from_str(content.trim()).ok()?;
    feed.version.contains("jsonfeed.org/version/").then_some(Found {
        title: feed.title,
        description: feed.description,
        image: feed.icon,
        icon: feed.favicon,
    })
}

fn xml(content: &str) -> Option<Found> {
    let mut found = Found::default();
    let mut path: Vec<&str> = Vec::new();
    let mut rest = content;
    for _ in 0..TAGS_MAX {
        let Some(start) = rest.find('<') else { break };
        rest = &rest[start + 1..];
        if let Some(end) = end_of_other(rest) {
            rest = &rest[end..];
            continue;
        }
        let Some((tag, after)) = rest.split_once('>') else { break };
        rest = after;
        if tag.starts_with('/') {
            path.pop();
            continue;
        }
        let name = tag.split(|c: char| c.is_ascii_whitespace() || c == '/').next().unwrap_or("");
        if matches!(name, "item" | "entry") || path.len() == DEPTH_MAX {
            break;
        }
        path.push(name);
        found.take(&path, tag, after);
        if tag.ends_with('/') {
            path.pop();
        }
        if path.len() == 1 && !matches!(path[0], "rss" | "feed" | "rdf:RDF") {
            return None;
        }
    }
    (!found.title.is_empty()).then_some(found)
}

/// How long something is that is no tag: a comment, a declaration, quoted text.
fn end_of_other(rest: &str) -> Option<usize> {
    let closed_by = |mark: &str| Some(rest.find(mark).map_or(rest.len(), |at| at + mark.len()));
    match rest {
        _ if rest.starts_with("!--") => closed_by("-->"),
        _ if rest.starts_with("![CDATA[") => closed_by("]]>"),
        _ if rest.starts_with(['!', '?']) => closed_by(">"),
        _ => None,
    }
}

impl Found {
    fn take(&mut self, path: &[&str], tag: &str, after: &str) {
        let own = match path {
            ["rss" | "rdf:RDF", "channel", own @ ..] | ["feed", own @ ..] => own,
            _ => return,
        };
        let value = || Some(value(after)).filter(|value| !value.is_empty());
        match own {
            ["title"] if self.title.is_empty() => self.title = value().unwrap_or_default(),
            ["description" | "subtitle"] if self.description.is_empty() => {
                self.description = value().unwrap_or_default();
            }
            ["image", "url"] | ["logo"] if self.image.is_none() => self.image = value(),
            ["itunes:image"] if self.image.is_none() => self.image = href(tag),
            ["icon"] if self.icon.is_none() => self.icon = value(),
            _ => {}
        }
    }
}

/// The text of an element, up to the next tag.
fn value(after: &str) -> String {
    let raw = match after.trim_start().strip_prefix("<![CDATA[") {
        Some(quoted) => quoted.split("]]>").next(),
        None => after.split('<').next(),
    };
    // Many escape twice, and nobody means an entity.
    unescape(unescape(raw.unwrap_or("").trim())).into_owned()
}

fn href(tag: &str) -> Option<String> {
    let value = tag.split_once("href=")?.1;
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split_once(quote).map(|(value, _)| unescape(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(content: &str) -> Option<String> {
        read(content, &Url::parse("https://a.example/feed").unwrap())?.title
    }

    #[test]
    fn the_title_of_the_feed_is_not_that_of_a_part() {
        let rss = "<?xml version='1.0'?><!-- <rss> --><rss><channel><image><title>no</title>\
                   </image><title>A &amp;amp; B</title><item><title>no</title></item>";
        assert_eq!(title(rss).as_deref(), Some("A & B"));
        let atom = "<feed xmlns='x'><author><title>no</title></author>\
                    <title type='html'><![CDATA[<A> ]]></title><entry>";
        assert_eq!(title(atom).as_deref(), Some("<A>"));
        assert_eq!(title("<rss><channel><item><title>no</title></item>"), None);
        assert_eq!(title("<html><feed><title>no</title>"), None);
        assert_eq!(title("{\"version\":\"1\",\"title\":\"no\"}"), None);
    }

    #[test]
    fn broken_feeds_end_somewhere() {
        for content in ["", "<", "<rss", "<rss><channel><title", "<!--", "<rss/></rss></rss>", "{"]
        {
            assert_eq!(title(content), None, "{content}");
        }
        assert_eq!(title(&"<rss>".repeat(100_000)), None);
    }
}
