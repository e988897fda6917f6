//! What is found with segments is what is found without any; and pages that are right.

use std::collections::HashSet;
use std::time::Duration;

use super::*;
use crate::model::bookmark::{BookmarkChange, Link, NewBookmark};
use crate::model::page::PageState;
use crate::model::tag;
use crate::model::time::Zone;
use crate::ops;
use crate::store::bookmarks::Stage;
use crate::store::testing::Memory;
use crate::store::{folders, tags};

const WORDS: [&str; 16] = [
    "toast",
    "toaster",
    "database",
    "base",
    "café",
    "rust",
    "미역국",
    "토스트 굽기",
    "東京都",
    "jam",
    "C++",
    "ガラス",
    "e",
    "https",
    "bread and butter",
    "🍞",
];
const QUERIES: [&str; 44] = [
    "toast",
    "base",
    "cafe",
    "국",
    "굽기",
    "스트굽",
    "京",
    "ガ",
    "カ",
    "e",
    "🍞",
    "zzz",
    "https",
    "https toast",
    "toast -toaster",
    "-toast",
    "-base -jam",
    "toast OR jam",
    "(toast OR jam) -rust",
    "\"bread and\"",
    "\"toast jam\"",
    "tag:tea",
    "#tea toast",
    "-#tea",
    "tea",
    "folder:kitchen",
    "kitchen",
    "-folder:kitchen",
    "kitchen OR 국",
    "folder:kitchen toast",
    "site:two.example",
    "-site:two.example",
    "is:read",
    "is:unread toast",
    "is:archived",
    "is:burnt toast",
    "is:any toast",
    "-is:archived toast",
    "is:favourite OR jam",
    "has:note",
    "-has:tag toast",
    "after:2026-03-02",
    "before:2026-03-02 toast",
    "toast in:title -(jam in:note)",
];

struct Library {
    db: Memory,
    user: UserId,
    random: fastrand::Rng,
    count: usize,
}

impl Library {
    fn new(seed: u64) -> Self {
        let mut db = Memory::open();
        let user = db.write(|tx| ops::accounts::add(tx, "mina", "", false, &Zone::UTC)).unwrap();
        db.write(|tx| {
            let kitchen = folders::insert(tx, user, None, "Kitchen")?;
            folders::insert(tx, user, Some(kitchen), "Oven")?;
            folders::insert(tx, user, None, "Work")
        })
        .unwrap();
        Self { db, user, random: fastrand::Rng::with_seed(seed), count: 0 }
    }

    fn words(&mut self, max: usize) -> String {
        let count = self.random.usize(0..max);
        (0..count).map(|_| WORDS[self.random.usize(..WORDS.len())]).collect::<Vec<_>>().join(" ")
    }

    fn save(&mut self, count: usize) {
        for _ in 0..count {
            self.count += 1;
            let host = ["one.example", "two.example", "www.two.example:81"][self.random.usize(..3)];
            let link = Link::parse(&format!("https://{host}/{}", self.count)).unwrap();
            let folder = self.random.i64(0..5);
            let new = NewBookmark {
                title: self.words(4),
                description: self.words(6),
                note: self.words(3),
                folder_id: (1..=3).contains(&folder).then_some(FolderId(folder)),
                tags: tag::parse_line(["", "", "tea", "tea toast", "work"][self.random.usize(..5)])
                    .unwrap(),
                unread: self.random.bool(),
                archived: self.random.u8(..8) == 0,
                favourite: self.random.u8(..8) == 0,
                saved_at: Some(self.db.now - Duration::from_hours(self.random.u64(..200))),
                ..NewBookmark::of(link)
            };
            let user = self.user;
            let mut saved =
                self.db.write(|tx| ops::bookmarks::save(tx, user, &new)).unwrap().bookmark;
            if saved.archived_at.is_none() && saved.read_at.is_none() && self.random.u8(..8) == 0 {
                saved.burnt_at = Some(self.db.now);
                self.db.write(|tx| bookmarks::update(tx, &saved)).unwrap();
            }
        }
    }

    /// Changes some of them in every way there is.
    fn change(&mut self, count: usize) {
        for _ in 0..count {
            let id = BookmarkId(self.random.i64(1..=self.count as i64));
            let user = self.user;
            let title = self.words(4);
            let tags = tag::parse_line(["", "tea", "toast"][self.random.usize(..3)]).unwrap();
            let folder = [None, Some(FolderId(1)), Some(FolderId(3))][self.random.usize(..3)];
            let change = match self.random.u8(..5) {
                0 => BookmarkChange { title: Some(title), ..BookmarkChange::default() },
                1 => BookmarkChange { tags: Some(tags), ..BookmarkChange::default() },
                2 => BookmarkChange { folder_id: Some(folder), ..BookmarkChange::default() },
                3 => BookmarkChange {
                    unread: Some(self.random.bool()),
                    archived: Some(self.random.bool()),
                    favourite: Some(self.random.bool()),
                    ..BookmarkChange::default()
                },
                _ => {
                    let saved_at = self.db.now - Duration::from_hours(self.random.u64(..200));
                    let _ = self.db.write(|tx| {
                        let mut bookmark = bookmarks::get(tx, user, id)?;
                        bookmark.saved_at = saved_at;
                        bookmarks::update(tx, &bookmark)
                    });
                    continue;
                }
            };
            let _ = self.db.write(|tx| ops::bookmarks::change(tx, user, id, &change));
            if self.random.u8(..10) == 0 {
                let _ = self.db.write(|tx| ops::bookmarks::delete(tx, user, id));
            }
        }
    }

    fn index(&mut self) -> usize {
        let mut made = 0;
        loop {
            let texts = self.db.read(read_unfolded).unwrap();
            if texts.is_empty() {
                break;
            }
            self.db.write(|tx| put_texts(tx, &texts)).unwrap();
        }
        while let Some(segment) = self.db.read(read_fresh).unwrap() {
            self.db.write(|tx| put(tx, &segment)).unwrap();
            made += 1;
            assert!(made < 100, "it never ends");
        }
        made
    }

    fn ids(&self, words: &str, stage: Stage) -> Vec<i64> {
        let filter = Filter { words: Some(words.into()), stage, ..Filter::default() };
        let ids = self.db.read(|tx| list_ids(tx, self.user, &filter)).unwrap();
        ids.into_iter().map(|id| id.0).collect()
    }

    /// What each query finds, as all is looked at.
    fn found_without_segments(&self) -> Vec<Vec<i64>> {
        let all = self.ids("is:any", Stage::Whole);
        let mut expected = Vec::new();
        for words in QUERIES {
            let filter = Filter { words: Some(words.into()), ..Filter::default() };
            let passing = self.db.read(|tx| {
                let plan = Plan::make(tx, self.user, &filter)?.unwrap();
                let mut checker = Checker::new(tx, self.user, &plan)?;
                let mut found = Vec::new();
                for id in &all {
                    let bookmark = bookmarks::get(tx, self.user, BookmarkId(*id))?;
                    let place = Place { saved_at: bookmark.saved_at, id: bookmark.id };
                    found.extend(checker.check(place)?.map(|found| found.place.id.0));
                }
                Ok(found)
            });
            expected.push(passing.unwrap());
        }
        expected
    }
}

#[test]
fn segments_change_nothing_about_what_is_found() {
    let mut library = Library::new(1);
    library.save(300);
    assert!(library.index() > 0);
    for round in 0..3 {
        library.save(100);
        library.change(200);
        library.index();
        library.change(60);
        let expected = library.found_without_segments();
        for (words, expected) in QUERIES.iter().zip(expected) {
            assert_eq!(library.ids(words, Stage::Whole), expected, "{words} in round {round}");
            assert!(
                expected.len() > 1 || ["zzz", "カ"].contains(words),
                "{words} finds {}",
                expected.len()
            );
        }
    }
    let segments = "SELECT count(*), sum(size) FROM search_segments /* of a test */";
    let (count, known): (usize, usize) = library
        .db
        .read(|tx| {
            Ok(tx.sql().query_row(segments, [], |row| {
                Ok((row.get::<_, i64>(0)? as usize, row.get::<_, i64>(1)? as usize))
            })?)
        })
        .unwrap();
    assert!(count <= 9 && known <= 2 * library.count, "{count} segments know {known}");
}

#[test]
fn what_is_looked_for_stands_where_it_was_asked_for() {
    let mut library = Library::new(2);
    library.save(400);
    library.index();
    let count = |words: &str, stage| library.ids(words, stage).len();
    let all = ["", "is:archived", "is:burnt"].map(|words| count(words, Stage::Whole));
    assert_eq!(all.iter().sum::<usize>(), count("is:any", Stage::Whole));
    assert!(all.iter().all(|count| *count > 10), "{all:?}");
    assert_eq!(count("", Stage::Archived), all[1]);
    assert_eq!(count("is:archived", Stage::Ash), 0);
    assert_eq!(count("-is:archived", Stage::Whole), all[0]);
    assert_eq!(count("\"", Stage::Whole), 0);
    let other =
        library.db.write(|tx| ops::accounts::add(tx, "juno", "", false, &Zone::UTC)).unwrap();
    let filter = Filter { words: Some("toast".into()), ..Filter::default() };
    assert_eq!(library.db.read(|tx| list_ids(tx, other, &filter)).unwrap(), []);
    let of_state = |state| {
        let filter = Filter { states: vec![state], ..filter.clone() };
        library.db.read(|tx| list_ids(tx, library.user, &filter)).unwrap().len()
    };
    let found = [PageState::Pending, PageState::Ready].map(of_state);
    let all = library.ids("toast", Stage::Whole).len();
    assert_eq!(found, [all, 0], "no page was read yet");
    assert_eq!(library.ids("toast", Stage::Announced), [0i64; 0]);
}

#[test]
fn another_name_for_a_tag_or_folder_is_found_at_once() {
    let mut library = Library::new(3);
    library.save(400);
    library.index();
    let before = [library.ids("#tea", Stage::Whole), library.ids("folder:kitchen", Stage::Whole)];
    library
        .db
        .write(|tx| {
            tx.sql().execute(
                "UPDATE tags SET name = 'Coffee', key = 'coffee' WHERE key = 'tea' /* of a test */",
                [],
            )?;
            folders::update(tx, FolderId(1), None, "Küche")
        })
        .unwrap();
    assert_eq!(library.ids("tag:coffee", Stage::Whole), before[0]);
    assert_eq!(library.ids("folder:kuche", Stage::Whole), before[1]);
    assert_eq!(library.ids("kitchen OR #tea", Stage::Whole), [0i64; 0]);
    let offee: HashSet<i64> = library.ids("offee", Stage::Whole).into_iter().collect();
    assert!(before[0].iter().all(|id| offee.contains(id)));
}

#[test]
fn pages_hold_each_match_once_whatever_is_saved_between_them() {
    for (sort, limit) in [(Sort::Relevance, 7), (Sort::Newest, 7), (Sort::Relevance, 200)] {
        let mut library = Library::new(4);
        library.save(1_200);
        library.index();
        let filter = Filter { words: Some("e".into()), stage: Stage::Any, ..Filter::default() };
        let expected: HashSet<i64> = library.ids("e", Stage::Any).into_iter().collect();
        assert!(expected.len() > RANKED_MAX, "there is more than one window: {}", expected.len());
        let (mut from, mut seen, mut pages) = (None, Vec::new(), 0);
        loop {
            let find = |tx: &Tx| find(tx, library.user, &filter, sort, from, limit);
            let found = library.db.read(find).unwrap();
            assert!(found.bookmarks.len() <= limit);
            assert_eq!(found.counts.is_some(), pages == 0);
            seen.extend(found.bookmarks.iter().map(|bookmark| bookmark.id.0));
            pages += 1;
            from = found.next;
            if from.is_none() {
                break;
            }
            library.db.now = library.db.now + Duration::from_hours(1);
            library.save(1);
            library.index();
        }
        seen.retain(|id| *id <= 1_200);
        let once: HashSet<i64> = seen.iter().copied().collect();
        assert_eq!(seen.len(), once.len(), "{sort:?} {limit}");
        let lost: Vec<_> = expected.symmetric_difference(&once).collect();
        assert!(lost.is_empty(), "{sort:?} {limit} {lost:?}");
    }
}

#[test]
fn better_matches_come_first_and_are_counted() {
    let mut db = Memory::open();
    let user = db.write(|tx| ops::accounts::add(tx, "mina", "", false, &Zone::UTC)).unwrap();
    for (n, (title, note, tags)) in [
        ("Toast", "", ""),
        ("A toaster", "", ""),
        ("Nothing", "", "toast"),
        ("Nothing", "toast", ""),
        ("Nothing", "atoast", ""),
        ("Toast", "", ""),
        ("None of it", "", ""),
    ]
    .into_iter()
    .enumerate()
    {
        let new = NewBookmark {
            title: title.into(),
            note: note.into(),
            tags: tag::parse_line(tags).unwrap(),
            unread: n != 0,
            saved_at: Some(db.now + Duration::from_secs(n as u64)),
            ..NewBookmark::of(Link::parse(&format!("https://a.example/{n}")).unwrap())
        };
        db.write(|tx| ops::bookmarks::save(tx, user, &new)).unwrap();
    }
    let filter = Filter { words: Some("toast".into()), ..Filter::default() };
    let found = db.read(|tx| find(tx, user, &filter, Sort::Relevance, None, 99)).unwrap();
    let ids: Vec<i64> = found.bookmarks.iter().map(|bookmark| bookmark.id.0).collect();
    assert_eq!(ids, [6, 1, 3, 2, 4, 5]);
    let counts = found.counts.unwrap();
    assert_eq!((counts.total, counts.more, counts.unread), (6, false, 5));
    assert_eq!(
        counts.tags.iter().map(|(_, name, n)| (name.as_str(), *n)).collect::<Vec<_>>(),
        [("toast", 1)]
    );
    let newest = db.read(|tx| find(tx, user, &filter, Sort::Newest, None, 2)).unwrap();
    let ids: Vec<i64> = newest.bookmarks.iter().map(|bookmark| bookmark.id.0).collect();
    assert_eq!((ids, newest.counts.unwrap().total), (vec![6, 5], 6));
}

#[test]
fn what_changes_while_a_segment_is_made_of_it_stays_fresh() {
    let mut library = Library::new(5);
    library.save(300);
    let segment = library.db.read(read_fresh).unwrap().unwrap();
    let user = library.user;
    let title = Some("quixotry".to_owned());
    let change = BookmarkChange { title, archived: Some(false), ..BookmarkChange::default() };
    library.db.write(|tx| ops::bookmarks::change(tx, user, BookmarkId(7), &change)).unwrap();
    library.db.write(|tx| ops::bookmarks::delete(tx, user, BookmarkId(8))).unwrap();
    library.db.write(|tx| put(tx, &segment)).unwrap();
    assert_eq!(library.ids("quixotry is:any", Stage::Whole), [7]);
    let fresh = "SELECT count(*) FROM search_docs WHERE segment_id IS NULL";
    let fresh = |tx: &Tx| Ok(tx.sql().query_row(fresh, [], |row| row.get::<_, i64>(0))?);
    assert_eq!(library.db.read(fresh).unwrap(), 1);
    library.index();
    // What is set to what it was has not changed.
    library
        .db
        .write(|tx| ops::bookmarks::change(tx, user, BookmarkId(9), &BookmarkChange::default()))
        .unwrap();
    assert_eq!(library.db.read(fresh).unwrap(), 1);
}

#[test]
fn what_another_version_made_is_made_anew_and_nothing_outlives_its_owner() {
    let mut library = Library::new(6);
    library.save(300);
    library.index();
    let rows = |db: &Memory, table: &str| {
        let sql = format!("SELECT count(*) FROM {table} {}", crate::store::plans::ANY_PLAN);
        db.read(|tx| Ok(tx.sql().query_row(&sql, [], |row| row.get::<_, i64>(0))?)).unwrap()
    };
    let before = library.ids("toast", Stage::Whole);
    library
        .db
        .write(|tx| Ok(tx.sql().execute("UPDATE search_version SET version = 0", [])?))
        .unwrap();
    library.db.read(|tx| forget_other_versions(tx.sql())).unwrap();
    assert_eq!(
        ["search_segments", "search_blocks", "search_texts"].map(|t| rows(&library.db, t)),
        [0; 3]
    );
    assert_eq!(library.ids("toast", Stage::Whole), before);
    assert_eq!(library.index(), 1);
    assert_eq!(library.ids("toast", Stage::Whole), before);
    library.db.read(|tx| forget_other_versions(tx.sql())).unwrap();
    assert_eq!(rows(&library.db, "search_segments"), 1);
    let user = library.user;
    library.db.write(|tx| Ok(tags::list(tx, user)?.len())).unwrap();
    library.db.write(|tx| ops::accounts::remove(tx, user)).unwrap();
    for table in ["search_docs", "search_segments", "search_blocks", "search_texts"] {
        assert_eq!(rows(&library.db, table), 0, "{table}");
    }
}

#[test]
fn garbage_is_no_error_whatever_it_says() {
    let mut library = Library::new(7);
    library.save(300);
    library.index();
    let mut random = fastrand::Rng::with_seed(8);
    let pieces = [
        "(", ")", "\"", "-", " OR ", " ", "#", "tag:", "folder:", "is:", "any", "before:", "7d",
        "in:", "title", "토", "é", "\0", "🍞", "a", "*", "'", ";", "--", "NEAR", "^", "\\", "%",
        "_", "{", ":id",
    ];
    for _ in 0..400 {
        let typed: String =
            (0..random.usize(1..12)).map(|_| pieces[random.usize(..pieces.len())]).collect();
        let filter = Filter { words: Some(typed.clone()), ..Filter::default() };
        let found = library.db.read(|tx| find(tx, library.user, &filter, Sort::Relevance, None, 5));
        assert!(found.is_ok(), "{typed:?} {found:?}");
    }
}
