//! Taking back what was done to links: as they were is kept beside them for a day.

use crate::error::Result;
use crate::model::event::Event;
use crate::model::id::{BookmarkId, UndoId, UserId};
use crate::model::tag::TagName;
use crate::model::undo::{KEEP, Kind, LINKS_MAX, Undo};
use crate::ops::bulk::{self, Action, CHUNK};
use crate::ops::{hooks, reminders, tags};
use crate::store::{self, Wake, WriteTx};

/// How an action is taken back, done to that many links; `None` when it cannot be.
pub fn kind(action: &Action, links: usize) -> Option<Kind> {
    let kind = match action {
        Action::Read | Action::Unread => Kind::Read,
        Action::Archive | Action::Unarchive => Kind::Archived,
        Action::Favourite | Action::Unfavourite => Kind::Favourite,
        Action::Move(_) => Kind::Moved,
        Action::Tag(_) => Kind::Tagged,
        Action::Untag(_) => Kind::Untagged,
        Action::Delete => Kind::Deleted,
        // A page that was read again says what it says.
        Action::Refresh | Action::Restore => return None,
    };
    (links <= LINKS_MAX).then_some(kind)
}

/// Begins an action on that many links, if it can be taken back.
///
/// # Errors
/// When that cannot be stored.
pub fn begin(tx: &WriteTx, user_id: UserId, action: &Action, links: usize) -> Result<Option<Undo>> {
    let Some(kind) = kind(action, links) else { return Ok(None) };
    Ok(Some(Undo { id: store::undos::insert(tx, user_id, kind, links)?, kind }))
}

/// Does an action, as [`bulk::apply`] does, so that it can be taken back.
///
/// # Errors
/// As [`bulk::apply`].
pub fn apply(
    tx: &WriteTx,
    user_id: UserId,
    undo: &Undo,
    ids: &[BookmarkId],
    action: &Action,
) -> Result<usize> {
    match action {
        Action::Tag(names) | Action::Untag(names) => {
            store::undos::keep_tags(tx, user_id, undo, ids, names)?;
        }
        Action::Delete => store::undos::keep_deleted(tx, user_id, undo.id, ids)?,
        _ => store::undos::keep(tx, user_id, undo, ids)?,
    }
    bulk::apply(tx, user_id, ids, action)
}

/// Takes back the next part of what was done; returns how many links that changed, and `None`
/// once nothing is left. Links that were deleted come back whole, with their reminders as far as
/// their owner may have `reminders_max`, but for those whose address was saved again meanwhile.
///
/// # Errors
/// `NotFound` when it is not theirs, or was done too long ago.
pub fn step(
    tx: &WriteTx,
    user_id: UserId,
    id: UndoId,
    reminders_max: usize,
) -> Result<Option<usize>> {
    let undo = store::undos::get(tx, user_id, id, tx.now() - KEEP)?;
    let ids = store::undos::list_links(tx, id, CHUNK)?;
    if ids.is_empty() {
        store::undos::delete(tx, id)?;
        return Ok(None);
    }
    let changed = match undo.kind {
        Kind::Deleted => bring_back(tx, user_id, id, &ids, reminders_max)?,
        _ => hooks::watch(tx, user_id, &ids, || set_back(tx, user_id, &undo, &ids))?,
    };
    store::undos::forget(tx, id, &ids)?;
    Ok(Some(changed))
}

fn set_back(tx: &WriteTx, user_id: UserId, undo: &Undo, ids: &[BookmarkId]) -> Result<usize> {
    if !matches!(undo.kind, Kind::Tagged | Kind::Untagged) {
        return store::undos::set_back(tx, user_id, undo, ids);
    }
    let mut changed = Vec::new();
    for id in store::bulk::list_own(tx, user_id, ids)? {
        let names = tag_names(tx, undo.id, id)?;
        let differs = match undo.kind {
            Kind::Tagged => tags::remove(tx, user_id, id, &names)?,
            _ => tags::add(tx, user_id, id, &names)?,
        };
        if differs {
            changed.push(id);
        }
    }
    store::bulk::touch(tx, user_id, &changed)
}

fn bring_back(
    tx: &WriteTx,
    user_id: UserId,
    undo: UndoId,
    ids: &[BookmarkId],
    reminders_max: usize,
) -> Result<usize> {
    let mut back = Vec::new();
    for id in ids {
        if !store::undos::bring_back(tx, undo, *id)? {
            continue;
        }
        tags::add(tx, user_id, *id, &tag_names(tx, undo, *id)?)?;
        let count = usize::try_from(store::reminders::count(tx, user_id)?).unwrap_or(usize::MAX);
        let room = reminders_max.saturating_sub(count);
        for reminder in store::undos::bring_back_reminders(tx, undo, *id, room)? {
            reminders::resume(tx, user_id, reminder)?;
        }
        back.push(*id);
    }
    hooks::tell_many(tx, user_id, Event::BookmarkCreated, &back)?;
    tx.wake(Wake::Page);
    Ok(back.len())
}

fn tag_names(tx: &WriteTx, undo: UndoId, id: BookmarkId) -> Result<Vec<TagName>> {
    store::undos::list_tags(tx, undo, id)?.iter().map(|name| TagName::parse(name)).collect()
}

#[cfg(test)]
mod tests;
