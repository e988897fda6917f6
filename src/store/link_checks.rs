//! Looking after links: how far we are through those of each person, and those that fail.

use rusqlite::{OptionalExtension, Row, named_params};

use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::{BookmarkId, UserId};
use crate::model::language::Language;
use crate::model::reason::Reason;
use crate::model::time::Timestamp;

/// The links that come next on a walk. Those are visited that do not fail already, whose page
/// does not wait to be read anyway, and none that was saved without its page being read, since
/// nobody asked us to visit that.
const NEXT: &str = "SELECT id, place_key, page_host,
            page_state <> 'pending' AND (page_state <> 'ready' OR fetched_at IS NOT NULL)
            AND NOT EXISTS (SELECT 1 FROM failing_links f WHERE f.bookmark_id = b.id) AS is_visited
     FROM bookmarks b INDEXED BY bookmarks_by_place
     WHERE user_id = :user_id AND burnt_at IS NULL AND (place_key, id) > (:place_key, :id)
     ORDER BY place_key, id
     LIMIT :limit";
const LIST_DEAD: &str =
    "SELECT f.bookmark_id, f.user_id, reason, failures, since, checked_at, due_at, dead_at
     FROM failing_links f
     JOIN bookmarks b ON b.id = f.bookmark_id
     WHERE f.user_id = :user_id AND dead_at IS NOT NULL AND due_at IS NOT NULL
       AND (dead_at, bookmark_id) < (:dead_at, :id) AND b.burnt_at IS NULL
     ORDER BY dead_at DESC, bookmark_id DESC
     LIMIT :limit";
const FIND_FAILING_DUE: &str = "SELECT b.id, b.page_host
     FROM failing_links f
     JOIN bookmarks b ON b.id = f.bookmark_id
     WHERE f.due_at <= :now
       AND rtrim(b.page_host, '.') NOT IN (SELECT value FROM json_each(:occupied))
     ORDER BY f.due_at
     LIMIT 1";
/// So many links are passed by in one step, at most.
const STRETCH: i64 = 500;

/// How far we are through the links of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// Whose.
    pub user_id: UserId,
    /// When to go on.
    pub due_at: Timestamp,
    /// How many are still to be looked at today.
    pub left: i64,
    /// The last one that was.
    pub place: Place,
}

/// A place on the way through the links of a person: the hash that a link has, and its id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place(String, i64);

/// A link on the way, and its host.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which.
    pub id: BookmarkId,
    /// Its host.
    pub host: String,
    /// Whether it is visited. If not, neither is any before it.
    pub is_visited: bool,
    /// Where it stands.
    pub place: Place,
}

/// A link that failed when it was looked at last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Which.
    pub id: BookmarkId,
    /// Whose.
    pub user_id: UserId,
    /// Why.
    pub reason: Reason,
    /// How often in a row.
    pub failures: u32,
    /// When it did first.
    pub since: Timestamp,
    /// When it was looked at.
    pub checked_at: Timestamp,
    /// When it is looked at again; none where its owner does not want to hear of it.
    pub due_at: Option<Timestamp>,
    /// Since when it counts as dead, if it does.
    pub dead_at: Option<Timestamp>,
}

/// Whether a person wants their links looked after.
pub fn is_wanted(tx: &Tx, user_id: UserId) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached("SELECT 1 FROM link_walks WHERE user_id = :user_id")?;
    Ok(stmt.exists(named_params! { ":user_id": user_id })?)
}

/// Begins to look after the links of a person, unless that is done already.
pub fn insert_walk(tx: &WriteTx, user_id: UserId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO link_walks (user_id, due_at)
         VALUES (:user_id, :now)
         ON CONFLICT DO NOTHING",
    )?;
    stmt.execute(named_params! { ":user_id": user_id, ":now": tx.now() })?;
    Ok(())
}

/// Ends looking after the links of a person. What they do not want to hear of is remembered.
pub fn delete_walk(tx: &WriteTx, user_id: UserId) -> Result<()> {
    let values = named_params! { ":user_id": user_id };
    tx.sql().prepare_cached("DELETE FROM link_walks WHERE user_id = :user_id")?.execute(values)?;
    tx.sql()
        .prepare_cached(
            "DELETE FROM failing_links WHERE user_id = :user_id AND due_at IS NOT NULL",
        )?
        .execute(values)?;
    Ok(())
}

/// The walk that has been due for longest.
pub fn find_walk_due(tx: &Tx) -> Result<Option<Walk>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT user_id, due_at, left, place_key, id
         FROM link_walks
         WHERE due_at <= :now
         ORDER BY due_at
         LIMIT 1",
    )?;
    Ok(stmt.query_row(named_params! { ":now": tx.now() }, walk_from_row).optional()?)
}

/// The walk of a person.
pub fn find_walk(tx: &Tx, user_id: UserId) -> Result<Option<Walk>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT user_id, due_at, left, place_key, id
         FROM link_walks
         WHERE user_id = :user_id",
    )?;
    Ok(stmt.query_row(named_params! { ":user_id": user_id }, walk_from_row).optional()?)
}

/// Stores how far a walk is.
pub fn update_walk(tx: &WriteTx, walk: &Walk) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE link_walks
         SET due_at = :due_at, left = :left, place_key = :place_key, id = :id
         WHERE user_id = :user_id",
    )?;
    let Place(key, id) = &walk.place;
    stmt.execute(named_params! {
        ":user_id": walk.user_id, ":due_at": walk.due_at, ":left": walk.left, ":place_key": key,
        ":id": id,
    })?;
    Ok(())
}

/// The next link to be visited on a walk; none at its end. Where very many are to be passed by,
/// the last of some of them.
pub fn find_step(tx: &Tx, walk: &Walk) -> Result<Option<Step>> {
    let mut stmt = tx.sql().prepare_cached(NEXT)?;
    let Place(key, id) = &walk.place;
    let mut rows = stmt.query(named_params! {
        ":user_id": walk.user_id, ":place_key": key, ":id": id, ":limit": STRETCH,
    })?;
    let mut step = None;
    while let Some(row) = rows.next()? {
        let id: BookmarkId = row.get("id")?;
        let is_visited = row.get("is_visited")?;
        let place = Place(row.get("place_key")?, id.0);
        step = Some(Step { id, host: row.get("page_host")?, is_visited, place });
        if is_visited {
            break;
        }
    }
    Ok(step)
}

/// Notes that a link of theirs has answered, whatever it said.
pub fn set_answered(tx: &WriteTx, user_id: UserId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE link_walks
         SET answered_at = :now
         WHERE user_id = :user_id",
    )?;
    stmt.execute(named_params! { ":user_id": user_id, ":now": tx.now() })?;
    Ok(())
}

/// When any link of theirs answered last; none where theirs are not looked after.
pub fn find_answered(tx: &Tx, user_id: UserId) -> Result<Option<Timestamp>> {
    let mut stmt =
        tx.sql().prepare_cached("SELECT answered_at FROM link_walks WHERE user_id = :user_id")?;
    Ok(stmt.query_row(named_params! { ":user_id": user_id }, |row| row.get(0)).optional()?)
}

/// The failing link that has been due for longest and is not at one of the hosts in `occupied`,
/// and its host.
pub fn find_failing_due(tx: &Tx, occupied: &[String]) -> Result<Option<(BookmarkId, String)>> {
    let occupied = serde_json::to_string(occupied).map_err(Error::internal)?;
    let mut stmt = tx.sql().prepare_cached(FIND_FAILING_DUE)?;
    let values = named_params! { ":now": tx.now(), ":occupied": occupied };
    let row = stmt.query_row(values, |row| Ok((row.get("id")?, row.get("page_host")?)));
    Ok(row.optional()?)
}

/// When the next link is to be looked at.
pub fn next_due_at(tx: &Tx) -> Result<Option<Timestamp>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT min(due_at)
         FROM (SELECT min(due_at) AS due_at FROM link_walks
               UNION ALL
               SELECT min(due_at) FROM failing_links WHERE due_at IS NOT NULL)",
    )?;
    Ok(stmt.query_row([], |row| row.get(0))?)
}

/// Where a link leads that is no ash, and what its owner reads.
pub fn address_of(tx: &Tx, id: BookmarkId) -> Result<Option<(String, Language)>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT b.url, u.language
         FROM bookmarks b
         JOIN users u ON u.id = b.user_id
         WHERE b.id = :id AND b.burnt_at IS NULL",
    )?;
    let row = stmt
        .query_row(named_params! { ":id": id }, |row| Ok((row.get("url")?, row.get("language")?)));
    Ok(row.optional()?)
}

/// A link, if it failed when it was looked at last.
pub fn find_failing(tx: &Tx, id: BookmarkId) -> Result<Option<Failing>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT bookmark_id, user_id, reason, failures, since, checked_at, due_at, dead_at
         FROM failing_links
         WHERE bookmark_id = :id",
    )?;
    Ok(stmt.query_row(named_params! { ":id": id }, failing_from_row).optional()?)
}

/// Stores how a link fails.
pub fn put_failing(tx: &WriteTx, failing: &Failing) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT OR REPLACE INTO failing_links (bookmark_id, user_id, reason, failures, since,
                                               checked_at, due_at, dead_at)
         VALUES (:id, :user_id, :reason, :failures, :since, :checked_at, :due_at, :dead_at)",
    )?;
    stmt.execute(named_params! {
        ":id": failing.id, ":user_id": failing.user_id, ":reason": failing.reason,
        ":failures": failing.failures, ":since": failing.since,
        ":checked_at": failing.checked_at, ":due_at": failing.due_at,
        ":dead_at": failing.dead_at,
    })?;
    Ok(())
}

/// Forgets that a link failed.
pub fn delete_failing(tx: &WriteTx, id: BookmarkId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM failing_links WHERE bookmark_id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

/// Up to `limit` dead links of a user that are no ashes, those that died last first, from after
/// that place on.
pub fn list_dead(
    tx: &Tx,
    user_id: UserId,
    after: Option<(Timestamp, BookmarkId)>,
    limit: usize,
) -> Result<Vec<Failing>> {
    let (dead_at, id) = after.unwrap_or((Timestamp::from_ms(i64::MAX), BookmarkId(i64::MAX)));
    let mut stmt = tx.sql().prepare_cached(LIST_DEAD)?;
    let values = named_params! {
        ":user_id": user_id, ":dead_at": dead_at, ":id": id, ":limit": limit as i64,
    };
    let rows = stmt.query_map(values, failing_from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn walk_from_row(row: &Row) -> rusqlite::Result<Walk> {
    Ok(Walk {
        user_id: row.get("user_id")?,
        due_at: row.get("due_at")?,
        left: row.get("left")?,
        place: Place(row.get("place_key")?, row.get("id")?),
    })
}

fn failing_from_row(row: &Row) -> rusqlite::Result<Failing> {
    Ok(Failing {
        id: row.get("bookmark_id")?,
        user_id: row.get("user_id")?,
        reason: row.get("reason")?,
        failures: row.get("failures")?,
        since: row.get("since")?,
        checked_at: row.get("checked_at")?,
        due_at: row.get("due_at")?,
        dead_at: row.get("dead_at")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Memory;

    #[test]
    fn links_are_found_by_their_indexes() {
        let check = |sql: &str, values: &[(&str, &dyn rusqlite::ToSql)], index: &str| {
            let db = Memory::open();
            db.read(|tx| {
                let mut stmt = tx.sql().prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                let lines = stmt.query_map(values, |row| row.get::<_, String>("detail"))?;
                let plan = lines.collect::<rusqlite::Result<Vec<_>>>()?.join("\n");
                assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
                Ok(())
            })
            .unwrap();
        };
        check(
            NEXT,
            &[(":user_id", &1), (":place_key", &""), (":id", &0), (":limit", &9)],
            "USING INDEX bookmarks_by_place (user_id=? AND burnt_at=? AND place_key>?)",
        );
        check(
            LIST_DEAD,
            &[(":user_id", &1), (":dead_at", &0), (":id", &0), (":limit", &9)],
            "USING INDEX failing_links_dead (user_id=? AND dead_at>? AND dead_at<?)",
        );
        check(
            FIND_FAILING_DUE,
            &[(":now", &1), (":occupied", &"[]")],
            "USING COVERING INDEX failing_links_due (due_at<?)",
        );
    }
}
