//! An address on a push service, with the secrets that reaching it takes.

use url::Url;

use super::kind::Kind;
use crate::model::time::Timestamp;

/// How much is shown of what tells two addresses of one service apart.
const TAIL_CHARS: usize = 6;

/// Where a push goes, with the secrets that it takes.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A browser.
    WebPush(Subscription),
    /// An app on a phone with a distributor of UnifiedPush.
    UnifiedPush(Subscription),
    /// An app that Firebase knows.
    Fcm {
        /// What Firebase calls it.
        token: String,
        /// Whether that is a Firebase installation id, and not a registration token.
        is_fid: bool,
    },
    /// A topic on an ntfy server.
    Ntfy {
        /// The server's address, without a path.
        server: String,
        /// The topic.
        topic: String,
        /// An access token, where the server wants one.
        token: Option<String>,
    },
    /// A webhook signed by Standard Webhooks 1.0.0.
    Webhook {
        /// Where to post.
        url: String,
        /// The key to sign with, `whsec_` and base64.
        secret: String,
        /// The one before, after it was changed.
        old_secret: Option<OldSecret>,
    },
    /// A mailbox.
    Email {
        /// Such as `mina@example.org`.
        address: String,
    },
    /// An application on a Gotify server.
    Gotify {
        /// The server's address, with a slash at the end.
        server: String,
        /// The application's token.
        token: String,
    },
    /// A chat with a Telegram bot.
    Telegram {
        /// The bot's token.
        bot_token: String,
        /// The chat's number, or the name of a channel with its `@`.
        chat_id: String,
    },
    /// A channel of Discord.
    Discord {
        /// The channel's webhook.
        url: String,
    },
    /// A channel of Slack, or of a server that speaks as it does.
    Slack {
        /// The channel's incoming webhook.
        url: String,
    },
    /// A room of Matrix.
    Matrix {
        /// The home server's address, with a slash at the end.
        server: String,
        /// The room's id.
        room: String,
        /// The access token of an account in that room.
        token: String,
    },
    /// A configuration on an Apprise API server.
    Apprise {
        /// The server's address, with a slash at the end.
        server: String,
        /// The configuration's key.
        key: String,
        /// Which of its targets, if not all.
        tag: Option<String>,
    },
}

/// A Web Push subscription, its keys in base64url without padding.
#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Where to post.
    pub endpoint: String,
    /// The receiver's public key: an uncompressed point on P-256.
    pub p256dh: String,
    /// The secret shared with the receiver: 16 octets.
    pub auth: String,
    /// The public key of the server that it was made for, if that was told. It is bound to it.
    pub vapid_key: Option<String>,
}

/// A webhook's signing secret that was replaced, but that receivers may still check by.
#[derive(Clone, PartialEq, Eq)]
pub struct OldSecret {
    /// The secret.
    pub secret: String,
    /// Until when messages are signed with it as well.
    pub valid_until: Timestamp,
}

/// Addresses hold secrets, so they are never printed whole.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind().as_str())
    }
}

impl Address {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::WebPush(_) => Kind::WebPush,
            Self::UnifiedPush(_) => Kind::UnifiedPush,
            Self::Fcm { .. } => Kind::Fcm,
            Self::Ntfy { .. } => Kind::Ntfy,
            Self::Webhook { .. } => Kind::Webhook,
            Self::Email { .. } => Kind::Email,
            Self::Gotify { .. } => Kind::Gotify,
            Self::Telegram { .. } => Kind::Telegram,
            Self::Discord { .. } => Kind::Discord,
            Self::Slack { .. } => Kind::Slack,
            Self::Matrix { .. } => Kind::Matrix,
            Self::Apprise { .. } => Kind::Apprise,
        }
    }

    /// The name of what answers for it: a webhook answers for itself, a server for all that is
    /// on it, a bot for all its chats. It may hold a secret.
    pub fn scope(&self) -> String {
        match self {
            Self::WebPush(to) | Self::UnifiedPush(to) => {
                format!("webpush {}", origin(&to.endpoint))
            }
            Self::Fcm { .. } | Self::Email { .. } => self.kind().as_str().to_owned(),
            Self::Telegram { bot_token, .. } => format!("telegram {bot_token}"),
            Self::Webhook { url, .. } | Self::Discord { url } | Self::Slack { url } => {
                format!("{} {url}", self.kind().as_str())
            }
            Self::Ntfy { server, .. }
            | Self::Gotify { server, .. }
            | Self::Matrix { server, .. }
            | Self::Apprise { server, .. } => format!("{} {server}", self.kind().as_str()),
        }
    }

    /// What may be shown of it: where it is, and the last characters of what tells two apart.
    pub fn shown(&self) -> String {
        let at = |url: &str, secret: &str| format!("{}/…{}", origin(url), tail(secret));
        match self {
            Self::WebPush(to) | Self::UnifiedPush(to) => at(&to.endpoint, &to.endpoint),
            Self::Fcm { token, .. } => format!("Firebase …{}", tail(token)),
            Self::Ntfy { server, topic, .. } => at(server, topic),
            Self::Webhook { url, .. } | Self::Discord { url } | Self::Slack { url } => at(url, url),
            Self::Email { address } => {
                let (mailbox, host) = address.split_once('@').unwrap_or_default();
                format!("{}…@{host}", mailbox.chars().take(1).collect::<String>())
            }
            Self::Gotify { server, .. } => origin(server),
            Self::Telegram { chat_id, .. } => format!("Telegram chat …{}", tail(chat_id)),
            Self::Matrix { server, room, .. } => {
                at(server, room.split_once(':').map_or(room, |(opaque, _)| opaque))
            }
            Self::Apprise { server, key, .. } => at(server, key),
        }
    }

    /// The web address that it holds, and the field that this was given in.
    pub fn web_address(&self) -> Option<(&'static str, &str)> {
        match self {
            Self::WebPush(to) | Self::UnifiedPush(to) => Some(("endpoint", &to.endpoint)),
            Self::Webhook { url, .. } | Self::Discord { url } | Self::Slack { url } => {
                Some(("url", url))
            }
            Self::Ntfy { server, .. }
            | Self::Gotify { server, .. }
            | Self::Matrix { server, .. }
            | Self::Apprise { server, .. } => Some(("server", server)),
            Self::Fcm { .. } | Self::Email { .. } | Self::Telegram { .. } => None,
        }
    }

    /// The one device that it leads to, where the device itself told us: no two destinations
    /// lead there.
    pub fn device(&self) -> Option<&str> {
        match self {
            Self::WebPush(to) | Self::UnifiedPush(to) => Some(&to.endpoint),
            Self::Fcm { token, .. } => Some(token),
            _ => None,
        }
    }

    /// The secrets that a webhook's messages are signed with at `now`, the newest first.
    pub fn signing_secrets(&self, now: Timestamp) -> Vec<&str> {
        let Self::Webhook { secret, old_secret, .. } = self else { return Vec::new() };
        let old = old_secret.as_ref().filter(|old| now < old.valid_until);
        std::iter::once(secret).chain(old.map(|old| &old.secret)).map(String::as_str).collect()
    }
}

fn origin(url: &str) -> String {
    Url::parse(url).map_or_else(|_| String::new(), |url| url.origin().ascii_serialization())
}

/// The last characters, though never most of what is short.
fn tail(text: &str) -> String {
    let count = text.chars().count();
    text.chars().skip(count - TAIL_CHARS.min(count.div_ceil(2))).collect()
}
