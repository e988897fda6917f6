//! The queue of pages to read: a row of it is a bookmark whose page is due.

use std::time::Duration;

use crate::error::Result;
use crate::model::id::BookmarkId;
use crate::model::page::{PageCard, PageState};
use crate::model::reason::Reason;
use crate::store::{self, WriteTx};

/// A page taken longer ago than this was lost with its fetcher, and is read again.
const LEASE: Duration = Duration::from_mins(2);
/// How often a page that cannot be read for now is tried, and the waits between.
const WAITS: [Duration; 3] =
    [Duration::from_mins(1), Duration::from_mins(15), Duration::from_hours(6)];

/// A page to be read.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Whose page it is.
    pub id: BookmarkId,
    /// Where it is.
    pub url: String,
    /// Which try this is, 1 for the first.
    pub tries: u32,
}

/// What came of reading a page.
#[derive(Debug, Clone)]
pub enum Read {
    /// It was read.
    Ready(Box<PageCard>),
    /// It could not be.
    Failed {
        /// Why.
        reason: Reason,
        /// Whether another try may help.
        again: bool,
    },
    /// It must not be.
    Refused(Reason),
}

impl Read {
    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ready(_) => "ready",
            Self::Failed { .. } => "failed",
            Self::Refused(_) => "refused",
        }
    }
}

/// Takes the next page that is due, so that no other fetcher does.
pub fn claim(tx: &WriteTx) -> Result<Option<Claimed>> {
    let Some((id, url, tries)) = store::pages::find_due(tx)? else { return Ok(None) };
    store::pages::set_due(tx, id, Some(tx.now() + LEASE), tries + 1)?;
    Ok(Some(Claimed { id, url, tries: tries + 1 }))
}

/// Records what came of reading a page. One that was deleted meanwhile is passed over.
pub fn record(tx: &WriteTx, claimed: &Claimed, read: &Read) -> Result<()> {
    let id = claimed.id;
    if store::bookmarks::find(tx, id)?.is_none() {
        return Ok(());
    }
    let wait = WAITS.get(claimed.tries as usize - 1);
    let (state, reason, due_at) = match read {
        Read::Ready(page) => {
            store::pages::set(tx, id, page)?;
            (PageState::Ready, None, None)
        }
        Read::Refused(reason) => (PageState::Refused, Some(*reason), None),
        Read::Failed { reason, again } => {
            let due_at = wait.filter(|_| *again).map(|wait| tx.now() + *wait);
            (PageState::Failed, Some(*reason), due_at)
        }
    };
    store::pages::set_due(tx, id, due_at, claimed.tries)?;
    store::pages::set_state(tx, id, state, reason)?;
    if let Some(bookmark) = store::bookmarks::find(tx, id)? {
        store::bookmarks::index(tx, &bookmark)?;
    }
    Ok(())
}
