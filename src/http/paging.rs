//! Lists in pages: asking for one row too many, and the place where the next page goes on.

use crate::error::{Error, Result};
use crate::model::bookmark::Bookmark;
use crate::model::id::BookmarkId;
use crate::model::order::Order;
use crate::model::time::Timestamp;
use crate::store::bookmarks::Cursor;

/// Cuts rows, of which one more than `limit` was asked for, to `limit`. Returns the last one
/// that is left if there are more behind it.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: usize) -> Option<&T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more)
}

/// The place right after a bookmark in a list of that order, for an address.
pub(super) fn cursor_after(order: Order, last: &Bookmark) -> String {
    let cursor = Cursor::of(last);
    format!("{}.{}.{}", order.as_str(), cursor.saved_at.as_ms(), cursor.id)
}

/// The place that [`cursor_after`] wrote.
///
/// # Errors
/// `Invalid` for any other text, and for the place in a list of another order.
pub(super) fn parse_cursor(text: &str, order: Order) -> Result<Cursor> {
    let (its_order, place) = text.split_once('.').ok_or_else(not_ours)?;
    if Order::parse(its_order).map_err(|_| not_ours())? != order {
        let reason = format!(
            "of a list in the order {its_order}, expected one in the order {}",
            order.as_str()
        );
        return Err(Error::invalid("cursor", reason));
    }
    let (saved_at, id) = place
        .split_once('.')
        .and_then(|(saved_at, id)| Some((saved_at.parse().ok()?, id.parse().ok()?)))
        .filter(|(_, id)| *id > 0)
        .ok_or_else(not_ours)?;
    Ok(Cursor { saved_at: Timestamp::from_ms(saved_at), id: BookmarkId(id) })
}

/// What a cursor is told that is none.
pub(super) fn not_ours() -> Error {
    Error::invalid("cursor", "not one of ours, expected the next of an earlier answer")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_one_in_a_list_of_its_own_order() {
        let place = Cursor { saved_at: Timestamp::from_ms(-7), id: BookmarkId(3) };
        assert_eq!(parse_cursor("oldest.-7.3", Order::Oldest).unwrap(), place);
        for (bad, why) in [
            ("newest.-7.3", "of a list in the order newest"),
            ("-7.3", "not one of ours"),
            ("oldest.7", "not one of ours"),
            ("oldest.x.3", "not one of ours"),
            ("", "not one of ours"),
        ] {
            let error = parse_cursor(bad, Order::Oldest).unwrap_err().to_string();
            assert!(error.starts_with("cursor:") && error.contains(why), "{bad}: {error}");
        }
    }

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
