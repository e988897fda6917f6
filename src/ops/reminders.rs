//! Setting reminders, and firing them when their time has come.

use crate::error::{Error, Result};
use crate::model::delivery::{LIFETIME_MAX, WAITING_MAX};
use crate::model::id::{FiringId, ReminderId, UserId};
use crate::model::recurrence::Schedule;
use crate::model::reminder::{Reminder, Settings, Target};
use crate::model::text;
use crate::model::time::Timestamp;
use crate::store::deliveries::NewDelivery;
use crate::store::{self, Tx, Wake, WriteTx};

const REMINDERS_MAX: i64 = 5_000;
/// The most reminders of one person that fire in one transaction.
const BATCH: usize = 200;

/// Sets a new reminder.
///
/// # Errors
/// `Invalid` when its target, a destination or its time cannot be used.
pub fn set(tx: &WriteTx, user_id: UserId, settings: &Settings) -> Result<Reminder> {
    check(tx, user_id, settings)?;
    if store::reminders::count(tx, user_id)? >= REMINDERS_MAX {
        return Err(Error::Conflict(format!(
            "there are {REMINDERS_MAX} reminders already, delete one first"
        )));
    }
    let next = settings.first_due(tx.now());
    let id = store::reminders::insert(tx, user_id, settings, next)?;
    wake_at(tx, user_id, next.map(|(_, at)| at));
    store::reminders::get(tx, user_id, id)
}

/// Changes a reminder. It starts anew from now, so that nothing fires in the past.
///
/// # Errors
/// As [`set`]; also `NotFound` when it is not theirs.
pub fn change(
    tx: &WriteTx,
    user_id: UserId,
    id: ReminderId,
    settings: &Settings,
) -> Result<Reminder> {
    store::reminders::get(tx, user_id, id)?;
    check(tx, user_id, settings)?;
    let next = settings.first_due(tx.now());
    store::reminders::update(tx, id, settings, next)?;
    if !settings.enabled {
        store::deliveries::cancel_of_reminder(tx, id, "its reminder was switched off")?;
    }
    wake_at(tx, user_id, next.map(|(_, at)| at));
    store::reminders::get(tx, user_id, id)
}

/// Deletes a reminder, with pushes of it that are still waiting.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn delete(tx: &WriteTx, user_id: UserId, id: ReminderId) -> Result<()> {
    store::reminders::get(tx, user_id, id)?;
    store::deliveries::cancel_of_reminder(tx, id, "its reminder was deleted")?;
    store::reminders::delete(tx, id)
}

/// Fires every reminder of a person that has come due: their deliveries enter the outbox and
/// their next slots are stored, all or nothing. Returns when the next one is due, which is
/// now if there were too many for one transaction.
pub fn fire_due(tx: &WriteTx, user_id: UserId) -> Result<Option<Timestamp>> {
    for reminder in store::reminders::list_due(tx, user_id, BATCH)? {
        fire(tx, &reminder)?;
    }
    store::reminders::next_due_at(tx, user_id)
}

fn fire(tx: &WriteTx, reminder: &Reminder) -> Result<()> {
    let Some((waiting_for, _)) = reminder.next else { return Ok(()) };
    let Settings { schedule, zone, .. } = &reminder.settings;
    let Some(due) = schedule.due(zone, waiting_for, tx.now()) else {
        // The zone's rules changed since the instant was stored: the slot comes later now.
        return store::reminders::set_next(
            tx,
            reminder.id,
            Some((waiting_for, waiting_for.instant(zone))),
        );
    };
    let next = due.next.map(|slot| (slot, slot.instant(zone)));
    store::reminders::set_next(tx, reminder.id, next)?;
    let target = reminder.settings.target;
    let skipped = !store::bookmarks::is_any_waiting(tx, reminder.user_id, target)?;
    let due_at = due.slot.instant(zone);
    let firing = store::firings::insert(tx, reminder.id, due.slot, due_at, due.missed, skipped)?;
    // A slot that fired before an edit brought it back is done with.
    let Some(firing_id) = firing else { return Ok(()) };
    store::reminders::set_fired(tx, reminder.id)?;
    if skipped { Ok(()) } else { enqueue(tx, reminder, firing_id, next.map(|(_, at)| at)) }
}

/// Puts one delivery to each destination of a reminder into the outbox. What else fires for
/// that person in the same minute joins it while nothing of it was rendered.
fn enqueue(
    tx: &WriteTx,
    reminder: &Reminder,
    firing_id: FiringId,
    next_at: Option<Timestamp>,
) -> Result<()> {
    if !store::users::push_on(tx, reminder.user_id)? {
        return Ok(());
    }
    let minute_at = tx.now().minute();
    let about = title(tx, reminder)?;
    let deadline_at = deadline(&reminder.settings, next_at, tx.now());
    for destination in store::destinations::list_of_reminder(tx, reminder.user_id, reminder.id)? {
        let id = match store::deliveries::find_joinable(tx, destination.id, minute_at)? {
            Some(id) => {
                store::deliveries::extend(tx, id, &about, deadline_at)?;
                id
            }
            None => {
                let new = NewDelivery {
                    destination: &destination,
                    is_test: false,
                    failing_id: None,
                    about: &about,
                    minute_at,
                    due_at: tx.now(),
                    deadline_at,
                };
                let reason = "too many newer ones wait for that destination";
                store::deliveries::expire_oldest(tx, destination.id, WAITING_MAX - 1, reason)?;
                store::deliveries::insert(tx, &new)?
            }
        };
        store::deliveries::add_firing(tx, id, firing_id)?;
        tx.wake(Wake::Outbox);
    }
    Ok(())
}

/// What a reminder is called, else what it is about.
pub fn title(tx: &Tx, reminder: &Reminder) -> Result<String> {
    let settings = &reminder.settings;
    if !settings.name.is_empty() {
        return Ok(settings.name.clone());
    }
    Ok(match settings.target {
        Target::All => "Time to read".to_owned(),
        Target::Folder(id) => store::folders::get(tx, reminder.user_id, id)?.title,
        Target::Bookmark(id) => {
            let bookmark = store::bookmarks::get(tx, reminder.user_id, id)?;
            text::shortened(bookmark.title(), 60)
        }
    })
}

/// When a push stops being useful: at the reminder's next time, and at most a day later.
fn deadline(settings: &Settings, next_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let longest = now + LIFETIME_MAX;
    match settings.schedule {
        Schedule::Weekly { .. } => next_at.map_or(longest, |next| next.min(longest)),
        Schedule::Once { .. } => longest,
    }
}

fn wake_at(tx: &WriteTx, user_id: UserId, at: Option<Timestamp>) {
    if let Some(at) = at {
        tx.wake(Wake::Reminder(user_id, at));
    }
}

fn check(tx: &Tx, user_id: UserId, settings: &Settings) -> Result<()> {
    let yours = |field: &'static str, what: &str, id: i64, found: Result<()>| match found {
        Err(Error::NotFound(_)) => {
            Err(Error::invalid(field, format!("there is no {what} {id}, expected one of yours")))
        }
        other => other,
    };
    match settings.target {
        Target::All => {}
        Target::Folder(id) => {
            yours("target", "folder", id.0, store::folders::get(tx, user_id, id).map(drop))?;
        }
        Target::Bookmark(id) => {
            yours("target", "bookmark", id.0, store::bookmarks::get(tx, user_id, id).map(drop))?;
        }
    }
    for id in settings.destinations.iter().flatten() {
        let found = store::destinations::get(tx, user_id, *id).map(drop);
        yours("destinations", "destination", id.0, found)?;
    }
    if settings.enabled
        && matches!(settings.schedule, Schedule::Once { .. })
        && settings.first_due(tx.now()).is_none()
    {
        return Err(Error::invalid("on", "that day and time have passed, expected one to come"));
    }
    Ok(())
}
