//! Rules for the single values that addresses are made of. What passes may stand in a header, a
//! path or a line of a protocol: none holds a space, a line break or a control character.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use ring::agreement::{self, ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey};
use ring::rand::SystemRandom;
use url::{Host, Url};

use crate::error::{Error, Result};

const URL_BYTES_MAX: usize = 2_048;
const POINT_BYTES: usize = 65;
/// RFC 5321, section 4.5.3.1.
const MAILBOX_BYTES_MAX: usize = 64;
const MAIL_BYTES_MAX: usize = 254;

/// Base64url, with or without the padding that some browsers' libraries add.
const BASE64URL: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// An http(s) address without a user name or password.
pub(super) fn web_address(field: &'static str, typed: &str) -> Result<Url> {
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

/// A server's address, to which paths are added.
pub(super) fn server_address(typed: &str) -> Result<Url> {
    let url = web_address("server", typed)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Error::invalid("server", "has a query, expected only https://HOST"));
    }
    Ok(url)
}

/// A [`server_address`] that ends with a slash, so that paths can be joined to it.
pub(super) fn base_address(typed: &str) -> Result<String> {
    let mut base = String::from(server_address(typed)?);
    if !base.ends_with('/') {
        base.push('/');
    }
    Ok(base)
}

/// A word of 1 to `most` visible ASCII characters, as every header takes it.
pub(super) fn word(field: &'static str, typed: &str, most: usize) -> Result<String> {
    let typed = typed.trim();
    let plain = typed.bytes().all(|b| b.is_ascii_graphic());
    if typed.is_empty() || typed.len() > most || !plain {
        let what = format!("expected 1 to {most} letters, digits and signs without spaces");
        return Err(Error::invalid(field, what));
    }
    Ok(typed.to_owned())
}

/// A word of 1 to `most` letters, digits, `-` and `_`.
pub(super) fn name(field: &'static str, typed: &str, most: usize) -> Result<String> {
    let typed = typed.trim();
    let plain = typed.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if typed.is_empty() || typed.len() > most || !plain {
        let what = format!("expected 1 to {most} letters, digits, - and _");
        return Err(Error::invalid(field, what));
    }
    Ok(typed.to_owned())
}

/// A point on P-256, uncompressed, in base64url.
pub(super) fn p256_point(field: &'static str, typed: &str) -> Result<String> {
    let point = octets(field, typed, POINT_BYTES)?;
    // An agreement is what checks that a point lies on the curve; what is agreed on is dropped.
    let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new())
        .map_err(|_| Error::internal("the system gave no randomness"))?;
    let point = UnparsedPublicKey::new(&ECDH_P256, point);
    agreement::agree_ephemeral(private, &point, |_| ())
        .map_err(|_| Error::invalid(field, "not a point on the curve P-256"))?;
    Ok(URL_SAFE_NO_PAD.encode(point.bytes()))
}

/// Exactly that many octets in base64url, written back without padding.
pub(super) fn key(field: &'static str, typed: &str, count: usize) -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(octets(field, typed, count)?))
}

fn octets(field: &'static str, typed: &str, count: usize) -> Result<Vec<u8>> {
    let octets = BASE64URL.decode(typed.trim()).ok().filter(|octets| octets.len() == count);
    octets.ok_or_else(|| Error::invalid(field, format!("expected {count} octets in base64url")))
}

/// A mail address such as `mina@example.org`, its host in ASCII.
///
/// # Errors
/// `Invalid` naming `field` when it is none that every mail server takes.
pub fn mail_address(field: &'static str, typed: &str) -> Result<String> {
    let bad = || Error::invalid(field, "expected a mail address such as name@example.org");
    let (mailbox, host) = typed.trim().rsplit_once('@').ok_or_else(bad)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&b);
    let dots = mailbox.starts_with('.') || mailbox.ends_with('.') || mailbox.contains("..");
    if mailbox.is_empty()
        || mailbox.len() > MAILBOX_BYTES_MAX
        || !mailbox.bytes().all(plain)
        || dots
    {
        return Err(bad());
    }
    let Ok(Host::Domain(host)) = Host::parse(host) else { return Err(bad()) };
    let address = format!("{mailbox}@{host}");
    if address.len() > MAIL_BYTES_MAX { Err(bad()) } else { Ok(address) }
}
