//! A hostile network.

use std::io::{Read as _, Write as _};
use std::time::Duration;

use super::{Client, Rig};
use crate::http::fence::Limits;

const SOON: Duration = Duration::from_millis(200);

fn status(all: &str) -> u16 {
    all.split(' ').nth(1).unwrap_or_else(|| panic!("no answer: {all:?}")).parse().unwrap()
}

#[test]
fn what_is_refused_is_explained_and_closed() {
    let limits = Limits { head_bytes: 1024, body_bytes: 100, ..Limits::default() };
    let rig = Rig::start(limits, 2);
    let host = "Host: a\r\n";
    let check = |request: &str, expected: u16| {
        let all = rig.talk(request);
        assert_eq!(status(&all), expected, "{request:?}");
        assert!(all.contains("application/problem+json") && all.contains("connection: close"));
    };
    check("garbage\r\n\r\n", 400);
    check("GET / HTTP/1.1\n", 400);
    check("GET / HTTP/1.1\r\n\r\n", 400);
    check(&format!("GET / HTTP/2.0\r\n{host}\r\n"), 505);
    check(&format!("POST / HTTP/1.1\r\n{host}Content-Length: 60000000000\r\n\r\n"), 413);
    check(&format!("POST / HTTP/1.1\r\n{host}Content-Length: 101\r\n\r\n{}", "x".repeat(101)), 413);
    let chunked = format!("POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n");
    check(&format!("{chunked}65\r\n"), 413);
    check(&format!("{chunked}zz\r\n"), 400);
    check(&format!("GET /{} HTTP/1.1\r\n", "x".repeat(1024)), 431);
    check(&format!("GET / HTTP/1.1\r\n{host}{}\r\n", "X: y\r\n".repeat(64)), 431);
    check(&format!("GET / HTTP/1.1\r\n{host}Expect: magic\r\n\r\n"), 417);
    check(&format!("GET / HTTP/1.1\r\n{host}Transfer-Encoding: gzip\r\n\r\n"), 501);
    rig.is_well();
}

#[test]
fn a_smuggled_request_never_reaches_a_handler() {
    let rig = Rig::plain();
    for framing in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Content-Length: 4\r\nContent-Length: 0",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    ] {
        let all = rig.talk(&format!(
            "POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n"
        ));
        assert_eq!(status(&all), 400);
        assert!(!all.contains("evil"), "{all}");
    }
    // Our own private header is worth nothing from outside.
    let mut client = rig.connect();
    client.send("GET /e HTTP/1.1\r\nHost: a\r\nx-fence: ping\r\nX-Fence: 1 6.6.6.6\r\n\r\n");
    assert_eq!(client.answer().text(), "Get e from 127.0.0.1 ");
}

#[test]
fn every_phase_has_its_deadline() {
    let limits = Limits {
        head: SOON,
        body: SOON,
        idle: SOON,
        answer: SOON,
        linger: SOON,
        ..Limits::default()
    };
    let rig = Rig::start(limits, 1);
    assert_eq!(status(&rig.talk("GET / HT")), 408);
    assert_eq!(status(&rig.talk("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe")), 408);
    assert_eq!(rig.talk(""), "");
    // In the handler, and in the queue behind it.
    let mut inside = rig.connect();
    inside.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    rig.entered.recv().unwrap();
    let queued = rig.talk("GET /e HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((status(&queued), queued.contains("retry-after: 1\r\n")), (503, true));
    assert_eq!(status(&inside.rest()), 504);
    // The late answer goes to nobody, and the thread is free again.
    rig.gate.send(()).unwrap();
    rig.is_well();
}

#[test]
fn a_head_that_crawls_is_cut_off_though_bytes_keep_coming() {
    let rig = Rig::start(Limits { head: SOON, linger: SOON, ..Limits::default() }, 1);
    let mut client = rig.connect();
    let pace = Duration::from_millis(20);
    client.stream.get_ref().set_read_timeout(Some(pace)).unwrap();
    let mut seen = Vec::new();
    // The bytes would go on for ten seconds.
    for _ in 0..500 {
        if client.stream.get_mut().write_all(b"x").is_err() {
            break;
        }
        let mut piece = [0; 256];
        match client.stream.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => seen.extend_from_slice(&piece[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break,
        }
    }
    assert_eq!(status(&String::from_utf8(seen).unwrap()), 408);
}

#[test]
fn a_reader_that_stalls_is_dropped() {
    let rig = Rig::start(Limits { write_stall: SOON, ..Limits::default() }, 1);
    let mut stalled = rig.connect();
    stalled.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    stalled.head();
    let mut other = rig.connect();
    // Blocks until the server closes the other connection or is done with this one.
    other.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    let mut bytes = Vec::new();
    other.head();
    other.stream.by_ref().take(super::FILE_BYTES).read_to_end(&mut bytes).unwrap();
    let mut probe = [0; 1];
    other.stream.get_ref().set_read_timeout(Some(SOON * 5)).unwrap();
    assert!(other.stream.read(&mut probe).is_err()); // Time passes; nothing more comes.
    let mut rest = Vec::new();
    let ended = stalled.stream.read_to_end(&mut rest);
    assert!(ended.is_err() || (rest.len() as u64) < super::FILE_BYTES);
    rig.is_well();
}

#[test]
fn idle_connections_make_room_for_an_honest_request() {
    let rig = Rig::start(Limits { connections: 100, ..Limits::default() }, 2);
    let mut idle: Vec<Client> = (0..200)
        .map(|number| {
            let mut client = rig.connect();
            client.send(if number % 2 == 0 { "" } else { "GET / HTTP/1.1\r\nHo" });
            client
        })
        .collect();
    rig.is_well();
    // The oldest were closed, not the newest.
    assert_eq!(idle[0].rest(), "");
    let last = idle.last_mut().unwrap();
    last.send("st: a\r\n\r\n");
    assert_eq!(last.answer().status, 200);
}

#[test]
fn when_every_connection_is_at_work_another_one_is_told_so() {
    let rig = Rig::start(Limits { connections: 2, ..Limits::default() }, 2);
    let mut inside: Vec<Client> = (0..2).map(|_| rig.connect()).collect();
    for client in &mut inside {
        client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
        rig.entered.recv().unwrap();
    }
    assert_eq!(status(&rig.connect().rest()), 503);
    // Both, because it is not said which handler takes which.
    for _ in &inside {
        rig.gate.send(()).unwrap();
    }
    for client in &mut inside {
        assert_eq!(client.answer().status, 200);
    }
    rig.is_well();
}

#[test]
fn a_reader_that_stands_still_loses_its_place_to_an_honest_request() {
    let limits = Limits { connections: 1, write_stall: SOON * 6, ..Limits::default() };
    let rig = Rig::start(limits, 1);
    let mut still = rig.connect();
    still.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    still.head();
    let answered = (0..100).any(|_| {
        let mut client = rig.connect();
        let request = "GET /e HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let sent = client.stream.get_mut().write_all(request.as_bytes());
        // Waits a little on what never comes, until the reader has stood still for long.
        sent.is_ok() && client.rest().starts_with("HTTP/1.1 200 ")
            || rig.entered.recv_timeout(SOON / 4).is_ok()
    });
    assert!(answered);
}

#[test]
fn a_full_queue_says_to_come_back() {
    let rig = Rig::start(Limits { queued: 1, ..Limits::default() }, 1);
    let mut first = rig.connect();
    first.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    rig.entered.recv().unwrap();
    let mut others: Vec<Client> = (0..2).map(|_| rig.connect()).collect();
    for client in &mut others {
        client.send("GET /e HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }
    // One of the two is in the queue, and the other is refused before the gate opens.
    others[1].stream.get_ref().set_nonblocking(false).unwrap();
    let refused = others[1].answer();
    assert_eq!(refused.status, 503);
    assert!(refused.headers.contains("retry-after: 1\r\n"));
    rig.gate.send(()).unwrap();
    assert_eq!(first.answer().status, 200);
    assert_eq!(others[0].answer().status, 200);
}

#[test]
fn buffers_have_a_bound_together() {
    let limits = Limits {
        body_bytes: 100_000,
        answer_bytes: 100_000,
        held_bytes: 0, // Settled to three times the largest body.
        ..Limits::default()
    };
    let rig = Rig::start(limits, 2);
    let part = format!(
        "POST /e HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n{}",
        "x".repeat(80_000)
    );
    let mut holders: Vec<Client> = (0..10)
        .map(|_| {
            let mut client = rig.connect();
            let _ = client.stream.get_mut().write_all(part.as_bytes());
            client
        })
        .collect();
    rig.is_well();
    let cut = holders.iter_mut().filter_map(|holder| {
        let limit = Some(Duration::from_millis(100));
        holder.stream.get_ref().set_read_timeout(limit).unwrap();
        match holder.stream.read(&mut [0; 1]) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => None,
            _ => Some(()),
        }
    });
    assert!(cut.count() >= 6);
    rig.is_well();
}

#[test]
fn a_client_may_vanish_at_any_moment() {
    let rig = Rig::start(Limits::default(), 2);
    let whole = "POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
    for length in 0..whole.len() {
        let mut client = rig.connect();
        client.send(&whole[..length]);
    }
    for _ in 0..2 {
        let mut client = rig.connect();
        client.send(whole);
        rig.entered.recv().unwrap();
        drop(client); // While the handler runs.
    }
    for _ in 0..2 {
        rig.gate.send(()).unwrap();
    }
    let mut client = rig.connect();
    client.send("GET /big HTTP/1.1\r\nHost: a\r\n\r\n");
    drop(client); // While the answer is on its way.
    let mut client = rig.connect();
    client.send("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    drop(client);
    rig.is_well();
}

#[test]
fn random_bytes_do_no_harm() {
    let rig = Rig::start(Limits { head: SOON, linger: SOON, ..Limits::default() }, 2);
    let words = [
        "GET ",
        "/ ",
        "HTTP/1.1",
        "\r\n",
        "\r\n\r\n",
        "Host: a",
        "Content-Length: 3",
        "\0",
        "\n",
        "Transfer-Encoding: chunked",
        "5\r\nhello\r\n",
        "0\r\n\r\n",
        ":",
        " ",
        "\u{ff}",
        "POST ",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..300 {
        let mut client = rig.connect();
        for _ in 0..random.usize(1..20) {
            let word = words[random.usize(..words.len())];
            if client.stream.get_mut().write_all(word.as_bytes()).is_err() {
                break;
            }
        }
    }
    rig.is_well();
}
