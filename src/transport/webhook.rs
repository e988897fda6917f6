//! Signed webhooks: Standard Webhooks 1.0.0.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::{Value, json};

use super::{Reply, post};
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::message::{Button, Message, NamedLink};
use crate::model::text;
use crate::net::Client;

/// The specification wants bodies of at most 20 KB; each link takes less than 1 KB of it.
const LINKS_MAX: usize = 15;
const URL_BYTES_MAX: usize = 500;

/// Statuses that say the request itself is refused: worth a few tries, not hours of them.
const REFUSALS: [u16; 7] = [400, 401, 403, 404, 405, 413, 422];

/// The bytes of a message.
pub fn render(message: &Message, base_url: &str) -> Vec<u8> {
    let links: Vec<_> =
        message.links.iter().take(LINKS_MAX).map(|link| entry(link, base_url)).collect();
    let actions: Vec<_> = message.buttons.iter().map(|button| action(button, base_url)).collect();
    json!({
        "type": message.event,
        "timestamp": message.at.to_string(),
        "data": {
            "title": message.title,
            "text": message.text,
            "waiting": message.waiting,
            "links": links,
            "late_since": message.late_since.map(|at| at.to_string()),
            "missed": message.missed,
            "open_url": format!("{base_url}{}", message.open_path),
            "picture_url": message.picture_path.as_ref().map(|path| format!("{base_url}{path}")),
            "actions": actions,
        },
    })
    .to_string()
    .into_bytes()
}

/// A link in few bytes: an address of several kilobytes is named by our page about it.
fn entry(link: &NamedLink, base_url: &str) -> Value {
    let short = link.url.len() <= URL_BYTES_MAX;
    let url = if short { link.url.clone() } else { format!("{base_url}/bookmarks/{}", link.id) };
    json!({ "id": link.id.0, "title": text::shortened(&link.title, 100), "url": url })
}

/// What can be done at once, by a POST without a body.
fn action(button: &Button, base_url: &str) -> Value {
    json!({
        "action": button.act.as_str(),
        "label": button.label,
        "url": format!("{base_url}{}", button.path),
    })
}

/// Signs with each of the secrets: while one takes the place of another, the receiver may know
/// either.
pub fn send(client: &Client, attempt: &Attempt, url: &str, secrets: &[&str]) -> Answer {
    let timestamp = attempt.started_at.as_s().to_string();
    let signatures: Option<Vec<String>> = secrets
        .iter()
        .map(|secret| sign(secret, &attempt.key, &timestamp, &attempt.body))
        .collect();
    let Some(signatures) = signatures.filter(|all| !all.is_empty()) else {
        return Answer::new(
            Outcome::Config,
            "its signing secret is damaged; delete it and add it again",
        );
    };
    let headers = [
        ("webhook-id", attempt.key.as_str()),
        ("webhook-timestamp", &timestamp),
        ("webhook-signature", &signatures.join(" ")),
    ];
    match post(client, url, &headers, &attempt.body, attempt.started_at) {
        Ok(reply) => outcome(&reply),
        Err(answer) => answer,
    }
}

/// `v1,` and the HMAC-SHA-256 of id, timestamp and body under the decoded secret.
fn sign(secret: &str, id: &str, timestamp: &str, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        context.update(part);
    }
    Some(format!("v1,{}", STANDARD.encode(context.sign())))
}

fn outcome(reply: &Reply) -> Answer {
    let few = Outcome::Retry { after: reply.retry_after, tries_max: Some(3) };
    let (outcome, words) = match reply.status {
        300..=399 => {
            (Outcome::Config, "it redirects, which is not followed; enter the final address")
        }
        410 => (Outcome::Gone, "the receiver says it is gone for good"),
        status if REFUSALS.contains(&status) => (few, "the receiver refuses it"),
        200..=299 | 429 => return reply.usual(),
        _ => (reply.retry(), "the receiver failed"),
    };
    reply.means(outcome, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        let signature = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(sign("MfKQ9r8G", "m", "1", b""), None);
        assert_eq!(sign("whsec_***", "m", "1", b""), None);
    }

    #[test]
    fn a_body_stays_within_20_kb() {
        use crate::model::id::BookmarkId;
        use crate::model::language::Language;
        use crate::model::time::Timestamp;
        let link =
            |n| NamedLink { id: BookmarkId(n), title: "제".repeat(500), url: "x".repeat(8000) };
        let links = (0..50).map(link).collect();
        let message =
            Message { links, ..Message::of_test(Timestamp::default(), Language::English) };
        assert!(render(&message, "https://toaster.example").len() < 20_000);
    }
}
