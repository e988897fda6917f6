//! Feeds for those who want no push: switching them on and off, keeping what reminders told,
//! and what a calendar and a feed reader are to show.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::feed::{Item, Pass, Planned};
use crate::model::id::{FiringId, UserId};
use crate::model::language::Language;
use crate::model::message::{NamedLink, Waiting};
use crate::model::reminder::{Pick, PickOrder, Reminder, Target};
use crate::model::user::User;
use crate::store::{self, Tx, WriteTx};

/// How long a feed tells of a firing.
const TOLD_FOR: Duration = Duration::from_hours(24 * 30);
/// The most firings that a feed tells of.
const ITEMS_MAX: usize = 50;

/// What stands in the addresses of a person's feeds; `None` while they want none.
pub fn pass(tx: &Tx, user_id: UserId) -> Result<Option<String>> {
    let Some(nonce) = store::feeds::nonce(tx, user_id)? else { return Ok(None) };
    Ok(Some(Pass { user_id, nonce }.sign(&store::acts::key(tx)?)))
}

/// Whose feeds a pass opens.
///
/// # Errors
/// `NotFound` when it is not ours, or those addresses have ended.
pub fn open(tx: &Tx, pass: &str) -> Result<User> {
    let pass = Pass::verify(pass, &store::acts::key(tx)?).ok_or(Error::NotFound("feed"))?;
    if store::feeds::nonce(tx, pass.user_id)? != Some(pass.nonce) {
        return Err(Error::NotFound("feed"));
    }
    store::users::get(tx, pass.user_id)
}

/// Switches a person's feeds on, or has them at new addresses, where those before end; returns
/// what stands in the new ones.
pub fn renew(tx: &WriteTx, user_id: UserId) -> Result<Option<String>> {
    store::feeds::draw_nonce(tx, user_id)?;
    pass(tx, user_id)
}

/// Ends a person's feeds, and forgets what they told.
pub fn switch_off(tx: &WriteTx, user_id: UserId) -> Result<()> {
    store::feeds::clear_nonce(tx, user_id)?;
    store::feeds::delete(tx, user_id)
}

/// Keeps what a firing tells a person who wants feeds.
pub(super) fn record(
    tx: &WriteTx,
    reminder: &Reminder,
    id: FiringId,
    language: Language,
) -> Result<()> {
    let settings = &reminder.settings;
    let (picked, count) =
        store::bookmarks::waiting(tx, reminder.user_id, settings.target, settings.pick)?;
    let links: Vec<_> = picked.into_iter().map(|bookmark| bookmark.id).collect();
    let name = super::reminders::title(tx, reminder, language)?;
    store::feeds::insert(tx, reminder.user_id, id, &name, count, &links)
}

/// The firings that a person's feed tells of, newest first.
pub fn items(tx: &Tx, user_id: UserId) -> Result<Vec<Item>> {
    let told = store::feeds::list(tx, user_id, tx.now() - TOLD_FOR, ITEMS_MAX)?;
    let item = |told: store::feeds::Told| {
        let links = store::bookmarks::find_all(tx, &told.links)?;
        let links = links.into_iter().map(NamedLink::from).collect();
        let target = store::reminders::get(tx, user_id, told.fired.id)?.settings.target;
        let waiting = Waiting { links, count: told.waiting };
        Ok(Item { id: told.id, fired: told.fired, target, waiting })
    };
    told.into_iter().map(item).collect()
}

/// The reminders that a person's calendar shows: those that are on, with what waits for them.
pub fn planned(tx: &Tx, user: &User) -> Result<Vec<Planned>> {
    let mut reminders = store::reminders::list(tx, user.id)?;
    reminders.retain(|reminder| reminder.settings.enabled);
    // In an order that firing does not change.
    reminders.sort_unstable_by_key(|reminder| reminder.id);
    // Many reminders are about the same few things.
    let mut known: Vec<((Target, PickOrder), Waiting)> = Vec::new();
    let mut planned = Vec::with_capacity(reminders.len());
    for reminder in reminders {
        let about = (reminder.settings.target, settled(reminder.settings.pick.order));
        let waiting = match known.iter().find(|(other, _)| *other == about) {
            Some((_, waiting)) => waiting.clone(),
            None => {
                let waiting = waiting(tx, user.id, about)?;
                known.push((about, waiting.clone()));
                waiting
            }
        };
        let name = super::reminders::title(tx, &reminder, user.language)?;
        planned.push(Planned { reminder, name, waiting });
    }
    Ok(planned)
}

/// An order in which nothing changes by looking again.
fn settled(order: PickOrder) -> PickOrder {
    if order == PickOrder::Random { PickOrder::Oldest } else { order }
}

fn waiting(tx: &Tx, user_id: UserId, about: (Target, PickOrder)) -> Result<Waiting> {
    let (target, order) = about;
    let pick = Pick { order, ..Pick::default() };
    let (picked, count) = store::bookmarks::waiting(tx, user_id, target, pick)?;
    Ok(Waiting { links: picked.into_iter().map(NamedLink::from).collect(), count })
}
