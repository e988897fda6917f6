//! Tags as a list, and one of them.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::cards::tag_href;
use crate::http::pages::form::{Choice, Flaws, number};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::id;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::retag;
use crate::http::speech::{self, filters, say};
use crate::model::id::TagId;
use crate::model::tag::{Tag, TagName};
use crate::model::user::User;
use crate::{ops, store};

#[derive(Template)]
#[template(path = "tags.html")]
struct ListPage {
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: TagId,
    name: String,
    href: String,
    counts: String,
}

impl From<&Tag> for Row {
    fn from(tag: &Tag) -> Self {
        let mut counts = speech::count(tag.counts.all, "{n} link", "{n} links");
        if tag.counts.unread > 0 {
            counts = format!(
                "{counts}, {}",
                speech::count(tag.counts.unread, "{n} unread", "{n} unread")
            );
        }
        Self { id: tag.id, name: tag.name.clone(), href: tag_href(&tag.name), counts }
    }
}

#[derive(Template)]
#[template(path = "tag.html")]
struct TagPage<'a> {
    frame: Frame,
    row: Row,
    name: &'a str,
    /// The tags that it can be merged into.
    others: Vec<Choice>,
    flaws: Flaws,
}

/// `GET /tags`.
pub(super) fn list(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let tags = cx.store.read(|tx| store::tags::list(tx, user.id))?;
    let frame = Frame::inside(&user, req, Here::Tags, say("Tags"));
    page(200, &ListPage { frame, rows: tags.iter().map(Row::from).collect() })
}

/// `GET /tags/{id}`.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    show_page(cx, req, &user, TagId(id(segment)?), None, Flaws::default())
}

fn show_page(
    cx: &Context,
    req: &Request,
    user: &User,
    id: TagId,
    typed: Option<&str>,
    flaws: Flaws,
) -> Result<Response> {
    let (tag, all) = cx
        .store
        .read(|tx| Ok((store::tags::get(tx, user.id, id)?, store::tags::list(tx, user.id)?)))?;
    let others = all.iter().filter(|other| other.id != id);
    let shown = TagPage {
        frame: Frame::inside(user, req, Here::Tags, format!("#{}", tag.name)),
        row: Row::from(&tag),
        name: typed.unwrap_or(&tag.name),
        others: others.map(|other| Choice::new(other.id.to_string(), &*other.name, "")).collect(),
        flaws,
    };
    page(shown.flaws.status(), &shown)
}

/// `GET /tags/{id}/unread` leads to the list of what waits there, whatever the tag is called now.
pub(super) fn unread(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id) = (auth::user(cx, req)?, TagId(id(segment)?));
    let tag = cx.store.read(|tx| store::tags::get(tx, user.id, id))?;
    Ok(Response::see_other(format!("{}&unread=1", tag_href(&tag.name))))
}

/// `POST /tags/{id}` renames it.
pub(super) fn rename(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id, form) = (auth::user(cx, req)?, TagId(id(segment)?), req.form()?);
    let typed = form.text("name");
    let renamed = TagName::parse(typed).and_then(|name| {
        let user_id = user.id;
        cx.store.write(move |tx| ops::tags::rename(tx, user_id, id, &name))
    });
    match renamed {
        Ok(_) => Ok(Response::see_other(format!("/tags/{id}?done=changed"))),
        Err(Error::Conflict(why)) => {
            let error = Error::invalid("name", why);
            show_page(cx, req, &user, id, Some(typed), Flaws::of(error)?)
        }
        Err(error) => show_page(cx, req, &user, id, Some(typed), Flaws::of(error.under("name"))?),
    }
}

/// `POST /tags/{id}/merge` puts another one in its place.
pub(super) fn merge(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id, form) = (auth::user(cx, req)?, TagId(id(segment)?), req.form()?);
    let merged = number("into", form.text("into"))
        .and_then(|into| retag::dissolve(cx, user.id, id, Some(TagId(into))).map(|()| into));
    match merged {
        Ok(into) => Ok(Response::see_other(format!("/tags/{into}?done=merged"))),
        Err(error) => show_page(cx, req, &user, id, None, Flaws::of(error.under("into"))?),
    }
}

/// `POST /tags/{id}/delete` takes it off its links.
pub(super) fn delete(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    retag::dissolve(cx, user.id, TagId(id(segment)?), None)?;
    Ok(Response::see_other("/tags?done=deleted"))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn links_are_tagged_by_a_form_and_listed_by_their_tags() {
        let mut world = World::new();
        let fields = [("url", "https://a.example/"), ("tags", "Rust, to read")];
        assert_eq!(world.post("/bookmarks", &fields).status, 303);
        world.post("/bookmarks", &[("url", "https://b.example/"), ("tags", "rust")]);
        let page = text(world.get("/bookmarks?tag=RUST"));
        assert!(page.contains("a.example") && page.contains("b.example"));
        let page = text(world.get("/bookmarks?tag=to-read"));
        assert!(page.contains("#to-read") && !page.contains("b.example"));
        assert!(text(world.get("/tags")).contains("2 links, 2 unread"));
        let page = text(world.get("/bookmarks/1"));
        assert!(page.contains("value=\"Rust, to-read\""), "{page}");
        world.post("/bookmarks/1", &[("tags", "")]);
        assert!(text(world.get("/tags")).contains("1 link, 1 unread"));
        let bad =
            world.post("/bookmarks", &[("url", "https://c.example/"), ("tags", &"x".repeat(65))]);
        assert_eq!(bad.status, 422);
    }

    #[test]
    fn a_tag_is_renamed_merged_and_deleted_by_forms() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://a.example/"), ("tags", "jam, tea")]);
        let taken = world.post("/tags/1", &[("name", "Tea")]);
        assert_eq!(taken.status, 422);
        assert!(text(taken).contains("already"));
        assert_eq!(world.post("/tags/1", &[("name", "marmalade")]).status, 303);
        assert!(text(world.get("/tags/1")).contains("#marmalade"));
        assert_eq!(world.post("/tags/1/merge", &[("into", "1")]).status, 422);
        assert_eq!(world.post("/tags/1/merge", &[("into", "2")]).status, 303);
        assert_eq!(world.get("/tags/1").status, 404);
        assert_eq!(world.post("/tags/2/delete", &[]).status, 303);
        assert!(text(world.get("/tags")).contains("No tags yet"));
        assert!(text(world.get("/bookmarks")).contains("a.example"));
    }

    #[test]
    fn a_reminder_is_set_from_a_tags_page_and_leads_to_what_waits_there() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://a.example/"), ("tags", "jam&tea")]);
        for list in ["/tags/1", "/bookmarks?tag=jam%26tea"] {
            let page = text(world.get(list));
            assert!(page.contains("href=\"/reminders/new?tag=1\""), "{page}");
        }
        assert!(!text(world.get("/bookmarks?tag=none")).contains("/reminders/new?tag"));
        let page = text(world.get("/reminders/new?tag=1"));
        assert!(page.contains("value=\"tag:1\" selected>Tag: #jam&#38;tea</option>"), "{page}");
        let fields = [("kind", "weekly"), ("days", "1"), ("at", "21:30"), ("target", "tag:1")];
        assert_eq!(world.post("/reminders", &fields).status, 303);
        let page = text(world.get("/reminders"));
        assert!(page.contains("What is unread with #jam&#38;tea"), "{page}");
        let unread = world.get("/tags/1/unread");
        assert_eq!(unread.header("location"), Some("/bookmarks?tag=jam%26tea&unread=1"));
        assert_eq!(world.get("/reminders/new?tag=2").status, 404);
        assert_eq!(
            world
                .post("/reminders", &[fields[0], fields[1], fields[2], ("target", "tag:2")])
                .status,
            422
        );
        world.cookie = world.sign_up("juno");
        for target in ["/reminders/new?tag=1", "/tags/1/unread"] {
            assert_eq!(world.get(target).status, 404, "{target}");
        }
    }

    #[test]
    fn favourites_and_the_archive_are_lists_of_their_own() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://a.example/")]);
        world.post("/bookmarks", &[("url", "https://b.example/")]);
        world.post("/bookmarks/1/favourite", &[]);
        world.post("/bookmarks/2/archive", &[]);
        let has = |world: &mut World, target: &str| {
            let page = text(world.get(target));
            (page.contains("https://a.example/"), page.contains("https://b.example/"))
        };
        assert_eq!(has(&mut world, "/bookmarks"), (true, false));
        assert_eq!(has(&mut world, "/bookmarks?favourite=1"), (true, false));
        assert_eq!(has(&mut world, "/bookmarks?archived=1"), (false, true));
        world.post("/bookmarks/1/unfavourite", &[]);
        world.post("/bookmarks/2/unarchive", &[]);
        assert_eq!(has(&mut world, "/bookmarks?favourite=1"), (false, false));
        assert_eq!(has(&mut world, "/bookmarks"), (true, true));
        assert_eq!(world.post("/bookmarks/1/eat", &[]).status, 404);
    }
}
