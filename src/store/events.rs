//! Events on their way to webhooks: deliveries whose bytes are made when the event happens.

use rusqlite::named_params;

use super::{Tx, WriteTx, deliveries, scopes};
use crate::error::Result;
use crate::model::delivery::State;
use crate::model::destination::Destination;
use crate::model::event::Event;
use crate::model::id::{DeliveryId, DestinationId};
use crate::model::time::Timestamp;

/// Those that wait for a destination, beyond the newest.
const LIST_OLDEST: &str = "SELECT id
     FROM deliveries
     WHERE destination_id = :id AND event IS NOT NULL AND state = 'pending'
     ORDER BY id DESC
     LIMIT -1 OFFSET :keep";
const DELETE_BEFORE: &str = "DELETE FROM deliveries
     WHERE id IN (
         SELECT id FROM deliveries
         WHERE event IS NOT NULL AND ended_at IS NOT NULL AND ended_at < :before
         LIMIT :limit)";

/// An event that is to enter the outbox.
#[derive(Debug)]
pub struct NewEvent<'a> {
    /// Which one it is.
    pub event: Event,
    /// What it is about, for people.
    pub about: &'a str,
    /// The bytes that tell of it.
    pub body: &'a [u8],
    /// When it stops being useful.
    pub deadline_at: Timestamp,
}

/// Puts an event into the outbox, as [`deliveries::insert`] does it with a push. It is held back
/// while its destination is paused.
pub fn insert(tx: &WriteTx, to: &Destination, new: &NewEvent) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO deliveries (key, user_id, destination_id, destination_name, scope_id, is_test,
                                 event, body, about, minute_at, state, reason, due_at, deadline_at,
                                 created_at)
         VALUES (printf('msg_%012x', :now) || lower(hex(randomblob(10))), :user_id, :destination_id,
                 :destination_name, :scope_id, 0, :event, :body, :about, :minute_at, 'pending',
                 :reason, :due_at, :deadline_at, :now)",
    )?;
    let held = to.paused_reason.as_deref();
    let due_at = if held.is_some() { new.deadline_at } else { tx.now() };
    stmt.execute(named_params! {
        ":user_id": to.user_id, ":destination_id": to.id, ":destination_name": to.name,
        ":scope_id": to.scope_id, ":event": new.event, ":body": new.body, ":about": new.about,
        ":minute_at": tx.now().minute(), ":reason": held.unwrap_or_default(), ":due_at": due_at,
        ":deadline_at": new.deadline_at, ":now": tx.now(),
    })?;
    scopes::look_by(tx, to.scope_id, due_at)
}

/// Ends the oldest events that wait for a destination, but for `keep` of them, and says how many
/// those were.
pub fn expire_oldest(tx: &WriteTx, id: DestinationId, keep: usize, reason: &str) -> Result<usize> {
    let oldest = list_oldest(tx, id, keep)?;
    oldest.iter().try_for_each(|id| deliveries::set_ended(tx, *id, State::Expired, reason))?;
    Ok(oldest.len())
}

fn list_oldest(tx: &Tx, id: DestinationId, keep: usize) -> Result<Vec<DeliveryId>> {
    let mut stmt = tx.sql().prepare_cached(LIST_OLDEST)?;
    let rows = stmt.query_map(named_params! { ":id": id, ":keep": keep as i64 }, |row| row.get(0));
    Ok(rows?.collect::<rusqlite::Result<_>>()?)
}

/// Forgets up to `limit` events that ended before `before`.
pub fn delete_before(tx: &WriteTx, before: Timestamp, limit: usize) -> Result<usize> {
    let mut stmt = tx.sql().prepare_cached(DELETE_BEFORE)?;
    Ok(stmt.execute(named_params! { ":before": before, ":limit": limit as i64 })?)
}

#[cfg(test)]
mod tests {
    use rusqlite::ToSql;

    use super::*;
    use crate::store::testing::Memory;

    #[test]
    fn events_are_found_by_indexes() {
        let plan = |sql: &str, values: &[(&str, &dyn ToSql)]| {
            Memory::open()
                .read(|tx| {
                    let mut stmt = tx.sql().prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
                    let rows = stmt.query_map(values, |row| row.get::<_, String>("detail"))?;
                    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.join("\n"))
                })
                .unwrap()
        };
        let oldest = plan(LIST_OLDEST, &[(":id", &1), (":keep", &1)]);
        let index = "INDEX deliveries_by_destination (destination_id=? AND state=?)";
        assert!(oldest.contains(index), "{oldest}");
        assert!(!oldest.contains("TEMP B-TREE"), "{oldest}");
        let ended = plan(DELETE_BEFORE, &[(":before", &1), (":limit", &1)]);
        assert!(ended.contains("INDEX deliveries_of_events_ended (ended_at"), "{ended}");
    }
}
