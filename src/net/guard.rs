//! Decides which addresses are dialled, and sorts what can go wrong on the way.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use ureq::Timeout;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};

use super::{ClientConfig, NetError};
use crate::model::address::{AddressList, is_public, unwrapped};
use crate::model::reason::Reason;

/// As many as ureq keeps of one answer.
const ADDRESSES_MAX: usize = 16;

/// How the addresses of a host and port are found out.
pub(super) type Lookup = Box<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;

/// Asks the system, as every program does.
pub(super) fn system_lookup() -> Lookup {
    Box::new(|host, port| Ok((host, port).to_socket_addrs()?.collect()))
}

/// Resolves in the calling thread, because ureq's own resolver starts a thread for each
/// name, and lets only permitted addresses through. Each connection costs one lookup,
/// and what that lookup said is both what is checked and what is dialled.
pub(super) struct GuardedResolver {
    allow: AddressList,
    deny: AddressList,
    ports: Vec<u16>,
    lookup: Lookup,
}

impl GuardedResolver {
    pub(super) fn new(config: &ClientConfig, lookup: Lookup) -> Self {
        let ClientConfig { allow, deny, ports, .. } = config.clone();
        Self { allow, deny, ports, lookup }
    }

    /// Whether `ip` may be dialled as an address of `host`.
    fn check(&self, host: &str, ip: IpAddr, port: u16) -> Result<(), Reason> {
        if self.deny.has_host(host) || self.deny.has_ip(ip) || self.deny.has_ip(unwrapped(ip)) {
            return Err(Reason::AddressNotAllowed);
        }
        if self.allow.has_host(host) || self.allow.has_ip(ip) {
            return Ok(());
        }
        if !is_public(ip) {
            return Err(Reason::AddressNotAllowed);
        }
        if self.ports.contains(&port) { Ok(()) } else { Err(Reason::PortNotAllowed) }
    }
}

impl fmt::Debug for GuardedResolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { allow, deny, ports, .. } = self;
        let mut shown = f.debug_struct("GuardedResolver");
        shown.field("allow", allow).field("deny", deny).field("ports", ports);
        shown.finish_non_exhaustive()
    }
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
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let mut found = self.empty();
        let mut refusal = None;
        let addresses = (self.lookup)(bare, port).map_err(|_| blame(UNKNOWN_HOST))?;
        for address in addresses.into_iter().take(ADDRESSES_MAX) {
            match self.check(bare, address.ip(), port) {
                Ok(()) => found.push(address),
                Err(reason) => refusal = Some(NetError::Refused(reason)),
            }
        }
        if found.is_empty() { Err(blame(refusal.unwrap_or(UNKNOWN_HOST))) } else { Ok(found) }
    }
}

const UNKNOWN_HOST: NetError = NetError::Unreachable(Reason::NoSuchHost);

/// Carries a verdict of ours through ureq; [`sort`] takes it out again.
fn blame(error: NetError) -> ureq::Error {
    ureq::Error::Other(Box::new(error))
}

/// Dials as ureq does, and marks each failure as one before anything was sent.
///
/// Each request has a time of its own, and ureq prepares TLS anew for each connection
/// of such a request: the authorities are read again and no session is taken up again.
/// What TLS needs is the same for all, so that it is told that nothing is special.
#[derive(Debug, Default)]
pub(super) struct Dialer(DefaultConnector);

impl Connector for Dialer {
    type Out = Box<dyn Transport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<()>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let usual = ConnectionDetails {
            uri: details.uri,
            addrs: details.addrs.clone(),
            config: details.config,
            request_level: false,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: Arc::clone(&details.current_time),
            run_connector: Arc::clone(&details.run_connector),
            register_shutdown: Arc::clone(&details.register_shutdown),
        };
        self.0.connect(&usual, chained).map_err(|error| blame(why_not_connected(&error)))
    }
}

fn why_not_connected(error: &ureq::Error) -> NetError {
    let reason = match error {
        ureq::Error::Timeout(_) => Reason::TimedOut,
        ureq::Error::Io(cause) => match tls_error(cause) {
            Some(rustls::Error::InvalidCertificate(_)) => Reason::CertificateInvalid,
            Some(_) => Reason::NoSecureConnection,
            None => why_no_bytes(cause.kind()),
        },
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => Reason::NoSecureConnection,
        _ => Reason::Unreachable,
    };
    NetError::Unreachable(reason)
}

/// Whether what failed, by any library, was TLS.
pub fn is_tls_failure(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    causes.any(|error| {
        let carried = error.downcast_ref().and_then(tls_error);
        carried.is_some() || error.is::<rustls::Error>()
    })
}

fn tls_error(cause: &io::Error) -> Option<&rustls::Error> {
    cause.get_ref()?.downcast_ref()
}

const fn why_no_bytes(kind: io::ErrorKind) -> Reason {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, UnexpectedEof,
    };
    match kind {
        ConnectionRefused => Reason::ConnectionRefused,
        // Only a handshake of TLS can break off before there is a connection.
        UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe => Reason::BrokenOff,
        _ => Reason::Unreachable,
    }
}

/// Tells apart what a caller must do differently.
pub(super) fn sort(error: ureq::Error) -> NetError {
    match error {
        ureq::Error::Other(cause) => match cause.downcast::<NetError>() {
            Ok(verdict) => *verdict,
            Err(_) => NetError::InDoubt(Reason::BrokenOff),
        },
        ureq::Error::HostNotFound => UNKNOWN_HOST,
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => NetError::Refused(Reason::AddressUnusable),
        ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
            NetError::Unreachable(Reason::TimedOut)
        }
        ureq::Error::Timeout(_) => NetError::InDoubt(Reason::TimedOut),
        ureq::Error::Io(_) => NetError::InDoubt(Reason::BrokenOff),
        ureq::Error::LargeResponseHeader(..) => NetError::InDoubt(Reason::TooLarge),
        _ => NetError::InDoubt(Reason::NotUnderstood),
    }
}

/// Asks as the client does before it connects.
#[cfg(test)]
pub(super) fn resolve(
    resolver: &GuardedResolver,
    url: &str,
) -> Result<ResolvedSocketAddrs, ureq::Error> {
    use ureq::unversioned::transport::time::Duration;
    let reason = Timeout::Resolve;
    let timeout =
        NextTimeout { after: Duration::NotHappening, reason, per_read: None, per_write: None };
    resolver.resolve(&url.parse().unwrap(), &ureq::config::Config::default(), timeout)
}
