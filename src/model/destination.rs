//! A person's address on a push service.

use url::Url;

use crate::error::{Error, Result};
use crate::model::id::{DestinationId, ScopeId, UserId};
use crate::model::text;
use crate::model::time::Timestamp;

const NAME_CHARS_MAX: usize = 100;
const URL_BYTES_MAX: usize = 2_048;

/// Where a push goes, with the secrets that it takes.
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// A webhook signed by Standard Webhooks 1.0.0.
    Webhook {
        /// Where to post.
        url: String,
        /// The key to sign with, `whsec_` and base64.
        secret: String,
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
}

/// Addresses hold secrets, so they are never printed whole.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind())
    }
}

impl Address {
    /// The kind's name in the database and the API.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Ntfy { .. } => "ntfy",
        }
    }

    /// The name of what answers for it: a webhook answers for itself, an ntfy server for all
    /// topics on it. It may hold a secret.
    pub fn scope(&self) -> String {
        match self {
            Self::Webhook { url, .. } => format!("webhook {url}"),
            Self::Ntfy { server, .. } => format!("ntfy {server}"),
        }
    }

    /// A webhook at `url`, to be signed with `secret`.
    ///
    /// # Errors
    /// `Invalid` when `url` is not an http(s) address.
    pub fn webhook(url: &str, secret: String) -> Result<Self> {
        Ok(Self::Webhook { url: web_address("url", url)?.into(), secret })
    }

    /// A topic on an ntfy server.
    ///
    /// # Errors
    /// `Invalid` when the server is no address, or the topic or token has other characters
    /// than ntfy takes.
    pub fn ntfy(server: &str, topic: &str, token: &str) -> Result<Self> {
        let server = web_address("server", server)?;
        if server.query().is_some() || server.fragment().is_some() {
            return Err(Error::invalid("server", "has a query, expected only https://HOST"));
        }
        let topic = topic.trim();
        let plain = topic.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if topic.is_empty() || topic.len() > 64 || !plain {
            return Err(Error::invalid("topic", "expected 1 to 64 letters, digits, - and _"));
        }
        let token = token.trim();
        if token.len() > 200 || token.bytes().any(|b| !b.is_ascii_graphic()) {
            return Err(Error::invalid("token", "expected up to 200 letters, digits and signs"));
        }
        Ok(Self::Ntfy {
            server: server.into(),
            topic: topic.to_owned(),
            token: (!token.is_empty()).then(|| token.to_owned()),
        })
    }

    /// What may be shown of it: the origin, and the last characters where they tell two apart.
    pub fn shown(&self) -> String {
        let origin = |url: &str| {
            Url::parse(url).map_or_else(|_| String::new(), |u| u.origin().ascii_serialization())
        };
        match self {
            Self::Webhook { url, .. } => {
                let tail: Vec<char> = url.chars().rev().take(6).collect();
                format!("{}/…{}", origin(url), tail.into_iter().rev().collect::<String>())
            }
            Self::Ntfy { server, topic, .. } => {
                let tail: Vec<char> = topic.chars().rev().take(6).collect();
                let dots = if topic.chars().count() > 6 { "…" } else { "" };
                format!("{}/{dots}{}", origin(server), tail.into_iter().rev().collect::<String>())
            }
        }
    }
}

fn web_address(field: &'static str, typed: &str) -> Result<Url> {
    let bad =
        |what: &str| Error::invalid(field, format!("{what}, expected an http or https address"));
    let typed = typed.trim();
    if typed.len() > URL_BYTES_MAX {
        return Err(bad("too long"));
    }
    let url = Url::parse(typed)
        .map_err(|_| bad(if typed.is_empty() { "empty" } else { "not an address" }))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(bad("not a web address"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("holds a user name or password"));
    }
    Ok(url)
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

    #[test]
    fn what_is_shown_keeps_the_secret() {
        let hook =
            Address::webhook("https://hooks.example/T0/secret-path", "whsec_x".into()).unwrap();
        assert_eq!(hook.shown(), "https://hooks.example/…t-path");
        assert_eq!(format!("{hook:?}"), "webhook");
        let topic = Address::ntfy("https://ntfy.example/", "my-links", "").unwrap();
        assert_eq!(topic.shown(), "https://ntfy.example/…-links");
    }

    #[test]
    fn bad_addresses_are_refused_by_field() {
        let field = |result: Result<Address>| result.unwrap_err().to_string();
        assert!(field(Address::webhook("nope", String::new())).starts_with("url:"));
        assert!(field(Address::webhook("ftp://example.com", String::new())).starts_with("url:"));
        assert!(
            field(Address::webhook("https://u:p@example.com", String::new())).starts_with("url:")
        );
        assert!(field(Address::ntfy("", "a", "")).starts_with("server:"));
        assert!(field(Address::ntfy("https://n.example", "a/b", "")).starts_with("topic:"));
        assert!(field(Address::ntfy("https://n.example", "a", "x\r\ny")).starts_with("token:"));
    }
}
