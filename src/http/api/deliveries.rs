//! `/api/v1/deliveries`.

use serde::{Deserialize, Serialize};

use super::{ListReply, check_query, limit, number, once};
use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::paging;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::delivery::{AttemptRecord, Delivery, State};
use crate::model::event::Event;
use crate::model::id::{DeliveryId, DestinationId};
use crate::model::text;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::ops::deliveries::Moved;
use crate::store::WriteTx;
use crate::store::deliveries::Filter;
use crate::{ops, store};

#[cfg(test)]
pub(super) mod contract;

const REASON_CHARS_MAX: usize = 500;

/// Which deliveries are meant, and whether only to look.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct MoveBody {
    /// Only these.
    #[cfg_attr(test, schemars(length(max = 500)))]
    ids: Option<Vec<i64>>,
    /// Only those in this state.
    #[cfg_attr(test, schemars(extend("enum" = ["pending", "dead", null])))]
    state: Option<String>,
    /// Only those to this destination.
    destination_id: Option<i64>,
    /// Only those made after this instant.
    after: Option<String>,
    /// Only those made before this instant.
    before: Option<String>,
    /// Only those whose reason holds these words.
    #[cfg_attr(test, schemars(length(max = 500)))]
    reason: Option<String>,
    /// `true` only tells which it would be.
    #[serde(default)]
    dry_run: bool,
}

impl MoveBody {
    fn filter(self) -> Result<Filter> {
        Ok(Filter {
            ids: self.ids.map(|ids| ids.into_iter().map(DeliveryId).collect()),
            states: self.state.as_deref().map(State::parse).transpose()?.into_iter().collect(),
            destination_id: self
                .destination_id
                .map(|id| destination(&id.to_string()))
                .transpose()?,
            after: self.after.as_deref().map(|text| instant("after", text)).transpose()?,
            before: self.before.as_deref().map(|text| instant("before", text)).transpose()?,
            reason: self.reason.as_deref().map(reason).transpose()?,
        })
    }
}

fn destination(text: &str) -> Result<DestinationId> {
    let reason = || format!("{text:?} found, expected the id of a destination");
    let id = number(text, "destination").map(DestinationId);
    id.map_err(|_| Error::invalid("destination_id", reason()))
}

fn reason(words: &str) -> Result<String> {
    text::clean("reason", words, REASON_CHARS_MAX)
}

fn instant(field: &'static str, text: &str) -> Result<Timestamp> {
    text.parse().map_err(|error: Error| error.under(field))
}

/// Which deliveries were moved, or would be.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MoveReply {
    /// Which deliveries, oldest first.
    ids: Vec<i64>,
    /// Whether there are more of them than one request moves.
    more: bool,
    /// Whether it was only looked.
    dry_run: bool,
}

/// A message to one destination.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct DeliveryReply {
    /// Identity.
    id: i64,
    /// Where it goes; `null` when that was deleted since.
    destination_id: Option<i64>,
    /// What that was called when the message was made.
    destination_name: String,
    /// Whether it is a test.
    is_test: bool,
    /// What the message says, in short.
    about: String,
    /// The event it tells a webhook of; `null` for what is pushed to people.
    #[cfg_attr(test, schemars(extend("enum" = ["bookmark.created", "bookmark.updated", "bookmark.deleted", "page.ready", "reminder.fired", null])))]
    event: Option<&'static str>,
    /// Where it stands.
    #[cfg_attr(test, schemars(extend("enum" = ["pending", "sending", "delivered", "dead", "expired", "cancelled"])))]
    state: &'static str,
    /// Why it waits, or was given up on.
    reason: Option<String>,
    /// When it was made.
    created_at: String,
    /// When it is tried next.
    due_at: Option<String>,
    /// When it was delivered, given up on or called off.
    ended_at: Option<String>,
    /// How often it was tried.
    attempts_made: u32,
    /// The newest attempt.
    last_attempt: Option<AttemptReply>,
    /// All attempts; only where one delivery is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<Vec<AttemptReply>>,
}

/// One try at a delivery.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct AttemptReply {
    /// Counted from 1.
    number: u32,
    /// When it began.
    started_at: String,
    /// When it was answered.
    ended_at: Option<String>,
    /// How it ended.
    outcome: Option<String>,
    /// The HTTP status, where there was one.
    status: Option<u16>,
    /// What the service said.
    detail: String,
}

impl From<&Delivery> for DeliveryReply {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id.0,
            destination_id: delivery.destination_id.map(|id| id.0),
            destination_name: delivery.destination_name.clone(),
            is_test: delivery.is_test,
            about: delivery.about.clone(),
            event: delivery.event.map(Event::as_str),
            state: delivery.state.as_str(),
            reason: (!delivery.reason.is_empty()).then(|| delivery.reason.clone()),
            created_at: delivery.created_at.to_string(),
            due_at: delivery.due_at.map(|at| at.to_string()),
            ended_at: delivery.ended_at.map(|at| at.to_string()),
            attempts_made: delivery.attempts,
            last_attempt: delivery.last.clone().map(AttemptReply::from),
            attempts: None,
        }
    }
}

impl From<AttemptRecord> for AttemptReply {
    fn from(attempt: AttemptRecord) -> Self {
        Self {
            number: attempt.number,
            started_at: attempt.started_at.to_string(),
            ended_at: attempt.ended_at.map(|at| at.to_string()),
            outcome: attempt.outcome,
            status: attempt.status,
            detail: attempt.detail,
        }
    }
}

/// `GET /api/v1/deliveries`, newest first.
pub(super) fn list(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    check_query(req, &["state", "destination_id", "after", "before", "reason", "limit", "cursor"])?;
    let limit = limit(req)?;
    let filter = Filter {
        ids: None,
        states: req.query("state").map(State::parse).transpose()?.into_iter().collect(),
        destination_id: req.query("destination_id").map(destination).transpose()?,
        after: req.query("after").map(|text| instant("after", text)).transpose()?,
        before: req.query("before").map(|text| instant("before", text)).transpose()?,
        reason: req.query("reason").map(reason).transpose()?,
    };
    let parse =
        |text: &str| number(text, "delivery").map(DeliveryId).map_err(|_| paging::not_ours());
    let cursor = req.query("cursor").map(parse).transpose()?;
    let list = |tx: &store::Tx| store::deliveries::list(tx, user.id, &filter, cursor, limit + 1);
    let mut found = cx.store.read(list)?;
    let next = paging::cut(&mut found, limit).map(|last| last.id.to_string());
    Response::json(200, &ListReply { items: found.iter().map(DeliveryReply::from).collect(), next })
}

/// `GET /api/v1/deliveries/{id}`, with its attempts.
pub(super) fn get(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let (delivery, attempts) = cx.store.read(|tx| {
        let delivery = store::deliveries::get(tx, user.id, DeliveryId(id))?;
        Ok((delivery, store::deliveries::list_attempts(tx, DeliveryId(id))?))
    })?;
    let attempts = Some(attempts.into_iter().map(AttemptReply::from).collect());
    Response::json(200, &DeliveryReply { attempts, ..DeliveryReply::from(&delivery) })
}

/// `POST /api/v1/deliveries/redeliver` sends dead letters again.
pub(super) fn redeliver(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let body: MoveBody = req.json()?;
    if body.state.as_deref().is_some_and(|state| state != State::Dead.as_str()) {
        return Err(Error::invalid("state", "expected dead, the only ones that are sent again"));
    }
    let (dry_run, filter) = (body.dry_run, body.filter()?);
    once::write(cx, req, user, move |tx, user| {
        moved(ops::deliveries::redeliver(tx, user.id, filter, dry_run)?, dry_run)
    })
}

/// `POST /api/v1/deliveries/cancel` calls off what waits, or dismisses dead letters.
pub(super) fn cancel(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let body: MoveBody = req.json()?;
    let (user_id, dry_run, filter) = (user.id, body.dry_run, body.filter()?);
    let move_them = move |tx: &WriteTx| ops::deliveries::cancel(tx, user_id, filter, dry_run);
    moved(cx.store.write(move_them)?, dry_run)
}

fn moved(moved: Moved, dry_run: bool) -> Result<Response> {
    let ids = moved.ids.iter().map(|id| id.0).collect();
    Response::json(202, &MoveReply { ids, more: moved.more, dry_run })
}
