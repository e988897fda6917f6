//! The next fire times: the earliest ones, soonest first. A cache of the store, which may be
//! dropped at any moment.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::id::UserId;
use crate::model::time::Timestamp;

/// How many times are held; those beyond are in the store's index until their turn comes.
pub(super) const WINDOW: usize = 10_000;
/// With this many stale entries on top of a full window it is time to read it again.
const ENTRIES_MAX: usize = 3 * WINDOW;

/// A window of the earliest times. An entry may be stale, when its reminder was moved or
/// deleted after it was put in: then looking for what is due finds nothing, and that is all.
#[derive(Default)]
pub(super) struct TimerHeap {
    heap: BinaryHeap<Reverse<(Timestamp, UserId)>>,
    /// Times after this one were left in the store.
    horizon: Option<Timestamp>,
}

impl TimerHeap {
    /// A heap of what the store listed as its earliest [`WINDOW`] times.
    pub(super) fn of(earliest: Vec<(Timestamp, UserId)>) -> Self {
        let full = earliest.len() >= WINDOW;
        let horizon = earliest.last().filter(|_| full).map(|(at, _)| *at);
        Self { heap: earliest.into_iter().map(Reverse).collect(), horizon }
    }

    /// Puts in a time that has come up since.
    pub(super) fn push(&mut self, at: Timestamp, user_id: UserId) {
        if self.horizon.is_none_or(|horizon| at <= horizon) {
            self.heap.push(Reverse((at, user_id)));
        }
    }

    /// Takes the users for whom something is due by `now`, each once, at most `limit`.
    pub(super) fn pop_due(&mut self, now: Timestamp, limit: usize) -> Vec<UserId> {
        let mut due = Vec::new();
        let mut seen = std::collections::HashSet::new();
        while let Some(Reverse((at, user_id))) = self.heap.peek().copied() {
            if at > now || due.len() == limit {
                break;
            }
            self.heap.pop();
            if seen.insert(user_id) {
                due.push(user_id);
            }
        }
        due
    }

    /// The earliest time.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    /// Whether the store should be read again: what it held back has come within reach, or
    /// stale entries have piled up.
    pub(super) fn is_spent(&self) -> bool {
        (self.heap.is_empty() && self.horizon.is_some()) || self.heap.len() > ENTRIES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(s: i64) -> Timestamp {
        Timestamp::from_ms(s * 1000)
    }

    #[test]
    fn it_gives_what_is_due_in_order_and_each_user_once() {
        let mut heap =
            TimerHeap::of(vec![(at(3), UserId(3)), (at(1), UserId(1)), (at(2), UserId(1))]);
        heap.push(at(1), UserId(2));
        assert_eq!(heap.pop_due(at(0), 9), []);
        assert_eq!(heap.pop_due(at(2), 9), [UserId(1), UserId(2)]);
        assert_eq!(heap.next_at(), Some(at(3)));
        assert!(!heap.is_spent());
    }

    #[test]
    fn beyond_a_full_window_times_stay_in_the_store_until_it_is_spent() {
        let full: Vec<_> = (0..WINDOW as i64).map(|n| (at(n), UserId(n))).collect();
        let mut heap = TimerHeap::of(full);
        heap.push(at(WINDOW as i64 + 5), UserId(1));
        assert_eq!(heap.pop_due(at(i64::MAX / 2000), usize::MAX).len(), WINDOW);
        assert_eq!(heap.next_at(), None);
        assert!(heap.is_spent());
    }
}
