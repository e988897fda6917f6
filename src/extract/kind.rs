//! Tells pages from files, and files from one another.
//!
//! The header decides where it can be right: many servers send one content type for all
//! they do not know, so the first bytes are asked before it, and the name after it.

use url::Url;

use super::file;
use crate::model::page::PageKind;

/// Enough to tell a page by its looks.
const SNIFF_BYTES: usize = 1024;

/// What was found behind a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// HTML.
    Page,
    /// Text to be read, of which the first line is the title.
    Prose,
    /// Text that may be a feed, and is not for reading otherwise.
    Data,
    /// Anything else.
    File(PageKind),
}

/// Judges by the first bytes, the header and the name.
pub(super) fn of(bytes: &[u8], url: &Url, content_type: Option<&str>) -> Sort {
    let head = &bytes[..bytes.len().min(SNIFF_BYTES)];
    let mime = mime(content_type);
    let told = by_mime(&mime);
    if let Some(kind) = by_signature(head) {
        return Sort::File(more_exact(kind, told));
    }
    match mime.as_str() {
        "text/html" | "application/xhtml+xml" if is_feed(head) => Sort::Data,
        "text/html" | "application/xhtml+xml" => Sort::Page,
        // A page under a name that servers use for what they do not know.
        _ if told.is_none() && begins_as_page(head) => Sort::Page,
        "" | "text/xml" | "application/xml" if looks_like_page(head) => Sort::Page,
        "" | "application/octet-stream" | "text/plain" if is_binary(head) => {
            Sort::File(by_name(url).unwrap_or(PageKind::File))
        }
        _ => text_or_file(&mime, told, url, bytes.is_empty()),
    }
}

fn text_or_file(mime: &str, told: Option<PageKind>, url: &Url, is_empty: bool) -> Sort {
    let named = by_name(url);
    let kind = match mime {
        _ if told.is_some() => told,
        "" | "application/octet-stream" if is_empty => named,
        "" | "application/octet-stream" => named.or(Some(PageKind::Text)),
        "text/plain" => named.filter(|kind| *kind == PageKind::Image).or(Some(PageKind::Text)),
        _ if is_text(mime) => Some(PageKind::Text),
        _ => named,
    };
    match kind {
        Some(PageKind::Text) if is_prose(mime) && file::is_prose(url) => Sort::Prose,
        Some(PageKind::Text) => Sort::Data,
        kind => Sort::File(kind.unwrap_or(PageKind::File)),
    }
}

pub(super) fn mime(content_type: Option<&str>) -> String {
    let value = content_type.unwrap_or_default();
    value.split([';', ',']).next().unwrap_or("").trim().to_ascii_lowercase()
}

/// What a content type says by itself.
fn by_mime(mime: &str) -> Option<PageKind> {
    Some(match mime.split_once('/')? {
        ("image", _) => PageKind::Image,
        ("video", _) | ("application", "mp4" | "vnd.apple.mpegurl" | "x-mpegurl") => {
            PageKind::Video
        }
        ("audio", _) | ("application", "ogg") => PageKind::Audio,
        ("application", "pdf" | "x-pdf") => PageKind::Pdf,
        _ => return None,
    })
}

fn is_text(mime: &str) -> bool {
    let (sort, name) = mime.split_once('/').unwrap_or(("", ""));
    let known = ["json", "xml", "javascript", "yaml", "x-yaml", "toml", "sql", "x-ndjson"];
    let built_on = ["+json", "+xml", "+yaml"];
    sort == "text"
        || sort == "application"
            && (known.contains(&name) || built_on.iter().any(|ending| name.ends_with(ending)))
}

fn is_prose(mime: &str) -> bool {
    let said = ["", "application/octet-stream", "text/plain", "text/markdown", "text/x-markdown"];
    said.contains(&mime)
}

/// The same container holds films and music; whoever sends it knows which.
fn more_exact(signed: PageKind, told: Option<PageKind>) -> PageKind {
    match (signed, told) {
        (PageKind::Video | PageKind::Audio, Some(told @ (PageKind::Video | PageKind::Audio))) => {
            told
        }
        // A drawing may come packed.
        (PageKind::File, Some(told)) => told,
        _ => signed,
    }
}

/// What the first bytes of a file say for certain.
fn by_signature(head: &[u8]) -> Option<PageKind> {
    const SIGNATURES: [(&[u8], PageKind); 22] = [
        (b"%PDF-", PageKind::Pdf),
        (b"\xff\xd8\xff", PageKind::Image),
        (b"\x89PNG\r\n\x1a\n", PageKind::Image),
        (b"GIF87a", PageKind::Image),
        (b"GIF89a", PageKind::Image),
        (b"II*\0", PageKind::Image),
        (b"MM\0*", PageKind::Image),
        (b"\0\0\x01\0", PageKind::Image),
        (b"\x1a\x45\xdf\xa3", PageKind::Video),
        (b"FLV\x01", PageKind::Video),
        (b"ID3", PageKind::Audio),
        (b"\xff\xfb", PageKind::Audio),
        (b"\xff\xf3", PageKind::Audio),
        (b"\xff\xf1", PageKind::Audio),
        (b"fLaC", PageKind::Audio),
        (b"OggS", PageKind::Audio),
        (b"MThd", PageKind::Audio),
        (b"PK\x03\x04", PageKind::File),
        (b"\x1f\x8b\x08", PageKind::File),
        (b"7z\xbc\xaf\x27\x1c", PageKind::File),
        (b"Rar!\x1a\x07", PageKind::File),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", PageKind::File),
    ];
    let found = SIGNATURES.iter().find(|(signature, _)| head.starts_with(signature));
    found.map(|(_, kind)| *kind).or_else(|| by_container(head))
}

fn by_container(head: &[u8]) -> Option<PageKind> {
    Some(match head {
        [b'R', b'I', b'F', b'F', _, _, _, _, form @ ..] => match form.get(..4)? {
            b"WEBP" => PageKind::Image,
            b"WAVE" => PageKind::Audio,
            b"AVI " => PageKind::Video,
            _ => return None,
        },
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.get(..3)? {
            b"avi" | b"hei" | b"hev" | b"mif" | b"msf" => PageKind::Image,
            b"M4A" | b"M4B" => PageKind::Audio,
            _ => PageKind::Video,
        },
        // Two letters alone would be the beginning of a word.
        [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => PageKind::Image,
        _ => return None,
    })
}

/// Whether this is HTML beyond doubt: a document, from its first tag on.
fn begins_as_page(head: &[u8]) -> bool {
    let mut rest = narrow(head);
    while let Some(comment) = rest.strip_prefix("<!--") {
        let Some((_, after)) = comment.split_once("-->") else { return false };
        rest = after.trim_start().to_owned();
    }
    ["<!doctype html", "<html"].iter().any(|start| rest.starts_with(start))
}

fn looks_like_page(head: &[u8]) -> bool {
    let head = narrow(head);
    let tags = ["<!doctype html", "<html", "<head", "<title", "<meta", "<body"];
    !is_feed(head.as_bytes()) && !head.contains("<svg") && tags.iter().any(|tag| head.contains(tag))
}

/// Whether the root element is that of RSS or Atom.
fn is_feed(head: &[u8]) -> bool {
    let head = narrow(head);
    let roots = ["<rss", "<feed", "<rdf:rdf"];
    let is_root = |root: &str| head.find(root).is_some_and(|at| !head[..at].contains("<html"));
    (head.starts_with("<?xml") || roots.iter().any(|root| head.starts_with(root)))
        && roots.into_iter().any(is_root)
}

/// ASCII in lower case, without the NULs of UTF-16 and without a byte order mark.
fn narrow(head: &[u8]) -> String {
    let head = head.iter().filter(|byte| byte.is_ascii() && **byte != 0);
    let text: String = head.map(|&byte| char::from(byte.to_ascii_lowercase())).collect();
    text.trim_start().to_owned()
}

/// Whether bytes hold what no text does, as the standard for sniffing has it. Text in
/// UTF-16 is told by its mark, as it holds NULs.
fn is_binary(head: &[u8]) -> bool {
    let marked = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
    let odd = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    !marked && head.iter().any(odd)
}

fn by_name(url: &Url) -> Option<PageKind> {
    Some(match file::extension(url)?.as_str() {
        "pdf" => PageKind::Pdf,
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" | "heic" | "heif" | "svg" | "bmp"
        | "ico" | "tif" | "tiff" | "jxl" => PageKind::Image,
        "mp4" | "m4v" | "webm" | "mov" | "mkv" | "avi" | "ogv" | "mpg" | "mpeg" | "m3u8" => {
            PageKind::Video
        }
        "mp3" | "m4a" | "m4b" | "ogg" | "oga" | "opus" | "flac" | "wav" | "aac" | "mid" => {
            PageKind::Audio
        }
        "txt" | "text" | "md" | "markdown" | "rst" | "csv" | "json" | "xml" | "log" | "srt" => {
            PageKind::Text
        }
        "zip" | "gz" | "tgz" | "7z" | "rar" | "epub" | "docx" | "xlsx" | "pptx" | "doc" | "xls"
        | "ppt" | "hwp" | "hwpx" | "exe" | "dmg" | "iso" | "apk" | "deb" => PageKind::File,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], url: &str, content_type: &str, expected: Sort) {
        let url = Url::parse(url).unwrap();
        let content_type = Some(content_type).filter(|value| !value.is_empty());
        assert_eq!(of(bytes, &url, content_type), expected, "{url} {content_type:?}");
    }

    #[test]
    fn the_header_decides_and_looks_help() {
        use PageKind::{Audio, File, Image, Pdf, Video};
        let page = b"\n<!DOCTYPE HTML><title>x</title>";
        check(page, "https://a.example/x.pdf", "text/html;charset=utf-8", Sort::Page);
        check(page, "https://a.example/", "", Sort::Page);
        check(page, "https://a.example/", "application/xml", Sort::Page);
        check(b"%PDF-1.7", "https://a.example/", "text/html", Sort::File(Pdf));
        check(b"", "https://a.example/", "Application/PDF", Sort::File(Pdf));
        check(b"", "https://a.example/", "image/svg+xml", Sort::File(Image));
        check(b"", "https://a.example/a.mp4", "application/octet-stream", Sort::File(Video));
        check(b"ID3\x04", "https://a.example/a", "", Sort::File(Audio));
        check(b"plain words", "https://a.example/a", "", Sort::Prose);
        check(b"PK\x03\x04\xff", "https://a.example/a.zip", "application/zip", Sort::File(File));
        check(b"\0\xff", "https://a.example/a", "", Sort::File(File));
        check(b"", "https://a.example/a", "", Sort::File(File));
    }

    #[test]
    fn a_document_is_a_page_whatever_it_is_called() {
        let page = b"<!-- saved --> <html><title>x</title>";
        for content_type in ["text/plain", "application/octet-stream", "application/x-thing"] {
            check(page, "https://a.example/", content_type, Sort::Page);
        }
        check(b"on <html> and more", "https://a.example/", "text/plain", Sort::Prose);
        let wide: Vec<u8> = "<html><p>x".encode_utf16().flat_map(u16::to_le_bytes).collect();
        check(&wide, "https://a.example/", "", Sort::Page);
    }

    #[test]
    fn the_first_bytes_outweigh_a_vague_header() {
        use PageKind::{Audio, File, Image, Video};
        let at = "https://a.example/download";
        check(b"\0\0\0\x20ftypavif", at, "application/octet-stream", Sort::File(Image));
        check(b"\0\0\0\x20ftypheic", at, "", Sort::File(Image));
        check(b"\0\0\0\x20ftypM4A ", at, "", Sort::File(Audio));
        check(b"\0\0\0\x20ftypisom", at, "text/plain", Sort::File(Video));
        check(b"\0\0\0\x20ftypisom", at, "audio/mp4", Sort::File(Audio));
        check(b"RIFF\x10\0\0\0WEBPVP8 ", at, "text/html", Sort::File(Image));
        check(b"RIFF\x10\0\0\0WAVEfmt ", at, "", Sort::File(Audio));
        check(b"BM\x10\0\0\0\0\0\0\0\x36", at, "", Sort::File(Image));
        check(b"BM is short for blueberry muffin", at, "", Sort::Prose);
        check(b"\x1f\x8b\x08\0", at, "image/svg+xml", Sort::File(Image));
        check(b"PK\x03\x04", "https://a.example/a.epub", "application/epub+zip", Sort::File(File));
    }

    #[test]
    fn data_is_text_without_a_first_line() {
        check(b"{}", "https://a.example/", "application/json", Sort::Data);
        check(b"<a/>", "https://a.example/", "application/vnd.x+xml", Sort::Data);
        check(b"fn main() {}", "https://a.example/main.rs", "text/plain", Sort::Data);
        check(b"# Bread", "https://a.example/README.md", "text/plain", Sort::Prose);
        check(b"<?xml?><rss><channel>", "https://a.example/", "text/html", Sort::Data);
        check(b"<?xml?><svg><title>x", "https://a.example/a.svg", "", Sort::File(PageKind::Image));
    }
}
