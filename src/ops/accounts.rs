//! Accounts, sessions and tokens. Hashing is slow on purpose, so it happens before the
//! transaction; these functions take what it made.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::id::{TokenId, UserId};
use crate::model::quiet_hours::QuietHours;
use crate::model::text;
use crate::model::time::Zone;
use crate::model::user::{self, User};
use crate::store::{self, Tx, Wake, WriteTx};

/// How long a browser stays signed in.
pub const SESSION_LIFETIME: Duration = Duration::from_hours(24 * 90);
/// How fresh the note of a token's last use is kept.
const TOUCH_EVERY: Duration = Duration::from_hours(1);
const TOKENS_MAX: usize = 100;

/// Adds a person.
///
/// # Errors
/// `Invalid` when the name cannot be used, `Conflict` when it is taken.
pub fn add(
    tx: &WriteTx,
    name: &str,
    password_hash: &str,
    is_admin: bool,
    zone: &Zone,
) -> Result<UserId> {
    user::check_name(name)?;
    store::users::insert(tx, name, password_hash, is_admin, zone)
}

/// Adds the first person, an admin.
///
/// # Errors
/// `Conflict` when somebody was quicker; otherwise as [`add`].
pub fn set_up(tx: &WriteTx, name: &str, password_hash: &str, zone: &Zone) -> Result<UserId> {
    if store::users::any(tx)? {
        return Err(Error::Conflict("this server has an account already, sign in instead".into()));
    }
    add(tx, name, password_hash, true, zone)
}

/// Removes a person with all that is theirs.
///
/// # Errors
/// `NotFound` when there is no such name.
pub fn remove(tx: &WriteTx, name: &str) -> Result<()> {
    let user = by_name(tx, name)?;
    store::users::delete(tx, user.id)
}

/// The person of that name.
///
/// # Errors
/// `NotFound` when there is none.
pub fn by_name(tx: &Tx, name: &str) -> Result<User> {
    store::users::find_by_name(tx, name)?.map(|(user, _)| user).ok_or(Error::NotFound("user"))
}

/// Gives a person another password, which signs out every browser of theirs.
pub fn set_password(tx: &WriteTx, id: UserId, password_hash: &str) -> Result<()> {
    store::users::set_password(tx, id, password_hash)?;
    store::sessions::delete_of_user(tx, id)
}

/// Moves a person to another zone. Reminders keep theirs.
pub fn set_zone(tx: &WriteTx, id: UserId, zone: &Zone) -> Result<()> {
    store::users::set_zone(tx, id, zone)?;
    super::burning::change_zone(tx, id)
}

/// Switches a person's pushes on or off; off, what waits is called off.
pub fn set_push_on(tx: &WriteTx, id: UserId, on: bool) -> Result<()> {
    store::users::set_push_on(tx, id, on)?;
    if on { Ok(()) } else { store::deliveries::cancel_of_user(tx, id, "push was switched off") }
}

/// Has a person left alone at other hours, also by what waits for the end of those before.
pub fn set_quiet_hours(tx: &WriteTx, id: UserId, hours: &QuietHours) -> Result<()> {
    store::users::set_quiet_hours(tx, id, hours)?;
    store::deliveries::look_again(tx, id)?;
    tx.wake(Wake::Outbox);
    Ok(())
}

/// Signs a browser in under a key of which it holds the only copy.
pub fn sign_in(tx: &WriteTx, id: UserId, key_hash: &[u8]) -> Result<()> {
    store::sessions::insert(tx, key_hash, id, tx.now() + SESSION_LIFETIME)
}

/// Makes a token for programs.
///
/// # Errors
/// `Invalid` when its name is empty or too long, `Conflict` when there are too many.
pub fn add_token(tx: &WriteTx, id: UserId, name: &str, key_hash: &[u8]) -> Result<TokenId> {
    let name = text::required("name", name, 100)?;
    if store::sessions::list_tokens(tx, Some(id))?.len() >= TOKENS_MAX {
        return Err(Error::Conflict(format!(
            "there are {TOKENS_MAX} tokens already, delete one first"
        )));
    }
    store::sessions::insert_token(tx, id, &name, key_hash)
}

/// Whose token it is, and the token itself when the note of its last use should be renewed.
pub fn find_by_token(tx: &Tx, key_hash: &[u8]) -> Result<Option<(UserId, Option<TokenId>)>> {
    let found = store::sessions::find_token(tx, key_hash)?;
    Ok(found.map(|(id, user_id, last_used_at)| {
        let stale = last_used_at.is_none_or(|last| tx.now().since(last) >= TOUCH_EVERY);
        (user_id, stale.then_some(id))
    }))
}
