//! The head of a request: read strictly, and written anew for the engine.
//!
//! Two programs that read the same bytes differently are how requests are smuggled, so
//! whatever could be read in two ways is refused, and the engine only sees what we wrote.

use std::io::Write as _;
use std::net::IpAddr;

use httparse::Header;

use super::limits::Limits;
use super::refusal::Refusal;

/// Headers that a request or an answer may have.
pub(super) const HEADERS_MAX: usize = 64;
const METHOD_MAX: usize = 32;
const LENGTH_DIGITS_MAX: usize = 15;

/// Headers that end at the fence: about this connection only, or ours to say.
const KEPT_BACK: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "forwarded",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];
const KEPT_BACK_STARTS: [&str; 2] = ["x-forwarded-", "x-fence"];

/// How the end of the body is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(usize),
    Chunked,
}

/// A head that has passed.
#[derive(Debug)]
pub(super) struct Head {
    /// The head for the engine, still without its length and the empty line.
    pub(super) message: Vec<u8>,
    pub(super) framing: Framing,
    pub(super) body_max: usize,
    pub(super) keep_alive: bool,
    pub(super) expects_continue: bool,
    /// Whether no body may follow the answer.
    pub(super) head_only: bool,
    /// Whether doing it twice is the same as doing it once.
    pub(super) repeatable: bool,
}

/// Looks for the end of the head, starting at `from`; everything before was looked at already.
///
/// # Errors
/// When a line ends in LF alone: some read that as an end of line and others do not.
pub(super) fn find_end(input: &[u8], from: usize) -> Result<Option<usize>, Refusal> {
    for at in memchr::memchr_iter(b'\n', &input[from..]) {
        let line = &input[..from + at];
        if line.last() != Some(&b'\r') {
            return Err(Refusal::doubtful("a line ends without CR LF"));
        }
        if line.ends_with(b"\r\n\r") {
            return Ok(Some(line.len() + 1));
        }
    }
    Ok(None)
}

/// Reads a whole head from `peer`; `id` is the number by which its answer is known.
///
/// # Errors
/// When it is refused, with the answer to give.
pub(super) fn read(head: &[u8], peer: IpAddr, id: u64, limits: &Limits) -> Result<Head, Refusal> {
    let mut slots = [httparse::EMPTY_HEADER; HEADERS_MAX];
    let mut parsed = httparse::Request::new(&mut slots);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(end)) if end == head.len() => {}
        Ok(_) => return Err(Refusal::doubtful("the headers do not end where they seem to")),
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::HEAD_TOO_LARGE),
        Err(httparse::Error::Version) if names_a_version(head) => return Err(Refusal::VERSION),
        Err(_) => return Err(Refusal::doubtful("not an HTTP request")),
    }
    let method = parsed.method.unwrap_or_default();
    let target = parsed.path.unwrap_or_default();
    let modern = parsed.version == Some(1);
    check_line(method, target)?;
    let fields = Fields::of(parsed.headers, modern)?;
    let body_max = limits.body_bytes_of(target);
    if matches!(fields.framing, Framing::Length(length) if length > body_max) {
        return Err(Refusal::BODY_TOO_LARGE);
    }
    let client = client_of(peer, parsed.headers, &limits.trusted_proxies);
    Ok(Head {
        message: rewrite(method, target, parsed.headers, id, client),
        framing: fields.framing,
        body_max,
        keep_alive: fields.keep_alive,
        expects_continue: fields.expects_continue && modern,
        head_only: method == "HEAD",
        repeatable: matches!(method, "GET" | "HEAD" | "PUT" | "DELETE"),
    })
}

/// Whether the line is a request in some other version, rather than no request at all.
fn names_a_version(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut words = line.split(|byte| *byte == b' ').skip(2);
    matches!((words.next(), words.next()), (Some(version), None) if version.starts_with(b"HTTP/"))
}

fn check_line(method: &str, target: &str) -> Result<(), Refusal> {
    if method.len() > METHOD_MAX {
        return Err(Refusal::doubtful("the method is too long"));
    }
    if target.starts_with('/') || (target == "*" && method == "OPTIONS") {
        Ok(())
    } else {
        Err(Refusal::doubtful("the target does not start with a slash"))
    }
}

/// What the headers say about framing.
struct Fields {
    framing: Framing,
    keep_alive: bool,
    expects_continue: bool,
}

impl Fields {
    fn of(headers: &[Header<'_>], modern: bool) -> Result<Self, Refusal> {
        check_host(only(headers, "host")?, modern)?;
        Ok(Self {
            framing: framing(headers, modern)?,
            keep_alive: keeps_alive(headers, modern),
            expects_continue: expects(headers)?,
        })
    }
}

fn values<'a>(headers: &'a [Header<'_>], name: &str) -> impl DoubleEndedIterator<Item = &'a [u8]> {
    headers.iter().filter(move |h| h.name.eq_ignore_ascii_case(name)).map(|h| h.value)
}

/// The value of a header that may appear once.
fn only<'a>(headers: &'a [Header<'_>], name: &str) -> Result<Option<&'a [u8]>, Refusal> {
    let mut found = values(headers, name);
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(Refusal::doubtful("a header that may appear once appears twice")),
        (value, None) => Ok(value),
    }
}

fn check_host(host: Option<&[u8]>, modern: bool) -> Result<(), Refusal> {
    let Some(host) = host else {
        return if modern { Err(Refusal::doubtful("there is no Host")) } else { Ok(()) };
    };
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:[]%~".contains(byte);
    if host.iter().all(plain) { Ok(()) } else { Err(Refusal::doubtful("the Host is no host name")) }
}

fn framing(headers: &[Header<'_>], modern: bool) -> Result<Framing, Refusal> {
    let length = only(headers, "content-length")?;
    let coding = only(headers, "transfer-encoding")?;
    match (length, coding) {
        (None, None) => Ok(Framing::Length(0)),
        (Some(length), None) => length_of(length),
        (Some(_), Some(_)) => Err(Refusal::doubtful("both a length and a transfer coding")),
        (None, Some(_)) if !modern => Err(Refusal::doubtful("a transfer coding in HTTP/1.0")),
        (None, Some(coding)) if coding.eq_ignore_ascii_case(b"chunked") => Ok(Framing::Chunked),
        (None, Some(_)) => Err(Refusal::CODING),
    }
}

fn length_of(value: &[u8]) -> Result<Framing, Refusal> {
    let digits = value.iter().all(u8::is_ascii_digit) && value.len() <= LENGTH_DIGITS_MAX;
    std::str::from_utf8(value)
        .ok()
        .filter(|_| digits)
        .and_then(|text| text.parse().ok())
        .map(Framing::Length)
        .ok_or(Refusal::doubtful("the length is not a plain number"))
}

fn keeps_alive(headers: &[Header<'_>], modern: bool) -> bool {
    let says = |word: &[u8]| {
        values(headers, "connection")
            .flat_map(|value| value.split(|byte| *byte == b','))
            .any(|token| token.trim_ascii().eq_ignore_ascii_case(word))
    };
    !says(b"close") && (modern || says(b"keep-alive"))
}

fn expects(headers: &[Header<'_>]) -> Result<bool, Refusal> {
    let mut found = values(headers, "expect");
    match (found.next(), found.next()) {
        (None, _) => Ok(false),
        (Some(value), None) if value.eq_ignore_ascii_case(b"100-continue") => Ok(true),
        _ => Err(Refusal::EXPECTATION),
    }
}

/// Who asks: the peer, or behind a trusted proxy the nearest address that is no such proxy.
fn client_of(peer: IpAddr, headers: &[Header<'_>], proxies: &[IpAddr]) -> IpAddr {
    let mut nearest = peer;
    if !proxies.contains(&peer) {
        return nearest;
    }
    let entries = values(headers, "x-forwarded-for")
        .rev()
        .flat_map(|value| value.rsplit(|byte| *byte == b','));
    for entry in entries {
        let text = std::str::from_utf8(entry.trim_ascii()).unwrap_or_default();
        let Ok(address) = text.parse::<IpAddr>() else { return nearest };
        nearest = address.to_canonical();
        if !proxies.contains(&nearest) {
            break;
        }
    }
    nearest
}

fn rewrite(method: &str, target: &str, headers: &[Header<'_>], id: u64, client: IpAddr) -> Vec<u8> {
    let mut message = Vec::with_capacity(1024);
    message.extend_from_slice(method.as_bytes());
    message.push(b' ');
    // Browsers encode these bytes; people who type an address into curl do not.
    for part in percent_encoding::percent_encode(target.as_bytes(), percent_encoding::CONTROLS) {
        message.extend_from_slice(part.as_bytes());
    }
    let _ = write!(message, " HTTP/1.1\r\nx-fence: {id} {client}\r\n");
    for header in headers.iter().filter(|header| passes(header)) {
        message.extend_from_slice(header.name.as_bytes());
        message.extend_from_slice(b": ");
        // The engine drops the connection at a value that is not ASCII.
        message.extend_from_slice(if header.value.is_ascii() { header.value } else { b"" });
        message.extend_from_slice(b"\r\n");
    }
    message
}

fn passes(header: &Header<'_>) -> bool {
    let is = |name: &&str| header.name.eq_ignore_ascii_case(name);
    let starts = |start: &&str| {
        header.name.get(..start.len()).is_some_and(|name| name.eq_ignore_ascii_case(start))
    };
    // A key that cannot be read must not be taken for none: what it guards would be done twice.
    let has_to_be_seen = header.name.eq_ignore_ascii_case("idempotency-key");
    let can_be_seen = header.value.is_ascii() || has_to_be_seen;
    can_be_seen && !KEPT_BACK.iter().any(is) && !KEPT_BACK_STARTS.iter().any(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn check(head: &str, expected: u16) {
        let status = match read(head.as_bytes(), PEER, 7, &Limits::default()) {
            Ok(_) => 0,
            Err(refusal) => refusal.status,
        };
        assert_eq!(status, expected, "{head:?}");
    }

    #[test]
    fn every_doubtful_head_is_refused() {
        let with = |lines: &str| format!("POST /x HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n");
        check(&with("Content-Length: 5"), 0);
        check(&with("Transfer-Encoding: Chunked"), 0);
        check(&with("Expect: 100-Continue"), 0);
        for lines in [
            "Content-Length: 5\r\nContent-Length: 5",
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Content-Length: +5",
            "Content-Length: -5",
            "Content-Length: 5, 5",
            "Content-Length: abc",
            "Content-Length: 0x5",
            "Content-Length:",
            "Content-Length: 1234567890123456",
            "Host: b",
            "X: a\r\n folded",
            "X : a",
            ": a",
            "X: a\0b",
            "X: a\rb",
        ] {
            check(&with(lines), 400);
        }
        check(&with("Content-Length: 60000000000"), 413);
        check(&with("Transfer-Encoding: gzip, chunked"), 501);
        check(&with("Transfer-Encoding: xchunked"), 501);
        check(&with("Transfer-Encoding: \"chunked\""), 501);
        check(&with("Expect: 200-ok"), 417);
        check(&with(["X: a"; HEADERS_MAX].join("\r\n").as_str()), 431);
    }

    #[test]
    fn every_doubtful_request_line_is_refused() {
        let host = "Host: a\r\n\r\n";
        check(&format!("GET / HTTP/1.1\r\n{host}"), 0);
        check("GET / HTTP/1.0\r\n\r\n", 0);
        check(&format!("OPTIONS * HTTP/1.1\r\n{host}"), 0);
        check("GET / HTTP/1.1\r\n\r\n", 400);
        check("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400);
        check("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400);
        check("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
        for line in ["GET http://a/", "GET *", "GET a", "CONNECT a:1", "GET", "GET  /", "G(T /"] {
            check(&format!("{line} HTTP/1.1\r\n{host}"), 400);
        }
        check(&format!("GET /a b HTTP/1.1\r\n{host}"), 400);
        check(&format!("GET / HTTX/1.1\r\n{host}"), 400);
        check("GET /\r\n\r\n", 400);
        check("\x16\x03\x01\r\n\r\n", 400);
        check(&format!("GET / HTTP/1.2\r\n{host}"), 505);
        check(&format!("GET / HTTP/3.0\r\n{host}"), 505);
        check("PRI * HTTP/2.0\r\n\r\n", 505);
        check(&format!("{} / HTTP/1.1\r\n{host}", "A".repeat(METHOD_MAX + 1)), 400);
    }

    #[test]
    fn the_end_of_the_head_is_found_once_and_bare_line_feeds_are_refused() {
        assert_eq!(find_end(b"GET / HTTP/1.1\r\n\r\nrest", 0), Ok(Some(18)));
        assert_eq!(find_end(b"GET / HTTP/1.1\r\n\r\n", 17), Ok(Some(18)));
        assert_eq!(find_end(b"GET / HTTP/1.1\r\n", 0), Ok(None));
        assert!(find_end(b"GET / HTTP/1.1\n", 0).is_err());
        assert!(find_end(b"\n", 0).is_err());
    }

    #[test]
    fn the_engine_sees_only_what_may_pass() {
        let head = "GET /\u{ae00}?q=\u{ae00} HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\n\
            X-Fence: 1 1.1.1.1\r\nx-fence-file: 9\r\nX-Forwarded-For: 6.6.6.6\r\nTE: trailers\r\n\
            Cookie: a=b\r\nReferer: /\u{ae00}\r\nIdempotency-Key: \u{ae00}\r\n\r\n";
        let head = read(head.as_bytes(), PEER, 7, &Limits::default()).unwrap();
        assert_eq!(
            String::from_utf8(head.message).unwrap(),
            "GET /%EA%B8%80?q=%EA%B8%80 HTTP/1.1\r\nx-fence: 7 10.0.0.1\r\nHost: a\r\nCookie: a=b\r\n\
             Idempotency-Key: \r\n"
        );
        assert!(!head.keep_alive && head.repeatable && !head.head_only);
    }

    #[test]
    fn a_forwarded_address_counts_only_behind_a_trusted_proxy() {
        let check = |proxies: &[&str], value: &str, expected: &str| {
            let headers = [Header { name: "X-Forwarded-For", value: value.as_bytes() }];
            let proxies: Vec<IpAddr> = proxies.iter().map(|p| p.parse().unwrap()).collect();
            assert_eq!(client_of(PEER, &headers, &proxies).to_string(), expected);
        };
        check(&[], "1.1.1.1", "10.0.0.1");
        check(&["10.0.0.1"], "6.6.6.6, 1.1.1.1", "1.1.1.1");
        check(&["10.0.0.1", "10.0.0.2"], "6.6.6.6, 1.1.1.1, 10.0.0.2", "1.1.1.1");
        check(&["10.0.0.1"], "1.1.1.1, nonsense", "10.0.0.1");
        check(&["10.0.0.1"], "", "10.0.0.1");
    }
}
