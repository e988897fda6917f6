//! The three flows with the real binary: a link is saved and its page read; a destination is
//! tested; a reminder comes due, on time and late.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use rustix::process::Signal;
use serde_json::json;
use toaster::clock::SystemClock;
use toaster::model::time::Zone;

use crate::server::{Got, Home, StandIn, mode, site};

#[test]
fn a_link_gets_its_page_is_filed_found_and_deleted() {
    let home = Home::new();
    let token = home.add_user("mina");
    assert_eq!(mode(&home.data()), 0o700);
    let mut server = home.serve();
    let client = server.client(&token);
    let site = site();
    let url = format!("http://{}/article", site.address);
    let (status, saved) = client.post("/api/v1/bookmarks", &json!({ "url": url }));
    assert_eq!((status, saved["page"]["state"].as_str()), (201, Some("pending")));
    server.wait_for_log("page bookmark=1");
    let (_, read) = client.get("/api/v1/bookmarks/1");
    assert_eq!(read["title"], "How to bake 맛있는 토스트");
    assert_eq!(
        (&read["description"], &read["page"]["state"]),
        (&json!("Slowly."), &json!("ready"))
    );
    assert_eq!(read["image_url"], format!("http://{}/picture.png", site.address));
    assert_eq!(read["icon_url"], format!("http://{}/favicon.ico", site.address));

    let (_, folder) = client.post("/api/v1/folders", &json!({ "title": "Recipes" }));
    let change = json!({ "folder_id": folder["id"], "unread": false, "title": "Toast, slowly" });
    assert_eq!(client.patch("/api/v1/bookmarks/1", &change).0, 200);
    for words in ["slowly", "%ED%86%A0%EC%8A%A4", "bake"] {
        let (_, found) = client.get(&format!("/api/v1/bookmarks?q={words}&folder=1"));
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{words}");
    }
    assert_eq!(client.delete("/api/v1/bookmarks/1"), 204);
    assert_eq!(client.get("/api/v1/bookmarks/1").0, 404);
    assert!(server.stop(Signal::INT).success(), "Ctrl-C stops it cleanly");
}

#[test]
fn pictures_are_ours_and_come_back_when_the_cache_was_deleted() {
    let home = Home::new();
    let token = home.add_user("mina");
    let mut server = home.serve();
    let site = site();
    let url = format!("http://{}/article", site.address);
    server.client(&token).post("/api/v1/bookmarks", &json!({ "url": url }));
    server.wait_for_log("page bookmark=1");
    let check_pictures = |client: &crate::server::Client| {
        for (path, kind) in [("picture", "image/webp"), ("icon", "image/png")] {
            let (found, bytes) = client.file(&format!("/bookmarks/1/{path}"));
            assert_eq!(found, kind);
            assert!(image::load_from_memory(&bytes).is_ok(), "{path}");
        }
    };
    check_pictures(&server.client(&token));
    assert!(server.stop(Signal::TERM).success());

    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(home.data().join(format!("cache.db{suffix}")));
    }
    // As if its page had been read long ago.
    let sql = rusqlite::Connection::open(home.data().join("toaster.db")).unwrap();
    sql.execute("UPDATE bookmarks SET fetched_at = fetched_at - 172800000", []).unwrap();
    drop(sql);
    let mut server = home.serve();
    let client = server.client(&token);
    assert_eq!(client.file("/bookmarks/1/picture").0, "image/svg+xml", "a tile meanwhile");
    assert_eq!(client.get("/api/v1/bookmarks/1").1["page"]["state"], "ready");
    server.wait_for_log("page bookmark=1");
    check_pictures(&client);
}

#[test]
fn a_page_that_cannot_be_read_leaves_the_link_with_a_reason() {
    let home = Home::new();
    let token = home.add_user("mina");
    let mut server = home.serve();
    let client = server.client(&token);
    let site = site();
    let here = |path: &str| format!("http://{}{path}", site.address);
    for (n, (url, state, reason)) in [
        (here("/missing"), "failed", "404"),
        (here("/loop"), "failed", "redirect"),
        (here("/endless"), "ready", ""),
        ("http://127.0.0.1:1/".to_owned(), "failed", "refused the connection"),
        ("http://10.1.2.3/".to_owned(), "refused", "not public"),
        ("http://[::1]/".to_owned(), "refused", "not public"),
        ("http://no-such-host.invalid/".to_owned(), "failed", "could not be found"),
    ]
    .into_iter()
    .enumerate()
    {
        let id = n + 1;
        assert_eq!(client.post("/api/v1/bookmarks", &json!({ "url": url })).0, 201);
        server.wait_for_log(&format!("page bookmark={id} "));
        let (_, bookmark) = client.get(&format!("/api/v1/bookmarks/{id}"));
        let page = &bookmark["page"];
        assert_eq!(page["state"], state, "{url}: {page}");
        assert!(page["reason"].as_str().unwrap_or_default().contains(reason), "{url}: {page}");
    }
    assert_eq!(client.get("/api/v1/bookmarks/3").1["title"], "Ten gigabytes");
}

/// Checks a signature as a receiver of Standard Webhooks does.
fn is_signed_by(got: &Got, secret: &str) -> bool {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut content =
        format!("{}.{}.", got.header("webhook-id"), got.header("webhook-timestamp")).into_bytes();
    content.extend_from_slice(&got.body);
    let signature = got.header("webhook-signature").strip_prefix("v1,").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    hmac::verify(&key, &content, &STANDARD.decode(signature).unwrap()).is_ok()
}

#[test]
fn destinations_are_tested_and_a_dead_letter_is_redelivered() {
    let home = Home::new();
    let token = home.add_user("mina");
    let mut server = home.serve();
    let client = server.client(&token);
    let hook = StandIn::answering(204);
    let body = json!({ "kind": "webhook", "name": "Hook", "url": format!("http://{}/hook", hook.address) });
    let (status, created) = client.post("/api/v1/destinations", &body);
    assert_eq!(status, 201, "{created}");
    let secret = created["secret"].as_str().unwrap().to_owned();
    assert_eq!(client.post("/api/v1/destinations/1/test", &json!({})).0, 202);
    let got = hook.next();
    assert!(is_signed_by(&got, &secret));
    assert_eq!((got.json()["type"].as_str(), got.path.as_str()), (Some("test"), "/hook"));
    let (status, ended) = client.post("/api/v1/destinations/1/test?wait=true", &json!({}));
    assert_eq!(
        (status, &ended["state"], &ended["status"]),
        (200, &json!("delivered"), &json!(204))
    );
    hook.next();

    let ntfy = StandIn::answering(400);
    let body = json!({ "kind": "ntfy", "name": "Phone", "server": format!("http://{}", ntfy.address), "topic": "mina", "token": "tk_very_secret" });
    client.post("/api/v1/destinations", &body);
    let (_, test) = client.post("/api/v1/destinations/2/test", &json!({}));
    let first = ntfy.next();
    assert_eq!(
        (first.path.as_str(), first.header("authorization")),
        ("/", "Bearer tk_very_secret")
    );
    let id = test["delivery_id"].as_i64().unwrap();
    server.wait_for_log(&format!("push delivery={id} "));
    let (_, dead) = client.get(&format!("/api/v1/deliveries/{id}"));
    assert_eq!((&dead["state"], &dead["attempts"][0]["status"]), (&json!("dead"), &json!(400)));
    let (_, again) = client.post("/api/v1/deliveries/redeliver", &json!({ "ids": [id] }));
    assert_eq!(again["ids"], json!([id]));
    assert_eq!(ntfy.next().body, first.body, "the same key and the same bytes");
    server.wait_for_log(&format!("push delivery={id} "));
    assert_eq!(
        client.get(&format!("/api/v1/deliveries/{id}")).1["attempts"].as_array().unwrap().len(),
        2
    );
}

#[test]
fn a_reminder_comes_on_time_and_after_a_stop_it_comes_once_and_says_it_is_late() {
    let home = Home::new();
    let token = home.add_user("mina");
    let mut server = home.serve();
    let client = server.client(&token);
    let phone = StandIn::answering(200);
    let body = json!({ "kind": "ntfy", "name": "Phone", "server": format!("http://{}", phone.address), "topic": "mina" });
    client.post("/api/v1/destinations", &body);
    client.post("/api/v1/folders", &json!({ "title": "X" }));
    client.post("/api/v1/bookmarks", &json!({ "url": "https://in.example/", "title": "Waiting in X", "folder_id": 1, "fetch": false }));
    client.post(
        "/api/v1/bookmarks",
        &json!({ "url": "https://out.example/", "title": "Elsewhere", "fetch": false }),
    );
    let seoul = Zone::named("Asia/Seoul").unwrap();
    let soon = (SystemClock::shared().now() + std::time::Duration::from_secs(62)).in_zone(&seoul);
    let at = format!("{:02}:{:02}", soon.hour(), soon.minute());
    let body = json!({
        "target": { "kind": "folder", "id": 1 }, "zone": "Asia/Seoul",
        "schedule": { "kind": "weekly", "days": [1, 2, 3, 4, 5, 6, 7], "at": at },
    });
    assert_eq!(client.post("/api/v1/reminders", &body).0, 201);
    let push = phone.next().json();
    assert_eq!(push["title"], "X: 1 link waiting");
    assert_eq!(push["message"], "• Waiting in X");
    server.wait_for_log("push delivery=1");
    assert!(server.stop(Signal::TERM).success());

    // As if it had been down since the day before yesterday.
    let sql = rusqlite::Connection::open(home.data().join("toaster.db")).unwrap();
    let slot: String =
        sql.query_row("SELECT next_slot FROM reminders", [], |row| row.get(0)).unwrap();
    let slot: toaster::model::time::Slot = slot.parse().unwrap();
    let days_ago = |days| {
        let day = slot.on().checked_sub(jiff::Span::new().days(days)).unwrap();
        toaster::model::time::Slot::new(day, slot.at())
    };
    sql.execute("DELETE FROM firings", []).unwrap();
    sql.execute(
        "UPDATE reminders SET next_slot = ?1, next_due_at = ?2",
        (days_ago(3).to_string(), days_ago(3).instant(&seoul).as_ms()),
    )
    .unwrap();
    drop(sql);
    let mut server = home.serve();
    let push = phone.next().json();
    let text = push["message"].as_str().unwrap();
    assert!(
        text.contains("Late: this was due ") && text.contains("2 earlier times were missed"),
        "{text}"
    );
    server.wait_for_log("push delivery=2");
    let (_, list) = server.client(&token).get("/api/v1/deliveries");
    assert_eq!(list["items"].as_array().unwrap().len(), 2, "one push, not three");
    assert!(phone.got.is_empty());
}

#[test]
fn the_operator_decides_how_many_reminders_a_person_may_have() {
    let home = Home::new();
    let token = home.add_user("mina");
    let server = home.serve_with(&[("TOASTER_REMINDERS_MAX_PER_USER", "2")]);
    let client = server.client(&token);
    let body = json!({
        "target": { "kind": "all" },
        "schedule": { "kind": "weekly", "days": [1], "at": "21:30" },
    });
    let statuses = [(); 3].map(|()| client.post("/api/v1/reminders", &body).0);
    assert_eq!(statuses, [201, 201, 422]);
}

#[test]
fn nothing_private_is_logged_and_the_set_up_address_only_while_nobody_has_an_account() {
    let home = Home::new();
    let mut server = home.serve_with(&[("TOASTER_LOG", "trace")]);
    let key = server.wait_for_log("/setup/");
    assert!(key.trim().starts_with(&server.address), "{key}");
    assert!(server.stop(Signal::TERM).success());

    let token = home.add_user("mina");
    let mut server = home.serve_with(&[("TOASTER_LOG", "trace")]);
    let client = server.client(&token);
    let site = StandIn::new(|_, stream| {
        crate::server::answer(
            stream,
            200,
            "text/html",
            b"<title>private-title</title><meta property=og:image content=/private.png>",
        );
    });
    let url = format!("http://{}/private-path", site.address);
    client.post("/api/v1/bookmarks", &json!({ "url": url, "note": "private-note" }));
    let topic = json!({ "kind": "ntfy", "name": "private-name", "server": format!("http://{}", site.address), "topic": "private-topic", "token": "private-token" });
    client.post("/api/v1/destinations", &topic);
    client.post("/api/v1/destinations/1/test", &json!({}));
    client.get("/api/v1/bookmarks?q=private-words");
    client.post("/api/v1/bookmarks", &json!({ "url": "private-nonsense" }));
    let page = server.wait_for_log("page bookmark=1");
    let push = server.wait_for_log("push delivery=1");
    let pid = server.pid();
    rustix::process::kill_process(pid, Signal::TERM).unwrap();
    let rest = server.log_to_the_end();
    assert!(rest.iter().any(|line| line.contains("stopped")), "{rest:?}");
    for line in rest.iter().chain([&page, &push]) {
        assert!(
            !line.contains("private") && !line.contains(&token) && !line.contains("/setup/"),
            "{line}"
        );
        assert!(!line.contains(&site.address), "{line}");
    }
}
