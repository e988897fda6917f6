//! Speaking to push services: one file each, with one table from answers to outcomes.

mod apprise;
mod discord;
pub mod email;
pub mod fcm;
mod gotify;
mod jwt;
mod matrix;
pub mod ntfy;
mod services;
mod slack;
mod telegram;
#[cfg(test)]
pub(crate) mod tests;
mod text;
pub mod webhook;
pub mod webpush;

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::http::Method;
use url::Url;

use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::destination::Address;
use crate::model::reason::Reason;
use crate::model::time::Timestamp;
use crate::net::{Call, Client, NetError, retry_after};
pub use services::{Credentials, Services, render};

/// How long one call may take.
const TIME: Duration = Duration::from_secs(15);
/// How much of an answer is read; none says more than this in a few words.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Makes one attempt and says how it ended. It never fails: every failure is an outcome.
pub trait Transport {
    /// Sends the attempt's bytes to its address.
    fn send(&self, attempt: &Attempt) -> Answer;

    /// Forgets the short-lived credential for an address, which was refused.
    fn forget_credential(&self, _address: &Address) {}
}

/// Makes one attempt; where a short-lived credential is refused, once more with a new one.
pub fn attempt(transport: &impl Transport, attempt: &Attempt) -> Answer {
    let answer = transport.send(attempt);
    if answer.outcome != Outcome::Reauth {
        return answer;
    }
    transport.forget_credential(&attempt.address);
    transport.send(attempt).with_new_credential()
}

/// What came back from a call.
struct Reply {
    status: u16,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Reply {
    /// A temporary failure, with the wish that came along.
    const fn retry(&self) -> Outcome {
        Outcome::Retry { after: self.retry_after, tries_max: None }
    }

    /// The same where what was sent says when to come again, or both do.
    fn retry_in(&self, wish: Option<Duration>) -> Outcome {
        Outcome::Retry { after: self.retry_after.max(wish), tries_max: None }
    }

    /// What it means, in words for people.
    fn means(&self, outcome: Outcome, words: &str) -> Answer {
        let detail = format!("{words} (HTTP {})", self.status);
        Answer { outcome, status: Some(self.status), detail, moved_to: None }
    }

    /// What a status means wherever a service has no meaning of its own for it.
    fn usual(&self) -> Answer {
        let (outcome, words) = match self.status {
            200..=299 => (Outcome::Accepted, "accepted"),
            300..=399 => (Outcome::Config, "the server redirects; enter its final address"),
            408 => (self.retry(), "the server waited too long"),
            429 => (self.retry(), "the server asks to slow down"),
            400..=499 => (Outcome::Rejected, "the server refuses the message"),
            _ => (self.retry(), "the server failed"),
        };
        self.means(outcome, words)
    }

    /// The body as far as it can be read.
    fn json<T: DeserializeOwned + Default>(&self) -> T {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// Posts JSON, unless the headers say that it is something else; failures to get an answer come
/// back as outcomes already.
fn post(
    client: &Client,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    now: Timestamp,
) -> Result<Reply, Answer> {
    ask(client, Method::POST, url, headers, body, now)
}

/// The same by another method.
fn ask(
    client: &Client,
    method: Method,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    now: Timestamp,
) -> Result<Reply, Answer> {
    let url =
        Url::parse(url).map_err(|_| Answer::new(Outcome::Config, "its address cannot be used"))?;
    let mut all = headers.to_vec();
    if !headers.iter().any(|(name, _)| *name == "content-type") {
        all.push(("content-type", "application/json"));
    }
    let call = Call { method, url: &url, headers: &all, body, time: TIME };
    let answer = client.send(&call).map_err(|error| failure(&error))?;
    // The second is Discord's, in finer steps.
    let wishes = ["retry-after", "x-ratelimit-reset-after"].map(|name| answer.header(name));
    let seconds = |text: String| retry_after::parse(&text, now);
    let retry_after = wishes.into_iter().flatten().filter_map(seconds).max();
    let status = answer.status();
    // Read to its end, or the connection cannot be used again.
    let (body, _) = answer.read(ANSWER_BYTES_MAX);
    Ok(Reply { status, retry_after, body })
}

fn failure(error: &NetError) -> Answer {
    match error {
        NetError::Refused(Reason::AddressNotAllowed) => Answer::new(
            Outcome::Config,
            format!("{error}; the operator may allow it by push.allow"),
        ),
        NetError::Refused(_) => Answer::new(Outcome::Config, error.to_string()),
        NetError::Unreachable(_) => Answer::new(Outcome::RETRY, error.to_string()),
        NetError::InDoubt(_) => Answer::new(Outcome::InDoubt, error.to_string()),
    }
}

/// The address of a page of ours; `None` where only this machine could open it, since a click
/// that leads nowhere is worse than none.
fn public_url(base_url: &str, path: &str) -> Option<String> {
    let url = Url::parse(base_url).ok()?;
    let is_local = matches!(url.host_str(), None | Some("localhost" | "127.0.0.1" | "[::1]"));
    (!is_local).then(|| format!("{base_url}{path}"))
}

/// What `build` makes of a text, or of as much of its beginning as fits in that many bytes of JSON.
fn fitted(text: &str, bytes_max: usize, build: impl Fn(&str) -> Value) -> Value {
    let fits = |value: &Value| value.to_string().len() <= bytes_max;
    let whole = build(text);
    if fits(&whole) {
        return whole;
    }
    // How long a text becomes depends on what has to be escaped in it, so it is tried out.
    let of = |bytes| build(&format!("{}…", cut(text, bytes).trim_end()));
    let (mut good, mut too_long) = (0, text.len());
    while too_long - good > 1 {
        let middle = good.midpoint(too_long);
        if fits(&of(middle)) { good = middle } else { too_long = middle }
    }
    of(good)
}

/// At most that many bytes, cut between characters.
fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
