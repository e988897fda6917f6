//! Where reminders go: the list, adding, trying, and letting a paused one go again.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::form::{Flaws, parameter};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{id, words};
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::model::destination::{Address, Destination, parse_name};
use crate::model::id::DestinationId;
use crate::model::time::{Timestamp, Zone};
use crate::model::user::User;
use crate::{ops, secret, store};

const NTFY_SERVER: &str = "https://ntfy.sh";

#[derive(Template)]
#[template(path = "destinations.html")]
struct ListPage {
    frame: Frame,
    destinations: Vec<Row>,
}

/// A destination in words, without its secrets.
struct Row {
    id: DestinationId,
    kind: &'static str,
    name: String,
    shown: String,
    last: Option<String>,
    paused: Option<String>,
}

impl Row {
    fn of(destination: Destination, now: Timestamp, zone: &Zone) -> Self {
        Self {
            id: destination.id,
            kind: destination.address.kind(),
            shown: destination.address.shown(),
            name: destination.name,
            last: destination.last_success_at.map(|at| words::when(at, now, zone)),
            paused: destination.paused_reason.as_deref().map(words::sentence),
        }
    }
}

/// `GET /destinations`.
pub(super) fn list(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let all = cx.store.read(|tx| store::destinations::list(tx, user.id))?;
    let now = cx.clock.now();
    let destinations = all.into_iter().map(|found| Row::of(found, now, &user.zone)).collect();
    let frame = Frame::inside(&user, req, Here::Destinations, "Destinations");
    page(200, &ListPage { frame, destinations })
}

#[derive(Template)]
#[template(path = "destination_new.html")]
struct NewPage<'a> {
    frame: Frame,
    kind: &'a str,
    name: &'a str,
    url: &'a str,
    server: &'a str,
    topic: &'a str,
    flaws: Flaws,
}

/// `GET /destinations/new`, of the `?kind=` that is asked for.
pub(super) fn new(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let kind = parameter(req, "kind").unwrap_or("ntfy");
    new_page(req, &user, kind, &Form::default(), Flaws::default())
}

/// `POST /destinations` adds one. The secret of a webhook is shown in this answer alone.
pub(super) fn create(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let form = req.form()?;
    let kind = form.text("kind");
    let mut flaws = Flaws::default();
    let name = flaws.take("name", parse_name(form.text("name")));
    let address = match parse_address(kind, &form) {
        Ok(address) => Some(address),
        Err(Error::Invalid { field, reason }) => {
            flaws.add(&field, &reason);
            None
        }
        Err(other) => return Err(other),
    };
    let Some((name, address)) = name.zip(address) else {
        return new_page(req, &user, kind, &form, flaws);
    };
    let (user_id, stored) = (user.id, address.clone());
    match cx.store.write(move |tx| ops::destinations::add(tx, user_id, &name, &stored)) {
        Ok(added) => match address {
            Address::Webhook { secret, .. } => {
                let frame = Frame::inside(&user, req, Here::Destinations, "Webhook added");
                page(201, &AddedPage { frame, id: added.id, name: added.name, secret })
            }
            Address::Ntfy { .. } => Ok(Response::see_other("/destinations?done=added")),
        },
        Err(error) => new_page(req, &user, kind, &form, Flaws::of(error)?),
    }
}

fn parse_address(kind: &str, form: &Form) -> Result<Address> {
    match kind {
        "webhook" => Address::webhook(form.text("url"), secret::new_webhook_secret()?),
        "ntfy" => Address::ntfy(form.text("server"), form.text("topic"), form.raw("token")),
        _ => Err(Error::invalid("", "choose what kind of destination it is")),
    }
}

fn new_page(req: &Request, user: &User, kind: &str, form: &Form, flaws: Flaws) -> Result<Response> {
    let frame = Frame::inside(user, req, Here::Destinations, "Add a destination");
    let server = if form.has("server") { form.text("server") } else { NTFY_SERVER };
    let (name, url, topic) = (form.text("name"), form.text("url"), form.text("topic"));
    page(flaws.status(), &NewPage { frame, kind, name, url, server, topic, flaws })
}

#[derive(Template)]
#[template(path = "destination_added.html")]
struct AddedPage {
    frame: Frame,
    id: DestinationId,
    name: String,
    secret: String,
}

#[derive(Template)]
#[template(path = "destination.html")]
struct DestinationPage<'a> {
    frame: Frame,
    row: Row,
    name: &'a str,
    flaws: Flaws,
}

/// `GET /destinations/{id}`.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = DestinationId(id(segment)?);
    show_page(cx, req, &user, id, None, Flaws::default())
}

/// `POST /destinations/{id}` gives it another name.
pub(super) fn rename(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let (id, user_id) = (DestinationId(id(segment)?), user.id);
    let form = req.form()?;
    let name = form.text("name").to_owned();
    match cx.store.write(move |tx| ops::destinations::rename(tx, user_id, id, &name)) {
        Ok(_) => Ok(Response::see_other("/destinations?done=changed")),
        Err(error) => show_page(cx, req, &user, id, Some(form.text("name")), Flaws::of(error)?),
    }
}

fn show_page(
    cx: &Context,
    req: &Request,
    user: &User,
    id: DestinationId,
    typed: Option<&str>,
    flaws: Flaws,
) -> Result<Response> {
    let found = cx.store.read(|tx| store::destinations::get(tx, user.id, id))?;
    let name = found.name.clone();
    let shown = DestinationPage {
        frame: Frame::inside(user, req, Here::Destinations, &*name),
        row: Row::of(found, cx.clock.now(), &user.zone),
        name: typed.unwrap_or(&name),
        flaws,
    };
    page(shown.flaws.status(), &shown)
}

/// `POST /destinations/{id}/test` sends a test, and goes where one can watch it.
pub(super) fn test(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = DestinationId(id(segment)?);
    let delivery = cx.store.write(move |tx| ops::destinations::test(tx, user.id, id))?;
    Ok(Response::see_other(format!("/deliveries/{delivery}")))
}

/// `POST /destinations/{id}/resume`.
pub(super) fn resume(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = DestinationId(id(segment)?);
    cx.store.write(move |tx| ops::destinations::resume(tx, user.id, id))?;
    Ok(Response::see_other("/destinations?done=resumed"))
}

/// `POST /destinations/{id}/delete`.
pub(super) fn delete(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = DestinationId(id(segment)?);
    cx.store.write(move |tx| ops::destinations::delete(tx, user.id, id))?;
    Ok(Response::see_other("/destinations?done=deleted"))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn the_secret_of_a_webhook_is_shown_once() {
        let mut world = World::new();
        let url = "https://hooks.example/T0/private-path";
        let fields = [("kind", "webhook"), ("name", "Desk"), ("url", url)];
        let answer = world.post("/destinations", &fields);
        assert_eq!(answer.status, 201);
        assert!(text(answer).contains("whsec_"));
        for target in ["/destinations", "/destinations/1"] {
            let page = text(world.get(target));
            assert!(page.contains("Desk") && page.contains("https://hooks.example/…"), "{page}");
            assert!(!page.contains("whsec_") && !page.contains("private"), "{target}");
        }
    }

    #[test]
    fn a_test_leads_to_its_delivery() {
        let mut world = World::new();
        let fields = [("kind", "ntfy"), ("name", "Phone"), ("server", "https://ntfy.example")];
        let answer =
            world.post("/destinations", &[fields.as_slice(), &[("topic", "mina")]].concat());
        assert_eq!(answer.header("location"), Some("/destinations?done=added"));
        let answer = world.post("/destinations/1/test", &[]);
        assert_eq!(answer.header("location"), Some("/deliveries/1"));
        let page = text(world.get("/deliveries/1"));
        assert!(page.contains("data-live") && page.contains("Phone"), "{page}");
        assert_eq!(world.post("/destinations/1/delete", &[]).status, 303);
        assert!(text(world.get("/deliveries/1")).contains("Cancelled"));
        world.cookie = world.sign_up("juno");
        assert_eq!(world.get("/deliveries/1").status, 404);
    }

    #[test]
    fn a_bad_address_is_marked_and_what_was_typed_is_kept() {
        let mut world = World::new();
        let fields = [("kind", "ntfy"), ("name", "Phone"), ("server", "nope"), ("topic", "a b")];
        let answer = world.post("/destinations", &fields);
        assert_eq!(answer.status, 422);
        let page = text(answer);
        assert!(page.contains("id=\"server-flaw\"") && page.contains("value=\"a b\""), "{page}");
    }
}
