//! Lanes: the bookmarks of one person, folder or tag that stand on the same shelf with the same
//! marks, in the order in which they were saved. Every list without words is a merge of lanes, so
//! that it passes by nothing that it does not show, whatever there is and however it is spread.

use std::collections::{BinaryHeap, HashSet};

use rusqlite::types::FromSql;
use rusqlite::{OptionalExtension, Params, ToSql, named_params};

use super::Tx;
use super::bookmarks::SUBTREE;
use super::lists::Cursor;
use crate::error::Result;
use crate::model::id::{BookmarkId, FolderId, TagId, UserId};
use crate::model::order::Order;
use crate::model::page::PageState;
use crate::model::tag::TagName;
use crate::model::time::Timestamp;

/// The shelf of what is in the list.
pub(super) const WHOLE: i64 = 0;
/// The shelf of what was put away.
pub(super) const ARCHIVED: i64 = 1;
/// The shelf of what has burnt.
pub(super) const ASH: i64 = 2;

/// What a bookmark is, as the column `marks` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Marks(pub(super) i64);

impl Marks {
    pub(super) fn is_unread(self) -> bool {
        self.0 & 1 != 0
    }

    pub(super) fn is_favourite(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether it was announced when it burns.
    pub(super) fn is_announced(self) -> bool {
        self.0 & 4 != 0
    }

    pub(super) fn page_state(self) -> PageState {
        match self.0 >> 3 {
            0 => PageState::Ready,
            1 => PageState::Pending,
            2 => PageState::Failed,
            _ => PageState::Refused,
        }
    }
}

/// One of them, and how long it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lane {
    of: Of,
    pub(super) shelf: i64,
    pub(super) marks: Marks,
    pub(super) links: i64,
}

/// Whose lane it is.
#[derive(Debug, Clone, Copy)]
enum Of {
    User(UserId),
    Folder(FolderId),
    Tag(TagId),
    /// Those with a tag that lie right in a folder.
    TagIn(TagId, FolderId),
}

/// Those behind a place. Of what was saved in the same instant, of which there may be very many,
/// the id decides.
macro_rules! lane {
    ($from:literal, $id:literal, $of:literal, $way:literal, $direction:literal) => {
        concat!(
            "SELECT saved_at, ",
            $id,
            " AS id FROM ",
            $from,
            " WHERE ",
            $of,
            " AND shelf = :shelf AND marks = :marks
                AND saved_at = :saved_at AND ",
            $id,
            " ",
            $way,
            " :id
              UNION ALL
              SELECT saved_at, ",
            $id,
            " FROM ",
            $from,
            " WHERE ",
            $of,
            " AND shelf = :shelf AND marks = :marks
                AND saved_at ",
            $way,
            " :saved_at
              ORDER BY saved_at ",
            $direction,
            ", id ",
            $direction
        )
    };
    ($from:literal, $id:literal, $of:literal, $order:expr) => {
        match $order {
            Order::Newest => lane!($from, $id, $of, "<", "DESC"),
            Order::Oldest => lane!($from, $id, $of, ">", "ASC"),
        }
    };
}

impl Of {
    fn sql(self, order: Order) -> &'static str {
        match self {
            Self::User(_) => {
                lane!("bookmarks INDEXED BY bookmarks_listed", "id", "user_id = :of", order)
            }
            Self::Folder(_) => {
                lane!("bookmarks INDEXED BY bookmarks_filed", "id", "folder_id = :of", order)
            }
            Self::Tag(_) => lane!(
                "bookmark_tags INDEXED BY bookmark_tags_listed",
                "bookmark_id",
                "tag_id = :of",
                order
            ),
            Self::TagIn(..) => lane!(
                "bookmark_tags INDEXED BY bookmark_tags_filed",
                "bookmark_id",
                "tag_id = :of AND folder_id = :folder_id",
                order
            ),
        }
    }
}

/// All lanes of a user with anything in them.
pub(super) fn of_user(tx: &Tx, user_id: UserId) -> Result<Vec<Lane>> {
    list(
        tx,
        "SELECT user_id, shelf, marks, links
         FROM user_counts
         WHERE user_id = :user_id AND links > 0",
        named_params! { ":user_id": user_id },
        Of::User,
    )
}

/// All lanes of a folder of that user and of those inside it.
pub(super) fn of_folder(tx: &Tx, user_id: UserId, id: FolderId) -> Result<Vec<Lane>> {
    list(
        tx,
        &format!(
            "{SUBTREE}
             SELECT c.folder_id, c.shelf, c.marks, c.links
             FROM subtree s
             CROSS JOIN folder_counts c ON c.folder_id = s.id
             WHERE c.links > 0
               AND EXISTS (SELECT 1 FROM folders WHERE id = :folder_id AND user_id = :user_id)"
        ),
        named_params! { ":folder_id": id, ":user_id": user_id },
        Of::Folder,
    )
}

/// All lanes of a folder alone of that user.
pub(super) fn of_one_folder(tx: &Tx, user_id: UserId, id: FolderId) -> Result<Vec<Lane>> {
    list(
        tx,
        "SELECT c.folder_id, c.shelf, c.marks, c.links
         FROM folders f
         JOIN folder_counts c ON c.folder_id = f.id
         WHERE f.id = :folder_id AND f.user_id = :user_id AND c.links > 0",
        named_params! { ":folder_id": id, ":user_id": user_id },
        Of::Folder,
    )
}

/// All lanes of a user's tag; none where they have no such tag.
pub(super) fn of_tag(tx: &Tx, user_id: UserId, name: &TagName) -> Result<Vec<Lane>> {
    list(
        tx,
        "SELECT c.tag_id, c.shelf, c.marks, c.links
         FROM tags t
         JOIN tag_counts c ON c.tag_id = t.id
         WHERE t.user_id = :user_id AND t.key = :key AND c.links > 0",
        named_params! { ":user_id": user_id, ":key": name.key() },
        Of::Tag,
    )
}

/// All lanes of the tag of that id; none where the user has no such tag.
pub(super) fn of_tag_id(tx: &Tx, user_id: UserId, id: TagId) -> Result<Vec<Lane>> {
    list(
        tx,
        "SELECT c.tag_id, c.shelf, c.marks, c.links
         FROM tags t
         JOIN tag_counts c ON c.tag_id = t.id
         WHERE t.id = :id AND t.user_id = :user_id AND c.links > 0",
        named_params! { ":id": id, ":user_id": user_id },
        Of::Tag,
    )
}

/// The lanes of what has a tag within those of folders. How long they are is not known; each is
/// given the length of the folder's, which is never less.
pub(super) fn with_tag(folders: Vec<Lane>, tagged: &[Lane]) -> Vec<Lane> {
    let Some(Of::Tag(tag_id)) = tagged.first().map(|lane| lane.of) else { return Vec::new() };
    let stands: HashSet<_> = tagged.iter().map(|lane| (lane.shelf, lane.marks)).collect();
    let within = folders.into_iter().filter(|lane| stands.contains(&(lane.shelf, lane.marks)));
    within
        .filter_map(|lane| match lane.of {
            Of::Folder(id) => Some(Lane { of: Of::TagIn(tag_id, id), ..lane }),
            _ => None,
        })
        .collect()
}

fn list<T: FromSql>(
    tx: &Tx,
    sql: &str,
    values: impl Params,
    of: impl Fn(T) -> Of,
) -> Result<Vec<Lane>> {
    let mut stmt = tx.sql().prepare_cached(sql)?;
    let rows = stmt.query_map(values, |row| {
        let (shelf, marks, links) = (row.get(1)?, row.get(2)?, row.get(3)?);
        Ok(Lane { of: of(row.get(0)?), shelf, marks, links })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many bookmarks are in lanes.
pub(super) fn total(lanes: &[Lane]) -> i64 {
    lanes.iter().map(|lane| lane.links).sum()
}

/// The first `limit` places of lanes in that order, those after `after`.
pub(super) fn merge(
    tx: &Tx,
    lanes: &[Lane],
    order: Order,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Vec<Cursor>> {
    let after = after.unwrap_or_else(|| start(order));
    // The last of the best so far on top, which a lane's next must beat.
    let mut best: BinaryHeap<((i64, i64), Cursor)> = BinaryHeap::new();
    for lane in lanes {
        let mut values: Vec<(&str, &dyn ToSql)> = vec![
            (":shelf", &lane.shelf),
            (":marks", &lane.marks.0),
            (":saved_at", &after.saved_at),
            (":id", &after.id),
        ];
        match &lane.of {
            Of::User(id) => values.push((":of", id)),
            Of::Folder(id) => values.push((":of", id)),
            Of::Tag(id) => values.push((":of", id)),
            Of::TagIn(id, folder_id) => {
                values.push((":of", id));
                values.push((":folder_id", folder_id));
            }
        }
        let mut stmt = tx.sql().prepare_cached(lane.of.sql(order))?;
        let mut rows = stmt.query(values.as_slice())?;
        while let Some(row) = rows.next()? {
            let place = Cursor { saved_at: row.get(0)?, id: row.get(1)? };
            let rank = rank(order, place);
            if best.len() == limit {
                match best.peek() {
                    Some((last, _)) if rank < *last => drop(best.pop()),
                    _ => break,
                }
            }
            best.push((rank, place));
        }
    }
    Ok(best.into_sorted_vec().into_iter().map(|(_, place)| place).collect())
}

/// Whether a bookmark is in any of the lanes, behind `after` in that order.
pub(super) fn hold(
    tx: &Tx,
    lanes: &[Lane],
    order: Order,
    after: Option<Cursor>,
    id: BookmarkId,
) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT user_id, folder_id, shelf, marks, saved_at
         FROM bookmarks
         WHERE id = :id",
    )?;
    let found = stmt.query_row(named_params! { ":id": id }, |row| {
        let (user_id, folder_id): (UserId, Option<FolderId>) = (row.get(0)?, row.get(1)?);
        let (shelf, marks): (i64, i64) = (row.get(2)?, row.get(3)?);
        Ok((user_id, folder_id, shelf, Marks(marks), row.get(4)?))
    });
    let Some((user_id, folder_id, shelf, marks, saved_at)) = found.optional()? else {
        return Ok(false);
    };
    let after = after.unwrap_or_else(|| start(order));
    if rank(order, Cursor { saved_at, id }) <= rank(order, after) {
        return Ok(false);
    }
    for lane in lanes.iter().filter(|lane| (lane.shelf, lane.marks) == (shelf, marks)) {
        let is_theirs = match lane.of {
            Of::User(of) => of == user_id,
            Of::Folder(of) => Some(of) == folder_id,
            Of::Tag(of) => has_tag(tx, id, of)?,
            Of::TagIn(tag, of) => Some(of) == folder_id && has_tag(tx, id, tag)?,
        };
        if is_theirs {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_tag(tx: &Tx, id: BookmarkId, tag_id: TagId) -> Result<bool> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT 1
         FROM bookmark_tags
         WHERE bookmark_id = :id AND tag_id = :tag_id",
    )?;
    Ok(stmt.exists(named_params! { ":id": id, ":tag_id": tag_id })?)
}

/// The place before all.
fn start(order: Order) -> Cursor {
    let before_all = match order {
        Order::Newest => i64::MAX,
        Order::Oldest => i64::MIN,
    };
    Cursor { saved_at: Timestamp::from_ms(before_all), id: BookmarkId(before_all) }
}

/// Less for what comes first.
fn rank(order: Order, place: Cursor) -> (i64, i64) {
    let (saved_at, id) = (place.saved_at.as_ms(), place.id.0);
    match order {
        Order::Newest => (!saved_at, !id),
        Order::Oldest => (saved_at, id),
    }
}
