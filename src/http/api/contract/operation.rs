//! One operation, told in a few lines beside its handler.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::schema;
use crate::http::request::Method;

/// One operation. What all of a kind have in common, such as the errors of a request with a
/// body, is added by itself.
pub(in crate::http::api) struct Operation {
    pub(super) method: Method,
    /// Below `/api/v1/`, with the names of its parameters in braces.
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<&'static str>,
    pub(super) example: Option<Value>,
    pub(super) replies: Vec<Reply>,
    pub(super) errors: BTreeSet<u16>,
    pub(super) schemas: BTreeMap<&'static str, Value>,
    /// What a file that is sent may look like.
    pub(super) file: Option<&'static str>,
    pub(super) is_shown: bool,
    /// The id that its example is about.
    pub(super) id: i64,
}

/// How an operation answers when all is well.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) description: &'static str,
    pub(super) schema: Option<String>,
    pub(super) location: bool,
    pub(super) tagged: bool,
    /// The types of a file that is answered.
    pub(super) files: &'static [&'static str],
}

impl Reply {
    fn new(status: u16, description: &'static str) -> Self {
        Self { status, description, schema: None, location: false, tagged: false, files: &[] }
    }
}

/// An operation that reads.
pub(in crate::http::api) fn get(path: &'static str, summary: &'static str) -> Operation {
    Operation::new(Method::Get, path, summary)
}

/// An operation that makes or does something.
pub(in crate::http::api) fn post(path: &'static str, summary: &'static str) -> Operation {
    Operation::new(Method::Post, path, summary)
}

/// An operation that changes what is sent.
pub(in crate::http::api) fn patch(path: &'static str, summary: &'static str) -> Operation {
    Operation::new(Method::Patch, path, summary)
}

/// An operation that takes something away.
pub(in crate::http::api) fn delete(path: &'static str, summary: &'static str) -> Operation {
    Operation::new(Method::Delete, path, summary)
}

impl Operation {
    fn new(method: Method, path: &'static str, summary: &'static str) -> Self {
        let mut errors = BTreeSet::from([400, 401, 403, 500, 503]);
        let parts = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let what = path.split('/').next().unwrap_or_default().trim_end_matches('s');
        let mut parameters: Vec<Value> = parts.map(|name| path_parameter(name, what)).collect();
        if !parameters.is_empty() {
            errors.insert(404);
        }
        if method == Method::Get {
            let description =
                "The `ETag` of the answer that you have: if it still is that, the answer is 304.";
            parameters.push(header("If-None-Match", description));
        }
        if method == Method::Post {
            let description = "One that you make up for this request, best a UUID. Who hears no answer sends the \
                request again under it: it is done once, and answered again for 24 hours.";
            let schema = json!({
                "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$",
            });
            parameters.push(json!({
                "name": "Idempotency-Key", "in": "header", "description": description, "schema": schema,
            }));
            errors.extend([409, 422]);
        }
        Self {
            method,
            path,
            summary,
            description: "",
            parameters,
            body: None,
            example: None,
            replies: Vec::new(),
            errors,
            schemas: BTreeMap::new(),
            file: None,
            is_shown: true,
            id: 1,
        }
    }

    /// More than fits a summary, in Markdown's paragraphs and code marks.
    pub(in crate::http::api) fn describe(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// A parameter of the query that may be left out.
    pub(in crate::http::api) fn query(
        mut self,
        name: &str,
        schema: Value,
        description: &str,
    ) -> Self {
        self.errors.extend([422, 431]);
        self.parameters.push(json!({
            "name": name, "in": "query", "description": description, "schema": schema,
        }));
        self
    }

    /// A parameter of the query that may not be left out, and what it may be.
    pub(in crate::http::api) fn needed(
        self,
        name: &str,
        schema: Value,
        description: &str,
        example: &str,
    ) -> Self {
        let mut all = self.query(name, schema, description);
        if let Some(parameter) = all.parameters.last_mut() {
            parameter["required"] = json!(true);
            parameter["example"] = json!(example);
        }
        all
    }

    /// The parameters of a list that comes in pages.
    pub(in crate::http::api) fn paged(self) -> Self {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 });
        let cursor = json!({ "type": "string", "minLength": 1, "maxLength": 100 });
        self.query("limit", limit, "How many at most.").query(
            "cursor",
            cursor,
            "The `next` of the answer before, to go on after it.",
        )
    }

    /// What is to be sent, and an example of it, which the tests send.
    pub(in crate::http::api) fn body<T: JsonSchema>(
        self,
        name: &'static str,
        example: Value,
    ) -> Self {
        self.body_like(name, schema::of_body::<T>(), example)
    }

    /// What is to be sent, where no one type says it.
    pub(in crate::http::api) fn body_like(
        mut self,
        name: &'static str,
        schema: Value,
        example: Value,
    ) -> Self {
        self.errors.extend([413, 415, 422]);
        self.schemas.insert(name, schema);
        self.body = Some(name);
        self.example = Some(example);
        self
    }

    /// A file of any type is to be sent, such as this one.
    pub(in crate::http::api) fn file(mut self, example: &'static str) -> Self {
        self.errors.extend([413, 422]);
        self.file = Some(example);
        self
    }

    /// A file is answered, of one of these types.
    pub(in crate::http::api) fn files(mut self, types: &'static [&'static str]) -> Self {
        self.is_shown = false;
        self.replies.push(Reply { files: types, ..Reply::new(200, "The file.") });
        self
    }

    /// Its example is about the thing of that id, not about the first.
    pub(in crate::http::api) fn about(mut self, id: i64) -> Self {
        self.id = id;
        self
    }

    /// What is answered.
    pub(in crate::http::api) fn reply<T: JsonSchema>(
        mut self,
        status: u16,
        name: &'static str,
        description: &'static str,
    ) -> Self {
        self.schemas.insert(name, schema::of_reply::<T>());
        let schema = Some(name.to_owned());
        self.replies.push(Reply { schema, ..Reply::new(status, description) });
        self
    }

    /// A list of them is answered, in the envelope of every list.
    pub(in crate::http::api) fn list<T: JsonSchema>(
        mut self,
        name: &'static str,
        description: &'static str,
    ) -> Self {
        self.schemas.insert(name, schema::of_reply::<T>());
        let schema = Some(format!("[{name}]"));
        self.replies.push(Reply { schema, ..Reply::new(200, description) });
        self
    }

    /// Nothing is answered but that it was done.
    pub(in crate::http::api) fn gone(mut self) -> Self {
        self.replies.push(Reply::new(204, "It is gone."));
        self
    }

    /// The last answer tells by `Location` where what was made is found.
    pub(in crate::http::api) fn located(mut self) -> Self {
        if let Some(reply) = self.replies.last_mut() {
            reply.location = true;
        }
        self
    }

    /// Its caller may say what they have seen, so that they change nothing else.
    pub(in crate::http::api) fn guarded(mut self) -> Self {
        let description = "The `ETag` of what you have read: if it was changed since, nothing is.";
        self.parameters.push(header("If-Match", description));
        self.refuses(412)
    }

    /// Its answers carry the tag that the thing has from now on.
    pub(in crate::http::api) fn tagged(mut self) -> Self {
        for reply in &mut self.replies {
            reply.tagged = true;
        }
        self
    }

    /// It may also be refused with that status.
    pub(in crate::http::api) fn refuses(mut self, status: u16) -> Self {
        self.errors.insert(status);
        self
    }

    /// Its answer depends on the world outside, so that it is no example of one.
    pub(in crate::http::api) fn without_example(mut self) -> Self {
        self.is_shown = false;
        self
    }

    /// The method's name.
    pub(super) fn verb(&self) -> &'static str {
        match self.method {
            Method::Get => "get",
            Method::Post => "post",
            Method::Patch => "patch",
            Method::Delete => "delete",
            Method::Put => "put",
            Method::Head | Method::Other => "other",
        }
    }

    /// An address of it, with what its query needs.
    pub(super) fn address(&self) -> String {
        let path = format!("/api/v1/{}", self.path.replace("{id}", &self.id.to_string()));
        let needed = self.parameters.iter().filter_map(|parameter| {
            let of_query = parameter["in"] == "query";
            Some((parameter["name"].as_str()?, parameter["example"].as_str().filter(|_| of_query)?))
        });
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        match query.extend_pairs(needed).finish() {
            query if query.is_empty() => path,
            query => format!("{path}?{query}"),
        }
    }
}

fn header(name: &str, description: &str) -> Value {
    let schema = json!({ "type": "string" });
    json!({ "name": name, "in": "header", "description": description, "schema": schema })
}

fn path_parameter(name: &str, what: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true, "description": format!("Which {what}."),
        "schema": { "type": "integer", "format": "int64", "minimum": 1 }, "example": 1,
    })
}
