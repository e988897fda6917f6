//! Decides which addresses are dialled, and sorts what can go wrong on the way.

use std::io;
use std::net::ToSocketAddrs;

use ureq::Timeout;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    ConnectionDetails, Connector, DefaultConnector, NextTimeout, Transport,
};

use super::NetError;
use crate::model::address::{AllowList, is_public};

/// As many as ureq keeps of one answer.
const ADDRESSES_MAX: usize = 16;
const SLOW: &str = "the site took too long to answer";

/// Resolves in the calling thread, because ureq's own resolver starts a thread for each
/// name, and lets only permitted addresses through.
#[derive(Debug)]
pub(super) struct GuardedResolver {
    allow: AllowList,
}

impl GuardedResolver {
    pub(super) const fn new(allow: AllowList) -> Self {
        Self { allow }
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

pub(super) const UNKNOWN_HOST: NetError = NetError::Unreachable("the site could not be found");
/// Why an address behind the fence of the public internet is refused.
pub const NOT_PUBLIC: &str = "the address is not public";
pub(super) const UNUSUAL_PORT: &str = "the port is neither 80 nor 443";

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

/// Tells apart what a caller must do differently.
pub(super) fn sort(error: ureq::Error) -> NetError {
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
