//! Where a person's reminders go: their addresses on push services.

mod address;
mod checks;
mod given;
mod kind;
mod reach;

pub use address::{Address, OldSecret, Subscription};
pub use checks::mail_address;
pub use given::Given;
pub use kind::{Field, Kind};
pub use reach::Reach;

use crate::error::Result;
use crate::model::event::Events;
use crate::model::id::{DestinationId, ScopeId, UserId};
use crate::model::text;
use crate::model::time::Timestamp;

const NAME_CHARS_MAX: usize = 100;

/// A person's address on a push service.
#[derive(Debug, Clone)]
pub struct Destination {
    /// Identity.
    pub id: DestinationId,
    /// Whose it is.
    pub user_id: UserId,
    /// What they call it.
    pub name: String,
    /// Where it leads.
    pub address: Address,
    /// What answers for it.
    pub scope_id: ScopeId,
    /// Why nothing is sent there for now, in words for people.
    pub paused_reason: Option<String>,
    /// Why it began to fail, as its owner was told elsewhere; `None` while it works.
    pub failing_reason: Option<String>,
    /// When something last arrived there.
    pub last_success_at: Option<Timestamp>,
    /// When its device last said that it is there, for those that do.
    pub last_seen_at: Option<Timestamp>,
    /// The events it is told of.
    pub events: Events,
    /// Whether it gets what is pushed to its owner.
    pub pushes: bool,
}

/// A destination's name, checked.
///
/// # Errors
/// `Invalid` unless it is one line of 1 to 100 characters.
pub fn parse_name(name: &str) -> Result<String> {
    text::required("name", name, NAME_CHARS_MAX)
}
