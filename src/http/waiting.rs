//! Holding a request until something has happened elsewhere. Threads that answer are few, so
//! only one of them waits at a time, and not for long.

use std::sync::{Mutex, TryLockError};
use std::time::Duration;

use crossbeam_channel::after;

use crate::error::Result;

/// How often it is looked whether it has happened.
const EVERY: Duration = Duration::from_millis(100);

/// The one seat for a request that waits.
#[derive(Debug, Default)]
pub struct Waiting {
    seat: Mutex<()>,
    looks: u32,
    every: Duration,
}

impl Waiting {
    /// Waits for about `time` at most.
    pub fn up_to(time: Duration) -> Self {
        let looks = u32::try_from(time.as_millis() / EVERY.as_millis()).unwrap_or(u32::MAX);
        Self { seat: Mutex::default(), looks, every: EVERY }
    }

    /// Looks until what is seen `is_done`, the time is up, or at once where somebody else waits
    /// already. Returns what was seen last.
    ///
    /// # Errors
    /// As `look`.
    pub(super) fn until<T>(
        &self,
        look: impl Fn() -> Result<T>,
        is_done: impl Fn(&T) -> bool,
    ) -> Result<T> {
        let mut seen = look()?;
        let _seat = match self.seat.try_lock() {
            Ok(seat) => seat,
            Err(TryLockError::Poisoned(seat)) => seat.into_inner(),
            Err(TryLockError::WouldBlock) => return Ok(seen),
        };
        for _ in 0..self.looks {
            if is_done(&seen) {
                break;
            }
            let _ = after(self.every).recv();
            seen = look()?;
        }
        Ok(seen)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn waiting(looks: u32) -> Waiting {
        Waiting { looks, ..Waiting::default() }
    }

    /// What is seen when it is done at the third look, and how often it was looked.
    fn wait(waiting: &Waiting) -> (u32, u32) {
        let looks = Cell::new(0);
        let look = || {
            looks.set(looks.get() + 1);
            Ok(looks.get())
        };
        (waiting.until(look, |seen| *seen == 3).unwrap(), looks.get())
    }

    #[test]
    fn it_ends_when_it_is_done_or_the_time_is_up() {
        assert_eq!(wait(&waiting(50)), (3, 3));
        assert_eq!(wait(&waiting(1)), (2, 2));
        assert_eq!(wait(&waiting(0)), (1, 1));
        assert_eq!(Waiting::up_to(Duration::from_secs(20)).looks, 200);
    }

    #[test]
    fn only_one_waits_at_a_time() {
        let waiting = waiting(50);
        let seat = waiting.seat.lock().unwrap();
        assert_eq!(wait(&waiting), (1, 1));
        drop(seat);
        assert_eq!(wait(&waiting), (3, 3));
    }
}
