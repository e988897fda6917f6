//! Bringing links along from other programs, and taking them out again.

use askama::Template;

use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::http::pages::form::{Choice, Flaws};
use crate::http::pages::frame::{Frame, Here, page};
use crate::http::pages::{id, words};
use crate::http::request::Request;
use crate::http::response::Response;
use crate::http::speech::{filters, say};
use crate::http::{auth, downloads, multipart, uploads};
use crate::model::id::{FolderId, ImportId};
use crate::model::import::{Import, Rejected, Settings, State};
use crate::model::time::Timestamp;
use crate::model::user::User;
use crate::{ops, store};

/// How many imports are listed.
const ROWS: usize = 10;
/// How many of the links that could not be taken are shown.
const REJECTS: usize = 100;

#[derive(Template)]
#[template(path = "imports.html")]
struct ImportsPage {
    frame: Frame,
    folders: Vec<Choice>,
    imports: Vec<Entry>,
    flaws: Flaws,
}

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    frame: Frame,
    entry: Entry,
    rejects: Vec<Rejected>,
}

/// An import in words.
struct Entry {
    id: i64,
    when: String,
    size: String,
    state: &'static str,
    label: &'static str,
    is_running: bool,
    reason: Option<String>,
    counts: Vec<(&'static str, u64)>,
    rejected: u64,
}

impl Entry {
    fn of(import: &Import, now: Timestamp, user: &User) -> Self {
        let (tally, dry_run) = (import.tally, import.settings.dry_run);
        let counts = if dry_run {
            [
                ("would be new", tally.added),
                ("would be merged", tally.merged),
                ("are here already", tally.unchanged),
                ("could not be taken", tally.rejected),
            ]
        } else {
            [
                ("new", tally.added),
                ("merged with what you have", tally.merged),
                ("here already", tally.unchanged),
                ("not taken", tally.rejected),
            ]
        };
        Self {
            id: import.id.0,
            when: words::when(import.created_at, now, &user.zone),
            size: words::size(import.bytes),
            state: import.state.as_str(),
            label: match import.state {
                State::Running => "Under way",
                State::Done if dry_run => "Looked at",
                State::Done => "Done",
                State::Failed => "Broke off",
                State::Cancelled => "Stopped",
            },
            is_running: import.state == State::Running,
            reason: import.reason.as_deref().map(words::sentence),
            counts: counts.into(),
            rejected: tally.rejected,
        }
    }
}

/// `GET /import` asks for a file.
pub(super) fn list(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    show_form(cx, req, &user, Flaws::default())
}

fn show_form(cx: &Context, req: &Request, user: &User, flaws: Flaws) -> Result<Response> {
    let shown = cx.store.read(|tx| {
        let imports = store::imports::list(tx, user.id, ROWS)?;
        let folders = store::folders::list(tx, user.id)?;
        let choices = folders.into_iter().map(|f| Choice::new(f.id.to_string(), f.title, ""));
        let top = Choice::new(String::new(), say("At the top, as in the file"), "");
        Ok(ImportsPage {
            frame: Frame::inside(user, req, Here::Settings, say("Import and export")),
            folders: std::iter::once(top).chain(choices).collect(),
            imports: imports.iter().map(|import| Entry::of(import, tx.now(), user)).collect(),
            flaws,
        })
    })?;
    page(shown.flaws.status(), &shown)
}

/// `POST /import` takes a file.
pub(super) fn begin(cx: &Context, req: &Request) -> Result<Response> {
    let user = auth::user(cx, req)?;
    match keep(cx, req, &user) {
        Ok(import) => Ok(Response::see_other(format!("/imports/{}", import.id))),
        Err(error) => show_form(cx, req, &user, Flaws::of(error)?),
    }
}

fn keep(cx: &Context, req: &Request, user: &User) -> Result<Import> {
    let parts = multipart::parts(req)?;
    let sent = |name: &str| parts.iter().find(|part| part.name == name).map(|part| part.bytes);
    let folder = match sent("folder") {
        None | Some([]) => None,
        Some(typed) => Some(FolderId(id(&String::from_utf8_lossy(typed))?)),
    };
    let settings = Settings {
        folder_id: folder,
        unread: sent("unread").is_some(),
        dry_run: sent("dry_run").is_some(),
    };
    let file = sent("file").ok_or_else(|| Error::invalid("file", "missing, choose one"))?;
    uploads::keep(cx, user.id, file, settings)
}

/// `GET /imports/{id}` says how far an import is and what came of it.
pub(super) fn show(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id) = (auth::user(cx, req)?, ImportId(id(segment)?));
    let shown = cx.store.read(|tx| {
        let import = store::imports::get(tx, user.id, id)?;
        Ok(ImportPage {
            frame: Frame::inside(&user, req, Here::Settings, say("Import")),
            entry: Entry::of(&import, tx.now(), &user),
            rejects: store::imports::list_rejected(tx, id, REJECTS)?,
        })
    })?;
    page(200, &shown)
}

/// `POST /imports/{id}/cancel` stops it.
pub(super) fn cancel(cx: &Context, req: &Request, segment: &str) -> Result<Response> {
    let (user, id) = (auth::user(cx, req)?, ImportId(id(segment)?));
    match cx.store.write(move |tx| ops::imports::cancel(tx, user.id, id)) {
        // That it has ended meanwhile is what was wanted.
        Ok(_) | Err(Error::Conflict(_)) => Ok(Response::see_other(format!("/imports/{id}"))),
        Err(other) => Err(other),
    }
}

/// `GET /export/{format}`, all links as a file.
pub(super) fn export(cx: &Context, req: &Request, format: &str) -> Result<Response> {
    let user = auth::user(cx, req)?;
    downloads::export(cx, user.id, format.parse().map_err(|_| Error::NotFound("page"))?)
}

#[cfg(test)]
mod tests {
    use crate::http::pages::testing::{World, text};
    use crate::http::request::{Method, Request};

    fn form(fields: &[(&str, &str)]) -> Request {
        let mut req = Request::new(Method::Post, "/import").unwrap();
        req.headers.push(("content-type".into(), "multipart/form-data; boundary=xx".into()));
        let mut body = String::new();
        for (name, value) in fields {
            body += &format!(
                "--xx\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            );
        }
        req.body = (body + "--xx--\r\n").into_bytes();
        req
    }

    #[test]
    fn a_file_is_sent_watched_and_stopped() {
        let mut world = World::new();
        assert!(text(world.get("/import")).contains("multipart/form-data"));
        let sent =
            world.answer(form(&[("unread", "on"), ("folder", ""), ("file", "https://a.example/")]));
        assert_eq!((sent.status, sent.header("location")), (303, Some("/imports/1")));
        let page = text(world.get("/imports/1"));
        assert!(page.contains("Under way") && page.contains("data-live"), "{page}");
        assert_eq!(world.post("/imports/1/cancel", &[]).status, 303);
        assert!(text(world.get("/imports/1")).contains("Stopped"));
        assert!(text(world.get("/import")).contains("/imports/1"));
    }

    #[test]
    fn what_is_no_file_shows_the_form_again_and_others_see_nothing() {
        let mut world = World::new();
        for (fields, why) in [
            (&[("file", "")][..], "Empty"),
            (&[][..], "Missing"),
            (&[("folder", "9"), ("file", "x")][..], "There is no folder 9"),
        ] {
            let answer = world.answer(form(fields));
            assert_eq!(answer.status, 422);
            let page = text(answer);
            assert!(page.contains(why), "{page}");
        }
        world.answer(form(&[("file", "https://a.example/")]));
        world.cookie = world.sign_up("juno");
        assert_eq!(world.get("/imports/1").status, 404);
        assert_eq!(world.post("/imports/1/cancel", &[]).status, 404);
    }
}
