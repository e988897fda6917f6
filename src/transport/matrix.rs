//! Matrix: an event under the delivery's key, which a homeserver takes once however often it
//! is sent.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::json;

use super::{Reply, ask, text};
use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::message::Message;
use crate::net::{Client, Method};

/// An event has room for 64 KB; this keeps the body within ours.
const TEXT_CHARS_MAX: usize = 4000;

/// The bytes of a message.
pub fn render(message: &Message, base_url: &str) -> Vec<u8> {
    let plain = |text: &str| text::html(text).replace('\n', "<br>");
    let link = |title: &str, url: &str| {
        format!("<a href=\"{}\">{}</a>", text::html(url), text::html(title))
    };
    let lines = text::lines(message, base_url, TEXT_CHARS_MAX, plain, link).replace('\n', "<br>");
    let mut html = format!("<strong>{}</strong><br>{lines}", text::html(&message.title));
    let ways = text::ways(message, base_url);
    if !ways.is_empty() {
        let ways: Vec<_> = ways.iter().map(|(label, url)| link(label, url)).collect();
        html.push_str(&format!("<br>{}", ways.join(" · ")));
    }
    json!({
        "msgtype": "m.text",
        "body": format!("{}\n{}", message.title, message.text),
        "format": "org.matrix.custom.html",
        "formatted_body": html,
        // Whatever a title says, nobody is called by it.
        "m.mentions": {},
    })
    .to_string()
    .into_bytes()
}

/// Sends to a room, by its id or an alias of it.
pub fn send(client: &Client, attempt: &Attempt, server: &str, room: &str, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    let api = format!("{}/_matrix/client/v3", server.trim_end_matches('/'));
    let call = |method: Method, path: &str, body: &[u8]| {
        let headers = [("authorization", bearer.as_str())];
        ask(client, method, &format!("{api}{path}"), &headers, body, attempt.started_at)
    };
    let room_id = if room.starts_with('#') {
        match call(Method::GET, &format!("/directory/room/{}", encoded(room)), &[]) {
            Err(answer) => return answer,
            Ok(reply) => match reply.json::<Alias>().room_id {
                Some(id) if reply.status == 200 => id,
                _ => return no_alias(&reply),
            },
        }
    } else {
        room.to_owned()
    };
    let path =
        format!("/rooms/{}/send/m.room.message/{}", encoded(&room_id), encoded(&attempt.key));
    match call(Method::PUT, &path, &attempt.body) {
        Ok(reply) => outcome(&reply),
        Err(answer) => answer,
    }
}

/// An id as one step of a path.
fn encoded(id: &str) -> String {
    utf8_percent_encode(id, NON_ALPHANUMERIC).to_string()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Alias {
    room_id: Option<String>,
}

fn no_alias(reply: &Reply) -> Answer {
    match reply.status {
        200..=299 | 400 | 404 => reply.means(Outcome::Config, "there is no room of that name"),
        _ => outcome(reply),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    retry_after_ms: Option<u64>,
}

fn outcome(reply: &Reply) -> Answer {
    let (outcome, words) = match reply.status {
        401 => (Outcome::Config, "the homeserver does not know the access token"),
        403 => (Outcome::Gone, "the account is not in the room, or may not write there"),
        404 => (Outcome::Config, "there is no Matrix homeserver at that address"),
        429 => {
            // Older homeservers say it in the body.
            let wish = reply.json::<ErrorBody>().retry_after_ms.map(Duration::from_millis);
            (reply.retry_in(wish), "the homeserver asks to slow down")
        }
        _ => return reply.usual(),
    };
    reply.means(outcome, words)
}
