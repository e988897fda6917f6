//! Empties the outbox. The dispatcher takes what is due, hands it to a fixed number of push
//! threads over a bounded channel, and records what came of it; the threads know no store.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Worker;
use crate::error::Result;
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::id::DeliveryId;
use crate::model::time::Timestamp;
use crate::store::{Store, Wake};
use crate::transport::{self, Transport};
use crate::{ops, secret, store};

/// How many attempts are taken for each push thread.
const ROOM_A_WORKER: usize = 4;

/// The push threads' ends of the two channels.
#[derive(Clone)]
pub struct PushLane {
    /// Attempts to be made.
    pub attempts: Receiver<Attempt>,
    /// Where their answers go.
    pub answers: Sender<(DeliveryId, Answer)>,
    bell: Sender<()>,
}

impl PushLane {
    /// The body of a push thread: makes attempts until the dispatcher is gone.
    pub fn run(&self, transport: &impl Transport) {
        for attempt in &self.attempts {
            let id = attempt.delivery_id;
            // A push that breaks us must not end its thread; it may have been sent.
            let answer = catch_unwind(AssertUnwindSafe(|| transport.send(&attempt)))
                .unwrap_or_else(|_| Answer::new(Outcome::InDoubt, "the push broke off"));
            if self.answers.send((id, answer)).is_err() {
                return;
            }
            // A bell that is ringing already is enough.
            let _ = self.bell.try_send(());
        }
    }
}

/// The dispatcher.
pub struct OutboxSender {
    store: Store,
    base_url: String,
    /// `None` once it is finishing.
    attempts: Option<Sender<Attempt>>,
    answers: Receiver<(DeliveryId, Answer)>,
    bell: Receiver<()>,
    room: usize,
    under_way: usize,
    has_reclaimed: bool,
}

impl OutboxSender {
    /// A dispatcher for `workers` push threads, and the lane for them.
    pub fn new(store: Store, base_url: String, workers: usize) -> (Self, PushLane) {
        // More than the threads, so that none waits for the next commit.
        let room = ROOM_A_WORKER * workers;
        let (ring, bell) = bounded(1);
        let (attempts, to_make) = bounded(room);
        let (answered, answers) = bounded(room);
        let dispatcher = Self {
            store,
            base_url,
            attempts: Some(attempts),
            answers,
            bell,
            room,
            under_way: 0,
            has_reclaimed: false,
        };
        (dispatcher, PushLane { attempts: to_make, answers: answered, bell: ring })
    }

    fn record(&mut self, ended: Vec<(DeliveryId, Answer)>) -> Result<()> {
        self.under_way = self.under_way.saturating_sub(ended.len());
        if ended.is_empty() {
            return Ok(());
        }
        let jitters = secret::random_fractions(ended.len())?;
        let recorded = ended.clone();
        self.store.write(move |tx| {
            for ((id, answer), jitter) in recorded.iter().zip(jitters) {
                ops::deliveries::record(tx, *id, answer, jitter)?;
            }
            Ok(())
        })?;
        for (id, answer) in ended {
            let (outcome, status) = (answer.outcome.as_str(), answer.status);
            tracing::info!(delivery = id.0, outcome, status, "push");
        }
        Ok(())
    }
}

impl Worker for OutboxSender {
    type Message = Wake;

    fn step(&mut self, _wakes: Vec<Wake>) -> Result<Option<Timestamp>> {
        let ended = self.answers.try_iter().collect();
        self.record(ended)?;
        if !self.has_reclaimed {
            // Nothing is under way yet, so whatever says it is was cut off by a stop.
            self.store.write(|tx| ops::deliveries::reclaim(tx, Timestamp::from_ms(i64::MAX)))?;
            self.has_reclaimed = true;
        }
        let limit = self.room - self.under_way;
        if limit == 0 {
            return Ok(None); // An answer comes first.
        }
        // Look before writing: an idle outbox must not make the disk work.
        if !self.store.read(store::deliveries::has_work)? {
            return self.store.read(store::deliveries::next_due_at);
        }
        let base_url = self.base_url.clone();
        let claimed = self.store.write(move |tx| {
            ops::deliveries::claim(tx, limit, |address, message| {
                transport::render(address, message, &base_url)
            })
        })?;
        for attempt in claimed.attempts {
            if let Some(lane) = &self.attempts {
                self.under_way += 1;
                // There is room: no more were claimed than the lane holds.
                let _ = lane.send(attempt);
            }
        }
        Ok(claimed.next_due_at.filter(|_| self.under_way < self.room))
    }

    fn bell(&self) -> Receiver<()> {
        self.bell.clone()
    }

    /// Lets the attempts under way end, and records them.
    fn finish(&mut self) {
        self.attempts = None;
        let rest: Vec<_> = self.answers.iter().collect();
        if let Err(error) = self.record(rest) {
            tracing::error!(%error, "the last answers could not be recorded and will be asked for again");
        }
    }
}
