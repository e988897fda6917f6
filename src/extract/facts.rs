//! Everything a page says about itself, in one place, and where each field looks for it.

use std::borrow::Cow;

use url::Url;

use super::outline::{Element, H1, H2, P, Place};
use super::prepass::{BASE, Essence, HTML, LINK, META};
use super::prose;
use super::tag::{Tag, head_of};
use super::thing::Thing;
use super::{address, json_ld, links, microdata};

/// Somewhere a field may be told. Each field has a table of these, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A meta tag of that property or name.
    Meta(&'static str),
    /// A meta tag that stands for that header.
    Header(&'static str),
    /// The structured data of a script.
    JsonLd,
    /// The structured data among the words.
    Microdata,
    /// The title of the document.
    Title,
    /// The attributes of the root.
    Root,
    /// What stands above the words.
    Headings,
    /// The words themselves.
    Paragraphs,
}

/// What a page says about itself.
pub(super) struct Facts<'a> {
    /// Where it was found.
    pub url: &'a Url,
    /// What its addresses are relative to.
    pub base: Url,
    /// Where it says that it lives.
    pub canonical: Option<Url>,
    pub json_ld: Thing,
    pub microdata: Thing,
    tags: Vec<Tag>,
    /// The keys of meta tags in lower case, and which tag each belongs to.
    keys: Vec<(String, usize)>,
    title: Option<&'a str>,
    elements: &'a [Element<'a>],
}

impl<'a> Facts<'a> {
    pub(super) fn of(essence: &'a Essence<'a>, url: &'a Url) -> Self {
        let parse = |(name, raw): &(_, &str)| Tag::parse(*name, raw);
        let tags: Vec<Tag> = essence.tags.iter().filter_map(parse).collect();
        let mut facts = Self {
            url,
            base: base(&tags, url),
            canonical: None,
            json_ld: Thing::default(),
            microdata: Thing::default(),
            keys: keys(&tags),
            tags,
            title: essence.title,
            elements: &essence.elements,
        };
        facts.canonical = links::canonical(&facts);
        let pages: Vec<&Url> =
            [Some(url), facts.canonical.as_ref()].into_iter().flatten().collect();
        let json_ld = json_ld::read(&essence.json, &pages);
        let microdata = microdata::read(&essence.elements, &pages);
        Self { json_ld, microdata, ..facts }
    }

    /// All that one source says, `field` being that of structured data.
    pub(super) fn texts(
        &self,
        source: Source,
        field: fn(&Thing) -> &Vec<String>,
    ) -> Vec<Cow<'_, str>> {
        let all = |texts: &'_ Vec<String>| texts.clone().into_iter().map(Cow::Owned).collect();
        match source {
            Source::Meta(key) => self.metas(key).map(|tag| tag.get("content").into()).collect(),
            Source::Header(name) => {
                self.headers(name).map(|tag| tag.get("content").into()).collect()
            }
            Source::JsonLd => all(field(&self.json_ld)),
            Source::Microdata => all(field(&self.microdata)),
            Source::Title => {
                let title = self.title.map(|raw| htmlize::unescape(head_of(raw)));
                title.map(|title| title.replace('\0', "\u{fffd}").into()).into_iter().collect()
            }
            Source::Root => {
                let roots = self.tags.iter().filter(|tag| tag.name == HTML);
                roots.flat_map(|tag| ["lang", "xml:lang"].map(|key| tag.get(key).into())).collect()
            }
            Source::Headings => self.headings(),
            Source::Paragraphs => self.paragraphs(),
        }
    }

    /// The meta tags of a property or name, in the order of the page.
    pub(super) fn metas(&self, key: &str) -> impl Iterator<Item = &Tag> {
        self.keys.iter().filter(move |(found, _)| found == key).map(|(_, at)| &self.tags[*at])
    }

    /// The properties that begin so and their values, in the order of the page.
    pub(super) fn structured(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.keys.iter().filter_map(move |(key, at)| {
            Some((key.strip_prefix(prefix)?, self.tags[*at].get("content")))
        })
    }

    /// The links of a relation.
    pub(super) fn links(&self, relation: &str) -> impl Iterator<Item = &Tag> {
        let links = self.tags.iter().filter(|tag| tag.name == LINK);
        links.filter(move |tag| tag.says("rel", relation))
    }

    /// An address on the page as a whole one.
    pub(super) fn resolve(&self, href: &str) -> Option<Url> {
        address::resolve(href, &self.base)
    }

    /// The meta tags that stand in for a header of HTTP.
    pub(super) fn headers(&self, name: &str) -> impl Iterator<Item = &Tag> {
        let metas = self.tags.iter().filter(|tag| tag.name == META);
        metas.filter(move |tag| tag.get("http-equiv").trim().eq_ignore_ascii_case(name))
    }

    fn headings(&self) -> Vec<Cow<'_, str>> {
        let of = |name| {
            let apt = self.elements.iter().filter(|one| one.place < Place::Apart);
            apt.filter(move |one| one.name == name).map(|one| prose::text_of(one.content).into())
        };
        of(H1).chain(of(H2)).collect()
    }

    fn paragraphs(&self) -> Vec<Cow<'_, str>> {
        let main = self.elements.iter().filter(|one| one.name == P && one.place == Place::Main);
        let texts = main.map(|one| prose::text_of(one.content));
        texts.filter(|text| says_enough(text)).take(1).map(Cow::Owned).collect()
    }
}

/// Whether a paragraph is long enough to be about something. Ideographs and syllables say
/// more than letters.
fn says_enough(text: &str) -> bool {
    let words = text.split_whitespace();
    let length: usize = words.clone().map(|word| word.chars().count() + 1).sum();
    let is_dense = |c: &char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{20000}'..='\u{3ffff}');
    let dense = words.flat_map(str::chars).filter(is_dense).count();
    let enough = if dense * 2 >= length { 20 } else { 40 };
    length > enough
}

fn base(tags: &[Tag], url: &Url) -> Url {
    let mut bases = tags.iter().filter(|tag| tag.name == BASE && tag.has("href"));
    let href = bases.next().map(|tag| tag.get("href").trim());
    href.and_then(|href| address::resolve(href, url)).unwrap_or_else(|| url.clone())
}

/// Some write several keys into one attribute, or a property into `name` and the reverse.
fn keys(tags: &[Tag]) -> Vec<(String, usize)> {
    let metas = tags.iter().enumerate().filter(|(_, tag)| tag.name == META);
    let keys = metas.flat_map(|(at, tag)| {
        let written =
            ["property", "name"].into_iter().flat_map(|key| tag.get(key).split_ascii_whitespace());
        let mut keys: Vec<(String, usize)> =
            written.map(|key| (key.to_ascii_lowercase(), at)).collect();
        keys.dedup();
        keys
    });
    keys.collect()
}
