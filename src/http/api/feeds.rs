//! `/api/v1/me/feeds`: the addresses of a person's calendar and feeds.

use serde::Serialize;

use super::once;
use crate::error::Result;
use crate::http::context::Context;
use crate::http::feeds::Addresses;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::user::User;
use crate::ops;

#[cfg(test)]
pub(super) mod contract;

/// The addresses, which are secrets; all `null` while feeds are off.
#[derive(Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FeedsReply {
    /// Whether feeds are on.
    enabled: bool,
    /// Reminders, as iCalendar.
    calendar: Option<String>,
    /// What is due, as RSS 2.0.
    rss: Option<String>,
    /// What is due, as JSON Feed 1.1.
    json: Option<String>,
}

impl FeedsReply {
    fn new(base_url: &str, pass: Option<&str>) -> Self {
        let Some(pass) = pass else { return Self::default() };
        let Addresses { calendar, rss, json } = Addresses::new(base_url, pass);
        Self { enabled: true, calendar: Some(calendar), rss: Some(rss), json: Some(json) }
    }
}

/// `GET /api/v1/me/feeds`.
pub(super) fn get(cx: &Context, user: &User) -> Result<Response> {
    let pass = cx.store.read(|tx| ops::feeds::pass(tx, user.id))?;
    Response::json(200, &FeedsReply::new(&cx.shared.base_url, pass.as_deref()))
}

/// `POST /api/v1/me/feeds` switches feeds on, at new addresses.
pub(super) fn renew(cx: &Context, req: &Request, user: &User) -> Result<Response> {
    let shared = cx.shared.clone();
    once::write(cx, req, user, move |tx, user| {
        let pass = ops::feeds::renew(tx, user.id)?;
        Response::json(201, &FeedsReply::new(&shared.base_url, pass.as_deref()))
    })
}

/// `DELETE /api/v1/me/feeds` switches them off.
pub(super) fn switch_off(cx: &Context, user: &User) -> Result<Response> {
    let id = user.id;
    cx.store.write(move |tx| ops::feeds::switch_off(tx, id))?;
    Ok(Response::no_content())
}
