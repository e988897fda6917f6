//! Reminders over our own API: what is refused, what is understood, and snoozing.

use std::time::Duration;

use serde_json::{Value, json};
use toaster::clock::Clock;
use toaster::http::request::Method;

use crate::api::programs;

fn with(field: &str, value: Value) -> Value {
    let mut body = json!({
        "target": { "kind": "all" },
        "schedule": { "kind": "weekly", "days": [1], "at": "21:30" },
    });
    body[field] = value;
    body
}

fn once(on: &str, at: &str) -> Value {
    with("schedule", json!({ "kind": "once", "on": on, "at": at }))
}

#[test]
fn whatever_is_wrong_with_a_reminder_is_named_and_nothing_is_stored() {
    let (_world, mut mina, mut juno) = programs();
    let (status, folder) = juno.post("/api/v1/folders", &json!({ "title": "Hers" }));
    assert_eq!(status, 201);
    let link = json!({ "url": "https://hers.example/", "fetch": false });
    let bookmark = juno.post("/api/v1/bookmarks", &link).1;
    let ntfy = json!({ "kind": "ntfy", "name": "Hers", "server": "https://push.example", "topic": "hers" });
    let phone = juno.post("/api/v1/destinations", &ntfy).1;
    let weekly = |days: Value, at: &str| {
        with("schedule", json!({ "kind": "weekly", "days": days, "at": at }))
    };
    let rows = [
        (with("zone", json!("Asia/Soul")), "zone"),
        (with("zone", json!("Etc/Unknown")), "zone"),
        (weekly(json!([0]), "21:30"), "schedule.days"),
        (weekly(json!([8]), "21:30"), "schedule.days"),
        (weekly(json!([]), "21:30"), "schedule.days"),
        (weekly(json!([1]), "24:00"), "schedule.at"),
        (weekly(json!([1]), "25:61"), "schedule.at"),
        (once("2026-03-01", "09:00"), "schedule.on"),
        (once("2126-03-01", "09:00"), "schedule.on"),
        (once("2036-03-03", "09:00"), "schedule.on"),
        (once("2027-02-29", "09:00"), "schedule.on"),
        (with("target", json!({ "kind": "folder", "id": folder["id"] })), "target"),
        (with("target", json!({ "kind": "bookmark", "id": 99 })), "target"),
        (with("target", json!({ "kind": "bookmark", "id": bookmark["id"] })), "target"),
        (with("destinations", json!([99])), "destinations"),
        (with("destinations", json!([phone["id"]])), "destinations"),
        (with("when_empty", json!("maybe")), "when_empty"),
        (with("pick", json!({ "order": "random", "count": 0 })), "pick.count"),
    ];
    for (body, field) in &rows {
        let (status, answer) = mina.post("/api/v1/reminders", body);
        assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!(field)), "{body}");
    }
    assert_eq!(mina.get("/api/v1/reminders").1["items"], json!([]));
    // The last day that is near enough, and a leap day.
    assert_eq!(mina.post("/api/v1/reminders", &once("2036-03-02", "13:00")).0, 201);
    let (status, set) = mina.post("/api/v1/reminders", &once("2028-02-29", "09:00"));
    assert_eq!(status, 201);
    let target = format!("/api/v1/reminders/{}", set["id"]);
    for (body, field) in &rows {
        let (status, answer) = mina.patch(&target, body);
        assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!(field)), "{body}");
        assert_eq!(mina.get(&target).1, set, "{body}");
    }
}

#[test]
fn one_that_has_come_can_be_renamed_and_needs_a_new_day_only_to_come_again() {
    let (mut world, mut mina, _) = programs();
    world.save("https://example.com/");
    let (_, set) = mina.post("/api/v1/reminders", &once("2026-03-02", "12:30"));
    world.run_for(Duration::from_hours(1));
    let target = format!("/api/v1/reminders/{}", set["id"]);
    let (status, renamed) = mina.patch(&target, &json!({ "name": "Lunch" }));
    assert_eq!((status, &renamed["next_at"]), (200, &Value::Null), "{renamed}");
    let (status, answer) = mina.patch(&target, &once("2026-03-02", "12:45"));
    assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!("schedule.on")));
    assert_eq!(mina.patch(&target, &once("2026-03-02", "13:30")).0, 200);
    world.run_for(Duration::from_hours(1));
    assert_eq!(world.postbox.occurrences(), 2);
}

#[test]
fn nobody_has_more_reminders_than_the_server_allows() {
    let (_world, mut mina, _) = programs();
    let body = with("name", json!("again"));
    let answers: Vec<u16> =
        (0..201).map(|_| mina.post("/api/v1/reminders", &body).0).filter(|s| *s != 201).collect();
    assert_eq!(answers, [422], "all but the last");
    let (_, answer) = mina.post("/api/v1/reminders", &body);
    assert_eq!(answer["errors"][0]["field"], "reminders");
    assert_eq!(mina.get("/api/v1/reminders").1["items"].as_array().unwrap().len(), 200);
}

#[test]
fn words_are_answered_with_the_exact_time_they_mean() {
    let (_world, mut mina, _) = programs();
    let (status, answer) =
        mina.get("/api/v1/reminders/when?text=%EB%82%B4%EC%9D%BC%20%EC%98%A4%EC%A0%84%209%EC%8B%9C&zone=Asia/Seoul");
    assert_eq!(status, 200, "{answer}");
    let schedule = json!({ "kind": "once", "on": "2026-03-03", "at": "09:00" });
    assert_eq!(
        answer,
        json!({ "schedule": schedule, "zone": "Asia/Seoul", "at": "2026-03-03T00:00:00Z" })
    );
    let (_, answer) = mina.get("/api/v1/reminders/when?text=in+2+hours");
    assert_eq!((&answer["at"], &answer["zone"]), (&json!("2026-03-02T14:00:00Z"), &json!("UTC")));
    for (query, field) in [
        ("text=whenever", "text"),
        ("text=", "text"),
        ("", "text"),
        ("text=tomorrow&zone=Asia/Soul", "zone"),
    ] {
        let (status, answer) = mina.get(&format!("/api/v1/reminders/when?{query}"));
        assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!(field)), "{query}");
    }
}

#[test]
fn a_snooze_is_set_in_three_ways_and_taken_back() {
    let (_world, mut mina, mut juno) = programs();
    let (_, set) = mina.post("/api/v1/reminders", &with("name", json!("Evening")));
    let next = set["next_at"].clone();
    let target = format!("/api/v1/reminders/{}/snooze", set["id"]);
    for (body, until) in [
        (json!({ "minutes": 60 }), "2026-03-02T13:00:00Z"),
        (json!({ "until": "2026-03-02T18:00:01Z" }), "2026-03-02T18:01:00Z"),
        (json!({ "when": "tomorrow 9:00" }), "2026-03-03T09:00:00Z"),
    ] {
        let (status, answer) = mina.post(&target, &body);
        assert_eq!((status, &answer["snoozed_until"]), (200, &json!(until)), "{body}");
        assert_eq!(answer["next_at"], next, "its own time stays");
    }
    for (body, field) in [
        (json!({}), "minutes"),
        (json!({ "minutes": 5, "when": "tomorrow" }), "minutes"),
        (json!({ "minutes": 0 }), "minutes"),
        (json!({ "minutes": u64::MAX }), "minutes"),
        (json!({ "until": "2026-03-02T12:00:00Z" }), "until"),
        (json!({ "until": "soon" }), "until"),
        (json!({ "when": "whenever" }), "when"),
    ] {
        let (status, answer) = mina.post(&target, &body);
        assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!(field)), "{body}");
    }
    assert_eq!(juno.post(&target, &json!({ "minutes": 5 })).0, 404);
    let (status, answer) = mina.call(Method::Delete, &target, "");
    assert_eq!((status, &answer["snoozed_until"]), (200, &Value::Null));
    let id = &set["id"];
    mina.patch(&format!("/api/v1/reminders/{id}"), &json!({ "enabled": false }));
    assert_eq!(mina.post(&target, &json!({ "minutes": 5 })).0, 409);
}

#[test]
fn quiet_hours_are_set_and_what_makes_no_sense_is_refused() {
    let (_world, mut mina, _) = programs();
    let night = json!([{ "days": [1, 2], "from": "22:00", "to": "07:00" }]);
    let (status, me) = mina.patch("/api/v1/me", &json!({ "quiet_hours": night }));
    assert_eq!((status, &me["quiet_hours"]), (200, &night));
    for bad in [
        json!([{ "days": [], "from": "22:00", "to": "07:00" }]),
        json!([{ "days": [8], "from": "22:00", "to": "07:00" }]),
        json!([{ "days": [1], "from": "22:00", "to": "24:00" }]),
        json!([{ "days": [1, 2, 3, 4, 5, 6, 7], "from": "09:00", "to": "09:00" }]),
    ] {
        let (status, answer) = mina.patch("/api/v1/me", &json!({ "quiet_hours": bad }));
        assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!("quiet_hours")), "{bad}");
    }
    assert_eq!(mina.get("/api/v1/me").1["quiet_hours"], night);
    assert_eq!(mina.patch("/api/v1/me", &json!({ "quiet_hours": [] })).1["quiet_hours"], json!([]));
}

#[test]
fn readyz_says_why_a_clock_that_makes_no_sense_holds_reminders() {
    let (mut world, mut mina, _) = programs();
    world.save("https://example.com/");
    let id = world.remind("daily 13:00", "UTC");
    world.settle();
    assert_eq!(mina.get("/readyz").0, 200);
    let right = world.clock.now();
    world.clock.set(right + crate::world::days(90));
    world.run_for(Duration::from_mins(10));
    let (status, answer) = mina.get("/readyz");
    assert_eq!((status, &answer["status"]), (503, &json!("not ready")));
    let clock = &answer["checks"][1];
    assert_eq!((&clock["name"], &clock["ok"]), (&json!("clock"), &json!(false)));
    assert!(clock["reason"].as_str().unwrap().contains("leapt"), "{clock}");
    assert_eq!(world.firings(id), 0);
    world.clock.set(right + Duration::from_mins(10));
    world.run_for(Duration::from_mins(1));
    assert_eq!(mina.get("/readyz").0, 200);
    assert_eq!(world.firings(id), 0);
    world.run_for(Duration::from_hours(1));
    assert_eq!(world.firings(id), 1);
}
