//! Signed-in browsers. Only hashes of their keys are kept.

use rusqlite::{OptionalExtension, Row, named_params};

use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::{SessionId, UserId};
use crate::model::session::Session;
use crate::model::time::Timestamp;

/// The session of that key, if it has not run out.
pub fn find(tx: &Tx, key_hash: &[u8]) -> Result<Option<Session>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, user_id, browser, created_at, last_seen_at, expires_at
         FROM sessions
         WHERE key_hash = :key_hash AND expires_at > :now",
    )?;
    let values = named_params! { ":key_hash": key_hash, ":now": tx.now() };
    Ok(stmt.query_row(values, from_row).optional()?)
}

/// The sessions of a user that have not run out, those seen last first.
pub fn list(tx: &Tx, user_id: UserId) -> Result<Vec<Session>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, user_id, browser, created_at, last_seen_at, expires_at
         FROM sessions
         WHERE user_id = :user_id AND expires_at > :now
         ORDER BY last_seen_at DESC, id DESC",
    )?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id, ":now": tx.now() }, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores a session.
pub fn insert(
    tx: &WriteTx,
    key_hash: &[u8],
    user_id: UserId,
    browser: &str,
    expires_at: Timestamp,
) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO sessions (key_hash, user_id, browser, created_at, last_seen_at, expires_at)
         VALUES (:key_hash, :user_id, :browser, :now, :now, :expires_at)",
    )?;
    stmt.execute(named_params! {
        ":key_hash": key_hash, ":user_id": user_id, ":browser": browser, ":now": tx.now(),
        ":expires_at": expires_at,
    })?;
    Ok(())
}

/// Remembers that a session was seen.
pub fn touch(tx: &WriteTx, id: SessionId) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE sessions SET last_seen_at = :now WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":now": tx.now() })?;
    Ok(())
}

/// Ends the session of that key.
pub fn delete_by_key(tx: &WriteTx, key_hash: &[u8]) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached("DELETE FROM sessions WHERE key_hash = :key_hash")?;
    stmt.execute(named_params! { ":key_hash": key_hash })?;
    Ok(())
}

/// Ends a session of a user.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn delete(tx: &WriteTx, user_id: UserId, id: SessionId) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("DELETE FROM sessions WHERE id = :id AND user_id = :user_id")?;
    match stmt.execute(named_params! { ":id": id, ":user_id": user_id })? {
        0 => Err(Error::NotFound("session")),
        _ => Ok(()),
    }
}

/// Ends every session of a user but `kept`.
pub fn delete_others(tx: &WriteTx, user_id: UserId, kept: Option<SessionId>) -> Result<()> {
    let mut stmt = tx
        .sql()
        .prepare_cached("DELETE FROM sessions WHERE user_id = :user_id AND id IS NOT :kept")?;
    stmt.execute(named_params! { ":user_id": user_id, ":kept": kept })?;
    Ok(())
}

/// Ends the sessions of a user beyond the `most` that were seen last.
pub fn delete_beyond(tx: &WriteTx, user_id: UserId, most: usize) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "DELETE FROM sessions
         WHERE user_id = :user_id
           AND id NOT IN (
               SELECT id
               FROM sessions
               WHERE user_id = :user_id
               ORDER BY last_seen_at DESC, id DESC
               LIMIT :most)",
    )?;
    stmt.execute(named_params! { ":user_id": user_id, ":most": most as i64 })?;
    Ok(())
}

/// Forgets the sessions that have run out.
pub fn delete_expired(tx: &WriteTx) -> Result<usize> {
    let mut stmt = tx.sql().prepare_cached("DELETE FROM sessions WHERE expires_at <= :now")?;
    Ok(stmt.execute(named_params! { ":now": tx.now() })?)
}

fn from_row(row: &Row) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        browser: row.get("browser")?,
        created_at: row.get("created_at")?,
        last_seen_at: row.get("last_seen_at")?,
        expires_at: row.get("expires_at")?,
    })
}
