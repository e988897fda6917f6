//! Honest requests in all their shapes.

use std::io::Read as _;
use std::net::Shutdown;

use super::{BIG_BYTES, FILE_BYTES, Rig};

#[test]
fn a_connection_is_used_again_and_tells_who_asks() {
    let rig = Rig::plain();
    let mut client = rig.connect();
    for _ in 0..3 {
        client.send("GET /echo?q=1 HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n");
        let answer = client.answer();
        assert_eq!((answer.status, answer.text()), (200, "Get echo from 127.0.0.1 "));
        for part in ["date: ", "connection: keep-alive\r\n", "content-type: text/plain\r\n"] {
            assert_eq!(answer.headers.matches(part).count(), 1, "{}", answer.headers);
        }
        assert!(!answer.headers.contains("server:"));
    }
}

#[test]
fn a_request_may_come_byte_by_byte() {
    let rig = Rig::plain();
    for request in [
        "POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
        "\r\n\r\nPOST /e HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    ] {
        let mut client = rig.connect();
        for byte in request.chars() {
            client.send(byte.encode_utf8(&mut [0; 4]));
        }
        assert_eq!(client.answer().text(), "Post e from 127.0.0.1 hello");
    }
}

#[test]
fn pipelined_requests_are_answered_in_order() {
    let rig = Rig::plain();
    let mut client = rig.connect();
    let requests: String = (0..50)
        .map(|n| format!("POST /{n} HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"))
        .collect();
    client.send(&requests);
    for n in 0..50 {
        assert_eq!(client.answer().text(), format!("Post {n} from 127.0.0.1 x"));
    }
}

#[test]
fn a_body_waits_for_the_word_to_continue() {
    let rig = Rig::plain();
    let mut client = rig.connect();
    client.send("PUT /e HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    assert_eq!(client.head().status, 100);
    client.send("ok");
    assert_eq!(client.answer().text(), "Put e from 127.0.0.1 ok");
    let all = rig.talk("PUT /e HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nok");
    assert!(all.starts_with("HTTP/1.1 200 ") && all.ends_with(" ok"), "{all}");
}

#[test]
fn bodies_of_every_size_arrive_whole() {
    let rig = Rig::plain();
    let mut client = rig.connect();
    for size in [0, 1, 1023, 1024, 1025, 65_535, 65_536, 200_000, 1024 * 1024] {
        let head = format!("POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n");
        client.send(&(head + &"b".repeat(size)));
        assert_eq!(client.answer().body.len(), "Post e from 127.0.0.1 ".len() + size);
        let chunk = format!("{size:x}\r\n{}\r\n0\r\n\r\n", "c".repeat(size));
        let chunk = if size == 0 { "0\r\n\r\n".to_owned() } else { chunk };
        let head = "POST /e HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        client.send(&(head.to_owned() + &chunk));
        assert_eq!(client.answer().body.len(), "Post e from 127.0.0.1 ".len() + size);
    }
}

#[test]
fn a_connection_is_closed_when_the_client_wants_it_so() {
    let rig = Rig::plain();
    for request in
        ["GET /e HTTP/1.0\r\n\r\n", "GET /e HTTP/1.1\r\nHost: a\r\nConnection: foo, Close\r\n\r\n"]
    {
        let all = rig.talk(request);
        assert!(all.starts_with("HTTP/1.1 200 ") && all.contains("connection: close\r\n"));
        assert!(all.ends_with("Get e from 127.0.0.1 "));
    }
    let mut client = rig.connect();
    for _ in 0..2 {
        client.send("GET /e HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assert!(client.answer().headers.contains("connection: keep-alive\r\n"));
    }
}

#[test]
fn a_client_that_has_said_all_is_still_answered() {
    let rig = Rig::plain();
    let mut client = rig.connect();
    client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n");
    client.stream.get_ref().shutdown(Shutdown::Write).unwrap();
    let all = client.rest();
    assert!(all.contains("Get a from") && all.contains("Get b from"), "{all}");
}

#[test]
fn a_large_answer_is_streamed_from_its_file() {
    let rig = Rig::plain();
    let mut client = rig.connect();
    client.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\nGET /e HTTP/1.1\r\nHost: a\r\n\r\n");
    let answer = client.head();
    assert!(answer.headers.contains(&format!("content-length: {FILE_BYTES}\r\n")));
    assert!(answer.headers.contains("etag: \"f\"\r\n") && !answer.headers.contains("x-fence"));
    let mut body = Vec::new();
    client.stream.by_ref().take(FILE_BYTES).read_to_end(&mut body).unwrap();
    assert_eq!(body.len() as u64, FILE_BYTES);
    assert_eq!(client.answer().text(), "Get e from 127.0.0.1 ");
    client.send("HEAD /file HTTP/1.1\r\nHost: a\r\n\r\nGET /e HTTP/1.1\r\nHost: a\r\n\r\n");
    assert!(client.head().headers.contains(&format!("content-length: {FILE_BYTES}\r\n")));
    assert_eq!(client.answer().status, 200);
}

#[test]
fn a_file_shorter_than_promised_breaks_the_connection() {
    let rig = Rig::plain();
    let mut client = rig.connect();
    client.send("GET /short-file HTTP/1.1\r\nHost: a\r\n\r\n");
    client.head();
    assert_eq!(client.rest().len() as u64, FILE_BYTES);
    rig.is_well();
}

#[test]
fn an_answer_larger_than_every_buffer_arrives_whole() {
    let rig = Rig::plain();
    let mut client = rig.connect();
    for _ in 0..3 {
        client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(client.answer().body, vec![b'x'; BIG_BYTES]);
    }
}

#[test]
fn answers_without_a_body_have_none() {
    let rig = Rig::plain();
    let mut client = rig.connect();
    client.send(
        "HEAD /big HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\n\r\n\
         GET /unchanged HTTP/1.1\r\nHost: a\r\n\r\nGET /e HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    assert!(client.head().headers.contains(&format!("content-length: {BIG_BYTES}\r\n")));
    for status in [204, 304] {
        let answer = client.head();
        assert_eq!(answer.status, status);
        assert!(!answer.headers.contains("content-length"));
    }
    assert_eq!(client.answer().text(), "Get e from 127.0.0.1 ");
}

#[test]
fn a_handler_that_fails_costs_one_answer() {
    let rig = Rig::plain();
    let mut client = rig.connect();
    for path in ["/panic", "/split", "/too-big"] {
        client.send(&format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"));
        let answer = client.answer();
        assert_eq!(answer.status, 500);
        assert!(answer.headers.contains("application/problem+json"));
        assert!(answer.text().contains("\"status\":500"));
    }
    client.send("GET /%ff HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.answer().status, 400);
    for _ in 0..8 {
        rig.is_well();
    }
}
