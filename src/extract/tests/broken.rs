//! Pages as nobody would write them: cut, doubled, flipped, endless. None may cause a panic,
//! an answer that is longer than promised, or work that grows faster than the page.

use std::fs;

use super::*;
use crate::extract::{charset, page, prepass, text};
use crate::model::page::PageMeta;

/// Reads a page without the net that catches a bug, so that a test falls into it.
#[track_caller]
fn read_unguarded(bytes: &[u8]) -> PageMeta {
    let url = Url::parse(URL).unwrap();
    let (html, _) = charset::decode(bytes, None, None);
    let meta = page::read(&prepass::essence(&html), &url);
    check_limits(&meta);
    meta
}

#[track_caller]
fn check_limits(meta: &PageMeta) {
    let within = |text: &Option<String>, max: usize| {
        let text = text.as_deref().unwrap_or("x");
        assert!((1..=max).contains(&text.chars().count()), "{} bytes", text.len());
        assert_eq!(text.trim(), text);
        assert!(!text.chars().any(char::is_control));
    };
    within(&meta.title, text::TITLE_MAX);
    within(&meta.short_title, text::TITLE_MAX);
    within(&meta.description, text::DESCRIPTION_MAX);
    within(&meta.site_name, text::NAME_MAX);
    within(&meta.author, text::NAME_MAX);
    within(&meta.language, 35);
    within(&meta.theme_colour, 40);
    assert!(meta.images.len() <= 16);
    let images = meta.images.iter().map(|image| &image.url);
    let links = [&meta.canonical_url, &meta.icon_url, &meta.oembed_url];
    for url in images.chain(links.into_iter().flatten()) {
        assert!(matches!(url.scheme(), "http" | "https") && url.as_str().len() <= 8 * 1024);
    }
}

/// All pages of `tests/data`.
pub(super) fn fixtures() -> Vec<(String, Vec<u8>)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut dirs = vec![root];
    let mut pages = Vec::new();
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|ext| ext == "html" || ext == "htm") {
                pages.push((path.display().to_string(), fs::read(&path).unwrap()));
            }
        }
    }
    pages.sort();
    assert!(pages.len() >= 10, "the pages were not found");
    pages
}

#[test]
fn a_mutilated_page_yields_less_but_never_more_than_allowed() {
    let mut random = fastrand::Rng::with_seed(20_240_305);
    for (_, page) in fixtures() {
        for _ in 0..12 {
            let mut page = page.clone();
            for _ in 0..random.usize(1..8) {
                mutilate(&mut page, &mut random);
            }
            read_unguarded(&page);
        }
    }
}

fn mutilate(page: &mut Vec<u8>, random: &mut fastrand::Rng) {
    if page.is_empty() {
        return;
    }
    let at = random.usize(..page.len());
    let end = at + random.usize(..=(page.len() - at).min(200));
    match random.u8(..5) {
        0 => page.truncate(at),
        1 => drop(page.drain(at..end)),
        2 => {
            let piece = page[at..end].to_vec();
            page.splice(at..at, piece);
        }
        3 => page[at] ^= 1 << random.u8(..8),
        _ => page.insert(at, b"<>\"'=/!-&{}[],:\0\\"[random.usize(..17)]),
    }
}

#[test]
fn noise_yields_nothing_bad() {
    let mut random = fastrand::Rng::with_seed(1);
    let noise: Vec<u8> = (0..10_000_000).map(|_| random.u8(..)).collect();
    check_limits(&read_at(&noise, Some("text/html")));
    read_unguarded(&noise[..200_000]);
    let pieces = [
        "<",
        ">",
        "<!--",
        "--",
        "-->",
        "<meta ",
        "<title>",
        "</title",
        "<script",
        "</script>",
        "<script type=application/ld+json>",
        "{\"@type\":\"Article\",",
        "\"name\":\"",
        "\"}",
        "content=",
        "\"",
        "'",
        "=",
        "property=og:title",
        "property=og:image:width",
        "&#x",
        "&amp",
        "<svg>",
        "<![CDATA[",
        "한",
        "\0",
        " ",
        "<base href=",
        "//",
        "<link rel=icon href=",
        "<template>",
        "{{",
        "</",
        "<p>",
        "</p>",
        "<h1>",
        "</h2>",
        "<div itemscope itemtype=Article>",
        "<b itemprop=name>",
        "</div>",
        "<a rel=author>",
        "<nav>",
        "</nav>",
        "<html lang=",
    ];
    for _ in 0..300 {
        let page: String = (0..400).map(|_| pieces[random.usize(..pieces.len())]).collect();
        read_unguarded(page.as_bytes());
        read_unguarded(&page.as_bytes()[random.usize(..page.len())..]);
    }
}

/// One and a half megabytes each: anything quadratic would take minutes.
#[test]
fn work_grows_no_faster_than_the_page() {
    for piece in [
        "<",
        ">",
        "</",
        "<a",
        "</a>",
        "<a ",
        "<a b=",
        "<a b=\"",
        "<a b='",
        "<!--",
        "<!-- --",
        "<!",
        "<?",
        "<![CDATA[",
        "<title>",
        "<title",
        "</title",
        "<script>",
        "<script><!--",
        "<script><!--<script",
        "<style>",
        "<svg><title>",
        "<p>",
        "<p><b>",
        "<h1>",
        "<h1></h2>",
        "<li itemprop=name>",
        "<li itemscope itemprop=author>",
        "<meta property=og:title content=a>",
        "<meta name='a b c d e f g' content=''>",
        "<link rel=icon sizes='1x1 2x2' href=/a>",
        "<div itemscope itemtype=Product><b itemprop=url content=/a>",
        "=",
        "\"",
        "&",
        "&#",
        "&amp",
        "<base href=x>",
        "<nav>",
        "<div></span>",
        "<textarea>",
        "<template>",
        "<time pubdate>",
        "<meta property=og:image:url content=/x>",
        "<html lang=xx>",
    ] {
        let page = piece.repeat(1_500_000 / piece.len());
        read_unguarded(page.as_bytes());
    }
}

#[test]
fn structured_data_of_any_shape_costs_little() {
    for piece in
        ["[", "{\"a\":", "[,", "\"", "\\", "/*", "//", "{\"@graph\":[", "[[],", "&quot;", ", "]
    {
        let json = piece.repeat(250_000 / piece.len());
        let page = format!("<script type=application/ld+json>{json}</script><title>a</title>");
        assert_eq!(text(&read_unguarded(page.as_bytes()).title), "a", "{piece}");
    }
    let node = "{\"@id\":\"#a\",\"@type\":\"Article\",\"author\":[{\"@id\":\"#a\"}],\"image\":{\"@id\":\"#a\"}},";
    let page = format!("<script type=application/ld+json>[{}{{}}]</script>", node.repeat(2_000));
    read_unguarded(page.as_bytes());
}
