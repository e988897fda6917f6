//! Pages for people: rendered here, complete without a script, changed only by forms that
//! answer with a redirect. None decides anything that the API would decide otherwise.

mod about;
mod acts;
mod admin;
mod ashes;
mod bookmarks;
mod cards;
mod dead_links;
mod deliveries;
mod destination_guides;
mod destinations;
mod duplicates;
mod feeds;
mod folders;
mod form;
mod found;
mod frame;
mod home;
mod imports;
mod listing;
mod many;
mod markdown;
mod offline;
mod people;
mod quick_times;
mod quiet_form;
mod reference;
mod reminder_form;
mod reminders;
mod rules;
mod searches;
mod sessions;
mod settings;
mod sign_in;
mod tags;
#[cfg(test)]
pub(super) mod testing;
mod tidy;
mod tokens;
mod undo;
mod words;

use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::{Method, Request};
use crate::http::response::{Problem, Response};
use crate::http::route::{only, verb};
use crate::http::speech::{filters, say};
use crate::http::{assets, auth};
use frame::{Frame, Here};

/// What a page may do in a browser: nothing but load our own files and send our own forms.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// Every URL that people open.
pub(super) fn route(cx: &mut Context, req: &Request, path: &[&str]) -> Result<Response> {
    dispatch(cx, req, path).map(secured)
}

fn dispatch(cx: &mut Context, req: &Request, path: &[&str]) -> Result<Response> {
    use Method::{Get, Post};
    match (verb(req), path) {
        (Get, ["static", name]) => assets::serve(name),
        (Get, [name @ ("favicon.ico" | "manifest.webmanifest")]) => assets::serve(name),
        (Get, ["sw.js"]) => assets::service_worker(),
        (Get, ["apple-touch-icon.png"]) => assets::serve("icon-180.png"),

        (Get, ["offline"]) => offline::show(cx, req),
        (Get, ["about", "reader"]) => about::reader(cx),
        (Get, ["api", "docs"]) => reference::show(cx, req),
        (Get, ["setup", key]) => sign_in::set_up_form(cx, key),
        (Post, ["setup", key]) => sign_in::set_up(cx, req, key),
        (Get, ["login"]) => sign_in::form(cx, req),
        (Post, ["login"]) => sign_in::sign_in(cx, req),
        (Post, ["logout"]) => sign_in::sign_out(cx, req),

        (Get, []) => home::show(cx, req),
        (Get, ["more"]) => home::more(cx, req),

        (Get, ["bookmarks"]) => listing::list(cx, req),
        (Post, ["bookmarks"]) => bookmarks::save(cx, req),
        (Get, ["bookmarks", "new"]) => bookmarks::new(cx, req),
        (Post, ["bookmarks", "many"]) => many::apply(cx, req),
        (Post, ["bookmarks", "refresh"]) => listing::refresh_all(cx, req),
        (Post, ["undo", id]) => undo::take_back(cx, req, id),
        (Get, ["bookmarks", id]) => bookmarks::show(cx, req, id),
        (Post, ["bookmarks", id]) => bookmarks::change(cx, req, id),
        (Get, ["bookmarks", id, "card"]) => cards::show(cx, req, id),
        (Get, ["bookmarks", id, "picture"]) => cards::picture(cx, req, id),
        (Get, ["bookmarks", id, "icon"]) => cards::icon(cx, req, id),
        (
            Post,
            [
                "bookmarks",
                id,
                mark @ ("read" | "unread" | "archive" | "unarchive" | "favourite" | "unfavourite"),
            ],
        ) => bookmarks::mark(cx, req, id, mark),
        (Post, ["bookmarks", id, "restore"]) => bookmarks::restore(cx, req, id),
        (Post, ["bookmarks", id, "refresh"]) => bookmarks::refresh(cx, req, id),
        (Post, ["bookmarks", id, "delete"]) => bookmarks::delete(cx, req, id),

        (Get, ["ashes"]) => ashes::show(cx, req),
        (Post, ["ashes", "restore"]) => ashes::restore(cx, req),
        (Post, ["ashes", "keep"]) => ashes::keep(cx, req),

        (Get, ["import"]) => imports::list(cx, req),
        (Post, ["import"]) => imports::begin(cx, req),
        (Get, ["imports", id]) => imports::show(cx, req, id),
        (Post, ["imports", id, "cancel"]) => imports::cancel(cx, req, id),
        (Get, ["export", format]) => imports::export(cx, req, format),

        (Get, ["folders"]) => folders::list(cx, req),
        (Post, ["folders"]) => folders::create(cx, req),
        (Get, ["folders", id]) => folders::show(cx, req, id),
        (Post, ["folders", id]) => folders::change(cx, req, id),
        (Post, ["folders", id, "up"]) => folders::step(cx, req, id, false),
        (Post, ["folders", id, "down"]) => folders::step(cx, req, id, true),
        (Post, ["folders", id, "delete"]) => folders::delete(cx, req, id),

        (Get, ["tags"]) => tags::list(cx, req),
        (Get, ["tags", id]) => tags::show(cx, req, id),
        (Get, ["tags", id, "unread"]) => tags::unread(cx, req, id),
        (Post, ["tags", id]) => tags::rename(cx, req, id),
        (Post, ["tags", id, "merge"]) => tags::merge(cx, req, id),
        (Post, ["tags", id, "delete"]) => tags::delete(cx, req, id),

        (Get, ["tidy"]) => tidy::show(cx, req),
        (Get, ["dead-links"]) => dead_links::show(cx, req),
        (Post, ["dead-links"]) => dead_links::switch(cx, req),
        (Post, ["dead-links", id, "address"]) => dead_links::lead(cx, req, id),
        (Post, ["dead-links", id, act @ ("check" | "ignore" | "archive")]) => {
            dead_links::act(cx, req, id, act)
        }
        (Get, ["duplicates"]) => duplicates::show(cx, req),
        (Post, ["duplicates", "merge"]) => duplicates::merge(cx, req),
        (Get, ["rules"]) => rules::list(cx, req),
        (Post, ["rules"]) => rules::create(cx, req),
        (Get, ["rules", "new"]) => rules::new(cx, req),
        (Get, ["rules", id]) => rules::show(cx, req, id),
        (Post, ["rules", id]) => rules::change(cx, req, id),
        (Post, ["rules", id, "try"]) => rules::try_out(cx, req, id),
        (Post, ["rules", id, "apply"]) => rules::apply(cx, req, id),
        (Post, ["rules", id, "up"]) => rules::step(cx, req, id, false),
        (Post, ["rules", id, "down"]) => rules::step(cx, req, id, true),
        (Post, ["rules", id, "delete"]) => rules::delete(cx, req, id),

        (Post, ["searches"]) => searches::create(cx, req),
        (Get, ["searches", id]) => searches::show(cx, req, id),
        (Post, ["searches", id]) => searches::change(cx, req, id),
        (Post, ["searches", id, "up"]) => searches::step(cx, req, id, false),
        (Post, ["searches", id, "down"]) => searches::step(cx, req, id, true),
        (Post, ["searches", id, "delete"]) => searches::delete(cx, req, id),

        (Get, ["reminders"]) => reminders::list(cx, req),
        (Post, ["reminders"]) => reminders::create(cx, req),
        (Get, ["reminders", "new"]) => reminders::new(cx, req),
        (Get, ["reminders", id]) => reminders::show(cx, req, id),
        (Post, ["reminders", id]) => reminders::change(cx, req, id),
        (Post, ["reminders", id, "on"]) => reminders::switch(cx, req, id, true),
        (Post, ["reminders", id, "off"]) => reminders::switch(cx, req, id, false),
        (Post, ["reminders", id, "snooze"]) => reminders::snooze(cx, req, id),
        (Post, ["reminders", id, "unsnooze"]) => reminders::unsnooze(cx, req, id),
        (Post, ["reminders", id, "delete"]) => reminders::delete(cx, req, id),

        (Get, ["destinations"]) => destinations::list(cx, req),
        (Post, ["destinations"]) => destinations::create(cx, req),
        (Get, ["destinations", "new"]) => destinations::new(cx, req),
        (Get, ["destinations", id]) => destinations::show(cx, req, id),
        (Post, ["destinations", id]) => destinations::change(cx, req, id),
        (Post, ["destinations", id, "test"]) => destinations::test(cx, req, id),
        (Post, ["destinations", id, "rotate"]) => destinations::rotate(cx, req, id),
        (Post, ["destinations", id, "resume"]) => destinations::resume(cx, req, id),
        (Post, ["destinations", id, "delete"]) => destinations::delete(cx, req, id),

        (Get, ["deliveries"]) => deliveries::list(cx, req),
        (Post, ["deliveries", "redeliver"]) => deliveries::redeliver_all(cx, req),
        (Post, ["deliveries", "cancel"]) => deliveries::cancel_all(cx, req),
        (Get, ["deliveries", id]) => deliveries::show(cx, req, id),
        (Post, ["deliveries", id, "redeliver"]) => deliveries::redeliver(cx, req, id),
        (Post, ["deliveries", id, "cancel"]) => deliveries::cancel(cx, req, id),

        (Get, ["due", id]) => acts::due(cx, req, id),
        (Post, ["due", id, act]) => acts::act(cx, req, id, act),
        (Get, ["act", ticket]) => acts::ask(cx, ticket),
        (Post, ["act", ticket]) => acts::redeem(cx, ticket),
        (Get, ["pictures", sealed]) => cards::shared_picture(cx, sealed),

        (Get, ["settings"]) => settings::show(cx, req),
        (Post, ["settings"]) => settings::change(cx, req),
        (Post, ["settings", "pushes"]) => settings::set_push_on(cx, req),
        (Post, ["settings", "quiet"]) => settings::set_quiet_hours(cx, req),
        (Post, ["settings", "burning"]) => settings::set_burning(cx, req),
        (Post, ["settings", "feeds"]) => feeds::renew(cx, req),
        (Post, ["settings", "feeds", "off"]) => feeds::switch_off(cx, req),
        (Post, ["settings", "password"]) => settings::set_password(cx, req),
        (Post, ["settings", "tokens"]) => tokens::add(cx, req),
        (Post, ["settings", "tokens", id, "revoke"]) => tokens::revoke(cx, req, id),
        (Post, ["settings", "sessions", "end"]) => sessions::end_others(cx, req),
        (Post, ["settings", "sessions", id, "end"]) => sessions::end(cx, req, id),

        (Get, ["admin"]) => admin::show(cx, req),
        (Post, ["admin", "backups"]) => admin::back_up(cx, req),
        (Post, ["admin", "users"]) => people::add(cx, req),
        (Get, ["admin", "users", id]) => people::show(cx, req, id),
        (Post, ["admin", "users", id]) => people::change(cx, req, id),
        (Post, ["admin", "users", id, "password"]) => people::set_password(cx, req, id),
        (Post, ["admin", "users", id, "delete"]) => people::delete(cx, req, id),

        (_, path) => match methods(path) {
            Some(allow) => only(allow),
            None => Err(Error::NotFound("page")),
        },
    }
}

/// The methods of an address that exists.
fn methods(path: &[&str]) -> Option<&'static str> {
    Some(match path {
        ["static", _]
        | []
        | ["more" | "offline" | "admin" | "favicon.ico" | "manifest.webmanifest" | "sw.js"] => {
            "GET"
        }
        ["about", "reader"]
        | ["api", "docs"]
        | ["apple-touch-icon.png"]
        | ["due" | "pictures", _]
        | ["tags", _, "unread"]
        | ["bookmarks", _, "card" | "picture" | "icon"] => "GET",
        ["tidy" | "duplicates"] | ["rules", "new"] => "GET",
        ["searches"] | ["duplicates", "merge"] => "POST",
        ["rules" | "dead-links"] | ["rules" | "searches", _] => "GET, POST",
        ["dead-links", _, "check" | "ignore" | "archive" | "address"] => "POST",
        ["rules", _, "try" | "apply" | "up" | "down" | "delete"]
        | ["searches", _, "up" | "down" | "delete"] => "POST",
        ["bookmarks" | "reminders" | "destinations", "new"] | ["deliveries" | "ashes" | "tags"] => {
            "GET"
        }
        ["bookmarks", "refresh"]
        | ["deliveries", "redeliver" | "cancel"]
        | ["ashes", "restore" | "keep"] => "POST",
        ["deliveries" | "imports" | "export", _] => "GET",
        ["imports", _, "cancel"] => "POST",
        ["setup" | "act", _]
        | ["login" | "import" | "bookmarks" | "folders" | "reminders" | "destinations"] => {
            "GET, POST"
        }
        ["bookmarks" | "folders" | "reminders" | "destinations", _]
        | ["admin", "users", _]
        | ["settings"] => "GET, POST",
        [
            "bookmarks",
            _,
            "read" | "unread" | "archive" | "unarchive" | "favourite" | "unfavourite",
        ]
        | ["bookmarks", _, "restore" | "refresh" | "delete"]
        | ["folders", _, "up" | "down" | "delete"]
        | ["tags", _, "merge" | "delete"]
        | ["reminders", _, "on" | "off" | "snooze" | "unsnooze" | "delete"]
        | ["destinations", _, "test" | "rotate" | "resume" | "delete"]
        | ["deliveries", _, "redeliver" | "cancel"]
        | ["due", _, "snooze" | "tomorrow" | "done"]
        | ["settings", "pushes" | "quiet" | "burning" | "password" | "tokens" | "feeds"]
        | ["settings", "feeds", "off"]
        | ["settings", "tokens", _, "revoke"]
        | ["settings", "sessions", "end"]
        | ["undo", _]
        | ["settings", "sessions", _, "end"]
        | ["admin", "users" | "backups"]
        | ["admin", "users", _, "password" | "delete"]
        | ["logout"] => "POST",
        _ => return None,
    })
}

/// A page that says what went wrong; for somebody who is not signed in, the way to sign in.
pub(super) fn problem(cx: &Context, req: &Request, problem: Problem) -> Response {
    if problem.status == 401 {
        return secured(sign_in::redirect(req));
    }
    let user = auth::by_session(cx, req).ok().flatten();
    let frame = match user {
        Some(caller) => {
            let frame = Frame::inside(&caller.user, req, Here::Nowhere, say(problem.title));
            Frame { notice: None, ..frame }
        }
        None => Frame::outside(say(problem.title)),
    };
    let page = ProblemPage { frame, detail: words::sentence(&problem.detail) };
    let mut response = frame::page(problem.status, &page)
        // Even when rendering is what failed, people get words.
        .unwrap_or_else(|_| Response::html(problem.status, "Something went wrong.".to_owned()));
    response.headers.extend(problem.header);
    secured(response)
}

#[derive(askama::Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    detail: String,
}

/// The one place where an answer gets its security headers.
fn secured(response: Response) -> Response {
    let mut response =
        response.with("x-content-type-options", "nosniff").with("referrer-policy", "same-origin");
    for (name, usual) in [("cache-control", "no-store"), ("content-security-policy", POLICY)] {
        if response.header(name).is_none() {
            response = response.with(name, usual);
        }
    }
    response
}

/// The number in an address; anything else is an address that does not exist.
fn id(segment: &str) -> Result<i64> {
    let plain = segment.bytes().all(|b| b.is_ascii_digit());
    segment.parse().ok().filter(|_| plain).ok_or(Error::NotFound("page"))
}

#[cfg(test)]
mod tests {
    use super::testing::World;
    use crate::http::request::{Method, Request};

    #[test]
    fn every_answer_carries_the_security_headers() {
        let mut world = World::new();
        for target in
            ["/", "/nowhere", "/static/style.css", "/sw.js", "/login", "/bookmarks/1/picture"]
        {
            let answer = world.get(target);
            let policy = answer.header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{target}");
            assert!(answer.header("cache-control").is_some(), "{target}");
        }
        assert_eq!(world.get("/").header("cache-control"), Some("no-store"));
    }

    #[test]
    fn an_unknown_address_and_a_wrong_method_are_told_apart() {
        let mut world = World::new();
        assert_eq!(world.get("/nowhere").status, 404);
        assert_eq!(world.get("/bookmarks/x").status, 404);
        let wrong = world.get("/logout");
        assert_eq!((wrong.status, wrong.header("allow")), (405, Some("POST")));
        let wrong = world.post("/deliveries/1", &[]);
        assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET")));
    }

    #[test]
    fn an_error_is_told_in_the_language_of_who_asks_whoever_was_there_before() {
        let mut world = World::empty("key");
        let mut told = |target: &str, accepted: &str| {
            let mut req = Request::new(Method::Get, target).unwrap();
            req.headers.push(("accept-language".into(), accepted.into()));
            super::testing::text(world.answer(req))
        };
        for target in ["/nowhere", "/feeds/x/due.rss"] {
            assert!(told(target, "ko").contains("찾을 수 없어요"), "{target}");
            assert!(told(target, "fr").contains("Not found"), "{target}");
        }
    }

    #[test]
    fn no_page_holds_inline_style_or_script() {
        let mut world = World::new();
        world.make_admin(1);
        world.post("/bookmarks", &[("url", "https://example.com/")]);
        world.post("/folders", &[("title", "Recipes")]);
        world.post("/searches", &[("name", "Baking"), ("query", "bread")]);
        let rule = [("field", "host"), ("match", "equals"), ("pattern", "a"), ("archive", "1")];
        world.post("/rules", &rule);
        for target in [
            "/",
            "/more",
            "/bookmarks",
            "/bookmarks/new",
            "/bookmarks/1",
            "/folders",
            "/folders/1",
            "/reminders",
            "/reminders/new",
            "/destinations",
            "/destinations/new",
            "/destinations/new?kind=ntfy",
            "/deliveries",
            "/ashes",
            "/settings",
            "/tidy",
            "/duplicates",
            "/dead-links",
            "/rules",
            "/rules/new",
            "/rules/1",
            "/searches/1",
            "/api/docs",
            "/admin",
            "/admin/users/1",
            "/nowhere",
        ] {
            let text = super::testing::text(world.get(target));
            // But for the button that people carry off to their bookmarks bar.
            let text = text.replacen("href=\"javascript:location.href=", "", 1);
            assert!(text.contains("<html lang=\"en\">"), "{target}");
            for bad in [" style=", "<style", "<script>", " onclick=", "javascript:"] {
                assert!(!text.contains(bad), "{target} holds {bad}");
            }
        }
    }
}
