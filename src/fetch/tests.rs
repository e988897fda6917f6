//! The fetcher against a web server that behaves badly.

use std::io::{Cursor, Write};

use super::trip::REDIRECTS_MAX;
use super::*;
use crate::clock::SystemClock;
use crate::model::address::AddressList;
use crate::model::language::Language;
use crate::model::page::{PageKind, PageState};
use crate::net::fake_web::{FakeWeb, Reply};

fn fetcher_with(change: impl FnOnce(&mut FetchConfig)) -> Fetcher {
    let mut config = FetchConfig {
        allow: AddressList::parse(&["127.0.0.1"]).unwrap(),
        robots: RobotsPolicy::Ignore,
        ..FetchConfig::default()
    };
    change(&mut config);
    Fetcher::new(config, SystemClock::shared())
}

fn fetcher() -> Fetcher {
    fetcher_with(|_| {})
}

#[track_caller]
fn check_failure(result: Result<PageMeta, Failure>, state: PageState, reason: Reason, again: bool) {
    let failure = result.unwrap_err();
    assert_eq!((failure.state, failure.reason, failure.again), (state, reason, again));
}

#[test]
fn a_page_is_read_with_the_charset_of_its_header() {
    let web = FakeWeb::new(|_| {
        let body = b"<title>\xc7\xd1\xb1\xb9\xbe\xee</title>";
        Reply::with("200 OK", &["Content-Type: text/html;charset=EUC-KR", "set-cookie: a=b"], body)
    });
    let fetcher = fetcher();
    for _ in 0..2 {
        let meta = fetcher.page(&web.url("/a#part"), Language::English).unwrap();
        assert_eq!(meta.title.as_deref(), Some("한국어"));
        assert_eq!(meta.charset, Some("EUC-KR"));
    }
    let heads = web.requests().join("").to_lowercase();
    assert!(heads.contains("accept: text/html"));
    assert!(heads.contains("user-agent: toaster/"));
    assert!(!heads.contains("cookie") && !heads.contains("referer") && !heads.contains("#part"));
}

#[test]
fn redirects_are_followed_and_the_last_address_counts() {
    let web = FakeWeb::new(|path| match path {
        "/1" => Reply::redirect("/2#x"),
        "/2" => Reply::with("301 Moved", &["Location: three/3"], b""),
        "/three/3" => Reply::html("<title>there</title><link rel=icon href=i.png>"),
        _ => Reply::status("404 Not Found"),
    });
    let meta = fetcher().page(&web.url("/1"), Language::English).unwrap();
    assert_eq!(meta.url, web.url("/three/3"));
    assert_eq!(meta.icon_url, Some(web.url("/three/i.png")));
}

#[test]
fn a_page_is_asked_whether_it_is_there_and_none_of_it_is_read() {
    let web = FakeWeb::new(|path| match path {
        "/there" => Reply::html(&"x".repeat(1 << 20)),
        "/moved" => Reply::redirect("/there"),
        "/wall" => Reply::with("403 Forbidden", &["cf-mitigated: challenge"], b""),
        "/busy" => Reply::status("429 Too Many Requests"),
        "/down" => Reply::status("503 Unavailable"),
        "/circle" => Reply::redirect("/circle"),
        _ => Reply::status("410 Gone"),
    });
    let fetcher = fetcher();
    for (path, expected) in [
        ("/there", Ok(())),
        ("/moved", Ok(())),
        ("/wall", Err(Reason::BotWall)),
        ("/busy", Err(Reason::Busy(429))),
        ("/down", Err(Reason::ServerError(503))),
        ("/circle", Err(Reason::TooManyRedirects)),
        ("/gone", Err(Reason::Gone(410))),
    ] {
        let seen = fetcher.check(&web.url(path), Language::English);
        assert_eq!(seen.map_err(|failure| failure.reason), expected, "{path}");
    }
    let polite = fetcher_with(|config| config.robots = RobotsPolicy::Obey);
    let web = FakeWeb::new(|path| match path {
        "/robots.txt" => Reply::with("200 OK", &[], b"user-agent: *\ndisallow: /"),
        _ => panic!("it asked not to be read"),
    });
    let seen = polite.check(&web.url("/"), Language::English);
    assert_eq!(seen.unwrap_err().reason, Reason::Robots);
}

#[test]
fn a_host_that_says_when_to_come_back_is_left_alone_until_then() {
    let web = FakeWeb::new(|path| match path {
        "/busy" => Reply::with("429 Too Many", &["Retry-After: 600"], b""),
        "/down" => Reply::with("503 Unavailable", &["Retry-After: 600"], b""),
        _ => Reply::with("200 OK", &["Retry-After: 600"], b"fine"),
    });
    for (path, rests) in [("/fine", false), ("/busy", true), ("/down", true)] {
        let fetcher = fetcher_with(|config| config.pause = Duration::ZERO);
        let url = web.url(path);
        let host = url.host_str().unwrap();
        let visit = fetcher.pace().visit_to(host).unwrap();
        let _ = fetcher.on(visit).check(&url, Language::English);
        assert_eq!(fetcher.pace().occupied().resting == [host], rests, "{path}");
        assert_eq!(fetcher.pace().visit_to(host).is_none(), rests, "{path}");
    }
}

#[test]
fn redirects_end_somewhere() {
    let web = FakeWeb::new(|path| match path {
        "/a" => Reply::redirect("/b"),
        "/b" => Reply::redirect("/a"),
        "/nowhere" => Reply::with("302 Found", &[], b""),
        deeper => Reply::redirect(&format!("{deeper}/x")),
    });
    let fetcher = fetcher();
    let failed = |path: &str, reason| {
        check_failure(
            fetcher.page(&web.url(path), Language::English),
            PageState::Failed,
            reason,
            false,
        );
    };
    failed("/a", Reason::TooManyRedirects);
    failed("/nowhere", Reason::TooManyRedirects);
    failed("/deep", Reason::TooManyRedirects);
    let hops = web.paths().iter().filter(|path| path.starts_with("/deep")).count();
    assert_eq!(hops, REDIRECTS_MAX + 1);
}

#[test]
fn no_hop_leads_to_an_address_that_is_not_public() {
    for target in ["127.0.0.2", "[::1]", "[::ffff:10.0.0.1]", "169.254.169.254", "0x7f.2"] {
        let web = FakeWeb::new(move |_| Reply::redirect(&format!("http://{target}/")));
        check_failure(
            fetcher().page(&web.url("/"), Language::English),
            PageState::Refused,
            Reason::AddressNotAllowed,
            false,
        );
    }
    let web = FakeWeb::new(|_| Reply::redirect("file:///etc/passwd"));
    let reason = Reason::AddressUnusable;
    check_failure(
        fetcher().page(&web.url("/"), Language::English),
        PageState::Refused,
        reason,
        false,
    );
    let strict = fetcher_with(|config| config.allow = AddressList::none());
    check_failure(
        strict.page(&web.url("/"), Language::English),
        PageState::Refused,
        Reason::AddressNotAllowed,
        false,
    );
    assert_eq!(web.requests().len(), 1);
}

#[test]
fn an_endless_page_costs_its_cap() {
    let web = FakeWeb::new(|_| {
        Reply::Endless(
            "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>endless</title>",
            vec![b' '; 64 * 1024],
        )
    });
    let meta = fetcher().page(&web.url("/"), Language::English).unwrap();
    assert_eq!(meta.title.as_deref(), Some("endless"));
}

#[test]
fn a_gzip_bomb_costs_its_cap_and_its_beginning_is_read() {
    let web = FakeWeb::new(|_| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(b"<title>boom</title>").unwrap();
        for _ in 0..32 {
            gzip.write_all(&vec![0; 1024 * 1024]).unwrap();
        }
        let headers = ["content-type: text/html", "content-encoding: gzip"];
        Reply::with("200 OK", &headers, &gzip.finish().unwrap())
    });
    let fetcher = fetcher();
    let mut trip = Trip::new(&fetcher, fetcher.deadline(), PAGE_TYPES, ANY_LANGUAGE);
    let (_, answer) = trip.follow(&web.url("/")).unwrap();
    let (bytes, ended) = answer.read(1024 * 1024);
    assert_eq!((bytes.len(), bytes.capacity() <= 2 * 1024 * 1024), (1024 * 1024, true));
    assert_eq!(ended, Ended::Full);
    assert_eq!(
        fetcher.page(&web.url("/"), Language::English).unwrap().title.as_deref(),
        Some("boom")
    );
}

#[test]
fn an_error_page_is_named_and_its_title_is_not_kept() {
    let web = FakeWeb::new(|path| match path {
        "/404" => Reply::status("404 Not Found"),
        "/500" => Reply::status("500 Oh No"),
        "/401" => Reply::status("401 Who"),
        "/403" => Reply::status("403 No"),
        "/wall" => {
            Reply::with("403 No", &["content-type: text/html"], b"<title>Just a moment...</title>")
        }
        "/header" => Reply::with("403 No", &["cf-mitigated: challenge"], b""),
        "/page" => Reply::redirect("/users/sign_in"),
        "/304" => Reply::status("304 Same"),
        "/zstd404" => Reply::with("404 Not Found", &["content-encoding: zstd"], b"\x01"),
        "/zstd" => Reply::with("200 OK", &["content-encoding: zstd"], b"\x01"),
        _ => Reply::html("<title>Welcome</title>"),
    });
    let fetcher = fetcher();
    let check = |path: &str, state, reason, again| {
        check_failure(fetcher.page(&web.url(path), Language::English), state, reason, again);
    };
    check("/404", PageState::Failed, Reason::of_status(404), false);
    check("/500", PageState::Failed, Reason::of_status(500), true);
    check("/401", PageState::Refused, Reason::NeedsLogin, false);
    check("/403", PageState::Refused, Reason::Forbidden(403), false);
    check("/wall", PageState::Refused, Wall::Bot.reason(), false);
    check("/header", PageState::Refused, Wall::Bot.reason(), false);
    check("/page", PageState::Refused, Wall::Login.reason(), false);
    check("/304", PageState::Failed, Reason::of_status(304), false);
    check("/zstd404", PageState::Failed, Reason::of_status(404), false);
    check("/zstd", PageState::Failed, Reason::NotUnderstood, false);
}

#[test]
fn a_site_that_hangs_is_left_and_what_it_said_is_kept() {
    let web = FakeWeb::new(|path| match path {
        "/mute" => Reply::Hang(""),
        "/head" => Reply::Hang("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n"),
        _ => {
            Reply::Hang("HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>slow</title><p>")
        }
    });
    let fetcher = fetcher_with(|config| config.time = Duration::from_millis(700));
    let slow = Reason::TimedOut;
    check_failure(
        fetcher.page(&web.url("/mute"), Language::English),
        PageState::Failed,
        slow,
        true,
    );
    check_failure(
        fetcher.page(&web.url("/head"), Language::English),
        PageState::Failed,
        slow,
        true,
    );
    assert_eq!(
        fetcher.page(&web.url("/title"), Language::English).unwrap().title.as_deref(),
        Some("slow")
    );
}

#[test]
fn a_file_is_named_without_being_read() {
    let web = FakeWeb::new(|_| {
        Reply::Endless("HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\n\r\n", vec![0; 64 * 1024])
    });
    let meta = fetcher().page(&web.url("/films/my%20cat.mp4"), Language::English).unwrap();
    assert_eq!((meta.title.as_deref(), meta.kind), (Some("my cat.mp4"), PageKind::Video));
}

#[test]
fn a_file_goes_by_the_name_its_site_gives_it() {
    let web = FakeWeb::new(|_| {
        let headers =
            ["content-type: application/pdf", "content-disposition: inline; filename=a.pdf"];
        Reply::with("200 OK", &headers, b"%PDF-1.7")
    });
    let meta = fetcher().page(&web.url("/download?id=7"), Language::English).unwrap();
    assert_eq!((meta.title.as_deref(), meta.kind), (Some("a.pdf"), PageKind::Pdf));
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let colour = |x| if x < width / 2 { [9, 90, 200] } else { [200, 90, 9] };
    let dots = image::RgbImage::from_fn(width, height, |x, _| image::Rgb(colour(x)));
    dots.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

#[test]
fn a_picture_is_read_under_the_same_rules() {
    let web = FakeWeb::new(|path| match path {
        "/a.png" => Reply::redirect("/b.png"),
        "/b.png" => Reply::with("200 OK", &["content-type: image/png"], &png(1280, 640)),
        "/a.svg" => Reply::with("200 OK", &["content-type: image/svg+xml"], b"<svg></svg>"),
        "/large.png" => Reply::Endless("HTTP/1.1 200 OK\r\n\r\n", vec![0; 64 * 1024]),
        _ => Reply::status("404 Not Found"),
    });
    let fetcher = fetcher();
    let get = |path: &str| fetcher.picture(&web.url(path), fetcher.deadline());
    let picture = get("/a.png").unwrap();
    assert_eq!((picture.width, picture.height), (640, 320));
    let reason = |path: &str| get(path).unwrap_err().reason;
    assert_eq!(reason("/a.svg"), Reason::NotAPage);
    assert_eq!(reason("/large.png"), Reason::TooLarge);
    assert_eq!(reason("/gone.png"), Reason::of_status(404));
    let strict = fetcher_with(|config| config.allow = AddressList::none());
    let refused = strict.picture(&web.url("/a.png"), strict.deadline()).unwrap_err();
    assert_eq!(refused.reason, Reason::AddressNotAllowed);
    let over = fetcher.picture(&web.url("/a.png"), Duration::ZERO).unwrap_err();
    assert_eq!((over.reason, over.again), (Reason::TimedOut, true));
    let heads = web.requests().join("").to_lowercase();
    assert!(heads.contains("accept: image/webp") && !heads.contains("avif"));
    assert!(!heads.contains("image/*"), "that would be answered with avif");
}

#[test]
fn robots_txt_is_asked_once_and_obeyed() {
    let web = FakeWeb::new(|path| match path {
        "/robots.txt" => Reply::with(
            "200 OK",
            &["content-type: text/plain"],
            b"user-agent: *\ndisallow: /\n\nuser-agent: toaster\ndisallow: /private",
        ),
        "/hop" => Reply::redirect("/private/x"),
        _ => Reply::html("<title>open</title>"),
    });
    let fetcher = fetcher_with(|config| config.robots = RobotsPolicy::Obey);
    let reason = Reason::Robots;
    assert!(fetcher.page(&web.url("/open"), Language::English).is_ok());
    check_failure(
        fetcher.page(&web.url("/private/x"), Language::English),
        PageState::Refused,
        reason,
        false,
    );
    check_failure(
        fetcher.page(&web.url("/hop"), Language::English),
        PageState::Refused,
        reason,
        false,
    );
    assert_eq!(fetcher.may_read(&web.url("/private")), Ok(false));
    assert_eq!(web.paths(), ["/robots.txt", "/open", "/hop"]);
}

#[test]
fn robots_txt_is_looked_for_behind_five_redirects_to_any_host_and_no_further() {
    let check = |redirects: usize, expected: Result<(), Reason>| {
        let web = FakeWeb::with_heads(move |head| {
            let (path, port) = (path(head), port(head));
            let hop = if path == "/robots.txt" { Some(0) } else { path[1..].parse().ok() };
            match hop {
                Some(hop) if hop < redirects => {
                    let host = ["localhost", "127.0.0.1"][hop % 2];
                    Reply::redirect(&format!("http://{host}:{port}/{}", hop + 1))
                }
                Some(_) => Reply::with("200 OK", &[], b"user-agent: *\ndisallow: /"),
                None => Reply::html("<title>open</title>"),
            }
        });
        let fetcher = fetcher_with(|config| {
            config.robots = RobotsPolicy::Obey;
            config.allow = AddressList::parse(&["127.0.0.1", "localhost"]).unwrap();
        });
        let found = fetcher.page(&web.url("/page"), Language::English);
        assert_eq!(found.map(|_| ()).map_err(|failure| failure.reason), expected, "{redirects}");
    };
    check(0, Err(Reason::Robots));
    check(5, Err(Reason::Robots));
    check(6, Ok(()));
}

fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

/// The port that a request was sent to.
fn port(head: &str) -> String {
    let host = head.lines().find(|line| line.to_lowercase().starts_with("host:")).unwrap();
    host.rsplit(':').next().unwrap().trim().to_owned()
}

#[test]
fn no_robots_txt_allows_and_a_broken_one_holds_back() {
    let check = |status: &'static str, expected: Result<(), Reason>| {
        let web = FakeWeb::new(move |path| match path {
            "/robots.txt" if status == "circle" => Reply::redirect("/robots.txt"),
            "/robots.txt" => Reply::status(status),
            _ => Reply::html("<title>open</title>"),
        });
        let fetcher = fetcher_with(|config| config.robots = RobotsPolicy::Obey);
        for _ in 0..2 {
            let found = fetcher
                .page(&web.url("/x"), Language::English)
                .map(|_| ())
                .map_err(|f| (f.reason, f.again));
            assert_eq!(found, expected.map_err(|reason| (reason, true)), "{status}");
        }
        assert_eq!(web.paths().iter().filter(|path| *path == "/robots.txt").count(), 1);
    };
    check("404 Not Found", Ok(()));
    check("403 No", Ok(()));
    check("circle", Ok(()));
    check("503 Later", Err(Reason::RobotsUnknown));
    check("429 Slow", Err(Reason::RobotsUnknown));
}

#[test]
fn a_site_we_had_no_time_to_ask_is_not_held_to_be_broken() {
    let web = FakeWeb::new(|_| Reply::html("<title>open</title>"));
    let fetcher = fetcher_with(|config| {
        config.robots = RobotsPolicy::Obey;
        config.pause = Duration::ZERO;
        config.time = Duration::from_millis(500);
    });
    let page = || fetcher.page(&web.url("/x"), Language::English);
    let other = fetcher.pace().visit();
    let place = fetcher.pace().enter(other, "127.0.0.1", fetcher.deadline());
    check_failure(page(), PageState::Failed, Reason::TimedOut, true);
    drop(place);
    assert_eq!(page().unwrap().title.as_deref(), Some("open"));
}

#[test]
fn a_page_that_says_too_little_is_completed_by_its_description() {
    let web = FakeWeb::new(|path| {
        match path {
        "/page" => Reply::html(
            "<title>Rye</title><link rel=alternate type=application/json+oembed href=/hop>",
        ),
        "/hop" => Reply::redirect("/oembed"),
        "/oembed" => Reply::with(
            "200 OK",
            &["content-type: application/json"],
            br#"{"version":"1.0","type":"photo","title":"Other","url":"/rye.jpg","author_name":"Ada"}"#,
        ),
        _ => Reply::status("404 Not Found"),
    }
    });
    let meta = fetcher().page(&web.url("/page"), Language::English).unwrap();
    assert_eq!(meta.url, web.url("/page"));
    assert_eq!(meta.title.as_deref(), Some("Rye"));
    assert_eq!(meta.author.as_deref(), Some("Ada"));
    assert_eq!(meta.images.first().map(|image| &image.url), Some(&web.url("/rye.jpg")));
    assert_eq!(web.paths(), ["/page", "/hop", "/oembed"]);
    assert!(web.requests()[2].to_lowercase().contains("accept: application/json"));
}

#[test]
fn a_description_that_cannot_be_had_takes_nothing_from_the_page() {
    let web = FakeWeb::new(|path| match path {
        "/robots.txt" => Reply::with("200 OK", &[], b"user-agent: *\ndisallow: /private"),
        "/404" => Reply::status("404 Not Found"),
        "/hang" => Reply::Hang("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"),
        "/endless" => Reply::Endless("HTTP/1.1 200 OK\r\n\r\n", vec![b' '; 64 * 1024]),
        page => {
            let link = "<title>Rye</title><link rel=alternate type=application/json+oembed href=";
            Reply::html(&format!("{link}{}>", page.trim_start_matches("/of")))
        }
    });
    let fetcher = fetcher_with(|config| {
        config.robots = RobotsPolicy::Obey;
        config.time = Duration::from_millis(700);
    });
    for path in ["/404", "/private", "/hang", "/endless", "http://127.0.0.2/"] {
        let page = web.url(&format!("/of{path}"));
        assert_eq!(
            fetcher.page(&page, Language::English).unwrap().title.as_deref(),
            Some("Rye"),
            "{path}"
        );
    }
    assert!(!web.paths().iter().any(|path| path == "/private"));
}

#[test]
fn pages_are_asked_for_in_the_language_of_the_reader() {
    let web = FakeWeb::new(|_| Reply::html("<title>bread</title>"));
    fetcher().page(&web.url("/"), Language::Korean).unwrap();
    assert!(web.requests()[0].to_lowercase().contains("accept-language: ko-kr,ko;q=0.9"));
}

#[test]
fn a_site_may_say_when_to_come_back() {
    let web = FakeWeb::new(|_| Reply::with("503 Later", &["retry-after: 120"], b""));
    let failure = fetcher().page(&web.url("/"), Language::English).unwrap_err();
    assert_eq!(failure.retry_after, Some(Duration::from_secs(120)));
}

#[test]
fn a_visit_has_its_host_to_itself_and_ends_in_time() {
    let web = FakeWeb::new(|path| match path {
        "/mute" => Reply::Hang(""),
        "/hop" => Reply::redirect("/page"),
        _ => Reply::html("<title>bread</title>"),
    });
    let fetcher = fetcher_with(|config| {
        config.time = Duration::from_millis(300);
        config.pause = Duration::from_secs(600);
        config.robots = RobotsPolicy::Obey;
    });
    let first = fetcher.on(fetcher.pace().visit());
    // Its robots.txt, a redirect and the page: one after the other, without a pause.
    assert!(first.page(&web.url("/hop"), Language::English).is_ok());
    assert_eq!(web.paths(), ["/robots.txt", "/hop", "/page"]);
    let second = fetcher.on(fetcher.pace().visit());
    let late = Reason::TimedOut;
    let page = |fetcher: &Fetcher, path| fetcher.page(&web.url(path), Language::English);
    check_failure(page(&second, "/page"), PageState::Failed, late, true);
    assert_eq!(web.paths().len(), 3, "it was not asked");
    // What one visit may take altogether is used up by then, however many pictures there are.
    for _ in 0..3 {
        check_failure(page(&first, "/mute"), PageState::Failed, late, true);
    }
    assert!(web.paths().len() <= 5);
}

#[test]
fn cookies_live_for_one_page_and_a_site_that_redirects_until_one_sticks_is_read() {
    let web = FakeWeb::with_heads(|head| {
        let has_cookie = head.to_lowercase().contains("cookie: seen=1");
        if has_cookie {
            Reply::html("<title>let in</title>")
        } else {
            Reply::with("302 Found", &["location: /", "set-cookie: seen=1; Path=/"], b"")
        }
    });
    let fetcher = fetcher();
    for round in 1..=2 {
        let meta = fetcher.page(&web.url("/"), Language::English).unwrap();
        assert_eq!(meta.title.as_deref(), Some("let in"));
        assert_eq!(web.requests().len(), 2 * round, "the cookie was forgotten");
    }
    let circle =
        FakeWeb::new(|_| Reply::with("302 Found", &["location: /", "set-cookie: seen=1"], b""));
    let reason = Reason::TooManyRedirects;
    check_failure(
        fetcher.page(&circle.url("/"), Language::English),
        PageState::Failed,
        reason,
        false,
    );
}

#[test]
fn the_second_try_has_the_cookies_of_the_first_and_what_is_left_of_its_redirects() {
    let web = FakeWeb::with_heads(|head| {
        let head = head.to_lowercase();
        let is_browser = head.contains("application/xml;q=0.9");
        if head.starts_with("get /door ") && !is_browser {
            Reply::with("403 No", &["set-cookie: key=1; path=/"], b"")
        } else if head.starts_with("get /door ") && head.contains("cookie: key=1") {
            Reply::html("<title>let in</title>")
        } else if head.starts_with("get /far") && !is_browser {
            let deep = path(&head).len() > "/far/x/x/x".len();
            if deep { Reply::status("406 No") } else { Reply::redirect(&deeper(&head)) }
        } else {
            Reply::redirect(&deeper(&head))
        }
    });
    let fetcher = fetcher();
    let meta = fetcher.page(&web.url("/door"), Language::English).unwrap();
    assert_eq!(meta.title.as_deref(), Some("let in"));
    let far = fetcher.page(&web.url("/far"), Language::English);
    check_failure(far, PageState::Failed, Reason::TooManyRedirects, false);
    let hops = web.paths().iter().filter(|path| path.starts_with("/far")).count();
    assert_eq!(hops, REDIRECTS_MAX + 2, "all redirects together, and one second try");
}

fn deeper(head: &str) -> String {
    format!("{}/x", path(head))
}

#[test]
fn a_site_that_lets_nobody_in_is_asked_once_more_as_browsers_ask() {
    let web = FakeWeb::with_heads(|head| {
        let head = head.to_lowercase();
        if head.starts_with("get /never") {
            Reply::status("403 No")
        } else if head.contains("accept: text/html,application/xhtml+xml,application/xml") {
            Reply::html("<title>let in</title>")
        } else {
            Reply::status("406 Not so")
        }
    });
    let fetcher = fetcher();
    let meta = fetcher.page(&web.url("/"), Language::English).unwrap();
    assert_eq!(meta.title.as_deref(), Some("let in"));
    let never = fetcher.page(&web.url("/never"), Language::English);
    check_failure(never, PageState::Refused, Reason::Forbidden(403), false);
    assert_eq!(web.requests().len(), 4);
    assert!(web.requests().iter().all(|head| head.to_lowercase().contains("user-agent: toaster")));
}

#[test]
fn a_page_in_any_usual_coding_is_read() {
    let page = b"<title>packed</title>";
    let deflated = {
        let mut coder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
        coder.write_all(page).unwrap();
        coder.finish().unwrap()
    };
    let twice = {
        let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        coder.write_all(&deflated).unwrap();
        coder.finish().unwrap()
    };
    // `<title>packed</title>` as one uncompressed block of Brotli (RFC 7932).
    let mut brotli = vec![0x8b, 0x0a, 0x80];
    brotli.extend_from_slice(page);
    brotli.push(0x03);
    let web = FakeWeb::new(move |path| {
        let (coding, body): (&str, &[u8]) = match path {
            "/deflate" => ("content-encoding: deflate", &deflated),
            "/br" => ("content-encoding: br", &brotli),
            "/twice" => ("content-encoding: deflate, gzip", &twice),
            "/bomb" => ("content-encoding: br", BROTLI_BOMB),
            "/window" => ("content-encoding: br", b"\x11\xde"),
            "/garbled" => ("content-encoding: gzip", page),
            "/cut" => {
                let head = b"HTTP/1.1 200 OK\r\ncontent-encoding: br\r\ncontent-length: 99\r\n\r\n";
                return Reply::Bytes([head, &BROTLI_BOMB[..4]].concat());
            }
            _ => ("content-encoding: zstd", b"x"),
        };
        Reply::with("200 OK", &["content-type: text/html", coding], body)
    });
    let fetcher = fetcher();
    for path in ["/deflate", "/br", "/twice", "/bomb"] {
        let meta = fetcher.page(&web.url(path), Language::English).unwrap();
        assert_eq!(meta.title.as_deref(), Some("packed"), "{path}");
    }
    for path in ["/zstd", "/garbled", "/window"] {
        let page = fetcher.page(&web.url(path), Language::English);
        check_failure(page, PageState::Failed, Reason::NotUnderstood, false);
    }
    let cut = fetcher.page(&web.url("/cut"), Language::English);
    check_failure(cut, PageState::Failed, Reason::BrokenOff, true);
}

/// `<title>packed</title>` and 32 MiB of zeros.
const BROTLI_BOMB: &[u8] = &[
    0xcb, 0xff, 0xff, 0x3f, 0xf8, 0x27, 0x01, 0xc8, 0xca, 0x5a, 0x90, 0x42, 0xa4, 0x79, 0x4c, 0x23,
    0xb0, 0x41, 0x2b, 0x0e, 0x51, 0x4a, 0xdd, 0xf6, 0x27, 0xbd, 0xff, 0x03, 0xff, 0xff, 0xff, 0xe0,
    0x9f, 0x00, 0x88, 0xc3, 0x22, 0x00, 0xdd, 0xfb, 0x3f, 0xfe, 0xff, 0xff, 0xc1, 0x3f, 0x01, 0x10,
    0x87, 0x05, 0x00, 0xba, 0xf7, 0x7f, 0xfc, 0xff, 0xff, 0x83, 0x7f, 0x02, 0x20, 0x0e, 0x0b, 0x00,
    0x74, 0xef, 0xff, 0x82, 0x02, 0x00, 0xff, 0x04, 0x40, 0x0c, 0x11, 0x00, 0x0c,
];

#[test]
fn compressed_robots_txt_that_cannot_be_read_holds_back() {
    let web = FakeWeb::new(|path| match path {
        "/robots.txt" => Reply::with("200 OK", &["content-encoding: gzip"], b"user-agent: *"),
        _ => Reply::html("<title>open</title>"),
    });
    let fetcher = fetcher_with(|config| config.robots = RobotsPolicy::Obey);
    let page = fetcher.page(&web.url("/"), Language::English);
    check_failure(page, PageState::Failed, Reason::RobotsUnknown, true);
}

#[test]
fn an_empty_answer_is_no_page() {
    let web = FakeWeb::new(|path| match path {
        "/204" => Reply::status("204 No Content"),
        "/cut.mp4" => Reply::Hang("HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\n\r\n"),
        _ => Reply::with("200 OK", &["content-type: text/html"], b""),
    });
    for path in ["/204", "/empty"] {
        let page = fetcher().page(&web.url(path), Language::English);
        check_failure(page, PageState::Failed, Reason::NotAPage, false);
    }
    let impatient = fetcher_with(|config| config.time = Duration::from_millis(300));
    let cut = impatient.page(&web.url("/cut.mp4"), Language::English);
    check_failure(cut, PageState::Failed, Reason::TimedOut, true);
}

#[test]
fn the_operator_says_which_ports_and_addresses_are_read() {
    let web = FakeWeb::new(|_| Reply::html("<title>home</title>"));
    let reason = |change: fn(&mut FetchConfig)| {
        let fetcher = fetcher_with(|config| {
            config.allow = AddressList::none();
            change(config);
        });
        // A public address that nobody is asked at, since a rule of ours comes first.
        fetcher
            .page(&Url::parse("http://1.1.1.1:81/").unwrap(), Language::English)
            .unwrap_err()
            .reason
    };
    assert_eq!(reason(|_| {}), Reason::PortNotAllowed);
    let denied = |config: &mut FetchConfig| {
        config.ports = vec![81];
        config.deny = AddressList::parse(&["1.1.1.0/24"]).unwrap();
    };
    assert_eq!(reason(denied), Reason::AddressNotAllowed);
    let both = |config: &mut FetchConfig| {
        config.allow = AddressList::parse(&["1.0.0.0/8"]).unwrap();
        config.deny = AddressList::parse(&["1.1.1.1"]).unwrap();
    };
    assert_eq!(reason(both), Reason::AddressNotAllowed, "what is denied is not allowed");
    assert!(
        fetcher().page(&web.url("/"), Language::English).is_ok(),
        "what is allowed is, on any port"
    );
}

#[test]
fn a_page_that_sends_its_reader_on_is_followed_as_a_redirect_is() {
    let web = FakeWeb::new(|path| match path {
        "/now" => {
            Reply::html("<meta http-equiv=refresh content='0; URL=/there'><title>Wait</title>")
        }
        "/soon" => Reply::html("<meta http-equiv=Refresh content=\"3;url='/now'\">"),
        "/late" => {
            Reply::html("<meta http-equiv=refresh content='300;url=/there'><title>News</title>")
        }
        "/self" => Reply::html("<meta http-equiv=refresh content=1;url=/self><title>Here</title>"),
        "/ring" => Reply::html("<meta http-equiv=refresh content=0;/ring2><title>Ring</title>"),
        "/ring2" => Reply::html("<meta http-equiv=refresh content=0;/ring><title>Ring</title>"),
        "/away" => Reply::html("<meta http-equiv=refresh content=0;http://10.0.0.1/>"),
        _ => Reply::html("<title>There</title>"),
    });
    let fetcher = fetcher();
    let title = |path: &str| fetcher.page(&web.url(path), Language::English).map(|meta| meta.title);
    for (path, expected) in [
        ("/now", "There"),
        ("/soon", "There"),
        ("/late", "News"),
        ("/self", "Here"),
        ("/ring", "Ring"),
    ] {
        assert_eq!(title(path).unwrap().as_deref(), Some(expected), "{path}");
    }
    assert_eq!(title("/away").unwrap_err().reason, Reason::AddressNotAllowed);
    assert!(web.paths().len() < 15, "a ring is left");
}
