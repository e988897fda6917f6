//! Links that lead to the same place, and making one of them.

use askama::Template;

use crate::error::Result;
use crate::http::auth;
use crate::http::context::Context;
use crate::http::pages::form::{Flaws, number, parameter};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::words;
use crate::http::paging;
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::http::speech::{filters, say, say_with};
use crate::model::bookmark::Bookmark;
use crate::model::folder::Folder;
use crate::model::id::BookmarkId;
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::ops::duplicates::Group;
use crate::{ops, store};

const PAGE_GROUPS: usize = 20;
/// How many links are shown of one place.
const SHOWN: usize = 20;

#[derive(Template)]
#[template(path = "duplicates.html")]
struct DuplicatesPage {
    frame: Frame,
    places: Vec<Place>,
    /// Where the next page starts, if there is one.
    next: Option<String>,
    flaws: Flaws,
}

/// One place, and the links that lead there.
struct Place {
    title: String,
    rows: Vec<Row>,
    /// How many more there are than are shown.
    more: i64,
}

struct Row {
    id: BookmarkId,
    title: String,
    url: String,
    /// Where it is filed, its tags, whether it was read.
    about: Vec<String>,
    saved: String,
}

impl Row {
    fn of(bookmark: &Bookmark, folders: &[Folder], now: Timestamp, user: &User) -> Self {
        let folder = folders.iter().find(|folder| Some(folder.id) == bookmark.folder_id);
        let tags = bookmark.tags.iter().map(|tag| format!("#{tag}"));
        let marks = [
            (bookmark.favourite, "favourite"),
            (bookmark.archived_at.is_some(), "archived"),
            (bookmark.read_at.is_none(), "unread"),
            (!bookmark.note.is_empty(), "with a note"),
        ];
        let marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| say(mark));
        let filed = folder.map(|folder| say_with("in {inside}", &[("inside", &folder.title)]));
        Self {
            id: bookmark.id,
            title: bookmark.title().to_owned(),
            url: bookmark.url.clone(),
            about: filed.into_iter().chain(tags).chain(marks).collect(),
            saved: words::when(bookmark.saved_at, now, &user.zone),
        }
    }
}

/// `GET /duplicates`.
pub(super) fn show(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    show_page(cx, req, &user, Flaws::default())
}

fn show_page(cx: &Context, req: &Request, user: &User, flaws: Flaws) -> Result<Response> {
    let after = parameter(req, "after").unwrap_or_default();
    let shown = cx.store.read(|tx| {
        let folders = store::folders::list(tx, user.id)?;
        let mut groups = ops::duplicates::list(tx, user.id, after, PAGE_GROUPS + 1, SHOWN)?;
        let next = paging::cut(&mut groups, PAGE_GROUPS).map(|last| last.key.clone());
        let place = |group: &Group| Place {
            title: group.bookmarks.first().map_or("", |first| first.title()).to_owned(),
            rows: group.bookmarks.iter().map(|b| Row::of(b, &folders, tx.now(), user)).collect(),
            more: group.count - group.bookmarks.len() as i64,
        };
        Ok(DuplicatesPage {
            frame: Frame::inside(user, req, Here::Tidy, say("Duplicates")),
            places: groups.iter().map(place).collect(),
            next: next.map(|key| format!("/duplicates?after={key}")),
            flaws,
        })
    })?;
    page(shown.flaws.status(), &shown)
}

/// `POST /duplicates/merge` makes one link of those that are ticked.
pub(super) fn merge(cx: &Context, req: &Request) -> Result<Response> {
    let (user, form) = (auth::user(cx, req)?, req.form()?);
    let user_id = user.id;
    let merged = parse(&form).and_then(|(keep, ids)| {
        cx.store.write(move |tx| ops::duplicates::merge(tx, user_id, keep, &ids))
    });
    match merged {
        Ok(_) => Ok(Response::see_other("/duplicates?done=merged")),
        Err(error) => {
            // Which of the places it was is of no use to anybody: the reason names the link.
            let mut flaws = Flaws::default();
            flaws.take("", Err::<(), _>(error));
            show_page(cx, req, &user, flaws)
        }
    }
}

fn parse(form: &Form) -> Result<(BookmarkId, Vec<BookmarkId>)> {
    let ids = form.all("ids").map(|typed| number("ids", typed).map(BookmarkId));
    Ok((number("keep", form.text("keep")).map(BookmarkId)?, ids.collect::<Result<_>>()?))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn links_to_one_place_are_shown_together_and_merged_by_a_form() {
        let mut world = World::new();
        assert!(text(world.get("/duplicates")).contains("No duplicates"));
        for url in ["https://a.example/<x>", "http://www.a.example/<x>/", "https://b.example/"] {
            world.post("/bookmarks", &[("url", url), ("tags", "bread")]);
        }
        let page = text(world.get("/duplicates"));
        assert_eq!(page.matches("name=\"keep\"").count(), 2, "{page}");
        assert!(page.contains("#bread") && !page.contains("b.example"), "{page}");
        let wrong = world.post("/duplicates/merge", &[("keep", "1"), ("ids", "3")]);
        assert_eq!(wrong.status, 422);
        assert!(text(wrong).contains("3 does not lead to the same place as 1."));
        for fields in [vec![], vec![("keep", "x"), ("ids", "1")], vec![("keep", "1")]] {
            assert_eq!(world.post("/duplicates/merge", &fields).status, 422);
        }
        let merged = world.post("/duplicates/merge", &[("keep", "2"), ("ids", "1"), ("ids", "2")]);
        assert_eq!(merged.header("location"), Some("/duplicates?done=merged"));
        assert_eq!(world.get("/bookmarks/1").status, 404);
        assert!(text(world.get("/duplicates")).contains("No duplicates"));
    }

    #[test]
    fn many_places_have_pages_that_leave_nothing_out() {
        let mut world = World::new();
        for n in 0..45 {
            for scheme in ["http", "https"] {
                world.post("/bookmarks", &[("url", &format!("{scheme}://a.example/{n}"))]);
            }
        }
        let (mut target, mut places) = ("/duplicates".to_owned(), 0);
        loop {
            let page = text(world.get(&target));
            places += page.matches("action=\"/duplicates/merge\"").count();
            let Some((_, next)) = page.split_once("rel=\"next\" href=\"") else { break };
            target = next.split('"').next().unwrap().to_owned();
        }
        assert_eq!(places, 45);
        world.cookie = world.sign_up("juno");
        assert!(text(world.get("/duplicates")).contains("No duplicates"));
        assert_eq!(world.post("/duplicates/merge", &[("keep", "1"), ("ids", "2")]).status, 422);
    }
}
