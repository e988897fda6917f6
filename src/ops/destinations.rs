//! A person's destinations.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::delivery::State;
use crate::model::destination::{self, Address, Destination};
use crate::model::id::{DeliveryId, DestinationId, UserId};
use crate::store::deliveries::NewDelivery;
use crate::store::{self, Wake, WriteTx};

const DESTINATIONS_MAX: usize = 50;
/// How long a test is tried for; who pressed the button is still looking.
const TEST_LIFETIME: Duration = Duration::from_mins(10);

/// Adds a destination.
///
/// # Errors
/// `Invalid` when its name cannot be used, `Conflict` when there are too many.
pub fn add(tx: &WriteTx, user_id: UserId, name: &str, address: &Address) -> Result<Destination> {
    let name = destination::parse_name(name)?;
    if store::destinations::list(tx, user_id)?.len() >= DESTINATIONS_MAX {
        return Err(Error::Conflict(format!(
            "there are {DESTINATIONS_MAX} destinations already, delete one first"
        )));
    }
    let id = store::destinations::insert(tx, user_id, &name, address)?;
    store::destinations::get(tx, user_id, id)
}

/// Gives a destination another name.
///
/// # Errors
/// `NotFound` when it is not theirs, `Invalid` when the name cannot be used.
pub fn rename(tx: &WriteTx, user_id: UserId, id: DestinationId, name: &str) -> Result<Destination> {
    store::destinations::get(tx, user_id, id)?;
    store::destinations::set_name(tx, id, &destination::parse_name(name)?)?;
    store::destinations::get(tx, user_id, id)
}

/// Deletes a destination; what was still on its way there is cancelled.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn delete(tx: &WriteTx, user_id: UserId, id: DestinationId) -> Result<()> {
    store::destinations::get(tx, user_id, id)?;
    store::deliveries::end_of_destination(tx, id, State::Cancelled, "its destination was deleted")?;
    store::destinations::delete(tx, id)
}

/// Sends a test to a destination, even to a paused one: when it arrives, the pause ends.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn test(tx: &WriteTx, user_id: UserId, id: DestinationId) -> Result<DeliveryId> {
    let destination = store::destinations::get(tx, user_id, id)?;
    let delivery = store::deliveries::insert(
        tx,
        &NewDelivery {
            destination: &destination,
            is_test: true,
            about: "Test",
            minute_at: tx.now().minute(),
            due_at: tx.now(),
            deadline_at: tx.now() + TEST_LIFETIME,
        },
    )?;
    tx.wake(Wake::Outbox);
    Ok(delivery)
}

/// Lets what is held back for a paused destination go again.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn resume(tx: &WriteTx, user_id: UserId, id: DestinationId) -> Result<()> {
    store::destinations::get(tx, user_id, id)?;
    store::destinations::set_paused(tx, id, None)?;
    tx.wake(Wake::Outbox);
    Ok(())
}
