//! Bytes in, [`PageMeta`] out: what a page says about itself.
//!
//! Pure, never fails, never panics: from a broken page it only finds less. A page is
//! decoded, cut down to the tags that matter and these are read one by one, so that a
//! broken tag spoils nothing but itself.

mod address;
mod charset;
mod date;
mod facts;
mod icons;
mod images;
mod json_ld;
mod json_repair;
mod kind;
mod language;
mod links;
mod microdata;
pub mod oembed;
mod outline;
mod page;
mod people;
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

fn read(bytes: &[u8], url: &Url, content_type: Option<&str>) -> PageMeta {
    let mut meta = match kind::of(bytes, url, content_type) {
        Sort::Page => page(bytes, url, content_type),
        Sort::File(kind) => kind::file(url, kind, content_type),
    };
    sites::polish(&mut meta);
    meta
}

fn page(bytes: &[u8], url: &Url, content_type: Option<&str>) -> PageMeta {
    let header = content_type.and_then(charset_parameter);
    let tld = url.domain().and_then(|domain| domain.rsplit('.').next());
    let (html, encoding) = charset::decode(bytes, header, tld);
    let essence = prepass::essence(&html);
    let mut meta = page::read(&essence, url);
    meta.charset = Some(encoding.name());
    meta
}

fn charset_parameter(content_type: &str) -> Option<&str> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim())
    })
}

#[cfg(test)]
mod tests;
