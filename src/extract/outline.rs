//! The few elements of a page's body that may say what it is about: headings, paragraphs
//! and whatever bears microdata or names an author. Knows which of them lie in which.

use super::scan::{Name, contains_ignoring_case, name};

pub(super) const H1: Name = name("h1");
pub(super) const H2: Name = name("h2");
pub(super) const P: Name = name("p");
pub(super) const TIME: Name = name("time");

/// What lies deeper is seen, but not what it lies in.
const DEPTH_MAX: usize = 256;
const HEADINGS_MAX: usize = 16;
const PARAGRAPHS_MAX: usize = 64;
const NOTED_MAX: usize = 1_024;

/// An element worth a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element<'a> {
    pub name: Name,
    /// Its start tag.
    pub tag: &'a str,
    /// What is between its tags, mark-up and all.
    pub content: &'a str,
    /// It seems to bear microdata, to name an author or to be the time of publication.
    pub noted: bool,
    /// The nearest noted one around it.
    pub parent: Option<usize>,
    pub place: Place,
}

/// What part of a page something is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Where the page speaks of its subject.
    #[default]
    Main,
    /// Where a subject may be named, but nothing is told of it.
    Frame,
    /// Beside the subject.
    Apart,
}

impl Place {
    fn of(element: Name) -> Self {
        const NAV: Name = name("nav");
        const ASIDE: Name = name("aside");
        const FOOTER: Name = name("footer");
        const DIALOG: Name = name("dialog");
        const HEADER: Name = name("header");
        const FORM: Name = name("form");
        const FIGCAPTION: Name = name("figcaption");
        match element {
            NAV | ASIDE | FOOTER | DIALOG => Self::Apart,
            HEADER | FORM | FIGCAPTION => Self::Frame,
            _ => Self::Main,
        }
    }
}

/// An element whose end is still to come.
struct Open {
    /// Its index among the elements worth a look, and where its content starts.
    element: Option<(usize, usize)>,
    /// What it lies in.
    noted_around: Option<usize>,
    place_around: Place,
}

/// What is open at some place of a page, and what was found before it.
#[derive(Default)]
pub(super) struct Outline<'a> {
    html: &'a str,
    /// The names of the open elements, apart from the rest of them: they are searched.
    names: Vec<Name>,
    open: Vec<Open>,
    elements: Vec<Element<'a>>,
    noted: Option<usize>,
    place: Place,
    /// How deep the open paragraph is; there is never one inside another.
    paragraph: Option<usize>,
    headings_count: usize,
    paragraphs_count: usize,
    noted_count: usize,
}

impl<'a> Outline<'a> {
    pub(super) fn of(html: &'a str) -> Self {
        Self { html, ..Self::default() }
    }

    /// Meets a start tag from `at` to `end`.
    pub(super) fn start(&mut self, name: Name, at: usize, end: usize, is_notable: bool) {
        if let Some(depth) = self.paragraph
            && ends_paragraph(name)
        {
            self.close(depth, at);
        }
        let tag = &self.html[at..end];
        let noted =
            is_notable || name == TIME && contains_ignoring_case(tag.as_bytes(), b"pubdate");
        let element = self.is_wanted(name, noted).then(|| {
            let (parent, place) = (self.noted, self.place);
            self.elements.push(Element { name, tag, content: "", noted, parent, place });
            (self.elements.len() - 1, end)
        });
        if is_void(name) {
            return;
        }
        if self.names.len() == DEPTH_MAX {
            if element.is_none() {
                return;
            }
            // What is worth a look takes the place of what is not.
            self.close(DEPTH_MAX - 1, at);
        }
        if name == P {
            self.paragraph = Some(self.names.len());
        }
        self.names.push(name);
        self.open.push(Open { element, noted_around: self.noted, place_around: self.place });
        if let Some((index, _)) = element.filter(|_| noted) {
            self.noted = Some(index);
        }
        self.place = self.place.max(Place::of(name));
    }

    /// Meets an end tag at `at`.
    pub(super) fn end(&mut self, name: Name, at: usize) {
        let found = self.names.iter().rposition(|open| *open == name);
        // A heading is closed by the end of any other, as browsers have it.
        let found = found.or_else(|| {
            let last = self.names.last().filter(|last| is_heading(**last) && is_heading(name));
            last.map(|_| self.names.len() - 1)
        });
        if let Some(depth) = found {
            self.close(depth, at);
        }
    }

    /// What was found, at the end of the page.
    pub(super) fn finish(mut self) -> Vec<Element<'a>> {
        self.close(0, self.html.len());
        self.elements
    }

    fn is_wanted(&mut self, name: Name, noted: bool) -> bool {
        let count = match name {
            _ if noted => (&mut self.noted_count, NOTED_MAX),
            P if self.place == Place::Main => (&mut self.paragraphs_count, PARAGRAPHS_MAX),
            H1 | H2 if self.place < Place::Apart => (&mut self.headings_count, HEADINGS_MAX),
            _ => return false,
        };
        *count.0 += 1;
        *count.0 <= count.1
    }

    /// Closes what is open from `depth` on.
    fn close(&mut self, depth: usize, at: usize) {
        let Some(outermost) = self.open.get(depth) else { return };
        (self.noted, self.place) = (outermost.noted_around, outermost.place_around);
        for open in self.open.drain(depth..) {
            if let Some((index, start)) = open.element {
                self.elements[index].content = &self.html[start..at];
            }
        }
        self.names.truncate(depth);
        self.paragraph = self.paragraph.filter(|paragraph| *paragraph < depth);
    }
}

fn is_heading(heading: Name) -> bool {
    (name("h1")..=name("h6")).contains(&heading)
}

/// Elements that have no content.
fn is_void(void: Name) -> bool {
    const NAMES: [Name; 14] = [
        name("img"),
        name("br"),
        name("input"),
        name("hr"),
        name("wbr"),
        name("source"),
        name("meta"),
        name("link"),
        name("base"),
        name("area"),
        name("col"),
        name("embed"),
        name("param"),
        name("track"),
    ];
    NAMES.contains(&void)
}

/// Elements before which an open paragraph is over.
fn ends_paragraph(next: Name) -> bool {
    const NAMES: [Name; 28] = [
        name("p"),
        name("div"),
        name("ul"),
        name("ol"),
        name("dl"),
        name("pre"),
        name("table"),
        name("form"),
        name("section"),
        name("article"),
        name("aside"),
        name("header"),
        name("footer"),
        name("main"),
        name("nav"),
        name("hr"),
        name("blockquote"),
        name("figure"),
        name("figcaption"),
        name("address"),
        name("details"),
        name("dialog"),
        name("fieldset"),
        name("menu"),
        name("center"),
        name("hgroup"),
        name("search"),
        name("summary"),
    ];
    is_heading(next) || NAMES.contains(&next)
}
