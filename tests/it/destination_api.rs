//! Destinations of every kind through the API: added, known again, changed and tried.

use serde_json::{Value, json};
use toaster::model::delivery::{Outcome, State};
use toaster::model::destination::Address;

use crate::api::programs;

const ALL: &str = "/api/v1/destinations";
/// The public key and the secret of RFC 8291, section 5.
const POINT: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

fn browser(name: &str, endpoint: &str) -> Value {
    let keys = json!({ "p256dh": POINT, "auth": AUTH });
    json!({ "kind": "webpush", "name": name, "endpoint": endpoint, "keys": keys })
}

#[test]
fn each_kind_is_added_by_its_own_fields_and_never_tells_its_secrets() {
    let (_world, mut mina, _) = programs();
    let keys = json!({ "p256dh": POINT, "auth": AUTH });
    let bot = "123456:secret-1234ghIkl-zyx57W2v1u123ew11";
    let rows = [
        browser("a", "https://push.example/secret-0/tail-1"),
        json!({ "kind": "unifiedpush", "endpoint": "https://up.example/secret-0/tail-1", "keys": keys, "vapid_key": POINT }),
        json!({ "kind": "fcm", "token": "secret-0:APA91b" }),
        json!({ "kind": "fcm", "fid": "secret-0-APA91b" }),
        json!({ "kind": "ntfy", "server": "https://n.example", "topic": "secret-0-tail", "token": "tk_secret" }),
        json!({ "kind": "ntfy", "server": "https://n.example", "topic": "secret-0-tail", "token": null }),
        json!({ "kind": "webhook", "url": "https://h.example/secret-0/tail-1" }),
        json!({ "kind": "email", "address": "secret@example.org" }),
        json!({ "kind": "gotify", "server": "https://g.example", "token": "Asecret" }),
        json!({ "kind": "telegram", "bot_token": bot, "chat_id": -100_123_456 }),
        json!({ "kind": "discord", "url": "https://discord.com/api/webhooks/1/secret-abcdefghijklmnop" }),
        json!({ "kind": "slack", "url": "https://hooks.slack.com/services/T0/B0/secret-tail-1" }),
        json!({ "kind": "matrix", "server": "https://m.example", "room": "!room:m.example", "token": "secret" }),
        json!({ "kind": "apprise", "server": "https://a.example", "key": "secret-0-tail", "tag": "x" }),
    ];
    for mut row in rows {
        row["name"] = json!("Somewhere");
        let (status, added) = mina.post(ALL, &row);
        assert_eq!((status, &added["kind"]), (201, &row["kind"]), "{added}");
        assert!(!added.to_string().contains("secret-") && !added.to_string().contains(POINT));
        assert_eq!(added["secret"].is_string(), row["kind"] == "webhook", "{added}");
    }
    let list = mina.get(ALL).1.to_string();
    assert!(!list.contains("secret") && !list.contains(POINT) && !list.contains(AUTH), "{list}");
}

#[test]
fn what_is_wrong_with_an_address_is_told_by_its_field() {
    let (_world, mut mina, _) = programs();
    let mut check = |body: Value, field: &str, reason: &str| {
        let (status, answer) = mina.post(ALL, &body);
        let found = &answer["errors"][0];
        assert_eq!((status, found["field"].as_str()), (422, Some(field)), "{answer}");
        assert!(found["reason"].as_str().unwrap().contains(reason), "{answer}");
    };
    check(json!({ "name": "a" }), "kind", "missing field");
    check(json!({ "kind": "ntfy" }), "name", "missing field");
    check(json!({ "kind": "ntfy", "name": "" }), "server", "missing, ntfy needs it");
    check(json!({ "kind": 7, "name": "a" }), "kind", "a number found, expected a text");
    check(json!({ "kind": "sqs", "name": "a" }), "kind", "expected one of webpush");
    let mut bad = browser("a", "https://push.example/a");
    bad["keys"]["p256dh"] = json!("AAAA");
    check(bad.clone(), "keys.p256dh", "expected 65 octets");
    bad["keys"] = json!({ "p256dh": POINT });
    check(bad.clone(), "keys.auth", "missing, webpush needs it");
    bad["keys"] = json!({ "p256dh": POINT, "auth": ["a"] });
    check(bad.clone(), "keys.auth", "a list found");
    bad["keys"] = json!({ "p256dh": POINT, "auth": AUTH, "other": "a" });
    check(bad.clone(), "keys.other", "does not take it");
    bad["keys"] = json!(POINT);
    check(bad, "keys", "does not take it");
    check(browser("a", "http://push.example/a"), "endpoint", "expected https");
    check(browser("a", "https://127.0.0.1/a"), "endpoint", "allow it by push.allow");
    let ntfy =
        |server: &str| json!({ "kind": "ntfy", "name": "a", "server": server, "topic": "a" });
    check(ntfy("http://localhost:8080"), "server", "allow it by push.allow");
    check(ntfy("http://10.0.0.8"), "server", "allow it by push.allow");
    assert_eq!(mina.get(ALL).1["items"].as_array().unwrap().len(), 1, "nothing was stored");
}

#[test]
fn a_browser_that_comes_again_is_known_and_belongs_to_who_is_signed_in() {
    let (mut world, mut mina, mut juno) = programs();
    let endpoint = "https://push.example/one";
    let (status, added) = mina.post(ALL, &browser("Firefox", endpoint));
    assert_eq!(status, 201, "{added}");
    let id = added["id"].as_i64().unwrap();
    mina.patch(&format!("{ALL}/{id}"), &json!({ "name": "Kitchen" }));
    world.run_for(std::time::Duration::from_hours(1));
    let (status, again) = mina.post(ALL, &browser("Firefox", endpoint));
    assert_eq!((status, &again["id"], &again["name"]), (200, &json!(id), &json!("Kitchen")));
    assert_ne!(again["last_seen_at"], added["last_seen_at"], "{again}");

    // Something of Mina's is still on its way when Juno signs in there.
    let (_, test) = mina.post(&format!("{ALL}/{id}/test"), &json!({}));
    let (status, theirs) = juno.post(ALL, &browser("Firefox", endpoint));
    assert_eq!(status, 201, "{theirs}");
    world.settle();
    assert_eq!(world.postbox.tried(), 0);
    let (_, delivery) = mina.get(&format!("/api/v1/deliveries/{}", test["delivery_id"]));
    assert_eq!(
        (&delivery["state"], &delivery["destination_id"]),
        (&json!("cancelled"), &Value::Null)
    );
    assert_eq!(mina.get(ALL).1["items"].as_array().unwrap().len(), 1);
    assert_eq!(juno.get(ALL).1["items"].as_array().unwrap().len(), 1);
}

#[test]
fn an_app_whose_token_another_one_had_takes_its_place() {
    let (_world, mut mina, mut juno) = programs();
    let app = |token: &str| json!({ "kind": "fcm", "name": "App", "token": token });
    mina.post(ALL, &app("one"));
    let (_, theirs) = juno.post(ALL, &app("two"));
    let target = format!("{ALL}/{}", theirs["id"]);
    assert_eq!(juno.patch(&target, &json!({ "token": "one" })).0, 200);
    assert_eq!(mina.get(ALL).1["items"].as_array().unwrap().len(), 1);
    assert_eq!(mina.post(ALL, &app("two")).0, 201);
}

#[test]
fn what_waits_for_an_address_goes_to_the_one_that_takes_its_place() {
    let (mut world, mut mina, mut juno) = programs();
    let target = format!("{ALL}/{}", world.destination.0);
    world.postbox.answer([Outcome::RETRY]);
    mina.post(&format!("{target}/test"), &json!({}));
    world.run_for(std::time::Duration::from_secs(1));
    let change = json!({ "server": "https://new.example", "topic": "elsewhere" });
    assert_eq!(juno.patch(&target, &change).0, 404);
    let (status, changed) = mina.patch(&target, &change);
    assert_eq!(
        (status, &changed["shown"]),
        (200, &json!("https://new.example/…where")),
        "{changed}"
    );
    world.run_for(std::time::Duration::from_mins(1));
    assert_eq!(world.outbox(State::Delivered), 1);
    let arrived = world.postbox.arrived().remove(0);
    assert!(arrived.address == Address::ntfy("https://new.example", "elsewhere", "").unwrap());
    assert!(String::from_utf8_lossy(&arrived.body).contains("\"topic\":\"elsewhere\""));
}

#[test]
fn a_change_is_checked_as_an_addition_is() {
    let (mut world, mut mina, _) = programs();
    let target = format!("{ALL}/{}", world.destination.0);
    let mut check = |body: Value, field: &str| {
        let (status, answer) = mina.patch(&target, &body);
        assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!(field)), "{answer}");
    };
    check(json!({ "server": "http://127.0.0.1", "topic": "a" }), "server");
    check(json!({ "server": "https://evil.example" }), "topic");
    check(json!({ "topic": "a b" }), "topic");
    check(json!({ "url": "https://h.example" }), "url");
    check(json!({ "kind": "webhook" }), "kind");
    check(json!({ "paused": true }), "paused");
    let id = world.destination;
    world.write(move |tx| toaster::store::destinations::set_paused(tx, id, Some("no")));
    let (_, mended) = mina.patch(&target, &json!({ "token": "tk_new" }));
    assert_eq!(mended["paused"], json!(false), "a new token is tried at once");
}

#[test]
fn a_webhook_gets_a_new_secret_that_is_told_once() {
    let (mut world, mut mina, mut juno) = programs();
    let hook = json!({ "kind": "webhook", "name": "Hook", "url": "https://h.example/a" });
    let (_, added) = mina.post(ALL, &hook);
    let target = format!("{ALL}/{}", added["id"]);
    assert_eq!(juno.post(&format!("{target}/rotate"), &json!({})).0, 404);
    let (status, rotated) = mina.post(&format!("{target}/rotate"), &json!({}));
    let (old, new) = (added["secret"].as_str().unwrap(), rotated["secret"].as_str().unwrap());
    assert_eq!((status, old == new), (200, false));
    assert!(!mina.get(ALL).1.to_string().contains("whsec_"));
    let id = toaster::model::id::DestinationId(added["id"].as_i64().unwrap());
    let user = world.user;
    let address = world.read(|tx| toaster::store::destinations::get(tx, user, id)).address;
    assert_eq!(address.signing_secrets(world.now()), [new, old]);
    world.run_for(std::time::Duration::from_hours(24));
    assert_eq!(address.signing_secrets(world.now()), [new]);
    let phone = format!("{ALL}/{}/rotate", world.destination.0);
    assert_eq!(mina.post(&phone, &json!({})).0, 409);
}

#[test]
fn a_test_that_has_not_ended_in_time_is_left_to_be_watched() {
    let (mut world, mut mina, _) = programs();
    let target = format!("{ALL}/{}/test", world.destination.0);
    let (status, test) = mina.post(&format!("{target}?wait=true"), &json!({}));
    assert_eq!((status, &test["state"]), (202, &json!("pending")), "{test}");
    assert_eq!(mina.post(&format!("{target}?wait=soon"), &json!({})).0, 422);
    assert_eq!(mina.post(&format!("{target}?await=true"), &json!({})).0, 422);
    world.settle();
    assert_eq!(world.outbox(State::Delivered), 1);
}
