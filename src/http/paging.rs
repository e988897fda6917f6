//! Lists in pages: asking for one row too many, and the place where the next page goes on.

use crate::error::{Error, Result};
use crate::model::bookmark::Bookmark;
use crate::model::id::BookmarkId;
use crate::model::order::Order;
use crate::model::time::Timestamp;
use crate::store::bookmarks::Cursor;
use crate::store::search::{Place, Start};

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
    format!("{}.{}", order.as_str(), place(cursor.saved_at, cursor.id))
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
    let (saved_at, id) = parse_place(place)?;
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

/// Where the next page of a search begins, for an address.
pub(super) fn search_cursor(start: Start) -> String {
    let place = |place: Place| [place.saved_at.as_ms(), place.id.0];
    let numbers: Vec<i64> = match start {
        Start::Before(before) => place(before).to_vec(),
        Start::Ranked { newest, oldest, score, place: last } => {
            let oldest = oldest.map(place).into_iter().flatten();
            place(newest)
                .into_iter()
                .chain(oldest)
                .chain([score.into()])
                .chain(place(last))
                .collect()
        }
    };
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// The place that [`search_cursor`] wrote.
///
/// # Errors
/// `Invalid` for any other text.
pub(super) fn parse_search_cursor(text: &str) -> Result<Start> {
    let numbers: Result<Vec<i64>, _> = text.split('.').map(str::parse).collect();
    let place = |saved_at, id| Place { saved_at: Timestamp::from_ms(saved_at), id: BookmarkId(id) };
    let (newest, oldest, score, last) = match numbers.map_err(|_| not_ours())?[..] {
        [saved_at, id] => return Ok(Start::Before(place(saved_at, id))),
        [a, b, score, c, d] => (place(a, b), None, score, place(c, d)),
        [a, b, c, d, score, e, f] => (place(a, b), Some(place(c, d)), score, place(e, f)),
        _ => return Err(not_ours()),
    };
    let score = score.try_into().map_err(|_| not_ours())?;
    Ok(Start::Ranked { newest, oldest, score, place: last })
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
    fn a_place_in_a_search_is_read_as_it_was_written() {
        let place =
            |saved_at, id| Place { saved_at: Timestamp::from_ms(saved_at), id: BookmarkId(id) };
        let (newest, last) = (place(1_772_960_400_000, 7), place(-3, 9));
        for start in [
            Start::Before(newest),
            Start::Ranked { newest, oldest: None, score: 36, place: last },
            Start::Ranked { newest, oldest: Some(place(0, 1)), score: 0, place: last },
        ] {
            assert_eq!(parse_search_cursor(&search_cursor(start)).unwrap(), start);
        }
        for bad in ["", "1", "1.2.3", "1.2.x.4.5", "1.2.-3.4.5", "1.2.3.4.5.6.7.8", "1..2"] {
            assert!(parse_search_cursor(bad).is_err(), "{bad}");
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
