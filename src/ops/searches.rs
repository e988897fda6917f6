//! Keeping searches.

use crate::error::{Error, Result};
use crate::model::id::{SearchId, UserId};
use crate::model::saved_search::{PER_USER_MAX, SavedSearch};
use crate::ops::order;
use crate::store::{self, Tx, WriteTx};

/// Keeps a search under a name.
///
/// # Errors
/// `Conflict` when there is one of that name, or there are too many.
pub fn keep(tx: &WriteTx, user_id: UserId, name: &str, query: &str) -> Result<SavedSearch> {
    if store::searches::list(tx, user_id)?.len() >= PER_USER_MAX {
        return Err(Error::Conflict(format!("there are {PER_USER_MAX} searches already")));
    }
    let id = store::searches::insert(tx, user_id, name, query)?;
    store::searches::get(tx, user_id, id)
}

/// Changes what a search is called or looks for; `None` leaves it.
///
/// # Errors
/// `NotFound` when it is not theirs, `Conflict` when another one is called so.
pub fn change(
    tx: &WriteTx,
    user_id: UserId,
    id: SearchId,
    name: Option<&str>,
    query: Option<&str>,
) -> Result<SavedSearch> {
    let found = store::searches::get(tx, user_id, id)?;
    let (name, query) = (name.unwrap_or(&found.name), query.unwrap_or(&found.query));
    store::searches::update(tx, id, name, query)?;
    store::searches::get(tx, user_id, id)
}

/// Puts a search at that place, counted from 0, among those of its owner.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn place(tx: &WriteTx, user_id: UserId, id: SearchId, position: usize) -> Result<()> {
    store::searches::get(tx, user_id, id)?;
    set_order(tx, &order::moved(ids(tx, user_id)?, id, position))
}

/// Moves a search by one place, up or down.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn step(tx: &WriteTx, user_id: UserId, id: SearchId, down: bool) -> Result<()> {
    store::searches::get(tx, user_id, id)?;
    set_order(tx, &order::stepped(ids(tx, user_id)?, id, down))
}

fn ids(tx: &Tx, user_id: UserId) -> Result<Vec<SearchId>> {
    Ok(store::searches::list(tx, user_id)?.iter().map(|search| search.id).collect())
}

fn set_order(tx: &WriteTx, order: &[SearchId]) -> Result<()> {
    order.iter().zip(1..).try_for_each(|(id, n)| store::searches::set_position(tx, *id, n))
}
