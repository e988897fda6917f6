//! Doing the same to many links at once: to those that are chosen in a list, or to all in it.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::bulk;
use crate::http::context::Context;
use crate::http::pages::form::number;
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::listing::Query;
use crate::http::pages::words;
use crate::http::request::{Form, Request};
use crate::http::response::Response;
use crate::model::id::{BookmarkId, FolderId};
use crate::model::tag;
use crate::ops::bulk::Action;
use crate::store;

/// Asks before what cannot be taken back, or changes more than the page shows.
#[derive(Template)]
#[template(path = "many.html")]
struct SurePage<'a> {
    frame: Frame,
    is_deletion: bool,
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
    let done = |what: &str| {
        let list = query.href("");
        let joint = if list.ends_with('?') { "" } else { "&" };
        Ok(Response::see_other(format!("{list}{joint}done={what}")))
    };
    let is_whole = form.has("all");
    let chosen: Vec<BookmarkId> =
        form.all("id").map(|id| number("id", id).map(BookmarkId)).collect::<Result<_>>()?;
    if !is_whole && chosen.is_empty() {
        return done("nochoice");
    }
    let Some(action) = parse_action(&form)? else { return done("notags") };
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
            target: format!("/bookmarks/many?{}", query.pairs("")),
            list: query.href(""),
            form: &form,
        };
        return page(200, &sure);
    }
    let count = bulk::apply(cx, user.id, &ids, &action)?;
    done(&format!("{}&count={count}", if is_deletion { "manygone" } else { "many" }))
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

fn question(action: &Action, count: usize) -> String {
    let links = words::count(i64::try_from(count).unwrap_or(i64::MAX), "link", "links");
    match action {
        Action::Read => format!("Mark {links} as read?"),
        Action::Unread => format!("Mark {links} as unread?"),
        Action::Archive => format!("Put {links} into the archive?"),
        Action::Unarchive => format!("Take {links} out of the archive?"),
        Action::Favourite => format!("Make {links} favourites?"),
        Action::Unfavourite => format!("Make {links} favourites no more?"),
        Action::Tag(_) => format!("Tag {links}?"),
        Action::Untag(_) => format!("Take these tags off {links}?"),
        Action::Move(_) => format!("Move {links}?"),
        Action::Delete => format!("Delete {links} for good?"),
        Action::Refresh => format!("Read the pages of {links} again?"),
        Action::Restore => format!("Restore {links}?"),
    }
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
            let list = format!("/bookmarks?unread=1&done={expected}");
            assert_eq!((answer.status, answer.header("location")), (303, Some(&*list)), "{what}");
        };
        act("move", "many&count=2");
        act("tag", "many&count=2");
        act("favourite", "many&count=2");
        act("favourite", "many&count=0");
        act("archive", "many&count=2");
        assert_eq!(cards(&mut world, "/bookmarks"), 3);
        assert_eq!(cards(&mut world, "/bookmarks?archived=1&folder=1&tag=rye&favourite=1"), 2);
        let page = text(world.get("/bookmarks?done=many&count=2"));
        assert!(page.contains("role=\"status\">2 links changed.</p>"), "{page}");
        assert!(!text(world.get("/bookmarks?done=many&count=%3Cb%3E")).contains("<b>"));
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
        assert_eq!(answer.header("location"), Some("/bookmarks?q=bread&done=many&count=4"));
        assert_eq!(cards(&mut world, "/bookmarks?unread=1"), 0);
        assert_eq!(cards(&mut world, "/bookmarks?archived=1&unread=1"), 1, "it is in no such list");
    }

    #[test]
    fn links_are_deleted_only_by_who_is_sure() {
        let mut world = world();
        let fields = [("id", "1"), ("id", "2"), ("do", "delete")];
        let page = text(world.post("/bookmarks/many", &fields));
        assert!(page.contains("Delete 2 links for good?"), "{page}");
        assert_eq!(page.matches("name=\"id\"").count(), 2);
        assert_eq!(cards(&mut world, "/bookmarks"), 5);
        let sure = [&fields[..], &[("sure", "1")]].concat();
        let answer = world.post("/bookmarks/many", &sure);
        assert_eq!(answer.header("location"), Some("/bookmarks?done=manygone&count=2"));
        assert_eq!(cards(&mut world, "/bookmarks"), 3);
    }

    #[test]
    fn what_is_missing_is_asked_for_and_what_is_odd_is_refused() {
        let mut world = world();
        for (fields, expected) in [
            (&[("do", "read")][..], "/bookmarks?done=nochoice"),
            (&[("id", "1"), ("do", "tag"), ("tags", " ")], "/bookmarks?done=notags"),
            (&[("id", "77"), ("do", "read")], "/bookmarks?done=many&count=0"),
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
        assert_eq!(answer.header("location"), Some("/bookmarks?done=many&count=0"));
    }
}
