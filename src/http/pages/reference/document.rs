//! Reads our OpenAPI document for the page: what is not as expected is left out, since the
//! tests of the page see to it that nothing is.

use serde_json::Value;

use crate::error::{Error, Result};

/// The order in which the operations of one path are told.
const VERBS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

pub(super) struct Document(Value);

/// A text whose parts in backquotes are code: whether one is, and the part.
pub(super) struct Text(pub(super) Vec<(bool, String)>);

pub(super) struct Group {
    pub(super) name: String,
    pub(super) about: Text,
    pub(super) operations: Vec<Operation>,
}

pub(super) struct Operation {
    pub(super) id: String,
    pub(super) verb: &'static str,
    pub(super) path: String,
    pub(super) summary: String,
    pub(super) about: Vec<Text>,
    pub(super) parameters: Vec<Field>,
    pub(super) body: Vec<Shape>,
    pub(super) body_example: Option<String>,
    pub(super) replies: Vec<Reply>,
    pub(super) refusals: Vec<Refusal>,
}

/// The fields of an object, under a title where it is one of several.
pub(super) struct Shape {
    pub(super) title: Option<String>,
    pub(super) fields: Vec<Field>,
}

pub(super) struct Field {
    pub(super) name: String,
    pub(super) is_needed: bool,
    pub(super) kind: Text,
    pub(super) about: Text,
}

pub(super) struct Reply {
    pub(super) status: String,
    pub(super) about: Text,
    pub(super) object: Option<String>,
    pub(super) example: Option<String>,
}

pub(super) struct Refusal {
    pub(super) status: String,
    pub(super) name: String,
    pub(super) about: Text,
}

pub(super) struct Object {
    pub(super) name: String,
    pub(super) about: Text,
    pub(super) shapes: Vec<Shape>,
}

impl Text {
    fn read(text: &str) -> Self {
        let parts = text.split('`').enumerate();
        Self(parts.map(|(number, part)| (number % 2 == 1, part.to_owned())).collect())
    }

    fn of(value: &Value) -> Self {
        Self::read(value.as_str().unwrap_or_default())
    }

    fn paragraphs(value: &Value) -> Vec<Self> {
        let text = value.as_str().unwrap_or_default();
        text.split("\n\n").filter(|part| !part.is_empty()).map(Self::read).collect()
    }
}

impl Document {
    pub(super) fn read(json: &str) -> Result<Self> {
        serde_json::from_str(json).map(Self).map_err(Error::internal)
    }

    pub(super) fn about(&self) -> Vec<Text> {
        Text::paragraphs(&self.0["info"]["description"])
    }

    pub(super) fn groups(&self) -> Vec<Group> {
        let tags = self.0["tags"].as_array().into_iter().flatten();
        let group = |tag: &Value| Group {
            name: string(&tag["name"]),
            about: Text::of(&tag["description"]),
            operations: self.operations(&tag["name"]),
        };
        tags.map(group).collect()
    }

    fn operations(&self, group: &Value) -> Vec<Operation> {
        let paths = self.0["paths"].as_object().into_iter().flatten();
        let of_path = |(path, methods): (&String, &Value)| {
            let there = VERBS.into_iter().filter(|verb| methods[*verb]["tags"][0] == *group);
            there.map(|verb| self.operation(verb, path, &methods[verb])).collect::<Vec<_>>()
        };
        paths.flat_map(of_path).collect()
    }

    fn operation(&self, verb: &'static str, path: &str, said: &Value) -> Operation {
        let body = &said["requestBody"]["content"]["application/json"];
        let parameters = said["parameters"].as_array().into_iter().flatten();
        let responses = said["responses"].as_object().into_iter().flatten();
        let (mut replies, mut refusals) = (Vec::new(), Vec::new());
        for (status, response) in responses {
            if status.starts_with(['3', '4', '5']) {
                refusals.push(self.refusal(status, response));
            } else {
                replies.push(self.reply(status, response));
            }
        }
        Operation {
            id: string(&said["operationId"]),
            verb,
            path: path.to_owned(),
            summary: string(&said["summary"]),
            about: Text::paragraphs(&said["description"]),
            parameters: parameters.map(|parameter| parameter_of(self.resolve(parameter))).collect(),
            body: if body.is_null() { Vec::new() } else { shapes(self.resolve(&body["schema"])) },
            body_example: pretty(&body["example"]),
            replies,
            refusals,
        }
    }

    fn reply(&self, status: &str, response: &Value) -> Reply {
        let response = self.resolve(response);
        let content = &response["content"]["application/json"];
        Reply {
            status: status.to_owned(),
            about: Text::of(&response["description"]),
            object: last_part(&content["schema"]["$ref"]),
            example: pretty(&content["example"]),
        }
    }

    fn refusal(&self, status: &str, response: &Value) -> Refusal {
        Refusal {
            status: status.to_owned(),
            name: last_part(&response["$ref"]).unwrap_or_default(),
            about: Text::of(&self.resolve(response)["description"]),
        }
    }

    /// Every way in which a request may be refused, once.
    pub(super) fn refusals(&self) -> Vec<Refusal> {
        let mut all: Vec<Refusal> = self
            .groups()
            .into_iter()
            .flat_map(|group| group.operations)
            .flat_map(|one| one.refusals)
            .collect();
        all.sort_by(|one, other| (&one.status, &one.name).cmp(&(&other.status, &other.name)));
        all.dedup_by(|one, other| one.name == other.name);
        all
    }

    /// What is answered; what is sent stands with its operation.
    pub(super) fn objects(&self) -> Vec<Object> {
        let schemas = self.0["components"]["schemas"].as_object().into_iter().flatten();
        let methods =
            self.0["paths"].as_object().into_iter().flatten().flat_map(|(_, of)| of.as_object());
        let operations = methods.flatten().map(|(_, said)| said);
        let bodies = operations.map(|said| &said["requestBody"]["content"]["application/json"]);
        let sent: Vec<String> =
            bodies.filter_map(|body| last_part(&body["schema"]["$ref"])).collect();
        let object = |(name, schema): (&String, &Value)| Object {
            name: name.clone(),
            about: Text::of(&schema["description"]),
            shapes: shapes(schema),
        };
        schemas.filter(|(name, _)| !sent.contains(name)).map(object).collect()
    }

    /// What a reference means, or the value itself.
    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let found = value["$ref"].as_str().and_then(|to| self.0.pointer(to.strip_prefix('#')?));
        found.unwrap_or(value)
    }
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn last_part(reference: &Value) -> Option<String> {
    Some(reference.as_str()?.rsplit('/').next()?.to_owned())
}

fn pretty(value: &Value) -> Option<String> {
    if value.is_null() { None } else { serde_json::to_string_pretty(value).ok() }
}

fn parameter_of(said: &Value) -> Field {
    let place = said["in"].as_str().unwrap_or_default();
    let kind = format!("{place}, {}", kind_of(&said["schema"]));
    Field {
        name: string(&said["name"]),
        is_needed: said["required"] == true,
        kind: Text::read(&kind),
        about: Text::of(&said["description"]),
    }
}

/// An object's fields, or those of each that it may be one of.
fn shapes(schema: &Value) -> Vec<Shape> {
    match schema["oneOf"].as_array() {
        Some(several) if schema["properties"].is_null() => {
            several.iter().flat_map(shapes).collect()
        }
        _ => {
            let mut fields = Vec::new();
            add_fields("", schema, &mut fields);
            // What must be there comes first; the rest keeps its order.
            fields.sort_by_key(|field| !field.is_needed);
            vec![Shape { title: schema["title"].as_str().map(str::to_owned), fields }]
        }
    }
}

/// Adds the fields of an object; those of one inside it under `outer.inner`.
fn add_fields(before: &str, schema: &Value, fields: &mut Vec<Field>) {
    let needed = schema["required"].as_array();
    for (name, said) in schema["properties"].as_object().into_iter().flatten() {
        let is_needed = needed.is_some_and(|all| all.iter().any(|one| one == name));
        let full = format!("{before}{name}");
        let kind = Text::read(&kind_of(said));
        fields.push(Field {
            name: full.clone(),
            is_needed,
            kind,
            about: Text::of(&said["description"]),
        });
        let inner = said["anyOf"].as_array().into_iter().flatten();
        for inner in inner.chain([said]) {
            add_fields(&format!("{full}."), inner, fields);
            add_fields(&format!("{full}[]."), &inner["items"], fields);
        }
    }
}

/// What a value is, and how large it may be, in words.
fn kind_of(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        let code = |word: &Value| {
            format!("`{}`", word.as_str().map_or_else(|| word.to_string(), str::to_owned))
        };
        return format!("one of {}", words.iter().map(code).collect::<Vec<_>>().join(", "));
    }
    if let Some(several) = schema["anyOf"].as_array() {
        return several.iter().map(kind_of).collect::<Vec<_>>().join(" or ");
    }
    if let Some(name) = last_part(&schema["$ref"]) {
        return name;
    }
    let names = match &schema["type"] {
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        one => vec![one.as_str().unwrap_or("anything")],
    };
    let named = names.iter().map(|name| match (*name, schema["format"].as_str()) {
        ("string", Some("date-time")) => "instant".to_owned(),
        ("string", Some("uri")) => "address".to_owned(),
        ("string", _) => "text".to_owned(),
        ("boolean", _) => "true or false".to_owned(),
        ("array", _) => format!("list of {}", kind_of(&schema["items"])),
        (other, _) => other.to_owned(),
    });
    let kind = named.collect::<Vec<_>>().join(" or ");
    let (least, most) = (&schema["minimum"], &schema["maximum"]);
    let range = match (least.is_null(), most.is_null()) {
        (false, false) => format!(" from {least} to {most}"),
        _ => String::new(),
    };
    let length = match (&schema["maxLength"], &schema["maxItems"]) {
        (Value::Number(most), _) => format!(", at most {most} characters"),
        (_, Value::Number(most)) => format!("; {most} at most"),
        _ => String::new(),
    };
    format!("{kind}{range}{length}")
}
