//! Reads the tags a page is described by, the best source of each field first.

use std::borrow::Cow;

use url::Url;

use super::prepass::Essence;
use super::{date, icons, json_ld, text};
use crate::model::page::{PageImage, PageKind, PageMeta};
use crate::model::time::Timestamp;

/// Longer values are cut before they are decoded; nothing honest is.
const VALUE_BYTES_MAX: usize = 16 * 1024;
const URL_BYTES_MAX: usize = 4 * 1024;

#[derive(Clone, Copy)]
enum Field {
    Title,
    Description,
    Image,
    SiteName,
    Author,
    Published,
    Type,
}

/// Which meta tag fills which field, and how far down its list of sources it stands.
const KEYS: [(&str, Field, u8); 38] = [
    ("og:title", Field::Title, 0),
    ("twitter:title", Field::Title, 1),
    ("dc.title", Field::Title, 4),
    ("dcterms.title", Field::Title, 4),
    ("og:description", Field::Description, 0),
    ("twitter:description", Field::Description, 1),
    ("description", Field::Description, 2),
    ("dc.description", Field::Description, 4),
    ("og:image", Field::Image, 0),
    ("og:image:url", Field::Image, 0),
    ("og:image:secure_url", Field::Image, 0),
    ("twitter:image", Field::Image, 1),
    ("twitter:image:src", Field::Image, 1),
    ("thumbnail", Field::Image, 4),
    ("image", Field::Image, 4),
    ("og:site_name", Field::SiteName, 0),
    ("application-name", Field::SiteName, 2),
    ("apple-mobile-web-app-title", Field::SiteName, 3),
    ("author", Field::Author, 0),
    ("article:author", Field::Author, 1),
    ("og:article:author", Field::Author, 1),
    ("parsely-author", Field::Author, 2),
    ("sailthru.author", Field::Author, 2),
    ("dc.creator", Field::Author, 2),
    ("dcterms.creator", Field::Author, 2),
    ("book:author", Field::Author, 2),
    ("article:published_time", Field::Published, 0),
    ("og:article:published_time", Field::Published, 0),
    ("datepublished", Field::Published, 2),
    ("parsely-pub-date", Field::Published, 2),
    ("pubdate", Field::Published, 2),
    ("publishdate", Field::Published, 2),
    ("publish-date", Field::Published, 2),
    ("dc.date.issued", Field::Published, 2),
    ("dcterms.created", Field::Published, 3),
    ("dc.date", Field::Published, 3),
    ("date", Field::Published, 3),
    ("og:type", Field::Type, 0),
];

/// A value and the rank of its source; the first of the best rank stays.
#[derive(Debug)]
pub(super) struct Best<T>(Option<(u8, T)>);

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Best<T> {
    pub(super) fn offer(&mut self, rank: u8, value: Option<T>) {
        if let Some(value) = value
            && self.0.as_ref().is_none_or(|(best, _)| rank < *best)
        {
            self.0 = Some((rank, value));
        }
    }

    fn take(self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) title: Best<String>,
    pub(super) description: Best<String>,
    pub(super) image: Best<Url>,
    pub(super) icon: Best<Url>,
    pub(super) site_name: Best<String>,
    pub(super) author: Best<String>,
    pub(super) published: Best<Timestamp>,
    pub(super) kind: Best<PageKind>,
    pub(super) oembed: Best<Url>,
}

/// What a page found at `url` says about itself.
pub(super) fn read(essence: &Essence<'_>, url: &Url) -> PageMeta {
    let tags: Vec<Tag> = essence.tags.iter().filter_map(|tag| Tag::parse(tag)).collect();
    let base = base(&tags, url);
    let mut found = Findings::default();
    for tag in &tags {
        match tag.name {
            Name::Meta => meta(tag, &base, &mut found),
            Name::Link => link(tag, &base, &mut found),
            Name::Base => {}
        }
    }
    let title = essence.title.map(|raw| htmlize::unescape(head_of(raw)));
    found.title.offer(2, title.and_then(|title| text::clean(&title, text::TITLE_MAX)));
    for json in &essence.json {
        json_ld::read(json, &base, &mut found);
    }
    PageMeta {
        title: found.title.take(),
        description: found.description.take(),
        images: found.image.take().into_iter().map(PageImage::at).collect(),
        icon_url: found.icon.take(),
        site_name: found.site_name.take(),
        author: found.author.take(),
        published_at: found.published.take(),
        oembed_url: found.oembed.take(),
        ..PageMeta::bare(url.clone(), found.kind.take().unwrap_or_default())
    }
}

fn base(tags: &[Tag], url: &Url) -> Url {
    let bases = tags.iter().filter(|tag| tag.name == Name::Base);
    let href = bases.map(|tag| tag.get("href")).find(|href| !href.is_empty());
    href.and_then(|href| resolve(href, url)).unwrap_or_else(|| url.clone())
}

fn meta(tag: &Tag, base: &Url, found: &mut Findings) {
    let content = tag.get("content");
    for attribute in ["property", "name", "itemprop"] {
        for key in tag.get(attribute).split_ascii_whitespace() {
            let known = KEYS.iter().find(|(known, _, _)| known.eq_ignore_ascii_case(key));
            if let Some((_, field, rank)) = known {
                fill(found, *field, *rank, content, base);
            }
        }
    }
}

fn fill(found: &mut Findings, field: Field, rank: u8, content: &str, base: &Url) {
    let line = |chars_max| text::clean(content, chars_max);
    match field {
        Field::Title => found.title.offer(rank, line(text::TITLE_MAX)),
        Field::Description => found.description.offer(rank, line(text::DESCRIPTION_MAX)),
        Field::Image => found.image.offer(rank, resolve(content, base)),
        Field::SiteName => found.site_name.offer(rank, line(text::NAME_MAX)),
        Field::Author => found.author.offer(rank, line(text::NAME_MAX).filter(|n| is_name(n))),
        Field::Published => found.published.offer(rank, date::parse(content)),
        Field::Type => found.kind.offer(rank, kind(content)),
    }
}

/// Some name an author by the address of a profile.
pub(super) fn is_name(text: &str) -> bool {
    !text.contains("://") && !text.starts_with('/')
}

fn kind(og_type: &str) -> Option<PageKind> {
    let word = og_type.trim().to_ascii_lowercase();
    Some(match word.split(['.', ':']).next().unwrap_or("") {
        "article" | "blog" | "book" => PageKind::Article,
        "video" | "movie" => PageKind::Video,
        "music" | "audio" => PageKind::Audio,
        "product" | "og_product" => PageKind::Product,
        "profile" => PageKind::Profile,
        "website" => PageKind::Site,
        _ => return None,
    })
}

fn link(tag: &Tag, base: &Url, found: &mut Findings) {
    let (rel, href) = (tag.get("rel"), tag.get("href"));
    if let Some(rank) = icons::rank(rel, tag.get("type"), href) {
        found.icon.offer(rank, resolve(href, base));
    }
    if rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("image_src")) {
        found.image.offer(3, resolve(href, base));
    }
    if tag.get("type").trim().eq_ignore_ascii_case("application/json+oembed") {
        found.oembed.offer(0, resolve(href, base));
    }
}

/// An address on the page; only the web counts.
pub(super) fn resolve(href: &str, base: &Url) -> Option<Url> {
    let href = href.trim();
    if href.is_empty() || href.len() > URL_BYTES_MAX || text::clean(href, 32).is_none() {
        return None;
    }
    let url = base.join(href).ok()?;
    let on_the_web = matches!(url.scheme(), "http" | "https") && url.username().is_empty();
    on_the_web.then_some(url)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Meta,
    Link,
    Base,
}

/// One tag, with its values decoded.
struct Tag {
    name: Name,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn parse(raw: &str) -> Option<Self> {
        let name = match raw.as_bytes().get(1)?.to_ascii_lowercase() {
            b'm' => Name::Meta,
            b'l' => Name::Link,
            _ => Name::Base,
        };
        // The parser knows no white space in a tag but spaces and line feeds.
        let raw: Cow<'_, str> = if raw.contains(['\t', '\r', '\x0c']) {
            raw.replace(['\t', '\r', '\x0c'], " ").into()
        } else {
            raw.into()
        };
        let dom = tl::parse(&raw, tl::ParserOptions::default()).ok()?;
        let tag = dom.nodes().iter().find_map(|node| node.as_tag())?;
        let attributes = tag.attributes().iter().filter_map(|(key, value)| {
            let value = htmlize::unescape_attribute(head_of(value.as_deref()?)).into_owned();
            Some((key.to_ascii_lowercase(), value))
        });
        Some(Self { name, attributes: attributes.collect() })
    }

    /// The value of an attribute, empty where there is none.
    fn get(&self, key: &str) -> &str {
        let found = self.attributes.iter().find(|(name, _)| name == key);
        found.map_or("", |(_, value)| value)
    }
}

fn head_of(value: &str) -> &str {
    &value[..value.floor_char_boundary(VALUE_BYTES_MAX)]
}
