//! Fires reminders when their time has come. One thread, one heap of next fire times.

use std::time::Duration;

use super::Worker;
use super::timer_heap::{TimerHeap, WINDOW};
use crate::error::Result;
use crate::model::id::UserId;
use crate::model::time::Timestamp;
use crate::store::{Store, Wake};
use crate::{ops, store};

/// The heap is read again when it is older than this, so that a lost wake, a failed firing
/// or a change by another process heals itself.
const RELOAD_EVERY: Duration = Duration::from_mins(5);
/// How many people's reminders fire in one transaction.
const USERS_A_BATCH: usize = 64;

/// The scheduler.
pub struct Scheduler {
    store: Store,
    heap: TimerHeap,
    loaded_at: Option<Timestamp>,
}

impl Scheduler {
    /// A scheduler that knows nothing yet; its first step reads the store.
    pub fn new(store: Store) -> Self {
        Self { store, heap: TimerHeap::default(), loaded_at: None }
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
        match self.fire_together(users.clone()) {
            Ok(next) => self.note(next),
            Err(error) => {
                tracing::warn!(%error, "a batch of reminders failed, firing for each person alone");
                for user_id in users {
                    match self.fire_together(vec![user_id]) {
                        Ok(next) => self.note(next),
                        // Met again when the heap is next read.
                        Err(error) => {
                            tracing::error!(%error, user = user_id.0, "reminders failed to fire")
                        }
                    }
                }
            }
        }
    }

    fn fire_together(&self, users: Vec<UserId>) -> Result<Vec<(UserId, Option<Timestamp>)>> {
        self.store.write(move |tx| {
            users.into_iter().map(|id| Ok((id, ops::reminders::fire_due(tx, id)?))).collect()
        })
    }

    fn note(&mut self, next: Vec<(UserId, Option<Timestamp>)>) {
        for (user_id, at) in next {
            if let Some(at) = at {
                self.heap.push(at, user_id);
            }
        }
    }
}

impl Worker for Scheduler {
    type Message = Wake;

    fn step(&mut self, messages: Vec<Wake>) -> Result<Option<Timestamp>> {
        for wake in messages {
            if let Wake::Reminder(user_id, at) = wake {
                self.heap.push(at, user_id);
            }
        }
        if self.is_old() || self.heap.is_spent() {
            self.reload()?;
        }
        let due = self.heap.pop_due(self.store.now(), USERS_A_BATCH);
        if !due.is_empty() {
            self.fire(due);
        }
        if self.heap.is_spent() {
            return Ok(Some(self.store.now()));
        }
        Ok(self.heap.next_at())
    }
}
