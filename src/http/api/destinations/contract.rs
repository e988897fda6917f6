//! What the reference says of destinations. What an address is made of follows from its kind.

use std::slice::from_ref;

use serde_json::{Map, Value, json};

use super::{DestinationReply, TestReply};
use crate::http::api::contract::{Operation, delete, get, patch, post};
use crate::model::destination::{Field, Kind};
use crate::model::event::Event;

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    let webhook =
        json!({ "kind": "webhook", "name": "My script", "url": "https://hooks.example/toaster" });
    let wait = json!({ "type": "boolean", "default": false });
    vec![
        get("destinations", "List destinations")
            .list::<DestinationReply>("Destination", "The destinations."),
        post("destinations", "Add a destination")
            .describe("What it takes follows from its `kind`. A webhook may be told of `events`; one that is gets no pushes unless it asks for them. Secrets never come back, but for the one that messages to a webhook are signed with, which this answer alone shows.")
            .body_like("NewDestination", new(), webhook)
            .reply::<DestinationReply>(201, "Destination", "It is added.")
            .reply::<DestinationReply>(200, "Destination", "That device was added already and is known again.")
            .refuses(409),
        patch("destinations/{id}", "Change a destination")
            .describe("Renames it, has it lead elsewhere, chooses what a webhook is told, or ends its pause. The fields of its address are those of its kind.")
            .body_like("DestinationChange", change(), json!({ "name": "Kitchen", "paused": false }))
            .reply::<DestinationReply>(200, "Destination", "As it is now."),
        delete("destinations/{id}", "Delete a destination").gone(),
        post("destinations/{id}/test", "Send a test")
            .describe("Sends one message there, the way any other goes.")
            .query("wait", wait, "`true` waits until it has ended, unless that takes too long.")
            .reply::<TestReply>(202, "DestinationTest", "It is on its way.")
            .located()
            .reply::<TestReply>(200, "DestinationTest", "It has ended, as `wait` asked.")
            .located(),
        post("destinations/{id}/rotate", "Make a new signing secret")
            .describe("For a webhook. Shown in this answer alone; for a day messages are signed with the old one too.")
            .reply::<DestinationReply>(200, "Destination", "With its new secret.")
            .refuses(409),
    ]
}

/// One shape for each kind, and two where it takes one of two fields.
fn new() -> Value {
    let mut shapes = Vec::new();
    for kind in Kind::ALL {
        if kind == Kind::Fcm {
            shapes.extend(kind.fields().iter().map(|field| shape(kind, from_ref(field))));
        } else {
            shapes.push(shape(kind, kind.fields()));
        }
    }
    json!({ "description": "A destination to add.", "oneOf": shapes })
}

fn shape(kind: Kind, fields: &[Field]) -> Value {
    let mut schema = json!({
        "title": kind.as_str(),
        "type": "object",
        "properties": {
            "kind": { "type": "string", "enum": [kind.as_str()], "description": "What kind of place it is." },
            "name": name(),
        },
        "required": ["kind", "name"],
        "additionalProperties": false,
        "examples": [example(kind, fields)],
    });
    for field in fields {
        put(&mut schema, field, field.is_needed || fields.len() == 1);
    }
    if kind == Kind::Webhook {
        schema["properties"]["events"] = events();
        schema["properties"]["pushes"] = pushes();
    }
    schema
}

fn events() -> Value {
    let names = Event::ALL.map(Event::as_str);
    json!({
        "type": ["array", "null"], "items": { "type": "string", "enum": names },
        "description": "The events that a webhook is told of.",
    })
}

fn pushes() -> Value {
    json!({
        "type": ["boolean", "null"],
        "description": "Whether a webhook gets what is pushed to you. That has `reminder.fired`, which is no event for it then.",
    })
}

/// What one of a kind looks like; the keys are those of RFC 8291, section 5.
fn example(kind: Kind, fields: &[Field]) -> Value {
    let keys = json!({
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    });
    let mut example = match kind {
        Kind::WebPush => {
            json!({ "endpoint": "https://push.example/wpush/v2/gAAAAA", "keys": keys })
        }
        Kind::UnifiedPush => json!({ "endpoint": "https://up.example/upX1Y2", "keys": keys }),
        Kind::Fcm => json!({ fields[0].name: "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1" }),
        Kind::Ntfy => json!({ "server": "https://ntfy.example", "topic": "reading-8sV2" }),
        Kind::Webhook => json!({ "url": "https://hooks.example/toaster" }),
        Kind::Email => json!({ "address": "mina@mail.example" }),
        Kind::Gotify => json!({ "server": "https://gotify.example", "token": "AKf2kV8sQ1xYz3b" }),
        Kind::Telegram => json!({
            "bot_token": "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11", "chat_id": 987_654_321,
        }),
        Kind::Discord => {
            json!({ "url": "https://discord.example/api/webhooks/123/abcdefghijklmnopqrst" })
        }
        Kind::Slack => {
            json!({ "url": "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijkl" })
        }
        Kind::Matrix => json!({
            "server": "https://matrix.example", "room": "!reading:matrix.example", "token": "syt_bWluYQ",
        }),
        Kind::Apprise => json!({ "server": "https://apprise.example", "key": "reading" }),
    };
    example["kind"] = json!(kind.as_str());
    example["name"] = json!("Evening");
    example
}

/// The fields of every kind, none of which has to be there.
fn change() -> Value {
    let mut schema = json!({
        "description": "What to change. What is left out stays as it is.",
        "type": "object",
        "properties": {
            "name": { "type": ["string", "null"], "minLength": 1, "maxLength": 100, "description": "What you call it." },
            "paused": { "enum": [false, null], "description": "`false` ends its pause." },
            "events": events(),
            "pushes": pushes(),
        },
        "additionalProperties": false,
    });
    for field in Kind::ALL.into_iter().flat_map(Kind::fields) {
        put(&mut schema, field, false);
    }
    schema
}

fn name() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 100, "description": "What you call it." })
}

/// Puts a field into a schema of objects; a point in its name leads into an inner one.
fn put(schema: &mut Value, field: &Field, is_needed: bool) {
    let (object, name) = match field.name.split_once('.') {
        None => (schema, field.name),
        Some((outer, inner)) => {
            let found = &mut schema["properties"][outer];
            if found.is_null() {
                *found =
                    json!({ "type": "object", "properties": {}, "additionalProperties": false });
            }
            if is_needed {
                require(schema, outer);
            }
            (&mut schema["properties"][outer], inner)
        }
    };
    let (description, length_max) = says(field.name);
    let mut property = Map::new();
    let text = if is_needed { json!("string") } else { json!(["string", "null"]) };
    property
        .insert("type".into(), if name == "chat_id" { json!(["string", "integer"]) } else { text });
    property.insert("maxLength".into(), json!(length_max));
    property.insert("description".into(), json!(description));
    object["properties"][name] = property.into();
    if is_needed {
        require(object, name);
    }
}

fn require(schema: &mut Value, name: &str) {
    let mut names: Vec<Value> = schema["required"].as_array().cloned().unwrap_or_default();
    if !names.contains(&json!(name)) {
        names.push(json!(name));
    }
    schema["required"] = names.into();
}

/// What a field is, and how long it may be at most, whatever the kind.
fn says(field: &str) -> (&'static str, usize) {
    match field {
        "endpoint" => ("Where the push service takes messages, by https.", 1_000),
        "keys.p256dh" => ("The public key of the subscription, in base64url.", 100),
        "keys.auth" => ("The secret of the subscription, in base64url.", 100),
        "vapid_key" => ("The key that the app subscribed with, if it is not ours.", 100),
        "token" => ("The token of the app or for the server.", 1_000),
        "fid" => ("The Firebase installation of the app, in place of a token.", 1_000),
        "server" => ("The address of the server.", 2_048),
        "topic" => ("The topic to publish to.", 64),
        "url" => ("The address that takes the messages.", 2_048),
        "address" => ("The mail address.", 254),
        "bot_token" => ("The token of your bot.", 200),
        "chat_id" => ("The chat: its number, or `@` and the name of a channel.", 64),
        "room" => ("The id of the room.", 255),
        "key" => ("The key of the configuration.", 128),
        "tag" => ("Only what has this tag there.", 100),
        other => panic!("say what {other} is"),
    }
}
