//! Searching through our own API.

use serde_json::{Value, json};

use crate::api::{Program, programs};

fn save(program: &mut Program, bookmarks: &[Value]) {
    for (n, bookmark) in bookmarks.iter().enumerate() {
        let mut body = bookmark.clone();
        body["fetch"] = json!(false);
        body["saved_at"] = json!(format!("2026-01-{:02}T00:00:00Z", n + 1));
        assert_eq!(program.post("/api/v1/bookmarks", &body).0, 201, "{body}");
    }
}

fn library(program: &mut Program) {
    assert_eq!(program.post("/api/v1/folders", &json!({ "title": "To read" })).0, 201);
    save(
        program,
        &[
            json!({ "url": "https://a.example/", "title": "Café <b>rust</b>", "tags": ["rust"] }),
            json!({ "url": "https://b.example/", "title": "Toast", "note": "Learn a database & rust", "folder_id": 1 }),
            json!({ "url": "https://sub.a.example/", "title": "미역국 끓이기", "unread": false }),
            json!({ "url": "https://c.example/rust", "title": "東京のガラス", "archived": true }),
        ],
    );
}

/// The ids that a search finds, in their order.
fn found(program: &mut Program, query: &str) -> Vec<i64> {
    let pairs =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("q", query).finish();
    let (status, page) = program.get(&format!("/api/v1/bookmarks?{pairs}"));
    assert_eq!(status, 200, "{query}: {page}");
    page["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

#[test]
fn the_whole_language_is_understood() {
    let (_world, mut mina, mut juno) = programs();
    library(&mut mina);
    for (query, expected) in [
        ("rust", &[1, 2][..]),
        ("base", &[2]),
        ("cafe", &[1]),
        ("국", &[3]),
        ("역국끓", &[3]),
        ("京 is:any", &[4]),
        ("rust is:any", &[1, 2, 4]),
        ("rust is:archived", &[4]),
        ("rust -database", &[1]),
        ("toast OR 미역", &[2, 3]),
        ("\"a database\"", &[2]),
        ("#rust", &[1]),
        ("tag:RUST", &[1]),
        ("-#rust", &[3, 2]),
        ("folder:\"to READ\"", &[2]),
        ("read", &[2]),
        ("site:a.example", &[3, 1]),
        ("is:unread", &[2, 1]),
        ("has:note", &[2]),
        ("has:tag", &[1]),
        ("before:2026-01-02", &[1]),
        ("after:2026-01-03", &[3]),
        ("rust in:title", &[1]),
        ("is:nonsense", &[]),
        ("\"", &[]),
    ] {
        assert_eq!(found(&mut mina, query), expected, "{query}");
        assert_eq!(found(&mut juno, query), [0i64; 0], "{query}");
    }
}

#[test]
fn what_matches_is_marked_counted_and_sorted() {
    let (_world, mut mina, _) = programs();
    library(&mut mina);
    let (_, page) = mina.get("/api/v1/bookmarks?q=rust");
    let counts = json!({
        "total": 2, "more": false, "unread": 2, "folders": [{ "id": 1, "count": 1 }],
        "tags": [{ "id": 1, "name": "rust", "count": 1 }],
    });
    assert_eq!(page["counts"], counts);
    let first = json!({ "title": "Café &lt;b&gt;<mark>rust</mark>&lt;/b&gt;", "snippet": null });
    assert_eq!(page["items"][0]["highlights"], first);
    let second = json!({ "title": null, "snippet": "Learn a database &amp; <mark>rust</mark>" });
    assert_eq!(page["items"][1]["highlights"], second);
    let (_, page) = mina.get("/api/v1/bookmarks?q=rust&sort=newest");
    assert_eq!(page["items"][0]["id"], 2);
    let (_, plain) = mina.get("/api/v1/bookmarks?sort=newest");
    assert_eq!((&plain["counts"], &plain["items"][0]["highlights"]), (&Value::Null, &Value::Null));
    for (sort, order) in [("relevance", [1, 2]), ("newest", [2, 1])] {
        let target = format!("/api/v1/bookmarks?q=rust&sort={sort}&limit=1");
        let (_, page) = mina.get(&target);
        let cursor = page["next"].as_str().unwrap();
        let (_, next) = mina.get(&format!("{target}&cursor={cursor}"));
        let ids = [&page, &next].map(|page| page["items"][0]["id"].as_i64().unwrap());
        assert_eq!((ids, &next["next"]), (order, &Value::Null), "{sort}");
        assert!(next.get("counts").is_none(), "they are known already");
    }
    for bad in ["q=a&sort=oldest", "sort=relevance", "q=a&cursor=1.2.3"] {
        assert_eq!(mina.get(&format!("/api/v1/bookmarks?{bad}")).0, 422, "{bad}");
    }
}

#[test]
fn another_title_of_a_folder_or_name_of_a_tag_is_found_at_once() {
    let (_world, mut mina, _) = programs();
    library(&mut mina);
    assert_eq!(mina.patch("/api/v1/folders/1", &json!({ "title": "Sunday" })).0, 200);
    assert_eq!(mina.patch("/api/v1/tags/1", &json!({ "name": "crab" })).0, 200);
    for (query, expected) in [
        ("sunday", &[2][..]),
        ("read", &[]),
        ("folder:sunday", &[2]),
        ("crab", &[1]),
        ("#rust", &[]),
    ] {
        assert_eq!(found(&mut mina, query), expected, "{query}");
    }
    let all_with = json!({ "query": { "q": "is:unread -crab" }, "action": "archive" });
    assert_eq!(mina.post("/api/v1/bookmarks/bulk", &all_with).1["matched"], 1);
    assert_eq!(found(&mut mina, "is:archived"), [4, 2]);
}
