//! Deletes what retention no longer keeps, a bounded piece at a time.

use std::time::Duration;

use crate::error::Result;
use crate::model::undo;
use crate::ops::duplicates;
use crate::store::{self, WriteTx};

/// How long ended deliveries and their attempts are kept.
pub const KEEP_DELIVERIES: Duration = Duration::from_hours(24 * 90);
/// How long ended deliveries of events are kept, of which there may be very many.
pub const KEEP_EVENTS: Duration = Duration::from_hours(24 * 7);
/// How long firings are kept, beyond the newest of each reminder.
pub const KEEP_FIRINGS: Duration = Duration::from_hours(24 * 400);
/// How long it is kept what became of an import.
pub const KEEP_IMPORTS: Duration = Duration::from_hours(24 * 90);
/// How long an answer is given again to who repeats a request under the same key.
pub const KEEP_ANSWERS: Duration = Duration::from_hours(24);
const ROWS_A_STEP: usize = 500;

/// Deletes one piece; returns whether there may be more.
pub fn step(tx: &WriteTx) -> Result<bool> {
    let deleted = [
        store::deliveries::delete_before(tx, tx.now() - KEEP_DELIVERIES, ROWS_A_STEP)?,
        store::answers::delete_before(tx, tx.now() - KEEP_ANSWERS, ROWS_A_STEP)?,
        store::events::delete_before(tx, tx.now() - KEEP_EVENTS, ROWS_A_STEP)?,
        store::firings::delete_before(tx, tx.now() - KEEP_FIRINGS, ROWS_A_STEP)?,
    ];
    // Each may have thousands of rejects; what is left has its turn next time.
    store::imports::delete_ended(tx, tx.now() - KEEP_IMPORTS, 1)?;
    store::sessions::delete_expired(tx)?;
    let more = store::undos::delete_oldest(tx, tx.now() - undo::KEEP)? | duplicates::fill(tx)?;
    Ok(more || deleted.contains(&ROWS_A_STEP))
}
