//! Messages that only the browser can read: RFC 8291, in the coding of RFC 8188 with one record.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};

/// Some services carry no more than about 2,740 octets with what is around them.
pub(super) const PLAINTEXT_BYTES_MAX: usize = 2_500;
/// What a record is filled up to, so that its size tells nothing of what is in it.
const FILLED: [usize; 2] = [1_250, PLAINTEXT_BYTES_MAX];
/// The end of what is in the last record.
const LAST: u8 = 2;
const RECORD_SIZE: u32 = 4_096;

/// Encrypts a message for the browser with these keys, under a key pair of its own.
///
/// # Errors
/// When `p256dh` is no point on the curve, the message is too long, or there is no randomness.
pub(super) fn encrypt(
    plaintext: &[u8],
    p256dh: &[u8],
    auth: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    let filled = FILLED.into_iter().find(|size| plaintext.len() <= *size).ok_or(Unspecified)?;
    let mut record = plaintext.to_vec();
    record.push(LAST);
    record.resize(filled + 1, 0);
    let random = SystemRandom::new();
    let mut salt = [0; 16];
    random.fill(&mut salt)?;
    let private = EphemeralPrivateKey::generate(&ECDH_P256, &random)?;
    let public = private.compute_public_key()?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, p256dh);
    agree_ephemeral(private, &theirs, |shared| {
        let secret = secret(shared, auth, p256dh, public.as_ref())?;
        seal(record, &secret, salt, public.as_ref())
    })?
}

/// What both sides make of the secret they share (RFC 8291 section 3.4).
fn secret(
    shared: &[u8],
    auth: &[u8],
    receiver: &[u8],
    sender: &[u8],
) -> Result<[u8; 32], Unspecified> {
    derive(auth, shared, &[b"WebPush: info\0", receiver, sender])
}

/// A whole body: its head, which names the sender's key, and the sealed record.
fn seal(
    mut record: Vec<u8>,
    secret: &[u8],
    salt: [u8; 16],
    sender: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    let (key, nonce) = content_key(&salt, secret)?;
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut record)?;
    let mut body = Vec::with_capacity(21 + sender.len() + record.len());
    body.extend_from_slice(&salt);
    body.extend_from_slice(&RECORD_SIZE.to_be_bytes());
    body.push(u8::try_from(sender.len()).map_err(|_| Unspecified)?);
    body.extend_from_slice(sender);
    body.extend_from_slice(&record);
    Ok(body)
}

/// The key and nonce of the only record (RFC 8188 section 2).
fn content_key(salt: &[u8], secret: &[u8]) -> Result<(LessSafeKey, Nonce), Unspecified> {
    let key: [u8; 16] = derive(salt, secret, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = derive(salt, secret, &[b"Content-Encoding: nonce\0"])?;
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    Ok((key, Nonce::assume_unique_for_key(nonce)))
}

/// HKDF with SHA-256 (RFC 5869).
fn derive<const N: usize>(
    salt: &[u8],
    secret: &[u8],
    info: &[&[u8]],
) -> Result<[u8; N], Unspecified> {
    let mut out = [0; N];
    Salt::new(HKDF_SHA256, salt).extract(secret).expand(info, Octets(N))?.fill(&mut out)?;
    Ok(out)
}

struct Octets(usize);

impl KeyType for Octets {
    fn len(&self) -> usize {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::hmac;

    use super::*;

    fn octets(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    fn text(octets: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(octets)
    }

    /// Opens a body of one record.
    fn open(body: &[u8], secret: &[u8]) -> Vec<u8> {
        let (salt, rest) = body.split_at(16);
        let (size, rest) = rest.split_at(4);
        assert_eq!(size, RECORD_SIZE.to_be_bytes());
        let mut record = rest[1 + usize::from(rest[0])..].to_vec();
        let (key, nonce) = content_key(salt, secret).unwrap();
        let plain = key.open_in_place(nonce, Aad::empty(), &mut record).unwrap();
        let end = plain.iter().rposition(|octet| *octet != 0).unwrap();
        assert_eq!(plain[end], LAST);
        plain[..end].to_vec()
    }

    #[test]
    fn the_example_of_rfc_8291_comes_out_octet_by_octet() {
        let plaintext = octets("V2hlbiBJIGdyb3cgdXAsIEkgd2FudCB0byBiZSBhIHdhdGVybWVsb24");
        let sender = octets(
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
        );
        let receiver = octets(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        let salt: [u8; 16] = octets("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let auth = octets("BTBZMqHH6r4Tts7J_aSIgg");
        let shared = octets("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");

        let extract = |salt: &[u8], secret: &[u8]| {
            text(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, salt), secret).as_ref())
        };
        assert_eq!(extract(&auth, &shared), "Snr3JMxaHVDXHWJn5wdC52WjpCtd2EIEGBykDcZW32k");
        let secret = secret(&shared, &auth, &receiver, &sender).unwrap();
        assert_eq!(text(&secret), "S4lYMb_L0FxCeq0WhDx813KgSYqU26kOyzWUdsXYyrg");
        assert_eq!(extract(&salt, &secret), "09_eUZGrsvxChDCGRCdkLiDXrReGOEVeSCdCcPBSJSc");
        let key: [u8; 16] = derive(&salt, &secret, &[b"Content-Encoding: aes128gcm\0"]).unwrap();
        assert_eq!(text(&key), "oIhVW04MRdy2XN9CiKLxTg");
        let nonce: [u8; 12] = derive(&salt, &secret, &[b"Content-Encoding: nonce\0"]).unwrap();
        assert_eq!(text(&nonce), "4h_95klXJ5E_qnoN");

        let record = [plaintext.as_slice(), &[LAST]].concat();
        let body = seal(record, &secret, salt, &sender).unwrap();
        assert_eq!(body.len(), 144);
        assert_eq!(
            text(&body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc\
             InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLV\
             WGNWQexSgSxsj_Qulcy4a-fN"
        );
        assert_eq!(open(&body, &secret), plaintext);
    }

    #[test]
    fn the_example_of_rfc_8188_is_opened() {
        let body =
            octets("I1BsxtFttlv3u_Oo94xnmwAAEAAA-NAVub2qFgBEuQKRapoZu-IxkIva3MEB1PD-ly8Thjg");
        assert_eq!(open(&body, &octets("yqdlZ-tYemfogSmv7Ws5PQ")), b"I am the walrus");
    }

    #[test]
    fn the_first_example_of_rfc_5869_is_derived() {
        let salt: Vec<u8> = (0..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let out: [u8; 42] = derive(&salt, &[0x0b; 22], &[&info]).unwrap();
        let hex: String = out.iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(
            hex,
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
        );
    }

    #[test]
    fn only_the_browser_with_the_key_can_read_it_and_its_size_tells_nothing() {
        for (length, expected) in
            [(0, 1_353), (7, 1_353), (1_250, 1_353), (1_251, 2_603), (2_500, 2_603)]
        {
            let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
            let public = private.compute_public_key().unwrap();
            let plaintext = vec![b'x'; length];
            let body = encrypt(&plaintext, public.as_ref(), &[7; 16]).unwrap();
            assert_eq!(body.len(), expected);
            let sender = UnparsedPublicKey::new(&ECDH_P256, &body[21..86]);
            let secret = agree_ephemeral(private, &sender, |shared| {
                secret(shared, &[7; 16], public.as_ref(), &body[21..86]).unwrap()
            });
            assert_eq!(open(&body, &secret.unwrap()), plaintext);
            let again = encrypt(&plaintext, public.as_ref(), &[7; 16]).unwrap();
            assert_ne!(body[..86], again[..86], "salt and key pair are new each time");
        }
    }

    #[test]
    fn what_is_no_point_on_the_curve_or_too_long_is_refused() {
        let receiver = octets(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        );
        assert!(encrypt(b"x", &receiver, &[7; 16]).is_ok());
        assert!(encrypt(&[b'x'; PLAINTEXT_BYTES_MAX + 1], &receiver, &[7; 16]).is_err());
        let mut off_the_curve = receiver.clone();
        off_the_curve[64] ^= 1;
        for point in [off_the_curve.as_slice(), &receiver[..64], &[], &[4; 65]] {
            assert!(encrypt(b"x", point, &[7; 16]).is_err());
        }
    }
}
