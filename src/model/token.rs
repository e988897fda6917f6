//! Tokens for programs, and what they let their holders do.

use jiff::civil::Date;

use crate::error::{Error, Result};
use crate::model::id::{FolderId, TokenId};
use crate::model::time::{Slot, TimeOfDay, Timestamp, Zone};

/// How much a token lets its holder do; each of them may also do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Look at everything.
    Read,
    /// Change everything.
    Write,
    /// Manage the server, if its owner may.
    Admin,
}

impl Scope {
    /// All there are, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// The word for it, in the database and in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// Reads what [`Scope::as_str`] wrote.
    ///
    /// # Errors
    /// `Invalid` for anything else.
    pub fn parse(word: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word).ok_or_else(|| {
            Error::invalid("scope", format!("{word:?} found, expected read, write or admin"))
        })
    }
}

/// What somebody may do in a person's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rights {
    /// How much.
    pub scope: Scope,
    /// Only with the links in that folder and those inside it.
    pub folder_id: Option<FolderId>,
    /// Until then.
    pub expires_at: Option<Timestamp>,
}

impl Rights {
    /// Those of the person themselves.
    pub const ALL: Self = Self { scope: Scope::Admin, folder_id: None, expires_at: None };

    /// Whether who has these has all of `other`, so that these can be handed on as `other`.
    pub fn cover(&self, other: &Self) -> bool {
        let lasts = |until| other.expires_at.is_some_and(|other| other <= until);
        other.scope <= self.scope
            && (self.folder_id.is_none() || self.folder_id == other.folder_id)
            && self.expires_at.is_none_or(lasts)
    }

    /// Whether their time is over.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// A token as it is listed: never the token itself.
#[derive(Debug, Clone)]
pub struct Token {
    /// Identity.
    pub id: TokenId,
    /// Whose it is.
    pub user_name: String,
    /// What its owner calls it.
    pub name: String,
    /// What it lets its holder do.
    pub rights: Rights,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the hour.
    pub last_used_at: Option<Timestamp>,
}

/// The end of a day in `zone`: when a token expires whose last day that is.
pub fn end_of(day: Date, zone: &Zone) -> Timestamp {
    let next = day.tomorrow().unwrap_or(Date::MAX);
    Slot::new(next, TimeOfDay::constant(0, 0)).instant(zone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::parse_date;

    #[test]
    fn nobody_hands_on_more_than_they_have() {
        let rights = |scope, folder: Option<i64>, until: Option<i64>| Rights {
            scope: Scope::parse(scope).unwrap(),
            folder_id: folder.map(FolderId),
            expires_at: until.map(Timestamp::from_ms),
        };
        let check = |own: Rights, other: Rights, covered: bool| {
            assert_eq!(own.cover(&other), covered, "{own:?} {other:?}");
        };
        let write = rights("write", None, None);
        check(Rights::ALL, Rights::ALL, true);
        check(write, write, true);
        check(write, rights("read", Some(1), Some(9)), true);
        check(write, rights("admin", None, None), false);
        check(rights("read", None, None), write, false);
        check(rights("write", Some(1), None), write, false);
        check(rights("write", Some(1), None), rights("read", Some(2), None), false);
        check(rights("write", Some(1), None), rights("write", Some(1), None), true);
        check(rights("write", None, Some(9)), write, false);
        check(rights("write", None, Some(9)), rights("write", None, Some(10)), false);
        check(rights("write", None, Some(9)), rights("write", None, Some(9)), true);
    }

    #[test]
    fn the_last_day_of_a_token_is_a_whole_one_where_its_owner_lives() {
        let check = |day: &str, zone: &str, expected: &str| {
            let end = end_of(parse_date(day).unwrap(), &Zone::named(zone).unwrap());
            assert_eq!(end.to_string(), expected, "{day} {zone}");
        };
        check("2026-03-08", "Asia/Seoul", "2026-03-08T15:00:00Z");
        check("2026-12-31", "UTC", "2027-01-01T00:00:00Z");
        // There was no midnight.
        check("2026-09-05", "America/Santiago", "2026-09-06T04:00:00Z");
        let last = end_of(Date::MAX, &Zone::UTC);
        assert!(last > end_of(parse_date("2999-01-01").unwrap(), &Zone::UTC));
    }
}
