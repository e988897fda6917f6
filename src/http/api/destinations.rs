//! `/api/v1/destinations`. Secrets are shown once, in the answer to the creation.

use serde::{Deserialize, Serialize};

use super::ListReply;
use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::destination::{Address, Destination};
use crate::model::id::DestinationId;
use crate::model::user::User;
use crate::{ops, secret, store};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CreateBody {
    kind: String,
    name: String,
    url: Option<String>,
    server: Option<String>,
    topic: Option<String>,
    token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    name: Option<String>,
    /// Only `false` makes sense: the server pauses by itself.
    paused: Option<bool>,
}

#[derive(Serialize)]
struct DestinationReply {
    id: i64,
    kind: &'static str,
    name: String,
    shown: String,
    paused: bool,
    paused_reason: Option<String>,
    last_success_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

#[derive(Serialize)]
struct TestReply {
    delivery_id: i64,
}

impl From<&Destination> for DestinationReply {
    fn from(destination: &Destination) -> Self {
        Self {
            id: destination.id.0,
            kind: destination.address.kind(),
            name: destination.name.clone(),
            shown: destination.address.shown(),
            paused: destination.paused_reason.is_some(),
            paused_reason: destination.paused_reason.clone(),
            last_success_at: destination.last_success_at.map(|at| at.to_string()),
            secret: None,
        }
    }
}

impl CreateBody {
    fn address(&self) -> Result<Address> {
        let needed = |field: &'static str, value: &Option<String>| {
            value
                .clone()
                .ok_or_else(|| Error::invalid(field, format!("missing, {} needs it", self.kind)))
        };
        let unused = |fields: &[(&'static str, &Option<String>)]| match fields
            .iter()
            .find(|(_, v)| v.is_some())
        {
            Some((field, _)) => {
                Err(Error::invalid(*field, format!("{} does not take it", self.kind)))
            }
            None => Ok(()),
        };
        match self.kind.as_str() {
            "webhook" => {
                unused(&[
                    ("server", &self.server),
                    ("topic", &self.topic),
                    ("token", &self.token),
                ])?;
                Address::webhook(&needed("url", &self.url)?, secret::new_webhook_secret()?)
            }
            "ntfy" => {
                unused(&[("url", &self.url)])?;
                let token = self.token.as_deref().unwrap_or_default();
                Address::ntfy(
                    &needed("server", &self.server)?,
                    &needed("topic", &self.topic)?,
                    token,
                )
            }
            other => {
                Err(Error::invalid("kind", format!("{other:?} found, expected webhook or ntfy")))
            }
        }
    }
}

/// `GET /api/v1/destinations`.
pub(super) fn list(cx: &mut Context, user: &User) -> Result<Response> {
    let found = cx.store.read(|tx| store::destinations::list(tx, user.id))?;
    Response::json(200, &ListReply::whole(found.iter().map(DestinationReply::from).collect()))
}

/// `POST /api/v1/destinations`.
pub(super) fn create(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let body: CreateBody = req.json()?;
    let address = body.address()?;
    let user_id = user.id;
    let added =
        cx.store.write(move |tx| ops::destinations::add(tx, user_id, &body.name, &address))?;
    let secret = match &added.address {
        Address::Webhook { secret, .. } => Some(secret.clone()),
        Address::Ntfy { .. } => None,
    };
    Response::json(201, &DestinationReply { secret, ..DestinationReply::from(&added) })
}

/// `PATCH /api/v1/destinations/{id}` renames it, or ends its pause.
pub(super) fn change(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    let body: ChangeBody = req.json()?;
    if body.paused == Some(true) {
        return Err(Error::invalid(
            "paused",
            "true found, expected false; switch a reminder off instead",
        ));
    }
    let (user_id, id) = (user.id, DestinationId(id));
    let changed = cx.store.write(move |tx| {
        if body.paused == Some(false) {
            ops::destinations::resume(tx, user_id, id)?;
        }
        match &body.name {
            Some(name) => ops::destinations::rename(tx, user_id, id, name),
            None => store::destinations::get(tx, user_id, id),
        }
    })?;
    Response::json(200, &DestinationReply::from(&changed))
}

/// `DELETE /api/v1/destinations/{id}`.
pub(super) fn delete(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let user_id = user.id;
    cx.store.write(move |tx| ops::destinations::delete(tx, user_id, DestinationId(id)))?;
    Ok(Response::no_content())
}

/// `POST /api/v1/destinations/{id}/test` sends a message there through the outbox.
pub(super) fn test(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let user_id = user.id;
    let delivery =
        cx.store.write(move |tx| ops::destinations::test(tx, user_id, DestinationId(id)))?;
    let location = format!("/api/v1/deliveries/{delivery}");
    Ok(Response::json(202, &TestReply { delivery_id: delivery.0 })?.with("location", location))
}
