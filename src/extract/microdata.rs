//! What the attributes of microdata say of the thing that a page is about, and the other
//! marks in its body of who wrote it and when.

use url::Url;

use super::images::dots;
use super::outline::{Element, TIME};
use super::prepass::LINK;
use super::prose;
use super::tag::Tag;
use super::thing::{Candidate, Picture, Thing, Weight, main_of, role};
use crate::model::page::PageKind;

/// No property has more values than are worth reading.
const VALUES_MAX: usize = 32;

/// What the marked elements of a page that lives at any of `pages` say of its main thing.
pub(super) fn read(elements: &[Element<'_>], pages: &[&Url]) -> Thing {
    if !elements.iter().any(|element| element.noted) {
        return Thing::default();
    }
    let items = Items::of(elements);
    let mut thing = Thing::default();
    let (at, judged): (Vec<usize>, Vec<Candidate>) = items.candidates().into_iter().unzip();
    if let Some(main) = main_of(&judged, pages) {
        thing = items.describe(Some(at[main]));
    }
    let of_page = at.iter().zip(&judged).find(|(_, one)| one.weight == Weight::Page);
    if let Some((page, _)) = of_page {
        thing.append(items.describe(Some(*page)));
    }
    // What belongs to no item at all can only be about the page.
    thing.append(items.describe(None));
    thing.append(items.marks());
    thing
}

/// A marked element, and the item it belongs to.
struct Marked<'a> {
    element: &'a Element<'a>,
    tag: Tag,
    /// Where the nearest item around it is.
    item: Option<usize>,
}

impl Marked<'_> {
    fn is_item(&self) -> bool {
        self.tag.has("itemscope")
    }

    fn roles(&self) -> impl Iterator<Item = (Weight, Option<PageKind>)> {
        self.tag.get("itemtype").split_ascii_whitespace().filter_map(role)
    }

    /// The value as words: of a link its text, not its address.
    fn text(&self) -> String {
        let told = ["content", "datetime"].into_iter().find(|key| self.tag.has(key));
        match told {
            Some(key) => self.tag.get(key).to_owned(),
            None => prose::text_of(self.element.content),
        }
    }

    /// The value as an address.
    fn address(&self) -> String {
        let told = ["content", "src", "href", "data"].into_iter().map(|key| self.tag.get(key));
        told.into_iter().find(|value| !value.is_empty()).unwrap_or_default().to_owned()
    }
}

struct Items<'a>(Vec<Marked<'a>>);

impl<'a> Items<'a> {
    fn of(elements: &'a [Element<'a>]) -> Self {
        let mut items: Vec<Marked<'_>> = Vec::new();
        // Where each element went, since not all are marked, and which item is around it.
        let mut at = vec![None; elements.len()];
        for (index, element) in elements.iter().enumerate().filter(|(_, one)| one.noted) {
            let Some(tag) = Tag::parse(element.name, element.tag) else { continue };
            let parent = element.parent.and_then(|parent| at[parent]);
            let item = parent.and_then(|parent: usize| {
                if items[parent].is_item() { Some(parent) } else { items[parent].item }
            });
            at[index] = Some(items.len());
            items.push(Marked { element, tag, item });
        }
        Self(items)
    }

    /// The items that nothing else has as its property, save as its main thing.
    fn candidates(&self) -> Vec<(usize, Candidate)> {
        let items = self.0.iter().enumerate().filter(|(_, one)| one.is_item());
        let candidates = items.filter_map(|(at, item)| {
            let is_main = item.tag.says("itemprop", "mainEntity");
            let is_post = item.tag.says("itemprop", "blogPost");
            if item.tag.has("itemprop") && !is_main && !is_post {
                return None;
            }
            let (weight, _) = item.roles().max_by_key(|(weight, _)| *weight)?;
            let mut addresses = Vec::new();
            for property in ["mainEntityOfPage", "url"] {
                addresses.extend(self.values(Some(at), property).map(|(_, one)| {
                    let id = one.tag.get("itemid");
                    if id.is_empty() { one.address() } else { id.to_owned() }
                }));
            }
            addresses.retain(|address| !address.is_empty());
            Some((at, Candidate { weight, is_main, addresses }))
        });
        candidates.collect()
    }

    /// The elements that are a property of an item, or of none.
    fn values(
        &self,
        item: Option<usize>,
        property: &str,
    ) -> impl Iterator<Item = (usize, &Marked<'a>)> {
        let all = self.0.iter().enumerate();
        let of_item = all.filter(move |(_, one)| one.item == item);
        of_item.filter(move |(_, one)| one.tag.says("itemprop", property)).take(VALUES_MAX)
    }

    fn describe(&self, item: Option<usize>) -> Thing {
        let texts = |properties: &[&str]| -> Vec<String> {
            let values = properties.iter().flat_map(|one| self.values(item, one));
            values.filter(|(_, one)| !one.is_item()).map(|(_, one)| one.text()).collect()
        };
        let images = ["image", "thumbnailUrl"].iter().flat_map(|one| self.values(item, one));
        Thing {
            titles: texts(&["headline", "name", "alternativeHeadline"]),
            descriptions: texts(&["description"]),
            images: images.filter_map(|(at, one)| self.picture(at, one)).collect(),
            authors: self
                .values(item, "author")
                .filter_map(|(at, one)| self.name(at, one))
                .collect(),
            published: texts(&["datePublished", "uploadDate"]),
            kind: item.and_then(|at| self.0[at].roles().find_map(|(_, kind)| kind)),
            ..Thing::default()
        }
    }

    /// What somebody is called: the name of an item, or the text.
    fn name(&self, at: usize, value: &Marked<'_>) -> Option<String> {
        if !value.is_item() {
            return Some(value.text());
        }
        self.values(Some(at), "name").next().map(|(_, name)| name.text())
    }

    fn picture(&self, at: usize, value: &Marked<'_>) -> Option<Picture> {
        if !value.is_item() {
            // How large it is drawn here says nothing of how large it is.
            return Some(Picture { href: value.address(), ..Picture::default() });
        }
        let first = |property| self.values(Some(at), property).next().map(|(_, one)| one);
        let href = first("url").or_else(|| first("contentUrl"))?.address();
        let size = |property| first(property).and_then(|one| dots(&one.text()));
        let (width, height) = (size("width"), size("height"));
        Some(Picture { href, width, height, ..Picture::default() })
    }

    /// Links to an author, and times of publication.
    fn marks(&self) -> Thing {
        let all = || self.0.iter();
        let author = all().find(|one| one.tag.says("rel", "author") && one.element.name != LINK);
        let time = all().find(|one| one.element.name == TIME && one.tag.has("pubdate"));
        Thing {
            authors: author.map(Marked::text).into_iter().collect(),
            published: time.map(Marked::text).into_iter().collect(),
            ..Thing::default()
        }
    }
}
