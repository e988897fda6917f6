//! The loop of the I/O thread: wait for sockets, let each go on, look at deadlines.

use std::collections::VecDeque;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crossbeam_channel::Receiver;
use mio::net::TcpListener;
use mio::{Events, Interest, Poll, Token, Waker};

use super::client::{Client, Step, Surroundings};
use super::limits::Limits;
use super::refusal::Refusal;
use super::relay::{self, Relay};
use crate::clock::SharedClock;
use crate::error::Result;
use crate::http::engine::HandedFile;

pub(super) const LISTENER: Token = Token(0);
/// The last second of the year 9999.
const DATE_MAX_S: u64 = 253_402_300_799;
const WAKER: Token = Token(1);
pub(super) const RELAYS: usize = 2;
const EVENTS_PER_TURN: usize = 256;
const SCRATCH_BYTES: usize = 64 * 1024;
/// Deadlines are looked at no more often than this, however many there are.
const SWEEP_PAUSE: Duration = Duration::from_millis(100);
pub(super) const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);

/// What the fence is made of.
pub(super) struct Parts {
    pub(super) listener: std::net::TcpListener,
    pub(super) limits: Limits,
    /// The engine's private socket.
    pub(super) socket: PathBuf,
    /// How many private connections, one for each handler thread.
    pub(super) threads: usize,
    pub(super) files: Receiver<HandedFile>,
    /// Brings the grace when it is time to stop.
    pub(super) stops: Receiver<Duration>,
    pub(super) clock: SharedClock,
}

/// The state of the I/O thread.
pub(super) struct Fence {
    pub(super) poll: Poll,
    /// None once it has stopped taking connections.
    pub(super) listener: Option<TcpListener>,
    /// Whether connections may be waiting.
    pub(super) accepts: bool,
    /// When to try again after accepting has failed.
    pub(super) accept_again_at: Option<Duration>,
    /// Given up for a moment when there is no other descriptor left.
    pub(super) reserve: Option<File>,
    pub(super) clients: Vec<Option<Client>>,
    pub(super) free: Vec<usize>,
    pub(super) relays: Vec<Relay>,
    pub(super) socket: PathBuf,
    /// Whole requests without a private connection: the slot, and the request's number.
    pub(super) queue: VecDeque<(usize, u64)>,
    /// Connections with more to do than fitted into one turn.
    unfinished: Vec<usize>,
    pub(super) files: Receiver<HandedFile>,
    /// Files whose answer is not here yet; at most one for each private connection.
    pub(super) files_early: Vec<HandedFile>,
    stops: Receiver<Duration>,
    /// When to stop, finished or not.
    pub(super) stop_at: Option<Duration>,
    pub(super) limits: Limits,
    pub(super) clock: SharedClock,
    pub(super) now: Duration,
    /// The next look at the deadlines of clients; none without clients.
    next_sweep: Option<Duration>,
    /// The buffers of all clients.
    held: usize,
    pub(super) scratch: Vec<u8>,
    next_id: u64,
    pub(super) date: String,
    date_s: Option<u64>,
}

impl Fence {
    /// Opens the private connections one by one, each proven before the next: opened
    /// together, the engine would leave some of them without a thread.
    ///
    /// # Errors
    /// When the engine does not answer, or the system denies a descriptor.
    pub(super) fn new(parts: Parts) -> Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let mut listener = TcpListener::from_std(parts.listener);
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let mut relays = Vec::with_capacity(parts.threads);
        for number in 0..parts.threads {
            let mut relay = Relay::new(relay::open(&parts.socket)?, parts.limits.answer_bytes);
            if let Some(wire) = &mut relay.wire {
                poll.registry().register(&mut wire.stream, Token(RELAYS + number), BOTH)?;
            }
            relays.push(relay);
        }
        let fence = Self {
            poll,
            listener: Some(listener),
            accepts: true,
            accept_again_at: None,
            reserve: File::open("/dev/null").ok(),
            clients: Vec::new(),
            free: Vec::new(),
            relays,
            socket: parts.socket,
            queue: VecDeque::new(),
            unfinished: Vec::new(),
            files: parts.files,
            files_early: Vec::new(),
            stops: parts.stops,
            stop_at: None,
            limits: parts.limits,
            now: parts.clock.monotonic(),
            clock: parts.clock,
            next_sweep: None,
            held: 0,
            scratch: vec![0; SCRATCH_BYTES],
            next_id: 1,
            date: String::new(),
            date_s: None,
        };
        Ok((fence, waker))
    }

    /// Runs until it is told to stop.
    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS_PER_TURN);
        while !self.is_over() {
            let timeout = self.timeout();
            if let Err(error) = self.poll.poll(&mut events, timeout)
                && error.kind() != std::io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "the fence cannot wait for sockets any more");
                return;
            }
            self.now = self.clock.monotonic();
            self.tell_date();
            for event in &events {
                self.take_event(event);
            }
            for slot in std::mem::take(&mut self.unfinished) {
                self.with_client(slot, |client, _| client.is_listed = false);
                self.guarded(slot, |fence| fence.go_on(slot));
            }
            self.accept_some();
            if let Ok(grace) = self.stops.try_recv() {
                self.begin_stop(grace);
            }
            self.sweep();
            self.tend_relays();
        }
    }

    fn is_over(&self) -> bool {
        let over = |at: Duration| self.now >= at || self.clients.iter().all(Option::is_none);
        self.stop_at.is_some_and(over)
    }

    /// How long nothing can happen but on a socket; none without a bound.
    fn timeout(&self) -> Option<Duration> {
        let may_accept = self.accepts && self.accept_again_at.is_none() && self.listener.is_some();
        if !self.unfinished.is_empty() || may_accept {
            return Some(Duration::ZERO);
        }
        let own = [self.next_sweep, self.accept_again_at, self.stop_at];
        let relays = self.relays.iter().map(Relay::deadline);
        let next = own.into_iter().chain(relays).flatten().min()?;
        Some(next.saturating_sub(self.clock.monotonic()))
    }

    fn tell_date(&mut self) {
        let second = self.now.as_secs();
        if self.date_s != Some(second) {
            // Whatever the clock shows, it is told as a date that HTTP can write.
            let s = u64::try_from(self.clock.now().as_s()).unwrap_or(0).min(DATE_MAX_S);
            let wall = SystemTime::UNIX_EPOCH + Duration::from_secs(s);
            self.date = httpdate::fmt_http_date(wall);
            self.date_s = Some(second);
        }
    }

    fn take_event(&mut self, event: &mio::event::Event) {
        let token = event.token().0;
        let first_client = RELAYS + self.relays.len();
        match event.token() {
            LISTENER => self.accepts = true,
            WAKER => {}
            _ if token < first_client => {
                let number = token - RELAYS;
                if let Some(wire) = &mut self.relays[number].wire {
                    wire.note(event);
                }
                if catch_unwind(AssertUnwindSafe(|| self.relay_on(number))).is_err() {
                    tracing::error!(number, "the fence panicked at a private connection");
                    self.relays[number].shut(self.now + relay::RETRY_PAUSE);
                }
            }
            _ => {
                let slot = token - first_client;
                if let Some(Some(client)) = self.clients.get_mut(slot) {
                    client.wire.note(event);
                    // One that is listed has its turn anyway, after the others.
                    if !client.is_listed {
                        self.guarded(slot, |fence| fence.go_on(slot));
                    }
                }
            }
        }
    }

    /// One bug costs one connection, not the server.
    fn guarded(&mut self, slot: usize, act: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| act(self))).is_err() {
            tracing::error!("the fence panicked at a connection, which is closed");
            self.close(slot);
        }
    }

    /// Lets a connection do what it can, and does what it asks for.
    pub(super) fn go_on(&mut self, slot: usize) {
        loop {
            let step = match self.with_client(slot, Client::advance) {
                Some(step) => step,
                None => return,
            };
            match step {
                Step::Wait => return self.settle(slot),
                Step::More => {
                    self.list(slot);
                    return self.settle(slot);
                }
                Step::Close => return self.close(slot),
                Step::Ask(asked) if self.has_room_to_ask() => {
                    self.ask(slot, asked);
                    return self.settle(slot);
                }
                Step::Ask(_) => self.refuse(slot, Refusal::BUSY),
            }
        }
    }

    /// Puts a connection on the list of those to go on with, once.
    pub(super) fn list(&mut self, slot: usize) {
        let listed = |client: &mut Client, _: &mut Surroundings<'_>| {
            std::mem::replace(&mut client.is_listed, true)
        };
        if self.with_client(slot, listed) == Some(false) {
            self.unfinished.push(slot);
        }
    }

    /// Lends a client everything that it needs.
    pub(super) fn with_client<T>(
        &mut self,
        slot: usize,
        act: impl FnOnce(&mut Client, &mut Surroundings<'_>) -> T,
    ) -> Option<T> {
        let client = self.clients.get_mut(slot)?.as_mut()?;
        if self.stop_at.is_some() {
            client.close_after_answer();
        }
        let mut around = Surroundings {
            now: self.now,
            limits: &self.limits,
            scratch: &mut self.scratch,
            next_id: &mut self.next_id,
            date: &self.date,
        };
        Some(act(client, &mut around))
    }

    pub(super) fn refuse(&mut self, slot: usize, refusal: Refusal) {
        self.with_client(slot, |client, around| client.refuse(refusal, around));
    }

    /// Counts what a connection holds now, and notes when to look at it again.
    fn settle(&mut self, slot: usize) {
        let Some(Some(client)) = self.clients.get_mut(slot) else { return };
        let held = client.held();
        self.held = self.held - client.counted + held;
        client.counted = held;
        let deadline = client.deadline;
        self.next_sweep = Some(self.next_sweep.map_or(deadline, |at| at.min(deadline)));
        while self.held > self.limits.held_bytes {
            let largest = (0..self.clients.len())
                .max_by_key(|slot| self.clients[*slot].as_ref().map_or(0, |c| c.counted));
            match largest {
                Some(slot) => self.close(slot),
                None => return,
            }
        }
    }

    /// Forgets a connection; an answer still to come for it is thrown away.
    pub(super) fn close(&mut self, slot: usize) {
        let Some(client) = self.clients.get_mut(slot).and_then(Option::take) else { return };
        self.held -= client.counted;
        if let Some(id) = client.waits_for() {
            self.queue.retain(|(_, queued)| *queued != id);
        }
        // Closing the descriptor takes it out of the poll as well.
        drop(client);
        self.free.push(slot);
    }

    /// Acts on deadlines that have passed, and finds out when the next one does.
    fn sweep(&mut self) {
        if self.next_sweep.is_none_or(|at| self.now < at) {
            return;
        }
        self.next_sweep = None;
        let mut next: Option<Duration> = None;
        for slot in 0..self.clients.len() {
            if self.clients[slot].as_ref().is_some_and(|client| client.deadline <= self.now) {
                self.guarded(slot, |fence| fence.expire(slot));
            }
            if let Some(client) = &self.clients[slot] {
                next = Some(next.map_or(client.deadline, |at| at.min(client.deadline)));
            }
        }
        self.next_sweep = next.map(|at| at.max(self.now + SWEEP_PAUSE));
    }

    fn expire(&mut self, slot: usize) {
        let waited = self.clients[slot].as_ref().and_then(Client::waits_for);
        if self.with_client(slot, |client, around| client.expire(around)) != Some(true) {
            return self.close(slot);
        }
        self.queue.retain(|(_, queued)| Some(*queued) != waited);
        self.go_on(slot);
    }

    fn begin_stop(&mut self, grace: Duration) {
        self.stop_at = Some(self.now + grace);
        self.listener = None;
        for slot in 0..self.clients.len() {
            if self.clients[slot].as_ref().is_some_and(Client::is_receiving) {
                self.close(slot);
            }
        }
    }
}
