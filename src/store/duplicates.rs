//! Links that lead to the same place. Ashes are not among them.

use rusqlite::{OptionalExtension, named_params};

use super::{Tx, WriteTx};
use crate::error::Result;
use crate::model::id::{BookmarkId, UserId};

/// A walk along the index on these two columns alone.
const LIST_KEYS: &str = "SELECT place_key, count(*) AS links
     FROM bookmarks
     WHERE user_id = :user_id AND place_key > :after AND burnt_at IS NULL
     GROUP BY place_key
     HAVING count(*) > 1
     ORDER BY place_key
     LIMIT :limit";

/// A link that has no key yet.
pub struct Unkeyed {
    /// Which.
    pub id: BookmarkId,
    /// Its address.
    pub url: String,
    /// Where its page lives, if that was told.
    pub lives_at: Option<String>,
}

/// Up to `limit` keys after `after` that several links of a user have, and how many have each.
pub fn list_keys(
    tx: &Tx,
    user_id: UserId,
    after: &str,
    limit: usize,
) -> Result<Vec<(String, i64)>> {
    let mut stmt = tx.sql().prepare_cached(LIST_KEYS)?;
    let values = named_params! { ":user_id": user_id, ":after": after, ":limit": limit as i64 };
    let rows = stmt.query_map(values, |row| Ok((row.get("place_key")?, row.get("links")?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Up to `limit` links of a user with that key, those saved first first.
pub fn list_with(tx: &Tx, user_id: UserId, key: &str, limit: usize) -> Result<Vec<BookmarkId>> {
    // The plus keeps SQLite from walking down all they have by the index on the order of time.
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id
         FROM bookmarks
         WHERE user_id = :user_id AND place_key = :key AND burnt_at IS NULL
         ORDER BY +saved_at, id
         LIMIT :limit",
    )?;
    let values = named_params! { ":user_id": user_id, ":key": key, ":limit": limit as i64 };
    let rows = stmt.query_map(values, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The key of a link that is no ash; none where it has none yet.
pub fn find_key(tx: &Tx, id: BookmarkId) -> Result<Option<String>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT place_key
         FROM bookmarks
         WHERE id = :id AND burnt_at IS NULL AND place_key <> ''",
    )?;
    Ok(stmt.query_row(named_params! { ":id": id }, |row| row.get(0)).optional()?)
}

/// Up to `limit` links of a user that have no key yet.
pub fn list_unkeyed(tx: &Tx, user_id: UserId, limit: usize) -> Result<Vec<Unkeyed>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, url, page_canonical_url
         FROM bookmarks
         WHERE user_id = :user_id AND place_key = '' AND burnt_at IS NULL
         LIMIT :limit",
    )?;
    let values = named_params! { ":user_id": user_id, ":limit": limit as i64 };
    let rows = stmt.query_map(values, |row| {
        Ok(Unkeyed {
            id: row.get("id")?,
            url: row.get("url")?,
            lives_at: row.get("page_canonical_url")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores where a link leads.
pub fn set_key(tx: &WriteTx, id: BookmarkId, key: &str) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE bookmarks SET place_key = :key WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":key": key })?;
    Ok(())
}

/// Puts all tags of a link on another as well.
pub fn copy_tags(tx: &WriteTx, from: BookmarkId, to: BookmarkId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO bookmark_tags (bookmark_id, tag_id, folder_id, shelf, marks, saved_at)
         SELECT b.id, bt.tag_id, b.folder_id, b.shelf, b.marks, b.saved_at
         FROM bookmark_tags bt
         JOIN bookmarks b ON b.id = :to
         WHERE bt.bookmark_id = :from
         ON CONFLICT DO NOTHING",
    )?;
    stmt.execute(named_params! { ":from": from, ":to": to })?;
    Ok(())
}

/// Has the reminders of a link be about another.
pub fn move_reminders(tx: &WriteTx, from: BookmarkId, to: BookmarkId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE reminders
         SET bookmark_id = :to, updated_at = :now
         WHERE bookmark_id = :from",
    )?;
    stmt.execute(named_params! { ":from": from, ":to": to, ":now": tx.now() })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Memory;

    #[test]
    fn the_report_is_a_walk_along_an_index() {
        let db = Memory::open();
        db.read(|tx| {
            let mut stmt = tx.sql().prepare(&format!("EXPLAIN QUERY PLAN {LIST_KEYS}"))?;
            let values = named_params! { ":user_id": 1, ":after": "", ":limit": 9 };
            let lines = stmt.query_map(values, |row| row.get::<_, String>("detail"))?;
            let plan = lines.collect::<rusqlite::Result<Vec<_>>>()?.join("\n");
            let index = "USING COVERING INDEX bookmarks_by_place \
                         (user_id=? AND burnt_at=? AND place_key>?)";
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
            Ok(())
        })
        .unwrap();
    }
}
