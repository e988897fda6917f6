//! `/api/v1/bookmarks`.

use serde::Deserialize;

use super::etag::{self, Condition};
use super::{WORDS_CHARS_MAX, check_query, flag, limit, nullable, number, once, rights};
use crate::error::{Error, Result};
use crate::http::auth::Caller;
use crate::http::context::Context;
use crate::http::paging;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::bookmark::{self, BookmarkChange, Link, NewBookmark};
use crate::model::id::{BookmarkId, FolderId, SearchId};
use crate::model::order::Order;
use crate::model::page::PageState;
use crate::model::tag::{self, TagName};
use crate::model::text;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::ops::shown::BookmarkReply;
use crate::store::Tx;
use crate::store::bookmarks::{Filter, Stage};
use crate::{ops, store};
use found::FoundReply;

#[cfg(test)]
pub(super) mod contract;
mod found;

/// A link to save.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CreateBody {
    /// The address. A text with more words, such as what a phone shares, may stand around it; the
    /// first http or https address in it counts, and a bare `example.com/x` gets `https://`.
    #[cfg_attr(test, schemars(length(max = 8192)))]
    url: String,
    /// A title of your own. Left empty, that of the page is shown.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 500)))]
    title: String,
    /// A description of your own. Left empty, that of the page is shown.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 2000)))]
    description: String,
    /// Notes, which only you see.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 20000)))]
    note: String,
    /// The folder it goes to.
    folder_id: Option<i64>,
    /// Tags; a `#` before one is dropped, and spaces inside become `-`.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 100), inner(length(min = 1, max = 64))))]
    tags: Vec<String>,
    /// `false` for a link that is read already.
    unread: Option<bool>,
    /// Whether it goes to the archive at once.
    #[serde(default)]
    archived: bool,
    /// Whether it is marked as a favourite.
    #[serde(default)]
    favourite: bool,
    /// When it was saved, for links that come from elsewhere; now if it is left out.
    saved_at: Option<String>,
    /// `false` leaves its page unread.
    fetch: Option<bool>,
}

/// What to change. What is left out, or `null` where nothing else is said, stays as it is.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    /// Where it leads from now on; its page is read anew.
    #[cfg_attr(test, schemars(length(max = 8192)))]
    url: Option<String>,
    /// A title of your own; empty for that of the page.
    #[cfg_attr(test, schemars(length(max = 500)))]
    title: Option<String>,
    /// A description of your own; empty for that of the page.
    #[cfg_attr(test, schemars(length(max = 2000)))]
    description: Option<String>,
    /// Notes, which only you see.
    #[cfg_attr(test, schemars(length(max = 20000)))]
    note: Option<String>,
    /// The folder it goes to; `null` takes it out of its folder.
    #[serde(default, deserialize_with = "nullable")]
    folder_id: Option<Option<i64>>,
    /// All the tags it is to have from now on.
    #[cfg_attr(test, schemars(length(max = 100), inner(length(min = 1, max = 64))))]
    tags: Option<Vec<String>>,
    /// Whether it is still to be read.
    unread: Option<bool>,
    /// Whether it is in the archive.
    archived: Option<bool>,
    /// Whether it is marked as a favourite.
    favourite: Option<bool>,
}

impl TryFrom<CreateBody> for NewBookmark {
    type Error = Error;

    fn try_from(body: CreateBody) -> Result<Self> {
        let saved_at = body.saved_at.map(|at| at.parse::<Timestamp>()).transpose();
        Ok(Self {
            link: Link::parse(&body.url)?,
            title: bookmark::parse_title(&body.title)?,
            description: bookmark::parse_description(&body.description)?,
            note: bookmark::parse_note(&body.note)?,
            folder_id: body.folder_id.map(FolderId),
            tags: tag::parse_all(&body.tags)?,
            unread: body.unread.unwrap_or(true),
            archived: body.archived,
            favourite: body.favourite,
            saved_at: saved_at.map_err(|error| error.under("saved_at"))?,
            fetch: body.fetch.unwrap_or(true),
        })
    }
}

impl TryFrom<ChangeBody> for BookmarkChange {
    type Error = Error;

    fn try_from(body: ChangeBody) -> Result<Self> {
        Ok(Self {
            link: body.url.as_deref().map(Link::parse).transpose()?,
            title: body.title.as_deref().map(bookmark::parse_title).transpose()?,
            description: body
                .description
                .as_deref()
                .map(bookmark::parse_description)
                .transpose()?,
            note: body.note.as_deref().map(bookmark::parse_note).transpose()?,
            folder_id: body.folder_id.map(|id| id.map(FolderId)),
            tags: body.tags.as_deref().map(tag::parse_all).transpose()?,
            unread: body.unread,
            archived: body.archived,
            favourite: body.favourite,
        })
    }
}

/// Which bookmarks a list has: the ashes or the archive where they are asked for, and otherwise
/// all others.
///
/// # Errors
/// `Invalid` when both are asked for, since nothing is in both.
pub(super) fn stage(burnt: Option<bool>, archived: Option<bool>) -> Result<Stage> {
    match (burnt == Some(true), archived == Some(true)) {
        (true, true) => {
            Err(Error::invalid("archived", "true found beside burnt, expected one of them"))
        }
        (true, false) => Ok(Stage::Ash),
        (false, true) => Ok(Stage::Archived),
        (false, false) => Ok(Stage::Whole),
    }
}

/// What a list can be asked for.
const FILTERS: &[&str] =
    &["q", "search", "folder", "tag", "unread", "archived", "favourite", "burnt", "state"];

/// Which bookmarks are asked for.
fn filter(cx: &Context, req: &Request, user: &User) -> Result<Filter> {
    let an_id = |name: &'static str, what| {
        let found = req.query(name).map(|id| {
            number(id, what).map_err(|_| {
                Error::invalid(name, format!("{id:?} found, expected the id of a {what}"))
            })
        });
        found.transpose()
    };
    let kept = an_id("search", "search")?.map(|id| {
        cx.store.read(|tx| store::searches::get(tx, user.id, SearchId(id))).map_err(|error| {
            match error {
                Error::NotFound(_) => {
                    let reason = format!("there is no search {id}, expected one of yours");
                    Error::invalid("search", reason)
                }
                other => other,
            }
        })
    });
    let typed = req.query("q").map(|q| text::clean("q", q, WORDS_CHARS_MAX)).transpose()?;
    // Both are looked for when both are asked for.
    let words = [kept.transpose()?.map(|search| search.query), typed];
    let words: Vec<String> = words.into_iter().flatten().collect();
    // What words find has orders of its own.
    let sort = req.query("sort").filter(|_| words.is_empty());
    let order = sort.map(Order::parse).transpose()?.unwrap_or_default();
    Ok(Filter {
        words: (!words.is_empty()).then(|| words.join("\n")),
        folder_id: an_id("folder", "folder")?.map(FolderId),
        tag: req.query("tag").map(TagName::parse).transpose()?,
        unread: flag(req, "unread")?,
        favourite: flag(req, "favourite")?,
        states: req.query("state").map(PageState::parse_list).transpose()?.unwrap_or_default(),
        stage: stage(flag(req, "burnt")?, flag(req, "archived")?)?,
        order,
        after: None,
    })
}

/// `GET /api/v1/bookmarks`, in the order of `sort`.
pub(super) fn list(cx: &mut Context, req: &Request, caller: &Caller) -> Result<Response> {
    let Caller { user, rights, .. } = caller;
    check_query(req, &[FILTERS, &["sort", "limit", "cursor"]].concat())?;
    let limit = limit(req)?;
    let filter = filter(cx, req, user)?;
    if filter.words.is_some() {
        return found::list(cx, req, caller, filter, limit);
    }
    let order = filter.order;
    let after = req.query("cursor").map(|text| paging::parse_cursor(text, order)).transpose()?;
    let mut filter = Filter { after, ..filter };
    let mut found = cx.store.read(|tx| {
        filter.folder_id = rights::folder(tx, rights, filter.folder_id)?;
        store::bookmarks::list(tx, user.id, &filter, limit + 1)
    })?;
    let next = paging::cut(&mut found, limit).map(|last| paging::cursor_after(order, last));
    Response::json(200, &FoundReply::plain(&found, user, next))
}

/// `GET /api/v1/bookmarks/random`, one of those that are asked for.
pub(super) fn random(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    check_query(req, FILTERS)?;
    let filter = filter(cx, req, user)?;
    let found = cx.store.read(|tx| {
        let id = store::resurface::pick(tx, user.id, &filter)?;
        store::bookmarks::get(tx, user.id, id.ok_or(Error::NotFound("bookmark"))?)
    })?;
    Response::json(200, &BookmarkReply::of(&found, user))
}

/// `POST /api/v1/bookmarks` saves a link: 201, or 200 with the bookmark that has it already.
pub(super) fn create(cx: &mut Context, req: &Request, caller: &Caller) -> Result<Response> {
    let new = NewBookmark::try_from(req.json::<CreateBody>()?)?;
    let rights = caller.rights;
    once::write(cx, req, &caller.user, move |tx, user| {
        let new = rights::confine(tx, user.id, &rights, new)?;
        let saved = ops::bookmarks::save(tx, user.id, &new)?;
        let status = if saved.is_new { 201 } else { 200 };
        let location = format!("/api/v1/bookmarks/{}", saved.bookmark.id);
        let reply = BookmarkReply::of(&saved.bookmark, user);
        Ok(etag::tagged(Response::json(status, &reply)?).with("location", location))
    })
}

/// `GET /api/v1/bookmarks/{id}`.
pub(super) fn get(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let bookmark = cx.store.read(|tx| store::bookmarks::get(tx, user.id, BookmarkId(id)))?;
    Response::json(200, &BookmarkReply::of(&bookmark, user))
}

/// Refuses to change a bookmark that is no longer what the caller says to have seen.
fn check_seen(tx: &Tx, user: &User, id: BookmarkId, seen: Option<&Condition>) -> Result<()> {
    match seen {
        None => Ok(()),
        Some(_) => {
            let bookmark = store::bookmarks::get(tx, user.id, id)?;
            etag::check(seen, &BookmarkReply::of(&bookmark, user))
        }
    }
}

/// `PATCH /api/v1/bookmarks/{id}` changes the fields that are sent.
pub(super) fn change(
    cx: &mut Context,
    req: &Request,
    caller: &Caller,
    id: i64,
) -> Result<Response> {
    let change = BookmarkChange::try_from(req.json::<ChangeBody>()?)?;
    let (user, rights, id) = (caller.user.clone(), caller.rights, BookmarkId(id));
    let seen = Condition::of(req, "if-match");
    let changed = cx.store.write(move |tx| {
        rights::check_change(tx, user.id, &rights, &change)?;
        check_seen(tx, &user, id, seen.as_ref())?;
        ops::bookmarks::change(tx, user.id, id, &change)
    })?;
    Ok(etag::tagged(Response::json(200, &BookmarkReply::of(&changed, &caller.user))?))
}

/// `DELETE /api/v1/bookmarks/{id}`.
pub(super) fn delete(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    let (user, id, seen) = (user.clone(), BookmarkId(id), Condition::of(req, "if-match"));
    cx.store.write(move |tx| {
        check_seen(tx, &user, id, seen.as_ref())?;
        ops::bookmarks::delete(tx, user.id, id)
    })?;
    Ok(Response::no_content())
}

/// `POST /api/v1/bookmarks/{id}/refresh` has its page read anew.
pub(super) fn refresh(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let user_id = user.id;
    let bookmark =
        cx.store.write(move |tx| ops::bookmarks::refresh(tx, user_id, BookmarkId(id)))?;
    Response::json(202, &BookmarkReply::of(&bookmark, user))
}
