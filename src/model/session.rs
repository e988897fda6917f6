//! A browser that is signed in.

use crate::model::id::{SessionId, UserId};
use crate::model::time::Timestamp;

/// A browser that is signed in: never its key.
#[derive(Debug, Clone)]
pub struct Session {
    /// Identity.
    pub id: SessionId,
    /// Who is signed in there.
    pub user_id: UserId,
    /// What a person would call it, such as `Firefox on Linux`; empty when it did not say.
    pub browser: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last seen, to the hour.
    pub last_seen_at: Timestamp,
    /// When it has to sign in again.
    pub expires_at: Timestamp,
}
