//! What was sent and what came of it; dead letters are explained here, and sent again.

use askama::Template;

use crate::error::Result;
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::form::{Choice, parameter};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{id, words};
use crate::http::paging;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{self, filters, say};
use crate::model::delivery::{AttemptRecord, Delivery, State};
use crate::model::event::Event;
use crate::model::id::{DeliveryId, DestinationId, UserId};
use crate::model::time::{Timestamp, Zone};
use crate::ops::deliveries::Moved;
use crate::store::WriteTx;
use crate::store::deliveries::Filter;
use crate::{ops, store};

const PAGE_ROWS: usize = 50;

/// A delivery in words.
struct Row {
    id: DeliveryId,
    about: String,
    /// The event that it tells of, if it is no push.
    event: Option<&'static str>,
    destination: String,
    state: &'static str,
    label: &'static str,
    reason: Option<String>,
    created: String,
    ended: Option<String>,
    /// When it is tried next.
    next: Option<String>,
    tries: String,
    /// What came of the last try, where the reason does not say it.
    answer: Option<String>,
    /// Whether it can be sent again.
    sendable: bool,
    /// Whether it can be called off.
    cancellable: bool,
}

impl Row {
    fn of(delivery: Delivery, now: Timestamp, zone: &Zone) -> Self {
        let when = |at| words::when(at, now, zone);
        let ended = matches!(delivery.state, State::Dead | State::Expired);
        Self {
            id: delivery.id,
            state: delivery.state.as_str(),
            label: label(delivery.state),
            created: when(delivery.created_at),
            ended: delivery.ended_at.map(when),
            next: delivery.due_at.filter(|_| delivery.state == State::Pending).map(when),
            tries: speech::count(delivery.attempts.into(), "{n} try", "{n} tries"),
            answer: last_answer(&delivery),
            sendable: ended && delivery.destination_id.is_some(),
            cancellable: matches!(delivery.state, State::Pending | State::Dead),
            reason: (!delivery.reason.is_empty()).then(|| words::sentence(&delivery.reason)),
            event: delivery.event.map(Event::as_str),
            about: delivery.about,
            destination: delivery.destination_name,
        }
    }
}

fn last_answer(delivery: &Delivery) -> Option<String> {
    let detail = &delivery.last.as_ref()?.detail;
    let news = !detail.is_empty() && !delivery.reason.contains(detail.as_str());
    news.then(|| words::sentence(detail))
}

fn label(state: State) -> &'static str {
    match state {
        State::Pending => "Waiting",
        State::Sending => "Being sent",
        State::Delivered => "Delivered",
        State::Dead => "Not delivered",
        State::Expired => "Too late",
        State::Cancelled => "Cancelled",
    }
}

#[derive(Template)]
#[template(path = "deliveries.html")]
struct ListPage {
    frame: Frame,
    states: Vec<Choice>,
    /// The only destination that is shown, if there is one, and its name.
    destination: Option<(DestinationId, String)>,
    rows: Vec<Row>,
    /// How many dead letters there are, whatever is shown.
    dead: i64,
    /// Where the next page starts, if there is one.
    next: Option<String>,
}

/// `GET /deliveries` lists them, newest first, those in one `?state=` and to one `?destination=`
/// or all.
pub(super) fn list(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let state = parameter(req, "state").map(State::parse).transpose()?;
    let before = parameter(req, "before").map(id).transpose()?.map(DeliveryId);
    let destination_id = parameter(req, "destination").map(id).transpose()?.map(DestinationId);
    let filter =
        Filter { states: state.into_iter().collect(), destination_id, ..Filter::default() };
    let list = cx.store.read(|tx| {
        let mut found = store::deliveries::list(tx, user.id, &filter, before, PAGE_ROWS + 1)?;
        let current = state.map_or("", State::as_str);
        let to = destination_id.map(|id| format!("&destination={id}")).unwrap_or_default();
        let last = paging::cut(&mut found, PAGE_ROWS);
        let named = |id| store::destinations::get(tx, user.id, id).map(|found| (id, found.name));
        Ok(ListPage {
            frame: Frame::inside(&user, req, Here::Deliveries, say("Deliveries")),
            states: states(current),
            destination: destination_id.map(named).transpose()?,
            dead: store::deliveries::count_dead(tx, user.id)?,
            next: last.map(|last| format!("/deliveries?state={current}{to}&before={}", last.id)),
            rows: found.into_iter().map(|row| Row::of(row, tx.now(), &user.zone)).collect(),
        })
    })?;
    page(200, &list)
}

fn states(current: &str) -> Vec<Choice> {
    let each = State::ALL.map(|state| Choice::new(state.as_str(), say(label(state)), current));
    std::iter::once(Choice::new("", say("All"), current)).chain(each).collect()
}

#[derive(Template)]
#[template(path = "delivery.html")]
struct DeliveryPage {
    frame: Frame,
    row: Row,
    attempts: Vec<Attempt>,
    /// Whether more may happen to it.
    live: bool,
}

/// One try in words.
struct Attempt {
    number: u32,
    started: String,
    label: &'static str,
    status: Option<u16>,
    detail: String,
}

impl Attempt {
    fn of(record: AttemptRecord, now: Timestamp, zone: &Zone) -> Self {
        Self {
            number: record.number,
            started: words::when(record.started_at, now, zone),
            label: match record.outcome.as_deref() {
                None => "under way",
                Some("accepted") => "arrived",
                Some("retry") => "failed for now",
                Some("reauth") => "our sign-in was refused",
                Some("gone") => "the destination is gone",
                Some("rejected" | "strike") => "refused",
                Some("config") => "the destination has to be mended",
                Some(_) => "no answer came, so it may have arrived",
            },
            status: record.status,
            detail: record.detail,
        }
    }
}

/// `GET /deliveries/{id}` with all its attempts.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = DeliveryId(id(segment)?);
    let shown = cx.store.read(|tx| {
        let delivery = store::deliveries::get(tx, user.id, id)?;
        let attempts = store::deliveries::list_attempts(tx, id)?.into_iter();
        Ok(DeliveryPage {
            frame: Frame::inside(&user, req, Here::Deliveries, &*delivery.about),
            live: delivery.ended_at.is_none(),
            row: Row::of(delivery, tx.now(), &user.zone),
            attempts: attempts.map(|a| Attempt::of(a, tx.now(), &user.zone)).collect(),
        })
    })?;
    page(200, &shown)
}

/// `POST /deliveries/{id}/redeliver` sends a dead letter again.
pub(super) fn redeliver(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = DeliveryId(id(segment)?);
    let sent = cx.store.write(move |tx| redelivered(tx, user.id, only(id)))?;
    Ok(Response::see_other(format!("/deliveries/{id}?done={}", done(&sent, "requeued"))))
}

/// `POST /deliveries/redeliver` sends all dead letters again, or those to one destination.
pub(super) fn redeliver_all(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let filter = dead_letters(req)?;
    let sent = cx.store.write(move |tx| redelivered(tx, user.id, filter))?;
    Ok(Response::see_other(format!("/deliveries?done={}", done(&sent, "requeued"))))
}

/// `POST /deliveries/{id}/cancel` calls off one that waits, or dismisses a dead letter.
pub(super) fn cancel(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = DeliveryId(id(segment)?);
    let ended = cx.store.write(move |tx| cancelled(tx, user.id, only(id)))?;
    Ok(Response::see_other(format!("/deliveries/{id}?done={}", done(&ended, "calledoff"))))
}

/// `POST /deliveries/cancel` dismisses all dead letters, or those to one destination.
pub(super) fn cancel_all(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let filter = dead_letters(req)?;
    let ended = cx.store.write(move |tx| cancelled(tx, user.id, filter))?;
    Ok(Response::see_other(format!("/deliveries?done={}", done(&ended, "calledoff"))))
}

fn redelivered(tx: &WriteTx, user_id: UserId, filter: Filter) -> Result<Moved> {
    ops::deliveries::redeliver(tx, user_id, filter, false)
}

fn cancelled(tx: &WriteTx, user_id: UserId, filter: Filter) -> Result<Moved> {
    ops::deliveries::cancel(tx, user_id, filter, false)
}

fn only(id: DeliveryId) -> Filter {
    Filter { ids: Some(vec![id]), ..Filter::default() }
}

/// The dead letters that a form is about: those to its destination, if it names one.
fn dead_letters(req: &Request) -> Result<Filter> {
    let form = req.form()?;
    let named = Some(form.text("destination")).filter(|text| !text.is_empty());
    let destination_id = named.map(id).transpose()?.map(DestinationId);
    Ok(Filter { states: vec![State::Dead], destination_id, ..Filter::default() })
}

fn done(moved: &Moved, what: &'static str) -> &'static str {
    if moved.ids.is_empty() { "nothing" } else { what }
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};
    use crate::model::delivery::State;
    use crate::model::id::DeliveryId;
    use crate::store;

    #[test]
    fn a_dead_letter_is_explained_and_sent_again() {
        let mut world = World::new();
        let fields = [("kind", "webhook"), ("name", "Desk"), ("url", "https://hooks.example/x")];
        world.post("/destinations", &fields);
        world.post("/destinations/1/test", &[]);
        let die = |tx: &store::WriteTx| {
            store::deliveries::set_ended(tx, DeliveryId(1), State::Dead, "it said <no>")
        };
        world.cx().store.write(die).unwrap();
        assert!(text(world.get("/")).contains("1 message could not be delivered"));
        let page = text(world.get("/deliveries?state=dead"));
        assert!(
            page.contains("It said &#60;no&#62;.") && page.contains("Send all again"),
            "{page}"
        );
        let page = text(world.get("/deliveries/1"));
        assert!(page.contains("action=\"/deliveries/1/redeliver\"") && !page.contains("data-live"));
        let answer = world.post("/deliveries/redeliver", &[]);
        assert_eq!(answer.header("location"), Some("/deliveries?done=requeued"));
        let answer = world.post("/deliveries/1/redeliver", &[]);
        assert_eq!(answer.header("location"), Some("/deliveries/1?done=nothing"));
        assert_eq!(world.post("/deliveries/9/redeliver", &[]).status, 404);
        let answer = world.post("/deliveries/1/cancel", &[]);
        assert_eq!(answer.header("location"), Some("/deliveries/1?done=calledoff"));
        assert!(text(world.get("/deliveries/1")).contains("Called off by hand."));
    }

    #[test]
    fn dead_letters_of_one_destination_are_shown_and_dismissed_together() {
        let mut world = World::new();
        for name in ["Desk", "Shed"] {
            let url = format!("https://hooks.example/{name}");
            let fields = [("kind", "webhook"), ("name", name), ("url", &url)];
            world.post("/destinations", &fields);
        }
        world.post("/destinations/1/test", &[]);
        world.post("/destinations/2/test", &[]);
        let die = |tx: &store::WriteTx| {
            store::deliveries::set_ended(tx, DeliveryId(1), State::Dead, "no")?;
            store::deliveries::set_ended(tx, DeliveryId(2), State::Dead, "no")
        };
        world.cx().store.write(die).unwrap();
        let page = text(world.get("/deliveries?state=dead&destination=2"));
        assert!(page.contains("/deliveries/2\"") && !page.contains("/deliveries/1\""), "{page}");
        world.post("/deliveries/cancel", &[("destination", "2")]);
        let page = text(world.get("/deliveries?state=dead"));
        assert!(page.contains("/deliveries/1\"") && !page.contains("/deliveries/2\""), "{page}");
        assert_eq!(world.get("/deliveries?destination=9").status, 404);
    }
}
