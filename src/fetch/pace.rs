//! Politeness: a host is asked by one visit at a time, and left alone for a moment before the
//! next. A visit is everything that is done for one link.
//!
//! A place at a host is held for one request only, never while waiting for another place, so
//! that no two visits can wait for each other. Nobody waits beyond a deadline of their own.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::SharedClock;
use crate::net::{self, Ended};

/// When to look again at a host with a request under way, where hosts need no rest.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Everything that is done for one link. Its own requests follow one another by themselves,
/// since one thread makes them, and need no pause between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit(u64);

/// Who is asking which host. Shared by all that fetch.
pub struct Pace {
    clock: SharedClock,
    pause: Duration,
    book: Mutex<Book>,
    left: Condvar,
}

/// No host is left alone for longer because it asks for it.
const REST_MAX: Duration = Duration::from_hours(1);
/// So many hosts are known to ask for it, at most.
const HOSTS_MAX: usize = 1_000;

/// The hosts that are being asked, or were until a moment ago, or ask for rest. Others are
/// forgotten, so that there are never many.
#[derive(Default)]
struct Book {
    visits: u64,
    hosts: HashMap<String, Host>,
}

#[derive(Debug, Clone, Copy)]
struct Host {
    visit: Visit,
    under_way: u32,
    /// When it was last left, or will have rested as it asks.
    left_at: Duration,
}

/// When a visit may ask a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Now,
    /// Then, if no other visit is quicker.
    At(Duration),
    /// Not before a request has ended.
    Later,
}

impl Host {
    /// When a visit may ask this host; none is one that has not been here.
    fn turn(&self, visit: Option<Visit>, now: Duration, pause: Duration) -> Turn {
        let free_at = self.left_at + pause;
        match (visit == Some(self.visit), self.under_way) {
            (true, _) => Turn::Now,
            (false, 0) if now >= free_at => Turn::Now,
            (false, 0) => Turn::At(free_at),
            (false, _) => Turn::Later,
        }
    }
}

/// The hosts that no new visit may be made to now.
#[derive(Debug, PartialEq, Eq)]
pub struct Occupied {
    /// Their names.
    pub hosts: Vec<String>,
    /// Those of them that asked to be left alone for a time.
    pub resting: Vec<String>,
    /// When to look again whether one of them is free.
    pub free_in: Duration,
}

impl Pace {
    /// Lets each host rest for `pause` between visits.
    pub fn new(pause: Duration, clock: SharedClock) -> Arc<Self> {
        Arc::new(Self { clock, pause, book: Mutex::default(), left: Condvar::new() })
    }

    /// Begins a visit that finds its places on the way.
    pub fn visit(&self) -> Visit {
        self.book().begin()
    }

    /// Begins a visit to a host, unless that is occupied; other visits see it occupied from now
    /// on. For as long as hosts rest, that is: a visit that never asks holds nothing up.
    pub fn visit_to(&self, host: &str) -> Option<Visit> {
        let now = self.clock.monotonic();
        let mut book = self.book();
        book.forget(now, self.pause);
        let host = key(host);
        if book.hosts.contains_key(&host) {
            return None;
        }
        let visit = book.begin();
        book.hosts.insert(host, Host { visit, under_way: 0, left_at: now });
        Some(visit)
    }

    /// The hosts that no new visit may be made to now.
    pub fn occupied(&self) -> Occupied {
        let now = self.clock.monotonic();
        let mut book = self.book();
        book.forget(now, self.pause);
        let free_in = |host: &Host| match host.turn(None, now, self.pause) {
            Turn::Now => Duration::ZERO,
            Turn::At(at) => at.saturating_sub(now),
            Turn::Later => self.pause.max(LOOK_AGAIN),
        };
        Occupied {
            free_in: book.hosts.values().map(free_in).min().unwrap_or_default(),
            hosts: book.hosts.keys().cloned().collect(),
            resting: book
                .hosts
                .iter()
                .filter(|(_, host)| host.left_at > now)
                .map(|(name, _)| name.clone())
                .collect(),
        }
    }

    /// Waits for a place at a host, until `deadline` at most.
    pub(super) fn enter(
        self: &Arc<Self>,
        visit: Visit,
        host: &str,
        deadline: Duration,
    ) -> Option<Place> {
        let host = key(host);
        let mut book = self.book();
        loop {
            let now = self.clock.monotonic();
            book.forget(now, self.pause);
            let turn = book.hosts.get(&host).map(|host| host.turn(Some(visit), now, self.pause));
            let until = match turn.unwrap_or(Turn::Now) {
                Turn::Now => break,
                Turn::At(at) => at,
                Turn::Later => deadline,
            };
            if now >= deadline || until > deadline {
                return None;
            }
            let waited = self.left.wait_timeout(book, until.saturating_sub(now));
            book = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let entry = book.hosts.entry(host.clone()).or_insert(Host {
            visit,
            under_way: 0,
            left_at: Duration::ZERO,
        });
        entry.visit = visit;
        entry.under_way += 1;
        Some(Place { pace: Arc::clone(self), host })
    }

    /// Leaves a host that is being asked alone for that long, as it wants; an hour at most.
    pub(super) fn rest(&self, host: &str, wait: Duration) {
        let until = self.clock.monotonic() + wait.min(REST_MAX);
        let mut book = self.book();
        let is_room = book.hosts.len() <= HOSTS_MAX;
        if let Some(host) = book.hosts.get_mut(&key(host)).filter(|_| is_room) {
            host.left_at = host.left_at.max(until);
        }
    }

    fn leave(&self, host: &str) {
        let now = self.clock.monotonic();
        let mut book = self.book();
        if let Some(host) = book.hosts.get_mut(host) {
            host.under_way = host.under_way.saturating_sub(1);
            host.left_at = host.left_at.max(now);
        }
        drop(book);
        self.left.notify_all();
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Book {
    fn begin(&mut self) -> Visit {
        self.visits += 1;
        Visit(self.visits)
    }

    fn forget(&mut self, now: Duration, pause: Duration) {
        self.hosts.retain(|_, host| host.turn(None, now, pause) != Turn::Now);
    }
}

/// A host with a full stop at its end is the same one.
fn key(host: &str) -> String {
    host.trim_end_matches('.').to_owned()
}

/// A place at a host, for one request.
pub(super) struct Place {
    pace: Arc<Pace>,
    host: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pace.leave(&self.host);
    }
}

/// An answer that keeps its place at the host until it is read or dropped.
pub(super) struct Answer {
    inner: net::Answer,
    place: Place,
}

impl Answer {
    pub(super) fn new(inner: net::Answer, place: Place) -> Self {
        Self { inner, place }
    }

    /// Reads the body as [`net::Answer::read`] does, and leaves the host.
    pub(super) fn read(self, max_bytes: usize) -> (Vec<u8>, Ended) {
        let read = self.inner.read(max_bytes);
        drop(self.place);
        read
    }
}

impl Deref for Answer {
    type Target = net::Answer;

    fn deref(&self) -> &net::Answer {
        &self.inner
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;
    use crate::clock::{Clock, SimClock, SystemClock};
    use crate::model::time::Timestamp;
    use crate::threads;

    const PAUSE: Duration = Duration::from_secs(1);
    const ME: Visit = Visit(1);
    const OTHER: Visit = Visit(2);

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn pace() -> (Arc<Pace>, Arc<SimClock>) {
        let clock = SimClock::at(Timestamp::from_ms(0));
        clock.advance(ms(5_000));
        (Pace::new(PAUSE, clock.clone()), clock)
    }

    #[test]
    fn a_host_is_left_alone_between_visits_and_not_within_one() {
        let check = |visit, under_way, left_ms, now_ms, expected| {
            let host = Host { visit: ME, under_way, left_at: ms(left_ms) };
            assert_eq!(host.turn(visit, ms(now_ms), PAUSE), expected);
        };
        check(Some(ME), 0, 5_000, 5_000, Turn::Now);
        check(Some(ME), 1, 0, 5_000, Turn::Now);
        check(Some(OTHER), 1, 0, 5_000, Turn::Later);
        check(Some(OTHER), 0, 5_000, 5_000, Turn::At(ms(6_000)));
        check(Some(OTHER), 0, 5_000, 5_999, Turn::At(ms(6_000)));
        check(Some(OTHER), 0, 5_000, 6_000, Turn::Now);
        check(None, 1, 0, 5_000, Turn::Later);
        check(None, 0, 5_000, 6_000, Turn::Now);
    }

    #[test]
    fn a_host_that_is_free_again_is_forgotten() {
        let (pace, clock) = pace();
        for n in 0..1_000 {
            let visit = pace.visit_to(&format!("{n}.example")).unwrap();
            drop(pace.enter(visit, "cdn.example", clock.monotonic() + PAUSE));
            clock.advance(PAUSE);
        }
        assert!(pace.book().hosts.len() <= 2);
        pace.occupied();
        assert!(pace.book().hosts.is_empty());
    }

    #[test]
    fn no_two_visits_are_begun_to_one_host_at_a_time() {
        let (pace, clock) = pace();
        let visit = pace.visit_to("bread.example").unwrap();
        assert_eq!(pace.visit_to("bread.example."), None);
        assert!(pace.visit_to("butter.example").is_some());
        let place = pace.enter(visit, "bread.example", clock.monotonic()).unwrap();
        clock.advance(PAUSE * 3);
        assert_eq!(pace.visit_to("bread.example"), None, "it is still being asked");
        drop(place);
        clock.advance(ms(400));
        let rests = Occupied { free_in: ms(600), ..occupied(&["bread.example"], &[]) };
        assert_eq!(pace.occupied(), rests);
        clock.advance(ms(600));
        assert_eq!(pace.occupied(), occupied(&[], &[]));
        assert!(pace.visit_to("bread.example").is_some());
    }

    fn occupied(hosts: &[&str], resting: &[&str]) -> Occupied {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Occupied { hosts: names(hosts), resting: names(resting), free_in: Duration::ZERO }
    }

    #[test]
    fn a_host_that_asks_for_rest_gets_it_for_an_hour_at_most() {
        let (pace, clock) = pace();
        for (asked, given) in [(90, 90), (7 * 86_400, 3_600)] {
            let visit = pace.visit_to("bread.example").unwrap();
            let place = pace.enter(visit, "bread.example.", clock.monotonic()).unwrap();
            pace.rest("bread.example.", Duration::from_secs(asked));
            drop(place);
            let rests = Duration::from_secs(given);
            let name = ["bread.example"];
            assert_eq!(
                pace.occupied(),
                Occupied { free_in: rests + PAUSE, ..occupied(&name, &name) }
            );
            clock.advance(rests);
            assert_eq!(pace.visit_to("bread.example"), None);
            clock.advance(PAUSE);
            assert!(pace.visit_to("bread.example").is_some());
            clock.advance(PAUSE);
        }
    }

    #[test]
    fn nobody_waits_beyond_their_deadline() {
        let (pace, clock) = pace();
        let deadline = clock.monotonic() + ms(500);
        drop(pace.enter(pace.visit(), "bread.example", deadline));
        assert!(pace.enter(pace.visit(), "bread.example", deadline).is_none(), "it rests");
        clock.advance(PAUSE);
        let late = clock.monotonic();
        let _place = pace.enter(pace.visit(), "bread.example", late).unwrap();
        assert!(pace.enter(pace.visit(), "bread.example", late).is_none(), "it is being asked");
    }

    #[test]
    fn who_waits_gets_the_place_once_it_is_free() {
        let pace = Pace::new(ms(1), SystemClock::shared());
        let deadline = Duration::MAX;
        let place = pace.enter(pace.visit(), "bread.example", deadline).unwrap();
        let (entered, order) = bounded(1);
        let second = Arc::clone(&pace);
        let waiting = threads::spawn("second", move || {
            let place = second.enter(second.visit(), "bread.example", Duration::from_mins(10));
            entered.send(place.is_some()).unwrap();
        });
        assert!(order.is_empty());
        drop(place);
        assert!(order.recv().unwrap());
        waiting.unwrap().join().unwrap();
    }
}
