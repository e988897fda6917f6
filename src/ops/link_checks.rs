//! Looking after links: which of them are dead. For those who want it, once a month each, some
//! every day; a link that fails is looked at again before it is believed to be dead.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::bookmark::Bookmark;
use crate::model::id::{BookmarkId, UserId};
use crate::model::language::Language;
use crate::model::link_check::{Patience, is_answer};
use crate::model::reason::Reason;
use crate::model::time::Timestamp;
use crate::store::link_checks::{Failing, Place, Walk};
use crate::store::{self, Tx, Wake, WriteTx};

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

fn get(tx: &Tx, user_id: UserId, id: BookmarkId) -> Result<Failing> {
    let found = store::link_checks::find_failing(tx, id)?;
    found
        .filter(|failing| failing.user_id == user_id)
        .filter(|failing| failing.dead_at.is_some() && failing.due_at.is_some())
        .ok_or(Error::NotFound("dead link"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bookmark::{Link, NewBookmark};
    use crate::model::page::{PageCard, PageState};
    use crate::model::time::Zone;
    use crate::ops;
    use crate::store::testing::Memory;

    fn world() -> (Memory, UserId) {
        let mut db = Memory::open();
        let user =
            db.write(|tx| ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)).unwrap();
        (db, user)
    }

    /// Saves a link whose page was read.
    fn save(db: &mut Memory, user: UserId, url: &str) -> BookmarkId {
        let new = NewBookmark::of(Link::parse(url).unwrap());
        db.write(|tx| {
            let id = ops::bookmarks::save(tx, user, &new)?.bookmark.id;
            store::pages::set(tx, id, &PageCard::default())?;
            store::pages::set_due(tx, id, None, 0)?;
            store::pages::set_state(tx, id, PageState::Ready, None)?;
            Ok(id)
        })
        .unwrap()
    }

    /// Takes what is due now and sees it alive; the ids, in order.
    fn look(db: &mut Memory) -> Vec<i64> {
        let mut seen = Vec::new();
        while let Some(due) = db.read(|tx| find_due(tx, &[])).unwrap() {
            match due {
                Due::Link(id, _) => {
                    assert!(db.write(|tx| claim(tx, id)).unwrap().is_some());
                    assert!(db.write(|tx| claim(tx, id)).unwrap().is_none(), "it was taken");
                    db.write(|tx| record(tx, id, Ok(()))).unwrap();
                    seen.push(id.0);
                }
                Due::RoundOver(user) => db.write(|tx| end_round(tx, user)).unwrap(),
            }
            assert!(seen.len() < 10_000, "it goes on for ever");
        }
        seen
    }

    #[test]
    fn each_link_is_looked_at_once_a_month_and_some_every_day() {
        let (mut db, user) = world();
        for n in 0..70 {
            db.now = db.now + Duration::from_secs(1);
            save(&mut db, user, &format!("https://a.example/{n}"));
        }
        assert!(look(&mut db).is_empty(), "nobody wants it");
        db.write(|tx| set_wanted(tx, user, true)).unwrap();
        let mut seen = Vec::new();
        for day in 0..30 {
            let today = look(&mut db);
            assert!(today.len() <= 3, "day {day}: {today:?}");
            assert!(look(&mut db).is_empty());
            seen.extend(today);
            db.now = db.now + DAY;
        }
        let mut once = seen[..70].to_vec();
        once.sort_unstable();
        assert_eq!(once, (1..=70).collect::<Vec<_>>());
        assert!(seen.len() <= 90);
        db.now = db.now + DAY * 10;
        assert!(look(&mut db).len() <= 3, "days without us are not made up for");
        db.write(|tx| set_wanted(tx, user, false)).unwrap();
        db.now = db.now + DAY * 10;
        assert!(look(&mut db).is_empty());
    }

    #[test]
    fn what_nobody_asked_us_to_visit_is_left_alone() {
        let (mut db, user) = world();
        let plain = save(&mut db, user, "https://a.example/");
        let unread = NewBookmark {
            fetch: false,
            ..NewBookmark::of(Link::parse("https://private.example/").unwrap())
        };
        db.write(|tx| ops::bookmarks::save(tx, user, &unread)).unwrap();
        let waiting = NewBookmark::of(Link::parse("https://waiting.example/").unwrap());
        db.write(|tx| ops::bookmarks::save(tx, user, &waiting)).unwrap();
        let ash = save(&mut db, user, "https://ash.example/");
        let archived = save(&mut db, user, "https://archived.example/");
        let other =
            db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
        save(&mut db, other, "https://a.example/");
        db.write(|tx| {
            let mut burnt = store::bookmarks::get(tx, user, ash)?;
            burnt.burnt_at = Some(tx.now());
            store::bookmarks::update(tx, &burnt)?;
            let mut away = store::bookmarks::get(tx, user, archived)?;
            away.set_archived(true, tx.now());
            store::bookmarks::update(tx, &away)?;
            set_wanted(tx, user, true)
        })
        .unwrap();
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.extend(look(&mut db));
            db.now = db.now + DAY;
        }
        assert_eq!(seen[..2], [plain.0, archived.0]);
        assert!(seen.iter().all(|id| [plain.0, archived.0].contains(id)), "{seen:?}");
    }

    #[test]
    fn a_link_is_dead_after_enough_failures_and_alive_after_one_success() {
        let days = |days| Duration::from_hours(24 * days);
        let gone = Err(Reason::Gone(404));
        let lost = Err(Reason::NoSuchHost);
        let busy = Err(Reason::Busy(429));
        let check = |looks: &[(u64, Result<(), Reason>)], expected: &[bool]| {
            let (mut db, user) = world();
            let id = save(&mut db, user, "https://a.example/");
            let start = db.now;
            let dead: Vec<bool> = looks
                .iter()
                .map(|(day, seen)| {
                    db.now = start + days(*day);
                    db.write(|tx| record(tx, id, *seen)).unwrap();
                    !db.read(|tx| list(tx, user, None, 9)).unwrap().is_empty()
                })
                .collect();
            assert_eq!(dead, expected, "{looks:?}");
        };
        check(&[(0, gone), (6, gone), (7, gone)], &[false, false, true]);
        check(&[(0, gone), (7, Ok(())), (14, gone)], &[false, false, false]);
        check(&[(0, gone), (7, gone), (37, Ok(()))], &[false, true, false]);
        check(&[(0, lost), (7, lost)], &[false, false]);
        check(&[(0, lost), (4, lost), (8, lost)], &[false, false, true]);
        check(&[(0, gone), (7, busy)], &[false, false]);
        check(&[0, 7, 30].map(|day| (day, Err(Reason::Robots))), &[false; 3]);
        let down = [0, 5, 10, 15].map(|day| (day, Err(Reason::ServerError(500))));
        check(&down, &[false, false, false, true]);
    }

    #[test]
    fn a_dead_link_is_looked_at_again_ignored_or_forgotten_by_its_owner_alone() {
        let (mut db, user) = world();
        let other =
            db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
        let id = save(&mut db, user, "https://a.example/");
        let fail = |db: &mut Memory| {
            db.write(|tx| record(tx, id, Err(Reason::Gone(410)))).unwrap();
        };
        fail(&mut db);
        assert!(db.write(|tx| ignore(tx, user, id)).is_err(), "it is not dead yet");
        db.now = db.now + DAY * 7;
        fail(&mut db);
        let found = db.read(|tx| list(tx, user, None, 9)).unwrap();
        assert_eq!((found[0].bookmark.id, found[0].failing.since), (id, db.now - DAY * 7));
        for act in [look_again, ignore] {
            let error = db.write(|tx| act(tx, other, id)).unwrap_err();
            assert!(matches!(error, Error::NotFound(_)));
        }
        db.write(|tx| look_again(tx, user, id)).unwrap();
        assert_eq!(db.wakes, [Wake::Page]);
        assert_eq!(db.read(store::link_checks::next_due_at).unwrap(), Some(db.now));
        db.write(|tx| ignore(tx, user, id)).unwrap();
        fail(&mut db);
        assert!(db.read(|tx| list(tx, user, None, 9)).unwrap().is_empty());
        assert_eq!(db.read(store::link_checks::next_due_at).unwrap(), None);
        db.write(|tx| record(tx, id, Ok(()))).unwrap();
        assert_eq!(db.read(|tx| store::link_checks::find_failing(tx, id)).unwrap(), None);
    }
}
