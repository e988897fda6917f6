//! The services that pushes go through, and when one may be asked: gates, circuit breakers and
//! token buckets.
//!
//! A scope is what answers for many destinations at once, such as an ntfy server. One that asks
//! us to wait, or fails again and again, makes its deliveries wait without costing them tries.

mod quota;

pub use quota::{Quota, Quotas, USUAL as USUAL_QUOTAS};

use std::collections::HashMap;
use std::time::Duration;

use crate::model::delivery::{Answer, LIFETIME_MAX, Outcome};
use crate::model::id::ScopeId;
use crate::model::time::Timestamp;

/// So many failures in a row open the circuit.
const FAILURES_MAX: u32 = 5;
const OPEN_FIRST: Duration = Duration::from_secs(30);
const OPEN_MAX: Duration = Duration::from_mins(15);

/// What is known of a service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// It is not asked before this.
    pub not_before: Timestamp,
    /// How often in a row it has failed.
    pub failures: u32,
    /// How often in a row the circuit was opened; while it is not zero, one push at a time
    /// probes whether the service works again.
    pub trips: u32,
}

impl Health {
    /// How many more pushes it may be asked to take at `now`, while `under_way` are of the
    /// `most` at a time.
    pub fn room(&self, now: Timestamp, under_way: usize, most: usize) -> usize {
        let most = match (now >= self.not_before, self.trips) {
            (false, _) => 0,
            (true, 0) => most,
            (true, _) => 1,
        };
        most.saturating_sub(under_way)
    }

    /// What is known after an answer.
    #[must_use]
    pub fn after(self, answer: &Answer, now: Timestamp) -> Self {
        let wish = match answer.outcome {
            // It works, whatever it thought of this push.
            Outcome::Accepted
            | Outcome::Rejected
            | Outcome::Gone
            | Outcome::Later { .. }
            | Outcome::Reauth
            | Outcome::Strike(_)
            | Outcome::Config => {
                return Self { not_before: self.not_before.min(now), ..Self::default() };
            }
            Outcome::Retry { after, .. } => after.unwrap_or_default().min(LIFETIME_MAX),
            Outcome::InDoubt => Duration::ZERO,
        };
        let gated = Self { not_before: self.not_before.max(now + wish), ..self };
        if now < self.not_before {
            return gated; // It was under way when the circuit opened: no news.
        }
        let failures = self.failures.saturating_add(1);
        if self.trips == 0 && failures < FAILURES_MAX {
            return Self { failures, ..gated };
        }
        let trips = self.trips.saturating_add(1);
        let open = OPEN_FIRST.saturating_mul(2u32.saturating_pow(trips - 1)).min(OPEN_MAX);
        Self { failures, trips, not_before: gated.not_before.max(now + open) }
    }
}

/// The token buckets of the services that were asked of late. They are kept in memory only:
/// what a restart forgets, a service that counts reminds us of.
#[derive(Debug, Clone, Default)]
pub struct Buckets {
    /// How large they are.
    pub quotas: Quotas,
    /// When each will be full again.
    full_at: HashMap<ScopeId, Timestamp>,
}

impl Buckets {
    /// How many tokens a service has left.
    pub fn left(&self, id: ScopeId, quota: Quota, now: Timestamp) -> u32 {
        let missing = self.full_at(id, quota, now).since(now);
        let missing = missing.as_nanos().div_ceil(quota.every.as_nanos().max(1));
        quota.burst.saturating_sub(u32::try_from(missing).unwrap_or(u32::MAX))
    }

    /// Takes so many.
    pub fn take(&mut self, id: ScopeId, quota: Quota, count: u32, now: Timestamp) {
        // One that is full again is like any other.
        self.full_at.retain(|_, full_at| *full_at > now);
        let full_at = self.full_at(id, quota, now).max(now) + quota.every * count;
        self.full_at.insert(id, full_at);
    }

    /// When there is a token again.
    pub fn next_at(&self, id: ScopeId, quota: Quota, now: Timestamp) -> Timestamp {
        let spent = quota.every * quota.burst.saturating_sub(1);
        (self.full_at(id, quota, now) - spent).max(now)
    }

    /// More than a whole bucket can only be missing after the clock was set back; then nothing
    /// is known of it.
    fn full_at(&self, id: ScopeId, quota: Quota, now: Timestamp) -> Timestamp {
        let empty = now + quota.every * quota.burst;
        self.full_at.get(&id).copied().filter(|full_at| *full_at <= empty).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_ms(s * 1000)
    }

    fn answer(outcome: Outcome) -> Answer {
        Answer::new(outcome, "")
    }

    const WISH: Outcome = Outcome::Retry { after: Some(Duration::from_secs(60)), tries_max: None };

    #[test]
    fn a_wish_to_wait_closes_the_gate_for_so_long_and_never_shortens_it() {
        let gated = Health::default().after(&answer(WISH), at(100));
        assert_eq!((gated.not_before, gated.trips), (at(160), 0));
        assert_eq!((gated.room(at(159), 0, 4), gated.room(at(160), 3, 4)), (0, 1));
        let soon = Outcome::Retry { after: Some(Duration::from_secs(1)), tries_max: None };
        assert_eq!(gated.after(&answer(soon), at(101)).not_before, at(160));
        let absurd = Outcome::Retry { after: Some(Duration::MAX), tries_max: None };
        let longest = at(100) + LIFETIME_MAX;
        assert_eq!(Health::default().after(&answer(absurd), at(100)).not_before, longest);
    }

    #[test]
    fn five_failures_in_a_row_open_the_circuit_and_then_one_push_probes() {
        let mut health = Health::default();
        for n in 1..FAILURES_MAX {
            health = health.after(&answer(Outcome::InDoubt), at(0));
            assert_eq!((health.failures, health.room(at(0), 3, 9)), (n, 6));
        }
        health = health.after(&answer(Outcome::RETRY), at(0));
        assert_eq!((health.not_before, health.trips), (at(30), 1));
        // What was under way when it opened says nothing new.
        assert_eq!(health.after(&answer(Outcome::RETRY), at(1)), health);
        assert_eq!(health.room(at(29), 0, 9), 0);
        assert_eq!((health.room(at(30), 0, 9), health.room(at(30), 1, 9)), (1, 0));
        let mut opened = Vec::new();
        for _ in 0..7 {
            let now = health.not_before;
            health = health.after(&answer(Outcome::RETRY), now);
            opened.push(health.not_before.since(now).as_secs());
        }
        assert_eq!(opened, [60, 120, 240, 480, 900, 900, 900]);
    }

    #[test]
    fn any_proper_answer_ends_the_trouble() {
        let tripped = Health { not_before: at(30), failures: 5, trips: 3 };
        let later = Outcome::Later { after: Some(Duration::from_hours(1)) };
        for outcome in [Outcome::Accepted, Outcome::Rejected, Outcome::Gone, Outcome::Config, later]
        {
            let well = tripped.after(&answer(outcome), at(20));
            assert_eq!((well.failures, well.trips), (0, 0), "{outcome:?}");
            assert_eq!(well.room(at(20), 2, 9), 7, "{outcome:?}");
        }
    }

    #[test]
    fn four_failures_between_successes_never_trip_it() {
        let mut health = Health::default();
        for round in 0..20 {
            for _ in 1..FAILURES_MAX {
                health = health.after(&answer(Outcome::RETRY), at(round));
            }
            health = health.after(&answer(Outcome::Accepted), at(round));
            assert_eq!(health.trips, 0);
        }
    }

    #[test]
    fn a_bucket_takes_a_burst_and_then_one_at_a_time() {
        let quota = Quota { burst: 3, every: Duration::from_secs(5) };
        let (id, other) = (ScopeId(1), ScopeId(2));
        let mut buckets = Buckets::default();
        assert_eq!((buckets.left(id, quota, at(0)), buckets.next_at(id, quota, at(0))), (3, at(0)));
        buckets.take(id, quota, 3, at(0));
        assert_eq!((buckets.left(id, quota, at(4)), buckets.left(other, quota, at(4))), (0, 3));
        assert_eq!(buckets.next_at(id, quota, at(4)), at(5));
        assert_eq!((buckets.left(id, quota, at(5)), buckets.left(id, quota, at(12))), (1, 2));
        buckets.take(id, quota, 1, at(5));
        assert_eq!(buckets.next_at(id, quota, at(5)), at(10));
        assert_eq!(buckets.left(id, quota, at(20)), 3);
        buckets.take(other, quota, 1, at(20));
        assert_eq!(buckets.full_at.len(), 1, "full ones are forgotten");
    }

    #[test]
    fn a_clock_set_back_does_not_leave_a_bucket_empty() {
        let quota = Quota { burst: 3, every: Duration::from_secs(5) };
        let mut buckets = Buckets::default();
        buckets.take(ScopeId(1), quota, 3, at(1_000_000));
        assert_eq!(buckets.left(ScopeId(1), quota, at(1_000_000)), 0);
        assert_eq!(buckets.left(ScopeId(1), quota, at(0)), 3);
        assert_eq!(buckets.next_at(ScopeId(1), quota, at(0)), at(0));
    }
}
