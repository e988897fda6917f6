//! A request that may be repeated: who heard no answer sends it again under the same
//! `Idempotency-Key`, and it is done once and answered twice.
//!
//! An answer is kept in the transaction that does what was asked ([`write`]), so that no crash
//! comes between the two. Where a handler does without, since doing it again does no harm, it is
//! kept right after. What is kept is sealed by the key and by what its sender signs in with, of
//! which we only have hashes: nobody who has the database can open it, though some answers show a
//! secret.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::http::auth::{self, Caller};
use crate::http::context::Context;
use crate::http::request::Request;
use crate::http::response::{Body, Response};
use crate::model::id::UserId;
use crate::model::user::User;
use crate::ops::prune::KEEP_ANSWERS;
use crate::secret;
use crate::store::answers::{self, Answer};
use crate::store::{Tx, WriteTx};

const HEADER: &str = "idempotency-key";
const KEY_CHARS_MAX: usize = 255;
/// The headers of an answer that are kept.
const HEADERS: [&str; 3] = ["content-type", "etag", "location"];

/// The requests with a key that are being answered.
#[derive(Debug, Default)]
pub struct UnderWay(Mutex<HashSet<(UserId, Vec<u8>)>>);

impl UnderWay {
    fn begin(&self, key: &Key) -> Result<Turn<'_>> {
        let id = (key.user_id, key.hash.clone());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !all.insert(id.clone()) {
            let why = "the same request is being answered at the moment, wait for its end";
            return Err(Error::Conflict(why.into()));
        }
        Ok(Turn { under_way: self, id })
    }
}

/// The right to answer a request, until it is dropped.
struct Turn<'a> {
    under_way: &'a UnderWay,
    id: (UserId, Vec<u8>),
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.under_way.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// The key of a request.
struct Key {
    user_id: UserId,
    hash: Vec<u8>,
    /// A hash of what is asked.
    request: Vec<u8>,
    seal: [u8; secret::SEAL_KEY_BYTES],
}

/// An answer as it is kept, before it is sealed.
#[derive(Deserialize, Serialize)]
struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Key {
    /// The key that a request has, if it has one.
    fn of(req: &Request, user_id: UserId) -> Result<Option<Self>> {
        let Some(key) = req.header(HEADER) else { return Ok(None) };
        let plain = key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if key.is_empty() || key.len() > KEY_CHARS_MAX || !plain {
            let reason = format!("expected 1 to {KEY_CHARS_MAX} printable ASCII characters");
            return Err(Error::invalid("Idempotency-Key", reason));
        }
        let asked = format!("{:?} {:?} {:?} ", req.method, req.segments, req.query);
        let seal = format!("{} {key} {}", key.len(), auth::credential(req).unwrap_or_default());
        Ok(Some(Self {
            user_id,
            hash: secret::key_hash(key),
            request: digest(&SHA256, &[asked.as_bytes(), &req.body].concat()).as_ref().to_vec(),
            seal: secret::seal_key(&seal),
        }))
    }

    fn find(&self, tx: &Tx) -> Result<Option<Answer>> {
        answers::find(tx, self.user_id, &self.hash, tx.now() - KEEP_ANSWERS)
    }

    fn keep(&self, tx: &WriteTx, response: &Response) -> Result<()> {
        let Body::Bytes(body) = &response.body else {
            return Err(Error::internal("a file cannot be answered again"));
        };
        let headers = HEADERS
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), response.header(name)?.to_owned())));
        let kept = Kept {
            status: response.status,
            headers: headers.collect(),
            body: String::from_utf8(body.clone()).map_err(Error::internal)?,
        };
        let plain = serde_json::to_vec(&kept).map_err(Error::internal)?;
        let sealed = secret::seal(&self.seal, plain)?;
        let answer = Answer { request: self.request.clone(), sealed };
        answers::put(tx, self.user_id, &self.hash, &answer)
    }

    /// The same answer again.
    fn replay(&self, answer: Answer) -> Result<Response> {
        if answer.request != self.request {
            let reason = "was used for another request, expected a new one";
            return Err(Error::invalid("Idempotency-Key", reason));
        }
        let plain = secret::open(&self.seal, answer.sealed).ok_or_else(|| {
            let why = "this was done already, asked for by another token or browser of yours, \
                       which alone can see the answer";
            Error::Conflict(why.into())
        })?;
        let kept: Kept = serde_json::from_slice(&plain).map_err(Error::internal)?;
        let mut response = Response::no_content().with_status(kept.status);
        response.body = Body::Bytes(kept.body.into_bytes());
        for name in HEADERS {
            let value = kept.headers.iter().find(|(known, _)| known == name);
            response.headers.extend(value.map(|(_, value)| (name, value.clone())));
        }
        Ok(response.with("idempotent-replayed", "true"))
    }
}

/// Answers a request by `act`, unless it was answered under the same key.
///
/// # Errors
/// Those of `act`; `Invalid` for a key that was used for something else, `Conflict` for one whose
/// request is being answered.
pub(super) fn answer(
    cx: &mut Context,
    req: &Request,
    caller: &Caller,
    act: impl FnOnce(&mut Context) -> Result<Response>,
) -> Result<Response> {
    let Some(key) = Key::of(req, caller.user.id)? else { return act(cx) };
    let shared = cx.shared.clone();
    let _turn = shared.under_way.begin(&key)?;
    if let Some(answer) = cx.store.read(|tx| key.find(tx))? {
        return key.replay(answer);
    }
    let response = act(cx)?;
    if cx.store.read(|tx| key.find(tx))?.is_some() {
        return Ok(response);
    }
    cx.store.write(move |tx| {
        key.keep(tx, &response)?;
        Ok(response)
    })
}

/// Does what a request asks for and keeps the answer, both or neither.
///
/// # Errors
/// Those of `act`.
pub(super) fn write(
    cx: &Context,
    req: &Request,
    user: &User,
    act: impl FnOnce(&WriteTx, &User) -> Result<Response> + Send + 'static,
) -> Result<Response> {
    let (key, user) = (Key::of(req, user.id)?, user.clone());
    cx.store.write(move |tx| {
        let response = act(tx, &user)?;
        if let Some(key) = key {
            key.keep(tx, &response)?;
        }
        Ok(response)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_requests_under_one_key_the_second_waits() {
        let key = |user, hash: &[u8]| Key {
            user_id: UserId(user),
            hash: hash.to_vec(),
            request: Vec::new(),
            seal: secret::seal_key(""),
        };
        let under_way = UnderWay::default();
        let first = under_way.begin(&key(1, b"a")).unwrap();
        assert!(matches!(under_way.begin(&key(1, b"a")), Err(Error::Conflict(_))));
        assert!(under_way.begin(&key(1, b"b")).is_ok());
        assert!(under_way.begin(&key(2, b"a")).is_ok());
        drop(first);
        assert!(under_way.begin(&key(1, b"a")).is_ok());
        assert!(under_way.0.lock().unwrap().is_empty());
    }
}
