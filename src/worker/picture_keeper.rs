//! Finds the picture and the icon that stand for a page, and keeps them.
//!
//! Asks each address once in a while, whatever the number of links that lead to it; a page
//! whose pictures cannot be had is shown without.

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
    pictures: Pictures,
}

/// A picture that is kept, and where it came from.
struct Kept {
    source: Url,
    key: String,
}

impl PictureKeeper {
    /// One that keeps its pictures there.
    pub(super) fn new(pictures: Pictures) -> Self {
        Self { pictures }
    }

    /// What is kept of a page, with its picture and icon, which `fetcher` reads. Both together
    /// take no longer than a page.
    pub(super) fn card(&self, fetcher: &Fetcher, meta: PageMeta) -> PageCard {
        let mut card = PageCard::from(meta.clone());
        if self.pictures.keeps_any() {
            let deadline = fetcher.deadline();
            let picture = self.picture(fetcher, &meta.images, deadline);
            // The address of a picture that cannot be shown is of no use to anybody.
            card.image_url = picture.as_ref().map(|kept| kept.source.to_string());
            card.picture = picture.map(|kept| kept.key);
            if let Some(icon) = self.icon(fetcher, &meta, deadline) {
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
    fn picture(&self, fetcher: &Fetcher, images: &[PageImage], deadline: Duration) -> Option<Kept> {
        let mut second_best = None;
        let mut requests = 0;
        for PageImage { url, .. } in images {
            let found = match self.recall(Purpose::Picture, url) {
                Some(known) => known,
                None if requests < REQUESTS_MAX && !fetcher.has_passed(deadline) => {
                    requests += 1;
                    let answer = fetcher.picture(url, deadline);
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
    fn icon(&self, fetcher: &Fetcher, meta: &PageMeta, deadline: Duration) -> Option<Kept> {
        let by_custom = meta.url.join("/favicon.ico").ok();
        let mut sources: Vec<Url> = meta.icon_url.iter().cloned().chain(by_custom).collect();
        sources.dedup();
        for source in sources {
            let found = match self.recall(Purpose::Icon, &source) {
                Some(known) => known,
                None if fetcher.has_passed(deadline) => return None,
                None => {
                    let answer = fetcher.icon(&source, deadline);
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
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, Rgb, RgbImage};

    use super::*;
    use crate::clock::SystemClock;
    use crate::fetch::{FetchConfig, RobotsPolicy};
    use crate::model::address::AddressList;
    use crate::model::page::PageKind;
    use crate::net::fake_web::{FakeWeb, Reply};

    fn png(width: u32, height: u32, colour: u8) -> Reply {
        let dots = RgbImage::from_fn(width, height, |x, _| {
            Rgb(if x < width / 2 { [colour, 90, 30] } else { [20, 30, 200] })
        });
        let mut bytes = Cursor::new(Vec::new());
        dots.write_to(&mut bytes, ImageFormat::Png).unwrap();
        Reply::with("200 OK", &["content-type: image/png"], &bytes.into_inner())
    }

    /// A site with pictures of each sort.
    fn site() -> FakeWeb {
        FakeWeb::new(|path| match path {
            "/good.png" => png(300, 200, 200),
            "/logo.png" => png(100, 100, 150),
            "/stamp.png" => png(90, 90, 250),
            "/dot.png" => png(1, 1, 0),
            "/favicon.ico" => png(32, 32, 90),
            _ => Reply::status("404 Not Found"),
        })
    }

    struct Desk {
        fetcher: Fetcher,
        keeper: PictureKeeper,
        _dir: tempfile::TempDir,
    }

    fn desk(bytes_max: u64) -> Desk {
        let config = FetchConfig {
            allow: AddressList::parse(&["127.0.0.1"]).unwrap(),
            robots: RobotsPolicy::Ignore,
            ..FetchConfig::default()
        };
        let clock = SystemClock::shared();
        let dir = tempfile::tempdir().unwrap();
        let pictures =
            Pictures::open(&dir.path().join("cache.db"), bytes_max, clock.clone()).unwrap();
        let keeper = PictureKeeper::new(pictures);
        Desk { fetcher: Fetcher::new(config, clock), keeper, _dir: dir }
    }

    impl Desk {
        fn card(&self, meta: PageMeta) -> PageCard {
            self.keeper.card(&self.fetcher, meta)
        }
    }

    fn page(web: &FakeWeb, images: &[&str]) -> PageMeta {
        let images = images.iter().map(|path| PageImage::at(web.url(path))).collect();
        PageMeta { images, ..PageMeta::bare(web.url("/page"), PageKind::Article) }
    }

    #[test]
    fn the_first_good_picture_wins_and_a_logo_only_where_there_is_none() {
        let web = site();
        let best = |images: &[&str]| {
            let card = desk(1 << 20).card(page(&web, images));
            assert_eq!(card.image_url.is_some(), card.picture.is_some());
            card.image_url
        };
        let at = |path: &str| Some(web.url(path).to_string());
        assert_eq!(best(&["/dot.png", "/logo.png", "/good.png", "/stamp.png"]), at("/good.png"));
        assert_eq!(best(&["/gone.png", "/logo.png", "/stamp.png"]), at("/logo.png"));
        assert_eq!(best(&["/gone.png", "/dot.png"]), None);
        assert_eq!(best(&["/1", "/2", "/3", "/4", "/good.png"]), None, "enough is enough");
    }

    #[test]
    fn an_address_is_asked_once_whatever_the_number_of_links() {
        let web = site();
        let desk = desk(1 << 20);
        let first = desk.card(page(&web, &["/gone.png", "/good.png"]));
        for _ in 0..20 {
            let card = desk.card(page(&web, &["/gone.png", "/good.png"]));
            assert_eq!((&card.picture, &card.icon), (&first.picture, &first.icon));
        }
        assert_eq!(web.paths(), ["/gone.png", "/good.png", "/favicon.ico"]);
        assert_eq!(first.icon_url, Some(web.url("/favicon.ico").to_string()));
        assert!(desk.keeper.pictures.find(&first.icon.unwrap()).unwrap().is_some());
    }

    #[test]
    fn an_icon_that_cannot_be_shown_gives_way_to_the_one_by_custom() {
        let web = site();
        let icon = |path: &str| {
            let meta = PageMeta { icon_url: Some(web.url(path)), ..page(&web, &[]) };
            desk(1 << 20).card(meta).icon_url
        };
        assert_eq!(icon("/logo.png"), Some(web.url("/logo.png").to_string()));
        assert_eq!(icon("/gone.png"), Some(web.url("/favicon.ico").to_string()));
    }

    #[test]
    fn where_none_are_kept_none_are_asked_for() {
        let web = site();
        let card = desk(0).card(page(&web, &["/good.png"]));
        assert_eq!((card.picture, card.icon), (None, None));
        assert_eq!(card.image_url, Some(web.url("/good.png").to_string()));
        assert!(web.paths().is_empty());
    }
}
