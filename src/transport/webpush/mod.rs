//! Web Push (RFC 8030), which is UnifiedPush too: declarative messages, encrypted anew on every
//! attempt for the one browser that can read them.

mod encrypt;
mod vapid;

use std::time::Duration;

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::{Reply, fitted, post};
use crate::model::delivery::{Answer, Attempt, Outcome, Strike};
use crate::model::message::{Button, Message, Priority};
use crate::model::text;
use crate::net::Client;
use encrypt::PLAINTEXT_BYTES_MAX;
pub use vapid::Vapid;

/// Leaves room for the delivery's key, which is added when it is sent.
const PAYLOAD_BYTES_MAX: usize = PLAINTEXT_BYTES_MAX - 100;
const TITLE_CHARS_MAX: usize = 100;
const TOPIC_BYTES_MAX: usize = 32;
const HOUR: Duration = Duration::from_hours(1);
/// A key that is refused may be ours to mend, so a subscription is given up slowly.
const REFUSED: Strike = Strike { gone_after: 3, over: Duration::from_hours(24), pauses: true };
/// Browsers give their keys with or without the `=` at the end.
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent),
);

/// What is kept of a message: its headers, and what is encrypted on each attempt.
#[derive(Serialize, Deserialize)]
struct Envelope {
    urgency: String,
    topic: Option<String>,
    payload: Value,
}

/// The bytes of a message. The payload is a declarative one, which Safari shows by itself;
/// elsewhere our service worker does.
pub fn render(message: &Message, base_url: &str) -> Vec<u8> {
    let payload = fitted(&message.text, PAYLOAD_BYTES_MAX, |text| payload(message, text, base_url));
    let fits = payload.to_string().len() <= PAYLOAD_BYTES_MAX;
    let envelope = Envelope {
        urgency: urgency(message.priority).into(),
        topic: Some(message.tag.clone()).filter(|tag| is_topic(tag)),
        payload: if fits { payload } else { without_text(payload) },
    };
    json!(envelope).to_string().into_bytes()
}

fn payload(message: &Message, text: &str, base_url: &str) -> Value {
    let url = |path: &str| format!("{base_url}{path}");
    let action = |button: &Button| json!({ "action": button.act.as_str(), "title": button.label, "navigate": url(&button.path) });
    let mut notification = json!({
        "title": text::shortened(&message.title, TITLE_CHARS_MAX),
        "body": text,
        "navigate": url(&message.open_path),
        "tag": message.tag,
        "lang": message.language.tag(),
        "silent": false,
        "data": {},
    });
    if message.event == "reminder.fired" {
        notification["app_badge"] = message.waiting.to_string().into();
    }
    if !message.buttons.is_empty() {
        notification["actions"] = message.buttons.iter().map(action).collect();
    }
    if let Some(path) = &message.picture_path {
        notification["image"] = url(path).into();
    }
    json!({ "web_push": 8030, "notification": notification })
}

/// iOS and dozing Androids hold back what is less urgent than `high`.
const fn urgency(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "low",
        Priority::Normal => "high",
    }
}

/// Whether a tag may be a topic (RFC 8030 section 5.4).
fn is_topic(tag: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=TOPIC_BYTES_MAX).contains(&tag.len()) && tag.bytes().all(plain)
}

/// Sends to a subscription: its `endpoint`, its keys `p256dh` and `auth` in base64url, and the
/// public key of ours that it was made with, if that was told. A refused signature is made anew once, and a message that is
/// too long for a service is repeated with its title alone.
pub fn send(
    client: &Client,
    attempt: &Attempt,
    vapid: &Vapid,
    endpoint: &str,
    (p256dh, auth): (&str, &str),
    made_with: Option<&str>,
) -> Answer {
    if made_with.is_some_and(|key| key.trim_end_matches('=') != vapid.public_key()) {
        let why = "it belongs to an earlier key of this server; turn notifications on again there";
        return Answer::new(Outcome::Config, why);
    }
    let Ok(endpoint) = Url::parse(endpoint) else {
        return Answer::new(Outcome::Config, "its address cannot be used");
    };
    let Ok(envelope) = serde_json::from_slice::<Envelope>(&attempt.body) else {
        return Answer::new(Outcome::Rejected, "the message that was kept is damaged");
    };
    let keys = [p256dh, auth].map(|text| BASE64_URL.decode(text).unwrap_or_default());
    let origin = endpoint.origin().ascii_serialization();
    let push = Push { client, attempt, vapid, endpoint: &endpoint, origin: &origin, keys };
    match push.send(&envelope) {
        Err(answer) => answer,
        Ok(reply) => {
            let (target, now) = (endpoint.as_str(), attempt.started_at);
            let is_all = reply.status == 429 && vapid.is_all_throttled(&origin, target, now);
            outcome(&reply, is_all)
        }
    }
}

/// One attempt at one subscription.
struct Push<'a> {
    client: &'a Client,
    attempt: &'a Attempt,
    vapid: &'a Vapid,
    endpoint: &'a Url,
    origin: &'a str,
    /// `p256dh` and `auth`.
    keys: [Vec<u8>; 2],
}

impl Push<'_> {
    fn send(&self, envelope: &Envelope) -> Result<Reply, Answer> {
        let mut payload = envelope.payload.clone();
        payload["notification"]["data"]["delivery"] = self.attempt.key.as_str().into();
        let mut reply = self.post(envelope, &payload)?;
        if is_refused(&reply) {
            self.vapid.forget(self.origin);
            reply = self.post(envelope, &payload)?;
        }
        if reply.status == 413 {
            reply = self.post(envelope, &without_text(payload))?;
        }
        Ok(reply)
    }

    fn post(&self, envelope: &Envelope, payload: &Value) -> Result<Reply, Answer> {
        let now = self.attempt.started_at;
        let [p256dh, auth] = &self.keys;
        let body =
            encrypt::encrypt(payload.to_string().as_bytes(), p256dh, auth).map_err(|_| {
                Answer::new(
                    Outcome::Config,
                    "its keys are damaged; turn notifications on again there",
                )
            })?;
        let authorization = self.vapid.authorization(self.origin, now);
        let authorization = authorization
            .ok_or_else(|| Answer::new(Outcome::RETRY, "the system gave no randomness"))?;
        let ttl = self.attempt.ttl.as_secs().max(1).to_string();
        let mut headers = vec![
            ("content-type", "application/octet-stream"),
            ("content-encoding", "aes128gcm"),
            ("authorization", &authorization),
            ("ttl", &ttl),
            ("urgency", &envelope.urgency),
        ];
        headers.extend(envelope.topic.as_deref().map(|topic| ("topic", topic)));
        if self.endpoint.host_str().is_some_and(|host| host.ends_with(".notify.windows.com")) {
            // Without it, Windows refuses a time to live.
            headers.push(("x-wns-cache-policy", "cache"));
        }
        post(self.client, self.endpoint.as_str(), &headers, &body, now)
    }
}

/// The same with its title alone.
fn without_text(mut payload: Value) -> Value {
    if let Some(notification) = payload["notification"].as_object_mut() {
        notification.retain(|name, _| !matches!(name.as_str(), "body" | "actions" | "image"));
    }
    payload
}

/// Whether it is our signature that is refused. Chrome's service says so in the body as well.
fn is_refused(reply: &Reply) -> bool {
    let says = |words: &str| String::from_utf8_lossy(&reply.body).contains(words);
    match reply.status {
        401 | 403 => true,
        400 => says("UnauthorizedRegistration"),
        _ => false,
    }
}

fn outcome(reply: &Reply, is_all_throttled: bool) -> Answer {
    let retry = reply.retry();
    let later = Outcome::Later { after: reply.retry_after };
    let (outcome, words) = match reply.status {
        _ if is_refused(reply) => {
            (Outcome::Strike(REFUSED), "the push service refuses our signature")
        }
        200..=299 => (Outcome::Accepted, "accepted"),
        300..=399 => (Outcome::Config, "the push service redirects, which is not followed"),
        404 | 410 => (Outcome::Gone, "the browser is not subscribed any more"),
        406 => (later, "the push service holds this browser back"),
        413 => (Outcome::Rejected, "the message is too long for the push service"),
        429 if is_all_throttled => (retry, "the push service asks to slow down"),
        429 => (later, "the push service asks to slow down for this browser"),
        // An ntfy server, to which the phone is not connected.
        507 => {
            let after = Some(reply.retry_after.unwrap_or_default().max(HOUR));
            (Outcome::Later { after }, "the phone has not asked for messages of late")
        }
        400..=499 => (Outcome::Rejected, "the push service refuses the message"),
        _ => (retry, "the push service failed"),
    };
    reply.means(outcome, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::act::Act;
    use crate::model::language::Language;
    use crate::model::time::Timestamp;

    const BASE: &str = "https://toast.example";

    fn button(act: Act) -> Button {
        Button { act, label: "Later", path: format!("/act/{}", "x".repeat(100)) }
    }

    fn message(text: &str) -> Message {
        Message {
            event: "reminder.fired",
            text: text.into(),
            waiting: 3,
            open_path: "/due/7".into(),
            picture_path: Some("/pictures/abc".into()),
            buttons: Act::BUTTONS.map(button).into(),
            tag: "r42".into(),
            ..Message::of_test(Timestamp::default(), Language::Korean)
        }
    }

    fn envelope(message: &Message) -> Envelope {
        serde_json::from_slice(&render(message, BASE)).unwrap()
    }

    #[test]
    fn a_message_is_declarative_and_leads_to_absolute_addresses() {
        let found = envelope(&message("• 식빵"));
        assert_eq!((found.urgency.as_str(), found.topic.as_deref()), ("high", Some("r42")));
        let payload = found.payload;
        assert_eq!(payload["web_push"], 8030);
        let shown = &payload["notification"];
        assert_eq!(shown["body"], "• 식빵");
        assert_eq!(shown["navigate"], "https://toast.example/due/7");
        assert_eq!((&shown["lang"], &shown["silent"]), (&json!("ko"), &json!(false)));
        assert_eq!(shown["app_badge"], "3");
        assert_eq!(shown["image"], "https://toast.example/pictures/abc");
        let actions = shown["actions"].as_array().unwrap();
        let names: Vec<_> = actions.iter().map(|action| action["action"].as_str()).collect();
        assert_eq!(names, [Some("snooze"), Some("tomorrow"), Some("done")]);
        assert!(actions[0]["navigate"].as_str().unwrap().starts_with("https://toast.example/act/"));
        let plain = envelope(&Message::of_test(Timestamp::default(), Language::English));
        assert_eq!(plain.payload["notification"].get("app_badge"), None);
    }

    #[test]
    fn what_is_low_may_wait_and_only_a_fitting_tag_is_a_topic() {
        let low = Message { priority: Priority::Low, ..message("") };
        assert_eq!(envelope(&low).urgency, "low");
        for (tag, fits) in
            [("r42", true), ("a_-Z9", true), ("", false), ("r 42", false), (&"x".repeat(33), false)]
        {
            let tagged = Message { tag: tag.into(), ..message("") };
            assert_eq!(envelope(&tagged).topic.is_some(), fits, "{tag}");
        }
    }

    #[test]
    fn a_long_text_is_cut_to_what_every_service_carries() {
        for text in ["가".repeat(3000), "\n\"\\".repeat(3000), "x".repeat(2500)] {
            let long = Message { title: "제목".repeat(300), ..message(&text) };
            let payload = envelope(&long).payload;
            let length = payload.to_string().len();
            assert!((PAYLOAD_BYTES_MAX - 8..=PAYLOAD_BYTES_MAX).contains(&length), "{length}");
            assert!(payload["notification"]["body"].as_str().unwrap().ends_with('…'));
        }
    }

    #[test]
    fn where_addresses_leave_no_room_the_title_remains() {
        let base_url = format!("https://{}.example", "x".repeat(600));
        let sent: Envelope = serde_json::from_slice(&render(&message("Rye"), &base_url)).unwrap();
        assert!(sent.payload.to_string().len() <= PAYLOAD_BYTES_MAX);
        let shown = &sent.payload["notification"];
        assert_eq!((shown.get("body"), shown.get("actions")), (None, None));
        assert_eq!(shown["navigate"], format!("{base_url}/due/7"));
    }

    #[test]
    fn each_answer_has_its_outcome() {
        let after = Some(Duration::from_secs(900));
        let retry = Outcome::Retry { after, tries_max: None };
        let later = Outcome::Later { after };
        let refused = Outcome::Strike(REFUSED);
        for (statuses, body, expected) in [
            (&[200u16, 201, 202, 204, 299][..], "", Outcome::Accepted),
            (&[301, 302, 307, 308], "", Outcome::Config),
            (&[400], "{\"reason\":\"UnauthorizedRegistration\"}", refused),
            (&[401, 403], "{\"reason\":\"VapidPkHashMismatch\"}", refused),
            (&[404, 410], "", Outcome::Gone),
            (&[406, 429], "", later),
            (&[400, 402, 405, 408, 411, 413, 415, 422, 451], "", Outcome::Rejected),
            (&[500, 502, 503, 504], "{\"errno\":201}", retry),
            (&[507], "{\"code\":50701}", Outcome::Later { after: Some(HOUR) }),
        ] {
            for status in statuses {
                let reply = Reply { status: *status, retry_after: after, body: body.into() };
                assert_eq!(outcome(&reply, false).outcome, expected, "{status} {body}");
            }
        }
        let slowed = Reply { status: 429, retry_after: after, body: Vec::new() };
        assert_eq!(outcome(&slowed, true).outcome, retry);
    }
}
