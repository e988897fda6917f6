//! Finds the picture and the icon that stand for a page, and keeps them.
//!
//! Asks each address once in a while, whatever the number of links that lead to it; a page
//! whose pictures cannot be had is shown without.

use std::sync::Arc;
use std::time::Duration;

use url::Url;

use crate::error::Result;
use crate::fetch::picture::{Picture, Worth};
use crate::fetch::{Failure, Fetcher};
use crate::model::page::{PageCard, PageImage, PageMeta};
use crate::store::Pictures;
use crate::store::pictures::{Found, Purpose};

/// How many pictures are asked for, for one page.
const REQUESTS_MAX: usize = 4;
/// How long it is remembered what an address gave: icons seldom change.
const ICON_TIME: Duration = Duration::from_hours(7 * 24);
const PICTURE_TIME: Duration = Duration::from_hours(24);
const NOTHING_TIME: Duration = Duration::from_hours(24);
/// Where another try may succeed soon.
const TROUBLE_TIME: Duration = Duration::from_hours(1);

/// Finds and keeps pictures.
pub(super) struct PictureKeeper {
    fetcher: Arc<Fetcher>,
    pictures: Pictures,
}

/// A picture that is kept, and where it came from.
struct Kept {
    source: Url,
    key: String,
}

impl PictureKeeper {
    /// One that keeps its pictures there.
    pub(super) fn new(fetcher: Arc<Fetcher>, pictures: Pictures) -> Self {
        Self { fetcher, pictures }
    }

    /// What is kept of a page, with its picture and icon. Both together take no longer
    /// than a page.
    pub(super) fn card(&self, meta: PageMeta) -> PageCard {
        let mut card = PageCard::from(meta.clone());
        if self.pictures.keeps_any() {
            let deadline = self.fetcher.deadline();
            let picture = self.picture(&meta.images, deadline);
            // The address of a picture that cannot be shown is of no use to anybody.
            card.image_url = picture.as_ref().map(|kept| kept.source.to_string());
            card.picture = picture.map(|kept| kept.key);
            if let Some(icon) = self.icon(&meta, deadline) {
                card.icon_url = Some(icon.source.into());
                card.icon = Some(icon.key);
            }
        }
        if let Err(error) = self.pictures.trim() {
            tracing::warn!(%error, "no room could be made in the picture cache");
        }
        card
    }

    /// The first good one, else the first of the others.
    fn picture(&self, images: &[PageImage], deadline: Duration) -> Option<Kept> {
        let mut second_best = None;
        let mut requests = 0;
        for PageImage { url, .. } in images {
            let found = match self.recall(Purpose::Picture, url) {
                Some(known) => known,
                None if requests < REQUESTS_MAX && !self.fetcher.has_passed(deadline) => {
                    requests += 1;
                    let answer = self.fetcher.picture(url, deadline);
                    self.keep(Purpose::Picture, url, answer)
                }
                None => break,
            };
            let Some(Found { key, good }) = found else { continue };
            let kept = Kept { source: url.clone(), key };
            if good {
                return Some(kept);
            }
            second_best = second_best.or(Some(kept));
        }
        second_best
    }

    /// The icon that the page names, else the one that its host has by custom.
    fn icon(&self, meta: &PageMeta, deadline: Duration) -> Option<Kept> {
        let by_custom = meta.url.join("/favicon.ico").ok();
        let mut sources: Vec<Url> = meta.icon_url.iter().cloned().chain(by_custom).collect();
        sources.dedup();
        for source in sources {
            let found = match self.recall(Purpose::Icon, &source) {
                Some(known) => known,
                None if self.fetcher.has_passed(deadline) => return None,
                None => {
                    let answer = self.fetcher.icon(&source, deadline);
                    self.keep(Purpose::Icon, &source, answer)
                }
            };
            if let Some(Found { key, .. }) = found {
                return Some(Kept { source, key });
            }
        }
        None
    }

    /// What is known of an address: nothing, or that it has nothing, or what it has.
    fn recall(&self, purpose: Purpose, url: &Url) -> Option<Option<Found>> {
        let known = self.pictures.recall(purpose, url.as_str());
        known
            .inspect_err(|error| tracing::warn!(%error, "the picture cache cannot be read"))
            .ok()?
    }

    fn keep(&self, purpose: Purpose, url: &Url, answer: Result<Picture, Failure>) -> Option<Found> {
        let kept = self.try_keep(purpose, url, answer);
        kept.inspect_err(|error| tracing::warn!(%error, "a picture could not be kept")).ok()?
    }

    fn try_keep(
        &self,
        purpose: Purpose,
        url: &Url,
        answer: Result<Picture, Failure>,
    ) -> Result<Option<Found>> {
        let (found, time) = match answer {
            Ok(picture) => {
                let key = self.pictures.put(picture.content_type, &picture.bytes)?;
                let time = if purpose == Purpose::Icon { ICON_TIME } else { PICTURE_TIME };
                (Some(Found { key, good: picture.worth == Worth::Good }), time)
            }
            Err(failure) => {
                tracing::debug!(reason = %failure.reason, "a picture could not be had");
                (None, if failure.again { TROUBLE_TIME } else { NOTHING_TIME })
            }
        };
        self.pictures.remember(purpose, url.as_str(), found.as_ref(), time)?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests;
