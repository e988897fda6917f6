//! Links that come from a file of another program, and what becomes of each.

use std::str::FromStr;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::bookmark::{
    DESCRIPTION_CHARS_MAX, Link, NOTE_CHARS_MAX, NewBookmark, TITLE_CHARS_MAX,
};
use crate::model::id::{FolderId, ImportId, UserId};
use crate::model::tag::{TAGS_MAX, TagName};
use crate::model::text;
use crate::model::time::Timestamp;

/// 1990: what is older was not saved then.
const EARLIEST_MS: i64 = 631_152_000_000;
/// Clocks of others may be wrong by that much.
const AHEAD_MAX: Duration = Duration::from_hours(24);

/// A link as a file has it. Nothing of it is checked yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Where it stands in the file: its line, or in JSON its number.
    pub line: u64,
    /// The address.
    pub url: String,
    /// What it is called there; empty where it has no name.
    pub title: String,
    /// What it is about.
    pub description: String,
    /// Its owner's words.
    pub note: String,
    /// The folders it lies in, the outermost first.
    pub folder: Vec<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was saved.
    pub saved_at: Option<Timestamp>,
    /// Whether it still waits to be read, where the file says so.
    pub unread: Option<bool>,
    /// Whether it was put away.
    pub archived: bool,
    /// Whether it is one of the best.
    pub favourite: bool,
}

impl Row {
    /// The link as it can be saved: texts that are too long are cut, tags that are none left out.
    /// It is `unread` where the file does not say.
    ///
    /// # Errors
    /// `Invalid` when its address is not one that can be saved.
    pub fn into_new(self, unread: bool, now: Timestamp) -> Result<NewBookmark> {
        let link = parse_link(&self.url)?;
        let named = self.title.trim() != self.url.trim() && self.title.trim() != link.as_str();
        let title = if named { text::one_line(&self.title) } else { String::new() };
        let mut tags: Vec<TagName> = Vec::new();
        for typed in self.tags.iter().flat_map(|tag| tag.split(',')) {
            if let Ok(tag) = TagName::parse(typed)
                && !tags.contains(&tag)
            {
                tags.push(tag);
            }
        }
        tags.truncate(TAGS_MAX);
        let known =
            |at: &Timestamp| (EARLIEST_MS..=(now + AHEAD_MAX).as_ms()).contains(&at.as_ms());
        Ok(NewBookmark {
            fetch: title.is_empty(),
            title: text::shortened(&title, TITLE_CHARS_MAX),
            description: lines(&self.description, DESCRIPTION_CHARS_MAX),
            note: lines(&self.note, NOTE_CHARS_MAX),
            folder_id: None,
            tags,
            unread: self.unread.unwrap_or(unread),
            archived: self.archived,
            favourite: self.favourite,
            saved_at: self.saved_at.filter(known).map(|at| at.min(now)),
            link,
        })
    }
}

/// An address that is one as a whole: others, such as those of scripts, may have one in them.
fn parse_link(url: &str) -> Result<Link> {
    let url = url.trim();
    match url.split_once(':') {
        Some((scheme, _))
            if ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)) =>
        {
            Link::parse(url)
        }
        Some((scheme, _)) if scheme.len() <= 20 && scheme.is_ascii() => Err(Error::invalid(
            "url",
            format!("{scheme}: found, expected an http or https address"),
        )),
        _ => Err(Error::invalid("url", "no web address, expected http or https")),
    }
}

/// A text of several lines without control characters, cut.
fn lines(text: &str, chars_max: usize) -> String {
    let kept = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept: String =
        kept.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    text::shortened(kept.trim(), chars_max)
}

/// What a file is: who writes files like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Bookmarks as every browser writes them.
    Netscape,
    /// Pocket's page of links.
    PocketHtml,
    /// Any table with a column of addresses.
    Csv,
    /// A JSON array of links, such as ours.
    Json,
    /// Linkwarden.
    Linkwarden,
    /// Chrome's own file.
    Chrome,
    /// A backup of Firefox.
    Firefox,
    /// XBEL, as floccus and KDE write it.
    Xbel,
    /// Lines that begin with an address.
    Lines,
    /// Several of these in a ZIP.
    Zip,
}

impl Format {
    /// All there are.
    pub const ALL: [Self; 10] = [
        Self::Netscape,
        Self::PocketHtml,
        Self::Csv,
        Self::Json,
        Self::Linkwarden,
        Self::Chrome,
        Self::Firefox,
        Self::Xbel,
        Self::Lines,
        Self::Zip,
    ];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Netscape => "netscape",
            Self::PocketHtml => "pocket_html",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Linkwarden => "linkwarden",
            Self::Chrome => "chrome",
            Self::Firefox => "firefox",
            Self::Xbel => "xbel",
            Self::Lines => "lines",
            Self::Zip => "zip",
        }
    }
}

/// What links leave in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// Bookmarks that every browser and link saver reads.
    Html,
    /// An array with all there is to say about each link.
    Json,
    /// A table.
    Csv,
}

impl ExportFormat {
    /// The word for it, which also ends the name of its files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }

    /// Its type on the web.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Json => "application/json",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

impl FromStr for ExportFormat {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        [Self::Html, Self::Json, Self::Csv].into_iter().find(|f| f.as_str() == word).ok_or_else(
            || Error::invalid("format", format!("{word:?} found, expected html, json or csv")),
        )
    }
}

/// What became of the links of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Links that are new.
    pub added: u64,
    /// Those that were there and took something from the file.
    pub merged: u64,
    /// Those that were there just so.
    pub unchanged: u64,
    /// Those that could not be taken.
    pub rejected: u64,
}

impl Tally {
    /// How many links of the file have had their turn.
    pub fn read(&self) -> u64 {
        self.added + self.merged + self.unchanged + self.rejected
    }
}

/// A link that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Where it stands in the file, as in [`Row`].
    pub line: u64,
    /// The beginning of its address.
    pub url: String,
    /// Why not.
    pub reason: String,
}

/// How a file is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// The folder that its own come into.
    pub folder_id: Option<FolderId>,
    /// Whether links wait to be read of which the file does not say.
    pub unread: bool,
    /// Only count, and change nothing.
    pub dry_run: bool,
}

/// Where an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The file waits, or is being read.
    Running,
    /// All of it was read.
    Done,
    /// It could not be read to its end.
    Failed,
    /// Its owner stopped it.
    Cancelled,
}

impl State {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that word.
    ///
    /// # Errors
    /// `Invalid` for any other word.
    pub fn parse(word: &str) -> Result<Self> {
        [Self::Running, Self::Done, Self::Failed, Self::Cancelled]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| Error::invalid("state", format!("{word:?} is no state of an import")))
    }
}

/// A file on its way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Identity.
    pub id: ImportId,
    /// Whose links they become.
    pub user_id: UserId,
    /// What the file is called in its directory; empty where it does not lie there.
    pub file: String,
    /// How big it is.
    pub bytes: u64,
    /// How it is taken.
    pub settings: Settings,
    /// Where it stands.
    pub state: State,
    /// What it is, once that is known.
    pub format: Option<String>,
    /// Why it could not be read to its end.
    pub reason: Option<String>,
    /// What became of its links so far.
    pub tally: Tally,
    /// When it came.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(row: Row) -> Result<NewBookmark> {
        row.into_new(false, "2026-03-08T09:00:00Z".parse().unwrap())
    }

    #[test]
    fn a_row_is_tidied_and_only_web_addresses_are_taken() {
        let row = Row {
            url: " https://a.example/ ".into(),
            title: "https://a.example/".into(),
            description: "a\r\nb\u{7}".into(),
            tags: ["x", "a b,X", "", "#"].map(Into::into).into(),
            saved_at: Some("2026-03-09T08:00:00Z".parse().unwrap()),
            ..Row::default()
        };
        let tidy = new(row.clone()).unwrap();
        assert_eq!((tidy.title.as_str(), tidy.fetch, tidy.unread), ("", true, false));
        assert_eq!(tidy.description, "a\nb");
        assert_eq!(tidy.tags.iter().map(TagName::as_str).collect::<Vec<_>>(), ["x", "a-b"]);
        assert_eq!(
            tidy.saved_at.unwrap().to_string(),
            "2026-03-08T09:00:00Z",
            "a clock a bit ahead"
        );
        for at in ["1989-12-31T00:00:00Z", "2030-01-01T00:00:00Z"] {
            let row = Row { saved_at: Some(at.parse().unwrap()), ..row.clone() };
            assert_eq!(new(row).unwrap().saved_at, None, "{at}");
        }
        let long = Row { title: "x".repeat(9_000), note: "y".repeat(30_000), ..row.clone() };
        let long = new(long).unwrap();
        assert_eq!((long.title.chars().count(), long.note.chars().count()), (500, 20_000));
        for (url, why) in [
            ("javascript:location='https://a.example/'", "javascript: found"),
            ("place:sort=8", "place: found"),
            ("/shaare/AbC", "no web address"),
            ("", "no web address"),
            ("https://", "not an address"),
        ] {
            let error = new(Row { url: url.into(), ..Row::default() }).unwrap_err().to_string();
            assert!(error.contains(why), "{url}: {error}");
        }
    }
}
