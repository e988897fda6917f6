//! Keys and passwords: making them, and the forms in which they are kept.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use crate::error::{Error, Result};

/// Memory in KiB, passes and lanes: of the settings that OWASP's password storage notes call
/// equally strong, the one that takes the least memory, since allocators tend to keep what a
/// sign-in took.
const COST: (u32, u32, u32) = (7 * 1024, 5, 1);

/// Random octets from the system.
fn random<const N: usize>() -> Result<[u8; N]> {
    let mut octets = [0; N];
    SystemRandom::new()
        .fill(&mut octets)
        .map_err(|_| Error::internal("the system gave no randomness"))?;
    Ok(octets)
}

/// A new key of 256 bits, in characters that any header, cookie or address takes.
///
/// # Errors
/// When the system has no randomness to give.
pub fn new_key() -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(random::<32>()?))
}

/// That many random fractions in 0..1, to spread waits by.
///
/// # Errors
/// When the system has no randomness to give.
pub fn random_fractions(count: usize) -> Result<Vec<f64>> {
    let fraction = |octets: [u8; 4]| f64::from(u32::from_le_bytes(octets)) / f64::from(u32::MAX);
    (0..count).map(|_| random().map(fraction)).collect()
}

/// A new signing secret for a webhook, as Standard Webhooks 1.0.0 writes them.
///
/// # Errors
/// When the system has no randomness to give.
pub fn new_webhook_secret() -> Result<String> {
    Ok(format!("whsec_{}", STANDARD.encode(random::<32>()?)))
}

/// A new key pair on P-256 in PKCS #8, to tell push services who we are (RFC 8292).
///
/// # Errors
/// When the system has no randomness to give.
pub fn new_vapid_key() -> Result<Vec<u8>> {
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    let pkcs8 = pkcs8.map_err(|_| Error::internal("the system gave no randomness"))?;
    Ok(pkcs8.as_ref().to_vec())
}

/// What is kept of a key. Keys are random, so one round of SHA-256 is enough.
pub fn key_hash(key: &str) -> Vec<u8> {
    digest(&SHA256, key.as_bytes()).as_ref().to_vec()
}

/// The length of a key that things are sealed with.
pub const SEAL_KEY_BYTES: usize = SHA256_OUTPUT_LEN;

/// A key to seal with, made of a text that nobody else has.
pub fn seal_key(text: &str) -> [u8; SEAL_KEY_BYTES] {
    let mut key = [0; SEAL_KEY_BYTES];
    // Not the hash by which the text itself is known.
    key.copy_from_slice(digest(&SHA256, format!("seal {text}").as_bytes()).as_ref());
    key
}

/// The octets as nobody can read or change them who has not the key (AES-256-GCM).
///
/// # Errors
/// When the system has no randomness to give.
pub fn seal(key: &[u8; SEAL_KEY_BYTES], mut octets: Vec<u8>) -> Result<Vec<u8>> {
    let nonce: [u8; NONCE_LEN] = random()?;
    let shut = || Error::internal("too much to be sealed");
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).map_err(|_| shut())?);
    let whole = Nonce::assume_unique_for_key(nonce);
    cipher.seal_in_place_append_tag(whole, Aad::empty(), &mut octets).map_err(|_| shut())?;
    Ok([&nonce[..], &octets].concat())
}

/// What [`seal`] sealed; `None` when the key is another one or something was changed.
pub fn open(key: &[u8; SEAL_KEY_BYTES], mut sealed: Vec<u8>) -> Option<Vec<u8>> {
    let nonce = Nonce::try_assume_unique_for_key(sealed.get(..NONCE_LEN)?).ok()?;
    let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let plain = cipher.open_in_place(nonce, Aad::empty(), &mut sealed[NONCE_LEN..]).ok()?;
    Some(plain.to_vec())
}

/// What is kept of a password: argon2id with its salt and cost. Takes tens of milliseconds.
///
/// # Errors
/// When the system has no randomness to give.
pub fn password_hash(password: &str) -> Result<String> {
    let salt: [u8; 16] = random()?;
    let hash = argon2().hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hash.map_err(|error| Error::internal(error.to_string()))?.to_string())
}

/// Whether a password is the one that was hashed. A user who does not exist is checked
/// against nothing in the same time, so that the time tells nobody which names exist.
pub fn password_matches(password: &str, hash: Option<&str>) -> bool {
    let parsed = hash.and_then(|hash| PasswordHash::new(hash).ok());
    match parsed {
        Some(hash) => argon2().verify_password(password.as_bytes(), &hash).is_ok(),
        None => {
            let _ = argon2().hash_password_with_salt(password.as_bytes(), &[0; 16]);
            false
        }
    }
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    let params =
        Params::new(memory, passes, lanes, None).expect("the cost is within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_matches_its_own_hash_only() {
        let hash = password_hash("brown toast").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(password_matches("brown toast", Some(&hash)));
        assert!(!password_matches("brown toasT", Some(&hash)));
        assert!(!password_matches("brown toast", Some("nonsense")));
        assert!(!password_matches("brown toast", None));
    }

    #[test]
    fn what_is_sealed_is_opened_by_its_key_only_and_never_twice_the_same() {
        let (key, other) = (seal_key("a"), seal_key("b"));
        let sealed = seal(&key, b"brown toast".to_vec()).unwrap();
        assert_ne!(sealed, seal(&key, b"brown toast".to_vec()).unwrap());
        assert!(!sealed.windows(5).any(|part| part == b"toast"));
        assert_eq!(open(&key, sealed.clone()).as_deref(), Some(&b"brown toast"[..]));
        assert_eq!(open(&other, sealed.clone()), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key, changed), None, "{at}");
            assert_eq!(open(&key, sealed[..at].to_vec()), None, "{at}");
        }
    }

    #[test]
    fn keys_differ_and_are_plain() {
        let (one, two) = (new_key().unwrap(), new_key().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 43);
        assert_ne!(key_hash(&one), key_hash(&two));
    }
}
