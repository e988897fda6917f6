//! Saving links and keeping them in order.

use crate::error::{Error, Result};
use crate::model::bookmark::{Bookmark, BookmarkChange, Link, NewBookmark};
use crate::model::event::Event;
use crate::model::id::{BookmarkId, FolderId, UserId};
use crate::model::page::PageState;
use crate::ops::{hooks, rules, tags};
use crate::store::{self, Tx, Wake, WriteTx};

/// What saving a link came to.
#[derive(Debug)]
pub struct Saved {
    /// The bookmark as it stands now.
    pub bookmark: Bookmark,
    /// Whether it was new; otherwise the one that was there has been bumped.
    pub is_new: bool,
}

/// Saves a link. One that the user has already comes to the top again, unread, be it from the
/// archive or the ashes, and takes what was said about it now; nothing said before is wiped.
///
/// # Errors
/// `Invalid` when the folder is not theirs.
pub fn save(tx: &WriteTx, user_id: UserId, new: &NewBookmark) -> Result<Saved> {
    check_folder(tx, user_id, new.folder_id)?;
    if let Some(found) = store::bookmarks::find_by_url(tx, user_id, &new.link.canonical())? {
        let ids = [found.id];
        let bookmark = hooks::watch(tx, user_id, &ids, || bump(tx, found, new))?;
        return Ok(Saved { bookmark, is_new: false });
    }
    let id = store::bookmarks::insert(tx, user_id, new)?;
    tags::add(tx, user_id, id, &new.tags)?;
    let bookmark = rules::on_save(tx, store::bookmarks::get(tx, user_id, id)?)?;
    hooks::tell(tx, Event::BookmarkCreated, &bookmark)?;
    if bookmark.page_state == PageState::Pending {
        tx.wake(Wake::Page);
    }
    Ok(Saved { bookmark, is_new: true })
}

fn bump(tx: &WriteTx, mut found: Bookmark, new: &NewBookmark) -> Result<Bookmark> {
    let take = |old: &mut String, new: &str| {
        if !new.is_empty() {
            new.clone_into(old);
        }
    };
    take(&mut found.own_title, &new.title);
    take(&mut found.own_description, &new.description);
    take(&mut found.note, &new.note);
    found.folder_id = new.folder_id.or(found.folder_id);
    found.saved_at = new.saved_at.unwrap_or(tx.now()).max(found.saved_at);
    if new.unread {
        found.read_at = None;
    }
    found.favourite |= new.favourite;
    found.begin_anew(tx.now());
    found.set_archived(new.archived, tx.now());
    store::bookmarks::update(tx, &found)?;
    tags::add(tx, found.user_id, found.id, &new.tags)?;
    if new.fetch && found.page_state == PageState::Failed {
        refresh(tx, found.user_id, found.id)?;
    }
    store::bookmarks::get(tx, found.user_id, found.id)
}

/// Changes what a person said about a bookmark. One that is moved, read, to be read again or put
/// away leaves the ashes; one of which something else is changed stays there.
///
/// # Errors
/// `NotFound` when it is not theirs, `Invalid` when the folder is not, they have a link to that
/// address already, or there would be too many tags.
pub fn change(
    tx: &WriteTx,
    user_id: UserId,
    id: BookmarkId,
    change: &BookmarkChange,
) -> Result<Bookmark> {
    hooks::watch(tx, user_id, &[id], || apply(tx, user_id, id, change))
}

fn apply(
    tx: &WriteTx,
    user_id: UserId,
    id: BookmarkId,
    change: &BookmarkChange,
) -> Result<Bookmark> {
    let mut bookmark = store::bookmarks::get(tx, user_id, id)?;
    if let Some(link) = &change.link {
        lead_to(tx, &bookmark, link)?;
    }
    let take = |old: &mut String, new: &Option<String>| {
        if let Some(new) = new {
            new.clone_into(old);
        }
    };
    take(&mut bookmark.own_title, &change.title);
    take(&mut bookmark.own_description, &change.description);
    take(&mut bookmark.note, &change.note);
    if let Some(folder_id) = change.folder_id {
        check_folder(tx, user_id, folder_id)?;
        if bookmark.folder_id != folder_id {
            bookmark.begin_anew(tx.now());
        }
        bookmark.folder_id = folder_id;
    }
    if change.unread.is_some_and(|unread| unread != bookmark.read_at.is_none()) {
        bookmark.begin_anew(tx.now());
        bookmark.read_at = bookmark.read_at.is_none().then_some(tx.now());
    }
    if let Some(archived) = change.archived {
        bookmark.set_archived(archived, tx.now());
    }
    bookmark.favourite = change.favourite.unwrap_or(bookmark.favourite);
    store::bookmarks::update(tx, &bookmark)?;
    if let Some(names) = &change.tags {
        tags::set(tx, user_id, id, names)?;
    }
    store::bookmarks::get(tx, user_id, id)
}

/// Has a bookmark lead to another address, whose page is read unless that of the first was not to
/// be. What is known of that is shown until then.
fn lead_to(tx: &WriteTx, bookmark: &Bookmark, link: &Link) -> Result<()> {
    if bookmark.url == link.as_str() {
        return Ok(());
    }
    match store::bookmarks::find_by_url(tx, bookmark.user_id, &link.canonical())? {
        Some(other) if other.id != bookmark.id => {
            let reason = format!("link {} leads there already, expected another address", other.id);
            return Err(Error::invalid("url", reason));
        }
        _ => store::bookmarks::set_link(tx, bookmark.id, link)?,
    }
    store::link_checks::delete_failing(tx, bookmark.id)?;
    if bookmark.page_state != PageState::Ready || bookmark.fetched_at.is_some() {
        refresh(tx, bookmark.user_id, bookmark.id)?;
    }
    Ok(())
}

/// Has a bookmark's page read anew.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn refresh(tx: &WriteTx, user_id: UserId, id: BookmarkId) -> Result<Bookmark> {
    store::bookmarks::get(tx, user_id, id)?;
    store::pages::set_due(tx, id, Some(tx.now()), 0)?;
    store::pages::set_state(tx, id, PageState::Pending, None)?;
    tx.wake(Wake::Page);
    store::bookmarks::get(tx, user_id, id)
}

/// Gives a bookmark its full time until it burns again, out of the ashes or before.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn restore(tx: &WriteTx, user_id: UserId, id: BookmarkId) -> Result<()> {
    store::bookmarks::get(tx, user_id, id)?;
    hooks::watch(tx, user_id, &[id], || store::bulk::restore(tx, user_id, &[id])).map(drop)
}

/// Deletes a bookmark.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn delete(tx: &WriteTx, user_id: UserId, id: BookmarkId) -> Result<()> {
    store::bookmarks::get(tx, user_id, id)?;
    hooks::watch(tx, user_id, &[id], || store::bookmarks::delete(tx, id))
}

/// Checks that a folder, if there is one, is theirs.
pub(super) fn check_folder(tx: &Tx, user_id: UserId, folder_id: Option<FolderId>) -> Result<()> {
    let Some(id) = folder_id else { return Ok(()) };
    match store::folders::get(tx, user_id, id) {
        Err(Error::NotFound(_)) => Err(Error::invalid(
            "folder_id",
            format!("there is no folder {id}, expected one of yours or none"),
        )),
        other => other.map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::order::Order;
    use crate::model::reminder::Target;
    use crate::model::tag::{self, TagName};
    use crate::model::time::Zone;
    use crate::ops;
    use crate::store::bookmarks::{Filter, Stage};
    use crate::store::testing::Memory;

    const STAGES: [Stage; 5] =
        [Stage::Whole, Stage::Announced, Stage::Archived, Stage::Ash, Stage::Any];

    fn world() -> (Memory, UserId) {
        let mut db = Memory::open();
        let user =
            db.write(|tx| ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)).unwrap();
        (db, user)
    }

    fn link(url: &str) -> NewBookmark {
        NewBookmark::of(Link::parse(url).unwrap())
    }

    fn found(db: &Memory, user: UserId, words: &str) -> usize {
        let filter = Filter { words: Some(words.into()), ..Filter::default() };
        db.read(|tx| store::bookmarks::list(tx, user, &filter, 10)).unwrap().len()
    }

    #[test]
    fn a_link_that_moved_is_led_to_its_new_address_and_read_there() {
        let (mut db, user) = world();
        let save = |db: &mut Memory, new| db.write(|tx| save(tx, user, &new)).unwrap().bookmark.id;
        let id = save(&mut db, link("https://old.example/x"));
        let plain = save(&mut db, NewBookmark { fetch: false, ..link("https://plain.example/") });
        let lead = |db: &mut Memory, id, url: &str| {
            let link = Some(Link::parse(url).unwrap());
            db.write(|tx| change(tx, user, id, &BookmarkChange { link, ..Default::default() }))
        };
        let moved = lead(&mut db, id, "https://new.example/x").unwrap();
        assert_eq!(moved.url, "https://new.example/x");
        assert_eq!(
            (moved.page_state, db.wakes.as_slice()),
            (PageState::Pending, &[Wake::Page][..])
        );
        assert_eq!(found(&db, user, "new.example"), 1);
        assert_eq!(found(&db, user, "old.example"), 0);
        let error = lead(&mut db, plain, "https://new.example/x?utm_source=a").unwrap_err();
        assert!(error.to_string().starts_with("url: link 1 leads there already"), "{error}");
        let unread = lead(&mut db, plain, "https://plain.example/y").unwrap();
        assert_eq!(unread.page_state, PageState::Ready, "it was not to be read");
        assert_eq!(save(&mut db, link("https://new.example/x")), id);
        assert_ne!(save(&mut db, link("https://old.example/x")), id);
    }

    #[test]
    fn saving_again_bumps_and_wipes_nothing() {
        let (mut db, user) = world();
        let first = NewBookmark {
            note: "for the weekend".into(),
            ..link("https://example.com/?utm_source=a")
        };
        let first = db.write(|tx| save(tx, user, &first)).unwrap();
        assert!(first.is_new);
        assert_eq!(db.wakes, [Wake::Page]);
        let read = BookmarkChange { unread: Some(false), ..BookmarkChange::default() };
        db.write(|tx| change(tx, user, first.bookmark.id, &read)).unwrap();
        db.now = db.now + std::time::Duration::from_secs(60);
        let again = db.write(|tx| save(tx, user, &link("https://EXAMPLE.com/"))).unwrap();
        assert!(!again.is_new);
        assert_eq!(again.bookmark.id, first.bookmark.id);
        assert_eq!(again.bookmark.note, "for the weekend");
        assert_eq!((again.bookmark.read_at, again.bookmark.saved_at), (None, db.now));
    }

    #[test]
    fn a_folder_of_another_user_is_no_folder() {
        let (mut db, user) = world();
        let other =
            db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
        let folder = db.write(|tx| store::folders::insert(tx, other, None, "Theirs")).unwrap();
        let new = NewBookmark { folder_id: Some(folder), ..link("https://example.com/") };
        let why = db.write(|tx| save(tx, user, &new)).unwrap_err().to_string();
        assert!(why.starts_with("folder_id:"), "{why}");
        assert_eq!(db.read(|tx| store::bookmarks::count(tx, user)).unwrap().all, 0);
    }

    #[test]
    fn what_is_archived_waits_no_more_until_it_is_saved_again() {
        let (mut db, user) = world();
        let new = link("https://example.com/");
        let id = db.write(|tx| save(tx, user, &new)).unwrap().bookmark.id;
        let put_away = BookmarkChange { archived: Some(true), ..BookmarkChange::default() };
        let list = |db: &Memory, stage| {
            let filter = Filter { stage, ..Filter::default() };
            db.read(|tx| store::bookmarks::list(tx, user, &filter, 9)).unwrap().len()
        };
        let archived = db.write(|tx| change(tx, user, id, &put_away)).unwrap();
        assert_eq!(archived.archived_at, Some(db.now));
        assert_eq!((list(&db, Stage::Whole), list(&db, Stage::Archived)), (0, 1));
        assert_eq!(db.read(|tx| store::bookmarks::count(tx, user)).unwrap().all, 0);
        assert!(!db.read(|tx| store::bookmarks::is_any_waiting(tx, user, Target::All)).unwrap());
        let again = db.write(|tx| save(tx, user, &new)).unwrap();
        assert_eq!((again.is_new, again.bookmark.archived_at), (false, None));
        assert_eq!((list(&db, Stage::Whole), list(&db, Stage::Archived)), (1, 0));
    }

    #[test]
    fn tags_are_added_by_saving_and_replaced_by_changing() {
        let (mut db, user) = world();
        let tagged = |tags| NewBookmark {
            tags: tag::parse_line(tags).unwrap(),
            ..link("https://example.com/")
        };
        let id = db.write(|tx| save(tx, user, &tagged("Rust web"))).unwrap().bookmark.id;
        let saved = db.write(|tx| save(tx, user, &tagged("RUST jam"))).unwrap().bookmark;
        assert_eq!(saved.tags, ["Rust", "jam", "web"]);
        assert_eq!(found(&db, user, "jam"), 1);
        let tags = Some(tag::parse_line("tea").unwrap());
        let tags = BookmarkChange { tags, ..BookmarkChange::default() };
        assert_eq!(db.write(|tx| change(tx, user, id, &tags)).unwrap().tags, ["tea"]);
        assert_eq!((found(&db, user, "jam"), found(&db, user, "tea")), (0, 1));
        let all: Vec<_> = db.read(|tx| store::tags::list(tx, user)).unwrap();
        let counts: Vec<_> = all.iter().map(|tag| (tag.name.as_str(), tag.counts.unread)).collect();
        assert_eq!(counts, [("jam", 0), ("Rust", 0), ("tea", 1), ("web", 0)]);
        let many: Vec<_> = (0..=tag::TAGS_MAX).map(|n| format!("t{n}")).collect();
        let half =
            |names: &[String]| NewBookmark { tags: tag::parse_all(names).unwrap(), ..tagged("") };
        db.write(|tx| save(tx, user, &half(&many[..60]))).unwrap();
        assert!(db.write(|tx| save(tx, user, &half(&many[60..]))).is_err());
        assert_eq!(db.read(|tx| store::tags::count_of(tx, id)).unwrap(), 61);
    }

    #[test]
    fn words_of_any_script_are_found_and_only_ones_own() {
        let (mut db, user) = world();
        let other =
            db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
        for (owner, title, url) in [
            (user, "맛있는 토스트 굽기", "https://a.example/"),
            (user, "How to bake", "https://b.example/"),
            (other, "토스트", "https://c.example/"),
        ] {
            let new = NewBookmark { title: title.into(), ..link(url) };
            db.write(|tx| save(tx, owner, &new)).unwrap();
        }
        for (words, count) in [
            ("토스", 1),
            ("굽기", 1),
            ("스트굽", 1),
            ("BAKE", 1),
            ("ba", 1),
            ("토스 bake", 0),
            ("u2", 0),
            ("\"", 0),
        ] {
            assert_eq!(found(&db, user, words), count, "{words}");
        }
        let bookmark =
            db.read(|tx| store::bookmarks::list(tx, user, &Filter::default(), 1)).unwrap();
        db.write(|tx| delete(tx, user, bookmark[0].id)).unwrap();
        assert_eq!(found(&db, user, "bake"), 0);
    }

    #[test]
    fn links_are_listed_by_where_their_pages_stand() {
        let (mut db, user) = world();
        let states =
            ["pending", "ready", "failed", "refused"].map(|s| PageState::parse(s).unwrap());
        for n in 0..40 {
            let new =
                NewBookmark { title: "toast".into(), ..link(&format!("https://a.example/{n}")) };
            let id = db.write(|tx| save(tx, user, &new)).unwrap().bookmark.id;
            db.write(|tx| store::pages::set_state(tx, id, states[n % 4], None)).unwrap();
        }
        for wanted in [vec![], vec![states[2]], vec![states[2], states[3]], states.to_vec()] {
            for words in [None, Some("toast".to_owned())] {
                let filter = Filter { words, states: wanted.clone(), ..Filter::default() };
                let list = db.read(|tx| store::bookmarks::list(tx, user, &filter, 99)).unwrap();
                let expected = if wanted.is_empty() { 40 } else { wanted.len() * 10 };
                assert_eq!(list.len(), expected, "{filter:?}");
                assert!(list.iter().all(|b| wanted.is_empty() || wanted.contains(&b.page_state)));
                let ids: Vec<BookmarkId> = list.iter().map(|bookmark| bookmark.id).collect();
                assert_eq!(
                    db.read(|tx| store::bookmarks::list_ids(tx, user, &filter)).unwrap(),
                    ids
                );
            }
        }
    }

    #[test]
    fn however_a_list_is_found_it_is_the_same() {
        let (mut db, user) = world();
        let (top, inner) = db
            .write(|tx| {
                let top = store::folders::insert(tx, user, None, "Top")?;
                Ok((top, store::folders::insert(tx, user, Some(top), "Inner")?))
            })
            .unwrap();
        // So many that a search for what all have goes another way than one for what few have.
        for n in 0..1_200 {
            let new = NewBookmark {
                title: if n % 7 == 0 { "toast rare".into() } else { "toast".into() },
                folder_id: [None, Some(top), Some(inner)][n % 3],
                unread: n % 2 == 0,
                tags: tag::parse_line(if n % 4 == 0 { "jam tea" } else { "" }).unwrap(),
                favourite: n % 5 == 0,
                // Not in the order of their ids, and some at the same time.
                saved_at: Some(db.now + std::time::Duration::from_secs((n * 37 % 1_000) as u64)),
                ..link(&format!("https://example.com/{n}"))
            };
            let mut saved = db.write(|tx| save(tx, user, &new)).unwrap().bookmark;
            match n % 10 {
                0 => saved.burnt_at = Some(db.now),
                4 => saved.burns_at = Some(db.now),
                7 => saved.set_archived(true, db.now),
                _ => continue,
            }
            db.write(|tx| store::bookmarks::update(tx, &saved)).unwrap();
        }
        let list = |filter: &Filter, limit| {
            db.read(|tx| store::bookmarks::list(tx, user, filter, limit)).unwrap()
        };
        let mut all = list(&Filter::default(), 2_000);
        for stage in [Stage::Archived, Stage::Ash] {
            all.extend(list(&Filter { stage, ..Filter::default() }, 2_000));
        }
        all.sort_by_key(|b| std::cmp::Reverse((b.saved_at, b.id)));
        assert_eq!(all.len(), 1_200);
        let stands = |b: &Bookmark, stage| match stage {
            Stage::Whole => b.burnt_at.is_none() && b.archived_at.is_none(),
            Stage::Announced => b.burns_at.is_some(),
            Stage::Archived => b.archived_at.is_some(),
            Stage::Ash => b.burnt_at.is_some(),
            Stage::Any => true,
        };
        let after = store::bookmarks::Cursor::of(&all[300]);
        let check = |filter: &Filter| {
            let mut all: Vec<_> = all.iter().collect();
            if filter.order == Order::Oldest {
                all.reverse();
            }
            let is_after = |b: &Bookmark, after: store::bookmarks::Cursor| match filter.order {
                Order::Newest => store::bookmarks::Cursor::of(b) < after,
                Order::Oldest => store::bookmarks::Cursor::of(b) > after,
            };
            let expected = all.into_iter().filter(|b| {
                filter.words.as_deref().is_none_or(|word| b.own_title.contains(word))
                    && filter
                        .folder_id
                        .is_none_or(|id| b.folder_id == Some(inner) || b.folder_id == Some(id))
                    && filter.unread.is_none_or(|unread| b.read_at.is_none() == unread)
                    && filter.after.is_none_or(|after| is_after(b, after))
                    && filter.tag.as_ref().is_none_or(|tag| b.tags.contains(tag.key()))
                    && filter.favourite.is_none_or(|favourite| b.favourite == favourite)
                    && stands(b, filter.stage)
            });
            let expected: Vec<_> = expected.take(20).map(|b| b.id).collect();
            let found: Vec<_> = list(filter, 20).iter().map(|b| b.id).collect();
            assert_eq!(found, expected, "{filter:?}");
        };
        for words in [None, Some("toast"), Some("rare")] {
            for folder_id in [None, Some(top), Some(inner)] {
                for unread in [None, Some(true), Some(false)] {
                    let filter = Filter {
                        words: words.map(ToOwned::to_owned),
                        folder_id,
                        unread,
                        ..Filter::default()
                    };
                    for stage in STAGES {
                        for after in [None, Some(after)] {
                            check(&Filter { stage, after, ..filter.clone() });
                            if words.is_none() {
                                let order = Order::Oldest;
                                check(&Filter { stage, after, order, ..filter.clone() });
                            }
                        }
                        let tag = Some(TagName::parse("jam").unwrap());
                        check(&Filter { stage, tag, ..filter.clone() });
                        for favourite in [Some(true), Some(false)] {
                            check(&Filter { stage, favourite, ..filter.clone() });
                        }
                    }
                }
            }
        }
    }
}
