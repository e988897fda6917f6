//! Finds the character encoding of a page and decodes it.
//!
//! The order is that of the HTML standard: byte order mark, header, the page's own head,
//! then the looks of the bytes. But where browsers must obey, this doubts: servers declare
//! charsets for pages they have never seen, so a declaration that the bytes contradict
//! yields to one they do not.

mod prescan;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_KR, Encoding, GBK, ISO_2022_JP, SHIFT_JIS};
use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// More does not make a guess better.
const DETECT_BYTES: usize = 256 * 1024;
/// Enough of a page to see whether every second byte is NUL.
const WIDE_BYTES: usize = 1024;
/// Fewer may be stray bytes.
const WIDE_NULS: usize = 4;

/// Labels that pages use and the standard does not list.
const MORE_LABELS: [(&str, &Encoding); 8] = [
    ("cp949", EUC_KR),
    ("ms949", EUC_KR),
    ("x-windows-949", EUC_KR),
    ("uhc", EUC_KR),
    ("cp932", SHIFT_JIS),
    ("cp936", GBK),
    ("cp950", BIG5),
    ("utf8mb4", UTF_8),
];

/// The top-level domains that tell the detector what a language would.
const HINTS: [(&str, &str); 14] = [
    ("ko", "kr"),
    ("ja", "jp"),
    ("zh-tw", "tw"),
    ("zh-hk", "hk"),
    ("zh-hant", "tw"),
    ("zh", "cn"),
    ("ru", "ru"),
    ("uk", "ua"),
    ("el", "gr"),
    ("pl", "pl"),
    ("cs", "cz"),
    ("tr", "tr"),
    ("th", "th"),
    ("he", "il"),
];

/// Decodes a page found with this `charset` in its header, on a host under `tld`.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    header: Option<&str>,
    tld: Option<&str>,
) -> (Cow<'a, str>, &'static Encoding) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return (lossy(encoding, &bytes[length..]).0, encoding);
    }
    let encoding = choose(bytes, header.and_then(by_label), tld);
    (lossy(encoding, bytes).0, encoding)
}

/// The encoding of a `charset` parameter.
fn by_label(label: &str) -> Option<&'static Encoding> {
    let label = label.trim_matches(|c: char| matches!(c, '"' | '\'') || c.is_ascii_whitespace());
    let more = || MORE_LABELS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(label));
    Encoding::for_label_no_replacement(label.as_bytes()).or_else(|| Some(more()?.1))
}

fn choose(bytes: &[u8], header: Option<&'static Encoding>, tld: Option<&str>) -> &'static Encoding {
    if let Some(wide) = wide(bytes) {
        return wide;
    }
    let head = prescan::read(bytes);
    let hint = head.language.as_deref().and_then(hint).or(tld);
    if bytes.is_ascii() {
        // Japanese mail wrote its characters in ASCII, and some pages still do.
        let escapes = memchr::memchr(0x1b, bytes).is_some();
        if escapes && detect(bytes, hint) == ISO_2022_JP {
            return ISO_2022_JP;
        }
    }
    // Many servers send ISO-8859-1 for want of anything better.
    let declared = match (header, head.encoding) {
        (Some(header), Some(own)) if header == WINDOWS_1252 => [Some(own), Some(header)],
        (header, own) => [header, own],
    };
    let declared = || declared.into_iter().flatten().filter(|encoding| !is_wide(encoding));
    match Utf8Looks::of(bytes) {
        Utf8Looks::Ascii => return declared().next().unwrap_or(UTF_8),
        Utf8Looks::Certain => return UTF_8,
        Utf8Looks::Likely => {
            let other = declared().find(|own| is_multi_byte(own) && fits(own, bytes));
            return other.unwrap_or(UTF_8);
        }
        Utf8Looks::No => {}
    }
    // Some of the bytes may be broken whatever they are said to be.
    declared()
        .find(|encoding| *encoding != UTF_8 && fits(encoding, bytes))
        .or_else(|| declared().find(|encoding| nearly_fits(encoding, bytes)))
        .unwrap_or_else(|| detect(bytes, hint))
}

/// UTF-16 without a byte order mark: in all that is ASCII, every second byte is NUL.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(WIDE_BYTES)];
    let nuls = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (nuls(0), nuls(1));
    let (most, least) = (first.max(second), first.min(second));
    let enough = most >= WIDE_NULS && most * 16 > head.len() && most > 4 * least;
    enough.then_some(if second > first { UTF_16LE } else { UTF_16BE })
}

fn is_wide(encoding: &'static Encoding) -> bool {
    encoding == UTF_16LE || encoding == UTF_16BE
}

fn is_multi_byte(encoding: &'static Encoding) -> bool {
    !encoding.is_single_byte() && encoding != UTF_8
}

/// How much bytes look like UTF-8, whatever they are said to be.
enum Utf8Looks {
    /// They hold nothing that could tell.
    Ascii,
    /// They hold long sequences, which no other encoding brings about by chance.
    Certain,
    /// They hold pairs only, which are characters of their own in Chinese or Korean.
    Likely,
    No,
}

impl Utf8Looks {
    fn of(bytes: &[u8]) -> Self {
        if bytes.is_ascii() {
            return Self::Ascii;
        }
        let (mut pairs, mut longer, mut broken) = (0, 0, 0);
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            for byte in chunk.valid().bytes() {
                pairs += usize::from(matches!(byte, 0xc0..0xe0));
                longer += usize::from(byte >= 0xe0);
            }
            let fault = std::str::from_utf8(chunk.invalid()).err();
            // The last character may only be cut off.
            let goes_on = chunks.peek().is_some();
            broken += usize::from(fault.is_some_and(|f| goes_on || f.error_len().is_some()));
        }
        // A few bytes of something else get into any page that people paste into.
        let good = pairs + longer;
        if good == 0 || broken * 10 > good {
            Self::No
        } else if longer > 0 {
            Self::Certain
        } else {
            Self::Likely
        }
    }
}

/// Whether all bytes make sense in this encoding.
fn fits(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    if encoding == WINDOWS_1252 { is_western(bytes) } else { !lossy(encoding, bytes).1 }
}

/// Whether bytes are in this encoding with a few faults, rather than in another one.
fn nearly_fits(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    if encoding == WINDOWS_1252 {
        return false; // It has no faults, so it fits or does not.
    }
    let (text, _) = lossy(encoding, bytes);
    let foreign = text.chars().filter(|c| !c.is_ascii()).count();
    let broken = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    broken * 4 <= foreign
}

/// Western text holds its accented letters one at a time, in words that are else ASCII.
/// Any byte makes sense in windows-1252, so this is all there is to doubt it by.
fn is_western(bytes: &[u8]) -> bool {
    let (mut high, mut runs, mut before) = (0_usize, 0_usize, 0);
    for &byte in bytes {
        if byte >= 0x80 {
            high += 1;
            runs += usize::from(before < 0x80);
        }
        before = byte;
    }
    high < 3 * runs
}

/// The text, and whether some bytes made no sense. A character cut off at the end is no
/// fault: reading stops at a cap.
fn lossy<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> (Cow<'a, str>, bool) {
    if encoding == UTF_8 {
        match std::str::from_utf8(bytes) {
            Ok(text) => return (text.into(), false),
            Err(error) if error.error_len().is_none() => {
                let whole = std::str::from_utf8(&bytes[..error.valid_up_to()]);
                return (whole.unwrap_or_default().into(), false);
            }
            Err(_) => {}
        }
    }
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len());
    let mut text = String::with_capacity(room);
    let (_, _, had_errors) = decoder.decode_to_string(bytes, &mut text, false);
    (text.into(), had_errors)
}

fn hint(language: &str) -> Option<&'static str> {
    let speaks = |tag: &str| {
        language.strip_prefix(tag).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    };
    HINTS.into_iter().find(|(tag, _)| speaks(tag)).map(|(_, tld)| tld)
}

fn detect(bytes: &[u8], tld: Option<&str>) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let sample = &bytes[..bytes.len().min(DETECT_BYTES)];
    detector.feed(sample, sample.len() == bytes.len());
    // The detector insists on a top-level domain in lower-case ASCII.
    let tld = tld.filter(|tld| tld.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'));
    detector.guess(tld.map(str::as_bytes), Utf8Detection::Deny)
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

    #[test]
    fn utf_16_without_a_mark_is_known_by_its_nuls() {
        let units = || "<p>빵 and bread</p>".encode_utf16();
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        assert_eq!(name(&little, Some("utf-8")), "UTF-16LE");
        assert_eq!(name(&big, Some("utf-16")), "UTF-16BE", "the header names the wrong order");
        assert_eq!(name(b"<p>plain", Some("utf-16")), "UTF-8");
        assert_eq!(name(b"a\0b", None), "UTF-8");
    }

    #[test]
    fn a_header_of_habit_yields_to_a_declaration_and_to_the_bytes() {
        let korean = b"<title>\xbb\xa7\xc1\xfd \xc0\xcc\xbe\xdf\xb1\xe2</title>";
        let declared = [b"<meta charset=euc-kr>", korean.as_slice()].concat();
        assert_eq!(name(&declared, Some("ISO-8859-1")), "EUC-KR");
        assert_eq!(decode(korean, Some("ISO-8859-1"), Some("kr")).1.name(), "EUC-KR");
        assert_eq!(name("<p>café".as_bytes(), Some("ISO-8859-1")), "UTF-8");
        assert_eq!(
            name(b"<meta charset=euc-kr>caf\xe9 au lait", Some("ISO-8859-1")),
            "windows-1252"
        );
    }

    #[test]
    fn the_language_of_a_short_page_helps_to_guess() {
        let title = b"<title>\xb3\xf5\xc2\xde</title>";
        let speaking = |lang: &str| {
            let page = [format!("<html lang={lang}>").as_bytes(), title.as_slice()].concat();
            name(&page, None)
        };
        assert_eq!((speaking("ja"), speaking("ko-KR")), ("EUC-JP", "EUC-KR"));
        assert_eq!((speaking("zh-Hans"), speaking("zh-TW")), ("GBK", "Big5"));
    }

    #[test]
    fn a_few_bytes_of_something_else_spoil_no_page() {
        let mut page = "빵가게".repeat(7).into_bytes();
        page.extend(b"\xb0\xff");
        assert_eq!(name(&page, Some("euc-kr")), "UTF-8");
        let page = b"<p>\xb0\xa1\xb0\xa2\xb0\xa3\xb0\xa4\xb0\xa5 \xff \xb0\xa6\xb0\xa7";
        assert_eq!(name(page, Some("euc-kr")), "EUC-KR");
    }
}
