//! Empties the outbox. The dispatcher takes what is due, hands it to a fixed number of push
//! threads over a bounded channel, and records what came of it; the threads know no store.

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Worker;
pub use super::push_lane::PushLane;
use crate::error::Result;
use crate::model::delivery::{Answer, Attempt};
use crate::model::id::DeliveryId;
use crate::model::scope::{Buckets, Quotas};
use crate::model::time::Timestamp;
use crate::ops::outbox::Room;
use crate::store::{Store, Wake};
use crate::{ops, secret, store, transport};

/// How many attempts are taken for each push thread.
const ROOM_A_WORKER: usize = 4;

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
    buckets: Buckets,
    has_taken_over: bool,
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
            buckets: Buckets::default(),
            has_taken_over: false,
        };
        (dispatcher, PushLane::new(to_make, answered, ring, workers))
    }

    /// The same dispatcher, knowing otherwise how many pushes services take.
    #[must_use]
    pub fn with_quotas(mut self, quotas: Quotas) -> Self {
        self.buckets.quotas = quotas;
        self
    }

    fn claim(&mut self, room: Room) -> Result<Option<Timestamp>> {
        let (base_url, mut buckets) = (self.base_url.clone(), self.buckets.clone());
        let (claimed, buckets) = self.store.write(move |tx| {
            let claimed = ops::outbox::claim(tx, room, &mut buckets, |address, message| {
                transport::render(address, message, &base_url)
            })?;
            Ok((claimed, buckets))
        })?;
        self.buckets = buckets;
        for attempt in claimed.attempts {
            if let Some(lane) = &self.attempts {
                self.under_way += 1;
                // There is room: no more were claimed than the lane holds.
                let _ = lane.send(attempt);
            }
        }
        Ok(claimed.next_at.filter(|_| self.under_way < self.room))
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
                ops::outbox::record(tx, *id, answer, jitter)?;
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
        if !self.has_taken_over {
            self.store.write(ops::outbox::take_over)?;
            self.has_taken_over = true;
        }
        // Half of the room for one service, so that the others always find some.
        let room = Room { all: self.room - self.under_way, a_scope: (self.room / 2).max(1) };
        if room.all == 0 {
            return Ok(None); // An answer comes first.
        }
        // Look before writing: an idle outbox must not make the disk work.
        let next_at = self.store.read(store::outbox::next_work_at)?;
        if next_at.is_none_or(|at| at > self.store.now()) {
            return Ok(next_at);
        }
        self.claim(room)
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
