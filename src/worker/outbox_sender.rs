//! Empties the outbox. The dispatcher takes what is due, hands it to a fixed number of push
//! threads over a bounded channel, and records what came of it; the threads know no store.

use crossbeam_channel::Receiver;

use super::Worker;
use super::push_lane::LaneEnd;
pub use super::push_lane::PushLane;
use crate::error::Result;
use crate::model::clock_sense::{BACK_MAX, ClockSense, Nonsense};
use crate::model::delivery::Answer;
use crate::model::id::DeliveryId;
use crate::model::scope::{Buckets, Quotas};
use crate::model::time::Timestamp;
use crate::ops::outbox::Room;
use crate::store::{Store, Wake};
use crate::{ops, secret, store, transport};

/// How many attempts are taken for each push thread.
const ROOM_A_WORKER: usize = 4;

/// Makes so many fractions in 0..1, which spread the waits for a next attempt.
pub type Jitter = Box<dyn FnMut(usize) -> Result<Vec<f64>> + Send>;

/// The dispatcher.
pub struct OutboxSender {
    store: Store,
    base_url: String,
    lane: LaneEnd,
    room: usize,
    under_way: usize,
    buckets: Buckets,
    jitter: Jitter,
    sense: ClockSense,
    /// Whether something may wait for a time that is far off, since the clock may have been set
    /// back: it was set, or nobody knows what it showed before.
    may_be_ahead: bool,
    has_taken_over: bool,
}

impl OutboxSender {
    /// A dispatcher for `workers` push threads, and the lane for them.
    pub fn new(store: Store, base_url: String, workers: usize) -> (Self, PushLane) {
        // More than the threads, so that none waits for the next commit.
        let room = ROOM_A_WORKER * workers;
        let (lane, end) = PushLane::new(workers, room);
        let dispatcher = Self {
            store,
            base_url,
            lane: end,
            room,
            under_way: 0,
            buckets: Buckets::default(),
            jitter: Box::new(secret::random_fractions),
            sense: ClockSense::default(),
            may_be_ahead: true,
            has_taken_over: false,
        };
        (dispatcher, lane)
    }

    /// The same, but for waits that come out the same each time.
    #[must_use]
    pub fn with_jitter(self, jitter: Jitter) -> Self {
        Self { jitter, ..self }
    }

    /// Looks at the clocks; says why they are not believed, if they are not.
    fn look(&mut self) -> Result<Option<Nonsense>> {
        let seen = self.store.read(store::firings::newest)?.unwrap_or_default();
        let look = self.sense.look(self.store.now(), self.store.clock().monotonic(), seen);
        self.may_be_ahead |= look.was_set();
        Ok(look.nonsense)
    }

    /// Takes back what entered the outbox by a clock that was far ahead. The scheduler does so
    /// too, where something fired by that clock.
    fn take_back(&mut self) -> Result<()> {
        let latest = self.store.now() + BACK_MAX;
        if self.store.read(|tx| store::deliveries::is_any_since(tx, latest))? {
            self.store.write(ops::set_back::of_outbox)?;
        }
        self.may_be_ahead = false;
        Ok(())
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
            self.under_way += 1;
            self.lane.hand_out(attempt);
        }
        Ok(claimed.next_at.filter(|_| self.under_way < self.room))
    }

    fn record(&mut self, ended: Vec<(DeliveryId, Answer)>) -> Result<()> {
        self.under_way = self.under_way.saturating_sub(ended.len());
        if ended.is_empty() {
            return Ok(());
        }
        let jitters = (self.jitter)(ended.len())?;
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
        let ended = self.lane.answers.try_iter().collect();
        self.record(ended)?;
        if !self.has_taken_over {
            self.store.write(ops::outbox::take_over)?;
            self.has_taken_over = true;
        }
        let nonsense = self.look()?;
        if nonsense == Some(Nonsense::FarAhead) {
            // By such a clock all that waits would be given up on. It is looked at again soon.
            return Ok(None);
        }
        if self.may_be_ahead && nonsense.is_none() {
            self.take_back()?;
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
        self.lane.bell.clone()
    }

    /// Lets the calls under way end and records each as it does. What was taken and not begun
    /// goes back to the outbox, as if it had never been taken.
    fn finish(&mut self) {
        self.lane.close();
        while let Ok(first) = self.lane.answers.recv() {
            let ended = std::iter::once(first).chain(self.lane.answers.try_iter()).collect();
            if let Err(error) = self.record(ended) {
                tracing::error!(%error, "the last answers could not be recorded and will be asked for again");
            }
        }
        let unbegun: Vec<_> = self.lane.unbegun.iter().collect();
        if unbegun.is_empty() {
            return;
        }
        if let Err(error) = self.store.write(move |tx| ops::outbox::give_back(tx, &unbegun)) {
            tracing::error!(%error, "what was not sent any more stays taken until the next start");
        }
    }
}
