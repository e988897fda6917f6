//! Rules about links that are saved.

use rusqlite::{OptionalExtension, Row, named_params};

use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::{RuleId, UserId};
use crate::model::rule::{Field, How, Rule, Settings};
use crate::model::tag::{self, TagName};

const LIST: &str =
    "SELECT id, user_id, field, how, pattern, folder_id, tags, archive, favourite, fetch, enabled
     FROM rules
     WHERE user_id = :user_id
     ORDER BY position, id";

/// A rule of that user.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn get(tx: &Tx, user_id: UserId, id: RuleId) -> Result<Rule> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, user_id, field, how, pattern, folder_id, tags, archive, favourite, fetch, enabled
         FROM rules
         WHERE id = :id AND user_id = :user_id",
    )?;
    let values = named_params! { ":id": id, ":user_id": user_id };
    stmt.query_row(values, from_row).optional()?.ok_or(Error::NotFound("rule"))
}

/// All rules of a user, in the order in which they are followed.
pub fn list(tx: &Tx, user_id: UserId) -> Result<Vec<Rule>> {
    let mut stmt = tx.sql().prepare_cached(LIST)?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id }, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many rules a user has.
pub fn count(tx: &Tx, user_id: UserId) -> Result<i64> {
    let mut stmt =
        tx.sql().prepare_cached("SELECT count(*) FROM rules WHERE user_id = :user_id")?;
    Ok(stmt.query_row(named_params! { ":user_id": user_id }, |row| row.get(0))?)
}

/// Stores a rule behind the others.
pub fn insert(tx: &WriteTx, user_id: UserId, settings: &Settings) -> Result<RuleId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO rules (user_id, position, field, how, pattern, folder_id, tags, archive,
                            favourite, fetch, enabled, created_at)
         VALUES (:user_id,
                 (SELECT ifnull(max(position), 0) + 1 FROM rules WHERE user_id = :user_id),
                 :field, :how, :pattern, :folder_id, :tags, :archive, :favourite, :fetch, :enabled,
                 :now)",
    )?;
    Ok(RuleId(stmt.insert(named_params! {
        ":user_id": user_id, ":field": settings.field.as_str(),
        ":how": settings.how.as_str(), ":pattern": settings.pattern,
        ":folder_id": settings.folder_id, ":tags": joined(&settings.tags),
        ":archive": settings.archive, ":favourite": settings.favourite,
        ":fetch": settings.fetch,
        ":enabled": settings.enabled, ":now": tx.now(),
    })?))
}

/// Stores what a rule says from now on.
pub fn update(tx: &WriteTx, id: RuleId, settings: &Settings) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE rules
         SET field = :field, how = :how, pattern = :pattern, folder_id = :folder_id, tags = :tags,
             archive = :archive, favourite = :favourite, fetch = :fetch, enabled = :enabled
         WHERE id = :id",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":field": settings.field.as_str(),
        ":how": settings.how.as_str(), ":pattern": settings.pattern,
        ":folder_id": settings.folder_id, ":tags": joined(&settings.tags),
        ":archive": settings.archive, ":favourite": settings.favourite,
        ":fetch": settings.fetch,
        ":enabled": settings.enabled,
    })?;
    Ok(())
}

/// Stores where a rule stands in the order of its owner's.
pub fn set_position(tx: &WriteTx, id: RuleId, position: i64) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE rules SET position = :position WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":position": position })?;
    Ok(())
}

/// Deletes a rule.
pub fn delete(tx: &WriteTx, id: RuleId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM rules WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

fn joined(tags: &[TagName]) -> String {
    tags.iter().map(TagName::as_str).collect::<Vec<_>>().join(",")
}

fn from_row(row: &Row) -> rusqlite::Result<Rule> {
    let unreadable = |error: Error| rusqlite::types::FromSqlError::other(error);
    let tags: String = row.get("tags")?;
    let tags: Vec<&str> = tags.split(',').filter(|tag| !tag.is_empty()).collect();
    Ok(Rule {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        settings: Settings {
            field: Field::parse(&row.get::<_, String>("field")?).map_err(unreadable)?,
            how: How::parse(&row.get::<_, String>("how")?).map_err(unreadable)?,
            pattern: row.get("pattern")?,
            folder_id: row.get("folder_id")?,
            tags: tag::parse_all(&tags).map_err(unreadable)?,
            archive: row.get("archive")?,
            favourite: row.get("favourite")?,
            fetch: row.get("fetch")?,
            enabled: row.get("enabled")?,
        },
    })
}
