//! How fast a page's bytes become what the page says about itself, beside what the same
//! bytes cost to merely walk and to parse as a browser does.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::RcDom;
use memchr::memchr_iter;
use toaster::extract::extract;
use url::Url;

/// A page as most are, and one of those that are far too long.
const PAGES: [usize; 2] = [100 * 1024, 2 * 1024 * 1024];

fn main() {
    divan::main();
}

/// A page with a full head and `bytes` of ordinary body.
fn page(bytes: usize) -> String {
    let mut page = String::from(HEAD);
    for number in 0.. {
        if page.len() >= bytes {
            break;
        }
        page.push_str(&format!(
            "<div class=\"row row-{number}\"><h3 class=\"title\"><a href=\"/posts/{number}?from=list\" \
             data-id=\"{number}\">Loaf number {number}</a></h3>\n<p class=\"text\">Flour, water, salt and \
             patience &amp; a hot stone: the crust of day {number} sang when it came out, and \
             <em>nobody</em> waited until it was cold. 오늘의 빵은 오늘 굽습니다.</p>\n\
             <img src=\"/img/{number}.jpg\" alt=\"A loaf\" width=\"640\" height=\"480\" loading=\"lazy\">\
             <ul><li>Rye</li><li>Wheat</li></ul></div>\n"
        ));
        if number % 40 == 0 {
            page.push_str("<script>window.loaves = window.loaves || []; if (1 < 2) { loaves.push(\"<b>\"); }</script>\n");
        }
    }
    page.push_str(
        "</main><footer><p>Bread Weekly, since the first crumb.</p></footer></body></html>",
    );
    page
}

#[divan::bench(args = PAGES)]
fn page_to_metadata(bencher: Bencher, bytes: usize) {
    let page = page(bytes);
    let url = Url::parse("https://bread.example/posts/1").expect("it is an address");
    bencher
        .counter(BytesCount::of_str(&page))
        .bench(|| extract(black_box(page.as_bytes()), &url, Some("text/html; charset=utf-8")));
}

/// The least that anybody can do who looks for tags.
#[divan::bench(args = PAGES)]
fn baseline_find_each_tag(bencher: Bencher, bytes: usize) {
    let page = page(bytes);
    bencher
        .counter(BytesCount::of_str(&page))
        .bench(|| memchr_iter(b'<', black_box(page.as_bytes())).count());
}

/// The whole tree, as a browser makes it.
#[divan::bench(args = PAGES)]
fn baseline_html5ever(bencher: Bencher, bytes: usize) {
    let page = page(bytes);
    bencher.counter(BytesCount::of_str(&page)).bench(|| {
        html5ever::parse_document(RcDom::default(), Default::default()).one(black_box(&*page))
    });
}

const HEAD: &str = r##"<!DOCTYPE html>
<html lang="en" prefix="og: https://ogp.me/ns#"><head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A loaf a day &amp; how to keep it | Bread Weekly</title>
<meta name="description" content="What to do with the loaf of yesterday, the day before and the week before that.">
<link rel="canonical" href="https://bread.example/posts/1">
<link rel="icon" href="/favicon-32x32.png" sizes="32x32" type="image/png">
<link rel="apple-touch-icon" href="/touch.png" sizes="180x180">
<link rel="stylesheet" href="/assets/main.css"><link rel="preload" href="/assets/font.woff2" as="font">
<link rel="alternate" type="application/json+oembed" href="https://bread.example/oembed?url=1">
<meta property="og:title" content="A loaf a day &amp; how to keep it">
<meta property="og:description" content="What to do with the loaf of yesterday.">
<meta property="og:type" content="article"><meta property="og:site_name" content="Bread Weekly">
<meta property="og:url" content="https://bread.example/posts/1">
<meta property="og:image" content="https://img.bread.example/loaf.jpg">
<meta property="og:image:width" content="1200"><meta property="og:image:height" content="630">
<meta property="article:published_time" content="2026-01-02T03:04:05+09:00">
<meta name="twitter:card" content="summary_large_image"><meta name="twitter:title" content="A loaf a day">
<meta name="author" content="Ana Crumb"><meta name="theme-color" content="#f5deb3">
<style>body{margin:0;font:16px/1.5 serif}main{max-width:40rem;margin:auto}a>b{color:inherit}</style>
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[
{"@type":"WebSite","@id":"https://bread.example/#site","name":"Bread Weekly","url":"https://bread.example/"},
{"@type":"Person","@id":"https://bread.example/#ana","name":"Ana Crumb"},
{"@type":"NewsArticle","headline":"A loaf a day & how to keep it","author":{"@id":"https://bread.example/#ana"},
"datePublished":"2026-01-02T03:04:05+09:00","image":{"@type":"ImageObject","url":"/loaf.jpg","width":1200,"height":630},
"publisher":{"@type":"Organization","name":"Bread Weekly"},"mainEntityOfPage":"https://bread.example/posts/1"}]}</script>
</head><body><header><nav><a href="/">Home</a> <a href="/posts">Posts</a></nav></header><main>
<h1>A loaf a day &amp; how to keep it</h1>
"##;
