//! Cuts a page down to the few tags that describe it.
//!
//! The parser behind this knows no raw text: to it a `<meta>` inside a script, a style or
//! a comment is real, and a broken comment swallows the page. So this pass walks the page
//! as browsers do and lets only what counts through. It looks at each byte a bounded
//! number of times.

use memchr::{memchr, memchr2, memmem};

use super::outline::{Element, Outline};
use super::scan::{
    Name, after_byte, after_comment, contains_ignoring_case, find_end_tag, find_script_end, name,
    name_at, tag_end,
};
use super::tag::head_of;

pub(super) const META: Name = name("meta");
pub(super) const LINK: Name = name("link");
pub(super) const BASE: Name = name("base");
pub(super) const HTML: Name = name("html");

/// Structured data beyond this is not kept.
const JSON_MAX: usize = 16;
/// More tags than any honest page has.
const TAGS_MAX: usize = 4_096;

/// What is left of a page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Essence<'a> {
    /// The content of the first `<title>` that has some, entities and all.
    pub title: Option<&'a str>,
    /// The tags `html`, `meta`, `link` and `base`, in their order.
    pub tags: Vec<(Name, &'a str)>,
    /// The contents of the scripts that hold JSON-LD.
    pub json: Vec<&'a str>,
    /// What the body has that may say what the page is about.
    pub elements: Vec<Element<'a>>,
}

/// Reads a page to its end, however broken it is.
pub(super) fn essence(html: &str) -> Essence<'_> {
    let mut pass =
        Pass { html, bytes: html.as_bytes(), outline: Outline::of(html), ..Pass::default() };
    let mut at = 0;
    while let Some(offset) = memchr(b'<', &pass.bytes[at..]) {
        match pass.step(at + offset) {
            Some(next) => at = next,
            None => break,
        }
    }
    Essence { elements: pass.outline.finish(), ..pass.found }
}

#[derive(Default)]
struct Pass<'a> {
    html: &'a str,
    bytes: &'a [u8],
    found: Essence<'a>,
    outline: Outline<'a>,
    /// The svg, math or template element we are in, and how many of its name are open.
    inside: Option<(Name, usize)>,
    /// There is no `</title` ahead; looking again for each title would take for ever.
    no_title_end: bool,
}

impl<'a> Pass<'a> {
    /// Goes past what starts with the `<` at `at`; `None` at the end of the page.
    fn step(&mut self, at: usize) -> Option<usize> {
        match *self.bytes.get(at + 1)? {
            b'!' => self.after_declaration(at),
            b'?' => after_byte(b'>', self.bytes, at),
            b'/' => self.after_end_tag(at),
            letter if letter.is_ascii_alphabetic() => self.after_start_tag(at),
            _ => Some(at + 1),
        }
    }

    fn after_declaration(&self, at: usize) -> Option<usize> {
        let rest = &self.bytes[at..];
        if rest.starts_with(b"<!--") {
            return after_comment(self.bytes, at + 4);
        }
        if self.inside.is_some() && rest.starts_with(b"<![CDATA[") {
            return memmem::find(rest, b"]]>").map(|offset| at + offset + 3);
        }
        after_byte(b'>', self.bytes, at)
    }

    fn after_end_tag(&mut self, at: usize) -> Option<usize> {
        if !self.bytes.get(at + 2)?.is_ascii_alphabetic() {
            return after_byte(b'>', self.bytes, at);
        }
        let (name, name_end) = name_at(self.bytes, at + 2);
        match self.inside {
            None => self.outline.end(name, at),
            Some((outer, open)) if outer == name => {
                self.inside = (open > 1).then_some((name, open - 1));
            }
            Some(_) => {}
        }
        tag_end(self.bytes, name_end).map(|(end, _)| end)
    }

    fn after_start_tag(&mut self, at: usize) -> Option<usize> {
        let (name, name_end) = name_at(self.bytes, at + 1);
        let (end, is_notable) = tag_end(self.bytes, name_end)?;
        match Role::of(name) {
            Role::Kept => {
                self.keep(name, at, end);
                if self.inside.is_none() && is_notable {
                    self.outline.start(name, at, end, true);
                }
            }
            // Cannot be inside anything; what is still open was never closed.
            Role::Root => {
                self.inside = None;
                if name == HTML {
                    self.keep(name, at, end);
                }
                if is_notable {
                    self.outline.start(name, at, end, true);
                }
            }
            Role::Foreign => self.enter(name, self.bytes[at..end].ends_with(b"/>")),
            Role::Title if self.inside.is_none() => return Some(self.title(end)),
            Role::Script => return self.script(at, end),
            Role::Raw(name) => return find_end_tag(self.bytes, end, name),
            Role::Other if self.inside.is_none() => self.outline.start(name, at, end, is_notable),
            Role::Title | Role::Other => {}
        }
        Some(end)
    }

    fn keep(&mut self, name: Name, at: usize, end: usize) {
        // Browsers leave a drawing nobody closed when they meet a meta tag.
        if name == META && self.inside.is_some_and(|(outer, _)| outer != TEMPLATE) {
            self.inside = None;
        }
        if self.inside.is_none() && self.found.tags.len() < TAGS_MAX {
            self.found.tags.push((name, &self.html[at..end]));
        }
    }

    fn enter(&mut self, name: Name, closed_at_once: bool) {
        match self.inside {
            _ if closed_at_once && name != TEMPLATE => {}
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
        let has_words = || !htmlize::unescape(head_of(text)).trim().is_empty();
        if self.found.title.is_none() && has_words() {
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

const TEMPLATE: Name = name("template");

/// What this pass does with an element.
enum Role {
    Kept,
    Root,
    Title,
    Script,
    /// Its content is text, or not for browsers that run scripts.
    Raw(&'static str),
    /// Its content is not part of the page itself.
    Foreign,
    Other,
}

impl Role {
    fn of(element: Name) -> Self {
        const HEAD: Name = name("head");
        const BODY: Name = name("body");
        const TITLE: Name = name("title");
        const SCRIPT: Name = name("script");
        const SVG: Name = name("svg");
        const MATH: Name = name("math");
        const STYLE: Name = name("style");
        const TEXTAREA: Name = name("textarea");
        const NOSCRIPT: Name = name("noscript");
        const IFRAME: Name = name("iframe");
        const XMP: Name = name("xmp");
        const NOEMBED: Name = name("noembed");
        const NOFRAMES: Name = name("noframes");
        match element {
            META | LINK | BASE => Self::Kept,
            HTML | HEAD | BODY => Self::Root,
            TITLE => Self::Title,
            SCRIPT => Self::Script,
            SVG | MATH | TEMPLATE => Self::Foreign,
            STYLE => Self::Raw("style"),
            TEXTAREA => Self::Raw("textarea"),
            NOSCRIPT => Self::Raw("noscript"),
            IFRAME => Self::Raw("iframe"),
            XMP => Self::Raw("xmp"),
            NOEMBED => Self::Raw("noembed"),
            NOFRAMES => Self::Raw("noframes"),
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, title: Option<&str>, tags: &[&str]) {
        let found = essence(html);
        assert_eq!(found.title, title, "{html}");
        let found: Vec<&str> = found.tags.iter().map(|(_, tag)| *tag).collect();
        assert_eq!(found, tags, "{html}");
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
