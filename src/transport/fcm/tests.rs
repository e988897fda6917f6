use super::*;
use crate::model::act::Act;
use crate::model::destination::Address;
use crate::model::id::{DeliveryId, ScopeId};
use crate::model::language::Language;
use crate::model::message::Button;
use crate::model::time::Timestamp;

const NOW: Timestamp = Timestamp::from_ms(1_772_870_400_000);
const FCM_ERROR: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";

fn message(text: &str) -> Message {
    let button =
        |act| Button { act, label: "나중에", path: format!("/act/{}", "x".repeat(100)) };
    Message {
        event: "reminder.fired",
        text: text.into(),
        waiting: 3,
        open_path: "/due/7".into(),
        picture_path: Some("/pictures/abc".into()),
        buttons: Act::BUTTONS.map(button).into(),
        tag: "r42".into(),
        ..Message::of_test(Timestamp::default(), Language::English)
    }
}

fn attempt(body: Vec<u8>, ttl: Duration) -> Attempt {
    Attempt {
        is_repeat: false,
        delivery_id: DeliveryId(1),
        key: "msg_1".into(),
        scope_id: ScopeId(1),
        address: Address::webhook("https://hooks.example/", String::new()).unwrap(),
        body,
        started_at: NOW,
        ttl,
    }
}

fn sent(message: &Message, base_url: &str, ttl: Duration, is_fid: bool) -> Value {
    let attempt = attempt(render(message, base_url), ttl);
    addressed(&attempt, "target", is_fid).unwrap()["message"].clone()
}

#[test]
fn a_message_has_a_block_for_each_platform_and_strings_only_as_data() {
    let day = Duration::from_hours(24);
    let sent = sent(&message("• Rye"), "https://toast.example", day, false);
    assert_eq!((&sent["token"], sent.get("fid")), (&json!("target"), None));
    assert_eq!(sent["notification"]["body"], "• Rye");
    assert_eq!(sent["notification"]["image"], "https://toast.example/pictures/abc");
    let android = json!({
        "priority": "high", "ttl": "86400s", "collapse_key": "r42",
        "notification": { "channel_id": "reminders", "tag": "r42" },
    });
    assert_eq!(sent["android"], android);
    let apns = json!({
        "headers": {
            "apns-priority": "10", "apns-expiration": "1772956800", "apns-collapse-id": "r42",
        },
        "payload": { "aps": {
            "sound": "default", "thread-id": "r42", "category": "REMINDER", "badge": 3,
        } },
    });
    assert_eq!(sent["apns"], apns);
    let webpush = json!({
        "headers": { "TTL": "86400", "Urgency": "high", "Topic": "r42" },
        "fcm_options": { "link": "https://toast.example/due/7" },
    });
    assert_eq!(sent["webpush"], webpush);
    let data = sent["data"].as_object().unwrap();
    assert_eq!((&data["delivery"], &data["url"]), (&json!("msg_1"), &sent_url(&sent)));
    for (name, value) in data {
        assert!(value.is_string(), "{name}");
        assert!(!matches!(name.as_str(), "from" | "gcm") && !name.starts_with("google"), "{name}");
    }
    let actions: Value = serde_json::from_str(data["actions"].as_str().unwrap()).unwrap();
    assert_eq!(actions.as_array().unwrap().len(), 3);
}

fn sent_url(sent: &Value) -> Value {
    sent["webpush"]["fcm_options"]["link"].clone()
}

#[test]
fn an_installation_id_a_low_priority_and_a_short_time_are_said_as_such() {
    let low = Message { priority: Priority::Low, ..message("") };
    let sent = sent(&low, "http://127.0.0.1:8080", Duration::from_mins(10), true);
    assert_eq!((&sent["fid"], sent.get("token")), (&json!("target"), None));
    assert_eq!(sent["android"]["priority"], "normal");
    assert_eq!(sent["android"]["ttl"], "600s");
    assert_eq!(sent["apns"]["headers"]["apns-priority"], "5");
    assert_eq!(sent["apns"]["payload"]["aps"].get("sound"), None);
    assert_eq!(sent["webpush"]["headers"]["Urgency"], "low");
    // A phone cannot open what only this machine can.
    assert!(!sent.to_string().contains("127.0.0.1"), "{sent}");
    let long = addressed(&attempt(render(&low, ""), Duration::MAX), "t", false).unwrap();
    assert_eq!(long["message"]["android"]["ttl"], "2419200s");
}

#[test]
fn a_long_text_is_cut_to_what_fcm_takes() {
    for text in ["가".repeat(3000), "\n\"\\".repeat(3000), "x".repeat(3500)] {
        let body = render(&message(&text), "https://toast.example");
        assert!((MESSAGE_BYTES_MAX - 8..=MESSAGE_BYTES_MAX).contains(&body.len()));
        let token = "t".repeat(300);
        let whole = addressed(&attempt(body, TTL_MAX), &token, false).unwrap().to_string();
        assert!(whole.len() <= 4_096, "{}", whole.len());
    }
}

#[test]
fn a_damaged_message_is_not_sent() {
    for body in ["", "[]", "{}", r#"{"message":1}"#] {
        assert!(addressed(&attempt(body.into(), MINUTE), "t", false).is_none(), "{body}");
    }
}

fn error(status: &str, message: &str, details: &[(&str, &str)]) -> String {
    let details: Vec<_> =
        details.iter().map(|(kind, code)| json!({ "@type": kind, "errorCode": code })).collect();
    json!({ "error": { "status": status, "message": message, "details": details } }).to_string()
}

#[track_caller]
fn check(status: u16, body: &str, expected: Outcome) {
    check_with(status, body, true, expected);
}

#[track_caller]
fn check_with(status: u16, body: &str, has_worked: bool, expected: Outcome) {
    let reply = Reply { status, retry_after: None, body: body.into() };
    assert_eq!(outcome(&reply, has_worked).outcome, expected, "{status} {body}");
}

fn failed() -> Outcome {
    Outcome::Retry { after: Some(FIRST_WAIT), tries_max: Some(TRIES_MAX) }
}

#[test]
fn the_code_of_fcm_decides_first() {
    let of = |code: &str| error("", "", &[(FCM_ERROR, code)]);
    check(200, r#"{"name":"projects/p/messages/1"}"#, Outcome::Accepted);
    check(404, &of("UNREGISTERED"), Outcome::Gone);
    check(401, &of("THIRD_PARTY_AUTH_ERROR"), Outcome::Config);
    check(401, &of("APNS_AUTH_ERROR"), Outcome::Config);
    check(403, &of("SENDER_ID_MISMATCH"), Outcome::Strike(TWICE));
    check_with(403, &of("SENDER_ID_MISMATCH"), false, Outcome::Config);
    let slow = Outcome::Retry { after: Some(MINUTE), tries_max: None };
    check(429, &of("QUOTA_EXCEEDED"), slow);
    check(500, &of("INTERNAL"), failed());
    check(503, &of("UNAVAILABLE"), failed());
    let token = "The registration token is not a valid FCM registration token";
    let bad_token = error("INVALID_ARGUMENT", token, &[(FCM_ERROR, "INVALID_ARGUMENT")]);
    check(400, &bad_token, Outcome::Strike(TWICE));
    let both = [(FCM_ERROR, "INVALID_ARGUMENT"), (BAD_REQUEST, "")];
    check(400, &error("INVALID_ARGUMENT", token, &both), Outcome::Rejected);
    check(400, &error("INVALID_ARGUMENT", token, &[(BAD_REQUEST, "")]), Outcome::Rejected);
    let other = error("INVALID_ARGUMENT", "bad ttl", &[(FCM_ERROR, "INVALID_ARGUMENT")]);
    check(400, &other, Outcome::Rejected);
}

#[test]
fn the_status_of_google_decides_second_and_the_number_last() {
    let of = |status: &str| error(status, "", &[]);
    check(401, &of("UNAUTHENTICATED"), Outcome::Reauth);
    check(403, &of("PERMISSION_DENIED"), Outcome::Config);
    check(404, &of("NOT_FOUND"), Outcome::Config);
    check(400, &of("INVALID_ARGUMENT"), Outcome::Rejected);
    let slow = Outcome::Retry { after: Some(MINUTE), tries_max: None };
    check(429, &of("RESOURCE_EXHAUSTED"), slow);
    check(503, &of("UNAVAILABLE"), failed());
    for body in ["", "<html>", "null", "[]"] {
        check(200, body, Outcome::Accepted);
        check(302, body, Outcome::Config);
        check(401, body, Outcome::Reauth);
        for status in [400, 403, 404, 408, 413] {
            check(status, body, Outcome::Rejected);
        }
        check(429, body, slow);
        for status in [500, 502, 503, 504] {
            check(status, body, failed());
        }
    }
}

#[test]
fn a_wish_to_wait_is_kept() {
    let wish = Some(Duration::from_secs(90));
    for (status, tries_max) in [(429, None), (503, Some(TRIES_MAX))] {
        let reply = Reply { status, retry_after: wish, body: Vec::new() };
        assert_eq!(outcome(&reply, true).outcome, Outcome::Retry { after: wish, tries_max });
    }
    let soon = Reply { status: 503, retry_after: Some(Duration::ZERO), body: Vec::new() };
    assert_eq!(outcome(&soon, true).outcome, failed());
}
