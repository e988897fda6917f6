//! The part of the settings that is about tokens for programs.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::form::{Choice, Flaws, number};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{folders, id, settings, words};
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::http::speech::{filters, say, say_with};
use crate::model::folder::Folder;
use crate::model::id::{FolderId, TokenId};
use crate::model::time::{Timestamp, Zone, parse_date};
use crate::model::token::{self, Rights, Scope, Token};
use crate::model::user::User;
use crate::store::{self, Tx};
use crate::{ops, secret};

/// The tokens there are, and the form for one more.
pub(super) struct Section {
    pub(super) rows: Vec<Row>,
    pub(super) name: String,
    pub(super) scopes: Vec<Choice>,
    pub(super) folders: Vec<Choice>,
    pub(super) until: String,
}

/// A token as it is listed: never the token itself.
pub(super) struct Row {
    pub(super) id: TokenId,
    pub(super) name: String,
    /// What it may do, in words.
    pub(super) may: String,
    pub(super) made: String,
    pub(super) used: Option<String>,
    pub(super) until: Option<String>,
    pub(super) expired: bool,
}

impl Section {
    /// The section for somebody who typed that into its form, or nothing.
    pub(super) fn read(tx: &Tx, user: &User, form: &Form) -> Result<Self> {
        let tokens = store::tokens::list(tx, user.id)?;
        let owned = store::folders::list(tx, user.id)?;
        let scope = if form.has("scope") { form.text("scope") } else { Scope::Write.as_str() };
        let offered = Scope::ALL.into_iter().filter(|one| user.is_admin || *one < Scope::Admin);
        Ok(Self {
            rows: tokens.into_iter().map(|t| Row::of(t, &owned, tx.now(), &user.zone)).collect(),
            name: form.text("token_name").to_owned(),
            scopes: offered.map(|one| Choice::new(one.as_str(), say(may(one)), scope)).collect(),
            folders: folders::choices(&owned, &say("All links"), form.text("token_folder")),
            until: form.text("token_until").to_owned(),
        })
    }
}

impl Row {
    fn of(token: Token, folders: &[Folder], now: Timestamp, zone: &Zone) -> Self {
        let when = |at| words::when(at, now, zone);
        let Rights { scope, folder_id, expires_at } = token.rights;
        let folder = folders.iter().find(|folder| Some(folder.id) == folder_id);
        let only = folder
            .map(|folder| say_with(", only in {folder}", &[("folder", &folder.title)]))
            .unwrap_or_default();
        Self {
            id: token.id,
            name: token.name,
            may: format!("{}{only}", say(may(scope))),
            made: when(token.created_at),
            used: token.last_used_at.map(when),
            until: expires_at.map(when),
            expired: token.rights.has_expired(now),
        }
    }
}

/// What a token of that scope may do, in words.
fn may(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => "Look, change nothing",
        Scope::Write => "Look and change",
        Scope::Admin => "Also manage this server",
    }
}

#[derive(Template)]
#[template(path = "token_added.html")]
struct AddedPage {
    frame: Frame,
    name: String,
    key: String,
}

/// `POST /settings/tokens` makes a token, which is shown in this answer alone.
pub(super) fn add(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let form = req.form()?;
    let mut flaws = Flaws::default();
    let Some(rights) = rights(&form, &user.zone, &mut flaws) else {
        return settings::show_page(cx, req, &user, &form, flaws);
    };
    let key = secret::new_key()?;
    let hash = secret::key_hash(&key);
    let (name, owner) = (form.text("token_name").to_owned(), user.clone());
    let made =
        cx.store.write(move |tx| ops::tokens::add(tx, &owner, &Rights::ALL, &name, &rights, &hash));
    match made {
        Ok(Token { name, .. }) => {
            let frame = Frame::inside(&user, req, Here::Settings, say("Token created"));
            page(201, &AddedPage { frame, name, key })
        }
        Err(error) => settings::show_page(cx, req, &user, &form, Flaws::of(as_in_form(error))?),
    }
}

fn rights(form: &Form, zone: &Zone, flaws: &mut Flaws) -> Option<Rights> {
    let typed = |name| Some(form.text(name)).filter(|typed: &&str| !typed.is_empty());
    let scope = flaws.take("scope", typed("scope").map_or(Ok(Scope::Write), Scope::parse));
    let folder = typed("token_folder").map(|typed| number("token_folder", typed)).transpose();
    let folder = flaws.take("token_folder", folder);
    let last_day = flaws.take("token_until", typed("token_until").map(parse_date).transpose());
    Some(Rights {
        scope: scope?,
        folder_id: folder?.map(FolderId),
        expires_at: last_day?.map(|day| token::end_of(day, zone)),
    })
}

/// The error under the names that the form has.
fn as_in_form(error: Error) -> Error {
    let names =
        [("name", "token_name"), ("folder_id", "token_folder"), ("expires_at", "token_until")];
    error.renamed(&names)
}

/// `POST /settings/tokens/{id}/revoke`.
pub(super) fn revoke(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = TokenId(id(segment)?);
    cx.store.write(move |tx| ops::tokens::revoke(tx, user.id, &Rights::ALL, id))?;
    Ok(Response::see_other("/settings?done=revoked#tokens"))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn a_token_is_shown_once_and_revoked_by_its_owner_only() {
        let mut world = World::new();
        let answer = world.post("/settings/tokens", &[("token_name", "phone")]);
        assert_eq!(answer.status, 201);
        let page = text(answer);
        let key = page.split("id=\"key\">").nth(1).unwrap().split('<').next().unwrap();
        assert_eq!(key.len(), 43);
        let page = text(world.get("/settings"));
        assert!(page.contains("phone") && !page.contains(key));
        assert_eq!(world.post("/settings/tokens", &[("token_name", "")]).status, 422);
        let mina = std::mem::take(&mut world.cookie);
        world.cookie = world.sign_up("juno");
        assert_eq!(world.post("/settings/tokens/1/revoke", &[]).status, 404);
        world.cookie = mina;
        assert_eq!(world.post("/settings/tokens/1/revoke", &[]).status, 303);
    }

    #[test]
    fn a_token_says_what_it_may_do_and_until_when() {
        let mut world = World::new();
        world.post("/folders", &[("title", "Share")]);
        let fields = [
            ("token_name", "tablet"),
            ("scope", "read"),
            ("token_folder", "1"),
            ("token_until", "2026-03-08"),
        ];
        assert_eq!(world.post("/settings/tokens", &fields).status, 201);
        let page = text(world.get("/settings"));
        assert!(page.contains("Look, change nothing, only in Share"), "{page}");
        assert!(page.contains("until tomorrow 00:00"), "the whole of its last day: {page}");
        assert!(!page.contains("value=\"admin\""), "not offered to somebody who is none");
        world.clock.advance(std::time::Duration::from_hours(24));
        assert!(text(world.get("/settings")).contains("expired"));
    }

    #[test]
    fn what_does_not_fit_is_said_at_its_field_and_kept() {
        let mut world = World::new();
        let mut check = |field: &'static str, typed: &'static str| {
            let fields = [("token_name", "tablet"), (field, typed)];
            let answer = world.post("/settings/tokens", &fields);
            assert_eq!(answer.status, 422, "{field} {typed}");
            let page = text(answer);
            assert!(page.contains(&format!("id=\"{field}-flaw\"")), "{field} {typed}: {page}");
            assert!(page.contains("value=\"tablet\""));
        };
        check("scope", "admin");
        check("scope", "all");
        check("token_folder", "9");
        check("token_folder", "x");
        check("token_until", "2026-03-07");
        check("token_until", "soon");
        assert!(!text(world.get("/settings")).contains("Revoke"), "nothing was made");
    }
}
