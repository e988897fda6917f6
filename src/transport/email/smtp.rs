//! The conversation with the mail server, and what its answers mean.
//!
//! The operator has named that server, so that the rules for other people's addresses are not
//! for it.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, SmtpConnection, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};

use crate::error::{Error, Result};
use crate::model::delivery::{Answer, Outcome, Strike};
use crate::model::smtp::{Security, SmtpSettings};
use crate::model::time::Timestamp;
use crate::net::{Roots, is_tls_failure};

/// A mailbox that is unknown once may be so by mistake.
const TWICE: Strike = Strike { gone_after: 2, over: Duration::ZERO, pauses: false };
/// For the connection and its greeting.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// For the answer to a command.
const COMMAND_TIME: Duration = Duration::from_secs(30);
/// For the answer to a whole letter. The norm is ten minutes, which is long for one of few
/// threads; beyond this the letter is in doubt, and its `Message-ID` tells a repeat.
const CONTENT_TIME: Duration = Duration::from_mins(1);
/// A connection that was not used for longer is not used again.
const IDLE_TIME: Duration = Duration::from_secs(30);

/// Sends letters through the operator's mail server.
pub struct Mailer {
    settings: SmtpSettings,
    from: Mailbox,
    tls: Option<TlsParameters>,
    /// One connection that has sent a letter and may send another, and when it did. One that is
    /// left here is closed by the server, as those do that say nothing.
    idle: Mutex<Option<(SmtpConnection, Timestamp)>>,
}

/// How far the conversation had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Connect,
    SignIn,
    Sender,
    Recipient,
    Content,
}

impl Mailer {
    /// A mailer for that server, which believes these authorities beside the built-in ones.
    ///
    /// # Errors
    /// `Invalid` when the sender is no address or TLS cannot be set up.
    pub fn new(settings: SmtpSettings, roots: &Roots) -> Result<Self> {
        let from = settings.from.parse().map_err(|_| {
            let reason = "is no address, expected one like Toaster <toaster@example.org>";
            Error::invalid("push.smtp_from", reason)
        })?;
        let tls = match settings.security {
            Security::Plain => None,
            Security::Tls | Security::StartTls => {
                Some(tls(&settings.host, roots).map_err(Error::internal)?)
            }
        };
        Ok(Self { settings, from, tls, idle: Mutex::new(None) })
    }

    /// Whom mail is from.
    pub(super) fn from(&self) -> &Mailbox {
        &self.from
    }

    /// Sends one letter, and says what came of it.
    pub(super) fn send(&self, to: &Address, letter: &[u8], now: Timestamp) -> Answer {
        let idle = self.idle().take().filter(|(_, used_at)| now.since(*used_at) < IDLE_TIME);
        // Servers end connections when they like.
        let known = idle.and_then(|(mut known, _)| known.test_connected().then_some(known));
        let mut connection = match known.map_or_else(|| self.connect(), Ok) {
            Ok(connection) => connection,
            Err((stage, error)) => return outcome(stage, &error),
        };
        match self.hand_over(&mut connection, to, letter) {
            Ok(()) => {
                *self.idle() = Some((connection, now));
                Answer::new(Outcome::Accepted, "accepted")
            }
            Err((stage, error)) => {
                if error.status().is_some() {
                    // A server that answers is told that we go.
                    let _ = connection.set_timeout(Some(CONNECT_TIME));
                    connection.abort();
                }
                outcome(stage, &error)
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Option<(SmtpConnection, Timestamp)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connect(&self) -> std::result::Result<SmtpConnection, (Stage, SmtpError)> {
        let SmtpSettings { host, port, security, login, .. } = &self.settings;
        let connecting = |error| (Stage::Connect, error);
        // The sender's domain is a name that mail servers can look up; ours may have none.
        let hello = ClientId::Domain(self.from.email.domain().to_owned());
        let tls = self.tls.as_ref();
        let from_the_start = tls.filter(|_| *security == Security::Tls);
        let address = (host.trim_matches(['[', ']']), *port);
        let mut connection =
            SmtpConnection::connect(address, Some(CONNECT_TIME), &hello, from_the_start, None)
                .map_err(connecting)?;
        if let (Security::StartTls, Some(tls)) = (security, tls) {
            connection.starttls(tls, &hello).map_err(connecting)?;
        }
        // A socket that takes no time limit is as bad as one that is closed, and says so later.
        let _ = connection.set_timeout(Some(COMMAND_TIME));
        if let Some((user, password)) = login {
            let credentials = Credentials::new(user.clone(), password.clone());
            connection
                .auth(&[Mechanism::Plain, Mechanism::Login], &credentials)
                .map_err(|error| (Stage::SignIn, error))?;
        }
        Ok(connection)
    }

    fn hand_over(
        &self,
        connection: &mut SmtpConnection,
        to: &Address,
        letter: &[u8],
    ) -> std::result::Result<(), (Stage, SmtpError)> {
        let is_wide = ![to, &self.from.email].iter().all(|a| a.to_string().is_ascii());
        let is_known = connection.server_info().supports_feature(Extension::SmtpUtfEight);
        let options =
            if is_wide && is_known { vec![MailParameter::SmtpUtfEight] } else { Vec::new() };
        connection
            .command(Mail::new(Some(self.from.email.clone()), options))
            .map_err(|error| (Stage::Sender, error))?;
        connection
            .command(Rcpt::new(to.clone(), Vec::new()))
            .map_err(|error| (Stage::Recipient, error))?;
        connection.command(Data).map_err(|error| (Stage::Sender, error))?;
        let _ = connection.set_timeout(Some(CONTENT_TIME));
        connection.message(letter).map_err(|error| (Stage::Content, error))?;
        let _ = connection.set_timeout(Some(COMMAND_TIME));
        Ok(())
    }
}

fn tls(host: &str, roots: &Roots) -> std::result::Result<TlsParameters, SmtpError> {
    let mut builder = TlsParameters::builder(host.trim_matches(['[', ']']).to_owned())
        .certificate_store(CertificateStore::WebpkiRoots);
    for root in roots.added() {
        builder = builder.add_root_certificate(Certificate::from_der(root.to_vec())?);
    }
    builder.build()
}

fn outcome(stage: Stage, error: &SmtpError) -> Answer {
    let code = error.status().map(u16::from);
    let (outcome, words) = match (stage, code) {
        (_, Some(421)) => (Outcome::RETRY, "the mail server closes for now"),
        (_, Some(400..=499)) => (Outcome::RETRY, "the mail server asks to come again"),
        (_, Some(530 | 534 | 535 | 538)) | (Stage::SignIn, Some(_)) => {
            (Outcome::Config, "the mail server refuses our sign-in")
        }
        (Stage::Connect, Some(_)) => (Outcome::Config, "the mail server refuses us"),
        (Stage::Recipient, Some(550 | 551 | 553)) => {
            (Outcome::Strike(TWICE), "the mail server does not know the address")
        }
        (_, Some(_)) => (Outcome::Rejected, "the mail server refuses the letter"),
        (Stage::Content, None) => {
            (Outcome::InDoubt, "the mail server did not say whether it took the letter")
        }
        (_, None) if is_tls_failure(error) => {
            (Outcome::Config, "no secure connection to the mail server could be made")
        }
        (Stage::Connect, None) if error.is_client() => {
            (Outcome::Config, "the mail server offers no secure connection")
        }
        (Stage::SignIn, None) if error.is_client() => {
            (Outcome::Config, "the mail server offers no way to sign in")
        }
        (_, None) => (Outcome::RETRY, "the mail server cannot be reached"),
    };
    match code {
        Some(code) => Answer::new(outcome, format!("{words} (SMTP {code})")),
        None => Answer::new(outcome, words),
    }
}
