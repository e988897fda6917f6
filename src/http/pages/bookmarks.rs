//! One link: saving it, its page, and changing it.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::bulk::{self, Done};
use crate::http::context::Context;
use crate::http::pages::cards::Card;
use crate::http::pages::form::{Choice, Flaws, flag, number, parameter};
use crate::http::pages::frame::{Frame, Here, back, page, told};
use crate::http::pages::{id, markdown, words};
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::http::speech::{filters, say};
use crate::model::bookmark::{BookmarkChange, Link, NewBookmark, parse_note, parse_title};
use crate::model::folder::Folder;
use crate::model::id::{BookmarkId, FolderId};
use crate::model::tag;
use crate::model::user::User;
use crate::ops::bulk::Action;
use crate::{ops, store};

#[derive(Template)]
#[template(path = "bookmark_new.html")]
struct NewPage<'a> {
    frame: Frame,
    url: &'a str,
    title: &'a str,
    note: &'a str,
    tags: &'a str,
    known_tags: Vec<String>,
    folders: Vec<Choice>,
    /// An address that saves the page which a browser shows, to be kept in its bookmarks bar.
    bookmarklet: String,
    flaws: Flaws,
}

/// `GET /bookmarks/new` asks for a link; what a phone shares is filled in already.
pub(super) fn new(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let shared = |name| parameter(req, name).unwrap_or_default();
    // Some apps put the address into the text, and some into the title.
    let url = ["url", "text", "title"].map(shared).into_iter().find(|text| !text.is_empty());
    let title = if parameter(req, "url").is_some() { shared("title") } else { "" };
    new_page(cx, req, &user, [url.unwrap_or_default(), title, "", "", ""], Flaws::default())
}

/// `POST /bookmarks` saves a link.
pub(super) fn save(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let form = req.form()?;
    let new = match parse_new(&form) {
        Ok(new) => new,
        Err(flaws) => return new_page(cx, req, &user, typed(&form), flaws),
    };
    let user_id = user.id;
    match cx.store.write(move |tx| ops::bookmarks::save(tx, user_id, &new)) {
        Ok(saved) => {
            Ok(Response::see_other(if saved.is_new { "/?done=saved" } else { "/?done=again" }))
        }
        Err(error) => new_page(cx, req, &user, typed(&form), Flaws::of(as_in_form(error))?),
    }
}

fn typed(form: &Form) -> [&str; 5] {
    ["url", "title", "note", "folder", "tags"].map(|name| form.text(name))
}

fn parse_new(form: &Form) -> Result<NewBookmark, Flaws> {
    let mut flaws = Flaws::default();
    let link = flaws.take("url", Link::parse(form.text("url")));
    let title = flaws.take("title", parse_title(form.text("title")));
    let note = flaws.take("note", parse_note(form.text("note")));
    let folder_id = flaws.take("folder", parse_folder(form.text("folder")));
    let tags = flaws.take("tags", tag::parse_line(form.text("tags")));
    match (link, title, note, folder_id, tags) {
        (Some(link), Some(title), Some(note), Some(folder_id), Some(tags)) => {
            Ok(NewBookmark { title, note, folder_id, tags, ..NewBookmark::of(link) })
        }
        _ => Err(flaws),
    }
}

/// The error under the names that the form has.
fn as_in_form(error: Error) -> Error {
    error.renamed(&[("folder_id", "folder")])
}

fn parse_folder(typed: &str) -> Result<Option<FolderId>> {
    if typed.is_empty() { Ok(None) } else { number("folder", typed).map(|id| Some(FolderId(id))) }
}

fn new_page(
    cx: &Context,
    req: &Request,
    user: &User,
    [url, title, note, folder, tags]: [&str; 5],
    flaws: Flaws,
) -> Result<Response> {
    let (folders, known_tags) = cx.store.read(|tx| {
        Ok((store::folders::list(tx, user.id)?, store::tags::list_names(tx, user.id)?))
    })?;
    let frame = Frame::inside(user, req, Here::Add, say("Save a link"));
    let folders = folder_choices(&folders, folder);
    let bookmarklet = format!(
        "javascript:location.href='{}/bookmarks/new?url='+encodeURIComponent(location.href)\
         +'&title='+encodeURIComponent(document.title)",
        cx.shared.base_url
    );
    let status = flaws.status();
    let shown = NewPage { frame, url, title, note, tags, known_tags, folders, bookmarklet, flaws };
    page(status, &shown)
}

/// Where a link can be filed.
fn folder_choices(folders: &[Folder], current: &str) -> Vec<Choice> {
    let none = Choice::new("", say("No folder"), current);
    let each = folders.iter().map(|f| Choice::new(f.id.to_string(), &*f.title, current));
    std::iter::once(none).chain(each).collect()
}

#[derive(Template)]
#[template(path = "bookmark.html")]
struct BookmarkPage<'a> {
    frame: Frame,
    id: BookmarkId,
    card: Card,
    /// What its page calls itself, which an empty title stands for.
    page_title: String,
    title: &'a str,
    url: &'a str,
    note: &'a str,
    tags: &'a str,
    known_tags: Vec<String>,
    /// Its note, as it is read.
    note_html: String,
    unread: bool,
    read: Option<String>,
    folders: Vec<Choice>,
    flaws: Flaws,
}

/// `GET /bookmarks/{id}`.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    show_page(cx, req, &user, id, &Form::default(), Flaws::default())
}

/// `POST /bookmarks/{id}` changes the fields that are sent, and only those.
pub(super) fn change(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    let form = req.form()?;
    let change = match parse_change(&form) {
        Ok(change) => change,
        Err(flaws) => return show_page(cx, req, &user, id, &form, flaws),
    };
    let user_id = user.id;
    match cx.store.write(move |tx| ops::bookmarks::change(tx, user_id, id, &change)) {
        Ok(_) => Ok(Response::see_other(format!("/bookmarks/{id}?done=changed"))),
        Err(error) => show_page(cx, req, &user, id, &form, Flaws::of(as_in_form(error))?),
    }
}

fn parse_change(form: &Form) -> Result<BookmarkChange, Flaws> {
    let mut flaws = Flaws::default();
    let sent = |name| form.has(name).then(|| form.text(name));
    let change = BookmarkChange {
        link: sent("url").and_then(|typed| flaws.take("url", Link::parse(typed))),
        title: sent("title").and_then(|typed| flaws.take("title", parse_title(typed))),
        description: None,
        note: sent("note").and_then(|typed| flaws.take("note", parse_note(typed))),
        folder_id: sent("folder").and_then(|typed| flaws.take("folder", parse_folder(typed))),
        tags: sent("tags").and_then(|typed| flaws.take("tags", tag::parse_line(typed))),
        unread: sent("unread").and_then(|typed| flaws.take("unread", flag("unread", typed))),
        ..BookmarkChange::default()
    };
    if flaws.is_empty() { Ok(change) } else { Err(flaws) }
}

fn show_page(
    cx: &Context,
    req: &Request,
    user: &User,
    id: BookmarkId,
    form: &Form,
    flaws: Flaws,
) -> Result<Response> {
    let (bookmark, folders, known_tags) = cx.store.read(|tx| {
        Ok((
            store::bookmarks::get(tx, user.id, id)?,
            store::folders::list(tx, user.id)?,
            store::tags::list_names(tx, user.id)?,
        ))
    })?;
    let tags = bookmark.tags.join(", ");
    let now = cx.clock.now();
    let filed = bookmark.folder_id.map(|id| id.to_string()).unwrap_or_default();
    let typed = |name, stored| if form.has(name) { form.text(name) } else { stored };
    let stored_unread = bookmark.read_at.is_none();
    let unread = flag("unread", form.text("unread")).unwrap_or(stored_unread);
    let status = flaws.status();
    let shown = BookmarkPage {
        frame: Frame::inside(user, req, Here::Links, bookmark.title()),
        id,
        card: Card::of(&bookmark, &folders, now, user),
        page_title: bookmark.page.title.clone(),
        title: typed("title", &bookmark.own_title),
        url: typed("url", &bookmark.url),
        note: typed("note", &bookmark.note),
        tags: typed("tags", &tags),
        known_tags,
        note_html: markdown::html(&bookmark.note),
        unread,
        read: bookmark.read_at.map(|at| words::when(at, now, &user.zone)),
        folders: folder_choices(&folders, typed("folder", &filed)),
        flaws,
    };
    page(status, &shown)
}

/// `POST /bookmarks/{id}/read`, `/archive`, `/favourite` and what takes these back.
pub(super) fn mark(cx: &Context, req: &Request, segment: &str, mark: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    if mark == "archive" {
        let done = act(cx, &user, id, &Action::Archive)?;
        return Ok(Response::see_other(told(&back(req, "/bookmarks"), "archived", &done)));
    }
    let as_is = BookmarkChange::default();
    let change = match mark {
        "read" => BookmarkChange { unread: Some(false), ..as_is },
        "unread" => BookmarkChange { unread: Some(true), ..as_is },
        "unarchive" => BookmarkChange { archived: Some(false), ..as_is },
        "favourite" => BookmarkChange { favourite: Some(true), ..as_is },
        "unfavourite" => BookmarkChange { favourite: Some(false), ..as_is },
        _ => return Err(Error::NotFound("page")),
    };
    cx.store.write(move |tx| ops::bookmarks::change(tx, user.id, id, &change))?;
    Ok(Response::see_other(back(req, "/bookmarks")))
}

/// `POST /bookmarks/{id}/restore` gives it its full time until it burns again.
pub(super) fn restore(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    cx.store.write(move |tx| ops::bookmarks::restore(tx, user.id, id))?;
    Ok(Response::see_other(back(req, "/ashes")))
}

/// `POST /bookmarks/{id}/refresh` has its page read again.
pub(super) fn refresh(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    cx.store.write(move |tx| ops::bookmarks::refresh(tx, user.id, id))?;
    Ok(Response::see_other(format!("/bookmarks/{id}?done=refreshed")))
}

/// `POST /bookmarks/{id}/delete`.
pub(super) fn delete(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = BookmarkId(id(segment)?);
    let done = act(cx, &user, id, &Action::Delete)?;
    let from = back(req, "/bookmarks");
    // Its own page is gone now.
    let own = format!("/bookmarks/{id}");
    let gone = from.split('?').next() == Some(own.as_str());
    let to = if gone { "/bookmarks" } else { &from };
    Ok(Response::see_other(told(to, "deleted", &done)))
}

/// Does something to one link that can be taken back.
fn act(cx: &Context, user: &User, id: BookmarkId, action: &Action) -> Result<Done> {
    cx.store.read(|tx| store::bookmarks::get(tx, user.id, id))?;
    bulk::apply(cx, user.id, &[id], action)
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn a_link_is_saved_listed_edited_and_deleted_by_forms() {
        let mut world = World::new();
        world.post("/folders", &[("title", "Recipes")]);
        let shared = [("url", "맛있는 빵 https://example.com/bread?utm_source=x #fun")];
        let answer = world.post("/bookmarks", &shared);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/?done=saved")));
        let answer = world.post("/bookmarks", &[("url", "example.com/bread")]);
        assert_eq!(answer.header("location"), Some("/?done=again"));
        let edit = [("title", "Bread & <i>butter</i>"), ("note", "for\nSunday"), ("folder", "1")];
        let answer = world.post("/bookmarks/1", &edit);
        assert_eq!(answer.header("location"), Some("/bookmarks/1?done=changed"));
        for target in ["/bookmarks?q=butter", "/bookmarks?folder=1&unread=1", "/bookmarks/1"] {
            let page = text(world.get(target));
            assert!(page.contains("Bread &#38; &#60;i&#62;butter&#60;/i&#62;"), "{target}");
        }
        world.post("/bookmarks/1/read", &[]);
        assert!(!text(world.get("/bookmarks?unread=1")).contains("butter"));
        assert!(text(world.get("/bookmarks?unread=0")).contains("butter"));
        let answer = world.post("/bookmarks/1/delete", &[]);
        let gone = "/bookmarks?done=links-deleted&count=1&undo=1";
        assert_eq!(answer.header("location"), Some(gone));
        assert_eq!(world.get("/bookmarks/1").status, 404);
    }

    #[test]
    fn a_link_is_led_elsewhere_but_not_where_another_one_leads() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://example.com/old"), ("title", "Bread")]);
        world.post("/bookmarks", &[("url", "https://example.com/other")]);
        let answer = world.post("/bookmarks/1", &[("url", "example.com/new"), ("title", "Bread")]);
        assert_eq!(answer.header("location"), Some("/bookmarks/1?done=changed"));
        assert!(text(world.get("/bookmarks/1")).contains("value=\"https://example.com/new\""));
        for taken in ["https://example.com/other", "nowhere"] {
            let answer = world.post("/bookmarks/1", &[("url", taken), ("note", "typed")]);
            assert_eq!(answer.status, 422);
            let page = text(answer);
            assert!(page.contains("id=\"url-flaw\"") && page.contains(&format!("\"{taken}\"")));
            assert!(page.contains("typed"), "nothing is lost");
        }
        assert!(text(world.get("/bookmarks/1")).contains("value=\"https://example.com/new\""));
    }

    #[test]
    fn what_is_no_link_shows_the_form_again_with_all_that_was_typed() {
        let mut world = World::new();
        let fields = [("url", "no link \"here\""), ("title", "Mine"), ("note", "</textarea>x")];
        let answer = world.post("/bookmarks", &fields);
        assert_eq!(answer.status, 422);
        let page = text(answer);
        assert!(page.contains("value=\"no link &#34;here&#34;\""), "{page}");
        assert!(page.contains("id=\"url-flaw\"") && page.contains("value=\"Mine\""));
        assert!(page.contains("&#60;/textarea&#62;x"));
        let answer = world.post("/bookmarks", &[("url", "example.com"), ("folder", "9")]);
        assert_eq!(answer.status, 422);
        assert!(text(answer).contains("id=\"folder-flaw\""));
    }

    #[test]
    fn the_links_of_others_do_not_exist() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://example.com/")]);
        world.cookie = world.sign_up("juno");
        assert_eq!(world.get("/bookmarks/1").status, 404);
        for act in ["", "/read", "/unread", "/refresh", "/delete"] {
            assert_eq!(world.post(&format!("/bookmarks/1{act}"), &[]).status, 404, "{act}");
        }
        assert!(!text(world.get("/bookmarks")).contains("example.com"));
    }
}
