//! What can go wrong, sorted by what a caller can do about it.
//!
//! Reasons are for people: lower case, no full stop, what was found and what was
//! expected. They never hold a URL, a title or a token, because those are private.

use std::borrow::Cow;
use std::fmt;

const END_BYTES_MAX: usize = 300;

/// The result of nearly everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something could not be done.
#[derive(Debug)]
pub enum Error {
    /// The caller gave a value that cannot be used; `field` names it.
    Invalid {
        /// The field as the caller knows it, or `body` for the whole of it.
        field: Cow<'static, str>,
        /// What was found and what was expected.
        reason: String,
    },
    /// Nobody is signed in, or the token or password is wrong.
    Unauthorized(&'static str),
    /// Somebody is signed in, but this is not theirs to do.
    Forbidden(&'static str),
    /// There is no such thing, or it belongs to somebody else.
    NotFound(&'static str),
    /// The address exists, but not for this method; holds the methods it has.
    MethodNotAllowed(&'static str),
    /// It clashes with what is already stored.
    Conflict(String),
    /// It is no longer what the caller has seen.
    Stale(&'static str),
    /// More bytes, rows or words than allowed.
    TooLarge {
        /// The largest accepted size, in bytes.
        limit: usize,
    },
    /// Too many tries; come back after so many seconds.
    TooMany {
        /// Seconds to wait before the next try.
        after_s: u64,
    },
    /// It cannot be done now, though the request was fine: a full disk, a full queue.
    Unavailable(String),
    /// A fault of ours. The cause is logged in one place and never shown.
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A bad value in `field`. Of what was sent, however long it is, little is said back.
    pub fn invalid(field: impl Into<Cow<'static, str>>, reason: impl Into<String>) -> Self {
        let field = match field.into() {
            Cow::Owned(name) => Cow::Owned(without_middle(name)),
            ours => ours,
        };
        Self::Invalid { field, reason: without_middle(reason.into()) }
    }

    /// A fault of ours, described in words.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }

    /// The same bad value, under the name the caller knows it by.
    #[must_use]
    pub fn under(self, name: &'static str) -> Self {
        match self {
            Self::Invalid { reason, .. } => Self::Invalid { field: name.into(), reason },
            other => other,
        }
    }

    /// The same bad value, under the name the caller knows it by if its field is one of those, each
    /// with that name.
    #[must_use]
    pub fn renamed(self, names: &[(&str, &'static str)]) -> Self {
        let Self::Invalid { field, .. } = &self else { return self };
        match names.iter().find(|(ours, _)| ours == field) {
            Some((_, theirs)) => self.under(theirs),
            None => self,
        }
    }
}

/// The text, with `…` for the middle of a long one: what was found stands at its start, and what
/// was expected at its end.
fn without_middle(text: String) -> String {
    if text.len() <= 2 * END_BYTES_MAX {
        return text;
    }
    let head = &text[..text.floor_char_boundary(END_BYTES_MAX)];
    let tail = &text[text.ceil_char_boundary(text.len() - END_BYTES_MAX)..];
    format!("{head}…{tail}")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { field, reason } => write!(f, "{field}: {reason}"),
            Self::Unauthorized(why) | Self::Forbidden(why) | Self::Stale(why) => f.write_str(why),
            Self::NotFound(what) => write!(f, "there is no such {what}"),
            Self::MethodNotAllowed(allow) => write!(f, "this address answers only to {allow}"),
            Self::Conflict(why) | Self::Unavailable(why) => f.write_str(why),
            Self::TooLarge { limit } => write!(f, "larger than the {limit} bytes allowed"),
            Self::TooMany { after_s } => write!(f, "too many tries, wait {after_s} s"),
            Self::Internal(cause) => write!(f, "internal error: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DiskFull, ReadOnly};
        match error.sqlite_error_code() {
            Some(DiskFull) => {
                Self::Unavailable("the disk is full, nothing was stored; free some space".into())
            }
            Some(ReadOnly) => Self::Unavailable(
                "the data directory cannot be written to, nothing was stored".into(),
            ),
            Some(DatabaseBusy) => {
                Self::Unavailable("the database is in use by another program, try again".into())
            }
            _ => Self::internal(error),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_value_only_the_ends_of_the_reason_are_said() {
        let reason = format!("{:?} found, expected a colour", "한".repeat(100_000));
        let said = Error::invalid("colour", reason).to_string();
        assert!(
            said.starts_with("colour: \"한한") && said.ends_with("한\" found, expected a colour")
        );
        assert!(said.len() < 700, "{}", said.len());
        let said = Error::invalid("x".repeat(100_000), "unknown").to_string();
        assert!(said.len() < 700, "{}", said.len());
        assert_eq!(Error::invalid("at", "short").to_string(), "at: short");
    }
}
