//! Chooses the pictures that may stand for a page, the best first.

use percent_encoding::percent_decode_str;
use url::Url;

use super::facts::Facts;
use super::thing::Picture;
use crate::model::page::PageImage;

const IMAGES_MAX: usize = 16;
/// More than these are not even looked at.
const CANDIDATES_MAX: usize = 256;
/// Smaller ones make a poor card.
const DOTS_MIN: u32 = 100;
/// No honest picture is larger.
const DOTS_MAX: u32 = 100_000;

/// What a picture is called that stands for no page in particular.
const POOR_WORDS: [&str; 14] = [
    "logo",
    "logos",
    "favicon",
    "avatar",
    "avatars",
    "icon",
    "icons",
    "sprite",
    "sprites",
    "spacer",
    "blank",
    "pixel",
    "placeholder",
    "default",
];

/// The pictures of a page, the best first.
pub(super) fn of(facts: &Facts<'_>) -> Vec<PageImage> {
    let mut found: Vec<PageImage> = Vec::new();
    for (picture, url) in candidates(facts).into_iter().take(CANDIDATES_MAX) {
        if is_drawing(&url, &picture.media) || is_no_picture(&url) {
            continue;
        }
        let image = PageImage { url, width: picture.width, height: picture.height };
        match found.iter_mut().find(|known| is_same(&known.url, &image.url)) {
            Some(known) => complete(known, image),
            None => found.push(image),
        }
    }
    // Stable, so that pictures of one sort keep their order.
    found.sort_by_key(is_poor);
    found.truncate(IMAGES_MAX);
    found
}

fn candidates(facts: &Facts<'_>) -> Vec<(Picture, Url)> {
    let mut all = structured(facts, "og:image");
    all.extend(structured(facts, "twitter:image"));
    let of_things = facts.json_ld.images.iter().chain(&facts.microdata.images);
    let links = facts.links("image_src").map(|tag| tag.get("href"));
    let metas = ["thumbnail", "image", "msapplication-tileimage"];
    let metas = metas.iter().flat_map(|key| facts.metas(key)).map(|tag| tag.get("content"));
    let plain = links.chain(metas);
    let plain = plain.map(|href| Picture { href: href.to_owned(), ..Picture::default() });
    let rest = of_things.cloned().chain(plain);
    all.extend(rest.filter_map(|picture| facts.resolve(&picture.href).map(|url| (picture, url))));
    all
}

/// One picture of a tag and those that follow it.
#[derive(Default)]
struct Group<'a> {
    picture: Picture,
    plain: Option<&'a str>,
    url: Option<&'a str>,
    secure: Option<&'a str>,
}

/// Pictures told by several tags each: `og:image:width` belongs to the `og:image` before it.
fn structured(facts: &Facts<'_>, property: &str) -> Vec<(Picture, Url)> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (suffix, value) in facts.structured(property).take(CANDIDATES_MAX * 4) {
        let is_address = matches!(suffix, "" | ":url" | ":src" | ":secure_url");
        let is_told = groups.last().is_none_or(|group| match suffix {
            "" => true,
            ":secure_url" => group.secure.is_some(),
            _ => group.url.is_some(),
        });
        if is_address && is_told {
            groups.push(Group::default());
        }
        let Some(group) = groups.last_mut() else { continue };
        match suffix {
            "" => group.plain = Some(value),
            ":url" | ":src" => group.url = Some(value),
            ":secure_url" => group.secure = Some(value),
            ":width" => group.picture.width = group.picture.width.or(dots(value)),
            ":height" => group.picture.height = group.picture.height.or(dots(value)),
            ":type" => group.picture.media = value.to_owned(),
            _ => {}
        }
    }
    let best = |group: Group<'_>| group.best(facts).map(|url| (group.picture, url));
    groups.into_iter().filter_map(best).collect()
}

impl Group<'_> {
    /// Its safest address.
    fn best(&self, facts: &Facts<'_>) -> Option<Url> {
        let told = [self.plain, self.secure, self.url].into_iter().flatten();
        let mut urls = told.filter_map(|href| facts.resolve(href));
        let first = urls.next()?;
        if first.scheme() == "https" {
            return Some(first);
        }
        Some(urls.find(|url| url.scheme() == "https").unwrap_or(first))
    }
}

/// A number of dots as pages write it.
pub(super) fn dots(text: &str) -> Option<u32> {
    let text = text.trim().trim_matches('"').trim_end_matches("px").trim_end();
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    whole.parse().ok().filter(|dots| (1..=DOTS_MAX).contains(dots))
}

/// SVG is never served, so it stands for nothing.
pub(super) fn is_drawing(url: &Url, media: &str) -> bool {
    let path = url.path().to_ascii_lowercase();
    media.to_ascii_lowercase().contains("svg") || path.ends_with(".svg") || path.ends_with(".svgz")
}

/// The address of a site is what is left where the name of a picture is missing.
fn is_no_picture(url: &Url) -> bool {
    url.path() == "/" && url.query().is_none()
}

/// Whether two addresses are of one picture, however it is fetched.
fn is_same(one: &Url, other: &Url) -> bool {
    let bare = |url: &'_ Url| url[url::Position::BeforeHost..url::Position::AfterQuery].to_owned();
    one.path() == other.path() && bare(one) == bare(other)
}

/// Adds to a picture what another mention of it tells.
fn complete(known: &mut PageImage, again: PageImage) {
    if known.width.is_none() && known.height.is_none() {
        (known.width, known.height) = (again.width, again.height);
    }
    if known.url.scheme() == "http" && again.url.scheme() == "https" {
        known.url = again.url;
    }
}

fn is_poor(image: &PageImage) -> bool {
    let is_tiny = |dots: Option<u32>| dots.is_some_and(|dots| dots < DOTS_MIN);
    is_tiny(image.width) || is_tiny(image.height) || is_named_poorly(&image.url)
}

/// Whether a word of the file's name says that it is a logo or the like.
fn is_named_poorly(url: &Url) -> bool {
    let Some(name) = url.path_segments().and_then(|mut segments| segments.next_back()) else {
        return false;
    };
    let name = percent_decode_str(name).decode_utf8_lossy();
    let stem = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
    // Among other words "1x1" is the shape of an honest picture.
    stem == "1x1" || words(stem).iter().any(|word| POOR_WORDS.contains(&word.as_str()))
}

/// The words of a name such as `site-logo_2` or `siteLogo`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || was_lower && c.is_uppercase() {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logos_and_fillers_are_known_by_their_names() {
        let poor = |path: &str| {
            is_named_poorly(&Url::parse("https://bread.example/img/").unwrap().join(path).unwrap())
        };
        for path in ["logo.png", "site-logo@2x.png", "siteLogo.jpg", "1x1.gif", "a_default.jpg"] {
            assert!(poor(path), "{path}");
        }
        for path in ["loaf.jpg", "logos/loaf.jpg", "iconic.jpg", "", "hqdefault.jpg", "11x1.gif"] {
            assert!(!poor(path), "{path}");
        }
    }

    #[test]
    fn a_size_is_a_plausible_number() {
        assert_eq!(dots(" 1200px "), Some(1200));
        assert_eq!(dots("630.0"), Some(630));
        for text in ["", "0", "-1", "wide", "99999999999", "100%"] {
            assert_eq!(dots(text), None, "{text}");
        }
    }
}
