//! `/api/v1/deliveries`.

use serde::{Deserialize, Serialize};

use super::{ListReply, check_query, limit};
use crate::error::Result;
use crate::http::context::Context;
use crate::http::paging;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::delivery::{AttemptRecord, Delivery, State};
use crate::model::id::DeliveryId;
use crate::model::user::User;
use crate::{ops, store};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RedeliverBody {
    /// Which; all dead letters when it is left out.
    ids: Option<Vec<i64>>,
    #[serde(default)]
    dry_run: bool,
}

#[derive(Serialize)]
struct RedeliverReply {
    ids: Vec<i64>,
    dry_run: bool,
}

#[derive(Serialize)]
struct DeliveryReply {
    id: i64,
    destination_id: Option<i64>,
    destination_name: String,
    is_test: bool,
    about: String,
    state: &'static str,
    reason: Option<String>,
    created_at: String,
    due_at: Option<String>,
    ended_at: Option<String>,
    attempts_made: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<Vec<AttemptReply>>,
}

#[derive(Serialize)]
struct AttemptReply {
    number: u32,
    started_at: String,
    ended_at: Option<String>,
    outcome: Option<String>,
    status: Option<u16>,
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
            state: delivery.state.as_str(),
            reason: (!delivery.reason.is_empty()).then(|| delivery.reason.clone()),
            created_at: delivery.created_at.to_string(),
            due_at: delivery.due_at.map(|at| at.to_string()),
            ended_at: delivery.ended_at.map(|at| at.to_string()),
            attempts_made: delivery.attempts,
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
    check_query(req, &["state", "limit", "cursor"])?;
    let limit = limit(req)?;
    let state = req.query("state").map(State::parse).transpose()?;
    let parse = |text: &str| text.parse().map(DeliveryId).map_err(|_| paging::not_ours());
    let before = req.query("cursor").map(parse).transpose()?;
    let mut found =
        cx.store.read(|tx| store::deliveries::list(tx, user.id, state, before, limit + 1))?;
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
    let body: RedeliverBody = req.json()?;
    let ids: Option<Vec<DeliveryId>> =
        body.ids.map(|ids| ids.into_iter().map(DeliveryId).collect());
    let user_id = user.id;
    let sent = cx
        .store
        .write(move |tx| ops::deliveries::redeliver(tx, user_id, ids.as_deref(), body.dry_run))?;
    let reply = RedeliverReply { ids: sent.iter().map(|id| id.0).collect(), dry_run: body.dry_run };
    Response::json(202, &reply)
}
