//! Coming in and going out: the first account, signing in, signing out.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::form::{Choice, Flaws, zones};
use crate::http::pages::frame::{Frame, local, page};
use crate::http::request::{Form, Method, Request};
use crate::http::response::Response;
use crate::http::route::verb;
use crate::http::speech::{self, filters, say};
use crate::model::time::Zone;
use crate::model::user;
use crate::{ops, secret, store};

#[derive(Template)]
#[template(path = "set_up.html")]
struct SetUpPage<'a> {
    frame: Frame,
    key: &'a str,
    name: &'a str,
    zones: Vec<Choice>,
    /// Lets the browser choose the zone while no person has.
    zone_marks: &'static str,
    flaws: Flaws,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    frame: Frame,
    name: &'a str,
    next: &'a str,
    /// Whether there is nobody yet who could sign in.
    no_account: bool,
    flaws: Flaws,
}

/// `GET /setup/{key}` asks for the first account, while there is none.
pub(super) fn set_up_form(cx: &Context, key: &str) -> Result<Response> {
    check_key(cx, key)?;
    set_up_page(key, &Form::default(), Flaws::default())
}

/// `POST /setup/{key}` makes the first account, in the language that the browser asks for, closes
/// the set-up and signs in.
pub(super) fn set_up(cx: &Context, req: &Request, key: &str) -> Result<Response> {
    auth::check_origin(cx, req)?;
    check_key(cx, key)?;
    let form = req.form()?;
    let mut flaws = Flaws::default();
    let name = form.text("name").to_owned();
    flaws.take("name", user::check_name(&name));
    flaws.take("password", user::check_password(form.raw("password")));
    let zone = flaws.take("zone", Zone::named(form.text("zone")));
    let Some(zone) = zone.filter(|_| flaws.is_empty()) else {
        return set_up_page(key, &form, flaws);
    };
    let hash = secret::password_hash(form.raw("password"))?;
    let language = speech::spoken();
    let id = cx.store.write(move |tx| {
        let id = ops::accounts::set_up(tx, &name, &hash, &zone)?;
        store::users::set_language(tx, id, language)?;
        Ok(id)
    })?;
    cx.shared.set_up_key.close();
    auth::open_session(cx, req, id, Response::see_other("/"))
}

fn check_key(cx: &Context, key: &str) -> Result<()> {
    if cx.shared.set_up_key.opens(key) { Ok(()) } else { Err(Error::NotFound("page")) }
}

fn set_up_page(key: &str, form: &Form, flaws: Flaws) -> Result<Response> {
    let machine = Zone::of_this_machine();
    let (zone, zone_marks) = if form.has("zone") {
        (form.text("zone"), "")
    } else {
        (machine.name(), " data-guess-zone")
    };
    let status = flaws.status();
    let frame = Frame::outside(say("Welcome"));
    let name = form.text("name");
    page(status, &SetUpPage { frame, key, name, zones: zones(zone), zone_marks, flaws })
}

/// `GET /login`.
pub(super) fn form(cx: &Context, req: &Request) -> Result<Response> {
    let next = req.query("next").and_then(local).unwrap_or("/");
    if auth::by_session(cx, req)?.is_some() {
        return Ok(Response::see_other(next));
    }
    login_page(cx, 200, "", next, Flaws::default())
}

/// `POST /login` signs in, and goes on to the page that asked for it.
pub(super) fn sign_in(cx: &Context, req: &Request) -> Result<Response> {
    auth::check_origin(cx, req)?;
    let form = req.form()?;
    let (name, next) = (form.text("name"), local(form.text("next")).unwrap_or("/"));
    match auth::sign_in(cx, req, name, form.raw("password")) {
        Ok(id) => auth::open_session(cx, req, id, Response::see_other(next)),
        Err(Error::Unauthorized(why)) => {
            let mut flaws = Flaws::default();
            flaws.add("", why);
            login_page(cx, flaws.status(), name, next, flaws)
        }
        Err(Error::TooMany { after_s }) => {
            let mut flaws = Flaws::default();
            flaws.add("", &format!("too many tries, wait {after_s} seconds and try again"));
            let answer = login_page(cx, 429, name, next, flaws)?;
            Ok(answer.with("retry-after", after_s.to_string()))
        }
        Err(other) => Err(other),
    }
}

fn login_page(cx: &Context, status: u16, name: &str, next: &str, flaws: Flaws) -> Result<Response> {
    let no_account = !cx.store.read(store::users::any)?;
    page(
        status,
        &LoginPage { frame: Frame::outside(say("Sign in")), name, next, no_account, flaws },
    )
}

/// `POST /logout`.
pub(super) fn sign_out(cx: &Context, req: &Request) -> Result<Response> {
    auth::check_origin(cx, req)?;
    let answer = auth::close_session(cx, req, Response::see_other("/login"))?;
    // Whoever signs in next in this browser finds nothing of it.
    Ok(answer.with("clear-site-data", "\"cache\", \"storage\""))
}

/// To the sign-in, and from there back to what was asked for. A link that was being saved is
/// offered again; other forms are lost with the session that they belonged to.
pub(super) fn redirect(req: &Request) -> Response {
    let next = match (verb(req), req.path().as_slice()) {
        (Method::Get, [_, ..]) => target(req),
        (Method::Post, ["bookmarks"]) => {
            let form = req.form().unwrap_or_default();
            format!("/bookmarks/new?{}", query([("url", form.text("url"))]))
        }
        _ => return Response::see_other("/login"),
    };
    Response::see_other(format!("/login?{}", query([("next", next.as_str())])))
}

/// The path and query that a request asked for.
fn target(req: &Request) -> String {
    let mut target = String::new();
    for segment in &req.segments {
        target.push('/');
        target.extend(percent_encoding::utf8_percent_encode(
            segment,
            percent_encoding::NON_ALPHANUMERIC,
        ));
    }
    if !req.query.is_empty() {
        let pairs = req.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        target = format!("{target}?{}", query(pairs));
    }
    target
}

fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn who_is_not_signed_in_comes_back_to_where_they_wanted_to_go() {
        let mut world = World::new();
        world.cookie.clear();
        let answer = world.get("/bookmarks?q=%EA%B8%80%20x&unread=1");
        assert_eq!(answer.status, 303);
        let login = answer.header("location").unwrap().to_owned();
        assert_eq!(login, "/login?next=%2Fbookmarks%3Fq%3D%25EA%25B8%2580%2Bx%26unread%3D1");
        assert!(text(world.get(&login)).contains("/bookmarks?q=%EA%B8%80+x&#38;unread=1"));
        let fields = [("name", "mina"), ("password", "brown toast"), ("next", "/bookmarks?q=1")];
        let answer = world.post("/login", &fields);
        assert_eq!(answer.header("location"), Some("/bookmarks?q=1"));
        assert!(answer.header("set-cookie").unwrap().contains("HttpOnly"));
    }

    #[test]
    fn a_link_saved_after_the_session_ended_is_offered_again() {
        let mut world = World::new();
        world.cookie.clear();
        let answer = world.post("/bookmarks", &[("url", "https://example.com/?a=1&b=2")]);
        let login = answer.header("location").unwrap().to_owned();
        assert!(login.starts_with("/login?next=%2Fbookmarks%2Fnew%3Furl%3D"), "{login}");
        let page = text(world.get(&login));
        let fields = [("name", "mina"), ("password", "brown toast")];
        assert!(page.contains("/bookmarks/new?url="), "{page}");
        let next = "/bookmarks/new?url=https%3A%2F%2Fexample.com%2F%3Fa%3D1%26b%3D2";
        let fields: Vec<_> = fields.into_iter().chain([("next", next)]).collect();
        let answer = world.post("/login", &fields);
        assert_eq!(answer.header("location"), Some(next));
    }

    #[test]
    fn signing_in_never_leads_to_another_site() {
        let mut world = World::new();
        for next in ["//evil.example", "https://evil.example", "/\\evil.example", ""] {
            let fields = [("name", "mina"), ("password", "brown toast"), ("next", next)];
            assert_eq!(world.post("/login", &fields).header("location"), Some("/"), "{next}");
        }
    }

    #[test]
    fn a_wrong_password_shows_the_form_again_with_the_name() {
        let mut world = World::new();
        let answer = world.post("/login", &[("name", "mina"), ("password", "wrong one")]);
        assert_eq!(answer.status, 422);
        let page = text(answer);
        assert!(
            page.contains("value=\"mina\"") && page.contains("The name or the password is wrong")
        );
        assert!(!page.contains("wrong one"));
    }

    #[test]
    fn the_first_account_is_made_only_once_and_only_with_the_key() {
        let mut world = World::empty("a-key");
        assert!(text(world.get("/login")).contains("no account"));
        assert_eq!(world.get("/setup/another").status, 404);
        assert_eq!(world.get("/setup/a-key").status, 200);
        let bad = [("name", "mi na"), ("password", "short"), ("zone", "Asia/Soul")];
        let answer = world.post("/setup/a-key", &bad);
        assert_eq!(answer.status, 422);
        let page = text(answer);
        assert_eq!(page.matches("aria-invalid=\"true\"").count(), 3);
        assert!(page.contains("value=\"mi na\"") && !page.contains("value=\"short\""));
        let good = [("name", "mina"), ("password", "brown toast"), ("zone", "Asia/Seoul")];
        let answer = world.post("/setup/a-key", &good);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/")));
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        assert_eq!(world.post("/setup/a-key", &good).status, 404);
        assert_eq!(world.get("/setup/a-key").status, 404);
        world.cookie = cookie;
        assert_eq!(world.get("/").status, 200);
    }

    #[test]
    fn signing_out_ends_the_session() {
        let mut world = World::new();
        assert_eq!(world.get("/").status, 200);
        let answer = world.post("/logout", &[]);
        assert_eq!(answer.header("location"), Some("/login"));
        assert_eq!(answer.header("clear-site-data"), Some("\"cache\", \"storage\""));
        assert_eq!(world.get("/").status, 303);
    }

    #[test]
    fn another_site_can_change_nothing() {
        let mut world = World::new();
        world.origin = Some("https://evil.example".into());
        for target in ["/bookmarks", "/logout", "/folders", "/login", "/settings/tokens"] {
            assert_eq!(world.post(target, &[("url", "https://example.com/")]).status, 403);
        }
        world.origin = None;
        assert_eq!(world.get("/").status, 200);
    }
}
