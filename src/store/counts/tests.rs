//! Whatever happens, what was kept is what counting again finds.

use std::time::Duration;

use fastrand::Rng;

use super::*;
use crate::model::bookmark::{BookmarkChange, Link, NewBookmark};
use crate::model::id::{BookmarkId, FolderId, TagId};
use crate::model::page::PageState;
use crate::model::tag;
use crate::model::time::Zone;
use crate::ops::bulk::Action;
use crate::store::WriteTx;
use crate::store::bookmarks::{Filter, Stage};
use crate::store::testing::Memory;
use crate::{ops, store};

const PEOPLE: usize = 2;
const LINKS: usize = 60;

struct World {
    db: Memory,
    rng: Rng,
    people: Vec<UserId>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut db = Memory::open();
        let people = (0..PEOPLE).map(|n| {
            let name = format!("person{n}");
            db.write(|tx| ops::accounts::add(tx, &name, "", n == 0, &Zone::UTC)).unwrap()
        });
        let people = people.collect();
        Self { db, rng: Rng::with_seed(seed), people }
    }

    fn folder(&mut self, user: UserId) -> Option<FolderId> {
        let folders = self.db.read(|tx| store::folders::list(tx, user)).unwrap();
        self.rng.choice(folders).map(|folder| folder.id)
    }

    fn tag(&mut self, user: UserId) -> Option<TagId> {
        let tags = self.db.read(|tx| store::tags::list(tx, user)).unwrap();
        self.rng.choice(tags).map(|tag| tag.id)
    }

    fn tags(&mut self) -> Vec<tag::TagName> {
        let names: Vec<String> =
            (0..self.rng.usize(..3)).map(|_| self.rng.usize(..4).to_string()).collect();
        tag::parse_all(&names).unwrap()
    }

    fn save(&mut self, user: UserId) {
        let url = format!("https://example.com/{}", self.rng.usize(..LINKS));
        let new = NewBookmark {
            folder_id: self.folder(user),
            tags: self.tags(),
            unread: self.rng.bool(),
            archived: self.rng.u8(..4) == 0,
            favourite: self.rng.bool(),
            fetch: self.rng.bool(),
            ..NewBookmark::of(Link::parse(&url).unwrap())
        };
        self.db.write(|tx| ops::bookmarks::save(tx, user, &new)).unwrap();
    }

    fn change_one(&mut self, user: UserId, id: BookmarkId) {
        let change = BookmarkChange {
            folder_id: self.rng.bool().then(|| self.folder(user)),
            tags: self.rng.bool().then(|| self.tags()),
            unread: self.rng.bool().then(|| self.rng.bool()),
            archived: self.rng.bool().then(|| self.rng.bool()),
            favourite: self.rng.bool().then(|| self.rng.bool()),
            ..BookmarkChange::default()
        };
        self.db.write(|tx| ops::bookmarks::change(tx, user, id, &change)).unwrap();
        let states = [PageState::Pending, PageState::Ready, PageState::Failed, PageState::Refused];
        let state = states[self.rng.usize(..4)];
        self.db.write(|tx| store::pages::set_state(tx, id, state, None)).unwrap();
    }

    fn change_many(&mut self, user: UserId, ids: &[BookmarkId]) {
        let action = match self.rng.u8(..12) {
            0 => Action::Read,
            1 => Action::Unread,
            2 => Action::Archive,
            3 => Action::Unarchive,
            4 => Action::Favourite,
            5 => Action::Unfavourite,
            6 => Action::Tag(self.tags()),
            7 => Action::Untag(self.tags()),
            8 => Action::Move(self.folder(user)),
            9 => Action::Refresh,
            10 => Action::Restore,
            _ => Action::Delete,
        };
        let few = &ids[..self.rng.usize(..=ids.len().min(9))];
        let is_taken_back = self.rng.bool();
        let act = |tx: &WriteTx| {
            let Some(undo) = ops::undo::begin(tx, user, &action, few.len())? else {
                return ops::bulk::apply(tx, user, few, &action).map(drop);
            };
            ops::undo::apply(tx, user, &undo, few, &action)?;
            while is_taken_back && ops::undo::step(tx, user, undo.id, 9)?.is_some() {}
            Ok(())
        };
        self.db.write(act).unwrap();
    }

    fn burn(&mut self, user: UserId) {
        let (folder_id, limit) = (self.folder(user), self.rng.usize(..9));
        let now = self.db.now;
        let burn = |tx: &WriteTx| {
            store::burning::announce(
                tx,
                user,
                folder_id,
                now,
                now + Duration::from_secs(1),
                limit,
            )?;
            store::burning::put_off(tx, user, now, limit / 2)?;
            store::burning::burn(tx, user, now, limit / 2)
        };
        self.db.write(burn).unwrap();
    }

    fn change_places(&mut self, user: UserId) {
        match (self.rng.u8(..6), self.folder(user), self.tag(user)) {
            (0 | 1, parent, _) => {
                let title = self.rng.u64(..).to_string();
                // Too deep for some.
                let _ = self.db.write(|tx| ops::folders::create(tx, user, parent, &title, None));
            }
            (2, Some(id), _) => {
                self.db.write(|tx| ops::folders::clear(tx, user, id)).unwrap();
            }
            (3, Some(id), _) => {
                self.db.write(|tx| ops::folders::delete(tx, user, id)).unwrap();
            }
            (4, _, Some(id)) => {
                self.db.write(|tx| store::tags::delete(tx, id)).unwrap();
            }
            (_, _, Some(id)) => {
                let into = self.tag(user).filter(|into| *into != id);
                let dissolve = |tx: &WriteTx| ops::tags::dissolve(tx, user, id, into);
                self.db.write(dissolve).unwrap();
            }
            _ => {}
        }
    }

    fn act(&mut self) {
        let user = self.people[self.rng.usize(..PEOPLE)];
        let all = Filter { stage: Stage::Any, ..Filter::default() };
        let mut ids = self.db.read(|tx| store::bookmarks::list_ids(tx, user, &all)).unwrap();
        self.rng.shuffle(&mut ids);
        self.db.now = self.db.now + Duration::from_secs(1);
        match (self.rng.u8(..10), ids.first()) {
            (0..4, _) | (_, None) => self.save(user),
            (4 | 5, Some(id)) => self.change_one(user, *id),
            (6 | 7, _) => self.change_many(user, &ids),
            (8, _) => self.burn(user),
            _ => self.change_places(user),
        }
    }

    /// Compares what is kept with what is counted again, and that with what lists show.
    fn check(&self, what: &str) {
        let compare = |tx: &Tx| {
            let problems = check(tx.sql())?;
            assert!(problems.is_empty(), "{what}: {problems:?}");
            for user in &self.people {
                let counts = of_user(tx, *user)?;
                let count = |filter: Filter| -> Result<i64> {
                    Ok(store::bookmarks::list_ids(tx, *user, &filter)?.len() as i64)
                };
                let unreadable = vec![PageState::Failed, PageState::Refused];
                let expected = Counts {
                    all: count(Filter::default())?,
                    unread: count(Filter { unread: Some(true), ..Filter::default() })?,
                    favourite: count(Filter { favourite: Some(true), ..Filter::default() })?,
                    unreadable: count(Filter { states: unreadable, ..Filter::default() })?,
                    archived: count(Filter { stage: Stage::Archived, ..Filter::default() })?,
                    ashes: count(Filter { stage: Stage::Ash, ..Filter::default() })?,
                };
                assert_eq!(counts, expected, "{what}");
            }
            Ok(())
        };
        self.db.read(compare).unwrap();
    }
}

#[test]
fn counts_are_right_after_whatever_people_do() {
    for seed in 0..6 {
        let mut world = World::new(seed);
        for n in 0..250 {
            world.act();
            if n % 10 == 0 {
                world.check(&format!("seed {seed}, act {n}"));
            }
        }
        // The last one goes at once, with all that is theirs, and the other is left as they were.
        let last = world.people.pop().unwrap();
        world.db.write(|tx| ops::accounts::remove(tx, last)).unwrap();
        world.check(&format!("seed {seed}, at the end"));
    }
}

#[test]
fn links_are_deleted_piece_by_piece_before_their_owner_is() {
    let mut world = World::new(7);
    let user = world.people[1];
    (0..30).for_each(|_| world.save(user));
    assert!(world.db.write(|tx| ops::accounts::clear(tx, user)).unwrap());
    assert!(!world.db.write(|tx| ops::accounts::clear(tx, user)).unwrap());
    world.check("cleared");
    world.db.write(|tx| ops::accounts::remove(tx, user)).unwrap();
}

#[test]
fn a_wrong_count_and_a_strayed_tag_are_noticed() {
    let mut world = World::new(8);
    let user = world.people[0];
    (0..40).for_each(|_| world.save(user));
    let mut spoil = |sql: &str| {
        world.db.write(|tx| Ok(tx.sql().execute(sql, [])?)).unwrap();
        world.db.read(|tx| check(tx.sql())).unwrap()
    };
    let problems = spoil("UPDATE user_counts SET links = links + 1 WHERE user_id = 1");
    assert!(problems.len() == 1 && problems[0].contains("a person"), "{problems:?}");
    let problems = spoil("UPDATE bookmark_tags SET saved_at = 7 WHERE bookmark_id > 0");
    assert!(problems.len() == 2 && problems[1].contains("where their links stand"), "{problems:?}");
}
