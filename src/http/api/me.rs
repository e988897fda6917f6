//! `/api/v1/me`.

use serde::{Deserialize, Serialize};

use super::nullable;
use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::burning;
use crate::model::language::Language;
use crate::model::quiet_hours::{QuietHours, Window};
use crate::model::recurrence::Weekdays;
use crate::model::time::Zone;
use crate::model::user::User;
use crate::store::Tx;
use crate::{ops, store};

#[cfg(test)]
pub(super) mod contract;

/// What to change. What is left out, or `null` where nothing else is said, stays as it is.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    /// A time zone of the IANA database.
    #[cfg_attr(test, schemars(length(max = 64)))]
    zone: Option<String>,
    /// What you are spoken to in.
    #[cfg_attr(test, schemars(extend("enum" = ["en", "ko", "ja", null])))]
    language: Option<String>,
    /// Whether anything is pushed at all.
    push_on: Option<bool>,
    /// All windows of the week in which nothing is pushed.
    #[cfg_attr(test, schemars(length(max = 14)))]
    quiet_hours: Option<Vec<WindowBody>>,
    /// After how many days unread links turn to ash, where a folder says nothing else; `null` or 0 for never.
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(range(min = 0, max = 3650)))]
    burn_after_days: Option<Option<i64>>,
    /// Whether your links are visited about once a month to find dead ones.
    check_links: Option<bool>,
}

/// On those days (Monday is 1) from one time of day to another, or to that of the next day.
#[derive(Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct WindowBody {
    /// Weekdays; Monday is 1.
    #[cfg_attr(test, schemars(length(min = 1, max = 7), inner(range(min = 1, max = 7))))]
    days: Vec<i64>,
    /// `HH:MM`.
    #[cfg_attr(test, schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")))]
    from: String,
    /// `HH:MM`; the next day if it is not later than `from`.
    #[cfg_attr(test, schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")))]
    to: String,
}

impl TryFrom<WindowBody> for Window {
    type Error = Error;

    fn try_from(body: WindowBody) -> Result<Self> {
        Ok(Self {
            days: Weekdays::from_numbers(body.days)?,
            from: body.from.parse()?,
            to: body.to.parse()?,
        })
    }
}

impl From<&Window> for WindowBody {
    fn from(window: &Window) -> Self {
        Self {
            days: window.days.numbers().collect(),
            from: window.from.to_string(),
            to: window.to.to_string(),
        }
    }
}

fn quiet_hours(windows: Vec<WindowBody>) -> Result<QuietHours> {
    let windows = windows.into_iter().map(Window::try_from).collect::<Result<_>>();
    windows.and_then(QuietHours::new).map_err(|error| error.under("quiet_hours"))
}

/// You, and what you have set.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MeReply {
    /// Identity.
    id: i64,
    /// The name you sign in by.
    name: String,
    /// Whether you run this server.
    is_admin: bool,
    /// A time zone of the IANA database.
    zone: String,
    /// What you are spoken to in.
    #[cfg_attr(test, schemars(extend("enum" = ["en", "ko", "ja"])))]
    language: &'static str,
    /// Whether anything is pushed at all.
    push_on: bool,
    /// Windows of the week in which nothing is pushed.
    quiet_hours: Vec<WindowBody>,
    /// After how many days unread links turn to ash; `null` is never.
    burn_after_days: Option<u16>,
    /// Whether your links are visited about once a month to find dead ones, if the server does that.
    check_links: bool,
}

impl MeReply {
    fn of(tx: &Tx, user: &User) -> Result<Self> {
        Ok(Self {
            id: user.id.0,
            name: user.name.clone(),
            is_admin: user.is_admin,
            zone: user.zone.name().to_owned(),
            language: user.language.tag(),
            push_on: store::users::push_on(tx, user.id)?,
            quiet_hours: user.quiet_hours.windows().iter().map(WindowBody::from).collect(),
            burn_after_days: store::users::burn_after(tx, user.id)?,
            check_links: store::link_checks::is_wanted(tx, user.id)?,
        })
    }
}

/// `GET /api/v1/me`.
pub(super) fn get(cx: &mut Context, user: &User) -> Result<Response> {
    Response::json(200, &cx.store.read(|tx| MeReply::of(tx, user))?)
}

/// `PATCH /api/v1/me`.
pub(super) fn change(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let body: ChangeBody = req.json()?;
    let zone = body.zone.as_deref().map(Zone::named).transpose()?;
    let language = body.language.as_deref().map(Language::parse).transpose()?;
    let quiet_hours = body.quiet_hours.map(quiet_hours).transpose()?;
    let days = body.burn_after_days.map(|days| days.map(burning::parse_days).transpose());
    let burn_after = days.transpose()?;
    let id = user.id;
    let changed = cx.store.write(move |tx| {
        if let Some(zone) = &zone {
            ops::accounts::set_zone(tx, id, zone)?;
        }
        if let Some(language) = language {
            store::users::set_language(tx, id, language)?;
        }
        if let Some(on) = body.push_on {
            ops::accounts::set_push_on(tx, id, on)?;
        }
        if let Some(hours) = &quiet_hours {
            ops::accounts::set_quiet_hours(tx, id, hours)?;
        }
        if let Some(days) = burn_after {
            ops::burning::set_default(tx, id, days)?;
        }
        if let Some(wanted) = body.check_links {
            ops::link_checks::set_wanted(tx, id, wanted)?;
        }
        MeReply::of(tx, &store::users::get(tx, id)?)
    })?;
    Response::json(200, &changed)
}
