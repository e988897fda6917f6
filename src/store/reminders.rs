//! Reminders.

use rusqlite::{OptionalExtension, Row, ToSql, named_params};

use super::columns::Columns;
use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::{BookmarkId, DestinationId, FolderId, ReminderId, TagId, UserId};
use crate::model::recurrence::{Schedule, Weekdays};
use crate::model::reminder::{Pick, Reminder, Settings, Target};
use crate::model::time::{Slot, TimeOfDay, Timestamp, parse_date};

/// In the order in which [`from_row`] reads them.
macro_rules! columns {
    () => {
        "r.id, r.user_id, r.name, r.folder_id, r.tag_id, r.bookmark_id, r.days, r.on_date, r.at_time, r.zone,
         r.pick_order, r.pick_count, r.when_empty, r.enabled, r.every_destination,
         CASE WHEN NOT r.every_destination
              THEN (SELECT group_concat(d.destination_id) FROM reminder_destinations d
                    WHERE d.reminder_id = r.id)
         END AS destinations,
         r.next_slot, r.next_due_at, r.snoozed_until, r.last_fired_at, r.created_at, r.updated_at,
         r.set_at"
    };
}

/// A reminder of that user.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn get(tx: &Tx, user_id: UserId, id: ReminderId) -> Result<Reminder> {
    let mut stmt = tx.sql().prepare_cached(concat!(
        "SELECT ",
        columns!(),
        "
         FROM reminders r
         WHERE r.id = :id AND r.user_id = :user_id"
    ))?;
    let values = named_params! { ":id": id, ":user_id": user_id };
    stmt.query_row(values, from_row).optional()?.ok_or(Error::NotFound("reminder"))
}

/// All reminders of a user: those due soonest first, those that are over last.
pub fn list(tx: &Tx, user_id: UserId) -> Result<Vec<Reminder>> {
    let mut stmt = tx.sql().prepare_cached(concat!(
        "SELECT ",
        columns!(),
        "
         FROM reminders r
         WHERE r.user_id = :user_id
         ORDER BY r.due_at IS NULL, r.due_at, r.id"
    ))?;
    let rows = stmt.query_map(named_params! { ":user_id": user_id }, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Up to `limit` reminders of these users whose time has come: one user's after the other's, each
/// earliest first.
pub fn list_due(tx: &Tx, users: &[UserId], limit: usize) -> Result<Vec<Reminder>> {
    let mut stmt = tx.sql().prepare_cached(concat!(
        "SELECT ",
        columns!(),
        "
         FROM reminders r
         WHERE r.user_id IN (SELECT value FROM json_each(:users)) AND r.due_at <= :now
         ORDER BY r.user_id, r.due_at, r.id
         LIMIT :limit"
    ))?;
    let users = super::users::json(users);
    let values = named_params! { ":users": users, ":now": tx.now(), ":limit": limit as i64 };
    let rows = stmt.query_map(values, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The reminders of a user that wait for a slot, but for those that were changed from `since`
/// until now.
pub fn list_unchanged_since(tx: &Tx, user_id: UserId, since: Timestamp) -> Result<Vec<Reminder>> {
    let mut stmt = tx.sql().prepare_cached(concat!(
        "SELECT ",
        columns!(),
        "
         FROM reminders r
         WHERE r.user_id = :user_id AND r.next_slot IS NOT NULL
           AND r.set_at NOT BETWEEN :since AND :now
         ORDER BY r.id"
    ))?;
    let values = named_params! { ":user_id": user_id, ":since": since, ":now": tx.now() };
    let rows = stmt.query_map(values, from_row)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The earliest `limit` pairs of when and for whom something is due.
pub fn list_upcoming(tx: &Tx, limit: usize) -> Result<Vec<(Timestamp, UserId)>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT due_at, user_id
         FROM reminders
         WHERE due_at IS NOT NULL
         ORDER BY due_at, user_id
         LIMIT :limit",
    )?;
    let rows = stmt.query_map(named_params! { ":limit": limit as i64 }, |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many reminders a user has.
pub fn count(tx: &Tx, user_id: UserId) -> Result<i64> {
    let mut stmt =
        tx.sql().prepare_cached("SELECT count(*) FROM reminders WHERE user_id = :user_id")?;
    Ok(stmt.query_row(named_params! { ":user_id": user_id }, |row| row.get(0))?)
}

/// Stores a reminder that waits for `next`.
pub fn insert(
    tx: &WriteTx,
    user_id: UserId,
    settings: &Settings,
    next: Option<(Slot, Timestamp)>,
) -> Result<ReminderId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO reminders (user_id, name, at_time, zone, days, on_date, folder_id, tag_id,
                                bookmark_id, pick_order, pick_count, when_empty, enabled,
                                every_destination, next_slot, next_due_at, created_at, updated_at,
                                set_at)
         VALUES (:user_id, :name, :at_time, :zone, :days, :on_date, :folder_id, :tag_id,
                 :bookmark_id, :pick_order, :pick_count, :when_empty, :enabled,
                 :every_destination, :next_slot, :next_due_at, :now, :now, :now)
         RETURNING id",
    )?;
    let columns = Values::of(settings, next);
    let now = tx.now();
    let mut values = columns.values();
    values.extend([(":user_id", &user_id as &dyn ToSql), (":now", &now)]);
    let id = stmt.query_row(values.as_slice(), |row| row.get(0))?;
    set_destinations(tx, id, settings)?;
    Ok(id)
}

/// Stores other settings, and that it waits for `next`. One that is off is not snoozed.
pub fn update(
    tx: &WriteTx,
    id: ReminderId,
    settings: &Settings,
    next: Option<(Slot, Timestamp)>,
) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE reminders
         SET name = :name, at_time = :at_time, zone = :zone, days = :days, on_date = :on_date,
             folder_id = :folder_id, tag_id = :tag_id, bookmark_id = :bookmark_id,
             pick_order = :pick_order, pick_count = :pick_count, when_empty = :when_empty,
             enabled = :enabled, every_destination = :every_destination, next_slot = :next_slot,
             next_due_at = :next_due_at, snoozed_until = iif(:enabled, snoozed_until, NULL),
             updated_at = :now,
             set_at = iif((days, on_date, at_time, zone, enabled)
                              IS (:days, :on_date, :at_time, :zone, :enabled), set_at, :now)
         WHERE id = :id",
    )?;
    let columns = Values::of(settings, next);
    let now = tx.now();
    let mut values = columns.values();
    values.extend([(":id", &id as &dyn ToSql), (":now", &now)]);
    stmt.execute(values.as_slice())?;
    set_destinations(tx, id, settings)
}

/// Stores what a reminder waits for from now on, and whether it fired just now.
pub fn advance(
    tx: &WriteTx,
    id: ReminderId,
    next: Option<(Slot, Timestamp)>,
    snoozed_until: Option<Timestamp>,
    has_fired: bool,
) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE reminders
         SET next_slot = :next_slot, next_due_at = :next_due_at, snoozed_until = :snoozed_until,
             last_fired_at = iif(:has_fired, :now, last_fired_at)
         WHERE id = :id",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":next_slot": next.map(|(slot, _)| slot), ":next_due_at": next.map(|(_, at)| at),
        ":snoozed_until": snoozed_until, ":has_fired": has_fired, ":now": tx.now(),
    })?;
    Ok(())
}

/// Has a reminder come once more at `until`, or no longer.
pub fn set_snoozed(tx: &WriteTx, id: ReminderId, until: Option<Timestamp>) -> Result<()> {
    let mut stmt =
        tx.sql().prepare_cached("UPDATE reminders SET snoozed_until = :until WHERE id = :id")?;
    stmt.execute(named_params! { ":id": id, ":until": until })?;
    Ok(())
}

/// The reminders about a tag.
pub fn list_of_tag(tx: &Tx, tag_id: TagId) -> Result<Vec<ReminderId>> {
    let mut stmt = tx.sql().prepare_cached("SELECT id FROM reminders WHERE tag_id = :tag_id")?;
    let ids = stmt.query_map(named_params! { ":tag_id": tag_id }, |row| row.get(0))?;
    Ok(ids.collect::<rusqlite::Result<_>>()?)
}

/// Has the reminders about a tag be about another one.
pub fn set_tag(tx: &WriteTx, tag_id: TagId, into: TagId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE reminders
         SET tag_id = :into, updated_at = :now
         WHERE tag_id = :tag_id",
    )?;
    stmt.execute(named_params! { ":tag_id": tag_id, ":into": into, ":now": tx.now() })?;
    Ok(())
}

/// Deletes a reminder and its firings.
pub fn delete(tx: &WriteTx, id: ReminderId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM reminders WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

fn set_destinations(tx: &WriteTx, id: ReminderId, settings: &Settings) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM reminder_destinations WHERE reminder_id = :id")?
        .execute(named_params! { ":id": id })?;
    let mut stmt = tx.sql().prepare_cached(
        "INSERT OR IGNORE INTO reminder_destinations (reminder_id, destination_id)
         VALUES (:id, :destination_id)",
    )?;
    for destination_id in settings.destinations.iter().flatten() {
        stmt.execute(named_params! { ":id": id, ":destination_id": destination_id })?;
    }
    Ok(())
}

/// Settings and what they wait for, as they stand in columns.
struct Values<'a> {
    settings: &'a Settings,
    folder_id: Option<FolderId>,
    tag_id: Option<TagId>,
    bookmark_id: Option<BookmarkId>,
    days: Option<i64>,
    on_date: Option<String>,
    at_time: TimeOfDay,
    every_destination: bool,
    next_slot: Option<Slot>,
    next_due_at: Option<Timestamp>,
}

impl<'a> Values<'a> {
    fn of(settings: &'a Settings, next: Option<(Slot, Timestamp)>) -> Self {
        let (folder_id, tag_id, bookmark_id) = match settings.target {
            Target::All => (None, None, None),
            Target::Folder(id) => (Some(id), None, None),
            Target::Tag(id) => (None, Some(id), None),
            Target::Bookmark(id) => (None, None, Some(id)),
        };
        let (days, on_date, at_time) = match settings.schedule {
            Schedule::Weekly { days, at } => {
                (Some(days.numbers().map(|day| 1 << (day - 1)).sum()), None, at)
            }
            Schedule::Once { on, at } => (None, Some(on.to_string()), at),
        };
        Self {
            settings,
            folder_id,
            tag_id,
            bookmark_id,
            days,
            on_date,
            at_time,
            every_destination: settings.destinations.is_none(),
            next_slot: next.map(|(slot, _)| slot),
            next_due_at: next.map(|(_, at)| at),
        }
    }

    fn values(&self) -> Vec<(&'static str, &dyn ToSql)> {
        vec![
            (":name", &self.settings.name),
            (":at_time", &self.at_time),
            (":zone", &self.settings.zone),
            (":days", &self.days),
            (":on_date", &self.on_date),
            (":folder_id", &self.folder_id),
            (":tag_id", &self.tag_id),
            (":bookmark_id", &self.bookmark_id),
            (":pick_order", &self.settings.pick.order),
            (":pick_count", &self.settings.pick.count),
            (":when_empty", &self.settings.when_empty),
            (":enabled", &self.settings.enabled),
            (":every_destination", &self.every_destination),
            (":next_slot", &self.next_slot),
            (":next_due_at", &self.next_due_at),
        ]
    }
}

fn from_row(row: &Row) -> rusqlite::Result<Reminder> {
    let mut columns = Columns::of(row);
    let (id, user_id) = (columns.get("id")?, columns.get("user_id")?);
    let settings = Settings {
        name: columns.get("name")?,
        target: target_from(
            columns.get("folder_id")?,
            columns.get("tag_id")?,
            columns.get("bookmark_id")?,
        ),
        schedule: schedule_from(
            columns.get("days")?,
            columns.get("on_date")?,
            columns.get("at_time")?,
        )?,
        zone: columns.get("zone")?,
        pick: Pick { order: columns.get("pick_order")?, count: columns.get("pick_count")? },
        when_empty: columns.get("when_empty")?,
        enabled: columns.get("enabled")?,
        destinations: destinations_from(
            columns.get("every_destination")?,
            columns.get("destinations")?,
        ),
    };
    let next_slot: Option<Slot> = columns.get("next_slot")?;
    let next_due_at: Option<Timestamp> = columns.get("next_due_at")?;
    Ok(Reminder {
        id,
        user_id,
        settings,
        next: next_slot.zip(next_due_at),
        snoozed_until: columns.get("snoozed_until")?,
        last_fired_at: columns.get("last_fired_at")?,
        created_at: columns.get("created_at")?,
        updated_at: columns.get("updated_at")?,
        set_at: columns.get("set_at")?,
    })
}

fn target_from(
    folder: Option<FolderId>,
    tag: Option<TagId>,
    bookmark: Option<BookmarkId>,
) -> Target {
    let folder = folder.map(Target::Folder);
    folder.or(tag.map(Target::Tag)).or(bookmark.map(Target::Bookmark)).unwrap_or(Target::All)
}

fn schedule_from(
    days: Option<i64>,
    on: Option<String>,
    at: TimeOfDay,
) -> rusqlite::Result<Schedule> {
    let unreadable = |error: Error| rusqlite::types::FromSqlError::other(error);
    if let Some(on) = on {
        return Ok(Schedule::Once { on: parse_date(&on).map_err(unreadable)?, at });
    }
    let bits = days.unwrap_or_default();
    let days = (1..=7).filter(|day| bits & (1 << (day - 1)) != 0);
    Ok(Schedule::Weekly { days: Weekdays::from_numbers(days).map_err(unreadable)?, at })
}

fn destinations_from(every: bool, joined: Option<String>) -> Option<Vec<DestinationId>> {
    if every {
        return None;
    }
    let ids = joined.unwrap_or_default();
    let ids = ids.split(',').filter_map(|id| id.parse().ok()).map(DestinationId);
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable();
    Some(ids)
}
