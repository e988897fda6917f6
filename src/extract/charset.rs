//! Finds the character encoding of a page and decodes it.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// As far as the standard looks for a declaration inside the page.
const PRESCAN_BYTES: usize = 1024;
/// More does not make a guess better.
const DETECT_BYTES: usize = 256 * 1024;

/// Decodes a page: by its byte order mark, else as its header or its own head declares,
/// else as it looks. A declaration that its bytes contradict yields to one they do not:
/// servers often declare a charset for pages they have never seen.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    header: Option<&str>,
    tld: Option<&str>,
) -> (Cow<'a, str>, &'static Encoding) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return (lossy(encoding, &bytes[length..]), encoding);
    }
    let declared = [header.and_then(by_label), prescan(bytes)];
    for encoding in declared.into_iter().flatten() {
        if let Some(text) = clean(encoding, bytes) {
            return (text, encoding);
        }
    }
    // Some of these bytes are broken whatever they are said to be.
    if let Some(encoding) = declared.into_iter().flatten().next() {
        let text = lossy(encoding, bytes);
        if !is_mostly_broken(&text) {
            return (text, encoding);
        }
    }
    if let Some(text) = clean(UTF_8, bytes) {
        return (text, UTF_8);
    }
    let guessed = detect(bytes, tld);
    (lossy(guessed, bytes), guessed)
}

/// The encoding of a `charset` parameter.
pub(super) fn by_label(label: &str) -> Option<&'static Encoding> {
    Encoding::for_label_no_replacement(
        label.trim_matches(|c: char| c == '"' || c == '\'').as_bytes(),
    )
}

/// The whole text, unless some bytes make no sense in this encoding. A character cut off
/// at the end is no fault: reading stops at a cap.
fn clean<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
    if encoding == UTF_8 {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.into()),
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(&bytes[..error.valid_up_to()]).ok().map(Cow::from)
            }
            Err(_) => None,
        };
    }
    let (text, had_errors) = stream(encoding, bytes);
    (!had_errors).then(|| text.into())
}

fn lossy<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Cow<'a, str> {
    clean(encoding, bytes).unwrap_or_else(|| stream(encoding, bytes).0.into())
}

/// Whether a text is in another encoding altogether, rather than one with a few faults.
fn is_mostly_broken(text: &str) -> bool {
    let foreign = text.chars().filter(|c| !c.is_ascii()).count();
    let broken = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    broken * 4 > foreign
}

fn stream(encoding: &'static Encoding, bytes: &[u8]) -> (String, bool) {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len());
    let mut text = String::with_capacity(room);
    let (_, _, had_errors) = decoder.decode_to_string(bytes, &mut text, false);
    (text, had_errors)
}

fn detect(bytes: &[u8], tld: Option<&str>) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let sample = &bytes[..bytes.len().min(DETECT_BYTES)];
    detector.feed(sample, sample.len() == bytes.len());
    // The detector insists on a top-level domain in lower-case ASCII.
    let tld = tld.filter(|tld| tld.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
    detector.guess(tld.map(str::as_bytes), Utf8Detection::Allow)
}

/// What a meta tag near the beginning declares.
fn prescan(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(PRESCAN_BYTES)];
    // Only ASCII matters here, and each byte stays one character.
    let text: String = head.iter().map(|&b| char::from(b).to_ascii_lowercase()).collect();
    let text = without_comments(&text);
    let mut rest = text.as_str();
    while let Some(start) = rest.find("<meta") {
        rest = &rest[start + 5..];
        let tag = &rest[..rest.find('>').unwrap_or(rest.len())];
        if let Some(encoding) = declaration(tag) {
            return Some(encoding);
        }
    }
    None
}

fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("<!--") {
        kept.push_str(&rest[..start]);
        rest = rest[start + 4..].find("-->").map_or("", |end| &rest[start + 4 + end + 3..]);
    }
    kept.push_str(rest);
    kept
}

fn declaration(tag: &str) -> Option<&'static Encoding> {
    let mut rest = tag;
    while let Some(at) = rest.find("charset") {
        rest = rest[at + 7..].trim_start();
        let Some(value) = rest.strip_prefix('=') else { continue };
        let value = value.trim_start();
        let value = value.trim_start_matches(['"', '\'']);
        let end = value
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | ';' | '/' | '>'))
            .unwrap_or(value.len());
        if let Some(encoding) = by_label(&value[..end]) {
            // A page whose meta tag can be read as ASCII is not UTF-16.
            let wide = encoding == UTF_16LE || encoding == UTF_16BE;
            return Some(if wide { UTF_8 } else { encoding });
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(bytes: &[u8], header: Option<&str>) -> &'static str {
        decode(bytes, header, None).1.name()
    }

    #[test]
    fn the_first_declaration_that_fits_the_bytes_wins() {
        let korean = b"<meta charset=euc-kr><title>\xc7\xd1\xb1\xb9\xbe\xee</title>";
        assert_eq!(name(korean, None), "EUC-KR");
        assert_eq!(name(korean, Some("utf-8")), "EUC-KR", "the header is wrong");
        assert_eq!(name(b"<p>Stra\xdfe, cr\xe8me", Some("utf-8")), "windows-1252", "so is this");
        assert_eq!(name(b"\xef\xbb\xbf<meta charset=euc-kr>", Some("shift_jis")), "UTF-8");
        assert_eq!(name("<meta charset=euc-kr>한국어".as_bytes(), Some("UTF-8")), "UTF-8");
        assert_eq!(name("<meta charset=utf-8>한국\u{c5b4}".as_bytes(), Some("euc-kr")), "UTF-8");
        assert_eq!(name(b"<meta charset=utf-16le>plain", None), "UTF-8");
        assert_eq!(name(b"<meta charset=nonsense>plain", Some("\"windows-1252\"")), "windows-1252");
        assert_eq!(name(b"<!-- <meta charset=big5> --><p>plain", None), "UTF-8");
        let old = b"<META http-equiv=Content-Type CONTENT='text/html; Charset = Shift_JIS'>";
        assert_eq!(name(old, None), "Shift_JIS");
    }

    #[test]
    fn a_character_cut_off_at_the_end_is_no_fault() {
        let cut = &"<p>한국어".as_bytes()[..11];
        let (text, encoding) = decode(cut, Some("utf-8"), None);
        assert_eq!((text.as_ref(), encoding), ("<p>한국", UTF_8));
        let (text, _) = decode(b"<p>\xc7\xd1\xb1", Some("euc-kr"), None);
        assert_eq!(text, "<p>한");
    }

    #[test]
    fn broken_bytes_are_replaced_and_the_rest_is_kept() {
        let (text, _) = decode(b"<b>\xc3\xa9\xc3\xa9\xc3\xa9 \xff ok</b>", Some("utf-8"), None);
        assert_eq!(text, "<b>ééé \u{fffd} ok</b>");
    }

    #[test]
    fn utf_16_is_known_by_its_mark() {
        let bytes: Vec<u8> = "\u{feff}제목".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let (text, encoding) = decode(&bytes, None, None);
        assert_eq!((text.as_ref(), encoding.name()), ("제목", "UTF-16LE"));
    }
}
