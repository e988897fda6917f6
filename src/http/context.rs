//! What every handler has at hand.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::{ClockTrust, SharedClock};
use crate::http::api::UnderWay;
use crate::http::previews::Previews;
use crate::http::throttle::Throttle;
use crate::http::waiting::Waiting;
use crate::model::destination::Reach;
use crate::secret;
use crate::store::{Pictures, Store};

/// One HTTP thread's view of the program.
pub struct Context {
    /// The database.
    pub store: Store,
    /// The pictures of pages.
    pub pictures: Pictures,
    /// The time.
    pub clock: SharedClock,
    /// What the HTTP threads share.
    pub shared: Arc<Shared>,
}

/// What the HTTP threads share. None of it must be kept.
pub struct Shared {
    /// The address people reach this server at, without a slash at the end.
    pub base_url: String,
    /// The key that browsers subscribe to our pushes with, in base64url.
    pub vapid_public_key: String,
    /// Whether cookies must only travel over TLS: when `base_url` is https.
    pub secure_cookies: bool,
    /// Whether robots.txt is obeyed, which sites may ask.
    pub obeys_robots: bool,
    /// Whether links are looked after for those who want it.
    pub checks_links: bool,
    /// The key in the one-time set-up address, until the first account exists.
    pub set_up_key: SetUpKey,
    /// How many reminders a person may have.
    pub reminders_max: usize,
    /// Where files of links lie until they are read.
    pub imports: PathBuf,
    /// Whether the clock makes sense.
    pub clock_trust: Arc<ClockTrust>,
    /// Counts failed sign-ins.
    pub sign_ins: Throttle,
    /// Reads the pages of links that are not saved yet.
    pub previews: Previews,
    /// What this server can send to.
    pub reach: Reach,
    /// Requests that may be repeated and are being answered.
    pub under_way: UnderWay,
    /// Holds the answer to a test push until it has arrived.
    pub test_wait: Waiting,
}

/// The key in the one-time set-up address.
#[derive(Default)]
pub struct SetUpKey(Mutex<Option<Vec<u8>>>);

impl SetUpKey {
    /// Opens the set-up to whoever has `key`.
    pub fn new(key: &str) -> Self {
        Self(Mutex::new(Some(secret::key_hash(key))))
    }

    /// Whether the set-up is open to whoever has `key`.
    pub fn opens(&self, key: &str) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Hashes are compared, so the time this takes tells nothing about the key.
        known.as_ref().is_some_and(|known| *known == secret::key_hash(key))
    }

    /// Closes the set-up for good.
    pub fn close(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
