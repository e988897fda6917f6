//! One tag of a page, read by the parser, with its values decoded.

use std::borrow::Cow;

use super::scan::Name;

/// Longer values are cut before they are decoded; nothing honest is.
const VALUE_BYTES_MAX: usize = 16 * 1024;

/// A start tag.
#[derive(Debug)]
pub(super) struct Tag {
    pub name: Name,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// Reads the tag that is all of `raw`.
    pub(super) fn parse(name: Name, raw: &str) -> Option<Self> {
        // The parser knows no white space in a tag but spaces and line feeds.
        let raw: Cow<'_, str> = if raw.contains(['\t', '\r', '\x0c']) {
            raw.replace(['\t', '\r', '\x0c'], " ").into()
        } else {
            raw.into()
        };
        let dom = tl::parse(&raw, tl::ParserOptions::default()).ok()?;
        let tag = dom.nodes().iter().find_map(|node| node.as_tag())?;
        let attributes = tag.attributes().iter().map(|(key, value)| {
            let value = htmlize::unescape_attribute(head_of(value.as_deref().unwrap_or_default()));
            (key.to_ascii_lowercase(), value.into_owned())
        });
        Some(Self { name, attributes: attributes.collect() })
    }

    /// The value of an attribute, empty where there is none.
    pub(super) fn get(&self, key: &str) -> &str {
        let found = self.attributes.iter().find(|(name, _)| name == key);
        found.map_or("", |(_, value)| value)
    }

    /// Whether it has an attribute, be it without a value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.attributes.iter().any(|(name, _)| name == key)
    }

    /// Whether an attribute holds a word, in whatever case.
    pub(super) fn says(&self, key: &str, word: &str) -> bool {
        self.get(key).split_ascii_whitespace().any(|found| found.eq_ignore_ascii_case(word))
    }
}

/// The part of a text that is worth decoding.
pub(super) fn head_of(value: &str) -> &str {
    &value[..value.floor_char_boundary(VALUE_BYTES_MAX)]
}
