//! What happens when a private connection breaks, with an engine that does so on purpose.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::bounded;

use super::Client;
use crate::clock::SystemClock;
use crate::http::fence::Limits;
use crate::http::fence::turn::{Fence, Parts};
use crate::threads;

#[derive(Debug, Clone, Copy)]
enum Act {
    /// Answers with the method of the request.
    Answer,
    Hang,
    /// Sends so much of an answer and hangs up.
    Break(&'static str),
}

/// Answers pings, and does to each request what comes next; ends with the last one.
fn engine(listener: UnixListener, acts: &'static [Act]) -> JoinHandle<()> {
    threads::spawn("engine", move || {
        let mut acts = acts.iter();
        while acts.len() > 0 {
            let (stream, _) = listener.accept().unwrap();
            serve(&stream, &mut acts);
        }
    })
    .unwrap()
}

fn serve(mut stream: &UnixStream, acts: &mut std::slice::Iter<'_, Act>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap() == 0 {
                return;
            }
        }
        let method = head.split(' ').next().unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{method}", method.len());
        if head.contains("x-fence: ping\r\n") {
            stream.write_all(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n").unwrap();
            continue;
        }
        match acts.next() {
            Some(Act::Answer) => stream.write_all(answer.as_bytes()).unwrap(),
            Some(Act::Hang) => {}
            Some(Act::Break(part)) => return stream.write_all(part.as_bytes()).unwrap(),
            None => return,
        }
    }
}

/// Asks in turn, each on a connection of its own, and compares the statuses.
fn check(acts: &'static [Act], asked: &[(&str, u16)]) {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("s");
    let engine = engine(UnixListener::bind(&socket).unwrap(), acts);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let (_files_in, files) = bounded(1);
    let (stop, stops) = bounded(1);
    let limits = Limits { answer: Duration::from_millis(500), ..Limits::default() };
    let clock = SystemClock::shared();
    let parts = Parts { listener, limits, socket, threads: 1, files, stops, clock };
    let (fence, waker) = Fence::new(parts).unwrap();
    let fence = threads::spawn("fence", move || fence.run()).unwrap();
    for (method, status) in asked {
        let mut client = Client::connect(address);
        client.send(&format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n"));
        let answer = client.answer();
        assert_eq!(answer.status, *status, "{acts:?}");
        assert!(*status != 200 || answer.text() == *method);
    }
    stop.send(Duration::ZERO).unwrap();
    waker.wake().unwrap();
    fence.join().unwrap();
    engine.join().unwrap();
}

#[test]
fn a_repeatable_request_is_asked_once_more_on_a_fresh_connection() {
    check(&[Act::Break(""), Act::Answer], &[("GET", 200)]);
    check(&[Act::Break("HTTP/1.1 200 OK\r\nConte"), Act::Answer], &[("PUT", 200)]);
    check(&[Act::Break(""), Act::Break(""), Act::Answer], &[("GET", 500), ("GET", 200)]);
}

#[test]
fn a_request_that_may_have_been_done_is_not_asked_again() {
    check(&[Act::Break(""), Act::Answer], &[("POST", 500), ("GET", 200)]);
}

#[test]
fn an_answer_that_makes_no_sense_breaks_the_connection() {
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    const TOO_MUCH: &str = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab";
    for act in [
        &[Act::Break(CHUNKED), Act::Answer],
        &[Act::Break(TOO_MUCH), Act::Answer],
        &[Act::Break("nonsense\r\n\r\n"), Act::Answer],
    ] {
        check(act, &[("POST", 500), ("GET", 200)]);
    }
}

#[test]
fn an_answer_that_never_comes_keeps_its_place_and_others_are_told() {
    check(&[Act::Hang], &[("GET", 504), ("GET", 503)]);
}
