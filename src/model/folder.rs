//! The one place a bookmark is filed; people may see it as a clip.

use crate::error::Result;
use crate::model::id::{FolderId, UserId};
use crate::model::text;

/// How long a title may be.
pub const TITLE_CHARS_MAX: usize = 100;
/// How deep folders may lie in one another.
pub const DEPTH_MAX: usize = 16;

/// A folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Identity.
    pub id: FolderId,
    /// Whose it is.
    pub user_id: UserId,
    /// The folder it lies in.
    pub parent_id: Option<FolderId>,
    /// Unique among its siblings, whatever the case.
    pub title: String,
    /// After how many days its unread links burn; 0 is never, and `None` as the folder around
    /// it, at the top as its owner has set for all.
    pub burn_after_days: Option<u16>,
    /// Bookmarks filed right here, and how many of them are unread.
    pub counts: Counts,
}

/// How many bookmarks. What was put away or has burnt is in none but the last two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// All in the list.
    pub all: i64,
    /// Those not read yet.
    pub unread: i64,
    /// Those marked as some of the best.
    pub favourite: i64,
    /// Those whose page could not be read.
    pub unreadable: i64,
    /// Those put away.
    pub archived: i64,
    /// Those that have burnt.
    pub ashes: i64,
}

/// A folder's title, checked.
///
/// # Errors
/// `Invalid` unless it is one line of 1 to 100 characters.
pub fn parse_title(title: &str) -> Result<String> {
    text::required("title", title, TITLE_CHARS_MAX)
}
