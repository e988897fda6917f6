//! What this server can send to, as its operator has set it up.

use url::{Host, Url};

use super::address::Address;
use super::kind::Kind;
use crate::error::{Error, Result};
use crate::model::address::{AddressList, is_public};

/// What this server can send to. The addresses that names resolve to are checked when
/// something is sent; here is refused what can be known to lead nowhere.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    /// Where pushes may go although it is not public.
    pub allow: AddressList,
    /// Whether there is a mail server to send through.
    pub has_mail: bool,
    /// Whether there is a Firebase account to send with.
    pub has_firebase: bool,
}

impl Reach {
    /// What the operator has yet to set up for destinations of that kind.
    pub fn lacks(&self, kind: Kind) -> Option<&'static str> {
        match kind {
            Kind::Email if !self.has_mail => {
                Some("this server has no mail server, its operator sets one by push.smtp_url")
            }
            Kind::Fcm if !self.has_firebase => Some(
                "this server has no Firebase account, its operator sets one by push.fcm_account",
            ),
            _ => None,
        }
    }

    /// Whether something can be sent there, as far as its address shows.
    ///
    /// # Errors
    /// `Invalid` naming what stands against it, and the setting that would allow it.
    pub fn check(&self, address: &Address) -> Result<()> {
        if let Some(reason) = self.lacks(address.kind()) {
            return Err(Error::invalid("kind", reason));
        }
        let Some((field, text)) = address.web_address() else { return Ok(()) };
        let Ok(url) = Url::parse(text) else { return Ok(()) };
        let is_allowed = self.is_allowed(&url);
        if !is_allowed && !is_public_host(&url) {
            let reason = "not a public address, the operator may allow it by push.allow";
            return Err(Error::invalid(field, reason));
        }
        // Such an address is all that it takes to send there, so it must not travel openly.
        let is_a_key = matches!(
            address.kind(),
            Kind::WebPush | Kind::UnifiedPush | Kind::Discord | Kind::Slack
        );
        if is_a_key && url.scheme() != "https" && !is_allowed {
            let reason =
                "http found, expected https; the operator may allow its host by push.allow";
            return Err(Error::invalid(field, reason));
        }
        Ok(())
    }

    fn is_allowed(&self, url: &Url) -> bool {
        let by_ip = |ip| self.allow.has_ip(ip);
        url.host_str().is_some_and(|host| self.allow.has_host(host))
            || match url.host() {
                Some(Host::Ipv4(ip)) => by_ip(ip.into()),
                Some(Host::Ipv6(ip)) => by_ip(ip.into()),
                Some(Host::Domain(name)) => is_local(name) && LOOPBACKS.into_iter().any(by_ip),
                None => false,
            }
    }
}

/// What `localhost` resolves to.
const LOOPBACKS: [std::net::IpAddr; 2] = [
    std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
    std::net::IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
];

fn is_public_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => is_public(ip.into()),
        Some(Host::Ipv6(ip)) => is_public(ip.into()),
        Some(Host::Domain(name)) => !is_local(name),
        None => false,
    }
}

fn is_local(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::destination::Given;

    #[test]
    fn what_is_not_public_must_be_allowed() {
        let check = |allow: &[&str], url: &str, expected: bool| {
            let allow = AddressList::parse(allow).unwrap();
            let reach = Reach { allow, ..Reach::default() };
            let address = Address::webhook(url, String::new()).unwrap();
            let found = reach.check(&address);
            assert_eq!(found.is_ok(), expected, "{allow:?} {url}", allow = reach.allow);
            if let Err(error) = found {
                let why = error.to_string();
                assert!(why.starts_with("url: ") && why.contains("push.allow"), "{why}");
            }
        };
        check(&[], "https://hooks.example/a", true);
        check(&[], "http://hooks.example/a", true);
        check(&[], "http://127.0.0.1/a", false);
        check(&[], "http://192.168.1.5/a", false);
        check(&[], "http://[::1]/a", false);
        check(&[], "http://[::ffff:10.0.0.1]/a", false);
        check(&[], "http://2130706433/a", false);
        check(&[], "http://localhost:8080/a", false);
        check(&[], "http://app.localhost./a", false);
        check(&["192.168.0.0/16"], "http://192.168.1.5/a", true);
        check(&["192.168.0.0/16"], "http://localhost/a", false);
        check(&["127.0.0.1"], "http://localhost/a", true);
        check(&["localhost"], "http://localhost/a", true);
        check(&["localhost"], "http://127.0.0.1/a", false);
    }

    #[test]
    fn an_address_that_is_a_key_travels_by_https_only() {
        let url = "http://chat.example/hooks/abcdef";
        let given = [("url", url)].into_iter().collect::<Given>();
        let address = Address::parse(Kind::Slack, &given, String::new()).unwrap();
        let why = Reach::default().check(&address).unwrap_err().to_string();
        assert!(why.starts_with("url: http found, expected https"), "{why}");
        let allow = AddressList::parse(&["chat.example"]).unwrap();
        assert!(Reach { allow, ..Reach::default() }.check(&address).is_ok());
    }

    #[test]
    fn what_is_not_set_up_is_named_with_its_setting() {
        let given = [("address", "mina@example.org")].into_iter().collect::<Given>();
        let address = Address::parse(Kind::Email, &given, String::new()).unwrap();
        let why = Reach::default().check(&address).unwrap_err().to_string();
        assert!(why.starts_with("kind: ") && why.contains("push.smtp_url"), "{why}");
        assert!(Reach { has_mail: true, ..Reach::default() }.check(&address).is_ok());
        assert!(Reach::default().lacks(Kind::Fcm).unwrap().contains("push.fcm_account"));
    }
}
