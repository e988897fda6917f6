//! A mail server for tests, as badly behaved as asked for.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::net::fake_ca::FakeCa;
use crate::net::fake_web::{Stream, wrap};

/// What it says in place of what a good server would: as its greeting (`hello`), to a command by
/// its first word, and to a letter (`.`). Where that is nothing, it closes the connection.
pub(super) type Answers = Vec<(&'static str, &'static str)>;

/// How it keeps the way to it secret, as which host, with a certificate by whom.
pub(super) enum Secrecy {
    Plain,
    Tls(&'static str, FakeCa),
    StartTls(&'static str, FakeCa),
}

/// Listens on a port of its own until dropped, one connection at a time. Whoever keeps one open
/// must be dropped first.
pub(super) struct FakeSmtp {
    pub(super) address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    letters: Arc<Mutex<Vec<String>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FakeSmtp {
    pub(super) fn new(secrecy: Secrecy, answers: Answers) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (heard, letters) = (Arc::default(), Arc::default());
        let server =
            Server { secrecy, answers, heard: Arc::clone(&heard), letters: Arc::clone(&letters) };
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let serve = move || {
            for socket in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let _ = server.serve(&socket.unwrap());
            }
        };
        #[expect(clippy::disallowed_methods, reason = "a server of a test, joined when dropped")]
        let thread = Some(std::thread::spawn(serve));
        Self { address, heard, letters, is_over, thread }
    }

    /// The commands of all connections so far; a connection begins with `hello`.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// The letters that were taken.
    pub(super) fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }
}

impl Drop for FakeSmtp {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address).unwrap());
        self.thread.take().unwrap().join().unwrap();
    }
}

struct Server {
    secrecy: Secrecy,
    answers: Answers,
    heard: Arc<Mutex<Vec<String>>>,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// One conversation; `None` once it is over.
    fn serve(&self, socket: &TcpStream) -> Option<()> {
        let mut stream = match &self.secrecy {
            Secrecy::Tls(host, ca) => wrap(socket, Some(&ca.server(host, |_| {}))),
            _ => wrap(socket, None),
        };
        self.answer(&mut *stream, "hello", "220 mail.example ESMTP")?;
        loop {
            let line = read_until(&mut *stream, "\r\n")?;
            let word = line.split([' ', ':']).next().unwrap_or_default().to_owned();
            self.heard.lock().unwrap().push(line);
            match word.as_str() {
                "EHLO" => {
                    let more = match &self.secrecy {
                        Secrecy::StartTls(..) => "250-STARTTLS\r\n",
                        _ => "",
                    };
                    let good = format!("250-mail.example\r\n{more}250 AUTH PLAIN LOGIN");
                    self.answer(&mut *stream, "EHLO", &good)?;
                }
                "STARTTLS" => {
                    self.answer(&mut *stream, "STARTTLS", "220 go on")?;
                    if let Secrecy::StartTls(host, ca) = &self.secrecy {
                        stream = wrap(socket, Some(&ca.server(host, |_| {})));
                    }
                }
                "AUTH" => self.answer(&mut *stream, "AUTH", "235 welcome")?,
                "DATA" if self.answers.iter().any(|(of, _)| *of == "DATA") => {
                    self.answer(&mut *stream, "DATA", "")?;
                }
                "DATA" => {
                    self.answer(&mut *stream, "DATA", "354 go on")?;
                    let letter = read_until(&mut *stream, "\r\n.\r\n")?;
                    self.letters.lock().unwrap().push(letter);
                    self.answer(&mut *stream, ".", "250 queued")?;
                }
                "QUIT" => {
                    let _ = stream.write_all(b"221 bye\r\n");
                    return None;
                }
                word => self.answer(&mut *stream, word, "250 fine")?,
            }
        }
    }

    /// Says what was asked for, else what is good.
    fn answer(&self, stream: &mut dyn Stream, word: &str, good: &str) -> Option<()> {
        if word == "hello" {
            self.heard.lock().unwrap().push(word.to_owned());
        }
        let asked = self.answers.iter().find(|(of, _)| *of == word).map(|(_, answer)| *answer);
        let answer = asked.unwrap_or(good);
        if answer.is_empty() {
            return None;
        }
        stream.write_all(format!("{answer}\r\n").as_bytes()).ok()
    }
}

/// What comes before that end; `None` when the connection ends first.
fn read_until(stream: &mut dyn Stream, end: &str) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(end.as_bytes()) {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        bytes.push(byte[0]);
    }
    bytes.truncate(bytes.len() - end.len());
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
