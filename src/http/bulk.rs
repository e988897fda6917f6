//! Doing the same to many bookmarks, for the API and for people alike.

use crate::error::Result;
use crate::http::context::Context;
use crate::model::id::{BookmarkId, FolderId, UserId};
use crate::ops;
use crate::ops::bulk::{self, Action};

/// Does it chunk by chunk, so that what others save comes between; returns how many that
/// changed. Where it ends early, the chunks before are done and stay so.
pub(super) fn apply(
    cx: &Context,
    user_id: UserId,
    ids: &[BookmarkId],
    action: &Action,
) -> Result<usize> {
    let mut changed = 0;
    for chunk in ids.chunks(bulk::CHUNK) {
        let (chunk, action) = (chunk.to_vec(), action.clone());
        changed += cx.store.write(move |tx| bulk::apply(tx, user_id, &chunk, &action))?;
    }
    Ok(changed)
}

/// Deletes a folder and those inside it, after all that is filed there was taken out chunk by
/// chunk. Where that ends early, the folder is still there, with less in it.
pub(super) fn delete_folder(cx: &Context, user_id: UserId, id: FolderId) -> Result<()> {
    while cx.store.write(move |tx| ops::folders::clear(tx, user_id, id))? {}
    cx.store.write(move |tx| ops::folders::delete(tx, user_id, id))
}
