//! Lists in pages: asking for one row too many, and the place where the next page goes on.

use crate::error::{Error, Result};
use crate::model::bookmark::Bookmark;
use crate::model::id::BookmarkId;
use crate::model::time::Timestamp;
use crate::store::bookmarks::Cursor;

/// Cuts rows, of which one more than `limit` was asked for, to `limit`. Returns the last one
/// that is left if there are more behind it.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: usize) -> Option<&T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more)
}

/// The place right after a bookmark, for an address.
pub(super) fn cursor_after(last: &Bookmark) -> String {
    let cursor = Cursor::of(last);
    place(cursor.saved_at, cursor.id)
}

/// The place that [`cursor_after`] wrote.
///
/// # Errors
/// `Invalid` for any other text.
pub(super) fn parse_cursor(text: &str) -> Result<Cursor> {
    let (saved_at, id) = parse_place(text)?;
    Ok(Cursor { saved_at, id })
}

/// A place in an order of time, for an address.
pub(super) fn place(at: Timestamp, id: BookmarkId) -> String {
    format!("{}.{id}", at.as_ms())
}

/// The place that [`place`] wrote.
///
/// # Errors
/// `Invalid` for any other text.
pub(super) fn parse_place(text: &str) -> Result<(Timestamp, BookmarkId)> {
    let (at, id) = text
        .split_once('.')
        .and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)))
        .filter(|(_, id)| *id > 0)
        .ok_or_else(not_ours)?;
    Ok((Timestamp::from_ms(at), BookmarkId(id)))
}

/// What a cursor is told that is none.
pub(super) fn not_ours() -> Error {
    Error::invalid("cursor", "not one of ours, expected the next of an earlier answer")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_cut_and_only_a_full_page_with_more_behind_it_goes_on() {
        let check = |rows: &[i64], left: &[i64], last| {
            let mut rows = rows.to_vec();
            assert_eq!(cut(&mut rows, 2).copied(), last);
            assert_eq!(rows, left);
        };
        check(&[], &[], None);
        check(&[1, 2], &[1, 2], None);
        check(&[1, 2, 3], &[1, 2], Some(2));
    }
}
