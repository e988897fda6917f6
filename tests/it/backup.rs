//! Copies of the live database and the way back.

use rustix::process::Signal;
use serde_json::json;

use crate::server::Home;

#[test]
fn a_backup_while_serving_brings_back_what_was_deleted() {
    let home = Home::new();
    let token = home.add_user("mina");
    let server = home.serve();
    let client = server.client(&token);
    client.post("/api/v1/bookmarks", &json!({ "url": "https://example.com/kept", "fetch": false }));
    let file = home.dir.path().join("copy.db");
    let path = file.to_str().unwrap();
    assert_eq!(home.ok(&["backup", path]), path);
    let beside = std::fs::read_dir(home.dir.path()).unwrap();
    let beside = beside.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let copies: Vec<_> = beside.filter(|name| name.contains("copy.db")).collect();
    assert_eq!(copies, ["copy.db"], "nothing else is left");
    assert_eq!(home.ok(&["check"]), "ok");
    let again = home.run(&["backup", path]);
    assert!(!again.status.success(), "a file is never overwritten");
    assert_eq!(client.delete("/api/v1/bookmarks/1"), 204);

    let while_serving = home.run(&["restore", path]);
    assert!(String::from_utf8_lossy(&while_serving.stderr).contains("stop it first"));
    assert!(server.stop(Signal::TERM).success());
    home.ok(&["restore", path]);
    let server = home.serve();
    let (_, list) = server.client(&token).get("/api/v1/bookmarks");
    assert_eq!(list["items"][0]["url"], "https://example.com/kept");
    let kept = std::fs::read_dir(home.data()).unwrap();
    let kept = kept.filter(|entry| {
        entry.as_ref().unwrap().file_name().to_string_lossy().contains("before-restore")
    });
    assert_eq!(kept.count(), 1, "the old database is kept");
}

#[test]
fn garbage_is_neither_restored_nor_called_sound() {
    let home = Home::new();
    home.add_user("mina");
    let garbage = home.dir.path().join("garbage.db");
    std::fs::write(&garbage, vec![b'x'; 10_000]).unwrap();
    assert!(!home.run(&["restore", "garbage.db"]).status.success());
    assert_eq!(home.ok(&["user", "list"]), "mina\tadmin", "nothing was changed");

    let database = home.data().join("toaster.db");
    let mut bytes = std::fs::read(&database).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..].fill(0xa5);
    std::fs::write(&database, bytes).unwrap();
    let check = home.run(&["check"]);
    assert_eq!(check.status.code(), Some(1), "{}", String::from_utf8_lossy(&check.stdout));
}

#[test]
fn a_database_of_a_newer_toaster_is_left_alone() {
    let home = Home::new();
    home.add_user("mina");
    let sql = rusqlite::Connection::open(home.data().join("toaster.db")).unwrap();
    sql.pragma_update(None, "user_version", 999).unwrap();
    drop(sql);
    let output = home.run(&["serve"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("newer Toaster"));
}
