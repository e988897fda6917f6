//! Telegram, through a bot: messages in its HTML, with buttons that open our pages.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::text::{self, MARK};
use super::{Reply, post, public_url};
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::message::{Message, Priority};
use crate::net::Client;

/// Telegram takes 4096 characters without the tags; these count them, and leave room for a title
/// and the mark of a repeat.
const TEXT_CHARS_MAX: usize = 3500;

/// The bytes of a message; the chat is added when it is sent, since chats move.
pub fn render(message: &Message, base_url: &str) -> Vec<u8> {
    let link = |title: &str, url: &str| {
        format!("<a href=\"{}\">{}</a>", text::html(url), text::html(title))
    };
    let lines = text::lines(message, base_url, TEXT_CHARS_MAX, text::html, link);
    let picture = message.picture_path.as_ref().and_then(|path| public_url(base_url, path));
    let preview = match picture.filter(|url| is_accepted(url)) {
        Some(url) => json!({ "url": url, "prefer_small_media": true }),
        None => json!({ "is_disabled": true }),
    };
    let mut body = json!({
        "text": format!("<b>{}</b>\n{lines}", text::html(&message.title)),
        "parse_mode": "HTML",
        "link_preview_options": preview,
        "disable_notification": message.priority == Priority::Low,
        MARK: message.repeat_mark(),
    });
    let mut ways = text::ways(message, base_url).into_iter().filter(|(_, url)| is_accepted(url));
    if let Some(open) = ways.next() {
        let others: Vec<Value> = ways.map(button).collect();
        let rows = [vec![button(open)], others];
        let rows: Vec<_> = rows.into_iter().filter(|row| !row.is_empty()).collect();
        body["reply_markup"] = json!({ "inline_keyboard": rows });
    }
    body.to_string().into_bytes()
}

fn button((label, url): (&str, String)) -> Value {
    json!({ "text": label, "url": url })
}

/// Telegram refuses a whole message for a button that leads to a host without a dot.
fn is_accepted(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.host_str().is_some_and(|host| host.contains('.')))
}

/// Sends to a chat through the Bot API at `api`, an address without a slash at the end. Where a
/// group has become another chat, the answer names it.
pub fn send(
    client: &Client,
    attempt: &Attempt,
    api: &str,
    bot_token: &str,
    chat_id: &str,
) -> Answer {
    let url = format!("{api}/bot{bot_token}/sendMessage");
    let mut body = text::marked(attempt, &["/text"]);
    let mut send_to = |chat_id: &str| {
        body["chat_id"] = chat_id.into();
        post(client, &url, &[], body.to_string().as_bytes(), attempt.started_at)
    };
    let moved_to = match send_to(chat_id) {
        Err(answer) => return answer,
        Ok(reply) => match moved_to(&reply) {
            None => return outcome(&reply),
            Some(moved_to) => moved_to,
        },
    };
    let answer = match send_to(&moved_to) {
        Err(answer) => answer,
        Ok(reply) => outcome(&reply),
    };
    Answer { moved_to: Some(moved_to), ..answer }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    description: String,
    parameters: Parameters,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Parameters {
    retry_after: Option<u64>,
    migrate_to_chat_id: Option<i64>,
}

/// The id of the chat that a group has become.
fn moved_to(reply: &Reply) -> Option<String> {
    let id = reply.json::<ErrorBody>().parameters.migrate_to_chat_id;
    id.filter(|_| reply.status == 400).map(|id| id.to_string())
}

fn outcome(reply: &Reply) -> Answer {
    let body: ErrorBody = reply.json();
    let (outcome, words) = match reply.status {
        400 if body.description.contains("chat not found") => {
            (Outcome::Gone, "there is no such chat")
        }
        401 | 404 => (Outcome::Config, "Telegram does not know the bot's token"),
        403 => (Outcome::Gone, "the chat does not let the bot in any more"),
        429 => {
            let wish = body.parameters.retry_after.map(Duration::from_secs);
            (reply.retry_in(wish), "Telegram asks to slow down")
        }
        _ => return reply.usual(),
    };
    reply.means(outcome, words)
}
