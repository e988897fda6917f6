//! A web server for tests, as badly behaved as asked for.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::threads;

/// What to answer.
pub(crate) enum Reply {
    /// Exactly these bytes, then the connection is closed.
    Bytes(Vec<u8>),
    /// A head, then this again and again for as long as anybody listens.
    Endless(&'static str, Vec<u8>),
    /// These bytes, then nothing until the other side gives up.
    Hang(&'static str),
    /// The connection is closed without a word.
    Close,
}

impl Reply {
    pub(crate) fn html(body: &str) -> Self {
        Self::with("200 OK", &["content-type: text/html; charset=utf-8"], body.as_bytes())
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::with("302 Found", &[&format!("location: {to}")], b"")
    }

    pub(crate) fn status(line: &str) -> Self {
        Self::with(line, &["content-type: text/html"], b"<title>An error page</title>")
    }

    pub(crate) fn with(status: &str, headers: &[&str], body: &[u8]) -> Self {
        let mut bytes = format!("HTTP/1.1 {status}\r\n").into_bytes();
        for header in headers {
            bytes.extend_from_slice(format!("{header}\r\n").as_bytes());
        }
        let end = format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        bytes.extend_from_slice(end.as_bytes());
        bytes.extend_from_slice(body);
        Self::Bytes(bytes)
    }
}

/// Listens on a port of its own until dropped, one connection at a time.
pub(crate) struct FakeWeb {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

const STOP: &str = "STOP";

impl FakeWeb {
    /// Answers each request by its path and query.
    pub(crate) fn new(answer: impl Fn(&str) -> Reply + Send + 'static) -> Self {
        Self::with_heads(move |head| answer(head.split(' ').nth(1).unwrap_or("")))
    }

    /// Answers each request by its whole head.
    pub(crate) fn with_heads(answer: impl Fn(&str) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let thread = threads::spawn("fake-web", move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let head = read_head(&mut stream);
                if head == STOP {
                    return;
                }
                let reply = answer(&head);
                seen.lock().unwrap().push(head);
                give(&mut stream, reply);
            }
        });
        Self { address, requests, thread: Some(thread.unwrap()) }
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The address of a path on it.
    pub(crate) fn url(&self, path: &str) -> url::Url {
        url::Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    /// The heads of all requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// The paths of all requests so far.
    pub(crate) fn paths(&self) -> Vec<String> {
        let path = |head: &String| head.split(' ').nth(1).unwrap_or("").to_owned();
        self.requests.lock().unwrap().iter().map(path).collect()
    }
}

impl Drop for FakeWeb {
    fn drop(&mut self) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(STOP.as_bytes()).unwrap();
        drop(stream);
        self.thread.take().unwrap().join().unwrap();
    }
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    // A handshake of TLS never holds this end, but a byte that no head starts with.
    while !head.ends_with(b"\r\n\r\n") && head.first() != Some(&0x16) {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => break,
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    // What is left unread when a connection is closed makes the answer vanish.
    let length =
        text.to_lowercase().split("content-length: ").nth(1).map_or(0, |rest| {
            rest.lines().next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
        });
    let _ = stream.take(length).read_to_end(&mut head);
    text
}

fn give(stream: &mut TcpStream, reply: Reply) {
    match reply {
        Reply::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Reply::Endless(head, chunk) => {
            let mut going = stream.write_all(head.as_bytes());
            while going.is_ok() {
                going = stream.write_all(&chunk);
            }
        }
        Reply::Hang(start) => {
            let _ = stream.write_all(start.as_bytes());
            while matches!(stream.read(&mut [0; 64]), Ok(n) if n > 0) {}
        }
        Reply::Close => {}
    }
}
