//! Where a page says that it lives, where it is described, and the colour of its site.

use url::Url;

use super::facts::Facts;
use super::tag::Tag;
use super::thing::is_front;

/// Where the page says that it lives.
pub(super) fn canonical(facts: &Facts<'_>) -> Option<Url> {
    let links = facts.links("canonical").map(|tag| tag.get("href"));
    let metas = facts.metas("og:url").map(|tag| tag.get("content"));
    links.chain(metas).find_map(|href| {
        let mut url = facts.resolve(href)?;
        url.set_fragment(None);
        // Templates often name the site where they mean the page.
        let is_site = is_front(&url) && url.query().is_none();
        (!is_site || is_front(facts.url)).then_some(url)
    })
}

/// Where its oEmbed description is, JSON before XML.
pub(super) fn oembed(facts: &Facts<'_>) -> Option<Url> {
    let of_type = |media: &'static str| {
        let is_it = move |tag: &&Tag| {
            let found = tag.get("type").split(';').next().unwrap_or_default();
            found.trim().eq_ignore_ascii_case(media)
        };
        facts.links("alternate").filter(is_it).find_map(|tag| facts.resolve(tag.get("href")))
    };
    of_type("application/json+oembed").or_else(|| of_type("text/xml+oembed"))
}

/// Where it sends its reader on by itself, within moments; `content` is as the HTML standard has
/// it for `http-equiv=refresh`: seconds, a separator, and perhaps `url=` before the address.
pub(super) fn onward(facts: &Facts<'_>) -> Option<Url> {
    let content = facts.headers("refresh").next()?.get("content").trim_ascii();
    let (seconds, rest) = content.split_once([';', ','])?;
    // Longer waits are for reading.
    seconds.trim().parse::<f32>().ok().filter(|seconds| (0.0..=5.0).contains(seconds))?;
    let rest = rest.trim_start();
    let is_named = rest.get(..3).is_some_and(|word| word.eq_ignore_ascii_case("url"));
    let named = is_named.then(|| rest[3..].trim_start().strip_prefix('=')).flatten();
    let quotes = ['"', '\''];
    let href = named.unwrap_or(rest).trim().trim_start_matches(quotes);
    let mut url = facts.resolve(href.split(quotes).next().unwrap_or_default())?;
    url.set_fragment(None);
    (url != *facts.url).then_some(url)
}

/// The colour of its site: the one for everybody, else that for some.
pub(super) fn theme_colour(facts: &Facts<'_>) -> Option<String> {
    let of_media = |wanted: bool| {
        let tags = facts.metas("theme-color");
        tags.filter(move |tag| tag.get("media").trim().is_empty() != wanted)
            .find_map(|tag| colour(tag.get("content")))
    };
    of_media(false).or_else(|| of_media(true))
}

/// A colour as CSS has it, which is all that may reach a style.
fn colour(text: &str) -> Option<String> {
    const CHARS_MAX: usize = 40;
    let text = text.trim().to_ascii_lowercase();
    if text.len() > CHARS_MAX || super::text::clean(&text, CHARS_MAX).is_none() {
        return None;
    }
    let is_colour = if let Some(digits) = text.strip_prefix('#') {
        matches!(digits.len(), 3 | 4 | 6 | 8) && digits.bytes().all(|b| b.is_ascii_hexdigit())
    } else if let Some((function, rest)) = text.split_once('(') {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b" ,.%/+-".contains(&b);
        let values = rest.strip_suffix(')').filter(|values| values.bytes().all(plain));
        matches!(function, "rgb" | "rgba" | "hsl" | "hsla")
            && values.is_some_and(|values| values.bytes().any(|b| b.is_ascii_digit()))
    } else {
        // Whether it is a name of a colour, only the browser knows.
        text.len() >= 3 && text.bytes().all(|b| b.is_ascii_lowercase())
    };
    is_colour.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_are_colours() {
        for (text, expected) in [
            (" #FA8 ", "#fa8"),
            ("#FFAA8800", "#ffaa8800"),
            ("Wheat", "wheat"),
            ("rgb(1, 2, 3)", "rgb(1, 2, 3)"),
            ("HSL(30deg 50% 50% / 0.5)", "hsl(30deg 50% 50% / 0.5)"),
        ] {
            assert_eq!(colour(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "#12",
            "#12345g",
            "red;background:url(x)",
            "url(x)",
            "var(--bread)",
            "rgb(1,2,3",
            "rgb(url(1))",
            "rgb()",
            "undefined",
            "wheat\"",
            "rgb(1, 2, 3, 0.1234567890123456789012345)",
        ] {
            assert_eq!(colour(text), None, "{text}");
        }
    }
}
