//! What admins see of the server: how it is doing, who has an account, its backups.

use askama::Template;

use crate::error::Result;
use crate::http::context::Context;
use crate::http::pages::form::Flaws;
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{people, words};
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::http::speech::{self, filters, say, say_with};
use crate::http::{auth, ready};
use crate::model::user::User;
use crate::store::status::{self, Status};
use crate::store::{self, backups};

#[derive(Template)]
#[template(path = "admin.html")]
struct AdminPage<'a> {
    frame: Frame,
    /// What is not well, in words.
    troubles: Vec<String>,
    /// How it is doing otherwise.
    health: Vec<String>,
    people: Vec<people::Row>,
    name: &'a str,
    is_admin: bool,
    backups: Vec<Backup>,
    flaws: Flaws,
}

struct Backup {
    name: String,
    size: String,
    made: String,
}

/// `GET /admin`.
pub(super) fn show(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::admin(cx, req)?;
    show_page(cx, req, &user, &Form::default(), Flaws::default())
}

/// The page, with what was typed into its form for a new account and does not fit.
pub(super) fn show_page(
    cx: &Context,
    req: &Request,
    user: &User,
    form: &Form,
    flaws: Flaws,
) -> Result<Response> {
    let (status, users, now) =
        cx.store.read(|tx| Ok((status::read(tx)?, store::users::list(tx)?, tx.now())))?;
    let backups = backups::list(cx.store.path())?.into_iter().map(|file| Backup {
        name: file.name,
        size: words::size(file.bytes),
        made: words::when(file.made_at, now, &user.zone),
    });
    let troubles = ready::checks(cx).into_iter().filter_map(|check| check.reason);
    let shown = AdminPage {
        frame: Frame::inside(user, req, Here::Admin, say("Admin")),
        troubles: troubles.map(|reason| words::sentence(&reason)).collect(),
        health: health(cx, status),
        people: users.into_iter().map(|one| people::Row::of(one, user)).collect(),
        name: form.text("name"),
        is_admin: form.has("is_admin"),
        backups: backups.collect(),
        flaws,
    };
    page(shown.flaws.status(), &shown)
}

/// How the server is doing, a sentence for each thing.
fn health(cx: &Context, status: Status) -> Vec<String> {
    let (bytes, ahead) = status::sizes(cx.store.path());
    let waiting = |number, one: &str, many: &str, none: &str| match number {
        0 => say(none),
        _ => speech::count(number, one, many),
    };
    let mut said = vec![
        say_with(
            "Toaster {version} has been running for {span}.",
            &[("version", env!("CARGO_PKG_VERSION")), ("span", &words::span(cx.clock.monotonic()))],
        ),
        say_with(
            "The database holds {links} of {people} in {size}.",
            &[
                ("links", &speech::count(status.bookmarks, "{n} link", "{n} links")),
                ("people", &speech::count(status.users, "{n} person", "{n} people")),
                ("size", &words::size(bytes + ahead)),
            ],
        ),
        waiting(
            status.pages_waiting,
            "{n} page waits to be read.",
            "{n} pages wait to be read.",
            "No page waits to be read.",
        ),
        waiting(
            status.pushes_waiting,
            "{n} push waits to be sent.",
            "{n} pushes wait to be sent.",
            "No push waits to be sent.",
        ),
    ];
    if status.dead_letters > 0 {
        said.push(speech::count(
            status.dead_letters,
            "{n} push could not be delivered; its owner sees why.",
            "{n} pushes could not be delivered; their owners see why.",
        ));
    }
    said
}

/// `POST /admin/backups` makes one now.
pub(super) fn back_up(cx: &Context, req: &Request) -> Result<Response> {
    auth::admin(cx, req)?;
    backups::make(cx.store.path(), cx.store.now())?;
    Ok(Response::see_other("/admin?done=backedup#backups"))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn admins_see_how_the_server_is_doing_and_nobody_else_does() {
        let mut world = World::new();
        assert_eq!(world.get("/admin").status, 403);
        assert_eq!(world.post("/admin/backups", &[]).status, 403);
        assert!(!text(world.get("/more")).contains("href=\"/admin\""));
        world.make_admin(1);
        assert!(text(world.get("/more")).contains("href=\"/admin\""));
        world.post("/bookmarks", &[("url", "https://bread.example/")]);
        world.clock.advance(std::time::Duration::from_hours(50));
        let page = text(world.get("/admin"));
        assert!(page.contains("has been running for 2 days."), "{page}");
        assert!(page.contains("1 link of 1 person") && page.contains("1 page waits to be read."));
        assert!(page.contains("All is well.") && !page.contains("bread.example"));
    }

    #[test]
    fn a_backup_is_made_by_a_press_and_listed() {
        let mut world = World::new();
        world.make_admin(1);
        assert!(text(world.get("/admin")).contains("No backups yet"));
        let answer = world.post("/admin/backups", &[]);
        assert_eq!(answer.header("location"), Some("/admin?done=backedup#backups"));
        assert!(text(world.get("/admin")).contains("toaster-20260308T090000Z.db"));
        assert_eq!(world.post("/admin/backups", &[]).status, 409);
    }
}
