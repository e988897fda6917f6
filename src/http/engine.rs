//! The HTTP engine: `tiny_http` on a private Unix socket, and the threads that run handlers.
//!
//! The only file that names `tiny_http`. It speaks to the fence alone, which has made sure
//! that every request is whole, small and plain; by itself the engine would bound nothing.

use std::fs::File;
use std::io::Cursor;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::Sender;

use crate::error::{Error, Result};
use crate::http::packing;
use crate::http::request::{Method, Request};
use crate::http::response::{Body, Problem, Response};
use crate::threads;

/// Answers one request. Each thread has its own.
pub type Handler = Box<dyn FnMut(Request) -> Response + Send>;

/// A request that the engine answers by itself, to prove that a connection is served.
pub(super) const PING: &[u8] = b"GET / HTTP/1.1\r\nx-fence: ping\r\n\r\n";

const HEADERS_MAX: usize = 48;
const HEADER_BYTES_MAX: usize = 32 * 1024;
/// Headers that the engine or the fence writes.
const RESERVED: [&str; 6] =
    ["connection", "content-length", "date", "server", "trailer", "transfer-encoding"];

/// A file that is the body of the answer to request `id`; the fence streams it.
#[derive(Debug)]
pub(super) struct HandedFile {
    pub(super) id: u64,
    pub(super) file: File,
}

/// The running engine.
pub(super) struct Engine {
    server: Arc<tiny_http::Server>,
    threads: Vec<JoinHandle<()>>,
}

impl Engine {
    /// Listens on a new Unix socket at `path`, with a thread `http-0`, `http-1` … for each handler.
    ///
    /// # Errors
    /// When the socket or a thread cannot be made.
    pub(super) fn start(
        path: &Path,
        handlers: Vec<Handler>,
        files: &Sender<HandedFile>,
        answer_max: usize,
    ) -> Result<Self> {
        let server = Arc::new(tiny_http::Server::http_unix(path).map_err(Error::internal)?);
        let mut engine = Self { server, threads: Vec::new() };
        for (number, handler) in handlers.into_iter().enumerate() {
            let server = Arc::clone(&engine.server);
            let mut desk = Desk { handler, files: files.clone(), answer_max };
            match threads::spawn(format!("http-{number}"), move || desk.run(&server)) {
                Ok(thread) => engine.threads.push(thread),
                Err(error) => {
                    engine.stop();
                    return Err(error.into());
                }
            }
        }
        Ok(engine)
    }

    /// Lets each thread finish what it is doing, and drops its handler.
    ///
    /// The threads inside `tiny_http` cannot be joined; they end by themselves within
    /// about five seconds, and hold nothing of ours.
    pub(super) fn stop(self) {
        for _ in &self.threads {
            self.server.unblock();
        }
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("an http thread had panicked");
            }
        }
    }
}

/// Where one thread answers.
struct Desk {
    handler: Handler,
    files: Sender<HandedFile>,
    answer_max: usize,
}

impl Desk {
    fn run(&mut self, server: &tiny_http::Server) {
        loop {
            match server.recv() {
                Ok(request) => {
                    // A request dropped on the way is answered with a plain 500.
                    let served = catch_unwind(AssertUnwindSafe(|| self.serve(request)));
                    if served.is_err() {
                        tracing::error!("the engine panicked at a request");
                    }
                }
                // It has stopped accepting. The connections that stand go on.
                Err(error) if error.raw_os_error().is_some() => {
                    tracing::error!(%error, "the engine accepts no more connections");
                }
                Err(_) => return,
            }
        }
    }

    fn serve(&mut self, mut raw: tiny_http::Request) {
        let result = match private_header(&raw) {
            Some("ping") => raw.respond(bare(204, Vec::new(), Vec::new())),
            Some(note) => match parse_note(note) {
                Some((id, client)) => {
                    let response = self.answer(&mut raw, client);
                    raw.respond(self.hand_out(id, response))
                }
                None => raw.respond(bare(500, Vec::new(), Vec::new())),
            },
            None => raw.respond(bare(500, Vec::new(), Vec::new())),
        };
        if let Err(error) = result {
            tracing::error!(%error, "an answer could not be handed to the fence");
        }
    }

    fn answer(&mut self, raw: &mut tiny_http::Request, client: IpAddr) -> Response {
        let request = match read(raw, client) {
            Ok(request) => request,
            Err(error) => return Problem::of(&error).into_json(),
        };
        let takes_gzip = request.header("accept-encoding").is_some_and(packing::takes_gzip);
        let answer = catch_unwind(AssertUnwindSafe(|| (self.handler)(request)))
            .unwrap_or_else(|_| Problem::of(&Error::internal("a handler panicked")).into_json());
        match &answer.body {
            Body::Bytes(body) if takes_gzip && body.len() <= self.answer_max => {
                packing::pack(answer)
            }
            _ => answer,
        }
    }

    /// The answer as the engine writes it; one that cannot be sent becomes a 500.
    fn hand_out(&self, id: u64, response: Response) -> tiny_http::Response<Cursor<Vec<u8>>> {
        self.build(id, response).unwrap_or_else(|error| {
            let problem = Problem::of(&error).into_json();
            self.build(id, problem).unwrap_or_else(|_| bare(500, Vec::new(), Vec::new()))
        })
    }

    fn build(&self, id: u64, response: Response) -> Result<tiny_http::Response<Cursor<Vec<u8>>>> {
        let mut headers = build_headers(response.status, &response.headers)?;
        let body = match response.body {
            Body::Bytes(body) if body.len() > self.answer_max => {
                return Err(Error::internal("an answer too large to be anything but a file"));
            }
            Body::Bytes(body) => body,
            Body::File { file, len } => {
                headers.push(header("x-fence-file", &len.to_string())?);
                // Never full: it has room for a file of each request that can be inside.
                self.files.try_send(HandedFile { id, file }).map_err(Error::internal)?;
                Vec::new()
            }
        };
        Ok(bare(response.status, headers, body))
    }
}

fn bare(
    status: u16,
    mut headers: Vec<tiny_http::Header>,
    body: Vec<u8>,
) -> tiny_http::Response<Cursor<Vec<u8>>> {
    let length = body.len();
    // The fence writes the date. Without one the engine would ask the clock, and panic where
    // that shows a time before 1970.
    headers.extend(tiny_http::Header::from_bytes("date", "-"));
    tiny_http::Response::new(status.into(), headers, Cursor::new(body), Some(length), None)
        // Above it the engine would send chunks, and the fence wants a length.
        .with_chunked_threshold(usize::MAX)
}

fn private_header(raw: &tiny_http::Request) -> Option<&str> {
    raw.headers().iter().find(|h| h.field.equiv("x-fence")).map(|h| h.value.as_str())
}

fn parse_note(note: &str) -> Option<(u64, IpAddr)> {
    let (id, client) = note.split_once(' ')?;
    Some((id.parse().ok()?, client.parse().ok()?))
}

/// Our own request out of the engine's. The body is always read, because the engine would
/// otherwise set aside room for all of it.
fn read(raw: &mut tiny_http::Request, client: IpAddr) -> Result<Request> {
    let mut body = Vec::with_capacity(raw.body_length().unwrap_or(0));
    raw.as_reader().read_to_end(&mut body)?;
    let mut request = Request::new(Method::from_name(raw.method().as_str()), raw.url())?;
    request.headers = raw
        .headers()
        .iter()
        .filter(|h| !h.field.equiv("x-fence"))
        .map(|h| (h.field.as_str().as_str().to_ascii_lowercase(), h.value.as_str().to_owned()))
        .collect();
    request.body = body;
    request.client = client;
    Ok(request)
}

/// The only way by which headers get into an answer.
///
/// # Errors
/// `Internal` when a name or value could end the line early, or is not ours to set.
fn build_headers(
    status: u16,
    headers: &[(&'static str, String)],
) -> Result<Vec<tiny_http::Header>> {
    let bytes: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if headers.len() > HEADERS_MAX || bytes > HEADER_BYTES_MAX {
        return Err(Error::internal("an answer with too many headers"));
    }
    if !(200..=599).contains(&status) {
        return Err(Error::internal(format!("an answer with status {status}")));
    }
    let reserved = |name: &str| RESERVED.contains(&name) || name.starts_with("x-fence");
    if let Some((name, _)) = headers.iter().find(|(name, _)| reserved(name)) {
        return Err(Error::internal(format!("an answer that sets {name} itself")));
    }
    headers.iter().map(|(name, value)| header(name, value)).collect()
}

fn header(name: &str, value: &str) -> Result<tiny_http::Header> {
    let token = |byte: u8| byte == b'-' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
    // CR, LF and NUL would let a value write headers or a body of its own.
    let plain = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
    if name.is_empty() || !name.bytes().all(token) || !value.bytes().all(plain) {
        return Err(Error::internal(format!("the header {name:?} cannot be sent")));
    }
    tiny_http::Header::from_bytes(name, value)
        .map_err(|()| Error::internal(format!("the header {name:?} cannot be sent")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_header_can_end_its_line_early_or_stand_in_for_ours() {
        let check = |name: &'static str, value: &str, fits: bool| {
            let headers = [(name, value.to_owned())];
            assert_eq!(build_headers(200, &headers).is_ok(), fits, "{name}: {value:?}");
        };
        check("location", "/a?b=c", true);
        check("x-tab", "a\tb", true);
        check("location", "/a\r\nset-cookie: x=y", false);
        check("location", "/a\nb", false);
        check("location", "/a\0", false);
        check("location", "/\u{ae00}", false);
        check("x\r\ny", "a", false);
        check("X-Upper", "a", false);
        check("", "a", false);
        check("content-length", "5", false);
        check("transfer-encoding", "chunked", false);
        check("x-fence-file", "5", false);
        assert!(build_headers(101, &[]).is_err());
        assert!(build_headers(200, &vec![("a", String::new()); HEADERS_MAX + 1]).is_err());
        assert!(build_headers(200, &[("a", "x".repeat(HEADER_BYTES_MAX))]).is_err());
    }

    #[test]
    fn a_note_of_the_fence_is_read_whole_or_not_at_all() {
        let client: IpAddr = "::1".parse().unwrap();
        assert_eq!(parse_note("7 ::1"), Some((7, client)));
        assert_eq!(parse_note("7"), None);
        assert_eq!(parse_note("x 1.1.1.1"), None);
        assert_eq!(parse_note("7 1.1.1.1 8"), None);
    }
}
