//! The outbox in motion: what is taken from its lines, the attempts that are made, and what
//! runs out of time.

use rusqlite::{OptionalExtension, named_params};

use super::types::Listed;
use super::{Tx, WriteTx, deliveries, destinations};
use crate::error::Result;
use crate::model::delivery::{Answer, State};
use crate::model::destination::Address;
use crate::model::id::{BookmarkId, DeliveryId, DestinationId, ScopeId, UserId};
use crate::model::time::Timestamp;

/// Answered from the index `deliveries_in_line`: what waits elsewhere, or is not due, costs
/// nothing.
const LIST_SENDABLE: &str =
    "SELECT d.id, d.user_id, d.key, d.destination_id, d.is_test, d.failing_id, d.burns_at,
            d.deadline_at, d.body, d.event IS NOT NULL AS is_event, t.address
     FROM deliveries d
     CROSS JOIN destinations t ON t.id = d.destination_id
     WHERE d.scope_id = :scope_id AND d.state = 'pending' AND d.due_at <= :now
       AND NOT EXISTS (
           SELECT 1 FROM deliveries e
           WHERE e.destination_id = d.destination_id AND e.state = 'sending')
     ORDER BY d.due_at, d.id";
/// A message that is useful for less than this is not sent any more.
const USEFUL_MS: i64 = 1_000;

/// A delivery as the outbox sender needs it.
#[derive(Debug)]
pub struct Queued {
    /// Identity.
    pub id: DeliveryId,
    /// Whose it is.
    pub user_id: UserId,
    /// Its key.
    pub key: String,
    /// Where to.
    pub destination_id: DestinationId,
    /// How to get there.
    pub address: Address,
    /// Whether it is a person's test.
    pub is_test: bool,
    /// Whether it tells of an event, which disturbs nobody.
    pub is_event: bool,
    /// The destination that it warns of, if it is an alert.
    pub failing_id: Option<DestinationId>,
    /// The midnight of which it tells what burns at it, if it does.
    pub burns_at: Option<Timestamp>,
    /// When it stops being useful.
    pub deadline_at: Timestamp,
    /// The bytes, once they were rendered.
    pub body: Option<Vec<u8>>,
}

/// What recording an answer needs to know.
#[derive(Debug)]
pub struct Sent {
    /// Where it stands.
    pub state: State,
    /// Whether it is a person's test.
    pub is_test: bool,
    /// Where it went, if that still exists.
    pub destination_id: Option<DestinationId>,
    /// What answered, unless it went with its last destination.
    pub scope_id: Option<ScopeId>,
    /// How often it was tried since it last entered the queue.
    pub tries: u32,
    /// When it stops being useful.
    pub deadline_at: Timestamp,
}

/// A delivery whose time ran out.
#[derive(Debug)]
pub struct Overdue {
    /// What became of it.
    pub state: State,
    /// Whether it was a person's test.
    pub is_test: bool,
    /// Where it was to go.
    pub destination_id: Option<DestinationId>,
    /// Why it stands there.
    pub reason: String,
}

/// Up to `limit` deliveries in a line whose time has come, at most one for each destination, and
/// none for one that has something under way.
pub fn list_sendable(tx: &Tx, scope_id: ScopeId, limit: usize) -> Result<Vec<Queued>> {
    let mut stmt = tx.sql().prepare_cached(LIST_SENDABLE)?;
    let mut rows = stmt.query(named_params! { ":scope_id": scope_id, ":now": tx.now() })?;
    let mut taken = std::collections::HashSet::new();
    let mut found = Vec::new();
    while found.len() < limit {
        let Some(row) = rows.next()? else { break };
        let destination_id: DestinationId = row.get("destination_id")?;
        if !taken.insert(destination_id) {
            continue;
        }
        found.push(Queued {
            id: row.get("id")?,
            user_id: row.get("user_id")?,
            key: row.get("key")?,
            destination_id,
            address: destinations::address_from(row)?,
            is_test: row.get("is_test")?,
            is_event: row.get("is_event")?,
            failing_id: row.get("failing_id")?,
            burns_at: row.get("burns_at")?,
            deadline_at: row.get("deadline_at")?,
            body: row.get("body")?,
        });
    }
    Ok(found)
}

/// When there is next anything to take, to give up on or to take back: in the past if there is
/// now.
pub fn next_work_at(tx: &Tx) -> Result<Option<Timestamp>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT min(at)
         FROM (SELECT min(ready_at) AS at FROM scopes WHERE ready_at IS NOT NULL
               UNION ALL
               SELECT min(due_at) FROM deliveries WHERE state = 'sending'
               UNION ALL
               SELECT min(deadline_at) - :useful FROM deliveries
               WHERE ended_at IS NULL AND state = 'pending')",
    )?;
    Ok(stmt.query_row(named_params! { ":useful": USEFUL_MS }, |row| row.get(0))?)
}

/// Starts an attempt: from now until `lease_until` the delivery is being sent, with `body`,
/// which names `links`. Both are kept from the first attempt on.
/// Counted before the call, so that a crash cannot hide it. Returns the attempt's number.
pub fn start_attempt(
    tx: &WriteTx,
    id: DeliveryId,
    body: &[u8],
    links: &[BookmarkId],
    lease_until: Timestamp,
) -> Result<u32> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = 'sending', tries = tries + 1, due_at = :lease_until,
             links = iif(body IS NULL, :links, links), body = ifnull(body, :body)
         WHERE id = :id",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":lease_until": lease_until, ":body": body,
        ":links": Listed(links.to_vec()),
    })?;
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO attempts (delivery_id, number, started_at)
         VALUES (:id, (SELECT count(*) + 1 FROM attempts WHERE delivery_id = :id), :now)
         RETURNING number",
    )?;
    Ok(stmt.query_row(named_params! { ":id": id, ":now": tx.now() }, |row| row.get(0))?)
}

/// Stores the answer to the attempt under way.
pub fn end_attempt(tx: &WriteTx, id: DeliveryId, answer: &Answer) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE attempts
         SET ended_at = :now, outcome = :outcome, status = :status, detail = :detail
         WHERE delivery_id = :id AND ended_at IS NULL",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":now": tx.now(), ":outcome": answer.outcome.as_str(), ":status": answer.status,
        ":detail": answer.detail,
    })?;
    Ok(())
}

/// Whether an attempt at it may have arrived although no answer came.
pub fn was_in_doubt(tx: &Tx, id: DeliveryId) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT EXISTS (
             SELECT 1 FROM attempts WHERE delivery_id = :id AND outcome = 'in_doubt')",
    )?;
    Ok(stmt.query_row(named_params! { ":id": id }, |row| row.get(0))?)
}

/// Takes back the attempt that was counted and never begun, and puts its delivery back into the
/// queue.
pub fn take_back_attempt(tx: &WriteTx, id: DeliveryId) -> Result<()> {
    let mut stmt = tx
        .sql()
        .prepare_cached("DELETE FROM attempts WHERE delivery_id = :id AND ended_at IS NULL")?;
    stmt.execute(named_params! { ":id": id })?;
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = 'pending', tries = tries - 1, due_at = :now
         WHERE id = :id AND state = 'sending'",
    )?;
    stmt.execute(named_params! { ":id": id, ":now": tx.now() })?;
    deliveries::enter_line(tx, id)
}

/// What recording an answer needs to know.
pub fn find_sent(tx: &Tx, id: DeliveryId) -> Result<Option<Sent>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT state, is_test, destination_id, scope_id, tries, deadline_at
         FROM deliveries
         WHERE id = :id",
    )?;
    let row = stmt.query_row(named_params! { ":id": id }, |row| {
        Ok(Sent {
            state: row.get("state")?,
            is_test: row.get("is_test")?,
            destination_id: row.get("destination_id")?,
            scope_id: row.get("scope_id")?,
            tries: row.get("tries")?,
            deadline_at: row.get("deadline_at")?,
        })
    });
    Ok(row.optional()?)
}

/// Ends up to `limit` deliveries that wait past their deadline: as dead letters where they were
/// tried. Returns what became of them.
pub fn end_overdue(tx: &WriteTx, limit: usize) -> Result<Vec<Overdue>> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = iif(tries > 0, 'dead', 'expired'),
             reason = iif(reason = '', 'its time ran out', 'its time ran out: ' || reason),
             due_at = NULL, ended_at = :now
         WHERE id IN (
             SELECT id FROM deliveries
             WHERE ended_at IS NULL AND deadline_at <= :now + :useful AND state = 'pending'
             LIMIT :limit)
         RETURNING state, is_test, destination_id, reason",
    )?;
    let values = named_params! { ":now": tx.now(), ":useful": USEFUL_MS, ":limit": limit as i64 };
    let rows = stmt.query_map(values, |row| {
        Ok(Overdue {
            state: row.get("state")?,
            is_test: row.get("is_test")?,
            destination_id: row.get("destination_id")?,
            reason: row.get("reason")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Those still being sent whose lease ended by `before`: their sender died.
pub fn list_abandoned(tx: &Tx, before: Timestamp) -> Result<Vec<DeliveryId>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id
         FROM deliveries
         WHERE state = 'sending' AND due_at <= :before",
    )?;
    let rows = stmt.query_map(named_params! { ":before": before }, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Memory;

    #[test]
    fn a_line_is_read_in_its_order_from_its_index() {
        let mut db = Memory::open();
        let plan = db.write(|tx| {
            let mut stmt = tx.sql().prepare(&format!("EXPLAIN QUERY PLAN {LIST_SENDABLE}"))?;
            let values = named_params! { ":scope_id": 1, ":now": 0 };
            let rows = stmt.query_map(values, |row| row.get::<_, String>("detail"))?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.join("; "))
        });
        let plan = plan.unwrap();
        let expected = "SEARCH d USING INDEX deliveries_in_line (scope_id=? AND due_at<?)";
        assert!(plan.contains(expected) && !plan.contains("TEMP B-TREE"), "{plan}");
        assert!(!plan.contains("SCAN"), "{plan}");
    }
}
