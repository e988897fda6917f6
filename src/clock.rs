//! The only place that asks what time it is.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use crate::model::clock_sense::Nonsense;
use crate::model::time::Timestamp;

/// Tells the time. Injected from `app`, so that tests can step it.
pub trait Clock: Send + Sync {
    /// The instant by the wall clock; it may jump either way.
    fn now(&self) -> Timestamp;

    /// Time since some fixed start; it never goes back. For deadlines.
    fn monotonic(&self) -> Duration;
}

/// Whether the wall clock is believed: what the scheduler last found, for those who report it.
#[derive(Debug, Default)]
pub struct ClockTrust(Mutex<Option<Nonsense>>);

impl ClockTrust {
    /// Notes why the clock is not believed, or that it is; says whether that is news.
    pub fn set(&self, nonsense: Option<Nonsense>) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *held, nonsense) != nonsense
    }

    /// Why the clock is not believed.
    pub fn nonsense(&self) -> Option<Nonsense> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clock that all parts of the program share.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's own clock.
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose [`Clock::monotonic`] starts at zero now.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
    pub fn shared() -> SharedClock {
        Arc::new(Self { start: Instant::now() })
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may")]
    fn now(&self) -> Timestamp {
        let ms = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        Timestamp::from_ms(ms)
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that stands still until it is told to move.
#[derive(Debug, Default)]
pub struct SimClock {
    wall_ms: AtomicI64,
    monotonic_ms: AtomicI64,
}

impl SimClock {
    /// A clock that stands at `start`.
    pub fn at(start: Timestamp) -> Arc<Self> {
        let clock = Self::default();
        clock.wall_ms.store(start.as_ms(), Ordering::SeqCst);
        Arc::new(clock)
    }

    /// Lets time pass, as it does while the program runs.
    pub fn advance(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).expect("simulated spans are short");
        self.wall_ms.fetch_add(ms, Ordering::SeqCst);
        self.monotonic_ms.fetch_add(ms, Ordering::SeqCst);
    }

    /// Sets the wall clock alone, as an administrator or NTP would.
    pub fn set(&self, to: Timestamp) {
        self.wall_ms.store(to.as_ms(), Ordering::SeqCst);
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.wall_ms.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.monotonic_ms.load(Ordering::SeqCst).unsigned_abs())
    }
}
