//! Accounts and sessions. Hashing is slow on purpose, so it happens before the
//! transaction; these functions take what it made.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::id::UserId;
use crate::model::quiet_hours::QuietHours;
use crate::model::session::Session;
use crate::model::time::Zone;
use crate::model::user::{self, User};
use crate::ops::bulk;
use crate::store::bookmarks::{Filter, Stage};
use crate::store::{self, Tx, Wake, WriteTx};

/// How long a browser stays signed in.
pub const SESSION_LIFETIME: Duration = Duration::from_hours(24 * 90);
/// How fresh the note of when a browser was seen is kept.
const TOUCH_EVERY: Duration = Duration::from_hours(1);
const SESSIONS_MAX: usize = 100;

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

/// Deletes the next bookmarks of a person who is to be removed; returns whether there were any.
/// Very many at once would keep others from saving.
///
/// # Errors
/// As [`remove`].
pub fn clear(tx: &WriteTx, id: UserId) -> Result<bool> {
    check_not_last_admin(tx, &store::users::get(tx, id)?)?;
    let filter = Filter { stage: Stage::Any, ..Filter::default() };
    let ids = store::bookmarks::list_some(tx, id, &filter, bulk::CHUNK)?;
    store::bulk::delete(tx, id, &ids)?;
    Ok(!ids.is_empty())
}

/// Removes a person with all that is theirs.
///
/// # Errors
/// `NotFound` when there is no such person, `Conflict` when nobody else could manage the server.
pub fn remove(tx: &WriteTx, id: UserId) -> Result<()> {
    check_not_last_admin(tx, &store::users::get(tx, id)?)?;
    store::users::delete(tx, id)
}

/// What an admin changes of an account; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// What they sign in with.
    pub name: Option<String>,
    /// The hash of another password, which signs out every browser of theirs.
    pub password_hash: Option<String>,
    /// Whether they may manage the server.
    pub is_admin: Option<bool>,
}

/// Changes an account.
///
/// # Errors
/// `NotFound` when there is no such person, `Invalid` when the name cannot be used, `Conflict`
/// when it is taken, or when nobody could manage the server any more.
pub fn change(tx: &WriteTx, id: UserId, change: &Change) -> Result<User> {
    let user = store::users::get(tx, id)?;
    if let Some(name) = &change.name {
        user::check_name(name)?;
        store::users::set_name(tx, id, name)?;
    }
    if let Some(hash) = &change.password_hash {
        set_password(tx, id, hash)?;
    }
    if let Some(is_admin) = change.is_admin {
        if !is_admin {
            check_not_last_admin(tx, &user)?;
        }
        store::users::set_admin(tx, id, is_admin)?;
    }
    store::users::get(tx, id)
}

fn check_not_last_admin(tx: &Tx, user: &User) -> Result<()> {
    if user.is_admin && store::users::count_admins(tx)? == 1 {
        let why = "this is the last admin, make somebody else one first";
        return Err(Error::Conflict(why.into()));
    }
    Ok(())
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
    store::sessions::delete_others(tx, id, None)
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

/// Signs a browser in under a key of which it holds the only copy. Of more than a person has
/// browsers, those seen longest ago are signed out.
pub fn sign_in(tx: &WriteTx, id: UserId, key_hash: &[u8], browser: &str) -> Result<()> {
    store::sessions::insert(tx, key_hash, id, browser, tx.now() + SESSION_LIFETIME)?;
    store::sessions::delete_beyond(tx, id, SESSIONS_MAX)
}

/// The session of that key, and whether the note of when it was seen should be renewed.
pub fn find_session(tx: &Tx, key_hash: &[u8]) -> Result<Option<(Session, bool)>> {
    let found = store::sessions::find(tx, key_hash)?;
    Ok(found.map(|session| {
        let is_stale = tx.now().since(session.last_seen_at) >= TOUCH_EVERY;
        (session, is_stale)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Memory;

    #[test]
    fn somebody_can_always_manage_the_server() {
        let mut db = Memory::open();
        let mut person =
            |name, is_admin| db.write(|tx| add(tx, name, "hash", is_admin, &Zone::UTC)).unwrap();
        let (mina, juno) = (person("mina", true), person("juno", false));
        let admin = |is_admin| Change { is_admin: Some(is_admin), ..Change::default() };
        for refused in [
            db.write(|tx| remove(tx, mina)),
            db.write(|tx| change(tx, mina, &admin(false)).map(drop)),
        ] {
            assert!(refused.unwrap_err().to_string().starts_with("this is the last admin"));
        }
        db.write(|tx| change(tx, juno, &admin(false))).unwrap();
        db.write(|tx| change(tx, juno, &admin(true))).unwrap();
        db.write(|tx| remove(tx, mina)).unwrap();
        assert!(db.write(|tx| remove(tx, juno)).is_err());
        assert!(matches!(db.write(|tx| remove(tx, mina)), Err(Error::NotFound(_))));
    }

    #[test]
    fn an_account_is_renamed_unless_the_name_is_taken_and_stays_as_it_is_then() {
        let mut db = Memory::open();
        let mut person = |name| db.write(|tx| add(tx, name, "hash", false, &Zone::UTC)).unwrap();
        let (mina, _juno) = (person("mina"), person("juno"));
        let mut rename = |name: &str| {
            let change_to = Change {
                name: Some(name.into()),
                password_hash: Some("another".into()),
                ..Change::default()
            };
            db.write(|tx| change(tx, mina, &change_to)).map(|user| user.name)
        };
        assert!(matches!(rename("JUNO"), Err(Error::Conflict(_))));
        assert!(matches!(rename("mi na"), Err(Error::Invalid { .. })));
        assert_eq!(rename("Mina").unwrap(), "Mina");
    }

    #[test]
    fn another_password_and_too_many_browsers_sign_out() {
        let mut db = Memory::open();
        let mina = db.write(|tx| add(tx, "mina", "hash", true, &Zone::UTC)).unwrap();
        for n in 0..=SESSIONS_MAX {
            db.now = db.now + Duration::from_secs(1);
            db.write(|tx| sign_in(tx, mina, format!("key {n}").as_bytes(), "Firefox")).unwrap();
        }
        let list = |db: &Memory| db.read(|tx| store::sessions::list(tx, mina)).unwrap();
        assert_eq!(list(&db).len(), SESSIONS_MAX);
        assert!(db.read(|tx| find_session(tx, b"key 0")).unwrap().is_none());
        assert!(db.read(|tx| find_session(tx, b"key 1")).unwrap().is_some());
        let kept = list(&db)[7].id;
        db.write(|tx| store::sessions::delete_others(tx, mina, Some(kept))).unwrap();
        assert_eq!(list(&db).iter().map(|session| session.id).collect::<Vec<_>>(), [kept]);
        db.write(|tx| set_password(tx, mina, "another")).unwrap();
        assert!(list(&db).is_empty());
    }

    #[test]
    fn when_a_browser_was_seen_is_noted_by_the_hour() {
        let mut db = Memory::open();
        let mina = db.write(|tx| add(tx, "mina", "hash", true, &Zone::UTC)).unwrap();
        db.write(|tx| sign_in(tx, mina, b"key", "Firefox on Linux")).unwrap();
        let find = |db: &Memory| db.read(|tx| find_session(tx, b"key")).unwrap();
        let (session, is_stale) = find(&db).unwrap();
        assert_eq!((session.browser.as_str(), is_stale), ("Firefox on Linux", false));
        db.now = db.now + TOUCH_EVERY;
        assert!(find(&db).unwrap().1);
        db.write(|tx| store::sessions::touch(tx, session.id)).unwrap();
        assert!(!find(&db).unwrap().1);
        db.now = db.now + SESSION_LIFETIME;
        assert!(find(&db).is_none());
    }
}
