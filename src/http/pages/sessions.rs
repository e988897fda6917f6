//! The part of the settings that is about signed-in browsers.

use crate::error::Result;
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::{id, words};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::say;
use crate::model::id::SessionId;
use crate::model::user::User;
use crate::store::{self, Tx};

/// A browser that is signed in.
pub(super) struct Row {
    pub(super) id: SessionId,
    pub(super) browser: String,
    pub(super) since: String,
    pub(super) seen: String,
    /// Whether it is the one that looks at this.
    pub(super) is_this: bool,
}

/// The browsers in which somebody is signed in, of which `this` is the one that looks.
pub(super) fn rows(tx: &Tx, user: &User, this: Option<SessionId>) -> Result<Vec<Row>> {
    let when = |at| words::when(at, tx.now(), &user.zone);
    let rows = store::sessions::list(tx, user.id)?.into_iter().map(|session| Row {
        id: session.id,
        since: when(session.created_at),
        seen: when(session.last_seen_at),
        is_this: Some(session.id) == this,
        browser: if session.browser.is_empty() {
            say("A browser that did not say its name")
        } else {
            session.browser
        },
    });
    Ok(rows.collect())
}

/// `POST /settings/sessions/{id}/end` signs a browser out.
pub(super) fn end(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = SessionId(id(segment)?);
    cx.store.write(move |tx| store::sessions::delete(tx, user.id, id))?;
    Ok(Response::see_other("/settings?done=signedout#sessions"))
}

/// `POST /settings/sessions/end` signs every other browser out.
pub(super) fn end_others(cx: &Context, req: &Request) -> Result<Response> {
    let caller = auth::browser(cx, req)?;
    cx.store
        .write(move |tx| store::sessions::delete_others(tx, caller.user.id, caller.session_id))?;
    Ok(Response::see_other("/settings?done=signedout#sessions"))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};
    use crate::http::request::{Method, Request};

    const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

    /// Signs `mina` in with another browser; returns its cookie.
    fn sign_in(world: &mut World) -> String {
        let mut req = Request::new(Method::Post, "/login").unwrap();
        let kind = "application/x-www-form-urlencoded";
        req.headers.push(("content-type".into(), kind.into()));
        req.headers.push(("user-agent".into(), FIREFOX.into()));
        req.body = b"name=mina&password=brown+toast".into();
        let answer = world.answer(req);
        answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    #[test]
    fn a_browser_is_listed_and_signed_out_from_another() {
        let mut world = World::new();
        let other = sign_in(&mut world);
        let page = text(world.get("/settings"));
        assert!(page.contains("Firefox on Linux") && page.contains("this one"), "{page}");
        let answer = world.post("/settings/sessions/2/end", &[]);
        assert_eq!(answer.header("location"), Some("/settings?done=signedout#sessions"));
        assert!(!text(world.get("/settings")).contains("Firefox on Linux"));
        let this = std::mem::replace(&mut world.cookie, other);
        assert_eq!(world.get("/settings").status, 303, "it has to sign in again");
        world.cookie = world.sign_up("juno");
        assert_eq!(world.post("/settings/sessions/1/end", &[]).status, 404);
        world.cookie = this;
        assert_eq!(world.get("/settings").status, 200);
    }

    #[test]
    fn all_other_browsers_are_signed_out_at_once() {
        let mut world = World::new();
        let others = [sign_in(&mut world), sign_in(&mut world)];
        let juno = world.sign_up("juno");
        world.post("/settings/sessions/end", &[]);
        assert_eq!(world.get("/settings").status, 200);
        let page = text(world.get("/settings"));
        assert!(!page.contains("Sign out all others"), "there are none left: {page}");
        for other in others {
            world.cookie = other;
            assert_eq!(world.get("/settings").status, 303);
        }
        world.cookie = juno;
        assert_eq!(world.get("/settings").status, 200);
    }
}
