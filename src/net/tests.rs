//! The client against servers, addresses and failures of every sort.

use super::fake_web::{FakeWeb, Reply};
use super::*;

pub(super) fn config(allow: &[&str]) -> ClientConfig {
    ClientConfig {
        allow: AddressList::parse(allow).unwrap(),
        deny: AddressList::none(),
        ports: vec![80, 443],
        user_agent: "Toaster/test\r\n".into(),
        idle_per_host: 1,
        roots: Roots::default(),
    }
}

fn client(allow: &[&str]) -> Client {
    Client::new(&config(allow))
}

pub(super) fn get(client: &Client, url: &str) -> Result<Answer, NetError> {
    client.send(&Call::get(&Url::parse(url).unwrap(), Duration::from_secs(5)))
}

#[test]
fn an_address_that_is_not_public_is_never_dialled() {
    let web = FakeWeb::new(|_| Reply::html("secret"));
    let refused = Err(NetError::Refused(Reason::AddressNotAllowed));
    let port = web.port();
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0x7f.1", "0"] {
        let answer = get(&client(&["10.0.0.0/8"]), &format!("http://{host}:{port}/"));
        assert_eq!(answer.map(|_| ()), refused, "{host}");
    }
    assert_eq!(web.requests(), [""; 0]);
}

#[test]
fn what_is_allowed_is_reached_on_any_port() {
    let web = FakeWeb::new(|_| Reply::html("hello"));
    let port = web.port();
    for allow in ["127.0.0.0/8", "localhost"] {
        let host = if allow == "localhost" { allow } else { "127.0.0.1" };
        let answer = get(&client(&[allow]), &format!("http://{host}:{port}/x")).unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.read(100), (b"hello".to_vec(), Ended::Whole));
    }
    let head = web.requests().remove(0).to_lowercase();
    assert!(head.starts_with("get /x http/1.1\r\n"));
    assert!(head.contains("user-agent: toaster/test\r\n"));
    assert!(!head.contains("cookie") && !head.contains("authorization"));
}

#[test]
fn schemes_passwords_and_ports_are_checked_before_anything_is_sent() {
    let client = client(&[]);
    for url in ["ftp://example.com/", "file:///etc/passwd", "http://me:pw@1.1.1.1/"] {
        assert!(matches!(get(&client, url), Err(NetError::Refused(_))), "{url}");
    }
    let other_port = get(&client, "http://1.1.1.1:22/").map(|_| ());
    assert_eq!(other_port, Err(NetError::Refused(Reason::PortNotAllowed)));
}

#[test]
fn a_failure_says_whether_anything_may_have_been_sent() {
    let web = FakeWeb::new(|_| Reply::Close);
    let client = client(&["127.0.0.1", "no-such-host.invalid"]);
    let lost = get(&client, &format!("http://127.0.0.1:{}/", web.port()));
    assert!(matches!(lost, Err(NetError::InDoubt(_))), "{lost:?}");
    let tls = get(&client, &format!("https://127.0.0.1:{}/", web.port()));
    assert!(matches!(tls, Err(NetError::Unreachable(_))), "{tls:?}");
    let port = web.port();
    drop(web);
    let closed = get(&client, &format!("http://127.0.0.1:{port}/"));
    let refused = NetError::Unreachable(Reason::ConnectionRefused);
    assert_eq!(closed.map(|_| ()), Err(refused));
    let unknown = get(&client, "http://no-such-host.invalid/");
    assert_eq!(unknown.map(|_| ()), Err(NetError::Unreachable(Reason::NoSuchHost)));
}

#[test]
fn a_body_is_sent_and_the_answer_read_to_its_cap() {
    let web = FakeWeb::new(|_| {
        Reply::Bytes(
            b"HTTP/1.1 201 Made\r\ncontent-length: 6\r\nretry-after: 7\r\n\r\nabcdef".to_vec(),
        )
    });
    let url = Url::parse(&format!("http://127.0.0.1:{}/push", web.port())).unwrap();
    let headers = [("content-type", "application/json"), ("x-key", "k")];
    let call = Call {
        method: Method::POST,
        headers: &headers,
        body: b"{}",
        ..Call::get(&url, Duration::from_secs(5))
    };
    let answer = client(&["127.0.0.1"]).send(&call).unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.header("Retry-After").as_deref(), Some("7"));
    assert_eq!(answer.read(4), (b"abcd".to_vec(), Ended::Full));
    assert!(web.requests()[0].to_lowercase().contains("content-length: 2\r\n"));
}
