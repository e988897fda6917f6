//! What bookmarks keep of their pages, and the queue of pages to read.

use rusqlite::{OptionalExtension, named_params};

use super::{Tx, WriteTx};
use crate::error::Result;
use crate::model::id::BookmarkId;
use crate::model::page::{PageCard, PageState};
use crate::model::reason::Reason;
use crate::model::time::Timestamp;

/// The next page to be read, and how often that was tried.
pub fn find_due(tx: &Tx) -> Result<Option<(BookmarkId, String, u32)>> {
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
pub fn next_due_at(tx: &Tx) -> Result<Option<Timestamp>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT min(page_due_at)
         FROM bookmarks
         WHERE page_due_at IS NOT NULL",
    )?;
    Ok(stmt.query_row([], |row| row.get(0))?)
}

/// Puts a page into the queue, or takes it out of it.
pub fn set_due(tx: &WriteTx, id: BookmarkId, due_at: Option<Timestamp>, tries: u32) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET page_due_at = :due_at, page_tries = :tries
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":due_at": due_at, ":tries": tries })?;
    Ok(())
}

/// Stores where reading a page stands, without touching what it said before.
pub fn set_state(
    tx: &WriteTx,
    id: BookmarkId,
    state: PageState,
    reason: Option<Reason>,
) -> Result<()> {
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
pub fn set(tx: &WriteTx, id: BookmarkId, page: &PageCard) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET page_title = :title, page_description = :description, site_name = :site_name,
             author = :author, published_at = :published_at, image_url = :image_url,
             icon_url = :icon_url, page_short_title = :short_title, page_kind = :kind,
             page_language = :language, page_canonical_url = :canonical_url,
             picture = :picture, icon = :icon, fetched_at = :now, updated_at = :now
         WHERE id = :id",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":title": page.title, ":description": page.description,
        ":site_name": page.site_name, ":author": page.author, ":published_at": page.published_at,
        ":image_url": page.image_url, ":icon_url": page.icon_url, ":short_title": page.short_title, ":kind": page.kind,
        ":language": page.language, ":canonical_url": page.canonical_url,
        ":picture": page.picture, ":icon": page.icon, ":now": tx.now(),
    })?;
    Ok(())
}

/// Forgets a key whose picture is not kept any more, and has the page read at `due_at`
/// unless it is in the queue already.
pub fn forget_picture(tx: &WriteTx, id: BookmarkId, key: &str, due_at: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET picture = nullif(picture, :key), icon = nullif(icon, :key),
             page_tries = iif(page_due_at IS NULL, 0, page_tries),
             page_due_at = coalesce(page_due_at, :due_at)
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":key": key, ":due_at": due_at })?;
    Ok(())
}
