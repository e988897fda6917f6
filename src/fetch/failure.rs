//! Why there is no page or picture, and whether to try again.

use std::time::Duration;

use crate::model::page::PageState;
use crate::model::reason::Reason;
use crate::net::{Ended, NetError};

/// Why there is no page or picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `Failed`, or `Refused` where we may not or are not let in.
    pub state: PageState,
    /// Why.
    pub reason: Reason,
    /// Whether another try later may well succeed.
    pub again: bool,
    /// How long the site asks to be left alone before that.
    pub retry_after: Option<Duration>,
}

impl Failure {
    pub(super) const fn failed(reason: Reason) -> Self {
        Self { state: PageState::Failed, reason, again: false, retry_after: None }
    }

    pub(super) const fn refused(reason: Reason) -> Self {
        Self { state: PageState::Refused, reason, again: false, retry_after: None }
    }

    pub(super) const fn for_now(mut self) -> Self {
        self.again = true;
        self
    }

    /// What an answer with this status, which is no success, means.
    pub(super) fn of_status(status: u16) -> Self {
        let reason = Reason::of_status(status);
        match reason {
            Reason::NeedsLogin | Reason::Forbidden(_) => Self::refused(reason),
            // 429 is the one fault of ours that asks for another try.
            Reason::Busy(_) | Reason::ServerError(_) => Self::failed(reason).for_now(),
            _ => Self::failed(reason),
        }
    }

    /// Takes a body that was needed whole, unless it ended too soon.
    pub(super) fn check_end(ended: Ended) -> Result<(), Self> {
        match ended {
            Ended::Whole | Ended::Full => Ok(()),
            Ended::TimedOut => Err(Self::failed(Reason::TimedOut).for_now()),
            Ended::Broken => Err(Self::failed(Reason::BrokenOff).for_now()),
            Ended::Garbled => Err(Self::failed(Reason::NotUnderstood)),
        }
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        match error {
            NetError::Refused(reason) => Self::refused(reason),
            NetError::Unreachable(reason) | NetError::InDoubt(reason) => match reason {
                // What a site does to everybody it will do tomorrow.
                Reason::NotUnderstood
                | Reason::TooLarge
                | Reason::CertificateInvalid
                | Reason::NoSecureConnection => Self::failed(reason),
                _ => Self::failed(reason).for_now(),
            },
        }
    }
}
