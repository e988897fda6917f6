//! What each service is sent for a message.

use serde_json::json;

use super::*;
use crate::model::message::Priority;

const PICTURE: &str = "https://toaster.example/pictures/loaf.signed";

/// What is sent, with the head.
fn request(name: &str, message: &Message, is_repeat: bool) -> (String, Value) {
    let service = service(name);
    let attempt = Attempt { is_repeat, ..attempt_of((service.render)(message, BASE)) };
    let (_, mut sent) = exchange(service, &attempt, |_| WebReply::with("200 OK", &[], b"{}"));
    let (head, body) = sent.remove(0);
    (head.to_lowercase(), body)
}

#[test]
fn ntfy_gets_a_picture_a_click_and_buttons() {
    let (head, body) = request("ntfy", &reminder(&["A"]), false);
    assert!(head.starts_with("post / http/1.1\r\n"));
    assert!(head.contains("authorization: bearer secret-token\r\n"));
    assert_eq!(
        body,
        json!({
            "topic": "secret-topic",
            "title": "Evening: 7 links waiting",
            "message": "• A\nand 6 more",
            "priority": 4,
            "click": "https://toaster.example/due/9",
            "attach": PICTURE,
            "filename": "picture",
            "actions": [
                { "action": "http", "label": "Snooze 1 h", "method": "POST", "clear": true,
                  "url": "https://toaster.example/act/9.snooze.signed" },
                { "action": "http", "label": "Tomorrow", "method": "POST", "clear": true,
                  "url": "https://toaster.example/act/9.tomorrow.signed" },
                { "action": "http", "label": "Done", "method": "POST", "clear": true,
                  "url": "https://toaster.example/act/9.done.signed" },
            ],
            "sequence_id": "msg_7Qx",
        })
    );
}

#[test]
fn a_webhook_gets_everything_signed_with_every_secret() {
    let (_, body) = request("webhook", &reminder(&["A"]), false);
    assert_eq!(body["type"], "reminder.fired");
    assert_eq!(body["data"]["picture_url"], PICTURE);
    let done = "https://toaster.example/act/9.done.signed";
    assert_eq!(
        body["data"]["actions"][2],
        json!({ "action": "done", "label": "Done", "url": done })
    );
    let web = FakeWeb::new(|_| WebReply::with("200 OK", &[], b""));
    let secrets = ["whsec_bmV3bmV3bmV3bmV3", "whsec_b2xkb2xkb2xkb2xk"];
    let send = |secrets: &[&str]| {
        webhook::send(&client(), &attempt_of(b"{}".to_vec()), web.url("/").as_str(), secrets)
    };
    assert_eq!(send(&secrets).outcome, Outcome::Accepted);
    assert_eq!(send(&["damaged"]).outcome, Outcome::Config);
    assert_eq!(send(&[]).outcome, Outcome::Config);
    let head = web.requests().remove(0);
    let header = |name: &str| {
        let line = head.lines().find(|line| line.to_lowercase().starts_with(name)).unwrap();
        line.split_once(": ").unwrap().1.to_owned()
    };
    assert_eq!(header("webhook-id:"), "msg_7Qx");
    assert_eq!(header("webhook-timestamp:"), "1773005400");
    let signatures = header("webhook-signature:");
    let signatures: Vec<&str> = signatures.split(' ').collect();
    assert_eq!(signatures.len(), 2);
    assert!(signatures.iter().all(|signature| signature.starts_with("v1,")));
    assert_ne!(signatures[0], signatures[1]);
}

#[test]
fn gotify_gets_markdown_with_links() {
    let (head, body) = request("gotify", &reminder(&["A"]), false);
    assert!(head.starts_with("post /message http/1.1\r\n"), "{head}");
    assert!(head.contains("x-gotify-key: secret-token\r\n"));
    assert_eq!(body["title"], "Evening: 7 links waiting");
    assert_eq!(body["priority"], 5);
    let text = body["message"].as_str().unwrap();
    assert!(text.starts_with("• [A](<https://site.example/1?a=1&b=(2)|\"3\">)  \nand 6 more\n\n"));
    assert!(text.ends_with("[Done](<https://toaster.example/act/9.done.signed>)"), "{text}");
    assert_eq!(
        body["extras"],
        json!({
            "client::display": { "contentType": "text/markdown" },
            "client::notification": {
                "click": { "url": "https://toaster.example/due/9" },
                "bigImageUrl": PICTURE,
            },
        })
    );
    assert_eq!(body.as_object().unwrap().len(), 4, "nothing of ours is sent along");
}

#[test]
fn telegram_gets_html_with_links_and_a_row_of_buttons() {
    let (head, body) = request("telegram", &reminder(&["A"]), false);
    assert!(head.starts_with("post /bot42:secret-token/sendmessage http/1.1\r\n"), "{head}");
    let button = |label: &str, path: &str| json!({ "text": label, "url": format!("{BASE}{path}") });
    assert_eq!(
        body,
        json!({
            "chat_id": "secret-chat",
            "text": "<b>Evening: 7 links waiting</b>\n\
                • <a href=\"https://site.example/1?a=1&amp;b=(2)|&quot;3&quot;\">A</a>\nand 6 more",
            "parse_mode": "HTML",
            "link_preview_options": { "url": PICTURE, "prefer_small_media": true },
            "disable_notification": false,
            "reply_markup": { "inline_keyboard": [
                [button("Open", "/due/9")],
                [
                    button("Snooze 1 h", "/act/9.snooze.signed"),
                    button("Tomorrow", "/act/9.tomorrow.signed"),
                    button("Done", "/act/9.done.signed"),
                ],
            ] },
        })
    );
    // It would refuse the whole message for such buttons.
    let named = sent("telegram", &reminder(&["A"]), "http://nas:8080");
    assert_eq!(named["reply_markup"], json!(null));
    assert_eq!(named["link_preview_options"], json!({ "is_disabled": true }));
}

#[test]
fn discord_gets_a_line_and_an_embed_and_calls_nobody() {
    let (head, body) = request("discord", &reminder(&["A"]), false);
    assert!(head.starts_with("post /api/webhooks/1/secret-token?wait=true http/1.1\r\n"), "{head}");
    assert_eq!(body["content"], "Evening: 7 links waiting");
    assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
    assert_eq!(body["flags"], 0);
    assert_eq!(body["embeds"][0]["thumbnail"], json!({ "url": PICTURE }));
    let text = body["embeds"][0]["description"].as_str().unwrap();
    assert!(
        text.starts_with("• [A](<https://site.example/1?a=1&b=(2)|\"3\">)\nand 6 more\n\n[Open]")
    );
}

#[test]
fn slack_gets_blocks_and_a_text_for_the_notification() {
    let (head, body) = request("slack", &reminder(&["A"]), false);
    assert!(head.starts_with("post /services/t0/b0/secret-token http/1.1\r\n"), "{head}");
    assert_eq!(body["text"], "Evening: 7 links waiting");
    assert_eq!(
        body["blocks"][1],
        json!({
            "type": "section",
            "text": {
                "type": "mrkdwn",
                "text": "• <https://site.example/1?a=1&amp;b=(2)%7C\"3\"|A>\nand 6 more",
                "verbatim": true,
            },
            "accessory": { "type": "image", "image_url": PICTURE, "alt_text": "" },
        })
    );
    assert_eq!(
        body["blocks"][2]["elements"][1],
        json!({
            "type": "button",
            "text": { "type": "plain_text", "text": "Snooze 1 h" },
            "url": "https://toaster.example/act/9.snooze.signed",
        })
    );
}

#[test]
fn matrix_gets_an_event_under_the_delivery_s_key() {
    let (head, body) = request("matrix", &reminder(&["A"]), false);
    let path = "/_matrix/client/v3/rooms/%21secret%2droom%3ahome%2eexample/send/m.room.message";
    assert!(head.starts_with(&format!("put {path}/msg%5f7qx http/1.1\r\n")), "{head}");
    assert!(head.contains("authorization: bearer secret-token\r\n"));
    assert_eq!((&body["msgtype"], &body["m.mentions"]), (&json!("m.text"), &json!({})));
    assert_eq!(body["body"], "Evening: 7 links waiting\n• A\nand 6 more");
    let html = body["formatted_body"].as_str().unwrap();
    assert!(
        html.starts_with("<strong>Evening: 7 links waiting</strong><br>• <a href=\"https://site."),
        "{html}"
    );
    assert!(html.ends_with("9.done.signed\">Done</a>"), "{html}");
}

#[test]
fn apprise_gets_plain_text_for_its_key_and_tag() {
    let (head, body) = request("apprise", &reminder(&["A"]), false);
    assert!(head.starts_with("post /notify/secret%2dkey http/1.1\r\n"), "{head}");
    let text = body["body"].as_str().unwrap();
    assert!(text.starts_with("• A\nand 6 more\nOpen: https://toaster.example/due/9\n"), "{text}");
    assert_eq!((&body["type"], &body["format"]), (&json!("info"), &json!("text")));
    assert_eq!(body["tag"], "phone");
}

#[test]
fn only_a_repeat_says_so_where_a_service_would_show_it_twice() {
    let place = |body: &Value, name: &str| match name {
        "telegram" => body["text"].clone(),
        "discord" => body["content"].clone(),
        "slack" => json!(format!("{}", body["blocks"][0]["text"]["text"].as_str().unwrap())),
        _ => body["title"].clone(),
    };
    for name in ["gotify", "telegram", "discord", "slack", "apprise"] {
        for (is_repeat, expected) in [(false, false), (true, true)] {
            let (_, body) = request(name, &reminder(&["A"]), is_repeat);
            let text = place(&body, name);
            let text = text.as_str().unwrap();
            assert_eq!(text.starts_with("(repeat) "), expected, "{name} {text}");
            assert!(body.get("repeat_mark").is_none(), "{name}");
        }
    }
    for name in ["ntfy", "webhook", "matrix"] {
        let (_, body) = request(name, &reminder(&["A"]), true);
        assert!(!body.to_string().contains("repeat"), "{name}");
    }
}

#[test]
fn what_can_wait_makes_no_sound() {
    let low = Message { priority: Priority::Low, ..reminder(&["A"]) };
    let sent = |name| request(name, &low, false).1;
    assert_eq!(sent("ntfy")["priority"], 2);
    assert_eq!(sent("gotify")["priority"], 2);
    assert_eq!(sent("telegram")["disable_notification"], true);
    assert_eq!(sent("discord")["flags"], 4096);
}

#[test]
fn what_only_this_machine_could_open_is_left_out() {
    let message = reminder(&["A", "B"]);
    for service in SERVICES.iter().filter(|service| service.name != "webhook") {
        let body = sent(service.name, &message, "http://127.0.0.1:8080").to_string();
        assert!(!body.contains("127.0.0.1"), "{} {body}", service.name);
    }
}

#[test]
fn no_message_is_larger_than_a_service_takes() {
    let long = "가나다 & <라>".repeat(100);
    let titles = vec![long.as_str(); 50];
    let mut message = reminder(&titles);
    for link in &mut message.links {
        link.url = format!("https://site.example/{}", "&|".repeat(235));
    }
    let chars = |value: &Value| value.as_str().unwrap().chars().count();
    for service in &SERVICES {
        let bytes = (service.render)(&message, BASE).len();
        assert!(bytes < crate::model::delivery::BODY_BYTES_MAX, "{} {bytes}", service.name);
    }
    let sent = |name| request(name, &message, true).1;
    assert!(sent("ntfy")["message"].as_str().unwrap().len() <= 4096);
    assert!(chars(&sent("telegram")["text"]) <= 4096);
    let discord = sent("discord");
    assert!(chars(&discord["content"]) <= 2000);
    assert!(chars(&discord["embeds"][0]["description"]) <= 4096);
    let slack = sent("slack");
    for block in slack["blocks"].as_array().unwrap().iter().take(2) {
        assert!(chars(&block["text"]["text"]) <= 3000);
    }
    assert!(!slack.to_string().contains("site.example"), "no links that do not fit");
}
