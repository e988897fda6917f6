//! Speaking to push services: one file each, with one table from answers to outcomes.

pub mod fcm;
mod jwt;
mod ntfy;
mod webhook;
pub mod webpush;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::http::Method;
use url::Url;

use crate::model::delivery::{Answer, Attempt, Outcome};
use crate::model::destination::Address;
use crate::model::message::Message;
use crate::model::reason::Reason;
use crate::model::time::Timestamp;
use crate::net::{Call, Client, NetError, retry_after};
use webpush::Vapid;

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

/// The bytes of a message for an address, to be kept and sent on every attempt.
/// `base_url` is where this server's own pages are, without a slash at the end.
pub fn render(address: &Address, message: &Message, base_url: &str) -> Vec<u8> {
    match address {
        Address::Webhook { .. } => webhook::render(message, base_url),
        Address::Ntfy { topic, .. } => ntfy::render(message, topic, base_url),
    }
}

/// What this server is known by to push services.
pub struct Credentials {
    /// To those of Web Push.
    pub vapid: Vapid,
    /// To Firebase Cloud Messaging, where it is set up.
    pub fcm: Option<fcm::Project>,
}

/// The push services of the real world, over HTTP.
#[derive(Clone)]
pub struct Http {
    client: Client,
    credentials: Arc<Credentials>,
}

impl Http {
    /// Sends through that client, whose address rules hold for every destination.
    pub fn new(client: Client, credentials: Credentials) -> Self {
        Self { client, credentials: Arc::new(credentials) }
    }
}

impl Transport for Http {
    fn send(&self, attempt: &Attempt) -> Answer {
        match &attempt.address {
            Address::Webhook { url, secret } => webhook::send(&self.client, attempt, url, secret),
            Address::Ntfy { server, token, .. } => {
                ntfy::send(&self.client, attempt, server, token.as_deref())
            }
        }
    }

    /// Only FCM has one that is not renewed where it is used.
    fn forget_credential(&self, _address: &Address) {
        if let Some(project) = &self.credentials.fcm {
            project.forget_token();
        }
    }
}

/// What came back from a call.
struct Reply {
    status: u16,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

/// Posts JSON, unless the headers say that it is something else; failures to get an answer come back as outcomes already.
fn post(
    client: &Client,
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
    let call = Call { method: Method::POST, url: &url, headers: &all, body, time: TIME };
    let answer = client.send(&call).map_err(|error| failure(&error))?;
    let retry_after = answer.header("retry-after").and_then(|text| retry_after::parse(&text, now));
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

/// An answer that carried an HTTP status.
fn answered(outcome: Outcome, status: u16, detail: String) -> Answer {
    Answer { outcome, status: Some(status), detail }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::model::id::{DeliveryId, ScopeId};

    /// Gives these outcomes in turn, and counts how often a credential was forgotten.
    struct Script(RefCell<(Vec<Outcome>, usize)>);

    impl Transport for Script {
        fn send(&self, _attempt: &Attempt) -> Answer {
            Answer::new(self.0.borrow_mut().0.remove(0), "")
        }

        fn forget_credential(&self, _address: &Address) {
            self.0.borrow_mut().1 += 1;
        }
    }

    #[test]
    fn a_refused_credential_is_renewed_once_in_the_same_attempt() {
        let one = Attempt {
            delivery_id: DeliveryId(1),
            key: "msg_1".into(),
            scope_id: ScopeId(1),
            address: Address::ntfy("https://ntfy.example", "links", "").unwrap(),
            body: Vec::new(),
            started_at: Timestamp::default(),
            ttl: Duration::from_mins(1),
        };
        let (refused, well) = (Outcome::Reauth, Outcome::Accepted);
        for (script, expected, forgotten) in [
            (vec![well], well, 0),
            (vec![refused, well], well, 1),
            (vec![refused, Outcome::InDoubt], Outcome::InDoubt, 1),
            (vec![refused, refused], Outcome::Config, 1),
        ] {
            let transport = Script(RefCell::new((script, 0)));
            assert_eq!(attempt(&transport, &one).outcome, expected);
            assert_eq!(transport.0.into_inner(), (vec![], forgotten));
        }
    }
}
