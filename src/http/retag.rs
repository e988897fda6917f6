//! Changing a tag on all that have it, chunk by chunk, so that what others save comes between.

use crate::error::Result;
use crate::http::context::Context;
use crate::model::id::{BookmarkId, TagId, UserId};
use crate::model::tag::{Tag, TagName};
use crate::ops::tags::{self, CHUNK};
use crate::store;

/// Renames a tag, and has what has it found by its new name.
///
/// # Errors
/// As [`tags::rename`].
pub(super) fn rename(cx: &Context, user_id: UserId, id: TagId, name: TagName) -> Result<Tag> {
    let tag = cx.store.write(move |tx| tags::rename(tx, user_id, id, &name))?;
    let mut after = BookmarkId(0);
    loop {
        let ids = cx.store.read(|tx| store::tags::list_bookmarks(tx, id, after, CHUNK))?;
        let Some(last) = ids.last() else { return Ok(tag) };
        after = *last;
        cx.store.write(move |tx| tags::reindex(tx, &ids))?;
    }
}

/// Deletes a tag, or merges it into another one. Where that ends early, what was done stays so.
///
/// # Errors
/// As [`tags::dissolve`].
pub(super) fn dissolve(
    cx: &Context,
    user_id: UserId,
    id: TagId,
    into: Option<TagId>,
) -> Result<()> {
    let mut after = BookmarkId(0);
    while let Some(last) = cx.store.write(move |tx| tags::dissolve(tx, user_id, id, into, after))? {
        after = last;
    }
    Ok(())
}
