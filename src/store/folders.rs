//! Folders.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::Columns;
use super::counts::{self, SUMS};
use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::folder::Folder;
use crate::model::id::{FolderId, UserId};

/// A folder with the sums over its lanes, before the clause that says which ones.
macro_rules! select {
    ($rest:literal) => {
        format!(
            concat!(
                "SELECT f.id, f.user_id, f.parent_id, f.title, f.burn_after_days, {}
                 FROM folders f
                 LEFT JOIN folder_counts c ON c.folder_id = f.id ",
                $rest
            ),
            SUMS
        )
    };
}

/// A folder of that user.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn get(tx: &Tx, user_id: UserId, id: FolderId) -> Result<Folder> {
    let mut stmt = tx
        .sql()
        .prepare_cached(&select!("WHERE f.id = :id AND f.user_id = :user_id GROUP BY f.id"))?;
    let values = named_params! { ":id": id, ":user_id": user_id };
    stmt.query_row(values, from_row).optional()?.ok_or(Error::NotFound("folder"))
}

/// All folders of a user in their order, parents before what lies in them not guaranteed.
pub fn list(tx: &Tx, user_id: UserId) -> Result<Vec<Folder>> {
    let mut stmt = tx.sql().prepare_cached(&select!(
        "WHERE f.user_id = :user_id
         GROUP BY f.id
         ORDER BY f.position, f.title, f.id"
    ))?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id }, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The folder of that title in another one, or at the top.
pub fn find(
    tx: &Tx,
    user_id: UserId,
    parent_id: Option<FolderId>,
    title: &str,
) -> Result<Option<FolderId>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id
         FROM folders
         WHERE user_id = :user_id AND ifnull(parent_id, 0) = ifnull(:parent_id, 0)
           AND title = :title",
    )?;
    let values = named_params! { ":user_id": user_id, ":parent_id": parent_id, ":title": title };
    Ok(stmt.query_row(values, |row| row.get(0)).optional()?)
}

/// The folders that lie right in another one, or at the top, in their order.
pub fn list_inside(tx: &Tx, user_id: UserId, parent_id: Option<FolderId>) -> Result<Vec<FolderId>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id
         FROM folders
         WHERE user_id = :user_id AND ifnull(parent_id, 0) = ifnull(:parent_id, 0)
         ORDER BY position, title, id",
    )?;
    let values = named_params! { ":user_id": user_id, ":parent_id": parent_id };
    let rows = stmt.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Sets where a folder stands among its siblings.
pub fn set_position(tx: &WriteTx, id: FolderId, position: i64) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE folders SET position = :position WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":position": position })?;
    Ok(())
}

/// How many folders a user has.
pub fn count(tx: &Tx, user_id: UserId) -> Result<i64> {
    let mut stmt =
        tx.sql().prepare_cached("SELECT count(*) FROM folders WHERE user_id = :user_id")?;
    Ok(stmt.query_row(named_params! { ":user_id": user_id }, |row| row.get(0))?)
}

/// Whether `inner` is `outer` or lies in it, however deep.
pub fn is_inside(tx: &Tx, inner: FolderId, outer: FolderId) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "WITH RECURSIVE above (id) AS (
             SELECT :inner UNION SELECT f.parent_id FROM folders f JOIN above a ON f.id = a.id
         )
         SELECT EXISTS (SELECT 1 FROM above WHERE id = :outer)",
    )?;
    let values = named_params! { ":inner": inner, ":outer": outer };
    Ok(stmt.query_row(values, |row| row.get(0))?)
}

/// Stores a folder behind its siblings.
///
/// # Errors
/// `Conflict` when a sibling has that title.
pub fn insert(
    tx: &WriteTx,
    user_id: UserId,
    parent_id: Option<FolderId>,
    title: &str,
) -> Result<FolderId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO folders (user_id, parent_id, title, position, created_at)
         VALUES (:user_id, :parent_id, :title,
                 (SELECT ifnull(max(position), 0) + 1 FROM folders
                  WHERE user_id = :user_id AND parent_id IS :parent_id),
                 :now)
         ON CONFLICT DO NOTHING
         RETURNING id",
    )?;
    let values = named_params! {
        ":user_id": user_id, ":parent_id": parent_id, ":title": title, ":now": tx.now(),
    };
    stmt.query_row(values, |row| row.get(0)).optional()?.ok_or_else(taken)
}

/// Renames a folder and puts it into another one, or at the top.
///
/// # Errors
/// `Conflict` when a sibling has that title.
pub fn update(tx: &WriteTx, id: FolderId, parent_id: Option<FolderId>, title: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE OR IGNORE folders
         SET parent_id = :parent_id, title = :title
         WHERE id = :id",
    )?;
    match stmt.execute(named_params! { ":id": id, ":parent_id": parent_id, ":title": title })? {
        0 => Err(taken()),
        _ => Ok(()),
    }
}

/// Sets after how many days unread links of a folder burn.
pub fn set_burn_after(tx: &WriteTx, id: FolderId, days: Option<u16>) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE folders
         SET burn_after_days = :days
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":days": days })?;
    Ok(())
}

/// Deletes a folder and those inside it; bookmarks stay, unfiled.
pub fn delete(tx: &WriteTx, id: FolderId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM folders WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

fn taken() -> Error {
    Error::Conflict("a folder of that title exists there already".into())
}

fn from_row(row: &Row) -> rusqlite::Result<Folder> {
    let mut row = Columns::of(row);
    Ok(Folder {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        parent_id: row.get("parent_id")?,
        title: row.get("title")?,
        burn_after_days: row.get("burn_after_days")?,
        counts: counts::from_columns(&mut row)?,
    })
}
