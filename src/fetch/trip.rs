//! One page, picture or description under way, with all its redirects.

use std::time::Duration;

use url::Url;

use super::cookies::Cookies;
use super::pace::Answer;
use super::{Failure, Fetcher};
use crate::model::reason::Reason;
use crate::net::{Call, retry_after};

pub(super) const REDIRECTS_MAX: usize = 5;
/// What browsers say, for sites that answer nobody else.
const BROWSER_TYPES: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";

/// What is asked for, from the first address to the answer that is no redirect. Its
/// cookies, its time and its redirects are those of all requests together.
pub(super) struct Trip<'a> {
    pub(super) fetcher: &'a Fetcher,
    /// When it ends, whatever it has come to.
    pub(super) deadline: Duration,
    /// What kinds of answer are welcome, and in which language.
    accept: &'a str,
    language: &'a str,
    cookies: Cookies,
    /// How often it may still be sent on, over all that it asks for.
    hops_left: usize,
    /// Its last request, if there was any, had less than half of the time for a page.
    pub(super) in_haste: bool,
}

impl<'a> Trip<'a> {
    /// One that has asked for nothing yet.
    pub(super) fn new(
        fetcher: &'a Fetcher,
        deadline: Duration,
        accept: &'a str,
        language: &'a str,
    ) -> Self {
        let (cookies, hops_left) = (Cookies::default(), REDIRECTS_MAX);
        Self { fetcher, deadline, accept, language, cookies, hops_left, in_haste: true }
    }

    /// Follows redirects as robots.txt allows, to the answer that is none.
    pub(super) fn follow(&mut self, url: &Url) -> Result<(Url, Answer), Failure> {
        let (fetcher, deadline) = (self.fetcher, self.deadline);
        self.hops(url, |hop| {
            let welcome = fetcher.is_welcome(hop, deadline)?;
            let no = || Failure::refused(Reason::Robots);
            if welcome { Ok(()) } else { Err(no()) }
        })
    }

    /// Takes the page that was just read for a redirect, as long as one is allowed.
    pub(super) fn goes_on(&mut self) -> bool {
        let may = self.hops_left > 0;
        self.hops_left = self.hops_left.saturating_sub(1);
        may
    }

    /// As [`Trip::follow`]. A site that lets us in or serves us only as it does a browser is
    /// asked once more, under our own name, for what a browser asks for.
    pub(super) fn follow_twice(&mut self, url: &Url) -> Result<(Url, Answer), Failure> {
        let (found_at, answer) = self.follow(url)?;
        let is_wall = answer.header("cf-mitigated").is_some();
        if !matches!(answer.status(), 403 | 406) || is_wall {
            return Ok((found_at, answer));
        }
        drop(answer);
        self.accept = BROWSER_TYPES;
        self.follow(&found_at)
    }

    /// Follows redirects that pass `check`, carrying the cookies that were set on the way:
    /// some sites redirect until one sticks.
    pub(super) fn hops(
        &mut self,
        url: &Url,
        check: impl Fn(&Url) -> Result<(), Failure>,
    ) -> Result<(Url, Answer), Failure> {
        let mut seen = Vec::new();
        let mut at = url.clone();
        at.set_fragment(None);
        loop {
            check(&at)?;
            let cookie = self.cookies.header(&at);
            let answer = self.get(&at, &cookie)?;
            self.cookies.take(&answer.headers("set-cookie"), &at);
            let Some(target) = redirect(&answer, &at) else { return Ok((at, answer)) };
            seen.push((at, cookie));
            at = target?;
            let cookie = self.cookies.header(&at);
            let circle = seen.iter().any(|(url, sent)| *url == at && *sent == cookie);
            if circle || !self.goes_on() {
                return Err(Failure::failed(Reason::TooManyRedirects));
            }
        }
    }

    fn get(&mut self, url: &Url, cookie: &str) -> Result<Answer, Failure> {
        let late = || Failure::failed(Reason::TimedOut).for_now();
        let Fetcher { pace, visit, clock, client, config, .. } = self.fetcher;
        let host = url.host_str().unwrap_or_default();
        let place = pace.enter(*visit, host, self.deadline).ok_or_else(late)?;
        let left = self.deadline.saturating_sub(clock.monotonic());
        if left.is_zero() {
            return Err(late());
        }
        self.in_haste = left < config.time / 2;
        let headers =
            [("accept", self.accept), ("accept-language", self.language), ("cookie", cookie)];
        let sent = if cookie.is_empty() { &headers[..2] } else { &headers[..] };
        let call = Call { headers: sent, ..Call::get(url, left) };
        let answer = Answer::new(client.send(&call)?, place);
        let asked = answer.header("retry-after").filter(|_| matches!(answer.status(), 429 | 503));
        if let Some(wait) = asked.and_then(|text| retry_after::parse(&text, clock.now())) {
            pace.rest(host, wait);
        }
        Ok(answer)
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
