//! The outbox: deliveries and the attempts made at them.

use rusqlite::{OptionalExtension, Row, ToSql, named_params};

use super::query::Where;
use super::{Tx, WriteTx, destinations};
use crate::error::{Error, Result};
use crate::model::delivery::{Answer, AttemptRecord, Delivery, FiredReminder, State};
use crate::model::destination::{Address, Destination};
use crate::model::id::{DeliveryId, DestinationId, FiringId, ReminderId, UserId};
use crate::model::time::Timestamp;

const COLUMNS: &str =
    "d.id, d.destination_id, d.destination_name, d.is_test, d.state, d.reason, d.about,
    d.created_at, d.due_at, d.ended_at,
    (SELECT count(*) FROM attempts a WHERE a.delivery_id = d.id) AS attempts";

/// A delivery that is to enter the outbox.
#[derive(Debug)]
pub struct NewDelivery<'a> {
    /// Where to.
    pub destination: &'a Destination,
    /// Whether it is a person's test.
    pub is_test: bool,
    /// The names of its reminders.
    pub about: &'a str,
    /// The minute it belongs to.
    pub minute_at: Timestamp,
    /// When it may be sent.
    pub due_at: Timestamp,
    /// When it stops being useful.
    pub deadline_at: Timestamp,
}

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
    /// How often it was tried since it last entered the queue.
    pub tries: u32,
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
    /// How often it was tried since it last entered the queue.
    pub tries: u32,
    /// When it stops being useful.
    pub deadline_at: Timestamp,
}

/// Puts a delivery into the outbox under a key that is unique for ever: an id would come again
/// after an older backup was restored. It begins with the time, so that keys of one minute
/// stand beside one another in their index.
pub fn insert(tx: &WriteTx, new: &NewDelivery) -> Result<DeliveryId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO deliveries (key, user_id, destination_id, destination_name, is_test, about,
                                 minute_at, state, due_at, deadline_at, created_at)
         VALUES (printf('msg_%012x', :now) || lower(hex(randomblob(10))), :user_id, :destination_id,
                 :destination_name, :is_test, :about, :minute_at, 'pending', :due_at, :deadline_at, :now)",
    )?;
    let values = named_params! {
        ":user_id": new.destination.user_id, ":destination_id": new.destination.id,
        ":destination_name": new.destination.name, ":is_test": new.is_test, ":about": new.about,
        ":minute_at": new.minute_at, ":due_at": new.due_at, ":deadline_at": new.deadline_at, ":now": tx.now(),
    };
    Ok(DeliveryId(stmt.insert(values)?))
}

/// The delivery of the same minute that a further reminder may still join: nothing of it has
/// been rendered yet.
pub fn find_joinable(
    tx: &Tx,
    destination_id: DestinationId,
    minute_at: Timestamp,
) -> Result<Option<DeliveryId>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id
         FROM deliveries
         WHERE destination_id = :destination_id AND state = 'pending' AND minute_at = :minute_at
           AND body IS NULL AND NOT is_test
         LIMIT 1",
    )?;
    let values = named_params! { ":destination_id": destination_id, ":minute_at": minute_at };
    Ok(stmt.query_row(values, |row| row.get(0)).optional()?)
}

/// Adds a firing to those a delivery tells of.
pub fn add_firing(tx: &WriteTx, id: DeliveryId, firing_id: FiringId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO delivery_firings (delivery_id, firing_id)
         VALUES (:id, :firing_id)",
    )?;
    stmt.execute(named_params! { ":id": id, ":firing_id": firing_id })?;
    Ok(())
}

/// Lengthens what a delivery is about, and how long it is useful.
pub fn extend(tx: &WriteTx, id: DeliveryId, about: &str, deadline_at: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET about = about || ', ' || :about, deadline_at = max(deadline_at, :deadline_at)
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":about": about, ":deadline_at": deadline_at })?;
    Ok(())
}

/// Has a delivery wait until `until`, as a part of that minute, and be useful for as much longer.
pub fn defer(tx: &WriteTx, id: DeliveryId, until: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET due_at = :until, minute_at = :minute_at, deadline_at = deadline_at + :until - :now
         WHERE id = :id",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":until": until, ":minute_at": until.minute(), ":now": tx.now(),
    })?;
    Ok(())
}

/// Has another delivery tell what this one would have told.
pub fn hand_over(tx: &WriteTx, id: DeliveryId, to: DeliveryId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE OR IGNORE delivery_firings
         SET delivery_id = :to
         WHERE delivery_id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":to": to })?;
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET about = deliveries.about || ', ' || d.about,
             deadline_at = max(deliveries.deadline_at, d.deadline_at)
         FROM deliveries d
         WHERE deliveries.id = :to AND d.id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":to": to })?;
    Ok(())
}

/// Has what a user's quiet hours hold back be looked at again now.
pub fn look_again(tx: &WriteTx, user_id: UserId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET due_at = :now
         WHERE user_id = :user_id AND state = 'pending' AND tries = 0 AND due_at > :now",
    )?;
    stmt.execute(named_params! { ":user_id": user_id, ":now": tx.now() })?;
    Ok(())
}

/// Up to `limit` deliveries whose time has come, at most one for each destination, and none
/// for one that is paused or has something under way. A test passes a pause.
pub fn list_sendable(tx: &Tx, limit: usize) -> Result<Vec<Queued>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT d.id, d.user_id, d.key, d.destination_id, d.is_test, d.tries, d.body, t.address
         FROM deliveries d
         JOIN destinations t ON t.id = d.destination_id
         WHERE d.state = 'pending' AND d.due_at <= :now
           AND (t.paused_reason IS NULL OR d.is_test)
           AND NOT EXISTS (
               SELECT 1 FROM deliveries e
               WHERE e.destination_id = d.destination_id AND e.state = 'sending')
         ORDER BY d.due_at, d.id",
    )?;
    let mut rows = stmt.query(named_params! { ":now": tx.now() })?;
    let mut taken = std::collections::HashSet::new();
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
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
            tries: row.get("tries")?,
            body: row.get("body")?,
        });
        if found.len() == limit {
            break;
        }
    }
    Ok(found)
}

/// Whether there is anything to take, to give up on or to take back.
pub fn has_work(tx: &Tx) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM deliveries WHERE state = 'pending' AND due_at <= :now)
             OR EXISTS (SELECT 1 FROM deliveries WHERE state = 'sending' AND due_at <= :now)
             OR EXISTS (SELECT 1 FROM deliveries WHERE ended_at IS NULL AND deadline_at <= :now)",
    )?;
    Ok(stmt.query_row(named_params! { ":now": tx.now() }, |row| row.get(0))?)
}

/// When the next delivery that is not due yet will be.
pub fn next_due_at(tx: &Tx) -> Result<Option<Timestamp>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT min(due_at)
         FROM deliveries
         WHERE state = 'pending' AND due_at > :now",
    )?;
    Ok(stmt.query_row(named_params! { ":now": tx.now() }, |row| row.get(0))?)
}

/// Starts an attempt: from now until `lease_until` the delivery is being sent, with `body`.
/// Counted before the call, so that a crash cannot hide it. Returns the attempt's number.
pub fn start_attempt(
    tx: &WriteTx,
    id: DeliveryId,
    body: &[u8],
    lease_until: Timestamp,
) -> Result<u32> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = 'sending', tries = tries + 1, due_at = :lease_until,
             body = ifnull(body, :body)
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":lease_until": lease_until, ":body": body })?;
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

/// What recording an answer needs to know.
pub fn find_sent(tx: &Tx, id: DeliveryId) -> Result<Option<Sent>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT state, is_test, destination_id, tries, deadline_at
         FROM deliveries
         WHERE id = :id",
    )?;
    let row = stmt.query_row(named_params! { ":id": id }, |row| {
        Ok(Sent {
            state: row.get("state")?,
            is_test: row.get("is_test")?,
            destination_id: row.get("destination_id")?,
            tries: row.get("tries")?,
            deadline_at: row.get("deadline_at")?,
        })
    });
    Ok(row.optional()?)
}

/// Puts a delivery back into the queue, due at `due_at`.
pub fn set_pending(tx: &WriteTx, id: DeliveryId, due_at: Timestamp, reason: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = 'pending', due_at = :due_at, reason = :reason
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":due_at": due_at, ":reason": reason })?;
    Ok(())
}

/// Ends a delivery.
pub fn set_ended(tx: &WriteTx, id: DeliveryId, state: State, reason: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = :state, reason = :reason, due_at = NULL, ended_at = :now
         WHERE id = :id",
    )?;
    stmt.execute(
        named_params! { ":id": id, ":state": state, ":reason": reason, ":now": tx.now() },
    )?;
    Ok(())
}

/// Ends every delivery to a destination that has not ended.
pub fn end_of_destination(
    tx: &WriteTx,
    id: DestinationId,
    state: State,
    reason: &str,
) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = :state, reason = :reason, due_at = NULL, ended_at = :now
         WHERE destination_id = :id AND ended_at IS NULL",
    )?;
    stmt.execute(
        named_params! { ":id": id, ":state": state, ":reason": reason, ":now": tx.now() },
    )?;
    Ok(())
}

/// Cancels the waiting deliveries that tell of nothing but that reminder.
pub fn cancel_of_reminder(tx: &WriteTx, id: ReminderId, reason: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = 'cancelled', reason = :reason, due_at = NULL, ended_at = :now
         WHERE state = 'pending'
           AND id IN (
               SELECT l.delivery_id FROM delivery_firings l
               JOIN firings f ON f.id = l.firing_id
               WHERE f.reminder_id = :id)
           AND NOT EXISTS (
               SELECT 1 FROM delivery_firings l
               JOIN firings f ON f.id = l.firing_id
               WHERE l.delivery_id = deliveries.id AND f.reminder_id <> :id)",
    )?;
    stmt.execute(named_params! { ":id": id, ":reason": reason, ":now": tx.now() })?;
    Ok(())
}

/// Ends what waits in the queue past its deadline: as a dead letter when it was tried.
pub fn end_overdue(tx: &WriteTx) -> Result<usize> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = iif(tries > 0, 'dead', 'expired'),
             reason = iif(reason = '', 'its time ran out', 'its time ran out: ' || reason),
             due_at = NULL, ended_at = :now
         WHERE ended_at IS NULL AND deadline_at <= :now AND state = 'pending'",
    )?;
    Ok(stmt.execute(named_params! { ":now": tx.now() })?)
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

/// The firings that a delivery tells of, with the settings of their reminders.
pub fn list_fired(tx: &Tx, id: DeliveryId) -> Result<Vec<(FiredReminder, ReminderId)>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT f.reminder_id, f.slot, f.due_at, f.fired_at, f.missed
         FROM delivery_firings l
         JOIN firings f ON f.id = l.firing_id
         WHERE l.delivery_id = :id
         ORDER BY f.due_at, f.id",
    )?;
    let rows = stmt.query_map(named_params! { ":id": id }, |row| {
        let fired = FiredReminder {
            name: String::new(),
            slot: row.get("slot")?,
            due_at: row.get("due_at")?,
            fired_at: row.get("fired_at")?,
            missed: row.get("missed")?,
        };
        Ok((fired, row.get("reminder_id")?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// A delivery of that user.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn get(tx: &Tx, user_id: UserId, id: DeliveryId) -> Result<Delivery> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM deliveries d
         WHERE d.id = :id AND d.user_id = :user_id"
    ))?;
    let values = named_params! { ":id": id, ":user_id": user_id };
    stmt.query_row(values, from_row).optional()?.ok_or(Error::NotFound("delivery"))
}

/// Up to `limit` deliveries of a user before `before`, newest first.
pub fn list(
    tx: &Tx,
    user_id: UserId,
    state: Option<State>,
    before: Option<DeliveryId>,
    limit: usize,
) -> Result<Vec<Delivery>> {
    let limit = limit as i64;
    let mut rows = Where::default();
    rows.and("d.user_id = :user_id").bind(":user_id", &user_id).bind(":limit", &limit);
    if let Some(state) = &state {
        rows.and("d.state = :state").bind(":state", state);
    }
    if let Some(before) = &before {
        rows.and("d.id < :before").bind(":before", before);
    }
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM deliveries d
         WHERE {}
         ORDER BY d.id DESC
         LIMIT :limit",
        rows.sql()
    ))?;
    let found = stmt.query_map(rows.parameters(), from_row)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// How many dead letters a user has.
pub fn count_dead(tx: &Tx, user_id: UserId) -> Result<i64> {
    count(tx, "user_id = :value AND state = 'dead'", &user_id)
}

/// How many deliveries stand in that state, whoever's they are.
pub fn count_in_state(tx: &Tx, state: State) -> Result<i64> {
    count(tx, "state = :value", &state)
}

fn count(tx: &Tx, clause: &'static str, value: &dyn ToSql) -> Result<i64> {
    let mut stmt =
        tx.sql().prepare_cached(&format!("SELECT count(*) FROM deliveries WHERE {clause}"))?;
    Ok(stmt.query_row(&[(":value", value)], |row| row.get(0))?)
}

/// Puts a dead letter back into the queue with the same key and bytes, and says whether it
/// was one that can be sent.
pub fn requeue(tx: &WriteTx, id: DeliveryId, deadline_at: Timestamp) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = 'pending', reason = '', tries = 0, due_at = :now, ended_at = NULL,
             deadline_at = :deadline_at
         WHERE id = :id AND state IN ('dead', 'expired') AND destination_id IS NOT NULL",
    )?;
    let values = named_params! { ":id": id, ":now": tx.now(), ":deadline_at": deadline_at };
    Ok(stmt.execute(values)? == 1)
}

/// The attempts at a delivery, first one first.
pub fn list_attempts(tx: &Tx, id: DeliveryId) -> Result<Vec<AttemptRecord>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT number, started_at, ended_at, outcome, status, detail
         FROM attempts
         WHERE delivery_id = :id
         ORDER BY number",
    )?;
    let rows = stmt.query_map(named_params! { ":id": id }, |row| {
        Ok(AttemptRecord {
            number: row.get("number")?,
            started_at: row.get("started_at")?,
            ended_at: row.get("ended_at")?,
            outcome: row.get("outcome")?,
            status: row.get("status")?,
            detail: row.get("detail")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Forgets up to `limit` deliveries that ended before `before`.
pub fn delete_before(tx: &WriteTx, before: Timestamp, limit: usize) -> Result<usize> {
    let mut stmt = tx.sql().prepare_cached(
        "DELETE FROM deliveries
         WHERE id IN (
             SELECT id FROM deliveries
             WHERE ended_at IS NOT NULL AND ended_at < :before
             LIMIT :limit
         )",
    )?;
    Ok(stmt.execute(named_params! { ":before": before, ":limit": limit as i64 })?)
}

fn from_row(row: &Row) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: row.get("id")?,
        destination_id: row.get("destination_id")?,
        destination_name: row.get("destination_name")?,
        is_test: row.get("is_test")?,
        state: row.get("state")?,
        reason: row.get("reason")?,
        about: row.get("about")?,
        created_at: row.get("created_at")?,
        due_at: row.get("due_at")?,
        ended_at: row.get("ended_at")?,
        attempts: row.get("attempts")?,
    })
}
