//! Bytes in, [`PageMeta`] out: what a page says about itself.
//!
//! Pure, never fails, never panics: from a broken page it only finds less. A page is
//! decoded, cut down to the tags that matter and these are read one by one, so that a
//! broken tag spoils nothing but itself.

mod address;
mod charset;
mod date;
mod facts;
mod feed;
mod file;
mod icons;
mod images;
mod json_ld;
mod json_repair;
mod kind;
mod language;
pub mod library;
mod links;
mod microdata;
pub mod oembed;
mod outline;
mod page;
mod pdf;
mod people;
mod plain;
mod prepass;
mod prose;
mod scan;
pub mod sites;
mod slug;
mod tag;
mod text;
mod thing;
mod titles;
mod wall;

use std::panic::{AssertUnwindSafe, catch_unwind};

use url::Url;

use crate::model::page::{PageKind, PageMeta};
use kind::Sort;
pub use slug::title_from_address;
pub use wall::{Wall, wall};

/// Reading stops here, whatever the caller could not keep from handing in.
const BYTES_MAX: usize = 4 * 1024 * 1024;

/// What the page found at `url` says about itself. `content_type` is the value of that
/// header, where there was one.
pub fn extract(bytes: &[u8], url: &Url, content_type: Option<&str>) -> PageMeta {
    let bytes = &bytes[..bytes.len().min(BYTES_MAX)];
    let careful = AssertUnwindSafe(|| read(bytes, url, content_type));
    // A bug in a parser must cost one title, not the thread.
    catch_unwind(careful).unwrap_or_else(|_| PageMeta::bare(url.clone(), PageKind::Site))
}

/// A text as a title: on one line, without tricks, not too long; nothing where nothing
/// is left.
pub fn title(text: &str) -> Option<String> {
    text::clean(text, text::TITLE_MAX)
}

/// What a file at `url` is called that says nothing of itself: the title that
/// [`extract`] gives it, for which a better one may be known.
pub fn file_name(url: &Url) -> Option<String> {
    file::name(url)
}

fn read(bytes: &[u8], url: &Url, content_type: Option<&str>) -> PageMeta {
    let read: fn(&str, &Url) -> PageMeta = match kind::of(bytes, url, content_type) {
        Sort::File(kind) => return file::binary(bytes, url, kind, content_type),
        Sort::Page => page,
        Sort::Prose => file::prose,
        Sort::Data => file::data,
    };
    let header = content_type.and_then(charset_parameter);
    let tld = url.domain().and_then(|domain| domain.rsplit('.').next());
    let (text, encoding) = charset::decode(bytes, header, tld);
    let mut meta = PageMeta { charset: Some(encoding.name()), ..read(&text, url) };
    sites::polish(&mut meta);
    meta
}

fn page(html: &str, url: &Url) -> PageMeta {
    page::read(&prepass::essence(html), url)
}

fn charset_parameter(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim())
    })
}

#[cfg(test)]
mod tests;
