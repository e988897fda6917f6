//! Signed webhooks: Standard Webhooks 1.0.0.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde_json::json;

use super::{Reply, answered, post};
use crate::model::delivery::{Answer, Attempt, Message, NamedLink, Outcome};
use crate::model::text;
use crate::net::Client;

/// The specification wants bodies of at most 20 KB; each link takes less than 1 KB of it.
const LINKS_MAX: usize = 15;
const URL_BYTES_MAX: usize = 500;

/// Statuses that say the request itself is refused: worth a few tries, not hours of them.
const REFUSALS: [u16; 7] = [400, 401, 403, 404, 405, 413, 422];

pub(super) fn render(message: &Message, base_url: &str) -> Vec<u8> {
    let links: Vec<_> =
        message.links.iter().take(LINKS_MAX).map(|link| entry(link, base_url)).collect();
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
        },
    })
    .to_string()
    .into_bytes()
}

/// A link in few bytes: an address of several kilobytes is named by our page about it.
fn entry(link: &NamedLink, base_url: &str) -> serde_json::Value {
    let short = link.url.len() <= URL_BYTES_MAX;
    let url = if short { link.url.clone() } else { format!("{base_url}/bookmarks/{}", link.id) };
    json!({ "id": link.id.0, "title": text::shortened(&link.title, 100), "url": url })
}

/// Signed with each of the secrets: a receiver knows at least one of them.
pub(super) fn send(client: &Client, attempt: &Attempt, url: &str, secrets: &[&str]) -> Answer {
    let timestamp = attempt.started_at.as_s().to_string();
    let sign = |secret: &&str| sign(secret, &attempt.key, &timestamp, &attempt.body);
    let Some(signatures) = secrets.iter().map(sign).collect::<Option<Vec<_>>>() else {
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
    let retry = |tries_max| Outcome::Retry { after: reply.retry_after, tries_max };
    let (outcome, words) = match reply.status {
        200..=299 => (Outcome::Accepted, "accepted"),
        300..=399 => {
            (Outcome::Config, "it redirects, which is not followed; enter the final address")
        }
        410 => (Outcome::Gone, "the receiver says it is gone for good"),
        429 => (retry(None), "the receiver asks to slow down"),
        status if REFUSALS.contains(&status) => (retry(Some(3)), "the receiver refuses it"),
        _ => (retry(None), "the receiver failed"),
    };
    answered(outcome, reply.status, format!("{words} (HTTP {})", reply.status))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
    fn each_status_has_its_outcome() {
        let after = Some(Duration::from_secs(7));
        let retry = Outcome::Retry { after, tries_max: None };
        let few = Outcome::Retry { after, tries_max: Some(3) };
        for (statuses, expected) in [
            (&[200u16, 201, 202, 204, 299][..], Outcome::Accepted),
            (&[301, 302, 307, 308], Outcome::Config),
            (&[410], Outcome::Gone),
            (&[429, 502, 503, 504, 408, 425, 500, 418, 599], retry),
            (&REFUSALS, few),
        ] {
            for status in statuses {
                let reply = Reply { status: *status, retry_after: after, body: Vec::new() };
                assert_eq!(outcome(&reply).outcome, expected, "{status}");
            }
        }
    }

    #[test]
    fn a_body_stays_within_20_kb() {
        use crate::model::id::BookmarkId;
        let link =
            |n| NamedLink { id: BookmarkId(n), title: "제".repeat(500), url: "x".repeat(8000) };
        let links = (0..50).map(link).collect();
        let message =
            Message { links, ..Message::of_test(crate::model::time::Timestamp::default()) };
        assert!(render(&message, "https://toaster.example").len() < 20_000);
    }
}
