//! Discord, through a channel's webhook: a line that a phone shows, and an embed with the titles.

use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::text::{self, MARK};
use super::{Reply, post, public_url};
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::message::{Message, Priority};
use crate::net::Client;

/// Discord takes 4096 characters in an embed's description; the rest is for the ways to us.
const TEXT_CHARS_MAX: usize = 2500;
const SUPPRESS_NOTIFICATIONS: u32 = 1 << 12;

/// The bytes of a message.
pub fn render(message: &Message, base_url: &str) -> Vec<u8> {
    let mut description =
        text::lines(message, base_url, TEXT_CHARS_MAX, text::markdown, text::markdown_link);
    // Only the webhooks of applications may have buttons; these are links.
    let ways = text::ways(message, base_url);
    if !ways.is_empty() {
        let ways: Vec<_> =
            ways.iter().map(|(label, url)| text::markdown_link(label, url)).collect();
        description.push_str(&format!("\n\n{}", ways.join(" · ")));
    }
    let mut embed = json!({ "description": description });
    if let Some(url) = message.picture_path.as_ref().and_then(|path| public_url(base_url, path)) {
        embed["thumbnail"] = json!({ "url": url });
    }
    json!({
        "content": text::markdown(&message.title),
        "embeds": [embed],
        "allowed_mentions": { "parse": [] },
        "flags": if message.priority == Priority::Low { SUPPRESS_NOTIFICATIONS } else { 0 },
        MARK: message.repeat_mark(),
    })
    .to_string()
    .into_bytes()
}

/// Posts to the webhook at `url`.
pub fn send(client: &Client, attempt: &Attempt, url: &str) -> Answer {
    let Ok(mut url) = Url::parse(url) else {
        return Answer::new(Outcome::Config, "its address cannot be used");
    };
    // Otherwise it answers before it has looked at the message.
    url.query_pairs_mut().append_pair("wait", "true");
    let body = text::marked(attempt, &["/content"]).to_string();
    match post(client, url.as_str(), &[], body.as_bytes(), attempt.started_at) {
        Ok(reply) => outcome(&reply),
        Err(answer) => answer,
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    retry_after: Option<f64>,
}

fn outcome(reply: &Reply) -> Answer {
    let (outcome, words) = match reply.status {
        // Each refusal counts towards a ban of this server's address.
        401 | 403 => (Outcome::Config, "Discord refuses the webhook's address"),
        404 => (Outcome::Gone, "the webhook was deleted in Discord"),
        429 => {
            let wish = text::wait(reply.json::<ErrorBody>().retry_after);
            (reply.retry_in(wish), "Discord asks to slow down")
        }
        _ => return reply.usual(),
    };
    reply.means(outcome, words)
}
