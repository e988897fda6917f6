//! ntfy, published as JSON to the server's root: no header carries a title.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Reply, cut, post, public_url};
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::message::{Button, Message, Priority};
use crate::model::text;
use crate::model::time::Timestamp;
use crate::net::Client;

/// What ntfy takes before it turns a message into an attachment.
const MESSAGE_BYTES_MAX: usize = 4096;
const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

/// The bytes of a message to a topic.
pub fn render(message: &Message, topic: &str, base_url: &str) -> Vec<u8> {
    let mut body = json!({
        "topic": topic,
        "title": text::shortened(&message.title, 200),
        "message": cut(&message.text, MESSAGE_BYTES_MAX),
        "priority": priority(message.priority),
    });
    if let Some(url) = public_url(base_url, &message.open_path) {
        body["click"] = url.into();
    }
    if let Some(url) = message.picture_path.as_ref().and_then(|path| public_url(base_url, path)) {
        // The address ends in what nobody wants to read as a name.
        body["attach"] = url.into();
        body["filename"] = "picture".into();
    }
    // Opening is what a tap does, so that all three places are for what can be done at once.
    let actions: Vec<_> = message.buttons.iter().filter_map(|b| action(b, base_url)).collect();
    if !actions.is_empty() {
        body["actions"] = actions.into();
    }
    body.to_string().into_bytes()
}

fn action(button: &Button, base_url: &str) -> Option<Value> {
    let url = public_url(base_url, &button.path)?;
    Some(json!({
        "action": "http", "label": button.label, "url": url, "method": "POST", "clear": true,
    }))
}

/// On ntfy's scale of 1 to 5, 3 being its default.
const fn priority(priority: Priority) -> u8 {
    match priority {
        Priority::Low => 2,
        Priority::Normal => 4,
    }
}

/// Publishes at the server, with an access token where it wants one.
pub fn send(client: &Client, attempt: &Attempt, server: &str, token: Option<&str>) -> Answer {
    let body = with_sequence(&attempt.body, &attempt.key);
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> =
        bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
    match post(client, server, &headers, &body, attempt.started_at) {
        Ok(reply) => outcome(&reply, attempt.started_at),
        Err(answer) => answer,
    }
}

/// Adds the delivery's key as the sequence id, by which a repeat updates the notification
/// that is shown instead of adding one (server 2.16 and later).
fn with_sequence(body: &[u8], key: &str) -> Vec<u8> {
    let Ok(Value::Object(mut fields)) = serde_json::from_slice(body) else {
        return body.to_vec();
    };
    fields.insert("sequence_id".into(), key.into());
    Value::Object(fields).to_string().into_bytes()
}

/// What ntfy answers: the stored message, or its own error code, which says more than the status.
#[derive(Default, Deserialize)]
#[serde(default)]
struct AnswerBody {
    code: u32,
    sequence_id: String,
}

fn outcome(reply: &Reply, now: Timestamp) -> Answer {
    let body: AnswerBody = reply.json();
    let retry = |floor: Duration| reply.retry_in(Some(floor));
    let (outcome, words) = match (reply.status, body.code) {
        (200..=299, _) if body.sequence_id.is_empty() => {
            (Outcome::Accepted, "accepted; a server before 2.16 shows repeats twice")
        }
        (401, _) => (Outcome::Config, "the server refuses the access token"),
        (403, _) => (Outcome::Config, "the server does not allow this topic"),
        (404, _) => (Outcome::Config, "there is no ntfy server at that address"),
        (429, 42909) => (Outcome::Config, "the server counts too many failed sign-ins"),
        (429, 42908) => (
            retry(until_midnight(now)),
            "the server's quota for the day is used up, until 0:00 UTC",
        ),
        (429, _) => (retry(MINUTE), "the server asks to slow down"),
        (507, _) => (retry(HOUR), "nobody has subscribed to the topic"),
        _ => return reply.usual(),
    };
    reply.means(outcome, words)
}

/// The time to the next midnight in UTC, when ntfy counts anew.
fn until_midnight(now: Timestamp) -> Duration {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    Duration::from_millis((DAY_MS - now.as_ms().rem_euclid(DAY_MS)).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::language::Language;
    use crate::model::time::Timestamp;

    #[test]
    fn a_long_text_is_cut_and_the_key_goes_along() {
        let message = Message {
            text: "가".repeat(3000),
            ..Message::of_test(Timestamp::default(), Language::English)
        };
        let body = render(&message, "links", "https://toaster.example");
        let sent: Value = serde_json::from_slice(&with_sequence(&body, "msg_1")).unwrap();
        assert_eq!(sent["message"].as_str().unwrap().len(), 4095);
        assert_eq!(sent["sequence_id"], "msg_1");
        assert_eq!(sent["click"], "https://toaster.example/");
        let local = render(&message, "links", "http://127.0.0.1:8080");
        assert!(!String::from_utf8(local).unwrap().contains("click"));
    }
}
