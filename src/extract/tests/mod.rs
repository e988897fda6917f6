//! Whole pages, from `tests/data` and from the worst we can think of.

use super::*;

mod broken;
mod differential;

const URL: &str = "https://bread.example/posts/1?from=feed";

fn read_at(bytes: &[u8], content_type: Option<&str>) -> PageMeta {
    extract(bytes, &Url::parse(URL).unwrap(), content_type)
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or("")
}

fn address(value: &Option<Url>) -> &str {
    value.as_ref().map_or("", Url::as_str)
}

fn image(meta: &PageMeta) -> &str {
    meta.images.first().map_or("", |image| image.url.as_str())
}

#[test]
fn pages_in_any_charset_read_right() {
    let cases: [(&[u8], &str, &str, &str); 5] = [
        (
            include_bytes!("../../../tests/data/korean_euc_kr.html"),
            "EUC-KR",
            "토스터 : 링크를 다시 구워 드립니다",
            "저장만 하고 다시 보지 않는 링크를 알림으로 되살립니다.",
        ),
        (
            include_bytes!("../../../tests/data/japanese_shift_jis.html"),
            "Shift_JIS",
            "表示と能力のソース",
            "シフトJISの二バイト目には円記号が現れます。",
        ),
        (
            include_bytes!("../../../tests/data/chinese_gb18030.html"),
            "gb18030",
            "稍后阅读 𠮷",
            "把保存的链接带回来。",
        ),
        (
            include_bytes!("../../../tests/data/western_windows_1252.html"),
            "windows-1252",
            "Übergrößenträger – “naïve café”",
            "Prix : 5 € à la crème brûlée",
        ),
        (
            include_bytes!("../../../tests/data/korean_undeclared.html"),
            "EUC-KR",
            "선언 없는 한국어 페이지 제목",
            "이 페이지는 어떤 인코딩인지 말하지 않습니다. 그래도 읽을 수 있어야 합니다. \
             오래된 게시판에는 이런 글이 아직도 많이 남아 있습니다.",
        ),
    ];
    for (bytes, charset, title, description) in cases {
        // Many servers send the same wrong header for every page.
        for content_type in [None, Some("text/html"), Some("text/html; charset=\"UTF-8\"")] {
            let meta = read_at(bytes, content_type);
            assert_eq!(meta.charset, Some(charset));
            assert_eq!((text(&meta.title), text(&meta.description)), (title, description));
        }
    }
}

#[test]
fn open_graph_comes_first_and_addresses_are_made_whole() {
    let meta = read_at(include_bytes!("../../../tests/data/open_graph.html"), Some("text/html"));
    assert_eq!(text(&meta.title), "How to toast & not to burn");
    assert_eq!(text(&meta.description), "Three rules, one slice.");
    assert_eq!(image(&meta), "https://bread.example/blog/img/toast.jpg?w=1&copy=2");
    assert_eq!(address(&meta.icon_url), "https://bread.example/blog/touch.png");
    assert_eq!(address(&meta.canonical_url), "https://bread.example/blog/toast");
    assert_eq!(text(&meta.language), "en");
    assert_eq!(text(&meta.site_name), "Bread Weekly");
    assert_eq!(text(&meta.author), "Ana Crumb");
    let published = meta.published_at.map(|at| at.to_string());
    assert_eq!(published.as_deref(), Some("2024-03-05T01:00:00Z"));
    assert_eq!(meta.kind, PageKind::Article);
    assert_eq!(meta.url.as_str(), URL);
}

#[test]
fn a_minified_page_loses_nothing() {
    let meta = read_at(include_bytes!("../../../tests/data/minified.html"), None);
    assert_eq!(text(&meta.title), "Minified");
    assert_eq!(text(&meta.description), "Short");
    assert_eq!(text(&meta.site_name), "Tiny");
    assert_eq!(image(&meta), "https://bread.example/a.png?x=1&y=2");
    assert_eq!(address(&meta.icon_url), "https://bread.example/f.ico");
    assert_eq!(meta.kind, PageKind::Site);
}

#[test]
fn a_page_full_of_traps_yields_what_browsers_see() {
    let meta = read_at(include_bytes!("../../../tests/data/traps.html"), None);
    assert_eq!(text(&meta.title), "The real <title> 🍞 <!-- kept -->");
    assert_eq!(text(&meta.description), "a > b, said 'she'");
    assert_eq!(text(&meta.site_name), "After an empty comment");
    assert_eq!(image(&meta), "https://bread.example/real.png");
    assert_eq!(meta.icon_url, None);
    assert_eq!(text(&meta.author), "Real Author");
    let published = meta.published_at.map(|at| at.to_string());
    assert_eq!(published.as_deref(), Some("2024-01-02T00:00:00Z"));
    assert_eq!(meta.kind, PageKind::Site);
}

#[test]
fn structured_data_fills_what_the_tags_left_open() {
    let meta = read_at(include_bytes!("../../../tests/data/json_ld.html"), None);
    assert_eq!(text(&meta.title), "Less than the title");
    assert_eq!(text(&meta.description), "From <data>");
    assert_eq!(image(&meta), "https://bread.example/cover.jpg");
    assert_eq!(text(&meta.author), "Jun Park");
    assert_eq!(text(&meta.site_name), "Daily Bread");
    assert_eq!(meta.kind, PageKind::Article);
    assert!(meta.published_at.is_some());
}

#[track_caller]
fn check_title(html: &str, title: &str) {
    assert_eq!(text(&read_at(html.as_bytes(), Some("text/html")).title), title, "{html}");
}

#[test]
fn a_title_is_found_wherever_there_is_one() {
    check_title("<title>a</title>", "a");
    check_title("<title>a\n  b\0</title>", "a b\u{fffd}");
    check_title("<TITLE>a &amp;amp; b</TITLE>", "a &amp; b");
    check_title("<meta property='og:title' content=''><title>a</title>", "a");
    check_title("<meta property='og:title' content='undefined'><title>a</title>", "a");
    check_title("<meta name='x og:title' content=a>", "a");
    check_title("<meta content=a property=og:title>", "a");
    check_title("<meta\r\nproperty=\"og:title\"\tcontent=\"a\"/>", "a");
    check_title("<META PROPERTY=OG:TITLE CONTENT=a>", "a");
    check_title("<meta property = 'og:title' content = 'a'>", "a");
    check_title("<meta property='og:title'content='a'>", "a");
    check_title("<meta\nproperty='og:title'\ncontent='a\nb'\n/>", "a b");
    check_title("<meta property=\"og:title\" content=\"it's <b> > & all\" >", "it's <b> > & all");
    check_title("<meta property='og:title' content='a'b='c'>", "a");
    check_title(
        "<meta property=og:title content=https://a.example/?b=c&d>",
        "https://a.example/?b=c&d",
    );
    check_title("<meta property='og:title' content><title>a</title>", "a");
    check_title("<meta property='og:title' data-a content='a'>", "a");
    check_title("<meta class=x id=y property='og:title' content='a'>", "a");
    check_title("<meta content='a' content='b' property='og:title'>", "a");
    check_title("<meta name=twitter:title content=a><title>b</title>", "a");
    check_title("<body><p>text</p><meta property=og:title content=a>", "a");
    check_title("<meta \"><meta property=og:title content=a>", "a");
    check_title("<title>cut off", "cut off");
    check_title("", "");
}

#[test]
fn values_are_cut_to_a_length_that_can_be_shown() {
    let long = "가".repeat(5_000);
    let html = format!("<title>{long}</title><meta name=description content='{long}'>");
    let meta = read_at(html.as_bytes(), Some("text/html"));
    assert_eq!(text(&meta.title).chars().count(), 500);
    assert_eq!(text(&meta.description).chars().count(), 2_000);
    let image = format!("<meta property=og:image content='/{}'>", "a".repeat(5_000));
    assert_eq!(read_at(image.as_bytes(), Some("text/html")).images, []);
}

#[test]
fn a_file_is_named_and_never_parsed() {
    let url = Url::parse("https://a.example/report%202024.pdf").unwrap();
    let meta = extract(b"%PDF-1.7 <title>no</title>", &url, Some("application/pdf"));
    assert_eq!((text(&meta.title), meta.kind), ("report 2024.pdf", PageKind::Pdf));
    assert_eq!(meta.charset, None);
    let url = Url::parse("https://a.example/cat.jpg").unwrap();
    let meta = extract(b"\xff\xd8\xff", &url, Some("image/jpeg"));
    assert_eq!((meta.kind, image(&meta)), (PageKind::Image, url.as_str()));
}

#[test]
fn depth_costs_nothing() {
    for tag in [
        "<div>",
        "<svg>",
        "<html>",
        "<meta>",
        "<b><i>",
        "<title>",
        "<meta property=og:image content=a>",
        "<p itemprop=name>",
        "<div itemscope itemtype=Article><a rel=author>",
    ] {
        read_at(tag.repeat(30_000).as_bytes(), Some("text/html"));
    }
    let deep = format!("<script type=application/ld+json>{}</script>", "[".repeat(100_000));
    check_title(&format!("{deep}<title>a</title>"), "a");
}
