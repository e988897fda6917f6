//! The kinds of destinations, and the fields that each is made of.

use crate::error::{Error, Result};

/// A kind of destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A browser, by Web Push.
    WebPush,
    /// An app that gets Web Push from a distributor on the phone.
    UnifiedPush,
    /// An app that gets its messages from Firebase.
    Fcm,
    /// A topic on an ntfy server.
    Ntfy,
    /// A program that takes signed posts.
    Webhook,
    /// A mailbox.
    Email,
    /// An application on a Gotify server.
    Gotify,
    /// A chat with a Telegram bot.
    Telegram,
    /// A channel of Discord.
    Discord,
    /// A channel of Slack, or of a server that speaks as it does.
    Slack,
    /// A room of Matrix.
    Matrix,
    /// A configuration on an Apprise API server.
    Apprise,
}

/// A value that an address is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name in the API; a point leads into an object.
    pub name: &'static str,
    /// Whether there is no address without it.
    pub is_needed: bool,
    /// Whether it is never shown again once it was given.
    pub is_secret: bool,
}

const fn shown(name: &'static str) -> Field {
    Field { name, is_needed: true, is_secret: false }
}

const fn secret(name: &'static str) -> Field {
    Field { name, is_needed: true, is_secret: true }
}

const fn optional(field: Field) -> Field {
    Field { is_needed: false, ..field }
}

const SUBSCRIPTION: &[Field] =
    &[secret("endpoint"), secret("keys.p256dh"), secret("keys.auth"), optional(shown("vapid_key"))];

impl Kind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::WebPush,
        Self::UnifiedPush,
        Self::Fcm,
        Self::Ntfy,
        Self::Webhook,
        Self::Email,
        Self::Gotify,
        Self::Telegram,
        Self::Discord,
        Self::Slack,
        Self::Matrix,
        Self::Apprise,
    ];

    /// Its name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WebPush => "webpush",
            Self::UnifiedPush => "unifiedpush",
            Self::Fcm => "fcm",
            Self::Ntfy => "ntfy",
            Self::Webhook => "webhook",
            Self::Email => "email",
            Self::Gotify => "gotify",
            Self::Telegram => "telegram",
            Self::Discord => "discord",
            Self::Slack => "slack",
            Self::Matrix => "matrix",
            Self::Apprise => "apprise",
        }
    }

    /// The kind of that name.
    ///
    /// # Errors
    /// `Invalid` naming all that there are.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join(", ");
            Error::invalid("kind", format!("{name:?} found, expected one of {known}"))
        })
    }

    /// What an address of this kind is made of.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::WebPush | Self::UnifiedPush => SUBSCRIPTION,
            // Firebase knows an app by one of the two.
            Self::Fcm => const { &[optional(secret("token")), optional(secret("fid"))] },
            Self::Ntfy => const { &[shown("server"), secret("topic"), optional(secret("token"))] },
            Self::Webhook | Self::Discord | Self::Slack => const { &[secret("url")] },
            Self::Email => const { &[shown("address")] },
            Self::Gotify => const { &[shown("server"), secret("token")] },
            Self::Telegram => const { &[secret("bot_token"), shown("chat_id")] },
            Self::Matrix => const { &[shown("server"), shown("room"), secret("token")] },
            Self::Apprise => const { &[shown("server"), secret("key"), optional(shown("tag"))] },
        }
    }
}
