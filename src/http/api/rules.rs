//! `/api/v1/rules`.

use serde::{Deserialize, Serialize};

use super::{ListReply, nullable, once};
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

#[cfg(test)]
pub(super) mod contract;

/// A rule to make.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CreateBody {
    /// Where to look.
    #[cfg_attr(test, schemars(extend("enum" = ["url", "host", "title"])))]
    field: String,
    /// How it has to stand there: anywhere, at the beginning, or as all of it.
    #[cfg_attr(test, schemars(extend("enum" = ["contains", "begins", "equals", null])))]
    #[serde(rename = "match")]
    how: Option<String>,
    /// What to look for there; `*` stands for anything.
    #[cfg_attr(test, schemars(length(min = 1, max = 200)))]
    pattern: String,
    /// The folder that such links go to.
    folder_id: Option<i64>,
    /// Tags that they get.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 100), inner(length(min = 1, max = 64))))]
    tags: Vec<String>,
    /// Whether they go to the archive.
    #[serde(default)]
    archive: bool,
    /// Whether they are marked as favourites.
    #[serde(default)]
    favourite: bool,
    /// `false` has their pages not read.
    fetch: Option<bool>,
    /// `false` keeps it, switched off.
    enabled: Option<bool>,
}

/// What to change. What is left out stays as it is.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    /// Where to look.
    #[cfg_attr(test, schemars(extend("enum" = ["url", "host", "title", null])))]
    field: Option<String>,
    /// How it has to stand there: anywhere, at the beginning, or as all of it.
    #[cfg_attr(test, schemars(extend("enum" = ["contains", "begins", "equals", null])))]
    #[serde(rename = "match")]
    how: Option<String>,
    /// What to look for there; `*` stands for anything.
    #[cfg_attr(test, schemars(length(min = 1, max = 200)))]
    pattern: Option<String>,
    /// The folder that such links go to; `null` for none.
    #[serde(default, deserialize_with = "nullable")]
    folder_id: Option<Option<i64>>,
    /// Tags that they get.
    #[cfg_attr(test, schemars(length(max = 100), inner(length(min = 1, max = 64))))]
    tags: Option<Vec<String>>,
    /// Whether they go to the archive.
    archive: Option<bool>,
    /// Whether they are marked as favourites.
    favourite: Option<bool>,
    /// `false` has their pages not read.
    fetch: Option<bool>,
    /// `false` keeps it, switched off.
    enabled: Option<bool>,
    /// Its place in the order, from 0.
    position: Option<u32>,
}

/// Whether only to look.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ApplyBody {
    /// `true` only says how many links are meant.
    #[serde(default)]
    dry_run: bool,
}

/// What is done to links as they are saved.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RuleReply {
    /// Identity.
    id: i64,
    /// Where it looks.
    #[cfg_attr(test, schemars(extend("enum" = ["url", "host", "title"])))]
    field: &'static str,
    /// How it has to stand there.
    #[cfg_attr(test, schemars(extend("enum" = ["contains", "begins", "equals"])))]
    #[serde(rename = "match")]
    how: &'static str,
    /// What it looks for there.
    pattern: String,
    /// The folder that such links go to.
    folder_id: Option<i64>,
    /// Tags that they get.
    tags: Vec<String>,
    /// Whether they go to the archive.
    archive: bool,
    /// Whether they are marked as favourites.
    favourite: bool,
    /// Whether their pages are read.
    fetch: bool,
    /// Whether it is on.
    enabled: bool,
}

/// What came of it.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ApplyReply {
    /// How many links are meant.
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
    once::write(cx, req, user, move |tx, user| {
        Response::json(201, &RuleReply::from(ops::rules::set(tx, user.id, &settings)?))
    })
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
