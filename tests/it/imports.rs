//! Files of links that come in, and the way out again.

use serde_json::json;
use toaster::export;
use toaster::extract::library;
use toaster::http::request::Method;
use toaster::model::id::UserId;
use toaster::model::import::{ExportFormat, Row, Settings, State};
use toaster::ops;
use toaster::store::bookmarks::{Filter, Stage};
use toaster::store::{self, Store};
use toaster::worker::Worker;
use toaster::worker::importer::Importer;

use crate::api::programs;
use crate::world::World;

fn importer(world: &mut World) -> Importer {
    let files = world.imports();
    let cx = world.context();
    Importer::new(cx.store, files).unwrap()
}

#[test]
fn a_file_that_was_sent_is_read_and_what_came_of_it_is_told() {
    let (mut world, mut mina, mut juno) = programs();
    let file = "url,title,tags\nhttps://a.example/,A,x\nplace:b,B,\nhttps://a.example/#top,A,y\n";
    let (status, begun) = mina.call(Method::Post, "/api/v1/import?unread=true", file);
    assert_eq!((status, &begun["state"]), (202, &json!("running")));
    importer(&mut world).step(Vec::new()).unwrap();
    let (_, report) = mina.get("/api/v1/imports/1");
    assert_eq!(report["format"], "csv");
    let counts = ["read", "added", "merged", "unchanged", "rejected"].map(|name| &report[name]);
    assert_eq!(counts, [&json!(3), &json!(1), &json!(1), &json!(0), &json!(1)]);
    assert_eq!(report["rejects"][0]["line"], 3);
    let saved = &mina.get("/api/v1/bookmarks").1["items"][0];
    assert_eq!((&saved["tags"], &saved["unread"]), (&json!(["x", "y"]), &json!(true)));
    assert_eq!(mina.get("/api/v1/imports").1["items"][0]["id"], 1);
    assert_eq!(mina.call(Method::Delete, "/api/v1/imports/1", "").0, 409, "it has ended");
    assert_eq!(juno.get("/api/v1/imports/1").0, 404);
    assert_eq!(std::fs::read_dir(world.imports()).unwrap().count(), 0, "the file is gone");
}

#[test]
fn what_cannot_be_taken_is_said_by_its_name() {
    let (mut world, mut mina, _) = programs();
    for (target, file, field) in [
        ("/api/v1/import", "", "file"),
        ("/api/v1/import?folder=9", "https://a.example/", "folder_id"),
        ("/api/v1/import?folder=x", "https://a.example/", "folder"),
        ("/api/v1/import?unread=maybe", "https://a.example/", "unread"),
        ("/api/v1/import?colour=1", "https://a.example/", "colour"),
    ] {
        let (status, problem) = mina.call(Method::Post, target, file);
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{target}");
    }
    assert_eq!(std::fs::read_dir(world.imports()).unwrap().count(), 0);
    mina.call(Method::Post, "/api/v1/import", "no links here");
    mina.call(Method::Post, "/api/v1/import", "[{\"url\":\"https://a.example/\"},");
    importer(&mut world).step(Vec::new()).unwrap();
    let reports = mina.get("/api/v1/imports").1;
    let told =
        |n: usize| (reports["items"][n]["state"].clone(), reports["items"][n]["added"].clone());
    assert_eq!(told(1), (json!("failed"), json!(0)));
    assert_eq!(told(0), (json!("failed"), json!(1)), "what came before is kept");
    assert!(reports["items"][0]["reason"].as_str().unwrap().contains("line 1 column"));
    assert_eq!(mina.get("/api/v1/export?format=pdf").0, 422);
}

#[test]
fn an_import_goes_on_where_a_stop_or_a_crash_left_it() {
    let (mut world, mut mina, _) = programs();
    let file: String = (0..500).map(|n| format!("https://a.example/{n}\n")).collect();
    mina.call(Method::Post, "/api/v1/import", &file);
    let user = world.user;
    let row = |n| Row { url: format!("https://a.example/{n}"), ..Row::default() };
    // The first batch was committed, and then somebody pulled the plug.
    let running = world.read(store::imports::find_running).unwrap().id;
    let rows: Vec<Row> = (0..200).map(row).collect();
    world.write(move |tx| ops::imports::take(tx, running, rows).map(drop));
    importer(&mut world).step(Vec::new()).unwrap();
    let import = world.read(|tx| store::imports::list(tx, user, 1)).remove(0);
    assert_eq!((import.state, import.tally.added, import.tally.read()), (State::Done, 500, 500));
    // One whose file is gone says so and holds up nobody.
    world.write(move |tx| ops::imports::begin(tx, user, "gone", 1, Settings::default()).map(drop));
    importer(&mut world).step(Vec::new()).unwrap();
    let import = world.read(|tx| store::imports::list(tx, user, 1)).remove(0);
    assert_eq!(import.state, State::Failed);
}

/// Everything that a person has, as an export in JSON tells it.
fn everything(store: &Store, user: UserId) -> String {
    let file = export::write(store, user, ExportFormat::Json, Vec::new()).unwrap();
    let mut lines: Vec<_> = String::from_utf8(file)
        .unwrap()
        .lines()
        .map(|line| line.trim_end_matches(',').to_owned())
        .collect();
    lines.sort_unstable();
    lines.join("\n")
}

#[test]
fn what_goes_out_comes_in_again_just_so() {
    let (mut world, mut mina, mut juno) = programs();
    mina.post("/api/v1/folders", &json!({ "title": "Food & <drink>" }));
    mina.post("/api/v1/folders", &json!({ "title": "수프", "parent_id": 1 }));
    for body in [
        json!({ "url": "https://a.example/?a=1&b=2", "title": "Soup & <b>bread</b> \"hot\"", "folder_id": 2,
                "tags": ["x", "국물"], "note": "line one\nline two", "description": "about & more",
                "saved_at": "2020-02-03T04:05:06Z" }),
        json!({ "url": "https://b.example/", "title": "B", "unread": false, "archived": true, "folder_id": 1,
                "saved_at": "2020-02-03T04:05:06Z" }),
        json!({ "url": "https://c.example/", "title": "C, \"quoted\"", "favourite": true,
                "note": "a note alone", "saved_at": "2020-02-03T04:05:06Z" }),
    ] {
        assert_eq!(mina.post("/api/v1/bookmarks", &body).0, 201, "{body}");
    }
    let mina_id = world.user;
    let juno_id = world.read(|tx| ops::accounts::by_name(tx, "juno")).id;
    let store = world.context().store;
    let before = everything(&store, mina_id);
    assert_eq!(before.lines().count(), 5, "{before}");
    for format in [ExportFormat::Json, ExportFormat::Html, ExportFormat::Csv] {
        let file = export::write(&store, mina_id, format, Vec::new()).unwrap();
        let mut rows = 0;
        library::read(&file, &mut |_| {
            rows += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(rows, 3, "{}", String::from_utf8_lossy(&file));
        juno.call(Method::Post, "/api/v1/import", &String::from_utf8(file).unwrap());
        importer(&mut world).step(Vec::new()).unwrap();
        assert_eq!(everything(&store, juno_id), before, "{format:?}");
        let all = Filter { stage: Stage::Any, ..Filter::default() };
        let ids = world.read(|tx| store::bookmarks::list_ids(tx, juno_id, &all));
        world.write(move |tx| store::bulk::delete(tx, juno_id, &ids).map(drop));
    }
}
