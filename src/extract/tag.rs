//! One tag of a page, read by the parser, with its values decoded.

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
        let raw = spaced(raw);
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

/// The tag with a plain space wherever one attribute ends: the parser knows no white space
/// but spaces and line feeds, and takes a slash between attributes for a part of them.
fn spaced(raw: &str) -> String {
    enum In {
        Names,
        BeforeValue,
        Quotes(char),
        Value,
    }
    let mut place = In::Names;
    let mut spaced = String::with_capacity(raw.len());
    for c in raw.chars() {
        let is_space = c.is_ascii_whitespace();
        let shown = match place {
            _ if c == '\0' => char::REPLACEMENT_CHARACTER,
            In::Quotes(_) => c,
            In::Names if c == '/' => ' ',
            _ if is_space => ' ',
            _ => c,
        };
        spaced.push(shown);
        place = match (place, c) {
            (In::Names, '=') => In::BeforeValue,
            (In::BeforeValue, '"' | '\'') => In::Quotes(c),
            (In::BeforeValue, _) if !is_space => In::Value,
            (In::Quotes(quote), _) if c == quote => In::Names,
            (In::Value, _) if is_space => In::Names,
            (place, _) => place,
        };
    }
    spaced
}

/// The part of a text that is worth decoding.
pub(super) fn head_of(value: &str) -> &str {
    &value[..value.floor_char_boundary(VALUE_BYTES_MAX)]
}
