//! The accounts of this server, for admins. What people keep is not shown.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::form::Flaws;
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{admin, id};
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::http::speech::filters;
use crate::model::id::UserId;
use crate::model::user::{User, check_name, check_password};
use crate::ops::accounts::{self, Change};
use crate::{secret, store};

/// An account as it is listed.
pub(super) struct Row {
    pub(super) id: UserId,
    pub(super) name: String,
    pub(super) is_admin: bool,
    /// Whether it is that of who looks.
    pub(super) is_own: bool,
}

impl Row {
    pub(super) fn of(user: User, own: &User) -> Self {
        Self { id: user.id, is_own: user.id == own.id, name: user.name, is_admin: user.is_admin }
    }
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage<'a> {
    frame: Frame,
    row: Row,
    name: &'a str,
    is_admin: bool,
    flaws: Flaws,
}

/// `POST /admin/users` adds an account, in the time zone and the language of who adds it.
pub(super) fn add(cx: &Context, req: &Request) -> Result<Response> {
    let own = auth::admin(cx, req)?;
    let form = req.form()?;
    let mut flaws = Flaws::default();
    flaws.take("name", check_name(form.text("name")));
    flaws.take("password", check_password(form.raw("password")));
    if !flaws.is_empty() {
        return admin::show_page(cx, req, &own, &form, flaws);
    }
    let hash = secret::password_hash(form.raw("password"))?;
    let (name, is_admin, zone) =
        (form.text("name").to_owned(), form.has("is_admin"), own.zone.clone());
    let language = own.language;
    let added = cx.store.write(move |tx| {
        let id = accounts::add(tx, &name, &hash, is_admin, &zone)?;
        store::users::set_language(tx, id, language)
    });
    match added {
        Ok(()) => Ok(Response::see_other("/admin?done=useradded#people")),
        Err(Error::Conflict(why)) => {
            flaws.add("name", &why);
            admin::show_page(cx, req, &own, &form, flaws)
        }
        Err(other) => Err(other),
    }
}

/// `GET /admin/users/{id}`.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let own = auth::admin(cx, req)?;
    let user = user(cx, segment)?;
    show_page(req, &own, user, &Form::default(), Flaws::default())
}

fn show_page(req: &Request, own: &User, user: User, form: &Form, flaws: Flaws) -> Result<Response> {
    let row = Row::of(user, own);
    let shown = PersonPage {
        frame: Frame::inside(own, req, Here::Admin, &row.name),
        name: if form.has("name") { form.text("name") } else { &row.name.clone() },
        is_admin: if form.has("name") { form.has("is_admin") } else { row.is_admin },
        row,
        flaws,
    };
    page(shown.flaws.status(), &shown)
}

fn user(cx: &Context, segment: &str) -> Result<User> {
    let id = UserId(id(segment)?);
    cx.store.read(|tx| store::users::get(tx, id))
}

/// `POST /admin/users/{id}` changes its name and whether it is an admin's.
pub(super) fn change(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let own = auth::admin(cx, req)?;
    let user = user(cx, segment)?;
    let form = req.form()?;
    let change = Change {
        name: Some(form.text("name").to_owned()),
        is_admin: Some(form.has("is_admin")),
        ..Change::default()
    };
    let id = user.id;
    match cx.store.write(move |tx| accounts::change(tx, id, &change)) {
        // Who is no admin any more has nothing to look for there.
        Ok(changed) if changed.id == own.id && !changed.is_admin => Ok(Response::see_other("/")),
        Ok(_) => Ok(Response::see_other("/admin?done=changed#people")),
        Err(error) => show_page(req, &own, user, &form, Flaws::of(error)?),
    }
}

/// `POST /admin/users/{id}/password` gives somebody else another password. One's own is changed
/// in the settings, where the old one is asked for.
pub(super) fn set_password(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let own = auth::admin(cx, req)?;
    let user = user(cx, segment)?;
    if user.id == own.id {
        return Ok(Response::see_other("/settings"));
    }
    let form = req.form()?;
    let mut flaws = Flaws::default();
    flaws.take("password", check_password(form.raw("password")));
    if !flaws.is_empty() {
        return show_page(req, &own, user, &form, flaws);
    }
    let hash = secret::password_hash(form.raw("password"))?;
    cx.store.write(move |tx| accounts::set_password(tx, user.id, &hash))?;
    Ok(Response::see_other("/admin?done=userpassword#people"))
}

/// `POST /admin/users/{id}/delete` removes an account with everything that is theirs; one's own
/// only when that was ticked as well.
pub(super) fn delete(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let own = auth::admin(cx, req)?;
    let user = user(cx, segment)?;
    let form = req.form()?;
    if user.id == own.id && !form.has("confirm") {
        let mut flaws = Flaws::default();
        flaws.add("confirm", "tick this to remove your own account");
        return show_page(req, &own, user, &form, flaws);
    }
    let id = user.id;
    match remove(cx, id) {
        Ok(()) if id == own.id => Ok(Response::see_other("/login")),
        Ok(()) => Ok(Response::see_other("/admin?done=userremoved#people")),
        Err(error) => show_page(req, &own, user, &form, Flaws::of(error)?),
    }
}

/// Removes an account, after all its links were deleted chunk by chunk.
fn remove(cx: &Context, id: UserId) -> Result<()> {
    while cx.store.write(move |tx| accounts::clear(tx, id))? {}
    cx.store.write(move |tx| accounts::remove(tx, id))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    fn managed() -> World {
        let world = World::new();
        world.make_admin(1);
        world.sign_up("juno");
        world
    }

    #[test]
    fn an_account_is_added_and_can_sign_in() {
        let mut world = managed();
        let fields = [("name", "nari"), ("password", "browner toast")];
        let answer = world.post("/admin/users", &fields);
        assert_eq!(answer.header("location"), Some("/admin?done=useradded#people"));
        assert!(text(world.get("/admin")).contains("nari"));
        assert_eq!(world.post("/login", &fields).header("location"), Some("/"));
    }

    #[test]
    fn what_does_not_fit_is_said_at_its_field() {
        let mut world = managed();
        let mut check = |target: &str, name: &str, password: &str, flaws: &[&str]| {
            let answer = world.post(target, &[("name", name), ("password", password)]);
            assert_eq!(answer.status, 422, "{target} {name}");
            let page = text(answer);
            for field in ["name", "password"] {
                let flawed = page.contains(&format!("id=\"{field}-flaw\""));
                assert_eq!(flawed, flaws.contains(&field), "{target} {name} {field}");
            }
            assert!(!page.contains("toast\"") && !page.contains("\"short\""), "{target} {name}");
        };
        check("/admin/users", "na ri", "short", &["name", "password"]);
        check("/admin/users", "JUNO", "browner toast", &["name"]);
        check("/admin/users/2", "ju no", "", &["name"]);
        check("/admin/users/2/password", "", "short", &["password"]);
    }

    #[test]
    fn a_person_gets_another_name_rights_and_password() {
        let mut world = managed();
        world.post("/admin/users/2", &[("name", "june"), ("is_admin", "1")]);
        let page = text(world.get("/admin/users/2"));
        assert!(page.contains("value=\"june\"") && page.contains("value=\"1\" checked"), "{page}");
        world.post("/admin/users/2/password", &[("password", "browner toast")]);
        let old = world.post("/login", &[("name", "june"), ("password", "brown toast")]);
        assert_eq!(old.status, 422);
        let new = world.post("/login", &[("name", "june"), ("password", "browner toast")]);
        assert_eq!(new.status, 303);
        let own = world.post("/admin/users/1/password", &[("password", "browner toast")]);
        assert_eq!(own.header("location"), Some("/settings"), "the old one is asked for there");
        assert_eq!(world.post("/admin/users/9", &[("name", "nobody")]).status, 404);
    }

    #[test]
    fn people_leave_except_the_last_admin() {
        let mut world = managed();
        let last = world.post("/admin/users/1", &[("name", "mina")]);
        assert_eq!(last.status, 422);
        assert!(text(last).contains("This is the last admin"));
        let asked = world.post("/admin/users/1/delete", &[]);
        assert_eq!(asked.status, 422);
        assert!(text(asked).contains("id=\"confirm-flaw\""));
        assert_eq!(world.post("/admin/users/1/delete", &[("confirm", "1")]).status, 422);
        let answer = world.post("/admin/users/2/delete", &[]);
        assert_eq!(answer.header("location"), Some("/admin?done=userremoved#people"));
        assert_eq!(world.get("/admin/users/2").status, 404);
    }

    #[test]
    fn nobody_else_manages_accounts() {
        let mut world = managed();
        world.cookie = world.sign_up("nari");
        assert_eq!(world.get("/admin/users/1").status, 403);
        for target in ["", "/1", "/1/password", "/1/delete"] {
            let answer = world.post(&format!("/admin/users{target}"), &[("name", "x")]);
            assert_eq!(answer.status, 403, "{target}");
        }
    }
}
