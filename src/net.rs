//! The one way out: an HTTP client that connects to public addresses only.
//!
//! Names are resolved here and the addresses checked before they are dialled, so that
//! the address that was checked is the address that is used, whatever the name resolves
//! to a moment later. It never follows a redirect, uses no proxy and keeps no cookie.

use std::fmt;
use std::io::{self, Read};
use std::net::ToSocketAddrs;
use std::time::Duration;

use ureq::http::{self, Method, Uri};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};
use ureq::{Agent, Timeout};
use url::Url;

use crate::model::address::{AllowList, is_public};

#[cfg(test)]
pub(crate) mod fake_web;

const BUFFER_BYTES: usize = 16 * 1024;
const HEAD_MAX_BYTES: usize = 64 * 1024;
const CONNECT_TIME: Duration = Duration::from_secs(5);
/// Shorter than the 60 s after which most servers close.
const IDLE_TIME: Duration = Duration::from_secs(50);
/// As many as ureq keeps of one answer.
const ADDRESSES_MAX: usize = 16;
const READ_BYTES: usize = 16 * 1024;

/// What a [`Client`] is allowed and how it names itself.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// Where it may connect to beyond public addresses.
    pub allow: AllowList,
    /// How it names itself to sites.
    pub user_agent: String,
    /// Connections kept open to one host: as many as there are threads using it.
    pub idle_per_host: usize,
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
    Refused(&'static str),
    /// No connection came about; certainly nothing was sent.
    Unreachable(&'static str),
    /// The connection was lost or took too long after something may have been sent.
    InDoubt(&'static str),
}

impl NetError {
    /// The reason for people, without the address.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Refused(reason) | Self::Unreachable(reason) | Self::InDoubt(reason) => reason,
        }
    }
}

impl fmt::Display for NetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

impl std::error::Error for NetError {}

const SLOW: &str = "the site took too long to answer";

impl Client {
    /// A client under these rules.
    pub fn new(config: &ClientConfig) -> Self {
        let agent_config = Agent::config_builder()
            .proxy(None) // With a proxy our resolver would not be asked.
            .max_redirects(0)
            .http_status_as_error(false)
            .user_agent(printable(&config.user_agent))
            .timeout_connect(Some(CONNECT_TIME))
            .max_response_header_size(HEAD_MAX_BYTES)
            .input_buffer_size(BUFFER_BYTES)
            .output_buffer_size(BUFFER_BYTES)
            .max_idle_connections_per_host(config.idle_per_host)
            .max_idle_connections(config.idle_per_host.saturating_mul(4))
            .max_idle_age(IDLE_TIME)
            .build();
        let resolver = GuardedResolver { allow: config.allow.clone() };
        Self { agent: Agent::with_parts(agent_config, Dialer::default(), resolver) }
    }

    /// Sends one request and returns the head of its answer, whatever the status.
    ///
    /// # Errors
    /// When there is no answer; see [`NetError`] for whether it was sent.
    pub fn send(&self, call: &Call<'_>) -> Result<Answer, NetError> {
        check_url(call.url)?;
        let mut builder = http::Request::builder().method(&call.method).uri(call.url.as_str());
        for (name, value) in call.headers {
            builder = builder.header(*name, *value);
        }
        let unusable = |_| NetError::Refused("the address or a header cannot be sent");
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
        return Err(NetError::Refused("only http and https links can be read"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(NetError::Refused("the address holds a user name or password"));
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
    /// The connection was lost, or the body is not what its headers say.
    Broken,
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

    /// Reads at most `max_bytes` of the body, counted after decompression, and says how
    /// it ended. What arrived before an end of any kind is kept.
    pub fn read(self, max_bytes: usize) -> (Vec<u8>, Ended) {
        let mut reader = self.inner.into_body().into_reader();
        let mut bytes = Vec::new();
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
                Err(error) => {
                    let slow = matches!(ureq::Error::from(error), ureq::Error::Timeout(_));
                    return (bytes, if slow { Ended::TimedOut } else { Ended::Broken });
                }
            }
        }
    }
}

/// Resolves in the calling thread, because ureq's own resolver starts a thread for each
/// name, and lets only permitted addresses through.
#[derive(Debug)]
struct GuardedResolver {
    allow: AllowList,
}

impl Resolver for GuardedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &ureq::config::Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().ok_or(ureq::Error::HostNotFound)?;
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let usual_port = matches!(port, 80 | 443);
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let any = self.allow.has_host(bare);
        let mut found = self.empty();
        let mut refusal = None;
        let addresses = (bare, port).to_socket_addrs().map_err(|_| blame(UNKNOWN_HOST))?;
        for address in addresses.take(ADDRESSES_MAX) {
            let ip = address.ip();
            if any || self.allow.has_ip(ip) || (is_public(ip) && usual_port) {
                found.push(address);
            } else {
                let reason = if is_public(ip) { UNUSUAL_PORT } else { NOT_PUBLIC };
                refusal = Some(NetError::Refused(reason));
            }
        }
        if found.is_empty() { Err(blame(refusal.unwrap_or(UNKNOWN_HOST))) } else { Ok(found) }
    }
}

const UNKNOWN_HOST: NetError = NetError::Unreachable("the site could not be found");
/// Why an address behind the fence of the public internet is refused.
pub const NOT_PUBLIC: &str = "the address is not public";
const UNUSUAL_PORT: &str = "the port is neither 80 nor 443";

/// Carries a verdict of ours through ureq; [`sort`] takes it out again.
fn blame(error: NetError) -> ureq::Error {
    ureq::Error::Other(Box::new(error))
}

/// Dials as ureq does, and marks each failure as one before anything was sent.
#[derive(Debug, Default)]
struct Dialer(DefaultConnector);

impl Connector for Dialer {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        self.0.connect(details, chained).map_err(|error| blame(why_not_connected(&error)))
    }
}

fn why_not_connected(error: &ureq::Error) -> NetError {
    use io::ErrorKind::{ConnectionRefused, InvalidData};
    let reason = match error {
        ureq::Error::Timeout(_) => SLOW,
        ureq::Error::Io(cause) if cause.kind() == ConnectionRefused => {
            "the site refused the connection"
        }
        // The type of the cause belongs to the TLS library; only its text can be asked.
        ureq::Error::Io(cause) if cause.to_string().contains("certificate") => {
            "the site's certificate is not valid"
        }
        ureq::Error::Io(cause) if cause.kind() == InvalidData => NO_TLS,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => NO_TLS,
        _ => "the site cannot be reached",
    };
    NetError::Unreachable(reason)
}

const NO_TLS: &str = "no secure connection to the site could be made";

fn sort(error: ureq::Error) -> NetError {
    match error {
        ureq::Error::Other(cause) => match cause.downcast::<NetError>() {
            Ok(verdict) => *verdict,
            Err(_) => NetError::InDoubt("the connection failed"),
        },
        ureq::Error::HostNotFound => UNKNOWN_HOST,
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => {
            NetError::Refused("the address or a header cannot be sent")
        }
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => NetError::Unreachable(SLOW),
        ureq::Error::Timeout(_) => NetError::InDoubt(SLOW),
        ureq::Error::Io(_) => NetError::InDoubt("the site closed the connection"),
        ureq::Error::LargeResponseHeader(..) => {
            NetError::InDoubt("the site's answer has too large a head")
        }
        _ => NetError::InDoubt("the site's answer cannot be understood"),
    }
}

#[cfg(test)]
mod tests {
    use super::fake_web::{FakeWeb, Reply};
    use super::*;

    fn client(allow: &[&str]) -> Client {
        let allow = AllowList::parse(allow).unwrap();
        Client::new(&ClientConfig {
            allow,
            user_agent: "Toaster/test\r\n".into(),
            idle_per_host: 1,
        })
    }

    fn get(client: &Client, url: &str) -> Result<Answer, NetError> {
        client.send(&Call::get(&Url::parse(url).unwrap(), Duration::from_secs(5)))
    }

    #[test]
    fn an_address_that_is_not_public_is_never_dialled() {
        let web = FakeWeb::new(|_| Reply::html("secret"));
        let refused = Err(NetError::Refused(NOT_PUBLIC));
        let port = web.port();
        for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]", "0x7f.1", "0"] {
            let answer = get(&client(&["10.0.0.0/8"]), &format!("http://{host}:{port}/"));
            assert_eq!(answer.map(|_| ()), refused, "{host}");
        }
        assert_eq!(web.requests(), [""; 0]);
    }

    #[test]
    fn what_is_allowed_is_reached_on_any_port() {
        let web = FakeWeb::new(|_| Reply::html("hello"));
        let port = web.port();
        for allow in ["127.0.0.0/8", "localhost"] {
            let host = if allow == "localhost" { allow } else { "127.0.0.1" };
            let answer = get(&client(&[allow]), &format!("http://{host}:{port}/x")).unwrap();
            assert_eq!(answer.status(), 200);
            assert_eq!(answer.read(100), (b"hello".to_vec(), Ended::Whole));
        }
        let head = web.requests().remove(0).to_lowercase();
        assert!(head.starts_with("get /x http/1.1\r\n"));
        assert!(head.contains("user-agent: toaster/test\r\n"));
        assert!(!head.contains("cookie") && !head.contains("authorization"));
    }

    #[test]
    fn schemes_passwords_and_ports_are_checked_before_anything_is_sent() {
        let client = client(&[]);
        for url in ["ftp://example.com/", "file:///etc/passwd", "http://me:pw@1.1.1.1/"] {
            assert!(matches!(get(&client, url), Err(NetError::Refused(_))), "{url}");
        }
        let other_port = get(&client, "http://1.1.1.1:22/").map(|_| ());
        assert_eq!(other_port, Err(NetError::Refused(UNUSUAL_PORT)));
    }

    #[test]
    fn a_failure_says_whether_anything_may_have_been_sent() {
        let web = FakeWeb::new(|_| Reply::Close);
        let client = client(&["127.0.0.1", "no-such-host.invalid"]);
        let lost = get(&client, &format!("http://127.0.0.1:{}/", web.port()));
        assert!(matches!(lost, Err(NetError::InDoubt(_))), "{lost:?}");
        let tls = get(&client, &format!("https://127.0.0.1:{}/", web.port()));
        assert!(matches!(tls, Err(NetError::Unreachable(_))), "{tls:?}");
        let port = web.port();
        drop(web);
        let closed = get(&client, &format!("http://127.0.0.1:{port}/"));
        let refused = NetError::Unreachable("the site refused the connection");
        assert_eq!(closed.map(|_| ()), Err(refused));
        let unknown = get(&client, "http://no-such-host.invalid/");
        assert_eq!(unknown.map(|_| ()), Err(UNKNOWN_HOST));
    }

    #[test]
    fn a_body_is_sent_and_the_answer_read_to_its_cap() {
        let web = FakeWeb::new(|_| {
            Reply::Bytes(
                b"HTTP/1.1 201 Made\r\ncontent-length: 6\r\nretry-after: 7\r\n\r\nabcdef".to_vec(),
            )
        });
        let url = Url::parse(&format!("http://127.0.0.1:{}/push", web.port())).unwrap();
        let headers = [("content-type", "application/json"), ("x-key", "k")];
        let call = Call {
            method: Method::POST,
            headers: &headers,
            body: b"{}",
            ..Call::get(&url, Duration::from_secs(5))
        };
        let answer = client(&["127.0.0.1"]).send(&call).unwrap();
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.header("Retry-After").as_deref(), Some("7"));
        assert_eq!(answer.read(4), (b"abcd".to_vec(), Ended::Full));
        assert!(web.requests()[0].to_lowercase().contains("content-length: 2\r\n"));
    }
}
