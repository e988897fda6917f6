//! From the fields that a person or program gave to an address that is checked.

use std::collections::BTreeMap;

use url::Url;

use super::address::{Address, OldSecret, Subscription};
use super::checks::{
    base_address, key, mail_address, name, p256_point, server_address, web_address, word,
};
use super::kind::Kind;
use crate::error::{Error, Result};
use crate::model::time::Timestamp;

/// The specification of Web Push says that about so much must do.
const ENDPOINT_BYTES_MAX: usize = 1_000;
const TOKEN_BYTES_MAX: usize = 1_000;
const AUTH_BYTES: usize = 16;
const ROOM_BYTES_MAX: usize = 255;
const TAG_BYTES_MAX: usize = 100;

/// The fields of an address by their names, as they were given. They may hold secrets.
#[derive(Clone, Default)]
pub struct Given(BTreeMap<String, String>);

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Given {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl Given {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// What was given for a field, if it is more than nothing.
    fn find(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn needed(&self, kind: Kind, field: &'static str) -> Result<&str> {
        let value = self.0.get(field).map(String::as_str);
        let missing = || Error::invalid(field, format!("missing, {} needs it", kind.as_str()));
        value.ok_or_else(missing)
    }

    fn check_known(&self, kind: Kind) -> Result<()> {
        let fields = kind.fields();
        match self.0.keys().find(|name| !fields.iter().any(|field| field.name == **name)) {
            None => Ok(()),
            Some(unknown) => {
                let known: Vec<_> = fields.iter().map(|field| field.name).collect();
                let kind = kind.as_str();
                let reason = format!("{kind} does not take it, only {}", known.join(", "));
                Err(Error::invalid(unknown.clone(), reason))
            }
        }
    }
}

impl Address {
    /// The address that these fields make. A webhook is signed with `secret`.
    ///
    /// # Errors
    /// `Invalid` naming the field that is missing, unknown or cannot be used.
    pub fn parse(kind: Kind, given: &Given, secret: String) -> Result<Self> {
        given.check_known(kind)?;
        let needed = |field| given.needed(kind, field);
        Ok(match kind {
            Kind::WebPush => Self::WebPush(subscription(kind, given)?),
            Kind::UnifiedPush => Self::UnifiedPush(subscription(kind, given)?),
            Kind::Fcm => firebase(given)?,
            Kind::Ntfy => {
                let token = given.find("token").unwrap_or_default();
                Self::ntfy(needed("server")?, needed("topic")?, token)?
            }
            Kind::Webhook => Self::webhook(needed("url")?, secret)?,
            Kind::Email => Self::Email { address: mail_address("address", needed("address")?)? },
            Kind::Gotify => Self::Gotify {
                server: base_address(needed("server")?)?,
                token: word("token", needed("token")?, 200)?,
            },
            Kind::Telegram => Self::Telegram {
                bot_token: bot_token(needed("bot_token")?)?,
                chat_id: chat_id(needed("chat_id")?)?,
            },
            Kind::Discord => Self::Discord { url: discord_webhook(needed("url")?)? },
            Kind::Slack => Self::Slack { url: slack_webhook(needed("url")?)? },
            Kind::Matrix => Self::Matrix {
                server: base_address(needed("server")?)?,
                room: room(needed("room")?)?,
                token: word("token", needed("token")?, TOKEN_BYTES_MAX)?,
            },
            Kind::Apprise => Self::Apprise {
                server: base_address(needed("server")?)?,
                key: name("key", needed("key")?, 128)?,
                tag: given.find("tag").map(tag).transpose()?,
            },
        })
    }

    /// This address with other values for some of its fields. What was told in confidence for
    /// one server is not kept for another.
    ///
    /// # Errors
    /// As [`Address::parse`].
    pub fn changed(&self, given: &Given) -> Result<Self> {
        let kind = self.kind();
        given.check_known(kind)?;
        let mut all = self.given();
        let has_moved = match (given.find("server"), all.find("server")) {
            (Some(new), Some(old)) => server_address(new)? != server_address(old)?,
            _ => false,
        };
        for field in kind.fields().iter().filter(|field| field.is_secret && has_moved) {
            if field.is_needed && !given.has(field.name) {
                let reason = "it was meant for another server, enter one for this server";
                return Err(Error::invalid(field.name, reason));
            }
            all.0.remove(field.name);
        }
        if kind == Kind::Fcm && !given.is_empty() {
            all.0.clear(); // One of its two fields takes the place of the other.
        }
        all.0.extend(given.0.clone());
        let mut address = Self::parse(kind, &all, String::new())?;
        if let (
            Self::Webhook { secret, old_secret, .. },
            Self::Webhook { secret: now, old_secret: before, .. },
        ) = (&mut address, self)
        {
            secret.clone_from(now);
            old_secret.clone_from(before);
        }
        Ok(address)
    }

    /// Its fields. A webhook's signing secret is none of them: nobody gives it.
    pub fn given(&self) -> Given {
        let mut given = Given::default();
        let mut put = |field: &str, value: &str| given.0.insert(field.into(), value.into());
        match self {
            Self::WebPush(to) | Self::UnifiedPush(to) => {
                put("endpoint", &to.endpoint);
                put("keys.p256dh", &to.p256dh);
                put("keys.auth", &to.auth);
                to.vapid_key.as_ref().map(|key| put("vapid_key", key));
            }
            Self::Fcm { token, is_fid } => {
                put(if *is_fid { "fid" } else { "token" }, token);
            }
            Self::Ntfy { server, topic, token } => {
                put("server", server);
                put("topic", topic);
                token.as_ref().map(|token| put("token", token));
            }
            Self::Webhook { url, .. } | Self::Discord { url } | Self::Slack { url } => {
                put("url", url);
            }
            Self::Email { address } => {
                put("address", address);
            }
            Self::Gotify { server, token } => {
                put("server", server);
                put("token", token);
            }
            Self::Telegram { bot_token, chat_id } => {
                put("bot_token", bot_token);
                put("chat_id", chat_id);
            }
            Self::Matrix { server, room, token } => {
                put("server", server);
                put("room", room);
                put("token", token);
            }
            Self::Apprise { server, key, tag } => {
                put("server", server);
                put("key", key);
                tag.as_ref().map(|tag| put("tag", tag));
            }
        }
        given
    }

    /// What may be shown of one of its fields: all of it, unless it is a secret.
    pub fn shown_field(&self, name: &str) -> Option<String> {
        let field = self.kind().fields().iter().find(|field| field.name == name)?;
        if field.is_secret { None } else { self.given().0.remove(name) }
    }

    /// A webhook at `url`, to be signed with `secret`.
    ///
    /// # Errors
    /// `Invalid` when `url` is not an http(s) address.
    pub fn webhook(url: &str, secret: String) -> Result<Self> {
        Ok(Self::Webhook { url: web_address("url", url)?.into(), secret, old_secret: None })
    }

    /// A topic on an ntfy server.
    ///
    /// # Errors
    /// `Invalid` when the server is no address, or the topic or token has other characters
    /// than ntfy takes.
    pub fn ntfy(server: &str, topic: &str, token: &str) -> Result<Self> {
        let token = Some(token.trim()).filter(|token| !token.is_empty());
        Ok(Self::Ntfy {
            server: server_address(server)?.into(),
            topic: name("topic", topic, 64)?,
            token: token.map(|token| word("token", token, 200)).transpose()?,
        })
    }

    /// This webhook signed with another secret, and until then with the one it had as well.
    ///
    /// # Errors
    /// `Conflict` for any other kind.
    pub fn rotated(&self, new: String, valid_until: Timestamp) -> Result<Self> {
        let Self::Webhook { url, secret, .. } = self else {
            return Err(Error::Conflict("only a webhook has a signing secret".into()));
        };
        let old_secret = Some(OldSecret { secret: secret.clone(), valid_until });
        Ok(Self::Webhook { url: url.clone(), secret: new, old_secret })
    }
}

fn subscription(kind: Kind, given: &Given) -> Result<Subscription> {
    let endpoint = String::from(web_address("endpoint", given.needed(kind, "endpoint")?)?);
    if endpoint.len() > ENDPOINT_BYTES_MAX {
        let reason = format!("{} bytes long, expected at most 1000", endpoint.len());
        return Err(Error::invalid("endpoint", reason));
    }
    Ok(Subscription {
        endpoint,
        p256dh: p256_point("keys.p256dh", given.needed(kind, "keys.p256dh")?)?,
        auth: key("keys.auth", given.needed(kind, "keys.auth")?, AUTH_BYTES)?,
        vapid_key: given.find("vapid_key").map(|key| p256_point("vapid_key", key)).transpose()?,
    })
}

fn firebase(given: &Given) -> Result<Address> {
    let (field, is_fid) = match (given.has("token"), given.has("fid")) {
        (true, true) => return Err(Error::invalid("fid", "expected either token or fid")),
        (false, true) => ("fid", true),
        (_, false) => ("token", false),
    };
    let token = word(field, given.needed(Kind::Fcm, field)?, TOKEN_BYTES_MAX)?;
    Ok(Address::Fcm { token, is_fid })
}

fn bot_token(typed: &str) -> Result<String> {
    let typed = typed.trim();
    let fits = typed.split_once(':').is_some_and(|(bot, key)| {
        let digits = (5..=20).contains(&bot.len()) && bot.bytes().all(|b| b.is_ascii_digit());
        digits && key.len() >= 20 && name("bot_token", key, 100).is_ok()
    });
    let reason = "expected a number, a colon and a key, as BotFather gives them";
    if fits { Ok(typed.to_owned()) } else { Err(Error::invalid("bot_token", reason)) }
}

fn chat_id(typed: &str) -> Result<String> {
    let typed = typed.trim();
    let is_channel =
        typed.strip_prefix('@').is_some_and(|channel| name("chat_id", channel, 64).is_ok());
    let reason = "expected a number such as 123456789, or the name of a channel with its @";
    if is_channel || typed.parse::<i64>().is_ok_and(|id| id != 0) {
        Ok(typed.to_owned())
    } else {
        Err(Error::invalid("chat_id", reason))
    }
}

/// Any host may stand for Discord, such as a proxy for it; the path is what tells.
fn discord_webhook(typed: &str) -> Result<String> {
    let url = web_address("url", typed)?;
    let path: Vec<&str> = url.path_segments().into_iter().flatten().collect();
    let fits = path.windows(3).any(|part| {
        let is_id = !part[1].is_empty() && part[1].bytes().all(|b| b.is_ascii_digit());
        part[0] == "webhooks" && is_id && part[2].len() >= 20
    });
    let reason = "expected an address such as https://discord.com/api/webhooks/123/abc…";
    if fits { Ok(url.into()) } else { Err(Error::invalid("url", reason)) }
}

/// Other servers speak as Slack does, so that only Slack's own are looked at closely.
fn slack_webhook(typed: &str) -> Result<String> {
    let url = web_address("url", typed)?;
    let is_slack = url.host_str().is_some_and(|host| host.ends_with("slack.com"));
    let fits = if is_slack { is_slack_hook(&url) } else { url.path().len() > 1 };
    let reason = "expected an address such as https://hooks.slack.com/services/T…/B…/…";
    if fits { Ok(url.into()) } else { Err(Error::invalid("url", reason)) }
}

fn is_slack_hook(url: &Url) -> bool {
    url.host_str() == Some("hooks.slack.com") && url.path().starts_with("/services/")
}

fn room(typed: &str) -> Result<String> {
    let room = word("room", typed, ROOM_BYTES_MAX)?;
    let reason = "expected a room's id, which starts with !, and not its name or alias";
    if room.starts_with('!') { Ok(room) } else { Err(Error::invalid("room", reason)) }
}

fn tag(typed: &str) -> Result<String> {
    let plain =
        typed.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b',' | b' '));
    let reason = "expected up to 100 letters, digits, - and _, with commas or spaces between tags";
    if plain && typed.len() <= TAG_BYTES_MAX {
        Ok(typed.to_owned())
    } else {
        Err(Error::invalid("tag", reason))
    }
}

#[cfg(test)]
mod tests;
