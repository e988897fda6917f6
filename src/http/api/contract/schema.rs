//! From the shapes that handlers use to JSON Schema. What our names say already is added by
//! itself: an `_at` is an instant, an `_id` is no less than 1, a `_url` is an address.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// What a body has to look like.
pub(super) fn of_body<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_deserialize(), false)
}

/// What an answer looks like.
pub(super) fn of_reply<T: JsonSchema>() -> Value {
    generate::<T>(SchemaSettings::draft2020_12().for_serialize(), true)
}

fn generate<T: JsonSchema>(mut settings: SchemaSettings, is_reply: bool) -> Value {
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schema: Value = settings.into_generator().into_root_schema_for::<T>().into();
    tidy(&mut schema, is_reply);
    schema
}

/// Takes out what is only of use to Rust, and adds what the names of fields say.
fn tidy(schema: &mut Value, is_reply: bool) {
    let Value::Object(object) = schema else { return };
    object.remove("title");
    if object.get("default") == Some(&Value::Null) {
        object.remove("default");
    }
    if let Some(Value::String(text)) = object.get_mut("description") {
        *text = text.replace('\n', " ");
    }
    let is_unsigned = |format: &Value| format.as_str().is_some_and(|name| name.starts_with("uint"));
    if object.get("format").is_some_and(is_unsigned) {
        object.remove("format");
    }
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        for (name, property) in properties {
            name_says(name, property, is_reply);
        }
    }
    let inner = object.iter_mut().filter(|(key, _)| *key != "enum");
    for value in inner.flat_map(|(key, value)| parts(key, value)) {
        tidy(value, is_reply);
    }
}

/// The schemas inside a keyword of one.
fn parts<'a>(key: &str, value: &'a mut Value) -> Vec<&'a mut Value> {
    match (key, value) {
        ("properties", Value::Object(all)) => all.values_mut().collect(),
        ("anyOf" | "oneOf" | "allOf", Value::Array(all)) => all.iter_mut().collect(),
        ("items", value) => vec![value],
        _ => Vec::new(),
    }
}

fn name_says(name: &str, property: &mut Value, is_reply: bool) {
    let Value::Object(property) = property else { return };
    let ends = |tail: &str| name == tail.trim_start_matches('_') || name.ends_with(tail);
    if is_a(property, "string")
        && property.len() == 2 - usize::from(!property.contains_key("description"))
    {
        let format = match name {
            "until" | "before" | "after" => "date-time",
            "at" if is_reply => "date-time",
            _ if name.ends_with("_at") => "date-time",
            _ if is_reply && ends("_url") => "uri",
            _ => return,
        };
        property.insert("format".into(), json!(format));
    } else if is_a(property, "integer") && ends("_id") {
        property.insert("minimum".into(), json!(1));
    }
}

fn is_a(property: &Map<String, Value>, kind: &str) -> bool {
    match &property.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        _ => false,
    }
}
