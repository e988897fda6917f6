//! Changing many bookmarks of a user at once. Ids that are not theirs change nothing.

use rusqlite::{ToSql, named_params};

use super::query::json_list;
use super::{Tx, WriteTx};
use crate::error::Result;
use crate::model::id::{BookmarkId, FolderId, UserId};

/// Those of a user among `ids`. The plus keeps SQLite from walking down all that they have.
macro_rules! among {
    () => {
        "id IN (SELECT value FROM json_each(:ids)) AND +user_id = :user_id"
    };
}

/// Those of `ids` that exist and are that user's.
pub fn list_own(tx: &Tx, user_id: UserId, ids: &[BookmarkId]) -> Result<Vec<BookmarkId>> {
    let mut stmt = tx.sql().prepare_cached(concat!(
        "SELECT id FROM bookmarks WHERE ",
        among!(),
        " ORDER BY id"
    ))?;
    let found =
        stmt.query_map(named_params! { ":ids": json(ids), ":user_id": user_id }, |row| row.get(0))?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// Marks them as read. Returns how many were not, as all of these return what they changed.
pub fn set_read(tx: &WriteTx, user_id: UserId, ids: &[BookmarkId]) -> Result<usize> {
    let sql = concat!(
        "UPDATE bookmarks
         SET read_at = :now, burns_at = NULL, burnt_at = NULL, updated_at = :now
         WHERE read_at IS NULL AND ",
        among!()
    );
    change(tx, sql, user_id, ids, &[(":now", &tx.now())])
}

/// Has them wait to be read.
pub fn set_unread(tx: &WriteTx, user_id: UserId, ids: &[BookmarkId]) -> Result<usize> {
    let sql = concat!(
        "UPDATE bookmarks
         SET read_at = NULL, burn_from = :now, updated_at = :now
         WHERE read_at IS NOT NULL AND ",
        among!()
    );
    change(tx, sql, user_id, ids, &[(":now", &tx.now())])
}

/// Puts them away.
pub fn set_archived(tx: &WriteTx, user_id: UserId, ids: &[BookmarkId]) -> Result<usize> {
    let sql = concat!(
        "UPDATE bookmarks
         SET archived_at = :now, burn_from = :now, burns_at = NULL, burnt_at = NULL,
             updated_at = :now
         WHERE archived_at IS NULL AND ",
        among!()
    );
    change(tx, sql, user_id, ids, &[(":now", &tx.now())])
}

/// Takes them back into the list.
pub fn set_unarchived(tx: &WriteTx, user_id: UserId, ids: &[BookmarkId]) -> Result<usize> {
    let sql = concat!(
        "UPDATE bookmarks
         SET archived_at = NULL, burn_from = :now, updated_at = :now
         WHERE archived_at IS NOT NULL AND ",
        among!()
    );
    change(tx, sql, user_id, ids, &[(":now", &tx.now())])
}

/// Marks them as some of the best, or not.
pub fn set_favourite(
    tx: &WriteTx,
    user_id: UserId,
    ids: &[BookmarkId],
    favourite: bool,
) -> Result<usize> {
    let sql = concat!(
        "UPDATE bookmarks
         SET favourite = :favourite, updated_at = :now
         WHERE favourite <> :favourite AND ",
        among!()
    );
    change(tx, sql, user_id, ids, &[(":favourite", &favourite), (":now", &tx.now())])
}

/// Notes that something beside them, such as their tags, has changed.
pub fn touch(tx: &WriteTx, user_id: UserId, ids: &[BookmarkId]) -> Result<usize> {
    let sql = concat!("UPDATE bookmarks SET updated_at = :now WHERE ", among!());
    change(tx, sql, user_id, ids, &[(":now", &tx.now())])
}

/// Files them in a folder, or takes them out of any.
pub fn set_folder(
    tx: &WriteTx,
    user_id: UserId,
    ids: &[BookmarkId],
    folder_id: Option<FolderId>,
) -> Result<usize> {
    let sql = concat!(
        "UPDATE bookmarks
         SET folder_id = :folder_id, burn_from = :now, burns_at = NULL, burnt_at = NULL,
             updated_at = :now
         WHERE folder_id IS NOT :folder_id AND ",
        among!()
    );
    change(tx, sql, user_id, ids, &[(":folder_id", &folder_id), (":now", &tx.now())])
}

/// Takes them out of any folder, as if that had never been announced to burn what it holds.
pub fn unfile(tx: &WriteTx, user_id: UserId, ids: &[BookmarkId]) -> Result<usize> {
    let sql = concat!("UPDATE bookmarks SET folder_id = NULL, burns_at = NULL WHERE ", among!());
    change(tx, sql, user_id, ids, &[])
}

/// Gives them their full time until they burn again, where it was announced or has happened.
pub fn restore(tx: &WriteTx, user_id: UserId, ids: &[BookmarkId]) -> Result<usize> {
    let sql = concat!(
        "UPDATE bookmarks
         SET burn_from = :now, burns_at = NULL, burnt_at = NULL, updated_at = :now
         WHERE (burns_at IS NOT NULL OR burnt_at IS NOT NULL) AND ",
        among!()
    );
    change(tx, sql, user_id, ids, &[(":now", &tx.now())])
}

/// Puts their pages into the queue, as new ones.
pub fn set_due(tx: &WriteTx, user_id: UserId, ids: &[BookmarkId]) -> Result<usize> {
    let sql = concat!(
        "UPDATE bookmarks
         SET page_due_at = :now, page_tries = 0, page_state = 'pending', page_reason = NULL,
             updated_at = :now
         WHERE ",
        among!()
    );
    change(tx, sql, user_id, ids, &[(":now", &tx.now())])
}

/// Deletes them.
pub fn delete(tx: &WriteTx, user_id: UserId, ids: &[BookmarkId]) -> Result<usize> {
    change(tx, concat!("DELETE FROM bookmarks WHERE ", among!()), user_id, ids, &[])
}

fn change(
    tx: &WriteTx,
    sql: &str,
    user_id: UserId,
    ids: &[BookmarkId],
    values: &[(&str, &dyn ToSql)],
) -> Result<usize> {
    let ids = json(ids);
    let mut all: Vec<(&str, &dyn ToSql)> = vec![(":user_id", &user_id), (":ids", &ids)];
    all.extend(values);
    Ok(tx.sql().prepare_cached(sql)?.execute(all.as_slice())?)
}

fn json(ids: &[BookmarkId]) -> String {
    json_list(ids.iter().map(|id| id.0))
}
