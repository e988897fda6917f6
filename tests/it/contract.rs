//! The real server against its own OpenAPI document, by a program that others wrote:
//! schemathesis sends what the document allows and what it does not, and compares the answers
//! with what it promises. How it does so is set in `tests/interop/schemathesis`.

use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::interop;
use crate::server::{Client, Home};

/// How many requests each operation gets that are made up, besides those for its limits.
const REQUESTS: &str = "10";

#[test]
fn the_server_keeps_what_its_openapi_document_promises() {
    let Some(python) = interop::python() else { return };
    let home = Home::new();
    let add = ["user", "add", "mina", "--admin", "--password-stdin"];
    assert!(home.run_with(&add, "brown toast\n").status.success());
    let token = home.ok(&["token", "add", "mina", "--name", "tests", "--scope", "admin"]);
    // No page is read and nothing is sent: addresses that could be reached are not public.
    let server = home.serve_with(&[("TOASTER_FETCH_ALLOW", ""), ("TOASTER_PUSH_ALLOW", "")]);
    furnish(&Client::new(&server.address, &token));
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/schemathesis");
    let output = Command::new(python.with_file_name("st"))
        .arg("--config-file")
        .arg(here.join("schemathesis.toml"))
        .args(["run", &format!("{}/api/v1/openapi.json", server.address)])
        .args(["--header", &format!("Authorization: Bearer {token}")])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", REQUESTS])
        .args(["--continue-on-failure", "--no-shrink"])
        .current_dir(home.dir.path())
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", &here)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("Fuzzing") && said.contains("generated"), "{said}");
    assert_eq!(Client::new(&server.address, &token).get("/api/v1/status").0, 200, "still known");
}

/// One of everything, so that there is something to ask for.
fn furnish(client: &Client) {
    let put = |path: &str, body| {
        let (status, answer) = client.post(&format!("/api/v1/{path}"), &body);
        assert!(status < 300, "{path}: {answer}");
    };
    put("folders", json!({ "title": "Recipes" }));
    put("bookmarks", json!({ "url": "https://bakery.example/rye", "folder_id": 1 }));
    let friday = json!({ "kind": "weekly", "days": [5], "at": "18:00" });
    put("tags", json!({ "name": "baking" }));
    put("rules", json!({ "field": "title", "pattern": "recipe", "tags": ["baking"] }));
    put("searches", json!({ "name": "Bread", "query": "bread" }));
    put("reminders", json!({ "target": { "kind": "all" }, "schedule": friday }));
    let url = "https://hooks.example/toaster";
    put("destinations", json!({ "kind": "webhook", "name": "My script", "url": url }));
    put("destinations/1/test", json!({}));
}
