//! The feeds of those who want them: what opens them, and what their reminders told.

use rusqlite::named_params;

use super::types::Listed;
use super::{Tx, WriteTx};
use crate::error::Result;
use crate::model::id::{BookmarkId, FiringId, UserId};
use crate::model::message::FiredReminder;
use crate::model::time::Timestamp;

/// What a firing told.
#[derive(Debug)]
pub struct Told {
    /// The firing.
    pub id: FiringId,
    /// Of which reminder, and when.
    pub fired: FiredReminder,
    /// How many links waited.
    pub waiting: usize,
    /// Those that were picked.
    pub links: Vec<BookmarkId>,
}

/// What stands in the addresses of a user's feeds; `None` while they want none.
pub fn nonce(tx: &Tx, user_id: UserId) -> Result<Option<String>> {
    let mut stmt = tx.sql().prepare_cached("SELECT feed_nonce FROM users WHERE id = :id")?;
    let mut rows = stmt.query(named_params! { ":id": user_id })?;
    Ok(match rows.next()? {
        Some(row) => row.get("feed_nonce")?,
        None => None,
    })
}

/// Draws a new one, which ends the addresses before.
pub fn draw_nonce(tx: &WriteTx, user_id: UserId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE users
         SET feed_nonce = lower(hex(randomblob(8)))
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": user_id })?;
    Ok(())
}

/// Ends a user's addresses.
pub fn clear_nonce(tx: &WriteTx, user_id: UserId) -> Result<()> {
    tx.sql()
        .prepare_cached("UPDATE users SET feed_nonce = NULL WHERE id = :id")?
        .execute(named_params! { ":id": user_id })?;
    Ok(())
}

/// Stores what a firing told: how many links waited, and those that were picked.
pub fn insert(
    tx: &WriteTx,
    user_id: UserId,
    id: FiringId,
    name: &str,
    waiting: usize,
    links: &[BookmarkId],
) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO feed_items (firing_id, user_id, name, waiting, links)
         VALUES (:id, :user_id, :name, :waiting, :links)",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":user_id": user_id, ":name": name, ":waiting": waiting as i64,
        ":links": Listed(links.to_vec()),
    })?;
    Ok(())
}

/// Up to `limit` things that a user's reminders told since `after`, newest first.
pub fn list(tx: &Tx, user_id: UserId, after: Timestamp, limit: usize) -> Result<Vec<Told>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT i.firing_id, i.name, i.waiting, i.links,
                f.reminder_id, f.slot, f.due_at, f.fired_at, f.missed
         FROM feed_items i
         JOIN firings f ON f.id = i.firing_id
         WHERE i.user_id = :user_id AND f.fired_at > :after
         ORDER BY i.firing_id DESC
         LIMIT :limit",
    )?;
    let values = named_params! { ":user_id": user_id, ":after": after, ":limit": limit as i64 };
    let rows = stmt.query_map(values, |row| {
        Ok(Told {
            id: row.get("firing_id")?,
            fired: FiredReminder {
                id: row.get("reminder_id")?,
                name: row.get("name")?,
                slot: row.get("slot")?,
                due_at: row.get("due_at")?,
                fired_at: row.get("fired_at")?,
                missed: row.get("missed")?,
            },
            waiting: row.get::<_, i64>("waiting")?.try_into().unwrap_or(0),
            links: row.get::<_, Listed>("links")?.0,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Forgets what a user's reminders told.
pub fn delete(tx: &WriteTx, user_id: UserId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM feed_items WHERE user_id = :id")?
        .execute(named_params! { ":id": user_id })?;
    Ok(())
}
