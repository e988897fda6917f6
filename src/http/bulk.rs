//! Doing the same to many bookmarks, for the API and for people alike.

use crate::error::Result;
use crate::http::context::Context;
use crate::model::id::{BookmarkId, UserId};
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
