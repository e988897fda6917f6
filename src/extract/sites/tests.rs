//! The tables, and what is made of them.

use std::fs;

use super::*;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

#[test]
fn each_address_in_the_table_has_a_link_that_shows_it() {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sites");
    let links: Vec<Url> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let told: serde_json::Value =
                serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
            url(told["saved"].as_str().unwrap())
        })
        .collect();
    for from in RULES.iter().flat_map(|rule| rule.from) {
        let shown = links.iter().any(|link| pattern::find(from, link).is_some());
        assert!(shown, "no link in {dir} shows {from}");
    }
}

#[test]
fn a_rule_leads_to_an_address_that_leads_to_itself() {
    for rule in RULES {
        let example = rule.page.replace("{tld}", "de").replace("{id}", "1").replace("{post}", "2");
        let example = url(&example.replace(['{', '}', '*'], ""));
        if let Some(plan) = plan(&example) {
            assert_eq!(plan.page, example);
        }
    }
}

#[test]
fn other_addresses_are_left_alone() {
    let links = [
        "https://www.youtube.com/@breadbyada",
        "https://www.youtube.com/watch",
        "https://notyoutube.com/watch?v=aBcDeF12345",
        "https://www.youtube.com:8443/watch?v=aBcDeF12345",
        "https://netflix.com/adabakes/status/1",
        "https://x.com/adabakes",
        "https://vimeo.com/about",
        "https://blog.naver.com/adabakes",
        "https://blog.naver.com/PostView.naver?blogId=adabakes",
        "https://github.com/adabakes/rye/blob/main/picture.png",
        "https://docs.google.com/document/d/e/2PACX/pub",
        "https://www.amazon.com/gp/help/customer/display.html",
        "http://localhost/",
        "mailto:ada@bread.example",
    ];
    for link in links {
        assert!(plan(&url(link)).is_none(), "{link}");
    }
}

#[test]
fn a_smaller_copy_names_its_original() {
    let cases = [
        (
            "https://dthumb-phinf.pstatic.net/?src=%22https%3A%2F%2Fa.example%2Fb.jpg%22&type=w2",
            Some("https://a.example/b.jpg"),
        ),
        ("https://t1.daumcdn.net/thumb/R1x1/?fname=http%3A%2F%2Fa.example%2Fb", {
            Some("http://a.example/b")
        }),
        ("https://wsrv.nl/?url=a.example/b.jpg&w=300", Some("https://a.example/b.jpg")),
        ("https://images.weserv.nl/?w=3&url=https://a.example/b.jpg", {
            Some("https://a.example/b.jpg")
        }),
        ("https://a.example/_vercel/image?url=%2Fb.jpg&w=640&q=75", {
            Some("https://a.example/b.jpg")
        }),
        ("https://a.example:8080/_next/image?url=https%3A%2F%2Fb.example%2Fc.png", {
            Some("https://b.example/c.png")
        }),
        ("https://wsrv.nl/?url=a.example/b.svg", None),
        ("https://wsrv.nl/?url=file:///etc/passwd", None),
        ("https://wsrv.nl/?url=https://ada:word@a.example/b.jpg", None),
        ("https://img1.daumcdn.net/thumb/R1x1/?fname=", None),
        ("https://blogthumb.pstatic.net/MjAy/rye.jpg?type=w2", None),
        ("https://i.wp.com/a.example/b.jpg", None),
        ("https://a.example/b.jpg", None),
    ];
    for (copy, expected) in cases {
        let found = original(&url(copy));
        assert_eq!(found.as_ref().map(Url::as_str), expected, "{copy}");
    }
}

#[test]
fn pictures_stay_few_and_different() {
    let mut meta = PageMeta::bare(url("https://a.example/"), PageKind::Site);
    let copies = (0..20).map(|n| url(&format!("https://wsrv.nl/?url=a.example/{}.jpg&w=1", n / 2)));
    meta.images = copies.map(PageImage::at).collect();
    polish(&mut meta);
    let found: Vec<&str> = meta.images.iter().map(|image| image.url.as_str()).collect();
    assert_eq!(found.len(), IMAGES_MAX);
    assert_eq!(
        found[..3],
        [
            "https://a.example/0.jpg",
            "https://wsrv.nl/?url=a.example/0.jpg&w=1",
            "https://a.example/1.jpg",
        ]
    );
}

#[test]
fn a_title_loses_what_its_site_puts_around_it() {
    let cases = [
        ("https://github.com/a/b/issues/1", "Too dry · Issue #1 · a/b · GitHub", {
            Some("Too dry · Issue #1 · a/b")
        }),
        ("https://fr.wikipedia.org/wiki/Pain", "Pain — Wikipédia", Some("Pain")),
        ("https://ru.wikipedia.org/wiki/A", "Хлеб — Википедия", Some("Хлеб")),
        ("https://zh.wikipedia.org/wiki/A", "面包 - 维基百科，自由的百科全书", Some("面包")),
        ("https://de.wikipedia.org/wiki/A", "Brot – Butter – Wikipedia", Some("Brot – Butter")),
        ("https://www.amazon.de/dp/1", "Brot : Amazon.de: Bücher", Some("Brot")),
        ("https://www.reddit.com/r/a/", "r/Breadit on Reddit: My first rye", Some("My first rye")),
        ("https://m.blog.naver.com/a/1", "호밀빵 : 네이버 블로그", Some("호밀빵")),
        ("https://vimeo.com/1", "A mill in winter on Vimeo", Some("A mill in winter")),
        ("https://x.com/a/status/1", "Ada on X: \"Rye\" / X", Some("Ada on X: \"Rye\"")),
        ("https://github.com/", "GitHub", None),
        ("https://vimeo.com/1", " on Vimeo", None),
        ("https://a.example/", "GitHub - a/b: c", None),
    ];
    for (at, title, expected) in cases {
        assert_eq!(without_frame(title, &url(at)).as_deref(), expected, "{title}");
    }
}
