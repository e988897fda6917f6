//! What arrives where others wrote the receiver: `tests/interop`, waiting for one call of ours.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use toaster::clock::SystemClock;
use toaster::model::act::Act;
use toaster::model::address::AddressList;
use toaster::model::delivery::{Answer, Attempt, Outcome};
use toaster::model::destination::Address;
use toaster::model::id::{BookmarkId, DeliveryId, ReminderId, ScopeId};
use toaster::model::language::Language;
use toaster::model::message::{Button, FiredReminder, Message, NamedLink, Waiting};
use toaster::model::smtp::{Security, SmtpSettings};
use toaster::model::time::Timestamp;
use toaster::net::{Client, ClientConfig, Roots};
use toaster::transport::{email, webhook};

use crate::interop::python;

const BASE: &str = "https://toaster.example";
const TITLE: &str = "빵 & <b>🍞</b> \"=?UTF-8?Q?x?=\"";

/// Has `send` call a receiver at a port, and says what that made of it.
fn called(protocol: &str, expected: &Value, send: impl FnOnce(u16) -> Answer) -> Option<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/check.py");
    let mut child = Command::new(python()?)
        .arg(script)
        .arg(protocol)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(expected.to_string().as_bytes()).unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut port = String::new();
    said.read_line(&mut port).unwrap();
    let answer = send(port.trim().parse().unwrap());
    assert_eq!(answer.outcome, Outcome::Accepted, "{}", answer.detail);
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success(), "{protocol}");
    Some(serde_json::from_str(&rest).unwrap())
}

fn message(at: Timestamp) -> Message {
    let fired = FiredReminder {
        id: ReminderId(1),
        name: "저녁".into(),
        slot: "2026-03-08T21:30".parse().unwrap(),
        due_at: at,
        fired_at: at,
        missed: 0,
    };
    let link = NamedLink {
        id: BookmarkId(1),
        title: TITLE.into(),
        url: format!("https://bread.example/{}", "rye/".repeat(100)),
    };
    let waiting = Waiting { links: vec![link], count: 3 };
    let message = Message::of_reminders(DeliveryId(7), &[fired], waiting, Language::Korean);
    let path = format!("/act/7.done.{}", "s".repeat(80));
    Message {
        buttons: vec![Button { act: Act::Done, label: "다 읽음", path }],
        stop_path: Some(format!("/act/7.stop.{}", "s".repeat(80))),
        ..message
    }
}

fn attempt(body: Vec<u8>, now: Timestamp) -> Attempt {
    Attempt {
        delivery_id: DeliveryId(7),
        key: "msg_7Qx".into(),
        scope_id: ScopeId(1),
        address: Address::webhook("https://hooks.example/", String::new()).unwrap(),
        body,
        started_at: now,
        ttl: Duration::from_mins(1),
        is_repeat: false,
    }
}

#[test]
fn a_webhook_is_believed_under_the_old_and_the_new_secret() {
    let now = SystemClock::shared().now();
    let client = Client::new(&ClientConfig {
        allow: AddressList::parse(&["127.0.0.1"]).unwrap(),
        deny: AddressList::none(),
        ports: vec![443],
        user_agent: "Toaster/test".into(),
        idle_per_host: 1,
        roots: Roots::default(),
    });
    let secrets =
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQ="];
    let found = called("webhook", &json!({ "secrets": secrets }), |port| {
        let url = format!("http://127.0.0.1:{port}/hook");
        webhook::send(&client, &attempt(webhook::render(&message(now), BASE), now), &url, &secrets)
    });
    let Some(found) = found else { return };
    assert_eq!(found[0], found[1]);
    assert_eq!(found[0]["data"]["links"][0]["title"], TITLE);
    assert_eq!(found[0]["data"]["actions"][0]["label"], "다 읽음");
}

#[test]
fn a_letter_is_read_as_it_was_meant() {
    let now: Timestamp = "2026-03-08T12:30:00Z".parse().unwrap();
    let found = called("mail", &json!({ "password": "pass word" }), |port| {
        let settings = SmtpSettings {
            host: "127.0.0.1".into(),
            port,
            security: Security::Plain,
            login: Some(("toaster".into(), "pass word".into())),
            from: "토스터 <toaster@sender.example>".into(),
        };
        let mailer = email::Mailer::new(settings, &Roots::default()).unwrap();
        let attempt = attempt(email::render(&message(now), BASE), now);
        email::send(Some(&mailer), &attempt, "mina@home.example")
    });
    let Some(found) = found else { return };
    let header = |name: &str| found["headers"][name].as_str().unwrap_or_default().to_owned();
    assert_eq!(
        (&found["from"], &found["to"][0]),
        (&json!("toaster@sender.example"), &json!("mina@home.example"))
    );
    assert_eq!(header("subject"), "저녁: 링크 3개가 기다려요");
    assert_eq!(header("from"), "토스터 <toaster@sender.example>");
    assert_eq!(header("date"), "Sun, 08 Mar 2026 12:30:00 +0000");
    assert_eq!(header("message-id"), "<msg_7Qx@toaster.example>");
    assert_eq!(header("auto-submitted"), "auto-generated");
    let stop = format!("https://toaster.example/act/7.stop.{}", "s".repeat(80));
    assert_eq!(header("list-unsubscribe"), format!("<{stop}>"));
    assert_eq!(header("list-unsubscribe-post"), "List-Unsubscribe=One-Click");
    // Lines of a letter end so, also within what is encoded.
    let part = |name: &str| found[name].as_str().unwrap().replace("\r\n", "\n");
    let (text, html) = (part("text"), part("html"));
    let url = format!("https://bread.example/{}", "rye/".repeat(100));
    assert!(text.contains(&format!("• {TITLE}\n  {url}\n외 2개")), "{text}");
    assert!(text.contains(&stop) && html.contains(&stop));
    assert!(html.contains(&format!("<a href=\"{url}\">빵 &amp; &lt;b&gt;🍞&lt;/b&gt;")), "{html}");
    assert_eq!(found["defects"], json!([]));
    assert!(found["longest_line"].as_u64().unwrap() <= 998);
}
