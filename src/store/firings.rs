//! What has fired. That a reminder's slot is unique here makes firing twice impossible.

use rusqlite::{OptionalExtension, named_params};

use super::{Tx, WriteTx};
use crate::error::Result;
use crate::model::id::{FiringId, ReminderId};
use crate::model::message::FiredReminder;
use crate::model::time::{Slot, Timestamp};

/// Stores that a slot has fired; `None` when it had already.
pub fn insert(
    tx: &WriteTx,
    reminder_id: ReminderId,
    slot: Slot,
    due_at: Timestamp,
    missed: u32,
    skipped: bool,
) -> Result<Option<FiringId>> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO firings (reminder_id, slot, due_at, fired_at, missed, skipped)
         VALUES (:reminder_id, :slot, :due_at, :now, :missed, :skipped)
         ON CONFLICT (reminder_id, slot) DO NOTHING",
    )?;
    let values = named_params! {
        ":reminder_id": reminder_id, ":slot": slot, ":due_at": due_at, ":now": tx.now(),
        ":missed": missed, ":skipped": skipped,
    };
    let is_new = stmt.execute(values)? == 1;
    Ok(is_new.then(|| FiringId(tx.sql().last_insert_rowid())))
}

/// What has fired; its reminder is not named yet.
pub fn get(tx: &Tx, id: FiringId) -> Result<FiredReminder> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT reminder_id, slot, due_at, fired_at, missed
         FROM firings
         WHERE id = :id",
    )?;
    Ok(stmt.query_row(named_params! { ":id": id }, |row| {
        Ok(FiredReminder {
            id: row.get("reminder_id")?,
            name: String::new(),
            slot: row.get("slot")?,
            due_at: row.get("due_at")?,
            fired_at: row.get("fired_at")?,
            missed: row.get("missed")?,
        })
    })?)
}

/// When a slot that has fired was due.
pub fn find_due_at(tx: &Tx, reminder_id: ReminderId, slot: Slot) -> Result<Option<Timestamp>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT due_at
         FROM firings
         WHERE reminder_id = :reminder_id AND slot = :slot",
    )?;
    let values = named_params! { ":reminder_id": reminder_id, ":slot": slot };
    Ok(stmt.query_row(values, |row| row.get(0)).optional()?)
}

/// The newest instant at which anything fired.
pub fn newest(tx: &Tx) -> Result<Option<Timestamp>> {
    let mut stmt = tx.sql().prepare_cached("SELECT max(fired_at) FROM firings")?;
    Ok(stmt.query_row([], |row| row.get(0))?)
}

/// Has what fired in a time to come have fired now.
pub fn take_back(tx: &WriteTx) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE firings SET fired_at = :now WHERE fired_at > :now")?;
    stmt.execute(named_params! { ":now": tx.now() })?;
    Ok(())
}

/// How many slots of a reminder have fired.
pub fn count(tx: &Tx, reminder_id: ReminderId) -> Result<i64> {
    let mut stmt =
        tx.sql().prepare_cached("SELECT count(*) FROM firings WHERE reminder_id = :id")?;
    Ok(stmt.query_row(named_params! { ":id": reminder_id }, |row| row.get(0))?)
}

/// Forgets firings older than `before`, except the newest of each reminder, which still
/// guards its slot.
pub fn delete_before(tx: &WriteTx, before: Timestamp, limit: usize) -> Result<usize> {
    let mut stmt = tx.sql().prepare_cached(
        "DELETE FROM firings
         WHERE id IN (
             SELECT f.id
             FROM firings f
             WHERE f.fired_at < :before
               AND f.slot < (SELECT max(g.slot) FROM firings g WHERE g.reminder_id = f.reminder_id)
             LIMIT :limit
         )",
    )?;
    Ok(stmt.execute(named_params! { ":before": before, ":limit": limit as i64 })?)
}
