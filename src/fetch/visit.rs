//! What to ask for, and in which order, to learn what a page is about.
//!
//! A site known to describe its pages elsewhere is asked there first; a page that says
//! too little is completed by the description it points to. At most three requests,
//! redirects aside, and it is the caller who makes them, within one time and one set of
//! rules for all of them.

use url::Url;

use super::trip::Trip;
use super::{Fetcher, is_fine};
use crate::extract::{oembed, sites};
use crate::model::page::{PageKind, PageMeta};
use crate::net::Ended;

pub(super) const DESCRIPTION_TYPES: &str = "application/json,*/*;q=0.1";
const DESCRIPTION_BYTES: usize = 256 * 1024;

/// Learns what the page saved as `saved` is about, by `read`, which reads a page, and
/// `ask`, which has a description of one from an endpoint.
///
/// # Errors
/// What reading the page fails with, if nothing else described it either.
pub fn visit<E>(
    saved: &Url,
    read: impl Fn(&Url) -> Result<PageMeta, E>,
    ask: impl Fn(&Url) -> Option<Vec<u8>>,
) -> Result<PageMeta, E> {
    let Some(plan) = sites::plan(saved) else { return Ok(complete(read(saved)?, ask)) };
    if let Some(endpoint) = &plan.endpoint
        && let Some(meta) = ask(&endpoint.url).and_then(|json| plan.described(&json))
    {
        return Ok(meta);
    }
    match read(&plan.read) {
        Ok(meta) if plan.endpoint.is_some() => Ok(plan.named(meta)),
        Ok(meta) => Ok(complete(plan.named(meta), ask)),
        // Sites change; what somebody saved worked for them.
        Err(_) if plan.read != *saved => read(saved),
        Err(error) => Err(error),
    }
}

/// Fills what a page leaves open by the description it points to, or that its site is
/// known to have where a short link led there.
fn complete(mut meta: PageMeta, ask: impl Fn(&Url) -> Option<Vec<u8>>) -> PageMeta {
    if meta.title.is_some() && !meta.images.is_empty() {
        return meta;
    }
    let known = sites::plan(&meta.url).and_then(|plan| plan.endpoint).map(|known| known.url);
    let Some(endpoint) = known.or_else(|| meta.oembed_url.clone()) else { return meta };
    let json = ask(&endpoint);
    let more = json.and_then(|json| oembed::read(&json, &meta.url, PageKind::Site));
    let Some(more) = more else { return meta };
    if meta.title.is_none() {
        meta.title = more.title;
        meta.short_title = more.short_title;
    }
    if meta.images.is_empty() {
        meta.images = more.images;
    }
    if meta.kind == PageKind::Site {
        meta.kind = more.kind;
    }
    meta.description = meta.description.or(more.description);
    meta.site_name = meta.site_name.or(more.site_name);
    meta.author = meta.author.or(more.author);
    meta
}

impl Fetcher {
    /// What an endpoint says; nothing where it cannot be had, for whatever reason. It
    /// leaves time to read the page itself.
    pub(super) fn description(&self, url: &Url, trip: &mut Trip<'_>) -> Option<Vec<u8>> {
        let half = self.clock.monotonic() + self.config.time / 2;
        trip.deadline = trip.deadline.min(half);
        let (_, answer) = trip.follow(url).ok()?;
        if !is_fine(answer.status()) {
            return None;
        }
        let (json, ended) = answer.read(DESCRIPTION_BYTES);
        (ended == Ended::Whole).then_some(json)
    }
}
