//! What a fetcher may do, as the operator wants it.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::address::AddressList;
use crate::net::{ClientConfig, Roots};

/// What a [`Fetcher`] may do.
#[derive(Debug, Clone)]
pub struct FetchConfig {
    /// Where it may read beyond public addresses.
    pub allow: AddressList,
    /// Where it may not read although that is public.
    pub deny: AddressList,
    /// On which ports it reads.
    pub ports: Vec<u16>,
    /// Whose certificates it believes beside those of the built-in authorities.
    pub roots: Roots,
    /// The time for one page or picture, with all its redirects.
    pub time: Duration,
    /// How much of a page is read, counted after decompression.
    pub max_bytes: usize,
    /// How large a picture may be.
    pub picture_max_bytes: usize,
    /// How it names itself to sites.
    pub user_agent: String,
    /// Whether robots.txt counts.
    pub robots: RobotsPolicy,
    /// How long a host is left alone between two visits.
    pub pause: Duration,
}

impl Default for FetchConfig {
    fn default() -> Self {
        Self {
            allow: AddressList::none(),
            deny: AddressList::none(),
            ports: vec![80, 443, 8080, 8443],
            roots: Roots::default(),
            time: Duration::from_secs(8),
            max_bytes: 1024 * 1024,
            picture_max_bytes: 10 * 1024 * 1024,
            user_agent: concat!("Toaster/", env!("CARGO_PKG_VERSION"), " (link saver)").to_owned(),
            robots: RobotsPolicy::Obey,
            pause: Duration::from_secs(1),
        }
    }
}

impl FetchConfig {
    /// What the client that reads is allowed.
    pub(super) fn client(&self) -> ClientConfig {
        ClientConfig {
            allow: self.allow.clone(),
            deny: self.deny.clone(),
            ports: self.ports.clone(),
            user_agent: self.user_agent.clone(),
            idle_per_host: 2,
            roots: self.roots.clone(),
        }
    }
}

/// Whether robots.txt counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RobotsPolicy {
    /// What it disallows is not read.
    Obey,
    /// It is not even asked for.
    Ignore,
}

impl RobotsPolicy {
    /// Reads `obey` or `ignore`.
    ///
    /// # Errors
    /// `Invalid` for any other word.
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "obey" => Ok(Self::Obey),
            "ignore" => Ok(Self::Ignore),
            _ => Err(Error::invalid("robots", format!("{text:?} found, expected obey or ignore"))),
        }
    }
}
