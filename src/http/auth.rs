//! Who is asking: a session cookie for people, a bearer token for programs.

use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech;
use crate::model::browser;
use crate::model::id::{SessionId, UserId};
use crate::model::token::Rights;
use crate::model::user::User;
use crate::{ops, secret, store};

const COOKIE: &str = "toaster_session";
/// Why somebody is refused who may not manage the server.
pub const ADMINS_ONLY: &str = "only an admin of this server may do that";

/// Who asks, and what they may do.
#[derive(Debug)]
pub struct Caller {
    /// The person.
    pub user: User,
    /// What the browser or program may do in their name.
    pub rights: Rights,
    /// The browser's session, if it is one.
    pub session_id: Option<SessionId>,
}

/// Who a request to the API comes from. What they may do is for its routes to check.
///
/// # Errors
/// `Unauthorized` when nobody is signed in; `Forbidden` when a browser sends a change on
/// behalf of another site.
pub fn caller(cx: &Context, req: &Request) -> Result<Caller> {
    if let Some(token) = bearer(req) {
        return by_token(cx, token);
    }
    check_origin(cx, req)?;
    by_session(cx, req)?
        .ok_or(Error::Unauthorized("nobody is signed in, expected a session or a bearer token"))
}

/// The person a request for a page comes from. Pages are for browsers: a token, which may do
/// less than its owner, opens none but the pictures of links.
///
/// # Errors
/// As [`caller`].
pub fn user(cx: &Context, req: &Request) -> Result<User> {
    browser(cx, req).map(|caller| caller.user)
}

/// As [`user`], with the session.
///
/// # Errors
/// As [`caller`].
pub fn browser(cx: &Context, req: &Request) -> Result<Caller> {
    check_origin(cx, req)?;
    by_session(cx, req)?.ok_or(Error::Unauthorized("nobody is signed in"))
}

/// As [`user`], for those who may manage the server.
///
/// # Errors
/// As [`caller`]; `Forbidden` when they may not.
pub fn admin(cx: &Context, req: &Request) -> Result<User> {
    let user = user(cx, req)?;
    if user.is_admin { Ok(user) } else { Err(Error::Forbidden(ADMINS_ONLY)) }
}

/// The person whose browser sends a request, if it is signed in; from now on it is answered in
/// their language.
///
/// # Errors
/// When that cannot be read.
pub fn by_session(cx: &Context, req: &Request) -> Result<Option<Caller>> {
    let Some(key) = req.cookie(COOKIE) else { return Ok(None) };
    let hash = secret::key_hash(key);
    let found = cx.store.read(|tx| match ops::accounts::find_session(tx, &hash)? {
        Some((session, is_stale)) => {
            Ok(Some((store::users::get(tx, session.user_id)?, session.id, is_stale)))
        }
        None => Ok(None),
    })?;
    let Some((user, id, is_stale)) = found else { return Ok(None) };
    if is_stale {
        touch(cx.store.write(move |tx| store::sessions::touch(tx, id)));
    }
    speech::speak(user.language);
    Ok(Some(Caller { user, rights: Rights::ALL, session_id: Some(id) }))
}

fn bearer(req: &Request) -> Option<&str> {
    let (scheme, token) = req.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// What a request says to show who it comes from: the token, or the key of the session.
pub(super) fn credential(req: &Request) -> Option<&str> {
    bearer(req).or_else(|| req.cookie(COOKIE))
}

fn by_token(cx: &Context, token: &str) -> Result<Caller> {
    let hash = secret::key_hash(token);
    let found = cx.store.read(|tx| ops::tokens::find(tx, &hash))?;
    if let Some(id) = found.stale {
        touch(cx.store.write(move |tx| store::tokens::touch(tx, id)));
    }
    Ok(Caller { user: found.user, rights: found.rights, session_id: None })
}

/// A note of when somebody was here is not worth refusing them, as a full disk would.
fn touch(noted: Result<()>) {
    if let Err(error) = noted {
        tracing::warn!(%error, "it could not be noted when somebody was here");
    }
}

/// Refuses a change that another site makes a browser send: browsers say where a request
/// comes from, and programs, which do not, carry no cookie either.
///
/// # Errors
/// `Forbidden` when the origin is not ours.
pub fn check_origin(cx: &Context, req: &Request) -> Result<()> {
    if !req.method.changes() {
        return Ok(());
    }
    let foreign = Error::Forbidden("this request comes from another site");
    if let Some(site) = req.header("sec-fetch-site") {
        return if matches!(site, "same-origin" | "none") { Ok(()) } else { Err(foreign) };
    }
    let Some(origin) = req.header("origin") else { return Ok(()) };
    // The name the browser used, or the one that people are told to use.
    let host = req.header("host").unwrap_or_default();
    let by_host = origin.split_once("://").is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(host));
    if by_host || origin.eq_ignore_ascii_case(&cx.shared.base_url) { Ok(()) } else { Err(foreign) }
}

/// Signs a person in by name and password, slowing down those who guess.
///
/// # Errors
/// `Unauthorized` when they do not match, `TooMany` after many failures.
pub fn sign_in(cx: &Context, req: &Request, name: &str, password: &str) -> Result<UserId> {
    let now = cx.clock.monotonic();
    let who = [format!("name {}", name.to_lowercase()), format!("address {}", req.client)];
    cx.shared.sign_ins.check(&who, now)?;
    let found = cx.store.read(|tx| store::users::find_by_name(tx, name))?;
    if !secret::password_matches(password, found.as_ref().map(|(_, hash)| hash.as_str())) {
        cx.shared.sign_ins.failed(&who, now);
        return Err(Error::Unauthorized("the name or the password is wrong"));
    }
    cx.shared.sign_ins.succeeded(&who[0]);
    found.map(|(user, _)| user.id).ok_or(Error::Unauthorized("the name or the password is wrong"))
}

/// Opens a session for a person and hands its key to their browser with an answer.
///
/// # Errors
/// When it cannot be stored.
pub fn open_session(cx: &Context, req: &Request, id: UserId, answer: Response) -> Result<Response> {
    let key = secret::new_key()?;
    let hash = secret::key_hash(&key);
    let browser = browser::describe(req.header("user-agent").unwrap_or_default());
    cx.store.write(move |tx| ops::accounts::sign_in(tx, id, &hash, &browser))?;
    Ok(answer.with("set-cookie", cookie(cx, &key, ops::accounts::SESSION_LIFETIME.as_secs())))
}

/// Ends the session a request belongs to.
///
/// # Errors
/// When that cannot be stored.
pub fn close_session(cx: &Context, req: &Request, answer: Response) -> Result<Response> {
    if let Some(key) = req.cookie(COOKIE) {
        let hash = secret::key_hash(key);
        cx.store.write(move |tx| store::sessions::delete_by_key(tx, &hash))?;
    }
    Ok(answer.with("set-cookie", cookie(cx, "", 0)))
}

fn cookie(cx: &Context, key: &str, age_s: u64) -> String {
    let secure = if cx.shared.secure_cookies { "; Secure" } else { "" };
    format!("{COOKIE}={key}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Lax{secure}")
}
