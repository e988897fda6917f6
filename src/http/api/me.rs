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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    zone: Option<String>,
    language: Option<String>,
    push_on: Option<bool>,
    quiet_hours: Option<Vec<WindowBody>>,
    #[serde(default, deserialize_with = "nullable")]
    burn_after_days: Option<Option<i64>>,
}

/// On those days (Monday is 1) from one time of day to another, or to that of the next day.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WindowBody {
    days: Vec<i64>,
    from: String,
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

#[derive(Serialize)]
struct MeReply {
    id: i64,
    name: String,
    is_admin: bool,
    zone: String,
    language: &'static str,
    push_on: bool,
    quiet_hours: Vec<WindowBody>,
    burn_after_days: Option<u16>,
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
        MeReply::of(tx, &store::users::get(tx, id)?)
    })?;
    Response::json(200, &changed)
}
