//! The file of a Google service account, with the key that signs for it.

use std::fmt;

use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde::Deserialize;
use url::Url;

use crate::error::{Error, Result};
use crate::transport::jwt;

const FIELD: &str = "push.fcm_account";

/// The fields that we need of those that the file has.
#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    r#type: String,
    project_id: String,
    client_email: String,
    private_key: String,
    private_key_id: String,
    token_uri: String,
}

/// A service account. Its key is never shown.
pub struct Account {
    /// The Firebase project that it may push for.
    pub project_id: String,
    pub(super) email: String,
    pub(super) token_uri: String,
    key_id: String,
    key: KeyPair,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "service account of {}", self.project_id)
    }
}

impl Account {
    /// Reads the JSON file that the Firebase console hands out under "Service accounts".
    ///
    /// # Errors
    /// `Invalid` naming what is missing or cannot be used.
    pub fn parse(json: &[u8]) -> Result<Self> {
        let bad = |reason: String| Error::invalid(FIELD, reason);
        // Neither the text nor what serde says of it is shown: both may hold the key.
        let file: File = serde_json::from_slice(json).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            bad(format!("is no JSON of a service account (line {line}, column {column})"))
        })?;
        if file.r#type != "service_account" {
            return Err(bad(format!(
                "has the type {:?}, expected \"service_account\"; create a new private key in \
                 the Firebase console under Service accounts",
                text_of(&file.r#type)
            )));
        }
        for (name, value) in [
            ("project_id", &file.project_id),
            ("client_email", &file.client_email),
            ("private_key", &file.private_key),
            ("private_key_id", &file.private_key_id),
            ("token_uri", &file.token_uri),
        ] {
            if value.trim().is_empty() {
                return Err(bad(format!("has no {name}")));
            }
        }
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':');
        if !file.project_id.bytes().all(plain) {
            return Err(bad(
                "has a project_id that is none, expected one like my-links-1234".into()
            ));
        }
        if !Url::parse(&file.token_uri).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) {
            return Err(bad("has a token_uri that is no web address".into()));
        }
        Ok(Self {
            key: key(&file.private_key)
                .map_err(|why| bad(format!("has a private_key that {why}")))?,
            project_id: file.project_id,
            email: file.client_email,
            token_uri: file.token_uri,
            key_id: file.private_key_id,
        })
    }

    /// A token of these claims, signed by the account.
    pub(super) fn signed(&self, claims: &serde_json::Value) -> Option<String> {
        let header = serde_json::json!({ "alg": "RS256", "typ": "JWT", "kid": self.key_id });
        jwt::signed(&header, claims, |input| sign(&self.key, input))
    }
}

/// The beginning of a word that may be anything.
fn text_of(word: &str) -> String {
    crate::model::text::shortened(word, 40)
}

fn key(pem: &str) -> std::result::Result<KeyPair, String> {
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| "is no PEM, expected -----BEGIN PRIVATE KEY-----".to_owned())?;
    KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|error| {
        format!("cannot be used ({error}), expected an RSA key of 2048 bits or more")
    })
}

fn sign(key: &KeyPair, input: &[u8]) -> Option<Vec<u8>> {
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut signature).ok()?;
    Some(signature)
}

#[cfg(test)]
pub(super) mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;

    /// An account of a project that does not exist, with the key of RFC 7515 appendix A.2.
    pub(in crate::transport::fcm) fn file(token_uri: &str) -> Value {
        let mut file: Value =
            serde_json::from_str(include_str!("../../../tests/data/service_account.json")).unwrap();
        file["token_uri"] = token_uri.into();
        file
    }

    fn error(file: &Value) -> String {
        Account::parse(file.to_string().as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn an_account_is_read_and_its_key_kept_out_of_sight() {
        let file = file("https://oauth2.example/token");
        let account = Account::parse(file.to_string().as_bytes()).unwrap();
        assert_eq!(account.project_id, "toaster-test");
        assert_eq!(format!("{account:?}"), "service account of toaster-test");
    }

    #[test]
    fn what_is_missing_or_unusable_is_named_without_the_key() {
        let check = |name: &str, value: Value, expected: &str| {
            let mut file = file("https://oauth2.example/token");
            file[name] = value;
            let why = error(&file);
            assert!(why.starts_with("push.fcm_account: ") && why.contains(expected), "{why}");
            assert!(!why.contains("MII"), "{why}");
        };
        for name in ["project_id", "client_email", "private_key", "private_key_id", "token_uri"] {
            check(name, json!(""), &format!("has no {name}"));
        }
        check("type", json!("authorized_user"), "expected \"service_account\"");
        check("project_id", json!("a/b"), "project_id that is none");
        check("token_uri", json!("oauth2"), "token_uri that is no web address");
        check("private_key", json!("MIIB"), "is no PEM");
        let other = "-----BEGIN PRIVATE KEY-----\nTUlJ\n-----END PRIVATE KEY-----\n";
        check("private_key", json!(other), "expected an RSA key");
        check("private_key", json!(["MII"]), "is no JSON of a service account");
        assert!(error(&json!("MII")).contains("is no JSON of a service account"));
    }

    #[test]
    fn the_example_of_rfc_7515_is_signed_octet_by_octet() {
        let file = file("https://oauth2.example/token");
        let account = Account::parse(file.to_string().as_bytes()).unwrap();
        let input = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let expected = "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
        assert_eq!(URL_SAFE_NO_PAD.encode(sign(&account.key, input.as_bytes()).unwrap()), expected);
    }
}
