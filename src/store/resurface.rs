//! Links that come up again by themselves.

use rusqlite::named_params;

use super::bookmarks::{self, Filter};
use super::lanes::{self, Lane};
use super::{Tx, lists};
use crate::error::Result;
use crate::model::id::{BookmarkId, UserId};
use crate::model::order::Order;

/// So few are listed and drawn from, rather than found among all bookmarks.
const FEW: i64 = 2_000;
/// How often one is drawn among all bookmarks before those that pass are listed.
const TRIES: usize = 512;

/// One of a user's bookmarks that pass the filter, each as likely as the others.
pub fn pick(tx: &Tx, user_id: UserId, filter: &Filter) -> Result<Option<BookmarkId>> {
    if filter.words.is_some() {
        let all = bookmarks::list_ids(tx, user_id, filter)?;
        return Ok(draw_from(tx, all, 1, Vec::new())?.pop());
    }
    let found = filter.lanes(tx, user_id)?;
    Ok(draw(tx, &found, filter, 1)?.pop())
}

/// Up to `limit` of the bookmarks in lanes that stand behind the filter's place, each as likely as
/// the others.
///
/// An id among all there are is drawn until it is one of them. Where the bookmarks are mostly
/// theirs that takes a few look-ups, whatever their number. All of them are listed only where they
/// are few, or few among many.
pub(super) fn draw(
    tx: &Tx,
    lanes: &[Lane],
    filter: &Filter,
    limit: usize,
) -> Result<Vec<BookmarkId>> {
    let mut drawn = Vec::new();
    if lanes::total(lanes) > FEW {
        let (first, last) = ends(tx)?;
        for _ in 0..TRIES {
            if drawn.len() == limit {
                return Ok(drawn);
            }
            let id = BookmarkId(first + chance(tx, last - first + 1)?);
            if !drawn.contains(&id) && lanes::hold(tx, lanes, filter.order, filter.after, id)? {
                drawn.push(id);
            }
        }
    }
    let all = lanes::merge(tx, lanes, filter.order, filter.after, usize::MAX)?;
    draw_from(tx, all.into_iter().map(|place| place.id).collect(), limit, drawn)
}

/// Draws from a list until there are `limit`, with those that were `drawn` already.
fn draw_from(
    tx: &Tx,
    mut all: Vec<BookmarkId>,
    limit: usize,
    mut drawn: Vec<BookmarkId>,
) -> Result<Vec<BookmarkId>> {
    while drawn.len() < limit && !all.is_empty() {
        let id = all.swap_remove(chance(tx, all.len() as i64)? as usize);
        if !drawn.contains(&id) {
            drawn.push(id);
        }
    }
    Ok(drawn)
}

/// A number below that one.
fn chance(tx: &Tx, below: i64) -> Result<i64> {
    let mut stmt = tx.sql().prepare_cached("SELECT abs(random() % :below)")?;
    Ok(stmt.query_row(named_params! { ":below": below }, |row| row.get(0))?)
}

/// The lowest and the highest id of any bookmark.
fn ends(tx: &Tx) -> Result<(i64, i64)> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT ifnull((SELECT min(id) FROM bookmarks), 1) AS first,
                ifnull((SELECT max(id) FROM bookmarks), 1) AS last",
    )?;
    Ok(stmt.query_row([], |row| Ok((row.get("first")?, row.get("last")?)))?)
}

/// The bookmark that has been waiting for longest.
pub fn find_oldest_unread(tx: &Tx, user_id: UserId) -> Result<Option<BookmarkId>> {
    let filter = Filter { unread: Some(true), order: Order::Oldest, ..Filter::default() };
    Ok(lists::places(tx, user_id, &filter, 1)?.first().map(|place| place.id))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::bookmark::{BookmarkChange, Link, NewBookmark};
    use crate::model::reminder::{Pick, PickOrder, Target};
    use crate::model::time::Zone;
    use crate::ops;
    use crate::store::bookmarks::Cursor;
    use crate::store::testing::Memory;

    /// So many links of one person's, in turn unread and read, and as many of another's between
    /// them. The first twenty are toast.
    fn world(links: usize) -> (Memory, UserId) {
        let mut db = Memory::open();
        let people = ["mina", "juno"].map(|name| {
            db.write(|tx| ops::accounts::add(tx, name, "hash", false, &Zone::UTC)).unwrap()
        });
        db.write(|tx| {
            for n in 0..2 * links {
                let link = Link::parse(&format!("https://a.example/{n}")).unwrap();
                let title = if n < 20 { "toast".to_owned() } else { String::new() };
                let new = NewBookmark { title, unread: n % 4 < 2, ..NewBookmark::of(link) };
                bookmarks::insert(tx, people[n % 2], &new)?;
            }
            Ok(())
        })
        .unwrap();
        (db, people[0])
    }

    #[test]
    fn each_link_that_passes_is_as_likely_as_the_others() {
        let (db, user) = world(60);
        let unread = Filter { unread: Some(true), ..Filter::default() };
        let mut seen = BTreeMap::new();
        for _ in 0..6_000 {
            let id = db.read(|tx| pick(tx, user, &unread)).unwrap().unwrap();
            *seen.entry(id).or_insert(0) += 1;
        }
        assert_eq!(seen.len(), 30);
        assert!(seen.values().all(|count| (110..=290).contains(count)), "{seen:?}");
    }

    #[test]
    fn many_are_drawn_from_as_few_are() {
        let (db, user) = world(5_000);
        let unread = Filter { unread: Some(true), ..Filter::default() };
        let mut seen = [0; 10];
        for _ in 0..2_000 {
            let id = db.read(|tx| pick(tx, user, &unread)).unwrap().unwrap();
            assert_eq!(id.0 % 4, 1, "{id} is one of theirs and unread");
            seen[(id.0 as usize - 1) / 1_000] += 1;
        }
        assert!(seen.iter().all(|count| (130..=270).contains(count)), "{seen:?}");
        let pushed = Pick { order: PickOrder::Random, count: 50 };
        let (found, waiting) =
            db.read(|tx| bookmarks::waiting(tx, user, Target::All, pushed)).unwrap();
        let mut ids: Vec<_> = found.iter().map(|bookmark| bookmark.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!((ids.len(), waiting), (50, 2_500));
        let at = found[0].saved_at;
        let last = Filter { after: Some(Cursor { saved_at: at, id: BookmarkId(2) }), ..unread };
        assert_eq!(db.read(|tx| pick(tx, user, &last)).unwrap(), Some(BookmarkId(1)));
    }

    #[test]
    fn one_is_found_as_long_as_there_is_one() {
        let (mut db, user) = world(60);
        let pick = |db: &Memory, filter: &Filter| db.read(|tx| pick(tx, user, filter)).unwrap();
        let words = Filter { words: Some("toast".into()), ..Filter::default() };
        assert!(pick(&db, &words).is_some_and(|id| id.0 <= 20));
        let favourites = Filter { favourite: Some(true), ..Filter::default() };
        assert_eq!(pick(&db, &favourites), None);
        assert_eq!(db.read(|tx| find_oldest_unread(tx, user)).unwrap(), Some(BookmarkId(1)));
        db.write(|tx| {
            let read = BookmarkChange { unread: Some(false), ..BookmarkChange::default() };
            ops::bookmarks::change(tx, user, BookmarkId(1), &read).map(drop)
        })
        .unwrap();
        assert_eq!(db.read(|tx| find_oldest_unread(tx, user)).unwrap(), Some(BookmarkId(5)));
    }
}
