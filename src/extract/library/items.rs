//! JSON arrays of links: ours, wallabag's, Pinboard's, Shaarli's, Omnivore's, linkding's,
//! Delicious', Readability's and buku's. They differ in what they call things only, so one shape
//! with all the names reads them all, one item at a time.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::{Sink, dates, is_yes, split_tags};
use crate::error::{Error, Result};
use crate::model::import::Row;
use crate::model::time::Timestamp;

/// A link by whatever names. What is not here, such as whole pages, is passed by.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Item {
    #[serde(alias = "href", alias = "uri", alias = "article__url", alias = "link")]
    url: Option<Loose>,
    #[serde(alias = "article__title", alias = "name")]
    title: Option<Loose>,
    description: Option<Loose>,
    /// Pinboard's description; its title is in `description`.
    extended: Option<Loose>,
    excerpt: Option<Loose>,
    #[serde(alias = "notes", alias = "comment")]
    note: Option<Loose>,
    folder: Option<Loose>,
    #[serde(alias = "tag_names", alias = "labels")]
    tags: Option<Loose>,
    #[serde(
        alias = "created_at",
        alias = "createdAt",
        alias = "created",
        alias = "time",
        alias = "date_added",
        alias = "savedAt"
    )]
    saved_at: Option<Loose>,
    #[serde(alias = "toread", alias = "to_read")]
    unread: Option<Loose>,
    #[serde(alias = "is_archived", alias = "archive")]
    archived: Option<Loose>,
    state: Option<Loose>,
    #[serde(alias = "is_starred", alias = "starred", alias = "favorite", alias = "favourited")]
    favourite: Option<Loose>,
    /// Where Karakeep has the address; with wallabag it is the page.
    content: Option<Content>,
    /// Karakeep's folders, by their ids.
    pub(super) lists: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Link {
        url: String,
        #[serde(default)]
        title: Option<String>,
    },
    Other(IgnoredAny),
}

/// A value of whatever type a program writes it in.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Loose {
    Flag(bool),
    Number(i64),
    Text(String),
    List(Vec<Loose>),
    Named { name: String },
    Other(IgnoredAny),
}

impl Loose {
    fn is_yes(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Number(number) => Some(*number != 0),
            Self::Text(text) => is_yes(text),
            _ => None,
        }
    }

    fn texts(&self) -> Vec<String> {
        match self {
            Self::List(list) => list.iter().flat_map(Self::texts).collect(),
            Self::Text(text) | Self::Named { name: text } => vec![text.clone()],
            _ => Vec::new(),
        }
    }
}

fn text(value: Option<Loose>) -> String {
    match value {
        Some(Loose::Text(text)) => text,
        _ => String::new(),
    }
}

pub(super) fn moment(value: Option<&Loose>) -> Option<Timestamp> {
    match value? {
        Loose::Number(number) => dates::number_of(*number),
        Loose::Text(text) => dates::parse(text),
        _ => None,
    }
}

pub(super) fn tags(value: Option<&Loose>) -> Vec<String> {
    match value {
        Some(Loose::Text(text)) => split_tags(text),
        Some(other) => other.texts(),
        None => Vec::new(),
    }
}

impl Item {
    pub(super) fn into_row(self, number: u64) -> Row {
        let flag = |value: &Option<Loose>| value.as_ref().and_then(Loose::is_yes);
        let mut row = Row {
            line: number,
            tags: tags(self.tags.as_ref()),
            folder: self.folder.as_ref().map(Loose::texts).unwrap_or_default(),
            saved_at: moment(self.saved_at.as_ref()),
            unread: flag(&self.unread),
            archived: flag(&self.archived) == Some(true),
            favourite: flag(&self.favourite) == Some(true),
            url: text(self.url),
            title: text(self.title),
            description: text(self.description),
            note: text(self.note),
        };
        if let Some(extended) = self.extended {
            row.title = std::mem::replace(&mut row.description, text(Some(extended)));
        }
        if let Some(Content::Link { url, title }) = self.content {
            row.url = url;
            if row.title.is_empty() {
                row.title = title.unwrap_or_default();
            }
        }
        if row.description.is_empty() {
            row.description = text(self.excerpt);
        }
        row.archived |= text(self.state).eq_ignore_ascii_case("archived");
        // Where a program has no word for read, what is put away is.
        if row.unread.is_none() && row.archived {
            row.unread = Some(false);
        }
        row
    }
}

/// Reads an array item by item.
pub(super) fn read(json: &str, sink: Sink) -> Result<()> {
    let mut failed = None;
    let mut items = serde_json::Deserializer::from_str(json);
    let read = items.deserialize_any(Items { sink, failed: &mut failed });
    match failed {
        Some(error) => Err(error),
        None => read.and_then(|()| items.end()).map_err(|error| broken(&error)),
    }
}

/// Hands over the items of an array as they are read.
struct Items<'a, 'b> {
    sink: Sink<'a>,
    failed: &'b mut Option<Error>,
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of links")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(item) = seq.next_element::<Item>()? {
            number += 1;
            if let Err(error) = (self.sink)(item.into_row(number)) {
                *self.failed = Some(error);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

/// What is said of JSON that breaks off, by its line and column alone: its text is private.
pub(super) fn broken(error: &serde_json::Error) -> Error {
    let at = format!("line {} column {}", error.line(), error.column());
    let what = if error.is_data() { "not what we expect" } else { "not valid JSON" };
    Error::invalid("file", format!("{what} at {at}"))
}
