//! Decides which addresses are dialled, and sorts what can go wrong on the way.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};

use ureq::Timeout;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};

use super::{ClientConfig, NetError};
use crate::model::address::{AddressList, is_public};
use crate::model::reason::Reason;

/// As many as ureq keeps of one answer.
const ADDRESSES_MAX: usize = 16;

/// Resolves in the calling thread, because ureq's own resolver starts a thread for each
/// name, and lets only permitted addresses through.
#[derive(Debug)]
pub(super) struct GuardedResolver {
    allow: AddressList,
    deny: AddressList,
    ports: Vec<u16>,
}

impl GuardedResolver {
    pub(super) fn new(config: &ClientConfig) -> Self {
        let ClientConfig { allow, deny, ports, .. } = config.clone();
        Self { allow, deny, ports }
    }

    /// Whether `ip` may be dialled as an address of `host`.
    fn check(&self, host: &str, ip: IpAddr, port: u16) -> Result<(), Reason> {
        if self.allow.has_host(host) || self.allow.has_ip(ip) {
            return Ok(());
        }
        if !is_public(ip) || self.deny.has_host(host) || self.deny.has_ip(ip) {
            return Err(Reason::AddressNotAllowed);
        }
        if self.ports.contains(&port) { Ok(()) } else { Err(Reason::PortNotAllowed) }
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
        let addresses = (bare, port).to_socket_addrs().map_err(|_| blame(UNKNOWN_HOST))?;
        for address in addresses.take(ADDRESSES_MAX) {
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
#[derive(Debug, Default)]
pub(super) struct Dialer(DefaultConnector);

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
        ureq::Error::Timeout(_) => Reason::TimedOut,
        ureq::Error::Io(cause) if cause.kind() == ConnectionRefused => Reason::ConnectionRefused,
        // The type of the cause belongs to the TLS library; only its text can be asked.
        ureq::Error::Io(cause) if cause.to_string().contains("certificate") => {
            Reason::CertificateInvalid
        }
        ureq::Error::Io(cause) if cause.kind() == InvalidData => Reason::NoSecureConnection,
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => Reason::NoSecureConnection,
        _ => Reason::Unreachable,
    };
    NetError::Unreachable(reason)
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
