//! Taking in the links of a file, a batch at a time. Nothing is pushed and no reminder fires
//! for what is brought along.

use std::collections::HashMap;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::bookmark::{Bookmark, NOTE_CHARS_MAX, NewBookmark};
use crate::model::event::Event;
use crate::model::folder::{DEPTH_MAX, TITLE_CHARS_MAX};
use crate::model::id::{BookmarkId, FolderId, ImportId, UserId};
use crate::model::import::{Import, Rejected, Row, Settings, State, Tally};
use crate::model::tag::{TAGS_MAX, TagName};
use crate::model::text;
use crate::model::time::Timestamp;
use crate::ops::bookmarks::check_folder;
use crate::ops::{folders, hooks, tags};
use crate::store::{self, Wake, WriteTx};

/// How many links a transaction takes, so that others need not wait for long.
pub const BATCH: usize = 500;
/// How many imports of one person may wait at once.
const RUNNING_MAX: i64 = 5;
/// How many links that could not be taken are kept to be looked at.
const REJECTS_MAX: u64 = 10_000;
const REJECTED_URL_CHARS: usize = 200;
/// Pages of links without a title are read one after another this far apart, so that new links
/// have their turn between them and no site is flooded.
const BETWEEN_PAGES: Duration = Duration::from_secs(2);

/// Notes that a file lies ready to be read.
///
/// # Errors
/// `Invalid` when the folder is not theirs, `Conflict` when too many wait already.
pub fn begin(
    tx: &WriteTx,
    user_id: UserId,
    file: &str,
    bytes: u64,
    settings: Settings,
) -> Result<Import> {
    check_folder(tx, user_id, settings.folder_id)?;
    let running = store::imports::count_running(tx, user_id)?;
    if running >= RUNNING_MAX {
        return Err(Error::Conflict(format!(
            "{running} imports are under way, wait for one to end"
        )));
    }
    let id = store::imports::insert(tx, user_id, file, bytes, settings)?;
    tx.wake(Wake::Import);
    store::imports::get(tx, user_id, id)
}

/// Stops an import; what it has brought stays.
///
/// # Errors
/// `NotFound` when it is not theirs, `Conflict` when it has ended.
pub fn cancel(tx: &WriteTx, user_id: UserId, id: ImportId) -> Result<Import> {
    if store::imports::get(tx, user_id, id)?.state != State::Running {
        return Err(Error::Conflict("this import has ended already".into()));
    }
    store::imports::end(tx, id, State::Cancelled, None, None)?;
    store::imports::get(tx, user_id, id)
}

/// Takes the next rows of an import and stores how far it is, both or neither. Returns whether
/// it still runs.
///
/// # Errors
/// When it cannot be stored.
pub fn take(tx: &WriteTx, id: ImportId, rows: Vec<Row>) -> Result<bool> {
    let found = store::imports::find(tx, id)?.filter(|import| import.state == State::Running);
    let Some(import) = found else { return Ok(false) };
    let mut taking = Taking {
        tx,
        import: &import,
        tally: import.tally,
        folders: HashMap::new(),
        created: Vec::new(),
        updated: Vec::new(),
    };
    for row in rows {
        taking.row(row)?;
    }
    let Taking { tally, created, updated, .. } = taking;
    hooks::tell_many(tx, import.user_id, Event::BookmarkCreated, &created)?;
    hooks::tell_many(tx, import.user_id, Event::BookmarkUpdated, &updated)?;
    if !import.settings.dry_run {
        tx.wake(Wake::Page);
    }
    store::imports::set_tally(tx, id, tally)
}

/// A batch on its way in.
struct Taking<'a> {
    tx: &'a WriteTx<'a>,
    import: &'a Import,
    tally: Tally,
    /// Folders that were looked up already.
    folders: HashMap<Vec<String>, Option<FolderId>>,
    /// What webhooks are told of, once for the whole batch.
    created: Vec<BookmarkId>,
    updated: Vec<BookmarkId>,
}

impl Taking<'_> {
    fn row(&mut self, mut row: Row) -> Result<()> {
        let (line, url) = (row.line, text::shortened(row.url.trim(), REJECTED_URL_CHARS));
        let path = std::mem::take(&mut row.folder);
        let new = match row.into_new(self.import.settings.unread, self.tx.now()) {
            Ok(new) => new,
            Err(Error::Invalid { reason, .. }) => {
                return self.reject(&Rejected { line, url, reason });
            }
            Err(other) => return Err(other),
        };
        let user_id = self.import.user_id;
        match store::bookmarks::find_by_url(self.tx, user_id, &new.link.canonical())? {
            None => {
                self.add(new, path)?;
                self.tally.added += 1;
            }
            Some(there) if self.merge(&there, &new, path)? => self.tally.merged += 1,
            Some(_) => self.tally.unchanged += 1,
        }
        Ok(())
    }

    fn reject(&mut self, rejected: &Rejected) -> Result<()> {
        self.tally.rejected += 1;
        if self.tally.rejected > REJECTS_MAX {
            return Ok(());
        }
        store::imports::insert_rejected(self.tx, self.import.id, self.tally.rejected, rejected)
    }

    fn add(&mut self, new: NewBookmark, path: Vec<String>) -> Result<()> {
        if self.import.settings.dry_run {
            return Ok(());
        }
        let (tx, user_id) = (self.tx, self.import.user_id);
        let new = NewBookmark { folder_id: self.folder(path)?, ..new };
        let id = store::bookmarks::insert(tx, user_id, &new)?;
        tags::add(tx, user_id, id, &new.tags)?;
        if new.fetch {
            let after = u32::try_from(self.tally.added).unwrap_or(u32::MAX);
            store::pages::set_due(tx, id, Some(tx.now() + BETWEEN_PAGES * after), 0)?;
        }
        self.created.push(id);
        Ok(())
    }

    /// Gives a link that is there what the file knows more of; returns whether that was anything.
    fn merge(&mut self, there: &Bookmark, new: &NewBookmark, path: Vec<String>) -> Result<bool> {
        let homeless = there.folder_id.is_none();
        let is_filed = homeless && (!path.is_empty() || self.import.settings.folder_id.is_some());
        let merged = merge(there, new, self.tx.now());
        let has = |name: &TagName| there.tags.iter().any(|tag| name.is(tag));
        let tags: Vec<TagName> = new.tags.iter().filter(|name| !has(name)).cloned().collect();
        let room = TAGS_MAX.saturating_sub(there.tags.len());
        let tags = &tags[..tags.len().min(room)];
        if merged.is_none() && !is_filed && tags.is_empty() {
            return Ok(false);
        }
        if self.import.settings.dry_run {
            return Ok(true);
        }
        let (tx, user_id, id) = (self.tx, there.user_id, there.id);
        let mut bookmark = merged.unwrap_or_else(|| there.clone());
        if is_filed {
            bookmark.folder_id = self.folder(path)?;
        }
        store::bookmarks::update(tx, &bookmark)?;
        tags::add(tx, user_id, id, tags)?;
        if !self.created.contains(&id) && !self.updated.contains(&id) {
            self.updated.push(id);
        }
        Ok(true)
    }

    /// The folder at the end of a path; what is missing of it is made. Where no more can be made,
    /// links lie in the last one that could.
    fn folder(&mut self, path: Vec<String>) -> Result<Option<FolderId>> {
        if let Some(known) = self.folders.get(&path) {
            return Ok(*known);
        }
        let (tx, user_id) = (self.tx, self.import.user_id);
        let mut at = self.import.settings.folder_id;
        for name in path.iter().take(DEPTH_MAX) {
            let title = text::shortened(&text::one_line(name), TITLE_CHARS_MAX);
            if title.is_empty() {
                continue;
            }
            at = match store::folders::find(tx, user_id, at, &title)? {
                Some(found) => Some(found),
                None => match folders::create(tx, user_id, at, &title, None) {
                    Ok(made) => Some(made.id),
                    Err(Error::Invalid { .. } | Error::Conflict(_)) => break,
                    Err(other) => return Err(other),
                },
            };
        }
        self.folders.insert(path, at);
        Ok(at)
    }
}

/// What a link that is there becomes by what a file says of it; `None` where that is nothing new.
/// It is saved when it was saved first, waits only if both say so, and nothing of it is lost.
fn merge(there: &Bookmark, new: &NewBookmark, now: Timestamp) -> Option<Bookmark> {
    let mut merged = there.clone();
    let fill = |own: &mut String, page: &str, new: &str| {
        if own.is_empty() && page.is_empty() {
            new.clone_into(own);
        }
    };
    fill(&mut merged.own_title, &there.page.title, &new.title);
    fill(&mut merged.own_description, &there.page.description, &new.description);
    if !there.note.contains(&new.note) {
        let joined = [there.note.as_str(), new.note.as_str()].join("\n\n");
        merged.note = text::shortened(joined.trim(), NOTE_CHARS_MAX);
    }
    merged.saved_at = new.saved_at.map_or(there.saved_at, |at| at.min(there.saved_at));
    if !new.unread && there.read_at.is_none() {
        merged.begin_anew(now);
        merged.read_at = Some(now);
    }
    merged.favourite |= new.favourite;
    let changed = merged.own_title != there.own_title
        || merged.own_description != there.own_description
        || merged.note != there.note
        || merged.saved_at != there.saved_at
        || merged.read_at != there.read_at
        || merged.favourite != there.favourite;
    changed.then_some(merged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Zone;
    use crate::ops;
    use crate::store::bookmarks::{Filter, Stage};
    use crate::store::testing::Memory;

    fn world() -> (Memory, UserId) {
        let mut db = Memory::open();
        let user =
            db.write(|tx| ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)).unwrap();
        (db, user)
    }

    fn row(url: &str) -> Row {
        Row { line: 7, url: url.into(), title: "A".into(), ..Row::default() }
    }

    /// Takes rows as an import of their own; what became of them, as added, merged, unchanged
    /// and rejected.
    fn import(db: &mut Memory, user: UserId, settings: Settings, rows: &[Row]) -> [u64; 4] {
        let id = db.write(|tx| begin(tx, user, "x", 1, settings)).unwrap().id;
        assert_eq!(db.wakes, [Wake::Import]);
        for batch in rows.chunks(2) {
            assert!(db.write(|tx| take(tx, id, batch.to_vec())).unwrap());
        }
        db.write(|tx| store::imports::end(tx, id, State::Done, None, None)).unwrap();
        let tally = db.read(|tx| store::imports::get(tx, user, id)).unwrap().tally;
        [tally.added, tally.merged, tally.unchanged, tally.rejected]
    }

    fn all(db: &Memory, user: UserId) -> Vec<Bookmark> {
        let filter = Filter { stage: Stage::Any, ..Filter::default() };
        db.read(|tx| store::bookmarks::list(tx, user, &filter, 99)).unwrap()
    }

    #[test]
    fn a_file_read_twice_changes_nothing_the_second_time() {
        let (mut db, user) = world();
        let at = |text: &str| Some(text.parse().unwrap());
        let rows = [
            Row { folder: vec!["Food".into(), "Soup".into()], ..row("https://a.example/") },
            Row { tags: vec!["x".into(), "Y".into()], ..row("https://b.example/") },
            Row {
                unread: Some(true),
                saved_at: at("2020-01-01T00:00:00Z"),
                ..row("https://c.example/")
            },
            Row { archived: true, favourite: true, note: "n".into(), ..row("https://d.example/") },
            row("place:x"),
            Row { note: "more".into(), tags: vec!["z".into()], ..row("https://a.example/#top") },
        ];
        let plain = Settings::default();
        assert_eq!(import(&mut db, user, plain, &rows), [4, 1, 0, 1]);
        let before = all(&db, user);
        assert_eq!(import(&mut db, user, plain, &rows), [0, 0, 5, 1]);
        let after = all(&db, user);
        assert_eq!(format!("{before:?}"), format!("{after:?}"));
        let a = after.iter().find(|b| b.url.contains("a.example")).unwrap();
        assert_eq!((a.note.as_str(), &a.tags), ("more", &vec!["z".to_owned()]));
        let folders = db.read(|tx| store::folders::list(tx, user)).unwrap();
        assert_eq!(folders.iter().map(|f| f.title.as_str()).collect::<Vec<_>>(), ["Food", "Soup"]);
        assert_eq!((folders[1].parent_id, a.folder_id), (Some(folders[0].id), Some(folders[1].id)));
    }

    #[test]
    fn what_is_there_takes_what_is_new_and_loses_nothing() {
        let (mut db, user) = world();
        let first = Row { unread: Some(true), note: "mine".into(), ..row("https://a.example/") };
        import(&mut db, user, Settings::default(), &[first]);
        let second = Row {
            title: "Another".into(),
            note: "theirs".into(),
            tags: vec!["x".into()],
            unread: Some(false),
            favourite: true,
            saved_at: Some("2020-01-01T00:00:00Z".parse().unwrap()),
            ..row("https://a.example/")
        };
        let look = Settings { dry_run: true, ..Settings::default() };
        let counts = [0, 1, 0, 0];
        assert_eq!(import(&mut db, user, look, std::slice::from_ref(&second)), counts);
        assert_eq!(all(&db, user)[0].note, "mine", "only looked at");
        assert_eq!(import(&mut db, user, Settings::default(), &[second]), counts);
        let merged = &all(&db, user)[0];
        assert_eq!((merged.own_title.as_str(), merged.note.as_str()), ("A", "mine\n\ntheirs"));
        assert_eq!(merged.saved_at.to_string(), "2020-01-01T00:00:00Z");
        assert!(merged.read_at.is_some() && merged.favourite && merged.tags == ["x"]);
    }

    #[test]
    fn pages_without_a_title_are_read_one_after_another() {
        let (mut db, user) = world();
        let bare = |n| Row { title: String::new(), ..row(&format!("https://a.example/{n}")) };
        let rows: Vec<Row> = (0..5).map(bare).chain([row("https://b.example/")]).collect();
        import(&mut db, user, Settings::default(), &rows);
        for due in 1..=5 {
            let is_due = |b: &&Bookmark| {
                db.read(|tx| store::pages::find_due_of(tx, b.id)).unwrap().is_some()
            };
            assert_eq!(all(&db, user).iter().filter(is_due).count(), due);
            db.now = db.now + BETWEEN_PAGES;
        }
    }

    #[test]
    fn an_import_that_was_stopped_takes_no_more_and_too_many_are_refused() {
        let (mut db, user) = world();
        let id = db.write(|tx| begin(tx, user, "x", 1, Settings::default())).unwrap().id;
        db.write(|tx| cancel(tx, user, id)).unwrap();
        assert!(db.write(|tx| cancel(tx, user, id)).is_err());
        assert!(!db.write(|tx| take(tx, id, vec![row("https://a.example/")])).unwrap());
        assert!(all(&db, user).is_empty());
        for _ in 0..RUNNING_MAX {
            db.write(|tx| begin(tx, user, "x", 1, Settings::default())).unwrap();
        }
        assert!(db.write(|tx| begin(tx, user, "x", 1, Settings::default())).is_err());
    }
}
