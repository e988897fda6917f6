//! Who we are to push services: RFC 8292.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

use crate::error::{Error, Result};
use crate::model::time::Timestamp;
use crate::transport::jwt;

/// Half of what services accept, so that a clock that is wrong by hours does no harm.
const LIFETIME: Duration = Duration::from_hours(12);
/// UnifiedPush may bring any number of origins; one that is forgotten costs a signature.
const ORIGINS_MAX: usize = 1_000;
/// Two targets that are slowed down within this time are the whole origin slowed down.
const THROTTLED_TOGETHER: Duration = Duration::from_mins(1);

/// Our key and what it has signed. Services remember what they have verified, so a token is
/// used for half of its life.
pub struct Vapid {
    key: EcdsaKeyPair,
    random: SystemRandom,
    public_key: String,
    contact: Option<String>,
    origins: Mutex<HashMap<String, Origin>>,
}

/// What is known of a push service.
#[derive(Default)]
struct Origin {
    token: Option<String>,
    signed_at: Timestamp,
    /// The endpoint that was last slowed down, and when.
    throttled: Option<(String, Timestamp)>,
}

impl Vapid {
    /// Signs with the key pair in `pkcs8`. Services write to `contact`, a `mailto:` or `https:`
    /// address, when our pushes make trouble; some refuse those that name none.
    ///
    /// # Errors
    /// When the key pair is damaged.
    pub fn new(pkcs8: &[u8], contact: Option<&str>) -> Result<Self> {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)
            .map_err(|error| {
                Error::internal(format!("the key for Web Push is damaged: {error}"))
            })?;
        let public_key = URL_SAFE_NO_PAD.encode(key.public_key());
        let contact = contact.map(str::to_owned);
        Ok(Self { key, random, public_key, contact, origins: Mutex::default() })
    }

    /// The public key, as browsers want it to subscribe.
    pub fn public_key(&self) -> &str {
        &self.public_key
    }

    /// The header by which the service at `origin` knows us.
    pub(super) fn authorization(&self, origin: &str, now: Timestamp) -> Option<String> {
        let mut origins = self.origins();
        let known = entry(&mut origins, origin);
        // Also signed anew when the clock was set back.
        let is_fresh = known.signed_at <= now && now.since(known.signed_at) < LIFETIME / 2;
        if known.token.is_none() || !is_fresh {
            known.token = Some(self.sign(origin, now)?);
            known.signed_at = now;
        }
        let token = known.token.as_deref()?;
        Some(format!("vapid t={token}, k={}", self.public_key))
    }

    /// Forgets what was signed for an origin, which refused it.
    pub(super) fn forget(&self, origin: &str) {
        if let Some(known) = self.origins().get_mut(origin) {
            known.token = None;
        }
    }

    /// Notes that an endpoint was told to slow down; says whether another one at the same origin
    /// was told so a moment ago.
    pub(super) fn is_all_throttled(&self, origin: &str, endpoint: &str, now: Timestamp) -> bool {
        let mut origins = self.origins();
        let last = entry(&mut origins, origin).throttled.replace((endpoint.to_owned(), now));
        last.is_some_and(|(other, at)| other != endpoint && now.since(at) <= THROTTLED_TOGETHER)
    }

    fn sign(&self, origin: &str, now: Timestamp) -> Option<String> {
        let header = json!({ "typ": "JWT", "alg": "ES256" });
        let mut claims = json!({ "aud": origin, "exp": (now + LIFETIME).as_s() });
        if let Some(contact) = &self.contact {
            claims["sub"] = contact.as_str().into();
        }
        jwt::signed(&header, &claims, |input| {
            Some(self.key.sign(&self.random, input).ok()?.as_ref().to_vec())
        })
    }

    fn origins(&self) -> MutexGuard<'_, HashMap<String, Origin>> {
        self.origins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn entry<'a>(origins: &'a mut HashMap<String, Origin>, origin: &str) -> &'a mut Origin {
    if origins.len() >= ORIGINS_MAX && !origins.contains_key(origin) {
        origins.clear();
    }
    origins.entry(origin.to_owned()).or_default()
}

#[cfg(test)]
mod tests {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    use serde_json::Value;

    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

    fn vapid() -> Vapid {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        Vapid::new(pkcs8.unwrap().as_ref(), Some("mailto:mina@toast.example")).unwrap()
    }

    /// The claims of a header, if its signature is good.
    fn verified(header: &str) -> Option<Value> {
        let (token, key) = header.strip_prefix("vapid t=")?.split_once(", k=")?;
        let (input, signature) = token.rsplit_once('.')?;
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, decode(key)?)
            .verify(input.as_bytes(), &decode(signature)?)
            .ok()?;
        serde_json::from_slice(&decode(input.split_once('.')?.1)?).ok()
    }

    #[test]
    fn the_example_of_rfc_8292_verifies() {
        let header = "vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2gu\
            ZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.\
            i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, \
            k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs";
        let claims = verified(header).unwrap();
        assert_eq!(claims["aud"], "https://push.example.net");
        assert_eq!(claims["sub"], "mailto:push@example.com");
        assert_eq!(verified(&header.replace("i3CYb7", "i3CYb8")), None);
    }

    #[test]
    fn a_token_says_who_we_are_to_one_origin_for_half_a_day() {
        let vapid = vapid();
        assert_eq!(vapid.public_key().len(), 87);
        let claims = verified(&vapid.authorization("https://push.example", NOW).unwrap()).unwrap();
        let expected = json!({
            "aud": "https://push.example",
            "exp": NOW.as_s() + 12 * 3600,
            "sub": "mailto:mina@toast.example",
        });
        assert_eq!(claims, expected);
    }

    #[test]
    fn a_token_is_kept_for_half_of_its_life_or_until_it_is_refused() {
        let vapid = vapid();
        let first = vapid.authorization("https://a.example", NOW).unwrap();
        let again = |now: Timestamp| vapid.authorization("https://a.example", now).unwrap();
        assert_eq!(again(NOW + (LIFETIME / 2 - Duration::from_secs(1))), first);
        assert_ne!(vapid.authorization("https://b.example", NOW).unwrap(), first);
        let second = again(NOW + LIFETIME / 2);
        assert_ne!(second, first);
        assert_ne!(again(NOW), second, "the clock was set back");
        let third = again(NOW);
        vapid.forget("https://a.example");
        assert_ne!(again(NOW), third);
    }

    #[test]
    fn two_targets_slowed_down_within_a_minute_are_the_whole_origin() {
        let vapid = vapid();
        let is_all = |origin: &str, endpoint: &str, s: u64| {
            vapid.is_all_throttled(origin, endpoint, NOW + Duration::from_secs(s))
        };
        assert!(!is_all("https://a.example", "1", 0));
        assert!(!is_all("https://a.example", "1", 1), "the same again");
        assert!(!is_all("https://b.example", "2", 2), "elsewhere");
        assert!(is_all("https://a.example", "2", 61));
        assert!(!is_all("https://a.example", "1", 122));
    }

    #[test]
    fn the_number_of_origins_is_bounded() {
        let vapid = vapid();
        for n in 0..=ORIGINS_MAX {
            vapid.is_all_throttled(&format!("https://{n}.example"), "1", NOW);
        }
        assert_eq!(vapid.origins().len(), 1);
    }

    #[test]
    fn a_damaged_key_is_named() {
        let why = Vapid::new(b"nonsense", None).err().unwrap().to_string();
        assert!(!why.is_empty());
    }
}
