//! Taking back what was done to many links, over the API.

use serde_json::{Value, json};
use toaster::http::request::Method;

use crate::api::programs;

#[test]
fn what_was_done_to_many_links_is_taken_back_once_and_told() {
    let (mut world, mut mina, mut juno) = programs();
    for n in 0..600 {
        world.save(&format!("https://a.example/{n}"));
    }
    let one = json!({ "note": "for Sunday", "tags": ["jam"], "favourite": true });
    mina.patch("/api/v1/bookmarks/7", &one);
    let weekly = json!({ "kind": "weekly", "days": [1], "at": "09:00" });
    let reminder = json!({ "target": { "kind": "bookmark", "id": 7 }, "schedule": weekly });
    assert_eq!(mina.post("/api/v1/reminders", &reminder).0, 201);
    let before = mina.get("/api/v1/bookmarks/7").1;
    let hook = json!({ "kind": "webhook", "name": "Mine", "url": "https://h.example/",
                       "events": ["bookmark.created", "bookmark.updated"], "pushes": false });
    assert_eq!(mina.post("/api/v1/destinations", &hook).0, 201);

    for action in ["delete", "archive", "favourite"] {
        let body = json!({ "query": {}, "action": action });
        let done = mina.post("/api/v1/bookmarks/bulk", &body).1;
        let undo = format!("/api/v1/undo/{}", done["undo_id"]);
        assert_eq!(juno.post(&undo, &json!({})).0, 404, "{done}");
        let undone = mina.post(&undo, &json!({}));
        assert_eq!((undone.0, &undone.1["changed"]), (200, &done["changed"]), "{action}");
        assert_eq!(mina.post(&undo, &json!({})).0, 404, "once");
        let mut after = mina.get("/api/v1/bookmarks/7").1;
        after["updated_at"] = before["updated_at"].clone();
        assert_eq!(after, before, "{action}");
    }
    assert_eq!(mina.get("/api/v1/reminders/1").1["target"]["id"], 7);
    assert_eq!(mina.call(Method::Get, "/api/v1/undo/1", "").0, 405);

    world.settle();
    let told: Vec<Value> =
        world.postbox.texts().iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let ids = |event: &str| -> usize {
        let of_event = told.iter().filter(|told| told["type"] == event);
        of_event.map(|told| told["data"]["ids"].as_array().unwrap().len()).sum()
    };
    assert_eq!(ids("bookmark.created"), 600);
    assert_eq!(ids("bookmark.updated"), 2 * 600 + 2 * 599, "one was a favourite already");
}

#[test]
fn what_changes_nothing_or_cannot_be_taken_back_has_no_undo() {
    let (_world, mut mina, _) = programs();
    mina.post("/api/v1/bookmarks", &json!({ "url": "https://a.example/" }));
    for (body, has_undo) in [
        (json!({ "ids": [1], "action": "read" }), true),
        (json!({ "ids": [1], "action": "read" }), false),
        (json!({ "ids": [1], "action": "refresh" }), false),
        (json!({ "ids": [1], "action": "delete", "dry_run": true }), false),
        (json!({ "ids": [9], "action": "delete" }), false),
    ] {
        let done = mina.post("/api/v1/bookmarks/bulk", &body).1;
        assert_eq!(done["undo_id"].is_i64(), has_undo, "{body}: {done}");
    }
}
