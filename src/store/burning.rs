//! Which links burn when, and how far each person's are.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, ToSql, named_params};

use super::query::json_list;
use super::{Tx, WriteTx};
use crate::error::Result;
use crate::model::id::{BookmarkId, FolderId, UserId};
use crate::model::time::{Timestamp, Zone};

/// The folders whose links burn: by their own setting, else by that of the folder around them,
/// else by their owner's.
const LIST_RULES: &str = "WITH RECURSIVE rule (folder_id, days) AS (
        SELECT f.id, ifnull(f.burn_after_days, u.burn_after_days)
        FROM folders f
        JOIN users u ON u.id = f.user_id
        WHERE f.user_id = :user_id AND f.parent_id IS NULL
        UNION ALL
        SELECT f.id, ifnull(f.burn_after_days, r.days)
        FROM rule r
        JOIN folders f ON f.parent_id = r.folder_id
    )
    SELECT folder_id, days FROM rule WHERE days > 0
    UNION ALL
    SELECT NULL, burn_after_days FROM users
    WHERE id = :user_id AND burn_after_days IS NOT NULL";

/// Announces some of those unread links that the clause names, whose time began early enough and
/// that were not announced: that is what these marks say.
macro_rules! announce {
    ($index:literal, $clause:literal) => {
        concat!(
            "UPDATE bookmarks
             SET burns_at = :burns_at
             WHERE id IN (
                 SELECT id FROM bookmarks ",
            $index,
            " WHERE ",
            $clause,
            " AND shelf = 0 AND marks IN (1, 3, 9, 11, 17, 19, 25, 27)
                   AND saved_at <= :since AND ifnull(burn_from, saved_at) <= :since
                 LIMIT :limit)"
        )
    };
}
const ANNOUNCE_IN_FOLDER: &str = announce!("INDEXED BY bookmarks_filed", "folder_id = :filed_in");
const ANNOUNCE_UNFILED: &str =
    announce!("INDEXED BY bookmarks_listed", "user_id = :filed_in AND folder_id IS NULL");

/// How far the links of somebody are whom the clause names.
macro_rules! watch {
    ($clause:literal) => {
        concat!(
            "SELECT b.user_id, u.zone, b.tell_at, b.told_for
             FROM burning b
             JOIN users u ON u.id = b.user_id
             WHERE ",
            $clause
        )
    };
}

/// After how many days the unread links of a folder burn, or those in none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The folder, without those inside it.
    pub folder_id: Option<FolderId>,
    /// How many days; at least one.
    pub days: u16,
}

/// How far somebody's links are.
#[derive(Debug)]
pub struct Watch {
    /// Whose they are.
    pub user_id: UserId,
    /// The zone of their midnights.
    pub zone: Zone,
    /// When they are told what was announced, unless they were.
    pub tell_at: Option<Timestamp>,
    /// The last midnight of which they were told.
    pub told_for: Timestamp,
}

/// What of a person's burns, by which rule; nothing where they have not asked for it.
pub fn list_rules(tx: &Tx, user_id: UserId) -> Result<HashSet<Rule>> {
    let mut stmt = tx.sql().prepare_cached(LIST_RULES)?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id }, |row| {
        Ok(Rule { folder_id: row.get(0)?, days: row.get(1)? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How far somebody's links are, if any of theirs can burn.
pub fn find(tx: &Tx, user_id: UserId) -> Result<Option<Watch>> {
    find_watch(tx, watch!("b.user_id = :value"), &user_id)
}

/// Somebody whose links are to be burnt and announced now.
pub fn find_to_look(tx: &Tx) -> Result<Option<Watch>> {
    find_watch(tx, watch!("b.look_at <= :value ORDER BY b.look_at LIMIT 1"), &tx.now())
}

/// Somebody who is to be told now what was announced.
pub fn find_to_tell(tx: &Tx) -> Result<Option<Watch>> {
    find_watch(tx, watch!("b.tell_at <= :value ORDER BY b.tell_at LIMIT 1"), &tx.now())
}

fn find_watch(tx: &Tx, sql: &'static str, value: &dyn ToSql) -> Result<Option<Watch>> {
    let row = tx.sql().prepare_cached(sql)?.query_row(&[(":value", value)], |row| {
        Ok(Watch {
            user_id: row.get("user_id")?,
            zone: row.get("zone")?,
            tell_at: row.get("tell_at")?,
            told_for: row.get("told_for")?,
        })
    });
    Ok(row.optional()?)
}

/// When there is next anything to do: in the past if there is now.
pub fn next_work_at(tx: &Tx) -> Result<Option<Timestamp>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT min(at)
         FROM (SELECT min(look_at) AS at FROM burning
               UNION ALL
               SELECT min(tell_at) FROM burning WHERE tell_at IS NOT NULL)",
    )?;
    Ok(stmt.query_row([], |row| row.get(0))?)
}

/// Has somebody's links looked at from `look_at` on, if they are not already.
pub fn watch(tx: &WriteTx, user_id: UserId, look_at: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO burning (user_id, look_at)
         VALUES (:user_id, :look_at)
         ON CONFLICT (user_id) DO NOTHING",
    )?;
    stmt.execute(named_params! { ":user_id": user_id, ":look_at": look_at })?;
    Ok(())
}

/// Looks at somebody's links no more, since none of theirs can burn.
pub fn unwatch(tx: &WriteTx, user_id: UserId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM burning WHERE user_id = :user_id")?
        .execute(named_params! { ":user_id": user_id })?;
    Ok(())
}

/// Has somebody's links looked at then.
pub fn set_look_at(tx: &WriteTx, user_id: UserId, look_at: Timestamp) -> Result<()> {
    let mut stmt = tx
        .sql()
        .prepare_cached("UPDATE burning SET look_at = :look_at WHERE user_id = :user_id")?;
    stmt.execute(named_params! { ":user_id": user_id, ":look_at": look_at })?;
    Ok(())
}

/// Has somebody told then what was announced, or of nothing.
pub fn set_tell_at(tx: &WriteTx, user_id: UserId, tell_at: Option<Timestamp>) -> Result<()> {
    let mut stmt = tx
        .sql()
        .prepare_cached("UPDATE burning SET tell_at = :tell_at WHERE user_id = :user_id")?;
    stmt.execute(named_params! { ":user_id": user_id, ":tell_at": tell_at })?;
    Ok(())
}

/// Notes that somebody was told of everything up to the midnight `burns_at`.
pub fn set_told(tx: &WriteTx, user_id: UserId, burns_at: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE burning
         SET tell_at = NULL, told_for = max(told_for, :burns_at)
         WHERE user_id = :user_id",
    )?;
    stmt.execute(named_params! { ":user_id": user_id, ":burns_at": burns_at })?;
    Ok(())
}

/// Burns up to `limit` of somebody's links: those announced for now or earlier, and no later
/// than `told_for`. Returns which.
pub fn burn(
    tx: &WriteTx,
    user_id: UserId,
    told_for: Timestamp,
    limit: usize,
) -> Result<Vec<BookmarkId>> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET burnt_at = :now, burns_at = NULL, updated_at = :now
         WHERE id IN (
             SELECT id FROM bookmarks
             WHERE user_id = :user_id AND burns_at <= min(:now, :told_for)
             LIMIT :limit)
         RETURNING id",
    )?;
    let values = named_params! {
        ":user_id": user_id, ":now": tx.now(), ":told_for": told_for, ":limit": limit as i64,
    };
    let rows = stmt.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Announces up to `limit` of the links for `burns_at` whose midnight has come without them
/// being burnt.
pub fn put_off(tx: &WriteTx, user_id: UserId, burns_at: Timestamp, limit: usize) -> Result<usize> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET burns_at = :burns_at
         WHERE id IN (
             SELECT id FROM bookmarks
             WHERE user_id = :user_id AND burns_at <= :now
             LIMIT :limit)",
    )?;
    Ok(stmt.execute(named_params! {
        ":user_id": user_id, ":now": tx.now(), ":burns_at": burns_at, ":limit": limit as i64,
    })?)
}

/// Announces for `burns_at` up to `limit` of the unread links of a folder, or of those in none,
/// whose time began at `since` or before.
pub fn announce(
    tx: &WriteTx,
    user_id: UserId,
    folder_id: Option<FolderId>,
    since: Timestamp,
    burns_at: Timestamp,
    limit: usize,
) -> Result<usize> {
    let sql = match folder_id {
        Some(_) => ANNOUNCE_IN_FOLDER,
        None => ANNOUNCE_UNFILED,
    };
    let filed_in = folder_id.map_or(user_id.0, |id| id.0);
    Ok(tx.sql().prepare_cached(sql)?.execute(named_params! {
        ":filed_in": filed_in, ":since": since, ":burns_at": burns_at, ":limit": limit as i64,
    })?)
}

/// Takes back what was announced of the links in those folders, or in none.
pub fn take_back(tx: &WriteTx, user_id: UserId, folders: &[Option<FolderId>]) -> Result<()> {
    let ids = json_list(folders.iter().map(|id| id.map_or(0, |id| id.0)));
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET burns_at = NULL
         WHERE user_id = :user_id AND burns_at IS NOT NULL
           AND ifnull(folder_id, 0) IN (SELECT value FROM json_each(:ids))",
    )?;
    stmt.execute(named_params! { ":user_id": user_id, ":ids": ids })?;
    Ok(())
}

/// How many of a user's links were announced for `burns_at` or earlier.
pub fn count(tx: &Tx, user_id: UserId, burns_at: Timestamp) -> Result<i64> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT count(*)
         FROM bookmarks
         WHERE user_id = :user_id AND burns_at <= :burns_at",
    )?;
    let values = named_params! { ":user_id": user_id, ":burns_at": burns_at };
    Ok(stmt.query_row(values, |row| row.get(0))?)
}

/// Whether any of a user's links was announced for later than `told_for`.
pub fn is_any_untold(tx: &Tx, user_id: UserId, told_for: Timestamp) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT EXISTS (
             SELECT 1 FROM bookmarks
             WHERE user_id = :user_id AND burns_at > :told_for)",
    )?;
    let values = named_params! { ":user_id": user_id, ":told_for": told_for };
    Ok(stmt.query_row(values, |row| row.get(0))?)
}

/// Up to `limit` of a user's links that were announced for `burns_at` or earlier.
pub fn list(
    tx: &Tx,
    user_id: UserId,
    burns_at: Timestamp,
    limit: usize,
) -> Result<Vec<BookmarkId>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id
         FROM bookmarks
         WHERE user_id = :user_id AND burns_at <= :burns_at
         ORDER BY burns_at, id
         LIMIT :limit",
    )?;
    let values =
        named_params! { ":user_id": user_id, ":burns_at": burns_at, ":limit": limit as i64 };
    let ids = stmt.query_map(values, |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}
