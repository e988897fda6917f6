//! A server without sockets, with somebody signed in, for tests of pages.

use std::sync::Arc;
use std::thread::JoinHandle;

use crate::clock::SimClock;
use crate::http::context::{Context, SetUpKey, Shared};
use crate::http::previews::Previews;
use crate::http::request::{Method, Request};
use crate::http::response::{Body, Response};
use crate::http::throttle::Throttle;
use crate::http::waiting::Waiting;
use crate::http::{auth, route};
use crate::model::destination::Reach;
use crate::model::id::UserId;
use crate::model::page::PageState;
use crate::model::reason::Reason;
use crate::model::time::Zone;
use crate::store::{self, Pictures, Store, Wakes, WriteTx, Writer};
use crate::{ops, secret};

/// A server on a directory of its own.
pub(in crate::http) struct World {
    cx: Option<Context>,
    writer: Option<JoinHandle<()>>,
    dir: tempfile::TempDir,
    /// The instant it is.
    pub(super) clock: Arc<SimClock>,
    /// Who is signed in.
    pub(in crate::http) cookie: String,
    /// The site that sends the forms, if the browser says so.
    pub(super) origin: Option<String>,
}

impl World {
    /// One in which `mina`, who lives in Seoul, is signed in.
    pub(in crate::http) fn new() -> Self {
        let mut world = Self::empty("");
        world.cookie = world.sign_up("mina");
        world
    }

    /// One without an account, to be set up with `key`.
    pub(super) fn empty(key: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = SimClock::at("2026-03-08T09:00:00Z".parse().unwrap());
        let path = dir.path().join("toaster.db");
        std::fs::create_dir(dir.path().join("imports")).unwrap();
        let (writer, handle) = Writer::open(&path, clock.clone()).unwrap();
        let writer = crate::threads::spawn("writer", move || writer.run()).unwrap();
        let shared = Shared {
            obeys_robots: true,
            checks_links: true,
            base_url: "http://toast.example".into(),
            vapid_public_key: "BKey".into(),
            secure_cookies: false,
            set_up_key: SetUpKey::new(key),
            reminders_max: ops::reminders::MAX_PER_USER,
            imports: dir.path().join("imports"),
            clock_trust: Arc::default(),
            sign_ins: Throttle::default(),
            previews: Previews::new(2, Box::new(|_, _| Err((PageState::Failed, Reason::TimedOut)))),
            reach: Reach::default(),
            under_way: Default::default(),
            test_wait: Waiting::default(),
        };
        let cx = Context {
            store: Store::open(&path, handle, Wakes::default(), clock.clone()).unwrap(),
            pictures: Pictures::open(&dir.path().join("cache.db"), 1 << 20, clock.clone()).unwrap(),
            clock: clock.clone(),
            shared: Arc::new(shared),
        };
        let (cookie, origin) = (String::new(), None);
        Self { cx: Some(cx), writer: Some(writer), dir, clock, cookie, origin }
    }

    /// Adds a person with the password `brown toast`; returns their cookie.
    pub(in crate::http) fn sign_up(&self, name: &'static str) -> String {
        let cx = self.cx();
        let hash = secret::password_hash("brown toast").unwrap();
        let zone = Zone::named("Asia/Seoul").unwrap();
        let add = cx.store.write(move |tx| ops::accounts::add(tx, name, &hash, false, &zone));
        let id: UserId = add.unwrap();
        let req = Request::new(Method::Get, "/").unwrap();
        let answer = auth::open_session(cx, &req, id, Response::no_content()).unwrap();
        answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    /// Lets the person of that id manage the server.
    pub(in crate::http) fn make_admin(&self, id: i64) {
        let set = move |tx: &WriteTx| store::users::set_admin(tx, UserId(id), true);
        self.cx().store.write(set).unwrap();
    }

    /// What handlers have at hand.
    pub(in crate::http) fn cx(&self) -> &Context {
        self.cx.as_ref().unwrap()
    }

    /// Opens a page.
    pub(in crate::http) fn get(&mut self, target: &str) -> Response {
        let req = Request::new(Method::Get, target).unwrap();
        self.answer(req)
    }

    /// Sends a form.
    pub(in crate::http) fn post(&mut self, target: &str, fields: &[(&str, &str)]) -> Response {
        let mut req = Request::new(Method::Post, target).unwrap();
        let kind = "application/x-www-form-urlencoded";
        req.headers.push(("content-type".into(), kind.into()));
        req.headers.extend(self.origin.clone().map(|origin| ("origin".into(), origin)));
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        req.body = body.extend_pairs(fields).finish().into_bytes();
        self.answer(req)
    }

    /// Sends any request.
    pub(in crate::http) fn answer(&mut self, mut req: Request) -> Response {
        req.headers.push(("host".into(), "toast.example".into()));
        req.headers.push(("cookie".into(), self.cookie.clone()));
        route::answer(self.cx.as_mut().unwrap(), &req)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The writer ends when nobody can reach it any more, and the directory after it.
        self.cx = None;
        let _ = self.writer.take().unwrap().join();
        let _ = self.dir.path();
    }
}

/// The page in an answer.
pub(in crate::http) fn text(answer: Response) -> String {
    match answer.body {
        Body::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
        Body::File { .. } => panic!("a file is not a page"),
    }
}
