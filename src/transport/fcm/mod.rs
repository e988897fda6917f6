//! Firebase Cloud Messaging, HTTP v1.

mod account;
mod token;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Reply, fitted, post, public_url};
use crate::model::delivery::{Answer, Attempt, Outcome, Strike};
use crate::model::message::{Message, Priority};
use crate::model::text;
use crate::net::Client;
pub use account::Account;
use token::AccessToken;

/// Google counts 4096 without the token and what is said of a platform. Counting all and leaving
/// room for what is added on each attempt is on the safe side.
const MESSAGE_BYTES_MAX: usize = 3_500;
const TITLE_CHARS_MAX: usize = 100;
/// The longest that FCM keeps a message for a phone that is off: four weeks.
const TTL_MAX: Duration = Duration::from_hours(24 * 28);
const MINUTE: Duration = Duration::from_mins(1);
/// Google asks for so much before any retry,
const FIRST_WAIT: Duration = Duration::from_secs(10);
/// and to stop after an hour, which is about as many tries.
const TRIES_MAX: u32 = 10;
/// A refused token may be our own doing once.
const TWICE: Strike = Strike { gone_after: 2, over: Duration::ZERO, pauses: false };

/// A Firebase project, and what it takes to push for it.
pub struct Project {
    account: Account,
    send_url: String,
    token: AccessToken,
    /// Whether any target of it has worked, so that one that belongs elsewhere is alone.
    has_worked: AtomicBool,
}

impl Project {
    /// The project of an account, by way of the service at `base`, an address without a path.
    pub fn new(account: Account, base: &str) -> Self {
        let base = base.trim_end_matches('/');
        let send_url = format!("{base}/v1/projects/{}/messages:send", account.project_id);
        Self { account, send_url, token: AccessToken::default(), has_worked: false.into() }
    }

    /// Forgets the access token, which was refused.
    pub fn forget_token(&self) {
        self.token.forget();
    }
}

/// The bytes of a message; its target and times are added on each attempt.
pub fn render(message: &Message, base_url: &str) -> Vec<u8> {
    let fitted = fitted(&message.text, MESSAGE_BYTES_MAX, |text| body(message, text, base_url));
    fitted.to_string().into_bytes()
}

fn body(message: &Message, text: &str, base_url: &str) -> Value {
    let url = |path: &str| public_url(base_url, path);
    let secure = |path: &str| url(path).filter(|url| url.starts_with("https://"));
    let is_low = message.priority == Priority::Low;
    let tag = message.tag.as_str();
    let mut notification =
        json!({ "title": text::shortened(&message.title, TITLE_CHARS_MAX), "body": text });
    if let Some(image) = message.picture_path.as_deref().and_then(secure) {
        notification["image"] = image.into();
    }
    let mut aps = json!({ "thread-id": tag });
    if !is_low {
        aps["sound"] = "default".into();
    }
    if message.event == "reminder.fired" {
        aps["badge"] = message.waiting.into();
    }
    if !message.buttons.is_empty() {
        aps["category"] = "REMINDER".into();
    }
    let mut webpush =
        json!({ "headers": { "Urgency": if is_low { "low" } else { "high" }, "Topic": tag } });
    if let Some(link) = secure(&message.open_path) {
        webpush["fcm_options"] = json!({ "link": link });
    }
    json!({ "message": {
        "notification": notification,
        "data": data(message, url),
        "android": {
            "priority": if is_low { "normal" } else { "high" },
            "collapse_key": tag,
            "notification": { "channel_id": "reminders", "tag": tag },
        },
        "apns": {
            "headers": {
                "apns-priority": if is_low { "5" } else { "10" },
                "apns-collapse-id": tag,
            },
            "payload": { "aps": aps },
        },
        "webpush": webpush,
    }})
}

/// For our own app on the phone. Only strings may stand there, and none named `from`, `gcm` or
/// `google…`.
fn data(message: &Message, url: impl Fn(&str) -> Option<String>) -> Value {
    let mut data = json!({ "v": "1", "event": message.event, "tag": message.tag });
    if let Some(url) = url(&message.open_path) {
        data["url"] = url.into();
    }
    let actions: Vec<Value> = message
        .buttons
        .iter()
        .filter_map(|button| {
            let url = url(&button.path)?;
            Some(json!({ "action": button.act.as_str(), "title": button.label, "url": url }))
        })
        .collect();
    if !actions.is_empty() {
        data["actions"] = json!(actions).to_string().into();
    }
    data
}

/// Sends to one target: a registration token, or an installation id where `is_fid`.
pub fn send(
    client: &Client,
    attempt: &Attempt,
    project: &Project,
    target: &str,
    is_fid: bool,
) -> Answer {
    let Some(body) = addressed(attempt, target, is_fid) else {
        return Answer::new(Outcome::Rejected, "the message that was kept is damaged");
    };
    let now = attempt.started_at;
    let token = match project.token.get(client, &project.account, now) {
        Ok(token) => token,
        Err(answer) => return answer,
    };
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str())];
    match post(client, &project.send_url, &headers, body.to_string().as_bytes(), now) {
        Err(answer) => answer,
        Ok(reply) => {
            let answer = outcome(&reply, project.has_worked.load(Ordering::Relaxed));
            if answer.outcome == Outcome::Accepted {
                project.has_worked.store(true, Ordering::Relaxed);
            }
            answer
        }
    }
}

/// The message with its target, the delivery's key, and how long from now it is useful.
fn addressed(attempt: &Attempt, target: &str, is_fid: bool) -> Option<Value> {
    let ttl = attempt.ttl.min(TTL_MAX);
    let mut body: Value = serde_json::from_slice(&attempt.body).ok()?;
    let message = body.get_mut("message").filter(|message| message.is_object())?;
    message[if is_fid { "fid" } else { "token" }] = target.into();
    message["data"]["delivery"] = attempt.key.as_str().into();
    message["android"]["ttl"] = format!("{}s", ttl.as_secs()).into();
    let expires_s = (attempt.started_at + ttl).as_s();
    message["apns"]["headers"]["apns-expiration"] = expires_s.to_string().into();
    message["webpush"]["headers"]["TTL"] = ttl.as_secs().to_string().into();
    Some(body)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: ErrorStatus,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorStatus {
    message: String,
    status: String,
    details: Vec<Detail>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "@type")]
    kind: String,
    #[serde(rename = "errorCode")]
    error_code: String,
}

impl ErrorStatus {
    /// FCM's own code, which says most, else that of Google's services.
    fn code(&self) -> &str {
        let mut codes = self.details.iter().map(|detail| detail.error_code.as_str());
        codes.find(|code| !code.is_empty()).unwrap_or(&self.status)
    }

    /// Whether it is the target that is bad, and not our message.
    fn names_the_token(&self) -> bool {
        let has = |kind: &str| self.details.iter().any(|detail| detail.kind.ends_with(kind));
        has("FcmError")
            && !has("google.rpc.BadRequest")
            && self.message.to_lowercase().contains("registration token")
    }
}

/// What an answer means: by FCM's code, then Google's, then the status, since one status stands
/// for many things.
fn outcome(reply: &Reply, has_worked: bool) -> Answer {
    let ErrorBody { error } = reply.json();
    let retry = |after| Outcome::Retry { after, tries_max: Some(TRIES_MAX) };
    let slow = Outcome::Retry { after: reply.retry_after.or(Some(MINUTE)), tries_max: None };
    let failed = retry(Some(reply.retry_after.unwrap_or_default().max(FIRST_WAIT)));
    let code = if reply.status < 300 { "" } else { error.code() };
    let (outcome, words) = match (code, reply.status) {
        ("UNREGISTERED", _) => (Outcome::Gone, "the app is not installed there any more"),
        ("SENDER_ID_MISMATCH", _) if has_worked => {
            (Outcome::Strike(TWICE), "the app there belongs to another Firebase project")
        }
        ("SENDER_ID_MISMATCH", _) => {
            (Outcome::Config, "the service account is of another Firebase project than the app")
        }
        ("THIRD_PARTY_AUTH_ERROR" | "APNS_AUTH_ERROR", _) => {
            (Outcome::Config, "the Firebase project has no working key for Apple or Web Push")
        }
        ("INVALID_ARGUMENT", _) if error.names_the_token() => {
            (Outcome::Strike(TWICE), "FCM does not know the app's token")
        }
        ("QUOTA_EXCEEDED" | "RESOURCE_EXHAUSTED", _) | (_, 429) => (slow, "FCM asks to slow down"),
        ("UNAVAILABLE" | "INTERNAL", _) => (failed, "FCM failed"),
        ("UNAUTHENTICATED", _) | ("", 401) => {
            (Outcome::Reauth, "FCM does not accept our access token")
        }
        ("PERMISSION_DENIED", _) => {
            (Outcome::Config, "the service account may not push: enable the FCM API and its role")
        }
        ("NOT_FOUND", _) => (Outcome::Config, "FCM does not know the Firebase project"),
        (_, 200..=299) => (Outcome::Accepted, "accepted"),
        (_, 300..=399) => (Outcome::Config, "FCM redirects, which is not followed"),
        (_, 400..=499) => (Outcome::Rejected, "FCM refuses the message"),
        _ => (failed, "FCM failed"),
    };
    reply.means(outcome, words)
}

#[cfg(test)]
mod tests;
