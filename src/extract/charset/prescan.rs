//! Reads which encoding a page declares in its own head: the HTML standard's "prescan a
//! byte stream to determine its encoding", step by step. It looks at bytes only, since
//! nothing can be decoded yet, and so must not be used to read anything but declarations.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use memchr::memmem;

use super::by_label;

/// The standard reads 1,024 bytes and starts over when its parser meets a tag further
/// down. This reads at once as far as heads go.
const PRESCAN_BYTES: usize = 16 * 1024;

/// What the beginning of a page says about how to read it.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// What a meta tag declares, else the XML declaration.
    pub(super) encoding: Option<&'static Encoding>,
    /// The `lang` of the `html` tag, in lower case.
    pub(super) language: Option<String>,
}

pub(super) fn read(bytes: &[u8]) -> Head {
    let bytes = &bytes[..bytes.len().min(PRESCAN_BYTES)];
    let mut scan = Scan { bytes, at: 0, language: None };
    let encoding = scan.meta().or_else(|| xml_declaration(bytes)).map(as_meant);
    Head { encoding, language: scan.language }
}

/// What can be read as ASCII is not UTF-16, and nobody means `x-user-defined`.
fn as_meant(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        UTF_8
    } else if encoding == X_USER_DEFINED {
        WINDOWS_1252
    } else {
        encoding
    }
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    language: Option<String>,
}

impl Scan<'_> {
    /// The first meta tag that declares an encoding. None as well where the bytes end.
    fn meta(&mut self) -> Option<&'static Encoding> {
        loop {
            self.at += memchr::memchr(b'<', self.bytes.get(self.at..)?)?;
            match self.bytes[self.at + 1..] {
                [b'!', b'-', b'-', ..] => {
                    // The dashes that open a comment may be those that close it.
                    self.at += 2;
                    self.at += memmem::find(&self.bytes[self.at..], b"-->")? + 3;
                }
                [b'!' | b'?', ..] => self.skip_to_end()?,
                [b'/', letter, ..] if letter.is_ascii_alphabetic() => {
                    self.at += 2;
                    self.name()?;
                    while self.attribute()?.is_some() {}
                }
                [b'/', ..] => self.skip_to_end()?,
                [letter, ..] if letter.is_ascii_alphabetic() => {
                    self.at += 1;
                    let found = self.tag()?;
                    if found.is_some() {
                        return found;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn tag(&mut self) -> Option<Option<&'static Encoding>> {
        let name = self.name()?;
        let is_meta = name == "meta";
        let mut declaration = Declaration::default();
        while let Some((key, value)) = self.attribute()? {
            if is_meta {
                declaration.take(key, &value);
            } else if name == "html" && key == "lang" && self.language.is_none() {
                self.language = Some(value);
            }
        }
        Some(declaration.encoding())
    }

    fn skip_to_end(&mut self) -> Option<()> {
        self.at += memchr::memchr(b'>', &self.bytes[self.at..])? + 1;
        Some(())
    }

    /// The name of a tag, up to white space or its end.
    fn name(&mut self) -> Option<String> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&b| is_space(b) || matches!(b, b'>' | b'/'))?;
        self.at += length;
        Some(lower(&rest[..length]))
    }

    /// The standard's "get an attribute". The outer `None` is the end of the bytes, the
    /// inner one the end of the tag.
    fn attribute(&mut self) -> Option<Option<(String, String)>> {
        self.skip(|b| is_space(b) || b == b'/');
        if self.byte()? == b'>' {
            return Some(None);
        }
        let start = self.at;
        while !is_space(self.byte()?) && !matches!(self.byte()?, b'/' | b'>') {
            if self.byte()? == b'=' && self.at > start {
                break;
            }
            self.at += 1;
        }
        let key = lower(&self.bytes[start..self.at]);
        self.skip(is_space);
        if self.byte()? != b'=' {
            return Some(Some((key, String::new())));
        }
        self.at += 1;
        self.skip(is_space);
        let value = self.value()?;
        Some(Some((key, value)))
    }

    fn value(&mut self) -> Option<String> {
        let start = self.at;
        let quote = self.byte()?;
        if matches!(quote, b'"' | b'\'') {
            let length = memchr::memchr(quote, &self.bytes[start + 1..])?;
            self.at = start + 1 + length + 1;
            return Some(lower(&self.bytes[start + 1..self.at - 1]));
        }
        while !is_space(self.byte()?) && self.byte()? != b'>' {
            self.at += 1;
        }
        Some(lower(&self.bytes[start..self.at]))
    }

    fn skip(&mut self, unwanted: impl Fn(u8) -> bool) {
        while self.byte().is_some_and(&unwanted) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

/// What the attributes of one meta tag say together.
#[derive(Default)]
struct Declaration {
    seen: Vec<String>,
    is_pragma: bool,
    /// Of `charset`: none inside when it is no label that we know.
    plain: Option<Option<&'static Encoding>>,
    /// Of `content`, which counts only for a pragma.
    content: Option<&'static Encoding>,
}

impl Declaration {
    fn take(&mut self, key: String, value: &str) {
        if self.seen.contains(&key) {
            return;
        }
        match key.as_str() {
            "http-equiv" => self.is_pragma = value == "content-type",
            "content" => self.content = charset_of(value).and_then(by_label),
            "charset" => self.plain = Some(by_label(value)),
            // Nothing else matters, and a page may have a million of them.
            _ => return,
        }
        self.seen.push(key);
    }

    fn encoding(self) -> Option<&'static Encoding> {
        self.plain.unwrap_or(if self.is_pragma { self.content } else { None })
    }
}

/// The standard's "extract a character encoding from a meta element", of lower-case text.
fn charset_of(content: &str) -> Option<&str> {
    let mut rest = content;
    let value = loop {
        rest = rest[rest.find("charset")? + 7..].trim_start();
        if let Some(value) = rest.strip_prefix('=') {
            break value.trim_start();
        }
    };
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split_once(quote).map(|(label, _)| label),
        _ => value.split(|c: char| c.is_ascii_whitespace() || c == ';').next(),
    }
}

/// The standard's "get an XML encoding".
fn xml_declaration(bytes: &[u8]) -> Option<&'static Encoding> {
    let rest = bytes.strip_prefix(b"<?xml")?;
    let declaration = &rest[..memchr::memchr(b'>', rest)?];
    let after = &declaration[memmem::find(declaration, b"encoding")? + 8..];
    let value = after.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (&quote, value) = value.split_first().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    let label = &value[..memchr::memchr(quote, value)?];
    by_label(std::str::from_utf8(label).ok()?)
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

/// Only ASCII matters in a declaration; each byte stays one character.
fn lower(bytes: &[u8]) -> String {
    bytes.iter().map(|&b| char::from(b.to_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: Option<&str>) {
        let found = read(html.as_bytes()).encoding.map(Encoding::name);
        assert_eq!(found, expected, "{html}");
    }

    #[test]
    fn a_meta_tag_is_read_as_the_standard_has_it() {
        check("<meta charset=euc-kr>", Some("EUC-KR"));
        check("<META CHARSET = 'EUC-KR' />", Some("EUC-KR"));
        check("<meta/charset=\" euc-kr \">", Some("EUC-KR"));
        check("<meta name=x charset=big5 charset=euc-kr>", Some("Big5"));
        check("<meta charset=nonsense><meta charset=big5>", Some("Big5"));
        check("<metadata charset=euc-kr>", None);
        check("<meta data-charset=euc-kr>", None);
        check("<meta name=keywords content='charset=euc-kr'>", None);
        check("<meta =charset=euc-kr>", None);
        check("<meta charset=euc-kr", None);
        check("<meta charset='euc-kr>", None);
        check("<p title='<meta charset=big5>'><meta charset=euc-kr>", Some("EUC-KR"));
        check("</p title='<meta charset=big5>'><meta charset=euc-kr>", Some("EUC-KR"));
    }

    #[test]
    fn a_pragma_needs_both_of_its_halves() {
        let pragma =
            |content: &str| format!("<meta http-equiv=Content-Type content=\"{content}\">");
        check(&pragma("text/html; charset=Shift_JIS"), Some("Shift_JIS"));
        check(&pragma("text/html; Charset = 'Shift_JIS' x"), Some("Shift_JIS"));
        check(&pragma("text/html; charset=Shift_JIS; x=y"), Some("Shift_JIS"));
        check(&pragma("charset charset=Shift_JIS"), Some("Shift_JIS"));
        check(&pragma("text/html; charset='Shift_JIS"), None);
        check(&pragma("text/html"), None);
        check("<meta content='charset=big5' http-equiv=content-type>", Some("Big5"));
        check("<meta http-equiv=refresh content='charset=big5'>", None);
        check("<meta http-equiv=content-type content='charset=big5' charset=gbk>", Some("GBK"));
        check("<meta content='charset=big5' charset=nonsense http-equiv=content-type>", None);
    }

    #[test]
    fn what_only_looks_like_a_tag_is_passed_over() {
        check("<!-- <meta charset=big5> --><meta charset=euc-kr>", Some("EUC-KR"));
        check("<!--><meta charset=euc-kr>", Some("EUC-KR"));
        check("<!-- --!><meta charset=euc-kr>", None);
        check("<!doctype x '<meta charset=big5'><meta charset=euc-kr>", Some("EUC-KR"));
        check("<? <meta charset=big5><meta charset=euc-kr>", Some("EUC-KR"));
        check("</ <meta charset=big5><meta charset=euc-kr>", Some("EUC-KR"));
        check("< meta charset=big5><<meta charset=euc-kr>", Some("EUC-KR"));
        check("<", None);
        check("<a", None);
    }

    #[test]
    fn labels_that_cannot_be_are_read_as_they_are_meant() {
        check("<meta charset=utf-16be>", Some("UTF-8"));
        check("<meta charset=x-user-defined>", Some("windows-1252"));
        check("<meta charset=iso-2022-kr>", None);
        check("<meta charset=cp949>", Some("EUC-KR"));
    }

    #[test]
    fn an_xml_declaration_counts_behind_a_meta_tag() {
        check("<?xml version='1.0' encoding='euc-jp'?><html>", Some("EUC-JP"));
        check("<?xml version='1.0' encoding = \"utf-16\" ?><html>", Some("UTF-8"));
        check("<?xml encoding='euc-jp'?><meta charset=big5>", Some("Big5"));
        check("<?xml encoding=euc-jp?>", None);
        check("<?xml encoding='euc-jp", None);
        check(" <?xml encoding='euc-jp'?>", None);
    }

    #[test]
    fn the_language_of_the_page_is_kept() {
        let head = read(b"<!doctype html><HTML class=x LANG=\"ko-KR\"><p lang=ja>");
        assert_eq!(head.language.as_deref(), Some("ko-kr"));
    }
}
