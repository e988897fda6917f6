//! One private connection to the engine: a request goes out, its whole answer comes back.
//!
//! A connection whose client has gone stays busy until the engine has answered, so that
//! there are never more requests inside than handler threads.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::Path;
use std::time::Duration;

use mio::net::UnixStream;

use super::answer::Answer;
use super::client::Asked;
use super::wire::Wire;
use crate::http::engine::PING;

/// How long the engine may take to answer a ping.
const PROOF_LIMIT: Duration = Duration::from_secs(5);
pub(super) const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// A request with the place of the client that asked.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) slot: usize,
    pub(super) asked: Asked,
}

/// What has come of it.
#[derive(Debug)]
pub(super) enum News {
    Nothing,
    /// It is free: proven just now.
    Proven,
    Answered(Job, Answer),
    /// It broke, and took this job with it.
    Broken(Option<Job>),
}

#[derive(Debug)]
enum State {
    /// To be opened again, at that time at the earliest.
    Down(Duration),
    /// A ping is on its way, to be back by that time.
    Proving(Duration),
    Free,
    Busy(Job),
}

/// One private connection.
#[derive(Debug)]
pub(super) struct Relay {
    pub(super) wire: Option<Wire<UnixStream>>,
    state: State,
    sent: usize,
    input: Vec<u8>,
    answer: Option<Answer>,
    answer_max: usize,
}

/// Opens a private connection and waits until the engine serves it.
///
/// # Errors
/// When the engine does not answer.
pub(super) fn open(path: &Path) -> io::Result<BlockingStream> {
    let mut stream = BlockingStream::connect(path)?;
    stream.set_read_timeout(Some(PROOF_LIMIT))?;
    stream.set_write_timeout(Some(PROOF_LIMIT))?;
    stream.write_all(PING)?;
    let mut input = Vec::new();
    let mut byte = [0];
    while !input.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        input.push(byte[0]);
    }
    stream.set_nonblocking(true)?;
    Ok(stream)
}

impl Relay {
    /// Takes a proven connection into use.
    pub(super) fn new(stream: BlockingStream, answer_max: usize) -> Self {
        Self {
            wire: Some(Wire::new(UnixStream::from_std(stream))),
            state: State::Free,
            sent: 0,
            input: Vec::new(),
            answer: None,
            answer_max,
        }
    }

    pub(super) fn is_free(&self) -> bool {
        matches!(self.state, State::Free)
    }

    pub(super) fn is_proving(&self) -> bool {
        matches!(self.state, State::Proving(_))
    }

    /// The request being answered.
    pub(super) fn asks(&self) -> Option<u64> {
        if let State::Busy(job) = &self.state { Some(job.asked.id) } else { None }
    }

    /// When it wants to be looked at, whatever its socket says.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Down(at) | State::Proving(at) => Some(at),
            State::Free | State::Busy(_) => None,
        }
    }

    /// Takes a job; only for a free one. What comes of it is told by [`Relay::advance`].
    pub(super) fn ask(&mut self, job: Job) {
        self.sent = 0;
        self.state = State::Busy(job);
    }

    /// Starts to open it again; the caller registers the new stream.
    pub(super) fn reopen(&mut self, path: &Path, now: Duration) -> io::Result<()> {
        self.state = State::Down(now + RETRY_PAUSE);
        self.wire = Some(Wire::new(UnixStream::connect(path)?));
        self.state = State::Proving(now + PROOF_LIMIT);
        self.sent = 0;
        Ok(())
    }

    /// Gives up on it for a moment; returns the job that it had.
    pub(super) fn shut(&mut self, retry_at: Duration) -> Option<Job> {
        self.wire = None;
        self.input = Vec::new();
        self.answer = None;
        match std::mem::replace(&mut self.state, State::Down(retry_at)) {
            State::Busy(job) => Some(job),
            _ => None,
        }
    }

    /// Goes on as far as possible without blocking.
    pub(super) fn advance(&mut self, scratch: &mut [u8], now: Duration) -> News {
        match self.exchange(scratch) {
            Ok(None) => News::Nothing,
            Ok(Some(answer)) => match std::mem::replace(&mut self.state, State::Free) {
                State::Busy(job) => News::Answered(job, answer),
                _ => News::Proven,
            },
            Err(_) => {
                let pause = if self.is_proving() { RETRY_PAUSE } else { Duration::ZERO };
                News::Broken(self.shut(now + pause))
            }
        }
    }

    fn exchange(&mut self, scratch: &mut [u8]) -> io::Result<Option<Answer>> {
        self.write_out()?;
        loop {
            if let Some(answer) = self.take_answer()? {
                return Ok(Some(answer));
            }
            if !self.read_some(scratch)? {
                return Ok(None);
            }
        }
    }

    fn write_out(&mut self) -> io::Result<()> {
        let message = match &self.state {
            State::Busy(job) => job.asked.message.as_slice(),
            State::Proving(_) => PING,
            State::Free | State::Down(_) => return Ok(()),
        };
        let Some(wire) = &mut self.wire else { return Ok(()) };
        while self.sent < message.len() {
            let Some(written) = wire.write(&message[self.sent..])? else { break };
            self.sent += written;
        }
        Ok(())
    }

    /// Reads once; false when there is nothing to read.
    fn read_some(&mut self, scratch: &mut [u8]) -> io::Result<bool> {
        let Some(wire) = &mut self.wire else { return Ok(false) };
        let read = wire.read(scratch)?;
        self.input.extend_from_slice(&scratch[..read.unwrap_or(0)]);
        Ok(read.is_some())
    }

    /// The answer, once the last byte of it is here.
    fn take_answer(&mut self) -> io::Result<Option<Answer>> {
        let head_only = match &self.state {
            State::Busy(job) => job.asked.head_only,
            State::Proving(_) => false,
            // Nobody asked, so nothing may come.
            _ if self.input.is_empty() => return Ok(None),
            _ => return Err(ErrorKind::InvalidData.into()),
        };
        if self.answer.is_none() {
            let Some((answer, end)) = Answer::parse(&self.input).map_err(io::Error::other)? else {
                return Ok(None);
            };
            self.input.drain(..end);
            self.answer = Some(answer);
        }
        let follows = self.answer.as_ref().map_or(0, |answer| answer.follows(head_only));
        let follows = usize::try_from(follows).unwrap_or(usize::MAX);
        if follows > self.answer_max || self.input.len() > follows {
            return Err(ErrorKind::InvalidData.into());
        }
        if self.input.len() < follows {
            return Ok(None);
        }
        let mut answer = self.answer.take();
        if let Some(answer) = &mut answer {
            answer.body = std::mem::take(&mut self.input);
        }
        Ok(answer)
    }
}
