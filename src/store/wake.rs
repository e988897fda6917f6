//! Nudges to workers that there may be something to do. They are rung after the commit;
//! one that gets lost costs minutes, since workers also look for themselves.

use crossbeam_channel::Sender;

use crate::model::id::UserId;
use crate::model::time::Timestamp;

/// There may be something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// A reminder of that user is due then.
    Reminder(UserId, Timestamp),
    /// A delivery waits in the outbox.
    Outbox,
    /// A page waits to be read.
    Page,
    /// A file of links waits to be read.
    Import,
    /// Many bookmarks are not in the search index.
    Search,
}

/// The bells that a thread can ring: those of the workers below it, and no others.
#[derive(Debug, Clone, Default)]
pub struct Wakes {
    /// The scheduler's.
    pub scheduler: Option<Sender<Wake>>,
    /// The outbox sender's.
    pub outbox: Option<Sender<Wake>>,
    /// The page fetchers'.
    pub pages: Option<Sender<Wake>>,
    /// The importer's.
    pub imports: Option<Sender<Wake>>,
    /// The indexer's.
    pub search: Option<Sender<Wake>>,
}

impl Wakes {
    /// Rings; a full inbox drops the nudge, since the row it speaks of is already committed.
    pub(super) fn ring(&self, wakes: &[Wake]) {
        for wake in wakes {
            let bell = match wake {
                Wake::Reminder(..) => &self.scheduler,
                Wake::Outbox => &self.outbox,
                Wake::Page => &self.pages,
                Wake::Import => &self.imports,
                Wake::Search => &self.search,
            };
            if let Some(bell) = bell {
                let _ = bell.try_send(*wake);
            }
        }
    }
}
