//! What becomes of all that was set by a clock which was far ahead, once it has been set back:
//! it would wait for a time that is far off.

use crate::error::Result;
use crate::model::delivery::LIFETIME_MAX;
use crate::model::id::UserId;
use crate::model::time::Timestamp;
use crate::store::{self, Wake, WriteTx};

/// Has a person's reminders wait for what comes after `since`, when the clock was set back.
/// What has fired already is not repeated, since its slots are taken.
pub fn of_user(tx: &WriteTx, user_id: UserId, since: Timestamp) -> Result<()> {
    for reminder in store::reminders::list_unchanged_since(tx, user_id, since)? {
        let sooner = reminder.next.zip(reminder.settings.first_due(since));
        if let Some((_, first)) = sooner.filter(|((slot, _), (first, _))| first < slot) {
            store::reminders::advance(tx, reminder.id, Some(first), reminder.snoozed_until, false)?;
        }
    }
    Ok(())
}

/// Has everybody's deliveries, the services and what has fired be of now instead.
pub fn of_all(tx: &WriteTx) -> Result<()> {
    of_outbox(tx)?;
    store::firings::take_back(tx)?;
    tx.wake(Wake::Outbox);
    Ok(())
}

/// Has everybody's deliveries and the services be of now instead.
pub fn of_outbox(tx: &WriteTx) -> Result<()> {
    store::deliveries::take_back(tx, tx.now() + LIFETIME_MAX)?;
    store::scopes::open_gates(tx, tx.now() + LIFETIME_MAX)?;
    store::scopes::set_all_ready(tx)
}
