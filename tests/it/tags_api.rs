//! Tags and the order of folders over the API.

use serde_json::{Value, json};
use toaster::http::request::Method;

use crate::api::programs;

#[test]
fn tags_are_listed_renamed_merged_and_deleted() {
    let (_world, mut mina, mut juno) = programs();
    for (n, tags) in
        [(1, json!(["Rust", "web"])), (2, json!(["rust"])), (3, json!(["web", "#to read"]))]
    {
        let body = json!({ "url": format!("https://a.example/{n}"), "tags": tags });
        assert_eq!(mina.post("/api/v1/bookmarks", &body).0, 201);
    }
    assert_eq!(mina.post("/api/v1/tags", &json!({ "name": "later" })).0, 201);
    let listed = |program: &mut crate::api::Program| -> Value {
        let items = program.get("/api/v1/tags").1["items"].clone();
        items.as_array().unwrap().iter().map(|tag| json!([tag["name"], tag["bookmarks"]])).collect()
    };
    assert_eq!(listed(&mut mina), json!([["later", 0], ["Rust", 2], ["to-read", 1], ["web", 2]]));
    assert_eq!(listed(&mut juno), json!([]));
    assert_eq!(mina.get("/api/v1/bookmarks?tag=RUST").1["items"].as_array().unwrap().len(), 2);

    let renamed = mina.patch("/api/v1/tags/1", &json!({ "name": "ferris" }));
    assert_eq!((renamed.0, &renamed.1["name"]), (200, &json!("ferris")));
    assert_eq!(mina.get("/api/v1/bookmarks?q=ferris").1["items"].as_array().unwrap().len(), 2);
    let merged = mina.patch("/api/v1/tags/1", &json!({ "merge_into": 2 }));
    assert_eq!(
        (merged.0, &merged.1["name"], &merged.1["bookmarks"]),
        (200, &json!("web"), &json!(3))
    );
    assert_eq!(mina.call(Method::Delete, "/api/v1/tags/2", "").0, 204);
    assert_eq!(listed(&mut mina), json!([["later", 0], ["to-read", 1]]));
    assert_eq!(mina.get("/api/v1/bookmarks").1["items"].as_array().unwrap().len(), 3);
}

#[test]
fn many_links_are_tagged_at_once_or_only_counted() {
    let (_world, mut mina, _) = programs();
    for n in 1..=3 {
        mina.post("/api/v1/bookmarks", &json!({ "url": format!("https://a.example/{n}") }));
    }
    let mut bulk = |body: Value| {
        let (status, reply) = mina.post("/api/v1/bookmarks/bulk", &body);
        assert_eq!(status, 200, "{reply}");
        (reply["matched"].as_i64().unwrap(), reply["changed"].as_i64().unwrap())
    };
    let tag = |ids: Value, tags: Value| json!({ "ids": ids, "action": "tag", "tags": tags });
    assert_eq!(bulk(json!({ "query": {}, "action": "delete", "dry_run": true })), (3, 0));
    assert_eq!(bulk(tag(json!([1, 2, 99]), json!(["jam"]))), (2, 2));
    assert_eq!(bulk(tag(json!([1, 3]), json!(["JAM", "tea"]))), (2, 2));
    assert_eq!(bulk(tag(json!([1]), json!(["jam"]))), (1, 0));
    let untag = json!({ "query": { "tag": "jam" }, "action": "untag", "tags": ["jam"] });
    assert_eq!(bulk(untag), (3, 3));
    assert_eq!(bulk(json!({ "query": { "tag": "tea" }, "action": "favourite" })), (2, 2));
    assert_eq!(bulk(json!({ "query": { "favourite": true }, "action": "unfavourite" })), (2, 2));
}

#[test]
fn bad_tags_are_refused_by_name_and_change_nothing() {
    let (_world, mut mina, mut juno) = programs();
    mina.post("/api/v1/tags", &json!({ "name": "jam" }));
    mina.post("/api/v1/tags", &json!({ "name": "tea" }));
    mina.post("/api/v1/bookmarks", &json!({ "url": "https://a.example/", "tags": ["jam"] }));
    for (target, body, field) in [
        ("/api/v1/tags", json!({ "name": "" }), "name"),
        ("/api/v1/tags", json!({ "name": "a,b" }), "name"),
        ("/api/v1/tags", json!({ "name": 7 }), "name"),
        ("/api/v1/tags", json!({}), "name"),
        ("/api/v1/tags", json!({ "name": "x".repeat(65) }), "name"),
        ("/api/v1/bookmarks", json!({ "url": "https://b.example/", "tags": "jam" }), "tags"),
        ("/api/v1/bookmarks", json!({ "url": "https://b.example/", "tags": ["a\u{7}"] }), "tags"),
        ("/api/v1/bookmarks/bulk", json!({ "ids": [1], "action": "tag" }), "tags"),
        ("/api/v1/bookmarks/bulk", json!({ "ids": [1], "action": "tag", "tags": [] }), "tags"),
        ("/api/v1/bookmarks/bulk", json!({ "ids": [1], "action": "read", "tags": ["x"] }), "tags"),
    ] {
        let (status, problem) = mina.post(target, &body);
        assert_eq!(
            (status, &problem["errors"][0]["field"]),
            (422, &json!(field)),
            "{target} {body}"
        );
    }
    for (body, field) in [
        (json!({ "merge_into": 99 }), "merge_into"),
        (json!({ "merge_into": 1 }), "merge_into"),
        (json!({ "name": "x", "merge_into": 2 }), "merge_into"),
        (json!({ "name": null, "colour": 1 }), "colour"),
    ] {
        let (status, problem) = mina.patch("/api/v1/tags/1", &body);
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{body}");
    }
    assert_eq!(mina.post("/api/v1/tags", &json!({ "name": "JAM" })).0, 409);
    assert_eq!(mina.patch("/api/v1/tags/1", &json!({ "name": "tea" })).0, 409);
    assert_eq!(juno.get("/api/v1/tags/1").0, 404);
    assert_eq!(juno.patch("/api/v1/tags/1", &json!({ "name": "x" })).0, 404);
    assert_eq!(juno.call(Method::Delete, "/api/v1/tags/1", "").0, 404);
    assert_eq!(mina.get("/api/v1/bookmarks/1").1["tags"], json!(["jam"]));
}

#[test]
fn folders_stand_where_they_are_put() {
    let (_world, mut mina, _) = programs();
    for title in ["Rye", "Oat", "Wheat"] {
        mina.post("/api/v1/folders", &json!({ "title": title }));
    }
    let order = |program: &mut crate::api::Program| -> Value {
        let items = program.get("/api/v1/folders").1["items"].clone();
        items.as_array().unwrap().iter().map(|folder| folder["title"].clone()).collect()
    };
    assert_eq!(mina.patch("/api/v1/folders/3", &json!({ "position": 0 })).0, 200);
    assert_eq!(order(&mut mina), json!(["Wheat", "Rye", "Oat"]));
    mina.patch("/api/v1/folders/3", &json!({ "position": 99 }));
    assert_eq!(order(&mut mina), json!(["Rye", "Oat", "Wheat"]));
    // Into another one, in front of what lies there.
    mina.post("/api/v1/folders", &json!({ "title": "Crumb", "parent_id": 1 }));
    mina.patch("/api/v1/folders/2", &json!({ "parent_id": 1, "position": 0 }));
    let inside: Value = mina.get("/api/v1/folders").1["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|folder| folder["parent_id"] == 1)
        .map(|folder| folder["title"].clone())
        .collect();
    assert_eq!(inside, json!(["Oat", "Crumb"]));
    assert_eq!(mina.get("/api/v1/folders/2").1["parent_id"], 1);
    for (body, field) in [
        (json!({ "position": -1 }), "position"),
        (json!({ "position": "first" }), "position"),
        (json!({ "parent_id": 2, "position": 0 }), "parent_id"),
    ] {
        let (status, problem) = mina.patch("/api/v1/folders/1", &body);
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{body}");
    }
}
