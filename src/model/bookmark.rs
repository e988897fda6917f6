//! A saved link, and what decides whether two links are the same one.

use url::Url;

use crate::error::{Error, Result};
use crate::model::id::{BookmarkId, FolderId, UserId};
use crate::model::page::{PageCard, PageState};
use crate::model::reason::Reason;
use crate::model::tag::TagName;
use crate::model::text;
use crate::model::time::Timestamp;

const URL_BYTES_MAX: usize = 8 * 1024;
pub(super) const TITLE_CHARS_MAX: usize = 500;
pub(super) const DESCRIPTION_CHARS_MAX: usize = 2_000;
/// How long a note may be.
pub const NOTE_CHARS_MAX: usize = 20_000;

/// A link that can be saved: absolute, http or https, with a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(Url);

impl Link {
    /// Reads what a person typed or shared. In a text with more words, such as what a phone
    /// shares, the first http(s) address counts; a bare `example.com/x` gets `https://`.
    ///
    /// # Errors
    /// `Invalid` when there is no address in it.
    pub fn parse(typed: &str) -> Result<Self> {
        let typed = typed.trim();
        let bad = |what: &str| {
            Error::invalid("url", format!("{what}, expected an http or https address"))
        };
        if typed.is_empty() {
            return Err(bad("empty"));
        }
        if typed.len() > URL_BYTES_MAX {
            return Err(Error::invalid(
                "url",
                format!("{} bytes long, expected at most {URL_BYTES_MAX}", typed.len()),
            ));
        }
        let found = first_address(typed);
        let bare = || looks_bare(typed).then(|| format!("https://{typed}"));
        let address = found.map(ToOwned::to_owned).or_else(bare).ok_or_else(|| {
            bad(if typed.contains("://") { "not a web address" } else { "no web address found" })
        })?;
        let url =
            Url::parse(&address).map_err(|error| bad(&format!("not an address ({error})")))?;
        if url.host_str().is_none_or(str::is_empty) {
            return Err(bad("an address without a host"));
        }
        Ok(Self(url))
    }

    /// The address as it is kept and opened.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The address in parts.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The host it leads to, in lower case.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// What decides whether this is the same link as another.
    pub fn canonical(&self) -> CanonicalUrl {
        CanonicalUrl::of(&self.0)
    }
}

/// Finds the first http(s) address among other words.
fn first_address(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let start = ["http://", "https://"].iter().filter_map(|scheme| lower.find(scheme)).min()?;
    let rest = &text[start..];
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"'))
        .unwrap_or(rest.len());
    let word = &rest[..end];
    // In a sentence the full stop or bracket after an address is not part of it.
    let in_text = start > 0 || end < rest.len();
    Some(if in_text { word.trim_end_matches(['.', ',', ';', ')', ']', '!', '\'']) } else { word })
}

/// Whether a single word is an address that only lacks its scheme.
fn looks_bare(word: &str) -> bool {
    let host = word.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    let has_scheme = word.split(['/', '.']).next().is_some_and(|first| first.contains(':'));
    let dotted = host.contains('.') && !host.starts_with('.') && !host.ends_with('.');
    dotted && !has_scheme && !word.contains(['@', ' ']) && !word.contains(char::is_whitespace)
}

/// The form of an address by which two links are the same: scheme and host in lower case,
/// no default port, no fragment, no tracking parameters, the rest of the query in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CanonicalUrl(String);

impl CanonicalUrl {
    fn of(url: &Url) -> Self {
        let mut url = url.clone();
        url.set_fragment(None);
        if let Some(query) = url.query() {
            let kept: Vec<&str> =
                query.split('&').filter(|pair| !pair.is_empty() && !is_tracking(pair)).collect();
            let kept = (!kept.is_empty()).then(|| kept.join("&"));
            url.set_query(kept.as_deref());
        }
        Self(url.into())
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Parameters that say where a click came from, never what is shown.
fn is_tracking(pair: &str) -> bool {
    const EXACT: [&str; 22] = [
        "fbclid",
        "gclid",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "yclid",
        "twclid",
        "ttclid",
        "igshid",
        "igsh",
        "mc_cid",
        "mc_eid",
        "_ga",
        "_gl",
        "_hsenc",
        "_hsmi",
        "mkt_tok",
        "vero_id",
        "oly_anon_id",
        "oly_enc_id",
    ];
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    name.starts_with("utm_") || EXACT.contains(&name.as_str())
}

/// A saved link.
#[derive(Debug, Clone)]
pub struct Bookmark {
    /// Identity.
    pub id: BookmarkId,
    /// Whose it is.
    pub user_id: UserId,
    /// The address as it was first saved.
    pub url: String,
    /// The title its owner gave it; empty when they gave none.
    pub own_title: String,
    /// The description its owner gave it; empty when they gave none.
    pub own_description: String,
    /// The owner's words about it.
    pub note: String,
    /// Where it is filed.
    pub folder_id: Option<FolderId>,
    /// When it was saved first.
    pub saved_at: Timestamp,
    /// When anything about it last changed.
    pub updated_at: Timestamp,
    /// When it was read; `None` while it waits.
    pub read_at: Option<Timestamp>,
    /// When its time until it burns began anew, where that was after it was saved.
    pub burn_from: Option<Timestamp>,
    /// The midnight that was announced for it to burn at.
    pub burns_at: Option<Timestamp>,
    /// When it turned to ash.
    pub burnt_at: Option<Timestamp>,
    /// When it was put away: it waits no more, and is in the list of what is archived only.
    pub archived_at: Option<Timestamp>,
    /// Whether its owner marked it as one of the best.
    pub favourite: bool,
    /// Its tags as they are written, in the order of their letters.
    pub tags: Vec<String>,
    /// Where reading its page stands.
    pub page_state: PageState,
    /// Why the page could not be read.
    pub page_reason: Option<Reason>,
    /// When the page was last read.
    pub fetched_at: Option<Timestamp>,
    /// What the page says of itself.
    pub page: PageCard,
}

impl Bookmark {
    /// Gives it its full time until it burns again, out of the ashes if it lies there.
    pub fn begin_anew(&mut self, now: Timestamp) {
        self.burn_from = Some(now);
        (self.burns_at, self.burnt_at) = (None, None);
    }

    /// Puts it away, or back into the list with its full time until it burns.
    pub fn set_archived(&mut self, archived: bool, now: Timestamp) {
        if archived != self.archived_at.is_some() {
            self.begin_anew(now);
            self.archived_at = archived.then_some(now);
        }
    }

    /// What it is called: by its owner, else by its page, else by its address.
    pub fn title(&self) -> &str {
        [self.own_title.as_str(), self.page.title.as_str()]
            .into_iter()
            .find(|title| !title.is_empty())
            .unwrap_or_else(|| self.bare_address())
    }

    /// As [`Bookmark::title`], without the name of the site: for where that is shown anyway.
    pub fn short_title(&self) -> &str {
        let short = self.page.short_title.as_str();
        if self.own_title.is_empty() && !short.is_empty() { short } else { self.title() }
    }

    /// What it is about: in its owner's words, else in its page's.
    pub fn description(&self) -> &str {
        if self.own_description.is_empty() { &self.page.description } else { &self.own_description }
    }

    /// The host, for showing where it leads.
    pub fn host(&self) -> &str {
        let host = self.bare_address().split(['/', '?', '#']).next().unwrap_or_default();
        host.strip_prefix("www.").unwrap_or(host)
    }

    fn bare_address(&self) -> &str {
        self.url.split_once("://").map_or(&*self.url, |(_, rest)| rest).trim_end_matches('/')
    }
}

/// What a person saves.
#[derive(Debug, Clone)]
pub struct NewBookmark {
    /// The link.
    pub link: Link,
    /// Their title for it; empty to take the page's.
    pub title: String,
    /// Their description; empty to take the page's.
    pub description: String,
    /// Their words about it.
    pub note: String,
    /// Where to file it.
    pub folder_id: Option<FolderId>,
    /// Its tags.
    pub tags: Vec<TagName>,
    /// Whether it still waits to be read.
    pub unread: bool,
    /// Whether it is put away at once.
    pub archived: bool,
    /// Whether it is one of the best.
    pub favourite: bool,
    /// When it was saved, if not now.
    pub saved_at: Option<Timestamp>,
    /// Whether to read its page.
    pub fetch: bool,
}

impl NewBookmark {
    /// A link with nothing else said about it.
    pub fn of(link: Link) -> Self {
        Self {
            link,
            title: String::new(),
            description: String::new(),
            note: String::new(),
            folder_id: None,
            tags: Vec::new(),
            unread: true,
            archived: false,
            favourite: false,
            saved_at: None,
            fetch: true,
        }
    }
}

/// What a person changes; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct BookmarkChange {
    /// Where it leads.
    pub link: Option<Link>,
    /// Their title.
    pub title: Option<String>,
    /// Their description.
    pub description: Option<String>,
    /// Their words.
    pub note: Option<String>,
    /// Where it is filed; `Some(None)` takes it out.
    pub folder_id: Option<Option<FolderId>>,
    /// All its tags.
    pub tags: Option<Vec<TagName>>,
    /// Whether it waits to be read.
    pub unread: Option<bool>,
    /// Whether it is put away.
    pub archived: Option<bool>,
    /// Whether it is one of the best.
    pub favourite: Option<bool>,
}

/// A bookmark's title, checked.
///
/// # Errors
/// `Invalid` when it is too long.
pub fn parse_title(title: &str) -> Result<String> {
    text::clean("title", title, TITLE_CHARS_MAX).map(|title| title.replace(['\n', '\r'], " "))
}

/// A bookmark's description, checked.
///
/// # Errors
/// `Invalid` when it is too long.
pub fn parse_description(description: &str) -> Result<String> {
    text::clean("description", description, DESCRIPTION_CHARS_MAX)
}

/// The owner's words, checked.
///
/// # Errors
/// `Invalid` when they are too long.
pub fn parse_note(note: &str) -> Result<String> {
    text::clean("note", note, NOTE_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_in_what_people_type_and_phones_share() {
        let check = |typed: &str, expected: &str| {
            assert_eq!(Link::parse(typed).unwrap().as_str(), expected, "{typed}");
        };
        check(" https://example.com ", "https://example.com/");
        check("HTTP://Example.COM:80/A?b#c", "http://example.com/A?b#c");
        check("A title https://example.com/a. #fun", "https://example.com/a");
        check("(see https://example.com/a)", "https://example.com/a");
        check(
            "https://en.wikipedia.org/wiki/Toast_(food)",
            "https://en.wikipedia.org/wiki/Toast_(food)",
        );
        check("example.com/path", "https://example.com/path");
        check("localhost.test:8080/x", "https://localhost.test:8080/x");
        check("제목 https://예제.한국/글", "https://xn--2j5b21b.xn--3e0b707e/%EA%B8%80");
    }

    #[test]
    fn what_is_no_link_is_refused() {
        for bad in [
            "",
            "toast",
            "ftp://example.com/",
            "javascript:alert(1)",
            "mailto:a@b.example",
            "https://",
            "http://[::1",
            "two words.here",
            "file:///etc/passwd",
            "javascript://example.com/%0aalert(1)",
        ] {
            assert!(Link::parse(bad).is_err(), "{bad}");
        }
        assert!(Link::parse(&format!("https://example.com/{}", "a".repeat(9000))).is_err());
    }

    #[test]
    fn the_same_link_is_recognised() {
        let check = |left: &str, right: &str, same: bool| {
            let canonical = |typed| Link::parse(typed).unwrap().canonical();
            assert_eq!(canonical(left) == canonical(right), same, "{left} {right}");
        };
        check("https://example.com", "HTTPS://EXAMPLE.com:443/#top", true);
        check(
            "https://example.com/?a=1&utm_source=x&b=2&fbclid=1",
            "https://example.com/?a=1&b=2",
            true,
        );
        check("https://example.com/?utm_source=x", "https://example.com/", true);
        check("https://example.com/?a=1&b=2", "https://example.com/?b=2&a=1", false);
        check("https://example.com/a", "https://example.com/A", false);
        check("https://example.com/", "http://example.com/", false);
    }
}
