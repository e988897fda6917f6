//! What is done with links by themselves when they are saved.

use crate::error::{Error, Result};
use crate::model::id::{FolderId, RuleId, UserId};
use crate::model::tag::TagName;
use crate::model::text;

const PATTERN_CHARS_MAX: usize = 200;
/// How many rules a person may have.
pub const PER_USER_MAX: i64 = 100;

/// What of a link is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Its address.
    Url,
    /// The host it leads to.
    Host,
    /// What its owner or its page calls it.
    Title,
}

impl Field {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Url => "url",
            Self::Host => "host",
            Self::Title => "title",
        }
    }

    /// The field of that word.
    ///
    /// # Errors
    /// `Invalid` for any other word.
    pub fn parse(word: &str) -> Result<Self> {
        [Self::Url, Self::Host, Self::Title].into_iter().find(|f| f.as_str() == word).ok_or_else(
            || Error::invalid("field", format!("{word:?} found, expected url, host or title")),
        )
    }
}

/// Which links, and what is done with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What is looked at.
    pub field: Field,
    /// What it has to be, as [`Settings::matches`] says.
    pub pattern: String,
    /// Where links are filed that are filed nowhere.
    pub folder_id: Option<FolderId>,
    /// Tags that they get.
    pub tags: Vec<TagName>,
    /// Whether they are put away at once.
    pub archive: bool,
    /// Whether they are marked as some of the best.
    pub favourite: bool,
    /// Whether it is followed.
    pub enabled: bool,
}

/// A rule that somebody set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Identity.
    pub id: RuleId,
    /// Whose it is.
    pub user_id: UserId,
    /// What it says.
    pub settings: Settings,
}

/// A pattern, checked.
///
/// # Errors
/// `Invalid` unless it is one line of 1 to 200 characters that are not all `*`.
pub fn parse_pattern(typed: &str) -> Result<String> {
    let pattern = text::required("pattern", typed, PATTERN_CHARS_MAX)?;
    if pattern.chars().all(|c| c == '*') {
        return Err(Error::invalid(
            "pattern",
            "only *, expected some text that not all links have",
        ));
    }
    Ok(pattern)
}

impl Settings {
    /// Checks that it does anything.
    ///
    /// # Errors
    /// `Invalid` when it does not.
    pub fn check(&self) -> Result<()> {
        if self.folder_id.is_none() && self.tags.is_empty() && !self.archive && !self.favourite {
            let reason = "it does nothing, expected a folder, tags, archive or favourite";
            return Err(Error::invalid("rule", reason));
        }
        Ok(())
    }

    /// Whether a link is meant. A host is meant with all below it, `example.com` with
    /// `www.example.com`; an address or a title when the pattern stands anywhere in it. Case does
    /// not matter, and `*` stands for anything.
    pub fn matches(&self, url: &str, host: &str, title: &str) -> bool {
        let pattern = self.pattern.to_lowercase();
        match self.field {
            Field::Url => matches_inside(&url.to_lowercase(), &pattern),
            Field::Title => matches_inside(&title.to_lowercase(), &pattern),
            Field::Host => {
                let below = |name: &str| fits(name, &pattern);
                let mut names =
                    std::iter::successors(Some(host), |name| Some(name.split_once('.')?.1));
                names.any(below)
            }
        }
    }
}

fn matches_inside(text: &str, pattern: &str) -> bool {
    fits(text, &format!("*{pattern}*"))
}

/// Whether a text is what a pattern says, in which `*` stands for anything. Each part is looked for
/// once, right after the one before, so that no pattern takes long.
fn fits(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_what_people_expect() {
        let check = |field: Field, pattern: &str, url: &str, title: &str, expected: bool| {
            let settings = Settings {
                field,
                pattern: pattern.into(),
                folder_id: None,
                tags: Vec::new(),
                archive: true,
                favourite: false,
                enabled: true,
            };
            let host = url.split('/').nth(2).unwrap();
            assert_eq!(settings.matches(url, host, title), expected, "{pattern} {url} {title}");
        };
        let a = "https://www.Example.com/Blog/2026/post";
        check(Field::Host, "example.com", &a.to_lowercase(), "", true);
        check(Field::Host, "www.example.com", &a.to_lowercase(), "", true);
        check(Field::Host, "ample.com", &a.to_lowercase(), "", false);
        check(Field::Host, "com", &a.to_lowercase(), "", true);
        check(Field::Host, "*.com", "https://a.org/", "", false);
        check(Field::Host, "ex*.com", &a.to_lowercase(), "", true);
        check(Field::Url, "/blog/", a, "", true);
        check(Field::Url, "/blog/*/post", a, "", true);
        check(Field::Url, "/blog/*/pest", a, "", false);
        check(Field::Url, "blog*2026*2026", a, "", false);
        check(Field::Title, "레시피", a, "김치 레시피 모음", true);
        check(Field::Title, "RUST", a, "Rust by example", true);
        check(Field::Title, "rust", a, "", false);
    }

    #[test]
    fn a_pattern_that_all_links_have_is_none() {
        for bad in ["", " ", "*", "**", &"x".repeat(201)] {
            assert!(parse_pattern(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_pattern(" *.kr ").unwrap(), "*.kr");
    }
}
