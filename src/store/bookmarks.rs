//! Bookmarks.

use rusqlite::{OptionalExtension, Row, named_params};

use super::columns::Columns;
use super::lists::places;
use super::{Tx, Wake, WriteTx, search};
use crate::error::{Error, Result};
use crate::model::bookmark::{Bookmark, CanonicalUrl, Link, NewBookmark};
use crate::model::id::{BookmarkId, UserId};
use crate::model::page::{PageCard, PageState};
use crate::model::place;

pub use super::lists::{Cursor, Filter, Stage, count, is_any_waiting, waiting};

/// In the order in which [`from_row`] reads them.
pub(super) const COLUMNS: &str = "b.id, b.user_id, b.url, b.own_title, b.own_description, b.note,
    b.folder_id, b.saved_at, b.updated_at, b.read_at, b.burn_from, b.burns_at, b.burnt_at,
    b.archived_at, b.favourite,
    (SELECT group_concat(t.name)
     FROM bookmark_tags bt JOIN tags t ON t.id = bt.tag_id
     WHERE bt.bookmark_id = b.id) AS tags,
    b.page_state, b.page_reason, b.fetched_at, b.page_title, b.page_short_title,
    b.page_description, b.site_name, b.author, b.published_at, b.image_url, b.picture, b.icon_url,
    b.icon, b.page_language, b.page_kind, b.page_canonical_url";

/// A folder with all those inside it.
pub(super) const SUBTREE: &str = "WITH RECURSIVE subtree (id) AS (
        SELECT :folder_id UNION SELECT f.id FROM folders f JOIN subtree s ON f.parent_id = s.id
    )";

/// For so many new bookmarks the indexer is woken once.
const WAKE_EVERY: i64 = 256;

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

/// Up to `limit` bookmarks of a user in the order of the filter.
pub fn list(tx: &Tx, user_id: UserId, filter: &Filter, limit: usize) -> Result<Vec<Bookmark>> {
    match filter.words {
        Some(_) => search::list(tx, user_id, filter, limit),
        None => find_all(tx, &list_some(tx, user_id, filter, limit)?),
    }
}

/// The first `limit` bookmarks of a user that pass the filter, but for its words.
pub fn list_some(
    tx: &Tx,
    user_id: UserId,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<BookmarkId>> {
    Ok(places(tx, user_id, filter, limit)?.into_iter().map(|place| place.id).collect())
}

/// All bookmarks of a user that pass the filter, in its order.
pub fn list_ids(tx: &Tx, user_id: UserId, filter: &Filter) -> Result<Vec<BookmarkId>> {
    match filter.words {
        Some(_) => search::list_ids(tx, user_id, filter),
        None => list_some(tx, user_id, filter, usize::MAX),
    }
}

/// Those of the bookmarks that still exist, in the order of `ids`.
pub fn find_all(tx: &Tx, ids: &[BookmarkId]) -> Result<Vec<Bookmark>> {
    ids.iter().filter_map(|id| find(tx, *id).transpose()).collect()
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

/// Stores that a bookmark leads elsewhere.
pub fn set_link(tx: &WriteTx, id: BookmarkId, link: &Link) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET url = :url, canonical_url = :canonical_url, page_host = :page_host,
             place_key = :place_key, updated_at = :now
         WHERE id = :id",
    )?;
    let canonical = link.canonical();
    stmt.execute(named_params! {
        ":id": id, ":url": link.as_str(), ":canonical_url": canonical.as_str(),
        ":page_host": link.host(), ":place_key": place::key(canonical.as_str(), None),
        ":now": tx.now(),
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

/// Reads a row of [`COLUMNS`].
pub(super) fn from_row(row: &Row) -> rusqlite::Result<Bookmark> {
    let mut row = Columns::of(row);
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
        tags: row.get::<Option<String>>("tags")?.as_deref().map(split_tags).unwrap_or_default(),
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

/// Tags that were joined with commas, in the order of their letters.
fn split_tags(joined: &str) -> Vec<String> {
    let mut tags: Vec<String> = joined.split(',').map(Into::into).collect();
    tags.sort_unstable();
    tags
}
