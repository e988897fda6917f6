//! Webhooks that are told what happens to a person's links: by the API, over real sockets, and
//! through a kill.

use std::net::TcpListener;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};
use toaster::model::delivery::{Outcome, State};

use crate::api::programs;
use crate::server::{Got, Home, StandIn, answer, read_request, site};

const ALL: &str = "/api/v1/destinations";

/// Checks a signature as a receiver of Standard Webhooks does; returns what was sent.
fn verified(got: &Got, secret: &str) -> Value {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let (id, timestamp) = (got.header("webhook-id"), got.header("webhook-timestamp"));
    let content = [format!("{id}.{timestamp}.").as_bytes(), &got.body].concat();
    let signature = got.header("webhook-signature").strip_prefix("v1,").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    hmac::verify(&key, &content, &STANDARD.decode(signature).unwrap()).unwrap();
    got.json()
}

fn hook(address: &str, events: &Value) -> Value {
    json!({ "kind": "webhook", "name": "Hook", "url": format!("http://{address}/a"), "events": events })
}

#[test]
fn a_receiver_is_told_of_a_links_life_as_the_api_shows_it() {
    let home = Home::new();
    let token = home.add_user("mina");
    let server = home.serve();
    let client = server.client(&token);
    let (site, receiver) = (site(), StandIn::answering(204));
    let events = json!(["bookmark.created", "bookmark.updated", "bookmark.deleted", "page.ready"]);
    let (status, added) = client.post(ALL, &hook(&receiver.address, &events));
    assert_eq!((status, &added["events"], &added["pushes"]), (201, &events, &json!(false)));
    let secret = added["secret"].as_str().unwrap().to_owned();
    let next = || {
        let told = verified(&receiver.next(), &secret);
        (told["type"].as_str().unwrap().to_owned(), told["data"]["bookmark"].clone())
    };

    let url = format!("http://{}/article", site.address);
    let (_, saved) = client.post("/api/v1/bookmarks", &json!({ "url": url, "note": "한글" }));
    assert_eq!(next(), ("bookmark.created".to_owned(), saved));
    let (event, ready) = next();
    assert_eq!((event.as_str(), ready), ("page.ready", client.get("/api/v1/bookmarks/1").1));
    let (_, changed) = client.patch("/api/v1/bookmarks/1", &json!({ "tags": ["bread"] }));
    assert_eq!(next(), ("bookmark.updated".to_owned(), changed.clone()));
    assert_eq!(client.delete("/api/v1/bookmarks/1"), 204);
    assert_eq!(next(), ("bookmark.deleted".to_owned(), changed));
    assert!(receiver.got.is_empty());
    let (_, list) = client.get("/api/v1/deliveries");
    let first = list["items"].as_array().unwrap().last().unwrap();
    assert_eq!(first["event"], "bookmark.created");
}

#[test]
fn a_kill_in_the_middle_of_a_call_repeats_it_word_for_word_under_its_key() {
    let home = Home::new();
    let token = home.add_user("mina");
    let (receiver, calls) = StandIn::handing_over(TcpListener::bind("127.0.0.1:0").unwrap());
    let server = home.serve();
    let client = server.client(&token);
    client.post(ALL, &hook(&receiver.address, &json!(["bookmark.created", "bookmark.updated"])));
    let link = json!({ "url": "https://a.example/", "fetch": false });
    client.post("/api/v1/bookmarks", &link);
    let mut call = calls.recv().unwrap();
    let first = read_request(&mut call).unwrap();
    // It is changed before the receiver has answered, and then all goes down.
    client.patch("/api/v1/bookmarks/1", &json!({ "title": "Bread" }));
    server.kill();
    drop(call);
    let _server = home.serve();
    let accept = || {
        let mut call = calls.recv().unwrap();
        let got = read_request(&mut call).unwrap();
        answer(&mut call, 204, "text/plain", b"");
        got
    };
    let mut again = [accept(), accept()];
    again.sort_by_key(|got| got.json()["type"].to_string());
    assert_eq!(again[0].header("webhook-id"), first.header("webhook-id"));
    assert_eq!(again[0].body, first.body);
    assert_ne!(again[1].header("webhook-id"), first.header("webhook-id"));
    assert_eq!(again[1].json()["data"]["bookmark"]["title"], "Bread");
}

#[test]
fn what_is_wrong_with_what_a_hook_is_told_is_said_by_its_field() {
    let (mut world, mut mina, _) = programs();
    let ntfy =
        json!({ "kind": "ntfy", "name": "a", "server": "https://n.example", "topic": "mina" });
    let webhook = hook("h.example", &json!(["bookmark.created"]));
    let mut check = |base: &Value, field: &str, value: Value, reason: &str| {
        let mut body = base.clone();
        body[field] = value;
        let (status, answer) = mina.post(ALL, &body);
        let found = &answer["errors"][0];
        assert_eq!((status, found["field"].as_str()), (422, Some(field)), "{answer}");
        assert!(found["reason"].as_str().unwrap().contains(reason), "{answer}");
    };
    check(&webhook, "events", json!(["bookmark.gone"]), "expected any of bookmark.created");
    check(&webhook, "events", json!("bookmark.created"), "a text found, expected a list");
    check(&webhook, "events", json!([7]), "a number found in it");
    check(&webhook, "pushes", json!("yes"), "a text found, expected true or false");
    check(&ntfy, "events", json!(["page.ready"]), "expected only for the kind webhook");
    check(&ntfy, "pushes", json!(false), "expected only for the kind webhook");
    let both = json!(["reminder.fired"]);
    check(
        &{
            let mut both = webhook.clone();
            both["pushes"] = json!(true);
            both
        },
        "events",
        both,
        "beside pushes",
    );
    let user = world.user;
    let count = world.read(|tx| toaster::store::destinations::list(tx, user)).len();
    assert_eq!(count, 1, "nothing was stored beside Mina's phone");
}

#[test]
fn what_a_hook_is_told_can_be_changed_and_stays_as_it_is_otherwise() {
    let (_world, mut mina, _) = programs();
    let plain = json!({ "kind": "webhook", "name": "a", "url": "https://h.example/a" });
    let (_, added) = mina.post(ALL, &plain);
    assert_eq!((&added["events"], &added["pushes"]), (&json!([]), &json!(true)));
    let one = format!("{ALL}/{}", added["id"]);
    let mut check = |body: Value, status: u16, events: Value, pushes: bool| {
        let (found, answer) = mina.patch(&one, &body);
        assert_eq!(found, status, "{answer}");
        let list = mina.get(ALL).1;
        let shown = &list["items"][1];
        assert_eq!((&shown["events"], &shown["pushes"]), (&events, &json!(pushes)), "{body}");
    };
    let told = json!(["bookmark.deleted", "page.ready"]);
    check(json!({ "events": ["page.ready", "bookmark.deleted"] }), 200, told.clone(), true);
    check(json!({ "name": "b" }), 200, told.clone(), true);
    check(json!({ "pushes": false }), 200, told.clone(), false);
    check(json!({ "events": [] }), 422, told.clone(), false);
    check(json!({ "events": null, "pushes": null }), 200, told, false);
    check(json!({ "events": [], "pushes": true }), 200, json!([]), true);
}

#[test]
fn a_hook_for_events_gets_no_pushes_and_quiet_hours_do_not_hold_it_up() {
    let (mut world, mut mina, _) = programs();
    let quiet = json!([{ "days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "23:59" }]);
    let (status, answer) = mina.patch("/api/v1/me", &json!({ "quiet_hours": quiet }));
    assert_eq!(status, 200, "{answer}");
    mina.post(ALL, &hook("h.example", &json!(["reminder.fired"])));
    world.save("https://a.example/");
    world.remind("daily 13:00", "UTC");
    world.run_for(Duration::from_hours(2));
    let told: Vec<Value> =
        world.postbox.texts().iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    assert_eq!(told.len(), 1, "the phone waits for the end of the quiet hours");
    assert_eq!(
        (&told[0]["type"], &told[0]["data"]["waiting"]),
        (&json!("reminder.fired"), &json!(1))
    );
}

#[test]
fn thousands_of_changes_at_once_make_few_messages() {
    let (mut world, mut mina, _) = programs();
    for n in 0..600 {
        world.save(&format!("https://a.example/{n}"));
    }
    mina.post(ALL, &hook("h.example", &json!(["bookmark.updated", "bookmark.deleted"])));
    for action in ["read", "delete"] {
        let body = json!({ "query": {}, "action": action });
        assert_eq!(mina.post("/api/v1/bookmarks/bulk", &body).1["changed"], 600);
    }
    world.settle();
    let told: Vec<Value> =
        world.postbox.texts().iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let count = |event: &str| {
        let of_event = told.iter().filter(|told| told["type"] == event);
        let ids = of_event.clone().map(|told| told["data"]["ids"].as_array().unwrap().len());
        (of_event.count(), ids.sum::<usize>())
    };
    assert_eq!((count("bookmark.updated"), count("bookmark.deleted")), ((3, 600), (3, 600)));
}

#[test]
fn the_examples_of_the_documentation_are_what_is_sent() {
    let (mut world, mut mina, _) = programs();
    let phone = format!("{ALL}/1");
    mina.delete(&phone);
    mina.post(ALL, &hook("h.example", &json!(["bookmark.created", "reminder.fired"])));
    mina.post("/api/v1/folders", &json!({ "title": "Baking" }));
    let link = json!({
        "url": "https://bakery.example/sourdough", "title": "Sourdough, step by step",
        "note": "For Sunday", "folder_id": 1, "tags": ["baking"], "fetch": false,
    });
    assert_eq!(mina.post("/api/v1/bookmarks", &link).0, 201);
    world.remind("daily 21:30", "Europe/Berlin");
    world.run_for(Duration::from_hours(12));
    let sent = world.postbox.texts();
    let docs = include_str!("../../docs/destinations.md");
    let examples: Vec<&str> = docs.split("```json\n").skip(1).collect();
    assert_eq!((sent.len(), examples.len()), (2, 2));
    for (sent, example) in sent.iter().zip(examples) {
        let example = example.split("```").next().unwrap();
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let sent = parse(sent);
        assert_eq!(parse(example), sent, "{}", serde_json::to_string_pretty(&sent).unwrap());
    }
}

#[test]
fn nobody_without_hooks_has_anything_in_the_outbox() {
    let (mut world, mut mina, _) = programs();
    let id = world.save_and_fetch("https://a.example/");
    world.settle();
    mina.patch(&format!("/api/v1/bookmarks/{id}"), &json!({ "title": "Bread" }));
    mina.delete(&format!("/api/v1/bookmarks/{id}"));
    world.settle();
    assert_eq!(mina.get("/api/v1/deliveries").1["items"], json!([]));
}

#[test]
fn an_event_that_was_not_taken_is_a_dead_letter_and_goes_out_again_as_it_was() {
    let (mut world, mut mina, _) = programs();
    mina.post(ALL, &hook("h.example", &json!(["bookmark.created"])));
    world.postbox.answer([Outcome::Rejected]);
    world.save("https://a.example/");
    world.settle();
    assert_eq!(world.outbox(State::Dead), 1);
    mina.patch("/api/v1/me", &json!({ "push_on": false }));
    mina.post("/api/v1/deliveries/redeliver", &json!({}));
    world.settle();
    let texts = world.postbox.texts();
    let told: Vec<Value> =
        texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    let created: Vec<_> = told.iter().filter(|told| told["type"] == "bookmark.created").collect();
    assert_eq!(created.len(), 1, "{told:?}");
    assert_eq!(created[0]["data"]["bookmark"]["url"], "https://a.example/");
}
