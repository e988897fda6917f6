//! `/api/v1/destinations`. Secrets are shown once, in the answer to the creation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ListReply;
use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::destination::{Address, Destination, Kind};
use crate::model::id::DestinationId;
use crate::model::user::User;
use crate::{ops, secret, store};

#[derive(Deserialize)]
struct CreateBody {
    kind: String,
    name: String,
    #[serde(flatten)]
    parts: Parts,
}

#[derive(Deserialize)]
struct ChangeBody {
    name: Option<String>,
    /// Only `false` makes sense: the server pauses by itself.
    paused: Option<bool>,
    /// What is not given stays as it is, secrets too.
    #[serde(flatten)]
    parts: Parts,
}

/// The parts of an address as they are sent: what belongs together may be an object.
#[derive(Deserialize)]
#[serde(transparent)]
struct Parts(BTreeMap<String, Value>);

impl Parts {
    /// By the names of [`Kind::parts`].
    fn of(self, kind: Kind) -> Result<BTreeMap<String, String>> {
        let mut flat = BTreeMap::new();
        for (name, value) in self.0 {
            match value {
                Value::Object(inner) => {
                    for (inner_name, value) in inner {
                        put(&mut flat, format!("{name}.{inner_name}"), value)?;
                    }
                }
                value => put(&mut flat, name, value)?,
            }
        }
        let known = |name: &String| kind.parts().iter().any(|part| part.name == name);
        match flat.keys().find(|name| !known(name)) {
            Some(name) => {
                let reason = format!("{} does not take it", kind.as_str());
                Err(Error::invalid(name.clone(), reason))
            }
            None => Ok(flat),
        }
    }
}

fn put(flat: &mut BTreeMap<String, String>, name: String, value: Value) -> Result<()> {
    match value {
        Value::String(text) => drop(flat.insert(name, text)),
        Value::Null => {}
        // Telegram's own interface gives its chats as numbers.
        Value::Number(number) => drop(flat.insert(name, number.to_string())),
        _ => return Err(Error::invalid(name, "expected a text")),
    }
    Ok(())
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
            kind: destination.address.kind().as_str(),
            name: destination.name.clone(),
            shown: destination.address.shown(),
            paused: destination.paused_reason.is_some(),
            paused_reason: destination.paused_reason.clone(),
            last_success_at: destination.last_success_at.map(|at| at.to_string()),
            secret: None,
        }
    }
}

/// `GET /api/v1/destinations`.
pub(super) fn list(cx: &mut Context, user: &User) -> Result<Response> {
    let found = cx.store.read(|tx| store::destinations::list(tx, user.id))?;
    Response::json(200, &ListReply::whole(found.iter().map(DestinationReply::from).collect()))
}

/// `POST /api/v1/destinations`. A browser that is known already is brought up to date.
pub(super) fn create(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let body: CreateBody = req.json()?;
    let kind = Kind::parse(&body.kind)?;
    cx.shared.check_kind(kind)?;
    let parts = body.parts.of(kind)?;
    let address = Address::parse(kind, |name| parts.get(name).map(String::as_str))?;
    let address = address.with_secret(secret::new_webhook_secret()?);
    let user_id = user.id;
    let added =
        cx.store.write(move |tx| ops::destinations::add(tx, user_id, &body.name, &address))?;
    let status = if added.is_new { 201 } else { 200 };
    let found = &added.destination;
    let secret = if added.is_new { shown_once(found) } else { None };
    Response::json(status, &DestinationReply { secret, ..DestinationReply::from(found) })
}

/// What a person has to copy when it was made.
fn shown_once(destination: &Destination) -> Option<String> {
    match &destination.address {
        Address::Webhook { secret, .. } => Some(secret.clone()),
        _ => None,
    }
}

/// `PATCH /api/v1/destinations/{id}` renames it, leads it elsewhere, or ends its pause.
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
        let kind = store::destinations::get(tx, user_id, id)?.address.kind();
        let parts = body.parts.of(kind)?;
        if !parts.is_empty() {
            let given = |name: &str| parts.get(name).map(String::as_str);
            ops::destinations::readdress(tx, user_id, id, given)?;
        }
        if let Some(name) = &body.name {
            ops::destinations::rename(tx, user_id, id, name)?;
        }
        if body.paused == Some(false) {
            ops::destinations::resume(tx, user_id, id)?;
        }
        store::destinations::get(tx, user_id, id)
    })?;
    Response::json(200, &DestinationReply::from(&changed))
}

/// `POST /api/v1/destinations/{id}/rotate` gives a webhook a new secret, shown in this answer
/// alone; the old one signs as well for a day.
pub(super) fn rotate(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let (user_id, new) = (user.id, secret::new_webhook_secret()?);
    let changed =
        cx.store.write(move |tx| ops::destinations::rotate(tx, user_id, DestinationId(id), new))?;
    let secret = shown_once(&changed);
    Response::json(200, &DestinationReply { secret, ..DestinationReply::from(&changed) })
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
