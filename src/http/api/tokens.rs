//! `/api/v1/tokens`.

use serde::{Deserialize, Serialize};

use super::{ListReply, once};
use crate::error::Result;
use crate::http::auth::Caller;
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::id::{FolderId, TokenId};
use crate::model::time::Timestamp;
use crate::model::token::{Rights, Scope, Token};
use crate::model::user::User;
use crate::{ops, secret, store};

#[cfg(test)]
pub(super) mod contract;

/// A token to make.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CreateBody {
    /// What it is for.
    #[cfg_attr(test, schemars(length(min = 1, max = 100)))]
    name: String,
    /// What it may do; `write` if it is left out. No more than what makes it may.
    #[cfg_attr(test, schemars(extend("enum" = ["read", "write", "admin", null])))]
    scope: Option<String>,
    /// The folder it is limited to.
    folder_id: Option<i64>,
    /// When it ends; never if it is left out.
    expires_at: Option<String>,
}

/// What to change.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    /// What it is for.
    #[cfg_attr(test, schemars(length(min = 1, max = 100)))]
    name: String,
}

/// What a program signs in by.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TokenReply {
    /// Identity.
    id: i64,
    /// What it is for.
    name: String,
    /// What it may do.
    #[cfg_attr(test, schemars(extend("enum" = ["read", "write", "admin"])))]
    scope: &'static str,
    /// The folder it is limited to.
    folder_id: Option<i64>,
    /// When it ends; `null` is never.
    expires_at: Option<String>,
    /// When it was made.
    created_at: String,
    /// When it was last used.
    last_used_at: Option<String>,
    /// The token itself, in the answer that makes it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
}

impl From<Token> for TokenReply {
    fn from(token: Token) -> Self {
        Self {
            id: token.id.0,
            name: token.name,
            scope: token.rights.scope.as_str(),
            folder_id: token.rights.folder_id.map(|id| id.0),
            expires_at: token.rights.expires_at.map(|at| at.to_string()),
            created_at: token.created_at.to_string(),
            last_used_at: token.last_used_at.map(|at| at.to_string()),
            token: None,
        }
    }
}

impl CreateBody {
    fn rights(&self) -> Result<Rights> {
        let expires_at = self.expires_at.as_deref().map(str::parse::<Timestamp>).transpose();
        Ok(Rights {
            scope: self.scope.as_deref().map_or(Ok(Scope::Write), Scope::parse)?,
            folder_id: self.folder_id.map(FolderId),
            expires_at: expires_at.map_err(|error| error.under("expires_at"))?,
        })
    }
}

/// `GET /api/v1/tokens`.
pub(super) fn list(cx: &Context, user: &User) -> Result<Response> {
    let tokens = cx.store.read(|tx| store::tokens::list(tx, user.id))?;
    Response::json(200, &ListReply::whole(tokens.into_iter().map(TokenReply::from).collect()))
}

/// `POST /api/v1/tokens` makes a token, which is shown in this answer alone.
pub(super) fn create(cx: &Context, req: &Request, caller: &Caller) -> Result<Response> {
    let body: CreateBody = req.json()?;
    let (rights, own) = (body.rights()?, caller.rights);
    let key = secret::new_key()?;
    let hash = secret::key_hash(&key);
    once::write(cx, req, &caller.user, move |tx, user| {
        let made = ops::tokens::add(tx, user, &own, &body.name, &rights, &hash)?;
        Response::json(201, &TokenReply { token: Some(key), ..made.into() })
    })
}

/// `PATCH /api/v1/tokens/{id}` gives it another name. What it may do stays as it was made.
pub(super) fn change(cx: &Context, req: &Request, caller: &Caller, id: i64) -> Result<Response> {
    let body: ChangeBody = req.json()?;
    let (own, user_id, id) = (caller.rights, caller.user.id, TokenId(id));
    let changed =
        cx.store.write(move |tx| ops::tokens::rename(tx, user_id, &own, id, &body.name))?;
    Response::json(200, &TokenReply::from(changed))
}

/// `DELETE /api/v1/tokens/{id}`.
pub(super) fn delete(cx: &Context, caller: &Caller, id: i64) -> Result<Response> {
    let (own, user_id, id) = (caller.rights, caller.user.id, TokenId(id));
    cx.store.write(move |tx| ops::tokens::revoke(tx, user_id, &own, id))?;
    Ok(Response::no_content())
}
