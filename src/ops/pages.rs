//! The queue of pages to read: a row of it is a bookmark whose page is due.

use std::time::Duration;

use crate::error::Result;
use crate::model::id::{BookmarkId, UserId};
use crate::model::page::{PageCard, PageState};
use crate::model::reason::Reason;
use crate::store::{self, Wake, WriteTx};

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

/// How often a page is read again for the sake of its pictures, at most.
const PICTURE_WAIT: Duration = Duration::from_hours(24);

/// Notes that the picture or icon with that key is not kept any more: its page is read
/// again, and goes on to be shown as it is meanwhile.
pub fn picture_lost(tx: &WriteTx, user_id: UserId, id: BookmarkId, key: &str) -> Result<()> {
    let bookmark = store::bookmarks::get(tx, user_id, id)?;
    let (picture, icon) = (bookmark.page.picture.as_deref(), bookmark.page.icon.as_deref());
    if picture != Some(key) && icon != Some(key) {
        return Ok(()); // Its page was read meanwhile.
    }
    let soonest = bookmark.fetched_at.map_or(tx.now(), |at| at + PICTURE_WAIT);
    store::pages::forget_picture(tx, id, key, soonest.max(tx.now()))?;
    tx.wake(Wake::Page);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bookmark::{Link, NewBookmark};
    use crate::model::time::Zone;
    use crate::ops;
    use crate::store::testing::Memory;

    #[test]
    fn a_lost_picture_has_its_page_read_again_once_a_day_and_shown_as_it_is_meanwhile() {
        let mut db = Memory::open();
        let (user, id) = db
            .write(|tx| {
                let user = ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)?;
                let link = Link::parse("https://bread.example/")?;
                let saved = ops::bookmarks::save(tx, user, &NewBookmark::of(link))?;
                Ok((user, saved.bookmark.id))
            })
            .unwrap();
        let read = |tx: &WriteTx| {
            let (picture, icon) = (Some("loaf".into()), Some("crumb".into()));
            let card = PageCard { picture, icon, ..PageCard::default() };
            let claimed = claim(tx)?.unwrap();
            record(tx, &claimed, &Read::Ready(Box::new(card)))
        };
        db.write(read).unwrap();
        let start = db.now;
        let lose = |db: &mut Memory, key: &str| {
            db.write(|tx| picture_lost(tx, user, id, key)).unwrap();
            let bookmark = db.read(|tx| store::bookmarks::get(tx, user, id)).unwrap();
            assert_eq!(bookmark.page_state, PageState::Ready);
            (bookmark.page.picture, bookmark.page.icon, db.read(store::pages::next_due_at).unwrap())
        };
        let (loaf, crumb) = (Some("loaf".to_owned()), Some("crumb".to_owned()));
        assert_eq!(lose(&mut db, "stale"), (loaf.clone(), crumb.clone(), None));
        assert!(db.wakes.is_empty());
        // Read less than a day ago: it has to wait.
        let tomorrow = start + PICTURE_WAIT;
        assert_eq!(lose(&mut db, "loaf"), (None, crumb.clone(), Some(tomorrow)));
        assert_eq!(db.wakes, [Wake::Page]);
        assert_eq!(lose(&mut db, "loaf"), (None, crumb, Some(tomorrow)));
        assert!(db.wakes.is_empty(), "what is forgotten is lost once");
        assert_eq!(lose(&mut db, "crumb"), (None, None, Some(tomorrow)));
        db.now = tomorrow;
        db.write(read).unwrap();
        db.now = tomorrow + PICTURE_WAIT * 2;
        assert_eq!(lose(&mut db, "loaf").2, Some(db.now), "read long ago, it is read now");
        let other = db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC));
        let theirs = db.write(|tx| picture_lost(tx, other.unwrap(), id, "crumb"));
        assert!(matches!(theirs, Err(crate::error::Error::NotFound(_))));
    }
}
