//! The one way out: an HTTP client that connects to public addresses only.
//!
//! Names are resolved here and the addresses checked before they are dialled, so that
//! the address that was checked is the address that is used, whatever the name resolves
//! to a moment later. It never follows a redirect, uses no proxy and keeps no cookie.
//! Bodies are decompressed as they are read, and their limits count what comes out.

use std::fmt;
use std::io::{self, Read};
use std::time::Duration;

use ureq::Agent;
use ureq::http;
pub use ureq::http::Method;
use ureq::tls::TlsConfig;
use url::Url;

use crate::model::address::AddressList;
use crate::model::language::Language;
use crate::model::reason::Reason;
pub use guard::is_tls_failure;
use guard::{Dialer, GuardedResolver, Lookup, sort, system_lookup};
pub use roots::Roots;

mod decode;
#[cfg(test)]
pub(crate) mod fake_ca;
#[cfg(test)]
pub(crate) mod fake_web;
mod guard;
#[cfg(test)]
mod lookup_tests;
pub mod retry_after;
mod roots;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tls_tests;

const HEAD_MAX_BYTES: usize = 64 * 1024;
/// A head must fit in whole, and one that is too long is known by being longer.
const INPUT_BYTES: usize = HEAD_MAX_BYTES + 1;
const OUTPUT_BYTES: usize = 16 * 1024;
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Shorter than the 60 s after which most servers close.
const IDLE_TIME: Duration = Duration::from_secs(50);
const READ_BYTES: usize = 16 * 1024;

/// What a [`Client`] is allowed and how it names itself.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Where it may connect to beyond public addresses.
    pub allow: AddressList,
    /// Where it may not connect to, although that is public.
    pub deny: AddressList,
    /// The ports it connects to, beyond those of what is allowed.
    pub ports: Vec<u16>,
    /// How it names itself to sites.
    pub user_agent: String,
    /// Connections kept open to one host: as many as there are threads using it.
    pub idle_per_host: usize,
    /// Whose certificates it believes beside the built-in ones.
    pub roots: Roots,
}

/// An HTTP client behind the address rules. Cheap to clone; clones share connections.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The method; only those with a body send [`Call::body`].
    pub method: Method,
    /// Where to.
    pub url: &'a Url,
    /// Headers beyond those the client sends by itself.
    pub headers: &'a [(&'a str, &'a str)],
    /// What to send; nothing for a method that has no body.
    pub body: &'a [u8],
    /// The time for everything up to the last byte of the answer. Resolving a name is
    /// bounded by the system's resolver instead, and counted.
    pub time: Duration,
}

impl<'a> Call<'a> {
    /// A GET without further headers.
    pub const fn get(url: &'a Url, time: Duration) -> Self {
        Self { method: Method::GET, url, headers: &[], body: &[], time }
    }
}

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetError {
    /// Our own rules forbid it; nothing was sent and trying again is no use.
    Refused(Reason),
    /// No connection came about; certainly nothing was sent.
    Unreachable(Reason),
    /// The connection was lost or took too long after something may have been sent.
    InDoubt(Reason),
}

impl NetError {
    /// The reason.
    pub const fn reason(self) -> Reason {
        match self {
            Self::Refused(reason) | Self::Unreachable(reason) | Self::InDoubt(reason) => reason,
        }
    }
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason().sentence(Language::English))
    }
}

impl std::error::Error for NetError {}

impl Client {
    /// A client under these rules.
    pub fn new(config: &ClientConfig) -> Self {
        Self::with_lookup(config, system_lookup())
    }

    /// The same with another way to find addresses.
    pub(crate) fn with_lookup(config: &ClientConfig, lookup: Lookup) -> Self {
        let agent_config = Agent::config_builder()
            .proxy(None) // With a proxy our resolver would not be asked.
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(printable(&config.user_agent))
            .timeout_connect(Some(CONNECT_TIME))
            .max_response_header_size(HEAD_MAX_BYTES)
            .input_buffer_size(INPUT_BYTES)
            .output_buffer_size(OUTPUT_BYTES)
            .max_idle_connections_per_host(config.idle_per_host)
            .max_idle_connections(config.idle_per_host.saturating_mul(4))
            .max_idle_age(IDLE_TIME)
            .tls_config(TlsConfig::builder().root_certs(config.roots.trusted()).build())
            .build();
        let resolver = GuardedResolver::new(config, lookup);
        Self { agent: Agent::with_parts(agent_config, Dialer::default(), resolver) }
    }

    /// Sends one request and returns the head of its answer, whatever the status.
    ///
    /// # Errors
    /// When there is no answer; see [`NetError`] for whether it was sent.
    pub fn send(&self, call: &Call<'_>) -> Result<Answer, NetError> {
        check_url(call.url)?;
        let mut builder = http::Request::builder().method(&call.method).uri(call.url.as_str());
        builder = builder.header("accept-encoding", decode::ACCEPTED);
        for (name, value) in call.headers {
            builder = builder.header(*name, *value);
        }
        let unusable = |_| NetError::Refused(Reason::AddressUnusable);
        let answer = if sends_body(&call.method) {
            let request = builder.body(call.body).map_err(unusable)?;
            self.agent.run(self.within(request, call.time))
        } else {
            let request = builder.body(()).map_err(unusable)?;
            self.agent.run(self.within(request, call.time))
        };
        answer.map(|answer| Answer { inner: answer }).map_err(sort)
    }

    fn within<S: ureq::AsSendBody>(
        &self,
        request: http::Request<S>,
        time: Duration,
    ) -> http::Request<S> {
        self.agent.configure_request(request).timeout_global(Some(time)).build()
    }
}

/// ureq trusts the name to be a valid header value and panics where it is not.
fn printable(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect()
}

fn sends_body(method: &Method) -> bool {
    *method == Method::POST || *method == Method::PUT || *method == Method::PATCH
}

fn check_url(url: &Url) -> Result<(), NetError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(NetError::Refused(Reason::AddressUnusable));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NetError::Refused(Reason::AddressUnusable));
    }
    Ok(())
}

/// The head of an answer, and the way to its body.
#[derive(Debug)]
pub struct Answer {
    inner: http::Response<ureq::Body>,
}

/// How reading a body came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was read to its last byte.
    Whole,
    /// There was more than asked for.
    Full,
    /// The time was over before its end.
    TimedOut,
    /// The connection was lost before its end, or what was sent makes no body.
    Broken,
    /// It is not in the coding that its headers say, or in one that we did not ask for.
    Garbled,
}

impl Answer {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.inner.status().as_u16()
    }

    /// The first header of that name; bytes that are not UTF-8 are replaced.
    pub fn header(&self, name: &str) -> Option<String> {
        let value = self.inner.headers().get(name)?;
        Some(String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
    }

    /// All headers of that name.
    pub fn headers(&self, name: &str) -> Vec<String> {
        let values = self.inner.headers().get_all(name).iter();
        values.map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned()).collect()
    }

    /// Reads at most `max_bytes` of the body, counted after decompression, and says how
    /// it ended. What arrived before an end of any kind is kept.
    pub fn read(self, max_bytes: usize) -> (Vec<u8>, Ended) {
        let codings = self.headers("content-encoding").join(",");
        let body = self.inner.into_body().into_reader();
        let mut bytes = Vec::new();
        let Some(mut reader) = decode::plain(body, &codings) else {
            return (bytes, Ended::Garbled);
        };
        let mut chunk = vec![0; READ_BYTES];
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => return (bytes, Ended::Whole),
                Ok(n) => {
                    let room = max_bytes - bytes.len();
                    bytes.extend_from_slice(&chunk[..n.min(room)]);
                    if n > room {
                        return (bytes, Ended::Full);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (bytes, why_it_ended(error)),
            }
        }
    }
}

fn why_it_ended(error: io::Error) -> Ended {
    use io::ErrorKind::{InvalidData, InvalidInput};
    match ureq::Error::from(error) {
        ureq::Error::Timeout(_) => Ended::TimedOut,
        ureq::Error::Io(cause) if matches!(cause.kind(), InvalidData | InvalidInput) => {
            Ended::Garbled
        }
        _ => Ended::Broken,
    }
}
