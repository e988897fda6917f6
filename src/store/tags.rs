//! Tags, and which bookmarks have them.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::Columns;
use super::counts::{self, SUMS};
use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::{BookmarkId, FolderId, TagId, UserId};
use crate::model::tag::{Tag, TagName};
use crate::model::time::Timestamp;

/// A tag with the sums over its lanes, before the clause that says which ones.
macro_rules! select {
    ($rest:literal) => {
        format!(
            concat!(
                "SELECT t.id, t.user_id, t.name, {}
                 FROM tags t
                 LEFT JOIN tag_counts c ON c.tag_id = t.id ",
                $rest
            ),
            SUMS
        )
    };
}

/// A tag of that user.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn get(tx: &Tx, user_id: UserId, id: TagId) -> Result<Tag> {
    let mut stmt = tx
        .sql()
        .prepare_cached(&select!("WHERE t.id = :id AND t.user_id = :user_id GROUP BY t.id"))?;
    let values = named_params! { ":id": id, ":user_id": user_id };
    stmt.query_row(values, from_row).optional()?.ok_or(Error::NotFound("tag"))
}

/// All tags of a user, in the order of their letters.
pub fn list(tx: &Tx, user_id: UserId) -> Result<Vec<Tag>> {
    let mut stmt = tx
        .sql()
        .prepare_cached(&select!("WHERE t.user_id = :user_id GROUP BY t.key ORDER BY t.key"))?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id }, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What the tags of a user are called, in the order of their letters.
pub fn list_names(tx: &Tx, user_id: UserId) -> Result<Vec<String>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT name
         FROM tags
         WHERE user_id = :user_id
         ORDER BY key",
    )?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id }, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The tag of that name, if the user has it.
pub fn find(tx: &Tx, user_id: UserId, name: &TagName) -> Result<Option<TagId>> {
    let mut stmt =
        tx.sql().prepare_cached("SELECT id FROM tags WHERE user_id = :user_id AND key = :key")?;
    let values = named_params! { ":user_id": user_id, ":key": name.key() };
    Ok(stmt.query_row(values, |row| row.get(0)).optional()?)
}

/// Stores a tag that the user does not have yet.
pub fn insert(tx: &WriteTx, user_id: UserId, name: &TagName) -> Result<TagId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO tags (user_id, name, key, created_at)
         VALUES (:user_id, :name, :key, :now)",
    )?;
    Ok(TagId(stmt.insert(named_params! {
        ":user_id": user_id, ":name": name.as_str(), ":key": name.key(), ":now": tx.now(),
    })?))
}

/// How many tags a user has.
pub fn count(tx: &Tx, user_id: UserId) -> Result<i64> {
    let mut stmt = tx.sql().prepare_cached("SELECT count(*) FROM tags WHERE user_id = :user_id")?;
    Ok(stmt.query_row(named_params! { ":user_id": user_id }, |row| row.get(0))?)
}

/// Writes a tag in another way.
pub fn set_name(tx: &WriteTx, id: TagId, name: &TagName) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE tags
         SET name = :name, key = :key
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":name": name.as_str(), ":key": name.key() })?;
    Ok(())
}

/// Deletes a tag, and takes it off what still has it.
pub fn delete(tx: &WriteTx, id: TagId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM tags WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

/// Up to `limit` bookmarks that have a tag, in no order.
pub fn list_bookmarks(tx: &Tx, id: TagId, limit: usize) -> Result<Vec<BookmarkId>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT bookmark_id
         FROM bookmark_tags
         WHERE tag_id = :id
         LIMIT :limit",
    )?;
    let values = named_params! { ":id": id, ":limit": limit as i64 };
    let rows = stmt.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Takes a tag off a bookmark; returns whether it was there.
pub fn detach(tx: &WriteTx, id: BookmarkId, tag_id: TagId) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "DELETE FROM bookmark_tags
         WHERE bookmark_id = :id AND tag_id = :tag_id",
    )?;
    Ok(stmt.execute(named_params! { ":id": id, ":tag_id": tag_id })? == 1)
}

/// How many tags a bookmark has.
pub fn count_of(tx: &Tx, id: BookmarkId) -> Result<usize> {
    let mut stmt =
        tx.sql().prepare_cached("SELECT count(*) FROM bookmark_tags WHERE bookmark_id = :id")?;
    let count: i64 = stmt.query_row(named_params! { ":id": id }, |row| row.get(0))?;
    Ok(count as usize)
}

/// Puts tags on a bookmark; returns whether any was not there.
pub fn attach(tx: &WriteTx, id: BookmarkId, tag_ids: &[TagId]) -> Result<bool> {
    let mut place = tx.sql().prepare_cached(
        "SELECT folder_id, shelf, marks, saved_at
         FROM bookmarks
         WHERE id = :id",
    )?;
    let place = place.query_row(named_params! { ":id": id }, |row| {
        let folder_id: Option<FolderId> = row.get("folder_id")?;
        let (shelf, marks): (i64, i64) = (row.get("shelf")?, row.get("marks")?);
        Ok((folder_id, shelf, marks, row.get::<_, Timestamp>("saved_at")?))
    });
    let (folder_id, shelf, marks, saved_at) = place?;
    // Values, since with triggers to run SQLite would first copy what a SELECT finds.
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO bookmark_tags (bookmark_id, tag_id, folder_id, shelf, marks, saved_at)
         VALUES (:id, :tag_id, :folder_id, :shelf, :marks, :saved_at)
         ON CONFLICT DO NOTHING",
    )?;
    let mut added = 0;
    for tag_id in tag_ids {
        added += stmt.execute(named_params! {
            ":id": id, ":tag_id": tag_id, ":folder_id": folder_id, ":shelf": shelf,
            ":marks": marks, ":saved_at": saved_at,
        })?;
    }
    Ok(added > 0)
}

/// Takes all tags off a bookmark.
pub fn detach_all(tx: &WriteTx, id: BookmarkId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM bookmark_tags WHERE bookmark_id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

fn from_row(row: &Row) -> rusqlite::Result<Tag> {
    let mut row = Columns::of(row);
    Ok(Tag {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        name: row.get("name")?,
        counts: counts::from_columns(&mut row)?,
    })
}
