//! Looking after links: which of them are dead. For those who want it, once a month each, some
//! every day; a link that fails is looked at again before it is believed to be dead.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::bookmark::{Bookmark, BookmarkChange};
use crate::model::id::{BookmarkId, UserId};
use crate::model::language::Language;
use crate::model::link_check::{Patience, is_answer};
use crate::model::reason::Reason;
use crate::model::time::Timestamp;
use crate::ops::bookmarks;
use crate::store::link_checks::{Failing, Place, Walk};
use crate::store::{self, Tx, Wake, WriteTx};

#[cfg(test)]
mod tests;

const DAY: Duration = Duration::from_hours(24);
/// In so many days we come by each link once.
const ROUND_DAYS: i64 = 30;
/// The most links of one person that are looked at on a day; with more than thirty times as
/// many, a round takes longer.
const A_DAY_MAX: i64 = 4_000;
/// A link taken longer ago than this was lost with its fetcher.
const LEASE: Duration = Duration::from_mins(2);
/// How long a link is left alone that was dead, or that does not tell whether it is.
const LONG_WAIT: Duration = Duration::from_hours(24 * 30);

/// What there is to do.
#[derive(Debug)]
pub enum Due {
    /// A link is to be looked at, at that host.
    Link(BookmarkId, String),
    /// Those up to a place on that walk are not.
    PassBy(Walk, Place),
    /// We are through all links of a person.
    RoundOver(UserId),
}

/// A link to be looked at.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Which.
    pub id: BookmarkId,
    /// Where it leads.
    pub url: String,
    /// What its owner reads.
    pub language: Language,
}

/// A link that counts as dead.
#[derive(Debug)]
pub struct Dead {
    /// The link.
    pub bookmark: Bookmark,
    /// How it fails.
    pub failing: Failing,
    /// When it was first found dead.
    pub dead_at: Timestamp,
}

/// Begins or ends looking after a person's links.
///
/// # Errors
/// When it cannot be stored.
pub fn set_wanted(tx: &WriteTx, user_id: UserId, wanted: bool) -> Result<()> {
    if !wanted {
        return store::link_checks::delete_walk(tx, user_id);
    }
    tx.wake(Wake::Page);
    store::link_checks::insert_walk(tx, user_id)
}

/// What is to be done next, but for links at one of the hosts in `occupied`. Those at one of the
/// hosts in `resting` have their turn on the next round.
///
/// # Errors
/// When it cannot be read.
pub fn find_due(tx: &Tx, occupied: &[String], resting: &[String]) -> Result<Option<Due>> {
    if let Some((id, host)) = store::link_checks::find_failing_due(tx, occupied)? {
        return Ok(Some(Due::Link(id, host)));
    }
    let Some(walk) = store::link_checks::find_walk_due(tx)? else { return Ok(None) };
    let Some(step) = store::link_checks::find_step(tx, &walk)? else {
        return Ok(Some(Due::RoundOver(walk.user_id)));
    };
    let is_among = |hosts: &[String]| hosts.iter().any(|h| h == step.host.trim_end_matches('.'));
    Ok(match () {
        () if !step.is_visited || is_among(resting) => Some(Due::PassBy(walk, step.place)),
        () if is_among(occupied) => None,
        () => Some(Due::Link(step.id, step.host)),
    })
}

/// Goes on to that place on a walk, unless it has been gone on with since.
///
/// # Errors
/// When it cannot be stored.
pub fn pass_by(tx: &WriteTx, walk: &Walk, place: Place) -> Result<()> {
    match store::link_checks::find_walk(tx, walk.user_id)? {
        Some(now) if now == *walk => store::link_checks::update_walk(tx, &Walk { place, ..now }),
        _ => Ok(()),
    }
}

/// Takes a link to look at it, so that nobody else does; none when it is not to be looked at now.
///
/// # Errors
/// When it cannot be stored.
pub fn claim(tx: &WriteTx, id: BookmarkId) -> Result<Option<Claimed>> {
    let is_due = match store::link_checks::find_failing(tx, id)? {
        Some(failing) if failing.due_at.is_some_and(|at| at <= tx.now()) => {
            let due_at = Some(tx.now() + LEASE);
            store::link_checks::put_failing(tx, &Failing { due_at, ..failing })?;
            true
        }
        Some(_) => false,
        None => step_on(tx, id)?,
    };
    if !is_due {
        return Ok(None);
    }
    let found = store::link_checks::address_of(tx, id)?;
    if found.is_none() {
        store::link_checks::delete_failing(tx, id)?; // It burnt meanwhile.
    }
    Ok(found.map(|(url, language)| Claimed { id, url, language }))
}

/// Goes on to that link on the walk of its owner, if it is the next there.
fn step_on(tx: &WriteTx, id: BookmarkId) -> Result<bool> {
    let Some(bookmark) = store::bookmarks::find(tx, id)? else { return Ok(false) };
    let walk = store::link_checks::find_walk(tx, bookmark.user_id)?;
    let Some(walk) = walk.filter(|walk| walk.due_at <= tx.now()) else { return Ok(false) };
    let step = store::link_checks::find_step(tx, &walk)?;
    let Some(step) = step.filter(|step| step.id == id && step.is_visited) else { return Ok(false) };
    let today = if walk.left > 0 { walk.left } else { a_day(tx, walk.user_id)? };
    let left = today - 1;
    let due_at = if left > 0 { walk.due_at } else { next_day(&walk, tx) };
    store::link_checks::update_walk(tx, &Walk { due_at, left, place: step.place, ..walk })?;
    Ok(true)
}

/// How many links of a person are looked at on a day.
fn a_day(tx: &Tx, user_id: UserId) -> Result<i64> {
    let counts = store::bookmarks::count(tx, user_id)?;
    let links = counts.all + counts.archived;
    Ok(((links + ROUND_DAYS - 1) / ROUND_DAYS).clamp(1, A_DAY_MAX))
}

/// The same time on the next day; after days without us, a day from now.
fn next_day(walk: &Walk, tx: &Tx) -> Timestamp {
    let next = walk.due_at + DAY;
    if next > tx.now() { next } else { tx.now() + DAY }
}

/// Has the next round through a person's links begin on the next day.
///
/// # Errors
/// When it cannot be stored.
pub fn end_round(tx: &WriteTx, user_id: UserId) -> Result<()> {
    let Some(walk) = store::link_checks::find_walk(tx, user_id)? else { return Ok(()) };
    let (due_at, place) = (next_day(&walk, tx), Place::default());
    store::link_checks::update_walk(tx, &Walk { due_at, left: 0, place, ..walk })
}

/// Records what looking at a link came to. What is known of its page stays as it is.
///
/// # Errors
/// When it cannot be stored.
pub fn record(tx: &WriteTx, claimed: &Claimed, seen: Result<(), Reason>) -> Result<()> {
    let id = claimed.id;
    let Some(bookmark) = store::bookmarks::find(tx, id)?.filter(|b| b.url == claimed.url) else {
        return Ok(()); // It was deleted or leads elsewhere now.
    };
    let Some(answered_at) = store::link_checks::find_answered(tx, bookmark.user_id)? else {
        return Ok(()); // Its owner wants to know no more.
    };
    if is_answer(seen) {
        store::link_checks::set_answered(tx, bookmark.user_id)?;
    }
    let Err(reason) = seen else { return store::link_checks::delete_failing(tx, id) };
    let before = store::link_checks::find_failing(tx, id)?;
    if before.as_ref().is_some_and(|failing| failing.due_at.is_none()) {
        return Ok(()); // Its owner does not want to hear of it any more.
    }
    match (before, Patience::with(reason)) {
        // It says nothing of whether the page is there.
        (None, None) => Ok(()),
        (Some(failing), None) => put_off(tx, failing, LONG_WAIT),
        // Nobody answered since it was looked at last.
        (Some(failing), Some(patience))
            if !is_answer(seen) && answered_at <= failing.checked_at =>
        {
            put_off(tx, failing, patience.wait())
        }
        (before, Some(patience)) => fail(tx, &bookmark, before, reason, patience),
    }
}

/// Has a link looked at again later, since this time told nothing.
fn put_off(tx: &WriteTx, failing: Failing, wait: Duration) -> Result<()> {
    let due_at = Some(tx.now() + wait);
    store::link_checks::put_failing(tx, &Failing { due_at, ..failing })
}

/// Counts one more failure of a link.
fn fail(
    tx: &WriteTx,
    bookmark: &Bookmark,
    before: Option<Failing>,
    reason: Reason,
    patience: Patience,
) -> Result<()> {
    let now = tx.now();
    let since = before.as_ref().map_or(now, |failing| failing.since);
    let failures = before.as_ref().map_or(1, |failing| failing.failures.saturating_add(1));
    let known = before.and_then(|failing| failing.dead_at);
    let dead_at = known.or_else(|| patience.is_over(failures, now.since(since)).then_some(now));
    let wait = if dead_at.is_some() { LONG_WAIT } else { patience.wait() };
    store::link_checks::put_failing(
        tx,
        &Failing {
            id: bookmark.id,
            user_id: bookmark.user_id,
            reason,
            failures,
            since,
            checked_at: now,
            due_at: Some(now + wait),
            dead_at,
        },
    )
}

/// Up to `limit` dead links of a person, those that died last first, from after that place on.
///
/// # Errors
/// When they cannot be read.
pub fn list(
    tx: &Tx,
    user_id: UserId,
    after: Option<(Timestamp, BookmarkId)>,
    limit: usize,
) -> Result<Vec<Dead>> {
    let mut dead = Vec::new();
    for failing in store::link_checks::list_dead(tx, user_id, after, limit)? {
        let bookmark = store::bookmarks::find(tx, failing.id)?;
        if let Some((bookmark, dead_at)) = bookmark.zip(failing.dead_at) {
            dead.push(Dead { bookmark, failing, dead_at });
        }
    }
    Ok(dead)
}

/// Has a dead link looked at again, now.
///
/// # Errors
/// `NotFound` when it is not a dead link of theirs.
pub fn look_again(tx: &WriteTx, user_id: UserId, id: BookmarkId) -> Result<()> {
    let failing = get(tx, user_id, id)?;
    tx.wake(Wake::Page);
    let due_at = Some(tx.now());
    store::link_checks::put_failing(tx, &Failing { due_at, ..failing })
}

/// Tells of a dead link no more, and looks at it no more, until its page was read again.
///
/// # Errors
/// `NotFound` when it is not a dead link of theirs.
pub fn ignore(tx: &WriteTx, user_id: UserId, id: BookmarkId) -> Result<()> {
    let failing = get(tx, user_id, id)?;
    store::link_checks::put_failing(tx, &Failing { due_at: None, ..failing })
}

/// Puts a dead link away, and tells of it no more.
///
/// # Errors
/// `NotFound` when it is not a dead link of theirs.
pub fn archive(tx: &WriteTx, user_id: UserId, id: BookmarkId) -> Result<()> {
    ignore(tx, user_id, id)?;
    let change = BookmarkChange { archived: Some(true), ..BookmarkChange::default() };
    bookmarks::change(tx, user_id, id, &change).map(drop)
}

fn get(tx: &Tx, user_id: UserId, id: BookmarkId) -> Result<Failing> {
    let found = store::link_checks::find_failing(tx, id)?;
    found
        .filter(|failing| failing.user_id == user_id)
        .filter(|failing| failing.dead_at.is_some() && failing.due_at.is_some())
        .ok_or(Error::NotFound("dead link"))
}
