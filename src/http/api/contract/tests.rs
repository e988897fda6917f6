//! The document, compared with what the server does.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use super::examples::{self, call, furnished, send, text};
use super::operation::Operation;
use super::{document, operations, routes};
use crate::http::pages::testing::World;
use crate::http::request::{Method, Request};

/// Set this to write the document anew.
const WRITE: &str = "TOASTER_WRITE_OPENAPI";

#[test]
fn the_document_is_what_the_code_says() {
    let operations = operations();
    let built = document::build(&operations, &examples::run(&operations));
    let mut built = serde_json::to_string_pretty(&built).unwrap();
    built.push('\n');
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/openapi.json");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &built).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(built.lines()).find(|(kept, built)| kept != built);
    assert!(
        kept == built,
        "static/openapi.json is not what the code says, first at {differs:?}; \
         write it anew with {WRITE}=1 cargo test --lib contract"
    );
}

#[test]
fn every_route_is_an_operation_and_every_operation_a_route() {
    let written = |operation: &Operation| {
        let parts = operation.path.split('/');
        let parts = parts.map(|part| if part.starts_with('{') { "{}" } else { part });
        format!("{} {}", operation.verb(), parts.collect::<Vec<_>>().join("/"))
    };
    let told: BTreeSet<String> = operations().iter().map(written).collect();
    let there = routes::matched();
    let untold: Vec<_> = there.difference(&told).collect();
    assert!(untold.is_empty(), "no list of operations has {untold:?}");
    let missing: Vec<_> = told.difference(&there).collect();
    assert!(missing.is_empty(), "there is no route for {missing:?}");
}

#[test]
fn whatever_is_read_is_not_sent_again_to_who_has_it() {
    let mut world = furnished();
    let reads = operations().into_iter().filter(|one| one.method == Method::Get);
    for one in reads.filter(|one| one.is_shown) {
        let first = send(&mut world, &one);
        let tag = first.header("etag").unwrap().to_owned();
        let mut again = |method| {
            let mut req = Request::new(method, &one.address()).unwrap();
            req.headers.push(("if-none-match".into(), tag.clone()));
            let answer = world.answer(req);
            (answer.status, text(answer))
        };
        assert_eq!(again(Method::Get), (304, String::new()), "{}", one.path);
        assert_eq!(again(Method::Head).0, 304, "{}", one.path);
    }
}

#[test]
fn whatever_is_posted_under_a_key_is_done_once_and_answered_twice() {
    let operations = operations();
    let reads: Vec<&Operation> =
        operations.iter().filter(|one| one.method == Method::Get && one.is_shown).collect();
    for one in operations.iter().filter(|one| one.method == Method::Post) {
        let mut world = furnished();
        let post = |world: &mut World, key: &str, body: &[u8]| {
            let mut req = Request::new(Method::Post, &one.address()).unwrap();
            req.headers.push(("idempotency-key".into(), key.into()));
            req.body = body.to_vec();
            let answer = world.answer(req);
            let headers = ["location", "etag", "content-type"];
            let headers = headers.map(|name| answer.header(name).map(str::to_owned));
            let replayed = answer.header("idempotent-replayed") == Some("true");
            (answer.status, replayed, headers, text(answer))
        };
        let body = match (&one.example, one.file) {
            (Some(example), _) => example.to_string(),
            (None, Some(file)) => file.to_owned(),
            (None, None) => String::new(),
        };
        let everything =
            |world: &mut World| reads.iter().map(|one| text(send(world, one))).collect::<Vec<_>>();
        let first = post(&mut world, "one", body.as_bytes());
        assert!(first.0 < 300 && !first.1, "{}: {first:?}", one.path);
        let before = everything(&mut world);
        let again = post(&mut world, "one", body.as_bytes());
        assert!(again.1, "{}: {again:?}", one.path);
        assert_eq!((again.0, &again.2, &again.3), (first.0, &first.2, &first.3), "{}", one.path);
        let other = post(&mut world, "one", format!("{body} ").as_bytes());
        assert_eq!((other.0, other.1), (422, false), "{}: {}", one.path, other.3);
        let long = "k".repeat(256);
        for bad in ["", &long, "\u{7f}", "글"] {
            let refused = post(&mut world, bad, body.as_bytes());
            assert_eq!(refused.0, 422, "{} under {bad:?}: {}", one.path, refused.3);
            assert!(refused.3.contains("Idempotency-Key"), "{}", refused.3);
        }
        assert_eq!(everything(&mut world), before, "{} was done once", one.path);
    }
}

#[test]
fn an_address_tells_which_methods_it_has() {
    let operations = operations();
    let mut world = furnished();
    for operation in &operations {
        let same_path = operations.iter().filter(|other| other.path == operation.path);
        let methods: BTreeSet<String> =
            same_path.map(|other| other.verb().to_ascii_uppercase()).collect();
        let answer = call(&mut world, Method::Put, &operation.address(), None);
        let allow = answer.header("allow").unwrap_or_default().split(", ").map(str::to_owned);
        assert_eq!((answer.status, allow.collect()), (405, methods), "{}", operation.path);
    }
}

#[test]
fn the_parameters_of_a_query_are_those_that_are_known() {
    let mut world = furnished();
    for operation in operations() {
        let name = |parameter: &Value| {
            let name = parameter["name"].as_str().unwrap().to_owned();
            Some(name).filter(|_| parameter["in"] == "query")
        };
        let told: BTreeSet<String> = operation.parameters.iter().filter_map(name).collect();
        if told.is_empty() {
            continue;
        }
        let target = format!(
            "/api/v1/{}?nonsense=1",
            operation.path.replace("{id}", &operation.id.to_string())
        );
        let answer = call(&mut world, operation.method, &target, operation.example.as_ref());
        let (status, problem) = (answer.status, text(answer));
        assert_eq!(status, 422, "{target}: {problem}");
        let problem: Value = serde_json::from_str(&problem).unwrap();
        let reason = problem["errors"][0]["reason"].as_str().unwrap();
        let known = reason.split("expected one of ").nth(1).unwrap_or_default();
        let known = known.split(", ").filter(|name| !name.is_empty()).map(str::to_owned);
        assert_eq!(known.collect::<BTreeSet<_>>(), told, "{target}");
        assert_eq!(problem["errors"][0]["field"], json!("nonsense"), "{target}");
    }
}
