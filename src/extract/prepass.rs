//! Cuts a page down to the few tags that describe it.
//!
//! The parser behind this knows no raw text: to it a `<meta>` inside a script, a style or
//! a comment is real, and a broken comment swallows the page. So this pass walks the page
//! as browsers do and lets only what counts through. It looks at each byte a bounded
//! number of times.

use memchr::{memchr, memchr2, memmem};

/// Structured data beyond this is not kept.
const JSON_MAX: usize = 16;
/// More tags than any honest page has.
const TAGS_MAX: usize = 4_096;

/// What is left of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Essence<'a> {
    /// The content of the first `<title>` that has some, entities and all.
    pub title: Option<&'a str>,
    /// The tags `meta`, `link` and `base`, in their order.
    pub tags: Vec<&'a str>,
    /// The contents of the scripts that hold JSON-LD.
    pub json: Vec<&'a str>,
}

/// Reads a page to its end, however broken it is.
pub(super) fn essence(html: &str) -> Essence<'_> {
    let mut pass = Pass { html, bytes: html.as_bytes(), ..Pass::default() };
    let mut at = 0;
    while let Some(offset) = memchr(b'<', &pass.bytes[at..]) {
        match pass.step(at + offset) {
            Some(next) => at = next,
            None => break,
        }
    }
    pass.found
}

#[derive(Default)]
struct Pass<'a> {
    html: &'a str,
    bytes: &'a [u8],
    found: Essence<'a>,
    /// The svg, math or template element we are in, and how many of its name are open.
    inside: Option<(&'static str, usize)>,
    /// There is no `</title` ahead; looking again for each title would take for ever.
    no_title_end: bool,
}

impl<'a> Pass<'a> {
    /// Goes past what starts with the `<` at `at`; `None` at the end of the page.
    fn step(&mut self, at: usize) -> Option<usize> {
        match *self.bytes.get(at + 1)? {
            b'!' => self.after_declaration(at),
            b'?' => self.after_byte(b'>', at),
            b'/' => self.after_end_tag(at),
            letter if letter.is_ascii_alphabetic() => self.after_start_tag(at),
            _ => Some(at + 1),
        }
    }

    fn after_byte(&self, byte: u8, from: usize) -> Option<usize> {
        memchr(byte, &self.bytes[from..]).map(|offset| from + offset + 1)
    }

    fn after_declaration(&self, at: usize) -> Option<usize> {
        let rest = &self.bytes[at..];
        if rest.starts_with(b"<!--") {
            return after_comment(self.bytes, at + 4);
        }
        if self.inside.is_some() && rest.starts_with(b"<![CDATA[") {
            return memmem::find(rest, b"]]>").map(|offset| at + offset + 3);
        }
        self.after_byte(b'>', at)
    }

    fn after_end_tag(&mut self, at: usize) -> Option<usize> {
        if !self.bytes.get(at + 2)?.is_ascii_alphabetic() {
            return self.after_byte(b'>', at);
        }
        let name_end = name_end(self.bytes, at + 2);
        if let Some((name, open)) = self.inside
            && self.bytes[at + 2..name_end].eq_ignore_ascii_case(name.as_bytes())
        {
            self.inside = (open > 1).then_some((name, open - 1));
        }
        tag_end(self.bytes, name_end)
    }

    fn after_start_tag(&mut self, at: usize) -> Option<usize> {
        let name_end = name_end(self.bytes, at + 1);
        let end = tag_end(self.bytes, name_end)?;
        let name = Name::of(&self.bytes[at + 1..name_end]);
        match name {
            Name::Other => Some(end),
            Name::Kept => {
                self.keep(at, end);
                Some(end)
            }
            Name::Body => {
                self.inside = None;
                Some(end)
            }
            Name::Foreign(name) => {
                self.enter(name, self.bytes[at..end].ends_with(b"/>"));
                Some(end)
            }
            Name::Title if self.inside.is_some() => Some(end),
            Name::Title => Some(self.title(end)),
            Name::Script => self.script(at, end),
            Name::Raw(name) => find_end_tag(self.bytes, end, name),
        }
    }

    fn keep(&mut self, at: usize, end: usize) {
        // Browsers leave a drawing nobody closed when they meet a meta tag.
        if matches!(self.inside, Some(("svg" | "math", _)))
            && self.bytes[at + 1].eq_ignore_ascii_case(&b'm')
        {
            self.inside = None;
        }
        if self.inside.is_none() && self.found.tags.len() < TAGS_MAX {
            self.found.tags.push(&self.html[at..end]);
        }
    }

    fn enter(&mut self, name: &'static str, closed_at_once: bool) {
        match self.inside {
            _ if closed_at_once && name != "template" => {}
            None => self.inside = Some((name, 1)),
            Some((outer, open)) if outer == name => self.inside = Some((outer, open + 1)),
            Some(_) => {}
        }
    }

    fn title(&mut self, start: usize) -> usize {
        let end = if self.no_title_end { None } else { find_end_tag(self.bytes, start, "title") };
        self.no_title_end |= end.is_none();
        // A page cut off inside its title still has the line it began.
        let stop = end.unwrap_or_else(|| {
            let rest = &self.bytes[start..];
            start + memchr2(b'<', b'\n', rest).unwrap_or(rest.len())
        });
        let text = &self.html[start..stop];
        if self.found.title.is_none() && !text.trim().is_empty() {
            self.found.title = Some(text);
        }
        stop
    }

    fn script(&mut self, at: usize, start: usize) -> Option<usize> {
        let end = find_script_end(self.bytes, start)?;
        let tag = &self.bytes[at..start];
        let holds_json = contains_ignoring_case(tag, b"application/ld+json");
        if holds_json && self.inside.is_none() && self.found.json.len() < JSON_MAX {
            self.found.json.push(&self.html[start..end]);
        }
        Some(end)
    }
}

/// The elements this pass cares about.
enum Name {
    Kept,
    Title,
    Script,
    /// Its content is text, or not for browsers that run scripts.
    Raw(&'static str),
    /// Its content is not part of the page itself.
    Foreign(&'static str),
    /// Cannot be inside anything; what is still open was never closed.
    Body,
    Other,
}

impl Name {
    fn of(name: &[u8]) -> Self {
        const RAW: [&str; 7] =
            ["style", "textarea", "noscript", "iframe", "xmp", "noembed", "noframes"];
        let is = |other: &&str| name.eq_ignore_ascii_case(other.as_bytes());
        if ["meta", "link", "base"].iter().any(is) {
            Self::Kept
        } else if is(&"title") {
            Self::Title
        } else if is(&"script") {
            Self::Script
        } else if is(&"body") || is(&"head") {
            Self::Body
        } else if let Some(name) = RAW.into_iter().find(is) {
            Self::Raw(name)
        } else if let Some(name) = ["svg", "math", "template"].into_iter().find(is) {
            Self::Foreign(name)
        } else {
            Self::Other
        }
    }
}

fn name_end(bytes: &[u8], start: usize) -> usize {
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'>');
    bytes[start..].iter().position(ends).map_or(bytes.len(), |offset| start + offset)
}

/// Just after the `>` of a tag. Quotes count only where a value starts.
fn tag_end(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr2(b'>', b'=', &bytes[at..])?;
        if bytes[at] == b'>' {
            return Some(at + 1);
        }
        at += 1;
        at += bytes[at..].iter().position(|b| !b.is_ascii_whitespace())?;
        match bytes[at] {
            quote @ (b'"' | b'\'') => at += 1 + memchr(quote, &bytes[at + 1..])? + 1,
            _ => {
                let ends = |b: &u8| b.is_ascii_whitespace() || *b == b'>';
                at += bytes[at..].iter().position(ends)?;
            }
        }
    }
}

fn after_comment(bytes: &[u8], start: usize) -> Option<usize> {
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

/// Where `</name` stands.
fn find_end_tag(bytes: &[u8], start: usize, name: &str) -> Option<usize> {
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
        && bytes.get(end).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'/' | b'>'))
}

/// Where the `</script` that ends a script stands. After `<!--` a script may hold whole
/// script elements of its own until `-->`, as pages of the last century do.
fn find_script_end(bytes: &[u8], start: usize) -> Option<usize> {
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

fn contains_ignoring_case(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, title: Option<&str>, tags: &[&str]) {
        let found = essence(html);
        assert_eq!(found.title, title, "{html}");
        assert_eq!(found.tags, tags, "{html}");
    }

    #[test]
    fn a_comment_ends_where_browsers_end_it() {
        check("<!-- <meta a> --><meta b>", None, &["<meta b>"]);
        check("<!-- <meta a> ---><meta b>", None, &["<meta b>"]);
        check("<!-- <meta a> --!><meta b>", None, &["<meta b>"]);
        check("<!--><meta b>", None, &["<meta b>"]);
        check("<!---><meta b>", None, &["<meta b>"]);
        check("<!-- never closed <meta a>", None, &[]);
        check("<!doctype html><?xml version='1.0'?><![if IE]></3><meta b>", None, &["<meta b>"]);
    }

    #[test]
    fn raw_text_is_not_markup() {
        for name in ["script", "style", "textarea", "noscript", "iframe", "xmp", "noembed"] {
            check(&format!("<{name}><meta a></{name}x></{name} ><meta b>"), None, &["<meta b>"]);
        }
        check(
            "<script>'<!--<script>' '</script>' '<meta a>' --></script><meta b>",
            None,
            &["<meta b>"],
        );
        check("<script><!--><script></script><meta b>", None, &["<meta b>"]);
        check(
            "<template><meta a><template></template><meta a></template><meta b>",
            None,
            &["<meta b>"],
        );
    }

    #[test]
    fn the_first_title_with_text_outside_drawings_wins() {
        check(
            "<svg><title>Icon</title></svg><title> </title><TITLE>a <b>&amp;</TITLE\n><title>b</title>",
            Some("a <b>&amp;"),
            &[],
        );
        check("<title>cut off <p>more", Some("cut off "), &[]);
        check("<svg/><title>a</title>", Some("a"), &[]);
        check("<svg><meta b><title>a</title>", Some("a"), &["<meta b>"]);
        check("<svg><svg></svg><title>icon</title></svg><body><title>a</title>", Some("a"), &[]);
        check("<svg><![CDATA[</svg><title>no</title>]]></svg><title>a</title>", Some("a"), &[]);
    }

    #[test]
    fn quotes_count_only_where_a_value_starts() {
        check("<meta a=\"x>y\" b='\">'><meta c>", None, &["<meta a=\"x>y\" b='\">'>", "<meta c>"]);
        check("<meta it's><meta c>", None, &["<meta it's>", "<meta c>"]);
        check("<meta a=b=\"c><meta d>", None, &["<meta a=b=\"c>", "<meta d>"]);
        check("<meta a= \n\"x>y\"><LINK/b>", None, &["<meta a= \n\"x>y\">", "<LINK/b>"]);
        check("<metadata><meta a=\"never closed>", None, &[]);
    }

    #[test]
    fn structured_data_is_lifted_out() {
        let found = essence("<script type='application/LD+json'>{\"a\":\"<meta>\"}</script>");
        assert_eq!(found.json, ["{\"a\":\"<meta>\"}"]);
    }

    #[test]
    fn a_thousand_unclosed_titles_cost_one_look_ahead() {
        // Quadratic work would take minutes here.
        check(&"<title>".repeat(200_000), None, &[]);
        assert_eq!(essence(&"<svg>".repeat(200_000)), Essence::default());
        assert_eq!(essence(&"<script><!--".repeat(80_000)), Essence::default());
    }
}
