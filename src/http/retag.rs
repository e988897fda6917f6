//! Taking a tag off all that have it, chunk by chunk, so that what others save comes between.

use crate::error::Result;
use crate::http::context::Context;
use crate::model::id::{TagId, UserId};
use crate::ops::tags;

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
    while cx.store.write(move |tx| tags::dissolve(tx, user_id, id, into))? {}
    Ok(())
}
