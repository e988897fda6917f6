//! People with accounts.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::Columns;
use super::query::json_list;
use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::UserId;
use crate::model::language::Language;
use crate::model::quiet_hours::QuietHours;
use crate::model::time::{Timestamp, Zone};
use crate::model::user::User;

/// The user of that id.
///
/// # Errors
/// `NotFound` when there is none.
pub fn get(tx: &Tx, id: UserId) -> Result<User> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, name, is_admin, zone, language, quiet_hours
         FROM users
         WHERE id = :id",
    )?;
    stmt.query_row(named_params! { ":id": id }, from_row).optional()?.ok_or(Error::NotFound("user"))
}

/// The user of that name, whatever its case, and the hash of their password.
pub fn find_by_name(tx: &Tx, name: &str) -> Result<Option<(User, String)>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, name, is_admin, zone, language, quiet_hours, password_hash
         FROM users
         WHERE name = :name",
    )?;
    let with_hash = |row: &Row| Ok((from_row(row)?, row.get("password_hash")?));
    Ok(stmt.query_row(named_params! { ":name": name }, with_hash).optional()?)
}

/// Everyone, by name.
pub fn list(tx: &Tx) -> Result<Vec<User>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, name, is_admin, zone, language, quiet_hours
         FROM users
         ORDER BY name",
    )?;
    Ok(stmt.query_map([], from_row)?.collect::<rusqlite::Result<_>>()?)
}

/// Whether there is anyone at all.
pub fn any(tx: &Tx) -> Result<bool> {
    Ok(tx
        .sql()
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM users)")?
        .query_row([], |row| row.get(0))?)
}

/// Stores a new user.
///
/// # Errors
/// `Conflict` when the name is taken.
pub fn insert(
    tx: &WriteTx,
    name: &str,
    password_hash: &str,
    is_admin: bool,
    zone: &Zone,
) -> Result<UserId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO users (name, password_hash, is_admin, zone, created_at)
         VALUES (:name, :password_hash, :is_admin, :zone, :now)
         ON CONFLICT (name) DO NOTHING
         RETURNING id",
    )?;
    let values = named_params! {
        ":name": name, ":password_hash": password_hash, ":is_admin": is_admin,
        ":zone": zone, ":now": tx.now(),
    };
    let id = stmt.query_row(values, |row| row.get(0)).optional()?;
    id.ok_or_else(taken)
}

/// Gives a user another name.
///
/// # Errors
/// `Conflict` when it is taken.
pub fn set_name(tx: &WriteTx, id: UserId, name: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE OR IGNORE users
         SET name = :name
         WHERE id = :id",
    )?;
    match stmt.execute(named_params! { ":id": id, ":name": name })? {
        0 => Err(taken()),
        _ => Ok(()),
    }
}

/// Lets a user manage the server, or not any more.
pub fn set_admin(tx: &WriteTx, id: UserId, is_admin: bool) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE users SET is_admin = :is_admin WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":is_admin": is_admin })?;
    Ok(())
}

/// How many users may manage the server.
pub fn count_admins(tx: &Tx) -> Result<i64> {
    let mut stmt = tx.sql().prepare_cached("SELECT count(*) FROM users WHERE is_admin = 1")?;
    Ok(stmt.query_row([], |row| row.get(0))?)
}

/// Gives a user another password.
pub fn set_password(tx: &WriteTx, id: UserId, password_hash: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE users
         SET password_hash = :password_hash
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":password_hash": password_hash })?;
    Ok(())
}

/// Moves a user to another zone.
pub fn set_zone(tx: &WriteTx, id: UserId, zone: &Zone) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE users
         SET zone = :zone
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":zone": zone })?;
    Ok(())
}

/// Has a user spoken to in another language.
pub fn set_language(tx: &WriteTx, id: UserId, language: Language) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE users
         SET language = :language
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":language": language })?;
    Ok(())
}

/// Whether a user wants anything pushed.
pub fn push_on(tx: &Tx, id: UserId) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached("SELECT push_on FROM users WHERE id = :id")?;
    Ok(stmt.query_row(named_params! { ":id": id }, |row| row.get(0))?)
}

/// After how many days a user's unread links burn, where no folder says otherwise; `None` is
/// never.
pub fn burn_after(tx: &Tx, id: UserId) -> Result<Option<u16>> {
    let mut stmt = tx.sql().prepare_cached("SELECT burn_after_days FROM users WHERE id = :id")?;
    Ok(stmt.query_row(named_params! { ":id": id }, |row| row.get(0))?)
}

/// Sets after how many days a user's unread links burn.
pub fn set_burn_after(tx: &WriteTx, id: UserId, days: Option<u16>) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE users SET burn_after_days = :days WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":days": days })?;
    Ok(())
}

/// Switches a user's pushes on or off.
pub fn set_push_on(tx: &WriteTx, id: UserId, on: bool) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached("UPDATE users SET push_on = :on WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":on": on })?;
    Ok(())
}

/// Has a user left alone at other hours.
pub fn set_quiet_hours(tx: &WriteTx, id: UserId, hours: &QuietHours) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE users
         SET quiet_hours = :hours
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":hours": hours })?;
    Ok(())
}

/// How a user wants to be pushed.
#[derive(Debug)]
pub struct Wishes {
    /// Whether at all.
    pub push_on: bool,
    /// What they are spoken to in.
    pub language: Language,
    /// Whether they read feeds.
    pub has_feeds: bool,
    /// Whether they have not been told yet what burns next.
    pub has_ash: bool,
    /// When not, by the clocks of which zone; `None` for the many who have no such hours.
    quiet: Option<(QuietHours, Zone)>,
}

impl Wishes {
    /// When the quiet ends that they want at `now`; `None` when they may be pushed.
    pub fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.quiet.as_ref().and_then(|(hours, zone)| hours.until(now, zone))
    }
}

/// In the order in which [`wishes_from`] reads them.
macro_rules! wishes {
    ($clause:literal) => {
        concat!(
            "SELECT u.id, u.push_on, u.language, u.feed_nonce IS NOT NULL AS has_feeds,
                    b.tell_at IS NOT NULL AS has_ash, nullif(u.quiet_hours, '') AS quiet_hours,
                    u.zone
             FROM users u
             LEFT JOIN burning b ON b.user_id = u.id
             WHERE ",
            $clause
        )
    };
}

/// How a user wants to be pushed.
pub fn wishes(tx: &Tx, id: UserId) -> Result<Wishes> {
    let mut stmt = tx.sql().prepare_cached(wishes!("u.id = :id"))?;
    Ok(stmt.query_row(named_params! { ":id": id }, wishes_from)?.1)
}

/// How each of these users wants to be pushed.
pub fn list_wishes(tx: &Tx, users: &[UserId]) -> Result<HashMap<UserId, Wishes>> {
    let mut stmt =
        tx.sql().prepare_cached(wishes!("u.id IN (SELECT value FROM json_each(:users))"))?;
    let rows = stmt.query_map(named_params! { ":users": json(users) }, wishes_from)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn wishes_from(row: &Row) -> rusqlite::Result<(UserId, Wishes)> {
    let mut columns = Columns::of(row);
    let id = columns.get("id")?;
    let wishes = Wishes {
        push_on: columns.get("push_on")?,
        language: columns.get("language")?,
        has_feeds: columns.get("has_feeds")?,
        has_ash: columns.get("has_ash")?,
        quiet: match columns.get::<Option<QuietHours>>("quiet_hours")? {
            Some(hours) => Some((hours, columns.get("zone")?)),
            None => None,
        },
    };
    Ok((id, wishes))
}

/// Some users, as a list for SQL.
pub(super) fn json(users: &[UserId]) -> String {
    json_list(users.iter().map(|id| id.0))
}

/// Deletes a user.
pub fn delete(tx: &WriteTx, id: UserId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM users WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

fn taken() -> Error {
    Error::Conflict("a user of that name exists already".into())
}

fn from_row(row: &Row) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get("id")?,
        name: row.get("name")?,
        is_admin: row.get("is_admin")?,
        zone: row.get("zone")?,
        language: row.get("language")?,
        quiet_hours: row.get("quiet_hours")?,
    })
}
