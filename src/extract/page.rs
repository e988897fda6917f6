//! Fills each field of a page from what the page says about itself.

use url::Url;

use super::facts::{Facts, Source};
use super::prepass::Essence;
use super::titles::Names;
use super::{date, icons, images, language, links, people, text, titles};
use crate::model::page::{PageKind, PageMeta};
use crate::model::time::Timestamp;

const DESCRIPTIONS: [Source; 9] = [
    Source::Meta("og:description"),
    Source::Meta("twitter:description"),
    Source::JsonLd,
    Source::Microdata,
    Source::Meta("description"),
    Source::Meta("dc.description"),
    Source::Meta("dcterms.description"),
    Source::Meta("citation_abstract"),
    Source::Paragraphs,
];

const PUBLISHED: [Source; 20] = [
    Source::Meta("article:published_time"),
    Source::Meta("og:article:published_time"),
    Source::Meta("og:published_time"),
    Source::JsonLd,
    Source::Microdata,
    Source::Meta("datepublished"),
    Source::Meta("date"),
    Source::Meta("pubdate"),
    Source::Meta("publishdate"),
    Source::Meta("publish-date"),
    Source::Meta("publish_date"),
    Source::Meta("parsely-pub-date"),
    Source::Meta("sailthru.date"),
    Source::Meta("dc.date.issued"),
    Source::Meta("dcterms.issued"),
    Source::Meta("dc.date"),
    Source::Meta("dcterms.created"),
    Source::Meta("dcterms.date"),
    Source::Meta("citation_publication_date"),
    Source::Meta("citation_date"),
];

/// What the page found at `url` says about itself.
pub(super) fn read(essence: &Essence<'_>, url: &Url) -> PageMeta {
    let facts = Facts::of(essence, url);
    let sites = people::sites(&facts);
    let names = Names::of(&sites, url);
    let title = titles::title(&facts, &names);
    let short_title = title.as_deref().and_then(|title| titles::short(title, &names));
    PageMeta {
        description: description(&facts, [title.as_deref(), short_title.as_deref()]),
        title,
        short_title,
        images: images::of(&facts),
        icon_url: icons::best(&facts),
        site_name: sites.into_iter().next(),
        author: people::author(&facts),
        published_at: published(&facts),
        language: language::of(&facts),
        oembed_url: links::oembed(&facts),
        theme_colour: links::theme_colour(&facts),
        onward_url: links::onward(&facts),
        canonical_url: facts.canonical.clone(),
        ..PageMeta::bare(url.clone(), kind(&facts))
    }
}

/// What the page is about; to say its title again is to say nothing.
fn description(facts: &Facts<'_>, titles: [Option<&str>; 2]) -> Option<String> {
    let said = DESCRIPTIONS.iter().flat_map(|one| facts.texts(*one, |thing| &thing.descriptions));
    let mut texts = said.filter_map(|said| text::clean(&said, text::DESCRIPTION_MAX));
    texts.find(|text| {
        let text = text.to_lowercase();
        !titles.iter().flatten().any(|title| title.to_lowercase() == text)
    })
}

fn published(facts: &Facts<'_>) -> Option<Timestamp> {
    let said = PUBLISHED.iter().flat_map(|one| facts.texts(*one, |thing| &thing.published));
    let mut dates = said.filter_map(|said| date::parse(&said));
    dates.next()
}

/// What sort of thing the page is. That it is a page, all can say; the first that says
/// more is believed.
fn kind(facts: &Facts<'_>) -> PageKind {
    let types = facts.metas("og:type").filter_map(|tag| open_graph_kind(tag.get("content")));
    let told = [facts.json_ld.kind, facts.microdata.kind];
    types.chain(told.into_iter().flatten()).next().unwrap_or_default()
}

/// What a type of Open Graph means, if it says more than that this is a page.
fn open_graph_kind(og_type: &str) -> Option<PageKind> {
    let word = og_type.trim().to_ascii_lowercase();
    let word = word.strip_prefix("og:").unwrap_or(&word);
    Some(match word.split(['.', ':', '_']).next().unwrap_or_default() {
        "article" | "book" | "books" | "blog" => PageKind::Article,
        "video" | "movie" => PageKind::Video,
        "music" | "audio" => PageKind::Audio,
        "product" => PageKind::Product,
        "og" if word == "og_product" => PageKind::Product,
        "profile" => PageKind::Profile,
        _ => return None,
    })
}
