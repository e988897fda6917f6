//! `/api/v1/duplicates`: links that lead to the same place.

use serde::{Deserialize, Serialize};

use super::{ListReply, check_query, limit};
use crate::error::Result;
use crate::http::context::Context;
use crate::http::paging;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::id::BookmarkId;
use crate::model::place::KEY_CHARS;
use crate::model::user::User;
use crate::ops;
use crate::ops::duplicates::Group;
use crate::ops::shown::BookmarkReply;

#[cfg(test)]
pub(super) mod contract;

/// How many links are told of one place.
const SHOWN: usize = 20;

/// Several links that lead to the same place.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct GroupReply {
    /// How many there are.
    count: i64,
    /// The first twenty of them, those saved first first.
    bookmarks: Vec<BookmarkReply>,
}

/// Which links become one.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct MergeBody {
    /// The one that stays.
    keep: i64,
    /// The others, which go.
    #[cfg_attr(test, schemars(length(min = 1)))]
    ids: Vec<i64>,
}

/// `GET /api/v1/duplicates`.
pub(super) fn list(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    check_query(req, &["limit", "cursor"])?;
    let limit = limit(req)?;
    let after = req.query("cursor").map(parse_cursor).transpose()?.unwrap_or_default();
    let mut groups =
        cx.store.read(|tx| ops::duplicates::list(tx, user.id, after, limit + 1, SHOWN))?;
    let next = paging::cut(&mut groups, limit).map(|last| last.key.clone());
    let reply = |group: &Group| GroupReply {
        count: group.count,
        bookmarks: group.bookmarks.iter().map(|b| BookmarkReply::of(b, user)).collect(),
    };
    Response::json(200, &ListReply { items: groups.iter().map(reply).collect(), next })
}

/// The key of the last place of the page before.
fn parse_cursor(text: &str) -> Result<&str> {
    let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if text.len() == KEY_CHARS && text.chars().all(is_key) {
        Ok(text)
    } else {
        Err(paging::not_ours())
    }
}

/// `POST /api/v1/duplicates/merge` makes one link of several.
pub(super) fn merge(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let body: MergeBody = req.json()?;
    let user_id = user.id;
    let merged = cx.store.write(move |tx| {
        let ids: Vec<BookmarkId> = body.ids.into_iter().map(BookmarkId).collect();
        ops::duplicates::merge(tx, user_id, BookmarkId(body.keep), &ids)
    })?;
    Response::json(200, &BookmarkReply::of(&merged, user))
}
