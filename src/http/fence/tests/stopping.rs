//! Load on a fixed number of threads, and the end.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::unbounded;

use super::Rig;
use crate::clock::SystemClock;
use crate::http::fence::{Limits, Server};
use crate::http::response::Response;
use crate::threads;

#[test]
fn a_request_already_inside_is_answered_before_the_stop() {
    let mut rig = Rig::plain();
    let mut idle = rig.connect();
    idle.send("GET /e HTTP/1.1\r\nHost: a\r\n\r\n");
    idle.answer();
    let mut inside = rig.connect();
    inside.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    rig.entered.recv().unwrap();
    let gate = rig.gate.clone();
    let reader = threads::spawn("reader", move || {
        // The idle connection ends first: the stop has begun.
        assert_eq!(idle.rest(), "");
        gate.send(()).unwrap();
        let answer = inside.answer();
        assert_eq!((answer.status, answer.text()), (200, "waited"));
        assert!(answer.headers.contains("connection: close\r\n"));
        assert_eq!(inside.rest(), "");
    })
    .unwrap();
    rig.stop(Duration::from_secs(10));
    reader.join().unwrap();
}

#[test]
fn handlers_are_dropped_by_the_stop() {
    let (sender, receiver) = unbounded::<()>();
    let handlers = (0..3)
        .map(|_| {
            let sender = sender.clone();
            Box::new(move |_| {
                let _ = &sender;
                Response::no_content()
            }) as super::Handler
        })
        .collect();
    drop(sender);
    let dir = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let clock = SystemClock::shared();
    let server = Server::start(listener, Limits::default(), handlers, dir.path(), clock).unwrap();
    server.stop(Duration::ZERO);
    assert_eq!(receiver.try_recv(), Err(crossbeam_channel::TryRecvError::Disconnected));
}

#[test]
fn many_clients_share_a_few_threads() {
    let rig = Arc::new(Rig::start(Limits::default(), 4));
    let clients: Vec<_> = (0..64)
        .map(|number| {
            let rig = Arc::clone(&rig);
            threads::spawn(format!("client-{number}"), move || {
                let mut client = rig.connect();
                for turn in 0..20 {
                    client.send(&format!("GET /{number}/{turn} HTTP/1.1\r\nHost: a\r\n\r\n"));
                    let expected = format!("Get {number}/{turn} from 127.0.0.1 ");
                    assert_eq!(client.answer().text(), expected);
                }
            })
            .unwrap()
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
}

/// Needs a process of its own, because other tests start threads as well.
#[test]
#[ignore = "run by the_number_of_threads_does_not_follow_the_load"]
fn alone_with_many_clients() {
    let count = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let rig = Rig::start(Limits::default(), 4);
    let before = count();
    let mut clients: Vec<_> = (0..64).map(|_| rig.connect()).collect();
    for turn in 0..10 {
        for client in &mut clients {
            client.send(&format!("GET /{turn} HTTP/1.1\r\nHost: a\r\n\r\n"));
        }
        for client in &mut clients {
            assert_eq!(client.answer().text(), format!("Get {turn} from 127.0.0.1 "));
            assert!(count() <= before);
        }
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_number_of_threads_does_not_follow_the_load() {
    let name = "http::fence::tests::stopping::alone_with_many_clients";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--test-threads=1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
