//! Searches that are kept, which stand among the folders.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::form::Flaws;
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::id;
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::http::speech::{filters, say};
use crate::model::id::SearchId;
use crate::model::saved_search::{parse_name, parse_query};
use crate::model::user::User;
use crate::{ops, store};

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    frame: Frame,
    /// `None` for one that is not kept yet.
    id: Option<SearchId>,
    name: &'a str,
    query: &'a str,
    flaws: Flaws,
}

/// `POST /searches` keeps one.
pub(super) fn create(cx: &Context, req: &Request) -> Result<Response> {
    let (user, form) = (auth::user(cx, req)?, req.form()?);
    let user_id = user.id;
    let kept = parse(&form).and_then(|[name, query]| {
        cx.store.write(move |tx| ops::searches::keep(tx, user_id, &name, &query))
    });
    match kept {
        Ok(kept) => Ok(Response::see_other(format!("/bookmarks?search={}&done=kept", kept.id))),
        Err(error) => {
            let frame = Frame::inside(&user, req, Here::Folders, say("Save this search"));
            let (name, query) = (form.text("name"), form.text("query"));
            let flaws = flaws(error)?;
            page(flaws.status(), &SearchPage { frame, id: None, name, query, flaws })
        }
    }
}

fn parse(form: &Form) -> Result<[String; 2]> {
    Ok([parse_name(form.text("name"))?, parse_query(form.text("query"))?])
}

/// What was wrong; a name that is taken is the name's flaw.
fn flaws(error: Error) -> Result<Flaws> {
    Flaws::of(match error {
        Error::Conflict(why) => Error::invalid("name", why),
        other => other,
    })
}

/// `GET /searches/{id}`.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    show_page(cx, req, &user, SearchId(id(segment)?), &Form::default(), Flaws::default())
}

fn show_page(
    cx: &Context,
    req: &Request,
    user: &User,
    id: SearchId,
    form: &Form,
    flaws: Flaws,
) -> Result<Response> {
    let kept = cx.store.read(|tx| store::searches::get(tx, user.id, id))?;
    let shown = SearchPage {
        frame: Frame::inside(user, req, Here::Folders, &*kept.name),
        id: Some(id),
        name: if form.has("name") { form.text("name") } else { &kept.name },
        query: if form.has("query") { form.text("query") } else { &kept.query },
        flaws,
    };
    page(shown.flaws.status(), &shown)
}

/// `POST /searches/{id}` changes it.
pub(super) fn change(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id, form) = (auth::user(cx, req)?, SearchId(id(segment)?), req.form()?);
    let user_id = user.id;
    let changed = parse(&form).and_then(|[name, query]| {
        cx.store.write(move |tx| ops::searches::change(tx, user_id, id, Some(&name), Some(&query)))
    });
    match changed {
        Ok(_) => Ok(Response::see_other(format!("/bookmarks?search={id}&done=changed"))),
        Err(error) => show_page(cx, req, &user, id, &form, flaws(error)?),
    }
}

/// `POST /searches/{id}/up` and `/down` move it among the others.
pub(super) fn step(cx: &Context, req: &Request, segment: &str, down: bool) -> Result<Response> {
    let (user, id) = (auth::user(cx, req)?, SearchId(id(segment)?));
    cx.store.write(move |tx| ops::searches::step(tx, user.id, id, down))?;
    Ok(Response::see_other(format!("/folders#search-{id}")))
}

/// `POST /searches/{id}/delete`; the links stay.
pub(super) fn delete(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id) = (auth::user(cx, req)?, SearchId(id(segment)?));
    cx.store.write(move |tx| store::searches::delete(tx, user.id, id))?;
    Ok(Response::see_other("/folders?done=deleted"))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn a_search_is_kept_beside_the_folders_looked_into_changed_and_deleted() {
        let mut world = World::new();
        for title in ["Rye bread", "Wheat bread", "Toast"] {
            let url = format!("https://a.example/{}", title.len());
            world.post("/bookmarks", &[("url", &url), ("title", title)]);
        }
        let found = text(world.get("/bookmarks?q=bread"));
        assert!(found.contains("action=\"/searches\"") && found.contains("Save this search"));
        assert!(!text(world.get("/bookmarks")).contains("Save this search"));
        let kept = world.post("/searches", &[("name", "<Baking>"), ("query", "bread")]);
        assert_eq!(kept.header("location"), Some("/bookmarks?search=1&done=kept"));
        let list = text(world.get("/bookmarks?search=1"));
        assert_eq!(list.matches("<article").count(), 2, "{list}");
        assert!(list.contains("<h1>&#60;Baking&#62;</h1>") && !list.contains("Save this search"));
        assert!(list.contains("search=1&#38;unread=1"), "a chip keeps to it: {list}");
        assert_eq!(text(world.get("/bookmarks?search=1&q=rye")).matches("<article").count(), 1);
        world.post("/searches", &[("name", "Other"), ("query", "toast")]);
        world.post("/searches/2/up", &[]);
        let folders = text(world.get("/folders"));
        let at = |text: &str| folders.find(text).unwrap();
        assert!(at("/bookmarks?search=2") < at("/bookmarks?search=1"), "{folders}");
        let taken = world.post("/searches/2", &[("name", "<baking>"), ("query", "toast")]);
        assert_eq!(taken.status, 422);
        assert!(text(taken).contains("id=\"name-flaw\""));
        let done = world.post("/searches/2", &[("name", "Toasts"), ("query", "rye")]);
        assert_eq!(done.header("location"), Some("/bookmarks?search=2&done=changed"));
        assert_eq!(world.post("/searches", &[("name", ""), ("query", "x")]).status, 422);
        let cookie = std::mem::take(&mut world.cookie);
        world.cookie = world.sign_up("juno");
        for target in ["/searches/1", "/bookmarks?search=1"] {
            assert_eq!(world.get(target).status, 404, "{target}");
        }
        assert_eq!(world.post("/searches/1/delete", &[]).status, 404);
        world.cookie = cookie;
        world.post("/searches/1/delete", &[]);
        assert_eq!(world.get("/searches/1").status, 404);
    }
}
