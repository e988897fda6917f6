//! What was done about deliveries from the notifications themselves.

use rusqlite::named_params;

use super::types::Listed;
use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::act::Act;
use crate::model::id::{BookmarkId, DeliveryId, DestinationId, UserId};
use crate::model::time::Timestamp;

/// What an act needs to know of its delivery.
#[derive(Debug)]
pub struct Told {
    /// Whose it is.
    pub user_id: UserId,
    /// Where it went, if that still exists.
    pub destination_id: Option<DestinationId>,
    /// What it says it is about.
    pub about: String,
    /// When it entered the outbox.
    pub created_at: Timestamp,
    /// The bookmarks that it named.
    pub links: Vec<BookmarkId>,
}

/// The key that signs what we hand out and read again.
pub fn key(tx: &Tx) -> Result<Vec<u8>> {
    let mut stmt = tx.sql().prepare_cached("SELECT secret FROM act_key")?;
    Ok(stmt.query_row([], |row| row.get(0))?)
}

/// What a delivery told, whoever's it is.
///
/// # Errors
/// `NotFound` when it was forgotten.
pub fn told(tx: &Tx, id: DeliveryId) -> Result<Told> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT user_id, destination_id, about, created_at, links
         FROM deliveries
         WHERE id = :id",
    )?;
    let mut rows = stmt.query(named_params! { ":id": id })?;
    let row = rows.next()?.ok_or(Error::NotFound("delivery"))?;
    Ok(Told {
        user_id: row.get("user_id")?,
        destination_id: row.get("destination_id")?,
        about: row.get("about")?,
        created_at: row.get("created_at")?,
        links: row.get::<_, Listed>("links")?.0,
    })
}

/// What a delivery told that user.
///
/// # Errors
/// `NotFound` when it was forgotten, or was somebody else's.
pub fn told_to(tx: &Tx, user_id: UserId, id: DeliveryId) -> Result<Told> {
    let told = told(tx, id)?;
    if told.user_id == user_id { Ok(told) } else { Err(Error::NotFound("delivery")) }
}

/// Notes that an act was done; says whether that was the first time.
pub fn insert(tx: &WriteTx, id: DeliveryId, act: Act) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO acts (delivery_id, act, done_at)
         VALUES (:id, :act, :now)
         ON CONFLICT DO NOTHING",
    )?;
    let values = named_params! { ":id": id, ":act": act.as_str(), ":now": tx.now() };
    Ok(stmt.execute(values)? == 1)
}
