//! From the list of operations to an OpenAPI 3.1 document.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::operation::{Operation, Reply};
use crate::http::request::Method;

const ABOUT: &str = "\
Send JSON, get JSON. Instants are RFC 3339 in UTC, ids are integers, unknown fields and parameters \
are refused. Errors are `application/problem+json` (RFC 9457); where a value cannot be used, `errors` \
names the field and says why. What belongs to somebody else is answered as if it did not exist.

Whatever is read has an `ETag`; send it as `If-None-Match` to be told in a few bytes that nothing \
has changed.

Every `POST` may be repeated under an `Idempotency-Key`: it is done once, and answered again as the \
first time. The newest 1,000 answers of a person are kept for 24 hours, sealed by the key and the token.

Lists are `items` and `next`: while that is not `null`, send it as `cursor` to go on.";

/// What each group of operations is about; the first part of a path says which it is in.
const GROUPS: [(&str, &str); 20] = [
    ("bookmarks", "Saved links."),
    ("undo", "Changes to many links, taken back."),
    ("duplicates", "Links that lead to the same place."),
    ("dead-links", "Links that lead nowhere any more."),
    ("folders", "Where links are filed, nested as you like."),
    ("tags", "Free words on links."),
    ("rules", "What is done to links as they are saved."),
    ("searches", "Searches that are kept."),
    ("reminders", "\"Tell me about these at ...\""),
    ("destinations", "Where reminders go."),
    ("deliveries", "What was sent, what waits, and what could not be delivered."),
    ("imports", "Links that come from elsewhere, and all of yours as a file."),
    ("preview", "What a link would look like."),
    ("me", "Your account."),
    ("tokens", "What programs sign in by."),
    ("sessions", "The browsers that are signed in."),
    ("push", "What browsers need to know."),
    ("users", "The accounts on this server."),
    ("backups", "Copies of the database."),
    ("status", "How the server is doing."),
];

/// An example of an answer: its status and body.
pub(super) type Examples = BTreeMap<(&'static str, &'static str), (u16, Value)>;

/// The whole document.
pub(super) fn build(operations: &[Operation], examples: &Examples) -> Value {
    let mut paths = Map::new();
    let mut schemas = Map::from_iter([("Problem".to_owned(), problem())]);
    for operation in operations {
        for (name, schema) in &operation.schemas {
            let before = schemas.insert((*name).to_owned(), schema.clone());
            assert!(before.is_none_or(|b| b == *schema), "two shapes are named {name}");
        }
        let lists = operation.replies.iter().filter_map(|reply| reply.schema.as_deref());
        for name in lists.filter_map(|name| name.strip_prefix('[')?.strip_suffix(']')) {
            schemas.insert(format!("{name}List"), list(name));
        }
        let at = paths.entry(format!("/{}", operation.path)).or_insert_with(|| json!({}));
        at[operation.verb()] = one(operation, examples);
    }
    let used = |group: &&(&str, &str)| operations.iter().any(|one| group_of(one) == group.0);
    let tag =
        |(name, description): &(&str, &str)| json!({ "name": name, "description": description });
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Toaster",
            "version": "1",
            "description": ABOUT,
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/api/v1", "description": "This server." }],
        "security": [{ "token": [] }, { "session": [] }],
        "tags": GROUPS.iter().filter(used).map(tag).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": problems(),
            "headers": headers(),
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer",
                    "description": "A token from the settings, or from `toaster token add`.",
                },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": "toaster_session",
                    "description": "What a browser has when somebody is signed in. Changes must come from a page of this server.",
                },
            },
        },
    })
}

fn group_of(operation: &Operation) -> &'static str {
    let group = match operation.path.split('/').next().unwrap_or_default() {
        "import" | "export" => "imports",
        first => first,
    };
    assert!(GROUPS.iter().any(|(name, _)| *name == group), "say in GROUPS what {group} is about");
    group
}

fn one(operation: &Operation, examples: &Examples) -> Value {
    let words = operation.path.replace(['/', '-'], "_").replace(['{', '}'], "");
    let mut said = json!({
        "operationId": format!("{}_{words}", operation.verb()),
        "tags": [group_of(operation)],
        "summary": operation.summary,
        "responses": responses(operation, examples),
    });
    if !operation.description.is_empty() {
        said["description"] = json!(operation.description);
    }
    if !operation.parameters.is_empty() {
        said["parameters"] = json!(operation.parameters);
    }
    if let Some(name) = operation.body {
        let mut content = json!({ "schema": reference("schemas", name) });
        if let Some(example) = &operation.example {
            content["example"] = example.clone();
        }
        said["requestBody"] =
            json!({ "required": true, "content": { "application/json": content } });
    }
    if let Some(example) = operation.file {
        let content = json!({ "application/octet-stream": { "schema": {}, "example": example } });
        said["requestBody"] = json!({ "required": true, "content": content });
    }
    said
}

fn responses(operation: &Operation, examples: &Examples) -> Value {
    let shown = examples.get(&(operation.verb(), operation.path));
    let mut all: BTreeMap<u16, Value> = BTreeMap::new();
    for reply in &operation.replies {
        let example = shown.filter(|(status, _)| *status == reply.status).map(|(_, body)| body);
        all.insert(reply.status, response(operation, reply, example));
    }
    if operation.method == Method::Get {
        all.insert(304, reference("responses", "Unchanged"));
    }
    for status in &operation.errors {
        all.insert(*status, reference("responses", name_of(*status)));
    }
    all.into_iter().map(|(status, said)| (status.to_string(), said)).collect::<Map<_, _>>().into()
}

fn response(operation: &Operation, reply: &Reply, example: Option<&Value>) -> Value {
    let mut said = json!({ "description": reply.description });
    if let Some(name) = &reply.schema {
        let name = match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
            Some(item) => format!("{item}List"),
            None => name.clone(),
        };
        let mut content = json!({ "schema": reference("schemas", &name) });
        if let Some(example) = example {
            content["example"] = example.clone();
        }
        said["content"] = json!({ "application/json": content });
    }
    if !reply.files.is_empty() {
        let types = reply.files.iter().map(|kind| ((*kind).to_owned(), json!({ "schema": {} })));
        said["content"] = types.collect::<Map<_, _>>().into();
    }
    let is_read = operation.method == Method::Get && reply.files.is_empty();
    let may_be_repeated = operation.method == Method::Post;
    let named = [
        ("Idempotent-Replayed", may_be_repeated),
        ("Location", reply.location),
        ("ETag", reply.tagged || is_read),
    ];
    let named = named.into_iter().filter_map(|(name, is_there)| is_there.then_some(name));
    let headers: Map<String, Value> =
        named.map(|name| (name.to_owned(), reference("headers", name))).collect();
    if !headers.is_empty() {
        said["headers"] = headers.into();
    }
    said
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

/// The envelope of every list.
fn list(item: &str) -> Value {
    json!({
        "type": "object",
        "properties": {
            "items": { "type": "array", "items": reference("schemas", item) },
            "next": {
                "type": ["string", "null"],
                "description": "The `cursor` that goes on after these; `null` when there is no more.",
            },
        },
        "required": ["items", "next"],
    })
}

/// What every error looks like.
fn problem() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "properties": {
            "type": text("`about:blank`: the status says it all."),
            "title": text("The status in words."),
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": text("What happened and what to do, for people."),
            "errors": {
                "type": "array",
                "description": "The values that cannot be used.",
                "items": {
                    "type": "object",
                    "properties": {
                        "field": text("Its name; a point leads into an object."),
                        "reason": text("What was found and what was expected."),
                    },
                    "required": ["field", "reason"],
                },
            },
        },
        "required": ["type", "title", "status", "detail"],
    })
}

/// The name of an error among the components.
fn name_of(status: u16) -> &'static str {
    let found = ERRORS.iter().find(|error| error.status == status);
    found.unwrap_or_else(|| panic!("say in ERRORS what {status} means")).name
}

struct ErrorKind {
    status: u16,
    name: &'static str,
    description: &'static str,
    headers: &'static [&'static str],
}

const fn error(status: u16, name: &'static str, description: &'static str) -> ErrorKind {
    ErrorKind { status, name, description, headers: &[] }
}

const ERRORS: [ErrorKind; 13] = [
    error(400, "Malformed", "The request could not be understood: it is no JSON, for example."),
    ErrorKind {
        headers: &["WWW-Authenticate"],
        ..error(401, "NotSignedIn", "There is no token or session, or it has ended.")
    },
    error(403, "NotAllowed", "It is not yours to do, or it comes from a page of another site."),
    error(404, "NotFound", "There is no such thing, or it belongs to somebody else."),
    error(409, "Conflict", "It clashes with what is there; `detail` says with what."),
    error(412, "Changed", "It is no longer what `If-Match` says."),
    error(413, "TooLarge", "The body is larger than is taken."),
    error(415, "NotJson", "The body is not `application/json`."),
    error(422, "Unusable", "A value cannot be used; `errors` names its field and says why."),
    ErrorKind {
        headers: &["Retry-After"],
        ..error(429, "TooMany", "Too many requests of this kind; `Retry-After` says when to go on.")
    },
    error(431, "TooLong", "The address or the headers are too long."),
    error(500, "Fault", "A fault of the server. Its log says more."),
    error(503, "NotNow", "Not now: the disk is full, the server is stopping or busy."),
];

fn problems() -> Value {
    let one = |kind: &ErrorKind| {
        let headers =
            kind.headers.iter().map(|name| ((*name).to_owned(), reference("headers", name)));
        let headers: Map<String, Value> = headers.collect();
        let content =
            json!({ "application/problem+json": { "schema": reference("schemas", "Problem") } });
        let mut said = json!({ "description": kind.description, "content": content });
        if !headers.is_empty() {
            said["headers"] = headers.into();
        }
        (kind.name.to_owned(), said)
    };
    let mut all: Map<String, Value> = ERRORS.iter().map(one).collect();
    let unchanged = json!({
        "description": "It is still what `If-None-Match` says.",
        "headers": { "ETag": reference("headers", "ETag") },
    });
    all.insert("Unchanged".into(), unchanged);
    all.into()
}

fn headers() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "ETag": { "description": "What tells this answer from others.", "required": true, "schema": text },
        "Idempotent-Replayed": {
            "description": "`true` where it was done before, under the same `Idempotency-Key`.",
            "schema": { "type": "boolean" },
        },
        "Location": { "description": "Where it is found.", "required": true, "schema": text },
        "WWW-Authenticate": { "description": "How to say who you are.", "required": true, "schema": text },
        "Retry-After": {
            "description": "How many seconds to wait.", "required": true,
            "schema": { "type": "integer", "minimum": 0 },
        },
    })
}
