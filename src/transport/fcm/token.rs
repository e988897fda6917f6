//! The access token: our signature exchanged at Google's for something that lasts an hour
//! (RFC 7523), by one thread while the others wait for it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::account::Account;
use crate::model::delivery::{Answer, Outcome};
use crate::model::time::Timestamp;
use crate::net::Client;
use crate::transport::{Reply, post};

/// Enough to push, and to do nothing else.
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The most that Google accepts.
const ASSERTION_LIFETIME: Duration = Duration::from_hours(1);
/// A token is not used for the last of its time.
const SPARE: Duration = Duration::from_mins(5);

/// The token there is.
#[derive(Default)]
pub(super) struct AccessToken(Mutex<Option<Token>>);

struct Token {
    text: String,
    granted_at: Timestamp,
    good_until: Timestamp,
}

impl AccessToken {
    /// A token that is good for some minutes more, fetched where there is none.
    pub(super) fn get(
        &self,
        client: &Client,
        account: &Account,
        now: Timestamp,
    ) -> Result<String, Answer> {
        // Held while one is fetched: who comes meanwhile needs that one.
        let mut known = self.lock();
        let is_good = |token: &&Token| token.granted_at <= now && now < token.good_until;
        if let Some(token) = known.as_ref().filter(is_good) {
            return Ok(token.text.clone());
        }
        *known = None;
        let grant = fetch(client, account, now)?;
        let lifetime = Duration::from_secs(grant.expires_in).saturating_sub(SPARE);
        let text = grant.access_token;
        *known = Some(Token { text: text.clone(), granted_at: now, good_until: now + lifetime });
        Ok(text)
    }

    /// Forgets the token, which was refused.
    pub(super) fn forget(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<Token>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Deserialize)]
struct Grant {
    access_token: String,
    expires_in: u64,
}

fn fetch(client: &Client, account: &Account, now: Timestamp) -> Result<Grant, Answer> {
    let claims = json!({
        "iss": account.email,
        "scope": SCOPE,
        "aud": account.token_uri,
        "iat": now.as_s(),
        "exp": (now + ASSERTION_LIFETIME).as_s(),
    });
    let assertion = account
        .signed(&claims)
        .ok_or_else(|| Answer::new(Outcome::RETRY, "the system gave no randomness"))?;
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", GRANT)
        .append_pair("assertion", &assertion)
        .finish();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    // Asking twice does no harm, so an answer that was lost is nothing to doubt.
    let reply =
        post(client, &account.token_uri, &headers, form.as_bytes(), now).map_err(|answer| {
            match answer.outcome {
                Outcome::InDoubt => Answer { outcome: Outcome::RETRY, ..answer },
                _ => answer,
            }
        })?;
    let grant = serde_json::from_slice(&reply.body).ok().filter(|_| reply.status == 200);
    grant.ok_or_else(|| failure(&reply))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ErrorBody {
    error: String,
    error_description: String,
}

/// What it means that there is no token.
fn failure(reply: &Reply) -> Answer {
    let body: ErrorBody = reply.json();
    let retry = reply.retry();
    let about_time = ["iat", "exp"].iter().any(|word| body.error_description.contains(word));
    let (outcome, words) = match (reply.status, body.error.as_str()) {
        (408 | 429 | 500..=599, _) => (retry, "Google's sign-in failed"),
        (200..=299, _) => (retry, "Google's sign-in gave an answer without a token"),
        (_, "invalid_grant") if about_time => {
            (Outcome::Config, "Google's sign-in says that this server's clock is wrong")
        }
        (_, "invalid_grant") => {
            (Outcome::Config, "Google's sign-in does not accept the service account's key any more")
        }
        _ => (Outcome::Config, "Google's sign-in refuses the service account"),
    };
    reply.means(outcome, words)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::account::tests::file;
    use super::*;
    use crate::model::address::AddressList;
    use crate::net::fake_web::{self, FakeWeb};
    use crate::net::{ClientConfig, Roots};

    const NOW: Timestamp = Timestamp::from_ms(1_800_000_000_000);

    fn client() -> Client {
        Client::new(&ClientConfig {
            allow: AddressList::parse(&["127.0.0.1"]).unwrap(),
            deny: AddressList::none(),
            ports: vec![443],
            user_agent: "test".into(),
            idle_per_host: 1,
            roots: Roots::default(),
        })
    }

    fn account(web: &FakeWeb) -> Account {
        let file = file(web.url("/token").as_str());
        Account::parse(file.to_string().as_bytes()).unwrap()
    }

    fn granting() -> FakeWeb {
        FakeWeb::new(|_| {
            let body = br#"{"access_token":"ya29.secret","expires_in":3599,"token_type":"Bearer"}"#;
            fake_web::Reply::with("200 OK", &["content-type: application/json"], body)
        })
    }

    #[test]
    fn a_token_is_asked_for_once_until_it_is_nearly_over_or_was_refused() {
        let web = granting();
        let (client, account, token) = (client(), account(&web), AccessToken::default());
        let get = |now: Timestamp| token.get(&client, &account, now).unwrap();
        for s in [0, 1, 3298] {
            assert_eq!(get(NOW + Duration::from_secs(s)), "ya29.secret");
        }
        assert_eq!(web.paths(), ["/token"]);
        get(NOW + Duration::from_secs(3299));
        assert_eq!(web.paths().len(), 2, "less than five minutes were left");
        get(NOW);
        assert_eq!(web.paths().len(), 3, "the clock was set back");
        token.forget();
        get(NOW);
        assert_eq!(web.paths().len(), 4);
        assert!(web.requests()[0].contains("application/x-www-form-urlencoded"));
    }

    #[test]
    fn threads_that_need_a_token_at_once_ask_for_one_together() {
        let web = granting();
        let shared = Arc::new((client(), account(&web), AccessToken::default()));
        let threads: Vec<_> = (0..8)
            .map(|n| {
                let shared = Arc::clone(&shared);
                let ask = move || {
                    shared.2.get(&shared.0, &shared.1, NOW).unwrap();
                };
                crate::threads::spawn(format!("asks-{n}"), ask).unwrap()
            })
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().is_ok()));
        assert_eq!(web.paths(), ["/token"]);
    }

    #[test]
    fn each_failure_has_its_outcome() {
        let clock = r#"{"error":"invalid_grant","error_description":"Check your iat and exp"}"#;
        let revoked = r#"{"error":"invalid_grant","error_description":"Invalid JWT Signature."}"#;
        for (status, body, outcome, words) in [
            (400, clock, "config", "clock is wrong"),
            (400, revoked, "config", "does not accept the service account's key"),
            (401, r#"{"error":"invalid_client"}"#, "config", "refuses the service account"),
            (404, "<html>", "config", "refuses the service account"),
            (429, "", "retry", "failed"),
            (500, "", "retry", "failed"),
            (503, "", "retry", "failed"),
            (200, "<html>", "retry", "without a token"),
        ] {
            let reply = Reply { status, retry_after: None, body: body.into() };
            let answer = failure(&reply);
            assert_eq!(answer.outcome.as_str(), outcome, "{status} {body}");
            assert!(answer.detail.contains(words), "{answer:?}");
        }
    }

    #[test]
    fn a_sign_in_that_hangs_up_is_tried_again() {
        let web = FakeWeb::new(|_| fake_web::Reply::Close);
        let answer = AccessToken::default().get(&client(), &account(&web), NOW).unwrap_err();
        assert_eq!(answer.outcome, Outcome::RETRY);
    }
}
