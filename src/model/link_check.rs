//! When a link that cannot be reached counts as dead.

use std::time::Duration;

use crate::model::reason::Reason;
use crate::model::time::{Timestamp, Zone};

/// How often, and over how long, a link must have failed before it counts as dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// So many times in a row.
    pub failures: u32,
    /// From the first to the last.
    pub span: Duration,
}

impl Patience {
    /// The patience with a link that failed for that reason; none where that says nothing of
    /// whether it is dead, such as that it lets us in no more.
    pub const fn with(reason: Reason) -> Option<Self> {
        let (failures, days) = match reason {
            Reason::Gone(_) => (2, 7),
            Reason::NoSuchHost => (3, 7),
            // Sites come back from all of these.
            Reason::ConnectionRefused
            | Reason::Unreachable
            | Reason::TimedOut
            | Reason::BrokenOff
            | Reason::CertificateInvalid
            | Reason::NoSecureConnection
            | Reason::TooManyRedirects
            | Reason::ServerError(_) => (4, 14),
            _ => return None,
        };
        Some(Self { failures, span: Duration::from_hours(24 * days) })
    }

    /// How long to wait between two looks, so that the last one comes when the time is over.
    pub fn wait(self) -> Duration {
        self.span / (self.failures - 1)
    }

    /// Whether so many failures over that long are enough.
    pub fn is_over(self, failures: u32, span: Duration) -> bool {
        failures >= self.failures && span >= self.span
    }
}

/// Whether that says that somebody was reached. If not, it may be us who are cut off.
pub const fn is_answer(seen: Result<(), Reason>) -> bool {
    matches!(
        seen,
        Ok(())
            | Err(Reason::NeedsLogin
                | Reason::BotWall
                | Reason::Forbidden(_)
                | Reason::Gone(_)
                | Reason::Busy(_)
                | Reason::ServerError(_)
                | Reason::Status(_))
    )
}

/// Where the Wayback Machine has what was at an address, as near as it can to that time.
pub fn archive_url(url: &str, at: Timestamp) -> String {
    let at = at.in_zone(&Zone::UTC).strftime("%Y%m%d%H%M%S");
    format!("https://web.archive.org/web/{at}/{url}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_is_gone_is_believed_sooner_than_a_site_that_is_down() {
        let check = |reason, expected: Option<(u32, u64)>| {
            let found = Patience::with(reason);
            let found = found.map(|found| (found.failures, found.wait().as_secs() / 3600));
            assert_eq!(found, expected, "{reason}");
        };
        check(Reason::of_status(404), Some((2, 7 * 24)));
        check(Reason::of_status(410), Some((2, 7 * 24)));
        check(Reason::NoSuchHost, Some((3, 84)));
        check(Reason::TimedOut, Some((4, 112)));
        check(Reason::of_status(503), Some((4, 112)));
        for says_nothing in [401, 403, 429, 451, 402].map(Reason::of_status) {
            check(says_nothing, None);
        }
        for says_nothing in [Reason::Robots, Reason::BotWall, Reason::AddressNotAllowed] {
            check(says_nothing, None);
        }
    }

    #[test]
    fn it_takes_both_the_failures_and_the_time() {
        let patience = Patience::with(Reason::Gone(404)).unwrap();
        let days = |days: u64| Duration::from_hours(24 * days);
        assert!(patience.is_over(2, days(7)));
        assert!(!patience.is_over(1, days(30)) && !patience.is_over(9, days(6)));
    }

    #[test]
    fn only_what_a_site_says_shows_that_we_are_not_cut_off() {
        for status in [401, 403, 404, 410, 429, 500, 503] {
            assert!(is_answer(Err(Reason::of_status(status))), "{status}");
        }
        assert!(is_answer(Ok(())));
        // A proxy between us and the web may well send us in circles.
        for silence in [
            Reason::NoSuchHost,
            Reason::ConnectionRefused,
            Reason::Unreachable,
            Reason::TimedOut,
            Reason::BrokenOff,
            Reason::CertificateInvalid,
            Reason::TooManyRedirects,
            Reason::RobotsUnknown,
            Reason::AddressNotAllowed,
        ] {
            assert!(!is_answer(Err(silence)), "{silence}");
        }
    }

    #[test]
    fn an_archive_is_asked_for_the_time_at_which_a_link_was_saved() {
        let at = "2026-03-08T09:05:07Z".parse().unwrap();
        assert_eq!(
            archive_url("https://a.example/x?y=1", at),
            "https://web.archive.org/web/20260308090507/https://a.example/x?y=1"
        );
    }
}
