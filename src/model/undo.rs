//! What was done to links and can be taken back.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::id::UndoId;

/// How long it can be.
pub const KEEP: Duration = Duration::from_hours(24);
/// What is done to more links than this at once cannot be taken back.
pub const LINKS_MAX: usize = 10_000;
/// How many acts of a person are kept.
pub const ACTS_MAX: usize = 50;

/// What was done, as far as it says how it is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// They were marked as read or unread.
    Read,
    /// They were put away, or taken from there.
    Archived,
    /// They became favourites, or favourites no more.
    Favourite,
    /// They were filed elsewhere.
    Moved,
    /// They got tags.
    Tagged,
    /// They lost tags.
    Untagged,
    /// They were deleted.
    Deleted,
}

impl Kind {
    /// Its name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Archived => "archived",
            Self::Favourite => "favourite",
            Self::Moved => "moved",
            Self::Tagged => "tagged",
            Self::Untagged => "untagged",
            Self::Deleted => "deleted",
        }
    }

    /// The kind of that name.
    ///
    /// # Errors
    /// `Invalid` when there is none.
    pub fn parse(name: &str) -> Result<Self> {
        use Kind::{Archived, Deleted, Favourite, Moved, Read, Tagged, Untagged};
        [Read, Archived, Favourite, Moved, Tagged, Untagged, Deleted]
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| Error::invalid("kind", format!("{name:?} is nothing to take back")))
    }
}

/// Something that was done and can be taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undo {
    /// Identity.
    pub id: UndoId,
    /// What was done.
    pub kind: Kind,
}
