//! What is deleted comes back with every column and row.

use rusqlite::types::Value;

use super::*;
use crate::model::bookmark::{Link, NewBookmark};
use crate::model::folder::Counts;
use crate::model::tag;
use crate::model::time::Zone;
use crate::ops;
use crate::ops::bulk::Action;
use crate::store;
use crate::store::bookmarks::Filter;
use crate::store::testing::Memory;

/// Fills in all that anything can hold about a bookmark 1, with a destination 1 and deliveries.
const FURNISH: &str = "
    UPDATE bookmarks
    SET own_title = 'Jam \"no. 1\"', own_description = 'd', note = 'n\n글', page_reason = 'timed_out',
        page_due_at = 7, page_tries = 2, fetched_at = 8, page_title = 'pt', page_description = 'pd',
        site_name = 's', author = 'a', published_at = 9, image_url = 'i', icon_url = 'j',
        page_short_title = 'st', page_kind = 'video', page_language = 'ko',
        page_canonical_url = 'c', picture = 'p', icon = 'k', burn_from = 3, favourite = 1
    WHERE id = 1;
    INSERT INTO destinations (id, user_id, kind, name, address, created_at)
    VALUES (1, 1, 'email', 'Mail', '{}', 0);
    INSERT INTO reminders (id, user_id, name, bookmark_id, days, on_date, at_time, zone,
        pick_order, pick_count, enabled, every_destination, next_slot, next_due_at, snoozed_until,
        last_fired_at, created_at, updated_at, when_empty, set_at)
    VALUES (4, 1, 'Jam!', 1, 127, NULL, '21:30', 'UTC', 'oldest', 5, 1, 0,
            '2026-03-08T21:30', 1773005400000, 1773000000000, 2, 3, 4, 'send', 5),
           (5, 1, '', 1, NULL, '2027-01-01', '21:30', 'UTC', 'newest', 5, 0, 1,
            NULL, NULL, NULL, NULL, 3, 4, 'skip', 5);
    INSERT INTO reminder_destinations VALUES (4, 1);
    INSERT INTO firings (id, reminder_id, slot, due_at, fired_at, missed, skipped)
    VALUES (6, 4, '2026-03-07T21:30', 1, 2, 3, 0);
    INSERT INTO feed_items VALUES (6, 1, 'Jam!', 1, '1');
    INSERT INTO deliveries (id, key, user_id, destination_name, is_test, about, minute_at, state,
        due_at, deadline_at, created_at)
    VALUES (8, 'k', 1, 'Mail', 0, '', 0, 'pending', 1, 2, 0);
    INSERT INTO delivery_firings VALUES (8, 6);
    INSERT INTO failing_links VALUES (1, 1, 'timed_out', 2, 3, 4, 5, 6);";

/// Tables that are made anew from others.
const DERIVED: [&str; 5] =
    ["search_docs", "search_texts", "user_counts", "folder_counts", "tag_counts"];

/// Mina's link in a folder, with two tags and all else it can have.
fn world() -> (Memory, UserId) {
    let mut db = Memory::open();
    let user = db.write(|tx| ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)).unwrap();
    let folder = db.write(|tx| store::folders::insert(tx, user, None, "Shelf")).unwrap();
    let new = NewBookmark {
        folder_id: Some(folder),
        tags: tag::parse_line("jam 잼").unwrap(),
        ..NewBookmark::of(Link::parse("https://example.com/jam").unwrap())
    };
    db.write(|tx| {
        ops::bookmarks::save(tx, user, &new)?;
        tx.sql().execute_batch(FURNISH)?;
        Ok(())
    })
    .unwrap();
    (db, user)
}

/// All rows of a table, in the order of their values.
fn rows(db: &Memory, table: &str) -> Vec<String> {
    db.read(|tx| {
        let mut stmt = tx.sql().prepare(&format!("SELECT * FROM {table} /* of a test */"))?;
        let count = stmt.column_count();
        let rows = stmt.query_map([], |row| {
            let values: Vec<Value> = (0..count).map(|n| row.get(n)).collect::<Result<_, _>>()?;
            Ok(format!("{values:?}"))
        })?;
        let mut rows: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
        rows.sort();
        Ok(rows)
    })
    .unwrap()
}

/// The tables that refer to any of `to`, and those that refer to them.
fn tables_that_go(db: &Memory) -> Vec<String> {
    let refer = "WITH RECURSIVE gone (name) AS (
             SELECT 'bookmarks'
             UNION
             SELECT t.name FROM gone g, pragma_table_list t, pragma_foreign_key_list(t.name) f
             WHERE t.schema = 'main' AND f.\"table\" = g.name AND f.on_delete = 'CASCADE')
         SELECT name FROM gone /* of a test */";
    db.read(|tx| {
        let mut stmt = tx.sql().prepare(refer)?;
        let names = stmt.query_map([], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    })
    .unwrap()
}

fn delete(db: &mut Memory, user: UserId, ids: &[BookmarkId]) -> Undo {
    let act = |tx: &WriteTx| {
        let undo = ops::undo::begin(tx, user, &Action::Delete, ids.len())?.unwrap();
        ops::undo::apply(tx, user, &undo, ids, &Action::Delete)?;
        Ok(undo)
    };
    db.write(act).unwrap()
}

#[test]
fn a_deleted_link_comes_back_with_every_column_and_row() {
    let (mut db, user) = world();
    let tables = tables_that_go(&db);
    for expected in ["bookmark_tags", "reminders", "firings", "feed_items", "failing_links"] {
        assert!(tables.iter().any(|table| table == expected), "{tables:?}");
    }
    let dump = |db: &Memory| -> Vec<_> {
        let kept = tables.iter().filter(|table| !DERIVED.contains(&table.as_str()));
        kept.map(|table| (table.clone(), rows(db, table))).collect()
    };
    let found = |db: &Memory, words: &str| {
        let filter = Filter { words: Some(words.into()), ..Filter::default() };
        db.read(|tx| store::bookmarks::list(tx, user, &filter, 9)).unwrap().len()
    };
    let counts =
        |db: &Memory| -> Counts { db.read(|tx| store::bookmarks::count(tx, user)).unwrap() };
    let segment = |db: &mut Memory| {
        let texts = db.read(store::search::read_unfolded).unwrap();
        db.write(|tx| store::search::put_texts(tx, &texts)).unwrap();
        if let Some(segment) = db.read(store::search::read_fresh).unwrap() {
            db.write(|tx| store::search::put(tx, &segment)).unwrap();
        }
    };
    segment(&mut db);
    let before = dump(&db);
    assert!(before.iter().all(|(_, rows)| !rows.is_empty()), "each has some: {before:?}");
    let counted = counts(&db);

    let undo = delete(&mut db, user, &[BookmarkId(1)]);
    assert!(dump(&db).iter().all(|(_, rows)| rows.is_empty()), "all of it is gone");
    assert_eq!((found(&db, "jam"), counts(&db).all), (0, 0));

    assert_eq!(db.write(|tx| ops::undo::step(tx, user, undo.id, 9)).unwrap(), Some(1));
    assert_eq!(db.write(|tx| ops::undo::step(tx, user, undo.id, 9)).unwrap(), None);
    assert_eq!(dump(&db), before);
    assert_eq!((found(&db, "jam"), found(&db, "#잼"), counts(&db)), (1, 1, counted));
    segment(&mut db);
    assert_eq!(found(&db, "jam"), 1, "it is in two segments and found once");
    assert!(rows(&db, "undos").is_empty() && rows(&db, "undo_links").is_empty());
}

#[test]
fn what_is_kept_is_bounded_by_acts_and_links() {
    let (mut db, user) = world();
    let kept = |db: &Memory| rows(db, "undos").len();
    let begin = |db: &mut Memory, links| {
        db.write(|tx| ops::undo::begin(tx, user, &Action::Delete, links)).unwrap()
    };
    for _ in 0..ACTS_MAX + 3 {
        begin(&mut db, 1);
    }
    assert_eq!(kept(&db), ACTS_MAX);
    begin(&mut db, LINKS_MAX - 2);
    assert_eq!(kept(&db), 3, "the newest acts, of so many links together");
    assert_eq!(begin(&mut db, LINKS_MAX + 1), None, "too much to be taken back");
    let undo = delete(&mut db, user, &[BookmarkId(1)]);
    assert_eq!(rows(&db, "undo_links").len(), 1);
    db.now = db.now + crate::model::undo::KEEP;
    assert!(db.write(|tx| ops::undo::step(tx, user, undo.id, 9)).is_err(), "its day is over");
    while db.write(ops::prune::step).unwrap() {}
    assert_eq!((kept(&db), rows(&db, "undo_links").len()), (0, 0));
}
