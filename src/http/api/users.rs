//! `/api/v1/users`, for admins. What people keep is not told.

use serde::{Deserialize, Serialize};

use super::{ListReply, check_query, flag};
use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::id::UserId;
use crate::model::time::Zone;
use crate::model::user::{self, User};
use crate::{ops, secret, store};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateBody {
    name: String,
    password: String,
    #[serde(default)]
    is_admin: bool,
    zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    name: Option<String>,
    password: Option<String>,
    is_admin: Option<bool>,
}

#[derive(Serialize)]
struct UserReply {
    id: i64,
    name: String,
    is_admin: bool,
    zone: String,
    language: &'static str,
}

impl From<&User> for UserReply {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.0,
            name: user.name.clone(),
            is_admin: user.is_admin,
            zone: user.zone.name().to_owned(),
            language: user.language.tag(),
        }
    }
}

/// `GET /api/v1/users`.
pub(super) fn list(cx: &Context) -> Result<Response> {
    let users = cx.store.read(store::users::list)?;
    Response::json(200, &ListReply::whole(users.iter().map(UserReply::from).collect()))
}

/// `GET /api/v1/users/{id}`.
pub(super) fn get(cx: &Context, id: i64) -> Result<Response> {
    let user = cx.store.read(|tx| store::users::get(tx, UserId(id)))?;
    Response::json(200, &UserReply::from(&user))
}

/// `POST /api/v1/users`.
pub(super) fn create(cx: &Context, req: &Request) -> Result<Response> {
    let body: CreateBody = req.json()?;
    // Before the password is hashed, which is work.
    user::check_name(&body.name)?;
    let zone = body.zone.as_deref().map_or_else(|| Ok(Zone::of_this_machine()), Zone::named)?;
    let hash = hash(&body.password)?;
    let user = cx.store.write(move |tx| {
        let id = ops::accounts::add(tx, &body.name, &hash, body.is_admin, &zone)?;
        store::users::get(tx, id)
    })?;
    Response::json(201, &UserReply::from(&user))
}

/// `PATCH /api/v1/users/{id}`. Another password signs out every browser of theirs.
pub(super) fn change(cx: &Context, req: &Request, id: i64) -> Result<Response> {
    let body: ChangeBody = req.json()?;
    let id = UserId(id);
    cx.store.read(|tx| store::users::get(tx, id))?;
    let change = ops::accounts::Change {
        name: body.name,
        password_hash: body.password.as_deref().map(hash).transpose()?,
        is_admin: body.is_admin,
    };
    let user = cx.store.write(move |tx| ops::accounts::change(tx, id, &change))?;
    Response::json(200, &UserReply::from(&user))
}

/// `DELETE /api/v1/users/{id}` removes an account with everything that is theirs.
pub(super) fn delete(cx: &Context, req: &Request, own: &User, id: i64) -> Result<Response> {
    check_query(req, &["confirm"])?;
    let id = UserId(id);
    if id == own.id && flag(req, "confirm")? != Some(true) {
        let reason = "missing, expected true: this is your own account with all your links";
        return Err(Error::invalid("confirm", reason));
    }
    cx.store.write(move |tx| ops::accounts::remove(tx, id))?;
    Ok(Response::no_content())
}

fn hash(password: &str) -> Result<String> {
    user::check_password(password)?;
    secret::password_hash(password)
}
