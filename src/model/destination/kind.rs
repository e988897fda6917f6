//! The kinds of destination, and what each takes: the one table that the API, the forms and the
//! database read.

use super::check::{
    bot_token, chat_id, email, fcm_kind, https_address, matrix_room, name, opaque, p256_point,
    room_for_auth, server, topic, web_address,
};
use crate::error::{Error, Result};

/// A kind of push service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A browser (RFC 8030), or an app that speaks UnifiedPush.
    WebPush,
    /// ntfy.
    Ntfy,
    /// E-mail.
    Email,
    /// Telegram.
    Telegram,
    /// Gotify.
    Gotify,
    /// Matrix.
    Matrix,
    /// Discord.
    Discord,
    /// Slack.
    Slack,
    /// Apprise API, which knows very many others.
    Apprise,
    /// A signed webhook.
    Webhook,
    /// An app of one's own by Firebase Cloud Messaging.
    Fcm,
}

/// One of the values that an address is made of.
#[derive(Debug)]
pub struct Part {
    /// Its name in the API, in forms and in the database.
    pub name: &'static str,
    /// Whether an address can do without.
    pub optional: bool,
    /// Whether it gives whoever has it power over the destination. It is never shown again.
    pub secret: bool,
    /// The value as it is kept, or what is wrong with it.
    pub(super) check: fn(&'static str, &str) -> Result<String>,
}

const fn part(name: &'static str, check: fn(&'static str, &str) -> Result<String>) -> Part {
    Part { name, optional: false, secret: false, check }
}

const fn secret(name: &'static str, check: fn(&'static str, &str) -> Result<String>) -> Part {
    Part { secret: true, ..part(name, check) }
}

const fn optional(part: Part) -> Part {
    Part { optional: true, ..part }
}

impl Kind {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 11] = [
        Self::WebPush,
        Self::Ntfy,
        Self::Email,
        Self::Telegram,
        Self::Gotify,
        Self::Matrix,
        Self::Discord,
        Self::Slack,
        Self::Apprise,
        Self::Webhook,
        Self::Fcm,
    ];

    /// Its name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WebPush => "webpush",
            Self::Ntfy => "ntfy",
            Self::Email => "email",
            Self::Telegram => "telegram",
            Self::Gotify => "gotify",
            Self::Matrix => "matrix",
            Self::Discord => "discord",
            Self::Slack => "slack",
            Self::Apprise => "apprise",
            Self::Webhook => "webhook",
            Self::Fcm => "fcm",
        }
    }

    /// The kind of that name.
    ///
    /// # Errors
    /// `Invalid` when there is none.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Error::invalid("kind", format!("{name:?} found, expected one of {names}"))
        })
    }

    /// What people give to make an address of this kind.
    pub fn parts(self) -> &'static [Part] {
        const WEB_PUSH: &[Part] = &[
            secret("endpoint", https_address),
            part("keys.p256dh", p256_point),
            secret("keys.auth", room_for_auth),
        ];
        const NTFY: &[Part] =
            &[part("server", server), part("topic", topic), optional(secret("token", opaque))];
        const EMAIL: &[Part] = &[part("address", email)];
        const TELEGRAM: &[Part] = &[secret("bot_token", bot_token), part("chat_id", chat_id)];
        const GOTIFY: &[Part] = &[part("server", server), secret("token", opaque)];
        const MATRIX: &[Part] =
            &[part("server", server), part("room", matrix_room), secret("token", opaque)];
        const CHAT: &[Part] = &[secret("url", https_address)];
        const APPRISE: &[Part] =
            &[part("server", server), secret("key", name), optional(part("tag", name))];
        const WEBHOOK: &[Part] = &[secret("url", web_address)];
        const FCM: &[Part] = &[secret("token", opaque), optional(part("token_kind", fcm_kind))];
        match self {
            Self::WebPush => WEB_PUSH,
            Self::Ntfy => NTFY,
            Self::Email => EMAIL,
            Self::Telegram => TELEGRAM,
            Self::Gotify => GOTIFY,
            Self::Matrix => MATRIX,
            Self::Discord | Self::Slack => CHAT,
            Self::Apprise => APPRISE,
            Self::Webhook => WEBHOOK,
            Self::Fcm => FCM,
        }
    }
}
