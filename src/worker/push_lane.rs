//! The push threads: a fixed number that make attempts and know no store. A service that hangs
//! holds at most half of them.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender};

use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::id::{DeliveryId, ScopeId};
use crate::transport::{self, Transport};

/// The push threads' ends of the two channels.
#[derive(Clone)]
pub struct PushLane {
    /// Attempts to be made.
    pub attempts: Receiver<Attempt>,
    /// Where their answers go.
    pub answers: Sender<(DeliveryId, Answer)>,
    bell: Sender<()>,
    desk: Arc<Mutex<Desk>>,
}

impl PushLane {
    /// A lane for that many threads, which rings `bell` after each answer.
    pub(super) fn new(
        attempts: Receiver<Attempt>,
        answers: Sender<(DeliveryId, Answer)>,
        bell: Sender<()>,
        workers: usize,
    ) -> Self {
        let desk = Arc::new(Mutex::new(Desk::new((workers / 2).max(1))));
        Self { attempts, answers, bell, desk }
    }

    /// The body of a push thread: makes attempts until the dispatcher is gone.
    pub fn run(&self, transport: &impl Transport) {
        for attempt in &self.attempts {
            let mut next = self.desk().enter(attempt);
            while let Some(attempt) = next {
                let (id, scope_id) = (attempt.delivery_id, attempt.scope_id);
                // A push that breaks us must not end its thread; it may have been sent.
                let push = || transport::attempt(transport, &attempt);
                let answer = catch_unwind(AssertUnwindSafe(push))
                    .unwrap_or_else(|_| Answer::new(Outcome::InDoubt, "the push broke off"));
                next = self.desk().leave(scope_id);
                if self.answers.send((id, answer)).is_err() {
                    return;
                }
                // A bell that is ringing already is enough.
                let _ = self.bell.try_send(());
            }
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Who is busy with what. An attempt at a service that has its share of threads is put aside,
/// for one of those threads to take when it is done.
struct Desk {
    share: usize,
    busy: HashMap<ScopeId, Busy>,
}

#[derive(Default)]
struct Busy {
    threads: usize,
    aside: VecDeque<Attempt>,
}

impl Desk {
    fn new(share: usize) -> Self {
        Self { share, busy: HashMap::new() }
    }

    /// The attempt, if it can be made now; it is put aside otherwise.
    fn enter(&mut self, attempt: Attempt) -> Option<Attempt> {
        let busy = self.busy.entry(attempt.scope_id).or_default();
        if busy.threads < self.share {
            busy.threads += 1;
            return Some(attempt);
        }
        busy.aside.push_back(attempt);
        None
    }

    /// What the thread that has made an attempt at that service makes next, if any was put aside.
    fn leave(&mut self, id: ScopeId) -> Option<Attempt> {
        let busy = self.busy.get_mut(&id)?;
        let next = busy.aside.pop_front();
        if next.is_none() {
            busy.threads -= 1;
            if busy.threads == 0 {
                self.busy.remove(&id);
            }
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::destination::Address;
    use crate::model::time::Timestamp;

    fn attempt(id: i64, scope: i64) -> Attempt {
        Attempt {
            delivery_id: DeliveryId(id),
            key: format!("msg_{id}"),
            scope_id: ScopeId(scope),
            address: Address::webhook("https://hooks.example/", String::new()).unwrap(),
            body: Vec::new(),
            started_at: Timestamp::default(),
            ttl: Duration::from_mins(1),
            is_repeat: false,
        }
    }

    #[test]
    fn a_service_has_its_share_of_threads_and_what_is_put_aside_follows_in_order() {
        let id = |found: Option<Attempt>| found.map(|attempt| attempt.delivery_id.0);
        let mut desk = Desk::new(2);
        assert_eq!(id(desk.enter(attempt(1, 7))), Some(1));
        assert_eq!(id(desk.enter(attempt(2, 7))), Some(2));
        assert_eq!(id(desk.enter(attempt(3, 7))), None);
        assert_eq!(id(desk.enter(attempt(4, 7))), None);
        assert_eq!(id(desk.enter(attempt(5, 8))), Some(5));
        assert_eq!(id(desk.leave(ScopeId(7))), Some(3));
        assert_eq!(id(desk.leave(ScopeId(8))), None);
        assert_eq!(id(desk.leave(ScopeId(7))), Some(4));
        assert_eq!((id(desk.leave(ScopeId(7))), id(desk.leave(ScopeId(7)))), (None, None));
        assert!(desk.busy.is_empty());
    }
}
