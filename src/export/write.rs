//! Links written so that other programs read them, and [`crate::extract::library`] gets everything
//! back.

use std::io::{self, Write};

use htmlize::{escape_attribute, escape_text};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::extract::library::NOTES;
use crate::model::bookmark::Bookmark;
use crate::model::import::ExportFormat;

const COLUMNS: [&str; 10] = [
    "url",
    "title",
    "description",
    "note",
    "folder",
    "tags",
    "unread",
    "archived",
    "favourite",
    "created",
];

/// A link with all there is to say about it.
#[derive(Serialize)]
struct Item<'a> {
    url: &'a str,
    title: &'a str,
    description: &'a str,
    note: &'a str,
    folder: &'a [String],
    tags: &'a [String],
    unread: bool,
    archived: bool,
    favourite: bool,
    saved_at: String,
}

/// Writes links, folder by folder.
pub(super) struct LibraryWriter<W: Write> {
    format: ExportFormat,
    out: W,
    /// The folders that are open, the outermost first.
    open: Vec<String>,
    count: u64,
}

impl<W: Write> LibraryWriter<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// When it cannot be written, as for all of these.
    pub(super) fn new(format: ExportFormat, mut out: W) -> Result<Self> {
        match format {
            ExportFormat::Html => out.write_all(
                b"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n\
                  <META HTTP-EQUIV=\"Content-Type\" CONTENT=\"text/html; charset=UTF-8\">\n\
                  <TITLE>Bookmarks</TITLE>\n<H1></H1>\n<DL><p>\n",
            )?,
            ExportFormat::Json => out.write_all(b"[")?,
            ExportFormat::Csv => write_record(&mut out, &COLUMNS)?,
        }
        Ok(Self { format, out, open: Vec::new(), count: 0 })
    }

    /// Writes a link that lies in that folder. Those of one folder have to come together.
    pub(super) fn write(&mut self, folder: &[String], bookmark: &Bookmark) -> Result<()> {
        let item = Item {
            url: &bookmark.url,
            title: bookmark.title(),
            description: bookmark.description(),
            note: &bookmark.note,
            folder,
            tags: &bookmark.tags,
            unread: bookmark.read_at.is_none(),
            archived: bookmark.archived_at.is_some(),
            favourite: bookmark.favourite,
            saved_at: bookmark.saved_at.to_string(),
        };
        match self.format {
            ExportFormat::Html => {
                self.enter(folder)?;
                write_link(&mut self.out, &item, bookmark)?;
            }
            ExportFormat::Json => {
                self.out.write_all(if self.count == 0 { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut self.out, &item).map_err(io::Error::from)?;
            }
            ExportFormat::Csv => {
                let (folder, tags) = (folder.join(" / "), item.tags.join(","));
                let flags = [item.unread, item.archived, item.favourite].map(|f| f.to_string());
                let texts = [item.url, item.title, item.description, item.note, &folder, &tags];
                let all: Vec<&str> = texts
                    .into_iter()
                    .chain(flags.iter().map(String::as_str))
                    .chain([item.saved_at.as_str()])
                    .collect();
                write_record(&mut self.out, &all)?;
            }
        }
        self.count += 1;
        Ok(())
    }

    /// Ends the file.
    pub(super) fn finish(mut self) -> Result<W> {
        match self.format {
            ExportFormat::Html => {
                self.enter(&[])?;
                self.out.write_all(b"</DL><p>\n")?;
            }
            ExportFormat::Json => self.out.write_all(b"\n]\n")?,
            ExportFormat::Csv => {}
        }
        self.out.flush()?;
        Ok(self.out)
    }

    /// Closes folders and opens others, until those of `path` are open.
    fn enter(&mut self, path: &[String]) -> Result<()> {
        let shared = self.open.iter().zip(path).take_while(|(open, wanted)| open == wanted).count();
        for _ in shared..self.open.len() {
            self.out.write_all(b"</DL><p>\n")?;
        }
        for name in &path[shared..] {
            writeln!(self.out, "<DT><H3>{}</H3>\n<DL><p>", escape_text(name.as_str()))?;
        }
        self.open = path.to_vec();
        Ok(())
    }
}

fn write_link(out: &mut impl Write, item: &Item, bookmark: &Bookmark) -> Result<()> {
    write!(
        out,
        "<DT><A HREF=\"{}\" ADD_DATE=\"{}\" LAST_MODIFIED=\"{}\" PRIVATE=\"1\" TOREAD=\"{}\"",
        escape_attribute(item.url),
        bookmark.saved_at.as_s(),
        bookmark.updated_at.as_s(),
        u8::from(item.unread),
    )?;
    if !item.tags.is_empty() {
        write!(out, " TAGS=\"{}\"", escape_attribute(item.tags.join(",")))?;
    }
    for (name, is_set) in [("ARCHIVED", item.archived), ("FAVOURITE", item.favourite)] {
        if is_set {
            write!(out, " DATA-{name}=\"1\"")?;
        }
    }
    writeln!(out, ">{}</A>", escape_text(item.title))?;
    let (start, end) = NOTES;
    match (item.description, item.note) {
        ("", "") => {}
        (description, "") => writeln!(out, "<DD>{}", escape_text(description))?,
        (description, note) => {
            let (description, note) = (escape_text(description), escape_text(note));
            writeln!(out, "<DD>{description}{start}{note}{end}")?;
        }
    }
    Ok(())
}

fn write_record(out: &mut impl Write, fields: &[&str]) -> Result<()> {
    let mut table = csv::Writer::from_writer(out);
    table.write_record(fields).map_err(Error::internal)?;
    Ok(table.flush()?)
}
