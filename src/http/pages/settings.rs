//! A person's own settings: time zone, language, quiet hours, password.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::feeds::Addresses;
use crate::http::pages::form::{Choice, Flaws, burn_after, flag, zones};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::quiet_form::{self, Row};
use crate::http::pages::{feeds, sessions, tokens};
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::http::speech::{filters, say};
use crate::model::language::Language;
use crate::model::time::Zone;
use crate::model::user::{User, check_password};
use crate::{ops, secret, store};

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage<'a> {
    frame: Frame,
    name: &'a str,
    zones: Vec<Choice>,
    languages: Vec<Choice>,
    quiet_rows: Vec<Row>,
    burn_after: String,
    /// How many of their pages could not be read.
    unreadable: i64,
    push_on: bool,
    /// Where their feeds are, if they are on.
    feeds: Option<Addresses>,
    sessions: Vec<sessions::Row>,
    tokens: tokens::Section,
    flaws: Flaws,
}

/// `GET /settings`.
pub(super) fn show(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    show_page(cx, req, &user, &Form::default(), Flaws::default())
}

/// The settings, with what was typed into a form of theirs and does not fit.
pub(super) fn show_page(
    cx: &Context,
    req: &Request,
    user: &User,
    form: &Form,
    flaws: Flaws,
) -> Result<Response> {
    let feeds = feeds::addresses(cx, user)?;
    let this = auth::by_session(cx, req)?.and_then(|caller| caller.session_id);
    let (sessions, tokens, unreadable, burn_after, push_on) = cx.store.read(|tx| {
        let sessions = sessions::rows(tx, user, this)?;
        let tokens = tokens::Section::read(tx, user, form)?;
        let unreadable = store::bookmarks::count(tx, user.id)?.unreadable;
        let burn_after = store::users::burn_after(tx, user.id)?;
        let push_on = store::users::wishes(tx, user.id)?.push_on;
        Ok((sessions, tokens, unreadable, burn_after, push_on))
    })?;
    let spoken = form.has("language").then(|| form.text("language"));
    let spoken = spoken.unwrap_or(user.language.tag());
    let status = flaws.status();
    let shown = SettingsPage {
        frame: Frame::inside(user, req, Here::Settings, say("Settings")),
        name: &user.name,
        zones: zones(if form.has("zone") { form.text("zone") } else { user.zone.name() }),
        languages: Language::ALL
            .map(|language| Choice::new(language.tag(), language.name(), spoken))
            .into(),
        quiet_rows: if form.has("from1") {
            Row::typed(form)
        } else {
            Row::stored(&user.quiet_hours)
        },
        burn_after: if form.has("burn_after_days") {
            form.text("burn_after_days").to_owned()
        } else {
            burn_after.map(|days| days.to_string()).unwrap_or_default()
        },
        unreadable,
        push_on,
        feeds,
        sessions,
        tokens,
        flaws,
    };
    page(status, &shown)
}

/// `POST /settings` changes the time zone and the language, those that are sent.
pub(super) fn change(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let form = req.form()?;
    let sent = |name| form.has(name).then(|| form.text(name));
    let mut flaws = Flaws::default();
    let zone = sent("zone").and_then(|typed| flaws.take("zone", Zone::named(typed)));
    let language =
        sent("language").and_then(|typed| flaws.take("language", Language::parse(typed)));
    if !flaws.is_empty() {
        return show_page(cx, req, &user, &form, flaws);
    }
    cx.store.write(move |tx| {
        if let Some(zone) = &zone {
            ops::accounts::set_zone(tx, user.id, zone)?;
        }
        if let Some(language) = language {
            store::users::set_language(tx, user.id, language)?;
        }
        Ok(())
    })?;
    Ok(Response::see_other("/settings?done=changed"))
}

/// `POST /settings/pushes` switches them on or off.
pub(super) fn set_push_on(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let on = flag("on", req.form()?.text("on"))?;
    cx.store.write(move |tx| ops::accounts::set_push_on(tx, user.id, on))?;
    Ok(Response::see_other(if on { "/settings?done=pushes" } else { "/settings?done=nopushes" }))
}

/// `POST /settings/quiet` changes the quiet hours.
pub(super) fn set_quiet_hours(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let form = req.form()?;
    let hours = match quiet_form::parse(&Row::typed(&form)) {
        Ok(hours) => hours,
        Err(error) => return show_page(cx, req, &user, &form, Flaws::of(error)?),
    };
    cx.store.write(move |tx| ops::accounts::set_quiet_hours(tx, user.id, &hours))?;
    Ok(Response::see_other("/settings?done=changed"))
}

/// `POST /settings/burning` changes after how many days unread links turn to ash.
pub(super) fn set_burning(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let form = req.form()?;
    let days = match burn_after(form.text("burn_after_days")) {
        Ok(days) => days,
        Err(error) => return show_page(cx, req, &user, &form, Flaws::of(error)?),
    };
    cx.store.write(move |tx| ops::burning::set_default(tx, user.id, days))?;
    Ok(Response::see_other("/settings?done=changed"))
}

/// `POST /settings/password` changes the password, and signs out every other browser.
pub(super) fn set_password(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let form = req.form()?;
    let mut flaws = Flaws::default();
    // Guessing the old one is slowed down as guessing at the sign-in is.
    match auth::sign_in(cx, req, &user.name, form.raw("old")) {
        Ok(_) => {}
        Err(Error::Unauthorized(_)) => flaws.add("old", "this is not your password"),
        Err(other) => return Err(other),
    }
    flaws.take("new", check_password(form.raw("new")));
    if !flaws.is_empty() {
        return show_page(cx, req, &user, &form, flaws);
    }
    let hash = secret::password_hash(form.raw("new"))?;
    let user_id = user.id;
    cx.store.write(move |tx| ops::accounts::set_password(tx, user_id, &hash))?;
    auth::open_session(cx, req, user_id, Response::see_other("/settings?done=password"))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};
    use crate::model::id::BookmarkId;
    use crate::model::page::PageState;
    use crate::model::reason::Reason;
    use crate::store;

    #[test]
    fn the_old_password_is_asked_for_and_other_browsers_are_signed_out() {
        let mut world = World::new();
        let answer = world.post("/settings/password", &[("old", "wrong"), ("new", "short")]);
        assert_eq!(answer.status, 422);
        let page = text(answer);
        assert!(page.contains("id=\"old-flaw\"") && page.contains("id=\"new-flaw\""));
        let fields = [("old", "brown toast"), ("new", "browner toast")];
        let answer = world.post("/settings/password", &fields);
        assert_eq!(answer.header("location"), Some("/settings?done=password"));
        // The old session is over; the answer brought a new one.
        assert_eq!(world.get("/settings").status, 303);
        let cookie = answer.header("set-cookie").unwrap();
        world.cookie = cookie.split(';').next().unwrap().to_owned();
        assert_eq!(world.get("/settings").status, 200);
    }

    #[test]
    fn another_zone_changes_what_times_are_shown() {
        let mut world = World::new();
        assert_eq!(world.post("/settings", &[("zone", "Asia/Soul")]).status, 422);
        assert_eq!(world.post("/settings", &[("zone", "America/New_York")]).status, 303);
        assert!(text(world.get("/settings")).contains("value=\"America/New_York\" selected"));
    }

    #[test]
    fn quiet_hours_are_set_shown_and_removed_by_emptying_their_row() {
        let mut world = World::new();
        let night = [("days1", "1"), ("days1", "7"), ("from1", "22:00"), ("to1", "07:00")];
        assert_eq!(world.post("/settings/quiet", &night).status, 303);
        let page = text(world.get("/settings"));
        assert!(page.contains("name=\"from1\" type=\"time\" value=\"22:00\""), "{page}");
        assert!(page.contains("name=\"days1\" value=\"7\" checked"));
        assert!(!page.contains("name=\"days1\" value=\"2\" checked"));
        assert!(page.contains("name=\"from3\"") && !page.contains("name=\"from4\""));
        for bad in [[("from1", "22:00"), ("to1", "24:00")], [("from1", "22:00"), ("to1", "")]] {
            let answer = world.post("/settings/quiet", &[bad[0], bad[1], ("days1", "1")]);
            assert_eq!(answer.status, 422);
            assert!(text(answer).contains("Row 1: "));
        }
        world.post("/settings/quiet", &[("days1", "1"), ("from1", ""), ("to1", "")]);
        assert!(!text(world.get("/settings")).contains("value=\"22:00\""));
    }

    #[test]
    fn links_burn_after_as_many_days_as_were_typed_and_never_without_a_number() {
        let mut world = World::new();
        world.post("/folders", &[("title", "Recipes")]);
        for page in ["/settings", "/folders/1"] {
            let form = if page == "/settings" { "/settings/burning" } else { page };
            let set = |world: &mut World, days| world.post(form, &[("burn_after_days", days)]);
            let field =
                |days: &str| format!("name=\"burn_after_days\" type=\"number\" value=\"{days}\"");
            assert!(text(world.get(page)).contains(&field("")), "off by default");
            for days in ["7", "3650", ""] {
                assert_eq!(set(&mut world, days).status, 303);
                assert!(text(world.get(page)).contains(&field(days)), "{page} {days}");
            }
            for bad in ["-1", "3651", "1.5", "soon"] {
                let answer = set(&mut world, bad);
                assert_eq!(answer.status, 422);
                let page = text(answer);
                assert!(page.contains("id=\"burn_after_days-flaw\"") && page.contains(&field(bad)));
            }
        }
    }

    #[test]
    fn pushes_are_switched_off_and_on() {
        let mut world = World::new();
        let page = text(world.get("/settings"));
        assert!(page.contains("Turn pushes off") && !page.contains("Turn pushes on"), "{page}");
        let answer = world.post("/settings/pushes", &[("on", "false")]);
        assert_eq!(answer.header("location"), Some("/settings?done=nopushes"));
        let id = crate::model::id::UserId(1);
        assert!(!world.cx().store.read(|tx| store::users::push_on(tx, id)).unwrap());
        assert!(text(world.get("/settings")).contains("Turn pushes on"));
        world.post("/settings/pushes", &[("on", "true")]);
        assert!(world.cx().store.read(|tx| store::users::push_on(tx, id)).unwrap());
        assert_eq!(world.post("/settings/pushes", &[("on", "maybe")]).status, 422);
    }

    #[test]
    fn another_language_is_what_reasons_are_told_in() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://bread.example/")]);
        let refuse = |tx: &store::WriteTx| {
            store::pages::set_state(tx, BookmarkId(1), PageState::Refused, Some(Reason::Robots))
        };
        world.cx().store.write(refuse).unwrap();
        let answer = world.post("/settings", &[("language", "de")]);
        assert_eq!(answer.status, 422);
        assert!(text(answer).contains("id=\"language-flaw\""));
        assert_eq!(world.post("/settings", &[("language", "ko")]).status, 303);
        assert!(text(world.get("/settings")).contains("value=\"ko\" selected>한국어"));
        assert!(text(world.get("/bookmarks")).contains("사이트의 robots.txt가"));
    }
}
