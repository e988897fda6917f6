//! Bookmarks, their words in the search index and the queue of pages to read.

use rusqlite::{OptionalExtension, Row, ToSql, named_params};

use super::query::Where;
use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::bookmark::{Bookmark, CanonicalUrl, NewBookmark};
use crate::model::id::{BookmarkId, FolderId, UserId};
use crate::model::page::{PageCard, PageState};
use crate::model::reminder::{Pick, PickOrder, Target};
use crate::model::search;
use crate::model::time::Timestamp;

const COLUMNS: &str = "b.id, b.user_id, b.url, b.own_title, b.own_description, b.note, b.folder_id,
    b.saved_at, b.updated_at, b.read_at, b.page_state, b.page_reason, b.fetched_at, b.page_title,
    b.page_description, b.site_name, b.author, b.published_at, b.image_url, b.icon_url";

/// A folder with all those inside it.
const SUBTREE: &str = "WITH RECURSIVE subtree (id) AS (
        SELECT :folder_id UNION SELECT f.id FROM folders f JOIN subtree s ON f.parent_id = s.id
    )";

/// Which bookmarks to list; newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words to look for, as they were typed.
    pub words: Option<String>,
    /// Only in that folder or those inside it.
    pub folder_id: Option<FolderId>,
    /// Only unread ones, or only read ones.
    pub unread: Option<bool>,
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
    let words = match filter.words.as_deref().map(search::match_expression) {
        Some(None) => return Ok(Vec::new()),
        Some(Some(words)) => Some(format!("owner:u{user_id} AND words:({words})")),
        None => None,
    };
    let limit = limit as i64;
    let mut rows = Where::default();
    rows.and("b.user_id = :user_id").bind(":user_id", &user_id).bind(":limit", &limit);
    if let Some(folder_id) = &filter.folder_id {
        rows.and("b.folder_id IN subtree").bind(":folder_id", folder_id);
    }
    match filter.unread {
        Some(true) => drop(rows.and("b.read_at IS NULL")),
        Some(false) => drop(rows.and("b.read_at IS NOT NULL")),
        None => {}
    }
    if let Some(after) = &filter.after {
        rows.and("(b.saved_at, b.id) < (:saved_at, :id)");
        rows.bind(":saved_at", &after.saved_at).bind(":id", &after.id);
    }
    if let Some(words) = &words {
        rows.and("b.id IN (SELECT rowid FROM bookmark_words WHERE bookmark_words MATCH :words)");
        rows.bind(":words", words);
    }
    let with = if filter.folder_id.is_some() { SUBTREE } else { "" };
    let mut stmt = tx.sql().prepare_cached(&format!(
        "{with}
         SELECT {COLUMNS}
         FROM bookmarks b
         WHERE {}
         ORDER BY b.saved_at DESC, b.id DESC
         LIMIT :limit",
        rows.sql()
    ))?;
    let found = stmt.query_map(rows.parameters(), from_row)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// How many bookmarks of a user there are, and how many are unread.
pub fn count(tx: &Tx, user_id: UserId) -> Result<crate::model::folder::Counts> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT (SELECT count(*) FROM bookmarks WHERE user_id = :user_id) AS count_all,
                (SELECT count(*) FROM bookmarks WHERE user_id = :user_id AND read_at IS NULL)
                    AS count_unread",
    )?;
    Ok(stmt.query_row(named_params! { ":user_id": user_id }, |row| {
        Ok(crate::model::folder::Counts {
            all: row.get("count_all")?,
            unread: row.get("count_unread")?,
        })
    })?)
}

/// The unread bookmarks that a reminder is about, as it wants them picked, and how many there
/// are in all.
pub fn waiting(
    tx: &Tx,
    user_id: UserId,
    target: Target,
    pick: Pick,
) -> Result<(Vec<Bookmark>, usize)> {
    let (with, clause, id): (_, _, &dyn ToSql) = match &target {
        Target::All => ("", "TRUE", &0),
        Target::Folder(id) => (SUBTREE, "b.folder_id IN subtree", id),
        Target::Bookmark(id) => ("", "b.id = :folder_id", id),
    };
    let order = match pick.order {
        PickOrder::Oldest => "b.saved_at, b.id",
        PickOrder::Newest => "b.saved_at DESC, b.id DESC",
        PickOrder::Random => "random()",
    };
    let mut stmt = tx.sql().prepare_cached(&format!(
        "{with}
         SELECT {COLUMNS}, count(*) OVER () AS waiting
         FROM bookmarks b
         WHERE b.user_id = :user_id AND b.read_at IS NULL AND {clause} AND :folder_id IS NOT NULL
         ORDER BY {order}
         LIMIT :limit"
    ))?;
    let values: &[(&str, &dyn ToSql)] =
        &[(":user_id", &user_id), (":folder_id", id), (":limit", &pick.count)];
    let mut waiting = 0;
    let rows = stmt.query_map(values, |row| {
        waiting = row.get::<_, i64>("waiting")? as usize;
        from_row(row)
    })?;
    let picked = rows.collect::<rusqlite::Result<_>>()?;
    Ok((picked, waiting))
}

/// Stores a bookmark; its page waits to be read if it wants that.
pub fn insert(tx: &WriteTx, user_id: UserId, new: &NewBookmark) -> Result<BookmarkId> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO bookmarks (user_id, url, canonical_url, own_title, own_description, note,
                                folder_id, saved_at, updated_at, read_at, page_state, page_reason,
                                page_due_at)
         VALUES (:user_id, :url, :canonical_url, :own_title, :own_description, :note,
                 :folder_id, :saved_at, :now, :read_at, :page_state, '', :page_due_at)
         RETURNING id",
    )?;
    let canonical = new.link.canonical();
    let state = if new.fetch { PageState::Pending } else { PageState::Ready };
    let values = named_params! {
        ":user_id": user_id, ":url": new.link.as_str(), ":canonical_url": canonical.as_str(),
        ":own_title": new.title, ":own_description": new.description, ":note": new.note,
        ":folder_id": new.folder_id, ":saved_at": new.saved_at.unwrap_or(tx.now()), ":now": tx.now(),
        ":read_at": (!new.unread).then_some(tx.now()), ":page_state": state,
        ":page_due_at": new.fetch.then_some(tx.now()),
    };
    Ok(stmt.query_row(values, |row| row.get(0))?)
}

/// Stores what a person may change of a bookmark.
pub fn update(tx: &WriteTx, bookmark: &Bookmark) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET own_title = :own_title, own_description = :own_description, note = :note,
             folder_id = :folder_id, saved_at = :saved_at, read_at = :read_at, updated_at = :now
         WHERE id = :id",
    )?;
    stmt.execute(named_params! {
        ":id": bookmark.id, ":own_title": bookmark.own_title,
        ":own_description": bookmark.own_description, ":note": bookmark.note,
        ":folder_id": bookmark.folder_id, ":saved_at": bookmark.saved_at,
        ":read_at": bookmark.read_at, ":now": tx.now(),
    })?;
    Ok(())
}

/// Deletes a bookmark and its words.
pub fn delete(tx: &WriteTx, id: BookmarkId) -> Result<()> {
    unindex(tx, id)?;
    tx.sql()
        .prepare_cached("DELETE FROM bookmarks WHERE id = :id")?
        .execute(named_params! { ":id": id })?;
    Ok(())
}

/// Deletes the words of all bookmarks of a user who is about to be deleted.
pub fn unindex_of_user(tx: &WriteTx, user_id: UserId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "DELETE FROM bookmark_words
         WHERE rowid IN (SELECT id FROM bookmarks WHERE user_id = :user_id)",
    )?;
    stmt.execute(named_params! { ":user_id": user_id })?;
    Ok(())
}

/// Puts a bookmark's words into the search index in place of those it had there.
pub fn index(tx: &WriteTx, bookmark: &Bookmark) -> Result<()> {
    unindex(tx, bookmark.id)?;
    let fields = [
        bookmark.title(),
        bookmark.description(),
        &bookmark.note,
        &bookmark.page.site_name,
        &bookmark.page.title,
        &bookmark.url,
    ];
    let words: Vec<String> = fields.into_iter().map(search::index_text).collect();
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO bookmark_words (rowid, owner, words)
         VALUES (:id, :owner, :words)",
    )?;
    let owner = format!("u{}", bookmark.user_id);
    stmt.execute(named_params! { ":id": bookmark.id, ":owner": owner, ":words": words.join(" ") })?;
    Ok(())
}

fn unindex(tx: &WriteTx, id: BookmarkId) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached("DELETE FROM bookmark_words WHERE rowid = :id")?;
    stmt.execute(named_params! { ":id": id })?;
    Ok(())
}

/// The next page to be read, and how often that was tried.
pub fn find_page_due(tx: &Tx) -> Result<Option<(BookmarkId, String, u32)>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, url, page_tries
         FROM bookmarks
         WHERE page_due_at <= :now
         ORDER BY page_due_at, id
         LIMIT 1",
    )?;
    let row = stmt.query_row(named_params! { ":now": tx.now() }, |row| {
        Ok((row.get("id")?, row.get("url")?, row.get("page_tries")?))
    });
    Ok(row.optional()?)
}

/// When the next page is to be read.
pub fn next_page_due_at(tx: &Tx) -> Result<Option<Timestamp>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT min(page_due_at)
         FROM bookmarks
         WHERE page_due_at IS NOT NULL",
    )?;
    Ok(stmt.query_row([], |row| row.get(0))?)
}

/// Puts a page into the queue, or takes it out of it.
pub fn set_page_due(
    tx: &WriteTx,
    id: BookmarkId,
    due_at: Option<Timestamp>,
    tries: u32,
) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET page_due_at = :due_at, page_tries = :tries
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":due_at": due_at, ":tries": tries })?;
    Ok(())
}

/// Stores where reading a page stands, without touching what it said before.
pub fn set_page_state(tx: &WriteTx, id: BookmarkId, state: PageState, reason: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET page_state = :state, page_reason = :reason, updated_at = :now
         WHERE id = :id",
    )?;
    stmt.execute(
        named_params! { ":id": id, ":state": state, ":reason": reason, ":now": tx.now() },
    )?;
    Ok(())
}

/// Stores what a page said.
pub fn set_page(tx: &WriteTx, id: BookmarkId, page: &PageCard) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET page_title = :title, page_description = :description, site_name = :site_name,
             author = :author, published_at = :published_at, image_url = :image_url,
             icon_url = :icon_url, fetched_at = :now, updated_at = :now
         WHERE id = :id",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":title": page.title, ":description": page.description,
        ":site_name": page.site_name, ":author": page.author, ":published_at": page.published_at,
        ":image_url": page.image_url, ":icon_url": page.icon_url, ":now": tx.now(),
    })?;
    Ok(())
}

fn from_row(row: &Row) -> rusqlite::Result<Bookmark> {
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
        page_state: row.get("page_state")?,
        page_reason: row.get("page_reason")?,
        fetched_at: row.get("fetched_at")?,
        page: PageCard {
            title: row.get("page_title")?,
            description: row.get("page_description")?,
            site_name: row.get("site_name")?,
            author: row.get("author")?,
            published_at: row.get("published_at")?,
            image_url: row.get("image_url")?,
            icon_url: row.get("icon_url")?,
        },
    })
}
