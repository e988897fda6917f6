//! Fires reminders when their time has come. One thread, one heap of next fire times. It
//! never fires by a clock that makes no sense.

use std::sync::Arc;
use std::time::Duration;

use super::Worker;
use super::burner::Burner;
use super::timer_heap::{TimerHeap, WINDOW};
use super::zone_walk::ZoneWalk;
use crate::clock::{ClockTrust, SharedClock};
use crate::error::Result;
use crate::model::clock_sense::ClockSense;
use crate::model::id::UserId;
use crate::model::time::Timestamp;
use crate::store::{Store, Wake};
use crate::{ops, store};

/// The heap is read again when it is older than this, so that a lost wake, a failed firing
/// or a change by another process heals itself.
const RELOAD_EVERY: Duration = Duration::from_mins(5);
/// How often the clock is looked at, however little there is to do.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// How many people's reminders fire in one transaction, at least and at most.
const BATCH_MIN: usize = 16;
const BATCH_MAX: usize = 512;
/// A transaction that takes longer than this makes the next ones smaller, and one that takes
/// less than half of it larger: others wait for the writer meanwhile.
const BATCH_TIME: Duration = Duration::from_millis(25);

/// What came of firing for some people together.
struct Fired {
    /// When something is due next, and for whom.
    next: Vec<(Timestamp, UserId)>,
    /// How long it took without the wait for the disk, which is the same for any number.
    took: Duration,
}

/// The scheduler.
pub struct Scheduler {
    store: Store,
    heap: TimerHeap,
    loaded_at: Option<Timestamp>,
    sense: ClockSense,
    trust: Arc<ClockTrust>,
    /// Since when the clock shows the right time, until all has been set by it.
    set_back_since: Option<Timestamp>,
    zones: ZoneWalk,
    burner: Burner,
    batch: usize,
}

impl Scheduler {
    /// A scheduler that knows nothing yet; its first step reads the store. What it thinks of
    /// the clock it notes in `trust`.
    pub fn new(store: Store, trust: Arc<ClockTrust>) -> Self {
        Self {
            store,
            heap: TimerHeap::default(),
            loaded_at: None,
            sense: ClockSense::default(),
            trust,
            set_back_since: None,
            zones: ZoneWalk::default(),
            burner: Burner::default(),
            batch: 4 * BATCH_MIN,
        }
    }

    /// Looks at the clocks; says whether it may fire by them.
    fn look(&mut self) -> Result<bool> {
        let seen = self.store.read(store::firings::newest)?.unwrap_or_default();
        let look = self.sense.look(self.store.now(), self.store.clock().monotonic(), seen);
        self.set_back_since = look.set_back_since.or(self.set_back_since);
        if look.was_set() {
            tracing::info!(by_s = look.stepped.as_secs(), "the clock was set");
            self.loaded_at = None;
        }
        if self.trust.set(look.nonsense) {
            match look.nonsense {
                Some(nonsense) => tracing::error!("{}", nonsense.sentence()),
                None => tracing::info!("the clock makes sense again"),
            }
        }
        Ok(look.nonsense.is_none())
    }

    /// Takes back what was set by a clock that was far ahead. The newest firing is what the
    /// clock is doubted by, so it comes last: cut off, all this happens again.
    fn take_back(&mut self, since: Timestamp) -> Result<()> {
        for user in self.store.read(store::users::list)? {
            self.store.write(move |tx| ops::set_back::of_user(tx, user.id, since))?;
        }
        self.store.write(ops::set_back::of_all)?;
        (self.set_back_since, self.loaded_at) = (None, None);
        Ok(())
    }

    fn reload(&mut self) -> Result<()> {
        let now = self.store.now();
        self.heap =
            TimerHeap::of(self.store.read(|tx| store::reminders::list_upcoming(tx, WINDOW))?);
        self.loaded_at = Some(now);
        Ok(())
    }

    fn is_old(&self) -> bool {
        let now = self.store.now();
        // A clock set back makes the age zero for long, so a time to come counts as old too.
        self.loaded_at.is_none_or(|at| now.since(at) >= RELOAD_EVERY || at > now)
    }

    /// Fires for these people in one transaction, or for each alone when that fails.
    fn fire(&mut self, users: Vec<UserId>) {
        let count = users.len();
        match self.fire_together(users.clone()) {
            Ok(fired) => {
                self.note(fired.next);
                self.size_next(count, fired.took);
            }
            Err(error) => {
                tracing::warn!(%error, "a batch of reminders failed, firing for each person alone");
                for user_id in users {
                    match self.fire_together(vec![user_id]) {
                        Ok(fired) => self.note(fired.next),
                        // Met again when the heap is next read.
                        Err(error) => {
                            tracing::error!(%error, user = user_id.0, "reminders failed to fire")
                        }
                    }
                }
            }
        }
    }

    fn fire_together(&self, users: Vec<UserId>) -> Result<Fired> {
        let clock = SharedClock::clone(self.store.clock());
        self.store.write(move |tx| {
            let began = clock.monotonic();
            let next = ops::reminders::fire_due(tx, &users)?;
            Ok(Fired { next, took: clock.monotonic().saturating_sub(began) })
        })
    }

    /// How many people fire together next, when so many took so long.
    fn size_next(&mut self, count: usize, took: Duration) {
        if took > BATCH_TIME {
            self.batch = (self.batch / 2).max(BATCH_MIN);
        } else if took < BATCH_TIME / 2 && count == self.batch {
            self.batch = (self.batch * 2).min(BATCH_MAX);
        }
    }

    fn note(&mut self, next: Vec<(Timestamp, UserId)>) {
        for (at, user_id) in next {
            self.heap.push(at, user_id);
        }
    }
}

impl Worker for Scheduler {
    type Message = Wake;

    const SLEEP_MAX: Duration = LOOK_EVERY;

    fn step(&mut self, messages: Vec<Wake>) -> Result<Option<Timestamp>> {
        for wake in messages {
            if let Wake::Reminder(user_id, at) = wake {
                self.heap.push(at, user_id);
            }
        }
        if !self.look()? {
            return Ok(Some(self.store.now() + LOOK_EVERY));
        }
        if let Some(since) = self.set_back_since {
            self.take_back(since)?;
        }
        if self.zones.step(&self.store)? {
            self.loaded_at = None;
        }
        if self.is_old() || self.heap.is_spent() {
            self.reload()?;
        }
        let due = self.heap.pop_due(self.store.now(), self.batch);
        if !due.is_empty() {
            self.fire(due);
        }
        let burning_at = self.burner.step(&self.store);
        if self.heap.is_spent() || !self.zones.is_done() {
            return Ok(Some(self.store.now()));
        }
        Ok([self.heap.next_at(), burning_at].into_iter().flatten().min())
    }
}
