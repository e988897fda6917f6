//! Where reminders go: the list, adding one of a kind, changing it, trying it, and letting a
//! paused one go again.

mod told;

use askama::Template;
use told::Told;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::destination_guides::{Entry, GUIDES, Guide, guide, title};
use crate::http::pages::form::{Flaws, parameter};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{id, words};
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::http::speech::{filters, say, say_with};
use crate::model::destination::{Address, Destination, Given, Kind, parse_name};
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
    told: Option<String>,
    last: Option<String>,
    paused: Option<String>,
}

impl Row {
    fn of(destination: &Destination, now: Timestamp, zone: &Zone) -> Self {
        Self {
            id: destination.id,
            kind: title(destination.address.kind()),
            shown: destination.address.shown(),
            name: destination.name.clone(),
            told: told::sentence(destination),
            last: destination.last_success_at.map(|at| words::when(at, now, zone)),
            paused: destination.paused_reason.as_deref().map(words::sentence),
        }
    }
}

/// A field of the form with what stands in it.
struct Input {
    entry: &'static Entry,
    value: String,
    is_needed: bool,
    /// Whether leaving it empty keeps the secret that there is.
    is_kept: bool,
}

impl Input {
    /// Those of a guide: as they were typed, else as they are stored, else as is usual.
    fn all(guide: &'static Guide, form: &Form, stored: Option<&Address>) -> Vec<Self> {
        let input = |entry: &'static Entry| {
            let field = guide.kind.fields().iter().find(|field| field.name == entry.name);
            let is_secret = field.is_some_and(|field| field.is_secret);
            let known = stored.map(|address| address.shown_field(entry.name).unwrap_or_default());
            let value = match known {
                // A key that was mistyped is easier to paste again than to mend.
                _ if form.has(entry.name) && entry.sort != "password" => {
                    form.text(entry.name).to_owned()
                }
                Some(known) => known,
                None => entry.usual.to_owned(),
            };
            let is_kept = is_secret && stored.is_some();
            let is_needed = field.is_some_and(|field| field.is_needed) && !is_kept;
            Self { entry, value, is_needed, is_kept }
        };
        guide.fields.iter().map(input).collect()
    }
}

/// The fields of an address that a form sent. A secret that was left empty stays as it is.
fn given(guide: &Guide, form: &Form, is_new: bool) -> Given {
    let sent = |entry: &&Entry| {
        let secret = guide.kind.fields().iter().any(|f| f.name == entry.name && f.is_secret);
        is_new || !secret || !form.text(entry.name).is_empty()
    };
    guide.fields.iter().filter(sent).map(|entry| (entry.name, form.text(entry.name))).collect()
}

/// `GET /destinations`.
pub(super) fn list(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let all = cx.store.read(|tx| store::destinations::list(tx, user.id))?;
    let now = cx.clock.now();
    let destinations = all.iter().map(|found| Row::of(found, now, &user.zone)).collect();
    let frame = Frame::inside(&user, req, Here::Destinations, say("Destinations"));
    page(200, &ListPage { frame, destinations })
}

#[derive(Template)]
#[template(path = "destination_kinds.html")]
struct KindsPage {
    frame: Frame,
    guides: Vec<(&'static str, &'static Guide)>,
    /// What could be offered as well if it were set up, which only admins are told.
    lacking: Vec<String>,
}

#[derive(Template)]
#[template(path = "destination_new.html")]
struct NewPage<'a> {
    frame: Frame,
    guide: &'static Guide,
    name: &'a str,
    inputs: Vec<Input>,
    told: Option<Told>,
    flaws: Flaws,
}

/// `GET /destinations/new`: the kinds, or the form of the `?kind=` that is asked for.
pub(super) fn new(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let reach = &cx.shared.reach;
    let is_offered = |guide: &&Guide| reach.lacks(guide.kind).is_none();
    let asked = parameter(req, "kind").and_then(|kind| Kind::parse(kind).ok());
    if let Some(guide) = asked.and_then(guide).filter(is_offered) {
        return new_page(req, &user, guide, &Form::default(), Flaws::default());
    }
    let lacks = |kind| reach.lacks(kind).filter(|_| user.is_admin);
    let lacking = GUIDES.iter().filter_map(|guide| Some((title(guide.kind), lacks(guide.kind)?)));
    let shown = KindsPage {
        frame: Frame::inside(&user, req, Here::Destinations, say("Add a destination")),
        guides: GUIDES.iter().filter(is_offered).map(|guide| (title(guide.kind), guide)).collect(),
        lacking: lacking
            .map(|(title, why)| format!("{}: {}", say(title), words::sentence(why)))
            .collect(),
    };
    page(200, &shown)
}

/// `POST /destinations` adds one. The secret of a webhook is shown in this answer alone.
pub(super) fn create(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let form = req.form()?;
    let guide = guide(Kind::parse(form.text("kind"))?)
        .ok_or_else(|| Error::invalid("kind", "devices of this kind add themselves"))?;
    let mut flaws = Flaws::default();
    let name = flaws.take("name", parse_name(form.text("name")));
    let secret = secret::new_webhook_secret()?;
    let address = Address::parse(guide.kind, &given(guide, &form, true), secret)
        .and_then(|address| cx.shared.reach.check(&address).map(|()| address));
    let address = match address {
        Ok(address) => Some(address),
        Err(Error::Invalid { field, reason }) => {
            flaws.add(if field == "kind" { "" } else { &field }, &reason);
            None
        }
        Err(other) => return Err(other),
    };
    let Some((name, address)) = name.zip(address) else {
        return new_page(req, &user, guide, &form, flaws);
    };
    let (user_id, chosen) = (user.id, told::chosen(&form));
    let added = cx.store.write(move |tx| {
        let (events, pushes) = chosen?;
        let added = ops::destinations::add(tx, user_id, &name, &address)?;
        ops::destinations::choose(tx, user_id, added.id, events, pushes)
    });
    match added {
        Ok(added) => match added.address {
            Address::Webhook { secret, .. } => secret_page(
                req,
                &user,
                201,
                added.id,
                say_with("{name} is added", &[("name", &added.name)]),
                secret,
            ),
            _ => saved(cx, &user, &form, added.id, "added"),
        },
        Err(error) => new_page(req, &user, guide, &form, Flaws::of(error)?),
    }
}

/// Where a form leads that was saved: to a test on its way, if that is wanted.
fn saved(
    cx: &Context,
    user: &User,
    form: &Form,
    id: DestinationId,
    done: &str,
) -> Result<Response> {
    if form.text("then") != "test" {
        return Ok(Response::see_other(format!("/destinations?done={done}")));
    }
    let user_id = user.id;
    let delivery = cx.store.write(move |tx| ops::destinations::test(tx, user_id, id))?;
    Ok(Response::see_other(format!("/deliveries/{delivery}")))
}

fn new_page(
    req: &Request,
    user: &User,
    guide: &'static Guide,
    form: &Form,
    flaws: Flaws,
) -> Result<Response> {
    let title = say_with("Add {kind}", &[("kind", &say(title(guide.kind)))]);
    let frame = Frame::inside(user, req, Here::Destinations, title);
    let inputs = Input::all(guide, form, None);
    let told = Told::of(guide.kind, form, None);
    page(flaws.status(), &NewPage { frame, guide, name: form.text("name"), inputs, told, flaws })
}

#[derive(Template)]
#[template(path = "destination_secret.html")]
struct SecretPage {
    frame: Frame,
    id: DestinationId,
    secret: String,
}

/// The only page that ever shows a signing secret.
fn secret_page(
    req: &Request,
    user: &User,
    status: u16,
    id: DestinationId,
    title: String,
    secret: String,
) -> Result<Response> {
    let frame = Frame::inside(user, req, Here::Destinations, title);
    page(status, &SecretPage { frame, id, secret })
}

#[derive(Template)]
#[template(path = "destination.html")]
struct DestinationPage<'a> {
    frame: Frame,
    row: Row,
    name: &'a str,
    inputs: Vec<Input>,
    told: Option<Told>,
    is_signed: bool,
    flaws: Flaws,
}

/// `GET /destinations/{id}`.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = DestinationId(id(segment)?);
    show_page(cx, req, &user, id, &Form::default(), Flaws::default())
}

/// `POST /destinations/{id}` gives it another name, and has it lead elsewhere.
pub(super) fn change(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let (id, user_id) = (DestinationId(id(segment)?), user.id);
    let form = req.form()?;
    let kind = cx.store.read(|tx| store::destinations::get(tx, user_id, id))?.address.kind();
    let given = guide(kind).map(|guide| given(guide, &form, false)).unwrap_or_default();
    let (name, shared) = (form.text("name").to_owned(), cx.shared.clone());
    let chosen = told::chosen(&form);
    let changed = cx.store.write(move |tx| {
        let (events, pushes) = chosen?;
        ops::destinations::rename(tx, user_id, id, &name)?;
        ops::destinations::choose(tx, user_id, id, events, pushes)?;
        ops::destinations::change_address(tx, user_id, id, &given, &shared.reach)
    });
    match changed {
        Ok(_) => saved(cx, &user, &form, id, "changed"),
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
    let guide = guide(found.address.kind());
    let shown = DestinationPage {
        frame: Frame::inside(user, req, Here::Destinations, &*found.name),
        row: Row::of(&found, cx.clock.now(), &user.zone),
        name: if form.has("name") { form.text("name") } else { &found.name },
        inputs: guide
            .map(|guide| Input::all(guide, form, Some(&found.address)))
            .unwrap_or_default(),
        told: Told::of(found.address.kind(), form, Some(&found)),
        is_signed: found.address.kind() == Kind::Webhook,
        flaws,
    };
    page(shown.flaws.status(), &shown)
}

/// `POST /destinations/{id}/rotate` makes a new signing secret, which is shown in this answer
/// alone.
pub(super) fn rotate(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let (id, user_id) = (DestinationId(id(segment)?), user.id);
    let new = secret::new_webhook_secret()?;
    let shown = new.clone();
    let rotated = cx.store.write(move |tx| ops::destinations::rotate(tx, user_id, id, new))?;
    secret_page(
        req,
        &user,
        200,
        id,
        say_with("{name} has a new secret", &[("name", &rotated.name)]),
        shown,
    )
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
mod tests;
