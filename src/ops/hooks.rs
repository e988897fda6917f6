//! Telling a person's webhooks what happens to what they keep: in the transaction in which it
//! happens, so that nothing is told that did not, and nothing that did is lost. For people
//! without such webhooks nothing is done but to find that out.

mod letter;

use std::slice;

use letter::{IDS_MAX, Letter};

use crate::error::Result;
use crate::model::bookmark::Bookmark;
use crate::model::delivery::{EVENT_LIFETIME, EVENTS_WAITING_MAX};
use crate::model::destination::Destination;
use crate::model::event::Event;
use crate::model::id::{BookmarkId, FiringId, UserId};
use crate::model::language::Language;
use crate::model::reminder::Reminder;
use crate::model::user::User;
use crate::ops::shown::BookmarkReply;
use crate::store::events::NewEvent;
use crate::store::{self, Tx, Wake, WriteTx};

/// As many bookmarks of one change are told of one by one; of more, only their ids.
const EACH_MAX: usize = 20;

/// Makes a change to bookmarks of a person, and tells which of them are not what they were, or
/// are no more.
pub(super) fn watch<T>(
    tx: &WriteTx,
    user_id: UserId,
    ids: &[BookmarkId],
    change: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let Some(hooks) = Hooks::find(tx, user_id)? else { return change() };
    let mut before = store::bookmarks::find_all(tx, ids)?;
    before.retain(|bookmark| bookmark.user_id == user_id);
    let value = change()?;
    let (mut updated, mut deleted) = (Vec::new(), Vec::new());
    for was in before {
        match store::bookmarks::find(tx, was.id)? {
            Some(is) if hooks.differ(&was, &is) => updated.push(is),
            Some(_) => {}
            None => deleted.push(was),
        }
    }
    hooks.tell(tx, Event::BookmarkUpdated, &updated)?;
    hooks.tell(tx, Event::BookmarkDeleted, &deleted)?;
    Ok(value)
}

/// Tells of a bookmark that was saved just now, or whose page was read.
pub(super) fn tell(tx: &WriteTx, event: Event, bookmark: &Bookmark) -> Result<()> {
    match Hooks::find(tx, bookmark.user_id)? {
        Some(hooks) => hooks.tell(tx, event, slice::from_ref(bookmark)),
        None => Ok(()),
    }
}

/// Tells that a bookmark is not what it was, if that is so.
pub(super) fn tell_change(tx: &WriteTx, was: &Bookmark, is: &Bookmark) -> Result<()> {
    match Hooks::find(tx, is.user_id)? {
        Some(hooks) if hooks.differ(was, is) => {
            hooks.tell(tx, Event::BookmarkUpdated, slice::from_ref(is))
        }
        _ => Ok(()),
    }
}

/// Makes a change that alters the bookmarks of that list, of which there may be very many, and
/// tells so. Where nobody is told they are not listed.
pub(super) fn watch_many<T>(
    tx: &WriteTx,
    user_id: UserId,
    list: impl FnOnce() -> Result<Vec<BookmarkId>>,
    change: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let event = Event::BookmarkUpdated;
    let Some(hooks) = Hooks::find(tx, user_id)?.filter(|hooks| hooks.has(event)) else {
        return change();
    };
    let ids = list()?;
    let value = change()?;
    hooks.tell_ids(tx, event, &ids)?;
    Ok(value)
}

/// Tells of what was done to many bookmarks.
pub(super) fn tell_many(
    tx: &WriteTx,
    user_id: UserId,
    event: Event,
    ids: &[BookmarkId],
) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    match Hooks::find(tx, user_id)? {
        Some(hooks) => hooks.tell_ids(tx, event, ids),
        None => Ok(()),
    }
}

/// Tells those of `destinations` that ask for it that a reminder has fired.
pub(super) fn tell_fired(
    tx: &WriteTx,
    destinations: &[Destination],
    reminder: &Reminder,
    id: FiringId,
    language: Language,
) -> Result<()> {
    if destinations.is_empty() {
        return Ok(());
    }
    let settings = &reminder.settings;
    let waiting = store::bookmarks::waiting(tx, reminder.user_id, settings.target, settings.pick)?;
    let mut fired = store::firings::get(tx, id)?;
    fired.name = super::reminders::title(tx, reminder, language)?;
    let letter = Letter::of_firing(tx, &fired, &settings.zone, waiting)?;
    send(tx, destinations, Event::ReminderFired, &[letter])
}

/// A person who has webhooks that are told of events, and those.
struct Hooks {
    user: User,
    destinations: Vec<Destination>,
}

impl Hooks {
    fn find(tx: &Tx, user_id: UserId) -> Result<Option<Self>> {
        let destinations = store::destinations::list_told(tx, user_id)?;
        if destinations.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { user: store::users::get(tx, user_id)?, destinations }))
    }

    fn has(&self, event: Event) -> bool {
        self.destinations.iter().any(|to| to.events.has(event))
    }

    /// Whether programs see any difference but that it was touched.
    fn differ(&self, was: &Bookmark, is: &Bookmark) -> bool {
        let (was, is) = (BookmarkReply::of(was, &self.user), BookmarkReply::of(is, &self.user));
        BookmarkReply { updated_at: is.updated_at.clone(), ..was } != is
    }

    fn tell(&self, tx: &WriteTx, event: Event, bookmarks: &[Bookmark]) -> Result<()> {
        if bookmarks.len() > EACH_MAX {
            let ids: Vec<_> = bookmarks.iter().map(|bookmark| bookmark.id).collect();
            return self.tell_ids(tx, event, &ids);
        }
        if !self.has(event) {
            return Ok(());
        }
        let letter = |bookmark| Letter::of_bookmark(tx, event, bookmark, &self.user);
        let letters: Vec<_> = bookmarks.iter().map(letter).collect::<Result<_>>()?;
        send(tx, &self.destinations, event, &letters)
    }

    fn tell_ids(&self, tx: &WriteTx, event: Event, ids: &[BookmarkId]) -> Result<()> {
        if !self.has(event) {
            return Ok(());
        }
        if ids.len() <= EACH_MAX {
            return self.tell(tx, event, &store::bookmarks::find_all(tx, ids)?);
        }
        let letter = |ids| Letter::of_ids(tx, event, ids);
        let letters: Vec<_> = ids.chunks(IDS_MAX).map(letter).collect::<Result<_>>()?;
        send(tx, &self.destinations, event, &letters)
    }
}

/// Puts letters into the outbox, for those of `destinations` that are told of the event.
fn send(
    tx: &WriteTx,
    destinations: &[Destination],
    event: Event,
    letters: &[Letter],
) -> Result<()> {
    let deadline_at = tx.now() + EVENT_LIFETIME;
    for to in destinations.iter().filter(|to| to.events.has(event)) {
        for Letter { about, body } in letters {
            store::events::insert(tx, to, &NewEvent { event, about, body, deadline_at })?;
            tx.wake(Wake::Outbox);
        }
        let reason = "too many newer events wait for that destination";
        if store::events::expire_oldest(tx, to.id, EVENTS_WAITING_MAX, reason)? > 0 {
            super::destinations::fails(tx, to.id, reason)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
