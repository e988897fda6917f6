//! How many pushes a service takes, as far as that is known. Services change it as they like,
//! and an operator's own may take more.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::destination::Kind;

/// What is known of the public services, and somewhat less than they say to take.
pub const USUAL: [&str; 3] = ["ntfy 60 5s", "slack 1 1s", "telegram 10 50ms"];
const BURST_MAX: u32 = 100_000;
const EVERY_MAX: Duration = Duration::from_hours(1);

/// How many pushes a service takes: a bucket of tokens that fills again one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// How many at once.
    pub burst: u32,
    /// And then one in this time.
    pub every: Duration,
}

/// The quotas of services by the beginning of their scopes' names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotas(Vec<(String, Option<Quota>)>);

impl Default for Quotas {
    fn default() -> Self {
        Self::parse(&USUAL).expect("the usual ones are right, a test reads them")
    }
}

impl Quotas {
    /// Reads entries such as `ntfy 60 5s`, for all servers of a kind, or
    /// `ntfy https://ntfy.home.example unlimited`, for one.
    ///
    /// # Errors
    /// `Invalid` with the first entry that is none of these.
    pub fn parse<S: AsRef<str>>(entries: &[S]) -> Result<Self> {
        let mut quotas = Vec::with_capacity(entries.len());
        for entry in entries {
            let entry = entry.as_ref();
            let parsed = parse_entry(entry).ok_or_else(|| {
                let reason = format!(
                    "{entry:?} found, expected a kind, maybe a server, and a burst with the time \
                     after which there is one more, such as \"ntfy 60 5s\", or \"unlimited\""
                );
                Error::invalid("quota", reason)
            });
            quotas.push(parsed?);
        }
        // The one that says most about a service comes first.
        quotas.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Ok(Self(quotas))
    }

    /// That of the scope of this name, where the service is known to count.
    pub fn of_scope(&self, name: &str) -> Option<Quota> {
        let is_of = |start: &str| {
            name.strip_prefix(start).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with([' ', '/']) || start.ends_with('/')
            })
        };
        self.0.iter().find(|(start, _)| is_of(start)).and_then(|(_, quota)| *quota)
    }
}

fn parse_entry(entry: &str) -> Option<(String, Option<Quota>)> {
    let words: Vec<&str> = entry.split_whitespace().collect();
    let (place, quota) = match words.as_slice() {
        [place @ .., "unlimited"] => (place, None),
        [place @ .., burst, every] => (place, Some(parse_quota(burst, every)?)),
        _ => return None,
    };
    let ([kind] | [kind, _]) = place else { return None };
    Kind::parse(kind).ok()?;
    Some((place.join(" "), quota))
}

fn parse_quota(burst: &str, every: &str) -> Option<Quota> {
    let (number, unit) = every.split_at(every.find(|c: char| !c.is_ascii_digit())?);
    let number: u64 = number.parse().ok()?;
    let every = match unit {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        _ => return None,
    };
    let burst = burst.parse().ok().filter(|burst| (1..=BURST_MAX).contains(burst))?;
    (!every.is_zero() && every <= EVERY_MAX).then_some(Quota { burst, every })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::destination::Address;

    fn burst(quotas: &Quotas, scope: &str) -> Option<u32> {
        quotas.of_scope(scope).map(|quota| quota.burst)
    }

    #[test]
    fn the_public_services_are_known_to_count() {
        let usual = Quotas::default();
        let ntfy = Address::ntfy("https://ntfy.example", "links", "").unwrap();
        assert_eq!(burst(&usual, &ntfy.scope()), Some(60));
        let hook = Address::webhook("https://hooks.example/ntfy", String::new()).unwrap();
        assert_eq!(burst(&usual, &hook.scope()), None);
        let every = |scope| usual.of_scope(scope).map(|quota: Quota| quota.every.as_millis());
        assert_eq!(every("telegram 1:a"), Some(50));
        assert_eq!(every("slack https://hooks.slack.com/services/a"), Some(1_000));
    }

    #[test]
    fn what_says_most_about_a_service_decides() {
        let entries = [
            "ntfy 60 5s",
            "ntfy https://ntfy.home.example unlimited",
            "ntfy  https://ntfy.sh/ 10 1s",
            "webpush https://push.example 7 10ms",
            "fcm 600 100ms",
        ];
        let quotas = Quotas::parse(&entries).unwrap();
        for (scope, expected) in [
            ("ntfy https://ntfy.example/", Some(60)),
            ("ntfy https://ntfy.home.example/", None),
            ("ntfy https://ntfy.home.example.org/", Some(60)),
            ("ntfy https://ntfy.sh/", Some(10)),
            ("webpush https://push.example", Some(7)),
            ("webpush https://push.example:8443", None),
            ("webpush https://other.example", None),
            ("fcm", Some(600)),
            ("fcmx", None),
        ] {
            assert_eq!(burst(&quotas, scope), expected, "{scope}");
        }
        assert_eq!(Quotas::parse(&[""; 0]).unwrap().of_scope("ntfy https://ntfy.sh/"), None);
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_named() {
        for bad in [
            "",
            "ntfy",
            "ntfy 60",
            "pigeon 60 5s",
            "ntfy 0 5s",
            "ntfy 60 5",
            "ntfy 60 0s",
            "ntfy 60 2h",
            "ntfy 60 7200s",
            "ntfy a b 60 5s",
            "unlimited",
            "ntfy -1 5s",
        ] {
            let why = Quotas::parse(&[bad]).unwrap_err().to_string();
            assert!(why.contains(&format!("{bad:?} found, expected a kind")), "{why}");
        }
    }
}
