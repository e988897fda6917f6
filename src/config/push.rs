//! Settings for sending: how pushes leave, and the accounts of the server's own that some kinds
//! of destinations take.

use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use url::Url;

use super::{address_list, origin, within};
use crate::error::{Error, Result};
use crate::model::address::AddressList;
use crate::model::destination::{Reach, mail_address};
use crate::model::scope::{Quotas, USUAL_QUOTAS};
use crate::model::smtp::{Security, SmtpSettings};

/// The port for mail that is secure from the start, and for mail that begins in the open.
const SMTPS_PORT: u16 = 465;
const SMTP_PORT: u16 = 587;
const FCM_URL: &str = "https://fcm.googleapis.com";
const TELEGRAM_URL: &str = "https://api.telegram.org";

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawPush {
    workers: usize,
    allow: Vec<String>,
    telegram_url: String,
    quota: Vec<String>,
    contact: String,
    fcm_account: PathBuf,
    fcm_url: String,
    smtp_url: String,
    smtp_from: String,
}

impl Default for RawPush {
    fn default() -> Self {
        Self {
            workers: 4,
            allow: Vec::new(),
            telegram_url: TELEGRAM_URL.into(),
            quota: USUAL_QUOTAS.map(String::from).into(),
            contact: String::new(),
            fcm_account: PathBuf::new(),
            fcm_url: FCM_URL.into(),
            smtp_url: String::new(),
            smtp_from: String::new(),
        }
    }
}

/// Sending pushes.
#[derive(Debug, Clone)]
pub struct PushConfig {
    /// Threads that send.
    pub workers: usize,
    /// Where pushes may go although it is not public.
    pub allow: AddressList,
    /// The Bot API that Telegram is reached by, without a slash at the end.
    pub telegram_url: String,
    /// How many pushes services take.
    pub quotas: Quotas,
    /// Whom push services may turn to, as `mailto:` or `https:`.
    pub contact: Option<String>,
    /// The file with the service account of a Firebase project.
    pub fcm_account: Option<PathBuf>,
    /// The service that Firebase is reached by, without a slash at the end.
    pub fcm_url: String,
    /// The server that mail leaves by.
    pub smtp: Option<SmtpSettings>,
}

impl PushConfig {
    /// What this server can send to.
    pub fn reach(&self) -> Reach {
        Reach {
            allow: self.allow.clone(),
            has_mail: self.smtp.is_some(),
            has_firebase: self.fcm_account.is_some(),
        }
    }
}

impl RawPush {
    /// `base_url` is where people reach this server, which is a contact as well.
    pub(super) fn check(self, base_url: Option<&str>) -> Result<PushConfig> {
        Ok(PushConfig {
            workers: within("push.workers", self.workers, 1, 64)?,
            allow: address_list("push.allow", &self.allow)?,
            telegram_url: origin("push.telegram_url", &self.telegram_url, TELEGRAM_URL)?,
            quotas: Quotas::parse(&self.quota).map_err(|error| error.under("push.quota"))?,
            contact: contact(&self.contact, base_url)?,
            fcm_account: fcm_account(self.fcm_account)?,
            fcm_url: origin("push.fcm_url", &self.fcm_url, FCM_URL)?,
            smtp: smtp(&self.smtp_url, &self.smtp_from)?,
        })
    }
}

fn contact(text: &str, base_url: Option<&str>) -> Result<Option<String>> {
    if text.is_empty() {
        return Ok(base_url.filter(|url| url.starts_with("https://")).map(str::to_owned));
    }
    let bad = || {
        let reason = format!(
            "{text:?} found, expected one like mailto:me@example.org or https://example.org"
        );
        Error::invalid("push.contact", reason)
    };
    match text.strip_prefix("mailto:") {
        Some(address) => {
            Ok(Some(format!("mailto:{}", mail_address("", address).map_err(|_| bad())?)))
        }
        None => {
            let url = Url::parse(text).map_err(|_| bad())?;
            // Apple's service turns away a contact that cannot be reached from its side.
            let is_public = url.domain().is_some_and(|host| host.contains('.'));
            if url.scheme() == "https" && is_public { Ok(Some(url.into())) } else { Err(bad()) }
        }
    }
}

fn fcm_account(path: PathBuf) -> Result<Option<PathBuf>> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    // Opened and not only looked at: it may be there and yet not be for us to read.
    match std::fs::File::open(&path) {
        Ok(_) => Ok(Some(path)),
        Err(error) => {
            let reason = format!("{} cannot be read: {error}", path.display());
            Err(Error::invalid("push.fcm_account", reason))
        }
    }
}

fn smtp(text: &str, from: &str) -> Result<Option<SmtpSettings>> {
    if text.is_empty() {
        return if from.is_empty() {
            Ok(None)
        } else {
            let reason = "empty, expected the mail server for push.smtp_from";
            Err(Error::invalid("push.smtp_url", reason))
        };
    }
    // What was found is not named: it may hold a password.
    let bad = || {
        let reason = "expected one like smtps://user:password@mail.example.org, with %40 for @ \
                      in a name or password";
        Error::invalid("push.smtp_url", reason)
    };
    let url = Url::parse(text).map_err(|_| bad())?;
    let (security, port) = match url.scheme() {
        "smtps" => (Security::Tls, SMTPS_PORT),
        "smtp" => (Security::StartTls, SMTP_PORT),
        _ => return Err(bad()),
    };
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(bad)?;
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(bad());
    }
    let decoded = |part: &str| {
        let part = percent_decode_str(part).decode_utf8().map_err(|_| bad())?;
        if part.contains(char::is_control) { Err(bad()) } else { Ok(part.into_owned()) }
    };
    let login = match (url.username(), url.password()) {
        ("", None) => None,
        ("", Some(_)) | (_, None) => return Err(bad()),
        (user, Some(password)) => Some((decoded(user)?, decoded(password)?)),
    };
    Ok(Some(SmtpSettings {
        host: host.to_owned(),
        port: url.port().unwrap_or(port),
        security,
        login,
        from: sender(from)?,
    }))
}

/// A mail address, or a name and that in angle brackets.
fn sender(text: &str) -> Result<String> {
    let bad = || {
        let reason = format!(
            "{text:?} found, expected one like toaster@example.org or \
             Toaster <toaster@example.org>; a mail server needs it"
        );
        Error::invalid("push.smtp_from", reason)
    };
    let text = text.trim();
    let (name, address) = match text.strip_suffix('>') {
        Some(rest) => rest.split_once('<').ok_or_else(bad)?,
        None => ("", text),
    };
    let address = mail_address("", address).map_err(|_| bad())?;
    let name = name.trim();
    if name.contains(|c: char| c.is_control() || matches!(c, '"' | '\\' | '>' | '@')) {
        return Err(bad());
    }
    Ok(if name.is_empty() { address } else { format!("{name} <{address}>") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_server_is_read_from_its_address() {
        let check = |url: &str, host: &str, port, security, login: Option<(&str, &str)>| {
            let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
            let from = "Toaster <toaster@example.org>".to_owned();
            let expected = SmtpSettings { host: host.into(), port, security, login, from };
            let found = smtp(url, "Toaster <toaster@Example.org>").unwrap();
            assert!(found == Some(expected), "{url}: {found:?}");
        };
        check("smtps://mail.example.org", "mail.example.org", 465, Security::Tls, None);
        check("smtp://127.0.0.1:2525/", "127.0.0.1", 2525, Security::StartTls, None);
        let login = Some(("mina@example.org", "brown toast"));
        check(
            "smtp://mina%40example.org:brown%20toast@m.example",
            "m.example",
            587,
            Security::StartTls,
            login,
        );
    }

    #[test]
    fn what_cannot_send_mail_is_refused_without_its_password() {
        let check = |url: &str, from: &str, expected: &str| {
            let why = smtp(url, from).unwrap_err().to_string();
            assert!(why.contains(expected) && !why.contains("secret"), "{why}");
        };
        let from = "toaster@example.org";
        check("", from, "push.smtp_url: empty");
        check("https://mail.example.org", from, "push.smtp_url: expected one like");
        check("smtp://mina@mail.example.org", from, "push.smtp_url: expected one like");
        check("smtp://mina:secret@mail.example.org/inbox", from, "push.smtp_url");
        check("smtp://mina:secret%0d@mail.example.org", from, "push.smtp_url");
        check("mail.example.org", from, "push.smtp_url");
        check("smtps://mina:secret@mail.example.org", "", "push.smtp_from: \"\" found");
        check("smtps://mail.example.org", "Toaster", "push.smtp_from: \"Toaster\" found");
        check("smtps://mail.example.org", "A\r\nB <a@b.example>", "push.smtp_from");
        let shown = smtp("smtps://mina:secret@mail.example.org", from).unwrap().unwrap();
        assert!(!format!("{shown:?}").contains("secret"), "{shown:?}");
    }

    #[test]
    fn the_contact_is_the_servers_own_address_unless_another_is_given() {
        let check = |text: &str, base_url, expected: Option<&str>| {
            assert_eq!(contact(text, base_url).unwrap().as_deref(), expected);
        };
        check("", Some("https://links.example.org"), Some("https://links.example.org"));
        check("", Some("http://127.0.0.1:8080"), None);
        check("", None, None);
        check("mailto:me@example.org", None, Some("mailto:me@example.org"));
        check("https://example.org/about", None, Some("https://example.org/about"));
        for bad in ["me@example.org", "mailto: <a@b>", "https://localhost", "http://example.org"] {
            assert!(contact(bad, None).unwrap_err().to_string().contains("push.contact"), "{bad}");
        }
    }
}
