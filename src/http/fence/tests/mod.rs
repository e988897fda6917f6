//! The whole way over real sockets, with a handler that does what the path says.

mod abuse;
mod breaking;
mod requests;
mod stopping;

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::{Handler, Limits, Server};
use crate::clock::SystemClock;
use crate::http::request::Request;
use crate::http::response::{Body, Response};

const PATIENCE: Duration = Duration::from_secs(10);
pub(super) const FILE_BYTES: u64 = 24 * 1024 * 1024;
pub(super) const BIG_BYTES: usize = 3 * 1024 * 1024;

/// A running server.
pub(super) struct Rig {
    server: Option<Server>,
    address: SocketAddr,
    /// Tells that a handler has reached `/wait`, and lets it go on.
    pub(super) entered: Receiver<()>,
    pub(super) gate: Sender<()>,
    dir: tempfile::TempDir,
}

impl Rig {
    pub(super) fn start(limits: Limits, threads: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("large");
        File::create(&path).unwrap().set_len(FILE_BYTES).unwrap();
        let (entered_in, entered) = unbounded();
        let (gate, gate_out) = unbounded();
        let handlers = (0..threads)
            .map(|_| {
                let (path, entered, gate) = (path.clone(), entered_in.clone(), gate_out.clone());
                Box::new(move |request| answer(&request, &path, &entered, &gate)) as Handler
            })
            .collect();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server =
            Server::start(listener, limits, handlers, dir.path(), SystemClock::shared()).unwrap();
        let address = server.local_addr();
        Self { server: Some(server), address, entered, gate, dir }
    }

    pub(super) fn plain() -> Self {
        Self::start(Limits::default(), 2)
    }

    pub(super) fn connect(&self) -> Client {
        Client::connect(self.address)
    }

    /// Sends bytes on a fresh connection and returns all that comes back until its end.
    pub(super) fn talk(&self, bytes: &str) -> String {
        let mut client = self.connect();
        client.send(bytes);
        client.rest()
    }

    /// Asserts that an honest request is answered.
    pub(super) fn is_well(&self) {
        let mut client = self.connect();
        client.send("GET /echo HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!(client.answer().status, 200);
    }

    pub(super) fn stop(&mut self, grace: Duration) {
        self.server.take().unwrap().stop(grace);
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        // Lets handlers out that a failed test left at the gate.
        for _ in 0..64 {
            let _ = self.gate.send(());
        }
        if let Some(server) = self.server.take() {
            server.stop(Duration::from_secs(1));
        }
    }
}

fn answer(
    request: &Request,
    file: &std::path::Path,
    entered: &Sender<()>,
    gate: &Receiver<()>,
) -> Response {
    match request.path().as_slice() {
        ["wait"] => {
            entered.send(()).unwrap();
            gate.recv().unwrap();
            Response::new(200, "text/plain", "waited")
        }
        ["file"] => {
            let body = Body::File { file: File::open(file).unwrap(), len: FILE_BYTES };
            Response { status: 200, headers: vec![("etag", "\"f\"".into())], body }
        }
        ["short-file"] => {
            let body = Body::File { file: File::open(file).unwrap(), len: FILE_BYTES + 1 };
            Response { status: 200, headers: Vec::new(), body }
        }
        ["big"] => Response::new(200, "text/plain", vec![b'x'; BIG_BYTES]),
        ["too-big"] => Response::new(200, "text/plain", vec![b'x'; 17 * 1024 * 1024]),
        ["none"] => Response::no_content(),
        ["unchanged"] => Response::no_content().with_status(304).with("etag", "\"1\""),
        ["split"] => Response::no_content().with("location", "/a\r\nx: y"),
        ["panic"] => panic!("a handler was told to panic"),
        _ => {
            let mut text = format!("{:?} {} ", request.method, request.path().join("/"));
            text.push_str(&format!("from {} ", request.client));
            text.push_str(&String::from_utf8_lossy(&request.body));
            Response::new(200, "text/plain", text)
        }
    }
}

/// A client that writes raw bytes and reads answers.
pub(super) struct Client {
    pub(super) stream: BufReader<TcpStream>,
}

#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: String,
    pub(super) body: Vec<u8>,
}

impl Answered {
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

impl Client {
    pub(super) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::new(stream) }
    }

    pub(super) fn send(&mut self, bytes: &str) {
        self.stream.get_mut().write_all(bytes.as_bytes()).unwrap();
    }

    /// Everything until the server closes; a reset counts as the end.
    pub(super) fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        match self.stream.read_to_end(&mut bytes) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => {}
            Err(error) => panic!("{error}, after {:?}", String::from_utf8_lossy(&bytes)),
        }
        String::from_utf8(bytes).unwrap()
    }

    pub(super) fn head(&mut self) -> Answered {
        let mut headers = String::new();
        while !headers.ends_with("\r\n\r\n") {
            assert!(self.stream.read_line(&mut headers).unwrap() > 0, "ended in {headers:?}");
        }
        let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
        Answered { status, headers: headers.to_ascii_lowercase(), body: Vec::new() }
    }

    pub(super) fn answer(&mut self) -> Answered {
        let mut answered = self.head();
        let length = answered
            .headers
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |length| length.parse().unwrap());
        answered.body = vec![0; length];
        self.stream.read_exact(&mut answered.body).unwrap();
        answered
    }
}

#[test]
fn nothing_is_left_behind_in_the_private_directory() {
    let mut rig = Rig::plain();
    rig.is_well();
    rig.stop(Duration::from_secs(1));
    let left: Vec<_> = std::fs::read_dir(rig.dir.path()).unwrap().flatten().collect();
    assert_eq!(left.len(), 1, "{left:?}"); // The large file of the rig.
}
