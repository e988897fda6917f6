//! `/api/v1/folders`.

use serde::{Deserialize, Serialize};

use super::{ListReply, nullable, once, rights};
use crate::error::Result;
use crate::http::auth::Caller;
use crate::http::bulk;
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::burning;
use crate::model::folder::Folder;
use crate::model::id::FolderId;
use crate::model::user::User;
use crate::{ops, store};

#[cfg(test)]
pub(super) mod contract;

/// A folder to make.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CreateBody {
    /// Unique among its siblings, whatever the case.
    #[cfg_attr(test, schemars(length(min = 1, max = 100)))]
    title: String,
    /// The folder it lies in.
    parent_id: Option<i64>,
    /// After how many days its unread links turn to ash; 0 for never, `null` for what is set around it.
    #[cfg_attr(test, schemars(range(min = 0, max = 3650)))]
    burn_after_days: Option<i64>,
}

/// What to change. What is left out, or `null` where nothing else is said, stays as it is.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    /// Unique among its siblings, whatever the case.
    #[cfg_attr(test, schemars(length(min = 1, max = 100)))]
    title: Option<String>,
    /// The folder it lies in; `null` for none.
    #[serde(default, deserialize_with = "nullable")]
    parent_id: Option<Option<i64>>,
    /// After how many days its unread links turn to ash; 0 for never, `null` for what is set around it.
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(range(min = 0, max = 3650)))]
    burn_after_days: Option<Option<i64>>,
    /// Its place among its siblings, counted from 0.
    position: Option<u32>,
}

/// A folder.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FolderReply {
    /// Identity.
    id: i64,
    /// Unique among its siblings, whatever the case.
    title: String,
    /// The folder it lies in.
    parent_id: Option<i64>,
    /// How many links are right in it.
    bookmarks: i64,
    /// How many of those are still to be read.
    unread: i64,
    /// After how many days its unread links turn to ash; 0 is never, `null` what is set around it.
    burn_after_days: Option<u16>,
}

impl From<&Folder> for FolderReply {
    fn from(folder: &Folder) -> Self {
        Self {
            id: folder.id.0,
            title: folder.title.clone(),
            parent_id: folder.parent_id.map(|id| id.0),
            bookmarks: folder.counts.all,
            unread: folder.counts.unread,
            burn_after_days: folder.burn_after_days,
        }
    }
}

/// `GET /api/v1/folders`, all of them with their counts.
pub(super) fn list(cx: &mut Context, caller: &Caller) -> Result<Response> {
    let folders = cx.store.read(|tx| {
        let folders = store::folders::list(tx, caller.user.id)?;
        rights::visible(tx, &caller.rights, folders)
    })?;
    Response::json(200, &ListReply::whole(folders.iter().map(FolderReply::from).collect()))
}

/// `POST /api/v1/folders`.
pub(super) fn create(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let body: CreateBody = req.json()?;
    let days = body.burn_after_days.map(burning::parse_days).transpose()?;
    once::write(cx, req, user, move |tx, user| {
        let parent_id = body.parent_id.map(FolderId);
        let folder = ops::folders::create(tx, user.id, parent_id, &body.title, days)?;
        Response::json(201, &FolderReply::from(&folder))
    })
}

/// `PATCH /api/v1/folders/{id}` changes the fields that are sent.
pub(super) fn change(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    let body: ChangeBody = req.json()?;
    let user_id = user.id;
    let days = body.burn_after_days.map(|days| days.map(burning::parse_days).transpose());
    let change = ops::folders::Change {
        title: body.title,
        parent_id: body.parent_id.map(|id| id.map(FolderId)),
        burn_after_days: days.transpose()?,
        position: body.position.map(|position| position as usize),
    };
    let folder =
        cx.store.write(move |tx| ops::folders::change(tx, user_id, FolderId(id), &change))?;
    Response::json(200, &FolderReply::from(&folder))
}

/// `GET /api/v1/folders/{id}`.
pub(super) fn get(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let folder = cx.store.read(|tx| store::folders::get(tx, user.id, FolderId(id)))?;
    Response::json(200, &FolderReply::from(&folder))
}

/// `DELETE /api/v1/folders/{id}`; its bookmarks stay.
pub(super) fn delete(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let user_id = user.id;
    bulk::delete_folder(cx, user_id, FolderId(id))?;
    Ok(Response::no_content())
}
