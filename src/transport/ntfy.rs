//! ntfy, published as JSON to the server's root: no header carries a title.

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::{Reply, answered, cut, post, public_url};
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::message::{Message, Priority};
use crate::model::text;
use crate::net::Client;

/// What ntfy takes before it turns a message into an attachment.
const MESSAGE_BYTES_MAX: usize = 4096;
const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

pub(super) fn render(message: &Message, topic: &str, base_url: &str) -> Vec<u8> {
    let mut body = json!({
        "topic": topic,
        "title": text::shortened(&message.title, 200),
        "message": cut(&message.text, MESSAGE_BYTES_MAX),
        "priority": priority(message.priority),
    });
    if let Some(url) = public_url(base_url, &message.open_path) {
        body["click"] = url.into();
    }
    body.to_string().into_bytes()
}

/// On ntfy's scale of 1 to 5, 3 being its default.
const fn priority(priority: Priority) -> u8 {
    match priority {
        Priority::Low => 2,
        Priority::Normal => 4,
    }
}

pub(super) fn send(
    client: &Client,
    attempt: &Attempt,
    server: &str,
    token: Option<&str>,
) -> Answer {
    let body = with_sequence(&attempt.body, &attempt.key);
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> =
        bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
    match post(client, server, &headers, &body, attempt.started_at) {
        Ok(reply) => outcome(&reply),
        Err(answer) => answer,
    }
}

/// Adds the delivery's key as the sequence id, by which a repeat updates the notification
/// that is shown instead of adding one (server 2.16 and later).
fn with_sequence(body: &[u8], key: &str) -> Vec<u8> {
    let Ok(serde_json::Value::Object(mut fields)) = serde_json::from_slice(body) else {
        return body.to_vec();
    };
    fields.insert("sequence_id".into(), key.into());
    serde_json::Value::Object(fields).to_string().into_bytes()
}

/// ntfy's own error code, which says more than the status.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    code: u32,
}

fn outcome(reply: &Reply) -> Answer {
    let code = serde_json::from_slice::<ErrorBody>(&reply.body).unwrap_or_default().code;
    let retry = |floor: Duration| Outcome::Retry {
        after: Some(reply.retry_after.unwrap_or_default().max(floor)),
        tries_max: None,
    };
    let (outcome, words) = match (reply.status, code) {
        (200..=299, _) => (Outcome::Accepted, "accepted"),
        (300..=399, _) => (Outcome::Config, "the server redirects; enter its final address"),
        (401, _) => (Outcome::Config, "the server refuses the access token"),
        (403, _) => (Outcome::Config, "the server does not allow this topic"),
        (404, _) => (Outcome::Config, "there is no ntfy server at that address"),
        (429, 42909) => (Outcome::Config, "the server counts too many failed sign-ins"),
        (429, 42908) => (retry(HOUR), "the server's daily quota is used up"),
        (429, _) => (retry(MINUTE), "the server asks to slow down"),
        (507, _) => (retry(HOUR), "nobody has subscribed to the topic"),
        (408, _) => (retry(Duration::ZERO), "the server waited too long"),
        (400..=499, _) => (Outcome::Rejected, "the server refuses the message"),
        _ => (retry(Duration::ZERO), "the server failed"),
    };
    answered(outcome, reply.status, format!("{words} (HTTP {})", reply.status))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::language::Language;
    use crate::model::time::Timestamp;

    #[test]
    fn each_answer_has_its_outcome() {
        let rows = [
            (200, "", "accepted", None),
            (400, r#"{"code":40001}"#, "rejected", None),
            (401, r#"{"code":40101}"#, "config", None),
            (403, "", "config", None),
            (404, "<html>", "config", None),
            (413, "", "rejected", None),
            (429, r#"{"code":42901}"#, "retry", Some(60)),
            (429, r#"{"code":42908}"#, "retry", Some(3600)),
            (429, r#"{"code":42909}"#, "config", None),
            (500, "", "retry", Some(0)),
            (507, r#"{"code":50701}"#, "retry", Some(3600)),
        ];
        for (status, body, name, after) in rows {
            let answer = outcome(&Reply { status, retry_after: None, body: body.into() });
            assert_eq!(answer.outcome.as_str(), name, "{status} {body}");
            if let Outcome::Retry { after: found, .. } = answer.outcome {
                assert_eq!(found.map(|after| after.as_secs()), after, "{status} {body}");
            }
        }
    }

    #[test]
    fn a_long_text_is_cut_and_the_key_goes_along() {
        let message = Message {
            text: "가".repeat(3000),
            ..Message::of_test(Timestamp::default(), Language::English)
        };
        let body = render(&message, "links", "https://toaster.example");
        let sent: serde_json::Value =
            serde_json::from_slice(&with_sequence(&body, "msg_1")).unwrap();
        assert_eq!(sent["message"].as_str().unwrap().len(), 4095);
        assert_eq!(sent["sequence_id"], "msg_1");
        assert_eq!(sent["click"], "https://toaster.example/");
        let local = render(&message, "links", "http://127.0.0.1:8080");
        assert!(!String::from_utf8(local).unwrap().contains("click"));
    }
}
