//! Tells pages from files, and gives a file a sensible title.

use percent_encoding::percent_decode_str;
use url::Url;

use super::text;
use crate::model::page::{PageImage, PageKind, PageMeta};

/// Enough to tell a page by its looks.
const SNIFF_BYTES: usize = 1024;

/// What was found behind a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// HTML.
    Page,
    /// Anything else.
    File(PageKind),
}

/// Judges by the header, and where that says little by the first bytes and the name.
pub(super) fn of(bytes: &[u8], url: &Url, content_type: Option<&str>) -> Sort {
    let mime = mime(content_type);
    if bytes.starts_with(b"%PDF-") || mime == "application/pdf" {
        return Sort::File(PageKind::Pdf);
    }
    match mime.split_once('/').unwrap_or(("", "")) {
        ("text", "html") | ("application", "xhtml+xml") => Sort::Page,
        ("image", _) => Sort::File(PageKind::Image),
        ("video", _) => Sort::File(PageKind::Video),
        ("audio", _) => Sort::File(PageKind::Audio),
        ("text", "xml") | ("application", "xml") | ("", _) if looks_like_html(bytes) => Sort::Page,
        ("text", _) | ("application", "json" | "xml") => Sort::File(PageKind::Text),
        ("application", "octet-stream") | ("", _) => Sort::File(by_looks(bytes, url)),
        _ => Sort::File(by_name(url).unwrap_or(PageKind::File)),
    }
}

fn mime(content_type: Option<&str>) -> String {
    let value = content_type.unwrap_or_default();
    value.split([';', ',']).next().unwrap_or("").trim().to_ascii_lowercase()
}

fn looks_like_html(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(SNIFF_BYTES)].to_ascii_lowercase();
    let has = |tag: &&[u8]| memchr::memmem::find(head, tag).is_some();
    let tags: [&[u8]; 6] = [b"<!doctype html", b"<html", b"<head", b"<title", b"<meta", b"<body"];
    tags.iter().any(has)
}

fn by_looks(bytes: &[u8], url: &Url) -> PageKind {
    let is_text = || !bytes.is_empty() && std::str::from_utf8(bytes).is_ok();
    let signed = match bytes {
        [0xff, 0xd8, 0xff, ..] | [0x89, b'P', b'N', b'G', ..] | [b'G', b'I', b'F', b'8', ..] => {
            Some(PageKind::Image)
        }
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(PageKind::Image),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(PageKind::Video),
        [b'I', b'D', b'3', ..] => Some(PageKind::Audio),
        _ => None,
    };
    let kind = signed.or_else(|| by_name(url));
    kind.unwrap_or_else(|| if is_text() { PageKind::Text } else { PageKind::File })
}

fn by_name(url: &Url) -> Option<PageKind> {
    let name = file_name(url)?.to_ascii_lowercase();
    Some(match name.rsplit_once('.')?.1 {
        "pdf" => PageKind::Pdf,
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" | "svg" | "bmp" | "ico" => PageKind::Image,
        "mp4" | "m4v" | "webm" | "mov" | "mkv" | "avi" => PageKind::Video,
        "mp3" | "m4a" | "ogg" | "oga" | "opus" | "flac" | "wav" => PageKind::Audio,
        "txt" | "md" | "csv" | "json" | "log" => PageKind::Text,
        _ => return None,
    })
}

/// What there is to say about a file: its name, and for a picture the picture.
pub(super) fn file(url: &Url, kind: PageKind, content_type: Option<&str>) -> PageMeta {
    let mut meta = PageMeta::bare(url.clone(), kind);
    meta.title = file_name(url).and_then(|name| text::clean(&name, text::TITLE_MAX));
    if meta.title.is_none() {
        meta.title = url.host_str().map(str::to_owned);
    }
    let drawn = mime(content_type).contains("svg") || url.path().ends_with(".svg");
    if kind == PageKind::Image && !drawn {
        meta.images.push(PageImage::at(url.clone()));
    }
    meta
}

/// The last part of the path, as people write it.
fn file_name(url: &Url) -> Option<String> {
    let segment = url.path_segments()?.rfind(|segment| !segment.is_empty())?;
    Some(percent_decode_str(segment).decode_utf8_lossy().into_owned())
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
        use PageKind::{Audio, File, Image, Pdf, Text, Video};
        let page = b"\n<!DOCTYPE HTML><title>x</title>";
        check(page, "https://a.example/x.pdf", "text/html;charset=utf-8", Sort::Page);
        check(page, "https://a.example/", "", Sort::Page);
        check(page, "https://a.example/", "application/xml", Sort::Page);
        check(page, "https://a.example/", "text/plain", Sort::File(Text));
        check(b"%PDF-1.7", "https://a.example/", "text/html", Sort::File(Pdf));
        check(b"", "https://a.example/", "Application/PDF", Sort::File(Pdf));
        check(b"", "https://a.example/", "image/svg+xml", Sort::File(Image));
        check(b"", "https://a.example/a.mp4", "application/octet-stream", Sort::File(Video));
        check(b"ID3\x04", "https://a.example/a", "", Sort::File(Audio));
        check(b"plain words", "https://a.example/a", "", Sort::File(Text));
        check(b"PK\x03\x04\xff", "https://a.example/a.zip", "application/zip", Sort::File(File));
        check(b"\0\xff", "https://a.example/a", "", Sort::File(File));
    }

    #[test]
    fn a_file_is_called_by_its_name() {
        let title = |url: &str| file(&Url::parse(url).unwrap(), PageKind::Pdf, None).title.unwrap();
        let korean = "https://a.example/docs/%EC%97%B0%EA%B0%84%20%EB%B3%B4%EA%B3%A0.pdf?x=1#p";
        assert_eq!(title(korean), "연간 보고.pdf");
        assert_eq!(title("https://a.example/"), "a.example");
        assert_eq!(title("https://a.example/a%00b%E2%80%AEc.pdf"), "abc.pdf");
    }
}
