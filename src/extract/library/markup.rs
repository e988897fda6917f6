//! Bookmarks as browsers write them, in what is HTML only in name: nothing is closed reliably,
//! so this follows a handful of tags and lets all others pass. Pocket's page of links and XBEL
//! go the same way.

use memchr::{memchr, memchr_iter};

use super::{NOTES, Sink, dates, is_yes, split_tags};
use crate::error::Result;
use crate::extract::scan::{Name, after_byte, after_comment, find_end_tag, name, name_at, tag_end};
use crate::extract::tag::Tag;
use crate::model::import::Row;

/// Folders further inside are taken as lying in the last of these.
const DEPTH_MAX: usize = 64;
/// Longer texts are cut; nothing honest is.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// How linkding says that a link is archived.
const ARCHIVED_TAG: &str = "linkding:bookmarks.archived";

const A: Name = name("a");
const BOOKMARK: Name = name("bookmark");
const BR: Name = name("br");
const DD: Name = name("dd");
const DESC: Name = name("desc");
const DL: Name = name("dl");
const DT: Name = name("dt");
const FOLDER: Name = name("folder");
const H1: Name = name("h1");
const H3: Name = name("h3");
const HR: Name = name("hr");
const LI: Name = name("li");
const SCRIPT: Name = name("script");
const STYLE: Name = name("style");
const TITLE: Name = name("title");

/// Reads the whole text.
pub(super) fn read(text: &str, sink: Sink) -> Result<()> {
    let bytes = text.as_bytes();
    let mut reader = Reader::new(sink);
    let (mut at, mut line, mut counted) = (0, 1, 0);
    while let Some(open) = memchr(b'<', &bytes[at..]).map(|offset| at + offset) {
        reader.text(&text[at..open]);
        line += memchr_iter(b'\n', &bytes[counted..open]).count() as u64;
        counted = open;
        if bytes[open..].starts_with(b"<!--") {
            at = after_comment(bytes, open + 4).unwrap_or(bytes.len());
            continue;
        }
        let closes = bytes.get(open + 1) == Some(&b'/');
        let (name, name_end) = name_at(bytes, open + 1 + usize::from(closes));
        // Where a quote is never closed, the tag ends at the next bracket.
        let end = tag_end(bytes, name_end).map(|(end, _)| end);
        let Some(end) = end.or_else(|| after_byte(b'>', bytes, open)) else { break };
        at = end;
        match (name, closes) {
            (SCRIPT, false) => at = find_end_tag(bytes, end, "script").unwrap_or(bytes.len()),
            (STYLE, false) => at = find_end_tag(bytes, end, "style").unwrap_or(bytes.len()),
            (_, false) => reader.open(name, &text[open..end], line)?,
            (_, true) => reader.close(name)?,
        }
    }
    reader.text(&text[at..]);
    reader.flush()
}

/// What text belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum In {
    /// Nothing that we keep.
    Nowhere,
    /// The title of the link at hand.
    Link,
    /// What is said about the link at hand.
    Note,
    /// The name of the folder that comes next, or of a part of Pocket's page.
    Heading,
    /// The title of an XBEL folder or link.
    Title,
}

struct Reader<'a> {
    sink: Sink<'a>,
    /// The folders around, of which some have no name.
    folders: Vec<Option<String>>,
    /// The last heading, which names the list that follows it.
    heading: Option<String>,
    /// Whether Safari's reading list follows.
    reading_list: bool,
    /// Whether we are in the part of Pocket's page that is read and put away.
    archive: bool,
    link: Option<Row>,
    place: In,
    text: String,
}

impl<'a> Reader<'a> {
    fn new(sink: Sink<'a>) -> Self {
        Self {
            sink,
            folders: Vec::new(),
            heading: None,
            reading_list: false,
            archive: false,
            link: None,
            place: In::Nowhere,
            text: String::new(),
        }
    }

    fn text(&mut self, raw: &str) {
        if self.place != In::Nowhere && self.text.len() < TEXT_BYTES_MAX {
            self.text.push_str(&htmlize::unescape(raw));
        }
    }

    fn open(&mut self, name: Name, raw: &str, line: u64) -> Result<()> {
        match name {
            A | BOOKMARK => {
                self.flush()?;
                self.link = Tag::parse(name, raw).map(|tag| self.link_of(&tag, line));
                self.place = if name == A { In::Link } else { In::Nowhere };
            }
            DD | DESC => {
                self.end_text();
                // What is said about a folder has no place with us.
                self.place = if self.link.is_some() { In::Note } else { In::Nowhere };
            }
            H1 | H3 => {
                self.flush()?;
                self.reading_list = raw.contains("com.apple.ReadingList");
                self.place = In::Heading;
            }
            DL => {
                self.flush()?;
                self.folders.push(self.heading.take());
            }
            FOLDER => {
                self.flush()?;
                self.folders.push(None);
            }
            TITLE => {
                self.end_text();
                self.place = In::Title;
            }
            DT | HR | LI => self.flush()?,
            BR => self.text("\n"),
            _ => {}
        }
        Ok(())
    }

    fn close(&mut self, name: Name) -> Result<()> {
        match name {
            A | H1 | H3 | TITLE | DESC => self.end_text(),
            BOOKMARK | DD => self.flush()?,
            DL | FOLDER => {
                self.flush()?;
                self.folders.pop();
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives the text to what it belongs to.
    fn end_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        match (std::mem::replace(&mut self.place, In::Nowhere), &mut self.link) {
            (In::Link | In::Title, Some(link)) => text.clone_into(&mut link.title),
            (In::Note, Some(link)) => take_notes(link, text),
            (In::Title, None) => {
                if let Some(folder @ None) = self.folders.last_mut() {
                    *folder = Some(text.to_owned());
                }
            }
            (In::Heading, _) => {
                self.archive = matches!(text, "Read Archive" | "Archive");
                self.heading = (!text.is_empty()).then(|| text.to_owned());
            }
            (In::Link | In::Note | In::Nowhere, _) => {}
        }
    }

    /// Hands over the link at hand.
    fn flush(&mut self) -> Result<()> {
        self.end_text();
        self.link.take().map_or(Ok(()), |link| (self.sink)(link))
    }

    fn link_of(&self, tag: &Tag, line: u64) -> Row {
        let first = |keys: &[&str]| {
            keys.iter().map(|key| tag.get(key)).find(|value| !value.is_empty()).unwrap_or_default()
        };
        let mut tags = split_tags(first(&["tags", "labels", "tag"]));
        let count = tags.len();
        tags.retain(|tag| tag != ARCHIVED_TAG);
        let to_read = is_yes(tag.get("toread")).or_else(|| self.reading_list.then_some(true));
        let mut row = Row {
            line,
            url: tag.get("href").trim().to_owned(),
            folder: self.folders.iter().flatten().take(DEPTH_MAX).cloned().collect(),
            archived: tags.len() < count || is_yes(tag.get("data-archived")) == Some(true),
            tags,
            saved_at: dates::parse(first(&["add_date", "time_added", "added", "last_modified"])),
            unread: to_read.or_else(|| is_yes(tag.get("data-unread"))),
            favourite: is_yes(first(&["data-favourite", "data-important"])) == Some(true),
            note: first(&["note", "description"]).to_owned(),
            ..Row::default()
        };
        if tag.has("time_added") {
            (row.unread, row.archived) = (Some(!self.archive), self.archive);
        }
        row
    }
}

/// The description of a link, and the notes that linkding puts into it.
fn take_notes(link: &mut Row, text: &str) {
    let (start, end) = NOTES;
    match text.split_once(start) {
        Some((before, rest)) => {
            before.trim().clone_into(&mut link.description);
            rest.split_once(end).map_or(rest, |(notes, _)| notes).trim().clone_into(&mut link.note);
        }
        None => text.clone_into(&mut link.description),
    }
}
