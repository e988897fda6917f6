//! A free word on many bookmarks.

use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};
use crate::model::folder::Counts;
use crate::model::id::{TagId, UserId};
use crate::model::text;

const NAME_CHARS_MAX: usize = 64;
/// How many tags a bookmark may have.
pub const TAGS_MAX: usize = 100;

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// Identity.
    pub id: TagId,
    /// Whose it is.
    pub user_id: UserId,
    /// As it was written first.
    pub name: String,
    /// Bookmarks in the list that have it, and how many of them are unread.
    pub counts: Counts,
}

/// A tag as it is written, and what decides whether two are the same.
#[derive(Debug, Clone)]
pub struct TagName {
    name: String,
    key: String,
}

impl TagName {
    /// Reads a tag that was typed. A `#` before it is dropped and white space inside becomes `-`,
    /// so that a tag is one word wherever it is written.
    ///
    /// # Errors
    /// `Invalid` when nothing is left, it holds a comma, or it is longer than 64 characters.
    pub fn parse(typed: &str) -> Result<Self> {
        let words: Vec<&str> = typed.trim().trim_start_matches('#').split_whitespace().collect();
        let name: String = words.join("-").nfc().collect();
        if name.contains(',') {
            return Err(Error::invalid("tag", "holds a comma, expected one tag"));
        }
        let name = text::required("tag", &name, NAME_CHARS_MAX)?;
        Ok(Self { key: key_of(&name), name })
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Whether a tag that is written so is this one.
    pub fn is(&self, written: &str) -> bool {
        key_of(written) == self.key
    }

    /// What is the same for two tags that only differ in case or width.
    pub fn key(&self) -> &String {
        &self.key
    }
}

fn key_of(name: &str) -> String {
    name.nfkc().flat_map(char::to_lowercase).collect()
}

impl PartialEq for TagName {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for TagName {}

/// Reads the tags of one bookmark; of those that are the same the first counts.
///
/// # Errors
/// `Invalid` naming `tags` when one of them is none, or there are more than 100.
pub fn parse_all(typed: &[impl AsRef<str>]) -> Result<Vec<TagName>> {
    if typed.len() > TAGS_MAX {
        return Err(too_many(typed.len()));
    }
    let mut names: Vec<TagName> = Vec::new();
    for typed in typed {
        let name = TagName::parse(typed.as_ref()).map_err(|error| error.under("tags"))?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Reads tags that were typed on one line, between commas or, where there is none, between
/// spaces.
///
/// # Errors
/// As [`parse_all`].
pub fn parse_line(typed: &str) -> Result<Vec<TagName>> {
    let parts: Vec<&str> = if typed.contains(',') {
        typed.split(',').collect()
    } else {
        typed.split_whitespace().collect()
    };
    let named = |part: &&str| !part.trim().trim_start_matches('#').trim().is_empty();
    parse_all(&parts.into_iter().filter(named).collect::<Vec<_>>())
}

/// What is said of a bookmark with that many tags.
pub fn too_many(count: usize) -> Error {
    Error::invalid("tags", format!("{count} of them, expected at most {TAGS_MAX}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_one_word() {
        let check = |typed: &str, name: &str, key: &str| {
            let tag = TagName::parse(typed).unwrap();
            assert_eq!((tag.as_str(), tag.key().as_str()), (name, key), "{typed}");
        };
        check(" Rust ", "Rust", "rust");
        check("#to read  later", "to-read-later", "to-read-later");
        check("ＡＩ", "ＡＩ", "ai");
        check("\u{1100}\u{1161}", "가", "가");
        check("C#", "C#", "c#");
        for bad in ["", "#", " # ", "a,b", "a\u{7}b", &"x".repeat(65)] {
            assert!(TagName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_on_a_line_stand_between_commas_or_spaces() {
        let check = |typed: &str, expected: &[&str]| {
            let names = parse_line(typed).unwrap();
            assert_eq!(names.iter().map(TagName::as_str).collect::<Vec<_>>(), expected, "{typed}");
        };
        check("", &[]);
        check("rust #web", &["rust", "web"]);
        check("to read, Rust,, rust ,", &["to-read", "Rust"]);
        check(" # , ", &[]);
    }

    #[test]
    fn there_are_not_too_many() {
        let many: Vec<String> = (0..=TAGS_MAX).map(|n| format!("t{n}")).collect();
        let error = parse_all(&many).unwrap_err();
        assert!(error.to_string().contains("tags"), "{error}");
        assert_eq!(parse_all(&many[1..]).unwrap().len(), TAGS_MAX);
    }
}
