//! Our own API: JSON in, JSON out. What goes over the wire has shapes of its own here, so that
//! the API outlives our field names.

mod backups;
mod bookmarks;
mod bulk;
#[cfg(test)]
mod contract;
mod dead_links;
mod deliveries;
mod destinations;
mod duplicates;
mod etag;
mod feeds;
mod folders;
mod imports;
mod me;
mod once;
pub(super) mod openapi;
mod preview;
mod push;
mod reminders;
mod rights;
mod rules;
mod searches;
mod sessions;
mod status;
mod tags;
mod tokens;
mod undo;
mod users;

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

pub use self::once::UnderWay;

use crate::error::{Error, Result};
use crate::http::auth::{self, Caller};
use crate::http::context::Context;
use crate::http::request::Method::{Delete, Get, Patch, Post};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::route::{only, verb};

const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 200;
const WORDS_CHARS_MAX: usize = 1_000;

/// Every URL below `/api/v1`.
pub(super) fn route(cx: &mut Context, req: &Request, path: &[&str]) -> Result<Response> {
    if path == ["openapi.json"] {
        return if verb(req) == Get { Ok(etag::finish(req, openapi::show())) } else { only("GET") };
    }
    let caller = &auth::caller(cx, req)?;
    rights::check(cx, caller, req, path)?;
    let response = match verb(req) {
        Post => once::answer(cx, req, caller, |cx| dispatch(cx, req, caller, path)),
        _ => dispatch(cx, req, caller, path),
    };
    Ok(etag::finish(req, response?))
}

fn dispatch(cx: &mut Context, req: &Request, caller: &Caller, path: &[&str]) -> Result<Response> {
    let user = &caller.user;
    match (verb(req), path) {
        (Get, ["bookmarks"]) => bookmarks::list(cx, req, caller),
        (Post, ["bookmarks"]) => bookmarks::create(cx, req, caller),
        (_, ["bookmarks"]) => only("GET, POST"),
        (Post, ["bookmarks", "bulk"]) => bulk::apply(cx, req, user),
        (_, ["bookmarks", "bulk"]) => only("POST"),
        (Get, ["bookmarks", "random"]) => bookmarks::random(cx, req, user),
        (_, ["bookmarks", "random"]) => only("GET"),
        (Get, ["bookmarks", id]) => bookmarks::get(cx, user, number(id, "bookmark")?),
        (Patch, ["bookmarks", id]) => bookmarks::change(cx, req, caller, number(id, "bookmark")?),
        (Delete, ["bookmarks", id]) => bookmarks::delete(cx, req, user, number(id, "bookmark")?),
        (_, ["bookmarks", _]) => only("GET, PATCH, DELETE"),
        (Post, ["bookmarks", id, "refresh"]) => {
            bookmarks::refresh(cx, user, number(id, "bookmark")?)
        }
        (_, ["bookmarks", _, "refresh"]) => only("POST"),
        (Post, ["undo", id]) => undo::take_back(cx, user, number(id, "act to take back")?),
        (_, ["undo", _]) => only("POST"),

        (Get, ["dead-links"]) => dead_links::list(cx, req, user),
        (_, ["dead-links"]) => only("GET"),
        (Post, ["dead-links", id, "check"]) => {
            dead_links::check(cx, user, number(id, "dead link")?)
        }
        (_, ["dead-links", _, "check"]) => only("POST"),
        (Post, ["dead-links", id, "ignore"]) => {
            dead_links::ignore(cx, user, number(id, "dead link")?)
        }
        (_, ["dead-links", _, "ignore"]) => only("POST"),
        (Get, ["duplicates"]) => duplicates::list(cx, req, user),
        (_, ["duplicates"]) => only("GET"),
        (Post, ["duplicates", "merge"]) => duplicates::merge(cx, req, user),
        (_, ["duplicates", "merge"]) => only("POST"),

        (Get, ["folders"]) => folders::list(cx, caller),
        (Post, ["folders"]) => folders::create(cx, req, user),
        (_, ["folders"]) => only("GET, POST"),
        (Get, ["folders", id]) => folders::get(cx, user, number(id, "folder")?),
        (Patch, ["folders", id]) => folders::change(cx, req, user, number(id, "folder")?),
        (Delete, ["folders", id]) => folders::delete(cx, user, number(id, "folder")?),
        (_, ["folders", _]) => only("GET, PATCH, DELETE"),

        (Get, ["rules"]) => rules::list(cx, user),
        (Post, ["rules"]) => rules::create(cx, req, user),
        (_, ["rules"]) => only("GET, POST"),
        (Get, ["rules", id]) => rules::get(cx, user, number(id, "rule")?),
        (Patch, ["rules", id]) => rules::change(cx, req, user, number(id, "rule")?),
        (Delete, ["rules", id]) => rules::delete(cx, user, number(id, "rule")?),
        (_, ["rules", _]) => only("GET, PATCH, DELETE"),
        (Post, ["rules", id, "apply"]) => rules::apply(cx, req, user, number(id, "rule")?),
        (_, ["rules", _, "apply"]) => only("POST"),

        (Get, ["searches"]) => searches::list(cx, user),
        (Post, ["searches"]) => searches::create(cx, req, user),
        (_, ["searches"]) => only("GET, POST"),
        (Get, ["searches", id]) => searches::get(cx, user, number(id, "search")?),
        (Patch, ["searches", id]) => searches::change(cx, req, user, number(id, "search")?),
        (Delete, ["searches", id]) => searches::delete(cx, user, number(id, "search")?),
        (_, ["searches", _]) => only("GET, PATCH, DELETE"),

        (Get, ["tags"]) => tags::list(cx, user),
        (Post, ["tags"]) => tags::create(cx, req, user),
        (_, ["tags"]) => only("GET, POST"),
        (Get, ["tags", id]) => tags::get(cx, user, number(id, "tag")?),
        (Patch, ["tags", id]) => tags::change(cx, req, user, number(id, "tag")?),
        (Delete, ["tags", id]) => tags::delete(cx, user, number(id, "tag")?),
        (_, ["tags", _]) => only("GET, PATCH, DELETE"),

        (Get, ["reminders"]) => reminders::list(cx, user),
        (Post, ["reminders"]) => reminders::create(cx, req, user),
        (_, ["reminders"]) => only("GET, POST"),
        (Get, ["reminders", "when"]) => reminders::when(cx, req, user),
        (_, ["reminders", "when"]) => only("GET"),
        (Get, ["reminders", id]) => reminders::get(cx, user, number(id, "reminder")?),
        (Patch, ["reminders", id]) => reminders::change(cx, req, user, number(id, "reminder")?),
        (Delete, ["reminders", id]) => reminders::delete(cx, user, number(id, "reminder")?),
        (_, ["reminders", _]) => only("GET, PATCH, DELETE"),
        (Get, ["reminders", id, "upcoming"]) => {
            reminders::upcoming(cx, req, user, number(id, "reminder")?)
        }
        (_, ["reminders", _, "upcoming"]) => only("GET"),
        (Post, ["reminders", id, "snooze"]) => {
            reminders::snooze(cx, req, user, number(id, "reminder")?)
        }
        (Delete, ["reminders", id, "snooze"]) => {
            reminders::unsnooze(cx, user, number(id, "reminder")?)
        }
        (_, ["reminders", _, "snooze"]) => only("POST, DELETE"),

        (Get, ["destinations"]) => destinations::list(cx, user),
        (Post, ["destinations"]) => destinations::create(cx, req, user),
        (_, ["destinations"]) => only("GET, POST"),
        (Patch, ["destinations", id]) => {
            destinations::change(cx, req, user, number(id, "destination")?)
        }
        (Delete, ["destinations", id]) => {
            destinations::delete(cx, user, number(id, "destination")?)
        }
        (_, ["destinations", _]) => only("PATCH, DELETE"),
        (Post, ["destinations", id, "test"]) => {
            destinations::test(cx, req, user, number(id, "destination")?)
        }
        (Post, ["destinations", id, "rotate"]) => {
            destinations::rotate(cx, req, user, number(id, "destination")?)
        }
        (_, ["destinations", _, "test" | "rotate"]) => only("POST"),

        (Get, ["deliveries"]) => deliveries::list(cx, req, user),
        (_, ["deliveries"]) => only("GET"),
        (Post, ["deliveries", "redeliver"]) => deliveries::redeliver(cx, req, user),
        (_, ["deliveries", "redeliver"]) => only("POST"),
        (Post, ["deliveries", "cancel"]) => deliveries::cancel(cx, req, user),
        (_, ["deliveries", "cancel"]) => only("POST"),
        (Get, ["deliveries", id]) => deliveries::get(cx, user, number(id, "delivery")?),
        (_, ["deliveries", _]) => only("GET"),

        (Get, ["preview"]) => preview::show(cx, req, user),
        (_, ["preview"]) => only("GET"),

        (Post, ["import"]) => imports::begin(cx, req, user),
        (_, ["import"]) => only("POST"),
        (Get, ["imports"]) => imports::list(cx, req, user),
        (_, ["imports"]) => only("GET"),
        (Get, ["imports", id]) => imports::get(cx, req, user, number(id, "import")?),
        (Delete, ["imports", id]) => imports::cancel(cx, user, number(id, "import")?),
        (_, ["imports", _]) => only("GET, DELETE"),
        (Get, ["export"]) => imports::export(cx, req, user),
        (_, ["export"]) => only("GET"),

        (Get, ["push", "key"]) => push::key(cx),
        (_, ["push", "key"]) => only("GET"),

        (Get, ["me"]) => me::get(cx, user),
        (Patch, ["me"]) => me::change(cx, req, user),
        (_, ["me"]) => only("GET, PATCH"),
        (Get, ["me", "feeds"]) => feeds::get(cx, user),
        (Post, ["me", "feeds"]) => feeds::renew(cx, req, user),
        (Delete, ["me", "feeds"]) => feeds::switch_off(cx, user),
        (_, ["me", "feeds"]) => only("GET, POST, DELETE"),

        (Get, ["tokens"]) => tokens::list(cx, user),
        (Post, ["tokens"]) => tokens::create(cx, req, caller),
        (_, ["tokens"]) => only("GET, POST"),
        (Patch, ["tokens", id]) => tokens::change(cx, req, caller, number(id, "token")?),
        (Delete, ["tokens", id]) => tokens::delete(cx, caller, number(id, "token")?),
        (_, ["tokens", _]) => only("PATCH, DELETE"),

        (Get, ["sessions"]) => sessions::list(cx, caller),
        (Delete, ["sessions"]) => sessions::delete_others(cx, caller),
        (_, ["sessions"]) => only("GET, DELETE"),
        (Delete, ["sessions", id]) => sessions::delete(cx, user, number(id, "session")?),
        (_, ["sessions", _]) => only("DELETE"),

        (Get, ["users"]) => users::list(cx),
        (Post, ["users"]) => users::create(cx, req),
        (_, ["users"]) => only("GET, POST"),
        (Get, ["users", id]) => users::get(cx, number(id, "user")?),
        (Patch, ["users", id]) => users::change(cx, req, number(id, "user")?),
        (Delete, ["users", id]) => users::delete(cx, req, user, number(id, "user")?),
        (_, ["users", _]) => only("GET, PATCH, DELETE"),

        (Get, ["backups"]) => backups::list(cx),
        (Post, ["backups"]) => backups::create(cx),
        (_, ["backups"]) => only("GET, POST"),

        (Get, ["status"]) => status::show(cx),
        (_, ["status"]) => only("GET"),

        _ => Err(Error::NotFound("address")),
    }
}

/// The envelope of every list.
#[derive(Serialize)]
struct ListReply<T> {
    items: Vec<T>,
    next: Option<String>,
}

impl<T> ListReply<T> {
    fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }
}

/// An id in a path. What is no number is no id of anything.
fn number(text: &str, what: &'static str) -> Result<i64> {
    digits(text).filter(|id| *id > 0).ok_or(Error::NotFound(what))
}

/// A number that is written plainly, without a sign.
fn digits<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// How many rows a list should have.
fn limit(req: &Request) -> Result<usize> {
    let Some(text) = req.query("limit") else { return Ok(LIMIT_DEFAULT) };
    digits(text).filter(|limit| (1..=LIMIT_MAX).contains(limit)).ok_or_else(|| {
        Error::invalid("limit", format!("{text:?} found, expected a number from 1 to {LIMIT_MAX}"))
    })
}

/// A yes or no in a query.
fn flag(req: &Request, name: &'static str) -> Result<Option<bool>> {
    match req.query(name) {
        None => Ok(None),
        Some("true" | "1") => Ok(Some(true)),
        Some("false" | "0") => Ok(Some(false)),
        Some(other) => {
            Err(Error::invalid(name, format!("{other:?} found, expected true or false")))
        }
    }
}

/// Refuses parameters that a list does not know, so that a mistyped filter is no filter lost.
fn check_query(req: &Request, known: &[&str]) -> Result<()> {
    for (number, (name, _)) in req.query.iter().enumerate() {
        let reason = if !known.contains(&name.as_str()) {
            format!("unknown parameter, expected one of {}", known.join(", "))
        } else if req.query[..number].iter().any(|(before, _)| before == name) {
            "found twice, expected once".to_owned()
        } else {
            continue;
        };
        return Err(Error::invalid(name.clone(), reason));
    }
    Ok(())
}

/// Tells a field that is `null` from one that was not sent.
#[expect(clippy::option_option, reason = "absent, null and a value are three things")]
fn nullable<'de, D, T>(field: D) -> Result<Option<Option<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(field).map(Some)
}
