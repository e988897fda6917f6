//! Which addresses a host's name leads to: what may be dialled of what a lookup says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use super::fake_web::{FakeWeb, Reply};
use super::tests::{config, get};
use super::*;

/// Answers lookups with one list after the other, the last again and again, and writes
/// down what was asked.
struct FakeDns {
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeDns {
    fn new(answers: &[&[&str]]) -> (Self, Lookup) {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let parse = |list: &&[&str]| list.iter().map(|ip| ip.parse().unwrap()).collect();
        let answers: Vec<Vec<IpAddr>> = answers.iter().map(parse).collect();
        let lookup: Lookup = Box::new(move |host, port| {
            let mut log = log.lock().unwrap();
            let answer = &answers[log.len().min(answers.len() - 1)];
            log.push(host.to_owned());
            Ok(answer.iter().map(|ip| SocketAddr::new(*ip, port)).collect())
        });
        (Self { asked }, lookup)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// What is dialled of one answer under these rules.
fn dialled(allow: &[&str], url: &str, answer: &[&str]) -> Result<Vec<String>, NetError> {
    let (_, lookup) = FakeDns::new(&[answer]);
    let resolver = GuardedResolver::new(&config(allow), lookup);
    let found = guard::resolve(&resolver, url).map_err(sort)?;
    Ok(found.iter().map(|address| address.ip().to_string()).collect())
}

const REFUSED: NetError = NetError::Refused(Reason::AddressNotAllowed);

#[test]
fn each_connection_costs_one_lookup() {
    let web = FakeWeb::new(|_| Reply::html("hello"));
    let (dns, lookup) = FakeDns::new(&[&["127.0.0.1"]]);
    let client = Client::with_lookup(&config(&["127.0.0.1"]), lookup);
    for host in ["a.example", "a.example", "b.example"] {
        let answer = get(&client, &format!("http://{host}:{}/", web.port())).unwrap();
        assert_eq!(answer.read(9).0, b"hello");
    }
    assert_eq!(dns.asked(), ["a.example", "a.example", "b.example"]);
    assert_eq!(web.requests().len(), 3);
}

#[test]
fn a_name_that_changes_its_mind_leads_nowhere() {
    let web = FakeWeb::new(|_| Reply::html("hello"));
    // What is allowed stands for the public address of the attacker's name.
    let (dns, lookup) = FakeDns::new(&[&["127.0.0.1"], &["127.0.0.2"], &["::1"], &["0.0.0.0"]]);
    let client = Client::with_lookup(&config(&["127.0.0.1"]), lookup);
    let url = format!("http://rebind.example:{}/", web.port());
    // The lookup that was checked is the one that was dialled: another would have failed.
    assert!(get(&client, &url).is_ok());
    assert_eq!(dns.asked().len(), 1);
    for _ in 0..3 {
        assert_eq!(get(&client, &url).map(|_| ()), Err(REFUSED));
    }
    assert_eq!((dns.asked().len(), web.requests().len()), (4, 1));
}

#[test]
fn of_mixed_answers_only_the_permitted_are_dialled() {
    let mixed = ["10.0.0.1", "8.8.8.8", "::1", "2606:4700::1111", "::ffff:127.0.0.1", "1.1.1.1"];
    let public = ["8.8.8.8", "2606:4700::1111", "1.1.1.1"];
    assert_eq!(dialled(&[], "http://a.example/", &mixed).unwrap(), public);
    let allowed = dialled(&["10.0.0.0/8"], "http://a.example:81/", &mixed);
    assert_eq!(allowed.unwrap(), ["10.0.0.1"]);
    let named = dialled(&["a.example"], "http://A.example.:81/", &mixed);
    assert_eq!(named.unwrap(), mixed);
    assert_eq!(dialled(&[], "http://a.example/", &["10.0.0.1", "::1"]), Err(REFUSED));
    let nobody = NetError::Unreachable(Reason::NoSuchHost);
    assert_eq!(dialled(&[], "http://a.example/", &[]), Err(nobody));
}

#[test]
fn of_a_flood_of_answers_the_first_sixteen_count() {
    let flood: Vec<String> = (0..1_000).map(|n| format!("8.8.{}.{}", n / 256, n % 256)).collect();
    let flood: Vec<&str> = flood.iter().map(String::as_str).collect();
    assert_eq!(dialled(&[], "http://a.example/", &flood).unwrap(), flood[..16]);
    let late = [&["10.0.0.1"; 16][..], &["8.8.8.8"]].concat();
    assert_eq!(dialled(&[], "http://a.example/", &late), Err(REFUSED));
}

#[test]
fn every_spelling_of_an_address_is_seen_through() {
    let web = FakeWeb::new(|_| Reply::html("secret"));
    // As the system does it, but for names, which are different on each machine.
    let lookup: Lookup = Box::new(|host, port| {
        let name = host.eq_ignore_ascii_case("localhost") || host == "localhost.";
        let ip = if name { Ok(Ipv4Addr::LOCALHOST.into()) } else { host.parse::<IpAddr>() };
        Ok(vec![SocketAddr::new(ip.map_err(io::Error::other)?, port)])
    });
    let client = Client::with_lookup(&config(&[]), lookup);
    for host in [
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7F.0.0.1",
        "0177.0.0.1",
        "0177.0x0.1",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "0",
        "0x",
        "localhost.",
        "LOCALHOST",
        "%31%32%37.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "127．0．0．1",
        "①②⑦.0.0.1",
        "ｌｏｃａｌｈｏｓｔ",
        "loc\u{ad}alhost",
        "[::]",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::127.0.0.1]",
        "[2002:7f00:1::]",
        "[2001::1]",
    ] {
        // On the port where we would be read, and on one that is open to all.
        for port in [web.port(), 80] {
            let answer = get(&client, &format!("http://{host}:{port}/"));
            assert_eq!(answer.map(|_| ()), Err(REFUSED), "{host}");
        }
    }
    assert_eq!(web.requests(), [""; 0]);
}

#[test]
fn what_is_no_address_of_the_web_never_gets_as_far_as_a_lookup() {
    let (dns, lookup) = FakeDns::new(&[&["8.8.8.8"]]);
    let client = Client::with_lookup(&config(&[]), lookup);
    for url in [
        "http://user@a.example/",
        "http://user:secret@a.example/",
        "http://:secret@a.example/",
        "http://1.1.1.1@127.0.0.1/",
        "http:\\\\user@a.example",
        "ftp://a.example/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "unix:/run/docker.sock",
    ] {
        let refused = NetError::Refused(Reason::AddressUnusable);
        assert_eq!(get(&client, url).map(|_| ()), Err(refused), "{url}");
    }
    for url in [
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::1/",
        "http://256.0.0.1/",
        "http://1.2.3.4.5/",
        "http://0x100000000/",
        "http://a.example:65536/",
        "http://a example/",
        "http://a%00.example/",
        "http:///",
    ] {
        assert!(Url::parse(url).map_or(true, |url| url.host_str() == Some("")), "{url}");
    }
    assert_eq!(dns.asked(), [""; 0]);
}

#[test]
fn what_is_denied_is_denied_however_it_is_wrapped() {
    let denied = ClientConfig { deny: AddressList::parse(&["1.2.3.0/24"]).unwrap(), ..config(&[]) };
    let check = |answer: &str| {
        let (_, lookup) = FakeDns::new(&[&[answer]]);
        let resolver = GuardedResolver::new(&denied, lookup);
        guard::resolve(&resolver, "http://a.example/").map(|_| ()).map_err(sort)
    };
    for wrapped in ["1.2.3.4", "::ffff:1.2.3.4", "64:ff9b::102:304", "2002:102:304::1"] {
        assert_eq!(check(wrapped), Err(REFUSED), "{wrapped}");
    }
    assert_eq!(check("64:ff9b::102:404"), Ok(()));
}
