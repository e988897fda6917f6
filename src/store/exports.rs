//! All bookmarks of a person, folder by folder, wherever they stand.

use super::Tx;
use super::bookmarks::find_all;
use super::lanes::{self, Lane};
use super::lists::Cursor;
use crate::error::Result;
use crate::model::bookmark::Bookmark;
use crate::model::id::{FolderId, UserId};
use crate::model::order::Order;

/// A place on the way: in a folder the list comes first, then the archive and the ashes, each
/// with its oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    shelf: i64,
    after: Option<Cursor>,
}

impl Place {
    /// Before all.
    pub const START: Self = Self { shelf: lanes::WHOLE, after: None };
}

/// The next bookmarks that lie right in a folder, or in none, from a place on; with the place
/// where to go on, as long as there may be more. Up to `limit` are looked at.
pub fn list(
    tx: &Tx,
    user_id: UserId,
    folder_id: Option<FolderId>,
    at: Place,
    limit: usize,
) -> Result<(Vec<Bookmark>, Option<Place>)> {
    let mut found: Vec<Lane> = match folder_id {
        Some(id) => lanes::of_one_folder(tx, user_id, id)?,
        None => lanes::of_user(tx, user_id)?,
    };
    found.retain(|lane| lane.shelf == at.shelf);
    let places = lanes::merge(tx, &found, Order::Oldest, at.after, limit)?;
    let next = match places.last() {
        Some(last) => Some(Place { after: Some(*last), ..at }),
        None if at.shelf < lanes::ASH => Some(Place { shelf: at.shelf + 1, after: None }),
        None => None,
    };
    let ids: Vec<_> = places.into_iter().map(|place| place.id).collect();
    let mut bookmarks = find_all(tx, &ids)?;
    bookmarks.retain(|bookmark| bookmark.folder_id == folder_id);
    Ok((bookmarks, next))
}
