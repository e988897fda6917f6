//! What a caller may do, by method and address: the one place that says so. A token that is
//! limited to a folder is refused whatever is not listed here, so that a new route is closed to
//! it until somebody has thought about it.

use crate::error::{Error, Result};
use crate::http::auth::{ADMINS_ONLY, Caller};
use crate::http::context::Context;
use crate::http::request::Method::{Get, Post};
use crate::http::request::Request;
use crate::http::route::verb;
use crate::model::bookmark::{BookmarkChange, NewBookmark};
use crate::model::folder::Folder;
use crate::model::id::{BookmarkId, FolderId, UserId};
use crate::model::token::{Rights, Scope};
use crate::ops::tokens::{self, is_inside};
use crate::store::{self, Tx};

const OUTSIDE: Error = Error::Forbidden("this token is limited to one folder and the links in it");

/// Refuses what a caller may not do, before any handler sees it.
///
/// # Errors
/// `Forbidden`, saying what is missing; `NotFound` for a bookmark outside the folder that a token
/// is limited to.
pub(super) fn check(cx: &Context, caller: &Caller, req: &Request, path: &[&str]) -> Result<()> {
    let Rights { scope, folder_id, .. } = caller.rights;
    if matches!(path, ["users" | "backups" | "status", ..]) {
        if !caller.user.is_admin {
            return Err(Error::Forbidden(ADMINS_ONLY));
        }
        if scope < Scope::Admin {
            return Err(Error::Forbidden("this token has not the scope admin"));
        }
    }
    if req.method.changes() && scope < Scope::Write {
        return Err(Error::Forbidden("this token may only read, it has not the scope write"));
    }
    if folder_id.is_none() {
        return Ok(());
    }
    match (verb(req), path) {
        // Their handlers keep to the folder by the functions below.
        (Get | Post, ["bookmarks"]) | (Get, ["folders"]) => Ok(()),
        (_, ["bookmarks", id] | ["bookmarks", id, "refresh"]) => {
            let id = id.parse().map(BookmarkId).map_err(|_| OUTSIDE)?;
            let (user_id, rights) = (caller.user.id, &caller.rights);
            cx.store.read(|tx| tokens::bookmark(tx, user_id, rights, id)).map(drop)
        }
        _ => Err(OUTSIDE),
    }
}

/// The folder to list, for one who asked for that one, or for none.
///
/// # Errors
/// `Forbidden` when it lies outside the folder they are limited to.
pub(super) fn folder(
    tx: &Tx,
    rights: &Rights,
    asked: Option<FolderId>,
) -> Result<Option<FolderId>> {
    let Some(limit) = rights.folder_id else { return Ok(asked) };
    if asked.is_none() || is_inside(tx, asked, limit)? {
        return Ok(asked.or(Some(limit)));
    }
    Err(OUTSIDE)
}

/// Has a link saved within the folder that its sender is limited to.
///
/// # Errors
/// `Forbidden` when it is to be filed elsewhere, `Conflict` when it is saved elsewhere already:
/// it must neither be taken from there nor be shown.
pub(super) fn confine(
    tx: &Tx,
    user_id: UserId,
    rights: &Rights,
    mut new: NewBookmark,
) -> Result<NewBookmark> {
    let Some(limit) = rights.folder_id else { return Ok(new) };
    let asked = folder(tx, rights, new.folder_id)?;
    match store::bookmarks::find_by_url(tx, user_id, &new.link.canonical())? {
        Some(found) if !is_inside(tx, found.folder_id, limit)? => Err(taken_outside()),
        // Where nothing else was asked for, it stays in the folder it is in.
        Some(_) => Ok(new),
        None => {
            new.folder_id = asked;
            Ok(new)
        }
    }
}

/// Checks that a bookmark stays within the folder that who changes it is limited to.
///
/// # Errors
/// `Forbidden` when it would leave, `Conflict` when it would lead where a link outside leads.
pub(super) fn check_change(
    tx: &Tx,
    user_id: UserId,
    rights: &Rights,
    change: &BookmarkChange,
) -> Result<()> {
    let Some(limit) = rights.folder_id else { return Ok(()) };
    if let Some(to) = change.folder_id
        && !is_inside(tx, to, limit)?
    {
        return Err(OUTSIDE);
    }
    let Some(link) = &change.link else { return Ok(()) };
    match store::bookmarks::find_by_url(tx, user_id, &link.canonical())? {
        Some(found) if !is_inside(tx, found.folder_id, limit)? => Err(taken_outside()),
        _ => Ok(()),
    }
}

fn taken_outside() -> Error {
    Error::Conflict("this link is saved already, where this token cannot see it".into())
}

/// Those of a person's folders that a caller may see, which has no part of what lies around them.
///
/// # Errors
/// When the folders cannot be read.
pub(super) fn visible(tx: &Tx, rights: &Rights, folders: Vec<Folder>) -> Result<Vec<Folder>> {
    let Some(limit) = rights.folder_id else { return Ok(folders) };
    let mut seen = Vec::new();
    for mut folder in folders {
        if is_inside(tx, Some(folder.id), limit)? {
            folder.parent_id = folder.parent_id.filter(|_| folder.id != limit);
            seen.push(folder);
        }
    }
    Ok(seen)
}
