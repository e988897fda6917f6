//! Tags on bookmarks.

use crate::error::Result;
use crate::model::id::{BookmarkId, TagId, UserId};
use crate::model::tag::{self, TAGS_MAX, TagName};
use crate::store::{self, WriteTx};

/// Puts tags on a bookmark of that user, beside those it has; new ones are made.
///
/// # Errors
/// `Invalid` when it would have too many.
pub fn add(tx: &WriteTx, user_id: UserId, id: BookmarkId, names: &[TagName]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    for name in names {
        store::tags::attach(tx, id, find_or_insert(tx, user_id, name)?)?;
    }
    match store::tags::count_of(tx, id)? {
        count if count > TAGS_MAX => Err(tag::too_many(count)),
        _ => Ok(()),
    }
}

/// Gives a bookmark of that user those tags and no others.
///
/// # Errors
/// As [`add`].
pub fn set(tx: &WriteTx, user_id: UserId, id: BookmarkId, names: &[TagName]) -> Result<()> {
    store::tags::detach_all(tx, id)?;
    add(tx, user_id, id, names)
}

fn find_or_insert(tx: &WriteTx, user_id: UserId, name: &TagName) -> Result<TagId> {
    match store::tags::find(tx, user_id, name)? {
        Some(id) => Ok(id),
        None => store::tags::insert(tx, user_id, name),
    }
}
