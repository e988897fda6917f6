//! Links that were deleted: each with all its columns, whatever later steps of the schema add to
//! them, and with the rows of other tables that go when it goes.

use std::fmt::Write;

use rusqlite::named_params;

use super::json;
use crate::error::Result;
use crate::model::id::{BookmarkId, ReminderId, UndoId, UserId};
use crate::store::{Tx, WriteTx};

/// Rows that go with a bookmark and come back after it.
struct Rows {
    table: &'static str,
    /// Which are those of the bookmark `b`.
    of: &'static str,
    /// What has to be there still, or again, of what a row `r` in JSON refers to.
    needs: &'static str,
}

const REMINDERS: &str = "reminders";

/// Each after those that it refers to. Tags come back by their names, since a tag may have been
/// merged into another; what is searched and counted is made anew by triggers.
const ROWS: &[Rows] = &[
    Rows { table: "failing_links", of: "x.bookmark_id = b.id", needs: "TRUE" },
    Rows { table: REMINDERS, of: "x.bookmark_id = b.id", needs: "TRUE" },
    Rows {
        table: "reminder_destinations",
        of: "x.reminder_id IN (SELECT id FROM reminders WHERE bookmark_id = b.id)",
        needs: "EXISTS (SELECT 1 FROM reminders WHERE id = r.value ->> 'reminder_id')
            AND EXISTS (SELECT 1 FROM destinations WHERE id = r.value ->> 'destination_id')",
    },
    Rows {
        table: "firings",
        of: "x.reminder_id IN (SELECT id FROM reminders WHERE bookmark_id = b.id)",
        needs: "EXISTS (SELECT 1 FROM reminders WHERE id = r.value ->> 'reminder_id')",
    },
    Rows {
        table: "feed_items",
        of: "x.firing_id IN (SELECT f.id FROM reminders q JOIN firings f ON f.reminder_id = q.id
                             WHERE q.bookmark_id = b.id)",
        needs: "EXISTS (SELECT 1 FROM firings WHERE id = r.value ->> 'firing_id')",
    },
    Rows {
        table: "delivery_firings",
        of: "x.firing_id IN (SELECT f.id FROM reminders q JOIN firings f ON f.reminder_id = q.id
                             WHERE q.bookmark_id = b.id)",
        needs: "EXISTS (SELECT 1 FROM firings WHERE id = r.value ->> 'firing_id')
            AND EXISTS (SELECT 1 FROM deliveries WHERE id = r.value ->> 'delivery_id')",
    },
];

/// Keeps links of a user that are about to be deleted.
pub fn keep_deleted(tx: &WriteTx, user_id: UserId, id: UndoId, ids: &[BookmarkId]) -> Result<()> {
    let mut rows = String::new();
    for Rows { table, of, .. } in ROWS {
        let row = object(&columns(tx, table)?, "x");
        let list = format!("(SELECT json_group_array({row}) FROM {table} x WHERE {of})");
        let _ = write!(rows, ", '{table}', json({list})");
    }
    let bookmark = object(&columns(tx, "bookmarks")?, "b");
    let mut stmt = tx.sql().prepare_cached(&format!(
        "INSERT INTO undo_links (undo_id, bookmark_id, was)
         SELECT :undo_id, b.id, json_object('bookmark', {bookmark}, 'tags', (
             SELECT json_group_array(t.name)
             FROM bookmark_tags bt
             JOIN tags t ON t.id = bt.tag_id
             WHERE bt.bookmark_id = b.id){rows})
         FROM bookmarks b
         WHERE b.id IN (SELECT value FROM json_each(:ids)) AND +b.user_id = :user_id"
    ))?;
    stmt.execute(named_params! { ":undo_id": id, ":user_id": user_id, ":ids": json(ids) })?;
    Ok(())
}

/// Brings a link back as it was, but for its tags and reminders, in the folder it was in if that
/// is still there. Returns whether it is back: not if there is another to the same address by now.
pub fn bring_back(tx: &WriteTx, id: UndoId, bookmark_id: BookmarkId) -> Result<bool> {
    let columns = columns(tx, "bookmarks")?;
    let value = |column: &String| match column.as_str() {
        "folder_id" => {
            "(SELECT f.id FROM folders f WHERE f.id = w.was ->> '$.bookmark.folder_id')".into()
        }
        // It is announced anew.
        "burns_at" => "NULL".into(),
        _ => format!("w.was ->> '$.bookmark.{column}'"),
    };
    let values: Vec<String> = columns.iter().map(value).collect();
    let mut stmt = tx.sql().prepare_cached(&format!(
        "INSERT INTO bookmarks ({})
         SELECT {}
         FROM undo_links w
         WHERE w.undo_id = :undo_id AND w.bookmark_id = :id
         ON CONFLICT DO NOTHING",
        columns.join(", "),
        values.join(", ")
    ))?;
    Ok(stmt.execute(named_params! { ":undo_id": id, ":id": bookmark_id })? == 1)
}

/// Brings back what else went with a link that is back, and at most so many of its reminders;
/// returns those.
pub fn bring_back_reminders(
    tx: &WriteTx,
    id: UndoId,
    bookmark_id: BookmarkId,
    limit: usize,
) -> Result<Vec<ReminderId>> {
    let mut reminders = Vec::new();
    for Rows { table, needs, .. } in ROWS {
        let limit = if *table == REMINDERS { limit as i64 } else { -1 };
        let columns = columns(tx, table)?;
        let values: Vec<String> =
            columns.iter().map(|column| format!("r.value ->> '{column}'")).collect();
        let mut stmt = tx.sql().prepare_cached(&format!(
            "INSERT INTO {table} ({columns})
             SELECT {values}
             FROM undo_links w, json_each(w.was, '$.{table}') r
             WHERE w.undo_id = :undo_id AND w.bookmark_id = :id AND {needs}
             LIMIT :limit
             RETURNING {first}",
            columns = columns.join(", "),
            values = values.join(", "),
            first = columns[0],
        ))?;
        let values = named_params! { ":undo_id": id, ":id": bookmark_id, ":limit": limit };
        let back = stmt.query_map(values, |row| row.get(0))?;
        let back: Vec<i64> = back.collect::<rusqlite::Result<_>>()?;
        if *table == REMINDERS {
            reminders = back.into_iter().map(ReminderId).collect();
        }
    }
    Ok(reminders)
}

/// The tags that are kept of a link, by their names.
pub fn list_tags(tx: &Tx, id: UndoId, bookmark_id: BookmarkId) -> Result<Vec<String>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT t.value
         FROM undo_links w, json_each(w.was, '$.tags') t
         WHERE w.undo_id = :undo_id AND w.bookmark_id = :id",
    )?;
    let names =
        stmt.query_map(named_params! { ":undo_id": id, ":id": bookmark_id }, |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// The columns of a table but for those that are made of others.
fn columns(tx: &Tx, table: &str) -> Result<Vec<String>> {
    let mut stmt =
        tx.sql().prepare_cached("SELECT name FROM pragma_table_info(:table) ORDER BY cid")?;
    let names = stmt.query_map(named_params! { ":table": table }, |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// A row as JSON.
fn object(columns: &[String], of: &str) -> String {
    let pairs: Vec<String> = columns.iter().map(|name| format!("'{name}', {of}.{name}")).collect();
    format!("json_object({})", pairs.join(", "))
}
