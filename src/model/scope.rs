//! The services that pushes go through, and when one may be asked: gates and circuit breakers.
//!
//! A scope is what answers for many destinations at once, such as an ntfy server. One that asks
//! us to wait, or fails again and again, makes its deliveries wait without costing them tries.

use std::time::Duration;

use crate::model::delivery::{Answer, LIFETIME_MAX, Outcome};
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
    /// Whether it may be asked at `now`, while `under_way` pushes to it are.
    pub fn may_ask(&self, now: Timestamp, under_way: usize) -> bool {
        now >= self.not_before && (self.trips == 0 || under_way == 0)
    }

    /// What is known after an answer.
    #[must_use]
    pub fn after(self, answer: &Answer, now: Timestamp) -> Self {
        let wish = match answer.outcome {
            // It works, whatever it thought of this push.
            Outcome::Accepted | Outcome::Rejected | Outcome::Gone | Outcome::Config => {
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
        assert!(!gated.may_ask(at(159), 0) && gated.may_ask(at(160), 3));
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
            assert_eq!((health.failures, health.may_ask(at(0), 9)), (n, true));
        }
        health = health.after(&answer(Outcome::RETRY), at(0));
        assert_eq!((health.not_before, health.trips), (at(30), 1));
        // What was under way when it opened says nothing new.
        assert_eq!(health.after(&answer(Outcome::RETRY), at(1)), health);
        assert!(!health.may_ask(at(29), 0));
        assert!(health.may_ask(at(30), 0) && !health.may_ask(at(30), 1));
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
        for outcome in [Outcome::Accepted, Outcome::Rejected, Outcome::Gone, Outcome::Config] {
            let well = tripped.after(&answer(outcome), at(20));
            assert_eq!((well.failures, well.trips), (0, 0), "{outcome:?}");
            assert!(well.may_ask(at(20), 9), "{outcome:?}");
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
}
