//! `/api/v1/import`, `/api/v1/imports` and `/api/v1/export`.

use serde::Serialize;

use super::{ListReply, check_query, flag, limit, number};
use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::{downloads, uploads};
use crate::model::id::{FolderId, ImportId};
use crate::model::import::{Import, Rejected, Settings};
use crate::model::user::User;
use crate::{ops, store};

#[cfg(test)]
pub(super) mod contract;

/// A file of links that is taken in.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ImportReply {
    /// Identity.
    id: i64,
    /// Where it stands.
    #[cfg_attr(test, schemars(extend("enum" = ["running", "done", "failed", "cancelled"])))]
    state: &'static str,
    /// What sort of file it is, once that is known.
    format: Option<String>,
    /// Why it failed.
    reason: Option<String>,
    /// How large the file is.
    bytes: u64,
    /// The folder its links go to.
    folder_id: Option<i64>,
    /// Whether they are still to be read.
    unread: bool,
    /// Whether it is only looked.
    dry_run: bool,
    /// How many rows were read.
    read: u64,
    /// Links that are new.
    added: u64,
    /// Links you had, that got something more.
    merged: u64,
    /// Links you had just so.
    unchanged: u64,
    /// Rows that could not be taken.
    rejected: u64,
    /// When it began.
    created_at: String,
    /// When it ended.
    ended_at: Option<String>,
}

/// A file of links that is taken in, with what could not be.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ReportReply {
    #[serde(flatten)]
    import: ImportReply,
    /// The first of those that could not be taken.
    rejects: Vec<RejectReply>,
}

/// A row that could not be taken.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RejectReply {
    /// Where it stands in the file.
    line: u64,
    /// What stands there.
    url: String,
    /// Why it could not be taken.
    reason: String,
}

impl From<&Import> for ImportReply {
    fn from(import: &Import) -> Self {
        let (settings, tally) = (import.settings, import.tally);
        Self {
            id: import.id.0,
            state: import.state.as_str(),
            format: import.format.clone(),
            reason: import.reason.clone(),
            bytes: import.bytes,
            folder_id: settings.folder_id.map(|id| id.0),
            unread: settings.unread,
            dry_run: settings.dry_run,
            read: tally.read(),
            added: tally.added,
            merged: tally.merged,
            unchanged: tally.unchanged,
            rejected: tally.rejected,
            created_at: import.created_at.to_string(),
            ended_at: import.ended_at.map(|at| at.to_string()),
        }
    }
}

impl From<Rejected> for RejectReply {
    fn from(rejected: Rejected) -> Self {
        Self { line: rejected.line, url: rejected.url, reason: rejected.reason }
    }
}

/// `POST /api/v1/import` takes a file of links as its body: 202 with the import to watch.
pub(super) fn begin(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    check_query(req, &["folder", "unread", "dry_run"])?;
    let folder = req.query("folder").map(|id| {
        number(id, "folder").map(FolderId).map_err(|_| {
            Error::invalid("folder", format!("{id:?} found, expected the id of a folder"))
        })
    });
    let settings = Settings {
        folder_id: folder.transpose()?,
        unread: flag(req, "unread")?.unwrap_or(false),
        dry_run: flag(req, "dry_run")?.unwrap_or(false),
    };
    let import = uploads::keep(cx, user.id, &req.body, settings)?;
    let location = format!("/api/v1/imports/{}", import.id);
    Ok(Response::json(202, &ImportReply::from(&import))?.with("location", location))
}

/// `GET /api/v1/imports`, the newest.
pub(super) fn list(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    check_query(req, &["limit"])?;
    let limit = limit(req)?;
    let found = cx.store.read(|tx| store::imports::list(tx, user.id, limit))?;
    Response::json(200, &ListReply::whole(found.iter().map(ImportReply::from).collect()))
}

/// `GET /api/v1/imports/{id}`, with the first of the links that could not be taken.
pub(super) fn get(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    check_query(req, &["limit"])?;
    let limit = limit(req)?;
    let reply = cx.store.read(|tx| {
        let import = store::imports::get(tx, user.id, ImportId(id))?;
        let rejects = store::imports::list_rejected(tx, import.id, limit)?;
        let import = ImportReply::from(&import);
        Ok(ReportReply { import, rejects: rejects.into_iter().map(Into::into).collect() })
    })?;
    Response::json(200, &reply)
}

/// `DELETE /api/v1/imports/{id}` stops it; what it has brought stays.
pub(super) fn cancel(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let user_id = user.id;
    let import = cx.store.write(move |tx| ops::imports::cancel(tx, user_id, ImportId(id)))?;
    Response::json(200, &ImportReply::from(&import))
}

/// `GET /api/v1/export`, all links as a file.
pub(super) fn export(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    check_query(req, &["format"])?;
    downloads::export(cx, user.id, req.query("format").unwrap_or("json").parse()?)
}
