//! Burning: what is announced at midnight, told on the day before, and turned to ash.

use crate::error::Result;
use crate::model::burning;
use crate::model::event::Event;
use crate::model::id::{FolderId, UserId};
use crate::model::language::Language;
use crate::model::message::{Message, NAMED_MAX, NamedLink, Waiting, Words};
use crate::model::time::Timestamp;
use crate::store::burning::Watch;
use crate::store::deliveries::NewDelivery;
use crate::store::{self, Tx, Wake, WriteTx};

/// The most links that are burnt or announced in one transaction, so that others need not wait
/// for long.
const PIECE: usize = 500;

/// Does one piece of what is due: looks at one person's links, or tells one person what was
/// announced. Returns when there is more to do.
pub fn step(tx: &WriteTx) -> Result<Option<Timestamp>> {
    // Whoever is told is told all, so nobody is told while their links are still looked at.
    if let Some(watch) = store::burning::find_to_look(tx)? {
        look(tx, &watch)?;
    } else if let Some(watch) = store::burning::find_to_tell(tx)? {
        tell(tx, &watch)?;
    }
    store::burning::next_work_at(tx)
}

/// Burns what was announced and told for now, and announces what burns next. What was announced
/// but never told, since the server was down on that day, is announced anew.
fn look(tx: &WriteTx, watch: &Watch) -> Result<()> {
    let (user_id, told_for) = (watch.user_id, watch.told_for);
    let quiet_hours = store::users::get(tx, user_id)?.quiet_hours;
    let notice = burning::notice(tx.now(), &watch.zone, &quiet_hours, told_for);
    let mut room = PIECE;
    let burnt = store::burning::burn(tx, user_id, told_for, room)?;
    room -= burnt.len();
    super::hooks::tell_many(tx, user_id, Event::BookmarkUpdated, &burnt)?;
    // What is left of this midnight once the rest is burnt.
    if room > 0 {
        room -= store::burning::put_off(tx, user_id, notice.burns_at, room)?;
    }
    for rule in store::burning::list_rules(tx, user_id)? {
        if room == 0 {
            return Ok(()); // Still due: there may be more.
        }
        let since = burning::unread_since(notice.burns_at, rule.days, &watch.zone);
        let (folder_id, burns_at) = (rule.folder_id, notice.burns_at);
        room -= store::burning::announce(tx, user_id, folder_id, since, burns_at, room)?;
    }
    if room > 0 {
        let untold = store::burning::is_any_untold(tx, user_id, told_for)?;
        store::burning::set_tell_at(tx, user_id, untold.then_some(notice.tell_at))?;
        let look_at = burning::next_midnight(tx.now(), &watch.zone);
        store::burning::set_look_at(tx, user_id, look_at)?;
    }
    Ok(())
}

/// Puts a push of its own into the outbox that tells what burns at the coming midnight. To
/// somebody who cannot be pushed, our pages tell it.
fn tell(tx: &WriteTx, watch: &Watch) -> Result<()> {
    let (user_id, burns_at) = (watch.user_id, burning::next_midnight(tx.now(), &watch.zone));
    store::burning::set_told(tx, user_id, burns_at)?;
    let wishes = store::users::wishes(tx, user_id)?;
    if !wishes.push_on || store::burning::count(tx, user_id, burns_at)? == 0 {
        return Ok(());
    }
    for destination in store::destinations::list(tx, user_id)?.into_iter().filter(|to| to.pushes) {
        let new = NewDelivery {
            destination: &destination,
            is_test: false,
            failing_id: None,
            burns_at: Some(burns_at),
            about: Words::of(wishes.language).ash(),
            minute_at: tx.now().minute(),
            due_at: tx.now(),
            deadline_at: burns_at,
        };
        store::deliveries::insert(tx, &new)?;
        tx.wake(Wake::Outbox);
    }
    Ok(())
}

/// The coming midnight, if a push that goes out at `opens_at` should tell somebody what burns
/// at it: they were not told yet, and it comes in time.
pub(super) fn untold(tx: &Tx, user_id: UserId, opens_at: Timestamp) -> Result<Option<Timestamp>> {
    let Some(watch) = store::burning::find(tx, user_id)? else { return Ok(None) };
    let burns_at = burning::next_midnight(tx.now(), &watch.zone);
    let is_today = watch.tell_at.is_some_and(|tell_at| tell_at < burns_at) && opens_at < burns_at;
    let tells = is_today && store::burning::count(tx, user_id, burns_at)? > 0;
    Ok(tells.then_some(burns_at))
}

/// What a push about a midnight says beside what it says anyway; nothing once that has passed,
/// or all of it was read.
pub(super) fn add_to(
    tx: &Tx,
    user_id: UserId,
    message: Option<Message>,
    burns_at: Timestamp,
    language: Language,
) -> Result<Option<Message>> {
    if burns_at <= tx.now() {
        return Ok(message);
    }
    let count = store::burning::count(tx, user_id, burns_at)?;
    let Ok(count @ 1..) = usize::try_from(count) else { return Ok(message) };
    if let Some(message) = message {
        return Ok(Some(message.with_burning(count)));
    }
    let ids = store::burning::list(tx, user_id, burns_at, NAMED_MAX)?;
    let links = store::bookmarks::find_all(tx, &ids)?.into_iter().map(NamedLink::from).collect();
    Ok(Some(Message::of_burning(Waiting { links, count }, tx.now(), language)))
}

/// Sets after how many days a person's links burn where no folder says otherwise; `None` or 0
/// is never.
pub fn set_default(tx: &WriteTx, user_id: UserId, days: Option<u16>) -> Result<()> {
    change_rules(tx, user_id, || {
        store::users::set_burn_after(tx, user_id, days.filter(|days| *days > 0))
    })
}

/// Makes a change that may change what of a person's burns when. What was announced by a rule
/// that holds no more is taken back, so that nothing burns by a new one without a notice of
/// its own.
pub(super) fn change_rules<T>(
    tx: &WriteTx,
    user_id: UserId,
    change: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let before = store::burning::list_rules(tx, user_id)?;
    let value = change()?;
    let after = store::burning::list_rules(tx, user_id)?;
    let ended: Vec<Option<FolderId>> =
        before.difference(&after).map(|rule| rule.folder_id).collect();
    if !ended.is_empty() {
        store::burning::take_back(tx, user_id, &ended)?;
    }
    if after.is_empty() {
        store::burning::unwatch(tx, user_id)?;
    } else {
        let zone = store::users::get(tx, user_id)?.zone;
        store::burning::watch(tx, user_id, burning::next_midnight(tx.now(), &zone))?;
    }
    Ok(value)
}

/// Has a person's links looked at by the midnights of the zone they are in now. What was
/// announced never burns earlier than it was announced for.
pub(super) fn change_zone(tx: &WriteTx, user_id: UserId) -> Result<()> {
    let zone = store::users::get(tx, user_id)?.zone;
    store::burning::set_look_at(tx, user_id, burning::next_midnight(tx.now(), &zone))
}
