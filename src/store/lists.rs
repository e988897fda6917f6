//! Lists of bookmarks by what they are, and how many there are.

use super::bookmarks::{find, find_all};
use super::lanes::{self, Lane, Marks};
use super::{Tx, counts, resurface};
use crate::error::Result;
use crate::model::bookmark::Bookmark;
use crate::model::folder::Counts;
use crate::model::id::{BookmarkId, FolderId, UserId};
use crate::model::order::Order;
use crate::model::page::PageState;
use crate::model::reminder::{Pick, PickOrder, Target};
use crate::model::tag::TagName;
use crate::model::time::Timestamp;

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

/// Which bookmarks to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words to look for, as they were typed.
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
    /// In that order. What words find always comes with the newest first.
    pub order: Order,
    /// Only those after this one in that order, as [`Cursor::of`] made it.
    pub after: Option<Cursor>,
}

/// A place in a list: what comes after that bookmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// When it was saved.
    pub saved_at: Timestamp,
    /// Its id.
    pub id: BookmarkId,
}

impl Filter {
    /// Whether the bookmarks of a lane pass, wherever they are filed and tagged.
    pub(super) fn takes(&self, shelf: i64, marks: Marks) -> bool {
        let stands = match self.stage {
            Stage::Whole => shelf == lanes::WHOLE,
            Stage::Announced => shelf == lanes::WHOLE && marks.is_announced(),
            Stage::Archived => shelf == lanes::ARCHIVED,
            Stage::Ash => shelf == lanes::ASH,
            Stage::Any => true,
        };
        stands
            && self.unread.is_none_or(|unread| unread == marks.is_unread())
            && self.favourite.is_none_or(|favourite| favourite == marks.is_favourite())
            && (self.states.is_empty() || self.states.contains(&marks.page_state()))
    }

    /// The lanes of a user that pass, but for the words.
    pub(super) fn lanes(&self, tx: &Tx, user_id: UserId) -> Result<Vec<Lane>> {
        let mut found = match (self.folder_id, &self.tag) {
            (None, None) => lanes::of_user(tx, user_id)?,
            (Some(id), None) => lanes::of_folder(tx, user_id, id)?,
            (None, Some(tag)) => lanes::of_tag(tx, user_id, tag)?,
            (Some(id), Some(tag)) => {
                let folders = lanes::of_folder(tx, user_id, id)?;
                lanes::with_tag(folders, &lanes::of_tag(tx, user_id, tag)?)
            }
        };
        found.retain(|lane| self.takes(lane.shelf, lane.marks));
        Ok(found)
    }
}

impl Cursor {
    /// The place right after a bookmark.
    pub fn of(bookmark: &Bookmark) -> Self {
        Self { saved_at: bookmark.saved_at, id: bookmark.id }
    }
}

/// The first `limit` places of a user's bookmarks that pass the filter, but for its words.
pub(super) fn places(
    tx: &Tx,
    user_id: UserId,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Cursor>> {
    let found = filter.lanes(tx, user_id)?;
    lanes::merge(tx, &found, filter.order, filter.after, limit)
}

/// How many bookmarks a user has.
pub fn count(tx: &Tx, user_id: UserId) -> Result<Counts> {
    counts::of_user(tx, user_id)
}

/// The unread bookmarks that a reminder is about, as it wants them picked, and how many there
/// are in all.
pub fn waiting(
    tx: &Tx,
    user_id: UserId,
    target: Target,
    pick: Pick,
) -> Result<(Vec<Bookmark>, usize)> {
    if let Target::Bookmark(id) = target {
        let found: Vec<_> = find_unread(tx, user_id, id)?.into_iter().collect();
        let count = found.len();
        return Ok((found, count));
    }
    let found = unread_lanes(tx, user_id, target)?;
    let limit = usize::try_from(pick.count).unwrap_or_default();
    let first = |order| -> Result<Vec<BookmarkId>> {
        let places = lanes::merge(tx, &found, order, None, limit)?;
        Ok(places.into_iter().map(|place| place.id).collect())
    };
    let ids = match pick.order {
        PickOrder::Oldest => first(Order::Oldest)?,
        PickOrder::Newest => first(Order::Newest)?,
        PickOrder::Random => resurface::draw(tx, &found, &Filter::default(), limit)?,
    };
    Ok((find_all(tx, &ids)?, usize::try_from(lanes::total(&found)).unwrap_or_default()))
}

/// Whether a reminder has any unread bookmark to tell of.
pub fn is_any_waiting(tx: &Tx, user_id: UserId, target: Target) -> Result<bool> {
    match target {
        Target::Bookmark(id) => Ok(find_unread(tx, user_id, id)?.is_some()),
        _ => Ok(!unread_lanes(tx, user_id, target)?.is_empty()),
    }
}

/// The lanes of what is unread of all that a reminder is about.
fn unread_lanes(tx: &Tx, user_id: UserId, target: Target) -> Result<Vec<Lane>> {
    let mut unread = Filter { unread: Some(true), ..Filter::default() };
    let mut found = match target {
        Target::Tag(id) => lanes::of_tag_id(tx, user_id, id)?,
        Target::Folder(id) => {
            unread.folder_id = Some(id);
            unread.lanes(tx, user_id)?
        }
        Target::All | Target::Bookmark(_) => unread.lanes(tx, user_id)?,
    };
    found.retain(|lane| unread.takes(lane.shelf, lane.marks));
    Ok(found)
}

/// A bookmark of that user, if it waits to be read.
fn find_unread(tx: &Tx, user_id: UserId, id: BookmarkId) -> Result<Option<Bookmark>> {
    let waits = |found: &Bookmark| {
        let is_put_away = found.archived_at.is_some() || found.burnt_at.is_some();
        found.user_id == user_id && found.read_at.is_none() && !is_put_away
    };
    Ok(find(tx, id)?.filter(waits))
}
