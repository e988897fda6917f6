//! Keeps the database in shape: forgets what retention no longer keeps.

use std::time::Duration;

use super::Worker;
use crate::error::Result;
use crate::model::clock_sense::ClockSense;
use crate::model::time::Timestamp;
use crate::ops;
use crate::store::{self, Store};

const EVERY: Duration = Duration::from_hours(6);
/// Between pieces others get their turn at the writer.
const BETWEEN_PIECES: Duration = Duration::from_millis(100);

/// How soon a clock is looked at again that makes no sense: nothing is forgotten by it.
const LOOK_EVERY: Duration = Duration::from_mins(15);

/// The maintenance worker. Nobody tells it anything.
pub struct Maintenance {
    store: Store,
    due_at: Option<Timestamp>,
    sense: ClockSense,
}

impl Maintenance {
    /// A worker whose first step does its rounds at once.
    pub fn new(store: Store) -> Self {
        Self { store, due_at: None, sense: ClockSense::default() }
    }
}

impl Worker for Maintenance {
    type Message = std::convert::Infallible;

    fn step(&mut self, _messages: Vec<Self::Message>) -> Result<Option<Timestamp>> {
        let now = self.store.now();
        // After a clock was set back, a whole wait from now is soon enough.
        if self.due_at.is_none_or(|due_at| due_at <= now || due_at > now + EVERY) {
            let seen = self.store.read(store::firings::newest)?.unwrap_or_default();
            let look = self.sense.look(now, self.store.clock().monotonic(), seen);
            let wait = match look.nonsense {
                Some(_) => LOOK_EVERY,
                None if self.store.write(ops::prune::step)? => BETWEEN_PIECES,
                None => EVERY,
            };
            self.due_at = Some(now + wait);
        }
        Ok(self.due_at)
    }
}
