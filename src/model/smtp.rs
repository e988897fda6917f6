//! The mail server that the operator has named.

use std::fmt;

/// How the way to it is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// By TLS from the first byte, as on port 465.
    Tls,
    /// By TLS before anything is said, as on port 587.
    StartTls,
    /// Not at all: for a relay on this machine.
    Plain,
}

/// A mail server, and as whom to send through it.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is kept secret.
    pub security: Security,
    /// A user and their password, where it wants them.
    pub login: Option<(String, String)>,
    /// Whom mail is from, as `Toaster <toaster@example.org>` or a bare address.
    pub from: String,
}

/// The login is never printed.
impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, security, from, login: _ } = self;
        let mut shown = f.debug_struct("SmtpSettings");
        shown.field("host", host).field("port", port);
        shown.field("security", security).field("from", from).finish_non_exhaustive()
    }
}
