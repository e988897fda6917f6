//! The motion: values that step, and the loop that is a thread around one.

mod burner;
pub mod importer;
pub mod indexer;
pub mod maintenance;
pub mod outbox_sender;
pub mod page_fetcher;
mod picture_keeper;
mod push_lane;
pub mod scheduler;
mod timer_heap;
mod zone_walk;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crossbeam_channel::{Receiver, never, select};

use crate::clock::SharedClock;
use crate::error::{Error, Result};
use crate::model::time::Timestamp;

/// The wait after a step that failed, so that a broken disk is not hammered.
const AFTER_FAILURE: Duration = Duration::from_secs(5);
/// The most messages that one step is handed.
const MESSAGES_MAX: usize = 1_024;

/// Something that works in steps.
pub trait Worker {
    /// What it is told.
    type Message;

    /// The longest sleep, so that a clock that was set does no lasting harm.
    const SLEEP_MAX: Duration = Duration::from_secs(30);

    /// Does everything that is due; returns when to be woken again.
    fn step(&mut self, messages: Vec<Self::Message>) -> Result<Option<Timestamp>>;

    /// A second bell, for a worker that has threads of its own to hear from.
    fn bell(&self) -> Receiver<()> {
        never()
    }

    /// Finishes what is under way, once nobody can send a message any more.
    fn finish(&mut self) {}
}

/// Steps a worker until its inbox disconnects. A step that fails or panics is logged and
/// taken again; the messages it had are lost, which costs minutes and no reminder.
pub fn run<W: Worker>(mut worker: W, inbox: &Receiver<W::Message>, clock: &SharedClock) {
    let bell = worker.bell();
    let mut messages = Vec::new();
    loop {
        let sleep = match step_safely(&mut worker, messages) {
            Ok(next) => next.map_or(W::SLEEP_MAX, |at| at.since(clock.now())).min(W::SLEEP_MAX),
            Err(error) => {
                tracing::error!(%error, "a worker's step failed");
                AFTER_FAILURE
            }
        };
        messages = select! {
            recv(inbox) -> first => match first {
                Ok(first) => std::iter::once(first).chain(inbox.try_iter().take(MESSAGES_MAX)).collect(),
                Err(_) => break,
            },
            recv(bell) -> _ => Vec::new(),
            default(sleep) => Vec::new(),
        };
    }
    worker.finish();
}

fn step_safely<W: Worker>(worker: &mut W, messages: Vec<W::Message>) -> Result<Option<Timestamp>> {
    catch_unwind(AssertUnwindSafe(|| worker.step(messages)))
        .unwrap_or_else(|_| Err(Error::internal("it panicked")))
}
