//! What a push opens, and what its buttons do: with a ticket for those who are not signed in,
//! and on a page of its own for those whose notifications have no buttons.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::cards::Card;
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{id, words};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{self, filters, say, say_with};
use crate::model::act::{Act, Ticket};
use crate::model::bookmark::Bookmark;
use crate::model::id::DeliveryId;
use crate::ops::acts::Effect;
use crate::store::acts::Told;
use crate::{ops, store};

/// Asks before it does anything: programs that look at the links in a message only open them.
#[derive(Template)]
#[template(path = "act.html")]
struct AskPage {
    frame: Frame,
    sealed: String,
    button: String,
    about: String,
    /// The links that are read then.
    titles: Vec<String>,
}

#[derive(Template)]
#[template(path = "acted.html")]
struct ActedPage {
    frame: Frame,
    said: String,
}

#[derive(Template)]
#[template(path = "due.html")]
struct DuePage {
    frame: Frame,
    id: DeliveryId,
    sent: String,
    unread: i64,
    cards: Vec<Card>,
}

/// `GET /act/{ticket}` asks whether it is meant.
pub(super) fn ask(cx: &Context, sealed: &str) -> Result<Response> {
    let asked = cx.store.read(|tx| {
        let ticket = Ticket::verify(sealed, &store::acts::key(tx)?, tx.now())?;
        let told = store::acts::told(tx, ticket.delivery_id).map_err(forgotten)?;
        speech::speak(store::users::get(tx, told.user_id)?.language);
        let (title, button) = question(ticket.act);
        let links = if ticket.act == Act::Done { links(tx, &told)? } else { Vec::new() };
        Ok(AskPage {
            frame: Frame::outside(say(title)),
            sealed: sealed.to_owned(),
            button: say(button),
            about: told.about,
            titles: unread(&links).iter().map(|link| link.title().to_owned()).collect(),
        })
    })?;
    page(200, &asked)
}

/// `POST /act/{ticket}` does it, once.
pub(super) fn redeem(cx: &Context, sealed: &str) -> Result<Response> {
    let sealed = sealed.to_owned();
    let (effect, user, now) = cx.store.write(move |tx| {
        let ticket = Ticket::verify(&sealed, &store::acts::key(tx)?, tx.now())?;
        let told = store::acts::told(tx, ticket.delivery_id).map_err(forgotten)?;
        let effect = ops::acts::redeem(tx, &ticket)?;
        Ok((effect, store::users::get(tx, told.user_id)?, tx.now()))
    })?;
    speech::speak(user.language);
    let said = match effect {
        Some(Effect::Read(0)) => say("These links were read already."),
        Some(Effect::Read(count)) => {
            speech::count(counted(count), "{n} link marked as read.", "{n} links marked as read.")
        }
        Some(Effect::Again(at)) => {
            let until = words::when(at, now, &user.zone);
            say_with("It comes once more {until}.", &[("until", &until)])
        }
        Some(Effect::Stopped) => {
            say("Nothing more is sent there. Your destinations are where you can change your mind.")
        }
        Some(Effect::Nothing) => say("There was nothing left to do."),
        None => say("That was done already."),
    };
    page(200, &ActedPage { frame: Frame::outside(say("Done")), said })
}

/// `GET /due/{delivery}` is what a push told of.
pub(super) fn due(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = DeliveryId(id(segment)?);
    let found = cx.store.read(|tx| {
        let told = store::acts::told_to(tx, user.id, id)?;
        let folders = store::folders::list(tx, user.id)?;
        let links = links(tx, &told)?;
        Ok(DuePage {
            id,
            unread: counted(unread(&links).len()),
            cards: links.iter().map(|link| Card::of(link, &folders, tx.now(), &user)).collect(),
            sent: words::when(told.created_at, tx.now(), &user.zone),
            frame: Frame::inside(&user, req, Here::Home, told.about),
        })
    });
    match found {
        // Pushes outlive what we remember of them.
        Err(Error::NotFound(_)) => Ok(Response::see_other("/bookmarks?unread=1")),
        found => page(200, &found?),
    }
}

/// `POST /due/{delivery}/{act}`.
pub(super) fn act(cx: &Context, req: &Request, segment: &str, name: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = DeliveryId(id(segment)?);
    let act = Act::find(name).filter(|act| Act::BUTTONS.contains(act));
    let act = act.ok_or(Error::NotFound("page"))?;
    Ok(match cx.store.write(move |tx| ops::acts::act(tx, user.id, id, act))? {
        Effect::Read(_) => Response::see_other("/?done=read"),
        Effect::Again(_) => Response::see_other(format!("/due/{id}?done=snoozed")),
        Effect::Stopped | Effect::Nothing => Response::see_other(format!("/due/{id}?done=nothing")),
    })
}

/// Those of the links that still exist.
fn links(tx: &store::Tx, told: &Told) -> Result<Vec<Bookmark>> {
    let found = store::bookmarks::find_all(tx, &told.links)?;
    Ok(found.into_iter().filter(|link| link.user_id == told.user_id).collect())
}

fn unread(links: &[Bookmark]) -> Vec<&Bookmark> {
    links.iter().filter(|link| link.read_at.is_none()).collect()
}

fn counted(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn forgotten(error: Error) -> Error {
    match error {
        Error::NotFound(_) => Error::Conflict("this button is too old to be used".into()),
        other => other,
    }
}

/// What is asked, and the button that says yes.
const fn question(act: Act) -> (&'static str, &'static str) {
    match act {
        Act::Snooze => ("Remind you again in an hour?", "Yes, in an hour"),
        Act::Tomorrow => ("Remind you again tomorrow morning?", "Yes, tomorrow morning"),
        Act::Done => ("Mark these links as read?", "Yes, they are read"),
        Act::Stop => ("Send nothing more there?", "Yes, send nothing more"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::http::pages::testing::{World, text};
    use crate::model::destination::Address;
    use crate::model::id::UserId;
    use crate::model::message::Message;
    use crate::model::scope::Buckets;
    use crate::ops::outbox::Room;

    /// Mina has two links, and a push about them has just left; returns its message.
    fn pushed(world: &mut World) -> Message {
        for (title, url) in [("Rye <bread>", "https://a.example/"), ("식빵", "https://b.example/")]
        {
            world.post("/bookmarks", &[("url", url), ("title", title)]);
        }
        let phone = |tx: &store::WriteTx| {
            let address = Address::ntfy("https://ntfy.example", "mina", "")?;
            ops::destinations::add(tx, UserId(1), "Phone", &address)
        };
        world.cx().store.write(phone).unwrap();
        let when = [("kind", "weekly"), ("days", "7"), ("at", "18:01"), ("name", "Evening")];
        world.post("/reminders", &when);
        world.clock.advance(Duration::from_mins(1));
        let send = |tx: &store::WriteTx| {
            ops::reminders::fire_due(tx, &[UserId(1)])?;
            let sent = std::cell::RefCell::new(None);
            let room = Room { all: 1, a_scope: 1 };
            ops::outbox::claim(tx, room, &mut Buckets::default(), |_, message| {
                *sent.borrow_mut() = Some(message.clone());
                Vec::new()
            })?;
            Ok(sent.into_inner())
        };
        world.cx().store.write(send).unwrap().expect("a push left")
    }

    fn path(message: &Message, act: Act) -> &str {
        &message.buttons.iter().find(|button| button.act == act).unwrap().path
    }

    fn unread(world: &mut World) -> i64 {
        world.cx().store.read(|tx| store::bookmarks::count(tx, UserId(1))).unwrap().unread
    }

    #[test]
    fn a_button_asks_when_it_is_opened_and_works_once_when_it_is_pressed() {
        let mut world = World::new();
        let message = pushed(&mut world);
        let signed_in = std::mem::take(&mut world.cookie);
        world.origin = Some("https://mail.example".into());
        let done = path(&message, Act::Done);
        for _ in 0..2 {
            let page = text(world.get(done));
            assert!(page.contains("Rye &#60;bread&#62;") && page.contains("식빵"), "{page}");
            assert_eq!(unread(&mut world), 2, "a link scanner only opens it");
        }
        assert!(text(world.post(done, &[])).contains("2 links marked as read"));
        assert_eq!(unread(&mut world), 0);
        (world.cookie, world.origin) = (signed_in, None);
        world.post("/bookmarks/1/unread", &[]);
        world.cookie.clear();
        assert!(text(world.post(done, &[])).contains("done already"));
        assert_eq!(unread(&mut world), 1, "pressing it again changes nothing");
    }

    #[test]
    fn a_reminder_is_put_off_by_an_hour_or_to_the_morning() {
        for (act, expected) in
            [(Act::Snooze, "2026-03-08T10:01:00Z"), (Act::Tomorrow, "2026-03-09T00:00:00Z")]
        {
            let mut world = World::new();
            let message = pushed(&mut world);
            assert_eq!(world.post(path(&message, act), &[]).status, 200);
            let reminders = world.cx().store.read(|tx| store::reminders::list(tx, UserId(1)));
            let until = reminders.unwrap()[0].snoozed_until.map(|at| at.to_string());
            assert_eq!(until.as_deref(), Some(expected));
        }
    }

    #[test]
    fn who_wants_no_more_messages_gets_none() {
        let mut world = World::new();
        let message = pushed(&mut world);
        let answer = world.post(&message.stop_path.unwrap(), &[("List-Unsubscribe", "One-Click")]);
        assert_eq!(answer.status, 200);
        assert!(text(world.get("/destinations")).contains("No more messages were wanted here"));
    }

    #[test]
    fn a_button_that_is_forged_or_too_old_does_nothing() {
        let mut world = World::new();
        let message = pushed(&mut world);
        let done = path(&message, Act::Done).to_owned();
        let forged = done.replace("/1.", "/2.");
        assert_eq!((world.get(&forged).status, world.post(&forged, &[]).status), (404, 404));
        world.clock.advance(Duration::from_hours(24 * 30));
        assert_eq!((world.get(&done).status, world.post(&done, &[]).status), (409, 409));
        assert_eq!(unread(&mut world), 2);
    }

    #[test]
    fn what_a_push_opens_shows_its_links_with_the_same_buttons() {
        let mut world = World::new();
        let message = pushed(&mut world);
        assert_eq!(message.open_path, "/due/1");
        let page = text(world.get("/due/1"));
        assert!(page.contains("Evening") && page.contains("Done, 2 links read"), "{page}");
        let answer = world.post("/due/1/snooze", &[]);
        assert_eq!(answer.header("location"), Some("/due/1?done=snoozed"));
        assert_eq!(world.post("/due/1/done", &[]).header("location"), Some("/?done=read"));
        assert_eq!(unread(&mut world), 0);
        assert!(!text(world.get("/due/1")).contains("Done,"), "there is nothing left to be done");
        assert_eq!(world.post("/due/1/stop", &[]).status, 404);
        world.cookie = world.sign_up("juno");
        assert_eq!(world.get("/due/1").header("location"), Some("/bookmarks?unread=1"));
        assert_eq!(world.post("/due/1/done", &[]).status, 404);
    }

    #[test]
    fn a_picture_is_shown_to_whom_we_told_of_it() {
        let mut world = World::new();
        let key = world.cx().pictures.put("image/webp", &[7]).unwrap();
        let secret = world.cx().store.read(store::acts::key).unwrap();
        world.cookie.clear();
        let answer = world.get(&format!("/pictures/{}", crate::model::seal::seal(&key, &secret)));
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/webp")));
        assert_eq!(world.get(&format!("/pictures/{key}")).status, 404);
        assert_eq!(world.get(&format!("/pictures/{key}.AAAA")).status, 404);
    }
}
