//! A fuse in the server's one writer: it ends the server at the start of a certain transaction,
//! so right after the commit before it, as `kill -9` would.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use toaster::clock::{Clock, SimClock};
use toaster::model::time::Timestamp;

/// The writer's clock, which it asks once for each transaction.
pub struct Fuse {
    clock: Arc<SimClock>,
    commits_left: AtomicI64,
}

impl Fuse {
    /// A fuse that does not burn.
    pub fn new(clock: Arc<SimClock>) -> Arc<Self> {
        Arc::new(Self { clock, commits_left: AtomicI64::new(i64::MAX) })
    }

    /// Lets so many more transactions be committed, and no other.
    pub fn light(&self, commits: i64) {
        self.commits_left.store(commits, Ordering::SeqCst);
    }

    /// Ends the server now.
    pub fn blow(&self) {
        self.light(-1);
    }

    /// Is as new.
    pub fn replace(&self) {
        self.light(i64::MAX);
    }

    /// Whether the server has ended.
    pub fn is_blown(&self) -> bool {
        self.commits_left.load(Ordering::SeqCst) < 0
    }
}

impl Clock for Fuse {
    fn now(&self) -> Timestamp {
        if self.commits_left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            // Unlike a panic it says nothing on its way.
            resume_unwind(Box::new("the fuse has blown"));
        }
        self.clock.now()
    }

    fn monotonic(&self) -> Duration {
        self.clock.monotonic()
    }
}
