//! What templates say with: `{{ "Save"|t }}`, `{{ links|n("{n} link", "{n} links") }}`,
//! `{{ "Comes {when}."|t|with("when", at) }}`.

use std::fmt::Display;

use askama::{Result, Values};

use super::{count, fill, say};

/// Our words in the language that is spoken.
#[askama::filter_fn]
pub(in crate::http) fn t(english: impl Display, _: &dyn Values) -> Result<String> {
    Ok(say(&english.to_string()))
}

/// A sentence about a number of things, which stands in it as `{n}`.
#[askama::filter_fn]
pub(in crate::http) fn n(
    number: impl Display,
    _: &dyn Values,
    one: &str,
    many: &str,
) -> Result<String> {
    Ok(count(number.to_string().parse().unwrap_or_default(), one, many))
}

/// A sentence with a value in the place of `{name}`.
#[askama::filter_fn]
pub(in crate::http) fn with<V: Display>(
    sentence: impl Display,
    _: &dyn Values,
    name: &str,
    value: V,
) -> Result<String> {
    Ok(fill(&sentence.to_string(), name, &value.to_string()))
}

/// As [`with`], in a sentence of ours that has marks: the value is text that has none.
#[askama::filter_fn]
pub(in crate::http) fn with_text<V: Display>(
    sentence: impl Display,
    _: &dyn Values,
    name: &str,
    value: V,
) -> Result<String> {
    let value = askama::filters::escape(value.to_string(), askama::filters::Html)?.to_string();
    Ok(fill(&sentence.to_string(), name, &value))
}
