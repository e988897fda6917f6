//! A person's browser, as one HTTP thread of the server sees it: requests in, answers out.

use std::path::PathBuf;
use std::sync::Arc;

use toaster::clock::SystemClock;
use toaster::http::auth;
use toaster::http::context::{Context, SetUpKey, Shared};
use toaster::http::previews::Previews;
use toaster::http::request::{Method, Request};
use toaster::http::response::{Body, Response};
use toaster::http::route;
use toaster::http::throttle::Throttle;
use toaster::http::waiting::Waiting;
use toaster::model::id::UserId;
use toaster::model::page::PageState;
use toaster::model::reason::Reason;
use toaster::ops;
use toaster::store::{Pictures, Wakes};

use super::server::Server;

/// The most that a page of the API has.
const PAGE: usize = 200;

/// Somebody who is signed in.
pub struct Asker {
    cx: Context,
    cookie: String,
}

impl Asker {
    /// That person.
    pub fn of(server: &Server, user_id: UserId) -> Self {
        let cx = context(server);
        let request = Request::new(Method::Get, "/").expect("it is a target");
        let answer = auth::open_session(&cx, &request, user_id, Response::no_content());
        let answer = answer.expect("they are signed in");
        let cookie = answer.header("set-cookie").and_then(|cookie| cookie.split(';').next());
        let cookie = cookie.expect("it has a key").to_owned();
        Self { cx, cookie }
    }

    /// What is answered.
    pub fn get(&mut self, target: &str) -> Vec<u8> {
        let mut request = Request::new(Method::Get, target).expect("it is a target");
        request.headers.push(("cookie".into(), self.cookie.clone()));
        let answer = route::answer(&mut self.cx, &request);
        assert!([200, 404].contains(&answer.status), "{} for {target}", answer.status);
        match answer.body {
            Body::Bytes(bytes) => bytes,
            Body::File { .. } => unreachable!("no list is a file"),
        }
    }

    /// What asks for a list where it goes on after so many links, or on its last page.
    pub fn place_after(&mut self, query: &str, links: usize) -> String {
        let mut place = String::new();
        for _ in 0..links.div_ceil(PAGE).max(1) {
            let page = self.get(&format!("/api/v1/bookmarks?limit={PAGE}&{query}{place}"));
            let page: serde_json::Value = serde_json::from_slice(&page).expect("it is JSON");
            match page["next"].as_str() {
                Some(next) => place = format!("&cursor={next}"),
                None => break,
            }
        }
        place
    }
}

fn context(server: &Server) -> Context {
    let clock = SystemClock::shared();
    let shared = Shared {
        obeys_robots: true,
        checks_links: true,
        base_url: "http://toaster.example".into(),
        vapid_public_key: String::new(),
        secure_cookies: false,
        set_up_key: SetUpKey::default(),
        reminders_max: ops::reminders::MAX_PER_USER,
        imports: PathBuf::new(),
        clock_trust: Arc::default(),
        sign_ins: Throttle::default(),
        previews: Previews::new(1, Box::new(|_, _| Err((PageState::Failed, Reason::Unreachable)))),
        reach: Default::default(),
        under_way: Default::default(),
        test_wait: Waiting::default(),
    };
    let pictures =
        Pictures::open(&server.path().with_file_name("cache.db"), 1 << 20, clock.clone());
    Context {
        store: server.store(Wakes::default()),
        pictures: pictures.expect("it opens"),
        clock,
        shared: Arc::new(shared),
    }
}
