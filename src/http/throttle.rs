//! Slows down guessing: a few failures are free, then each costs a growing wait.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result};

const FREE_FAILURES: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_WAIT: Duration = Duration::from_mins(15);
/// Beyond this many names and addresses the oldest are forgotten.
const ENTRIES_MAX: usize = 4_096;

/// Counts failures by name and by address, in memory of a bounded size.
#[derive(Default)]
pub struct Throttle {
    failures: Mutex<HashMap<String, Failures>>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last_at: Duration,
}

impl Failures {
    fn wait(self) -> Duration {
        let beyond = self.count.saturating_sub(FREE_FAILURES);
        if beyond == 0 {
            return Duration::ZERO;
        }
        FIRST_WAIT.saturating_mul(2u32.saturating_pow(beyond - 1)).min(LONGEST_WAIT)
    }
}

impl Throttle {
    /// Whether a try by any of these may go on.
    ///
    /// # Errors
    /// `TooMany` while one of them has to wait.
    pub fn check(&self, who: &[String], now: Duration) -> Result<()> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for found in who.iter().filter_map(|who| failures.get(who)) {
            let until = found.last_at + found.wait();
            if until > now {
                return Err(Error::TooMany { after_s: (until - now).as_secs() + 1 });
            }
        }
        Ok(())
    }

    /// A try by these has failed.
    pub fn failed(&self, who: &[String], now: Duration) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        for who in who {
            if failures.len() >= ENTRIES_MAX && !failures.contains_key(who) {
                let oldest =
                    failures.iter().min_by_key(|(_, f)| f.last_at).map(|(who, _)| who.clone());
                oldest.map(|who| failures.remove(&who));
            }
            let entry = failures.entry(who.clone()).or_insert(Failures { count: 0, last_at: now });
            // Half a day of peace clears the account.
            if now.saturating_sub(entry.last_at) > Duration::from_hours(12) {
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            entry.last_at = now;
        }
    }

    /// A try by this one went well.
    pub fn succeeded(&self, who: &str) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(who);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_failures_are_free_then_waits_grow_and_end() {
        let throttle = Throttle::default();
        let mina = ["mina".to_owned()];
        let at = Duration::from_secs;
        for _ in 0..FREE_FAILURES {
            throttle.check(&mina, at(0)).unwrap();
            throttle.failed(&mina, at(0));
        }
        throttle.check(&mina, at(0)).unwrap();
        throttle.failed(&mina, at(0));
        assert!(matches!(throttle.check(&mina, at(9)), Err(Error::TooMany { after_s: 2 })));
        throttle.check(&mina, at(10)).unwrap();
        throttle.failed(&mina, at(10));
        assert!(throttle.check(&mina, at(29)).is_err());
        throttle.check(&["juno".to_owned()], at(29)).unwrap();
        throttle.succeeded("mina");
        throttle.check(&mina, at(29)).unwrap();
    }

    #[test]
    fn its_memory_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..ENTRIES_MAX as u64 + 10 {
            throttle.failed(&[n.to_string()], Duration::from_secs(n));
        }
        assert_eq!(throttle.failures.lock().unwrap().len(), ENTRIES_MAX);
    }
}
