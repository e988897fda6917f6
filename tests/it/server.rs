//! The real binary over real sockets, and local stand-ins for the sites and services it talks
//! to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;
use toaster::clock::SystemClock;
use toaster::threads;
use ureq::http::Response;
use ureq::{Agent, Body};

/// More than anything here takes on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(100);

/// A data directory and commands that work on it.
pub struct Home {
    pub dir: TempDir,
}

impl Home {
    pub fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_toaster"));
        let ours =
            std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("TOASTER_"));
        for name in ours {
            command.env_remove(name);
        }
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env("TOASTER_LISTEN", "127.0.0.1:0")
            .env("TOASTER_FETCH_ALLOW", "127.0.0.1")
            .env("TOASTER_PUSH_ALLOW", "127.0.0.1");
        command
    }

    /// Runs a command to its end, with that on its standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.run_with(arguments, "")
    }

    /// Runs a command that must succeed; returns what it printed.
    pub fn ok(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Adds an account and returns a token of it.
    pub fn add_user(&self, name: &str) -> String {
        let added = self.run_with(&["user", "add", name, "--password-stdin"], "brown toast\n");
        assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
        self.ok(&["token", "add", name, "--name", "tests"])
    }

    pub fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// Serves with further variables in its environment.
    pub fn serve_with(&self, env: &[(&str, &str)]) -> Server {
        let mut command = self.command(&["serve"]);
        command.envs(env.iter().copied());
        Server::start(command)
    }
}

/// A running server.
pub struct Server {
    child: Child,
    pub address: String,
    log: Receiver<String>,
    reader: Option<JoinHandle<()>>,
    seen: Vec<String>,
}

impl Server {
    fn start(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (lines, log) = unbounded();
        let reader = threads::spawn("server-log", move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = lines.send(line);
            }
        });
        let mut server = Self {
            child,
            address: String::new(),
            log,
            reader: Some(reader.unwrap()),
            seen: Vec::new(),
        };
        let ready = server.wait_for_log("Toaster is at ");
        server.address = ready.split(" at ").nth(1).unwrap().to_owned();
        server
    }

    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits for a line that holds `part`, and returns it.
    pub fn wait_for_log(&mut self, part: &str) -> String {
        if let Some(at) = self.seen.iter().position(|line| line.contains(part)) {
            return self.seen.remove(at);
        }
        loop {
            let Ok(line) = self.log.recv_timeout(PATIENCE) else {
                panic!("no log line holds {part:?}; there were {:#?}", self.seen);
            };
            if line.contains(part) {
                return line;
            }
            self.seen.push(line);
        }
    }

    /// Every line that nobody waited for, once the process has ended.
    pub fn log_to_the_end(&mut self) -> Vec<String> {
        self.child.wait().unwrap();
        let mut lines = std::mem::take(&mut self.seen);
        // The reader's end is dropped when the pipe closes.
        lines.extend(self.log.iter());
        lines
    }

    pub fn client(&self, token: &str) -> Client {
        Client::new(&self.address, token)
    }

    /// How many threads the process has.
    pub fn threads(&self) -> usize {
        let tasks = format!("/proc/{}/task", self.pid().as_raw_nonzero());
        std::fs::read_dir(tasks).unwrap().count()
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(mut self, signal: Signal) -> ExitStatus {
        self.signal(signal);
        self.child.wait().unwrap()
    }

    /// Ends it as a power cut would, as far as the process is concerned.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Waits for what nobody can tell of.
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let clock = SystemClock::shared();
    while !holds() {
        assert!(clock.monotonic() < PATIENCE, "{what}");
        let _ = crossbeam_channel::never::<()>().recv_timeout(Duration::from_millis(20));
    }
}

/// A program that uses the API.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    base: String,
    token: String,
}

impl Client {
    pub fn new(address: &str, token: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build();
        Self { agent: config.into(), base: address.to_owned(), token: format!("Bearer {token}") }
    }

    pub fn get(&self, path: &str) -> (u16, Value) {
        read(
            self.agent
                .get(format!("{}{path}", self.base))
                .header("authorization", &self.token)
                .call(),
        )
    }

    /// What sort of file is there, and its bytes.
    pub fn file(&self, path: &str) -> (String, Vec<u8>) {
        let request = self.agent.get(format!("{}{path}", self.base));
        let mut answer = request.header("authorization", &self.token).call().unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, answer.body_mut().read_to_vec().unwrap())
    }

    pub fn delete(&self, path: &str) -> u16 {
        read(
            self.agent
                .delete(format!("{}{path}", self.base))
                .header("authorization", &self.token)
                .call(),
        )
        .0
    }

    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.try_post(path, body).unwrap()
    }

    pub fn try_post(&self, path: &str, body: &Value) -> Result<(u16, Value), ureq::Error> {
        let request = self.agent.post(format!("{}{path}", self.base));
        let request = request.header("authorization", &self.token).content_type("application/json");
        request.send(body.to_string()).map(|answer| read(Ok(answer)))
    }

    pub fn patch(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.agent.patch(format!("{}{path}", self.base));
        let request = request.header("authorization", &self.token).content_type("application/json");
        read(request.send(body.to_string()))
    }
}

fn read(answer: Result<Response<Body>, ureq::Error>) -> (u16, Value) {
    let mut answer = answer.unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// One request that a stand-in got.
#[derive(Debug, Clone)]
pub struct Got {
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A web site or push service on this machine. It answers by `answer` and tells of each
/// request on a channel.
pub struct StandIn {
    pub address: String,
    pub got: Receiver<Got>,
    stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    pub fn new(answer: impl Fn(&Got, &mut TcpStream) + Send + 'static) -> Self {
        let (sender, got) = unbounded();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self::start(listener, got, move |mut stream| {
            if let Some(request) = read_request(&mut stream) {
                answer(&request, &mut stream);
                let _ = sender.send(request);
            }
        })
    }

    /// One whose calls the test takes into its own hands, from the first byte on.
    pub fn handing_over(listener: TcpListener) -> (Self, Receiver<TcpStream>) {
        let (sender, calls) = unbounded();
        let take = move |stream| {
            let _ = sender.send(stream);
        };
        (Self::start(listener, crossbeam_channel::never(), take), calls)
    }

    fn start(
        listener: TcpListener,
        got: Receiver<Got>,
        serve: impl Fn(TcpStream) + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap().to_string();
        let stopping = Arc::new(AtomicBool::new(false));
        let stop = Arc::clone(&stopping);
        let thread = threads::spawn("stand-in", move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(stream) = stream {
                    serve(stream);
                }
            }
        });
        Self { address, got, stopping, thread: Some(thread.unwrap()) }
    }

    /// A service that answers everything with that status.
    pub fn answering(status: u16) -> Self {
        Self::new(move |_, stream| answer(stream, status, "application/json", b"{}"))
    }

    /// The next request.
    pub fn next(&self) -> Got {
        self.got.recv_timeout(PATIENCE).expect("a request arrives")
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(&self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Reads a whole request, unless the client goes away first.
pub fn read_request(stream: &mut TcpStream) -> Option<Got> {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let path = lines[0].split(' ').nth(1).unwrap_or_default().to_owned();
    let mut request = Got { path, headers, body: Vec::new() };
    let length = request.header("content-length").parse().unwrap_or(0);
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}

/// Writes a whole answer; a client that has gone away does not matter.
pub fn answer(stream: &mut TcpStream, status: u16, content_type: &str, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
}

/// A web site with an article that has a picture.
pub fn site() -> StandIn {
    StandIn::new(|got, stream| match got.path.as_str() {
        "/article" => {
            let host = got.header("host");
            let page = format!(
                "<!doctype html><meta charset=utf-8><title>맛있는 토스트 굽기</title>\
                 <meta property=og:title content=\"How to bake 맛있는 토스트\">\
                 <meta property=og:description content='Slowly.'>\
                 <meta property=og:image content=http://{host}/picture.png>"
            );
            answer(stream, 200, "text/html", page.as_bytes());
        }
        "/picture.png" | "/favicon.ico" => answer(stream, 200, "image/png", &png()),
        "/loop" => redirect(stream, "/loop"),
        "/endless" => {
            let _ = stream.write_all(b"HTTP/1.1 200 X\r\ncontent-type: text/html\r\ncontent-length: 10737418240\r\n\r\n<title>Ten gigabytes</title>");
            let chunk = vec![b'x'; 64 * 1024];
            while stream.write_all(&chunk).is_ok() {}
        }
        "/robots.txt" => answer(stream, 404, "text/plain", b""),
        _ => answer(stream, 404, "text/html", b"<title>Not here</title>"),
    })
}

fn redirect(stream: &mut TcpStream, to: &str) {
    let head = format!(
        "HTTP/1.1 302 X\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    let _ = stream.write_all(head.as_bytes());
}

/// A small picture.
fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let colour = |x| if x < 32 { [201, 123, 60] } else { [60, 40, 20] };
    let picture = image::RgbImage::from_fn(64, 48, |x, _| image::Rgb(colour(x)));
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// Whether only its owner may enter a directory.
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
