//! Reads pages and pictures from the web: politely, within limits, and never from an
//! address that is not public.
//!
//! One GET, a cap on decompressed bytes, a time for everything together, at most five
//! redirects of which each hop is checked again. Whatever goes wrong has a short reason
//! for people that holds no address.

mod file_name;
mod manners;
mod picture;
pub mod robots;

use std::time::Duration;

use url::Url;

use crate::clock::SharedClock;
use crate::error::{Error, Result};
use crate::extract::{self, Wall};
use crate::model::address::AllowList;
use crate::model::page::{PageMeta, PageState};
use crate::model::reason::Reason;
use crate::net::{Answer, Call, Client, ClientConfig, Ended, NetError, Roots};
use manners::Manners;
pub use picture::Picture;

const REDIRECTS_MAX: usize = 5;
/// Enough to tell what sort of file it is.
const FILE_BYTES: usize = 1024;
const ERROR_PAGE_BYTES: usize = 64 * 1024;
const PAGE_TYPES: &str = "text/html,application/xhtml+xml,*/*;q=0.5";
const PICTURE_TYPES: &str = "image/webp,image/png,image/jpeg,image/gif;q=0.8,image/*;q=0.5";

/// What a [`Fetcher`] may do.
#[derive(Debug, Clone)]
pub struct FetchConfig {
    /// Where it may read beyond public addresses.
    pub allow: AllowList,
    /// The time for one page or picture, with all its redirects.
    pub time: Duration,
    /// How much of a page is read, counted after decompression.
    pub max_bytes: usize,
    /// How large a picture may be.
    pub picture_max_bytes: usize,
    /// How it names itself to sites.
    pub user_agent: String,
    /// Whether robots.txt counts.
    pub robots: RobotsPolicy,
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self {
            allow: AllowList::none(),
            time: Duration::from_secs(8),
            max_bytes: 1024 * 1024,
            picture_max_bytes: 5 * 1024 * 1024,
            user_agent: concat!("Toaster/", env!("CARGO_PKG_VERSION"), " (link saver)").to_owned(),
            robots: RobotsPolicy::Obey,
        }
    }
}

/// Whether robots.txt counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RobotsPolicy {
    /// What it disallows is not read.
    Obey,
    /// It is not even asked for.
    Ignore,
}

impl RobotsPolicy {
    /// Reads `obey` or `ignore`.
    ///
    /// # Errors
    /// `Invalid` for any other word.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "obey" => Ok(Self::Obey),
            "ignore" => Ok(Self::Ignore),
            _ => Err(Error::invalid("robots", format!("{text:?} found, expected obey or ignore"))),
        }
    }
}

/// Why there is no page or picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `Failed`, or `Refused` where we may not or are not let in.
    pub state: PageState,
    /// Why.
    pub reason: Reason,
    /// Whether another try later may well succeed.
    pub again: bool,
}

impl Failure {
    const fn failed(reason: Reason) -> Self {
        Self { state: PageState::Failed, reason, again: false }
    }

    const fn refused(reason: Reason) -> Self {
        Self { state: PageState::Refused, reason, again: false }
    }

    const fn for_now(mut self) -> Self {
        self.again = true;
        self
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        match error {
            NetError::Refused(reason) => Self::refused(reason),
            NetError::Unreachable(reason) | NetError::InDoubt(reason) => {
                Self::failed(reason).for_now()
            }
        }
    }
}

/// Reads pages and pictures. Shared by all threads that do.
pub struct Fetcher {
    client: Client,
    clock: SharedClock,
    config: FetchConfig,
    manners: Manners,
}

impl Fetcher {
    /// A fetcher under these rules.
    pub fn new(config: FetchConfig, clock: SharedClock) -> Self {
        let client = Client::new(&ClientConfig {
            allow: config.allow.clone(),
            user_agent: config.user_agent.clone(),
            idle_per_host: 2,
            roots: Roots::default(),
        });
        Self { client, clock, config, manners: Manners::default() }
    }

    /// Reads what the page behind `url` says about itself.
    ///
    /// # Errors
    /// [`Failure`] with the state the bookmark's page is in now, and why.
    pub fn page(&self, url: &Url) -> Result<PageMeta, Failure> {
        let trip = Trip { fetcher: self, deadline: self.deadline(), accept: PAGE_TYPES };
        let (found_at, answer) = trip.follow(url)?;
        let content_type = answer.header("content-type");
        let status = answer.status();
        if answer.header("cf-mitigated").is_some() {
            return Err(Failure::refused(Wall::Bot.reason()));
        }
        let disposition = answer.header("content-disposition");
        let (bytes, ended) = answer.read(self.cap(status, content_type.as_deref()));
        let mut meta = extract::extract(&bytes, &found_at, content_type.as_deref());
        match extract::wall(url, &meta) {
            Some(wall @ Wall::Bot) => return Err(Failure::refused(wall.reason())),
            _ if !is_fine(status) => return Err(by_status(status)),
            Some(wall @ Wall::Login) => return Err(Failure::refused(wall.reason())),
            None => {}
        }
        if meta.title.is_none() {
            // What broke off before it said anything deserves another try.
            check_end(ended)?;
        }
        if meta.charset.is_none() {
            let name = disposition.and_then(|value| file_name::read(&value));
            meta.title = name.or(meta.title);
        }
        Ok(meta)
    }

    /// Reads a picture and makes it small enough to be kept.
    ///
    /// # Errors
    /// [`Failure`] with the reason why there is none.
    pub fn picture(&self, url: &Url) -> Result<Picture, Failure> {
        let trip = Trip { fetcher: self, deadline: self.deadline(), accept: PICTURE_TYPES };
        let (_, answer) = trip.follow(url)?;
        if !is_fine(answer.status()) {
            return Err(by_status(answer.status()));
        }
        let (bytes, ended) = answer.read(self.config.picture_max_bytes);
        if ended == Ended::Full {
            return Err(Failure::failed(Reason::TooLarge));
        }
        check_end(ended)?;
        picture::shrink(&bytes).map_err(|_| Failure::failed(Reason::NotAPage))
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
            let trip = Trip { fetcher: self, deadline, accept: "text/plain,*/*;q=0.5" };
            trip.hops(robots_url, |_| Ok(()))
        })
    }

    fn deadline(&self) -> Duration {
        self.clock.monotonic() + self.config.time
    }

    /// How much is worth reading: a file is named by its address, and an error page is
    /// only asked whether it is a wall.
    fn cap(&self, status: u16, content_type: Option<&str>) -> usize {
        let kind = content_type.unwrap_or("").trim_start().to_ascii_lowercase();
        let files = ["image/", "video/", "audio/", "application/pdf", "application/zip"];
        let cap = if files.iter().any(|prefix| kind.starts_with(prefix)) {
            FILE_BYTES
        } else if !is_fine(status) {
            ERROR_PAGE_BYTES
        } else {
            self.config.max_bytes
        };
        cap.min(self.config.max_bytes)
    }
}

/// One page or picture under way, with all its redirects.
struct Trip<'a> {
    fetcher: &'a Fetcher,
    deadline: Duration,
    accept: &'static str,
}

impl Trip<'_> {
    /// Follows redirects as robots.txt allows, to the answer that is none.
    fn follow(&self, url: &Url) -> Result<(Url, Answer), Failure> {
        let (url, answer) = self.hops(url, |hop| {
            let welcome = self.fetcher.is_welcome(hop, self.deadline)?;
            let no = || Failure::refused(Reason::Robots);
            if welcome { Ok(()) } else { Err(no()) }
        })?;
        match answer.header("content-encoding") {
            // An error says enough by its status.
            Some(coding) if is_fine(answer.status()) && !is_plain(&coding) => {
                Err(Failure::failed(Reason::NotUnderstood))
            }
            _ => Ok((url, answer)),
        }
    }

    fn hops(
        &self,
        url: &Url,
        check: impl Fn(&Url) -> Result<(), Failure>,
    ) -> Result<(Url, Answer), Failure> {
        let mut seen = Vec::new();
        let mut at = url.clone();
        at.set_fragment(None);
        while seen.len() <= REDIRECTS_MAX {
            check(&at)?;
            let answer = self.get(&at)?;
            let Some(target) = redirect(&answer, &at) else { return Ok((at, answer)) };
            seen.push(at);
            at = target?;
            if seen.contains(&at) {
                return Err(Failure::failed(Reason::TooManyRedirects));
            }
        }
        Err(Failure::failed(Reason::TooManyRedirects))
    }

    fn get(&self, url: &Url) -> Result<Answer, Failure> {
        let left = self.deadline.saturating_sub(self.fetcher.clock.monotonic());
        if left.is_zero() {
            return Err(Failure::failed(Reason::TimedOut).for_now());
        }
        let headers = [("accept", self.accept), ("accept-language", "*")];
        let call = Call { headers: &headers, ..Call::get(url, left) };
        Ok(self.fetcher.client.send(&call)?)
    }
}

/// Where an answer sends us; `None` when it is no redirect.
fn redirect(answer: &Answer, from: &Url) -> Option<Result<Url, Failure>> {
    if !matches!(answer.status(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let target = answer.header("location").and_then(|location| from.join(&location).ok());
    Some(match target {
        Some(mut url) => {
            url.set_fragment(None);
            Ok(url)
        }
        None => Err(Failure::failed(Reason::TooManyRedirects)),
    })
}

fn check_end(ended: Ended) -> Result<(), Failure> {
    match ended {
        Ended::Whole | Ended::Full => Ok(()),
        Ended::TimedOut => Err(Failure::failed(Reason::TimedOut).for_now()),
        Ended::Broken => Err(Failure::failed(Reason::BrokenOff).for_now()),
    }
}

fn is_fine(status: u16) -> bool {
    (200..300).contains(&status)
}

fn is_plain(coding: &str) -> bool {
    coding.is_empty() || coding.eq_ignore_ascii_case("identity")
}

fn by_status(status: u16) -> Failure {
    let reason = Reason::of_status(status);
    match reason {
        Reason::NeedsLogin | Reason::Forbidden(_) => Failure::refused(reason),
        Reason::Busy(_) | Reason::ServerError(_) => Failure::failed(reason).for_now(),
        _ => Failure::failed(reason),
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod zoo;
