//! The thing a page is about, as its structured data of either notation describes it.

use url::Url;

use crate::model::page::PageKind;

/// What is said of a thing, as it is written there, the best of each first.
#[derive(Debug, Default)]
pub(super) struct Thing {
    pub titles: Vec<String>,
    pub descriptions: Vec<String>,
    pub images: Vec<Picture>,
    pub authors: Vec<String>,
    pub published: Vec<String>,
    pub site_names: Vec<String>,
    pub languages: Vec<String>,
    pub kind: Option<PageKind>,
}

impl Thing {
    /// Takes on what another knows, below what is known already.
    pub(super) fn append(&mut self, other: Self) {
        self.titles.extend(other.titles);
        self.descriptions.extend(other.descriptions);
        self.images.extend(other.images);
        if self.authors.is_empty() {
            // Authors stand side by side, so those of two things must not mix.
            self.authors = other.authors;
        }
        self.published.extend(other.published);
        self.site_names.extend(other.site_names);
        self.languages.extend(other.languages);
        self.kind = self.kind.or(other.kind);
    }
}

/// A picture as a page names it.
#[derive(Debug, Default, Clone)]
pub(super) struct Picture {
    pub href: String,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Its media type.
    pub media: String,
}

/// How far a type makes a thing the one that a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// The page itself rather than what it is about.
    Page,
    /// Often only embedded in a page about something else.
    Media,
    /// What pages are about.
    Subject,
}

/// What a type of schema.org means to us. Crumbs, lists, organisations and sites are
/// nothing a page is about.
pub(super) fn role(type_name: &str) -> Option<(Weight, Option<PageKind>)> {
    let name = type_name.trim().rsplit(['/', '#', ':']).next().unwrap_or_default();
    let found = match name {
        "VideoObject" | "Clip" => (Weight::Media, Some(PageKind::Video)),
        "AudioObject" => (Weight::Media, Some(PageKind::Audio)),
        "Movie" | "TVSeries" | "TVEpisode" => (Weight::Subject, Some(PageKind::Video)),
        "PodcastEpisode" | "PodcastSeries" | "RadioEpisode" | "Audiobook" | "MusicRecording"
        | "MusicAlbum" | "MusicPlaylist" => (Weight::Subject, Some(PageKind::Audio)),
        "Product" | "ProductGroup" | "ProductModel" | "IndividualProduct" => {
            (Weight::Subject, Some(PageKind::Product))
        }
        "Recipe" | "Report" | "HowTo" | "Book" | "Chapter" | "Review" | "Thesis" => {
            (Weight::Subject, Some(PageKind::Article))
        }
        "JobPosting"
        | "Event"
        | "Course"
        | "Dataset"
        | "SoftwareApplication"
        | "MobileApplication"
        | "WebApplication"
        | "SoftwareSourceCode"
        | "CreativeWork"
        | "Question"
        | "Game"
        | "VideoGame"
        | "Photograph" => (Weight::Subject, None),
        "ProfilePage" => (Weight::Page, Some(PageKind::Profile)),
        "WebPage" | "ItemPage" | "AboutPage" | "ContactPage" | "FAQPage" | "QAPage"
        | "CollectionPage" | "MedicalWebPage" | "CheckoutPage" | "SearchResultsPage" => {
            (Weight::Page, None)
        }
        _ if name.ends_with("Article") || name.ends_with("Posting") => {
            (Weight::Subject, Some(PageKind::Article))
        }
        _ if name.ends_with("Event") => (Weight::Subject, None),
        _ => return None,
    };
    Some(found)
}

/// Something that may be what a page is about.
#[derive(Debug)]
pub(super) struct Candidate {
    pub weight: Weight,
    /// Told to be it by the description of the page.
    pub is_main: bool,
    /// Where it says that it lives.
    pub addresses: Vec<String>,
}

/// Which of several things a page is about; the page lives at any of `pages`. Things that
/// live elsewhere are what it links to.
pub(super) fn main_of(candidates: &[Candidate], pages: &[&Url]) -> Option<usize> {
    let base = *pages.first()?;
    let places: Vec<Vec<Url>> = candidates
        .iter()
        .map(|one| one.addresses.iter().filter_map(|href| base.join(href.trim()).ok()).collect())
        .collect();
    let is_here = |at: usize| places[at].iter().any(|url| pages.iter().any(|page| same(url, page)));
    let is_elsewhere = |at: usize| !places[at].is_empty() && !is_here(at);
    let subjects: Vec<usize> =
        (0..candidates.len()).filter(|&at| candidates[at].weight > Weight::Page).collect();
    // A front page is about none of the posts it shows, however few they are.
    let is_alone = subjects.len() == 1 && !pages.iter().any(|page| is_front(page));
    let fitting =
        subjects.into_iter().filter(|&at| candidates[at].is_main || is_alone || !is_elsewhere(at));
    // The first of the best: later ones must be better to win.
    fitting.rev().max_by_key(|&at| (candidates[at].is_main, is_here(at), candidates[at].weight))
}

/// Whether two addresses name one page, as far as anybody can tell.
fn same(one: &Url, other: &Url) -> bool {
    let host = |url: &'_ Url| {
        let host = url.host_str().unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host).to_owned()
    };
    let query = |url: &'_ Url| url.query().unwrap_or_default().to_owned();
    let path = |url: &'_ Url| url.path().trim_end_matches('/').to_owned();
    host(one) == host(other)
        && path(one) == path(other)
        && (query(one) == query(other) || query(one).is_empty() && !is_front(one))
}

/// Whether this is the front page of a site.
pub(super) fn is_front(url: &Url) -> bool {
    url.path() == "/"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(weight: Weight, address: &str) -> Candidate {
        let addresses = Some(address).filter(|a| !a.is_empty()).map(String::from);
        Candidate { weight, is_main: false, addresses: addresses.into_iter().collect() }
    }

    #[track_caller]
    fn check(page: &str, candidates: &[Candidate], expected: Option<usize>) {
        let page = Url::parse(page).unwrap();
        assert_eq!(main_of(candidates, &[&page]), expected);
    }

    #[test]
    fn a_page_is_about_what_lives_there() {
        use Weight::{Media, Page, Subject};
        let page = "https://bread.example/a?from=feed";
        let two = [candidate(Subject, "/b"), candidate(Subject, "/a")];
        check(page, &two, Some(1));
        check(page, &[candidate(Subject, "/b"), candidate(Subject, "/c")], None);
        check(page, &[candidate(Subject, "")], Some(0));
        check(page, &[candidate(Subject, "https://m.bread.example/a")], Some(0));
        check("https://bread.example/", &[candidate(Subject, "/a")], None);
        check(page, &[candidate(Page, "/a")], None);
        check(page, &[candidate(Media, ""), candidate(Subject, "")], Some(1));
        check(page, &[candidate(Subject, ""), candidate(Subject, "")], Some(0));
        let told = Candidate { is_main: true, ..candidate(Subject, "/z") };
        check(page, &[candidate(Subject, "/a"), told], Some(1));
    }

    #[test]
    fn types_are_known_by_the_end_of_their_name() {
        let kind = |name: &str| role(name).and_then(|(_, kind)| kind);
        assert_eq!(kind("https://schema.org/NewsArticle"), Some(PageKind::Article));
        assert_eq!(kind("schema:Product"), Some(PageKind::Product));
        assert_eq!(role("MusicEvent"), Some((Weight::Subject, None)));
        for name in ["BreadcrumbList", "Organization", "WebSite", "ItemList", "Person", ""] {
            assert_eq!(role(name), None, "{name}");
        }
    }
}
