//! The right to read a person's feeds. Programs that read them cannot sign in, so it stands in
//! the address, sealed; it holds until the person asks for new addresses.

use crate::model::id::{FiringId, UserId};
use crate::model::message::{FiredReminder, Waiting};
use crate::model::reminder::{Reminder, Target};
use crate::model::seal;

/// Keeps a pass from being taken for anything else that is sealed.
const KIND: &str = "feeds";

/// Opens the feeds of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// Whose they are.
    pub user_id: UserId,
    /// What tells this pass from those before it.
    pub nonce: String,
}

impl Pass {
    /// The pass as it stands in an address.
    pub fn sign(&self, key: &[u8]) -> String {
        seal::seal(&format!("{KIND}.{}.{}", self.user_id, self.nonce), key)
    }

    /// Reads a pass; `None` when it was not signed with `key`.
    pub fn verify(text: &str, key: &[u8]) -> Option<Self> {
        let mut parts = seal::open(text, key)?.splitn(3, '.');
        parts.next().filter(|kind| *kind == KIND)?;
        let user_id = UserId(parts.next()?.parse().ok()?);
        Some(Self { user_id, nonce: parts.next()?.to_owned() })
    }
}

/// A reminder as a calendar shows it.
#[derive(Debug)]
pub struct Planned {
    /// The reminder.
    pub reminder: Reminder,
    /// What it is called, else what it is about.
    pub name: String,
    /// What waits for it now.
    pub waiting: Waiting,
}

/// A firing as a feed tells of it.
#[derive(Debug)]
pub struct Item {
    /// The firing.
    pub id: FiringId,
    /// Of which reminder, and when.
    pub fired: FiredReminder,
    /// What that is about.
    pub target: Target,
    /// What waited when it fired.
    pub waiting: Waiting,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pass_that_we_signed_opens_anything() {
        let pass = Pass { user_id: UserId(7), nonce: "c0ffee".into() };
        let text = pass.sign(b"key");
        assert_eq!(Pass::verify(&text, b"key"), Some(pass));
        assert_eq!(Pass::verify(&text, b"other"), None);
        assert_eq!(Pass::verify(&text.replace(".7.", ".8."), b"key"), None);
        for foreign in ["7.done.2000", "feeds.7", "feeds.x.c0ffee", "feed.7.c0ffee", ""] {
            assert_eq!(Pass::verify(&seal::seal(foreign, b"key"), b"key"), None, "{foreign}");
        }
    }
}
