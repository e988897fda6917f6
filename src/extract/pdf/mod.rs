//! What a PDF says about itself: title, author and when it was made.
//!
//! A scanner, not a parser. Only the beginning of a file is read, so its table of objects,
//! which stands at the end, is often missing; what is there is found by looking for it.
//! Everything is bounded: how often it looks, and how much it unpacks. An encrypted file
//! says nothing, and a bookmark inside a document is never taken for its title.

mod syntax;
mod xmp;

use std::io::Read;

use encoding_rs::WINDOWS_1252;
use flate2::read::ZlibDecoder;
use memchr::memmem;

use super::{charset, date, text};
use crate::model::time::Timestamp;
use syntax::{Dict, Value};

/// How many places are looked at for one thing.
const LOOKS_MAX: usize = 256;
/// How many of its last versions a file is asked for.
const TRAILERS_MAX: usize = 32;
/// How many objects are looked for in one packed stream; writers put in some hundred.
const PACKED_MAX: usize = 16 * 1024;
/// How much all packed objects of one file may unpack to.
const UNPACKED_MAX: u64 = 8 * 1024 * 1024;

/// What was found; nothing is where the file does not say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Info {
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) created_at: Option<Timestamp>,
}

pub(super) fn read(bytes: &[u8]) -> Info {
    let trailers = trailers(bytes);
    if trailers.iter().any(|trailer| trailer.get("Encrypt").is_some()) {
        return Info::default();
    }
    let file = File { bytes, packed: unpack(bytes) };
    let xmp = file.xmp(&trailers).map(|packet| xmp::read(&packet)).unwrap_or_default();
    let dict = file.info(&trailers).unwrap_or_default();
    let string = |key: &str| Some(as_text(&file.string(dict.get(key)?)?));
    let title = |text: String| title(&text);
    let author = |text: String| author(&text);
    let made = string("CreationDate").and_then(|text| pdf_date(&text));
    Info {
        title: xmp.title.and_then(title).or_else(|| string("Title").and_then(title)),
        author: xmp.author.and_then(author).or_else(|| string("Author").and_then(author)),
        created_at: made.or_else(|| date::parse(&xmp.created?)),
    }
}

/// The dictionaries that say where things are: after `trailer`, or of a stream in its place.
fn trailers(bytes: &[u8]) -> Vec<Dict> {
    let plain = memmem::rfind_iter(bytes, "trailer").map(|at| at + 7);
    let streams = memmem::rfind_iter(bytes, "/XRef").filter_map(|at| object_around(bytes, at));
    let mut starts: Vec<usize> =
        plain.take(TRAILERS_MAX).chain(streams.take(TRAILERS_MAX)).collect();
    starts.sort_unstable();
    starts.into_iter().filter_map(|at| syntax::dict(&bytes[at..]).map(|(dict, _)| dict)).collect()
}

/// Just behind the `obj` of the object that `at` lies in.
fn object_around(bytes: &[u8], at: usize) -> Option<usize> {
    // Dictionaries that matter are short; looking further would find another object's.
    let from = at.saturating_sub(4096);
    memmem::rfind(&bytes[from..at], b" obj").map(|offset| from + offset + 4)
}

/// Objects out of a packed stream, by their number.
struct Packed {
    objects: Vec<(u32, usize)>,
    data: Vec<u8>,
}

impl Packed {
    fn object_around(&self, at: usize) -> Option<&[u8]> {
        let starts = self.objects.iter().map(|(_, start)| *start);
        self.data.get(starts.filter(|start| *start <= at).max()?..)
    }
}

fn unpack(bytes: &[u8]) -> Vec<Packed> {
    let mut left = UNPACKED_MAX;
    let streams = memmem::find_iter(bytes, "/ObjStm").take(LOOKS_MAX);
    let mut unpack = |at| {
        let (dict, data) = stream(bytes, object_around(bytes, at)?, &mut left)?;
        let first = usize::try_from(dict.number("First")?).ok()?;
        let head = std::str::from_utf8(data.get(..first)?).ok()?;
        let numbers: Vec<u32> =
            head.split_ascii_whitespace().map_while(|n| n.parse().ok()).collect();
        let objects = numbers.as_chunks::<2>().0.iter().take(PACKED_MAX);
        let objects = objects.map(|[id, offset]| (*id, first.saturating_add(*offset as usize)));
        Some(Packed { objects: objects.collect(), data })
    };
    streams.filter_map(&mut unpack).collect()
}

/// The dictionary and the content of a stream, as far as it can be read.
fn stream(bytes: &[u8], at: usize, left: &mut u64) -> Option<(Dict, Vec<u8>)> {
    let (dict, length) = syntax::dict(&bytes[at..])?;
    let rest = bytes[at + length..].trim_ascii_start().strip_prefix(b"stream")?;
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest);
    let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    let mut data = Vec::new();
    match dict.name("Filter") {
        None => {
            let end = memmem::find(rest, b"endstream").unwrap_or(rest.len());
            rest[..end].take(*left).read_to_end(&mut data).ok()?;
        }
        // What breaks off has still said something before it did.
        Some("FlateDecode") => {
            let _ = ZlibDecoder::new(rest).take(*left).read_to_end(&mut data);
        }
        Some(_) => return None,
    }
    *left -= data.len() as u64;
    Some((dict, data))
}

struct File<'a> {
    bytes: &'a [u8],
    packed: Vec<Packed>,
}

impl File<'_> {
    /// What stands behind `id 0 obj`. Later ones replace earlier ones.
    fn object(&self, id: u32) -> Option<&[u8]> {
        let mark = format!("{id} 0 obj");
        let plain = memmem::rfind_iter(self.bytes, mark.as_bytes()).take(LOOKS_MAX);
        let mut plain = plain.filter(|&at| at == 0 || !self.bytes[at - 1].is_ascii_digit());
        if let Some(at) = plain.next() {
            return Some(&self.bytes[at + mark.len()..]);
        }
        self.packed.iter().rev().find_map(|packed| {
            let (_, at) = packed.objects.iter().find(|(found, _)| *found == id)?;
            packed.data.get(*at..)
        })
    }

    fn string(&self, value: &Value) -> Option<Vec<u8>> {
        match value {
            Value::Text(text) => Some(text.clone()),
            Value::Reference(id) => syntax::string(self.object(*id)?),
            _ => None,
        }
    }

    fn dict(&self, value: &Value) -> Option<Dict> {
        let Value::Reference(id) = value else { return None };
        syntax::dict(self.object(*id)?).map(|(dict, _)| dict)
    }

    /// The document's information: where the trailer says, else what looks like it.
    fn info(&self, trailers: &[Dict]) -> Option<Dict> {
        let named = trailers.iter().rev().filter_map(|trailer| trailer.get("Info"));
        let mut named = named.filter_map(|value| self.dict(value));
        named.next().or_else(|| self.stray_info())
    }

    fn stray_info(&self) -> Option<Dict> {
        let marks = ["/Producer", "/CreationDate"];
        let plain = marks.iter().flat_map(|mark| memmem::find_iter(self.bytes, mark));
        let plain = plain.filter_map(|at| Some(&self.bytes[object_around(self.bytes, at)?..]));
        let packed = self.packed.iter().flat_map(|packed| {
            let at = marks.iter().flat_map(|mark| memmem::find_iter(&packed.data, mark));
            at.filter_map(|at| packed.object_around(at))
        });
        let dicts = plain.take(LOOKS_MAX).chain(packed.take(LOOKS_MAX)).filter_map(syntax::dict);
        dicts.map(|(dict, _)| dict).find(is_info)
    }

    /// The packet of metadata that the document itself points to, else the last there is:
    /// pictures inside a document carry packets of their own.
    fn xmp(&self, trailers: &[Dict]) -> Option<Vec<u8>> {
        let roots = trailers.iter().rev().filter_map(|trailer| trailer.get("Root"));
        let mut left = UNPACKED_MAX;
        let mut pointed_to = roots.filter_map(|root| {
            let Value::Reference(id) = self.dict(root)?.get("Metadata").cloned()? else {
                return None;
            };
            stream_of(self.object(id)?, &mut left)
        });
        pointed_to.next().or_else(|| {
            let at = memmem::rfind(self.bytes, b"<x:xmpmeta")?;
            Some(self.bytes[at..].to_vec())
        })
    }
}

fn stream_of(object: &[u8], left: &mut u64) -> Option<Vec<u8>> {
    stream(object, 0, left).map(|(_, data)| data)
}

/// Bookmarks have titles as well, but nobody writes down which program made one.
fn is_info(dict: &Dict) -> bool {
    let has = |key: &&str| dict.get(key).is_some();
    let says = ["Title", "Author", "Subject", "Keywords"].iter().any(has);
    says && ["Producer", "Creator", "CreationDate"].iter().any(has)
        && !["Parent", "Dest", "A", "Prev", "Next", "Type"].iter().any(has)
}

/// The text of a string: UTF-16 or UTF-8 by its mark, else in the encoding of PDF, unless
/// a program has put down its own.
fn as_text(bytes: &[u8]) -> String {
    let wide = |order: fn([u8; 2]) -> u16, bytes: &[u8]| {
        let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| order(*pair)).collect();
        // Between two escapes stands the language of what follows.
        let mut text = String::from_utf16_lossy(&units);
        while let Some((before, rest)) = text.split_once('\u{1b}') {
            let after = rest.split_once('\u{1b}').map_or("", |(_, after)| after);
            text = format!("{before}{after}");
        }
        text
    };
    match bytes {
        [0xfe, 0xff, rest @ ..] => wide(u16::from_be_bytes, rest),
        [0xff, 0xfe, rest @ ..] => wide(u16::from_le_bytes, rest),
        _ => match charset::decode(bytes, Some("windows-1252"), None) {
            (_, encoding) if encoding == WINDOWS_1252 => {
                bytes.iter().map(|&byte| syntax::pdf_doc_char(byte)).collect()
            }
            (text, _) => text.into_owned(),
        },
    }
}

/// A title that people gave, rather than what a program put in its place.
fn title(raw: &str) -> Option<String> {
    const PROGRAMS: [&str; 3] =
        ["microsoft word - ", "microsoft powerpoint - ", "microsoft excel - "];
    const EMPTY: [&str; 10] = [
        "powerpoint presentation",
        "powerpoint 프레젠테이션",
        "powerpoint プレゼンテーション",
        "slide 1",
        "presentation",
        "document",
        "제목 없음",
        "제목없음",
        "無題",
        "无标题",
    ];
    let text = text::clean(raw, text::TITLE_MAX)?;
    let lower = text.to_lowercase();
    let program = PROGRAMS.iter().find(|program| lower.starts_with(**program));
    let name = program.map_or(text.as_str(), |program| text.get(program.len()..).unwrap_or(""));
    let bare = name.rsplit(['/', '\\']).next().unwrap_or(name).trim();
    let stem = without_extension(bare);
    let given = match (program, stem) {
        (Some(_), stem) => stem.unwrap_or(name),
        // A name of one word is no more than what the file was called.
        (None, Some(stem)) => Some(stem).filter(|stem| stem.contains(' '))?,
        (None, None) => name,
    };
    let lower = given.to_lowercase();
    let numbered = lower.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | ' '));
    let is_empty = EMPTY.contains(&lower.as_str()) || matches!(numbered, "untitled" | "문서");
    let says_something = given.chars().any(char::is_alphanumeric) && !given.contains('\u{fffd}');
    (!is_empty && says_something).then(|| given.to_owned())
}

/// A name without the ending of a program that PDFs are made with.
fn without_extension(name: &str) -> Option<&str> {
    const ENDINGS: [&str; 22] = [
        "doc", "docx", "dot", "rtf", "odt", "pages", "hwp", "hwpx", "ppt", "pptx", "odp", "xls",
        "xlsx", "indd", "qxd", "fm", "tex", "dvi", "ps", "eps", "ai", "pdf",
    ];
    let (stem, ending) = name.rsplit_once('.')?;
    ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)).then(|| stem.trim())
}

/// The author, unless it is the account of whoever was at the machine.
fn author(raw: &str) -> Option<String> {
    const NOBODY: [&str; 9] = [
        "user",
        "admin",
        "administrator",
        "owner",
        "unknown",
        "anonymous",
        "root",
        "사용자",
        "user1",
    ];
    let name = text::clean(raw, text::NAME_MAX)?;
    let known = !NOBODY.contains(&name.to_lowercase().as_str()) && !name.contains('\u{fffd}');
    known.then_some(name)
}

/// `D:20240305100000+09'00'`, of which all behind the day may be missing.
fn pdf_date(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_start_matches("D:");
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let part = |from: usize, to: usize, missing| text[..length].get(from..to).unwrap_or(missing);
    let (year, month, day) = (part(0, 4, ""), part(4, 6, ""), part(6, 8, ""));
    let time = [part(8, 10, "00"), part(10, 12, "00"), part(12, 14, "00")].join(":");
    let zone: String = text[length..].chars().filter(|c| !matches!(c, '\'' | ':' | ' ')).collect();
    let zone = match zone.as_bytes() {
        [b'+' | b'-', rest @ ..] if rest.len() == 4 => zone.as_str(),
        _ => "Z",
    };
    date::parse(&format!("{year}-{month}-{day}T{time}{zone}"))
}

#[cfg(test)]
mod tests;
