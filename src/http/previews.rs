//! Reading pages for people who wait for the answer: within a rate for each of them, and
//! never by so many threads that slow sites could keep all others from being answered.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use url::Url;

use crate::error::{Error, Result};
use crate::model::id::UserId;
use crate::model::language::Language;
use crate::model::page::{PageMeta, PageState};
use crate::model::reason::Reason;

/// One every two seconds in the long run.
const EVERY: Duration = Duration::from_secs(2);
/// So many at once before that.
const BURST: u32 = 10;

/// What a page says of itself, or where reading it stands and why.
pub type Found = Result<PageMeta, (PageState, Reason)>;

/// Reads a page for somebody who reads that language.
pub type ReadPage = dyn Fn(&Url, Language) -> Found + Send + Sync;

/// The way to the pages of links that are not saved yet.
pub struct Previews {
    read: Box<ReadPage>,
    seats: usize,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    under_way: usize,
    /// Until when each has used up what is theirs; those who have not are left out.
    used_until: HashMap<UserId, Duration>,
}

impl Previews {
    /// Reads through `read`, by half of that many threads at most, though by one at least.
    pub fn new(threads: usize, read: Box<ReadPage>) -> Self {
        Self { read, seats: (threads / 2).max(1), book: Mutex::default() }
    }

    /// Reads a page for somebody.
    ///
    /// # Errors
    /// `TooMany` when they ask too often, `Unavailable` when too many ask now.
    pub(super) fn read(
        &self,
        user_id: UserId,
        url: &Url,
        language: Language,
        now: Duration,
    ) -> Result<Found> {
        let _seat = self.sit(user_id, now)?;
        Ok((self.read)(url, language))
    }

    fn sit(&self, user_id: UserId, now: Duration) -> Result<Seat<'_>> {
        let mut book = self.book();
        if book.under_way >= self.seats {
            return Err(Error::Unavailable("other pages are being read, try again soon".into()));
        }
        book.used_until.retain(|_, until| *until > now);
        let used_until = book.used_until.get(&user_id).copied().unwrap_or(now);
        let wait = (used_until + EVERY).saturating_sub(now + EVERY * BURST);
        if !wait.is_zero() {
            return Err(Error::TooMany { after_s: wait.as_millis().div_ceil(1000) as u64 });
        }
        book.used_until.insert(user_id, used_until + EVERY);
        book.under_way += 1;
        Ok(Seat(self))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right of one thread to read, until it is dropped.
struct Seat<'a>(&'a Previews);

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.book().under_way -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINA: UserId = UserId(1);
    const JUNO: UserId = UserId(2);

    fn previews(threads: usize) -> Previews {
        Previews::new(threads, Box::new(|_, _| Err((PageState::Failed, Reason::TimedOut))))
    }

    #[test]
    fn each_person_has_ten_at_once_and_one_every_two_seconds_after_that() {
        let previews = previews(1);
        let at = Duration::from_secs;
        for _ in 0..10 {
            assert!(previews.sit(MINA, at(100)).is_ok());
        }
        let wait = |now| match previews.sit(MINA, now) {
            Err(Error::TooMany { after_s }) => after_s,
            _ => 0,
        };
        assert_eq!([wait(at(100)), wait(at(101)), wait(at(102)), wait(at(102))], [2, 1, 0, 2]);
        assert!(previews.sit(JUNO, at(102)).is_ok());
        assert_eq!(wait(at(1_000)), 0);
        assert_eq!(previews.book().used_until.len(), 1, "who has rested is forgotten");
    }

    #[test]
    fn half_of_the_threads_stay_free_and_a_seat_comes_back() {
        for (threads, seats) in [(1, 1), (2, 1), (5, 2), (8, 4)] {
            let previews = previews(threads);
            let now = Duration::ZERO;
            let taken: Vec<_> = (0..seats).map(|_| previews.sit(MINA, now).unwrap()).collect();
            assert!(matches!(previews.sit(JUNO, now), Err(Error::Unavailable(_))), "{threads}");
            drop(taken);
            assert!(previews.sit(JUNO, now).is_ok());
        }
    }
}
