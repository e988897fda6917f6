//! Rules about links that are saved: setting them, and following them.

use crate::error::{Error, Result};
use crate::model::bookmark::{Bookmark, Link};
use crate::model::id::{BookmarkId, RuleId, UserId};
use crate::model::page::PageState;
use crate::model::rule::{Field, PER_USER_MAX, Rule, Settings};
use crate::ops::bookmarks::check_folder;
use crate::ops::{hooks, order, tags};
use crate::store::{self, Tx, WriteTx};

/// The most bookmarks that a rule is tried on in one transaction.
pub const CHUNK: usize = 250;

/// Sets a rule.
///
/// # Errors
/// `Invalid` when the folder is not theirs or it does nothing, `Conflict` when there are too many.
pub fn set(tx: &WriteTx, user_id: UserId, settings: &Settings) -> Result<Rule> {
    check(tx, user_id, settings)?;
    if store::rules::count(tx, user_id)? >= PER_USER_MAX {
        return Err(Error::Conflict(format!("there are {PER_USER_MAX} rules already")));
    }
    let id = store::rules::insert(tx, user_id, settings)?;
    store::rules::get(tx, user_id, id)
}

/// Changes a rule.
///
/// # Errors
/// As [`set`]; also `NotFound` when it is not theirs.
pub fn change(tx: &WriteTx, user_id: UserId, id: RuleId, settings: &Settings) -> Result<Rule> {
    store::rules::get(tx, user_id, id)?;
    check(tx, user_id, settings)?;
    store::rules::update(tx, id, settings)?;
    store::rules::get(tx, user_id, id)
}

/// Puts a rule at that place, counted from 0, among those of its owner.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn place(tx: &WriteTx, user_id: UserId, id: RuleId, position: usize) -> Result<()> {
    store::rules::get(tx, user_id, id)?;
    set_order(tx, &order::moved(ids(tx, user_id)?, id, position))
}

/// Moves a rule by one place, up or down.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn step(tx: &WriteTx, user_id: UserId, id: RuleId, down: bool) -> Result<()> {
    store::rules::get(tx, user_id, id)?;
    set_order(tx, &order::stepped(ids(tx, user_id)?, id, down))
}

fn ids(tx: &Tx, user_id: UserId) -> Result<Vec<RuleId>> {
    Ok(store::rules::list(tx, user_id)?.iter().map(|rule| rule.id).collect())
}

fn set_order(tx: &WriteTx, order: &[RuleId]) -> Result<()> {
    order.iter().zip(1..).try_for_each(|(id, n)| store::rules::set_position(tx, *id, n))
}

/// Deletes a rule; what it has done stays.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn delete(tx: &WriteTx, user_id: UserId, id: RuleId) -> Result<()> {
    store::rules::get(tx, user_id, id)?;
    store::rules::delete(tx, id)
}

fn check(tx: &Tx, user_id: UserId, settings: &Settings) -> Result<()> {
    settings.check()?;
    check_folder(tx, user_id, settings.folder_id)
}

/// Follows the rules of its owner with a link that was just saved.
///
/// # Errors
/// When something cannot be stored.
pub fn on_save(tx: &WriteTx, bookmark: Bookmark) -> Result<Bookmark> {
    follow(tx, bookmark, |_| true)
}

/// Follows those rules that ask for a title with a link whose page has just told it.
///
/// # Errors
/// When something cannot be stored.
pub fn on_title(tx: &WriteTx, bookmark: Bookmark) -> Result<Bookmark> {
    follow(tx, bookmark, |rule| rule.settings.field == Field::Title)
}

fn follow(tx: &WriteTx, bookmark: Bookmark, may: impl Fn(&Rule) -> bool) -> Result<Bookmark> {
    let rules = store::rules::list(tx, bookmark.user_id)?;
    let followed: Vec<&Settings> = rules
        .iter()
        .filter(|rule| rule.settings.enabled && may(rule) && matches(&rule.settings, &bookmark))
        .map(|rule| &rule.settings)
        .collect();
    if followed.is_empty() { Ok(bookmark) } else { obey(tx, bookmark, &followed) }
}

fn matches(settings: &Settings, bookmark: &Bookmark) -> bool {
    // As long as nobody has said what it is called, it has no title: its address is none.
    let own = bookmark.own_title.as_str();
    let title = if own.is_empty() { &bookmark.page.title } else { own };
    let link = Link::parse(&bookmark.url);
    settings.matches(&bookmark.url, link.as_ref().map_or("", Link::host), title)
}

/// Does what rules say. The first that has a folder files the link, unless its owner has; tags
/// add up. A page that waits to be read waits no more where one of them says so.
fn obey(tx: &WriteTx, mut bookmark: Bookmark, rules: &[&Settings]) -> Result<Bookmark> {
    let (user_id, id) = (bookmark.user_id, bookmark.id);
    let folder_id = rules.iter().find_map(|rule| rule.folder_id);
    bookmark.folder_id = bookmark.folder_id.or(folder_id);
    bookmark.favourite |= rules.iter().any(|rule| rule.favourite);
    if rules.iter().any(|rule| rule.archive) {
        bookmark.set_archived(true, tx.now());
    }
    store::bookmarks::update(tx, &bookmark)?;
    if bookmark.page_state == PageState::Pending && rules.iter().any(|rule| !rule.fetch) {
        store::pages::set_due(tx, id, None, 0)?;
        store::pages::set_state(tx, id, PageState::Ready, None)?;
    }
    for rule in rules {
        match tags::add(tx, user_id, id, &rule.tags) {
            // One that has all the tags it can have is saved all the same.
            Err(Error::Invalid { .. } | Error::Conflict(_)) | Ok(_) => {}
            Err(other) => return Err(other),
        }
    }
    store::bookmarks::get(tx, user_id, id)
}

/// Those of a person's links that a rule means.
///
/// # Errors
/// `NotFound` when the rule is not theirs.
pub fn list_meant(
    tx: &Tx,
    user_id: UserId,
    id: RuleId,
    ids: &[BookmarkId],
) -> Result<Vec<Bookmark>> {
    let rule = store::rules::get(tx, user_id, id)?.settings;
    let mut bookmarks = store::bookmarks::find_all(tx, ids)?;
    bookmarks.retain(|bookmark| bookmark.user_id == user_id && matches(&rule, bookmark));
    Ok(bookmarks)
}

/// Follows one rule with those of a person's links that it means; returns how many those are.
///
/// # Errors
/// `NotFound` when the rule is not theirs.
pub fn apply(tx: &WriteTx, user_id: UserId, id: RuleId, ids: &[BookmarkId]) -> Result<usize> {
    let rule = store::rules::get(tx, user_id, id)?.settings;
    let meant = list_meant(tx, user_id, id, ids)?;
    let count = meant.len();
    hooks::watch(tx, user_id, ids, || {
        for bookmark in meant {
            obey(tx, bookmark, &[&rule])?;
        }
        Ok(count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bookmark::NewBookmark;
    use crate::model::rule::How;
    use crate::model::tag;
    use crate::model::time::Zone;
    use crate::ops;
    use crate::store::testing::Memory;

    fn world() -> (Memory, UserId) {
        let mut db = Memory::open();
        let user =
            db.write(|tx| ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)).unwrap();
        (db, user)
    }

    fn rule(field: Field, pattern: &str, tags: &str) -> Settings {
        Settings {
            field,
            how: How::Contains,
            pattern: pattern.into(),
            folder_id: None,
            tags: tag::parse_line(tags).unwrap(),
            archive: false,
            favourite: false,
            fetch: true,
            enabled: true,
        }
    }

    fn save(db: &mut Memory, user: UserId, new: NewBookmark) -> Bookmark {
        db.write(|tx| ops::bookmarks::save(tx, user, &new)).unwrap().bookmark
    }

    fn link(url: &str) -> NewBookmark {
        NewBookmark::of(Link::parse(url).unwrap())
    }

    #[test]
    fn a_link_is_filed_tagged_and_marked_as_the_rules_say_unless_its_owner_says_otherwise() {
        let (mut db, user) = world();
        let (news, own) = db
            .write(|tx| {
                let news = store::folders::insert(tx, user, None, "News")?;
                Ok((news, store::folders::insert(tx, user, None, "Own")?))
            })
            .unwrap();
        let by_host =
            Settings { folder_id: Some(news), ..rule(Field::Host, "example.com", "press") };
        let by_url = Settings {
            folder_id: Some(own),
            favourite: true,
            ..rule(Field::Url, "/best/", "press, good")
        };
        let off = Settings { enabled: false, archive: true, ..rule(Field::Url, "e", "off") };
        let theirs = rule(Field::Url, "/archive", "old");
        let put_away = Settings { archive: true, ..theirs };
        for settings in [&by_host, &by_url, &off, &put_away] {
            db.write(|tx| set(tx, user, settings)).unwrap();
        }
        let best = save(&mut db, user, link("https://www.example.com/best/1"));
        assert_eq!((best.folder_id, best.favourite), (Some(news), true));
        assert_eq!(best.tags, ["good", "press"]);
        let filed = NewBookmark { folder_id: Some(own), ..link("https://example.com/2") };
        assert_eq!(save(&mut db, user, filed).folder_id, Some(own));
        assert!(save(&mut db, user, link("https://a.org/archive")).archived_at.is_some());
        let none = save(&mut db, user, link("https://a.org/"));
        assert!(none.tags.is_empty() && none.folder_id.is_none() && !none.favourite);
        let other =
            db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
        assert!(save(&mut db, other, link("https://example.com/")).tags.is_empty());
    }

    #[test]
    fn a_title_is_what_somebody_said_and_never_the_address() {
        let (mut db, user) = world();
        db.write(|tx| set(tx, user, &rule(Field::Title, "toast", "t"))).unwrap();
        assert!(save(&mut db, user, link("https://toast.example/")).tags.is_empty());
        let titled = NewBookmark { title: "Toast".into(), ..link("https://a.example/") };
        assert_eq!(save(&mut db, user, titled).tags, ["t"]);
    }

    #[test]
    fn a_page_that_a_rule_wants_unread_is_never_asked_for() {
        let (mut db, user) = world();
        let private = Settings { fetch: false, ..rule(Field::Host, "home.example", "") };
        db.write(|tx| set(tx, user, &private)).unwrap();
        let saved = save(&mut db, user, link("https://nas.home.example/"));
        assert_eq!(saved.page_state, PageState::Ready);
        assert!(db.wakes.is_empty());
        assert_eq!(db.read(store::pages::next_due_at).unwrap(), None);
        save(&mut db, user, link("https://away.example/"));
        assert_eq!(db.read(store::pages::next_due_at).unwrap(), Some(db.now));
    }

    #[test]
    fn the_first_rule_with_a_folder_files_and_rules_can_be_put_in_order() {
        let (mut db, user) = world();
        let folders = ["One", "Two"]
            .map(|title| db.write(|tx| store::folders::insert(tx, user, None, title)).unwrap());
        let ids = folders.map(|folder| {
            let filing = Settings { folder_id: Some(folder), ..rule(Field::Url, "x", "") };
            db.write(|tx| set(tx, user, &filing)).unwrap().id
        });
        let filed = |db: &mut Memory, n: u8| save(db, user, link(&format!("https://x.org/{n}")));
        assert_eq!(filed(&mut db, 1).folder_id, Some(folders[0]));
        db.write(|tx| place(tx, user, ids[1], 0)).unwrap();
        assert_eq!(filed(&mut db, 2).folder_id, Some(folders[1]));
        db.write(|tx| step(tx, user, ids[1], true)).unwrap();
        assert_eq!(filed(&mut db, 3).folder_id, Some(folders[0]));
    }

    #[test]
    fn a_rule_is_followed_with_what_is_there_or_only_tried() {
        let (mut db, user) = world();
        for n in 0..300 {
            save(&mut db, user, link(&format!("https://{}.org/{n}", ["a", "b"][n % 2])));
        }
        let id = db.write(|tx| set(tx, user, &rule(Field::Host, "a.org", "x"))).unwrap().id;
        let ids: Vec<_> = (1..=400).map(BookmarkId).collect();
        assert_eq!(db.read(|tx| list_meant(tx, user, id, &ids)).unwrap().len(), 150);
        assert_eq!(db.write(|tx| apply(tx, user, id, &ids)).unwrap(), 150);
        let tagged = db.read(|tx| store::tags::list(tx, user)).unwrap();
        assert_eq!(tagged[0].counts.all, 150);
    }

    #[test]
    fn a_rule_that_does_nothing_or_names_another_s_folder_is_refused() {
        let (mut db, user) = world();
        let other =
            db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
        let theirs = db.write(|tx| store::folders::insert(tx, other, None, "Own")).unwrap();
        assert!(db.write(|tx| set(tx, user, &rule(Field::Url, "x", ""))).is_err());
        let foreign = Settings { folder_id: Some(theirs), ..rule(Field::Url, "x", "") };
        assert!(db.write(|tx| set(tx, user, &foreign)).is_err());
        let id = db.write(|tx| set(tx, user, &rule(Field::Url, "x", "y"))).unwrap().id;
        assert!(db.write(|tx| delete(tx, other, id)).is_err());
    }
}
