//! `/api/v1/bookmarks/bulk`.

use serde::{Deserialize, Serialize};

use super::bookmarks::stage;
use super::{WORDS_CHARS_MAX, nullable};
use crate::error::{Error, Result};
use crate::http::bulk;
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::id::{BookmarkId, FolderId};
use crate::model::order::Order;
use crate::model::page::PageState;
use crate::model::tag::{self, TagName};
use crate::model::text;
use crate::model::user::User;
use crate::ops::bulk::Action;
use crate::store;
use crate::store::bookmarks::Filter;

#[cfg(test)]
pub(super) mod contract;

const IDS_MAX: usize = 500;

/// The same to be done to many bookmarks.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct BulkBody {
    /// Which bookmarks: these, or those that `query` finds.
    #[cfg_attr(test, schemars(length(max = 500)))]
    ids: Option<Vec<i64>>,
    /// Which bookmarks: all that a list with these filters has.
    query: Option<QueryBody>,
    /// What to do to them.
    #[cfg_attr(test, schemars(extend("enum" = ["read", "unread", "archive", "unarchive", "favourite", "unfavourite", "move", "tag", "untag", "delete", "refresh", "restore"])))]
    action: String,
    /// Tags to put on or to take off, for `tag` and `untag` alone.
    #[cfg_attr(test, schemars(length(max = 100), inner(length(min = 1, max = 64))))]
    tags: Option<Vec<String>>,
    /// `true` only says how many match.
    #[serde(default)]
    dry_run: bool,
    /// Where to, for `move` alone: a folder, or `null` for none.
    #[serde(default, deserialize_with = "nullable")]
    folder_id: Option<Option<i64>>,
}

/// What `GET /api/v1/bookmarks` can be asked for; an empty one is all there are.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct QueryBody {
    /// Words or their beginnings.
    #[cfg_attr(test, schemars(length(max = 1000)))]
    q: Option<String>,
    /// In this folder.
    folder: Option<i64>,
    /// With this tag.
    #[cfg_attr(test, schemars(length(max = 64)))]
    tag: Option<String>,
    /// Still to be read, or read.
    unread: Option<bool>,
    /// `true` for the archive.
    archived: Option<bool>,
    /// Marked as a favourite, or not.
    favourite: Option<bool>,
    /// `true` for the ashes.
    burnt: Option<bool>,
    /// Where reading their pages stands; several with commas between them.
    #[cfg_attr(
        test,
        schemars(regex(
            pattern = "^(pending|ready|failed|refused)(,(pending|ready|failed|refused))*$"
        ))
    )]
    state: Option<String>,
}

/// What came of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct BulkReply {
    /// How many were found.
    matched: usize,
    /// How many of them this changed.
    changed: usize,
    /// By what it can be taken back, for a day: `POST /undo/{id}`. `null` where nothing was
    /// changed, of more than 10,000 links, and for `refresh` and `restore`.
    undo_id: Option<i64>,
}

impl TryFrom<QueryBody> for Filter {
    type Error = Error;

    fn try_from(body: QueryBody) -> Result<Self> {
        let words = body.q.as_deref().map(|q| text::clean("query.q", q, WORDS_CHARS_MAX));
        let tag = body.tag.as_deref().map(TagName::parse).transpose();
        let stage = stage(body.burnt, body.archived);
        let states = body.state.as_deref().map(PageState::parse_list).transpose();
        Ok(Self {
            words: words.transpose()?,
            folder_id: body.folder.map(FolderId),
            tag: tag.map_err(|error| error.under("query.tag"))?,
            unread: body.unread,
            favourite: body.favourite,
            states: states.map_err(|error| error.under("query.state"))?.unwrap_or_default(),
            stage: stage.map_err(|error| error.under("query.archived"))?,
            order: Order::default(),
            after: None,
        })
    }
}

impl BulkBody {
    fn action(&self) -> Result<Action> {
        let tags = match (self.action.as_str(), &self.tags) {
            ("tag" | "untag", Some(tags)) if !tags.is_empty() => tag::parse_all(tags)?,
            ("tag" | "untag", _) => {
                return Err(Error::invalid("tags", "missing, expected one or more tags"));
            }
            (_, Some(_)) => {
                return Err(Error::invalid("tags", "found, expected only with tag and untag"));
            }
            (_, None) => Vec::new(),
        };
        let action = match (self.action.as_str(), self.folder_id) {
            ("move", Some(folder_id)) => return Ok(Action::Move(folder_id.map(FolderId))),
            ("move", None) => {
                let reason = "missing, expected the id of a folder, or null for none";
                return Err(Error::invalid("folder_id", reason));
            }
            ("read", _) => Action::Read,
            ("unread", _) => Action::Unread,
            ("archive", _) => Action::Archive,
            ("unarchive", _) => Action::Unarchive,
            ("favourite", _) => Action::Favourite,
            ("unfavourite", _) => Action::Unfavourite,
            ("tag", _) => Action::Tag(tags),
            ("untag", _) => Action::Untag(tags),
            ("delete", _) => Action::Delete,
            ("refresh", _) => Action::Refresh,
            ("restore", _) => Action::Restore,
            (other, _) => {
                let expected = "expected read, unread, archive, unarchive, favourite, unfavourite, \
                                move, tag, untag, delete, refresh or restore";
                return Err(Error::invalid("action", format!("{other:?} found, {expected}")));
            }
        };
        match self.folder_id {
            None => Ok(action),
            Some(_) => Err(Error::invalid("folder_id", "found, expected only with move")),
        }
    }
}

/// `POST /api/v1/bookmarks/bulk` does the same to many bookmarks. Ids that do not exist, or not
/// for this person, are not matched and no error, since a program's list may be an old one.
pub(super) fn apply(cx: &Context, req: &Request, user: &User) -> Result<Response> {
    let body: BulkBody = req.json()?;
    let action = body.action()?;
    let ids = match (body.ids, body.query) {
        (Some(ids), None) if ids.len() <= IDS_MAX => {
            let ids: Vec<BookmarkId> = ids.into_iter().map(BookmarkId).collect();
            cx.store.read(|tx| store::bulk::list_own(tx, user.id, &ids))?
        }
        (Some(ids), None) => {
            let reason = format!("{} of them, expected at most {IDS_MAX}", ids.len());
            return Err(Error::invalid("ids", reason));
        }
        (None, Some(query)) => {
            let filter = Filter::try_from(query)?;
            cx.store.read(|tx| store::bookmarks::list_ids(tx, user.id, &filter))?
        }
        (Some(_), Some(_)) => {
            return Err(Error::invalid("query", "found beside ids, expected one of them"));
        }
        (None, None) => return Err(Error::invalid("ids", "missing, expected ids or a query")),
    };
    let done =
        if body.dry_run { bulk::Done::default() } else { bulk::apply(cx, user.id, &ids, &action)? };
    let undo_id = done.undo.map(|id| id.0);
    Response::json(200, &BulkReply { matched: ids.len(), changed: done.changed, undo_id })
}
