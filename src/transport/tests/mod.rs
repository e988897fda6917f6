//! Each push service against a server that behaves like it.

use super::*;
use crate::model::act::Act;
use crate::model::address::AddressList;
use crate::model::id::{BookmarkId, DeliveryId, ReminderId, ScopeId};
use crate::model::language::Language;
use crate::model::message::Message;
use crate::model::message::{Button, FiredReminder, NamedLink, Waiting};
use crate::net::fake_web::{FakeWeb, Reply as WebReply};
use crate::net::{ClientConfig, Roots};

mod answers;
mod credentials;
mod forms;
mod titles;

pub(crate) use answers::every_row;

/// A server that everybody can open.
pub(crate) const BASE: &str = "https://toaster.example";
/// What must never be told to anybody.
pub(crate) const SECRETS: [&str; 7] = [
    "secret-token",
    "secret-chat",
    "secret-room",
    "secret-key",
    "secret-path",
    "secret-topic",
    "c2VjcmV0LXNlY3JldC1zZWNyZXQ",
];

/// A push service, called as the dispatch calls it, at a server of ours.
struct Service {
    name: &'static str,
    render: fn(&Message, &str) -> Vec<u8>,
    send: fn(&Client, &Attempt, &str) -> Answer,
}

const SERVICES: [Service; 8] = [
    Service {
        name: "ntfy",
        render: |message, base| ntfy::render(message, "secret-topic", base),
        send: |client, attempt, at| ntfy::send(client, attempt, at, Some("secret-token")),
    },
    Service {
        name: "webhook",
        render: webhook::render,
        send: |client, attempt, at| {
            let url = format!("{at}/secret-path");
            webhook::send(client, attempt, &url, &["whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="])
        },
    },
    Service {
        name: "gotify",
        render: gotify::render,
        send: |client, attempt, at| gotify::send(client, attempt, at, "secret-token"),
    },
    Service {
        name: "telegram",
        render: telegram::render,
        send: |client, attempt, at| {
            telegram::send(client, attempt, at, "42:secret-token", "secret-chat")
        },
    },
    Service {
        name: "discord",
        render: discord::render,
        send: |client, attempt, at| {
            discord::send(client, attempt, &format!("{at}/api/webhooks/1/secret-token"))
        },
    },
    Service {
        name: "slack",
        render: slack::render,
        send: |client, attempt, at| {
            slack::send(client, attempt, &format!("{at}/services/T0/B0/secret-token"))
        },
    },
    Service {
        name: "matrix",
        render: matrix::render,
        send: |client, attempt, at| {
            matrix::send(client, attempt, at, "!secret-room:home.example", "secret-token")
        },
    },
    Service {
        name: "apprise",
        render: apprise::render,
        send: |client, attempt, at| apprise::send(client, attempt, at, "secret-key", Some("phone")),
    },
];

fn service(name: &str) -> &'static Service {
    SERVICES.iter().find(|service| service.name == name).unwrap()
}

/// A client that may speak to this machine.
fn client() -> Client {
    Client::new(&ClientConfig {
        allow: AddressList::parse(&["127.0.0.1"]).unwrap(),
        deny: AddressList::none(),
        ports: vec![80, 443],
        user_agent: "Toaster/test".into(),
        idle_per_host: 1,
        roots: Roots::default(),
    })
}

pub(crate) fn attempt_of(body: Vec<u8>) -> Attempt {
    Attempt {
        delivery_id: DeliveryId(1),
        key: "msg_7Qx".into(),
        scope_id: ScopeId(1),
        address: Address::ntfy("https://ntfy.example", "links", "").unwrap(),
        body,
        started_at: "2026-03-08T21:30:00Z".parse().unwrap(),
        ttl: Duration::from_mins(1),
        is_repeat: false,
    }
}

/// A reminder about seven links, of which these are named.
pub(crate) fn reminder(titles: &[&str]) -> Message {
    let link = |(title, n): (&&str, i64)| NamedLink {
        id: BookmarkId(n),
        title: (*title).to_owned(),
        url: format!("https://site.example/{n}?a=1&b=(2)|\"3\""),
    };
    let at = "2026-03-08T21:30:00Z".parse().unwrap();
    let fired = FiredReminder {
        id: ReminderId(42),
        name: "Evening".into(),
        slot: "2026-03-08T21:30".parse().unwrap(),
        due_at: at,
        fired_at: at,
        missed: 0,
    };
    let waiting = Waiting { links: titles.iter().zip(1..).map(link).collect(), count: 7 };
    let message = Message::of_reminders(DeliveryId(9), &[fired], waiting, Language::English);
    let labels = ["Snooze 1 h", "Tomorrow", "Done"];
    let button = |(act, label): (Act, _)| Button {
        act,
        label,
        path: format!("/act/9.{}.signed", act.as_str()),
    };
    Message {
        picture_path: Some("/pictures/loaf.signed".into()),
        buttons: Act::BUTTONS.into_iter().zip(labels).map(button).collect(),
        stop_path: Some("/act/9.stop.signed".into()),
        ..message
    }
}

/// Sends one message and says what came of it, and the heads and bodies that were sent.
fn exchange(
    service: &Service,
    attempt: &Attempt,
    answer: impl Fn(&str) -> WebReply + Send + 'static,
) -> (Answer, Vec<(String, Value)>) {
    let web = FakeWeb::new(answer);
    let at = web.url("").to_string();
    let answer = (service.send)(&client(), attempt, at.trim_end_matches('/'));
    let bodies = web.bodies();
    let bodies = bodies.iter().map(|body| serde_json::from_str(body).unwrap_or_default());
    (answer, web.requests().into_iter().zip(bodies).collect())
}

/// What a service is sent for a message.
fn sent(name: &str, message: &Message, base_url: &str) -> Value {
    let service = service(name);
    let attempt = attempt_of((service.render)(message, base_url));
    exchange(service, &attempt, |_| WebReply::with("200 OK", &[], b"{}")).1.remove(0).1
}
