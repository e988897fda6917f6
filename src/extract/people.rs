//! Who wrote a page, and the name of the site it belongs to.

use super::facts::{Facts, Source};
use super::text;

const AUTHORS: [Source; 14] = [
    Source::Meta("author"),
    Source::Meta("article:author"),
    Source::Meta("og:article:author"),
    Source::JsonLd,
    Source::Meta("parsely-author"),
    Source::Meta("sailthru.author"),
    Source::Meta("dc.creator"),
    Source::Meta("dcterms.creator"),
    Source::Meta("citation_author"),
    Source::Meta("book:author"),
    Source::Meta("og:book:author"),
    Source::Meta("byl"),
    Source::Microdata,
    Source::Meta("twitter:creator"),
];

const SITES: [Source; 4] = [
    Source::Meta("og:site_name"),
    Source::JsonLd,
    Source::Meta("application-name"),
    Source::Meta("apple-mobile-web-app-title"),
];

/// More people than that wrote no page.
const AUTHORS_MAX: usize = 16;

/// Who wrote the page.
pub(super) fn author(facts: &Facts<'_>) -> Option<String> {
    AUTHORS.iter().find_map(|source| {
        let said = facts.texts(*source, |thing| &thing.authors);
        let mut names: Vec<String> = Vec::new();
        let is_citation = *source == Source::Meta("citation_author");
        for name in said.iter().filter_map(|said| person(said)).take(AUTHORS_MAX) {
            let name = if is_citation { in_order(name) } else { name };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        // Only structured data and citations have one value for each person.
        let is_list = matches!(source, Source::JsonLd | Source::Microdata) || is_citation;
        names.truncate(if is_list { AUTHORS_MAX } else { 1 });
        text::clean(&names.join(", "), text::NAME_MAX)
    })
}

/// A name, without the word that says that somebody wrote it. Some name an author by the
/// address of a profile, or by its number.
pub(super) fn person(said: &str) -> Option<String> {
    let name = text::clean(said, text::NAME_MAX)?;
    if name.eq_ignore_ascii_case("by") {
        return None;
    }
    let rest = name.get(..3).filter(|start| start.eq_ignore_ascii_case("by ")).map(|_| &name[3..]);
    let name = rest.unwrap_or(&name).trim();
    let is_address = name.contains("://") || name.starts_with('/') || name.starts_with("www.");
    let is_name = !is_address && name.chars().any(char::is_alphabetic);
    is_name.then(|| name.to_owned())
}

/// Libraries put the family name first, behind it a comma.
fn in_order(name: String) -> String {
    match name.split_once(", ") {
        Some((family, given)) if !given.contains(',') => format!("{given} {family}"),
        _ => name,
    }
}

/// What the page calls its site, the most trusted name first.
pub(super) fn sites(facts: &Facts<'_>) -> Vec<String> {
    let said = SITES.iter().flat_map(|source| facts.texts(*source, |thing| &thing.site_names));
    let is_name = |name: &String| !name.contains("://");
    said.filter_map(|said| text::clean(&said, text::NAME_MAX)).filter(is_name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_a_name() {
        for (said, expected) in [
            ("Ana Crumb", "Ana Crumb"),
            ("By Ana Crumb", "Ana Crumb"),
            ("by  박준", "박준"),
            ("@ana", "@ana"),
            ("Byron", "Byron"),
        ] {
            assert_eq!(person(said).as_deref(), Some(expected), "{said}");
        }
        for said in
            ["", "null", "https://bread.example/ana", "//bread.example/ana", "100012", "By "]
        {
            assert_eq!(person(said), None, "{said}");
        }
    }
}
