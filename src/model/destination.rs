//! A person's address on a push service.

mod check;
mod kind;

use url::Url;

use crate::error::{Error, Result};
use crate::model::id::{DestinationId, ScopeId, UserId};
use crate::model::text;
use crate::model::time::Timestamp;
pub use kind::{Kind, Part};

const NAME_CHARS_MAX: usize = 100;
/// How long a webhook's receiver may take to learn its new secret.
pub const ROTATION: std::time::Duration = std::time::Duration::from_hours(24);

/// Where a push goes, with the secrets that it takes.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A browser's subscription (RFC 8030), or that of an app that speaks UnifiedPush.
    WebPush {
        /// Where to post; whoever knows it may push.
        endpoint: String,
        /// The subscriber's public key, base64url without padding.
        p256dh: String,
        /// The secret shared with the subscriber, base64url without padding.
        auth: String,
    },
    /// A topic on an ntfy server.
    Ntfy {
        /// The server's address.
        server: String,
        /// The topic.
        topic: String,
        /// An access token, where the server wants one.
        token: Option<String>,
    },
    /// A mailbox.
    Email {
        /// The mailbox.
        address: String,
    },
    /// A chat with a Telegram bot.
    Telegram {
        /// The bot's token.
        bot_token: String,
        /// The chat.
        chat_id: String,
    },
    /// An application on a Gotify server.
    Gotify {
        /// The server's address.
        server: String,
        /// The application's token.
        token: String,
    },
    /// A room on a Matrix server.
    Matrix {
        /// The address of the account's server.
        server: String,
        /// The room.
        room: String,
        /// The account's access token.
        token: String,
    },
    /// A channel's webhook at Discord.
    Discord {
        /// Where to post; whoever knows it may post.
        url: String,
    },
    /// A channel's webhook at Slack.
    Slack {
        /// Where to post; whoever knows it may post.
        url: String,
    },
    /// A configuration on an Apprise API server.
    Apprise {
        /// The server's address.
        server: String,
        /// The configuration's key.
        key: String,
        /// Which of its services.
        tag: Option<String>,
    },
    /// A webhook signed by Standard Webhooks 1.0.0.
    Webhook {
        /// Where to post.
        url: String,
        /// The key to sign with, `whsec_` and base64.
        secret: String,
        /// The key before it, and until when it is used as well.
        old: Option<(String, Timestamp)>,
    },
    /// An app by Firebase Cloud Messaging.
    Fcm {
        /// What names the app on one device.
        token: String,
        /// Whether that is an installation's id instead of a registration token.
        is_fid: bool,
    },
}

/// Addresses hold secrets, so they are never printed whole.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind().as_str())
    }
}

impl Address {
    /// An address of that kind, of the parts that people give; `find` finds a part by its name. A
    /// webhook still needs a secret.
    ///
    /// # Errors
    /// `Invalid` naming the part that is missing or cannot be used.
    pub fn parse<'a>(kind: Kind, find: impl Fn(&str) -> Option<&'a str>) -> Result<Self> {
        let mut parts = Vec::new();
        for part in kind.parts() {
            let given = find(part.name).map(str::trim).filter(|given| !given.is_empty());
            match given {
                Some(given) => parts.push((part.name, (part.check)(part.name, given)?)),
                None if part.optional => {}
                None => {
                    let kind = kind.as_str();
                    return Err(Error::invalid(part.name, format!("missing, {kind} needs it")));
                }
            }
        }
        let taken = |name: &str| {
            parts.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
        };
        Self::restore(kind, taken).ok_or_else(|| Error::internal("a kind lacks one of its parts"))
    }

    /// An address of the parts that [`Address::parts`] gave; `None` when one is missing.
    pub fn restore(kind: Kind, take: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let need = |name: &str| take(name);
        Some(match kind {
            Kind::WebPush => Self::WebPush {
                endpoint: need("endpoint")?,
                p256dh: need("keys.p256dh")?,
                auth: need("keys.auth")?,
            },
            Kind::Ntfy => {
                Self::Ntfy { server: need("server")?, topic: need("topic")?, token: take("token") }
            }
            Kind::Email => Self::Email { address: need("address")? },
            Kind::Telegram => {
                Self::Telegram { bot_token: need("bot_token")?, chat_id: need("chat_id")? }
            }
            Kind::Gotify => Self::Gotify { server: need("server")?, token: need("token")? },
            Kind::Matrix => {
                Self::Matrix { server: need("server")?, room: need("room")?, token: need("token")? }
            }
            Kind::Discord => Self::Discord { url: need("url")? },
            Kind::Slack => Self::Slack { url: need("url")? },
            Kind::Apprise => {
                Self::Apprise { server: need("server")?, key: need("key")?, tag: take("tag") }
            }
            Kind::Webhook => Self::Webhook {
                url: need("url")?,
                secret: take("secret").unwrap_or_default(),
                old: take("old_secret")
                    .zip(take("old_until").and_then(|ms| ms.parse().ok()))
                    .map(|(secret, until_ms)| (secret, Timestamp::from_ms(until_ms))),
            },
            Kind::Fcm => Self::Fcm {
                token: need("token")?,
                is_fid: take("token_kind").is_some_and(|kind| kind == "fid"),
            },
        })
    }

    /// Everything it is made of, by name.
    pub fn parts(&self) -> Vec<(&'static str, String)> {
        let mut parts = Vec::new();
        let mut put = |name, value: &str| parts.push((name, value.to_owned()));
        match self {
            Self::WebPush { endpoint, p256dh, auth } => {
                put("endpoint", endpoint);
                put("keys.p256dh", p256dh);
                put("keys.auth", auth);
            }
            Self::Ntfy { server, topic, token } => {
                put("server", server);
                put("topic", topic);
                token.iter().for_each(|token| put("token", token));
            }
            Self::Email { address } => put("address", address),
            Self::Telegram { bot_token, chat_id } => {
                put("bot_token", bot_token);
                put("chat_id", chat_id);
            }
            Self::Gotify { server, token } => {
                put("server", server);
                put("token", token);
            }
            Self::Matrix { server, room, token } => {
                put("server", server);
                put("room", room);
                put("token", token);
            }
            Self::Discord { url } | Self::Slack { url } => put("url", url),
            Self::Apprise { server, key, tag } => {
                put("server", server);
                put("key", key);
                tag.iter().for_each(|tag| put("tag", tag));
            }
            Self::Webhook { url, secret, old } => {
                put("url", url);
                put("secret", secret);
                if let Some((secret, until)) = old {
                    put("old_secret", secret);
                    put("old_until", &until.as_ms().to_string());
                }
            }
            Self::Fcm { token, is_fid } => {
                put("token", token);
                put("token_kind", if *is_fid { "fid" } else { "token" });
            }
        }
        parts
    }

    /// What kind it is.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::WebPush { .. } => Kind::WebPush,
            Self::Ntfy { .. } => Kind::Ntfy,
            Self::Email { .. } => Kind::Email,
            Self::Telegram { .. } => Kind::Telegram,
            Self::Gotify { .. } => Kind::Gotify,
            Self::Matrix { .. } => Kind::Matrix,
            Self::Discord { .. } => Kind::Discord,
            Self::Slack { .. } => Kind::Slack,
            Self::Apprise { .. } => Kind::Apprise,
            Self::Webhook { .. } => Kind::Webhook,
            Self::Fcm { .. } => Kind::Fcm,
        }
    }

    /// The name of what answers for it: a webhook answers for itself, a server for all who are on
    /// it. It may hold a secret.
    pub fn scope(&self) -> String {
        let kind = self.kind().as_str();
        match self {
            Self::Webhook { url, .. } | Self::Discord { url } | Self::Slack { url } => {
                format!("{kind} {url}")
            }
            Self::Ntfy { server, .. }
            | Self::Gotify { server, .. }
            | Self::Matrix { server, .. }
            | Self::Apprise { server, .. } => format!("{kind} {server}"),
            Self::WebPush { endpoint, .. } => format!("{kind} {}", origin(endpoint)),
            Self::Telegram { bot_token, .. } => format!("{kind} {bot_token}"),
            // The operator's own server or project answers for all of them.
            Self::Email { .. } | Self::Fcm { .. } => kind.to_owned(),
        }
    }

    /// A webhook at `url`, to be signed with `secret`.
    ///
    /// # Errors
    /// `Invalid` when `url` is not an http(s) address.
    pub fn webhook(url: &str, secret: String) -> Result<Self> {
        let address = Self::parse(Kind::Webhook, |name| (name == "url").then_some(url))?;
        Ok(address.with_secret(secret))
    }

    /// A topic on an ntfy server.
    ///
    /// # Errors
    /// `Invalid` when the server is no address, or the topic or token has other characters
    /// than ntfy takes.
    pub fn ntfy(server: &str, topic: &str, token: &str) -> Result<Self> {
        Self::parse(Kind::Ntfy, |name| match name {
            "server" => Some(server),
            "topic" => Some(topic),
            _ => Some(token),
        })
    }

    /// The same, signed with that secret, if it is of a kind that is signed.
    #[must_use]
    pub fn with_secret(self, secret: String) -> Self {
        match self {
            Self::Webhook { url, .. } => Self::Webhook { url, secret, old: None },
            other => other,
        }
    }

    /// The same with a new secret, beside which the old one is used for [`ROTATION`].
    #[must_use]
    pub fn rotated(self, new: String, now: Timestamp) -> Self {
        match self {
            Self::Webhook { url, secret, .. } => {
                Self::Webhook { url, secret: new, old: Some((secret, now + ROTATION)) }
            }
            other => other,
        }
    }

    /// What may be shown of it: the origin, and the last characters where they tell two apart.
    pub fn shown(&self) -> String {
        match self {
            Self::Webhook { url: secret, .. }
            | Self::Discord { url: secret }
            | Self::Slack { url: secret }
            | Self::WebPush { endpoint: secret, .. } => {
                format!("{}/…{}", origin(secret), tail(secret))
            }
            Self::Ntfy { server, topic, .. } => {
                let dots = if topic.chars().count() > TAIL_CHARS { "…" } else { "" };
                format!("{}/{dots}{}", origin(server), tail(topic))
            }
            Self::Email { address } => {
                let (local, domain) = address.rsplit_once('@').unwrap_or_default();
                format!("{}…@{domain}", local.chars().take(1).collect::<String>())
            }
            Self::Telegram { chat_id, .. } => format!("chat …{}", tail(chat_id)),
            Self::Gotify { server, token } => format!("{}/…{}", origin(server), tail(token)),
            Self::Matrix { server, room, .. } => format!("{} {}", origin(server), tail(room)),
            Self::Apprise { server, key, .. } => format!("{}/…{}", origin(server), tail(key)),
            Self::Fcm { token, .. } => format!("…{}", tail(token)),
        }
    }
}

const TAIL_CHARS: usize = 6;

fn tail(text: &str) -> String {
    let from = text.chars().count().saturating_sub(TAIL_CHARS);
    text.chars().skip(from).collect()
}

fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

/// A person's address on a push service.
#[derive(Debug, Clone)]
pub struct Destination {
    /// Identity.
    pub id: DestinationId,
    /// Whose it is.
    pub user_id: UserId,
    /// What they call it.
    pub name: String,
    /// Where it leads.
    pub address: Address,
    /// What answers for it.
    pub scope_id: ScopeId,
    /// Why nothing is sent there for now, in words for people.
    pub paused_reason: Option<String>,
    /// Why it began to fail, as its owner was told elsewhere; `None` while it works.
    pub failing_reason: Option<String>,
    /// When something last arrived there.
    pub last_success_at: Option<Timestamp>,
}

/// A destination's name, checked.
///
/// # Errors
/// `Invalid` unless it is one line of 1 to 100 characters.
pub fn parse_name(name: &str) -> Result<String> {
    text::required("name", name, NAME_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An address of each kind.
    fn some(kind: Kind) -> Address {
        Address::parse(kind, |name| {
            Some(match name {
                "endpoint" => "https://push.example/sub/very-secret",
                "keys.p256dh" => {
                    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
                }
                "keys.auth" => "BTBZMqHH6r4Tts7J_aSIgg",
                "server" => "https://server.example/",
                "topic" => "my-links",
                "token" => "token-secret-7",
                "address" => "mina@example.org",
                "bot_token" => "12345:bot-secret",
                "chat_id" => "-1001234567",
                "room" => "!room:server.example",
                "url" => "https://hooks.example/T0/secret-path",
                "key" => "key-secret",
                "tag" => "phone",
                "token_kind" => "fid",
                _ => return None,
            })
        })
        .unwrap()
    }

    #[test]
    fn what_is_kept_reads_as_it_was_and_no_name_is_used_twice() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()).unwrap(), kind);
            let now = Timestamp::from_ms(5);
            for address in [some(kind), some(kind).with_secret("a".into()).rotated("b".into(), now)]
            {
                assert_eq!(address.kind(), kind);
                let parts = address.parts();
                let find =
                    |name: &str| parts.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
                assert!(Address::restore(kind, find) == Some(address), "{kind:?}");
            }
        }
        assert!(Kind::parse("pigeon").is_err());
    }

    #[test]
    fn what_is_shown_keeps_the_secret() {
        let rows = [
            (Kind::Webhook, "https://hooks.example/…t-path"),
            (Kind::Ntfy, "https://server.example/…-links"),
            (Kind::WebPush, "https://push.example/…secret"),
            (Kind::Email, "m…@example.org"),
            (Kind::Telegram, "chat …234567"),
            (Kind::Fcm, "…cret-7"),
        ];
        for (kind, shown) in rows {
            assert_eq!(some(kind).shown(), shown);
        }
        for kind in Kind::ALL {
            let address = some(kind);
            assert_eq!(format!("{address:?}"), kind.as_str());
            for part in kind.parts().iter().filter(|part| part.secret) {
                let (_, value) =
                    address.parts().into_iter().find(|(n, _)| *n == part.name).unwrap();
                assert!(!address.shown().contains(&value), "{kind:?}");
            }
        }
    }

    #[test]
    fn a_missing_part_is_named() {
        for kind in Kind::ALL {
            let error = Address::parse(kind, |_| None).unwrap_err().to_string();
            let (part, name) = (kind.parts()[0].name, kind.as_str());
            assert_eq!(error, format!("{part}: missing, {name} needs it"));
        }
        let blank = Address::ntfy("https://n.example", "links", "  ").unwrap();
        assert!(matches!(blank, Address::Ntfy { token: None, .. }), "blank is none");
    }

    #[test]
    fn all_that_one_server_answers_for_is_one_scope() {
        let of = |kind: Kind| some(kind).scope();
        assert_eq!(of(Kind::WebPush), "webpush https://push.example");
        assert_eq!(of(Kind::Ntfy), "ntfy https://server.example/");
        assert_eq!(of(Kind::Webhook), "webhook https://hooks.example/T0/secret-path");
        assert_eq!((of(Kind::Email), of(Kind::Fcm)), ("email".into(), "fcm".into()));
    }
}
