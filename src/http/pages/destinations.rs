//! Where reminders go: the list, adding, trying, and letting a paused one go again.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::destination_form::{self, Field, OFFERS, Offer};
use crate::http::pages::form::{Flaws, parameter};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{id, words};
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::model::destination::{Address, Destination, Kind, parse_name};
use crate::model::id::DestinationId;
use crate::model::time::{Timestamp, Zone};
use crate::model::user::User;
use crate::{ops, secret, store};

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
            kind: destination.address.kind().as_str(),
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
#[template(path = "destination_kinds.html")]
struct KindsPage {
    frame: Frame,
    offers: Vec<&'static Offer>,
}

#[derive(Template)]
#[template(path = "destination_new.html")]
struct NewPage<'a> {
    frame: Frame,
    offer: &'static Offer,
    name: &'a str,
    fields: Vec<Field>,
    flaws: Flaws,
}

/// `GET /destinations/new`: the kinds to choose from, or the form of the `?kind=` that was chosen.
pub(super) fn new(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    match parameter(req, "kind") {
        Some(kind) => {
            let kind = Kind::parse(kind).map_err(|_| Error::NotFound("page"))?;
            new_page(req, &user, kind, &Form::default(), Flaws::default())
        }
        None => {
            let frame = Frame::inside(&user, req, Here::Destinations, "Add a destination");
            let can = |offer: &&Offer| cx.shared.kinds.contains(&offer.kind);
            page(200, &KindsPage { frame, offers: OFFERS.iter().filter(can).collect() })
        }
    }
}

/// `POST /destinations` adds one and sends it a test. The secret of a webhook is shown in this
/// answer alone.
pub(super) fn create(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let form = req.form()?;
    let kind = Kind::parse(form.text("kind"))?;
    cx.shared.check_kind(kind)?;
    let mut flaws = Flaws::default();
    let name = flaws.take("name", parse_name(form.text("name")));
    let parsed = Address::parse(kind, |name| Some(form.text(name)));
    let Some((name, address)) = name.zip(flaws.take_named(parsed)) else {
        return new_page(req, &user, kind, &form, flaws);
    };
    let address = address.with_secret(secret::new_webhook_secret()?);
    let user_id = user.id;
    let added = cx.store.write(move |tx| {
        let added = ops::destinations::add(tx, user_id, &name, &address)?.destination;
        // Whoever has to copy a secret first sends the test from there.
        let is_signed = matches!(added.address, Address::Webhook { .. });
        let test = (!is_signed).then(|| ops::destinations::test(tx, user_id, added.id));
        Ok((added, test.transpose()?))
    });
    match added {
        Ok((_, Some(delivery))) => {
            Ok(Response::see_other(format!("/deliveries/{delivery}?done=tested")))
        }
        Ok((added, None)) => secret_page(req, &user, added, "is added"),
        Err(error) => new_page(req, &user, kind, &form, Flaws::of(error)?),
    }
}

fn new_page(req: &Request, user: &User, kind: Kind, form: &Form, flaws: Flaws) -> Result<Response> {
    let offer = destination_form::offer(kind).ok_or(Error::NotFound("page"))?;
    let frame = Frame::inside(user, req, Here::Destinations, "Add a destination");
    let (name, fields) = (form.text("name"), destination_form::empty(kind, form));
    let flaws = destination_form::flaws(&fields, flaws);
    page(flaws.status(), &NewPage { frame, offer, name, fields, flaws })
}

/// `POST /destinations/{id}/rotate` gives a webhook a new secret, shown in this answer alone.
pub(super) fn rotate(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let (user_id, id, new) = (user.id, DestinationId(id(segment)?), secret::new_webhook_secret()?);
    let changed = cx.store.write(move |tx| ops::destinations::rotate(tx, user_id, id, new))?;
    secret_page(req, &user, changed, "has a new secret")
}

fn secret_page(req: &Request, user: &User, of: Destination, done: &str) -> Result<Response> {
    let Address::Webhook { secret, old, .. } = of.address else {
        return Ok(Response::see_other("/destinations?done=added"));
    };
    let title = format!("{} {done}", of.name);
    let frame = Frame::inside(user, req, Here::Destinations, title);
    page(201, &AddedPage { frame, id: of.id, secret, replaces: old.is_some() })
}

#[derive(Template)]
#[template(path = "destination_added.html")]
struct AddedPage {
    frame: Frame,
    id: DestinationId,
    secret: String,
    /// Whether there was another before.
    replaces: bool,
}

#[derive(Template)]
#[template(path = "destination.html")]
struct DestinationPage<'a> {
    frame: Frame,
    row: Row,
    name: &'a str,
    fields: Vec<Field>,
    /// Whether it has a signing secret.
    is_signed: bool,
    flaws: Flaws,
}

/// `GET /destinations/{id}`.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = DestinationId(id(segment)?);
    show_page(cx, req, &user, id, &Form::default(), Flaws::default())
}

/// `POST /destinations/{id}` gives it another name, or leads it elsewhere. What is left empty
/// among its secrets stays.
pub(super) fn change(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let (id, user_id) = (DestinationId(id(segment)?), user.id);
    let form = req.form()?;
    let typed = form.clone();
    let changed = cx.store.write(move |tx| {
        ops::destinations::rename(tx, user_id, id, typed.text("name"))?;
        ops::destinations::readdress(tx, user_id, id, |name| {
            Some(typed.text(name)).filter(|typed| !typed.is_empty())
        })
    });
    match changed {
        Ok(()) => Ok(Response::see_other("/destinations?done=changed")),
        Err(error) => show_page(cx, req, &user, id, &form, Flaws::of(error)?),
    }
}

fn show_page(
    cx: &Context,
    req: &Request,
    user: &User,
    id: DestinationId,
    form: &Form,
    flaws: Flaws,
) -> Result<Response> {
    let found = cx.store.read(|tx| store::destinations::get(tx, user.id, id))?;
    let (name, kind) = (found.name.clone(), found.address.kind());
    // A browser tells its own address, and an app its own.
    let is_typed = destination_form::offer(kind).is_some();
    let fields = if is_typed { destination_form::stored(&found.address, form) } else { Vec::new() };
    let shown = DestinationPage {
        frame: Frame::inside(user, req, Here::Destinations, &*name),
        row: Row::of(found, cx.clock.now(), &user.zone),
        name: if form.has("name") { form.text("name") } else { &name },
        is_signed: kind == Kind::Webhook,
        flaws: destination_form::flaws(&fields, flaws),
        fields,
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
    use super::*;
    use crate::http::pages::testing::{World, text};
    use crate::model::id::UserId;

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
        assert_eq!(answer.header("location"), Some("/deliveries/1?done=tested"));
        let answer = world.post("/destinations/1/test", &[]);
        assert_eq!(answer.header("location"), Some("/deliveries/2"));
        let page = text(world.get("/deliveries/2"));
        assert!(page.contains("data-live") && page.contains("Phone"), "{page}");
        assert_eq!(world.post("/destinations/1/delete", &[]).status, 303);
        assert!(text(world.get("/deliveries/1")).contains("Cancelled"));
        world.cookie = world.sign_up("juno");
        assert_eq!(world.get("/deliveries/1").status, 404);
    }

    #[test]
    fn every_kind_that_is_offered_has_a_form_and_shows_no_secret_afterwards() {
        let mut world = World::new();
        let kinds = text(world.get("/destinations/new"));
        for offer in OFFERS {
            assert!(kinds.contains(&format!("?kind={}\"", offer.name())), "{}", offer.name());
            let page = text(world.get(&format!("/destinations/new?kind={}", offer.name())));
            for part in offer.kind.parts() {
                assert!(page.contains(&format!("name=\"{}\"", part.name)), "{}", part.name);
            }
        }
        assert_eq!(
            world.get("/destinations/new?kind=webpush").status,
            404,
            "browsers add themselves"
        );
        assert_eq!(world.get("/destinations/new?kind=pigeon").status, 404);
        let fields = [
            ("kind", "gotify"),
            ("name", "Desk"),
            ("server", "https://g.example"),
            ("token", "A-secret"),
        ];
        assert_eq!(world.post("/destinations", &fields).status, 303);
        let page = text(world.get("/destinations/1"));
        assert!(
            page.contains("value=\"https://g.example/\"") && !page.contains("A-secret"),
            "{page}"
        );
    }

    #[test]
    fn a_secret_that_is_left_empty_stays_and_a_webhook_gets_another_when_asked() {
        let mut world = World::new();
        let fields = [
            ("kind", "ntfy"),
            ("name", "Phone"),
            ("server", "https://a.example"),
            ("topic", "mina"),
            ("token", "tk_1"),
        ];
        world.post("/destinations", &fields);
        let fields =
            [("name", "Mine"), ("server", "https://b.example"), ("topic", "mina"), ("token", "")];
        assert_eq!(
            world.post("/destinations/1", &fields).header("location"),
            Some("/destinations?done=changed")
        );
        let found = |world: &World| {
            world.cx().store.read(|tx| store::destinations::get(tx, UserId(1), DestinationId(1)))
        };
        let Address::Ntfy { server, token, .. } = found(&world).unwrap().address else { panic!() };
        assert_eq!((&*server, token.as_deref()), ("https://b.example/", Some("tk_1")));
        assert_eq!(
            world.post("/destinations/1", &[("name", "Mine"), ("topic", "a b")]).status,
            422
        );
        assert_eq!(world.post("/destinations/1/rotate", &[]).status, 409);

        world.post(
            "/destinations",
            &[("kind", "webhook"), ("name", "Hook"), ("url", "https://h.example/")],
        );
        let page = text(world.post("/destinations/2/rotate", &[]));
        assert!(page.contains("whsec_") && page.contains("goes on working for a day"), "{page}");
        assert!(!text(world.get("/destinations/2")).contains("whsec_"));
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
