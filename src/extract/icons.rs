//! Chooses among the icons a page offers the one that looks best at 64 dots.

use url::Url;

use super::facts::Facts;
use super::images::is_drawing;
use super::tag::Tag;

/// What we draw icons at.
const DOTS: u32 = 64;

/// What an icon is called, and how large it is where it does not say.
const RELATIONS: [(&str, u32); 4] = [
    ("icon", 32),
    ("apple-touch-icon", 180),
    ("apple-touch-icon-precomposed", 180),
    ("fluid-icon", 512),
];

/// The icon that is the least above what we draw, else the largest.
pub(super) fn best(facts: &Facts<'_>) -> Option<Url> {
    let mut best: Option<((bool, u32), Url)> = None;
    for (relation, usual) in RELATIONS {
        for tag in facts.links(relation) {
            let Some(url) = facts.resolve(tag.get("href")) else { continue };
            if is_drawing(&url, tag.get("type")) {
                continue;
            }
            let worth = worth(size(tag, usual));
            if best.as_ref().is_none_or(|(known, _)| worth < *known) {
                best = Some((worth, url));
            }
        }
    }
    best.map(|(_, url)| url)
}

/// How far from the best a size is, the least being the best.
fn worth(dots: u32) -> (bool, u32) {
    if dots >= DOTS { (false, dots - DOTS) } else { (true, DOTS - dots) }
}

/// The most fitting of its sizes.
fn size(tag: &Tag, usual: u32) -> u32 {
    let sizes = tag.get("sizes").split_ascii_whitespace().filter_map(side);
    sizes.min_by_key(|dots| worth(*dots)).unwrap_or(usual)
}

/// The shorter side of a size such as `32x32`.
fn side(size: &str) -> Option<u32> {
    let (width, height) = size.split_once(['x', 'X', '×'])?;
    let (width, height): (u32, u32) = (width.parse().ok()?, height.parse().ok()?);
    Some(width.min(height)).filter(|dots| *dots > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::prepass;

    #[track_caller]
    fn check(html: &str, expected: Option<&str>) {
        let url = Url::parse("https://bread.example/a/b").unwrap();
        let essence = prepass::essence(html);
        let facts = Facts::of(&essence, &url);
        assert_eq!(best(&facts).as_ref().map(Url::path), expected, "{html}");
    }

    #[test]
    fn the_icon_nearest_to_64_dots_from_above_wins() {
        let small =
            "<link rel=icon sizes=16x16 href=/16.png><link rel='ICON' sizes='48x48' href=/48.png>";
        let large =
            "<link rel=icon sizes=192x192 href=/192.png><link rel=icon sizes=96X96 href=/96.png>";
        check(small, Some("/48.png"));
        check(&format!("{small}{large}"), Some("/96.png"));
        check("<link rel=icon href=/a.ico><link rel=apple-touch-icon href=/t.png>", Some("/t.png"));
        check("<link rel='shortcut icon' href=/a.ico sizes=any>", Some("/a.ico"));
        check(
            "<link rel=icon sizes='16x16 64x64' href=/a.ico><link rel=icon sizes=96x96 href=/b>",
            Some("/a.ico"),
        );
        check(
            "<link rel=fluid-icon href=/f.png><link rel=apple-touch-icon-precomposed href=/t.png>",
            Some("/t.png"),
        );
        check(
            "<link rel=icon href=/first.png><link rel=icon href=/second.png>",
            Some("/first.png"),
        );
    }

    #[test]
    fn what_we_cannot_serve_is_no_icon() {
        for html in [
            "<link rel=icon href=/a.SVG?v=1>",
            "<link rel=icon type=image/svg+xml href=/icon>",
            "<link rel=mask-icon href=/m.png>",
            "<link rel=stylesheet href=/x.png>",
            "<link rel=icon href=data:,>",
            "<link rel=icon>",
        ] {
            check(html, None);
        }
    }
}
