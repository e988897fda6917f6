//! A web server for tests, as badly behaved as asked for.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

use crate::threads;

/// What to answer.
pub(crate) enum Reply {
    /// Exactly these bytes, then the connection is closed.
    Bytes(Vec<u8>),
    /// A head, then this again and again for as long as anybody listens.
    Endless(&'static str, Vec<u8>),
    /// The first at once, then the second byte by byte with this pause before each.
    Drip(&'static str, String, Duration),
    /// These bytes, then nothing until the other side gives up.
    Hang(&'static str),
    /// These bytes, then the connection is torn down as a crash does it.
    Reset(Vec<u8>),
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
    bodies: Arc<Mutex<Vec<String>>>,
    /// Dropped to stop.
    going: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FakeWeb {
    /// Answers each request by its path and query.
    pub(crate) fn new(answer: impl Fn(&str) -> Reply + Send + 'static) -> Self {
        Self::with_heads(move |head| answer(path(head)))
    }

    /// Answers each request by its whole head.
    pub(crate) fn with_heads(answer: impl Fn(&str) -> Reply + Send + 'static) -> Self {
        Self::start(None, answer)
    }

    /// As [`FakeWeb::new`], over TLS.
    pub(crate) fn secure(
        config: Arc<ServerConfig>,
        answer: impl Fn(&str) -> Reply + Send + 'static,
    ) -> Self {
        Self::start(Some(config), move |head| answer(path(head)))
    }

    fn start(
        tls: Option<Arc<ServerConfig>>,
        answer: impl Fn(&str) -> Reply + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let read = Arc::clone(&bodies);
        let (going, stop) = channel();
        let thread = threads::spawn("fake-web", move || {
            for stream in listener.incoming() {
                if stop.try_recv() == Err(TryRecvError::Disconnected) {
                    return;
                }
                let socket = stream.unwrap();
                let mut stream = wrap(&socket, tls.as_ref());
                let (head, body) = read_request(&mut *stream);
                let reply = answer(&head);
                seen.lock().unwrap().push(head);
                read.lock().unwrap().push(body);
                give(&mut *stream, &socket, reply, &stop);
            }
        });
        Self { address, requests, bodies, going: Some(going), thread: Some(thread.unwrap()) }
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

    /// The bodies of all requests so far.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }

    /// The paths of all requests so far.
    pub(crate) fn paths(&self) -> Vec<String> {
        let path = |head: &String| head.split(' ').nth(1).unwrap_or("").to_owned();
        self.requests.lock().unwrap().iter().map(path).collect()
    }
}

impl Drop for FakeWeb {
    fn drop(&mut self) {
        self.going = None;
        drop(TcpStream::connect(self.address).unwrap());
        self.thread.take().unwrap().join().unwrap();
    }
}

fn path(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or("")
}

/// A way to and from a client.
pub(crate) trait Stream: Read + Write {}

impl<T: Read + Write> Stream for T {}

/// The way to and from the client at the other end of a socket.
pub(crate) fn wrap(socket: &TcpStream, tls: Option<&Arc<ServerConfig>>) -> Box<dyn Stream> {
    let socket = socket.try_clone().unwrap();
    match tls {
        None => Box::new(socket),
        Some(config) => {
            let session = ServerConnection::new(Arc::clone(config)).unwrap();
            Box::new(StreamOwned::new(session, socket))
        }
    }
}

/// Reads a whole head and body, since what is left unread when a connection is closed makes the
/// answer vanish.
fn read_request(stream: &mut dyn Stream) -> (String, String) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => break,
        }
        if let [0x16, _, _, high, low] = head[..] {
            // The first record of a handshake of TLS, where plain text was expected.
            let length = u64::from(u16::from_be_bytes([high, low]));
            let _ = stream.take(length).read_to_end(&mut head);
            break;
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let length =
        text.to_lowercase().split("content-length: ").nth(1).map_or(0, |rest| {
            rest.lines().next().and_then(|digits| digits.parse().ok()).unwrap_or(0)
        });
    let mut body = Vec::new();
    let _ = stream.take(length).read_to_end(&mut body);
    (text, String::from_utf8_lossy(&body).into_owned())
}

fn give(stream: &mut dyn Stream, socket: &TcpStream, reply: Reply, stop: &Receiver<()>) {
    match reply {
        Reply::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Reply::Endless(head, chunk) => {
            let mut going = stream.write_all(head.as_bytes());
            while going.is_ok() {
                going = stream.write_all(&chunk);
            }
        }
        Reply::Drip(start, rest, pause) => {
            let mut going = stream.write_all(start.as_bytes());
            for byte in rest.bytes() {
                let waited = stop.recv_timeout(pause);
                if going.is_err() || waited != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                going = stream.write_all(&[byte]);
            }
        }
        Reply::Hang(start) => {
            let _ = stream.write_all(start.as_bytes());
            while matches!(stream.read(&mut [0; 64]), Ok(n) if n > 0) {}
        }
        Reply::Reset(start) => {
            let _ = stream.write_all(&start);
            SockRef::from(socket).set_linger(Some(Duration::ZERO)).unwrap();
        }
        Reply::Close => {}
    }
}
