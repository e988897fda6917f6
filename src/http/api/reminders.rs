//! `/api/v1/reminders`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{ListReply, check_query, digits, nullable, once};
use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::id::{BookmarkId, DestinationId, FolderId, ReminderId, TagId};
use crate::model::recurrence::{Schedule, Weekdays};
use crate::model::reminder::{self, Pick, PickOrder, Reminder, Settings, Target, WhenEmpty};
use crate::model::spoken_time;
use crate::model::time::{Timestamp, Zone, parse_date};
use crate::model::user::User;
use crate::{ops, store};

#[cfg(test)]
pub(super) mod contract;

/// As many as a person can have.
const DESTINATIONS_MAX: usize = 50;
const UPCOMING_MAX: usize = 100;

/// A reminder to set.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct CreateBody {
    /// What you call it; may be empty.
    #[serde(default)]
    #[cfg_attr(test, schemars(length(max = 100)))]
    name: String,
    /// What it is about; of that, always what is unread.
    target: TargetBody,
    /// When it comes.
    schedule: ScheduleBody,
    /// A time zone of the IANA database; yours if it is left out.
    #[cfg_attr(test, schemars(length(max = 64)))]
    zone: Option<String>,
    /// Which links it names, and how many.
    pick: Option<PickBody>,
    /// What to do when there is nothing to read.
    #[cfg_attr(test, schemars(extend("enum" = ["skip", "send", null])))]
    when_empty: Option<String>,
    /// `false` keeps it, switched off.
    enabled: Option<bool>,
    /// The destinations it goes to; `null` for all there are.
    #[cfg_attr(test, schemars(length(max = 50)))]
    destinations: Option<Vec<i64>>,
}

/// What to change. What is left out stays as it is.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    /// What you call it; may be empty.
    #[cfg_attr(test, schemars(length(max = 100)))]
    name: Option<String>,
    /// What it is about; of that, always what is unread.
    target: Option<TargetBody>,
    /// When it comes.
    schedule: Option<ScheduleBody>,
    /// A time zone of the IANA database.
    #[cfg_attr(test, schemars(length(max = 64)))]
    zone: Option<String>,
    /// Which links it names, and how many.
    pick: Option<PickBody>,
    /// What to do when there is nothing to read.
    #[cfg_attr(test, schemars(extend("enum" = ["skip", "send", null])))]
    when_empty: Option<String>,
    /// `false` keeps it, switched off.
    enabled: Option<bool>,
    /// The destinations it goes to; `null` for all there are.
    #[serde(default, deserialize_with = "nullable")]
    #[cfg_attr(test, schemars(length(max = 50)))]
    destinations: Option<Option<Vec<i64>>>,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct TargetBody {
    /// All links, a folder with those inside it, all with a tag, or one bookmark.
    #[cfg_attr(test, schemars(extend("enum" = ["all", "folder", "tag", "bookmark"])))]
    kind: String,
    /// Of the folder, tag or bookmark; not for `all`.
    id: Option<i64>,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct ScheduleBody {
    /// Each week on some days, or on one date.
    #[cfg_attr(test, schemars(extend("enum" = ["weekly", "once"])))]
    kind: String,
    /// For `weekly`: weekdays; Monday is 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(length(min = 1, max = 7), inner(range(min = 1, max = 7))))]
    days: Option<Vec<i64>>,
    /// For `once`: a date, ten years ahead at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")))]
    on: Option<String>,
    /// `HH:MM`.
    #[cfg_attr(test, schemars(regex(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$")))]
    at: String,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct PickBody {
    /// Which come first.
    #[cfg_attr(test, schemars(extend("enum" = ["oldest", "newest", "random"])))]
    order: String,
    /// How many at most.
    #[cfg_attr(test, schemars(range(min = 1, max = 50)))]
    count: i64,
}

/// "Tell me about these at ..."
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ReminderReply {
    /// Identity.
    id: i64,
    /// What you call it; may be empty.
    name: String,
    /// What it is about; of that, always what is unread.
    target: TargetBody,
    /// When it comes.
    schedule: ScheduleBody,
    /// A time zone of the IANA database.
    zone: String,
    /// Which links it names, and how many.
    pick: PickBody,
    /// What it does when there is nothing to read.
    #[cfg_attr(test, schemars(extend("enum" = ["skip", "send"])))]
    when_empty: &'static str,
    /// Whether it is on.
    enabled: bool,
    /// The destinations it goes to; `null` for all there are.
    destinations: Option<Vec<i64>>,
    /// When it comes next.
    next_at: Option<String>,
    /// When it came last.
    last_fired_at: Option<String>,
    /// When it comes once more besides.
    snoozed_until: Option<String>,
}

impl TryFrom<TargetBody> for Target {
    type Error = Error;

    fn try_from(body: TargetBody) -> Result<Self> {
        match (body.kind.as_str(), body.id) {
            ("all", None) => Ok(Self::All),
            ("folder", Some(id)) => Ok(Self::Folder(FolderId(id))),
            ("tag", Some(id)) => Ok(Self::Tag(TagId(id))),
            ("bookmark", Some(id)) => Ok(Self::Bookmark(BookmarkId(id))),
            ("all", Some(_)) => Err(Error::invalid("target.id", "all takes no id")),
            ("folder" | "tag" | "bookmark", None) => {
                Err(Error::invalid("target.id", "missing, expected the id of one of yours"))
            }
            (other, _) => Err(Error::invalid(
                "target.kind",
                format!("{other:?} found, expected all, folder, tag or bookmark"),
            )),
        }
    }
}

impl TryFrom<ScheduleBody> for Schedule {
    type Error = Error;

    fn try_from(body: ScheduleBody) -> Result<Self> {
        let at = body.at.parse().map_err(|error: Error| error.under("schedule.at"))?;
        match (body.kind.as_str(), body.days, body.on) {
            ("weekly", Some(days), None) => {
                let days =
                    Weekdays::from_numbers(days).map_err(|error| error.under("schedule.days"))?;
                Ok(Self::Weekly { days, at })
            }
            ("once", None, Some(on)) => Ok(Self::Once {
                on: parse_date(&on).map_err(|error| error.under("schedule.on"))?,
                at,
            }),
            ("weekly", ..) => Err(Error::invalid("schedule.days", "weekly takes days and no on")),
            ("once", ..) => Err(Error::invalid("schedule.on", "once takes on and no days")),
            (other, ..) => Err(Error::invalid(
                "schedule.kind",
                format!("{other:?} found, expected weekly or once"),
            )),
        }
    }
}

impl TryFrom<PickBody> for Pick {
    type Error = Error;

    fn try_from(body: PickBody) -> Result<Self> {
        let order = PickOrder::parse(&body.order).map_err(|error| error.under("pick.order"))?;
        Self::new(order, body.count).map_err(|error| error.under("pick.count"))
    }
}

impl CreateBody {
    fn settings(self, user: &User) -> Result<Settings> {
        Ok(Settings {
            name: reminder::parse_name(&self.name)?,
            target: self.target.try_into()?,
            schedule: self.schedule.try_into()?,
            zone: self.zone.as_deref().map_or_else(|| Ok(user.zone.clone()), Zone::named)?,
            pick: self.pick.map_or_else(|| Ok(Pick::default()), Pick::try_from)?,
            when_empty: self
                .when_empty
                .map_or_else(|| Ok(WhenEmpty::default()), |name| WhenEmpty::parse(&name))?,
            enabled: self.enabled.unwrap_or(true),
            destinations: destination_ids(self.destinations)?,
        })
    }
}

impl ChangeBody {
    fn apply(self, settings: &mut Settings) -> Result<()> {
        if let Some(name) = self.name {
            settings.name = reminder::parse_name(&name)?;
        }
        if let Some(target) = self.target {
            settings.target = target.try_into()?;
        }
        if let Some(schedule) = self.schedule {
            settings.schedule = schedule.try_into()?;
        }
        if let Some(zone) = self.zone {
            settings.zone = Zone::named(&zone)?;
        }
        if let Some(pick) = self.pick {
            settings.pick = pick.try_into()?;
        }
        if let Some(name) = self.when_empty {
            settings.when_empty = WhenEmpty::parse(&name)?;
        }
        settings.enabled = self.enabled.unwrap_or(settings.enabled);
        if let Some(destinations) = self.destinations {
            settings.destinations = destination_ids(destinations)?;
        }
        Ok(())
    }
}

fn destination_ids(ids: Option<Vec<i64>>) -> Result<Option<Vec<DestinationId>>> {
    let Some(ids) = ids else { return Ok(None) };
    if ids.len() > DESTINATIONS_MAX {
        let reason = format!("{} of them, expected at most {DESTINATIONS_MAX}", ids.len());
        return Err(Error::invalid("destinations", reason));
    }
    Ok(Some(ids.into_iter().map(DestinationId).collect()))
}

impl From<Schedule> for ScheduleBody {
    fn from(schedule: Schedule) -> Self {
        match schedule {
            Schedule::Weekly { days, at } => Self {
                kind: "weekly".into(),
                days: Some(days.numbers().collect()),
                on: None,
                at: at.to_string(),
            },
            Schedule::Once { on, at } => Self {
                kind: "once".into(),
                days: None,
                on: Some(on.to_string()),
                at: at.to_string(),
            },
        }
    }
}

impl From<&Reminder> for ReminderReply {
    fn from(reminder: &Reminder) -> Self {
        let settings = &reminder.settings;
        let target = |kind: &str, id| TargetBody { kind: kind.to_owned(), id };
        Self {
            id: reminder.id.0,
            name: settings.name.clone(),
            target: match settings.target {
                Target::All => target("all", None),
                Target::Folder(id) => target("folder", Some(id.0)),
                Target::Tag(id) => target("tag", Some(id.0)),
                Target::Bookmark(id) => target("bookmark", Some(id.0)),
            },
            schedule: settings.schedule.into(),
            zone: settings.zone.name().to_owned(),
            pick: PickBody {
                order: settings.pick.order.as_str().to_owned(),
                count: settings.pick.count,
            },
            when_empty: settings.when_empty.as_str(),
            enabled: settings.enabled,
            destinations: settings
                .destinations
                .as_ref()
                .map(|ids| ids.iter().map(|id| id.0).collect()),
            next_at: reminder.next.map(|(_, at)| at.to_string()),
            last_fired_at: reminder.last_fired_at.map(|at| at.to_string()),
            snoozed_until: reminder.snoozed_until.map(|at| at.to_string()),
        }
    }
}

/// `GET /api/v1/reminders`, those due soonest first.
pub(super) fn list(cx: &mut Context, user: &User) -> Result<Response> {
    let reminders = cx.store.read(|tx| store::reminders::list(tx, user.id))?;
    Response::json(200, &ListReply::whole(reminders.iter().map(ReminderReply::from).collect()))
}

/// `POST /api/v1/reminders`.
pub(super) fn create(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    let settings = req.json::<CreateBody>()?.settings(user)?;
    let limit = cx.shared.reminders_max;
    once::write(cx, req, user, move |tx, user| {
        let set = ops::reminders::set(tx, user.id, &settings, limit);
        Response::json(201, &ReminderReply::from(&set.map_err(in_our_words)?))
    })
}

/// `GET /api/v1/reminders/{id}`.
pub(super) fn get(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let reminder = cx.store.read(|tx| store::reminders::get(tx, user.id, ReminderId(id)))?;
    Response::json(200, &ReminderReply::from(&reminder))
}

/// `PATCH /api/v1/reminders/{id}` changes the fields that are sent; it then starts anew.
pub(super) fn change(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    let body: ChangeBody = req.json()?;
    let (user_id, id) = (user.id, ReminderId(id));
    let changed = cx.store.write(move |tx| {
        let mut settings = store::reminders::get(tx, user_id, id)?.settings;
        body.apply(&mut settings)?;
        ops::reminders::change(tx, user_id, id, &settings)
    });
    let reminder = changed.map_err(in_our_words)?;
    Response::json(200, &ReminderReply::from(&reminder))
}

/// `DELETE /api/v1/reminders/{id}`.
pub(super) fn delete(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    let user_id = user.id;
    cx.store.write(move |tx| ops::reminders::delete(tx, user_id, ReminderId(id)))?;
    Ok(Response::no_content())
}

/// A date is part of the schedule here.
fn in_our_words(error: Error) -> Error {
    error.renamed(&[("on", "schedule.on")])
}

/// One of the three says until when.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
struct SnoozeBody {
    /// So many minutes from now.
    #[cfg_attr(test, schemars(range(min = 1, max = 527040)))]
    minutes: Option<u64>,
    /// Until this instant.
    until: Option<String>,
    /// Until a day and time in words, such as `tomorrow 9:00`.
    #[cfg_attr(test, schemars(length(max = 100)))]
    when: Option<String>,
}

impl SnoozeBody {
    /// The one of its fields that says when, and what it says.
    fn at(self, now: Timestamp, zone: &Zone) -> Result<(&'static str, Timestamp)> {
        match (self.minutes, self.until, self.when) {
            (Some(minutes), None, None) => {
                Ok(("minutes", now + Duration::from_secs(minutes.saturating_mul(60))))
            }
            (None, Some(until), None) => {
                Ok(("until", until.parse().map_err(|error: Error| error.under("until"))?))
            }
            (None, None, Some(words)) => {
                Ok(("when", spoken_time::parse(&words, now, zone)?.instant(zone)))
            }
            _ => Err(Error::invalid("minutes", "expected one of minutes, until and when")),
        }
    }
}

/// `POST /api/v1/reminders/{id}/snooze` has it come once more then.
pub(super) fn snooze(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    let (field, at) = req.json::<SnoozeBody>()?.at(cx.store.now(), &user.zone)?;
    set_snooze(cx, user, id, Some(at)).map_err(|error| error.under(field))
}

/// `DELETE /api/v1/reminders/{id}/snooze` takes that back.
pub(super) fn unsnooze(cx: &mut Context, user: &User, id: i64) -> Result<Response> {
    set_snooze(cx, user, id, None)
}

fn set_snooze(cx: &Context, user: &User, id: i64, at: Option<Timestamp>) -> Result<Response> {
    let (user_id, id) = (user.id, ReminderId(id));
    let reminder = cx.store.write(move |tx| ops::reminders::snooze(tx, user_id, id, at))?;
    Response::json(200, &ReminderReply::from(&reminder))
}

/// A day and time that was said in words, read back.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct WhenReply {
    /// As a reminder takes it.
    schedule: ScheduleBody,
    /// The time zone it is meant in.
    zone: String,
    /// The instant it is.
    at: String,
}

/// `GET /api/v1/reminders/when?text=…`: what "tomorrow 9:00" means, before it is set.
pub(super) fn when(cx: &mut Context, req: &Request, user: &User) -> Result<Response> {
    check_query(req, &["text", "zone"])?;
    let zone = req.query("zone").map_or_else(|| Ok(user.zone.clone()), Zone::named)?;
    let text = req.query("text").ok_or_else(|| {
        Error::invalid("text", "missing, expected a day and time such as tomorrow 9:00")
    })?;
    let slot = spoken_time::parse(text, cx.store.now(), &zone).map_err(|e| e.under("text"))?;
    let reply = WhenReply {
        schedule: Schedule::Once { on: slot.on(), at: slot.at() }.into(),
        zone: zone.name().to_owned(),
        at: slot.instant(&zone).to_string(),
    };
    Response::json(200, &reply)
}

/// `GET /api/v1/reminders/{id}/upcoming`: its next firings.
pub(super) fn upcoming(cx: &mut Context, req: &Request, user: &User, id: i64) -> Result<Response> {
    check_query(req, &["count"])?;
    let text = req.query("count").unwrap_or("5");
    let count =
        digits(text).filter(|count| (1..=UPCOMING_MAX).contains(count)).ok_or_else(|| {
            Error::invalid(
                "count",
                format!("{text:?} found, expected a number from 1 to {UPCOMING_MAX}"),
            )
        })?;
    let reminder = cx.store.read(|tx| store::reminders::get(tx, user.id, ReminderId(id)))?;
    let Settings { schedule, zone, .. } = &reminder.settings;
    let first = reminder.next.map(|(slot, _)| slot);
    let slots = std::iter::successors(first, |slot| schedule.next_slot(*slot));
    let items = slots.take(count).map(|slot| slot.instant(zone).to_string()).collect();
    Response::json(200, &ListReply::<String>::whole(items))
}
