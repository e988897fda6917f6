//! Deliveries: how they enter the outbox, are held back and end, and how they are listed.

use rusqlite::{OptionalExtension, Row, ToSql, named_params};

use super::query::{Where, json_list};
use super::{Tx, WriteTx, scopes};
use crate::error::{Error, Result};
use crate::model::delivery::{AttemptRecord, Delivery, State};
use crate::model::destination::Destination;
use crate::model::id::{DeliveryId, DestinationId, FiringId, ReminderId, ScopeId, UserId};
use crate::model::message::FiredReminder;
use crate::model::time::Timestamp;

/// When a delivery is tried next also depends on its service, and one that is held back for a
/// paused destination has no such time.
const COLUMNS: &str = "d.id, d.destination_id, d.destination_name, d.is_test, d.state, d.reason,
    d.about, d.event, d.created_at, d.ended_at,
    max(nullif(d.due_at, d.deadline_at), ifnull(s.not_before, 0)) AS due_at,
    ifnull(a.number, 0) AS attempts, a.number, a.started_at, a.ended_at AS answered_at, a.outcome,
    a.status, a.detail";
const WITH_LAST_ATTEMPT: &str = "deliveries d
    LEFT JOIN scopes s ON s.id = d.scope_id
    LEFT JOIN attempts a ON a.delivery_id = d.id
        AND a.number = (SELECT max(number) FROM attempts WHERE delivery_id = d.id)";

/// Which deliveries of a person are meant. An empty one means all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Those.
    pub ids: Option<Vec<DeliveryId>>,
    /// Those in one of these states.
    pub states: Vec<State>,
    /// Those to that destination.
    pub destination_id: Option<DestinationId>,
    /// Those that entered the outbox after that.
    pub after: Option<Timestamp>,
    /// Those that entered it before that.
    pub before: Option<Timestamp>,
    /// Those whose reason holds this, whatever its case.
    pub reason: Option<String>,
}

/// A delivery that is to enter the outbox.
#[derive(Debug)]
pub struct NewDelivery<'a> {
    /// Where to.
    pub destination: &'a Destination,
    /// Whether it is a person's test.
    pub is_test: bool,
    /// The destination that it warns of, if it is an alert.
    pub failing_id: Option<DestinationId>,
    /// The midnight of which it tells what burns at it, if it does.
    pub burns_at: Option<Timestamp>,
    /// The names of its reminders.
    pub about: &'a str,
    /// The minute it belongs to.
    pub minute_at: Timestamp,
    /// When it may be sent.
    pub due_at: Timestamp,
    /// When it stops being useful.
    pub deadline_at: Timestamp,
}

/// What waits for a destination, tests aside.
#[derive(Debug)]
pub struct WaitingFor {
    /// How many pushes.
    pub pushes: usize,
    /// The one of the same minute that a further reminder may still join: nothing of it has been
    /// rendered yet.
    pub joinable: Option<DeliveryId>,
}

/// Puts a delivery into the outbox, under a key that is unique for ever: an id would come again
/// after an older backup was restored. It begins with the time, so that keys of one minute stand
/// beside one another in their index. A delivery is held back while its destination is paused; a
/// test passes a pause.
pub fn insert(tx: &WriteTx, new: &NewDelivery) -> Result<DeliveryId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO deliveries (key, user_id, destination_id, destination_name, scope_id, is_test,
                                 failing_id, burns_at, about, minute_at, state, reason, due_at,
                                 deadline_at, created_at)
         VALUES (format('msg_%012x%016x%04x', :now, random(), random() & 0xFFFF), :user_id, :destination_id,
                 :destination_name, :scope_id, :is_test, :failing_id, :burns_at, :about, :minute_at, 'pending',
                 :reason, :due_at, :deadline_at, :now)",
    )?;
    let to = new.destination;
    let held = to.paused_reason.as_deref().filter(|_| !new.is_test);
    let due_at = if held.is_some() { new.deadline_at } else { new.due_at };
    let values = named_params! {
        ":user_id": to.user_id, ":destination_id": to.id, ":destination_name": to.name,
        ":scope_id": to.scope_id, ":is_test": new.is_test, ":failing_id": new.failing_id,
        ":burns_at": new.burns_at,
        ":about": new.about, ":minute_at": new.minute_at,
        ":reason": held.unwrap_or_default(),
        ":due_at": due_at, ":deadline_at": new.deadline_at, ":now": tx.now(),
    };
    let id = DeliveryId(stmt.insert(values)?);
    scopes::look_by(tx, to.scope_id, due_at)?;
    Ok(id)
}

/// Ends the oldest pushes that wait for a destination, but for `keep` of them, and says how many
/// those were.
pub fn expire_oldest(tx: &WriteTx, id: DestinationId, keep: usize, reason: &str) -> Result<usize> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id
         FROM deliveries
         WHERE destination_id = :id AND state = 'pending' AND NOT is_test AND event IS NULL
         ORDER BY id DESC
         LIMIT -1 OFFSET :keep",
    )?;
    let found = stmt.query_map(named_params! { ":id": id, ":keep": keep as i64 }, |row| row.get(0));
    let oldest: Vec<DeliveryId> = found?.collect::<rusqlite::Result<_>>()?;
    oldest.iter().try_for_each(|id| set_ended(tx, *id, State::Expired, reason))?;
    Ok(oldest.len())
}

/// How many deliveries wait for a destination, and when the last of those that were not tried
/// since they entered the queue is due.
pub fn waiting(tx: &Tx, id: DestinationId) -> Result<(usize, Option<Timestamp>)> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT count(*), max(iif(tries = 0, due_at, NULL))
         FROM deliveries
         WHERE destination_id = :id AND state = 'pending' AND NOT is_test",
    )?;
    let row = stmt.query_row(named_params! { ":id": id }, |row| {
        Ok((row.get::<_, i64>(0)?.try_into().unwrap_or(usize::MAX), row.get(1)?))
    });
    Ok(row?)
}

/// What a further reminder of that minute finds waiting for a destination.
pub fn waiting_for(
    tx: &Tx,
    destination_id: DestinationId,
    minute_at: Timestamp,
) -> Result<WaitingFor> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT count(*) FILTER (WHERE event IS NULL) AS pushes,
                max(id) FILTER (WHERE minute_at = :minute_at AND body IS NULL
                                  AND failing_id IS NULL) AS joinable
         FROM deliveries
         WHERE destination_id = :destination_id AND state = 'pending' AND NOT is_test",
    )?;
    let values = named_params! { ":destination_id": destination_id, ":minute_at": minute_at };
    Ok(stmt.query_row(values, |row| {
        Ok(WaitingFor {
            pushes: row.get::<_, i64>("pushes")?.try_into().unwrap_or(usize::MAX),
            joinable: row.get("joinable")?,
        })
    })?)
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

/// Lengthens what a delivery is about, within reason, and how long it is useful. One that is
/// held back for a paused destination stays so.
pub fn extend(tx: &WriteTx, id: DeliveryId, about: &str, deadline_at: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET about = iif(length(about) < 200, about || ', ' || :about, about),
             due_at = iif(due_at = deadline_at, max(deadline_at, :deadline_at), due_at),
             deadline_at = max(deadline_at, :deadline_at)
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":about": about, ":deadline_at": deadline_at })?;
    Ok(())
}

/// Has a delivery tell as well what burns at that midnight.
pub fn set_burns_at(tx: &WriteTx, id: DeliveryId, burns_at: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET burns_at = :burns_at
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":burns_at": burns_at })?;
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
    enter_line(tx, id)
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
             deadline_at = max(deliveries.deadline_at, d.deadline_at),
             burns_at = ifnull(d.burns_at, deliveries.burns_at)
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
         WHERE user_id = :user_id AND state = 'pending'
           AND (tries = 0 OR due_at = minute_at) -- else it waits for its next attempt
           AND due_at > :now AND due_at <> deadline_at -- which is held back by a pause",
    )?;
    stmt.execute(named_params! { ":user_id": user_id, ":now": tx.now() })?;
    for destination in super::destinations::list(tx, user_id)? {
        scopes::look_by(tx, destination.scope_id, tx.now())?;
    }
    Ok(())
}

/// Has the line that a delivery waits in looked at when it is due.
pub(super) fn enter_line(tx: &WriteTx, id: DeliveryId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT scope_id, due_at
         FROM deliveries
         WHERE id = :id AND state = 'pending' AND scope_id IS NOT NULL",
    )?;
    let found = stmt.query_row(named_params! { ":id": id }, |row| Ok((row.get(0)?, row.get(1)?)));
    match found.optional()? {
        Some((scope_id, due_at)) => scopes::look_by(tx, scope_id, due_at),
        None => Ok(()),
    }
}

/// Puts a delivery back into the queue, due at `due_at`.
pub fn set_pending(tx: &WriteTx, id: DeliveryId, due_at: Timestamp, reason: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = 'pending', due_at = :due_at, reason = :reason
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":due_at": due_at, ":reason": reason })?;
    enter_line(tx, id)
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

/// Holds back what waits for a destination, tests aside: it is looked at when its time runs out.
pub fn hold(tx: &WriteTx, id: DestinationId, reason: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET due_at = deadline_at, reason = :reason
         WHERE destination_id = :id AND state = 'pending' AND NOT is_test",
    )?;
    stmt.execute(named_params! { ":id": id, ":reason": reason })?;
    Ok(())
}

/// Lets what was held back for a destination go, now.
pub fn release(tx: &WriteTx, id: DestinationId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET due_at = :now
         WHERE destination_id = :id AND state = 'pending' AND due_at = deadline_at",
    )?;
    stmt.execute(named_params! { ":id": id, ":now": tx.now() })?;
    match super::destinations::find(tx, id)? {
        Some(destination) => scopes::look_by(tx, destination.scope_id, tx.now()),
        None => Ok(()),
    }
}

/// Whether anything waits that entered the outbox after `latest`.
pub fn is_any_since(tx: &Tx, latest: Timestamp) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT EXISTS (
             SELECT 1 FROM deliveries WHERE state = 'pending' AND created_at > :latest)",
    )?;
    Ok(stmt.query_row(named_params! { ":latest": latest }, |row| row.get(0))?)
}

/// Has all that waits be looked at now, and be useful until `latest` at most. What is held back
/// for a paused destination stays so.
pub fn take_back(tx: &WriteTx, latest: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET due_at = iif(due_at = deadline_at, min(deadline_at, :latest), :now),
             deadline_at = min(deadline_at, :latest), created_at = min(created_at, :now)
         WHERE state = 'pending'",
    )?;
    stmt.execute(named_params! { ":latest": latest, ":now": tx.now() })?;
    Ok(())
}

/// Has what may still be sent to a destination go to its new address: in the line of that, and
/// rendered anew, since the bytes may name the old one. Those of an event name none, and cannot
/// be made again.
pub fn readdress(tx: &WriteTx, id: DestinationId, scope_id: ScopeId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET scope_id = :scope_id, body = iif(event IS NULL, NULL, body)
         WHERE destination_id = :id AND state NOT IN ('delivered', 'cancelled')",
    )?;
    stmt.execute(named_params! { ":id": id, ":scope_id": scope_id })?;
    scopes::set_ready(tx, scope_id)
}

/// Ends every push to a person that has not ended, tests aside.
pub fn cancel_of_user(tx: &WriteTx, id: UserId, reason: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = 'cancelled', reason = :reason, due_at = NULL, ended_at = :now
         WHERE user_id = :id AND state IN ('pending', 'sending') AND NOT is_test
           AND event IS NULL",
    )?;
    stmt.execute(named_params! { ":id": id, ":reason": reason, ":now": tx.now() })?;
    Ok(())
}

/// The firings that a delivery tells of; their reminders are not named yet.
pub fn list_fired(tx: &Tx, id: DeliveryId) -> Result<Vec<FiredReminder>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT f.reminder_id, f.slot, f.due_at, f.fired_at, f.missed
         FROM delivery_firings l
         JOIN firings f ON f.id = l.firing_id
         WHERE l.delivery_id = :id
         ORDER BY f.due_at, f.id",
    )?;
    let rows = stmt.query_map(named_params! { ":id": id }, |row| {
        Ok(FiredReminder {
            id: row.get("reminder_id")?,
            name: String::new(),
            slot: row.get("slot")?,
            due_at: row.get("due_at")?,
            fired_at: row.get("fired_at")?,
            missed: row.get("missed")?,
        })
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
         FROM {WITH_LAST_ATTEMPT}
         WHERE d.id = :id AND d.user_id = :user_id"
    ))?;
    let values = named_params! { ":id": id, ":user_id": user_id };
    stmt.query_row(values, from_row).optional()?.ok_or(Error::NotFound("delivery"))
}

/// Up to `limit` deliveries of a user that come before `cursor`, newest first.
pub fn list(
    tx: &Tx,
    user_id: UserId,
    filter: &Filter,
    cursor: Option<DeliveryId>,
    limit: usize,
) -> Result<Vec<Delivery>> {
    let limit = limit as i64;
    let ids = filter.ids.as_ref().map(|ids| json_list(ids.iter().map(|id| id.0)));
    let states = json_list(filter.states.iter().map(|state| state.as_str()));
    let mut rows = Where::default();
    rows.and("d.user_id = :user_id").bind(":user_id", &user_id).bind(":limit", &limit);
    if let Some(ids) = &ids {
        rows.and("d.id IN (SELECT value FROM json_each(:ids))").bind(":ids", ids);
    }
    if let [State::Dead] = filter.states.as_slice() {
        rows.and("d.state = 'dead'"); // Word for word as the index of dead letters has it.
    } else if let [state] = filter.states.as_slice() {
        rows.and("d.state = :state").bind(":state", state);
    } else if !filter.states.is_empty() {
        rows.and("d.state IN (SELECT value FROM json_each(:states))").bind(":states", &states);
    }
    if let Some(id) = &filter.destination_id {
        rows.and("d.destination_id = :destination_id").bind(":destination_id", id);
    }
    if let Some(after) = &filter.after {
        rows.and("d.created_at > :after").bind(":after", after);
    }
    if let Some(before) = &filter.before {
        rows.and("d.created_at < :before").bind(":before", before);
    }
    if let Some(reason) = &filter.reason {
        rows.and("instr(lower(d.reason), lower(:reason)) > 0").bind(":reason", reason);
    }
    if let Some(cursor) = &cursor {
        rows.and("d.id < :cursor").bind(":cursor", cursor);
    }
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM {WITH_LAST_ATTEMPT}
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

/// Puts a dead letter back into the queue with the same key and bytes, due at `due_at`.
pub fn requeue(
    tx: &WriteTx,
    id: DeliveryId,
    due_at: Timestamp,
    deadline_at: Timestamp,
) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE deliveries
         SET state = 'pending', reason = '', tries = 0, due_at = :due_at, ended_at = NULL,
             deadline_at = :deadline_at
         WHERE id = :id AND state IN ('dead', 'expired') AND destination_id IS NOT NULL",
    )?;
    stmt.execute(named_params! { ":id": id, ":due_at": due_at, ":deadline_at": deadline_at })?;
    enter_line(tx, id)
}

/// The attempts at a delivery, first one first.
pub fn list_attempts(tx: &Tx, id: DeliveryId) -> Result<Vec<AttemptRecord>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT number, started_at, ended_at, outcome, status, detail
         FROM attempts
         WHERE delivery_id = :id
         ORDER BY number",
    )?;
    let rows = stmt.query_map(named_params! { ":id": id }, |row| attempt_from(row, "ended_at"))?;
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
        event: row.get("event")?,
        created_at: row.get("created_at")?,
        due_at: row.get("due_at")?,
        ended_at: row.get("ended_at")?,
        attempts: row.get("attempts")?,
        last: match row.get::<_, Option<u32>>("number")? {
            Some(_) => Some(attempt_from(row, "answered_at")?),
            None => None,
        },
    })
}

fn attempt_from(row: &Row, ended_at: &str) -> rusqlite::Result<AttemptRecord> {
    Ok(AttemptRecord {
        number: row.get("number")?,
        started_at: row.get("started_at")?,
        ended_at: row.get(ended_at)?,
        outcome: row.get("outcome")?,
        status: row.get("status")?,
        detail: row.get("detail")?,
    })
}
