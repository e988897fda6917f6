//! Rules, kept searches and links at random, over the API.

use serde_json::{Value, json};
use toaster::http::request::Method;
use toaster::model::id::BookmarkId;
use toaster::model::page::PageCard;
use toaster::ops::pages::{self, Read};

use crate::api::programs;

#[test]
fn rules_file_what_is_saved_and_what_was_saved_before() {
    let (mut world, mut mina, mut juno) = programs();
    mina.post("/api/v1/folders", &json!({ "title": "News" }));
    mina.post("/api/v1/bookmarks", &json!({ "url": "https://news.example/1", "title": "Old" }));
    let rule =
        json!({ "field": "host", "pattern": "news.example", "folder_id": 1, "tags": ["press"] });
    let (status, set) = mina.post("/api/v1/rules", &rule);
    assert_eq!((status, &set["enabled"]), (201, &json!(true)));
    let saved = mina.post("/api/v1/bookmarks", &json!({ "url": "https://www.news.example/2" })).1;
    assert_eq!((&saved["folder_id"], &saved["tags"]), (&json!(1), &json!(["press"])));
    assert_eq!(mina.get("/api/v1/bookmarks/1").1["folder_id"], Value::Null);

    let tried = mina.post("/api/v1/rules/1/apply", &json!({ "dry_run": true })).1;
    assert_eq!((&tried["matched"], &tried["examples"][1]), (&json!(2), &json!("Old")));
    assert_eq!(mina.get("/api/v1/bookmarks/1").1["folder_id"], Value::Null);
    assert_eq!(mina.post("/api/v1/rules/1/apply", &json!({})).1["matched"], 2);
    assert_eq!(mina.get("/api/v1/bookmarks/1").1["folder_id"], 1);

    // A title is known once the page was read.
    let by_title = json!({ "field": "title", "pattern": "toast", "favourite": true });
    mina.post("/api/v1/rules", &by_title);
    mina.post("/api/v1/bookmarks", &json!({ "url": "https://a.example/" }));
    world.write(|tx| {
        let claimed = pages::claim(tx, BookmarkId(3))?.expect("it waits to be read");
        let page = PageCard { title: "How to toast".into(), ..PageCard::default() };
        pages::record(tx, &claimed, &Read::Ready(Box::new(page)))
    });
    assert_eq!(mina.get("/api/v1/bookmarks/3").1["favourite"], true);

    mina.patch("/api/v1/rules/1", &json!({ "enabled": false, "tags": ["other"] }));
    let saved = mina.post("/api/v1/bookmarks", &json!({ "url": "https://news.example/3" })).1;
    assert_eq!((&saved["folder_id"], &saved["tags"]), (&Value::Null, &json!([])));
    assert_eq!(juno.get("/api/v1/rules/1").0, 404);
    assert_eq!(juno.post("/api/v1/rules/1/apply", &json!({})).0, 404);
    assert_eq!(mina.call(Method::Delete, "/api/v1/rules/1", "").0, 204);
    assert_eq!(mina.get("/api/v1/rules").1["items"].as_array().unwrap().len(), 1);
}

#[test]
fn rules_are_followed_in_an_order_and_say_how_they_match() {
    let (_world, mut mina, _) = programs();
    for title in ["One", "Two"] {
        mina.post("/api/v1/folders", &json!({ "title": title }));
    }
    let rule = |how: &str, folder: i64| json!({ "field": "url", "match": how, "pattern": "a.example/x", "folder_id": folder });
    let (_, set) = mina.post("/api/v1/rules", &rule("begins", 1));
    assert_eq!((&set["match"], &set["fetch"]), (&json!("begins"), &json!(true)));
    mina.post("/api/v1/rules", &rule("equals", 2));
    let filed = |mina: &mut crate::api::Program, path: &str| {
        let url = format!("https://a.example/{path}");
        let saved = mina.post("/api/v1/bookmarks", &json!({ "url": url })).1;
        let id = saved["id"].as_i64().unwrap();
        mina.call(Method::Delete, &format!("/api/v1/bookmarks/{id}"), "");
        saved["folder_id"].clone()
    };
    assert_eq!(filed(&mut mina, "x"), 1);
    assert_eq!(filed(&mut mina, "xyz"), 1);
    assert_eq!(filed(&mut mina, "y/a.example/x"), Value::Null);
    mina.patch("/api/v1/rules/2", &json!({ "position": 0 }));
    assert_eq!(mina.get("/api/v1/rules").1["items"][0]["id"], 2);
    assert_eq!(filed(&mut mina, "x"), 2);
    assert_eq!(filed(&mut mina, "xyz"), 1);
    mina.patch("/api/v1/rules/1", &json!({ "match": "contains", "fetch": false }));
    let saved = mina.post("/api/v1/bookmarks", &json!({ "url": "https://b.org/?a.example/x" })).1;
    assert_eq!(saved["page"]["state"], "ready");
}

#[test]
fn searches_are_kept_and_looked_into() {
    let (_world, mut mina, mut juno) = programs();
    for (n, title) in [(1, "Rye bread"), (2, "Toast"), (3, "Wheat bread")] {
        let url = format!("https://a.example/{n}");
        mina.post("/api/v1/bookmarks", &json!({ "url": url, "title": title }));
    }
    let kept = mina.post("/api/v1/searches", &json!({ "name": "Baking", "query": "bread" }));
    assert_eq!((kept.0, &kept.1["id"]), (201, &json!(1)));
    let found = mina.get("/api/v1/bookmarks?search=1").1;
    assert_eq!(found["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        mina.get("/api/v1/bookmarks?search=1&q=rye").1["items"].as_array().unwrap().len(),
        1
    );
    assert_eq!(mina.post("/api/v1/searches", &json!({ "name": "baking", "query": "x" })).0, 409);
    assert_eq!(mina.patch("/api/v1/searches/1", &json!({ "query": "toast" })).1["name"], "Baking");
    assert_eq!(mina.get("/api/v1/bookmarks?search=1").1["items"].as_array().unwrap().len(), 1);
    mina.post("/api/v1/searches", &json!({ "name": "A first one", "query": "x" }));
    let names = |list: &Value| {
        let names = list["items"].as_array().unwrap().iter().map(|item| item["name"].clone());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&mina.get("/api/v1/searches").1), ["Baking", "A first one"]);
    mina.patch("/api/v1/searches/2", &json!({ "position": 0 }));
    assert_eq!(names(&mina.get("/api/v1/searches").1), ["A first one", "Baking"]);
    assert_eq!(mina.call(Method::Delete, "/api/v1/searches/2", "").0, 204);
    assert_eq!(juno.get("/api/v1/searches/1").0, 404);
    assert_eq!(juno.get("/api/v1/bookmarks?search=1").0, 422);
    assert_eq!(juno.call(Method::Delete, "/api/v1/searches/1", "").0, 404);
    assert_eq!(mina.call(Method::Delete, "/api/v1/searches/1", "").0, 204);
    assert_eq!(mina.get("/api/v1/searches").1["items"], json!([]));
}

#[test]
fn a_link_comes_at_random_from_those_that_are_asked_for() {
    let (_world, mut mina, _) = programs();
    assert_eq!(mina.get("/api/v1/bookmarks/random").0, 404);
    for n in 1..=20 {
        let url = format!("https://a.example/{n}");
        mina.post("/api/v1/bookmarks", &json!({ "url": url, "unread": n % 2 == 0 }));
    }
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..60 {
        let (status, found) = mina.get("/api/v1/bookmarks/random?unread=true");
        assert_eq!((status, &found["unread"]), (200, &json!(true)));
        seen.insert(found["id"].as_i64().unwrap());
    }
    // That one of ten comes sixty times is less likely than that this machine breaks.
    assert!(seen.len() > 1, "{seen:?}");
    assert_eq!(mina.get("/api/v1/bookmarks/random?colour=red").0, 422);
}

#[test]
fn bad_rules_and_searches_are_refused_by_name_and_change_nothing() {
    let (_world, mut mina, _) = programs();
    let rule =
        |field: &str, pattern: &str| json!({ "field": field, "pattern": pattern, "archive": true });
    for (target, body, field) in [
        ("/api/v1/rules", rule("colour", "x"), "field"),
        (
            "/api/v1/rules",
            json!({ "field": "url", "match": "smells", "pattern": "x", "archive": true }),
            "match",
        ),
        ("/api/v1/rules", rule("url", ""), "pattern"),
        ("/api/v1/rules", rule("url", "**"), "pattern"),
        ("/api/v1/rules", json!({ "field": "url", "pattern": "x" }), "rule"),
        ("/api/v1/rules", json!({ "field": "url", "pattern": "x", "folder_id": 9 }), "folder_id"),
        ("/api/v1/rules", json!({ "field": "url", "pattern": "x", "tags": ["a,b"] }), "tags"),
        ("/api/v1/rules", json!({ "field": "url" }), "pattern"),
        ("/api/v1/rules", json!({ "field": "url", "pattern": "x", "what": 1 }), "what"),
        ("/api/v1/searches", json!({ "name": "", "query": "x" }), "name"),
        ("/api/v1/searches", json!({ "name": "x", "query": " " }), "query"),
        ("/api/v1/searches", json!({ "name": "x" }), "query"),
        ("/api/v1/searches", json!({ "name": "x", "query": "a\nb" }), "query"),
    ] {
        let (status, problem) = mina.post(target, &body);
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{body}");
    }
    assert_eq!(mina.get("/api/v1/rules").1["items"], json!([]));
    assert_eq!(mina.get("/api/v1/searches").1["items"], json!([]));
}
