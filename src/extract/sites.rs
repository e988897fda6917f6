//! Sites whose pages say little, and where they say it instead.
//!
//! Pure: it names addresses and never asks one. Whoever asks obeys robots.txt there as
//! anywhere else.

mod pattern;
mod table;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use super::{oembed, text};
use crate::model::page::{PageImage, PageKind, PageMeta};
use table::{FRAMES, Frame, How, LARGER, RULES, Rule, WRAPPED};

/// More pictures than anybody would try.
const IMAGES_MAX: usize = 16;
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How a page of a known site is read.
#[derive(Debug)]
pub struct Plan {
    /// The address it should go by.
    pub page: Url,
    /// Where to read it; the same, or what it shows in a frame.
    pub read: Url,
    /// Whom to ask before.
    pub endpoint: Option<Endpoint>,
}

/// An oEmbed endpoint that knows a page.
#[derive(Debug)]
pub struct Endpoint {
    /// What to ask for.
    pub url: Url,
    kind: PageKind,
}

/// What is known about reading `url`; `None` for most of the web.
pub fn plan(url: &Url) -> Option<Plan> {
    if url.port().is_some() {
        return None;
    }
    RULES.iter().find_map(|rule| apply(rule, url))
}

fn apply(rule: &Rule, url: &Url) -> Option<Plan> {
    let kept = rule.from.iter().find_map(|from| pattern::find(from, url))?;
    let page = kept.fill(rule.page)?;
    let read = match rule.how {
        How::ReadAt(template) => kept.fill(template)?,
        How::Read | How::Ask(..) => page.clone(),
    };
    let endpoint = match rule.how {
        How::Ask(start, kind) => {
            let url = format!("{start}{}", utf8_percent_encode(page.as_str(), VALUE));
            Some(Endpoint { url: Url::parse(&url).ok()?, kind })
        }
        How::Read | How::ReadAt(_) => None,
    };
    Some(Plan { page, read, endpoint })
}

impl Plan {
    /// What the endpoint's answer says about the page, if it says what it is called.
    pub fn described(&self, json: &[u8]) -> Option<PageMeta> {
        let mut meta = oembed::read(json, &self.page, self.endpoint.as_ref()?.kind)?;
        meta.canonical_url = Some(self.page.clone());
        meta.title.is_some().then_some(meta)
    }

    /// What was read, by the address the page should go by.
    pub fn named(&self, mut meta: PageMeta) -> PageMeta {
        if self.read != self.page {
            meta.url = self.page.clone();
            meta.canonical_url = Some(self.page.clone());
        }
        meta.canonical_url.get_or_insert_with(|| self.page.clone());
        meta
    }
}

/// Makes the best of what a page says with what is known of its site: pictures in their
/// original size come before those made smaller, and the short title loses what the site
/// puts around all of its titles.
pub(super) fn polish(meta: &mut PageMeta) {
    let mut images: Vec<PageImage> = Vec::new();
    for image in std::mem::take(&mut meta.images) {
        for candidate in original(&image.url).map(PageImage::at).into_iter().chain([image]) {
            if images.iter().all(|known| known.url != candidate.url) {
                images.push(candidate);
            }
        }
    }
    images.truncate(IMAGES_MAX);
    meta.images = images;
    if let Some(bare) = meta.title.as_deref().and_then(|title| without_frame(title, &meta.url)) {
        meta.short_title = Some(bare);
    }
}

/// The picture that another one is only a smaller copy of, where its address says so.
fn original(copy: &Url) -> Option<Url> {
    let larger = LARGER.iter().find_map(|(from, to)| pattern::find(from, copy)?.fill(to));
    larger.or_else(|| {
        let kept = WRAPPED.iter().find_map(|from| pattern::find(from, copy))?;
        // Naver puts it between quotes, and some leave out that it is https.
        let given = kept.get("url")?.trim_matches('"');
        let complete = given.contains("://") || given.starts_with('/');
        let whole = if complete { given.to_owned() } else { format!("https://{given}") };
        let url = copy.join(&whole).ok()?;
        let on_the_web = matches!(url.scheme(), "http" | "https") && url.username().is_empty();
        (on_the_web && !url.path().ends_with(".svg")).then_some(url)
    })
}

fn without_frame(title: &str, url: &Url) -> Option<String> {
    let mut bare = title;
    for frame in FRAMES.iter().filter(|frame| pattern::find(frame.on, url).is_some()) {
        bare = take_off(bare, frame);
    }
    (bare != title).then(|| text::clean(bare, text::TITLE_MAX)).flatten()
}

fn take_off<'a>(title: &'a str, frame: &Frame) -> &'a str {
    if !title.starts_with(frame.start) {
        return title;
    }
    let inside = match title.find(frame.open) {
        Some(at) => &title[at + frame.open.len()..],
        None => title,
    };
    match inside.rfind(frame.close) {
        Some(at) if !frame.close.is_empty() && at > 0 => &inside[..at],
        _ => inside,
    }
}

#[cfg(test)]
mod tests;
