//! What each value of an address has to look like. Whoever breaks these rules is told what was
//! found and what is expected, never a secret.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

use crate::error::{Error, Result};

const URL_BYTES_MAX: usize = 2_048;
const TOKEN_BYTES_MAX: usize = 4_096;

/// An http or https address.
pub(super) fn web_address(field: &'static str, typed: &str) -> Result<String> {
    Ok(address(field, typed)?.into())
}

/// An https address, or an http one on this very network: there is no other way to say a secret.
pub(super) fn https_address(field: &'static str, typed: &str) -> Result<String> {
    let url = address(field, typed)?;
    let is_named = url.domain().is_some_and(|host| host != "localhost");
    if url.scheme() == "http" && is_named {
        return Err(Error::invalid(field, "not encrypted, expected an https address"));
    }
    Ok(url.into())
}

/// The address of a server, of which we know the rest.
pub(super) fn server(field: &'static str, typed: &str) -> Result<String> {
    let url = address(field, typed)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Error::invalid(field, "has a query, expected only https://HOST"));
    }
    Ok(url.into())
}

fn address(field: &'static str, typed: &str) -> Result<Url> {
    let bad =
        |what: &str| Error::invalid(field, format!("{what}, expected an http or https address"));
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

/// The topic of an ntfy server.
pub(super) fn topic(field: &'static str, typed: &str) -> Result<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    within(field, typed, 64, plain, "letters, digits, - and _")
}

/// The name of a configuration.
pub(super) fn name(field: &'static str, typed: &str) -> Result<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    within(field, typed, 128, plain, "letters, digits, -, _ and .")
}

/// A token that only its server understands.
pub(super) fn opaque(field: &'static str, typed: &str) -> Result<String> {
    within(field, typed, TOKEN_BYTES_MAX, |b| b.is_ascii_graphic(), "letters, digits and signs")
}

/// A Telegram bot's token: its number, a colon and a secret. It becomes a part of an address.
pub(super) fn bot_token(field: &'static str, typed: &str) -> Result<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':');
    let token = within(field, typed, 128, plain, "characters as BotFather gave them")?;
    let whole = token.split_once(':').is_some_and(|(id, secret)| {
        !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()) && !secret.is_empty()
    });
    if whole { Ok(token) } else { Err(Error::invalid(field, "expected NUMBER:SECRET")) }
}

/// A Telegram chat: a number, or the name of a public channel.
pub(super) fn chat_id(field: &'static str, typed: &str) -> Result<String> {
    let number = typed.strip_prefix('-').unwrap_or(typed);
    let is_number = (1..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let is_name = typed.strip_prefix('@').is_some_and(|name| {
        (4..=32).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    });
    if is_number || is_name {
        return Ok(typed.to_owned());
    }
    Err(Error::invalid(field, "expected a number such as 123456789 or the @name of a channel"))
}

/// A Matrix room: its id or one of its aliases.
pub(super) fn matrix_room(field: &'static str, typed: &str) -> Result<String> {
    let whole = typed.starts_with(['!', '#'])
        && (2..=255).contains(&typed.len())
        && !typed.chars().any(|c| c.is_control() || c.is_whitespace());
    if whole {
        return Ok(typed.to_owned());
    }
    Err(Error::invalid(field, "expected !ROOM:SERVER or #ALIAS:SERVER"))
}

/// A mailbox, without a display name (RFC 5321, section 4.1.2, in the part that people use).
pub(super) fn email(field: &'static str, typed: &str) -> Result<String> {
    let whole = typed.len() <= 254
        && typed.rsplit_once('@').is_some_and(|(local, domain)| {
            (1..=64).contains(&local.len())
                && !domain.is_empty()
                && !domain.starts_with('.')
                && !domain.ends_with('.')
                && !domain.contains("..")
        })
        && !typed
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || "<>,;:\"()[]\\".contains(c));
    if whole {
        return Ok(typed.to_owned());
    }
    Err(Error::invalid(field, "expected one address such as mina@example.org"))
}

/// Which of Firebase's names for an app a token is.
pub(super) fn fcm_kind(field: &'static str, typed: &str) -> Result<String> {
    if matches!(typed, "token" | "fid") {
        return Ok(typed.to_owned());
    }
    Err(Error::invalid(field, format!("{typed:?} found, expected token or fid")))
}

/// A subscription's public key: a point on P-256 (RFC 8291, section 7 wants this checked).
pub(super) fn p256_point(field: &'static str, typed: &str) -> Result<String> {
    let octets = base64url(field, typed, 65)?;
    let agrees = || {
        let random = ring::rand::SystemRandom::new();
        let ours =
            ring::agreement::EphemeralPrivateKey::generate(&ring::agreement::ECDH_P256, &random)
                .ok()?;
        let theirs = ring::agreement::UnparsedPublicKey::new(&ring::agreement::ECDH_P256, &octets);
        ring::agreement::agree_ephemeral(ours, &theirs, |_| ()).ok()
    };
    match agrees() {
        Some(()) => Ok(URL_SAFE_NO_PAD.encode(&octets)),
        None => Err(Error::invalid(field, "not a point on the curve P-256")),
    }
}

/// A subscription's shared secret.
pub(super) fn room_for_auth(field: &'static str, typed: &str) -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(base64url(field, typed, 16)?))
}

/// Octets in base64url, with or without padding.
fn base64url(field: &'static str, typed: &str, length: usize) -> Result<Vec<u8>> {
    let octets = URL_SAFE_NO_PAD.decode(typed.trim_end_matches('=')).unwrap_or_default();
    if octets.len() == length {
        return Ok(octets);
    }
    Err(Error::invalid(field, format!("expected {length} octets in base64url")))
}

fn within(
    field: &'static str,
    typed: &str,
    bytes_max: usize,
    plain: impl Fn(u8) -> bool,
    of: &str,
) -> Result<String> {
    if !typed.is_empty() && typed.len() <= bytes_max && typed.bytes().all(plain) {
        return Ok(typed.to_owned());
    }
    Err(Error::invalid(field, format!("expected 1 to {bytes_max} {of}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINT: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

    #[test]
    fn each_value_is_taken_or_refused() {
        let https = "https://push.example/x";
        let long = "x".repeat(TOKEN_BYTES_MAX + 1);
        type Check = fn(&'static str, &str) -> Result<String>;
        let rows: [(Check, &[&str], &[&str]); 11] = [
            (web_address, &[https, "http://10.0.0.2/hook"], &["", "nope", "ftp://a.example/"]),
            (https_address, &[https, "http://127.0.0.1:9/x"], &["http://push.example/x", "x"]),
            (
                server,
                &["https://a.example/sub/"],
                &["https://a.example/?q", "https://u:p@a.example"],
            ),
            (topic, &["my_links-1"], &["", "a/b", "a b", "링크"]),
            (opaque, &["tk_AbC.d/e+f="], &["", "a b", "a\r\nb", "토큰", &long]),
            (bot_token, &["12345:AbC-d_e"], &["12345", ":x", "a:b", "1:", "1:/../x"]),
            (chat_id, &["123", "-1001234", "@my_links"], &["", "-", "@ab", "12a", "@a-b-c"]),
            (matrix_room, &["!a:b.example", "#링크:b.example"], &["", "!", "a:b", "!a b"]),
            (
                email,
                &["mina@example.org", "a+b@x"],
                &["", "a", "@b", "a@", "a@b\r\nBcc: c", "A <a@b>", "a@b,c@d", "a@.b", "a@b..c"],
            ),
            (
                p256_point,
                &[POINT, &format!("{POINT}=")],
                &["", "AAAA", &POINT.replace("BCVx", "BCVy"), &"A".repeat(87)],
            ),
            (
                room_for_auth,
                &["BTBZMqHH6r4Tts7J_aSIgg", "BTBZMqHH6r4Tts7J_aSIgg=="],
                &["", "BTBZ", "!!"],
            ),
        ];
        for (check, good, bad) in rows {
            for typed in good {
                check("field", typed).unwrap_or_else(|error| panic!("{typed:?}: {error}"));
            }
            for typed in bad {
                let error = check("field", typed).expect_err(typed).to_string();
                assert!(
                    error.starts_with("field:") && error.contains("expected")
                        || error.contains("P-256"),
                    "{error}"
                );
            }
        }
    }
}
