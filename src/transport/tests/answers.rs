//! Every answer that a service gives, and every way in which there is none.

use super::*;

/// An answer of a service: status, headers, body, and the name of the outcome it comes to, with
/// the wait it asks for in milliseconds.
type Row = (u16, &'static [&'static str], &'static str, &'static str, Option<u64>);

const NTFY: &[Row] = &[
    (200, &[], r#"{"id":"x","sequence_id":"msg_7Qx"}"#, "accepted", None),
    (200, &[], r#"{"id":"x"}"#, "accepted", None),
    (301, &["location: https://ntfy.example/"], "", "config", None),
    (400, &[], r#"{"code":40001,"http":400}"#, "rejected", None),
    (401, &[], r#"{"code":40101,"http":401}"#, "config", None),
    (403, &[], r#"{"code":40301,"http":403}"#, "config", None),
    (404, &[], "<html>", "config", None),
    (408, &[], "", "retry", Some(0)),
    (413, &[], r#"{"code":41301}"#, "rejected", None),
    (429, &[], r#"{"code":42901}"#, "retry", Some(60_000)),
    (429, &["retry-after: 90"], r#"{"code":42901}"#, "retry", Some(90_000)),
    // The rest of the day, from 21:30 on.
    (429, &[], r#"{"code":42908}"#, "retry", Some(9_000_000)),
    (429, &[], r#"{"code":42909}"#, "config", None),
    (500, &[], "", "retry", Some(0)),
    (502, &[], "<html>", "retry", Some(0)),
    (507, &[], r#"{"code":50701}"#, "retry", Some(3_600_000)),
];

const WEBHOOK: &[Row] = &[
    (200, &[], "", "accepted", None),
    (204, &[], "", "accepted", None),
    (299, &[], "", "accepted", None),
    (301, &["location: https://elsewhere.example/"], "", "config", None),
    (302, &[], "", "config", None),
    (307, &[], "", "config", None),
    (308, &[], "", "config", None),
    (410, &[], "", "gone", None),
    (429, &["retry-after: 7"], "", "retry", Some(7_000)),
    (502, &[], "", "retry", Some(0)),
    (503, &["retry-after: Sun, 08 Mar 2026 21:31:00 GMT"], "", "retry", Some(60_000)),
    (504, &["retry-after: soon"], "", "retry", Some(0)),
    (408, &[], "", "retry", Some(0)),
    (418, &[], "", "retry", Some(0)),
    (425, &[], "", "retry", Some(0)),
    (500, &[], "", "retry", Some(0)),
    (400, &[], "", "few", Some(0)),
    (401, &[], "", "few", Some(0)),
    (403, &[], "", "few", Some(0)),
    (404, &[], "", "few", Some(0)),
    (405, &[], "", "few", Some(0)),
    (413, &[], "", "few", Some(0)),
    (422, &[], "", "few", Some(0)),
];

const GOTIFY: &[Row] = &[
    (200, &[], r#"{"id":25}"#, "accepted", None),
    (302, &[], "", "config", None),
    (400, &[], r#"{"errorCode":400}"#, "rejected", None),
    (401, &[], r#"{"errorCode":401}"#, "config", None),
    (403, &[], "", "config", None),
    (404, &[], "", "config", None),
    (500, &[], "", "retry", Some(0)),
    (503, &["retry-after: 5"], "", "retry", Some(5_000)),
];

const TELEGRAM: &[Row] = &[
    (200, &[], r#"{"ok":true,"result":{}}"#, "accepted", None),
    (400, &[], r#"{"ok":false,"description":"Bad Request: chat not found"}"#, "gone", None),
    (400, &[], r#"{"ok":false,"description":"Bad Request: text is empty"}"#, "rejected", None),
    (401, &[], r#"{"ok":false,"description":"Unauthorized"}"#, "config", None),
    (403, &[], r#"{"description":"Forbidden: bot was blocked by the user"}"#, "gone", None),
    (404, &[], r#"{"ok":false,"description":"Not Found"}"#, "config", None),
    (429, &[], r#"{"parameters":{"retry_after":35}}"#, "retry", Some(35_000)),
    (429, &["retry-after: 40"], r#"{"parameters":{"retry_after":35}}"#, "retry", Some(40_000)),
    (429, &[], "", "retry", Some(0)),
    (500, &[], "", "retry", Some(0)),
    (502, &[], "<html>", "retry", Some(0)),
];

const DISCORD: &[Row] = &[
    (200, &[], r#"{"id":"1"}"#, "accepted", None),
    (204, &[], "", "accepted", None),
    (400, &[], r#"{"code":50006}"#, "rejected", None),
    (401, &[], r#"{"code":50027}"#, "config", None),
    (403, &[], "", "config", None),
    (404, &[], r#"{"message":"Unknown Webhook","code":10015}"#, "gone", None),
    (429, &[], r#"{"retry_after":0.529,"global":false}"#, "retry", Some(529)),
    (429, &["retry-after: 1"], r#"{"retry_after":0.529}"#, "retry", Some(1_000)),
    (429, &["retry-after: 1", "x-ratelimit-reset-after: 1.25"], "{", "retry", Some(1_250)),
    (429, &[], r#"{"retry_after":-3}"#, "retry", Some(0)),
    (500, &[], "", "retry", Some(0)),
];

const SLACK: &[Row] = &[
    (200, &[], "ok", "accepted", None),
    (400, &[], "invalid_payload", "rejected", None),
    (403, &[], "action_prohibited", "config", None),
    (404, &[], "no_service", "gone", None),
    (404, &[], "no_team", "gone", None),
    (404, &[], "<html>", "config", None),
    (410, &[], "channel_is_archived", "gone", None),
    (429, &["retry-after: 30"], "rate_limited", "retry", Some(30_000)),
    (500, &[], "rollup_error", "retry", Some(0)),
];

const MATRIX: &[Row] = &[
    (200, &[], r#"{"event_id":"$1"}"#, "accepted", None),
    (400, &[], r#"{"errcode":"M_BAD_JSON"}"#, "rejected", None),
    (401, &[], r#"{"errcode":"M_UNKNOWN_TOKEN"}"#, "config", None),
    (403, &[], r#"{"errcode":"M_FORBIDDEN"}"#, "gone", None),
    (404, &[], r#"{"errcode":"M_UNRECOGNIZED"}"#, "config", None),
    (413, &[], r#"{"errcode":"M_TOO_LARGE"}"#, "rejected", None),
    (429, &["retry-after: 2"], r#"{"errcode":"M_LIMIT_EXCEEDED"}"#, "retry", Some(2_000)),
    (429, &[], r#"{"retry_after_ms":1500}"#, "retry", Some(1_500)),
    (500, &[], "", "retry", Some(0)),
];

const APPRISE: &[Row] = &[
    (200, &[], "", "accepted", None),
    (204, &[], "", "config", None),
    (400, &[], "", "rejected", None),
    (403, &[], "", "config", None),
    (404, &[], "", "config", None),
    (421, &[], "", "config", None),
    (424, &[], "", "rejected", None),
    (431, &[], "", "rejected", None),
    (500, &[], "", "retry", Some(0)),
];

/// Gives every answer of every service, and what it came to.
pub(crate) fn every_row() -> Vec<Answer> {
    let tables = [NTFY, WEBHOOK, GOTIFY, TELEGRAM, DISCORD, SLACK, MATRIX, APPRISE];
    let mut answers = Vec::new();
    for (service, rows) in SERVICES.iter().zip(tables) {
        let attempt = attempt_of((service.render)(&reminder(&["A title"]), BASE));
        for (status, headers, body, name, after_ms) in rows {
            let line = format!("{status} Said");
            let reply = move |_: &str| WebReply::with(&line, headers, body.as_bytes());
            let (answer, _) = exchange(service, &attempt, reply);
            let row = format!("{} {status} {headers:?} {body}", service.name);
            let (found, after) = match answer.outcome {
                Outcome::Retry { after, tries_max } => {
                    let name = if tries_max.is_some() { "few" } else { "retry" };
                    (name, Some(after.unwrap_or_default().as_millis() as u64))
                }
                other => (other.as_str(), None),
            };
            assert_eq!((found, after), (*name, *after_ms), "{row}");
            assert_eq!(answer.status, Some(*status), "{row}");
            answers.push(answer);
        }
    }
    answers
}

#[test]
fn each_answer_of_each_service_has_its_outcome() {
    for answer in every_row() {
        assert!(answer.detail.contains("(HTTP "), "{answer:?}");
        for secret in SECRETS {
            assert!(!answer.detail.contains(secret), "{answer:?}");
        }
    }
}

#[test]
fn what_was_certainly_not_sent_is_tried_again_and_what_may_have_been_is_in_doubt() {
    for service in &SERVICES {
        let attempt = attempt_of((service.render)(&reminder(&["A title"]), BASE));
        let nobody = FakeWeb::new(|_| WebReply::Close).url("").to_string();
        let answer = (service.send)(&client(), &attempt, nobody.trim_end_matches('/'));
        assert_eq!(answer.outcome, Outcome::RETRY, "{}", service.name);
        let forbidden = (service.send)(&client(), &attempt, "http://127.0.0.2:9");
        assert_eq!(forbidden.outcome, Outcome::Config, "{}", service.name);
        assert!(forbidden.detail.contains("push.allow"), "{}", forbidden.detail);
        for reply in [|| WebReply::Reset(Vec::new()), || WebReply::Close] {
            let (answer, _) = exchange(service, &attempt, move |_| reply());
            assert_eq!(answer.outcome, Outcome::InDoubt, "{}", service.name);
            for secret in SECRETS {
                assert!(!answer.detail.contains(secret), "{answer:?}");
            }
        }
    }
}

#[test]
fn a_group_that_has_become_another_chat_is_followed_at_once() {
    let telegram = service("telegram");
    let attempt = attempt_of((telegram.render)(&reminder(&["A title"]), BASE));
    let said = std::sync::atomic::AtomicBool::new(false);
    let moved = br#"{"ok":false,"error_code":400,"parameters":{"migrate_to_chat_id":-1001234}}"#;
    let (answer, sent) = exchange(telegram, &attempt, move |_| {
        if said.swap(true, std::sync::atomic::Ordering::Relaxed) {
            WebReply::with("200 OK", &[], b"{}")
        } else {
            WebReply::with("400 Bad Request", &[], moved)
        }
    });
    assert_eq!((answer.outcome, answer.moved_to), (Outcome::Accepted, Some("-1001234".into())));
    let chats: Vec<_> = sent.iter().map(|(_, body)| body["chat_id"].as_str().unwrap()).collect();
    assert_eq!(chats, ["secret-chat", "-1001234"]);
    // One that moves again and again is not followed for ever.
    let (answer, sent) =
        exchange(telegram, &attempt, move |_| WebReply::with("400 Bad Request", &[], moved));
    assert_eq!((answer.outcome, sent.len()), (Outcome::Rejected, 2));
}

#[test]
fn a_picture_that_slack_cannot_fetch_is_left_out() {
    let slack = service("slack");
    let attempt = attempt_of((slack.render)(&reminder(&["A title"]), BASE));
    let (answer, sent) =
        exchange(slack, &attempt, |_| WebReply::with("400 Bad", &[], b"invalid_blocks"));
    assert_eq!((answer.outcome, sent.len()), (Outcome::Rejected, 2));
    let pictures: Vec<bool> = sent.iter().map(|(_, b)| b.to_string().contains("loaf")).collect();
    assert_eq!(pictures, [true, false]);
}

#[test]
fn a_room_is_found_by_its_alias() {
    let body = matrix::render(&reminder(&["A title"]), BASE);
    let check = |status: &'static str, found: &'static str, expected: Outcome, asked: usize| {
        let web = FakeWeb::new(move |path| match path.contains("/directory/") {
            true => WebReply::with(status, &[], found.as_bytes()),
            false => WebReply::with("200 OK", &[], b"{}"),
        });
        let at = web.url("").to_string();
        let attempt = attempt_of(body.clone());
        let answer = matrix::send(&client(), &attempt, &at, "#links:home.example", "t");
        assert_eq!((answer.outcome, web.paths().len()), (expected, asked), "{found}");
        web.paths()
    };
    let paths = check("200 OK", r#"{"room_id":"!r/1:home.example"}"#, Outcome::Accepted, 2);
    assert_eq!(
        paths,
        [
            "/_matrix/client/v3/directory/room/%23links%3Ahome%2Eexample",
            "/_matrix/client/v3/rooms/%21r%2F1%3Ahome%2Eexample/send/m.room.message/msg%5F7Qx",
        ]
    );
    check("200 OK", "{}", Outcome::Config, 1);
    check("404 Not Found", r#"{"errcode":"M_NOT_FOUND"}"#, Outcome::Config, 1);
    check("502 Bad Gateway", "", Outcome::RETRY, 1);
}
