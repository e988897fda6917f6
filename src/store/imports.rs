//! Files of saved links on their way in, and what became of them.

use rusqlite::{OptionalExtension, Row, named_params};

use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::{ImportId, UserId};
use crate::model::import::{Format, Import, Rejected, Settings, State, Tally};
use crate::model::time::Timestamp;

const COLUMNS: &str = "id, user_id, file, bytes, folder_id, unread, dry_run, state, format, reason,
    added, merged, unchanged, rejected, created_at, ended_at";

/// An import of that user.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn get(tx: &Tx, user_id: UserId, id: ImportId) -> Result<Import> {
    find(tx, id)?.filter(|found| found.user_id == user_id).ok_or(Error::NotFound("import"))
}

/// The import of that id, whoever's it is.
pub fn find(tx: &Tx, id: ImportId) -> Result<Option<Import>> {
    let mut stmt =
        tx.sql().prepare_cached(&format!("SELECT {COLUMNS} FROM imports WHERE id = :id"))?;
    Ok(stmt.query_row(named_params! { ":id": id }, from_row).optional()?)
}

/// Up to `limit` imports of a user, newest first.
pub fn list(tx: &Tx, user_id: UserId, limit: usize) -> Result<Vec<Import>> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM imports
         WHERE user_id = :user_id
         ORDER BY id DESC
         LIMIT :limit"
    ))?;
    let values = named_params! { ":user_id": user_id, ":limit": limit as i64 };
    let rows = stmt.query_map(values, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The oldest import that has not ended, of those whose file lies ready.
pub fn find_running(tx: &Tx) -> Result<Option<Import>> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM imports
         WHERE ended_at IS NULL AND file <> ''
         ORDER BY id
         LIMIT 1"
    ))?;
    Ok(stmt.query_row([], from_row).optional()?)
}

/// The files of the imports that have not ended.
pub fn list_running_files(tx: &Tx) -> Result<Vec<String>> {
    let mut stmt = tx.sql().prepare_cached("SELECT file FROM imports WHERE ended_at IS NULL")?;
    let files = stmt.query_map([], |row| row.get(0))?;
    Ok(files.collect::<rusqlite::Result<_>>()?)
}

/// How many imports of a user have not ended.
pub fn count_running(tx: &Tx, user_id: UserId) -> Result<i64> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT count(*)
         FROM imports
         WHERE ended_at IS NULL AND user_id = :user_id",
    )?;
    Ok(stmt.query_row(named_params! { ":user_id": user_id }, |row| row.get(0))?)
}

/// Up to `limit` of the links that could not be taken, in the order of the file.
pub fn list_rejected(tx: &Tx, id: ImportId, limit: usize) -> Result<Vec<Rejected>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT line, url, reason
         FROM import_rejects
         WHERE import_id = :id
         ORDER BY number
         LIMIT :limit",
    )?;
    let rows = stmt.query_map(named_params! { ":id": id, ":limit": limit as i64 }, |row| {
        let line: i64 = row.get("line")?;
        Ok(Rejected { line: line as u64, url: row.get("url")?, reason: row.get("reason")? })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores an import that begins.
pub fn insert(
    tx: &WriteTx,
    user_id: UserId,
    file: &str,
    bytes: u64,
    settings: Settings,
) -> Result<ImportId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO imports (user_id, file, bytes, folder_id, unread, dry_run, state, created_at)
         VALUES (:user_id, :file, :bytes, :folder_id, :unread, :dry_run, 'running', :now)",
    )?;
    Ok(ImportId(stmt.insert(named_params! {
        ":user_id": user_id, ":file": file, ":bytes": bytes as i64,
        ":folder_id": settings.folder_id, ":unread": settings.unread,
        ":dry_run": settings.dry_run, ":now": tx.now(),
    })?))
}

/// Stores how far an import is, unless it has ended meanwhile; returns whether it still runs.
pub fn set_tally(tx: &WriteTx, id: ImportId, tally: Tally) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE imports
         SET added = :added, merged = :merged, unchanged = :unchanged,
             rejected = :rejected
         WHERE id = :id AND ended_at IS NULL",
    )?;
    let changed = stmt.execute(named_params! {
        ":id": id, ":added": tally.added as i64,
        ":merged": tally.merged as i64, ":unchanged": tally.unchanged as i64,
        ":rejected": tally.rejected as i64,
    })?;
    Ok(changed == 1)
}

/// Ends an import that still runs.
pub fn end(
    tx: &WriteTx,
    id: ImportId,
    state: State,
    format: Option<Format>,
    reason: Option<&str>,
) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE imports
         SET state = :state, format = :format, reason = :reason, ended_at = :now
         WHERE id = :id AND ended_at IS NULL",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":state": state, ":format": format.map(Format::as_str),
        ":reason": reason, ":now": tx.now(),
    })?;
    Ok(())
}

/// Stores a link that could not be taken, as the so-manieth of its import.
pub fn insert_rejected(tx: &WriteTx, id: ImportId, number: u64, rejected: &Rejected) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO import_rejects (import_id, number, line, url, reason)
         VALUES (:id, :number, :line, :url, :reason)",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":number": number as i64, ":line": rejected.line as i64,
        ":url": rejected.url, ":reason": rejected.reason,
    })?;
    Ok(())
}

/// Forgets up to `limit` imports that ended before `before`. Returns how many.
pub fn delete_ended(tx: &WriteTx, before: Timestamp, limit: usize) -> Result<usize> {
    let mut stmt = tx.sql().prepare_cached(
        "DELETE FROM imports
         WHERE id IN (SELECT id FROM imports WHERE ended_at < :before LIMIT :limit)",
    )?;
    Ok(stmt.execute(named_params! { ":before": before, ":limit": limit as i64 })?)
}

fn from_row(row: &Row) -> rusqlite::Result<Import> {
    let count = |name| row.get::<_, i64>(name).map(|count| count as u64);
    Ok(Import {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        file: row.get("file")?,
        bytes: count("bytes")?,
        settings: Settings {
            folder_id: row.get("folder_id")?,
            unread: row.get("unread")?,
            dry_run: row.get("dry_run")?,
        },
        state: row.get("state")?,
        format: row.get("format")?,
        reason: row.get("reason")?,
        tally: Tally {
            added: count("added")?,
            merged: count("merged")?,
            unchanged: count("unchanged")?,
            rejected: count("rejected")?,
        },
        created_at: row.get("created_at")?,
        ended_at: row.get("ended_at")?,
    })
}
