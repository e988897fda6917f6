//! `/api/v1/rules`.

use serde::{Deserialize, Serialize};

use super::{ListReply, nullable};
use crate::error::Result;
use crate::http::context::Context;
use crate::http::follow;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::id::{FolderId, RuleId};
use crate::model::rule::{Field, How, Rule, Settings, parse_pattern};
use crate::model::tag::{self, TagName};
use crate::model::user::User;
use crate::{ops, store};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateBody {
    field: String,
    #[serde(rename = "match")]
    how: Option<String>,
    pattern: String,
    folder_id: Option<i64>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    archive: bool,
    #[serde(default)]
    favourite: bool,
    fetch: Option<bool>,
    enabled: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    field: Option<String>,
    #[serde(rename = "match")]
    how: Option<String>,
    pattern: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    folder_id: Option<Option<i64>>,
    tags: Option<Vec<String>>,
    archive: Option<bool>,
    favourite: Option<bool>,
    fetch: Option<bool>,
    enabled: Option<bool>,
    /// Its place in the order, from 0.
    position: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplyBody {
    /// Only say how many links are meant.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
struct RuleReply {
    id: i64,
    field: &'static str,
    #[serde(rename = "match")]
    how: &'static str,
    pattern: String,
    folder_id: Option<i64>,
    tags: Vec<String>,
    archive: bool,
    favourite: bool,
    fetch: bool,
    enabled: bool,
}

#[derive(Serialize)]
struct ApplyReply {
    matched: usize,
    /// Some of those that are meant.
    examples: Vec<String>,
}

impl From<Rule> for RuleReply {
    fn from(rule: Rule) -> Self {
        let settings = rule.settings;
        Self {
            id: rule.id.0,
            field: settings.field.as_str(),
            how: settings.how.as_str(),
            pattern: settings.pattern,
            folder_id: settings.folder_id.map(|id| id.0),
            tags: settings.tags.iter().map(|tag| TagName::as_str(tag).to_owned()).collect(),
            archive: settings.archive,
            favourite: settings.favourite,
            fetch: settings.fetch,
            enabled: settings.enabled,
        }
    }
}

/// `GET /api/v1/rules`, in the order in which they are followed.
pub(super) fn list(cx: &mut Context, user: &User) -> Result<Response> {
    let rules = cx.store.read(|tx| store::rules::list(tx, user.id))?;
    Response::json(200, &ListReply::whole(rules.into_iter().map(RuleReply::from).collect()))
}

/// `POST /api/v1/rules`.
pub(super) fn create(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let body: CreateBody = req.json()?;
    let settings = Settings {
        field: Field::parse(&body.field)?,
        how: body.how.as_deref().map(How::parse).transpose()?.unwrap_or_default(),
        pattern: parse_pattern(&body.pattern)?,
        folder_id: body.folder_id.map(FolderId),
        tags: tag::parse_all(&body.tags)?,
        archive: body.archive,
        favourite: body.favourite,
        fetch: body.fetch.unwrap_or(true),
        enabled: body.enabled.unwrap_or(true),
    };
    let user_id = user.id;
    let rule = cx.store.write(move |tx| ops::rules::set(tx, user_id, &settings))?;
    Response::json(201, &RuleReply::from(rule))
}

/// `GET /api/v1/rules/{id}`.
pub(super) fn get(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let rule = cx.store.read(|tx| store::rules::get(tx, user.id, RuleId(id)))?;
    Response::json(200, &RuleReply::from(rule))
}

/// `PATCH /api/v1/rules/{id}` changes the fields that are sent.
pub(super) fn change(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    let (body, user_id, id): (ChangeBody, _, _) = (req.json()?, user.id, RuleId(id));
    let before = cx.store.read(|tx| store::rules::get(tx, user_id, id))?.settings;
    let settings = Settings {
        field: body.field.as_deref().map_or(Ok(before.field), Field::parse)?,
        how: body.how.as_deref().map_or(Ok(before.how), How::parse)?,
        pattern: body.pattern.as_deref().map_or(Ok(before.pattern), parse_pattern)?,
        folder_id: body.folder_id.map_or(before.folder_id, |id| id.map(FolderId)),
        tags: body.tags.as_deref().map_or(Ok(before.tags), tag::parse_all)?,
        archive: body.archive.unwrap_or(before.archive),
        favourite: body.favourite.unwrap_or(before.favourite),
        fetch: body.fetch.unwrap_or(before.fetch),
        enabled: body.enabled.unwrap_or(before.enabled),
    };
    let rule = cx.store.write(move |tx| {
        if let Some(position) = body.position {
            ops::rules::place(tx, user_id, id, position as usize)?;
        }
        ops::rules::change(tx, user_id, id, &settings)
    })?;
    Response::json(200, &RuleReply::from(rule))
}

/// `DELETE /api/v1/rules/{id}`; what it has done stays.
pub(super) fn delete(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let user_id = user.id;
    cx.store.write(move |tx| ops::rules::delete(tx, user_id, RuleId(id)))?;
    Ok(Response::no_content())
}

/// `POST /api/v1/rules/{id}/apply` follows it with what is saved already, or only counts.
pub(super) fn apply(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    let body: ApplyBody = req.json()?;
    let done = follow::rule(cx, user.id, RuleId(id), body.dry_run)?;
    Response::json(200, &ApplyReply { matched: done.matched, examples: done.examples })
}
