//! One page, picture or description under way, with all its redirects.

use std::time::Duration;

use url::Url;

use super::cookies::Cookies;
use super::pace::Answer;
use super::{Failure, Fetcher, is_fine};
use crate::model::reason::Reason;
use crate::net::Call;

pub(super) const REDIRECTS_MAX: usize = 5;
/// What browsers say, for sites that answer nobody else.
const BROWSER_TYPES: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8";

/// What is asked for, from the first address to the answer that is no redirect.
pub(super) struct Trip<'a> {
    pub(super) fetcher: &'a Fetcher,
    /// When it ends, whatever it has come to.
    pub(super) deadline: Duration,
    /// What kinds of answer are welcome, and in which language.
    pub(super) accept: &'a str,
    pub(super) language: &'a str,
}

impl Trip<'_> {
    /// Follows redirects as robots.txt allows, to the answer that is none.
    pub(super) fn follow(&self, url: &Url) -> Result<(Url, Answer), Failure> {
        let (url, answer) = self.hops(url, |hop| {
            let welcome = self.fetcher.is_welcome(hop, self.deadline)?;
            let no = || Failure::refused(Reason::Robots);
            if welcome { Ok(()) } else { Err(no()) }
        })?;
        // An error says enough by its status.
        if is_fine(answer.status()) && !answer.is_readable() {
            return Err(Failure::failed(Reason::NotUnderstood));
        }
        Ok((url, answer))
    }

    /// As [`Trip::follow`]. A site that lets us in or serves us only as it does a browser is
    /// asked once more, under our own name, for what a browser asks for.
    pub(super) fn follow_twice(&self, url: &Url) -> Result<(Url, Answer), Failure> {
        let (found_at, answer) = self.follow(url)?;
        let is_wall = answer.header("cf-mitigated").is_some();
        if !matches!(answer.status(), 403 | 406) || is_wall {
            return Ok((found_at, answer));
        }
        drop(answer);
        Trip { accept: BROWSER_TYPES, ..*self }.follow(&found_at)
    }

    /// Follows redirects that pass `check`, carrying the cookies that were set on the way:
    /// some sites redirect until one sticks.
    pub(super) fn hops(
        &self,
        url: &Url,
        check: impl Fn(&Url) -> Result<(), Failure>,
    ) -> Result<(Url, Answer), Failure> {
        let mut cookies = Cookies::default();
        let mut seen = Vec::new();
        let mut at = url.clone();
        at.set_fragment(None);
        while seen.len() <= REDIRECTS_MAX {
            check(&at)?;
            let cookie = cookies.header(&at);
            let answer = self.get(&at, &cookie)?;
            cookies.take(&answer.headers("set-cookie"), &at);
            let Some(target) = redirect(&answer, &at) else { return Ok((at, answer)) };
            seen.push((at, cookie));
            at = target?;
            if seen.iter().any(|(url, cookie)| *url == at && *cookie == cookies.header(&at)) {
                return Err(Failure::failed(Reason::TooManyRedirects));
            }
        }
        Err(Failure::failed(Reason::TooManyRedirects))
    }

    fn get(&self, url: &Url, cookie: &str) -> Result<Answer, Failure> {
        let late = || Failure::failed(Reason::TimedOut).for_now();
        let Fetcher { pace, visit, clock, client, .. } = self.fetcher;
        let host = url.host_str().unwrap_or_default();
        let place = pace.enter(*visit, host, self.deadline).ok_or_else(late)?;
        let left = self.deadline.saturating_sub(clock.monotonic());
        if left.is_zero() {
            return Err(late());
        }
        let headers =
            [("accept", self.accept), ("accept-language", self.language), ("cookie", cookie)];
        let sent = if cookie.is_empty() { &headers[..2] } else { &headers[..] };
        let call = Call { headers: sent, ..Call::get(url, left) };
        Ok(Answer::new(client.send(&call)?, place))
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
