//! The client against servers whose TLS is in order, and those whose is not.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::date_time_ymd;
use rustls::ServerConfig;
use rustls::server::{ServerSessionMemoryCache, StoresServerSessions};

use super::fake_ca::{FakeCa, self_signed_server};
use super::fake_web::{FakeWeb, Reply};
use super::tests::{config, get};
use super::*;

const HOST: &str = "www.site.example";

/// A client that trusts this authority as well, and finds every host on this machine.
fn client(ca: Option<&FakeCa>) -> Client {
    let roots = ca.map_or_else(Roots::default, |ca| Roots::parse(ca.pem().as_bytes()).unwrap());
    let lookup: Lookup =
        Box::new(|_, port| Ok(vec![SocketAddr::from((Ipv4Addr::LOCALHOST, port))]));
    Client::with_lookup(&ClientConfig { roots, ..config(&["127.0.0.1"]) }, lookup)
}

fn hello(config: Arc<ServerConfig>) -> FakeWeb {
    FakeWeb::secure(config, |_| Reply::html("hello"))
}

#[track_caller]
fn check(web: &FakeWeb, client: &Client, host: &str, expected: Result<(), Reason>) {
    let answer = get(client, &format!("https://{host}:{}/", web.port()));
    let found = answer.map(|answer| assert_eq!(answer.read(99).0, b"hello"));
    assert_eq!(found, expected.map_err(NetError::Unreachable));
}

#[test]
fn a_certificate_by_an_authority_we_were_told_of_is_good() {
    let ca = FakeCa::new();
    let client = client(Some(&ca));
    check(&hello(ca.server(HOST, |_| {})), &client, HOST, Ok(()));
    check(&hello(ca.server("*.site.example", |_| {})), &client, HOST, Ok(()));
    check(&hello(ca.server("127.0.0.1", |_| {})), &client, "127.0.0.1", Ok(()));
}

#[test]
fn a_certificate_that_is_not_good_is_named_as_the_reason() {
    let ca = FakeCa::new();
    let invalid = Err(Reason::CertificateInvalid);
    let told = client(Some(&ca));
    check(&hello(ca.server(HOST, |_| {})), &client(None), HOST, invalid);
    check(&hello(FakeCa::new().server(HOST, |_| {})), &told, HOST, invalid);
    check(&hello(self_signed_server(HOST)), &told, HOST, invalid);
    let expired = ca.server(HOST, |params| params.not_after = date_time_ymd(2001, 1, 1));
    check(&hello(expired), &told, HOST, invalid);
    let not_yet = ca.server(HOST, |params| params.not_before = date_time_ymd(4000, 1, 1));
    check(&hello(not_yet), &told, HOST, invalid);
    let other = hello(ca.server("other.example", |_| {}));
    check(&other, &told, HOST, invalid);
    check(&other, &told, "127.0.0.1", invalid);
    check(&hello(ca.server("*.example", |_| {})), &told, HOST, invalid);
}

#[test]
fn what_is_no_tls_as_we_speak_it_is_no_secure_connection() {
    let alert = |code: u8| vec![21, 3, 3, 0, 2, 2, code];
    // A hello that settles on TLS 1.0.
    let hello_tls_1_0 =
        [&[22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1][..], &[7; 32], &[0, 0, 47, 0]].concat();
    for (what, answer) in [
        ("plain HTTP", b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_vec()),
        ("another protocol", b"220 mail.example ESMTP\r\n".to_vec()),
        ("handshake failure", alert(40)),
        ("protocol version", alert(70)),
        ("unrecognised name", alert(112)),
        ("a certificate of ours wanted", alert(116)),
        ("TLS 1.0", hello_tls_1_0),
        ("noise", vec![0xff; 4096]),
    ] {
        let web = FakeWeb::new(move |_| Reply::Bytes(answer.clone()));
        let answer = get(&client(None), &format!("https://{HOST}:{}/", web.port()));
        let expected = NetError::Unreachable(Reason::NoSecureConnection);
        assert_eq!(answer.map(|_| ()), Err(expected), "{what}");
    }
}

#[test]
fn a_handshake_that_breaks_off_or_stalls_is_told_as_that() {
    let ended = |reply: fn(&str) -> Reply, time: Duration| {
        let web = FakeWeb::new(reply);
        let url = Url::parse(&format!("https://{HOST}:{}/", web.port())).unwrap();
        client(None).send(&Call::get(&url, time)).map(|_| ()).unwrap_err()
    };
    let long = Duration::from_secs(5);
    let short = Duration::from_millis(300);
    let broken_off = NetError::Unreachable(Reason::BrokenOff);
    assert_eq!(ended(|_| Reply::Close, long), broken_off);
    assert_eq!(ended(|_| Reply::Reset(Vec::new()), long), broken_off);
    let timed_out = NetError::Unreachable(Reason::TimedOut);
    assert_eq!(ended(|_| Reply::Hang("\u{16}\u{3}"), short), timed_out);
    // One record that never comes to its end.
    let slow = |_: &str| {
        let rest = "x".repeat(1_000);
        Reply::Drip("\u{16}\u{3}\u{3}\u{40}\0", rest, Duration::from_millis(30))
    };
    assert_eq!(ended(slow, short), timed_out);
}

/// Counts the sessions that were taken up again.
#[derive(Debug)]
struct CountedSessions {
    sessions: Arc<ServerSessionMemoryCache>,
    resumed: AtomicUsize,
}

impl StoresServerSessions for CountedSessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.sessions.put(key, value)
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.sessions.get(key)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        let found = self.sessions.take(key);
        self.resumed.fetch_add(usize::from(found.is_some()), Ordering::Relaxed);
        found
    }

    fn can_cache(&self) -> bool {
        true
    }
}

#[test]
fn a_site_that_is_known_is_greeted_shortly() {
    let ca = FakeCa::new();
    let sessions = Arc::new(CountedSessions {
        sessions: ServerSessionMemoryCache::new(8),
        resumed: AtomicUsize::new(0),
    });
    let mut server = ca.server(HOST, |_| {});
    Arc::get_mut(&mut server).unwrap().session_storage = sessions.clone();
    let web = hello(server);
    let client = client(Some(&ca));
    for _ in 0..3 {
        check(&web, &client, HOST, Ok(()));
    }
    assert_eq!(sessions.resumed.load(Ordering::Relaxed), 2);
}
