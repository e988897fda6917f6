//! A person with an account.

use crate::error::{Error, Result};
use crate::model::id::UserId;
use crate::model::language::Language;
use crate::model::quiet_hours::QuietHours;
use crate::model::time::Zone;

/// The fewest characters of a password.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// More than this is refused, so that nobody makes us hash megabytes.
const PASSWORD_BYTES_MAX: usize = 1024;
const NAME_CHARS_MAX: usize = 64;

/// A person with an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Identity.
    pub id: UserId,
    /// What they sign in with.
    pub name: String,
    /// Whether they may manage the server.
    pub is_admin: bool,
    /// The zone their times are shown in.
    pub zone: Zone,
    /// What they are spoken to in, and what pages are asked for in for them.
    pub language: Language,
    /// When they are not to be pushed.
    pub quiet_hours: QuietHours,
}

/// Checks a user's name.
///
/// # Errors
/// `Invalid` unless it is 1 to 64 letters, digits and `. _ - @`.
pub fn check_name(name: &str) -> Result<()> {
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '@'));
    if fits && plain {
        return Ok(());
    }
    Err(Error::invalid(
        "name",
        format!(
            "expected 1 to {NAME_CHARS_MAX} letters, digits and any of . _ - @, without spaces"
        ),
    ))
}

/// Checks a new password.
///
/// # Errors
/// `Invalid` when it is too short or absurdly long.
pub fn check_password(password: &str) -> Result<()> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(Error::invalid(
            "password",
            format!("too short, expected at least {PASSWORD_CHARS_MIN} characters"),
        ));
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(Error::invalid(
            "password",
            format!("too long, expected at most {PASSWORD_BYTES_MAX} bytes"),
        ));
    }
    Ok(())
}
