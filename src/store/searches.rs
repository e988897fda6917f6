//! Searches that are kept under a name.

use rusqlite::{OptionalExtension, Row, named_params};

use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::{SearchId, UserId};
use crate::model::saved_search::SavedSearch;

/// A search of that user.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn get(tx: &Tx, user_id: UserId, id: SearchId) -> Result<SavedSearch> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, name, query
         FROM searches
         WHERE id = :id AND user_id = :user_id",
    )?;
    let values = named_params! { ":id": id, ":user_id": user_id };
    stmt.query_row(values, from_row).optional()?.ok_or(Error::NotFound("search"))
}

/// All searches of a user, in their order.
pub fn list(tx: &Tx, user_id: UserId) -> Result<Vec<SavedSearch>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, name, query
         FROM searches
         WHERE user_id = :user_id
         ORDER BY position, id",
    )?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id }, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Keeps a search.
///
/// # Errors
/// `Conflict` when another one is called so.
pub fn insert(tx: &WriteTx, user_id: UserId, name: &str, query: &str) -> Result<SearchId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO searches (user_id, name, query, position, created_at)
         VALUES (:user_id, :name, :query,
                 (SELECT ifnull(max(position), 0) + 1 FROM searches WHERE user_id = :user_id),
                 :now)
         ON CONFLICT DO NOTHING
         RETURNING id",
    )?;
    let values =
        named_params! { ":user_id": user_id, ":name": name, ":query": query, ":now": tx.now() };
    stmt.query_row(values, |row| row.get(0)).optional()?.ok_or_else(taken)
}

/// Gives a search another name and other words.
///
/// # Errors
/// `Conflict` when another one is called so.
pub fn update(tx: &WriteTx, id: SearchId, name: &str, query: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE OR IGNORE searches
         SET name = :name, query = :query
         WHERE id = :id",
    )?;
    match stmt.execute(named_params! { ":id": id, ":name": name, ":query": query })? {
        0 => Err(taken()),
        _ => Ok(()),
    }
}

/// Stores where a search stands in the order of its owner's.
pub fn set_position(tx: &WriteTx, id: SearchId, position: i64) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE searches SET position = :position WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":position": position })?;
    Ok(())
}

/// Forgets a search.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn delete(tx: &WriteTx, user_id: UserId, id: SearchId) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("DELETE FROM searches WHERE id = :id AND user_id = :user_id")?;
    match stmt.execute(named_params! { ":id": id, ":user_id": user_id })? {
        0 => Err(Error::NotFound("search")),
        _ => Ok(()),
    }
}

fn taken() -> Error {
    Error::Conflict("a search of that name is kept already".into())
}

fn from_row(row: &Row) -> rusqlite::Result<SavedSearch> {
    Ok(SavedSearch { id: row.get("id")?, name: row.get("name")?, query: row.get("query")? })
}
