//! Tokens, sessions, accounts, backups and the state of the server, through the API.

use serde_json::{Value, json};
use toaster::model::token::Rights;
use toaster::{ops, secret, store};

use crate::api::{Program, programs};
use crate::world::{World, days};

/// A world, a program that may do all that Mina, an admin, may, and one of Juno's.
fn managed() -> (World, Program, Program) {
    let (mut world, mut mina, juno) = programs();
    let user = world.user;
    world.write(move |tx| {
        let user = store::users::get(tx, user)?;
        ops::tokens::add(tx, &user, &Rights::ALL, "all", &Rights::ALL, &secret::key_hash("all"))
    });
    mina.token = "all";
    (world, mina, juno)
}

fn key(made: &Value) -> &'static str {
    made["token"].as_str().unwrap().to_owned().leak()
}

#[test]
fn a_token_is_made_shown_once_named_and_revoked() {
    let (_world, mut mina, mut juno) = managed();
    let (status, made) = mina.post("/api/v1/tokens", &json!({ "name": "phone", "scope": "read" }));
    assert_eq!(status, 201, "{made}");
    assert_eq!(
        (&made["scope"], &made["folder_id"], &made["expires_at"], &made["last_used_at"]),
        (&json!("read"), &Value::Null, &Value::Null, &Value::Null)
    );
    let (phone, target) = (key(&made), format!("/api/v1/tokens/{}", made["id"]));
    let (_, list) = mina.get("/api/v1/tokens");
    assert!(!list.to_string().contains(phone), "it is shown once");
    let (_, renamed) = mina.patch(&target, &json!({ "name": "tablet" }));
    assert_eq!((&renamed["name"], &renamed["token"]), (&json!("tablet"), &Value::Null));
    for (method, body) in [("patch", json!({ "name": "x" })), ("delete", json!({}))] {
        let theirs =
            if method == "patch" { juno.patch(&target, &body) } else { juno.delete(&target) };
        assert_eq!(theirs.0, 404, "{method}");
    }
    mina.token = phone;
    assert_eq!(mina.get("/api/v1/me").0, 200);
    mina.token = "all";
    assert!(
        mina.get("/api/v1/tokens")
            .1
            .to_string()
            .contains("\"last_used_at\":\"2026-03-02T12:00:00Z\"")
    );
    assert_eq!(mina.delete(&target).0, 204);
    mina.token = phone;
    assert_eq!(mina.get("/api/v1/me").0, 401);
}

#[test]
fn a_token_that_makes_no_sense_is_refused_by_its_field() {
    let (_world, mut mina, mut juno) = managed();
    mina.post("/api/v1/folders", &json!({ "title": "Share" }));
    let before = mina.get("/api/v1/tokens").1;
    let check = |program: &mut Program, body: Value, field: &str| {
        let (status, problem) = program.post("/api/v1/tokens", &body);
        assert_eq!(
            (status, &problem["errors"][0]["field"]),
            (422, &json!(field)),
            "{body} {problem}"
        );
    };
    check(&mut mina, json!({}), "name");
    check(&mut mina, json!({ "name": " " }), "name");
    check(&mut mina, json!({ "name": "a\nb" }), "name");
    check(&mut mina, json!({ "name": "a", "scope": "all" }), "scope");
    check(&mut mina, json!({ "name": "a", "scope": ["read"] }), "scope");
    check(&mut mina, json!({ "name": "a", "scopes": "read" }), "scopes");
    check(&mut mina, json!({ "name": "a", "folder_id": 99 }), "folder_id");
    check(&mut mina, json!({ "name": "a", "scope": "admin", "folder_id": 1 }), "folder_id");
    check(&mut mina, json!({ "name": "a", "expires_at": "soon" }), "expires_at");
    check(&mut mina, json!({ "name": "a", "expires_at": "2026-03-02T12:00:00Z" }), "expires_at");
    check(&mut juno, json!({ "name": "a", "folder_id": 1 }), "folder_id");
    check(&mut juno, json!({ "name": "a", "scope": "admin" }), "scope");
    assert_eq!(mina.get("/api/v1/tokens").1, before, "nothing was made");
}

#[test]
fn a_token_makes_none_that_may_do_more_or_lasts_longer() {
    let (world, mut mina, _) = managed();
    let until = "2026-03-12T12:00:00Z";
    let (_, made) = mina.post("/api/v1/tokens", &json!({ "name": "short", "expires_at": until }));
    mina.token = key(&made);
    let mut make = |body: Value| mina.post("/api/v1/tokens", &body).0;
    assert_eq!(make(json!({ "name": "a" })), 403);
    assert_eq!(make(json!({ "name": "a", "expires_at": "2026-03-12T12:00:01Z" })), 403);
    assert_eq!(make(json!({ "name": "a", "expires_at": until, "scope": "admin" })), 403);
    assert_eq!(make(json!({ "name": "a", "expires_at": until, "scope": "read" })), 201);
    assert_eq!(mina.delete("/api/v1/tokens/1").0, 403, "one that lasts longer");
    assert_eq!(mina.delete("/api/v1/tokens/99").0, 404);
    world.clock.advance(days(10));
    let (status, problem) = mina.get("/api/v1/me");
    assert_eq!((status, &problem["detail"]), (401, &json!("the token has expired")));
}

#[test]
fn signed_in_browsers_are_listed_and_ended() {
    let (mut world, mut mina, mut juno) = managed();
    let user = world.user;
    for (name, browser) in [("one", "Firefox on Linux"), ("two", "Safari on iPhone"), ("three", "")]
    {
        world.clock.advance(std::time::Duration::from_mins(1));
        world.write(move |tx| ops::accounts::sign_in(tx, user, &secret::key_hash(name), browser));
    }
    mina.token = "cookie one";
    let (_, list) = mina.get("/api/v1/sessions");
    let rows: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["id"].as_i64().unwrap(),
                row["browser"].as_str().unwrap(),
                row["current"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [(3, "", false), (2, "Safari on iPhone", false), (1, "Firefox on Linux", true)]
    );
    let last = &list["items"][2];
    assert_eq!(last["created_at"], "2026-03-02T12:01:00Z");
    assert_eq!(last["last_seen_at"], "2026-03-02T12:01:00Z");
    let shown: Vec<_> = last.as_object().unwrap().keys().collect();
    let fields = ["browser", "created_at", "current", "expires_at", "id", "last_seen_at"];
    assert_eq!(shown, fields, "no key and no hash of one");

    assert_eq!(juno.get("/api/v1/sessions").1["items"], json!([]));
    assert_eq!(juno.delete("/api/v1/sessions/2").0, 404);
    assert_eq!(mina.delete("/api/v1/sessions/2").0, 204);
    assert_eq!(mina.delete("/api/v1/sessions/2").0, 404);
    mina.token = "cookie two";
    assert_eq!(mina.get("/api/v1/me").0, 401);
    mina.token = "cookie one";
    assert_eq!(mina.delete("/api/v1/sessions").0, 204);
    assert_eq!(mina.get("/api/v1/sessions").1["items"].as_array().unwrap().len(), 1);

    world.clock.advance(std::time::Duration::from_hours(5));
    let (_, list) = mina.get("/api/v1/sessions");
    assert_eq!(list["items"][0]["last_seen_at"], "2026-03-02T17:03:00Z");
}

#[test]
fn accounts_are_added_changed_and_removed() {
    let (_world, mut mina, mut juno) = managed();
    let body = json!({ "name": "nari", "password": "brown toast", "zone": "Asia/Seoul" });
    let (status, nari) = mina.post("/api/v1/users", &body);
    assert_eq!(
        (status, &nari["is_admin"], &nari["zone"]),
        (201, &json!(false), &json!("Asia/Seoul"))
    );
    assert!(!mina.get("/api/v1/users").1.to_string().contains("argon2"));
    let target = format!("/api/v1/users/{}", nari["id"]);
    assert_eq!(mina.get(&target).1, nari);
    let change = json!({ "name": "Nari", "is_admin": true, "password": "browner toast" });
    let (_, changed) = mina.patch(&target, &change);
    assert_eq!((&changed["name"], &changed["is_admin"]), (&json!("Nari"), &json!(true)));
    assert_eq!(juno.get("/api/v1/users").0, 403);
    assert_eq!(mina.delete(&target).0, 204);
    assert_eq!(mina.delete(&target).0, 404);
    assert_eq!(mina.get(&target).0, 404);
    assert_eq!(mina.patch(&target, &json!({ "password": "brown toast" })).0, 404);
}

#[test]
fn an_account_that_makes_no_sense_is_refused_and_the_last_admin_stays() {
    let (_world, mut mina, _) = managed();
    let before = mina.get("/api/v1/users").1;
    for (body, status, field) in [
        (json!({ "name": "nari" }), 422, json!("password")),
        (json!({ "name": "nari", "password": "toast" }), 422, json!("password")),
        (json!({ "name": "nari", "password": "x".repeat(1025) }), 422, json!("password")),
        (json!({ "name": "na ri", "password": "brown toast" }), 422, json!("name")),
        (json!({ "name": "", "password": "brown toast" }), 422, json!("name")),
        (json!({ "name": "nari", "password": "brown toast", "zone": "Mars" }), 422, json!("zone")),
        (json!({ "name": "nari", "password": "brown toast", "admin": true }), 422, json!("admin")),
        (json!({ "name": "JUNO", "password": "brown toast" }), 409, Value::Null),
    ] {
        let (found, problem) = mina.post("/api/v1/users", &body);
        assert_eq!((found, &problem["errors"][0]["field"]), (status, &field), "{body}: {problem}");
    }
    let mut change = |body: Value| mina.patch("/api/v1/users/1", &body).0;
    assert_eq!(change(json!({ "is_admin": false })), 409);
    assert_eq!(change(json!({ "name": "juno" })), 409);
    assert_eq!(change(json!({ "password": "short" })), 422);
    let (status, problem) = mina.delete("/api/v1/users/1");
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("confirm")));
    assert_eq!(mina.delete("/api/v1/users/1?confirm=true").0, 409, "she is the last admin");
    assert_eq!(mina.get("/api/v1/users").1, before);

    mina.patch("/api/v1/users/2", &json!({ "is_admin": true }));
    assert_eq!(mina.delete("/api/v1/users/1?confirm=true").0, 204);
    assert_eq!(mina.get("/api/v1/me").0, 401);
}

#[test]
fn backups_are_made_and_listed() {
    let (world, mut mina, _) = managed();
    assert_eq!(mina.get("/api/v1/backups").1["items"], json!([]));
    let (status, made) = mina.post("/api/v1/backups", &json!({}));
    assert_eq!((status, &made["name"]), (201, &json!("toaster-20260302T120000Z.db")));
    assert_eq!(mina.get("/api/v1/backups").1["items"], json!([made]));
    assert_eq!(mina.post("/api/v1/backups", &json!({})).0, 409, "of the same second");
    let file = world.database().with_file_name("backups").join("toaster-20260302T120000Z.db");
    assert_eq!(store::backup::check(&file).unwrap(), [""; 0]);
    assert_eq!(made["bytes"], std::fs::metadata(file).unwrap().len());
}

#[test]
fn the_status_counts_and_tells_of_nobody() {
    let (world, mut mina, _) = managed();
    mina.post("/api/v1/bookmarks", &json!({ "url": "https://secret.example/" }));
    mina.post("/api/v1/destinations/1/test", &json!({}));
    world.clock.advance(std::time::Duration::from_mins(2));
    let (status, told) = mina.get("/api/v1/status");
    assert_eq!(status, 200);
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(told["uptime_s"], 120);
    assert_eq!(told["clock"], json!({ "trusted": true, "reason": null }));
    assert_eq!(
        told["counts"],
        json!({ "users": 2, "bookmarks": 1, "reminders": 0, "destinations": 1 })
    );
    assert_eq!(told["queues"], json!({ "pages": 1, "pushes": 1, "dead_letters": 0 }));
    assert!(told["database"]["wal_bytes"].as_u64().unwrap() > 4096);
    assert!(told["schema"].as_u64().unwrap() >= 13);
    for private in ["secret", "mina", "juno", "push.example"] {
        assert!(!told.to_string().contains(private), "{told}");
    }
}
