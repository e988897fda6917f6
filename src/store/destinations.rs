//! Destinations, with the secrets that reaching them takes.

mod address_row;

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::Columns;
use super::{Tx, WriteTx, scopes};
use crate::error::{Error, Result};
use crate::model::delivery::Strikes;
use crate::model::destination::{Address, Destination};
use crate::model::event::Events;
use crate::model::id::{DestinationId, ReminderId, ScopeId, UserId};

const COLUMNS: &str = "t.id, t.user_id, t.name, t.address, t.scope_id, t.paused_reason,
    t.failing_reason, t.last_success_at, t.last_seen_at, t.events, t.pushes";

/// A destination of that user.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn get(tx: &Tx, user_id: UserId, id: DestinationId) -> Result<Destination> {
    find(tx, id)?.filter(|found| found.user_id == user_id).ok_or(Error::NotFound("destination"))
}

/// The destination of that id, whoever's it is.
pub fn find(tx: &Tx, id: DestinationId) -> Result<Option<Destination>> {
    let mut stmt = tx
        .sql()
        .prepare_cached(&format!("SELECT {COLUMNS} FROM destinations t WHERE t.id = :id"))?;
    Ok(stmt.query_row(named_params! { ":id": id }, from_row).optional()?)
}

/// The destination that leads to that device, whoever's it is.
pub fn find_by_device(tx: &Tx, device: &str) -> Result<Option<Destination>> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS} FROM destinations t WHERE t.device = :device"
    ))?;
    Ok(stmt.query_row(named_params! { ":device": device }, from_row).optional()?)
}

/// All destinations of a user, oldest first.
pub fn list(tx: &Tx, user_id: UserId) -> Result<Vec<Destination>> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM destinations t
         WHERE t.user_id = :user_id
         ORDER BY t.id"
    ))?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id }, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// All destinations of each of these users, oldest first.
pub fn list_of_users(tx: &Tx, users: &[UserId]) -> Result<HashMap<UserId, Vec<Destination>>> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM destinations t
         WHERE t.user_id IN (SELECT value FROM json_each(:users))
         ORDER BY t.user_id, t.id"
    ))?;
    let mut found: HashMap<UserId, Vec<Destination>> = HashMap::new();
    for row in stmt.query_map(named_params! { ":users": super::users::json(users) }, from_row)? {
        let destination = row?;
        found.entry(destination.user_id).or_default().push(destination);
    }
    Ok(found)
}

/// Those of a user's destinations that are told of any event; for most people there are none,
/// which a small index says.
pub fn list_told(tx: &Tx, user_id: UserId) -> Result<Vec<Destination>> {
    let mut stmt = tx.sql().prepare_cached(&list_told_sql())?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id }, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn list_told_sql() -> String {
    format!(
        "SELECT {COLUMNS}
         FROM destinations t
         WHERE t.user_id = :user_id AND t.events <> 0
         ORDER BY t.id"
    )
}

/// The destinations that a reminder goes to, in the order of their ids.
pub fn list_of_reminder(tx: &Tx, user_id: UserId, id: ReminderId) -> Result<Vec<Destination>> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM destinations t
         JOIN reminders r ON r.id = :id
         WHERE t.user_id = :user_id
           AND (r.every_destination OR EXISTS (
               SELECT 1 FROM reminder_destinations d
               WHERE d.reminder_id = r.id AND d.destination_id = t.id))
         ORDER BY t.id"
    ))?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id, ":id": id }, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Stores a destination; a device that it leads to has been seen now.
pub fn insert(
    tx: &WriteTx,
    user_id: UserId,
    name: &str,
    address: &Address,
) -> Result<DestinationId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO destinations
             (user_id, kind, name, address, scope_id, device, last_seen_at, created_at)
         VALUES (:user_id, :kind, :name, :address, :scope_id, :device,
             iif(:device IS NULL, NULL, :now), :now)
         RETURNING id",
    )?;
    let values = named_params! {
        ":user_id": user_id, ":kind": address.kind().as_str(), ":name": name,
        ":address": address_row::write(address)?, ":scope_id": scopes::of_address(tx, address)?,
        ":device": address.device(), ":now": tx.now(),
    };
    Ok(stmt.query_row(values, |row| row.get(0))?)
}

/// Has a destination of the same kind lead elsewhere. Returns what answers for it now.
pub fn set_address(tx: &WriteTx, id: DestinationId, address: &Address) -> Result<ScopeId> {
    let scope_id = scopes::of_address(tx, address)?;
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE destinations
         SET address = :address, scope_id = :scope_id, device = :device
         WHERE id = :id",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":address": address_row::write(address)?, ":scope_id": scope_id,
        ":device": address.device(),
    })?;
    Ok(scope_id)
}

/// Remembers that its device is there now.
pub fn set_seen(tx: &WriteTx, id: DestinationId) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE destinations SET last_seen_at = :now WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":now": tx.now() })?;
    Ok(())
}

/// Gives a destination another name.
pub fn set_name(tx: &WriteTx, id: DestinationId, name: &str) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE destinations SET name = :name WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":name": name })?;
    Ok(())
}

/// Chooses what a destination is told of, and whether it gets pushes.
pub fn set_told(tx: &WriteTx, id: DestinationId, events: Events, pushes: bool) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE destinations
         SET events = :events, pushes = :pushes
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":events": events, ":pushes": pushes })?;
    Ok(())
}

/// Follows a Telegram chat that has moved to another id. Nothing else has one.
pub fn set_chat_id(tx: &WriteTx, id: DestinationId, chat_id: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE destinations
         SET address = json_set(address, '$.chat_id', :chat_id)
         WHERE id = :id AND kind = 'telegram'",
    )?;
    stmt.execute(named_params! { ":id": id, ":chat_id": chat_id })?;
    Ok(())
}

/// Holds everything for a destination back, or lets it go again.
pub fn set_paused(tx: &WriteTx, id: DestinationId, reason: Option<&str>) -> Result<()> {
    let mut stmt = tx
        .sql()
        .prepare_cached("UPDATE destinations SET paused_reason = :reason WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":reason": reason })?;
    Ok(())
}

/// Whether everything for a destination is held back.
pub fn is_paused(tx: &Tx, id: DestinationId) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM destinations WHERE id = :id AND paused_reason IS NOT NULL)",
    )?;
    Ok(stmt.query_row(named_params! { ":id": id }, |row| row.get(0))?)
}

/// Remembers that something arrived there just now, which also ends a pause.
pub fn set_success(tx: &WriteTx, id: DestinationId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE destinations
         SET last_success_at = :now, paused_reason = NULL, failing_reason = NULL,
             strikes = 0, struck_since = NULL
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":now": tx.now() })?;
    Ok(())
}

/// Notes why a destination began to fail, as its owner is told elsewhere; says whether that is
/// news since something last arrived there.
pub fn set_failing(tx: &WriteTx, id: DestinationId, reason: &str) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE destinations
         SET failing_reason = :reason
         WHERE id = :id AND failing_reason IS NULL",
    )?;
    Ok(stmt.execute(named_params! { ":id": id, ":reason": reason })? == 1)
}

/// Counts a strike against a destination; returns all since something last arrived there.
pub fn add_strike(tx: &WriteTx, id: DestinationId) -> Result<Strikes> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE destinations
         SET strikes = strikes + 1, struck_since = ifnull(struck_since, :now)
         WHERE id = :id
         RETURNING strikes, struck_since",
    )?;
    let strikes = stmt.query_row(named_params! { ":id": id, ":now": tx.now() }, |row| {
        Ok(Strikes { count: row.get("strikes")?, since: row.get("struck_since")? })
    });
    // Deleted while the answer was under way: there is nothing to count for.
    Ok(strikes.optional()?.unwrap_or_default())
}

/// Deletes a destination.
pub fn delete(tx: &WriteTx, id: DestinationId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM destinations WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

fn from_row(row: &Row) -> rusqlite::Result<Destination> {
    let mut columns = Columns::of(row);
    Ok(Destination {
        id: columns.get("id")?,
        user_id: columns.get("user_id")?,
        name: columns.get("name")?,
        address: address_row::read(&columns.get::<String>("address")?)?,
        scope_id: columns.get("scope_id")?,
        paused_reason: columns.get("paused_reason")?,
        failing_reason: columns.get("failing_reason")?,
        last_success_at: columns.get("last_success_at")?,
        last_seen_at: columns.get("last_seen_at")?,
        events: columns.get("events")?,
        pushes: columns.get("pushes")?,
    })
}

/// Reads the address of a joined row.
pub(super) fn address_from(row: &Row) -> rusqlite::Result<Address> {
    address_row::read(row.get_ref("address")?.as_str()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Memory;

    #[test]
    fn that_nobody_is_told_is_found_out_in_an_index_without_them() {
        let plan = |tx: &Tx| {
            let mut stmt = tx.sql().prepare(&format!("EXPLAIN QUERY PLAN {}", list_told_sql()))?;
            let values = named_params! { ":user_id": 1 };
            Ok(stmt.query_row(values, |row| row.get::<_, String>("detail"))?)
        };
        let plan = Memory::open().read(plan).unwrap();
        assert_eq!(plan, "SEARCH t USING INDEX destinations_told (user_id=?)");
    }

    #[test]
    fn a_chat_is_followed_to_its_new_id() {
        let mut db = Memory::open();
        let address = db.write(|tx| {
            tx.sql().execute_batch(
                "INSERT INTO users (id, name, password_hash, is_admin, zone, created_at)
                 VALUES (1, 'mina', '', 0, 'UTC', 0);
                 INSERT INTO scopes (id, name) VALUES (1, 'telegram');
                 INSERT INTO destinations (id, user_id, kind, name, address, scope_id, created_at)
                 VALUES (1, 1, 'telegram', 'Phone', '{\"chat_id\":\"-1\",\"token\":\"t\"}', 1, 0);",
            )?;
            set_chat_id(tx, DestinationId(1), "-100")?;
            Ok(tx.sql().query_row(
                "SELECT address FROM destinations /* of a test */",
                [],
                |row| row.get::<_, String>("address"),
            )?)
        });
        assert_eq!(address.unwrap(), r#"{"chat_id":"-100","token":"t"}"#);
    }
}
