//! Burns links at midnight and tells of it the day before, on the scheduler's thread: by the
//! same clock, which has to make sense, and a piece at a time between firings.

use std::time::Duration;

use crate::error::Result;
use crate::model::time::Timestamp;
use crate::store::Store;
use crate::{ops, store};

/// The wait after a failure, which must hold up no reminder.
const AFTER_FAILURE: Duration = Duration::from_mins(5);

/// What burns links.
#[derive(Debug, Default)]
pub(super) struct Burner {
    failed_at: Option<Timestamp>,
}

impl Burner {
    /// Does one piece of what is due; returns when there is more.
    pub(super) fn step(&mut self, store: &Store) -> Option<Timestamp> {
        let now = store.now();
        // A clock set back makes the failure lie ahead, which is long ago as well.
        if let Some(failed_at) = self.failed_at.filter(|at| *at <= now)
            && now.since(failed_at) < AFTER_FAILURE
        {
            return Some(failed_at + AFTER_FAILURE);
        }
        let next = Self::try_step(store);
        self.failed_at = next.is_err().then_some(now);
        next.unwrap_or_else(|error| {
            tracing::error!(%error, "burning failed");
            Some(now + AFTER_FAILURE)
        })
    }

    fn try_step(store: &Store) -> Result<Option<Timestamp>> {
        // Look before writing: mostly there is nothing to do.
        match store.read(store::burning::next_work_at)? {
            Some(at) if at <= store.now() => store.write(ops::burning::step),
            next => Ok(next),
        }
    }
}
