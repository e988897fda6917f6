//! The syntax of PDF objects, as far as dictionaries and strings go. Nothing here trusts a
//! length or an offset that a file tells.

/// Longer strings are cut; no honest title is.
const STRING_MAX: usize = 4096;
/// How many words of a dictionary are read.
const WORDS_MAX: usize = 4096;

/// What a dictionary holds under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Text(Vec<u8>),
    Name(String),
    Number(u32),
    /// Another object, by its number.
    Reference(u32),
    Other,
}

/// A dictionary, in the order it is written.
#[derive(Debug, Default)]
pub(super) struct Dict(Vec<(String, Value)>);

impl Dict {
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn number(&self, key: &str) -> Option<u32> {
        if let Value::Number(number) = self.get(key)? { Some(*number) } else { None }
    }

    pub(super) fn name(&self, key: &str) -> Option<&str> {
        // A list of one filter is as good as the filter.
        match self.get(key)? {
            Value::Name(name) => Some(name),
            _ => Some(""),
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Word {
    /// `<<` or `[`.
    Open,
    /// `>>` or `]`.
    Close,
    Name(String),
    Text(Vec<u8>),
    Number(u32),
    Reference,
    Other,
}

/// The dictionary that `bytes` begin with, and its length.
pub(super) fn dict(bytes: &[u8]) -> Option<(Dict, usize)> {
    let mut reader = Reader { bytes, at: 0 };
    if !bytes.trim_ascii_start().starts_with(b"<<") || reader.word()? != Word::Open {
        return None;
    }
    let mut found = Dict::default();
    let mut depth = 1;
    for _ in 0..WORDS_MAX {
        // One that is cut off has still said something before it was.
        let Some(word) = reader.word() else { break };
        match word {
            Word::Open => depth += 1,
            Word::Close if depth == 1 => break,
            Word::Close => depth -= 1,
            Word::Name(key) if depth == 1 => {
                let value = reader.value();
                found.0.push((key, value));
            }
            _ => {}
        }
    }
    Some((found, reader.at))
}

/// The string that `bytes` begin with.
pub(super) fn string(bytes: &[u8]) -> Option<Vec<u8>> {
    match (Reader { bytes, at: 0 }).word()? {
        Word::Text(text) => Some(text),
        _ => None,
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// What stands behind a name. Of a list only the beginning is taken, the rest is left
    /// to be skipped.
    fn value(&mut self) -> Value {
        let start = self.at;
        match self.word() {
            Some(Word::Text(text)) => Value::Text(text),
            Some(Word::Name(name)) => Value::Name(name),
            Some(Word::Number(number)) => {
                let end = self.at;
                let rest = [self.word(), self.word()];
                if matches!(rest, [Some(Word::Number(_)), Some(Word::Reference)]) {
                    return Value::Reference(number);
                }
                self.at = end;
                Value::Number(number)
            }
            Some(Word::Open | Word::Close) | None => {
                self.at = start;
                self.filter_of_one().map_or(Value::Other, Value::Name)
            }
            Some(Word::Reference | Word::Other) => Value::Other,
        }
    }

    /// `[/FlateDecode]` means what `/FlateDecode` does.
    fn filter_of_one(&mut self) -> Option<String> {
        let start = self.at;
        let rest = self.bytes[start..].trim_ascii_start();
        let words = [self.word(), self.word(), self.word()];
        if rest.starts_with(b"[")
            && let [Some(Word::Open), Some(Word::Name(name)), Some(Word::Close)] = words
        {
            return Some(name);
        }
        self.at = start;
        None
    }

    fn word(&mut self) -> Option<Word> {
        self.skip_space();
        let rest = &self.bytes[self.at..];
        match rest {
            [] => None,
            [b'<', b'<', ..] => Some(self.take(2, Word::Open)),
            [b'>', b'>', ..] => Some(self.take(2, Word::Close)),
            [b'[', ..] => Some(self.take(1, Word::Open)),
            [b']', ..] => Some(self.take(1, Word::Close)),
            [b'(', ..] => Some(Word::Text(self.literal())),
            [b'<', ..] => Some(Word::Text(self.hex())),
            [b'/', rest @ ..] => {
                let length = regular(rest);
                let name = name(&rest[..length]);
                Some(self.take(1 + length, Word::Name(name)))
            }
            _ => {
                let length = regular(rest).max(1);
                let word = match &rest[..length] {
                    b"R" => Word::Reference,
                    // What comes behind a dictionary is not part of it.
                    b"stream" | b"endobj" => return None,
                    digits => {
                        let number = std::str::from_utf8(digits).ok().and_then(|n| n.parse().ok());
                        number.map_or(Word::Other, Word::Number)
                    }
                };
                Some(self.take(length, word))
            }
        }
    }

    fn take(&mut self, length: usize, word: Word) -> Word {
        self.at += length;
        word
    }

    fn skip_space(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            if byte == b'%' {
                let rest = &self.bytes[self.at..];
                self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            } else if is_space(byte) {
                self.at += 1;
            } else {
                break;
            }
        }
    }

    /// `(…)`, with pairs of brackets inside and escapes.
    fn literal(&mut self) -> Vec<u8> {
        let mut text = Vec::new();
        let mut depth = 0;
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => text.extend(self.escaped()),
                b'(' => {
                    if depth > 0 {
                        text.push(byte);
                    }
                    depth += 1;
                }
                b')' if depth == 1 => break,
                b')' => {
                    depth -= 1;
                    text.push(byte);
                }
                _ => text.push(byte),
            }
        }
        text.truncate(STRING_MAX);
        text
    }

    fn escaped(&mut self) -> Option<u8> {
        let byte = self.next()?;
        Some(match byte {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'b' | b'f' => b' ',
            b'0'..=b'7' => {
                let mut code = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(digit @ b'0'..=b'7') = self.bytes.get(self.at) else { break };
                    code = code * 8 + u32::from(digit - b'0');
                    self.at += 1;
                }
                code.to_le_bytes()[0]
            }
            // A line that is only broken in the file.
            b'\n' => return None,
            b'\r' => {
                self.at += usize::from(self.bytes.get(self.at) == Some(&b'\n'));
                return None;
            }
            other => other,
        })
    }

    /// `<…>`; a last digit that is missing counts as zero.
    fn hex(&mut self) -> Vec<u8> {
        self.at += 1;
        let rest = &self.bytes[self.at..];
        let length = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        self.at = (self.at + length + 1).min(self.bytes.len());
        let digits = rest[..length].iter().filter_map(|&byte| char::from(byte).to_digit(16));
        let digits: Vec<u32> = digits.take(2 * STRING_MAX).collect();
        let byte = |pair: &[u32]| (pair[0] * 16 + pair.get(1).unwrap_or(&0)).to_le_bytes()[0];
        digits.chunks(2).map(byte).collect()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }
}

/// How many bytes belong to a name or a number.
fn regular(bytes: &[u8]) -> usize {
    let ends = |&b: &u8| is_space(b) || b"()<>[]{}/%".contains(&b);
    bytes.iter().take(128).position(ends).unwrap_or(bytes.len().min(128))
}

/// A name, in which `#20` is a space.
fn name(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace('#', "%");
    percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned()
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | b'\x0c' | b'\r' | b' ')
}

/// A character of the encoding that strings without a mark are in.
pub(super) fn pdf_doc_char(byte: u8) -> char {
    const ACCENTS: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];
    const MARKS: [char; 33] = [
        '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚',
        '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{fffd}', '€',
    ];
    match byte {
        0x18..=0x1f => ACCENTS[usize::from(byte - 0x18)],
        0x80..=0xa0 => MARKS[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(source: &str, expected: &[u8]) {
        let text = string(source.as_bytes()).unwrap();
        assert_eq!(text, expected, "{source}");
    }

    #[test]
    fn a_string_is_read_in_each_form() {
        check("(a (b) c)", b"a (b) c");
        check(r"(a\)\(\\\n\101\0053\q)", b"a)(\\\nA\x053q");
        check("(a\\\r\nb\\\nc)", b"abc");
        check("(cut off", b"cut off");
        check("<48 65 6c6C 6>", b"Hell`");
        check("<4", b"@");
        check("  %comment (x)\n(a)", b"a");
        assert_eq!(string(b"/Name"), None);
    }

    #[test]
    fn a_dictionary_is_read_at_its_own_level_only() {
        let source = b"<</A(x)/B<</A(y)/Title(z)>>/C[/A(w)]/D 5 0 R/E 7/F[/Flate#44ecode]/G/H>>(x)";
        let (dict, length) = dict(source).unwrap();
        assert_eq!(length, source.len() - 3);
        assert_eq!(dict.get("A"), Some(&Value::Text(b"x".to_vec())));
        assert_eq!((dict.get("Title"), dict.get("B")), (None, Some(&Value::Other)));
        assert_eq!(dict.get("D"), Some(&Value::Reference(5)));
        assert_eq!(
            (dict.number("E"), dict.name("F"), dict.name("G")),
            (Some(7), Some("FlateDecode"), Some("H"))
        );
    }

    #[test]
    fn garbage_ends_somewhere() {
        for source in
            ["", "<<", "<</", "<</A", "<</A(", "<</A<", "<</A 5 0", "<</A[[[", "<<)>>}", "<5"]
        {
            let _ = (dict(source.as_bytes()), string(source.as_bytes()));
        }
        assert!(dict(&b"<</A<</B".repeat(100_000)).is_some());
    }
}
