//! Reads pages and pictures from the web: politely, within limits, and never from an
//! address that is not public.
//!
//! One GET, a cap on decompressed bytes, a time for everything together, at most five
//! redirects of which each hop is checked again. Whatever goes wrong has a short reason
//! for people that holds no address. Hosts are asked one request at a time; see [`pace`].

mod cookies;
mod failure;
mod file_name;
mod manners;
pub mod pace;
pub mod picture;
pub mod robots;
mod settings;
mod trip;
pub mod visit;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use crate::clock::{Clock, SharedClock};
use crate::extract::{self, Wall};
use crate::model::language::Language;
use crate::model::page::PageMeta;
use crate::model::reason::Reason;
use crate::net::{Client, Ended, retry_after};
pub use failure::Failure;
use manners::{Asked, Manners};
use pace::{Pace, Visit};
use picture::{Flaw, Picture};
pub use settings::{FetchConfig, RobotsPolicy};
use trip::Trip;

/// Enough to tell what sort of file it is.
const FILE_BYTES: usize = 1024;
const TEXT_BYTES: usize = 64 * 1024;
const ERROR_PAGE_BYTES: usize = 64 * 1024;
const PAGE_TYPES: &str = "text/html,application/xhtml+xml,*/*;q=0.5";
const ANY_LANGUAGE: &str = "*";
/// `image/*` would be answered with AVIF, which we cannot read.
const PICTURE_TYPES: &str =
    "image/webp,image/jpeg,image/png,image/gif,image/x-icon;q=0.8,*/*;q=0.1";

/// Reads pages and pictures. Clones share connections, manners and pace; each visit has one.
#[derive(Clone)]
pub struct Fetcher {
    client: Client,
    clock: SharedClock,
    config: Arc<FetchConfig>,
    manners: Arc<Manners>,
    pace: Arc<Pace>,
    /// A large picture takes much memory while it is decoded, so one at a time is.
    decoding: Arc<Mutex<()>>,
    visit: Visit,
    /// When this visit ends, whatever it has come to.
    until: Duration,
}

impl Fetcher {
    /// A fetcher under these rules.
    pub fn new(config: FetchConfig, clock: SharedClock) -> Self {
        let client = Client::new(&config.client());
        let pace = Pace::new(config.pause, clock.clone());
        let (visit, until) = (pace.visit(), Duration::MAX);
        let (config, manners) = (Arc::new(config), Arc::default());
        Self { client, clock, config, manners, pace, decoding: Arc::default(), visit, until }
    }

    /// Who is asking which host.
    pub fn pace(&self) -> &Arc<Pace> {
        &self.pace
    }

    /// A fetcher for one visit, which ends within twice the time for a page: once for the page
    /// and once for all of its pictures.
    #[must_use]
    pub fn on(&self, visit: Visit) -> Self {
        let until = self.clock.monotonic() + self.config.time * 2;
        Self { visit, until, ..self.clone() }
    }

    /// Reads what the page behind `url` says about itself, to somebody who reads `language`.
    ///
    /// # Errors
    /// [`Failure`] with the state the bookmark's page is in now, and why.
    pub fn page(&self, url: &Url, language: Language) -> Result<PageMeta, Failure> {
        let (deadline, language) = (self.deadline(), language.accept());
        let trip = |accept| Trip::new(self, deadline, accept, language);
        let read = |url: &Url| self.read_page(url, &mut trip(PAGE_TYPES));
        visit::visit(url, read, |url| self.description(url, &mut trip(visit::DESCRIPTION_TYPES)))
    }

    /// Asks whether the page behind `url` is there, and reads none of it.
    ///
    /// # Errors
    /// [`Failure`] with the reason why it is not, or cannot be told.
    pub fn check(&self, url: &Url, language: Language) -> Result<(), Failure> {
        let mut trip = Trip::new(self, self.deadline(), PAGE_TYPES, language.accept());
        let (_, answer) = trip.follow_twice(url)?;
        match answer.status() {
            _ if answer.header("cf-mitigated").is_some() => {
                Err(Failure::refused(Wall::Bot.reason()))
            }
            status if is_fine(status) => Ok(()),
            status => Err(Failure::of_status(status)),
        }
    }

    /// Reads a page, going on where it sends its reader on by itself.
    fn read_page(&self, url: &Url, trip: &mut Trip<'_>) -> Result<PageMeta, Failure> {
        let mut meta = self.read_one(url, url, trip)?;
        loop {
            match meta.onward_url.take() {
                Some(onward) if trip.goes_on() => meta = self.read_one(url, &onward, trip)?,
                _ => return Ok(meta),
            }
        }
    }

    /// Reads the page at `at`, where `meant` has led.
    fn read_one(&self, meant: &Url, at: &Url, trip: &mut Trip<'_>) -> Result<PageMeta, Failure> {
        let (found_at, answer) = trip.follow_twice(at)?;
        let content_type = answer.header("content-type");
        let status = answer.status();
        if answer.header("cf-mitigated").is_some() {
            return Err(Failure::refused(Wall::Bot.reason()));
        }
        let disposition = answer.header("content-disposition");
        let retry_after = answer.header("retry-after");
        let (bytes, ended) = answer.read(self.cap(status, content_type.as_deref()));
        let mut meta = extract::extract(&bytes, &found_at, content_type.as_deref());
        match extract::wall(meant, &meta) {
            Some(wall @ Wall::Bot) => return Err(Failure::refused(wall.reason())),
            _ if !is_fine(status) => {
                let asked =
                    retry_after.and_then(|text| retry_after::parse(&text, self.clock.now()));
                return Err(Failure { retry_after: asked, ..Failure::of_status(status) });
            }
            Some(Wall::Gone) => return Err(Failure::failed(Wall::Gone.reason())),
            Some(wall) => return Err(Failure::refused(wall.reason())),
            None => {}
        }
        if meta.title.is_none() || bytes.is_empty() {
            // What broke off before it said anything deserves another try.
            Failure::check_end(ended)?;
        }
        if bytes.is_empty() {
            return Err(Failure::failed(Reason::NotAPage));
        }
        if meta.title == extract::file_name(&found_at) {
            let name = disposition.and_then(|value| file_name::read(&value));
            meta.title = name.or(meta.title);
        }
        Ok(meta)
    }

    /// Reads a picture until `deadline`, and makes it small enough to be kept.
    ///
    /// # Errors
    /// [`Failure`] with the reason why there is none.
    pub fn picture(&self, url: &Url, deadline: Duration) -> Result<Picture, Failure> {
        self.shrunk(url, deadline, picture::shrink)
    }

    /// Reads an icon until `deadline`, and makes it small enough to be kept.
    ///
    /// # Errors
    /// [`Failure`] with the reason why there is none.
    pub fn icon(&self, url: &Url, deadline: Duration) -> Result<Picture, Failure> {
        self.shrunk(url, deadline, picture::shrink_icon)
    }

    fn shrunk(
        &self,
        url: &Url,
        deadline: Duration,
        shrink: fn(&[u8], &dyn Clock) -> Result<Picture, Flaw>,
    ) -> Result<Picture, Failure> {
        let mut trip = Trip::new(self, deadline, PICTURE_TYPES, ANY_LANGUAGE);
        let (_, answer) = trip.follow(url)?;
        if !is_fine(answer.status()) {
            return Err(Failure::of_status(answer.status()));
        }
        let (bytes, ended) = answer.read(self.config.picture_max_bytes);
        if ended == Ended::Full {
            return Err(Failure::failed(Reason::TooLarge));
        }
        Failure::check_end(ended)?;
        let _alone = self.decoding.lock().unwrap_or_else(PoisonError::into_inner);
        shrink(&bytes, &*self.clock).map_err(|flaw| {
            Failure::failed(match flaw {
                Flaw::TooLarge | Flaw::TooSlow => Reason::TooLarge,
                _ => Reason::NotAPage,
            })
        })
    }

    /// Whether robots.txt lets us read `url`; always so where it is ignored.
    ///
    /// # Errors
    /// [`Failure`] when robots.txt cannot be had for now.
    pub fn may_read(&self, url: &Url) -> Result<bool, Failure> {
        self.is_welcome(url, self.deadline())
    }

    fn is_welcome(&self, url: &Url, deadline: Duration) -> Result<bool, Failure> {
        if self.config.robots == RobotsPolicy::Ignore {
            return Ok(true);
        }
        self.manners.allow(url, self.clock.monotonic(), |robots_url| {
            let accept = "text/plain,*/*;q=0.5";
            let mut trip = Trip::new(self, deadline, accept, ANY_LANGUAGE);
            let answer = trip.hops(robots_url, |_| Ok(()));
            Asked { answer, in_haste: trip.in_haste }
        })
    }

    /// When a page, or all pictures of one, must have been read that is begun now.
    pub fn deadline(&self) -> Duration {
        (self.clock.monotonic() + self.config.time).min(self.until)
    }

    /// Whether that is over.
    pub fn has_passed(&self, deadline: Duration) -> bool {
        self.clock.monotonic() >= deadline
    }

    /// How much is worth reading: a file is named by its address, and an error page is
    /// only asked whether it is a wall.
    fn cap(&self, status: u16, content_type: Option<&str>) -> usize {
        let kind = content_type.unwrap_or("").trim_start().to_ascii_lowercase();
        let is = |prefix: &&str| kind.starts_with(prefix);
        let cap = if !is_fine(status) {
            ERROR_PAGE_BYTES
        } else if ["image/", "video/", "audio/", "font/", "application/zip"].iter().any(is) {
            FILE_BYTES
        } else if is(&"text/plain") {
            TEXT_BYTES
        } else {
            self.config.max_bytes
        };
        cap.min(self.config.max_bytes)
    }
}

fn is_fine(status: u16) -> bool {
    (200..300).contains(&status)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod zoo;
