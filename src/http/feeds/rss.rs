//! What is due as RSS 2.0.

use askama::Template;

use super::due::Due;
use super::utc;
use crate::error::{Error, Result};
use crate::model::feed::Item;

#[derive(Template)]
#[template(path = "due.xml")]
struct Channel<'a> {
    base_url: &'a str,
    this: &'a str,
    language: &'static str,
    about: &'static str,
    entries: Vec<Entry>,
}

struct Entry {
    title: String,
    url: String,
    id: String,
    date: String,
    html: String,
}

/// The feed whose own address is `this`.
///
/// # Errors
/// When a template fails, which is a fault of ours.
pub(super) fn write(due: &Due, this: &str) -> Result<String> {
    let entry = |item: &Item| {
        Ok(Entry {
            title: printable(due.title(item)),
            url: due.url(item),
            id: due.id(item),
            date: utc(item.fired.fired_at, "%a, %d %b %Y %H:%M:%S +0000"),
            html: printable(due.html(item)?),
        })
    };
    let channel = Channel {
        base_url: due.base_url,
        this,
        language: due.language.tag(),
        about: due.about(),
        entries: due.items.iter().map(entry).collect::<Result<_>>()?,
    };
    channel.render().map_err(Error::internal)
}

/// Without what XML 1.0 has no way to say.
fn printable(text: String) -> String {
    let is_odd = |c: char| {
        (c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r'))
            || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(is_odd) { text.replace(is_odd, "") } else { text }
}
