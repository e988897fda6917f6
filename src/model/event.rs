//! What a person's webhooks can be told of.

use crate::error::{Error, Result};

/// Something that happened to what a person keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A link was saved that was not there.
    BookmarkCreated,
    /// Something that is shown of a bookmark changed, other than by reading its page.
    BookmarkUpdated,
    /// A bookmark was deleted.
    BookmarkDeleted,
    /// The page of a bookmark was read.
    PageReady,
    /// A reminder fired and had something to tell.
    ReminderFired,
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::BookmarkCreated,
        Self::BookmarkUpdated,
        Self::BookmarkDeleted,
        Self::PageReady,
        Self::ReminderFired,
    ];

    /// Its name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BookmarkCreated => "bookmark.created",
            Self::BookmarkUpdated => "bookmark.updated",
            Self::BookmarkDeleted => "bookmark.deleted",
            Self::PageReady => "page.ready",
            Self::ReminderFired => "reminder.fired",
        }
    }

    /// The event of that name.
    ///
    /// # Errors
    /// `Invalid` naming all that there are.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            Error::invalid("events", format!("{name:?} found, expected any of {known}"))
        })
    }

    /// Its bit among [`Events`], which is stored: it never becomes that of another.
    const fn bit(self) -> u8 {
        match self {
            Self::BookmarkCreated => 1,
            Self::BookmarkUpdated => 2,
            Self::BookmarkDeleted => 4,
            Self::PageReady => 8,
            Self::ReminderFired => 16,
        }
    }
}

/// The events that a destination is told of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Events(u8);

impl Events {
    /// As they are stored, a bit for each.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Those of the bits; bits that mean nothing are left out.
    pub fn of_bits(bits: u8) -> Self {
        Event::ALL.into_iter().filter(|event| bits & event.bit() != 0).collect()
    }

    /// Whether it is one of them.
    pub const fn has(self, event: Event) -> bool {
        self.0 & event.bit() != 0
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Event> {
        Event::ALL.into_iter().filter(move |event| self.has(*event))
    }
}

impl FromIterator<Event> for Events {
    fn from_iter<T: IntoIterator<Item = Event>>(events: T) -> Self {
        Self(events.into_iter().fold(0, |bits, event| bits | event.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_has_a_name_and_a_bit_of_its_own() {
        for event in Event::ALL {
            assert_eq!(Event::parse(event.as_str()).unwrap(), event);
            let alone: Events = [event].into_iter().collect();
            assert_eq!(alone.iter().collect::<Vec<_>>(), [event]);
            assert_eq!(Events::of_bits(alone.bits()), alone);
        }
        let all: Events = Event::ALL.into_iter().collect();
        assert_eq!((all.iter().count(), Events::of_bits(u8::MAX)), (5, all));
        assert!(Events::default().is_empty() && !Events::default().has(Event::PageReady));
        let why = Event::parse("bookmark.gone").unwrap_err().to_string();
        assert!(why.starts_with("events: \"bookmark.gone\" found, expected any of"), "{why}");
    }
}
