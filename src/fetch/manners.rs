//! Remembers what the robots.txt of each site says, for a day.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use url::Url;

use super::Failure;
use super::pace::Answer;
use super::robots::{AGENT, BYTES_MAX, Robots};
use crate::model::reason::Reason;

const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// A site that does not work now is asked again soon, but not for each of its links.
const FAILURE_KEPT_FOR: Duration = Duration::from_secs(10 * 60);
const ORIGINS_MAX: usize = 1_000;
/// For all origins together.
const MEMORY_MAX_BYTES: usize = 4 * 1024 * 1024;

/// What came of asking for a robots.txt.
pub(super) struct Asked {
    pub(super) answer: Result<(Url, Answer), Failure>,
    /// There was too little time for a site to be called slow.
    pub(super) in_haste: bool,
}

/// What is known about the wishes of sites.
#[derive(Default)]
pub(super) struct Manners {
    known: Mutex<HashMap<String, Entry>>,
}

#[derive(Clone)]
struct Entry {
    until: Duration,
    answer: Result<Robots, Failure>,
}

impl Manners {
    /// Whether `url` may be read. Where that is not known, `get` is asked for the
    /// robots.txt of its site.
    pub(super) fn allow(
        &self,
        url: &Url,
        now: Duration,
        get: impl FnOnce(&Url) -> Asked,
    ) -> Result<bool, Failure> {
        let origin = url.origin().ascii_serialization();
        let Ok(robots_url) = url.join("/robots.txt") else { return Ok(true) };
        if let Some(known) = self.recall(&origin, url, now) {
            return known;
        }
        let asked = get(&robots_url);
        let answer = match asked.answer {
            Ok((_, answer)) => read(answer),
            // One that will never be had, such as behind a circle, is none.
            Err(failure) if !failure.again => Ok(Robots::default()),
            Err(failure) => Err(failure),
        };
        let verdict =
            answer.as_ref().map(|robots| robots.verdict(url).allowed).map_err(Failure::clone);
        let is_late = matches!(&answer, Err(failure) if failure.reason == Reason::TimedOut);
        // That our time was over says nothing about the site.
        if !(is_late && asked.in_haste) {
            self.remember(origin, now, answer);
        }
        verdict
    }

    fn recall(&self, origin: &str, url: &Url, now: Duration) -> Option<Result<bool, Failure>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = known.get(origin).filter(|entry| now < entry.until)?;
        let verdict = entry.answer.as_ref().map(|robots| robots.verdict(url).allowed);
        Some(verdict.map_err(Failure::clone))
    }

    fn remember(&self, origin: String, now: Duration, answer: Result<Robots, Failure>) {
        let kept_for = if answer.is_ok() { KEPT_FOR } else { FAILURE_KEPT_FOR };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(origin, Entry { until: now + kept_for, answer });
        while known.len() > ORIGINS_MAX || cost_bytes(&known) > MEMORY_MAX_BYTES {
            let soonest = known.iter().min_by_key(|(_, entry)| entry.until);
            let Some(origin) = soonest.map(|(origin, _)| origin.clone()) else { return };
            known.remove(&origin);
        }
    }
}

fn cost_bytes(known: &HashMap<String, Entry>) -> usize {
    let rules = |entry: &Entry| entry.answer.as_ref().map_or(0, Robots::cost_bytes);
    known.values().map(rules).sum()
}

const fn unknown() -> Failure {
    Failure::failed(Reason::RobotsUnknown).for_now()
}

/// No robots.txt allows everything; one that cannot be had for now allows nothing.
fn read(answer: Answer) -> Result<Robots, Failure> {
    match answer.status() {
        200..=299 => {
            let (bytes, ended) = answer.read(BYTES_MAX);
            match Failure::check_end(ended) {
                Ok(()) => Ok(Robots::parse(&bytes, AGENT)),
                Err(failure) if failure.again => Err(failure),
                // What it asks of us may be just in what we cannot read.
                Err(_) => Err(unknown()),
            }
        }
        429 | 500.. => Err(unknown()),
        _ => Ok(Robots::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Result<Robots, Failure> {
        Ok(Robots::parse(format!("user-agent: *\n{text}").as_bytes(), AGENT))
    }

    #[test]
    fn what_is_known_is_bounded_by_count_and_by_memory() {
        let manners = Manners::default();
        for n in 0..ORIGINS_MAX + 10 {
            let now = Duration::from_secs(n as u64);
            manners.remember(format!("https://{n}.example"), now, rules("disallow: /"));
        }
        let known = || manners.known.lock().unwrap().len();
        assert_eq!(known(), ORIGINS_MAX);
        let many = "disallow: /x\n".repeat(30_000);
        for n in 0..5 {
            let later = Duration::from_secs(10_000 + n);
            manners.remember(format!("https://large{n}.example"), later, rules(&many));
        }
        assert!(known() < ORIGINS_MAX);
        assert!(cost_bytes(&manners.known.lock().unwrap()) <= MEMORY_MAX_BYTES);
        let url = Url::parse("https://large4.example/x").unwrap();
        let recalled = manners.recall("https://large4.example", &url, Duration::from_secs(10_005));
        assert_eq!(recalled, Some(Ok(false)));
    }
    #[test]
    fn what_a_site_said_holds_for_a_day_and_what_went_wrong_for_ten_minutes() {
        let manners = Manners::default();
        let url = Url::parse("https://a.example/x").unwrap();
        let (start, instant) = (Duration::from_secs(1_000), Duration::from_nanos(1));
        let recall = |at| manners.recall("https://a.example", &url, at);
        manners.remember("https://a.example".to_owned(), start, rules("disallow: /"));
        assert_eq!(recall(start + KEPT_FOR - instant), Some(Ok(false)));
        assert_eq!(recall(start + KEPT_FOR), None);

        let asked = std::cell::Cell::new(0);
        let welcome = |at| {
            manners.allow(&url, at, |robots_url| {
                assert_eq!(robots_url.as_str(), "https://a.example/robots.txt");
                asked.set(asked.get() + 1);
                Asked { answer: Err(unknown()), in_haste: true }
            })
        };
        let later = start + KEPT_FOR;
        for at in [later, later + FAILURE_KEPT_FOR - instant] {
            assert_eq!(welcome(at), Err(unknown()));
        }
        assert_eq!(asked.get(), 1);
        assert_eq!(welcome(later + FAILURE_KEPT_FOR), Err(unknown()));
        assert_eq!(asked.get(), 2, "it is asked again before the day is over");
    }
}
