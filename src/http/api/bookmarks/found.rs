//! What a search answers: links with the places in them that match, and how many there are.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::http::api::rights;
use crate::http::auth::Caller;
use crate::http::context::Context;
use crate::http::paging;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::searching;
use crate::model::bookmark::Bookmark;
use crate::model::search::Needle;
use crate::model::user::User;
use crate::ops::shown::BookmarkReply;
use crate::store::bookmarks::Filter;
use crate::store::search::{self, Counts, Sort};

/// Links, and what goes with them when words were looked for.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FoundReply {
    /// One page of them.
    items: Vec<FoundBookmark>,
    /// The `cursor` of the next page, `null` on the last one.
    next: Option<String>,
    /// How many match; on the first page of a search only.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<CountsReply>,
}

/// A saved link, and where it matches.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FoundBookmark {
    #[serde(flatten)]
    bookmark: BookmarkReply,
    /// Where it matches, when words were looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    highlights: Option<HighlightsReply>,
}

/// Where a link matches, as HTML: what matches is in `mark`, and everything else is escaped.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct HighlightsReply {
    /// The title, if it matches.
    title: Option<String>,
    /// The part of the description, the note or the address that matches.
    snippet: Option<String>,
}

/// How many links match.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct CountsReply {
    /// All of them that were counted.
    total: usize,
    /// Whether there may be more, since the newest 1,000 are counted at most.
    more: bool,
    /// Those still to be read.
    unread: usize,
    /// The folders that most of them are in.
    folders: Vec<FolderCount>,
    /// The tags that most of them have.
    tags: Vec<TagCount>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FolderCount {
    /// The folder.
    id: i64,
    /// How many of them are right in it.
    count: usize,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TagCount {
    /// The tag.
    id: i64,
    /// What it is called.
    name: String,
    /// How many of them have it.
    count: usize,
}

impl From<Counts> for CountsReply {
    fn from(counts: Counts) -> Self {
        let folders = counts.folders.into_iter().map(|(id, count)| FolderCount { id: id.0, count });
        let tags =
            counts.tags.into_iter().map(|(id, name, count)| TagCount { id: id.0, name, count });
        Self {
            total: counts.total,
            more: counts.more,
            unread: counts.unread,
            folders: folders.collect(),
            tags: tags.collect(),
        }
    }
}

impl FoundReply {
    /// A page of a list in which no words were looked for.
    pub(super) fn plain(bookmarks: &[Bookmark], user: &User, next: Option<String>) -> Self {
        let item = |bookmark| FoundBookmark {
            bookmark: BookmarkReply::of(bookmark, user),
            highlights: None,
        };
        Self { items: bookmarks.iter().map(item).collect(), next, counts: None }
    }
}

/// `GET /api/v1/bookmarks?q=`.
pub(super) fn list(
    cx: &Context,
    req: &Request,
    caller: &Caller,
    mut filter: Filter,
    limit: usize,
) -> Result<Response> {
    let (user, rights) = (&caller.user, &caller.rights);
    let sort = sort(req)?;
    let from = req.query("cursor").map(paging::parse_search_cursor).transpose()?;
    let found = cx.store.read(|tx| {
        filter.folder_id = rights::folder(tx, rights, filter.folder_id)?;
        search::find(tx, user.id, &filter, sort, from, limit)
    })?;
    let item = |bookmark| FoundBookmark {
        bookmark: BookmarkReply::of(bookmark, user),
        highlights: Some(highlights(bookmark, &found.needles)),
    };
    let reply = FoundReply {
        items: found.bookmarks.iter().map(item).collect(),
        next: found.next.map(paging::search_cursor),
        counts: found.counts.map(Into::into),
    };
    Response::json(200, &reply)
}

fn highlights(bookmark: &Bookmark, needles: &[Needle]) -> HighlightsReply {
    HighlightsReply {
        title: crate::model::search::marked(bookmark.title(), needles),
        snippet: searching::snippet(bookmark, needles),
    }
}

fn sort(req: &Request) -> Result<Sort> {
    match req.query("sort") {
        None | Some("relevance") => Ok(Sort::Relevance),
        Some("newest") => Ok(Sort::Newest),
        Some(other) => {
            let reason = format!("{other:?} found, expected relevance or newest");
            Err(Error::invalid("sort", reason))
        }
    }
}
