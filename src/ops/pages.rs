//! The queue of pages to read: a row of it is a bookmark whose page is due.

use std::time::Duration;

use crate::error::Result;
use crate::model::event::Event;
use crate::model::id::{BookmarkId, UserId};
use crate::model::language::Language;
use crate::model::page::{PageCard, PageState};
use crate::model::place;
use crate::model::reason::Reason;
use crate::ops::hooks;
use crate::store::{self, Wake, WriteTx};

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
    /// It was not.
    Unread(Unread),
}

/// Why a page was not read, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// `Failed`, or `Refused` where it must not be read.
    pub state: PageState,
    /// Why.
    pub reason: Reason,
    /// Whether another try may help.
    pub again: bool,
    /// How long the site asks to be left alone before that.
    pub retry_after: Option<Duration>,
    /// What it may well be called, judging by its address.
    pub title: Option<String>,
}

impl Unread {
    /// A page in that state for good.
    pub const fn new(state: PageState, reason: Reason) -> Self {
        Self { state, reason, again: false, retry_after: None, title: None }
    }
}

impl Read {
    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ready(_) => "ready",
            Self::Unread(unread) => unread.state.as_str(),
        }
    }
}

/// Takes a page, so that no other fetcher does; none when another has, or it is not due. One
/// that ended the program at every try is given up on.
pub fn claim(tx: &WriteTx, id: BookmarkId) -> Result<Option<Claimed>> {
    let Some(due) = store::pages::find_due_of(tx, id)? else { return Ok(None) };
    let tries = due.tries + 1;
    let claimed = Claimed { id, url: due.url, tries, language: due.language };
    store::pages::set_due(tx, id, Some(tx.now() + LEASE), tries)?;
    if due.tries as usize > WAITS.len() {
        // What came of the last try was never recorded.
        let unread = Unread::new(PageState::Failed, Reason::NotUnderstood);
        record(tx, &claimed, &Read::Unread(unread))?;
        return Ok(None);
    }
    Ok(Some(claimed))
}

/// Records what came of reading a page. Where it could not be read, what it said before is
/// kept. One that was deleted meanwhile is passed over.
pub fn record(tx: &WriteTx, claimed: &Claimed, read: &Read) -> Result<()> {
    let id = claimed.id;
    let Some(before) = store::bookmarks::find(tx, id)? else { return Ok(()) };
    let (state, reason, due_at) = match read {
        Read::Ready(page) => {
            store::pages::set(tx, id, page)?;
            let key = place::key(&before.url, page.canonical_url.as_deref());
            store::duplicates::set_key(tx, id, &key)?;
            store::link_checks::delete_failing(tx, id)?;
            (PageState::Ready, None, None)
        }
        Read::Unread(Unread { state, reason, again, retry_after, title }) => {
            let untitled = before.page.title.is_empty();
            if let Some(title) = title.as_ref().filter(|_| untitled) {
                store::pages::set_title(tx, id, title)?;
            }
            let floor = retry_after.unwrap_or_default().min(RETRY_AFTER_MAX);
            let wait = WAITS.get(claimed.tries as usize - 1).filter(|_| *again);
            (*state, Some(*reason), wait.map(|wait| tx.now() + floor.max(*wait)))
        }
    };
    store::pages::end_try(tx, id, due_at, claimed.tries)?;
    if before.page_state == PageState::Ready && state != PageState::Ready {
        return Ok(()); // Nobody asked for it to be read: only a picture was lost.
    }
    store::pages::set_state(tx, id, state, reason)?;
    if let Some(mut bookmark) = store::bookmarks::find(tx, id)? {
        // A title that is read anew is no reason to file a link again.
        if before.fetched_at.is_none() && state == PageState::Ready {
            bookmark = super::rules::on_title(tx, bookmark)?;
        }
        match state {
            PageState::Ready => hooks::tell(tx, Event::PageReady, &bookmark)?,
            _ => hooks::tell_change(tx, &before, &bookmark)?,
        }
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
    fn a_page_that_no_try_comes_back_from_is_given_up_on() {
        let mut db = Memory::open();
        let id = db
            .write(|tx| {
                let user = ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)?;
                let link = Link::parse("https://bread.example/")?;
                Ok(ops::bookmarks::save(tx, user, &NewBookmark::of(link))?.bookmark.id)
            })
            .unwrap();
        let mut tries = Vec::new();
        while let Some(claimed) = db.write(|tx| claim(tx, id)).unwrap() {
            tries.push(claimed.tries);
            db.now = db.now + LEASE;
            assert!(tries.len() < 100, "it would be tried for ever");
        }
        assert_eq!(tries, [1, 2, 3, 4]);
        let bookmark = db.read(|tx| store::bookmarks::find(tx, id)).unwrap().unwrap();
        let stands = (bookmark.page_state, bookmark.page_reason);
        assert_eq!(stands, (PageState::Failed, Some(Reason::NotUnderstood)));
        assert_eq!(db.read(store::pages::next_due_at).unwrap(), None);
    }

    #[test]
    fn a_refresh_that_is_asked_for_while_the_page_is_read_is_not_lost() {
        let mut db = Memory::open();
        let (user, id) = db
            .write(|tx| {
                let user = ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)?;
                let link = Link::parse("https://bread.example/")?;
                Ok((user, ops::bookmarks::save(tx, user, &NewBookmark::of(link))?.bookmark.id))
            })
            .unwrap();
        let claimed = db.write(|tx| claim(tx, id)).unwrap().unwrap();
        db.write(|tx| ops::bookmarks::refresh(tx, user, id)).unwrap();
        let card = Box::new(PageCard { title: "Before".into(), ..PageCard::default() });
        db.write(move |tx| record(tx, &claimed, &Read::Ready(card))).unwrap();
        assert_eq!(db.read(store::pages::next_due_at).unwrap(), Some(db.now));
        assert_eq!(db.write(|tx| claim(tx, id)).unwrap().unwrap().tries, 1);
    }

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
            let claimed = claim(tx, id)?.unwrap();
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
        let fail = |tx: &WriteTx| {
            let claimed = Claimed { id, url: String::new(), tries: 1, language: Language::English };
            record(tx, &claimed, &Read::Unread(Unread::new(PageState::Refused, Reason::Robots)))
        };
        db.write(fail).unwrap();
        let kept = db.read(|tx| store::bookmarks::get(tx, user, id)).unwrap();
        assert_eq!((kept.page_state, kept.page_reason), (PageState::Ready, None));
        db.now = tomorrow + PICTURE_WAIT * 2;
        assert_eq!(lose(&mut db, "loaf").2, Some(db.now), "read long ago, it is read now");
        let other = db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC));
        let theirs = db.write(|tx| picture_lost(tx, other.unwrap(), id, "crumb"));
        assert!(matches!(theirs, Err(crate::error::Error::NotFound(_))));
    }
}
