//! Many at once: the number of threads is fixed at the start, whatever the load.

use serde_json::json;

use crate::server::Home;
use toaster::threads;

#[test]
fn a_thousand_saves_and_two_hundred_reminders_start_no_thread() {
    let home = Home::new();
    let token = home.add_user("mina");
    let server = home.serve();
    let before = server.threads();
    let clients = 200;
    let start = std::sync::Arc::new(std::sync::Barrier::new(clients + 1));
    let load: Vec<_> = (0..clients)
        .map(|n| {
            let (client, start) = (server.client(&token), start.clone());
            threads::spawn(format!("client-{n}"), move || {
                start.wait();
                let schedule = json!({ "kind": "weekly", "days": [1], "at": "21:30" });
                let body = json!({ "target": { "kind": "all" }, "schedule": schedule, "zone": "Asia/Seoul" });
                assert_eq!(client.post("/api/v1/reminders", &body).0, 201);
                for m in 0..5 {
                    let body = json!({ "url": format!("http://127.0.0.1:1/{n}/{m}") });
                    assert_eq!(client.post("/api/v1/bookmarks", &body).0, 201);
                }
            })
            .unwrap()
        })
        .collect();
    start.wait();
    let mut most = 0;
    for client in load {
        most = most.max(server.threads());
        client.join().unwrap();
    }
    assert!(most <= before, "{before} threads before the load, {most} under it");
    assert!(server.threads() <= before);
    let client = server.client(&token);
    assert_eq!(client.get("/api/v1/reminders").1["items"].as_array().unwrap().len(), clients);
    let (mut saved, mut next) = (0, String::new());
    loop {
        let (_, page) = client.get(&format!("/api/v1/bookmarks?limit=200{next}"));
        saved += page["items"].as_array().unwrap().len();
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(saved, 1000);
}
