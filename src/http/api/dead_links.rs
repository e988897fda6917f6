//! `/api/v1/dead-links`: links that lead nowhere any more.

use serde::Serialize;

use super::{ListReply, check_query, limit};
use crate::error::Result;
use crate::http::context::Context;
use crate::http::paging;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::id::BookmarkId;
use crate::model::link_check::archive_url;
use crate::model::user::User;
use crate::ops;
use crate::ops::link_checks::Dead;
use crate::ops::shown::BookmarkReply;

#[cfg(test)]
pub(super) mod contract;

/// A link that leads nowhere any more.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DeadLinkReply {
    /// The link.
    bookmark: BookmarkReply,
    /// Why it cannot be reached, in the language of the reader.
    reason: String,
    /// The same, for programs: `gone_404`, `no_such_host` and so on.
    code: String,
    /// Since when.
    since: String,
    /// When it was looked at last.
    checked_at: String,
    /// How often in a row it could not be reached.
    failures: u32,
    /// Where the Wayback Machine may have it as it was when it was saved.
    archive_url: String,
}

impl DeadLinkReply {
    fn of(dead: &Dead, user: &User) -> Self {
        let Dead { bookmark, failing, .. } = dead;
        Self {
            reason: failing.reason.sentence(user.language),
            code: failing.reason.to_string(),
            since: failing.since.to_string(),
            checked_at: failing.checked_at.to_string(),
            failures: failing.failures,
            archive_url: archive_url(&bookmark.url, bookmark.saved_at),
            bookmark: BookmarkReply::of(bookmark, user),
        }
    }
}

/// `GET /api/v1/dead-links`, those that died last first.
pub(super) fn list(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    check_query(req, &["limit", "cursor"])?;
    let limit = limit(req)?;
    let after = req.query("cursor").map(paging::parse_place).transpose()?;
    let mut dead = cx.store.read(|tx| ops::link_checks::list(tx, user.id, after, limit + 1))?;
    let next = paging::cut(&mut dead, limit);
    let next = next.map(|last| paging::place(last.dead_at, last.bookmark.id));
    let items = dead.iter().map(|dead| DeadLinkReply::of(dead, user)).collect();
    Response::json(200, &ListReply { items, next })
}

/// `POST /api/v1/dead-links/{id}/check` has it looked at again soon.
pub(super) fn check(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let user_id = user.id;
    cx.store.write(move |tx| ops::link_checks::look_again(tx, user_id, BookmarkId(id)))?;
    Ok(Response::no_content())
}

/// `POST /api/v1/dead-links/{id}/ignore` tells of it no more.
pub(super) fn ignore(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let user_id = user.id;
    cx.store.write(move |tx| ops::link_checks::ignore(tx, user_id, BookmarkId(id)))?;
    Ok(Response::no_content())
}
