//! Examples of answers, made by asking: what the reference shows is what is answered.

use serde_json::{Value, json};

use super::document::Examples;
use super::operation::Operation;
use crate::http::pages::testing::World;
use crate::http::request::{Method, Request};
use crate::http::response::{Body, Response};
use crate::model::id::{BookmarkId, UserId};
use crate::model::reason::Reason;
use crate::store;
use crate::store::link_checks::Failing;

/// Sends the example of each operation and keeps what is answered.
pub(super) fn run(operations: &[Operation]) -> Examples {
    let mut world = furnished();
    let mut examples = Examples::new();
    for operation in operations {
        // What is deleted must not be missed by the others.
        let mut alone = (operation.method == Method::Delete).then(furnished);
        let answer = send(alone.as_mut().unwrap_or(&mut world), operation);
        let status = answer.status;
        let body: Value = serde_json::from_str(&text(answer)).unwrap_or(Value::Null);
        let is_known = operation.replies.iter().any(|reply| reply.status == status);
        assert!(is_known, "{} {}: {status} {body}", operation.verb(), operation.path);
        if operation.is_shown && !body.is_null() {
            examples.insert((operation.verb(), operation.path), (status, without_secrets(body)));
        }
    }
    examples
}

/// A world in which there is one of everything.
pub(super) fn furnished() -> World {
    let mut world = World::new();
    world.make_admin(1);
    let friday = json!({ "kind": "weekly", "days": [5], "at": "18:00" });
    let url = "https://hooks.example/toaster";
    let things = [
        ("folders", json!({ "title": "Recipes" })),
        (
            "bookmarks",
            json!({ "url": "https://bakery.example/rye", "title": "Rye bread", "folder_id": 1, "tags": ["baking"] }),
        ),
        ("bookmarks", json!({ "url": "http://www.bakery.example/rye/", "note": "With caraway" })),
        ("bookmarks/bulk", json!({ "ids": [2], "action": "favourite" })),
        ("rules", json!({ "field": "title", "pattern": "recipe", "tags": ["baking"] })),
        ("searches", json!({ "name": "Bread", "query": "bread" })),
        (
            "reminders",
            json!({ "name": "Weekend", "target": { "kind": "all" }, "schedule": friday }),
        ),
        ("destinations", json!({ "kind": "webhook", "name": "My script", "url": url })),
        ("destinations/1/test", json!({})),
        ("tokens", json!({ "name": "Laptop" })),
        ("users", json!({ "name": "juno", "password": "brown toast" })),
    ];
    for (path, body) in things {
        let answer = call(&mut world, Method::Post, &format!("/api/v1/{path}"), Some(&body));
        assert!(answer.status < 300, "{path}: {}", text(answer));
    }
    let dead = |tx: &store::WriteTx| {
        let failing = Failing {
            id: BookmarkId(1),
            user_id: UserId(1),
            reason: Reason::Gone(404),
            failures: 2,
            since: tx.now(),
            checked_at: tx.now(),
            due_at: Some(tx.now()),
            dead_at: Some(tx.now()),
        };
        store::link_checks::put_failing(tx, &failing)
    };
    world.cx().store.write(dead).unwrap();
    let mut req = Request::new(Method::Post, "/api/v1/import").unwrap();
    req.body = b"https://bakery.example/bagels".to_vec();
    assert_eq!(world.answer(req).status, 202);
    world
}

/// What an answer says, a file as well.
pub(super) fn text(answer: Response) -> String {
    match answer.body {
        Body::Bytes(bytes) => String::from_utf8(bytes).unwrap(),
        Body::File { file, .. } => std::io::read_to_string(file).unwrap(),
    }
}

/// Sends the example of an operation.
pub(super) fn send(world: &mut World, operation: &Operation) -> Response {
    if let Some(file) = operation.file {
        let mut req = Request::new(operation.method, &operation.address()).unwrap();
        req.body = file.into();
        return world.answer(req);
    }
    call(world, operation.method, &operation.address(), operation.example.as_ref())
}

/// Sends JSON, or nothing.
pub(super) fn call(
    world: &mut World,
    method: Method,
    target: &str,
    body: Option<&Value>,
) -> Response {
    let mut req = Request::new(method, target).unwrap();
    if let Some(body) = body {
        req.headers.push(("content-type".into(), "application/json".into()));
        req.body = body.to_string().into_bytes();
    }
    world.answer(req)
}

/// What is random in an answer is the same in every example.
fn without_secrets(body: Value) -> Value {
    match body {
        Value::String(text) if text.starts_with("whsec_") => {
            json!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        }
        Value::String(text) => match text.split_once("/feeds/") {
            Some((_, rest)) => {
                let file = rest.rsplit('/').next().unwrap_or_default();
                json!(format!("https://toaster.example/feeds/8sV2…/{file}"))
            }
            None => json!(text),
        },
        Value::Array(items) => items.into_iter().map(without_secrets).collect(),
        Value::Object(fields) => {
            let plain = |(name, value): (String, Value)| match name.as_str() {
                "token" => (name, json!("8sV2kQ1xYz3bAKf2kV8sQ1xYz3bAKf2kV8sQ1xYz3bA")),
                _ => (name, without_secrets(value)),
            };
            fields.into_iter().map(plain).collect()
        }
        other => other,
    }
}
