//! `/api/v1/searches`.

use serde::{Deserialize, Serialize};

use super::{ListReply, once};
use crate::error::Result;
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::id::SearchId;
use crate::model::saved_search::{SavedSearch, parse_name, parse_query};
use crate::model::user::User;
use crate::{ops, store};

#[cfg(test)]
pub(super) mod contract;

/// A search to keep.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CreateBody {
    /// What you call it.
    #[cfg_attr(test, schemars(length(min = 1, max = 100)))]
    name: String,
    /// What is looked for.
    #[cfg_attr(test, schemars(length(min = 1, max = 500)))]
    query: String,
}

/// What to change. What is left out stays as it is.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    /// What you call it.
    #[cfg_attr(test, schemars(length(min = 1, max = 100)))]
    name: Option<String>,
    /// What is looked for.
    #[cfg_attr(test, schemars(length(min = 1, max = 500)))]
    query: Option<String>,
    /// Its place in the order, from 0.
    position: Option<u32>,
}

/// A search that is kept.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct SearchReply {
    /// Identity.
    id: i64,
    /// What you call it.
    name: String,
    /// What is looked for.
    query: String,
}

impl From<SavedSearch> for SearchReply {
    fn from(search: SavedSearch) -> Self {
        Self { id: search.id.0, name: search.name, query: search.query }
    }
}

/// `GET /api/v1/searches`, in their order.
pub(super) fn list(cx: &mut Context, user: &User) -> Result<Response> {
    let found = cx.store.read(|tx| store::searches::list(tx, user.id))?;
    Response::json(200, &ListReply::whole(found.into_iter().map(SearchReply::from).collect()))
}

/// `POST /api/v1/searches` keeps one.
pub(super) fn create(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let body: CreateBody = req.json()?;
    let (name, query) = (parse_name(&body.name)?, parse_query(&body.query)?);
    once::write(cx, req, user, move |tx, user| {
        let kept = ops::searches::keep(tx, user.id, &name, &query)?;
        Response::json(201, &SearchReply::from(kept))
    })
}

/// `GET /api/v1/searches/{id}`.
pub(super) fn get(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let found = cx.store.read(|tx| store::searches::get(tx, user.id, SearchId(id)))?;
    Response::json(200, &SearchReply::from(found))
}

/// `PATCH /api/v1/searches/{id}` changes the fields that are sent.
pub(super) fn change(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    let body: ChangeBody = req.json()?;
    let name = body.name.as_deref().map(parse_name).transpose()?;
    let query = body.query.as_deref().map(parse_query).transpose()?;
    let (user_id, id) = (user.id, SearchId(id));
    let changed = cx.store.write(move |tx| {
        if let Some(position) = body.position {
            ops::searches::place(tx, user_id, id, position as usize)?;
        }
        ops::searches::change(tx, user_id, id, name.as_deref(), query.as_deref())
    })?;
    Response::json(200, &SearchReply::from(changed))
}

/// `DELETE /api/v1/searches/{id}`.
pub(super) fn delete(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let user_id = user.id;
    cx.store.write(move |tx| store::searches::delete(tx, user_id, SearchId(id)))?;
    Ok(Response::no_content())
}
