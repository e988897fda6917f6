//! Setting reminders, and firing them when their time has come.

use crate::error::{Error, Result};
use crate::model::delivery::{LIFETIME_MAX, WAITING_MAX};
use crate::model::destination::Destination;
use crate::model::event::Event;
use crate::model::id::{FiringId, ReminderId, UserId};
use crate::model::language::Language;
use crate::model::message::Words;
use crate::model::recurrence::{Due, Schedule};
use crate::model::reminder::{self, Reminder, Settings, Target, WhenEmpty};
use crate::model::text;
use crate::model::time::{Slot, Timestamp};
use crate::store::deliveries::NewDelivery;
use crate::store::users::Wishes;
use crate::store::{self, Tx, Wake, WriteTx};

/// How many reminders a person may have, unless the server is told otherwise.
pub const MAX_PER_USER: usize = 200;
/// The most reminders that fire in one transaction.
const BATCH: usize = 512;
/// How many names a snooze tries: an hour's, which is as long as a clock repeats.
const SNOOZE_NAMES_MAX: usize = 60;

/// Sets a new reminder, for somebody who may have `limit` of them.
///
/// # Errors
/// `Invalid` when its target, a destination or its time cannot be used, or there are too many.
pub fn set(tx: &WriteTx, user_id: UserId, settings: &Settings, limit: usize) -> Result<Reminder> {
    check(tx, user_id, settings)?;
    settings.check_date(tx.now())?;
    if store::reminders::count(tx, user_id)? >= limit as i64 {
        return Err(Error::invalid(
            "reminders",
            format!("there are {limit} already, delete one first"),
        ));
    }
    let next = settings.first_due(tx.now());
    let id = store::reminders::insert(tx, user_id, settings, next)?;
    wake_at(tx, user_id, next.map(|(_, at)| at));
    store::reminders::get(tx, user_id, id)
}

/// Changes a reminder. One that is to come at other times starts anew from now, so that nothing
/// fires in the past; any other keeps the slot it waits for, even one that is overdue.
///
/// # Errors
/// As [`set`]; also `NotFound` when it is not theirs.
pub fn change(
    tx: &WriteTx,
    user_id: UserId,
    id: ReminderId,
    settings: &Settings,
) -> Result<Reminder> {
    let before = store::reminders::get(tx, user_id, id)?;
    check(tx, user_id, settings)?;
    let next = if settings.comes_as(&before.settings) {
        before.next
    } else {
        settings.check_date(tx.now())?;
        settings.first_due(tx.now())
    };
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

/// Has a reminder come once more at `at`, or, with `None`, takes that back. Its slots stay
/// where they are.
///
/// # Errors
/// `NotFound` when it is not theirs, `Conflict` when it is off, `Invalid` when `at` has passed
/// or is too far ahead.
pub fn snooze(
    tx: &WriteTx,
    user_id: UserId,
    id: ReminderId,
    at: Option<Timestamp>,
) -> Result<Reminder> {
    let reminder = store::reminders::get(tx, user_id, id)?;
    if at.is_some() && !reminder.settings.enabled {
        return Err(Error::Conflict("the reminder is off, switch it on first".into()));
    }
    let until = at.map(|at| reminder::snooze_until(at, tx.now())).transpose()?;
    store::reminders::set_snoozed(tx, id, until)?;
    wake_at(tx, user_id, until);
    store::reminders::get(tx, user_id, id)
}

/// Has a reminder that was away go on with what comes next; what it missed meanwhile is not made
/// up for.
pub(super) fn resume(tx: &WriteTx, user_id: UserId, id: ReminderId) -> Result<()> {
    let Reminder { settings, next, snoozed_until, .. } = store::reminders::get(tx, user_id, id)?;
    let waiting = next.map(|(slot, _)| (slot, slot.instant(&settings.zone)));
    let next = waiting.filter(|(_, at)| *at > tx.now()).or_else(|| settings.first_due(tx.now()));
    let snoozed_until = snoozed_until.filter(|at| *at > tx.now());
    store::reminders::advance(tx, id, next, snoozed_until, false)?;
    wake_at(tx, user_id, next.map(|(_, at)| at).into_iter().chain(snoozed_until).min());
    Ok(())
}

/// What all reminders of a person that fire together share.
struct Round {
    /// When their pushes may go out.
    opens_at: Timestamp,
    /// Where they may go; none while pushes are switched off.
    destinations: Vec<Destination>,
    /// Who is told that they fired, pushed or not.
    hooks: Vec<Destination>,
    language: Language,
    /// The midnight of which they are to be told what burns at it.
    burns_at: Option<Timestamp>,
    /// Whether what they tell is kept for a feed.
    has_feeds: bool,
}

impl Round {
    fn of(tx: &Tx, user_id: UserId, wishes: &Wishes, all: Vec<Destination>) -> Result<Self> {
        let opens_at = wishes.quiet_until(tx.now()).unwrap_or(tx.now());
        let burns_at =
            if wishes.has_ash { super::burning::untold(tx, user_id, opens_at)? } else { None };
        let is_told = |to: &&Destination| to.events.has(Event::ReminderFired);
        Ok(Self {
            opens_at,
            hooks: all.iter().filter(is_told).cloned().collect(),
            destinations: all.into_iter().filter(|to| wishes.push_on && to.pushes).collect(),
            language: wishes.language,
            burns_at,
            has_feeds: wishes.has_feeds,
        })
    }
}

/// Fires the reminders of these people that have come due: their deliveries enter the outbox and
/// their next slots are stored, all or nothing. Returns when those are due again, and for whom;
/// where there were too many for one transaction, that is now for the people who come last. What
/// all of them need is asked for at once.
pub fn fire_due(tx: &WriteTx, users: &[UserId]) -> Result<Vec<(Timestamp, UserId)>> {
    let due = store::reminders::list_due(tx, users, BATCH)?;
    let wishes = store::users::list_wishes(tx, users)?;
    let mut destinations = store::destinations::list_of_users(tx, users)?;
    let mut next = Vec::with_capacity(due.len());
    for of_one in due.chunk_by(|one, next| one.user_id == next.user_id) {
        let [Reminder { user_id, .. }, ..] = *of_one else { continue };
        let theirs = destinations.remove(&user_id).unwrap_or_default();
        let wishes = wishes.get(&user_id).ok_or(Error::NotFound("user"))?;
        let round = Round::of(tx, user_id, wishes, theirs)?;
        for reminder in of_one {
            next.extend(fire(tx, &round, reminder)?.map(|at| (at, user_id)));
        }
    }
    if let Some(last) = due.last().filter(|_| due.len() == BATCH) {
        let left = users.iter().filter(|id| **id >= last.user_id);
        next.extend(left.map(|id| (tx.now(), *id)));
    }
    Ok(next)
}

/// Fires one of them. Returns when it is due again, by its slot or its snooze.
fn fire(tx: &WriteTx, round: &Round, reminder: &Reminder) -> Result<Option<Timestamp>> {
    let Settings { schedule, zone, target, when_empty, .. } = &reminder.settings;
    let due = reminder.next.and_then(|(waiting, _)| schedule.due(zone, waiting, tx.now()));
    // One whose zone's rules were changed may come later than was stored.
    let next = due.map_or(reminder.next.map(|(slot, _)| slot), |due| due.next);
    let next = next.map(|slot| (slot, slot.instant(zone)));
    let skipped = !store::bookmarks::is_any_waiting(tx, reminder.user_id, *target)?
        && *when_empty == WhenEmpty::Skip;
    let mut firing = None;
    if let Some((due, (waiting, _))) = due.zip(reminder.next) {
        firing = fire_newest(tx, reminder, waiting, due, skipped)?;
    }
    // One that comes by itself answers its snooze as well.
    if let Some(at) = reminder.snoozed_until.filter(|at| firing.is_none() && *at <= tx.now()) {
        firing = fire_snoozed(tx, reminder, at, skipped)?;
    }
    let snoozed_until = reminder.snoozed_until.filter(|at| *at > tx.now());
    store::reminders::advance(tx, reminder.id, next, snoozed_until, firing.is_some())?;
    let again_at = next.map(|(_, at)| at).into_iter().chain(snoozed_until).min();
    let Some(firing_id) = firing.filter(|_| !skipped) else { return Ok(again_at) };
    if round.has_feeds {
        super::feeds::record(tx, reminder, firing_id, round.language)?;
    }
    super::hooks::tell_fired(tx, &round.hooks, reminder, firing_id, round.language)?;
    enqueue(tx, round, reminder, firing_id, next.map(|(_, at)| at))?;
    Ok(again_at)
}

/// Fires the newest slot that is due. One that fired before, when an edit or a clock that was set
/// back brought it again, is done with, and then the one before it stands for what was missed.
fn fire_newest(
    tx: &WriteTx,
    reminder: &Reminder,
    waiting: Slot,
    due: Due,
    skipped: bool,
) -> Result<Option<FiringId>> {
    let Settings { schedule, zone, .. } = &reminder.settings;
    let fire = |slot: Slot, missed| {
        store::firings::insert(tx, reminder.id, slot, slot.instant(zone), missed, skipped)
    };
    let firing = fire(due.slot, due.missed)?;
    if firing.is_some() || due.missed == 0 {
        return Ok(firing);
    }
    let slots = std::iter::successors(Some(waiting), |slot| schedule.next_slot(*slot));
    let before: Vec<(Slot, u32)> = slots.zip(0..due.missed).collect();
    for (slot, missed) in before.into_iter().rev() {
        let firing = fire(slot, missed)?;
        if firing.is_some() {
            return Ok(firing);
        }
    }
    Ok(None)
}

/// Fires the snooze of a reminder under the local time it is for, unless a firing of that
/// very instant is there already.
fn fire_snoozed(
    tx: &WriteTx,
    reminder: &Reminder,
    at: Timestamp,
    skipped: bool,
) -> Result<Option<FiringId>> {
    let mut slot = Slot::shown(at, &reminder.settings.zone);
    // In an hour that comes twice the name may be taken by the first; the next one that is
    // free is as good.
    for _ in 0..SNOOZE_NAMES_MAX {
        let firing = store::firings::insert(tx, reminder.id, slot, at, 0, skipped)?;
        if firing.is_some() || store::firings::find_due_at(tx, reminder.id, slot)? == Some(at) {
            return Ok(firing);
        }
        slot = slot.next_minute();
    }
    Ok(None)
}

/// Puts one delivery to each destination of a reminder into the outbox. What else fires for
/// that person in the same minute, or waits for the end of the same quiet hours, joins it
/// while nothing of it was rendered.
fn enqueue(
    tx: &WriteTx,
    round: &Round,
    reminder: &Reminder,
    firing_id: FiringId,
    next_at: Option<Timestamp>,
) -> Result<()> {
    let minute_at = round.opens_at.minute();
    let about = title(tx, reminder, round.language)?;
    // Quiet hours cost a push nothing of its time.
    let quiet = round.opens_at.since(tx.now());
    let deadline_at = deadline(&reminder.settings, next_at, tx.now()) + quiet;
    let chosen = reminder.settings.destinations.as_ref();
    let is_chosen = |to: &&Destination| chosen.is_none_or(|ids| ids.contains(&to.id));
    for destination in round.destinations.iter().filter(is_chosen) {
        let line = store::deliveries::waiting_for(tx, destination.id, minute_at)?;
        let id = match line.joinable {
            Some(id) => {
                store::deliveries::extend(tx, id, &about, deadline_at)?;
                id
            }
            None => {
                let new = NewDelivery {
                    destination,
                    is_test: false,
                    failing_id: None,
                    burns_at: None,
                    about: &about,
                    minute_at,
                    due_at: round.opens_at,
                    deadline_at,
                };
                if line.pushes >= WAITING_MAX {
                    let reason = "too many newer ones wait for that destination";
                    store::deliveries::expire_oldest(tx, destination.id, WAITING_MAX - 1, reason)?;
                }
                store::deliveries::insert(tx, &new)?
            }
        };
        store::deliveries::add_firing(tx, id, firing_id)?;
        if let Some(burns_at) = round.burns_at {
            store::deliveries::set_burns_at(tx, id, burns_at)?;
            store::burning::set_told(tx, reminder.user_id, burns_at)?;
        }
        tx.wake(Wake::Outbox);
    }
    Ok(())
}

/// What a reminder is called, else what it is about.
pub fn title(tx: &Tx, reminder: &Reminder, language: Language) -> Result<String> {
    called(tx, reminder.user_id, &reminder.settings, language)
}

/// What one of that user with these settings is called, else what it is about.
pub fn called(tx: &Tx, user_id: UserId, settings: &Settings, language: Language) -> Result<String> {
    if !settings.name.is_empty() {
        return Ok(settings.name.clone());
    }
    Ok(match settings.target {
        Target::All => Words::of(language).time_to_read().to_owned(),
        Target::Folder(id) => store::folders::get(tx, user_id, id)?.title,
        Target::Tag(id) => format!("#{}", store::tags::get(tx, user_id, id)?.name),
        Target::Bookmark(id) => {
            let bookmark = store::bookmarks::get(tx, user_id, id)?;
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
        Target::Tag(id) => {
            yours("target", "tag", id.0, store::tags::get(tx, user_id, id).map(drop))?;
        }
        Target::Bookmark(id) => {
            yours("target", "bookmark", id.0, store::bookmarks::get(tx, user_id, id).map(drop))?;
        }
    }
    for id in settings.destinations.iter().flatten() {
        let found = store::destinations::get(tx, user_id, *id).map(drop);
        yours("destinations", "destination", id.0, found)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::reminder::Pick;
    use crate::model::time::Zone;
    use crate::store::testing::Memory;

    #[test]
    fn more_than_fit_in_one_transaction_come_in_the_next_and_none_comes_twice() {
        let mut db = Memory::open();
        let settings = Settings {
            name: "Evening".into(),
            target: Target::All,
            schedule: Schedule::Weekly {
                days: "mon,tue,wed,thu,fri,sat,sun".parse().unwrap(),
                at: "09:30".parse().unwrap(),
            },
            zone: Zone::UTC,
            pick: Pick::default(),
            when_empty: WhenEmpty::Send,
            enabled: true,
            destinations: None,
        };
        let mut all = Vec::new();
        let users = db.write(|tx| {
            ["mina", "jun", "sora", "hana"]
                .map(|name| {
                    let user = store::users::insert(tx, name, "", true, &Zone::UTC)?;
                    for _ in 0..MAX_PER_USER {
                        all.push(set(tx, user, &settings, MAX_PER_USER)?.id);
                    }
                    Ok(user)
                })
                .into_iter()
                .collect::<Result<Vec<_>>>()
        });
        let users = users.unwrap();
        db.now = "2026-03-08T09:30:00Z".parse().unwrap();
        let mut fire = |users: &[UserId]| db.write(|tx| fire_due(tx, users)).unwrap();

        let next = fire(&users);
        let now = "2026-03-08T09:30:00Z".parse().unwrap();
        let left: Vec<UserId> =
            next.iter().filter(|(at, _)| *at == now).map(|(_, user_id)| *user_id).collect();
        assert_eq!((left.as_slice(), next.len()), (&users[2..], BATCH + 2));
        let next = fire(&left);
        assert_eq!(next.len(), all.len() - BATCH);
        assert!(next.iter().all(|(at, _)| *at > now), "{next:?}");
        assert_eq!(fire(&users), []);
        let fired = |id| db.read(|tx| store::firings::count(tx, id)).unwrap();
        assert!(all.iter().all(|id| fired(*id) == 1));
    }
}
