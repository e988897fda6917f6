//! Tokens for programs. Only hashes of their keys are kept.

use rusqlite::{OptionalExtension, Row, named_params};

use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::{TokenId, UserId};
use crate::model::token::{Rights, Token};

const COLUMNS: &str = "t.id, t.user_id, u.name AS user_name, t.name, t.scope, t.folder_id,
    t.expires_at, t.created_at, t.last_used_at";

/// The token of that key, and whose it is.
pub fn find(tx: &Tx, key_hash: &[u8]) -> Result<Option<(Token, UserId)>> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM tokens t
         JOIN users u ON u.id = t.user_id
         WHERE t.key_hash = :key_hash"
    ))?;
    let with_user = |row: &Row| Ok((from_row(row)?, row.get("user_id")?));
    Ok(stmt.query_row(named_params! { ":key_hash": key_hash }, with_user).optional()?)
}

/// A token of that user.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn get(tx: &Tx, user_id: UserId, id: TokenId) -> Result<Token> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM tokens t
         JOIN users u ON u.id = t.user_id
         WHERE t.id = :id AND t.user_id = :user_id"
    ))?;
    let values = named_params! { ":id": id, ":user_id": user_id };
    stmt.query_row(values, from_row).optional()?.ok_or(Error::NotFound("token"))
}

/// The tokens of a user, oldest first.
pub fn list(tx: &Tx, user_id: UserId) -> Result<Vec<Token>> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM tokens t
         JOIN users u ON u.id = t.user_id
         WHERE t.user_id = :user_id
         ORDER BY t.id"
    ))?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id }, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Everyone's tokens, oldest first.
pub fn list_all(tx: &Tx) -> Result<Vec<Token>> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM tokens t
         JOIN users u ON u.id = t.user_id
         ORDER BY t.id"
    ))?;
    Ok(stmt.query_map([], from_row)?.collect::<rusqlite::Result<_>>()?)
}

/// Stores a token.
pub fn insert(
    tx: &WriteTx,
    user_id: UserId,
    name: &str,
    rights: &Rights,
    key_hash: &[u8],
) -> Result<TokenId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO tokens (user_id, name, scope, folder_id, expires_at, key_hash, created_at)
         VALUES (:user_id, :name, :scope, :folder_id, :expires_at, :key_hash, :now)
         RETURNING id",
    )?;
    let values = named_params! {
        ":user_id": user_id, ":name": name, ":scope": rights.scope,
        ":folder_id": rights.folder_id, ":expires_at": rights.expires_at,
        ":key_hash": key_hash, ":now": tx.now(),
    };
    Ok(stmt.query_row(values, |row| row.get(0))?)
}

/// Gives a token another name.
pub fn set_name(tx: &WriteTx, id: TokenId, name: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached("UPDATE tokens SET name = :name WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":name": name })?;
    Ok(())
}

/// Remembers that a token was used.
pub fn touch(tx: &WriteTx, id: TokenId) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE tokens SET last_used_at = :now WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":now": tx.now() })?;
    Ok(())
}

/// Deletes a token, whoever's it is.
///
/// # Errors
/// `NotFound` when there is none.
pub fn delete(tx: &WriteTx, id: TokenId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached("DELETE FROM tokens WHERE id = :id")?;
    match stmt.execute(named_params! { ":id": id })? {
        0 => Err(Error::NotFound("token")),
        _ => Ok(()),
    }
}

fn from_row(row: &Row) -> rusqlite::Result<Token> {
    Ok(Token {
        id: row.get("id")?,
        user_name: row.get("user_name")?,
        name: row.get("name")?,
        rights: Rights {
            scope: row.get("scope")?,
            folder_id: row.get("folder_id")?,
            expires_at: row.get("expires_at")?,
        },
        created_at: row.get("created_at")?,
        last_used_at: row.get("last_used_at")?,
    })
}
