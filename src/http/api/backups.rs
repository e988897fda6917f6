//! `/api/v1/backups`, for admins: the copies of the database in the backup folder.

use serde::Serialize;

use super::ListReply;
use crate::error::Result;
use crate::http::context::Context;
use crate::http::response::Response;
use crate::store::backups::{self, BackupFile};

#[cfg(test)]
pub(super) mod contract;

/// A copy of the database.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct BackupReply {
    /// The name of the file, in `backups` of the data directory.
    name: String,
    /// How large it is.
    bytes: u64,
    /// When it was made.
    created_at: String,
}

impl From<BackupFile> for BackupReply {
    fn from(file: BackupFile) -> Self {
        Self { name: file.name, bytes: file.bytes, created_at: file.made_at.to_string() }
    }
}

/// `GET /api/v1/backups`, newest first.
pub(super) fn list(cx: &Context) -> Result<Response> {
    let files = backups::list(cx.store.path())?;
    Response::json(200, &ListReply::whole(files.into_iter().map(BackupReply::from).collect()))
}

/// `POST /api/v1/backups` makes one now; answers once it is checked and in its place.
pub(super) fn create(cx: &Context) -> Result<Response> {
    let file = backups::make(cx.store.path(), cx.store.now())?;
    Response::json(201, &BackupReply::from(file))
}
