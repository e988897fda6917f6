//! Our own API, through its handlers, without a socket.

use serde_json::{Value, json};
use toaster::http::context::Context;
use toaster::http::request::{Method, Request};
use toaster::http::response::{Body, Response};
use toaster::http::route;
use toaster::model::delivery::Outcome;
use toaster::model::id::BookmarkId;
use toaster::model::page::PageState;
use toaster::model::reason::Reason;
use toaster::model::time::Zone;
use toaster::model::token::{Rights, Scope};
use toaster::store::WriteTx;
use toaster::{ops, secret, store};

use crate::world::World;

/// What most programs may do.
const WRITE: Rights = Rights { scope: Scope::Write, ..Rights::ALL };

/// A program with a token of its own.
pub struct Program {
    cx: Context,
    pub token: &'static str,
}

impl Program {
    pub fn call(&mut self, method: Method, target: &str, body: &str) -> (u16, Value) {
        let response = self.send(method, target, body, &[]);
        let value = match response.body {
            Body::Bytes(bytes) => serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            Body::File { .. } => Value::Null, // An export, which other tests look at.
        };
        (response.status, value)
    }

    /// Sends a request with further headers.
    pub fn send(
        &mut self,
        method: Method,
        target: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Response {
        let mut request = Request::new(method, target).unwrap();
        // A browser has a cookie in place of a token.
        request.headers.push(match self.token.strip_prefix("cookie ") {
            Some(key) => ("cookie".into(), format!("toaster_session={key}")),
            None => ("authorization".into(), format!("Bearer {}", self.token)),
        });
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        request.headers.extend(headers);
        request.body = body.into();
        route::answer(&mut self.cx, &request)
    }

    pub fn get(&mut self, target: &str) -> (u16, Value) {
        self.call(Method::Get, target, "")
    }

    pub fn post(&mut self, target: &str, body: &Value) -> (u16, Value) {
        self.call(Method::Post, target, &body.to_string())
    }

    pub fn delete(&mut self, target: &str) -> (u16, Value) {
        self.call(Method::Delete, target, "")
    }

    pub fn patch(&mut self, target: &str, body: &Value) -> (u16, Value) {
        self.call(Method::Patch, target, &body.to_string())
    }
}

/// A world, a program of Mina's and one of Juno's.
pub fn programs() -> (World, Program, Program) {
    let mut world = World::at("2026-03-02T12:00:00Z");
    let mina = world.user;
    let add = |tx: &WriteTx, user, token| {
        let (user, hash) = (store::users::get(tx, user)?, secret::key_hash(token));
        ops::tokens::add(tx, &user, &Rights::ALL, "tests", &WRITE, &hash)
    };
    world.write(move |tx| {
        let juno = ops::accounts::add(tx, "juno", "no password", false, &Zone::UTC)?;
        add(tx, mina, "mina")?;
        add(tx, juno, "juno")
    });
    let (first, second) = (world.context(), world.context());
    (world, Program { cx: first, token: "mina" }, Program { cx: second, token: "juno" })
}

fn weekly(at: &str) -> Value {
    json!({ "target": { "kind": "all" }, "schedule": { "kind": "weekly", "days": [1, 5], "at": at } })
}

#[test]
fn bad_input_is_a_clear_error_that_names_the_field_and_stores_nothing() {
    let (_world, mut mina, _) = programs();
    let rows = [
        ("/bookmarks", json!({ "url": "nope" }), 422, "url"),
        ("/bookmarks", json!({ "url": "javascript:alert(1)" }), 422, "url"),
        ("/bookmarks", json!({ "url": 7 }), 422, "url"),
        ("/bookmarks", json!({ "link": "https://example.com/" }), 422, "link"),
        ("/bookmarks", json!({}), 422, "url"),
        ("/bookmarks", json!([]), 400, "body"),
        ("/bookmarks", json!({ "url": "https://e.example/", "folder_id": 99 }), 422, "folder_id"),
        ("/bookmarks", json!({ "url": "https://e.example/", "saved_at": "soon" }), 422, "saved_at"),
        (
            "/bookmarks",
            json!({ "url": "https://e.example/", "title": "x".repeat(501) }),
            422,
            "title",
        ),
        ("/folders", json!({ "title": " " }), 422, "title"),
        ("/folders", json!({ "title": "a", "parent_id": 99 }), 422, "parent_id"),
        ("/folders", json!({ "title": "a", "burn_after_days": -1 }), 422, "burn_after_days"),
        ("/folders", json!({ "title": "a", "burn_after_days": 3651 }), 422, "burn_after_days"),
        ("/folders", json!({ "title": "a", "burn_after_days": 1.5 }), 422, "burn_after_days"),
        ("/folders", json!({ "title": "a", "burn_after_days": "7" }), 422, "burn_after_days"),
        ("/reminders", weekly("25:61"), 422, "schedule.at"),
        (
            "/reminders",
            json!({ "target": { "kind": "folder", "id": 99 }, "schedule": weekly("21:30")["schedule"] }),
            422,
            "target",
        ),
        (
            "/reminders",
            json!({ "target": { "kind": "tag", "id": 99 }, "schedule": weekly("21:30")["schedule"] }),
            422,
            "target",
        ),
        (
            "/reminders",
            json!({ "target": { "kind": "all" }, "schedule": { "kind": "weekly", "days": [], "at": "21:30" } }),
            422,
            "schedule.days",
        ),
        (
            "/reminders",
            json!({ "target": { "kind": "all" }, "schedule": { "kind": "once", "on": "2026-02-30", "at": "21:30" } }),
            422,
            "schedule.on",
        ),
        (
            "/reminders",
            json!({ "target": { "kind": "all" }, "schedule": { "kind": "once", "on": "2026-03-01", "at": "21:30" } }),
            422,
            "schedule.on",
        ),
        ("/destinations", json!({ "kind": "pigeon", "name": "Coop" }), 422, "kind"),
        ("/destinations", json!({ "kind": "webhook", "name": "Hook", "url": "nope" }), 422, "url"),
        (
            "/destinations",
            json!({ "kind": "ntfy", "name": "N", "server": "https://n.example", "topic": "a b" }),
            422,
            "topic",
        ),
    ];
    for (path, body, status, field) in rows {
        let (found, problem) = mina.post(&format!("/api/v1{path}"), &body);
        let named = problem["errors"][0]["field"].as_str().unwrap_or_default();
        assert_eq!((found, named), (status, field), "{path} {body}: {problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
    }
    let zone = json!({ "target": { "kind": "all" }, "schedule": weekly("21:30")["schedule"], "zone": "Mars/Olympus" });
    assert_eq!(mina.post("/api/v1/reminders", &zone).1["errors"][0]["field"], "zone");
    assert_eq!(mina.call(Method::Post, "/api/v1/bookmarks", "{\"url\": ").0, 400);
    for path in ["bookmarks", "folders", "reminders"] {
        let (_, list) = mina.get(&format!("/api/v1/{path}"));
        assert_eq!(list, json!({ "items": [], "next": null }), "{path}");
    }
}

#[test]
fn what_belongs_to_somebody_else_does_not_exist() {
    let (_world, mut mina, mut juno) = programs();
    mina.post("/api/v1/folders", &json!({ "title": "Mine" }));
    mina.post("/api/v1/bookmarks", &json!({ "url": "https://example.com/", "folder_id": 1 }));
    mina.post("/api/v1/reminders", &weekly("21:30"));
    for (method, path) in [
        (Method::Get, "bookmarks/1"),
        (Method::Patch, "bookmarks/1"),
        (Method::Delete, "bookmarks/1"),
        (Method::Post, "bookmarks/1/refresh"),
        (Method::Patch, "folders/1"),
        (Method::Delete, "folders/1"),
        (Method::Get, "reminders/1"),
        (Method::Patch, "reminders/1"),
        (Method::Delete, "reminders/1"),
        (Method::Get, "reminders/1/upcoming"),
        (Method::Delete, "destinations/1"),
        (Method::Post, "destinations/1/test"),
        (Method::Get, "deliveries/1"),
    ] {
        assert_eq!(juno.call(method, &format!("/api/v1/{path}"), "{}").0, 404, "{method:?} {path}");
    }
    let body = json!({ "url": "https://example.com/", "folder_id": 1 });
    assert_eq!(juno.post("/api/v1/bookmarks", &body).0, 422);
    let reminder =
        json!({ "target": { "kind": "folder", "id": 1 }, "schedule": weekly("21:30")["schedule"] });
    assert_eq!(juno.post("/api/v1/reminders", &reminder).0, 422);
    assert_eq!(juno.get("/api/v1/bookmarks?folder=1").1["items"], json!([]));
}

#[test]
fn without_a_token_nothing_is_told() {
    let (_world, mut mina, _) = programs();
    mina.token = "wrong";
    assert_eq!(mina.get("/api/v1/me").0, 401);
    assert_eq!(mina.get("/api/v1/nothing").0, 401);
}

#[test]
fn lists_are_paged_and_mistyped_filters_refused() {
    let (_world, mut mina, _) = programs();
    for n in 0..5 {
        mina.post(
            "/api/v1/bookmarks",
            &json!({ "url": format!("https://example.com/{n}"), "fetch": false }),
        );
    }
    let (mut urls, mut cursor) = (Vec::new(), String::new());
    loop {
        let (status, page) = mina.get(&format!("/api/v1/bookmarks?limit=2{cursor}"));
        assert_eq!(status, 200);
        urls.extend(
            page["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()),
        );
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(urls, [5, 4, 3, 2, 1]);
    for bad in
        ["limit=0", "limit=201", "limit=x", "cursor=zzz", "unread=maybe", "foldr=1", "folder=x"]
    {
        assert_eq!(mina.get(&format!("/api/v1/bookmarks?{bad}")).0, 422, "{bad}");
    }
}

#[test]
fn a_link_saved_twice_is_one_bookmark_and_a_patch_changes_only_what_it_names() {
    let (_world, mut mina, _) = programs();
    let (created, first) = mina.post(
        "/api/v1/bookmarks",
        &json!({ "url": "https://example.com/?utm_source=x", "note": "keep" }),
    );
    let (again, second) = mina.post("/api/v1/bookmarks", &json!({ "url": "https://EXAMPLE.com/" }));
    assert_eq!((created, again, &first["id"]), (201, 200, &second["id"]));
    let (_, changed) =
        mina.patch("/api/v1/bookmarks/1", &json!({ "title": "Toast", "unread": false }));
    assert_eq!(
        (&changed["title"], &changed["note"], &changed["unread"]),
        (&json!("Toast"), &json!("keep"), &json!(false))
    );
    assert!(changed["read_at"].is_string());
    let (_, found) = mina.get("/api/v1/bookmarks?q=toast&unread=false");
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    mina.post("/api/v1/folders", &json!({ "title": "Shelf" }));
    mina.patch("/api/v1/bookmarks/1", &json!({ "folder_id": 1 }));
    assert_eq!(
        mina.patch("/api/v1/bookmarks/1", &json!({ "folder_id": null })).1["folder_id"],
        Value::Null
    );
}

#[test]
fn reminders_and_destinations_read_as_the_contract_says() {
    let (_world, mut mina, _) = programs();
    let body = json!({
        "name": "Evening", "target": { "kind": "all" }, "zone": "Asia/Seoul",
        "schedule": { "kind": "weekly", "days": [5, 1], "at": "21:30" },
        "pick": { "order": "newest", "count": 3 }, "destinations": [1],
    });
    let (status, reminder) = mina.post("/api/v1/reminders", &body);
    assert_eq!(status, 201, "{reminder}");
    assert_eq!(reminder["schedule"], json!({ "kind": "weekly", "days": [1, 5], "at": "21:30" }));
    assert_eq!(
        (&reminder["next_at"], &reminder["destinations"]),
        (&json!("2026-03-02T12:30:00Z"), &json!([1]))
    );
    let (_, upcoming) = mina.get("/api/v1/reminders/1/upcoming?count=2");
    assert_eq!(upcoming["items"], json!(["2026-03-02T12:30:00Z", "2026-03-06T12:30:00Z"]));
    let (_, off) =
        mina.patch("/api/v1/reminders/1", &json!({ "enabled": false, "destinations": null }));
    assert_eq!(
        (&off["next_at"], &off["destinations"], &off["name"]),
        (&Value::Null, &Value::Null, &json!("Evening"))
    );

    let (_, hook) = mina.post(
        "/api/v1/destinations",
        &json!({ "kind": "webhook", "name": "Hook", "url": "https://hook.example/secret-path" }),
    );
    assert!(hook["secret"].as_str().unwrap().starts_with("whsec_"));
    let (_, list) = mina.get("/api/v1/destinations");
    assert!(
        !list.to_string().contains("whsec_") && !list.to_string().contains("secret-path"),
        "{list}"
    );
}

#[test]
fn a_preview_shows_a_link_before_it_is_saved() {
    let (_world, mut mina, mut juno) = programs();
    let target = "/api/v1/preview?url=https%3A%2F%2Fbread.example%2F%3Futm_source%3Dx";
    mina.patch("/api/v1/me", &json!({ "language": "ko" }));
    let (status, preview) = mina.get(target);
    assert_eq!(status, 200, "{preview}");
    let picture = json!({ "url": "https://bread.example/rye.png", "width": 640, "height": null });
    assert_eq!(
        preview,
        json!({
            "url": "https://bread.example/?utm_source=x", "canonical_url": null,
            "title": "Bread, 한국어", "short_title": null, "description": null,
            "image_url": picture["url"], "images": [picture], "icon_url": null,
            "site_name": null, "author": null, "published_at": null, "language": null,
            "kind": "article", "state": "ready", "reason": null, "code": null,
            "bookmark_id": null,
        })
    );
    let (_, saved) = mina.post("/api/v1/bookmarks", &json!({ "url": "https://bread.example/" }));
    assert_eq!(mina.get(target).1["bookmark_id"], saved["id"]);
    assert_eq!(juno.get(target).1["bookmark_id"], Value::Null, "it is not theirs");

    let (status, unread) = juno.get("/api/v1/preview?url=butter.example");
    assert_eq!(
        (status, &unread["state"], &unread["code"]),
        (200, &json!("refused"), &json!("robots"))
    );
    assert_eq!(unread["url"], "https://butter.example/");
    assert!(unread["reason"].as_str().unwrap().contains("robots.txt"));
    for bad in ["", "?url=", "?url=nope", "?url=ftp%3A%2F%2Fbread.example%2F"] {
        let (status, problem) = juno.get(&format!("/api/v1/preview{bad}"));
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("url")), "{bad}");
    }
    assert_eq!(juno.get("/api/v1/preview?link=x").0, 422);
}

#[test]
fn previews_are_few_for_each_person() {
    let (world, mut mina, _) = programs();
    let target = "/api/v1/preview?url=bread.example";
    for _ in 0..10 {
        assert_eq!(mina.get(target).0, 200);
    }
    assert_eq!(mina.get(target).0, 429);
    world.clock.advance(std::time::Duration::from_secs(2));
    assert_eq!(mina.get(target).0, 200);
}

#[test]
fn many_links_are_changed_at_once_and_only_ones_own() {
    let (mut world, mut mina, mut juno) = programs();
    for n in 1..=4 {
        let url = format!("https://bread.example/{n}");
        mina.post("/api/v1/bookmarks", &json!({ "url": url, "title": format!("Loaf {n}") }));
    }
    juno.post("/api/v1/bookmarks", &json!({ "url": "https://bread.example/" }));
    mina.post("/api/v1/folders", &json!({ "title": "Rye" }));
    let bulk = |program: &mut Program, body: Value| {
        let (status, reply) = program.post("/api/v1/bookmarks/bulk", &body);
        assert_eq!(status, 200, "{reply}");
        (reply["matched"].as_i64().unwrap(), reply["changed"].as_i64().unwrap())
    };
    // Five is another's, and nobody has 99.
    let ids = json!([1, 2, 2, 5, 99]);
    assert_eq!(bulk(&mut mina, json!({ "ids": ids, "action": "read" })), (2, 2));
    assert_eq!(bulk(&mut mina, json!({ "ids": ids, "action": "read" })), (2, 0));
    assert_eq!(
        bulk(&mut mina, json!({ "query": { "unread": false }, "action": "unread" })),
        (2, 2)
    );
    assert_eq!(bulk(&mut mina, json!({ "ids": [1, 3], "action": "move", "folder_id": 1 })), (2, 2));
    let rye = json!({ "query": { "folder": 1, "q": "loaf" }, "action": "read" });
    assert_eq!(bulk(&mut mina, rye), (2, 2));
    assert_eq!(bulk(&mut mina, json!({ "ids": [1], "action": "move", "folder_id": null })), (1, 1));
    assert_eq!(bulk(&mut mina, json!({ "ids": [4], "action": "archive" })), (1, 1));
    let archived = mina.get("/api/v1/bookmarks?archived=true").1;
    assert_eq!((&archived["items"][0]["id"], &archived["items"][1]), (&json!(4), &Value::Null));
    let back = json!({ "query": { "archived": true }, "action": "unarchive" });
    assert_eq!(bulk(&mut mina, back), (1, 1));
    let filed = mina.get("/api/v1/bookmarks?folder=1").1;
    assert_eq!((&filed["items"][0]["id"], &filed["items"][1]), (&json!(3), &Value::Null));

    world.write(|tx| {
        let gone = Some(Reason::of_status(404));
        store::pages::set_due(tx, BookmarkId(2), None, 3)?;
        store::pages::set_state(tx, BookmarkId(2), PageState::Failed, gone)
    });
    let failed = mina.get("/api/v1/bookmarks?state=failed,refused").1;
    assert_eq!((&failed["items"][0]["id"], &failed["items"][1]), (&json!(2), &Value::Null));
    let again = json!({ "query": { "state": "failed" }, "action": "refresh" });
    assert_eq!(bulk(&mut mina, again.clone()), (1, 1));
    assert_eq!(mina.get("/api/v1/bookmarks/2").1["page"]["state"], "pending");
    assert!(
        world
            .read(|tx| store::pages::find_due_of(tx, BookmarkId(2)))
            .is_some_and(|due| due.tries == 0)
    );
    assert_eq!(bulk(&mut mina, again), (0, 0));

    assert_eq!(bulk(&mut mina, json!({ "query": {}, "action": "delete" })), (4, 4));
    assert_eq!(mina.get("/api/v1/bookmarks?q=loaf").1["items"], json!([]));
    assert_eq!(juno.get("/api/v1/bookmarks/5").0, 200);
}

#[test]
fn a_bulk_change_that_makes_no_sense_changes_nothing() {
    let (_world, mut mina, _) = programs();
    mina.post("/api/v1/bookmarks", &json!({ "url": "https://bread.example/" }));
    let many: Vec<i64> = (1..=501).collect();
    for (body, field) in [
        (json!({ "action": "read" }), "ids"),
        (json!({ "ids": many, "action": "read" }), "ids"),
        (json!({ "ids": [1], "query": {}, "action": "read" }), "query"),
        (json!({ "ids": [1], "action": "toast" }), "action"),
        (json!({ "ids": [1], "action": "move" }), "folder_id"),
        (json!({ "ids": [1], "action": "move", "folder_id": 9 }), "folder_id"),
        (json!({ "ids": [1], "action": "delete", "folder_id": 9 }), "folder_id"),
        (json!({ "query": { "state": "odd" }, "action": "read" }), "query.state"),
        (json!({ "query": { "colour": "x" }, "action": "read" }), "query.colour"),
        (json!({ "query": { "tag": "a,b" }, "action": "read" }), "query.tag"),
        (
            json!({ "query": { "burnt": true, "archived": true }, "action": "read" }),
            "query.archived",
        ),
    ] {
        let (status, problem) = mina.post("/api/v1/bookmarks/bulk", &body);
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{body}");
    }
    assert_eq!(mina.get("/api/v1/bookmarks/1").1["unread"], true);
    assert_eq!(mina.get("/api/v1/bookmarks?state=odd").0, 422);
}

#[test]
fn the_language_of_a_person_is_one_that_is_spoken_here() {
    let (_world, mut mina, _) = programs();
    assert_eq!(mina.patch("/api/v1/me", &json!({ "language": "ja" })).1["language"], "ja");
    let (status, problem) = mina.patch("/api/v1/me", &json!({ "language": "tlh" }));
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("language")));
    let (_, me) = mina.patch("/api/v1/me", &json!({ "zone": "Asia/Tokyo" }));
    assert_eq!((&me["language"], &me["zone"]), (&json!("ja"), &json!("Asia/Tokyo")));
}

#[test]
fn deliveries_are_chosen_by_filter_and_push_is_switched_off() {
    let (mut world, mut mina, mut juno) = programs();
    let id = world.destination.0;
    world.postbox.answer([Outcome::Rejected]);
    mina.post(&format!("/api/v1/destinations/{id}/test"), &json!({}));
    world.settle();
    let (_, list) = mina.get(&format!("/api/v1/deliveries?state=dead&destination_id={id}"));
    let last = &list["items"][0]["last_attempt"];
    assert_eq!(
        (&last["outcome"], &last["detail"]),
        (&json!("rejected"), &json!("said the postbox"))
    );
    let empty = mina.get("/api/v1/deliveries?before=2026-03-02T12:00:00Z").1;
    assert_eq!(empty["items"], json!([]));
    for (target, body, field) in [
        ("redeliver", json!({ "before": "noon" }), "before"),
        ("redeliver", json!({ "state": "delivered" }), "state"),
        ("cancel", json!({}), "state"),
        ("cancel", json!({ "state": "delivered" }), "state"),
    ] {
        let (status, answer) = mina.post(&format!("/api/v1/deliveries/{target}"), &body);
        assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!(field)), "{answer}");
    }
    let filter = json!({ "destination_id": id, "reason": "postbox", "dry_run": true });
    let (status, would) = mina.post("/api/v1/deliveries/redeliver", &filter);
    assert_eq!((status, would), (202, json!({ "ids": [1], "more": false, "dry_run": true })));
    assert_eq!(juno.post("/api/v1/deliveries/cancel", &json!({ "ids": [1] })).0, 404);
    assert_eq!(
        juno.post("/api/v1/deliveries/cancel", &json!({ "state": "dead" })).1["ids"],
        json!([])
    );
    let (_, ended) = mina.post("/api/v1/deliveries/cancel", &json!({ "ids": [1] }));
    assert_eq!(ended["ids"], json!([1]));
    assert_eq!(mina.get("/api/v1/deliveries/1").1["state"], "cancelled");

    assert_eq!(mina.get("/api/v1/me").1["push_on"], true);
    assert_eq!(mina.patch("/api/v1/me", &json!({ "push_on": false })).1["push_on"], false);
    assert_eq!(juno.get("/api/v1/me").1["push_on"], true);
}

#[test]
fn a_change_by_somebody_who_has_not_seen_the_last_one_is_refused() {
    let (_world, mut mina, _) = programs();
    mina.post("/api/v1/bookmarks", &json!({ "url": "https://bread.example/" }));
    // The status and the tag of the answer.
    let mut ask = |method, body: &str, seen: &str| {
        let headers = [("if-match", seen)];
        let headers = if seen.is_empty() { &[][..] } else { &headers };
        let answer = mina.send(method, "/api/v1/bookmarks/1", body, headers);
        (answer.status, answer.header("etag").unwrap_or_default().to_owned())
    };
    let (_, seen) = ask(Method::Get, "", "");
    let (status, now) = ask(Method::Patch, r#"{"note":"first"}"#, &seen);
    assert_eq!((status, &now), (200, &ask(Method::Get, "", "").1), "a change tells the new tag");
    assert_eq!(ask(Method::Patch, r#"{"note":"second"}"#, &seen).0, 412);
    assert_eq!(ask(Method::Delete, "", &seen).0, 412);
    assert_eq!(ask(Method::Get, "", "").1, now, "nothing was changed");
    assert_eq!(ask(Method::Delete, "", &now).0, 204);
    assert_eq!(ask(Method::Delete, "", "*").0, 404);
}

#[test]
fn a_key_is_ones_own_lasts_a_day_and_hides_its_answer_from_who_has_the_database() {
    let (mut world, mut mina, mut juno) = programs();
    let post = |program: &mut Program, path: &str, body: &Value| {
        let headers = [("idempotency-key", "bake-7")];
        let answer = program.send(Method::Post, path, &body.to_string(), &headers);
        let Body::Bytes(bytes) = answer.body else { panic!() };
        (answer.status, serde_json::from_slice::<Value>(&bytes).unwrap())
    };
    let made = json!({ "name": "phone" });
    let (status, token) = post(&mut mina, "/api/v1/tokens", &made);
    assert_eq!(status, 201, "{token}");
    assert_eq!(post(&mut mina, "/api/v1/tokens", &made), (201, token.clone()));
    assert_eq!(post(&mut mina, "/api/v1/folders", &json!({ "title": "a" })).0, 422);
    assert_eq!(post(&mut juno, "/api/v1/folders", &json!({ "title": "a" })).0, 201, "her own");

    let key = token["token"].as_str().unwrap();
    mina.token = Box::leak(key.to_owned().into_boxed_str());
    let (status, problem) = post(&mut mina, "/api/v1/tokens", &made);
    assert_eq!(status, 409, "another token cannot see the first one's answers: {problem}");
    for entry in std::fs::read_dir(world.dir.path()).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_file() {
            let bytes = std::fs::read(entry).unwrap();
            assert!(!bytes.windows(key.len()).any(|part| part == key.as_bytes()));
        }
    }

    mina.token = "mina";
    world.run_for(std::time::Duration::from_hours(25));
    assert_eq!(post(&mut mina, "/api/v1/folders", &json!({ "title": "a" })).0, 201, "a day later");
}

#[test]
fn what_failed_may_be_tried_again_under_its_key() {
    let (_world, mut mina, _) = programs();
    let body = json!({ "title": "Rye", "parent_id": 1 }).to_string();
    let try_it = |mina: &mut Program| {
        mina.send(Method::Post, "/api/v1/folders", &body, &[("idempotency-key", "k")]).status
    };
    assert_eq!(try_it(&mut mina), 422, "there is no such parent");
    mina.post("/api/v1/folders", &json!({ "title": "Bread" }));
    assert_eq!(try_it(&mut mina), 201);
}
