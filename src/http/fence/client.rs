//! One connection of a client: what has arrived, what is going out, and until when.
//!
//! It reads and writes only as far as the socket allows, and never knows who answers.

use std::fs::File;
use std::io;
use std::net::{IpAddr, Shutdown};
use std::os::unix::fs::FileExt as _;
use std::time::Duration;

use mio::net::TcpStream;

use super::answer::Answer;
use super::body::Body;
use super::head::{self, Head};
use super::limits::Limits;
use super::refusal::Refusal;
use super::wire::Wire;

/// Reads or writes of one connection before the others have their turn.
const STEPS_PER_TURN: usize = 4;
/// Buffers above this are given back between requests.
const IDLE_BUFFER_MAX: usize = 2048;
/// What a reader must take in each `write_stall` to be kept; about 1 KiB a second.
const PROGRESS_MIN: usize = 32 * 1024;
const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// What a connection needs from the loop around it.
pub(super) struct Surroundings<'a> {
    pub(super) now: Duration,
    pub(super) limits: &'a Limits,
    pub(super) scratch: &'a mut [u8],
    pub(super) next_id: &'a mut u64,
    pub(super) date: &'a str,
}

/// A whole request, on its way to the engine.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) id: u64,
    pub(super) message: Vec<u8>,
    pub(super) head_only: bool,
    /// Whether it may be asked once more when the first try broke off.
    pub(super) repeatable: bool,
}

/// What the loop has to do about a connection now.
#[derive(Debug)]
pub(super) enum Step {
    /// Nothing, until its socket or its deadline says so.
    Wait,
    /// Let it go on, after the others.
    More,
    /// Have this answered.
    Ask(Asked),
    Close,
}

#[derive(Debug)]
enum Phase {
    Idle,
    Head,
    Body {
        id: u64,
        head: Head,
        body: Body,
    },
    /// Holds the request as long as it waits for a free private connection.
    Waiting {
        id: u64,
        asked: Option<Asked>,
    },
    Writing,
    Linger,
}

/// A file on its way out, from `at` up to `end`.
#[derive(Debug)]
struct Sending {
    file: File,
    at: u64,
    end: u64,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) wire: Wire<TcpStream>,
    peer: IpAddr,
    phase: Phase,
    /// When the phase began, and when it must be over.
    pub(super) since: Duration,
    pub(super) deadline: Duration,
    input: Vec<u8>,
    /// How much of `input` was searched for the end of the head.
    looked: usize,
    out: Vec<u8>,
    sent: usize,
    sending: Option<Sending>,
    /// Bytes written since the last look at the deadline.
    progress: usize,
    keep_alive: bool,
    head_only: bool,
    /// What the loop has counted as held by this connection.
    pub(super) counted: usize,
    /// Whether the loop has it on its list of those to go on with.
    pub(super) is_listed: bool,
}

impl Client {
    pub(super) fn new(stream: TcpStream, peer: IpAddr, now: Duration, limits: &Limits) -> Self {
        Self {
            wire: Wire::new(stream),
            peer,
            phase: Phase::Idle,
            since: now,
            deadline: now + limits.idle,
            input: Vec::new(),
            looked: 0,
            out: Vec::new(),
            sent: 0,
            sending: None,
            progress: 0,
            keep_alive: true,
            head_only: false,
            counted: 0,
            is_listed: false,
        }
    }

    /// Goes on as far as possible without blocking.
    pub(super) fn advance(&mut self, around: &mut Surroundings<'_>) -> Step {
        for _ in 0..STEPS_PER_TURN {
            let step = match self.phase {
                Phase::Idle | Phase::Head | Phase::Body { .. } => self.receive(around),
                Phase::Waiting { .. } => Some(Step::Wait),
                Phase::Writing => self.send(around),
                Phase::Linger => self.discard(around),
            };
            if let Some(step) = step {
                return step;
            }
        }
        Step::More
    }

    /// The request that this connection waits for an answer to.
    pub(super) fn waits_for(&self) -> Option<u64> {
        if let Phase::Waiting { id, .. } = self.phase { Some(id) } else { None }
    }

    /// Whether it has no whole request yet.
    pub(super) fn is_receiving(&self) -> bool {
        matches!(self.phase, Phase::Idle | Phase::Head | Phase::Body { .. })
    }

    /// Whether nobody would lose an answer if it were closed.
    pub(super) fn is_dispensable(&self) -> bool {
        self.is_receiving() || matches!(self.phase, Phase::Linger)
    }

    /// Bytes that its buffers take.
    pub(super) fn held(&self) -> usize {
        let within = match &self.phase {
            Phase::Body { head, body, .. } => head.message.capacity() + body.bytes.capacity(),
            Phase::Waiting { asked: Some(asked), .. } => asked.message.capacity(),
            _ => 0,
        };
        self.input.capacity() + self.out.capacity() + within
    }

    /// Keeps a request until a private connection is free.
    pub(super) fn hold(&mut self, asked: Asked) {
        if let Phase::Waiting { asked: held, .. } = &mut self.phase {
            *held = Some(asked);
        }
    }

    /// Gives the held request of that number out.
    pub(super) fn take_held(&mut self, wanted: u64) -> Option<Asked> {
        match &mut self.phase {
            Phase::Waiting { id, asked } if *id == wanted => asked.take(),
            _ => None,
        }
    }

    /// Answers after this one will be the last.
    pub(super) fn close_after_answer(&mut self) {
        self.keep_alive = false;
    }

    /// Starts to write an answer; a body that is a file comes along.
    pub(super) fn deliver(
        &mut self,
        answer: &Answer,
        file: Option<File>,
        around: &Surroundings<'_>,
    ) {
        let streams = answer.is_file && !self.head_only && !answer.is_bodiless();
        if streams && file.is_none() {
            return self.refuse(Refusal::BROKEN, around);
        }
        let sending = file.map(|file| Sending { file, at: 0, end: answer.length });
        self.sending = sending.filter(|_| streams);
        self.write_out(answer, around);
    }

    /// Answers in place of a handler; it is the last answer here.
    pub(super) fn refuse(&mut self, refusal: Refusal, around: &Surroundings<'_>) {
        self.keep_alive = false;
        self.sending = None;
        self.write_out(&refusal.answer(), around);
    }

    /// Acts on a deadline that has passed; false when the connection is to be closed.
    pub(super) fn expire(&mut self, around: &Surroundings<'_>) -> bool {
        match &self.phase {
            Phase::Idle | Phase::Linger => return false,
            Phase::Head | Phase::Body { .. } => self.refuse(Refusal::HEAD_TIMEOUT, around),
            Phase::Waiting { asked: Some(_), .. } => self.refuse(Refusal::BUSY, around),
            Phase::Waiting { asked: None, .. } => self.refuse(Refusal::ANSWER_TIMEOUT, around),
            Phase::Writing if self.progress >= PROGRESS_MIN => {
                self.progress = 0;
                self.deadline = around.now + around.limits.write_stall;
            }
            Phase::Writing => return false,
        }
        true
    }

    fn write_out(&mut self, answer: &Answer, around: &Surroundings<'_>) {
        // What is left of a `100 Continue` must stay in front.
        self.out.drain(..self.sent);
        self.sent = 0;
        let bytes = answer.to_bytes(around.date, self.keep_alive, self.head_only);
        if self.out.is_empty() {
            self.out = bytes
        } else {
            self.out.extend_from_slice(&bytes)
        }
        self.progress = 0;
        self.enter(Phase::Writing, around.now, around.limits.write_stall);
    }

    fn enter(&mut self, phase: Phase, now: Duration, limit: Duration) {
        self.phase = phase;
        self.since = now;
        self.deadline = now + limit;
    }

    fn receive(&mut self, around: &mut Surroundings<'_>) -> Option<Step> {
        match self.take_in(around) {
            Ok(Some(asked)) => return Some(Step::Ask(asked)),
            Ok(None) => {}
            Err(refusal) => {
                self.refuse(refusal, around);
                return None;
            }
        }
        if self.sent < self.out.len() && self.write_some().is_err() {
            return Some(Step::Close);
        }
        match self.wire.read(around.scratch) {
            Ok(Some(read)) => {
                self.input.extend_from_slice(&around.scratch[..read]);
                None
            }
            Ok(None) => Some(Step::Wait),
            Err(_) => Some(Step::Close),
        }
    }

    /// Makes what it can of the bytes already here.
    fn take_in(&mut self, around: &mut Surroundings<'_>) -> Result<Option<Asked>, Refusal> {
        if !matches!(self.phase, Phase::Body { .. }) && !self.take_head(around)? {
            return Ok(None);
        }
        let Phase::Body { id, head, body } = &mut self.phase else { return Ok(None) };
        let used = body.feed(&self.input)?;
        self.input.drain(..used);
        if body.is_done() {
            let asked = wrap_up(*id, head, body);
            let phase = Phase::Waiting { id: *id, asked: None };
            self.enter(phase, around.now, around.limits.answer);
            return Ok(Some(asked));
        }
        if std::mem::take(&mut head.expects_continue) && body.bytes.is_empty() {
            self.out = CONTINUE.to_vec();
            self.sent = 0;
        }
        Ok(None)
    }

    /// Reads the head once it is whole; whether it was.
    fn take_head(&mut self, around: &mut Surroundings<'_>) -> Result<bool, Refusal> {
        // Some clients end a body with a line too many.
        let blank = self.input.chunks(2).take_while(|pair| pair == b"\r\n").count() * 2;
        if blank > 0 {
            self.input.drain(..blank);
            self.looked = 0;
        }
        if self.input.is_empty() {
            return Ok(false);
        }
        if matches!(self.phase, Phase::Idle) {
            self.head_only = false;
            self.enter(Phase::Head, around.now, around.limits.head);
        }
        let end = head::find_end(&self.input, self.looked)?;
        self.looked = self.input.len();
        if end.unwrap_or(self.input.len()) > around.limits.head_bytes {
            return Err(Refusal::HEAD_TOO_LARGE);
        }
        let Some(end) = end else { return Ok(false) };
        let id = *around.next_id;
        *around.next_id += 1;
        let head = head::read(&self.input[..end], self.peer, id, around.limits)?;
        self.input.drain(..end);
        self.looked = 0;
        // A stop may already have said that this answer is the last.
        self.keep_alive &= head.keep_alive;
        self.head_only = head.head_only;
        let body = Body::new(head.framing, head.body_max);
        self.enter(Phase::Body { id, head, body }, around.now, around.limits.body);
        Ok(true)
    }

    fn send(&mut self, around: &mut Surroundings<'_>) -> Option<Step> {
        let written = if self.sent < self.out.len() {
            self.write_some()
        } else if self.sending.is_some() {
            self.write_file(around.scratch)
        } else {
            self.finish(around);
            return None;
        };
        match written {
            Ok(Some(bytes)) => {
                self.progress += bytes;
                None
            }
            Ok(None) => Some(Step::Wait),
            Err(_) => Some(Step::Close),
        }
    }

    /// Turns to the next request, or to the end.
    fn finish(&mut self, around: &Surroundings<'_>) {
        self.out = Vec::new();
        self.sent = 0;
        if self.keep_alive {
            if self.input.is_empty() && self.input.capacity() > IDLE_BUFFER_MAX {
                self.input = Vec::new();
            }
            self.enter(Phase::Idle, around.now, around.limits.idle);
        } else {
            // Closing at once would reset the connection under an answer still being read.
            let _ = self.wire.stream.shutdown(Shutdown::Write);
            self.input = Vec::new();
            self.enter(Phase::Linger, around.now, around.limits.linger);
        }
    }

    fn write_some(&mut self) -> io::Result<Option<usize>> {
        let written = self.wire.write(&self.out[self.sent..])?;
        self.sent += written.unwrap_or(0);
        Ok(written)
    }

    /// Writes a piece of the file; a part that does not fit is read again later, so that a
    /// slow reader holds no memory.
    fn write_file(&mut self, scratch: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(sending) = &mut self.sending else { return Ok(Some(0)) };
        let left = usize::try_from(sending.end - sending.at).unwrap_or(usize::MAX);
        if left == 0 {
            self.sending = None;
            return Ok(Some(0));
        }
        let wanted = left.min(scratch.len());
        let read = sending.file.read_at(&mut scratch[..wanted], sending.at)?;
        if read == 0 {
            // It is shorter than promised: only a broken connection tells so.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let written = self.wire.write(&scratch[..read])?;
        sending.at += written.unwrap_or(0) as u64;
        Ok(written)
    }

    fn discard(&mut self, around: &mut Surroundings<'_>) -> Option<Step> {
        match self.wire.read(around.scratch) {
            Ok(Some(_)) => None,
            Ok(None) => Some(Step::Wait),
            Err(_) => Some(Step::Close),
        }
    }
}

/// The message for the engine, with the length that is now known.
fn wrap_up(id: u64, head: &mut Head, body: &mut Body) -> Asked {
    let mut message = std::mem::take(&mut head.message);
    if !body.bytes.is_empty() {
        let length = format!("content-length: {}\r\n", body.bytes.len());
        message.reserve(length.len() + 2 + body.bytes.len());
        message.extend_from_slice(length.as_bytes());
    }
    message.extend_from_slice(b"\r\n");
    message.append(&mut body.bytes);
    Asked { id, message, head_only: head.head_only, repeatable: head.repeatable }
}
