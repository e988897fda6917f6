//! Doing the same to many bookmarks at once.

use crate::error::Result;
use crate::model::id::{BookmarkId, FolderId, UserId};
use crate::model::tag::TagName;
use crate::ops::bookmarks::check_folder;
use crate::ops::{hooks, tags};
use crate::store::{self, Wake, WriteTx};

/// The most bookmarks of one transaction, so that others need not wait for long.
pub const CHUNK: usize = 250;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// They are marked as read.
    Read,
    /// They wait to be read.
    Unread,
    /// They are put away.
    Archive,
    /// They come back into the list.
    Unarchive,
    /// They are marked as some of the best.
    Favourite,
    /// They are not.
    Unfavourite,
    /// They get these tags beside those they have.
    Tag(Vec<TagName>),
    /// They lose these tags.
    Untag(Vec<TagName>),
    /// They are filed there, or nowhere.
    Move(Option<FolderId>),
    /// They are deleted.
    Delete,
    /// Their pages are read anew.
    Refresh,
    /// They leave the ashes, or are saved from them.
    Restore,
}

/// Does it to those of `ids` that are theirs; returns how many that changed.
///
/// # Errors
/// `Invalid` when the folder is not theirs.
pub fn apply(tx: &WriteTx, user_id: UserId, ids: &[BookmarkId], action: &Action) -> Result<usize> {
    match action {
        // What comes of it is told once the pages are read.
        Action::Refresh => act(tx, user_id, ids, action),
        _ => hooks::watch(tx, user_id, ids, || act(tx, user_id, ids, action)),
    }
}

fn act(tx: &WriteTx, user_id: UserId, ids: &[BookmarkId], action: &Action) -> Result<usize> {
    match action {
        Action::Read => store::bulk::set_read(tx, user_id, ids),
        Action::Unread => store::bulk::set_unread(tx, user_id, ids),
        Action::Archive => store::bulk::set_archived(tx, user_id, ids),
        Action::Unarchive => store::bulk::set_unarchived(tx, user_id, ids),
        Action::Favourite => store::bulk::set_favourite(tx, user_id, ids, true),
        Action::Unfavourite => store::bulk::set_favourite(tx, user_id, ids, false),
        Action::Tag(names) => retag(tx, user_id, ids, |id| tags::add(tx, user_id, id, names)),
        Action::Untag(names) => retag(tx, user_id, ids, |id| tags::remove(tx, user_id, id, names)),
        Action::Move(folder_id) => {
            check_folder(tx, user_id, *folder_id)?;
            store::bulk::set_folder(tx, user_id, ids, *folder_id)
        }
        Action::Delete => store::bulk::delete(tx, user_id, ids),
        Action::Restore => store::bulk::restore(tx, user_id, ids),
        Action::Refresh => {
            tx.wake(Wake::Page);
            store::bulk::set_due(tx, user_id, ids)
        }
    }
}

/// Changes the tags of those that are theirs; returns how many that changed.
fn retag(
    tx: &WriteTx,
    user_id: UserId,
    ids: &[BookmarkId],
    change: impl Fn(BookmarkId) -> Result<bool>,
) -> Result<usize> {
    let mut changed = Vec::new();
    for id in store::bulk::list_own(tx, user_id, ids)? {
        if change(id)? {
            changed.push(id);
        }
    }
    store::bulk::touch(tx, user_id, &changed)?;
    Ok(changed.len())
}
