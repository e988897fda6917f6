//! Chooses what a page is called, and what of that is only the name of its site.

use url::Url;

use super::facts::{Facts, Source};
use super::text;
use super::thing::is_front;

const SOURCES: [Source; 9] = [
    Source::Meta("og:title"),
    Source::Meta("twitter:title"),
    Source::JsonLd,
    Source::Microdata,
    Source::Title,
    Source::Meta("dc.title"),
    Source::Meta("dcterms.title"),
    Source::Meta("citation_title"),
    Source::Headings,
];

/// Titles that say where on a site one is, but not of what site or what about.
const VAGUE: [&str; 10] =
    ["home", "homepage", "home page", "index", "start", "welcome", "메인", "홈", "ホーム", "首页"];

/// What may stand between a title and the name of a site.
const SEPARATORS: [char; 11] = ['|', '-', '–', '—', '·', '•', ':', '»', '«', '/', '›'];
/// These need no space beside them, by their width or by custom.
const CLOSE_SEPARATORS: [char; 3] = ['｜', '：', '_'];

/// The title, the better the less it is a name of the whole site.
pub(super) fn title(facts: &Facts<'_>, names: &Names) -> Option<String> {
    let mut best: Option<(u8, String)> = None;
    for source in SOURCES {
        for said in facts.texts(source, |thing| &thing.titles) {
            let Some(title) = text::clean(&said, text::TITLE_MAX) else { continue };
            let fault = fault(&title, names);
            if fault == 0 {
                // A front page goes by the name of its site, whatever it opens with.
                let named = best.filter(|(known, _)| *known == 1);
                let keeps = source == Source::Headings && is_front(facts.url);
                return Some(named.filter(|_| keeps).map_or(title, |(_, named)| named));
            }
            if best.as_ref().is_none_or(|(known, _)| fault < *known) {
                best = Some((fault, title));
            }
        }
    }
    best.map(|(_, title)| title)
}

/// How far a title is from saying what this page is about.
fn fault(title: &str, names: &Names) -> u8 {
    if is_vague(title) {
        2
    } else if names.hold(title) || is_vague(without_site(title, names)) {
        1
    } else {
        0
    }
}

fn is_vague(title: &str) -> bool {
    VAGUE.contains(&title.to_lowercase().as_str())
}

/// The title without the name of its site, where that leaves something that says enough.
pub(super) fn short(title: &str, names: &Names) -> Option<String> {
    let rest = without_site(title, names);
    (rest != title && !is_vague(rest)).then(|| rest.to_owned())
}

fn without_site<'a>(title: &'a str, names: &Names) -> &'a str {
    let mut rest = title;
    // A site may name itself twice, at either end.
    for _ in 0..2 {
        rest = without_suffix(rest, names).or_else(|| without_prefix(rest, names)).unwrap_or(rest);
    }
    rest
}

fn without_suffix<'a>(title: &'a str, names: &Names) -> Option<&'a str> {
    separators(title).find_map(|(start, end)| {
        let rest = title[..start].trim_end();
        (!rest.is_empty() && names.hold(&title[end..])).then_some(rest)
    })
}

fn without_prefix<'a>(title: &'a str, names: &Names) -> Option<&'a str> {
    separators(title).find_map(|(start, end)| {
        let rest = title[end..].trim_start();
        (!rest.is_empty() && names.hold(&title[..start])).then_some(rest)
    })
}

/// Where the separators of a title stand, with the space that makes them one.
fn separators(title: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut past = 0;
    title.char_indices().filter_map(move |(at, c)| {
        if at < past {
            return None;
        }
        // Some double them, as in `a :: b`.
        past = at + c.len_utf8() * title[at..].chars().take_while(|next| *next == c).count();
        let spaced = title[past..].starts_with(' ') && (c == ':' || title[..at].ends_with(' '));
        let is_one = spaced && SEPARATORS.contains(&c) || CLOSE_SEPARATORS.contains(&c);
        is_one.then_some((at, past))
    })
}

/// A name as far as people tell names apart.
fn bare(name: &str) -> String {
    let name = name.trim();
    let article = name.get(..4).filter(|start| start.eq_ignore_ascii_case("the "));
    let name = article.map_or(name, |_| &name[4..]);
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The names that a site goes by: those it gives itself, and its host.
pub(super) struct Names(Vec<String>);

impl Names {
    pub(super) fn of(sites: &[String], url: &Url) -> Self {
        let mut names: Vec<String> = sites.iter().map(|site| bare(site)).collect();
        names.extend(host_names(url.domain().unwrap_or_default()));
        names.retain(|name| !name.is_empty());
        Self(names)
    }

    /// Whether a text is one of them and no more.
    fn hold(&self, text: &str) -> bool {
        let text = bare(text);
        self.0.contains(&text)
    }
}

/// What a host may be called: itself, the domain it is in, and that domain's own word.
fn host_names(host: &str) -> [String; 4] {
    /// Below these, countries hand out domains.
    const SHARED: [&str; 9] = ["co", "com", "net", "org", "ac", "go", "or", "ne", "gov"];
    let labels: Vec<&str> = host.trim_end_matches('.').split('.').collect();
    let is_shared = labels.len() > 2
        && labels[labels.len() - 1].len() == 2
        && SHARED.contains(&labels[labels.len() - 2]);
    let domain = &labels[labels.len().saturating_sub(if is_shared { 3 } else { 2 })..];
    let without_www = host.strip_prefix("www.").unwrap_or(host);
    [bare(host), bare(without_www), bare(&domain.concat()), bare(domain[0])]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, expected: Option<&str>) {
        let url = Url::parse("https://www.crumbs.co.kr/a").unwrap();
        let names = Names::of(&["Bread - Weekly".into(), "빵집".into()], &url);
        assert_eq!(short(title, &names).as_deref(), expected, "{title}");
    }

    #[test]
    fn only_the_name_of_the_site_is_cut_off() {
        check("Toast | Bread - Weekly", Some("Toast"));
        check("Toast - burnt – bread weekly", Some("Toast - burnt"));
        check("빵집: 식빵", Some("식빵"));
        check("빵집 : 식빵 : 빵집", Some("식빵"));
        check("Toast - Crumbs.co.kr", Some("Toast"));
        check("Toast » Crumbs", Some("Toast"));
        check("식빵｜빵집", Some("식빵"));
        check("Toast :: The Crumbs", Some("Toast"));
        check("식빵_빵집", Some("식빵"));
        check("Home | Crumbs", None);
        check("Toast | Butter", None);
        check("Toast|Bread Weekly", None);
        check("Toast-Crumbs", None);
        check("Bread - Weekly", None);
        check("Bread - Weekly | Crumbs", Some("Bread - Weekly"));
        check(" - ", None);
    }
}
