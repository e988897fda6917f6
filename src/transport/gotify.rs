//! Gotify: messages in Markdown, so that titles and buttons are links.

use serde_json::json;

use super::text::{self, MARK};
use super::{Reply, post, public_url};
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::message::{Message, Priority};
use crate::net::Client;

/// Gotify has no limit of its own; this keeps the body within ours.
const TEXT_CHARS_MAX: usize = 4000;

/// The bytes of a message.
pub fn render(message: &Message, base_url: &str) -> Vec<u8> {
    let lines = text::lines(message, base_url, TEXT_CHARS_MAX, text::markdown, text::markdown_link);
    // Markdown joins lines unless they end in two spaces.
    let mut body = lines.replace('\n', "  \n");
    let ways = text::ways(message, base_url);
    if !ways.is_empty() {
        let ways: Vec<_> =
            ways.iter().map(|(label, url)| text::markdown_link(label, url)).collect();
        body.push_str(&format!("\n\n{}", ways.join(" · ")));
    }
    let mut extras = json!({ "client::display": { "contentType": "text/markdown" } });
    let mut notification = json!({});
    if let Some(url) = public_url(base_url, &message.open_path) {
        notification["click"] = json!({ "url": url });
    }
    if let Some(url) = message.picture_path.as_ref().and_then(|path| public_url(base_url, path)) {
        notification["bigImageUrl"] = url.into();
    }
    extras["client::notification"] = notification;
    json!({
        "title": message.title,
        "message": body,
        "priority": priority(message.priority),
        "extras": extras,
        MARK: message.repeat_mark(),
    })
    .to_string()
    .into_bytes()
}

/// On Gotify's scale of 0 to 10; from 4 on a phone makes a sound.
const fn priority(priority: Priority) -> u8 {
    match priority {
        Priority::Low => 2,
        Priority::Normal => 5,
    }
}

/// Posts to the server, whose address may have a path, with an application's token.
pub fn send(client: &Client, attempt: &Attempt, server: &str, token: &str) -> Answer {
    let body = text::marked(attempt, &["/title"]).to_string();
    let url = format!("{}/message", server.trim_end_matches('/'));
    let headers = [("x-gotify-key", token)];
    match post(client, &url, &headers, body.as_bytes(), attempt.started_at) {
        Ok(reply) => outcome(&reply),
        Err(answer) => answer,
    }
}

fn outcome(reply: &Reply) -> Answer {
    let words = match reply.status {
        401 | 403 => "the server refuses the application's token",
        404 => "there is no Gotify server at that address",
        _ => return reply.usual(),
    };
    reply.means(Outcome::Config, words)
}
