//! Everything that can be taken back, and what happened meanwhile.

use std::time::Duration;

use super::*;
use crate::model::bookmark::{BookmarkChange, Link, NewBookmark};
use crate::model::id::FolderId;
use crate::model::recurrence::Schedule;
use crate::model::reminder::{Pick, Settings, Target, WhenEmpty};
use crate::model::tag;
use crate::model::time::Zone;
use crate::ops;
use crate::store::testing::Memory;

struct World {
    db: Memory,
    user: UserId,
    folders: [FolderId; 2],
    links: Vec<BookmarkId>,
}

impl World {
    /// Mina's three links: plain, filed and tagged, and read, favourite and put away.
    fn new() -> Self {
        let mut db = Memory::open();
        let user =
            db.write(|tx| ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)).unwrap();
        let folder = |db: &mut Memory, title| {
            db.write(|tx| store::folders::insert(tx, user, None, title)).unwrap()
        };
        let folders = [folder(&mut db, "Old"), folder(&mut db, "New")];
        let mut world = Self { db, user, folders, links: Vec::new() };
        let tags = |line| tag::parse_line(line).unwrap();
        let as_is = NewBookmark::of(Link::parse("https://example.com/1").unwrap());
        world.save(&as_is);
        let filed = Some(folders[0]);
        world.save(&NewBookmark { folder_id: filed, tags: tags("jam Tea"), ..link(2) });
        let (unread, favourite, archived) = (false, true, true);
        world.save(&NewBookmark { unread, favourite, archived, tags: tags("tea"), ..link(3) });
        world.pass(Duration::from_secs(60));
        world
    }

    fn save(&mut self, new: &NewBookmark) {
        let user = self.user;
        let saved = self.db.write(|tx| ops::bookmarks::save(tx, user, new)).unwrap();
        self.links.push(saved.bookmark.id);
    }

    fn pass(&mut self, time: Duration) {
        self.db.now = self.db.now + time;
    }

    fn act(&mut self, action: &Action) -> UndoId {
        let (user, links) = (self.user, self.links.clone());
        let act = |tx: &WriteTx| {
            let undo = begin(tx, user, action, links.len())?.unwrap();
            apply(tx, user, &undo, &links, action)?;
            Ok(undo.id)
        };
        self.db.write(act).unwrap()
    }

    fn take_back(&mut self, id: UndoId) -> usize {
        let (user, mut changed) = (self.user, 0);
        while let Some(count) = self.db.write(|tx| step(tx, user, id, 2)).unwrap() {
            changed += count;
        }
        changed
    }

    /// What is shown of each link.
    fn shown(&self) -> Vec<String> {
        let found = self.db.read(|tx| store::bookmarks::find_all(tx, &self.links)).unwrap();
        let shown = found.iter().map(|b| {
            format!(
                "{} read {:?} archived {:?} favourite {} in {:?} since {:?} tags {:?}",
                b.id, b.read_at, b.archived_at, b.favourite, b.folder_id, b.burn_from, b.tags
            )
        });
        shown.collect()
    }

    fn remind(&mut self, link: BookmarkId, enabled: bool) {
        let settings = Settings {
            name: String::new(),
            target: Target::Bookmark(link),
            schedule: Schedule::Weekly {
                days: "sun,mon".parse().unwrap(),
                at: "12:00".parse().unwrap(),
            },
            zone: Zone::UTC,
            pick: Pick::default(),
            when_empty: WhenEmpty::Skip,
            enabled,
            destinations: None,
        };
        let user = self.user;
        self.db.write(|tx| reminders::set(tx, user, &settings, 9)).unwrap();
    }
}

fn link(n: usize) -> NewBookmark {
    NewBookmark::of(Link::parse(&format!("https://example.com/{n}")).unwrap())
}

fn names(line: &str) -> Vec<TagName> {
    tag::parse_line(line).unwrap()
}

#[test]
fn every_action_is_taken_back_and_nothing_else_is() {
    let mut world = World::new();
    let new = world.folders[1];
    for (action, count) in [
        (Action::Read, 2),
        (Action::Unread, 1),
        (Action::Archive, 2),
        (Action::Unarchive, 1),
        (Action::Favourite, 2),
        (Action::Unfavourite, 1),
        (Action::Move(Some(new)), 3),
        (Action::Move(None), 1),
        (Action::Tag(names("TEA rye")), 3),
        (Action::Untag(names("Jam tea none")), 2),
        (Action::Delete, 3),
    ] {
        let before = world.shown();
        let undo = world.act(&action);
        assert_ne!(world.shown(), before, "{action:?}");
        world.pass(Duration::from_secs(60));
        assert_eq!((world.take_back(undo), world.shown()), (count, before), "{action:?}");
        let (user, again) = (world.user, undo);
        let twice = world.db.write(|tx| step(tx, user, again, 2));
        assert!(matches!(twice, Err(crate::error::Error::NotFound(_))), "{action:?}");
    }
    for action in [Action::Refresh, Action::Restore] {
        assert_eq!(kind(&action, 1), None);
    }
}

#[test]
fn what_was_done_meanwhile_stays() {
    let mut world = World::new();
    let [old, new] = world.folders;
    let (user, first) = (world.user, world.links[0]);
    let favourite = world.act(&Action::Favourite);
    let change = BookmarkChange {
        unread: Some(false),
        tags: Some(names("mine")),
        ..BookmarkChange::default()
    };
    world.db.write(|tx| ops::bookmarks::change(tx, user, first, &change)).unwrap();
    let tagged = world.act(&Action::Tag(names("rye")));
    let moved = world.act(&Action::Move(Some(new)));
    world.db.write(|tx| ops::folders::delete(tx, user, old)).unwrap();
    world.take_back(favourite);
    world.take_back(tagged);
    world.take_back(moved);
    let found = world.db.read(|tx| store::bookmarks::find_all(tx, &world.links)).unwrap();
    assert_eq!(found[0].tags, ["mine"]);
    assert!(found[0].read_at.is_some() && !found[0].favourite);
    assert_eq!(found[1].folder_id, None, "its folder is gone");
}

#[test]
fn one_that_was_saved_again_meanwhile_is_left_alone() {
    let mut world = World::new();
    let undo = world.act(&Action::Delete);
    let gone = std::mem::take(&mut world.links);
    world.save(&NewBookmark { note: "newer".into(), ..link(2) });
    assert_eq!(world.take_back(undo), 2);
    let back = world.db.read(|tx| store::bookmarks::find_all(tx, &gone)).unwrap();
    assert_eq!(back.iter().map(|b| b.id).collect::<Vec<_>>(), [gone[0], gone[2]]);
    let again = world.db.read(|tx| store::bookmarks::find_all(tx, &world.links)).unwrap();
    assert_eq!(again[0].note, "newer");
}

#[test]
fn reminders_come_back_as_far_as_there_is_room_and_fire_nothing_they_missed() {
    let mut world = World::new();
    let (user, first) = (world.user, world.links[0]);
    for enabled in [true, false, true] {
        world.remind(first, enabled);
    }
    let all = |world: &World| world.db.read(|tx| store::reminders::list(tx, user)).unwrap();
    let before = all(&world);
    let undo = world.act(&Action::Delete);
    assert!(all(&world).is_empty());
    // It was due at 12:00 on that day, and is on the next.
    world.pass(Duration::from_hours(12));
    world.db.write(|tx| step(tx, user, undo, 2)).unwrap();
    assert!(matches!(world.db.wakes[..], [Wake::Reminder(..), Wake::Page]), "{:?}", world.db.wakes);
    let mut back = all(&world);
    back.sort_by_key(|reminder| reminder.id);
    assert_eq!(back.len(), 2, "of the three that there were");
    assert_eq!(back[0].next.unwrap().1, "2026-03-09T12:00:00Z".parse().unwrap());
    assert_eq!((back[1].next, back[1].settings.enabled), (None, false));
    assert!(back.iter().all(|one| before.iter().any(|was| was.settings == one.settings)));
}

#[test]
fn it_belongs_to_one_person() {
    let mut world = World::new();
    let undo = world.act(&Action::Delete);
    let other =
        world.db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
    assert!(world.db.write(|tx| step(tx, other, undo, 2)).is_err());
    let theirs = |tx: &WriteTx| {
        let undo = begin(tx, other, &Action::Read, 1)?.unwrap();
        apply(tx, other, &undo, &[BookmarkId(1)], &Action::Read)?;
        step(tx, other, undo.id, 2)
    };
    world.take_back(undo);
    assert_eq!(world.db.write(theirs).unwrap(), None, "nothing of another's was kept");
}
