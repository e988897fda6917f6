//! How our types stand in columns.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use super::lanes::Marks;
use crate::error::Result;
use crate::model::delivery::State;
use crate::model::event::{Event, Events};
use crate::model::id::{
    BookmarkId, DeliveryId, DestinationId, FiringId, FolderId, ImportId, ReminderId, RuleId,
    ScopeId, SearchId, SessionId, TagId, TokenId, UndoId, UserId,
};
use crate::model::import::State as ImportState;
use crate::model::language::Language;
use crate::model::page::{PageKind, PageState};
use crate::model::quiet_hours::QuietHours;
use crate::model::reason::Reason;
use crate::model::reminder::{PickOrder, WhenEmpty};
use crate::model::time::{Slot, TimeOfDay, Timestamp, Zone};
use crate::model::token::Scope;
use crate::model::undo::Kind as UndoKind;

macro_rules! integers {
    ($($name:ident)*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.0.into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map(Self)
            }
        }
    )*};
}

integers! { UserId TokenId SessionId FolderId BookmarkId TagId RuleId SearchId UndoId ImportId ReminderId FiringId DestinationId ScopeId DeliveryId Marks }

/// Bookmarks in one column, as `12,13`.
pub(super) struct Listed(pub(super) Vec<BookmarkId>);

impl ToSql for Listed {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let ids: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        Ok(ids.join(",").into())
    }
}

impl FromSql for Listed {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let ids = value.as_str()?.split(',').filter_map(|id| id.parse().ok());
        Ok(Self(ids.map(BookmarkId).collect()))
    }
}

impl ToSql for Events {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.bits().into())
    }
}

impl FromSql for Events {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u8::column_result(value).map(Self::of_bits)
    }
}

impl ToSql for Timestamp {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.as_ms().into())
    }
}

impl FromSql for Timestamp {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self::from_ms)
    }
}

/// Types that stand in a column as a word.
trait Word: Sized {
    fn word(&self) -> String;
    fn from_word(word: &str) -> Result<Self>;
}

macro_rules! words {
    ($($name:ident, $write:expr, $read:expr;)*) => {$(
        impl Word for $name {
            fn word(&self) -> String {
                $write(self).to_string()
            }

            fn from_word(word: &str) -> Result<Self> {
                $read(word)
            }
        }

        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.word().into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Self::from_word(value.as_str()?).map_err(FromSqlError::other)
            }
        }
    )*};
}

words! {
    PageState, |state: &PageState| state.as_str(), PageState::parse;
    PageKind, |kind: &PageKind| kind.as_str(), PageKind::parse;
    Reason, Reason::to_string, Reason::parse;
    Language, |language: &Language| language.tag(), Language::parse;
    State, |state: &State| state.as_str(), State::parse;
    Event, |event: &Event| event.as_str(), Event::parse;
    ImportState, |state: &ImportState| state.as_str(), ImportState::parse;
    PickOrder, |order: &PickOrder| order.as_str(), PickOrder::parse;
    WhenEmpty, |choice: &WhenEmpty| choice.as_str(), WhenEmpty::parse;
    Scope, |scope: &Scope| scope.as_str(), Scope::parse;
    UndoKind, |kind: &UndoKind| kind.as_str(), UndoKind::parse;
    QuietHours, QuietHours::to_string, str::parse;
    Slot, |slot: &Slot| *slot, str::parse;
    TimeOfDay, |at: &TimeOfDay| *at, str::parse;
    // A zone that this machine has forgotten must not make its reminders unreadable.
    Zone, |zone: &Zone| zone.name().to_owned(), |name| Ok(Zone::named(name).unwrap_or(Zone::UTC));
}
