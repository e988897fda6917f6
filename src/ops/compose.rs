//! What a delivery says, by what is the case when it is first sent.

use std::time::Duration;

use crate::error::Result;
use crate::model::act::{Act, Ticket};
use crate::model::bookmark::Bookmark;
use crate::model::id::{DeliveryId, ReminderId, UserId};
use crate::model::language::Language;
use crate::model::message::{Button, FiredReminder, Message, NamedLink, Waiting, Words};
use crate::model::reminder::{Settings, Target, WhenEmpty};
use crate::model::seal;
use crate::model::time::Slot;
use crate::store::outbox::Queued;
use crate::store::{self, Tx};

/// How long the buttons of a message work.
const BUTTONS_LIFETIME: Duration = Duration::from_hours(24 * 30);

/// What a delivery says; `None` when that is nothing.
pub(super) fn message(tx: &Tx, queued: &Queued, language: Language) -> Result<Option<Message>> {
    if queued.is_test {
        return Ok(Some(Message::of_test(tx.now(), language)));
    }
    let key = store::acts::key(tx)?;
    let message = match queued.failing_id {
        Some(id) => {
            let failing = store::destinations::get(tx, queued.user_id, id)?;
            let of =
                |reason: &str| Message::of_failing(id, &failing.name, reason, tx.now(), language);
            failing.failing_reason.as_deref().map(of)
        }
        None => of_reminders(tx, queued, &key, language)?,
    };
    let message = match queued.burns_at {
        Some(at) => super::burning::add_to(tx, queued.user_id, message, at, language)?,
        None => message,
    };
    let Some(message) = message else { return Ok(None) };
    let stop_path = Some(act_path(tx, &key, queued, Act::Stop));
    Ok(Some(Message { stop_path, ..message }))
}

/// What a reminder with these settings would say if it came now.
pub fn preview(
    tx: &Tx,
    user_id: UserId,
    settings: &Settings,
    language: Language,
) -> Result<Message> {
    let (found, count) = store::bookmarks::waiting(tx, user_id, settings.target, settings.pick)?;
    let links = found.into_iter().map(NamedLink::from).collect();
    let fired = FiredReminder {
        id: ReminderId(0),
        name: super::reminders::called(tx, user_id, settings, language)?,
        slot: Slot::shown(tx.now(), &settings.zone),
        due_at: tx.now(),
        fired_at: tx.now(),
        missed: 0,
    };
    let waiting = Waiting { links, count };
    Ok(Message::of_reminders(DeliveryId(0), &[fired], waiting, language))
}

/// What the reminders that fired have to say.
fn of_reminders(
    tx: &Tx,
    queued: &Queued,
    key: &[u8],
    language: Language,
) -> Result<Option<Message>> {
    let mut fired: Vec<FiredReminder> = Vec::new();
    let mut picked: Vec<Bookmark> = Vec::new();
    // Each target once, with how many links wait there.
    let mut told: Vec<(Target, usize)> = Vec::new();
    for mut firing in store::deliveries::list_fired(tx, queued.id)? {
        let reminder = store::reminders::get(tx, queued.user_id, firing.id)?;
        let settings = &reminder.settings;
        let (found, count) =
            store::bookmarks::waiting(tx, queued.user_id, settings.target, settings.pick)?;
        if count == 0 && settings.when_empty == WhenEmpty::Skip {
            continue;
        }
        for bookmark in found {
            if !picked.iter().any(|other| other.id == bookmark.id) {
                picked.push(bookmark);
            }
        }
        if count > 0 && !told.contains(&(settings.target, count)) {
            told.push((settings.target, count));
        }
        firing.name = super::reminders::title(tx, &reminder, language)?;
        fired.push(firing);
    }
    if fired.is_empty() {
        return Ok(None);
    }
    // "All" counts everything; folders inside one another count twice.
    let all = told.iter().find(|(target, _)| *target == Target::All).map(|(_, count)| *count);
    let count = all.unwrap_or_else(|| told.iter().map(|(_, count)| count).sum());
    let picture = picked.iter().find_map(|bookmark| bookmark.page.picture.as_ref());
    let picture_path = picture.map(|picture| format!("/pictures/{}", seal::seal(picture, key)));
    let links: Vec<NamedLink> = picked.into_iter().map(NamedLink::from).collect();
    let count = count.max(links.len());
    let words = Words::of(language);
    let button = |act| Button { act, label: words.act(act), path: act_path(tx, key, queued, act) };
    // Nothing to be done is nothing to be marked as done.
    let acts = Act::BUTTONS.into_iter().filter(|act| *act != Act::Done || !links.is_empty());
    let buttons = acts.map(button).collect();
    let message = Message::of_reminders(queued.id, &fired, Waiting { links, count }, language);
    Ok(Some(Message { picture_path, buttons, ..message }))
}

fn act_path(tx: &Tx, key: &[u8], queued: &Queued, act: Act) -> String {
    let ticket = Ticket { delivery_id: queued.id, act, expires_at: tx.now() + BUTTONS_LIFETIME };
    format!("/act/{}", ticket.sign(key))
}
