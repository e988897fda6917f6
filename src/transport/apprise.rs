//! Apprise API: one server that passes messages on to any of a hundred services.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::text::{self, MARK};
use super::{Reply, post};
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::message::Message;
use crate::net::Client;

/// The bytes of a message. It is plain text, which Apprise escapes as each service wants it.
pub fn render(message: &Message, base_url: &str) -> Vec<u8> {
    let mut body = unmentioned(&message.text);
    for (label, url) in text::ways(message, base_url) {
        body.push_str(&format!("\n{label}: {url}"));
    }
    json!({
        "title": unmentioned(&message.title),
        "body": body,
        "type": if message.event == "destination.failing" { "warning" } else { "info" },
        "format": "text",
        MARK: message.repeat_mark(),
    })
    .to_string()
    .into_bytes()
}

/// Nobody knows where it goes, and in many places an `@` before a word calls people: a space
/// without width keeps the two apart.
fn unmentioned(text: &str) -> String {
    text.replace('@', "@\u{200b}")
}

/// Posts to the configuration of that key, to all of it or what bears the tag.
pub fn send(
    client: &Client,
    attempt: &Attempt,
    server: &str,
    key: &str,
    tag: Option<&str>,
) -> Answer {
    let mut body = text::marked(attempt, &["/title"]);
    if let Some(tag) = tag {
        body["tag"] = tag.into();
    }
    let key = utf8_percent_encode(key, NON_ALPHANUMERIC);
    let url = format!("{}/notify/{key}", server.trim_end_matches('/'));
    match post(client, &url, &[], body.to_string().as_bytes(), attempt.started_at) {
        Ok(reply) => outcome(&reply),
        Err(answer) => answer,
    }
}

fn outcome(reply: &Reply) -> Answer {
    let (outcome, words) = match reply.status {
        204 | 421 => (Outcome::Config, "Apprise has no configuration of that key"),
        401 | 403 | 404 => (Outcome::Config, "there is no Apprise API open to us at that address"),
        // To repeat it would send it twice to those that took it.
        424 => (Outcome::Rejected, "at least one of the services behind Apprise failed"),
        _ => return reply.usual(),
    };
    reply.means(outcome, words)
}
