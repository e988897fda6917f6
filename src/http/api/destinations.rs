//! `/api/v1/destinations`.

use std::fmt;

use serde::de::{Error as _, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::{ListReply, check_query, flag, once};
use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::delivery::Delivery;
use crate::model::destination::{self, Address, Destination, Given, Kind};
use crate::model::event::{Event, Events};
use crate::model::id::DestinationId;
use crate::model::user::User;
use crate::{ops, secret, store};

#[cfg(test)]
pub(super) mod contract;

/// The fields of a body. What an address is made of depends on its kind, so that those that are
/// left after the common ones are for the kind to judge.
struct Body(Map<String, Value>);

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Body;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Body, A::Error> {
                let mut found = Map::new();
                while let Some((name, value)) = fields.next_entry::<String, Value>()? {
                    if found.insert(name.clone(), value).is_some() {
                        return Err(A::Error::custom(format!("duplicate field `{name}`")));
                    }
                }
                Ok(Body(found))
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

impl Body {
    /// Takes the field of that name out, if there is one that is not null.
    fn take(&mut self, field: &'static str) -> Option<Value> {
        self.0.remove(field).filter(|value| !value.is_null())
    }

    fn text(&mut self, field: &'static str) -> Result<Option<String>> {
        self.take(field).map(|value| text(field, value)).transpose()
    }

    fn needed(&mut self, field: &'static str) -> Result<String> {
        let missing = || Error::invalid(field, format!("missing field `{field}`"));
        self.text(field)?.ok_or_else(missing)
    }

    /// The events that it names, if it does.
    fn events(&mut self) -> Result<Option<Events>> {
        let each = |value: &Value| match value {
            Value::String(name) => Event::parse(name),
            found => {
                let reason = format!("{} found in it, expected names of events", sort(found));
                Err(Error::invalid("events", reason))
            }
        };
        match self.take("events") {
            None => Ok(None),
            Some(Value::Array(names)) => names.iter().map(each).collect::<Result<_>>().map(Some),
            Some(found) => {
                let reason = format!("{} found, expected a list of events", sort(&found));
                Err(Error::invalid("events", reason))
            }
        }
    }

    fn flag(&mut self, field: &'static str) -> Result<Option<bool>> {
        match self.take(field) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(found) => {
                let reason = format!("{} found, expected true or false", sort(&found));
                Err(Error::invalid(field, reason))
            }
        }
    }

    /// Everything else; a field that is null is as good as an empty one.
    fn rest(self) -> Result<Given> {
        let mut fields = Vec::with_capacity(self.0.len());
        for (name, value) in self.0 {
            match value {
                Value::Object(inner) if !inner.is_empty() => {
                    for (part, value) in inner {
                        let name = format!("{name}.{part}");
                        fields.push((name.clone(), text(&name, value)?));
                    }
                }
                value => fields.push((name.clone(), text(&name, value)?)),
            }
        }
        Ok(fields.into_iter().collect())
    }
}

/// A text. The id of a chat may be a number as well, since it is one.
fn text(field: &str, value: Value) -> Result<String> {
    match value {
        Value::String(text) => Ok(text),
        Value::Number(number) if field == "chat_id" => Ok(number.to_string()),
        Value::Null => Ok(String::new()),
        found => Err(Error::invalid(
            field.to_owned(),
            format!("{} found, expected a text", sort(&found)),
        )),
    }
}

/// What a value is, without saying it: it may be a secret.
fn sort(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A place where reminders can go.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DestinationReply {
    /// Identity.
    id: i64,
    /// What kind of place it is.
    kind: &'static str,
    /// What you call it.
    name: String,
    /// Its address as far as it may be shown, for telling two apart.
    shown: String,
    /// The events it is told of; only a webhook is told of any.
    #[cfg_attr(test, schemars(extend("items" = { "type": "string", "enum": Event::ALL.map(Event::as_str) })))]
    events: Vec<&'static str>,
    /// Whether it gets what is pushed to you; `false` for webhooks that are for events alone.
    pushes: bool,
    /// Whether nothing is sent there for now.
    paused: bool,
    /// Why not.
    paused_reason: Option<String>,
    /// When something arrived there last.
    last_success_at: Option<String>,
    /// When the device last said that it is there.
    last_seen_at: Option<String>,
    /// What messages to a webhook are signed with. Shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl From<&Destination> for DestinationReply {
    fn from(destination: &Destination) -> Self {
        Self {
            id: destination.id.0,
            kind: destination.address.kind().as_str(),
            name: destination.name.clone(),
            shown: destination.address.shown(),
            events: destination.events.iter().map(Event::as_str).collect(),
            pushes: destination.pushes,
            paused: destination.paused_reason.is_some(),
            paused_reason: destination.paused_reason.clone(),
            last_success_at: destination.last_success_at.map(|at| at.to_string()),
            last_seen_at: destination.last_seen_at.map(|at| at.to_string()),
            secret: None,
        }
    }
}

impl DestinationReply {
    /// With the signing secret of a webhook that has just been made.
    fn with_secret(destination: &Destination) -> Self {
        let secret = match &destination.address {
            Address::Webhook { secret, .. } => Some(secret.clone()),
            _ => None,
        };
        Self { secret, ..Self::from(destination) }
    }
}

/// Where a test stands.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct TestReply {
    /// The delivery that is the test.
    delivery_id: i64,
    /// Where it stands.
    #[cfg_attr(test, schemars(extend("enum" = ["pending", "sending", "delivered", "dead", "expired", "cancelled"])))]
    state: &'static str,
    /// Why it waits, or was given up on.
    reason: Option<String>,
    /// How its attempt ended.
    outcome: Option<String>,
    /// The HTTP status, where there was one.
    status: Option<u16>,
    /// What the service said.
    detail: Option<String>,
}

impl From<Delivery> for TestReply {
    fn from(delivery: Delivery) -> Self {
        let (outcome, status, detail) = delivery
            .last
            .map_or((None, None, None), |last| (last.outcome, last.status, Some(last.detail)));
        Self {
            delivery_id: delivery.id.0,
            state: delivery.state.as_str(),
            reason: Some(delivery.reason).filter(|reason| !reason.is_empty()),
            outcome,
            status,
            detail,
        }
    }
}

/// `GET /api/v1/destinations`.
pub(super) fn list(cx: &mut Context, user: &User) -> Result<Response> {
    let found = cx.store.read(|tx| store::destinations::list(tx, user.id))?;
    Response::json(200, &ListReply::whole(found.iter().map(DestinationReply::from).collect()))
}

/// `POST /api/v1/destinations`. A device that says again that it is there is not added twice,
/// which 200 tells from 201. A webhook that is made for events gets pushes only if it asks.
pub(super) fn create(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let mut body: Body = req.json()?;
    let (kind, name) = (Kind::parse(&body.needed("kind")?)?, body.needed("name")?);
    let (events, pushes) = (body.events()?, body.flag("pushes")?);
    let is_for_events = events.is_some_and(|events| !events.is_empty());
    let pushes = pushes.or(is_for_events.then_some(false));
    let address = Address::parse(kind, &body.rest()?, secret::new_webhook_secret()?)?;
    let name = destination::parse_name(&name)?;
    cx.shared.reach.check(&address)?;
    once::write(cx, req, user, move |tx, user| {
        let (added, is_new) = ops::destinations::register(tx, user.id, &name, &address)?;
        let added = ops::destinations::choose(tx, user.id, added.id, events, pushes)?;
        let status = if is_new { 201 } else { 200 };
        Response::json(status, &DestinationReply::with_secret(&added))
    })
}

/// `PATCH /api/v1/destinations/{id}` renames it, has it lead elsewhere, chooses what a webhook is
/// told, or ends its pause.
pub(super) fn change(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    let mut body: Body = req.json()?;
    let resumes = match body.take("paused") {
        None => false,
        Some(Value::Bool(false)) => true,
        Some(found) => {
            let reason = format!("{found} found, expected false; switch a reminder off instead");
            return Err(Error::invalid("paused", reason));
        }
    };
    let (events, pushes) = (body.events()?, body.flag("pushes")?);
    let (name, given) = (body.text("name")?, body.rest()?);
    let (user_id, id, shared) = (user.id, DestinationId(id), cx.shared.clone());
    let changed = cx.store.write(move |tx| {
        if !given.is_empty() {
            ops::destinations::change_address(tx, user_id, id, &given, &shared.reach)?;
        }
        ops::destinations::choose(tx, user_id, id, events, pushes)?;
        if resumes {
            ops::destinations::resume(tx, user_id, id)?;
        }
        match &name {
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

/// `POST /api/v1/destinations/{id}/rotate` makes a webhook's new signing secret, which is in
/// this answer alone.
pub(super) fn rotate(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    let new = secret::new_webhook_secret()?;
    once::write(cx, req, user, move |tx, user| {
        let rotated = ops::destinations::rotate(tx, user.id, DestinationId(id), new)?;
        Response::json(200, &DestinationReply::with_secret(&rotated))
    })
}

/// `POST /api/v1/destinations/{id}/test` sends a message there through the outbox. With
/// `?wait=true` the answer comes when that has ended, unless it takes too long.
pub(super) fn test(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    check_query(req, &["wait"])?;
    let waits = flag(req, "wait")?.unwrap_or(false);
    let user_id = user.id;
    let id = cx.store.write(move |tx| ops::destinations::test(tx, user_id, DestinationId(id)))?;
    let look = || cx.store.read(|tx| store::deliveries::get(tx, user_id, id));
    let has_ended = |delivery: &Delivery| delivery.ended_at.is_some();
    let delivery = if waits { cx.shared.test_wait.until(look, has_ended)? } else { look()? };
    let status = if waits && has_ended(&delivery) { 200 } else { 202 };
    let location = format!("/api/v1/deliveries/{id}");
    Ok(Response::json(status, &TestReply::from(delivery))?.with("location", location))
}
