//! Tokens for programs, which may do less than the person they act for.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::bookmark::Bookmark;
use crate::model::id::{BookmarkId, FolderId, TokenId, UserId};
use crate::model::text;
use crate::model::token::{Rights, Scope, Token};
use crate::model::user::User;
use crate::ops::bookmarks::check_folder;
use crate::store::{self, Tx, WriteTx};

/// How fresh the note of a token's last use is kept.
const TOUCH_EVERY: Duration = Duration::from_hours(1);
const NAME_CHARS_MAX: usize = 100;
const TOKENS_MAX: usize = 100;

/// Makes a token with those rights, for somebody who has `own`.
///
/// # Errors
/// `Invalid` when its name or its rights cannot be used, `Forbidden` when they are more than
/// `own`, `Conflict` when there are too many.
pub fn add(
    tx: &WriteTx,
    user: &User,
    own: &Rights,
    name: &str,
    rights: &Rights,
    key_hash: &[u8],
) -> Result<Token> {
    let name = text::required("name", name, NAME_CHARS_MAX)?;
    check(tx, user, rights)?;
    if !own.cover(rights) {
        return Err(Error::Forbidden(
            "a token cannot make one that may do more or lasts longer than itself",
        ));
    }
    if store::tokens::list(tx, user.id)?.len() >= TOKENS_MAX {
        return Err(Error::Conflict(format!(
            "there are {TOKENS_MAX} tokens already, delete one first"
        )));
    }
    let id = store::tokens::insert(tx, user.id, &name, rights, key_hash)?;
    store::tokens::get(tx, user.id, id)
}

/// Whether a token of that user can have those rights.
fn check(tx: &Tx, user: &User, rights: &Rights) -> Result<()> {
    if rights.scope == Scope::Admin && !user.is_admin {
        let reason = "admin found, expected read or write: its owner is no admin";
        return Err(Error::invalid("scope", reason));
    }
    if rights.scope == Scope::Admin && rights.folder_id.is_some() {
        let reason = "found beside the scope admin, expected one of the two";
        return Err(Error::invalid("folder_id", reason));
    }
    if rights.has_expired(tx.now()) {
        return Err(Error::invalid("expires_at", "this is over already, expected a later one"));
    }
    check_folder(tx, user.id, rights.folder_id)
}

/// Gives a token another name, for somebody who has `own`.
///
/// # Errors
/// `NotFound` when it is not theirs, `Forbidden` when it may do more than `own`, `Invalid` when
/// the name cannot be used.
pub fn rename(
    tx: &WriteTx,
    user_id: UserId,
    own: &Rights,
    id: TokenId,
    name: &str,
) -> Result<Token> {
    check_reach(tx, user_id, own, id)?;
    store::tokens::set_name(tx, id, &text::required("name", name, NAME_CHARS_MAX)?)?;
    store::tokens::get(tx, user_id, id)
}

/// Revokes a token, for somebody who has `own`.
///
/// # Errors
/// `NotFound` when it is not theirs, `Forbidden` when it may do more than `own`.
pub fn revoke(tx: &WriteTx, user_id: UserId, own: &Rights, id: TokenId) -> Result<()> {
    check_reach(tx, user_id, own, id)?;
    store::tokens::delete(tx, id)
}

fn check_reach(tx: &Tx, user_id: UserId, own: &Rights, id: TokenId) -> Result<()> {
    let found = store::tokens::get(tx, user_id, id)?;
    if own.cover(&found.rights) {
        return Ok(());
    }
    Err(Error::Forbidden("a token cannot change one that may do more or lasts longer than itself"))
}

/// A bookmark, for somebody who has those rights.
///
/// # Errors
/// `NotFound` when it is not theirs, or lies outside the folder that they are limited to.
pub fn bookmark(tx: &Tx, user_id: UserId, rights: &Rights, id: BookmarkId) -> Result<Bookmark> {
    let bookmark = store::bookmarks::get(tx, user_id, id)?;
    match rights.folder_id {
        Some(limit) if !is_inside(tx, bookmark.folder_id, limit)? => {
            Err(Error::NotFound("bookmark"))
        }
        _ => Ok(bookmark),
    }
}

/// Whether what is filed there lies in the folder that somebody is limited to.
pub fn is_inside(tx: &Tx, folder_id: Option<FolderId>, limit: FolderId) -> Result<bool> {
    folder_id.map_or(Ok(false), |id| store::folders::is_inside(tx, id, limit))
}

/// What a key leads to.
#[derive(Debug)]
pub struct Found {
    /// Who it acts for.
    pub user: User,
    /// What it lets its holder do.
    pub rights: Rights,
    /// The token, where the note of its last use should be renewed.
    pub stale: Option<TokenId>,
}

/// The token of that key.
///
/// # Errors
/// `Unauthorized` when there is none, or its time is over.
pub fn find(tx: &Tx, key_hash: &[u8]) -> Result<Found> {
    let Some((token, user_id)) = store::tokens::find(tx, key_hash)? else {
        return Err(Error::Unauthorized("the token is not one of ours, or it was revoked"));
    };
    if token.rights.has_expired(tx.now()) {
        return Err(Error::Unauthorized("the token has expired"));
    }
    let is_stale = token.last_used_at.is_none_or(|last| tx.now().since(last) >= TOUCH_EVERY);
    Ok(Found {
        user: store::users::get(tx, user_id)?,
        rights: token.rights,
        stale: is_stale.then_some(token.id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::{Timestamp, Zone};
    use crate::ops;
    use crate::store::testing::Memory;

    const WRITE: Rights = Rights { scope: Scope::Write, ..Rights::ALL };

    fn person(db: &mut Memory, name: &str, is_admin: bool) -> User {
        db.write(|tx| {
            let id = ops::accounts::add(tx, name, "hash", is_admin, &Zone::UTC)?;
            store::users::get(tx, id)
        })
        .unwrap()
    }

    #[test]
    fn what_a_token_cannot_have_is_told_by_its_field() {
        let mut db = Memory::open();
        let (mina, juno) = (person(&mut db, "mina", true), person(&mut db, "juno", false));
        let theirs = db.write(|tx| store::folders::insert(tx, juno.id, None, "Theirs")).unwrap();
        let until = |ms: i64| Some(Timestamp::from_ms(db.now.as_ms() + ms));
        let (now, later) = (until(0), until(1));
        let mut check = |user: &User, name: &str, rights: Rights, field: Option<&str>| {
            let added = db.write(|tx| add(tx, user, &Rights::ALL, name, &rights, name.as_bytes()));
            let found = added.map(drop).map_err(|error| error.to_string());
            match field {
                None => assert_eq!(found, Ok(())),
                Some(field) => assert!(found.unwrap_err().starts_with(&format!("{field}: "))),
            }
        };
        check(&mina, "a", Rights::ALL, None);
        check(&juno, "b", Rights::ALL, Some("scope"));
        check(&juno, "b", WRITE, None);
        check(&mina, " ", WRITE, Some("name"));
        check(&mina, "c", Rights { folder_id: Some(theirs), ..WRITE }, Some("folder_id"));
        check(&mina, "c", Rights { folder_id: Some(FolderId(99)), ..WRITE }, Some("folder_id"));
        check(&juno, "c", Rights { folder_id: Some(theirs), ..WRITE }, None);
        check(&mina, "d", Rights { expires_at: now, ..WRITE }, Some("expires_at"));
        check(&mina, "d", Rights { expires_at: later, ..WRITE }, None);
    }

    #[test]
    fn a_token_ends_with_its_time_and_with_its_folder() {
        let mut db = Memory::open();
        let mina = person(&mut db, "mina", true);
        let folder = db.write(|tx| store::folders::insert(tx, mina.id, None, "Share")).unwrap();
        let until = db.now + Duration::from_secs(60);
        let shared = Rights { folder_id: Some(folder), ..WRITE };
        let short = Rights { expires_at: Some(until), ..WRITE };
        db.write(|tx| {
            add(tx, &mina, &Rights::ALL, "shared", &shared, b"shared")?;
            add(tx, &mina, &Rights::ALL, "short", &short, b"short")
        })
        .unwrap();
        let why = |db: &Memory, key: &[u8]| db.read(|tx| find(tx, key)).unwrap_err().to_string();
        assert_eq!(db.read(|tx| find(tx, b"short")).unwrap().rights, short);
        db.now = until;
        assert_eq!(why(&db, b"short"), "the token has expired");
        assert_eq!(db.read(|tx| find(tx, b"shared")).unwrap().rights, shared);
        // It must not become a token for everything.
        db.write(|tx| ops::folders::delete(tx, mina.id, folder)).unwrap();
        assert!(why(&db, b"shared").contains("revoked"));
    }

    #[test]
    fn the_last_use_is_noted_by_the_hour() {
        let mut db = Memory::open();
        let mina = person(&mut db, "mina", true);
        let id = db.write(|tx| add(tx, &mina, &Rights::ALL, "a", &WRITE, b"a")).unwrap().id;
        let stale = |db: &Memory| db.read(|tx| find(tx, b"a")).unwrap().stale;
        assert_eq!(stale(&db), Some(id));
        db.write(|tx| store::tokens::touch(tx, id)).unwrap();
        assert_eq!(stale(&db), None);
        db.now = db.now + TOUCH_EVERY;
        assert_eq!(stale(&db), Some(id));
    }

    #[test]
    fn a_token_changes_none_that_may_do_more() {
        let mut db = Memory::open();
        let (mina, juno) = (person(&mut db, "mina", true), person(&mut db, "juno", false));
        let id = db.write(|tx| add(tx, &mina, &Rights::ALL, "a", &Rights::ALL, b"a")).unwrap().id;
        let refused = db.write(|tx| revoke(tx, mina.id, &WRITE, id));
        assert!(matches!(refused, Err(Error::Forbidden(_))));
        let refused = db.write(|tx| rename(tx, mina.id, &WRITE, id, "b"));
        assert!(matches!(refused, Err(Error::Forbidden(_))));
        let theirs = db.write(|tx| revoke(tx, juno.id, &Rights::ALL, id));
        assert!(matches!(theirs, Err(Error::NotFound(_))));
        assert_eq!(db.write(|tx| rename(tx, mina.id, &Rights::ALL, id, "b")).unwrap().name, "b");
        db.write(|tx| revoke(tx, mina.id, &Rights::ALL, id)).unwrap();
        assert!(db.read(store::tokens::list_all).unwrap().is_empty());
    }
}
