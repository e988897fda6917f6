//! Text that leaves us and comes back, and that only we can have written.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

/// The text with an HMAC-SHA-256 behind it, in characters that any address takes if the text is.
pub fn seal(text: &str, key: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(tag))
}

/// The text that was sealed with `key`; `None` if it was not.
pub fn open<'a>(sealed: &'a str, key: &[u8]) -> Option<&'a str> {
    let (text, tag) = sealed.rsplit_once('.')?;
    let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes(), &tag).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_or_sealed_by_another_stays_shut() {
        let sealed = seal("7.done", b"key");
        assert_eq!(open(&sealed, b"key"), Some("7.done"));
        assert_eq!(open(&sealed, b"other"), None);
        let cut = &sealed[..sealed.len() - 1];
        let more = format!("{sealed}A");
        for forged in [&sealed.replace('7', "8"), cut, &more, "", ".", "7.done", "7.done."] {
            assert_eq!(open(forged, b"key"), None, "{forged}");
        }
    }
}
