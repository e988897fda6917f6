//! What was done to links and can be taken back.

mod deleted;

use rusqlite::{OptionalExtension, named_params};

use super::query::json_list;
use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::{BookmarkId, UndoId, UserId};
use crate::model::tag::TagName;
use crate::model::time::Timestamp;
use crate::model::undo::{ACTS_MAX, Kind, LINKS_MAX, Undo};

pub use deleted::{bring_back, bring_back_reminders, keep_deleted, list_tags};

/// Those links of a user among `ids`, before they are changed.
macro_rules! keep {
    ($was:literal) => {
        concat!(
            "INSERT INTO undo_links (undo_id, bookmark_id, was)
             SELECT :undo_id, b.id, json_object(",
            $was,
            ")
             FROM bookmarks b
             WHERE b.id IN (SELECT value FROM json_each(:ids)) AND +b.user_id = :user_id"
        )
    };
}

/// Sets a column back in links that are not again as they were. They burn no sooner than is
/// announced for them anew.
macro_rules! set_back {
    ($column:literal, $was:literal, $rest:literal) => {
        concat!(
            "UPDATE bookmarks AS b
             SET ",
            $column,
            " = ",
            $was,
            $rest,
            ", updated_at = :now
             FROM undo_links w
             WHERE w.undo_id = :undo_id AND b.id = w.bookmark_id
               AND b.id IN (SELECT value FROM json_each(:ids)) AND +b.user_id = :user_id
               AND b.",
            $column,
            " IS NOT ",
            $was
        )
    };
    ($column:literal, $was:literal) => {
        set_back!(
            $column,
            $was,
            ", burn_from = w.was ->> 'burn_from', burns_at = NULL, burnt_at = NULL"
        )
    };
}

/// Something of that user that can be taken back, if it was done after `since`.
///
/// # Errors
/// `NotFound` when there is none.
pub fn get(tx: &Tx, user_id: UserId, id: UndoId, since: Timestamp) -> Result<Undo> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, kind
         FROM undos
         WHERE id = :id AND user_id = :user_id AND made_at > :since",
    )?;
    let values = named_params! { ":id": id, ":user_id": user_id, ":since": since };
    let found = stmt.query_row(values, |row| Ok(Undo { id: row.get(0)?, kind: row.get(1)? }));
    found.optional()?.ok_or(Error::NotFound("act to take back"))
}

/// Begins to keep what is done to so many links, and forgets the oldest where that is too much.
pub fn insert(tx: &WriteTx, user_id: UserId, kind: Kind, links: usize) -> Result<UndoId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO undos (user_id, kind, links, made_at)
         VALUES (:user_id, :kind, :links, :now)",
    )?;
    let id = UndoId(stmt.insert(named_params! {
        ":user_id": user_id, ":kind": kind, ":links": links as i64, ":now": tx.now(),
    })?);
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, links
         FROM undos
         WHERE user_id = :user_id
         ORDER BY id DESC",
    )?;
    let all = stmt.query_map(named_params! { ":user_id": user_id }, |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?))
    })?;
    let all: Vec<(UndoId, i64)> = all.collect::<rusqlite::Result<_>>()?;
    let mut kept = 0;
    for (number, (id, links)) in all.into_iter().enumerate() {
        kept += links;
        if number >= ACTS_MAX || kept > LINKS_MAX as i64 {
            delete(tx, id)?;
        }
    }
    Ok(id)
}

/// Keeps what an act is about to change of links, but for their tags and for deleting them.
pub fn keep(tx: &WriteTx, user_id: UserId, undo: &Undo, ids: &[BookmarkId]) -> Result<()> {
    let sql = match undo.kind {
        Kind::Read => keep!("'was', b.read_at, 'burn_from', b.burn_from"),
        Kind::Archived => keep!("'was', b.archived_at, 'burn_from', b.burn_from"),
        Kind::Moved => keep!("'was', b.folder_id, 'burn_from', b.burn_from"),
        Kind::Favourite => keep!("'was', b.favourite"),
        Kind::Tagged | Kind::Untagged | Kind::Deleted => return Ok(()),
    };
    tx.sql().prepare_cached(sql)?.execute(named_params! {
        ":undo_id": undo.id, ":user_id": user_id, ":ids": json(ids),
    })?;
    Ok(())
}

/// Keeps which of those tags links are about to get or to lose.
pub fn keep_tags(
    tx: &WriteTx,
    user_id: UserId,
    undo: &Undo,
    ids: &[BookmarkId],
    names: &[TagName],
) -> Result<()> {
    let sql = match undo.kind {
        Kind::Tagged => keep!(
            "'tags', (
                 SELECT json_group_array(n.value ->> 'name')
                 FROM json_each(:names) n
                 WHERE NOT EXISTS (
                     SELECT 1
                     FROM tags t
                     JOIN bookmark_tags bt ON bt.tag_id = t.id AND bt.bookmark_id = b.id
                     WHERE t.user_id = :user_id AND t.key = n.value ->> 'key'))"
        ),
        _ => keep!(
            "'tags', (
                 SELECT json_group_array(t.name)
                 FROM json_each(:names) n
                 JOIN tags t ON t.user_id = :user_id AND t.key = n.value ->> 'key'
                 JOIN bookmark_tags bt ON bt.tag_id = t.id AND bt.bookmark_id = b.id)"
        ),
    };
    let names: Vec<_> = names
        .iter()
        .map(|name| serde_json::json!({ "name": name.as_str(), "key": name.key() }))
        .collect();
    let names = serde_json::to_string(&names).map_err(Error::internal)?;
    tx.sql().prepare_cached(sql)?.execute(named_params! {
        ":undo_id": undo.id, ":user_id": user_id, ":ids": json(ids), ":names": names,
    })?;
    Ok(())
}

/// Up to `limit` links that something was done to and that are not as they were yet.
pub fn list_links(tx: &Tx, id: UndoId, limit: usize) -> Result<Vec<BookmarkId>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT bookmark_id
         FROM undo_links
         WHERE undo_id = :id
         ORDER BY bookmark_id
         LIMIT :limit",
    )?;
    let ids =
        stmt.query_map(named_params! { ":id": id, ":limit": limit as i64 }, |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Sets links back that were changed, but for their tags; returns how many were not as they had
/// been.
pub fn set_back(tx: &WriteTx, user_id: UserId, undo: &Undo, ids: &[BookmarkId]) -> Result<usize> {
    let sql = match undo.kind {
        Kind::Read => set_back!("read_at", "(w.was ->> 'was')"),
        Kind::Archived => set_back!("archived_at", "(w.was ->> 'was')"),
        // A folder that is gone has left its links where none is.
        Kind::Moved => {
            set_back!("folder_id", "(SELECT f.id FROM folders f WHERE f.id = w.was ->> 'was')")
        }
        Kind::Favourite => set_back!("favourite", "(w.was ->> 'was')", ""),
        Kind::Tagged | Kind::Untagged | Kind::Deleted => return Ok(0),
    };
    Ok(tx.sql().prepare_cached(sql)?.execute(named_params! {
        ":undo_id": undo.id, ":user_id": user_id, ":ids": json(ids), ":now": tx.now(),
    })?)
}

/// Forgets how those links were.
pub fn forget(tx: &WriteTx, id: UndoId, ids: &[BookmarkId]) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "DELETE FROM undo_links
         WHERE undo_id = :id AND bookmark_id IN (SELECT value FROM json_each(:ids))",
    )?;
    stmt.execute(named_params! { ":id": id, ":ids": json(ids) })?;
    Ok(())
}

/// Forgets what was done, so that it cannot be taken back.
pub fn delete(tx: &WriteTx, id: UndoId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM undos WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

/// Forgets the oldest of what was done before `before`; returns whether there was any.
pub fn delete_oldest(tx: &WriteTx, before: Timestamp) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "DELETE FROM undos
         WHERE id = (SELECT id FROM undos WHERE made_at <= :before ORDER BY made_at LIMIT 1)",
    )?;
    Ok(stmt.execute(named_params! { ":before": before })? == 1)
}

fn json(ids: &[BookmarkId]) -> String {
    json_list(ids.iter().map(|id| id.0))
}

#[cfg(test)]
mod tests;
