//! Links that come up again by themselves.

use rusqlite::ToSql;

use super::bookmarks::{self, Filter};
use super::{Tx, lists};
use crate::error::Result;
use crate::model::id::{BookmarkId, UserId};
use crate::model::order::Order;

/// One of a user's bookmarks that pass the filter, each as likely as the others.
///
/// Each of `draws`, which are fractions, is an id among all there are; the first that fits is it.
/// Where the bookmarks are mostly theirs that takes a few look-ups, whatever their number. Only
/// where none fits, all that pass are listed.
pub fn pick(
    tx: &Tx,
    user_id: UserId,
    filter: &Filter,
    draws: &[f64],
) -> Result<Option<BookmarkId>> {
    if filter.words.is_none() && filter.folder_id.is_none() {
        let (first, last) = ends(tx)?;
        for draw in draws {
            let id = BookmarkId(first + nth(*draw, (last - first + 1) as usize) as i64);
            if passes(tx, user_id, filter, id)? {
                return Ok(Some(id));
            }
        }
    }
    let all = bookmarks::list_ids(tx, user_id, filter)?;
    let draw = draws.last().copied().unwrap_or_default();
    Ok(all.get(nth(draw, all.len())).copied())
}

/// Which of so many a fraction stands for.
fn nth(draw: f64, count: usize) -> usize {
    ((draw * count as f64) as usize).min(count.saturating_sub(1))
}

/// The lowest and the highest id of any bookmark.
fn ends(tx: &Tx) -> Result<(i64, i64)> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT ifnull((SELECT min(id) FROM bookmarks), 1) AS first,
                ifnull((SELECT max(id) FROM bookmarks), 1) AS last",
    )?;
    Ok(stmt.query_row([], |row| Ok((row.get("first")?, row.get("last")?)))?)
}

fn passes(tx: &Tx, user_id: UserId, filter: &Filter, id: BookmarkId) -> Result<bool> {
    let mut rows = filter.rows();
    rows.and("+user_id = :user_id").bind(":user_id", &user_id);
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT 1 FROM bookmarks b WHERE b.id = :drawn AND {}",
        rows.sql()
    ))?;
    let mut values: Vec<(&str, &dyn ToSql)> = rows.parameters().to_vec();
    values.push((":drawn", &id));
    Ok(stmt.exists(values.as_slice())?)
}

/// The bookmark that has been waiting for longest.
pub fn find_oldest_unread(tx: &Tx, user_id: UserId) -> Result<Option<BookmarkId>> {
    let filter = Filter { unread: Some(true), order: Order::Oldest, ..Filter::default() };
    Ok(lists::places(tx, user_id, &filter, 1)?.first().map(|place| place.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bookmark::{Link, NewBookmark};
    use crate::model::time::Zone;
    use crate::ops;
    use crate::store::testing::Memory;

    /// Sixty links of one person's, in turn unread and read, and sixty of another's between them.
    fn world() -> (Memory, UserId) {
        let mut db = Memory::open();
        let people = ["mina", "juno"].map(|name| {
            db.write(|tx| ops::accounts::add(tx, name, "hash", false, &Zone::UTC)).unwrap()
        });
        for n in 0..120 {
            let link = Link::parse(&format!("https://a.example/{n}")).unwrap();
            let title = if n < 20 { "toast".to_owned() } else { String::new() };
            let new = NewBookmark { title, unread: n % 4 < 2, ..NewBookmark::of(link) };
            db.write(|tx| ops::bookmarks::save(tx, people[n % 2], &new)).unwrap();
        }
        (db, people[0])
    }

    #[test]
    fn each_link_that_passes_is_as_likely_as_the_others() {
        let (db, user) = world();
        let unread = Filter { unread: Some(true), ..Filter::default() };
        let mut random = fastrand::Rng::with_seed(7);
        let mut seen = std::collections::BTreeMap::new();
        for _ in 0..6_000 {
            let draws: Vec<f64> = (0..8).map(|_| random.f64()).collect();
            let id = db.read(|tx| pick(tx, user, &unread, &draws)).unwrap().unwrap();
            *seen.entry(id).or_insert(0) += 1;
        }
        assert_eq!(seen.len(), 30);
        assert!(seen.values().all(|count| (130..=270).contains(count)), "{seen:?}");
    }

    #[test]
    fn one_is_found_whatever_was_drawn_as_long_as_there_is_one() {
        let (mut db, user) = world();
        let pick = |db: &Memory, filter: &Filter, draws: &[f64]| {
            db.read(|tx| pick(tx, user, filter, draws)).unwrap()
        };
        let words = Filter { words: Some("toast".into()), ..Filter::default() };
        for draws in [&[][..], &[0.0], &[1.0], &[0.999_999, 0.5]] {
            assert!(pick(&db, &Filter::default(), draws).is_some(), "{draws:?}");
            assert!(pick(&db, &words, draws).is_some_and(|id| id.0 <= 20), "{draws:?}");
        }
        let favourites = Filter { favourite: Some(true), ..Filter::default() };
        assert_eq!(pick(&db, &favourites, &[0.3]), None);
        assert_eq!(db.read(|tx| find_oldest_unread(tx, user)).unwrap(), Some(BookmarkId(1)));
        db.write(|tx| {
            let read = crate::model::bookmark::BookmarkChange {
                unread: Some(false),
                ..Default::default()
            };
            ops::bookmarks::change(tx, user, BookmarkId(1), &read).map(drop)
        })
        .unwrap();
        assert_eq!(db.read(|tx| find_oldest_unread(tx, user)).unwrap(), Some(BookmarkId(5)));
    }
}
