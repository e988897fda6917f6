//! Signed-in browsers and tokens for programs. Only hashes of their keys are kept.

use rusqlite::{OptionalExtension, named_params};

use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::{TokenId, UserId};
use crate::model::time::Timestamp;
use crate::model::user::TokenInfo;

/// Whose session has that key, if it has not run out.
pub fn find(tx: &Tx, key_hash: &[u8]) -> Result<Option<UserId>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT user_id
         FROM sessions
         WHERE key_hash = :key_hash AND expires_at > :now",
    )?;
    let values = named_params! { ":key_hash": key_hash, ":now": tx.now() };
    Ok(stmt.query_row(values, |row| row.get(0)).optional()?)
}

/// Stores a session.
pub fn insert(tx: &WriteTx, key_hash: &[u8], user_id: UserId, expires_at: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO sessions (key_hash, user_id, created_at, expires_at)
         VALUES (:key_hash, :user_id, :now, :expires_at)",
    )?;
    stmt.execute(named_params! {
        ":key_hash": key_hash, ":user_id": user_id, ":now": tx.now(), ":expires_at": expires_at,
    })?;
    Ok(())
}

/// Ends one session.
pub fn delete(tx: &WriteTx, key_hash: &[u8]) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached("DELETE FROM sessions WHERE key_hash = :key_hash")?;
    stmt.execute(named_params! { ":key_hash": key_hash })?;
    Ok(())
}

/// Ends every session of a user.
pub fn delete_of_user(tx: &WriteTx, user_id: UserId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached("DELETE FROM sessions WHERE user_id = :user_id")?;
    stmt.execute(named_params! { ":user_id": user_id })?;
    Ok(())
}

/// Forgets the sessions that have run out.
pub fn delete_expired(tx: &WriteTx) -> Result<usize> {
    let mut stmt = tx.sql().prepare_cached("DELETE FROM sessions WHERE expires_at <= :now")?;
    Ok(stmt.execute(named_params! { ":now": tx.now() })?)
}

/// The token of that key: its id, whose it is and when it was last used.
pub fn find_token(
    tx: &Tx,
    key_hash: &[u8],
) -> Result<Option<(TokenId, UserId, Option<Timestamp>)>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, user_id, last_used_at
         FROM tokens
         WHERE key_hash = :key_hash",
    )?;
    let row = stmt.query_row(named_params! { ":key_hash": key_hash }, |row| {
        Ok((row.get("id")?, row.get("user_id")?, row.get("last_used_at")?))
    });
    Ok(row.optional()?)
}

/// Stores a token.
pub fn insert_token(tx: &WriteTx, user_id: UserId, name: &str, key_hash: &[u8]) -> Result<TokenId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO tokens (user_id, name, key_hash, created_at)
         VALUES (:user_id, :name, :key_hash, :now)
         RETURNING id",
    )?;
    let values = named_params! {
        ":user_id": user_id, ":name": name, ":key_hash": key_hash, ":now": tx.now(),
    };
    Ok(stmt.query_row(values, |row| row.get(0))?)
}

/// Remembers that a token was used.
pub fn touch_token(tx: &WriteTx, id: TokenId) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE tokens SET last_used_at = :now WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":now": tx.now() })?;
    Ok(())
}

/// The tokens of a user, or everyone's, oldest first.
pub fn list_tokens(tx: &Tx, user_id: Option<UserId>) -> Result<Vec<TokenInfo>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT t.id, u.name AS user_name, t.name, t.created_at, t.last_used_at
         FROM tokens t
         JOIN users u ON u.id = t.user_id
         WHERE :user_id IS NULL OR t.user_id = :user_id
         ORDER BY t.id",
    )?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id }, |row| {
        Ok(TokenInfo {
            id: row.get("id")?,
            user_name: row.get("user_name")?,
            name: row.get("name")?,
            created_at: row.get("created_at")?,
            last_used_at: row.get("last_used_at")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Deletes a token; with `user_id`, only if it is that user's.
///
/// # Errors
/// `NotFound` when there is none.
pub fn delete_token(tx: &WriteTx, id: TokenId, user_id: Option<UserId>) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "DELETE FROM tokens
         WHERE id = :id AND (:user_id IS NULL OR user_id = :user_id)",
    )?;
    match stmt.execute(named_params! { ":id": id, ":user_id": user_id })? {
        0 => Err(Error::NotFound("token")),
        _ => Ok(()),
    }
}
