//! `/api/v1/tags`.

use serde::{Deserialize, Serialize};

use super::{ListReply, once};
use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::retag;
use crate::model::id::TagId;
use crate::model::tag::{Tag, TagName};
use crate::model::user::User;
use crate::{ops, store};

#[cfg(test)]
pub(super) mod contract;

/// A tag to make.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CreateBody {
    /// A `#` before it is dropped, and spaces inside become `-`.
    #[cfg_attr(test, schemars(length(min = 1, max = 64)))]
    name: String,
}

/// What to change: one of the two.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    /// Another name.
    #[cfg_attr(test, schemars(length(min = 1, max = 64)))]
    name: Option<String>,
    /// Another tag, which its links get instead.
    #[cfg_attr(test, schemars(range(min = 1)))]
    merge_into: Option<i64>,
}

/// A tag.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TagReply {
    /// Identity.
    id: i64,
    /// As it was written first.
    name: String,
    /// How many links have it.
    bookmarks: i64,
    /// How many of those are still to be read.
    unread: i64,
}

impl From<&Tag> for TagReply {
    fn from(tag: &Tag) -> Self {
        Self {
            id: tag.id.0,
            name: tag.name.clone(),
            bookmarks: tag.counts.all,
            unread: tag.counts.unread,
        }
    }
}

fn parse_name(typed: &str) -> Result<TagName> {
    TagName::parse(typed).map_err(|error| error.under("name"))
}

/// `GET /api/v1/tags`, all of them with their counts.
pub(super) fn list(cx: &mut Context, user: &User) -> Result<Response> {
    let tags = cx.store.read(|tx| store::tags::list(tx, user.id))?;
    Response::json(200, &ListReply::whole(tags.iter().map(TagReply::from).collect()))
}

/// `POST /api/v1/tags`.
pub(super) fn create(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let name = parse_name(&req.json::<CreateBody>()?.name)?;
    once::write(cx, req, user, move |tx, user| {
        let tag = ops::tags::create(tx, user.id, &name)?;
        let location = format!("/api/v1/tags/{}", tag.id);
        Ok(Response::json(201, &TagReply::from(&tag))?.with("location", location))
    })
}

/// `GET /api/v1/tags/{id}`.
pub(super) fn get(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let tag = cx.store.read(|tx| store::tags::get(tx, user.id, TagId(id)))?;
    Response::json(200, &TagReply::from(&tag))
}

/// `PATCH /api/v1/tags/{id}` renames it, or merges it into another one, which is returned.
pub(super) fn change(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    let (body, user_id, id): (ChangeBody, _, _) = (req.json()?, user.id, TagId(id));
    let tag = match (body.name, body.merge_into) {
        (Some(_), Some(_)) => {
            return Err(Error::invalid("merge_into", "found beside name, expected one of them"));
        }
        (None, Some(into)) => {
            let into = TagId(into);
            cx.store.read(|tx| {
                store::tags::get(tx, user_id, id)?;
                store::tags::get(tx, user_id, into).map_err(|_| {
                    let reason = format!("there is no tag {into}, expected one of yours");
                    Error::invalid("merge_into", reason)
                })
            })?;
            retag::dissolve(cx, user_id, id, Some(into))?;
            cx.store.read(|tx| store::tags::get(tx, user_id, into))?
        }
        (Some(name), None) => {
            let name = parse_name(&name)?;
            cx.store.write(move |tx| ops::tags::rename(tx, user_id, id, &name))?
        }
        (None, None) => cx.store.read(|tx| store::tags::get(tx, user_id, id))?,
    };
    Response::json(200, &TagReply::from(&tag))
}

/// `DELETE /api/v1/tags/{id}` takes it off its bookmarks, which stay.
pub(super) fn delete(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    retag::dissolve(cx, user.id, TagId(id), None)?;
    Ok(Response::no_content())
}
