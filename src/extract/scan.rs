//! The small steps of walking a page as browsers do: where a name, a tag, a comment or a
//! script ends. Each looks at a byte once and never fails on any.

use memchr::{memchr, memchr2, memmem};

/// The name of an element in lower case, its first sixteen bytes packed into a number.
pub(super) type Name = u128;

/// How many bytes of a name count. No element we know has more.
const NAME_BYTES: usize = 16;

/// A name, given in lower case.
pub(super) const fn name(text: &str) -> Name {
    let bytes = text.as_bytes();
    let mut packed = 0;
    let mut at = 0;
    while at < bytes.len() {
        packed = packed << 8 | bytes[at] as Name;
        at += 1;
    }
    packed
}

/// The name that starts at `at`, and where it ends.
pub(super) fn name_at(bytes: &[u8], at: usize) -> (Name, usize) {
    let mut packed = 0;
    for (length, &byte) in bytes[at..].iter().enumerate() {
        if ends_name(byte) {
            return (packed, at + length);
        }
        if length < NAME_BYTES {
            packed = packed << 8 | Name::from(byte.to_ascii_lowercase());
        }
    }
    (packed, bytes.len())
}

const fn ends_name(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>')
}

/// Just after the `>` of the tag whose name ends at `at`, and whether it seems to bear
/// microdata or to link to an author. Quotes count only where a value starts.
pub(super) fn tag_end(bytes: &[u8], mut at: usize) -> Option<(usize, bool)> {
    let mut notable = false;
    loop {
        at += memchr2(b'>', b'=', &bytes[at..])?;
        if bytes[at] == b'>' {
            return Some((at + 1, notable));
        }
        let attribute = at;
        at += 1;
        at += bytes[at..].iter().position(|b| !b.is_ascii_whitespace())?;
        let value = at;
        match bytes[at] {
            quote @ (b'"' | b'\'') => at += 1 + memchr(quote, &bytes[at + 1..])? + 1,
            _ => {
                let ends = |b: &u8| b.is_ascii_whitespace() || *b == b'>';
                at += bytes[at..].iter().position(ends)?;
            }
        }
        notable = notable || is_notable(&bytes[..attribute], &bytes[value..at]);
    }
}

/// Whether the attribute whose name ends `before` is one of microdata, or names an author.
fn is_notable(before: &[u8], value: &[u8]) -> bool {
    let named = |name: &[u8]| {
        let before = before.trim_ascii_end();
        let start = before.len().saturating_sub(name.len());
        before[start..].eq_ignore_ascii_case(name)
    };
    match before.last().map(u8::to_ascii_lowercase) {
        Some(b'p') => named(b"itemprop"),
        Some(b'e') => named(b"itemscope") || named(b"itemtype"),
        Some(b'l') => named(b"rel") && contains_ignoring_case(value, b"author"),
        Some(b) if b.is_ascii_whitespace() => named(b"itemprop"),
        _ => false,
    }
}

/// Where the comment that starts before `start` is over.
pub(super) fn after_comment(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = &bytes[start..];
    if rest.starts_with(b">") {
        return Some(start + 1);
    }
    if rest.starts_with(b"->") {
        return Some(start + 2);
    }
    let mut at = start;
    loop {
        at += memmem::find(&bytes[at..], b"--")?;
        match bytes[at + 2..] {
            [b'>', ..] => return Some(at + 3),
            [b'!', b'>', ..] => return Some(at + 4),
            _ => at += 1,
        }
    }
}

/// Just after the next `byte`.
pub(super) fn after_byte(byte: u8, bytes: &[u8], from: usize) -> Option<usize> {
    memchr(byte, &bytes[from..]).map(|offset| from + offset + 1)
}

/// Where `</name` stands.
pub(super) fn find_end_tag(bytes: &[u8], start: usize, name: &str) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr(b'<', &bytes[at..])?;
        if bytes.get(at + 1) == Some(&b'/') && is_named(bytes, at + 2, name) {
            return Some(at);
        }
        at += 1;
    }
}

fn is_named(bytes: &[u8], at: usize, name: &str) -> bool {
    let end = at + name.len();
    bytes.get(at..end).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        && bytes.get(end).is_none_or(|&b| ends_name(b))
}

/// Where the `</script` that ends a script stands. After `<!--` a script may hold whole
/// script elements of its own until `-->`, as pages of the last century do.
pub(super) fn find_script_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut commented, mut nested) = (false, false);
    let mut at = start;
    loop {
        let rest = &bytes[at..];
        at += if commented { memchr2(b'<', b'-', rest)? } else { memchr(b'<', rest)? };
        let rest = &bytes[at..];
        if rest.starts_with(b"</") && is_named(bytes, at + 2, "script") {
            if !nested {
                return Some(at);
            }
            nested = false;
        } else if rest.starts_with(b"-->") {
            (commented, nested) = (false, false);
        } else if rest.starts_with(b"<!--") {
            commented = true;
            // The dashes that open it may close it as well, as in `<!-->`.
            at += 1;
        } else if commented && rest[0] == b'<' && is_named(bytes, at + 1, "script") {
            nested = true;
        }
        at += 1;
    }
}

pub(super) fn contains_ignoring_case(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_in_any_case() {
        assert_eq!(name_at(b"<FigCaption\t", 1), (name("figcaption"), 11));
        assert_eq!(name_at(b"<p/>", 1), (name("p"), 2));
        assert_eq!(name_at(b"</a", 2), (name("a"), 3));
        assert_ne!(name_at(b"<meta2>", 1).0, name("meta"));
        assert_eq!(name_at(b"<a-very-long-name-of-somebody>", 1).1, 29);
    }

    #[test]
    fn a_tag_is_notable_by_its_attributes_alone() {
        let end = |tag: &str| tag_end(tag.as_bytes(), 2);
        assert_eq!(end("<a class=x>b"), Some((11, false)));
        for tag in [
            "<a ITEMPROP=name>",
            "<a class='x' itemprop = name>",
            "<a itemscope itemtype=\"x\">",
            "<a itemscope=''>",
            "<a rel='nofollow Author'>",
        ] {
            assert_eq!(end(tag), Some((tag.len(), true)), "{tag}");
        }
        assert_eq!(end("<a class='itemprop=name' rel=next>"), Some((34, false)));
        assert_eq!(end("<a class='"), None);
    }
}
