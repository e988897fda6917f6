//! Following a rule with all that is saved already, chunk by chunk, so that what others save comes
//! between.

use crate::error::Result;
use crate::http::context::Context;
use crate::model::id::{RuleId, UserId};
use crate::ops::rules::{self, CHUNK};
use crate::store;
use crate::store::bookmarks::{Filter, Stage};

/// How many of the links that are meant are shown.
const EXAMPLES: usize = 5;

/// What following a rule came to.
pub(super) struct Followed {
    /// How many links it means.
    pub(super) matched: usize,
    /// What some of them are called.
    pub(super) examples: Vec<String>,
}

/// Follows a rule, or only says what it means.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub(super) fn rule(cx: &Context, user_id: UserId, id: RuleId, dry_run: bool) -> Result<Followed> {
    let all = Filter { stage: Stage::Any, ..Filter::default() };
    let ids = cx.store.read(|tx| {
        store::rules::get(tx, user_id, id)?;
        store::bookmarks::list_ids(tx, user_id, &all)
    })?;
    let mut done = Followed { matched: 0, examples: Vec::new() };
    for chunk in ids.chunks(CHUNK) {
        let meant = cx.store.read(|tx| rules::list_meant(tx, user_id, id, chunk))?;
        done.matched += meant.len();
        let room = EXAMPLES - done.examples.len();
        done.examples.extend(meant.iter().take(room).map(|found| found.title().to_owned()));
        if !dry_run && !meant.is_empty() {
            let chunk = chunk.to_vec();
            cx.store.write(move |tx| rules::apply(tx, user_id, id, &chunk))?;
        }
    }
    Ok(done)
}
