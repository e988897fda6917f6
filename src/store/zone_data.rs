//! The zone data that the times of reminders were computed with, and the times that depend on it.

use rusqlite::{OptionalExtension, named_params};

use super::{Tx, WriteTx};
use crate::error::Result;
use crate::model::id::ReminderId;
use crate::model::time::{Slot, Timestamp, Zone};

/// A reminder's next slot and when it comes.
#[derive(Debug)]
pub struct Timed {
    /// The reminder.
    pub id: ReminderId,
    /// The slot it waits for.
    pub slot: Slot,
    /// The instant that is stored for it.
    pub at: Timestamp,
    /// The zone it is in.
    pub zone: Zone,
}

/// The version of the data by which every time was computed, if that is known.
pub fn find_version(tx: &Tx) -> Result<Option<String>> {
    let mut stmt = tx.sql().prepare_cached("SELECT version FROM zone_data")?;
    Ok(stmt.query_row([], |row| row.get(0)).optional()?)
}

/// Stores that every time is computed by that version now.
pub fn set_version(tx: &WriteTx, version: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO zone_data (id, version)
         VALUES (1, :version)
         ON CONFLICT (id) DO UPDATE SET version = excluded.version",
    )?;
    stmt.execute(named_params! { ":version": version })?;
    Ok(())
}

/// Up to `limit` reminders after `after` that wait for a slot, in the order of their ids.
pub fn list_timed(tx: &Tx, after: ReminderId, limit: usize) -> Result<Vec<Timed>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, next_slot, next_due_at, zone
         FROM reminders
         WHERE id > :after AND next_due_at IS NOT NULL
         ORDER BY id
         LIMIT :limit",
    )?;
    let values = named_params! { ":after": after, ":limit": limit as i64 };
    let rows = stmt.query_map(values, |row| {
        Ok(Timed {
            id: row.get("id")?,
            slot: row.get("next_slot")?,
            at: row.get("next_due_at")?,
            zone: row.get("zone")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores when a slot comes, unless its reminder waits for another by now.
pub fn set_instant(tx: &WriteTx, id: ReminderId, slot: Slot, at: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE reminders
         SET next_due_at = :at
         WHERE id = :id AND next_slot = :slot",
    )?;
    stmt.execute(named_params! { ":id": id, ":slot": slot, ":at": at })?;
    Ok(())
}
