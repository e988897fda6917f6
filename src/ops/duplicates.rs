//! Links that lead to the same place: telling of them, and making one of several.

use crate::error::{Error, Result};
use crate::model::bookmark::{Bookmark, NOTE_CHARS_MAX};
use crate::model::id::{BookmarkId, UserId};
use crate::model::place;
use crate::model::tag::{self, TAGS_MAX};
use crate::ops::hooks;
use crate::store::{self, Tx, WriteTx};

/// The most links that are merged at once, and that are shown of one place.
pub const LINKS_MAX: usize = 100;
/// The most links that get a key in one transaction.
const CHUNK: usize = 250;

/// Several links that lead to one place.
#[derive(Debug)]
pub struct Group {
    /// What they have in common.
    pub key: String,
    /// How many there are.
    pub count: i64,
    /// The first of them, those saved first first.
    pub bookmarks: Vec<Bookmark>,
}

/// Up to `limit` places that several links of a person lead to, those after the key `after`, with
/// `shown` of the links of each.
///
/// # Errors
/// When they cannot be read.
pub fn list(
    tx: &Tx,
    user_id: UserId,
    after: &str,
    limit: usize,
    shown: usize,
) -> Result<Vec<Group>> {
    let keys = store::duplicates::list_keys(tx, user_id, after, limit)?;
    let group = |(key, count): (String, i64)| {
        let ids = store::duplicates::list_with(tx, user_id, &key, shown)?;
        Ok(Group { bookmarks: store::bookmarks::find_all(tx, &ids)?, key, count })
    };
    keys.into_iter().map(group).collect()
}

/// Makes one link of several that lead to the same place. It is as old as the oldest and has the
/// tags, notes and reminders of all; where it says nothing itself, it says and is filed as the
/// first of the others that does. It waits to be read if any of them does, and is put away only if
/// all of them are. The others go.
///
/// # Errors
/// `Invalid` when one is not theirs or leads elsewhere, or there would be too many tags or too
/// long a note; then nothing has changed.
pub fn merge(
    tx: &WriteTx,
    user_id: UserId,
    keep: BookmarkId,
    ids: &[BookmarkId],
) -> Result<Bookmark> {
    let mut ids: Vec<BookmarkId> = ids.iter().copied().filter(|id| *id != keep).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() || ids.len() > LINKS_MAX {
        let reason = format!("{} others in it, expected 1 to {LINKS_MAX}", ids.len());
        return Err(Error::invalid("ids", reason));
    }
    let all: Vec<BookmarkId> = ids.iter().copied().chain([keep]).collect();
    hooks::watch(tx, user_id, &all, || unite(tx, user_id, keep, &ids))
}

fn unite(tx: &WriteTx, user_id: UserId, keep: BookmarkId, ids: &[BookmarkId]) -> Result<Bookmark> {
    let (mut kept, key) = find(tx, user_id, "keep", keep)?;
    for id in ids {
        let (other, its_key) = find(tx, user_id, "ids", *id)?;
        if its_key != key {
            let reason = format!("{id} does not lead to the same place as {keep}");
            return Err(Error::invalid("ids", reason));
        }
        take(&mut kept, &other, tx)?;
        store::duplicates::copy_tags(tx, *id, keep)?;
        store::duplicates::move_reminders(tx, *id, keep)?;
        store::bookmarks::delete(tx, *id)?;
    }
    match store::tags::count_of(tx, keep)? {
        count if count > TAGS_MAX => return Err(tag::too_many(count)),
        _ => store::bookmarks::update(tx, &kept)?,
    }
    store::bookmarks::get(tx, user_id, keep)
}

/// A link of theirs and its key.
fn find(
    tx: &Tx,
    user_id: UserId,
    field: &'static str,
    id: BookmarkId,
) -> Result<(Bookmark, String)> {
    let found = match store::bookmarks::get(tx, user_id, id) {
        Err(Error::NotFound(_)) => None,
        other => Some(other?),
    };
    let key = store::duplicates::find_key(tx, id)?;
    found.zip(key).ok_or_else(|| {
        Error::invalid(field, format!("there is no link {id}, expected one of yours, and no ashes"))
    })
}

/// Gives a link what another says beyond it.
fn take(kept: &mut Bookmark, other: &Bookmark, tx: &Tx) -> Result<()> {
    for (mine, theirs) in [
        (&mut kept.own_title, &other.own_title),
        (&mut kept.own_description, &other.own_description),
    ] {
        if mine.is_empty() {
            mine.clone_from(theirs);
        }
    }
    if !kept.note.contains(&other.note) {
        let between = if kept.note.is_empty() { "" } else { "\n\n" };
        kept.note = format!("{}{between}{}", kept.note, other.note);
        let length = kept.note.chars().count();
        if length > NOTE_CHARS_MAX {
            let reason = format!(
                "the notes of all are {length} characters long, expected at most {NOTE_CHARS_MAX}"
            );
            return Err(Error::invalid("ids", reason));
        }
    }
    kept.folder_id = kept.folder_id.or(other.folder_id);
    kept.favourite |= other.favourite;
    // That it is older than was known does not have it burn sooner.
    kept.burn_from = kept.burn_from.or(Some(kept.saved_at));
    kept.saved_at = kept.saved_at.min(other.saved_at);
    if kept.read_at.is_some() && other.read_at.is_none() {
        kept.begin_anew(tx.now());
        kept.read_at = None;
    }
    if other.archived_at.is_none() {
        kept.set_archived(false, tx.now());
    }
    Ok(())
}

/// Gives some links a key that have none, such as those of a database from before there were
/// keys. Returns whether there may be more.
///
/// # Errors
/// When it cannot be stored.
pub fn fill(tx: &WriteTx) -> Result<bool> {
    for user in store::users::list(tx)? {
        let unkeyed = store::duplicates::list_unkeyed(tx, user.id, CHUNK)?;
        for link in &unkeyed {
            let key = place::key(&link.url, link.lives_at.as_deref());
            store::duplicates::set_key(tx, link.id, &key)?;
        }
        if unkeyed.len() == CHUNK {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::bookmark::{Link, NewBookmark};
    use crate::model::language::Language;
    use crate::model::page::PageCard;
    use crate::model::recurrence::Schedule;
    use crate::model::reminder::{Pick, Settings, Target, WhenEmpty};
    use crate::model::time::Zone;
    use crate::ops;
    use crate::ops::pages::{Claimed, Read};
    use crate::store::testing::Memory;

    fn world() -> (Memory, UserId) {
        let mut db = Memory::open();
        let user =
            db.write(|tx| ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)).unwrap();
        (db, user)
    }

    fn link(url: &str) -> NewBookmark {
        NewBookmark { fetch: false, ..NewBookmark::of(Link::parse(url).unwrap()) }
    }

    fn save(db: &mut Memory, user: UserId, new: &NewBookmark) -> BookmarkId {
        db.now = db.now + Duration::from_secs(60);
        db.write(|tx| ops::bookmarks::save(tx, user, new)).unwrap().bookmark.id
    }

    /// The ids in each group, groups in the order of their first.
    fn groups(db: &Memory, user: UserId) -> Vec<Vec<i64>> {
        let found = db.read(|tx| list(tx, user, "", 999, 99)).unwrap();
        let ids = |group: &Group| group.bookmarks.iter().map(|b| b.id.0).collect::<Vec<_>>();
        let mut groups: Vec<Vec<i64>> = found.iter().map(ids).collect();
        groups.sort();
        groups
    }

    #[test]
    fn links_to_one_place_are_told_by_their_addresses_and_by_their_pages() {
        let (mut db, user) = world();
        for url in [
            "https://a.example/x",
            "http://www.a.example/x/",
            "https://b.example/y",
            "https://short.example/1",
            "https://c.example/z",
        ] {
            save(&mut db, user, &link(url));
        }
        assert_eq!(groups(&db, user), [[1, 2]]);
        let read = |db: &mut Memory, id: i64, lives_at: &str| {
            let (id, language) = (BookmarkId(id), Language::English);
            let claimed = Claimed { id, url: String::new(), tries: 0, language };
            let canonical_url = Some(lives_at.into());
            let card = PageCard { canonical_url, ..PageCard::default() };
            db.write(|tx| ops::pages::record(tx, &claimed, &Read::Ready(Box::new(card)))).unwrap();
        };
        read(&mut db, 4, "https://www.b.example/y");
        read(&mut db, 5, "https://c.example/");
        read(&mut db, 2, "https://elsewhere.example/x");
        assert_eq!(groups(&db, user), [[3, 4]]);
        let other =
            db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
        save(&mut db, other, &link("https://a.example/x"));
        assert_eq!(groups(&db, user), [[3, 4]]);
        assert!(groups(&db, other).is_empty());
    }

    #[test]
    fn what_was_saved_before_there_were_keys_gets_one() {
        let (mut db, user) = world();
        for n in 0..300 {
            let scheme = ["http", "https"][n % 2];
            let id = save(&mut db, user, &link(&format!("{scheme}://a.example/{}", n / 2)));
            db.write(|tx| store::duplicates::set_key(tx, id, "")).unwrap();
        }
        assert!(groups(&db, user).is_empty());
        assert!(db.write(fill).unwrap());
        assert!(!db.write(fill).unwrap());
        assert_eq!(groups(&db, user).len(), 150);
        let (mut after, mut pages) = (String::new(), 0);
        loop {
            let page = db.read(|tx| list(tx, user, &after, 40, 9)).unwrap();
            let Some(last) = page.last() else { break };
            after.clone_from(&last.key);
            pages += page.len();
        }
        assert_eq!(pages, 150);
    }

    #[test]
    fn one_is_made_of_several_and_nothing_that_was_said_is_lost() {
        let (mut db, user) = world();
        let folder = db.write(|tx| store::folders::insert(tx, user, None, "News")).unwrap();
        let first = NewBookmark {
            note: "for Sunday".into(),
            title: "Mine".into(),
            tags: tag::parse_line("a b").unwrap(),
            favourite: true,
            ..link("https://a.example/x")
        };
        let oldest = save(&mut db, user, &first);
        let saved_at = db.now;
        let kept = NewBookmark {
            note: "rye".into(),
            tags: tag::parse_line("B c").unwrap(),
            unread: false,
            archived: true,
            ..link("http://a.example/x")
        };
        let kept = save(&mut db, user, &kept);
        let kept_at = db.now;
        let third = NewBookmark {
            folder_id: Some(folder),
            note: "rye".into(),
            ..link("https://www.a.example/x/")
        };
        let third = save(&mut db, user, &third);
        let settings = Settings {
            name: "Read it".into(),
            target: Target::Bookmark(oldest),
            schedule: Schedule::Weekly {
                days: "mon".parse().unwrap(),
                at: "09:00".parse().unwrap(),
            },
            zone: Zone::UTC,
            pick: Pick::default(),
            when_empty: WhenEmpty::Skip,
            enabled: true,
            destinations: None,
        };
        let reminder = db.write(|tx| ops::reminders::set(tx, user, &settings, 9)).unwrap().id;
        let merged = db.write(|tx| merge(tx, user, kept, &[third, oldest, kept, third])).unwrap();
        assert_eq!((merged.id, merged.saved_at), (kept, saved_at));
        assert_eq!(merged.note, "rye\n\nfor Sunday");
        assert_eq!(merged.tags, ["a", "b", "c"]);
        assert_eq!((merged.own_title.as_str(), merged.folder_id), ("Mine", Some(folder)));
        assert!(merged.favourite && merged.read_at.is_none(), "the others waited");
        assert!(merged.archived_at.is_none(), "the others were not put away");
        assert!(merged.burn_from >= Some(kept_at), "it does not burn sooner");
        let moved = db.read(|tx| store::reminders::get(tx, user, reminder)).unwrap();
        assert_eq!(moved.settings.target, Target::Bookmark(kept));
        assert!(groups(&db, user).is_empty());
        assert_eq!(db.read(|tx| store::bookmarks::count(tx, user)).unwrap().all, 1);
    }

    #[test]
    fn what_cannot_be_merged_stays_as_it_is() {
        let (mut db, user) = world();
        let other =
            db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
        let long = "x".repeat(NOTE_CHARS_MAX);
        let with = |note: &str, tags: std::ops::Range<usize>, url: &str| NewBookmark {
            note: note.into(),
            tags: tag::parse_all(&tags.map(|n| format!("t{n}")).collect::<Vec<_>>()).unwrap(),
            ..link(url)
        };
        let one = save(&mut db, user, &with("a", 0..60, "https://a.example/"));
        let noted = save(&mut db, user, &with(&long, 0..0, "http://a.example/"));
        let tagged = save(&mut db, user, &with("", 60..120, "http://www.a.example/"));
        let elsewhere = save(&mut db, user, &link("https://b.example/"));
        let theirs = save(&mut db, other, &link("https://a.example/"));
        let ash = save(&mut db, user, &link("https://www.a.example/"));
        db.write(|tx| {
            let mut burnt = store::bookmarks::get(tx, user, ash)?;
            burnt.burnt_at = Some(tx.now());
            store::bookmarks::update(tx, &burnt)
        })
        .unwrap();
        let many: Vec<_> = (100..201).map(BookmarkId).collect();
        for (keep, ids, field) in [
            (one, vec![], "ids"),
            (one, vec![one], "ids"),
            (one, vec![noted], "ids"),
            (one, vec![tagged], "tags"),
            (one, vec![elsewhere], "ids"),
            (one, vec![theirs], "ids"),
            (one, vec![ash], "ids"),
            (one, many, "ids"),
            (theirs, vec![one], "keep"),
            (BookmarkId(99), vec![one], "keep"),
        ] {
            let error = db.write(|tx| merge(tx, user, keep, &ids)).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{field}:")), "{error}");
        }
        assert_eq!(groups(&db, user), [[1, 2, 3]]);
    }
}
