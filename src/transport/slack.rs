//! Slack, through an incoming webhook.

use serde_json::{Value, json};

use super::text::{self, MARK};
use super::{Reply, post, public_url};
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::message::Message;
use crate::net::Client;

/// Slack takes 3000 characters in one block.
const TEXT_CHARS_MAX: usize = 2900;

/// The bytes of a message. `text` is what a notification shows, the blocks are what the channel
/// does.
pub fn render(message: &Message, base_url: &str) -> Vec<u8> {
    let title = escaped(&message.title);
    let mut lines = section(&text::lines(message, base_url, TEXT_CHARS_MAX, escaped, link));
    if let Some(url) = message.picture_path.as_ref().and_then(|path| public_url(base_url, path)) {
        lines["accessory"] = json!({ "type": "image", "image_url": url, "alt_text": "" });
    }
    let mut blocks = vec![section(&title), lines];
    let buttons: Vec<Value> = text::ways(message, base_url).into_iter().map(button).collect();
    if !buttons.is_empty() {
        blocks.push(json!({ "type": "actions", "elements": buttons }));
    }
    json!({ "text": title, "blocks": blocks, MARK: message.repeat_mark() }).to_string().into_bytes()
}

/// A text in which nothing but our own links is one: no names of channels and people either.
fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } })
}

fn button((label, url): (&str, String)) -> Value {
    json!({ "type": "button", "text": { "type": "plain_text", "text": label }, "url": url })
}

/// The three characters by which Slack tells its own marks, mentions among them.
fn escaped(text: &str) -> String {
    htmlize::escape_text(text).into_owned()
}

fn link(title: &str, url: &str) -> String {
    format!("<{}|{}>", escaped(url).replace('|', "%7C"), escaped(title))
}

/// Posts to the webhook at `url`.
pub fn send(client: &Client, attempt: &Attempt, url: &str) -> Answer {
    let mut body = text::marked(attempt, &["/text", "/blocks/0/text/text"]);
    let send =
        |body: &Value| post(client, url, &[], body.to_string().as_bytes(), attempt.started_at);
    let reply = match send(&body) {
        // Slack asks for the picture at once, and refuses the whole message where it cannot.
        Ok(reply) if reply.status == 400 && said(&reply, "invalid_blocks") => {
            if let Some(Value::Object(lines)) = body.pointer_mut("/blocks/1") {
                lines.remove("accessory");
            }
            send(&body)
        }
        reply => reply,
    };
    match reply {
        Ok(reply) => outcome(&reply),
        Err(answer) => answer,
    }
}

fn said(reply: &Reply, word: &str) -> bool {
    reply.body.starts_with(word.as_bytes())
}

fn outcome(reply: &Reply) -> Answer {
    let (outcome, words) = match reply.status {
        403 => (Outcome::Config, "the workspace does not allow the webhook"),
        404 if said(reply, "no_service") || said(reply, "no_team") => {
            (Outcome::Gone, "the webhook was removed in Slack")
        }
        404 => (Outcome::Config, "there is no webhook at that address"),
        410 => (Outcome::Gone, "the channel is archived"),
        _ => return reply.usual(),
    };
    reply.means(outcome, words)
}
