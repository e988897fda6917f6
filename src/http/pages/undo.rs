//! Taking back what was done to links.

use crate::error::{Error, Result};
use crate::http::auth;
use crate::http::bulk::{self, Done};
use crate::http::context::Context;
use crate::http::pages::frame::{back, told};
use crate::http::pages::id;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::id::UndoId;

/// `POST /undo/{id}`. Whoever is too late, or does it twice, is told so where they were.
pub(super) fn take_back(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    let from = back(req, "/bookmarks");
    let joint = if from.contains('?') { '&' } else { '?' };
    match bulk::take_back(cx, user.id, UndoId(id(segment)?)) {
        Ok(changed) => {
            Ok(Response::see_other(told(&from, "undone", &Done { changed, undo: None })))
        }
        Err(Error::NotFound(_)) => Ok(Response::see_other(format!("{from}{joint}done=toolate"))),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};

    #[test]
    fn what_was_archived_or_deleted_is_offered_to_be_taken_back_once() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://bread.example/"), ("tags", "rye")]);
        for (act, what) in [("archive", "archived"), ("delete", "deleted")] {
            let answer = world.post(&format!("/bookmarks/1/{act}"), &[]);
            let shown = answer.header("location").unwrap().to_owned();
            assert!(shown.starts_with(&format!("/bookmarks?done=links-{what}&count=1&undo=")));
            let page = text(world.get(&shown));
            assert!(page.contains(&format!("role=\"status\">1 link {what}.</p>")), "{page}");
            assert!(!page.contains("<article"), "{page}");
            let (_, undo) = page.split_once("method=\"post\" action=\"/undo/").unwrap();
            let undo = format!("/undo/{}", undo.split('"').next().unwrap());
            let answer = world.post(&undo, &[]);
            let shown = answer.header("location").unwrap().to_owned();
            assert_eq!(shown, "/bookmarks?done=links-undone&count=1");
            let page = text(world.get(&shown));
            assert!(page.contains("1 link is as it was.") && page.contains(">#rye</a>"), "{page}");
            assert!(!page.contains("/undo/"), "{page}");
            let late = world.post(&undo, &[]);
            assert_eq!(late.header("location"), Some("/bookmarks?done=toolate"));
        }
        assert_eq!(world.post("/undo/x", &[]).status, 404);
    }

    #[test]
    fn nobody_takes_back_what_another_did() {
        let mut world = World::new();
        world.post("/bookmarks", &[("url", "https://bread.example/")]);
        world.post("/bookmarks/1/delete", &[]);
        world.cookie = world.sign_up("juno");
        let late = world.post("/undo/1", &[]);
        assert_eq!(late.header("location"), Some("/bookmarks?done=toolate"));
        assert_eq!(world.get("/bookmarks/1").status, 404);
    }
}
