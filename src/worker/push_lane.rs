//! The push threads: a fixed number that make attempts and know no store. A service that hangs
//! holds at most half of them, and holds up a stop by one call at most.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};

use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::id::{DeliveryId, ScopeId};
use crate::transport::{self, Transport};

/// The push threads' ends of the channels.
#[derive(Clone)]
pub struct PushLane {
    /// Attempts to be made.
    pub attempts: Receiver<Attempt>,
    /// Where their answers go.
    pub answers: Sender<(DeliveryId, Answer)>,
    /// Where those go that were not begun when the lane was closed.
    unbegun: Sender<DeliveryId>,
    /// Disconnected once the lane is closed, however many attempts still wait in it.
    open: Receiver<Infallible>,
    bell: Sender<()>,
    desk: Arc<Mutex<Desk>>,
}

/// The dispatcher's ends of them.
pub(super) struct LaneEnd {
    /// `None` once the lane is closed.
    way: Option<Way>,
    /// The answers to attempts.
    pub(super) answers: Receiver<(DeliveryId, Answer)>,
    /// Attempts that were not begun and will not be.
    pub(super) unbegun: Receiver<DeliveryId>,
    /// Rung after each answer.
    pub(super) bell: Receiver<()>,
}

/// Dropped in this order, so that no thread begins what still waits.
struct Way {
    _open: Sender<Infallible>,
    attempts: Sender<Attempt>,
}

impl LaneEnd {
    /// Hands out an attempt. There is room: no more were claimed than the lane holds.
    pub(super) fn hand_out(&self, attempt: Attempt) {
        if let Some(way) = &self.way {
            let _ = way.attempts.send(attempt);
        }
    }

    /// Closes the lane: what is under way is the last.
    pub(super) fn close(&mut self) {
        self.way = None;
    }
}

impl PushLane {
    /// A lane for `workers` threads that holds up to `room` attempts, and the end for the
    /// dispatcher.
    pub(super) fn new(workers: usize, room: usize) -> (Self, LaneEnd) {
        let (open_end, open) = bounded(0);
        let (attempts_end, attempts) = bounded(room);
        let (answers, answers_end) = bounded(room);
        let (unbegun, unbegun_end) = bounded(room);
        let (bell, bell_end) = bounded(1);
        let desk = Arc::new(Mutex::new(Desk::new((workers / 2).max(1))));
        let end = LaneEnd {
            way: Some(Way { _open: open_end, attempts: attempts_end }),
            answers: answers_end,
            unbegun: unbegun_end,
            bell: bell_end,
        };
        (Self { attempts, answers, unbegun, open, bell, desk }, end)
    }

    /// The body of a push thread: makes attempts until the lane is closed, and then hands
    /// back what it finds there.
    pub fn run(&self, transport: &impl Transport) {
        for attempt in &self.attempts {
            let mut next = self.desk().enter(attempt);
            while let Some(attempt) = next {
                let (id, scope_id) = (attempt.delivery_id, attempt.scope_id);
                let answer = (!self.is_closed()).then(|| make(transport, &attempt));
                next = self.desk().leave(scope_id);
                let heard = match answer {
                    Some(answer) => self.answers.send((id, answer)).is_ok(),
                    None => self.unbegun.send(id).is_ok(),
                };
                if !heard {
                    return;
                }
                // A bell that is ringing already is enough.
                let _ = self.bell.try_send(());
            }
        }
    }

    fn is_closed(&self) -> bool {
        self.open.try_recv() == Err(TryRecvError::Disconnected)
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A push that breaks us must not end its thread; it may have been sent.
fn make(transport: &impl Transport, attempt: &Attempt) -> Answer {
    catch_unwind(AssertUnwindSafe(|| transport::attempt(transport, attempt)))
        .unwrap_or_else(|_| Answer::new(Outcome::InDoubt, "the push broke off"))
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

    /// A service that says when it is asked, and answers when it is told to.
    struct Slow {
        asked: Sender<i64>,
        go_on: Receiver<()>,
    }

    impl Transport for Slow {
        fn send(&self, attempt: &Attempt) -> Answer {
            self.asked.send(attempt.delivery_id.0).unwrap();
            self.go_on.recv().unwrap();
            Answer::new(Outcome::Accepted, "")
        }
    }

    #[test]
    fn a_lane_that_is_closed_ends_what_is_under_way_and_hands_back_the_rest() {
        let (lane, mut end) = PushLane::new(4, 16);
        let (asked, asks) = bounded(16);
        let (go, go_on) = bounded(16);
        let threads: Vec<_> = (0..4)
            .map(|n| {
                let (lane, slow) =
                    (lane.clone(), Slow { asked: asked.clone(), go_on: go_on.clone() });
                crate::threads::spawn(format!("push-{n}"), move || lane.run(&slow)).unwrap()
            })
            .collect();
        drop(lane);
        (1..=8).for_each(|id| end.hand_out(attempt(id, 7)));
        let mut under_way: Vec<i64> = asks.iter().take(2).collect();
        under_way.sort_unstable();
        end.close();
        (0..2).for_each(|_| go.send(()).unwrap());
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let mut answered: Vec<i64> = end.answers.iter().map(|(id, _)| id.0).collect();
        answered.sort_unstable();
        assert_eq!(answered, under_way);
        let mut all: Vec<i64> = end.unbegun.iter().map(|id| id.0).chain(answered).collect();
        all.sort_unstable();
        assert_eq!(all, (1..=8).collect::<Vec<_>>());
        assert!(asks.is_empty());
    }
}
