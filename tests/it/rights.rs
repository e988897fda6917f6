//! What tokens may do: every route there is, called with tokens that may do less than their owner.

use serde_json::{Value, json};
use toaster::http::request::Method;
use toaster::model::id::{FolderId, UserId};
use toaster::model::token::{Rights, Scope};
use toaster::{ops, secret, store};

use crate::api::{Program, programs};
use crate::world::World;

/// The routes as they stand in the source, so that none can be forgotten here.
const SOURCE: &str = include_str!("../../src/http/api/mod.rs");
const ADMIN: [&str; 3] = ["users", "backups", "status"];

/// Each method and address that the API answers to, with `id` for what changes in it.
fn routes(id: &str) -> Vec<(Method, String)> {
    let mut found = Vec::new();
    for arm in SOURCE.lines().filter_map(|line| line.trim().strip_prefix('(')) {
        let Some((verb, rest)) = arm.split_once(", [") else { continue };
        let method = match verb {
            "Get" => Method::Get,
            "Post" => Method::Post,
            "Patch" => Method::Patch,
            "Put" => Method::Put,
            "Delete" => Method::Delete,
            "_" => continue,
            other => panic!("{other} is no method that this test knows"),
        };
        let (pattern, _) = rest.split_once("]) =>").unwrap_or_else(|| panic!("{arm}"));
        assert!(!pattern.contains('|'), "{arm} is several routes, which are not told apart here");
        let segment = |part: &str| {
            part.strip_prefix('"').map_or(id, |word| word.trim_end_matches('"')).to_owned()
        };
        let path: Vec<String> = pattern.split(", ").map(segment).collect();
        found.push((method, path.join("/")));
    }
    assert!(found.len() > 50, "the routes were not found");
    found
}

fn is_admins(path: &str) -> bool {
    ADMIN.iter().any(|name| path.split('/').next() == Some(name))
}

/// Adds a token with those rights, whose key is its name.
fn add(world: &mut World, user: UserId, name: &'static str, rights: Rights) {
    world.write(move |tx| {
        let (user, hash) = (store::users::get(tx, user)?, secret::key_hash(name));
        ops::tokens::add(tx, &user, &Rights::ALL, name, &rights, &hash)
    });
}

fn scope(scope: Scope) -> Rights {
    Rights { scope, ..Rights::ALL }
}

#[test]
fn each_route_asks_for_the_scope_that_it_needs() {
    let (mut world, mut mina, _) = programs();
    let user = world.user;
    for (name, one) in [("look", Scope::Read), ("all", Scope::Admin)] {
        add(&mut world, user, name, scope(one));
    }
    world.write(|tx| {
        let juno = ops::accounts::by_name(tx, "juno")?;
        ops::accounts::sign_in(tx, juno.id, &secret::key_hash("juno's"), "Firefox on Linux")?;
        ops::accounts::sign_in(tx, UserId(1), &secret::key_hash("mina's"), "Firefox on Linux")
    });
    let mut routes = routes("9999");
    // What ends the sessions comes last.
    routes.sort_by_key(|(method, path)| (*method == Method::Delete, path == "sessions"));
    for (method, path) in routes {
        let mut may = |token, expected: bool| {
            mina.token = token;
            let (status, answer) = mina.call(method, &format!("/api/v1/{path}"), "{}");
            assert_ne!(status, 401, "{token} {method:?} {path}");
            assert_eq!(status != 403, expected, "{token} {method:?} {path}: {status} {answer}");
        };
        let (changes, admins) = (method.changes(), is_admins(&path));
        may("cookie juno's", !admins);
        may("cookie mina's", true);
        may("look", !changes && !admins);
        may("mina", !admins);
        may("all", true);
        mina.token = "nobody's";
        assert_eq!(mina.call(method, &format!("/api/v1/{path}"), "{}").0, 401, "{path}");
    }
}

#[test]
fn who_is_no_admin_any_more_manages_nothing_with_a_token_from_before() {
    let (mut world, mut mina, _) = programs();
    let user = world.user;
    add(&mut world, user, "all", Rights::ALL);
    mina.token = "all";
    assert_eq!(mina.get("/api/v1/status").0, 200);
    world.write(move |tx| {
        let juno = ops::accounts::by_name(tx, "juno")?;
        store::users::set_admin(tx, juno.id, true)?;
        let no_admin = ops::accounts::Change { is_admin: Some(false), ..Default::default() };
        ops::accounts::change(tx, user, &no_admin)
    });
    assert_eq!(mina.get("/api/v1/status").0, 403);
    assert_eq!(mina.get("/api/v1/me").0, 200);
}

/// Mina's folders `Share` (1) with `Inner` (2) in it and `Private` (3), a link in each and one in
/// none, and programs that are limited to the first.
fn shared() -> (World, Program) {
    let (mut world, mut mina, _) = programs();
    let folder = |title: &str, parent: Option<i64>| json!({ "title": title, "parent_id": parent });
    mina.post("/api/v1/folders", &folder("Share", None));
    mina.post("/api/v1/folders", &folder("Inner", Some(1)));
    mina.post("/api/v1/folders", &folder("Private", None));
    for (name, folder) in
        [("share", Some(1)), ("inner", Some(2)), ("hidden", Some(3)), ("loose", None)]
    {
        let url = format!("https://{name}.example/");
        let note = format!("a note, {name}");
        mina.post("/api/v1/bookmarks", &json!({ "url": url, "note": note, "folder_id": folder }));
    }
    let user = world.user;
    for (name, one) in [("to share", Scope::Write), ("to look", Scope::Read)] {
        add(&mut world, user, name, Rights { folder_id: Some(FolderId(1)), ..scope(one) });
    }
    mina.token = "to share";
    (world, mina)
}

#[test]
fn a_token_for_a_folder_reaches_no_route_that_was_not_meant_for_it() {
    let (_world, mut mina) = shared();
    let meant = |method: Method, path: &str| match method {
        Method::Get => ["bookmarks", "bookmarks/3", "folders"].contains(&path),
        Method::Post => ["bookmarks", "bookmarks/3/refresh"].contains(&path),
        Method::Patch | Method::Delete => path == "bookmarks/3",
        _ => false,
    };
    for (method, path) in routes("3") {
        let mut call = |token| {
            mina.token = token;
            let (status, answer) = mina.call(method, &format!("/api/v1/{path}"), "{}");
            let told = answer.to_string();
            assert!(!told.contains("hidden") && !told.contains("loose"), "{path}: {told}");
            assert!(!told.contains("Private"), "{path}: {told}");
            status
        };
        let expected = match (meant(method, &path), path.as_str()) {
            (false, _) => 403,
            (true, "folders") => 200,
            (true, "bookmarks") if method == Method::Get => 200,
            (true, "bookmarks") => 422, // Nothing was sent to be saved.
            (true, _) => 404,
        };
        assert_eq!(call("to share"), expected, "{method:?} {path}");
        let looking = if method.changes() { 403 } else { expected };
        assert_eq!(call("to look"), looking, "{method:?} {path}");
    }
    mina.token = "mina";
    assert_eq!(mina.get("/api/v1/bookmarks/3").1["note"], "a note, hidden");
}

fn ids(list: &Value) -> Vec<i64> {
    list["items"].as_array().unwrap().iter().map(|item| item["id"].as_i64().unwrap()).collect()
}

#[test]
fn a_token_for_a_folder_sees_that_folder_and_those_in_it() {
    let (_world, mut mina) = shared();
    let mut list = |query: &str| mina.get(&format!("/api/v1/bookmarks{query}"));
    assert_eq!(ids(&list("").1), [2, 1]);
    assert_eq!(ids(&list("?folder=2").1), [2]);
    assert_eq!(ids(&list("?q=note").1), [2, 1]);
    for elsewhere in ["?folder=3", "?folder=3&q=note", "?folder=99"] {
        assert_eq!(list(elsewhere).0, 403, "{elsewhere}");
    }
    assert_eq!(mina.get("/api/v1/bookmarks/2").0, 200);
    let folders = mina.get("/api/v1/folders").1;
    let seen: Vec<_> = folders["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|folder| (folder["title"].as_str().unwrap(), folder["parent_id"].as_i64()))
        .collect();
    assert_eq!(seen, [("Inner", Some(1)), ("Share", None)]);
}

#[test]
fn a_token_for_a_folder_saves_there_and_takes_nothing_from_elsewhere() {
    let (_world, mut mina) = shared();
    let mut save = |name: &str, folder: Option<i64>| {
        let url = format!("https://{name}.example/");
        let (status, saved) =
            mina.post("/api/v1/bookmarks", &json!({ "url": url, "folder_id": folder }));
        (status, saved["folder_id"].as_i64())
    };
    assert_eq!(save("new", None), (201, Some(1)));
    assert_eq!(save("newer", Some(2)), (201, Some(2)));
    for elsewhere in [3, 99] {
        assert_eq!(save("newest", Some(elsewhere)), (403, None));
    }
    // What is there stays where it is in the folder, and what is elsewhere is not shown.
    assert_eq!(save("inner", None), (200, Some(2)));
    assert_eq!(save("inner", Some(1)), (200, Some(1)));
    for (name, folder) in [("hidden", None), ("hidden", Some(1)), ("loose", None)] {
        assert_eq!(save(name, folder), (409, None), "{name}");
    }

    let mut file = |body: Value| mina.patch("/api/v1/bookmarks/1", &body).0;
    assert_eq!(file(json!({ "folder_id": 2 })), 200);
    assert_eq!(file(json!({ "folder_id": 3, "title": "gone" })), 403);
    assert_eq!(file(json!({ "folder_id": null, "title": "gone" })), 403);
    assert_eq!(file(json!({ "title": "Shared" })), 200);
    let (status, error) =
        mina.patch("/api/v1/bookmarks/1", &json!({ "url": "https://hidden.example/" }));
    assert_eq!((status, error["detail"].to_string().contains("link 3")), (409, false), "{error}");
    assert_eq!(mina.delete("/api/v1/bookmarks/2").0, 204);

    mina.token = "mina";
    let (_, all) = mina.get("/api/v1/bookmarks?folder=3");
    assert_eq!((ids(&all), &all["items"][0]["note"]), (vec![3], &json!("a note, hidden")));
    let (_, first) = mina.get("/api/v1/bookmarks/1");
    assert_eq!((&first["folder_id"], &first["title"]), (&json!(2), &json!("Shared")));
    assert_eq!(mina.get("/api/v1/bookmarks/4").1["folder_id"], Value::Null);
    assert_eq!(mina.get("/api/v1/bookmarks?q=newest").1["items"], json!([]));
}

#[test]
fn a_folder_that_is_moved_away_is_out_of_reach_at_once() {
    let (_world, mut mina) = shared();
    assert_eq!(mina.get("/api/v1/bookmarks/2").0, 200);
    mina.token = "mina";
    mina.patch("/api/v1/folders/2", &json!({ "parent_id": 3 }));
    mina.token = "to share";
    assert_eq!(mina.get("/api/v1/bookmarks/2").0, 404);
    assert_eq!(ids(&mina.get("/api/v1/bookmarks").1), [1]);
}

#[test]
fn a_token_opens_no_page_but_the_pictures_of_what_it_sees() {
    let (_world, mut mina) = shared();
    for token in ["mina", "to share", "to look"] {
        mina.token = token;
        for path in ["/settings", "/bookmarks/1", "/bookmarks/1/card", "/folders"] {
            assert_eq!(mina.get(path).0, 303, "{token} {path}");
        }
        assert_eq!(mina.post("/settings/tokens", &json!({})).0, 303, "{token}");
        for path in ["picture", "icon"] {
            assert_eq!(mina.get(&format!("/bookmarks/2/{path}")).0, 200, "{token} {path}");
            let hidden = if token == "mina" { 200 } else { 404 };
            assert_eq!(mina.get(&format!("/bookmarks/3/{path}")).0, hidden, "{token} {path}");
        }
    }
}
