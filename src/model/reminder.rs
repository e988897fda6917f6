//! "Tell me about these at ...".

use crate::error::{Error, Result};
use crate::model::id::{BookmarkId, DestinationId, FolderId, ReminderId, UserId};
use crate::model::recurrence::Schedule;
use crate::model::text;
use crate::model::time::{Slot, Timestamp, Zone};

/// The most links that one push may pick.
pub const PICK_MAX: i64 = 50;
const NAME_CHARS_MAX: usize = 100;

/// What a reminder is about; always only what is unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Everything.
    All,
    /// A folder with those inside it.
    Folder(FolderId),
    /// One bookmark.
    Bookmark(BookmarkId),
}

/// Which of the waiting links come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PickOrder {
    /// Those saved first.
    Oldest,
    /// Those saved last.
    Newest,
    /// Any.
    Random,
}

impl PickOrder {
    /// Its name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Oldest => "oldest",
            Self::Newest => "newest",
            Self::Random => "random",
        }
    }

    /// The order of that name.
    ///
    /// # Errors
    /// `Invalid` when there is none.
    pub fn parse(name: &str) -> Result<Self> {
        [Self::Oldest, Self::Newest, Self::Random]
            .into_iter()
            .find(|order| order.as_str() == name)
            .ok_or_else(|| {
                Error::invalid(
                    "order",
                    format!("{name:?} is not an order, expected oldest, newest or random"),
                )
            })
    }
}

/// How much of what is waiting a push names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pick {
    /// Which come first.
    pub order: PickOrder,
    /// How many, 1 to [`PICK_MAX`].
    pub count: i64,
}

impl Default for Pick {
    fn default() -> Self {
        Self { order: PickOrder::Oldest, count: 5 }
    }
}

impl Pick {
    /// A pick of `count` in that order.
    ///
    /// # Errors
    /// `Invalid` when `count` is out of bounds.
    pub fn new(order: PickOrder, count: i64) -> Result<Self> {
        if !(1..=PICK_MAX).contains(&count) {
            return Err(Error::invalid(
                "count",
                format!("{count} is not a number of links, expected 1 to {PICK_MAX}"),
            ));
        }
        Ok(Self { order, count })
    }
}

/// What a person sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What they call it; may be empty.
    pub name: String,
    /// What it is about.
    pub target: Target,
    /// When.
    pub schedule: Schedule,
    /// In which zone.
    pub zone: Zone,
    /// How much.
    pub pick: Pick,
    /// Whether it fires at all.
    pub enabled: bool,
    /// Where to; `None` means every destination of theirs.
    pub destinations: Option<Vec<DestinationId>>,
}

impl Settings {
    /// The slot and instant that a reminder set at `now` waits for.
    pub fn first_due(&self, now: Timestamp) -> Option<(Slot, Timestamp)> {
        let slot = self.schedule.first_after(&self.zone, now).filter(|_| self.enabled)?;
        Some((slot, slot.instant(&self.zone)))
    }
}

/// A reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Identity.
    pub id: ReminderId,
    /// Whose it is.
    pub user_id: UserId,
    /// What its owner set.
    pub settings: Settings,
    /// The slot it waits for and when that comes; `None` when it is off or over.
    pub next: Option<(Slot, Timestamp)>,
    /// When it last fired.
    pub last_fired_at: Option<Timestamp>,
}

/// A reminder's name, checked.
///
/// # Errors
/// `Invalid` when it is longer than 100 characters.
pub fn parse_name(name: &str) -> Result<String> {
    text::clean("name", name, NAME_CHARS_MAX)
}
