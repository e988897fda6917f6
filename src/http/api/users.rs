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

#[cfg(test)]
pub(super) mod contract;

/// An account to make.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CreateBody {
    /// What they sign in by: letters, digits and any of `. _ - @`.
    #[cfg_attr(test, schemars(length(min = 1, max = 64)))]
    name: String,
    /// At least 8 characters.
    #[cfg_attr(test, schemars(length(min = 8, max = 1024)))]
    password: String,
    /// Whether they may manage the server.
    #[serde(default)]
    is_admin: bool,
    /// A time zone of the IANA database; that of the server if it is left out.
    #[cfg_attr(test, schemars(length(max = 64)))]
    zone: Option<String>,
}

/// What to change. What is left out stays as it is.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    /// What they sign in by: letters, digits and any of `. _ - @`.
    #[cfg_attr(test, schemars(length(min = 1, max = 64)))]
    name: Option<String>,
    /// At least 8 characters. Another one signs out every browser of theirs.
    #[cfg_attr(test, schemars(length(min = 8, max = 1024)))]
    password: Option<String>,
    /// Whether they may manage the server.
    is_admin: Option<bool>,
}

/// An account.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct UserReply {
    /// Identity.
    id: i64,
    /// What they sign in by.
    name: String,
    /// Whether they may manage the server.
    is_admin: bool,
    /// A time zone of the IANA database.
    zone: String,
    /// What they are spoken to in.
    #[cfg_attr(test, schemars(extend("enum" = ["en", "ko", "ja"])))]
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
    let (id, is_sure) = (UserId(id), flag(req, "confirm")? == Some(true));
    if id == own.id && !is_sure {
        let reason = "missing, expected true: this is your own account with all your links";
        return Err(Error::invalid("confirm", reason));
    }
    while cx.store.write(move |tx| ops::accounts::clear(tx, id))? {}
    cx.store.write(move |tx| ops::accounts::remove(tx, id))?;
    Ok(Response::no_content())
}

fn hash(password: &str) -> Result<String> {
    user::check_password(password)?;
    secret::password_hash(password)
}
