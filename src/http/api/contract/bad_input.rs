//! Everything that can be sent wrongly, to every operation: a 4xx that names what is wrong,
//! and nothing is stored. What can be wrong follows from what the operations say of themselves,
//! so that a limit which is only told and not kept shows here.

use serde_json::{Map, Value, json};

use super::examples::{call, furnished, send, text};
use super::operation::Operation;
use super::operations;
use crate::http::pages::testing::World;
use crate::http::request::{Method, Request};

/// Beyond what any integer of ours holds.
const HUGE: &str = "99999999999999999999";

/// What somebody sees of all that is theirs.
fn everything(world: &mut World, operations: &[Operation]) -> Vec<String> {
    let reads = operations.iter().filter(|one| one.method == Method::Get && one.is_shown);
    reads.map(|one| text(send(world, one))).collect()
}

/// Sends a body as it is and checks that it is refused for the field of that name, or as a whole.
fn refused(world: &mut World, one: &Operation, body: &[u8], field: &str) {
    let mut req = Request::new(one.method, &one.address()).unwrap();
    req.headers.push(("content-type".into(), "application/json; charset=utf-8".into()));
    req.body = body.to_vec();
    let answer = world.answer(req);
    let shown = String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
    check(answer.status, &text(answer), field, &format!("{} {} {shown}", one.verb(), one.path));
}

fn check(status: u16, answer: &str, field: &str, what: &str) {
    let problem: Value = serde_json::from_str(answer).unwrap_or_default();
    let named = problem["errors"][0]["field"].as_str().unwrap_or_default();
    // Or a part of it, such as `tags[0]` or `pick.count`.
    let part = named.strip_prefix(field);
    let is_named =
        named == "body" || part.is_some_and(|p| p.is_empty() || p.starts_with(['.', '[']));
    assert!([400, 415, 422].contains(&status) && is_named, "{field} of {what}: {status} {answer}");
    let reason = problem["errors"][0]["reason"].as_str().unwrap_or_default();
    assert!(!reason.is_empty() && reason.len() < 2_000, "{what}: {answer}");
}

#[test]
fn a_body_that_is_no_object_of_its_fields_is_refused() {
    let operations = operations();
    let mut world = furnished();
    let before = everything(&mut world, &operations);
    for one in operations.iter().filter(|one| one.body.is_some()) {
        let example = one.example.as_ref().unwrap();
        let whole = example.to_string();
        let deep = "[".repeat(100_000);
        for bad in ["", "{", "nul", "[]", "7", "\"a\"", "null", &deep, &format!("{whole} x")] {
            refused(&mut world, one, bad.as_bytes(), "body");
        }
        let fields = example.as_object().unwrap();
        for (name, value) in fields {
            let twice = whole.replacen('{', &format!("{{\"{name}\":{value},"), 1);
            refused(&mut world, one, twice.as_bytes(), name);
            refused(
                &mut world,
                one,
                format!("{{\"{name}\":\"\u{fffd}\"}}").replace('\u{fffd}', "\\ud800").as_bytes(),
                "body",
            );
            let not_utf8 = [b"{\"", name.as_bytes(), b"\":\"\xff\"}"].concat();
            refused(&mut world, one, &not_utf8, "body");
        }
        let unknown = whole.replacen('{', "{\"nonsense\":1,", 1);
        refused(&mut world, one, unknown.as_bytes(), "nonsense");

        for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
            let mut req = Request::new(one.method, &one.address()).unwrap();
            req.headers.push(("content-type".into(), kind.into()));
            req.body = whole.clone().into_bytes();
            let answer = world.answer(req);
            let status = answer.status;
            check(status, &text(answer), "content-type", one.path);
            assert_eq!(status, 415, "{} as {kind:?}", one.path);
        }
    }
    assert_eq!(everything(&mut world, &operations), before, "nothing was stored");
}

#[test]
fn a_field_of_another_type_or_beyond_its_limits_is_named() {
    let operations = operations();
    let mut world = furnished();
    let before = everything(&mut world, &operations);
    for one in &operations {
        let Some(schema) = one.body.map(|name| &one.schemas[name]) else { continue };
        for shape in schema["oneOf"].as_array().unwrap_or(&vec![schema.clone()]) {
            for (name, said) in shape["properties"].as_object().unwrap() {
                for bad in beyond(said) {
                    let mut body = needed(shape, one.example.as_ref().unwrap());
                    body[name] = bad;
                    // A number may be larger than any that a value here can hold.
                    let body = body.to_string().replace("\"HUGE\"", HUGE);
                    refused(&mut world, one, body.as_bytes(), name);
                }
            }
        }
    }
    assert_eq!(everything(&mut world, &operations), before, "nothing was stored");
}

/// What has to be there, as the example has it: other fields may exclude the one that is tried.
fn needed(shape: &Value, example: &Value) -> Value {
    let example = shape.pointer("/examples/0").unwrap_or(example);
    let names = shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    names.map(|name| (name.to_owned(), example[name].clone())).collect::<Map<_, _>>().into()
}

/// Values that are not what a schema says.
fn beyond(said: &Value) -> Vec<Value> {
    let types = match &said["type"] {
        Value::Array(types) => types.clone(),
        Value::String(one) => vec![json!(one)],
        _ => Vec::new(),
    };
    let has = |kind: &str| types.iter().any(|one| one == kind);
    let mut bad = Vec::new();
    if !types.is_empty() {
        let wrong = [
            ("string", json!("nonsense")),
            ("boolean", json!(true)),
            ("object", json!({ "a": 1 })),
            ("object", json!({})),
            ("array", json!(["a"])),
            ("integer", json!(7)),
        ];
        bad.extend(wrong.into_iter().filter(|(kind, _)| !has(kind)).map(|(_, value)| value));
    }
    if has("integer") && !has("string") {
        bad.extend([json!(1.5), json!("HUGE")]);
        let limits = [(&said["minimum"], -1), (&said["minimum"], i64::MIN), (&said["maximum"], 1)];
        bad.extend(
            limits
                .iter()
                .filter_map(|(limit, step)| Some(json!(limit.as_i64()?.saturating_add(*step)))),
        );
    }
    if has("string") {
        if said["enum"].is_array() || said["pattern"].is_string() || said["format"].is_string() {
            bad.push(json!("nonsense"));
        }
        bad.extend([json!("a\u{0}b"), json!("a\u{7}\u{1b}b")]);
        let most = said["maxLength"].as_u64().unwrap_or(100_000) as usize;
        bad.push(json!("한".repeat(most + 1)));
    }
    if has("array") {
        let most = said["maxItems"].as_u64().unwrap_or(100_000) as usize;
        let one = if said["items"]["type"] == "integer" { json!(1) } else { json!("a") };
        bad.push(vec![one; most + 1].into());
        bad.extend(beyond(&said["items"]).into_iter().map(|item| json!([item])));
    }
    let inner = said["properties"].as_object().cloned().unwrap_or_else(Map::new);
    for (name, said) in &inner {
        bad.extend(beyond(said).into_iter().map(|value| json!({ name: value })));
    }
    bad
}

#[test]
fn an_id_that_is_none_or_anothers_is_not_found() {
    let operations = operations();
    let mut world = furnished();
    let noa = world.sign_up("noa");
    let before = everything(&mut world, &operations);
    for one in operations.iter().filter(|one| one.path.contains("{id}")) {
        for id in ["0", "-1", "+1", "1.5", "x", HUGE, "2147483648", "%31x", "1%00", "%ff", "%20"] {
            let target = format!("/api/v1/{}", one.path.replace("{id}", id));
            let answer = match Request::new(one.method, &target) {
                // The engine answers 400 by itself then.
                Err(_) => continue,
                Ok(_) => call(&mut world, one.method, &target, one.example.as_ref()),
            };
            assert_eq!(answer.status, 404, "{} {target}", one.verb());
        }
    }
    assert_eq!(everything(&mut world, &operations), before, "nothing was changed");
    let mina = std::mem::replace(&mut world.cookie, noa);
    for one in operations.iter().filter(|one| one.path.contains("{id}")) {
        let answer = send(&mut world, one);
        let is_hidden = [403, 404].contains(&answer.status);
        assert!(is_hidden, "{} {} of another: {}", one.verb(), one.path, answer.status);
    }
    world.cookie = mina;
    assert_eq!(everything(&mut world, &operations), before, "nothing was changed");
}

#[test]
fn a_parameter_that_cannot_be_used_is_named() {
    let operations = operations();
    let mut world = furnished();
    for one in &operations {
        for said in one.parameters.iter().filter(|said| said["in"] == "query") {
            let (name, schema) = (said["name"].as_str().unwrap(), &said["schema"]);
            let mut bad: Vec<String> = match schema["type"].as_str() {
                Some("integer") => {
                    ["x", "", "-1", "0", "+1", "1.5", "1e3", HUGE].map(Into::into).into()
                }
                Some("boolean") => ["maybe", "", "2", "TRUE"].map(Into::into).into(),
                _ => vec!["\u{0}".into(), "a\u{7}b".into()],
            };
            bad.extend(schema["maximum"].as_i64().map(|most| (most + 1).to_string()));
            bad.extend(schema["maxLength"].as_u64().map(|most| "a".repeat(most as usize + 1)));
            if schema["enum"].is_array()
                || schema["pattern"].is_string()
                || schema["format"].is_string()
                || name == "cursor"
            {
                let texts = [
                    "nonsense",
                    "",
                    "1.x",
                    "-1",
                    "1.2.3",
                    "%ff",
                    "-1.-1",
                    "0000000000000000000000000",
                ];
                bad.extend(texts.map(Into::into));
            }
            bad.push("1\u{0}2".into());
            for bad in bad {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                let path = one.address();
                let path = path.split('?').next().unwrap();
                let target = format!("{path}?{}", query.append_pair(name, &bad).finish());
                let answer = call(&mut world, one.method, &target, one.example.as_ref());
                check(answer.status, &text(answer), name, &target[..target.len().min(200)]);
            }
            let value = said["example"].as_str().unwrap_or("1");
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            let query = query.append_pair(name, value).append_pair(name, value).finish();
            let target = format!("{}?{query}", one.address().split('?').next().unwrap());
            let answer = call(&mut world, one.method, &target, one.example.as_ref());
            check(answer.status, &text(answer), name, &target);
        }
    }
}
