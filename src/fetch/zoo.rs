//! The fetcher among servers that do everything wrong.
//!
//! Each test says what becomes of the page: what was said before it went wrong is kept
//! if it says something, and else the reason is the right one, within the time given.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use super::*;
use crate::clock::SystemClock;
use crate::model::address::AddressList;
use crate::net::Roots;
use crate::net::fake_ca::FakeCa;
use crate::net::fake_web::{FakeWeb, Reply};

/// Enough for a server that answers at once, on a machine that has much else to do.
const AMPLE: Duration = Duration::from_secs(8);
/// Far less than a server needs that drips, or never ends.
const SHORT: Duration = Duration::from_millis(700);
const PAUSE: Duration = Duration::from_millis(40);

fn rules(time: Duration) -> FetchConfig {
    FetchConfig {
        allow: AddressList::parse(&["127.0.0.1"]).unwrap(),
        robots: RobotsPolicy::Ignore,
        time,
        max_bytes: 256 * 1024,
        ..FetchConfig::default()
    }
}

/// What becomes of a page whose server answers so: its title, or the reason and whether
/// it is tried again.
fn read(time: Duration, reply: impl Fn(&str) -> Reply + Send + 'static) -> Outcome {
    let web = FakeWeb::new(reply);
    let fetcher = Fetcher::new(rules(time), SystemClock::shared());
    outcome(fetcher.page(&web.url("/"), Language::English))
}

type Outcome = Result<Option<String>, (Reason, bool)>;

fn outcome(page: Result<PageMeta, Failure>) -> Outcome {
    page.map(|meta| meta.title).map_err(|failure| (failure.reason, failure.again))
}

/// The same for a server that sends these bytes and closes the connection.
fn bytes(answer: impl AsRef<[u8]>) -> Outcome {
    let answer = answer.as_ref().to_vec();
    read(AMPLE, move |_| Reply::Bytes(answer.clone()))
}

fn title(text: &str) -> Outcome {
    Ok(Some(text.to_owned()))
}

const TIMED_OUT: Outcome = Err((Reason::TimedOut, true));
const BROKEN_OFF: Outcome = Err((Reason::BrokenOff, true));
const HTML: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n";

#[test]
fn the_time_runs_from_the_start_and_not_from_the_last_byte() {
    let slow_head = |_: &str| {
        let rest = format!("x: {}\r\n\r\n<title>late</title>", "y".repeat(4_000));
        Reply::Drip(HTML, rest, PAUSE)
    };
    assert_eq!(read(SHORT, slow_head), TIMED_OUT);
    assert_eq!(read(SHORT, |_| Reply::Drip("", HTML.repeat(100), PAUSE)), TIMED_OUT);
}

#[test]
fn what_a_slow_page_said_in_time_is_kept() {
    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n";
    const SAID: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>early</title>";
    let rest = || format!("{}<title>late</title>", " ".repeat(4_000));
    assert_eq!(read(SHORT, move |_| Reply::Drip(HEAD, rest(), PAUSE)), TIMED_OUT);
    assert_eq!(read(SHORT, move |_| Reply::Drip(SAID, rest(), PAUSE)), title("early"));
}

#[test]
fn redirects_and_the_page_share_one_time() {
    let hop = |path: &str| {
        let deeper = format!("Location: {path}x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        Reply::Drip("HTTP/1.1 302 Found\r\n", deeper, Duration::from_millis(8))
    };
    // Each hop alone would be in time.
    assert_eq!(read(Duration::from_millis(1_000), hop), TIMED_OUT);
}

#[test]
fn a_head_without_end_costs_its_cap() {
    let endless = |head: &'static str, line: String| {
        read(AMPLE, move |_| Reply::Endless(head, line.clone().into_bytes()))
    };
    let too_large = Err((Reason::TooLarge, false));
    let lines = format!("x: {}\r\n", "y".repeat(5_000));
    assert_eq!(endless("HTTP/1.1 200 OK\r\n", lines), too_large);
    assert_eq!(endless("HTTP/1.1 200 OK\r\nx: ", "y".repeat(5_000)), too_large);
    assert_eq!(endless("HTTP/1.1 200 ", "y".repeat(5_000)), too_large);
    // The parser stops counting short lines before they amount to much.
    let too_many = endless("HTTP/1.1 200 OK\r\n", "x: y\r\n".repeat(500));
    assert_eq!(too_many, Err((Reason::NotUnderstood, false)));
}

#[test]
fn a_head_as_long_as_some_sites_send_is_read() {
    let long = |bytes: usize| {
        let policy = format!("content-security-policy: {}\r\n", "x".repeat(bytes));
        self::bytes(format!("{HTML}{policy}\r\n<title>read</title>"))
    };
    assert_eq!(long(20_000), title("read"));
    assert_eq!(long(60_000), title("read"));
    assert_eq!(long(66_000), Err((Reason::TooLarge, false)));
}

#[test]
fn interim_answers_without_end_are_left_and_some_are_passed_over() {
    const HINT: &str = "HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n";
    // Whichever comes first: the end of the time, or more at once than a head may be.
    let flood = read(SHORT, |_| Reply::Endless("", HINT.repeat(100).into()));
    assert!(matches!(flood, Err((Reason::TimedOut | Reason::TooLarge, _))), "{flood:?}");
    assert_eq!(read(SHORT, |_| Reply::Drip(HINT, HINT.repeat(50), PAUSE)), TIMED_OUT);
    let some = format!("{HINT}HTTP/1.1 100 Continue\r\n\r\n{HINT}{HTML}\r\n<title>at last</title>");
    assert_eq!(bytes(some), title("at last"));
}

#[test]
fn a_body_without_end_costs_its_cap() {
    const SAID: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<title>x</title>";
    assert_eq!(read(AMPLE, |_| Reply::Endless(SAID, vec![b' '; 65_536])), title("x"));
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\
                           transfer-encoding: chunked\r\n\r\n10\r\n<title>y</title>\r\n";
    assert_eq!(read(AMPLE, |_| Reply::Endless(CHUNKED, b"1\r\n \r\n".repeat(9_000))), title("y"));
}

#[test]
fn a_gzip_bomb_costs_its_cap_whether_it_is_whole_or_cut_off() {
    let squeeze = |bytes: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    };
    let bomb = squeeze(&[b"<title>boom</title>".as_slice(), &vec![b' '; 64 << 20]].concat());
    let headers = ["content-type: text/html", "content-encoding: gzip"];
    let reply = bomb.clone();
    let small = read(AMPLE, move |_| Reply::with("200 OK", &headers, &reply));
    assert_eq!(small, title("boom"));
    let cut = bomb[..bomb.len() / 2].to_vec();
    let broken = read(AMPLE, move |_| Reply::with("200 OK", &headers, &cut));
    assert_eq!(broken, title("boom"));
    let noise = read(AMPLE, move |_| Reply::with("200 OK", &headers, b"this is no gzip"));
    assert_eq!(noise, Err((Reason::NotUnderstood, false)));
}

#[test]
fn a_robots_txt_that_misbehaves_is_bounded_like_a_page() {
    let check = |time: Duration, robots: fn() -> Reply| {
        let web = FakeWeb::new(move |path| match path {
            "/robots.txt" => robots(),
            _ => Reply::html("<title>open</title>"),
        });
        let config = FetchConfig { robots: RobotsPolicy::Obey, ..rules(time) };
        outcome(Fetcher::new(config, SystemClock::shared()).page(&web.url("/x"), Language::English))
    };
    let endless = || {
        let lines = b"user-agent: *\ndisallow: /private\n".repeat(1_000);
        Reply::Endless("HTTP/1.1 200 OK\r\n\r\n", lines)
    };
    assert_eq!(check(AMPLE, endless), title("open"));
    let slow = || Reply::Drip("HTTP/1.1 200 OK\r\n\r\n", "#".repeat(4_000), PAUSE);
    assert_eq!(check(SHORT, slow), TIMED_OUT);
    assert_eq!(check(AMPLE, || Reply::Close), BROKEN_OFF);
    // What cannot be asked for anywhere is as good as none.
    assert_eq!(check(AMPLE, || Reply::redirect("http://10.0.0.1/robots.txt")), title("open"));
    assert_eq!(check(AMPLE, || Reply::redirect("file:///robots.txt")), title("open"));
}

#[test]
fn a_redirect_to_something_else_than_the_web_is_not_followed() {
    let unusable = Err((Reason::AddressUnusable, false));
    for target in [
        "file:///etc/passwd",
        "ftp://files.example/",
        "javascript:alert(1)",
        "data:text/html,<title>x</title>",
        "gopher://127.0.0.1:6379/_INFO",
        "mailto:me@mail.example",
        "http://me:secret@site.example/",
    ] {
        assert_eq!(read(AMPLE, |_| Reply::redirect(target)), unusable, "{target}");
    }
    for nowhere in ["", "http://", "http://[::1", "//", "http://a b.example/"] {
        let found = read(AMPLE, |_| Reply::redirect(nowhere));
        assert_eq!(found, Err((Reason::TooManyRedirects, false)), "{nowhere:?}");
    }
}

#[test]
fn every_hop_is_looked_up_and_checked_anew() {
    let web = FakeWeb::new(|path| match path {
        "/" => Reply::redirect("/second"),
        "/second" => Reply::redirect("/third"),
        _ => Reply::html("<title>secret</title>"),
    });
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let mut fetcher = Fetcher::new(rules(AMPLE), SystemClock::shared());
    fetcher.client = Client::with_lookup(
        &fetcher.config.client(),
        Box::new(move |host, port| {
            let mut log = log.lock().unwrap();
            log.push(host.to_owned());
            // It moves into the house while we are on our way.
            let last = if log.len() < 3 { 1 } else { 2 };
            Ok(vec![SocketAddr::new(IpAddr::from([127, 0, 0, last]), port)])
        }),
    );
    let mut url = web.url("/");
    url.set_host(Some("moving.example")).unwrap();
    assert_eq!(
        outcome(fetcher.page(&url, Language::English)),
        Err((Reason::AddressNotAllowed, false))
    );
    assert_eq!(asked.lock().unwrap().len(), 3);
    assert_eq!(web.paths(), ["/", "/second"]);
}

#[test]
fn a_page_is_read_over_tls_when_its_authority_is_trusted() {
    let ca = FakeCa::new();
    let web =
        FakeWeb::secure(ca.server("127.0.0.1", |_| {}), |_| Reply::html("<title>safe</title>"));
    let mut url = web.url("/");
    url.set_scheme("https").unwrap();
    let page = |roots| {
        let config = FetchConfig { roots, ..rules(AMPLE) };
        outcome(Fetcher::new(config, SystemClock::shared()).page(&url, Language::English))
    };
    assert_eq!(page(Roots::default()), Err((Reason::CertificateInvalid, false)));
    assert_eq!(page(Roots::parse(ca.pem().as_bytes()).unwrap()), title("safe"));
}

#[test]
fn a_wrong_length_is_lived_with() {
    let page = "<title>said</title>";
    let with = |length: &str, body: &str| bytes(format!("{HTML}{length}\r\n\r\n{body}"));
    // More than announced is not read, less is kept as far as it came.
    assert_eq!(with("content-length: 19", &format!("{page}<p>more")), title("said"));
    assert_eq!(with("content-length: 7", page), Ok(None));
    assert_eq!(with("content-length: 100", page), title("said"));
    assert_eq!(with("content-length: 100", "<p>"), BROKEN_OFF);
    assert_eq!(with("content-length: 100", ""), BROKEN_OFF);
    assert_eq!(with("content-length: 18446744073709551615", page), title("said"));
    let not_understood = Err((Reason::NotUnderstood, false));
    for length in ["-1", "+19", "19x", "0x13", "", "99999999999999999999999"] {
        assert_eq!(with(&format!("content-length: {length}"), page), not_understood, "{length}");
    }
    let two = with("content-length: 19\r\ncontent-length: 5", page);
    assert_eq!(two, not_understood);
}

#[test]
fn broken_chunks_end_the_page_where_they_break() {
    let chunked = |body: &str| bytes(format!("{HTML}transfer-encoding: chunked\r\n\r\n{body}"));
    let page = "13\r\n<title>said</title>\r\n";
    assert_eq!(chunked(&format!("{page}0\r\n\r\n")), title("said"));
    assert_eq!(chunked(&format!("{page}0;ext=1\r\ntrailer: x\r\n\r\n")), title("said"));
    assert_eq!(chunked(page), title("said"));
    assert_eq!(chunked("ff\r\n<title>said</title>"), title("said"));
    // What shares a buffer with a size that is none is lost with it; it is tried again.
    for rest in ["zz\r\n", "-1\r\n", "ffffffffffffffffffff\r\n", "\r\n"] {
        assert_eq!(chunked(rest), BROKEN_OFF, "{rest:?}");
        assert_eq!(chunked(&format!("{page}{rest}")), BROKEN_OFF, "{rest:?}");
        let padding = format!("20000\r\n{}\r\n", " ".repeat(0x20000));
        assert_eq!(chunked(&format!("{page}{padding}{rest}")), title("said"), "{rest:?}");
    }
    assert_eq!(chunked(&format!("{page}5\r\n12345678")), title("said"));
    assert_eq!(chunked(""), BROKEN_OFF);
    assert_eq!(chunked(&"0".repeat(100_000)), BROKEN_OFF);
    assert_eq!(chunked(&format!("1;{}", "x".repeat(100_000))), BROKEN_OFF);
}

#[test]
fn what_is_no_http_is_not_understood() {
    let not_understood = Err((Reason::NotUnderstood, false));
    for answer in [
        "SSH-2.0-OpenSSH_9.9\r\n",
        "220 mail.example ESMTP\r\n\r\n",
        "<title>HTTP/0.9 had no head</title>\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 abc OK\r\n\r\n",
        "HTTP/1.1 99 Low\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n<title>x</title>",
        "HTTP/1.1 200 OK\r\nna me: x\r\n\r\n<title>x</title>",
        "\0\0\0\x12\x04\0\0\0\0\0\r\n\r\n",
    ] {
        assert_eq!(bytes(answer), not_understood, "{answer:?}");
    }
}

#[test]
fn a_connection_that_ends_early_is_broken_off() {
    assert_eq!(read(AMPLE, |_| Reply::Close), BROKEN_OFF);
    assert_eq!(read(AMPLE, |_| Reply::Reset(Vec::new())), BROKEN_OFF);
    for start in ["HTTP/1.1 20", "HTTP/1.1 200 OK\r\ncontent-ty", "HTTP/1.1 103 Wait\r\n\r\n"] {
        assert_eq!(bytes(start), BROKEN_OFF, "{start:?}");
    }
    let reset = || format!("{HTML}content-length: 1000\r\n\r\n<p>no title").into_bytes();
    assert_eq!(read(AMPLE, move |_| Reply::Reset(reset())), BROKEN_OFF);
}

#[test]
fn an_answer_that_has_no_page_is_told_by_its_status() {
    let page = "<title>said</title>";
    for status in [304, 402, 405] {
        let expected = Err((Reason::of_status(status), false));
        assert_eq!(bytes(format!("HTTP/1.1 {status} So\r\n\r\n")), expected);
        assert_eq!(bytes(format!("HTTP/1.1 {status} So\r\n\r\n{page}")), expected);
        let long = format!("HTTP/1.1 {status} So\r\ncontent-length: 19\r\n\r\n");
        assert_eq!(bytes(&long), expected);
        assert_eq!(bytes(long + page), expected);
    }
    // These say that all is well, and nothing else; a body they must not have is not read.
    let nothing = Err((Reason::NotAPage, false));
    for status in ["204 None", "205 Reset"] {
        assert_eq!(bytes(format!("HTTP/1.1 {status}\r\n\r\n")), nothing, "{status}");
        let empty = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(bytes(empty), nothing, "{status}");
    }
    let body = format!("HTTP/1.1 204 None\r\ncontent-length: 19\r\n\r\n{page}");
    assert_eq!(bytes(body), nothing);
    let none_to_switch = bytes("HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n");
    assert_eq!(none_to_switch, Err((Reason::Status(101), false)));
}
