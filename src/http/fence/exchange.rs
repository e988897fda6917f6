//! Requests to the engine and answers from it.

use std::fs::File;

use mio::Token;

use super::answer::Answer;
use super::client::{Asked, Client};
use super::refusal::Refusal;
use super::relay::{Job, News, Relay};
use super::turn::{BOTH, Fence, RELAYS};

impl Fence {
    /// Whether one more request can be answered or queued.
    pub(super) fn has_room_to_ask(&self) -> bool {
        self.queue.len() < self.limits.queued.max(1)
    }

    /// Has a request answered as soon as a private connection is free.
    pub(super) fn ask(&mut self, slot: usize, asked: Asked) {
        self.queue.push_back((slot, asked.id));
        self.with_client(slot, |client, _| client.hold(asked));
        self.hand_over();
    }

    /// Gives requests that wait to private connections that are free.
    fn hand_over(&mut self) {
        while !self.queue.is_empty() {
            let Some(number) = self.relays.iter().position(Relay::is_free) else { return };
            let Some((slot, id)) = self.queue.pop_front() else { return };
            let taken = self.with_client(slot, |client, _| client.take_held(id)).flatten();
            let Some(asked) = taken else { continue };
            self.relays[number].ask(Job { slot, asked });
            let news = self.relays[number].advance(&mut self.scratch, self.now);
            self.take_news(number, news);
        }
    }

    /// Lets a private connection do what it can.
    pub(super) fn relay_on(&mut self, number: usize) {
        let news = self.relays[number].advance(&mut self.scratch, self.now);
        self.take_news(number, news);
        self.hand_over();
    }

    fn take_news(&mut self, number: usize, news: News) {
        match news {
            News::Nothing => {}
            News::Proven => tracing::info!(number, "a private connection is open again"),
            News::Answered(job, answer) => self.answered(&job, &answer),
            News::Broken(job) => {
                tracing::error!(number, "a private connection to the engine broke");
                if let Some(job) = job {
                    self.broken(job);
                }
            }
        }
    }

    fn answered(&mut self, job: &Job, answer: &Answer) {
        let file = self.take_file(job.asked.id);
        if !self.is_waiting(job) {
            return; // The client has gone, or was told that it takes too long.
        }
        self.with_client(job.slot, |client, around| client.deliver(answer, file, around));
        // Only noted, because what the client asks next must not be asked from in here.
        self.list(job.slot);
    }

    fn broken(&mut self, mut job: Job) {
        drop(self.take_file(job.asked.id));
        if !self.is_waiting(&job) {
            return;
        }
        if std::mem::take(&mut job.asked.repeatable) {
            self.queue.push_front((job.slot, job.asked.id));
            self.with_client(job.slot, |client, _| client.hold(job.asked));
        } else {
            self.refuse(job.slot, Refusal::BROKEN);
            self.list(job.slot);
        }
    }

    fn is_waiting(&self, job: &Job) -> bool {
        let client = self.clients.get(job.slot).and_then(Option::as_ref);
        client.and_then(Client::waits_for) == Some(job.asked.id)
    }

    /// The file handed over for a request. Files of other requests inside are kept for
    /// their answers, and all the rest are closed, so that none can pile up.
    fn take_file(&mut self, id: u64) -> Option<File> {
        while let Ok(handed) = self.files.try_recv() {
            let is_expected = self.relays.iter().any(|relay| relay.asks() == Some(handed.id));
            if handed.id == id || is_expected {
                self.files_early.push(handed);
            }
        }
        let mut found = None;
        while let Some(at) = self.files_early.iter().position(|handed| handed.id == id) {
            found = Some(self.files_early.swap_remove(at).file);
        }
        found
    }

    /// Opens broken private connections again, one at a time, each proven before the next.
    pub(super) fn tend_relays(&mut self) {
        for number in 0..self.relays.len() {
            let due = self.relays[number].deadline().is_some_and(|at| at <= self.now);
            if due && self.relays[number].is_proving() {
                self.relays[number].shut(self.now + super::relay::RETRY_PAUSE);
            } else if due && !self.relays.iter().any(Relay::is_proving) {
                self.reopen(number);
            }
        }
    }

    fn reopen(&mut self, number: usize) {
        let relay = &mut self.relays[number];
        let opened = relay.reopen(&self.socket, self.now).and_then(|()| match &mut relay.wire {
            Some(wire) => {
                self.poll.registry().register(&mut wire.stream, Token(RELAYS + number), BOTH)
            }
            None => Ok(()),
        });
        if let Err(error) = opened {
            tracing::error!(%error, "a private connection to the engine cannot be opened");
            relay.shut(self.now + super::relay::RETRY_PAUSE);
        } else {
            self.relay_on(number);
        }
    }
}
