//! One connection of a client: what has arrived, what is going out, and until when.
//!
//! It reads and writes only as far as the socket allows, and never knows who answers.

mod receiving;
mod sending;

use std::fs::File;
use std::net::IpAddr;
use std::time::Duration;

use mio::net::TcpStream;

use super::answer::Answer;
use super::body::Body;
use super::head::Head;
use super::limits::Limits;
use super::refusal::Refusal;
use super::wire::Wire;

/// Reads or writes of one connection before the others have their turn.
const STEPS_PER_TURN: usize = 4;
/// What a reader must take in each `write_stall` to be kept; about 1 KiB a second.
const PROGRESS_MIN: usize = 32 * 1024;
/// After this part of `write_stall` a reader may lose its place to somebody else.
const STANDSTILL_PART: u32 = 6;

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
    /// Bytes written since the last look at the deadline, and when the last were.
    progress: usize,
    wrote_at: Duration,
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
            wrote_at: now,
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

    /// Whether it may be closed to make room: nobody who reads on would lose an answer.
    pub(super) fn is_dispensable(&self, now: Duration, limits: &Limits) -> bool {
        match self.phase {
            Phase::Idle | Phase::Head | Phase::Body { .. } | Phase::Linger => true,
            Phase::Waiting { .. } => false,
            Phase::Writing => now >= self.wrote_at + limits.write_stall / STANDSTILL_PART,
        }
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
        self.wrote_at = around.now;
        self.enter(Phase::Writing, around.now, around.limits.write_stall);
    }

    fn enter(&mut self, phase: Phase, now: Duration, limit: Duration) {
        self.phase = phase;
        self.since = now;
        self.deadline = now + limit;
    }
}
