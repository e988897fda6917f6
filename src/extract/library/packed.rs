//! Files that hold others: ZIPs of Pocket and Omnivore, and Firefox's own compression.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{Sink, read_text};
use crate::error::{Error, Result};

/// No honest library is larger, and a dishonest one stops here.
const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;
const MEMBERS_MAX: usize = 10_000;
const MOZLZ4: &[u8] = b"mozLz40\0";
/// What members that hold links are called; all else are copies of pages.
const ENDINGS: [&str; 5] = [".csv", ".json", ".html", ".htm", ".txt"];

pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads every member that holds links, in the order of their names.
pub(super) fn read_zip(bytes: &[u8], sink: Sink) -> Result<()> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let names = archive.file_names().map(|name| name.map(Into::into));
    let mut names: Vec<String> = names.collect::<Result<_, _>>().map_err(broken)?;
    if names.len() > MEMBERS_MAX {
        let reason = format!("holds {} files, expected at most {MEMBERS_MAX}", names.len());
        return Err(Error::invalid("file", reason));
    }
    names.retain(|name| may_hold_links(name));
    names.sort_unstable();
    let (mut left, mut any) = (UNPACKED_BYTES_MAX, false);
    for name in names {
        let mut plain = Vec::new();
        let member = archive.by_name(&name).map_err(broken)?;
        let read = member.take(left + 1).read_to_end(&mut plain);
        read.map_err(|_| Error::invalid("file", "a file in the ZIP is damaged"))?;
        left = left.checked_sub(plain.len() as u64).ok_or_else(too_large)?;
        match read_text(&plain, sink) {
            Ok(_) => any = true,
            // A member of another kind, such as Pocket's highlights, is no reason to stop.
            Err(Error::Invalid { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    if any { Ok(()) } else { Err(Error::invalid("file", "no file in the ZIP holds links")) }
}

fn may_hold_links(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let is_copy = ["content/", "highlights/", "annotations/", "__macosx/"]
        .iter()
        .any(|folder| lower.starts_with(folder) || lower.contains(&format!("/{folder}")));
    !is_copy && ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// What a `.jsonlz4` holds, if this is one.
pub(super) fn unpack_mozlz4(bytes: &[u8]) -> Result<Option<Cow<'_, [u8]>>> {
    let Some(rest) = bytes.strip_prefix(MOZLZ4) else { return Ok(None) };
    let damaged = || Error::invalid("file", "the Firefox backup is damaged");
    let (size, block) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
    let size = u64::from(u32::from_le_bytes(*size));
    if size > UNPACKED_BYTES_MAX {
        return Err(too_large());
    }
    let plain = lz4_flex::block::decompress(block, size as usize).map_err(|_| damaged())?;
    Ok(Some(plain.into()))
}

fn broken(_: zip::result::ZipError) -> Error {
    Error::invalid("file", "the ZIP is damaged")
}

fn too_large() -> Error {
    Error::TooLarge { limit: UNPACKED_BYTES_MAX as usize }
}
