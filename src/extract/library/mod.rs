//! A file of saved links in, rows out: what people bring along from other programs.
//!
//! What a file is follows from what is in it, never from its name. Rows are handed over one by
//! one, so that a library of any size takes no more memory than its file.

mod dates;
mod items;
mod lines;
mod markup;
mod packed;
mod table;
mod trees;

use std::borrow::Cow;

use super::charset;
use crate::error::{Error, Result};
use crate::model::import::{Format, Row};

/// Takes each row; an error ends the reading.
pub type Sink<'a> = &'a mut dyn FnMut(Row) -> Result<()>;

/// linkding writes notes into the description between these, and so do we.
pub const NOTES: (&str, &str) = ("[linkding-notes]", "[/linkding-notes]");

/// How much of a file is looked at to find out what it is.
const HEAD_BYTES: usize = 64 * 1024;

/// Reads a file of any kind, handing over its rows in their order.
///
/// # Errors
/// `Invalid` when it is of no kind that we know or breaks off; the rows before were handed over.
/// And whatever `sink` returns.
pub fn read(bytes: &[u8], sink: Sink) -> Result<Format> {
    if packed::is_zip(bytes) {
        packed::read_zip(bytes, sink)?;
        return Ok(Format::Zip);
    }
    if let Some(plain) = packed::unpack_mozlz4(bytes)? {
        return read_text(&plain, sink);
    }
    read_text(bytes, sink)
}

fn read_text(bytes: &[u8], sink: Sink) -> Result<Format> {
    let text = decode(bytes);
    let format = recognise(&text).ok_or_else(unknown)?;
    match format {
        Format::Netscape | Format::PocketHtml | Format::Xbel => markup::read(&text, sink)?,
        Format::Csv => table::read(&text, sink)?,
        Format::Lines => lines::read(&text, sink)?,
        Format::Json if text.trim_start().starts_with('{') => trees::read_wrapped(&text, sink)?,
        Format::Json => items::read(&text, sink)?,
        Format::Linkwarden => trees::read_linkwarden(&text, sink)?,
        Format::Chrome => trees::read_chrome(&text, sink)?,
        Format::Firefox => trees::read_firefox(&text, sink)?,
        Format::Zip => return Err(unknown()),
    }
    Ok(format)
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(_) => charset::decode(bytes, None, None).0,
    }
}

fn recognise(text: &str) -> Option<Format> {
    let head = text[..text.floor_char_boundary(HEAD_BYTES)].trim_start();
    let lower = head.to_ascii_lowercase();
    match head.as_bytes().first()? {
        b'[' => Some(Format::Json),
        b'{' => Some(trees::recognise(text)),
        b'<' | b'-' if lower.contains("<xbel") => Some(Format::Xbel),
        b'<' if lower.contains("time_added=") && !lower.contains("<dt") => Some(Format::PocketHtml),
        b'<' if lower.contains("netscape-bookmark-file") || lower.contains("<a ") => {
            Some(Format::Netscape)
        }
        _ if table::is_table(head) => Some(Format::Csv),
        _ if lines::is_list(head) => Some(Format::Lines),
        _ => None,
    }
}

fn unknown() -> Error {
    Error::invalid(
        "file",
        "not a file of links that we know, expected bookmarks of a browser (HTML), CSV or JSON of \
         a link saver, or a list of addresses",
    )
}

/// Tags in one text: between commas or, where there is none, between spaces.
fn split_tags(text: &str) -> Vec<String> {
    let kept = |part: &str| {
        let part = part.trim();
        (!part.is_empty()).then(|| part.to_owned())
    };
    if text.contains(',') {
        text.split(',').filter_map(kept).collect()
    } else {
        text.split_whitespace().filter_map(kept).collect()
    }
}

/// A yes or no as files write it.
fn is_yes(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
