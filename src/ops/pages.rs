//! The queue of pages to read: a row of it is a bookmark whose page is due.

use std::time::Duration;

use crate::error::Result;
use crate::model::id::BookmarkId;
use crate::model::language::Language;
use crate::model::page::{PageCard, PageState};
use crate::model::reason::Reason;
use crate::store::{self, WriteTx};

/// A page taken longer ago than this was lost with its fetcher, and is read again. Longer than
/// any visit: twice the largest time that can be set for a page.
const LEASE: Duration = Duration::from_mins(2);
/// The waits before a page that cannot be read for now is tried again: three times in a day.
const WAITS: [Duration; 3] =
    [Duration::from_mins(10), Duration::from_hours(3), Duration::from_hours(20)];
/// No site is obeyed that asks to be left alone for longer.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(24);

/// A page to be read.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Whose page it is.
    pub id: BookmarkId,
    /// Where it is.
    pub url: String,
    /// Which try this is, 1 for the first.
    pub tries: u32,
    /// What its owner reads.
    pub language: Language,
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
        /// How long the site asks to be left alone before that.
        retry_after: Option<Duration>,
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

/// Takes a page, so that no other fetcher does; none when another has, or it is not due.
pub fn claim(tx: &WriteTx, id: BookmarkId) -> Result<Option<Claimed>> {
    let Some(due) = store::pages::find_due_of(tx, id)? else { return Ok(None) };
    let tries = due.tries + 1;
    store::pages::set_due(tx, id, Some(tx.now() + LEASE), tries)?;
    Ok(Some(Claimed { id, url: due.url, tries, language: due.language }))
}

/// Records what came of reading a page. Where it could not be read, what it said before is
/// kept. One that was deleted meanwhile is passed over.
pub fn record(tx: &WriteTx, claimed: &Claimed, read: &Read) -> Result<()> {
    let id = claimed.id;
    if store::bookmarks::find(tx, id)?.is_none() {
        return Ok(());
    }
    let (state, reason, due_at) = match read {
        Read::Ready(page) => {
            store::pages::set(tx, id, page)?;
            (PageState::Ready, None, None)
        }
        Read::Refused(reason) => (PageState::Refused, Some(*reason), None),
        Read::Failed { reason, again, retry_after } => {
            let floor = retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
            let wait = WAITS.get(claimed.tries as usize - 1).filter(|_| *again);
            let due_at = wait.map(|wait| tx.now() + floor.max(*wait));
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
