//! `/api/v1/me`.

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::language::Language;
use crate::model::time::Zone;
use crate::model::user::User;
use crate::store::Tx;
use crate::{ops, store};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    zone: Option<String>,
    language: Option<String>,
    push_on: Option<bool>,
}

#[derive(Serialize)]
struct MeReply {
    id: i64,
    name: String,
    is_admin: bool,
    zone: String,
    language: &'static str,
    push_on: bool,
}

impl MeReply {
    fn of(tx: &Tx, user: &User) -> Result<Self> {
        Ok(Self {
            id: user.id.0,
            name: user.name.clone(),
            is_admin: user.is_admin,
            zone: user.zone.name().to_owned(),
            language: user.language.tag(),
            push_on: store::users::push_on(tx, user.id)?,
        })
    }
}

/// `GET /api/v1/me`.
pub(super) fn get(cx: &mut Context, user: &User) -> Result<Response> {
    Response::json(200, &cx.store.read(|tx| MeReply::of(tx, user))?)
}

/// `PATCH /api/v1/me`.
pub(super) fn change(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let body: ChangeBody = req.json()?;
    let zone = body.zone.as_deref().map(Zone::named).transpose()?;
    let language = body.language.as_deref().map(Language::parse).transpose()?;
    let id = user.id;
    let changed = cx.store.write(move |tx| {
        if let Some(zone) = &zone {
            store::users::set_zone(tx, id, zone)?;
        }
        if let Some(language) = language {
            store::users::set_language(tx, id, language)?;
        }
        if let Some(on) = body.push_on {
            ops::accounts::set_push_on(tx, id, on)?;
        }
        MeReply::of(tx, &store::users::get(tx, id)?)
    })?;
    Response::json(200, &changed)
}
