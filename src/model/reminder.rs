//! "Tell me about these at ...".

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::id::{BookmarkId, DestinationId, FolderId, ReminderId, TagId, UserId};
use crate::model::recurrence::Schedule;
use crate::model::text;
use crate::model::time::{Slot, Timestamp, Zone};

/// The most links that one push may pick.
pub const PICK_MAX: i64 = 50;
const NAME_CHARS_MAX: usize = 100;
/// How far ahead a date may be.
const YEARS_MAX: i64 = 10;
/// The longest snooze.
const SNOOZE_MAX: Duration = Duration::from_hours(24 * 366);

/// What a reminder is about; always only what is unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Everything.
    All,
    /// A folder with those inside it.
    Folder(FolderId),
    /// What has a tag.
    Tag(TagId),
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

/// What becomes of a firing when nothing is left to read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenEmpty {
    /// It is recorded, and nothing is pushed.
    #[default]
    Skip,
    /// A push says that nothing waits.
    Send,
}

impl WhenEmpty {
    /// Its name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Send => "send",
        }
    }

    /// The choice of that name.
    ///
    /// # Errors
    /// `Invalid` when there is none.
    pub fn parse(name: &str) -> Result<Self> {
        [Self::Skip, Self::Send].into_iter().find(|choice| choice.as_str() == name).ok_or_else(
            || Error::invalid("when_empty", format!("{name:?} found, expected skip or send")),
        )
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
    /// What to do when nothing waits.
    pub when_empty: WhenEmpty,
    /// Whether it fires at all.
    pub enabled: bool,
    /// Where to; `None` means every destination of theirs.
    pub destinations: Option<Vec<DestinationId>>,
}

impl Settings {
    /// Checks the date of one that comes once, when it is set at `now`.
    ///
    /// # Errors
    /// `Invalid` when it is on and its time has passed, or when that is too many years ahead.
    pub fn check_date(&self, now: Timestamp) -> Result<()> {
        let Schedule::Once { on, .. } = self.schedule else { return Ok(()) };
        if self.enabled && self.first_due(now).is_none() {
            return Err(Error::invalid(
                "on",
                "that day and time have passed, expected one to come",
            ));
        }
        let today = now.in_zone(&self.zone).date();
        if on > today.saturating_add(jiff::Span::new().years(YEARS_MAX)) {
            let reason = format!("{on} is too far ahead, expected at most {YEARS_MAX} years");
            return Err(Error::invalid("on", reason));
        }
        Ok(())
    }

    /// Whether it comes at the same times as with those settings.
    pub fn comes_as(&self, other: &Self) -> bool {
        (self.schedule, &self.zone, self.enabled) == (other.schedule, &other.zone, other.enabled)
    }

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
    /// When it comes once more, beside its slots.
    pub snoozed_until: Option<Timestamp>,
    /// When it last fired.
    pub last_fired_at: Option<Timestamp>,
    /// When it was first set.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub updated_at: Timestamp,
    /// Since when it comes at its times.
    pub set_at: Timestamp,
}

/// Until when a reminder set at `now` to come again `at` sleeps: the next whole minute.
///
/// # Errors
/// `Invalid` when that has passed, or is more than a year ahead.
pub fn snooze_until(at: Timestamp, now: Timestamp) -> Result<Timestamp> {
    let until = (at + Duration::from_millis(59_999)).minute();
    if at <= now {
        return Err(Error::invalid("until", "that time has passed, expected one to come"));
    }
    if until.since(now) > SNOOZE_MAX {
        return Err(Error::invalid("until", "too far ahead, expected at most a year"));
    }
    Ok(until)
}

/// A reminder's name, checked.
///
/// # Errors
/// `Invalid` when it is longer than 100 characters.
pub fn parse_name(name: &str) -> Result<String> {
    text::clean("name", name, NAME_CHARS_MAX)
}
