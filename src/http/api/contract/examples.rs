//! Examples of answers, made by asking: what the reference shows is what is answered.

use serde_json::{Value, json};

use super::document::Examples;
use super::operation::Operation;
use crate::http::pages::testing::{World, text};
use crate::http::request::{Method, Request};
use crate::http::response::Response;

/// Sends the example of each operation, those that delete last, and keeps what is answered.
pub(super) fn run(operations: &[Operation]) -> Examples {
    let mut world = furnished();
    let (mut last, first): (Vec<&Operation>, Vec<&Operation>) =
        operations.iter().partition(|one| one.method == Method::Delete);
    // What belongs to a thing goes before the thing.
    last.sort_by_key(|one| std::cmp::Reverse(one.path.len()));
    let mut examples = Examples::new();
    for operation in first.into_iter().chain(last) {
        let answer = send(&mut world, operation);
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
    let mut put = |path: &str, body: Value| {
        let answer = call(&mut world, Method::Post, &format!("/api/v1/{path}"), Some(&body));
        assert!(answer.status < 300, "{path}: {}", text(answer));
    };
    put("folders", json!({ "title": "Recipes" }));
    put(
        "bookmarks",
        json!({ "url": "https://bakery.example/rye", "title": "Rye bread", "folder_id": 1 }),
    );
    let friday = json!({ "kind": "weekly", "days": [5], "at": "18:00" });
    let target = json!({ "kind": "all" });
    put("reminders", json!({ "name": "Weekend", "target": target, "schedule": friday }));
    let url = "https://hooks.example/toaster";
    put("destinations", json!({ "kind": "webhook", "name": "My script", "url": url }));
    put("destinations/1/test", json!({}));
    world
}

/// Sends the example of an operation.
pub(super) fn send(world: &mut World, operation: &Operation) -> Response {
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
            fields.into_iter().map(|(name, value)| (name, without_secrets(value))).collect()
        }
        other => other,
    }
}
