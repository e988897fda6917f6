//! Bookmarks.

use rusqlite::{OptionalExtension, Row, named_params};

use super::query::Where;
use super::search;
use super::{Tx, Wake, WriteTx};
use crate::error::{Error, Result};
use crate::model::bookmark::{Bookmark, CanonicalUrl, NewBookmark};
use crate::model::folder::Counts;
use crate::model::id::{BookmarkId, FolderId, UserId};
use crate::model::page::{PageCard, PageState};
use crate::model::place;
use crate::model::reminder::{Pick, PickOrder, Target};
use crate::model::tag::TagName;
use crate::model::time::Timestamp;

pub(super) const COLUMNS: &str =
    "b.id, b.user_id, b.url, b.own_title, b.own_description, b.note, b.folder_id,
    b.saved_at, b.updated_at, b.read_at, b.page_state, b.page_reason, b.fetched_at, b.page_title,
    b.page_description, b.site_name, b.author, b.published_at, b.image_url, b.icon_url,
    b.page_short_title, b.page_kind, b.page_language, b.page_canonical_url, b.picture, b.icon,
    b.burn_from, b.burns_at, b.burnt_at, b.archived_at, b.favourite,
    (SELECT group_concat(t.name)
     FROM bookmark_tags bt JOIN tags t ON t.id = bt.tag_id
     WHERE bt.bookmark_id = b.id) AS tags";

/// A folder with all those inside it.
const SUBTREE: &str = "WITH RECURSIVE subtree (id) AS (
        SELECT :folder_id UNION SELECT f.id FROM folders f JOIN subtree s ON f.parent_id = s.id
    )";

/// For so many new bookmarks the indexer is woken once.
const WAKE_EVERY: i64 = 256;

/// Where bookmarks stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// In the list: neither put away nor burnt.
    #[default]
    Whole,
    /// In the list, but it was announced when they will burn.
    Announced,
    /// Put away.
    Archived,
    /// Burnt.
    Ash,
    /// Anywhere.
    Any,
}

/// Which bookmarks to list; newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// What to look for, as it was typed in the language of [`crate::model::search`].
    pub words: Option<String>,
    /// Only in that folder or those inside it.
    pub folder_id: Option<FolderId>,
    /// Only those with that tag.
    pub tag: Option<TagName>,
    /// Only unread ones, or only read ones.
    pub unread: Option<bool>,
    /// Only favourites, or only others.
    pub favourite: Option<bool>,
    /// Only those whose page stands in one of these; where there are none, any.
    pub states: Vec<PageState>,
    /// Only those that stand there.
    pub stage: Stage,
    /// Only those after this one, as [`Cursor::of`] made it.
    pub after: Option<Cursor>,
}

/// A place in a list: what comes after that bookmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When it was saved.
    pub saved_at: Timestamp,
    /// Its id.
    pub id: BookmarkId,
}

impl Filter {
    /// The clauses about a bookmark itself.
    pub(super) fn rows(&self) -> Where<'_> {
        let mut rows = Where::default();
        match self.stage {
            Stage::Whole => rows.and("shelf = 0"),
            Stage::Announced => rows.and("shelf = 0").and("burns_at IS NOT NULL"),
            Stage::Archived => rows.and("shelf = 1"),
            Stage::Ash => rows.and("shelf = 2"),
            Stage::Any => rows.and("shelf IN (0, 1, 2)"),
        };
        if let Some(tag) = &self.tag {
            rows.and(
                "id IN (SELECT bt.bookmark_id
                        FROM tags t JOIN bookmark_tags bt ON bt.tag_id = t.id
                        WHERE t.user_id = :user_id AND t.key = :tag)",
            );
            rows.bind(":tag", tag.key());
        }
        match self.favourite {
            Some(true) => drop(rows.and("favourite = 1")),
            Some(false) => drop(rows.and("favourite = 0")),
            None => {}
        }
        match self.unread {
            Some(true) => drop(rows.and("read_at IS NULL")),
            Some(false) => drop(rows.and("read_at IS NOT NULL")),
            None => {}
        }
        // Said by what they are not: that a page is not ready is what an index is made for.
        for (state, other) in [
            (PageState::Pending, "page_state <> 'pending'"),
            (PageState::Ready, "page_state <> 'ready'"),
            (PageState::Failed, "page_state <> 'failed'"),
            (PageState::Refused, "page_state <> 'refused'"),
        ] {
            if !self.states.is_empty() && !self.states.contains(&state) {
                rows.and(other);
            }
        }
        if let Some(after) = &self.after {
            rows.and("(saved_at, id) < (:saved_at, :id)");
            rows.bind(":saved_at", &after.saved_at).bind(":id", &after.id);
        }
        rows
    }
}

impl Cursor {
    /// The place right after a bookmark.
    pub fn of(bookmark: &Bookmark) -> Self {
        Self { saved_at: bookmark.saved_at, id: bookmark.id }
    }
}

/// A bookmark of that user.
///
/// # Errors
/// `NotFound` when there is none, or it is somebody else's.
pub fn get(tx: &Tx, user_id: UserId, id: BookmarkId) -> Result<Bookmark> {
    find(tx, id)?.filter(|found| found.user_id == user_id).ok_or(Error::NotFound("bookmark"))
}

/// The bookmark of that id, whoever's it is.
pub fn find(tx: &Tx, id: BookmarkId) -> Result<Option<Bookmark>> {
    let mut stmt =
        tx.sql().prepare_cached(&format!("SELECT {COLUMNS} FROM bookmarks b WHERE b.id = :id"))?;
    Ok(stmt.query_row(named_params! { ":id": id }, from_row).optional()?)
}

/// The bookmark that a user already has of the same link.
pub fn find_by_url(tx: &Tx, user_id: UserId, url: &CanonicalUrl) -> Result<Option<Bookmark>> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}
         FROM bookmarks b
         WHERE b.user_id = :user_id AND b.canonical_url = :url"
    ))?;
    let values = named_params! { ":user_id": user_id, ":url": url.as_str() };
    Ok(stmt.query_row(values, from_row).optional()?)
}

/// Up to `limit` bookmarks of a user, newest first.
pub fn list(tx: &Tx, user_id: UserId, filter: &Filter, limit: usize) -> Result<Vec<Bookmark>> {
    match (&filter.words, filter.folder_id) {
        (Some(_), _) => search::list(tx, user_id, filter, limit),
        (None, Some(folder_id)) => list_in_folder(tx, user_id, folder_id, filter, limit),
        (None, None) => list_all(tx, user_id, filter, limit),
    }
}

/// All bookmarks of a user that pass the filter, newest first.
pub fn list_ids(tx: &Tx, user_id: UserId, filter: &Filter) -> Result<Vec<BookmarkId>> {
    if filter.words.is_some() {
        return search::list_ids(tx, user_id, filter);
    }
    let among = filter.folder_id.map(|id| list_ids_in_folder(tx, id)).transpose()?;
    let ids = list_newest_among(tx, user_id, filter, among.as_deref())?;
    Ok(ids.into_iter().map(BookmarkId).collect())
}

fn list_all(tx: &Tx, user_id: UserId, filter: &Filter, limit: usize) -> Result<Vec<Bookmark>> {
    let limit = limit as i64;
    let mut rows = filter.rows();
    rows.and("user_id = :user_id").bind(":user_id", &user_id).bind(":limit", &limit);
    query(tx, &list_all_sql(filter, &rows), &rows)
}

fn list_all_sql(filter: &Filter, rows: &Where) -> String {
    let any_state = filter.states.is_empty() || filter.states.contains(&PageState::Ready);
    // Few are announced or not ready, which SQLite does not know.
    let index = match filter.stage {
        Stage::Announced => "INDEXED BY bookmarks_announced",
        Stage::Whole if !any_state => "INDEXED BY bookmarks_not_ready",
        _ => "",
    };
    format!(
        "SELECT {COLUMNS}
         FROM bookmarks b {index}
         WHERE {}
         ORDER BY saved_at DESC, id DESC
         LIMIT :limit",
        rows.sql()
    )
}

// In the next queries a plus before a column keeps SQLite from walking down all of a person's
// bookmarks by the index on it, in the hope of meeting those that are asked for soon.

/// Takes the newest of each folder and then the newest of those. Walking
/// down the whole list would pass by every bookmark when the folder is small or old.
fn list_in_folder(
    tx: &Tx,
    user_id: UserId,
    folder_id: FolderId,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Bookmark>> {
    let limit = limit as i64;
    let mut rows = filter.rows();
    rows.and("folder_id = s.id").bind(":folder_id", &folder_id);
    rows.bind(":user_id", &user_id).bind(":limit", &limit);
    let sql = format!(
        "{SUBTREE}
         SELECT {COLUMNS}
         FROM subtree s
         CROSS JOIN bookmarks b
         WHERE +b.user_id = :user_id
           AND b.id IN (
               SELECT id
               FROM bookmarks
               WHERE {}
               ORDER BY saved_at DESC, id DESC
               LIMIT :limit)
         ORDER BY b.saved_at DESC, b.id DESC
         LIMIT :limit",
        rows.sql()
    );
    query(tx, &sql, &rows)
}

/// The bookmarks in a folder or those inside it, in the order of their ids.
fn list_ids_in_folder(tx: &Tx, folder_id: FolderId) -> Result<Vec<i64>> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "{SUBTREE}
         SELECT id
         FROM bookmarks
         WHERE folder_id IN subtree"
    ))?;
    let ids = stmt.query_map(named_params! { ":folder_id": folder_id }, |row| row.get(0))?;
    let mut ids: Vec<i64> = ids.collect::<rusqlite::Result<_>>()?;
    ids.sort_unstable();
    Ok(ids)
}

/// Those of `ids`, which are sorted, or of all, that come up on the way down a user's list.
fn list_newest_among(
    tx: &Tx,
    user_id: UserId,
    filter: &Filter,
    ids: Option<&[i64]>,
) -> Result<Vec<i64>> {
    let mut rows = filter.rows();
    rows.and("user_id = :user_id").bind(":user_id", &user_id);
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT id
         FROM bookmarks
         WHERE {}
         ORDER BY saved_at DESC, id DESC",
        rows.sql()
    ))?;
    let listed = stmt.query_map(rows.parameters(), |row| row.get::<_, i64>(0))?;
    let is_among = |id: &i64| ids.is_none_or(|ids| ids.binary_search(id).is_ok());
    let among = listed.filter(|id| id.as_ref().map_or(true, is_among));
    Ok(among.collect::<rusqlite::Result<_>>()?)
}

fn query(tx: &Tx, sql: &str, rows: &Where) -> Result<Vec<Bookmark>> {
    let mut stmt = tx.sql().prepare_cached(sql)?;
    let found = stmt.query_map(rows.parameters(), from_row)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// How many bookmarks of a user are in the list, and how many of those are unread.
pub fn count(tx: &Tx, user_id: UserId) -> Result<Counts> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT (SELECT count(*) FROM bookmarks WHERE user_id = :user_id AND shelf = 0)
                    AS count_all,
                (SELECT count(*) FROM bookmarks
                 WHERE user_id = :user_id AND shelf = 0 AND read_at IS NULL)
                    AS count_unread",
    )?;
    Ok(stmt.query_row(named_params! { ":user_id": user_id }, |row| {
        Ok(Counts { all: row.get("count_all")?, unread: row.get("count_unread")? })
    })?)
}

/// Those of the bookmarks that still exist, in the order of `ids`.
pub fn find_all(tx: &Tx, ids: &[BookmarkId]) -> Result<Vec<Bookmark>> {
    ids.iter().filter_map(|id| find(tx, *id).transpose()).collect()
}

/// The unread bookmarks that a reminder is about, as it wants them picked, and how many there
/// are in all.
pub fn waiting(
    tx: &Tx,
    user_id: UserId,
    target: Target,
    pick: Pick,
) -> Result<(Vec<Bookmark>, usize)> {
    let (with, mut rows) = about(&user_id, &target);
    let count = format!("{with} SELECT count(*) FROM bookmarks WHERE {}", rows.sql());
    let waiting: i64 =
        tx.sql().prepare_cached(&count)?.query_row(rows.parameters(), |row| row.get(0))?;
    let order = match pick.order {
        PickOrder::Oldest => "saved_at, id",
        PickOrder::Newest => "saved_at DESC, id DESC",
        PickOrder::Random => "random()",
    };
    rows.bind(":limit", &pick.count);
    // Picked by an index alone; only what was picked is read whole.
    let mut stmt = tx.sql().prepare_cached(&format!(
        "{with}
         SELECT id
         FROM bookmarks
         WHERE {}
         ORDER BY {order}
         LIMIT :limit",
        rows.sql()
    ))?;
    let ids = stmt.query_map(rows.parameters(), |row| row.get(0))?;
    let ids: Vec<BookmarkId> = ids.collect::<rusqlite::Result<_>>()?;
    Ok((find_all(tx, &ids)?, waiting as usize))
}

/// Whether a reminder has any unread bookmark to tell of.
pub fn is_any_waiting(tx: &Tx, user_id: UserId, target: Target) -> Result<bool> {
    let (with, rows) = about(&user_id, &target);
    let mut stmt = tx.sql().prepare_cached(&format!(
        "{with} SELECT EXISTS (SELECT 1 FROM bookmarks WHERE {})",
        rows.sql()
    ))?;
    Ok(stmt.query_row(rows.parameters(), |row| row.get(0))?)
}

/// The clauses for the unread bookmarks of a target, with what goes before the query. Each
/// can be answered from an index alone, since a push may be about very many.
fn about<'a>(user_id: &'a UserId, target: &'a Target) -> (&'static str, Where<'a>) {
    let mut rows = Where::default();
    rows.and("read_at IS NULL").and("shelf = 0").bind(":user_id", user_id);
    match target {
        Target::All => {
            rows.and("user_id = :user_id");
            ("", rows)
        }
        Target::Folder(id) => {
            // Whose the folder is says whose the bookmarks in it are.
            rows.and("folder_id IN subtree");
            rows.and("(SELECT user_id FROM folders WHERE id = :folder_id) = :user_id");
            rows.bind(":folder_id", id);
            (SUBTREE, rows)
        }
        Target::Bookmark(id) => {
            rows.and("user_id = :user_id").and("id = :id").bind(":id", id);
            ("", rows)
        }
    }
}

/// Stores a bookmark; its page waits to be read if it wants that.
pub fn insert(tx: &WriteTx, user_id: UserId, new: &NewBookmark) -> Result<BookmarkId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO bookmarks (user_id, url, canonical_url, own_title, own_description, note,
                                folder_id, saved_at, updated_at, read_at, archived_at, favourite,
                                page_state, page_host, page_due_at, place_key)
         VALUES (:user_id, :url, :canonical_url, :own_title, :own_description, :note,
                 :folder_id, :saved_at, :now, :read_at, :archived_at, :favourite, :page_state,
                 :page_host, :page_due_at, :place_key)",
    )?;
    let canonical = new.link.canonical();
    let state = if new.fetch { PageState::Pending } else { PageState::Ready };
    let values = named_params! {
        ":user_id": user_id, ":url": new.link.as_str(), ":canonical_url": canonical.as_str(),
        ":own_title": new.title, ":own_description": new.description, ":note": new.note,
        ":folder_id": new.folder_id, ":saved_at": new.saved_at.unwrap_or(tx.now()), ":now": tx.now(),
        ":read_at": (!new.unread).then_some(tx.now()), ":page_state": state,
        ":archived_at": new.archived.then_some(tx.now()), ":favourite": new.favourite,
        ":page_host": new.link.host(),
        ":page_due_at": new.fetch.then_some(tx.now()),
        ":place_key": place::key(canonical.as_str(), None),
    };
    let id = stmt.insert(values)?;
    if id % WAKE_EVERY == 0 {
        tx.wake(Wake::Search);
    }
    Ok(BookmarkId(id))
}

/// Stores what a person may change of a bookmark.
pub fn update(tx: &WriteTx, bookmark: &Bookmark) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET own_title = :own_title, own_description = :own_description, note = :note,
             folder_id = :folder_id, saved_at = :saved_at, read_at = :read_at, updated_at = :now,
             burn_from = :burn_from, burns_at = :burns_at, burnt_at = :burnt_at,
             archived_at = :archived_at, favourite = :favourite
         WHERE id = :id",
    )?;
    stmt.execute(named_params! {
        ":id": bookmark.id, ":own_title": bookmark.own_title,
        ":own_description": bookmark.own_description, ":note": bookmark.note,
        ":folder_id": bookmark.folder_id, ":saved_at": bookmark.saved_at,
        ":read_at": bookmark.read_at, ":now": tx.now(), ":burn_from": bookmark.burn_from,
        ":burns_at": bookmark.burns_at, ":burnt_at": bookmark.burnt_at,
        ":archived_at": bookmark.archived_at, ":favourite": bookmark.favourite,
    })?;
    Ok(())
}

/// Deletes a bookmark.
pub fn delete(tx: &WriteTx, id: BookmarkId) -> Result<()> {
    tx.sql()
        .prepare_cached("DELETE FROM bookmarks WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

pub(super) fn from_row(row: &Row) -> rusqlite::Result<Bookmark> {
    let tags: Option<String> = row.get("tags")?;
    let mut tags: Vec<String> = tags
        .unwrap_or_default()
        .split(',')
        .filter(|name| !name.is_empty())
        .map(Into::into)
        .collect();
    tags.sort_unstable();
    Ok(Bookmark {
        id: row.get("id")?,
        user_id: row.get("user_id")?,
        url: row.get("url")?,
        own_title: row.get("own_title")?,
        own_description: row.get("own_description")?,
        note: row.get("note")?,
        folder_id: row.get("folder_id")?,
        saved_at: row.get("saved_at")?,
        updated_at: row.get("updated_at")?,
        read_at: row.get("read_at")?,
        burn_from: row.get("burn_from")?,
        burns_at: row.get("burns_at")?,
        burnt_at: row.get("burnt_at")?,
        archived_at: row.get("archived_at")?,
        favourite: row.get("favourite")?,
        tags,
        page_state: row.get("page_state")?,
        page_reason: row.get("page_reason")?,
        fetched_at: row.get("fetched_at")?,
        page: PageCard {
            title: row.get("page_title")?,
            short_title: row.get("page_short_title")?,
            description: row.get("page_description")?,
            site_name: row.get("site_name")?,
            author: row.get("author")?,
            published_at: row.get("published_at")?,
            image_url: row.get("image_url")?,
            picture: row.get("picture")?,
            icon_url: row.get("icon_url")?,
            icon: row.get("icon")?,
            language: row.get("page_language")?,
            kind: row.get("page_kind")?,
            canonical_url: row.get("page_canonical_url")?,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Memory;

    #[test]
    fn each_list_is_read_from_an_index_that_holds_little_else() {
        let check = |filter: Filter, index: &str| {
            let mut rows = filter.rows();
            rows.and("user_id = :user_id");
            let sql = format!("EXPLAIN QUERY PLAN {}", list_all_sql(&filter, &rows));
            let plan = |tx: &Tx| {
                let mut stmt = tx.sql().prepare(&sql)?;
                let values = named_params! { ":user_id": 1, ":limit": 9 };
                let lines = stmt.query_map(values, |row| row.get::<_, String>("detail"))?;
                Ok(lines.collect::<rusqlite::Result<Vec<_>>>()?.join("\n"))
            };
            let plan = Memory::open().read(plan).unwrap();
            let expected = format!("SEARCH b USING INDEX {index} (user_id=?");
            assert!(plan.starts_with(&expected), "{filter:?} {plan}");
            let sorts = plan.contains("TEMP B-TREE");
            assert_eq!(sorts, filter.stage == Stage::Announced, "few are: {plan}");
        };
        let of = |states: &[PageState]| Filter { states: states.to_vec(), ..Filter::default() };
        check(of(&[PageState::Failed]), "bookmarks_not_ready");
        check(of(&[PageState::Failed, PageState::Refused]), "bookmarks_not_ready");
        check(of(&[PageState::Ready]), "bookmarks_by_saved");
        check(of(&[]), "bookmarks_by_saved");
        for (unread, index) in [(true, "bookmarks_unread"), (false, "bookmarks_read")] {
            check(Filter { unread: Some(unread), ..Filter::default() }, index);
        }
        let at = |stage, filter| Filter { stage, ..filter };
        check(at(Stage::Ash, of(&[])), "bookmarks_by_saved");
        check(at(Stage::Archived, of(&[])), "bookmarks_by_saved");
        check(Filter { favourite: Some(true), ..Filter::default() }, "bookmarks_favourite");
        check(at(Stage::Announced, of(&[])), "bookmarks_announced");
    }
}
