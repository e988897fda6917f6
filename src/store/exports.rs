//! All bookmarks of a person, folder by folder, wherever they stand.

use rusqlite::named_params;

use super::Tx;
use super::bookmarks::{COLUMNS, from_row};
use crate::error::Result;
use crate::model::bookmark::Bookmark;
use crate::model::id::{BookmarkId, FolderId, UserId};
use crate::model::time::Timestamp;

/// A place on the way: in a folder the list comes first, then the archive and the ashes, each
/// with its oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    shelf: i64,
    saved_at: Timestamp,
    id: BookmarkId,
}

impl Place {
    /// Before all.
    pub const START: Self = Self { shelf: -1, saved_at: Timestamp::from_ms(0), id: BookmarkId(0) };
}

/// Up to `limit` bookmarks that lie right in a folder, or in none, after that place; with the
/// place after the last of them.
pub fn list(
    tx: &Tx,
    user_id: UserId,
    folder_id: Option<FolderId>,
    after: Place,
    limit: usize,
) -> Result<Vec<(Bookmark, Place)>> {
    let clause = match folder_id {
        Some(_) => "b.folder_id = :folder_id AND +b.user_id = :user_id",
        None => "b.user_id = :user_id AND +b.folder_id IS :folder_id",
    };
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {COLUMNS}, b.shelf
         FROM bookmarks b
         WHERE {clause} AND (b.shelf, b.saved_at, b.id) > (:shelf, :saved_at, :id)
         ORDER BY b.shelf, b.saved_at, b.id
         LIMIT :limit"
    ))?;
    let values = named_params! {
        ":user_id": user_id, ":folder_id": folder_id, ":shelf": after.shelf,
        ":saved_at": after.saved_at, ":id": after.id, ":limit": limit as i64,
    };
    let rows = stmt.query_map(values, |row| {
        let bookmark = from_row(row)?;
        let place =
            Place { shelf: row.get("shelf")?, saved_at: bookmark.saved_at, id: bookmark.id };
        Ok((bookmark, place))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
