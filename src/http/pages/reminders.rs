//! Reminders: the list, one of them, setting and switching.

use std::time::Duration;

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::form::{Flaws, number, parameter};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::quick_times::QuickTime;
use crate::http::pages::reminder_form::{Choices, Fields};
use crate::http::pages::{id, quick_times, words};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{filters, say, say_with};
use crate::model::id::{BookmarkId, FolderId, ReminderId, TagId};
use crate::model::message::Message;
use crate::model::reminder::{Reminder, Settings, Target};
use crate::model::spoken_time;
use crate::model::text;
use crate::model::user::User;
use crate::ops;
use crate::store::{self, Tx};

/// How many of the next times are told.
const UPCOMING: usize = 3;

#[derive(Template)]
#[template(path = "reminders.html")]
struct ListPage {
    frame: Frame,
    reminders: Vec<Row>,
}

/// A reminder in words.
struct Row {
    id: ReminderId,
    name: String,
    about: String,
    schedule: String,
    upcoming: Vec<String>,
    snoozed: Option<String>,
    enabled: bool,
    last: Option<String>,
}

/// `GET /reminders`.
pub(super) fn list(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let reminders = cx.store.read(|tx| {
        let all = store::reminders::list(tx, user.id)?;
        all.iter().map(|reminder| row(tx, &user, reminder)).collect::<Result<Vec<_>>>()
    })?;
    let frame = Frame::inside(&user, req, Here::Reminders, say("Reminders"));
    page(200, &ListPage { frame, reminders })
}

fn row(tx: &Tx, user: &User, reminder: &Reminder) -> Result<Row> {
    let settings = &reminder.settings;
    let mut schedule = words::schedule(&settings.schedule, &settings.zone, tx.now());
    if settings.zone != user.zone {
        schedule = format!("{schedule} ({})", settings.zone.name());
    }
    Ok(Row {
        id: reminder.id,
        name: ops::reminders::title(tx, reminder, user.language)?,
        about: about(tx, user, settings)?,
        schedule,
        upcoming: words::upcoming(settings, tx.now(), &user.zone, UPCOMING),
        snoozed: reminder.snoozed_until.map(|at| words::when(at, tx.now(), &user.zone)),
        enabled: settings.enabled,
        last: reminder.last_fired_at.map(|at| words::when(at, tx.now(), &user.zone)),
    })
}

fn about(tx: &Tx, user: &User, settings: &Settings) -> Result<String> {
    Ok(match settings.target {
        Target::All => say("Everything unread"),
        Target::Folder(id) => say_with(
            "What is unread in {folder}",
            &[("folder", &store::folders::get(tx, user.id, id)?.title)],
        ),
        Target::Tag(id) => say_with(
            "What is unread with #{tag}",
            &[("tag", &store::tags::get(tx, user.id, id)?.name)],
        ),
        Target::Bookmark(id) => {
            text::shortened(store::bookmarks::get(tx, user.id, id)?.title(), 80)
        }
    })
}

#[derive(Template)]
#[template(path = "reminder.html")]
struct ReminderPage {
    frame: Frame,
    /// The reminder, once there is one.
    id: Option<ReminderId>,
    fields: Fields,
    choices: Choices,
    upcoming: Vec<String>,
    said: Option<String>,
    /// When it comes once more.
    snoozed: Option<String>,
    /// What is one tap away, for one that is not set yet.
    quick: Vec<QuickTime>,
    /// What it would say now.
    preview: Option<Message>,
    flaws: Flaws,
}

/// `GET /reminders/new`, about `?folder=`, `?tag=` or `?bookmark=` if that is asked for.
pub(super) fn new(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let target = if let Some(folder) = parameter(req, "folder") {
        let id = FolderId(id(folder)?);
        cx.store.read(|tx| store::folders::get(tx, user.id, id))?;
        format!("folder:{id}")
    } else if let Some(tag) = parameter(req, "tag") {
        let id = TagId(id(tag)?);
        cx.store.read(|tx| store::tags::get(tx, user.id, id))?;
        format!("tag:{id}")
    } else if let Some(bookmark) = parameter(req, "bookmark") {
        let id = BookmarkId(id(bookmark)?);
        cx.store.read(|tx| store::bookmarks::get(tx, user.id, id))?;
        format!("bookmark:{id}")
    } else {
        "all".to_owned()
    };
    let fields = Fields::new(target, &user.zone);
    form_page(cx, req, &user, Draft::of(None, fields))
}

/// `POST /reminders` sets one.
pub(super) fn create(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    save(cx, req, &user, None)
}

/// `GET /reminders/{id}`.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = ReminderId(id(segment)?);
    let reminder = cx.store.read(|tx| store::reminders::get(tx, user.id, id))?;
    form_page(cx, req, &user, Draft::of(Some(id), Fields::stored(&reminder.settings)))
}

/// `POST /reminders/{id}` changes one.
pub(super) fn change(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = ReminderId(id(segment)?);
    cx.store.read(|tx| store::reminders::get(tx, user.id, id))?;
    save(cx, req, &user, Some(id))
}

/// Stores what was typed, or shows the form again: with what is wrong, or with the exact time
/// that the words mean, to be saved if that is right.
fn save(cx: &Context, req: &Request, user: &User, id: Option<ReminderId>) -> Result<Response> {
    let mut draft = Draft::of(id, Fields::typed(&req.form()?, &user.zone));
    match draft.fields.take_words(cx.store.now()) {
        Ok(None) => {}
        Ok(said) => return form_page(cx, req, user, Draft { said, ..draft }),
        Err(flaws) => return form_page(cx, req, user, Draft { flaws, ..draft }),
    }
    let settings = match draft.fields.parse() {
        Ok(settings) => settings,
        Err(flaws) => return form_page(cx, req, user, Draft { flaws, ..draft }),
    };
    let (user_id, limit) = (user.id, cx.shared.reminders_max);
    let saved = cx.store.write(move |tx| match id {
        None => ops::reminders::set(tx, user_id, &settings, limit),
        Some(id) => ops::reminders::change(tx, user_id, id, &settings),
    });
    match saved {
        Ok(_) if id.is_none() => Ok(Response::see_other("/reminders?done=set")),
        Ok(_) => Ok(Response::see_other("/reminders?done=changed")),
        Err(Error::Invalid { field, reason }) if field == "reminders" => {
            let flaws = Flaws::of(Error::Conflict(reason))?;
            form_page(cx, req, user, Draft { flaws, ..draft })
        }
        Err(error) => form_page(cx, req, user, Draft { flaws: Flaws::of(error)?, ..draft }),
    }
}

/// A form as it is to be shown.
struct Draft {
    /// The reminder, once there is one.
    id: Option<ReminderId>,
    fields: Fields,
    /// What words of theirs were taken to mean.
    said: Option<String>,
    flaws: Flaws,
}

impl Draft {
    fn of(id: Option<ReminderId>, fields: Fields) -> Self {
        Self { id, fields, said: None, flaws: Flaws::default() }
    }
}

fn form_page(cx: &Context, req: &Request, user: &User, draft: Draft) -> Result<Response> {
    let Draft { id, fields, said, flaws } = draft;
    let settings = fields.parse().ok().filter(|_| flaws.is_empty() && said.is_none());
    let (choices, snoozed, preview, now) = cx.store.read(|tx| {
        let stored = id.map(|id| store::reminders::get(tx, user.id, id)).transpose()?;
        let snoozed = stored.and_then(|reminder| reminder.snoozed_until);
        let snoozed = snoozed.map(|at| words::when(at, tx.now(), &user.zone));
        let preview = |settings| ops::compose::preview(tx, user.id, settings, user.language);
        let preview = settings.as_ref().map(preview).transpose()?;
        Ok((Choices::of(tx, user.id, &fields)?, snoozed, preview, tx.now()))
    })?;
    let upcoming = settings.map(|settings| words::upcoming(&settings, now, &user.zone, UPCOMING));
    let quick = if id.is_none() { quick_times::offered(now, &user.zone) } else { Vec::new() };
    let title = say(if id.is_some() { "Edit reminder" } else { "Set a reminder" });
    let status = flaws.status();
    let frame = Frame::inside(user, req, Here::Reminders, title);
    let upcoming = upcoming.unwrap_or_default();
    let shown =
        ReminderPage { frame, id, fields, choices, upcoming, said, snoozed, quick, preview, flaws };
    page(status, &shown)
}

/// `POST /reminders/{id}/on` and `/off`.
pub(super) fn switch(
    cx: &Context,
    req: &Request,
    segment: &str,
    enabled: bool,
) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let (id, user_id) = (ReminderId(id(segment)?), user.id);
    let switched = cx.store.write(move |tx| {
        let reminder = store::reminders::get(tx, user_id, id)?;
        let settings = Settings { enabled, ..reminder.settings };
        ops::reminders::change(tx, user_id, id, &settings)
    });
    match switched {
        Ok(_) => Ok(Response::see_other(if enabled {
            "/reminders?done=on"
        } else {
            "/reminders?done=off"
        })),
        // It was for a time that has passed: here is where another can be chosen.
        Err(error @ Error::Invalid { .. }) => {
            let reminder = cx.store.read(|tx| store::reminders::get(tx, user_id, id))?;
            let fields = Fields { enabled, ..Fields::stored(&reminder.settings) };
            let flaws = Flaws::of(error)?;
            form_page(cx, req, &user, Draft { flaws, ..Draft::of(Some(id), fields) })
        }
        Err(other) => Err(other),
    }
}

/// `POST /reminders/{id}/snooze` has it come once more, so many `minutes` from now or `when`.
pub(super) fn snooze(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let (id, form, now) = (ReminderId(id(segment)?), req.form()?, cx.store.now());
    let at = if form.has("minutes") {
        let minutes = u64::try_from(number("minutes", form.text("minutes"))?).unwrap_or(0);
        now + Duration::from_secs(minutes.saturating_mul(60))
    } else {
        spoken_time::parse(form.text("when"), now, &user.zone)?.instant(&user.zone)
    };
    cx.store.write(move |tx| ops::reminders::snooze(tx, user.id, id, Some(at)))?;
    Ok(Response::see_other(format!("/reminders/{id}?done=snoozed")))
}

/// `POST /reminders/{id}/unsnooze` takes that back.
pub(super) fn unsnooze(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = ReminderId(id(segment)?);
    cx.store.write(move |tx| ops::reminders::snooze(tx, user.id, id, None))?;
    Ok(Response::see_other(format!("/reminders/{id}?done=changed")))
}

/// `POST /reminders/{id}/delete`.
pub(super) fn delete(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = ReminderId(id(segment)?);
    cx.store.write(move |tx| ops::reminders::delete(tx, user.id, id))?;
    Ok(Response::see_other("/reminders?done=deleted"))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn a_reminder_is_set_shown_in_words_switched_and_deleted() {
        let mut world = World::new();
        let fields =
            [("name", "저녁"), ("kind", "weekly"), ("days", "1"), ("days", "3"), ("at", "21:30")];
        let answer = world.post("/reminders", &fields);
        assert_eq!(answer.header("location"), Some("/reminders?done=set"));
        let page = text(world.get("/reminders"));
        assert!(page.contains("저녁") && page.contains("Mon, Wed 21:30"), "{page}");
        assert!(page.contains("tomorrow 21:30") && page.contains("Mon 16 Mar 21:30"), "{page}");
        let page = text(world.get("/reminders/1"));
        assert!(page.contains("value=\"3\" checked") && !page.contains("value=\"2\" checked"));
        world.post("/reminders/1/off", &[]);
        assert!(text(world.get("/reminders")).contains("Switch on"));
        world.post("/reminders/1/on", &[]);
        assert!(text(world.get("/reminders")).contains("Switch off"));
        assert_eq!(world.post("/reminders/1/delete", &[]).status, 303);
        assert_eq!(world.get("/reminders/1").status, 404);
    }

    #[test]
    fn a_bad_time_shows_the_form_again_with_the_reason_and_what_was_typed() {
        let mut world = World::new();
        let fields =
            [("name", "Evening <read>"), ("kind", "weekly"), ("days", "2"), ("at", "25:61")];
        let answer = world.post("/reminders", &fields);
        assert_eq!(answer.status, 422);
        let page = text(answer);
        assert!(page.contains("value=\"Evening &#60;read&#62;\""));
        assert!(page.contains("value=\"25:61\"") && page.contains("aria-describedby=\"at-flaw\""));
        assert!(page.contains("is not a time of day") && page.contains("value=\"2\" checked"));
        assert!(!page.contains("value=\"1\" checked"));
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let mut world = World::new();
        let fields = [("kind", "weekly"), ("at", ""), ("count", "0"), ("zone", "Asia/Soul")];
        let page = text(world.post("/reminders", &fields));
        for field in ["days", "at", "count", "zone"] {
            assert!(page.contains(&format!("id=\"{field}-flaw\"")), "{field}");
        }
    }

    #[test]
    fn one_tap_sets_one_for_the_time_that_the_button_shows() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://a.example/"), ("title", "Rye <bread>")]);
        let page = text(world.get("/reminders/new?bookmark=1"));
        assert!(page.contains("<strong>Tonight</strong> <span>today 21:00</span>"), "{page}");
        assert!(page.contains("<strong>Rye &#60;bread&#62;: 1 link waiting</strong>"), "{page}");
        assert!(page.contains("<p>• Rye &#60;bread&#62;</p>"), "{page}");
        let answer =
            world.post("/reminders", &[("target", "bookmark:1"), ("quick", "2026-03-08T21:00")]);
        assert_eq!(answer.header("location"), Some("/reminders?done=set"));
        let page = text(world.get("/reminders"));
        assert!(
            page.contains("Once, today 21:00") && page.contains("Rye &#60;bread&#62;"),
            "{page}"
        );
        let page = text(world.get("/reminders/1"));
        assert!(!page.contains("name=\"quick\"") && page.contains("id=\"preview\""), "{page}");
        for wrong in ["2026-03-08T", "2026-13-08T21:00", "Tx", "2026-03-08T17:00"] {
            assert_eq!(world.post("/reminders", &[("quick", wrong)]).status, 422, "{wrong}");
        }
        world.post("/bookmarks/1/read", &[]);
        assert!(text(world.get("/reminders/1")).contains("it would not come"));
    }

    #[test]
    fn one_that_is_over_asks_for_another_day_when_switched_on() {
        let mut world = World::new();
        let fields = [("kind", "once"), ("on", "2026-03-08"), ("at", "18:01")];
        assert_eq!(world.post("/reminders", &fields).status, 303);
        world.clock.advance(std::time::Duration::from_secs(120));
        world.post("/reminders/1/off", &[]);
        let answer = world.post("/reminders/1/on", &[]);
        assert_eq!(answer.status, 422);
        assert!(text(answer).contains("That day and time have passed"));
    }

    #[test]
    fn words_are_read_back_as_an_exact_time_before_anything_is_saved() {
        let mut world = World::new();
        let fields = [("kind", "weekly"), ("at", "21:30"), ("words", "내일 오전 9시")];
        let answer = world.post("/reminders", &fields);
        assert_eq!(answer.status, 200);
        let page = text(answer);
        assert!(page.contains("“내일 오전 9시” is Mon 9 Mar 2026 09:00, Asia/Seoul."), "{page}");
        assert!(page.contains("value=\"once\" checked") && page.contains("value=\"2026-03-09\""));
        assert!(page.contains("value=\"09:00\"") && page.contains("<button class=\"main\">"));
        assert!(text(world.get("/reminders")).contains("No reminders yet"));
        // Saving what was read back sends the exact time and no words.
        let fields = [("kind", "once"), ("on", "2026-03-09"), ("at", "09:00"), ("words", " ")];
        assert_eq!(world.post("/reminders", &fields).status, 303);
        assert!(text(world.get("/reminders")).contains("Once, tomorrow 09:00"));
        let answer = world.post("/reminders/1", &[("words", "whenever <it> suits")]);
        assert_eq!(answer.status, 422);
        let page = text(answer);
        assert!(page.contains("id=\"words-flaw\"") && page.contains("whenever &#60;it&#62; suits"));
    }

    #[test]
    fn a_new_one_is_about_what_was_asked_for() {
        let mut world = World::new();
        world.post("/folders", &[("title", "Recipes")]);
        world.post("/bookmarks", &[("url", "https://example.com/bread")]);
        let page = text(world.get("/reminders/new?folder=1"));
        assert!(page.contains("value=\"folder:1\" selected"));
        let page = text(world.get("/reminders/new?bookmark=1"));
        assert!(page.contains("value=\"bookmark:1\" selected"));
        assert_eq!(world.get("/reminders/new?folder=2").status, 404);
    }
}
