//! Tags: on bookmarks, and by themselves.

use crate::error::{Error, Result};
use crate::model::id::{BookmarkId, TagId, UserId};
use crate::model::tag::{self, TAGS_MAX, Tag, TagName};
use crate::ops::hooks;
use crate::store::{self, Tx, WriteTx};

/// How many tags a person may have.
const PER_USER_MAX: i64 = 10_000;
/// The most bookmarks of one transaction, so that others need not wait for long.
const CHUNK: usize = 250;

/// Makes a tag that nothing has yet.
///
/// # Errors
/// `Conflict` when the user has it already, or has too many.
pub fn create(tx: &WriteTx, user_id: UserId, name: &TagName) -> Result<Tag> {
    if store::tags::find(tx, user_id, name)?.is_some() {
        return Err(taken(name));
    }
    let id = find_or_insert(tx, user_id, name)?;
    store::tags::get(tx, user_id, id)
}

/// Writes a tag in another way, on all that have it.
///
/// # Errors
/// `NotFound` when it is not theirs, `Conflict` when another one is called so.
pub fn rename(tx: &WriteTx, user_id: UserId, id: TagId, name: &TagName) -> Result<Tag> {
    store::tags::get(tx, user_id, id)?;
    match store::tags::find(tx, user_id, name)? {
        Some(other) if other != id => Err(taken(name)),
        _ => {
            let list = || store::tags::list_bookmarks(tx, id, usize::MAX);
            let rename = || store::tags::set_name(tx, id, name);
            hooks::watch_many(tx, user_id, list, rename)?;
            store::tags::get(tx, user_id, id)
        }
    }
}

/// Takes a tag off some of the bookmarks that have it, and puts another in its place if there is
/// one to. Returns whether there were any; once nothing has it, the tag is deleted. Reminders about
/// it are then about the other one; without one they go, with pushes of theirs that still wait.
///
/// # Errors
/// `NotFound` when either is not theirs, `Invalid` when they are the same.
pub fn dissolve(tx: &WriteTx, user_id: UserId, id: TagId, into: Option<TagId>) -> Result<bool> {
    store::tags::get(tx, user_id, id)?;
    if let Some(into) = into {
        store::tags::get(tx, user_id, into)?;
        if into == id {
            return Err(Error::invalid("merge_into", "the tag itself, expected another one"));
        }
    }
    let bookmarks = store::tags::list_bookmarks(tx, id, CHUNK)?;
    hooks::watch(tx, user_id, &bookmarks, || {
        for bookmark_id in &bookmarks {
            store::tags::detach(tx, *bookmark_id, id)?;
            if let Some(into) = into {
                store::tags::attach(tx, *bookmark_id, &[into])?;
            }
        }
        Ok(())
    })?;
    if bookmarks.is_empty() {
        match into {
            Some(into) => store::reminders::set_tag(tx, id, into)?,
            None => {
                for reminder in store::reminders::list_of_tag(tx, id)? {
                    store::deliveries::cancel_of_reminder(tx, reminder, "its tag was deleted")?;
                }
            }
        }
        store::tags::delete(tx, id)?;
    }
    Ok(!bookmarks.is_empty())
}

/// Puts tags on a bookmark of that user, beside those it has; new ones are made. Returns whether
/// any was not there.
///
/// # Errors
/// `Invalid` when it would have too many, `Conflict` when the user has.
pub fn add(tx: &WriteTx, user_id: UserId, id: BookmarkId, names: &[TagName]) -> Result<bool> {
    if names.is_empty() {
        return Ok(false);
    }
    let ids: Vec<TagId> =
        names.iter().map(|name| find_or_insert(tx, user_id, name)).collect::<Result<_>>()?;
    let any = store::tags::attach(tx, id, &ids)?;
    if any {
        let count = store::tags::count_of(tx, id)?;
        if count > TAGS_MAX {
            return Err(tag::too_many(count));
        }
    }
    Ok(any)
}

/// Takes tags off a bookmark of that user. Returns whether any was there.
///
/// # Errors
/// When that cannot be stored.
pub fn remove(tx: &WriteTx, user_id: UserId, id: BookmarkId, names: &[TagName]) -> Result<bool> {
    let mut any = false;
    for name in names {
        if let Some(tag_id) = find(tx, user_id, name)? {
            any |= store::tags::detach(tx, id, tag_id)?;
        }
    }
    Ok(any)
}

/// Gives a bookmark of that user those tags and no others.
///
/// # Errors
/// As [`add`].
pub fn set(tx: &WriteTx, user_id: UserId, id: BookmarkId, names: &[TagName]) -> Result<()> {
    store::tags::detach_all(tx, id)?;
    add(tx, user_id, id, names).map(drop)
}

fn find(tx: &Tx, user_id: UserId, name: &TagName) -> Result<Option<TagId>> {
    store::tags::find(tx, user_id, name)
}

fn find_or_insert(tx: &WriteTx, user_id: UserId, name: &TagName) -> Result<TagId> {
    match find(tx, user_id, name)? {
        Some(id) => Ok(id),
        None if store::tags::count(tx, user_id)? >= PER_USER_MAX => {
            Err(Error::Conflict(format!("there are {PER_USER_MAX} tags already")))
        }
        None => store::tags::insert(tx, user_id, name),
    }
}

fn taken(name: &TagName) -> Error {
    Error::Conflict(format!("there is a tag {} already, merge into it instead", name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bookmark::{Link, NewBookmark};
    use crate::model::time::Zone;
    use crate::ops;
    use crate::store::bookmarks::Filter;
    use crate::store::testing::Memory;

    fn world() -> (Memory, UserId) {
        let mut db = Memory::open();
        let user =
            db.write(|tx| ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)).unwrap();
        (db, user)
    }

    fn save(db: &mut Memory, user: UserId, n: usize, tags: &str) {
        let link = Link::parse(&format!("https://example.com/{n}")).unwrap();
        let new = NewBookmark { tags: tag::parse_line(tags).unwrap(), ..NewBookmark::of(link) };
        db.write(|tx| ops::bookmarks::save(tx, user, &new)).unwrap();
    }

    fn counts(db: &Memory, user: UserId) -> Vec<(String, i64)> {
        let tags = db.read(|tx| store::tags::list(tx, user)).unwrap();
        tags.into_iter().map(|tag| (tag.name, tag.counts.all)).collect()
    }

    fn found(db: &Memory, user: UserId, words: &str) -> usize {
        let filter = Filter { words: Some(words.into()), ..Filter::default() };
        db.read(|tx| store::bookmarks::list(tx, user, &filter, 999)).unwrap().len()
    }

    fn id(db: &Memory, user: UserId, name: &str) -> TagId {
        let name = TagName::parse(name).unwrap();
        db.read(|tx| store::tags::find(tx, user, &name)).unwrap().unwrap()
    }

    /// Dissolves a tag to the end; says in how many steps.
    fn dissolve_all(db: &mut Memory, user: UserId, tag: TagId, into: Option<TagId>) -> usize {
        let mut steps = 0;
        while db.write(|tx| dissolve(tx, user, tag, into)).unwrap() {
            steps += 1;
        }
        steps
    }

    #[test]
    fn a_tag_is_merged_and_deleted_in_steps_and_links_stay() {
        let (mut db, user) = world();
        for n in 0..300 {
            save(&mut db, user, n, if n % 2 == 0 { "jam tea" } else { "jam" });
        }
        let (jam, tea) = (id(&db, user, "jam"), id(&db, user, "tea"));
        assert_eq!(dissolve_all(&mut db, user, jam, Some(tea)), 2);
        assert_eq!(counts(&db, user), [("tea".to_owned(), 300)]);
        assert_eq!((found(&db, user, "jam"), found(&db, user, "tea")), (0, 300));
        dissolve_all(&mut db, user, tea, None);
        assert_eq!((counts(&db, user).len(), found(&db, user, "tea")), (0, 0));
        assert_eq!(db.read(|tx| store::bookmarks::count(tx, user)).unwrap().all, 300);
    }

    #[test]
    fn a_name_is_given_once_and_only_to_ones_own() {
        let (mut db, user) = world();
        let name = |typed: &str| TagName::parse(typed).unwrap();
        let jam = db.write(|tx| create(tx, user, &name("jam"))).unwrap().id;
        assert!(db.write(|tx| create(tx, user, &name("JAM"))).is_err());
        assert_eq!(db.write(|tx| rename(tx, user, jam, &name("Jam"))).unwrap().name, "Jam");
        db.write(|tx| create(tx, user, &name("tea"))).unwrap();
        assert!(db.write(|tx| rename(tx, user, jam, &name("Tea"))).is_err());
        let merge = |tx: &WriteTx| dissolve(tx, user, jam, Some(jam));
        assert!(db.write(merge).is_err());
        let other =
            db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
        assert!(db.write(|tx| rename(tx, other, jam, &name("x"))).is_err());
        assert!(db.write(|tx| dissolve(tx, other, jam, None)).is_err());
        assert_eq!(counts(&db, user), [("Jam".to_owned(), 0), ("tea".to_owned(), 0)]);
    }
}
