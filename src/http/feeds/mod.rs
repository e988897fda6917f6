//! What a person's reminders plan and told, for calendars and feed readers: programs that
//! cannot sign in, so the address is the secret. It is never logged, and what cannot be opened
//! is answered as if it were not there.

mod calendar;
mod content_line;
mod due;
mod json;
mod rss;
mod vtimezone;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::{Method, Request};
use crate::http::response::Response;
use crate::http::route::{only, verb};
use crate::model::reminder::Target;
use crate::model::time::{Timestamp, Zone};
use crate::ops;
use due::Due;

const CALENDAR: &str = "toaster.ics";
const RSS: &str = "due.rss";
const JSON: &str = "due.json";

/// Where a person's feeds are.
#[derive(Debug)]
pub struct Addresses {
    /// Their reminders, as iCalendar.
    pub calendar: String,
    /// What is due, as RSS.
    pub rss: String,
    /// The same as JSON Feed.
    pub json: String,
}

impl Addresses {
    /// The addresses that hold that pass.
    pub fn new(base_url: &str, pass: &str) -> Self {
        let at = |name: &str| format!("{base_url}/feeds/{pass}/{name}");
        Self { calendar: at(CALENDAR), rss: at(RSS), json: at(JSON) }
    }

    /// The calendar's address under the scheme that calendar programs subscribe to.
    pub fn webcal(&self) -> String {
        let rest = self.calendar.split_once("://").map_or("", |(_, rest)| rest);
        format!("webcal://{rest}")
    }
}

/// `GET /feeds/{pass}/{name}`.
pub(super) fn route(cx: &Context, req: &Request, pass: &str, name: &str) -> Result<Response> {
    if ![CALENDAR, RSS, JSON].contains(&name) {
        return Err(Error::NotFound("feed"));
    }
    if verb(req) != Method::Get {
        return only("GET");
    }
    let base_url = &cx.shared.base_url;
    let addresses = Addresses::new(base_url, pass);
    let (kind, body) = cx.store.read(|tx| {
        let user = ops::feeds::open(tx, pass)?;
        if name == CALENDAR {
            let planned = ops::feeds::planned(tx, &user)?;
            let body = calendar::write(base_url, &planned, user.language, tx.now());
            return Ok(("text/calendar; charset=utf-8", body));
        }
        let items = ops::feeds::items(tx, user.id)?;
        let due = Due { base_url, language: user.language, items };
        Ok(match name {
            RSS => ("application/rss+xml; charset=utf-8", rss::write(&due, &addresses.rss)?),
            _ => ("application/feed+json", json::write(&due, &addresses.json)?),
        })
    })?;
    Ok(answer(req, kind, body))
}

/// The page of ours that shows what waits there.
fn url_of(base_url: &str, target: Target) -> String {
    match target {
        Target::All => format!("{base_url}/bookmarks?unread=1"),
        Target::Folder(id) => format!("{base_url}/bookmarks?folder={id}&unread=1"),
        Target::Tag(id) => format!("{base_url}/tags/{id}/unread"),
        Target::Bookmark(id) => format!("{base_url}/bookmarks/{id}"),
    }
}

/// An instant in UTC, in a form of `strftime`.
fn utc(at: Timestamp, form: &str) -> String {
    at.in_zone(&Zone::UTC).strftime(form).to_string()
}

/// Nobody but the person's own programs may keep it or show it to others; who has it already
/// is not sent it again.
fn answer(req: &Request, kind: &str, body: String) -> Response {
    let hash = digest(&SHA256, body.as_bytes());
    let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16]));
    let known = req.header("if-none-match").is_some_and(|known| known.contains(&etag));
    let answer = if known {
        Response::no_content().with_status(304)
    } else {
        Response::new(200, kind, body)
    };
    answer
        .with("etag", etag)
        .with("cache-control", "private, no-cache")
        .with("x-robots-tag", "noindex")
        .with("x-content-type-options", "nosniff")
        .with("referrer-policy", "no-referrer")
        .with("content-security-policy", "default-src 'none'; sandbox")
}
