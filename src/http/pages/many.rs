//! Doing the same to many links at once: to those that are chosen in a list, or to all in it.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::bulk;
use crate::http::context::Context;
use crate::http::pages::form::number;
use crate::http::pages::frame::{Frame, Here, page, told};
use crate::http::pages::listing::Query;
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::http::speech::{self, filters};
use crate::model::id::{BookmarkId, FolderId};
use crate::model::tag;
use crate::ops::bulk::Action;
use crate::{ops, store};

/// Asks before what cannot be taken back, or changes more than the page shows.
#[derive(Template)]
#[template(path = "many.html")]
struct SurePage<'a> {
    frame: Frame,
    is_deletion: bool,
    can_be_undone: bool,
    /// Where the answer is sent.
    target: String,
    /// The list again.
    list: String,
    form: &'a Form,
}

/// `POST /bookmarks/many` with the address of a list, for what its form says.
pub(super) fn apply(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let query = Query::of(req)?;
    let form = req.form()?;
    let list = query.href("");
    let missing = |what: &str| {
        let joint = if list.ends_with('?') { "" } else { "&" };
        Ok(Response::see_other(format!("{list}{joint}done={what}")))
    };
    let is_whole = form.has("all");
    let chosen: Vec<BookmarkId> =
        form.all("id").map(|id| number("id", id).map(BookmarkId)).collect::<Result<_>>()?;
    if !is_whole && chosen.is_empty() {
        return missing("nochoice");
    }
    let Some(action) = parse_action(&form)? else { return missing("notags") };
    let ids = cx.store.read(|tx| {
        if !is_whole {
            return store::bulk::list_own(tx, user.id, &chosen);
        }
        let search = query.search(tx, &user)?;
        store::bookmarks::list_ids(tx, user.id, &query.filter(search.as_ref(), None))
    })?;
    let is_deletion = action == Action::Delete;
    if (is_whole || is_deletion) && !form.has("sure") && !ids.is_empty() {
        let sure = SurePage {
            frame: Frame::inside(&user, req, Here::Links, question(&action, ids.len())),
            is_deletion,
            can_be_undone: ops::undo::kind(&action, ids.len()).is_some(),
            target: format!("/bookmarks/many?{}", query.pairs("")),
            list,
            form: &form,
        };
        return page(200, &sure);
    }
    let done = bulk::apply(cx, user.id, &ids, &action)?;
    Ok(Response::see_other(told(&list, what(&action), &done)))
}

/// What is to be done; `None` when it is about tags and none is named.
fn parse_action(form: &Form) -> Result<Option<Action>> {
    let tags = || tag::parse_line(form.text("tags"));
    Ok(Some(match form.text("do") {
        "read" => Action::Read,
        "unread" => Action::Unread,
        "archive" => Action::Archive,
        "unarchive" => Action::Unarchive,
        "favourite" => Action::Favourite,
        "unfavourite" => Action::Unfavourite,
        "refresh" => Action::Refresh,
        "delete" => Action::Delete,
        "tag" | "untag" if form.text("tags").is_empty() => return Ok(None),
        "tag" => Action::Tag(tags()?),
        "untag" => Action::Untag(tags()?),
        "move" => Action::Move(match form.text("folder") {
            "" => None,
            typed => Some(FolderId(number("folder", typed)?)),
        }),
        other => return Err(Error::invalid("do", format!("{other:?} found, expected a button"))),
    }))
}

/// What was done, as the address tells it to the page that comes next.
fn what(action: &Action) -> &'static str {
    match action {
        Action::Read => "read",
        Action::Unread => "unread",
        Action::Archive => "archived",
        Action::Unarchive => "unarchived",
        Action::Favourite => "favourite",
        Action::Unfavourite => "unfavourite",
        Action::Tag(_) => "tagged",
        Action::Untag(_) => "untagged",
        Action::Move(_) => "moved",
        Action::Delete => "deleted",
        Action::Refresh => "reread",
        Action::Restore => "restored",
    }
}

fn question(action: &Action, count: usize) -> String {
    let (one, many) = match action {
        Action::Read => ("Mark {n} link as read?", "Mark {n} links as read?"),
        Action::Unread => ("Mark {n} link as unread?", "Mark {n} links as unread?"),
        Action::Archive => ("Put {n} link into the archive?", "Put {n} links into the archive?"),
        Action::Unarchive => {
            ("Take {n} link out of the archive?", "Take {n} links out of the archive?")
        }
        Action::Favourite => ("Make {n} link a favourite?", "Make {n} links favourites?"),
        Action::Unfavourite => {
            ("Make {n} link a favourite no more?", "Make {n} links favourites no more?")
        }
        Action::Tag(_) => ("Tag {n} link?", "Tag {n} links?"),
        Action::Untag(_) => ("Take these tags off {n} link?", "Take these tags off {n} links?"),
        Action::Move(_) => ("Move {n} link?", "Move {n} links?"),
        Action::Delete => ("Delete {n} link?", "Delete {n} links?"),
        Action::Refresh => {
            ("Read the page of {n} link again?", "Read the pages of {n} links again?")
        }
        Action::Restore => ("Restore {n} link?", "Restore {n} links?"),
    };
    speech::count(i64::try_from(count).unwrap_or(i64::MAX), one, many)
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    fn world() -> World {
        let mut world = World::new();
        world.post("/folders", &[("title", "Recipes")]);
        for n in 1..=5 {
            world.post("/bookmarks", &[("url", &format!("https://bread.example/{n}"))]);
        }
        world
    }

    fn cards(world: &mut World, list: &str) -> usize {
        text(world.get(list)).matches("<article").count()
    }

    #[test]
    fn what_is_chosen_is_changed_at_once_and_nothing_else() {
        let mut world = world();
        let page = text(world.get("/bookmarks"));
        assert_eq!(page.matches("form=\"many\" name=\"id\"").count(), 5, "{page}");
        let two = [("id", "1"), ("id", "3"), ("folder", "1"), ("tags", "jam, rye")];
        let mut act = |what, expected: &str| {
            let fields = [&two[..], &[("do", what)]].concat();
            let answer = world.post("/bookmarks/many?unread=1", &fields);
            let list = format!("/bookmarks?unread=1&done=links-{expected}");
            assert_eq!((answer.status, answer.header("location")), (303, Some(&*list)), "{what}");
        };
        act("move", "moved&count=2&undo=1");
        act("tag", "tagged&count=2&undo=2");
        act("favourite", "favourite&count=2&undo=3");
        act("favourite", "favourite&count=0");
        act("archive", "archived&count=2&undo=5");
        assert_eq!(cards(&mut world, "/bookmarks"), 3);
        assert_eq!(cards(&mut world, "/bookmarks?archived=1&folder=1&tag=rye&favourite=1"), 2);
        let page = text(world.get("/bookmarks?done=links-archived&count=2&undo=5"));
        assert!(page.contains("role=\"status\">2 links archived.</p>"), "{page}");
        assert!(page.contains("action=\"/undo/5\""), "{page}");
        let odd = "/bookmarks?done=links-read&count=%3Cb%3E&undo=%3Cb%3E";
        assert!(!text(world.get(odd)).contains("<b>"));
        world.post("/undo/5", &[]);
        assert_eq!(cards(&mut world, "/bookmarks"), 5);
    }

    #[test]
    fn a_whole_list_is_changed_after_a_question() {
        let mut world = world();
        world.post("/bookmarks/2/archive", &[]);
        let fields = [("all", "1"), ("do", "read"), ("id", "2")];
        let page = text(world.post("/bookmarks/many?q=bread", &fields));
        assert!(page.contains("<h1>Mark 4 links as read?</h1>"), "{page}");
        assert!(page.contains("action=\"/bookmarks/many?q=bread\""), "{page}");
        assert_eq!(cards(&mut world, "/bookmarks?unread=1"), 4);
        let sure = [&fields[..], &[("sure", "1")]].concat();
        let answer = world.post("/bookmarks/many?q=bread", &sure);
        assert_eq!(
            answer.header("location"),
            Some("/bookmarks?q=bread&done=links-read&count=4&undo=2")
        );
        assert_eq!(cards(&mut world, "/bookmarks?unread=1"), 0);
        assert_eq!(cards(&mut world, "/bookmarks?archived=1&unread=1"), 1, "it is in no such list");
    }

    #[test]
    fn links_are_deleted_only_by_who_is_sure() {
        let mut world = world();
        let fields = [("id", "1"), ("id", "2"), ("do", "delete")];
        let page = text(world.post("/bookmarks/many", &fields));
        assert!(page.contains("Delete 2 links?"), "{page}");
        assert!(page.contains("You can undo it for a day"), "{page}");
        assert_eq!(page.matches("name=\"id\"").count(), 2);
        assert_eq!(cards(&mut world, "/bookmarks"), 5);
        let sure = [&fields[..], &[("sure", "1")]].concat();
        let answer = world.post("/bookmarks/many", &sure);
        assert_eq!(answer.header("location"), Some("/bookmarks?done=links-deleted&count=2&undo=1"));
        assert_eq!(cards(&mut world, "/bookmarks"), 3);
    }

    #[test]
    fn what_is_missing_is_asked_for_and_what_is_odd_is_refused() {
        let mut world = world();
        for (fields, expected) in [
            (&[("do", "read")][..], "/bookmarks?done=nochoice"),
            (&[("id", "1"), ("do", "tag"), ("tags", " ")], "/bookmarks?done=notags"),
            (&[("id", "77"), ("do", "read")], "/bookmarks?done=links-read&count=0"),
        ] {
            assert_eq!(world.post("/bookmarks/many", fields).header("location"), Some(expected));
        }
        for fields in [
            &[("id", "1")][..],
            &[("id", "1"), ("do", "explode")],
            &[("id", "x"), ("do", "read")],
            &[("id", "1"), ("do", "move"), ("folder", "9")],
            &[("id", "1"), ("do", "tag"), ("tags", &*"x".repeat(300))],
        ] {
            assert_eq!(world.post("/bookmarks/many", fields).status, 422, "{fields:?}");
        }
        world.cookie = world.sign_up("juno");
        let answer = world.post("/bookmarks/many", &[("id", "1"), ("do", "read")]);
        assert_eq!(answer.header("location"), Some("/bookmarks?done=links-read&count=0"));
    }
}
