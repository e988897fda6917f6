//! Doing the same to many bookmarks, for the API and for people alike.

use crate::error::Result;
use crate::http::context::Context;
use crate::model::id::{BookmarkId, FolderId, UndoId, UserId};
use crate::model::undo::Undo;
use crate::ops;
use crate::ops::bulk::{self, Action};

/// What came of an action.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// How many links that changed.
    pub(super) changed: usize,
    /// By what it can be taken back, if it can.
    pub(super) undo: Option<UndoId>,
}

/// Does it chunk by chunk, so that what others save comes between. Where it ends early, the
/// chunks before are done and stay so.
pub(super) fn apply(
    cx: &Context,
    user_id: UserId,
    ids: &[BookmarkId],
    action: &Action,
) -> Result<Done> {
    let (links, mut changed, mut undo) = (ids.len(), 0, None);
    for (number, chunk) in ids.chunks(bulk::CHUNK).enumerate() {
        let (chunk, action) = (chunk.to_vec(), action.clone());
        let begun: Option<Undo> = undo.take();
        let (count, goes_on) = cx.store.write(move |tx| {
            let undo = match number {
                0 => ops::undo::begin(tx, user_id, &action, links)?,
                _ => begun,
            };
            let count = match &undo {
                Some(undo) => ops::undo::apply(tx, user_id, undo, &chunk, &action)?,
                None => bulk::apply(tx, user_id, &chunk, &action)?,
            };
            Ok((count, undo))
        })?;
        changed += count;
        undo = goes_on;
    }
    // Where nothing was changed there is nothing to take back.
    let undo = undo.filter(|_| changed > 0).map(|undo| undo.id);
    Ok(Done { changed, undo })
}

/// Takes back what was done, chunk by chunk; returns how many links that changed.
///
/// # Errors
/// `NotFound` when it is not theirs, or was done too long ago.
pub(super) fn take_back(cx: &Context, user_id: UserId, id: UndoId) -> Result<usize> {
    let (mut changed, most) = (0, cx.shared.reminders_max);
    while let Some(count) = cx.store.write(move |tx| ops::undo::step(tx, user_id, id, most))? {
        changed += count;
    }
    Ok(changed)
}

/// Deletes a folder and those inside it, after all that is filed there was taken out chunk by
/// chunk. Where that ends early, the folder is still there, with less in it.
pub(super) fn delete_folder(cx: &Context, user_id: UserId, id: FolderId) -> Result<()> {
    while cx.store.write(move |tx| ops::folders::clear(tx, user_id, id))? {}
    cx.store.write(move |tx| ops::folders::delete(tx, user_id, id))
}
