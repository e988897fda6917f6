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

/// How a pattern has to stand in what is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum How {
    /// Anywhere in it; of a host, as the host itself or one that it lies below.
    #[default]
    Contains,
    /// At its beginning.
    Begins,
    /// As all of it.
    Equals,
}

impl How {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Contains, Self::Begins, Self::Equals];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::Begins => "begins",
            Self::Equals => "equals",
        }
    }

    /// That of this word.
    ///
    /// # Errors
    /// `Invalid` for any other word.
    pub fn parse(word: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|how| how.as_str() == word).ok_or_else(|| {
            let reason = format!("{word:?} found, expected contains, begins or equals");
            Error::invalid("match", reason)
        })
    }
}

/// Which links, and what is done with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// What is looked at.
    pub field: Field,
    /// How the pattern has to stand in it.
    pub how: How,
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
    /// Whether their pages are read.
    pub fetch: bool,
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
        let files = self.folder_id.is_some() || !self.tags.is_empty();
        if !files && !self.archive && !self.favourite && self.fetch {
            let reason = "it does nothing, expected a folder, tags, archive, favourite or no fetch";
            return Err(Error::invalid("rule", reason));
        }
        Ok(())
    }

    /// Whether a link is meant. Case does not matter, and `*` stands for anything. A host is meant
    /// with all below it, `example.com` with `blog.example.com`, unless it has to begin or be so;
    /// an address may begin with or without its scheme.
    pub fn matches(&self, url: &str, host: &str, title: &str) -> bool {
        let pattern = self.pattern.to_lowercase();
        let text = match self.field {
            Field::Url => url,
            Field::Host => host,
            Field::Title => title,
        };
        let text = text.to_lowercase();
        let bare = match self.field {
            Field::Url if !pattern.contains("://") => text.split_once("://").map(|(_, rest)| rest),
            _ => None,
        };
        let text = bare.unwrap_or(&text);
        match (self.how, self.field) {
            (How::Equals, _) => fits(text, &pattern),
            (How::Begins, _) => fits(text, &format!("{pattern}*")),
            (How::Contains, Field::Host) => {
                let mut names =
                    std::iter::successors(Some(text), |name| Some(name.split_once('.')?.1));
                names.any(|name| fits(name, &pattern))
            }
            (How::Contains, _) => fits(text, &format!("*{pattern}*")),
        }
    }
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
        let check_how =
            |field: Field, how: How, pattern: &str, url: &str, title: &str, expected| {
                let settings = Settings {
                    field,
                    how,
                    pattern: pattern.into(),
                    folder_id: None,
                    tags: Vec::new(),
                    archive: true,
                    favourite: false,
                    fetch: true,
                    enabled: true,
                };
                let host = url.split('/').nth(2).unwrap();
                assert_eq!(settings.matches(url, host, title), expected, "{pattern} {url} {title}");
            };
        let check = |field: Field, pattern: &str, url: &str, title: &str, expected: bool| {
            check_how(field, How::Contains, pattern, url, title, expected);
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
        for (field, how, pattern, expected) in [
            (Field::Url, How::Begins, "https://www.example.com/blog", true),
            (Field::Url, How::Begins, "www.example.com/blog", true),
            (Field::Url, How::Begins, "example.com/blog", false),
            (Field::Url, How::Begins, "*example.com/blog", true),
            (Field::Url, How::Equals, "www.example.com/blog/2026/post", true),
            (Field::Url, How::Equals, "www.example.com/blog/*/post", true),
            (Field::Url, How::Equals, "www.example.com/blog", false),
            (Field::Host, How::Equals, "example.com", false),
            (Field::Host, How::Equals, "WWW.example.com", true),
            (Field::Host, How::Begins, "www.", true),
            (Field::Title, How::Begins, "how to", true),
            (Field::Title, How::Begins, "to", false),
            (Field::Title, How::Equals, "how to toast", true),
            (Field::Title, How::Equals, "how to", false),
        ] {
            check_how(field, how, pattern, a, "How to Toast", expected);
        }
    }

    #[test]
    fn a_pattern_that_all_links_have_is_none() {
        for bad in ["", " ", "*", "**", &"x".repeat(201)] {
            assert!(parse_pattern(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_pattern(" *.kr ").unwrap(), "*.kr");
    }
}
