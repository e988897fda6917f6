//! Where links lead, so that two that lead to the same place can be told.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::bookmark::Link;

/// So much of a hash tells all the links of one person apart.
const KEY_BYTES: usize = 12;
/// How many characters a key has.
pub const KEY_CHARS: usize = KEY_BYTES * 4 / 3;

/// What links have in common that lead to the same place: a hash of the address where the page
/// lives, whether it is http or https, with `www.` or without, with a slash at its end or not.
///
/// `lives_at` is what reading the page has told. Where that is the front page of a site although
/// something else was saved, it tells nothing: many sites send everybody there whose page is gone.
pub fn key(saved: &str, lives_at: Option<&str>) -> String {
    let saved = bare(saved);
    let there = lives_at.map(bare).filter(|there| !is_front(there) || is_front(&saved));
    let hash = digest(&SHA256, there.unwrap_or(saved).as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..KEY_BYTES])
}

/// An address without what makes no difference to where it leads.
fn bare(address: &str) -> String {
    let canonical = Link::parse(address).map(|link| link.canonical().as_str().to_owned());
    let address = canonical.unwrap_or_else(|_| address.to_owned());
    let rest = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let (path, query) = rest.split_at(rest.find('?').unwrap_or(rest.len()));
    format!("{}{query}", path.trim_end_matches('/'))
}

fn is_front(bare: &str) -> bool {
    !bare.contains(['/', '?'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_place_have_one_key() {
        let check = |one: &str, other: &str, same: bool| {
            assert_eq!(key(one, None) == key(other, None), same, "{one} {other}");
        };
        let a = "https://example.com/a";
        check(a, "http://example.com/a", true);
        check(a, "https://www.example.com/a/", true);
        check(a, "https://EXAMPLE.com/a#part", true);
        check(a, "https://example.com/a?utm_source=x", true);
        check(a, "https://example.com/A", false);
        check(a, "https://example.com/a?b=1", false);
        check(a, "https://m.example.com/a", false);
        check("https://example.com/?p=1", "http://www.example.com?p=1", true);
        check("https://example.com/?p=1", "https://example.com/?p=2", false);
        check("https://example.com", "http://www.example.com/", true);
        assert_eq!(key(a, None).len(), KEY_CHARS);
    }

    #[test]
    fn where_a_page_lives_counts_more_than_how_it_was_saved() {
        let check = |saved: &str, lives_at: &str, like: &str| {
            assert_eq!(key(saved, Some(lives_at)), key(like, None), "{saved} {lives_at}");
        };
        let page = "https://example.com/page";
        check("https://short.example/x", page, page);
        check("https://example.com/amp/page", "http://www.example.com/page/", page);
        check(page, "https://example.com/", page);
        check("http://example.com/", "https://www.example.com/", "https://example.com/");
        check("https://short.example/", page, page);
    }
}
