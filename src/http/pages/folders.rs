//! Folders as a tree, and one of them.

use askama::Template;

use crate::error::Result;
use crate::http::auth;
use crate::http::bulk;
use crate::http::context::Context;
use crate::http::pages::form::{Choice, Flaws, burn_after, number};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::id;
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::http::speech::{self, filters, say};
use crate::model::folder::{DEPTH_MAX, Folder};
use crate::model::id::FolderId;
use crate::model::saved_search::SavedSearch;
use crate::model::user::User;
use crate::{ops, store};

/// Deeper folders are not moved further to the right, for lack of room.
const INDENT_MAX: usize = 4;

#[derive(Template)]
#[template(path = "folders.html")]
struct ListPage<'a> {
    frame: Frame,
    rows: Vec<Row>,
    searches: Vec<SavedSearch>,
    title: &'a str,
    parents: Vec<Choice>,
    flaws: Flaws,
}

/// A folder in its place in the tree.
struct Row {
    id: FolderId,
    title: String,
    indent: usize,
    /// The id of the folder it lies in, if it does.
    parent: String,
    /// The title of the folder it lies in, for those who cannot see the indent.
    inside: Option<String>,
    counts: String,
}

/// `GET /folders`.
pub(super) fn list(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    list_page(cx, req, &user, &Form::default(), Flaws::default())
}

/// `POST /folders` makes one.
pub(super) fn create(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let form = req.form()?;
    let user_id = user.id;
    let made = parse_parent(form.text("parent")).and_then(|parent_id| {
        let title = form.text("title").to_owned();
        cx.store.write(move |tx| ops::folders::create(tx, user_id, parent_id, &title, None))
    });
    match made {
        Ok(_) => Ok(Response::see_other("/folders?done=created")),
        Err(error) => list_page(cx, req, &user, &form, flaws(error)?),
    }
}

fn list_page(
    cx: &Context,
    req: &Request,
    user: &User,
    form: &Form,
    flaws: Flaws,
) -> Result<Response> {
    let (folders, searches) = cx
        .store
        .read(|tx| Ok((store::folders::list(tx, user.id)?, store::searches::list(tx, user.id)?)))?;
    let status = flaws.status();
    let shown = ListPage {
        frame: Frame::inside(user, req, Here::Folders, say("Folders")),
        rows: tree(&folders, None).into_iter().map(|(depth, f)| row(&folders, depth, f)).collect(),
        searches,
        title: form.text("title"),
        parents: parents(&folders, None, form.text("parent")),
        flaws,
    };
    page(status, &shown)
}

fn row(folders: &[Folder], depth: usize, folder: &Folder) -> Row {
    let parent = folders.iter().find(|other| Some(other.id) == folder.parent_id);
    let mut counts = speech::count(folder.counts.all, "{n} link", "{n} links");
    if folder.counts.unread > 0 {
        counts = format!(
            "{counts}, {}",
            speech::count(folder.counts.unread, "{n} unread", "{n} unread")
        );
    }
    Row {
        id: folder.id,
        title: folder.title.clone(),
        indent: depth.min(INDENT_MAX),
        parent: folder.parent_id.map(|id| id.to_string()).unwrap_or_default(),
        inside: parent.map(|parent| parent.title.clone()),
        counts,
    }
}

/// The folders with how deep they lie, each right after the one it lies in; `without` and what
/// lies in it are left out.
fn tree(folders: &[Folder], without: Option<FolderId>) -> Vec<(usize, &Folder)> {
    let mut found = Vec::with_capacity(folders.len());
    let children = |parent| folders.iter().rev().filter(move |folder| folder.parent_id == parent);
    // The last one is taken first, so siblings go in backwards.
    let mut open: Vec<(usize, &Folder)> = children(None).map(|folder| (0, folder)).collect();
    while let Some((depth, folder)) = open.pop() {
        if Some(folder.id) == without || depth > DEPTH_MAX {
            continue;
        }
        found.push((depth, folder));
        open.extend(children(Some(folder.id)).map(|inner| (depth + 1, inner)));
    }
    found
}

/// Where a folder can lie.
fn parents(folders: &[Folder], without: Option<FolderId>, current: &str) -> Vec<Choice> {
    listed(tree(folders, without), &say("At the top"), current)
}

/// A folder to choose, or none of them, which is called `none`.
pub(super) fn choices(folders: &[Folder], none: &str, current: &str) -> Vec<Choice> {
    listed(tree(folders, None), none, current)
}

fn listed(tree: Vec<(usize, &Folder)>, none: &str, current: &str) -> Vec<Choice> {
    let each = tree.into_iter().map(|(depth, folder)| {
        let label = format!("{}{}", "– ".repeat(depth), folder.title);
        Choice::new(folder.id.to_string(), label, current)
    });
    std::iter::once(Choice::new("", none, current)).chain(each).collect()
}

fn parse_parent(typed: &str) -> Result<Option<FolderId>> {
    if typed.is_empty() { Ok(None) } else { number("parent", typed).map(|id| Some(FolderId(id))) }
}

/// What was wrong, under the names that the form has. A title that is taken is the title's flaw.
fn flaws(error: crate::error::Error) -> Result<Flaws> {
    use crate::error::Error::{Conflict, Invalid};
    let error = match error {
        Invalid { field, reason } if field == "parent_id" => {
            Invalid { field: "parent".into(), reason }
        }
        Conflict(reason) => Invalid { field: "title".into(), reason },
        other => other,
    };
    Flaws::of(error)
}

/// `POST /folders/{id}/up` and `/down` move it among its siblings.
pub(super) fn step(cx: &Context, req: &Request, segment: &str, down: bool) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = FolderId(id(segment)?);
    cx.store.write(move |tx| ops::folders::step(tx, user.id, id, down))?;
    // The same button is under the hand again.
    Ok(Response::see_other(format!("/folders#folder-{id}")))
}

#[derive(Template)]
#[template(path = "folder.html")]
struct FolderPage<'a> {
    frame: Frame,
    id: FolderId,
    title: &'a str,
    parents: Vec<Choice>,
    burn_after: String,
    links: String,
    flaws: Flaws,
}

/// `GET /folders/{id}`.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = FolderId(id(segment)?);
    show_page(cx, req, &user, id, &Form::default(), Flaws::default())
}

/// `POST /folders/{id}` changes the fields that are sent, and only those.
pub(super) fn change(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = FolderId(id(segment)?);
    let form = req.form()?;
    let user_id = user.id;
    let changed = parse_change(&form).and_then(|change| {
        cx.store.write(move |tx| ops::folders::change(tx, user_id, id, &change))
    });
    match changed {
        Ok(_) => Ok(Response::see_other("/folders?done=changed")),
        Err(error) => show_page(cx, req, &user, id, &form, flaws(error)?),
    }
}

fn parse_change(form: &Form) -> Result<ops::folders::Change> {
    let sent = |name| form.has(name).then(|| form.text(name));
    Ok(ops::folders::Change {
        title: sent("title").map(ToOwned::to_owned),
        parent_id: sent("parent").map(parse_parent).transpose()?,
        burn_after_days: sent("burn_after_days").map(burn_after).transpose()?,
        position: sent("position")
            .map(|typed| number("position", typed))
            .transpose()?
            .map(|position| usize::try_from(position).unwrap_or_default()),
    })
}

fn show_page(
    cx: &Context,
    req: &Request,
    user: &User,
    id: FolderId,
    form: &Form,
    flaws: Flaws,
) -> Result<Response> {
    let (folder, folders) = cx.store.read(|tx| {
        Ok((store::folders::get(tx, user.id, id)?, store::folders::list(tx, user.id)?))
    })?;
    let stored = folder.parent_id.map(|id| id.to_string()).unwrap_or_default();
    let parent = if form.has("parent") { form.text("parent") } else { &stored };
    let days = folder.burn_after_days.map(|days| days.to_string()).unwrap_or_default();
    let status = flaws.status();
    let shown = FolderPage {
        frame: Frame::inside(user, req, Here::Folders, &*folder.title),
        id,
        title: if form.has("title") { form.text("title") } else { &folder.title },
        parents: parents(&folders, Some(id), parent),
        burn_after: if form.has("burn_after_days") {
            form.text("burn_after_days").to_owned()
        } else {
            days
        },
        links: speech::count(folder.counts.all, "{n} link", "{n} links"),
        flaws,
    };
    page(status, &shown)
}

/// `POST /folders/{id}/delete`; its links stay.
pub(super) fn delete(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let id = FolderId(id(segment)?);
    bulk::delete_folder(cx, user.id, id)?;
    Ok(Response::see_other("/folders?done=deleted"))
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn a_folder_is_made_moved_renamed_and_deleted_by_forms() {
        let mut world = World::new();
        let done = |answer: &crate::http::response::Response| {
            assert_eq!(answer.status, 303);
            answer.header("location").unwrap().to_owned()
        };
        let made = world.post("/folders", &[("title", "<b>빵</b>")]);
        assert_eq!(done(&made), "/folders?done=created");
        done(&world.post("/folders", &[("title", "Inner"), ("parent", "1")]));
        let page = text(world.get("/folders"));
        assert!(page.contains("&#60;b&#62;빵&#60;/b&#62;") && page.contains("in-1"), "{page}");
        done(&world.post("/folders/2", &[("title", "Outer"), ("parent", "")]));
        let page = text(world.get("/folders"));
        assert!(page.contains("Outer") && !page.contains("in-1"));
        done(&world.post("/folders/1/delete", &[]));
        assert_eq!(world.get("/folders/1").status, 404);
    }

    #[test]
    fn a_title_that_is_taken_is_marked_and_kept() {
        let mut world = World::new();
        world.post("/folders", &[("title", "Recipes")]);
        let answer = world.post("/folders", &[("title", "recipes")]);
        assert_eq!(answer.status, 422);
        let page = text(answer);
        assert!(page.contains("value=\"recipes\"") && page.contains("id=\"title-flaw\""), "{page}");
        let answer = world.post("/folders/1", &[("parent", "1")]);
        assert_eq!(answer.status, 422);
        assert!(text(answer).contains("id=\"parent-flaw\""));
    }

    #[test]
    fn folders_are_moved_up_and_down_among_their_siblings() {
        let mut world = World::new();
        for title in ["Rye", "Oat", "Wheat"] {
            world.post("/folders", &[("title", title)]);
        }
        world.post("/folders", &[("title", "Crust"), ("parent", "1")]);
        let order = |world: &mut World| {
            let page = text(world.get("/folders"));
            let mut found =
                ["Rye", "Oat", "Wheat"].map(|title| (page.find(&format!(">{title}")), title));
            found.sort_unstable();
            found.map(|(_, title)| title)
        };
        assert_eq!(order(&mut world), ["Rye", "Oat", "Wheat"]);
        let moved = world.post("/folders/3/up", &[]);
        assert_eq!(moved.header("location"), Some("/folders#folder-3"));
        assert_eq!(order(&mut world), ["Rye", "Wheat", "Oat"]);
        world.post("/folders/1/up", &[]);
        world.post("/folders/1/down", &[]);
        world.post("/folders/1/down", &[]);
        world.post("/folders/1/down", &[]);
        assert_eq!(order(&mut world), ["Wheat", "Oat", "Rye"]);
        world.cookie = world.sign_up("juno");
        assert_eq!(world.post("/folders/1/up", &[]).status, 404);
    }
}
