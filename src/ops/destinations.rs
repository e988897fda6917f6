//! A person's destinations: added, tried, paused, and told of elsewhere when they fail.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::delivery::{LIFETIME_MAX, State};
use crate::model::destination::{self, Address, Destination, Kind};
use crate::model::id::{DeliveryId, DestinationId, UserId};
use crate::model::message::Words;
use crate::store::deliveries::NewDelivery;
use crate::store::{self, Wake, WriteTx};

const DESTINATIONS_MAX: usize = 50;
/// How long a test is tried for; who pressed the button is still looking.
const TEST_LIFETIME: Duration = Duration::from_mins(10);

/// A destination that was asked for.
#[derive(Debug)]
pub struct Added {
    /// The destination.
    pub destination: Destination,
    /// Whether there was none like it.
    pub is_new: bool,
}

/// Adds a destination. A browser can be one destination only: when it is known already it is
/// brought up to date, and when somebody else was signed in there it is theirs no longer.
///
/// # Errors
/// `Invalid` when its name cannot be used, `Conflict` when there are too many.
pub fn add(tx: &WriteTx, user_id: UserId, name: &str, address: &Address) -> Result<Added> {
    let name = destination::parse_name(name)?;
    if let Address::WebPush { endpoint, .. } = address {
        for found in store::destinations::list_of_endpoint(tx, address, endpoint)? {
            if found.user_id == user_id {
                lead_to(tx, &found, address)?;
                let destination = store::destinations::get(tx, user_id, found.id)?;
                return Ok(Added { destination, is_new: false });
            }
            delete(tx, found.user_id, found.id)?;
        }
    }
    if store::destinations::list(tx, user_id)?.len() >= DESTINATIONS_MAX {
        return Err(Error::Conflict(format!(
            "there are {DESTINATIONS_MAX} destinations already, delete one first"
        )));
    }
    let id = store::destinations::insert(tx, user_id, &name, address)?;
    Ok(Added { destination: store::destinations::get(tx, user_id, id)?, is_new: true })
}

/// Changes parts of an address; those that are not given stay, secrets too. What waits goes there.
///
/// # Errors
/// `NotFound` when it is not theirs, `Invalid` naming a part that cannot be used.
pub fn readdress<'a>(
    tx: &WriteTx,
    user_id: UserId,
    id: DestinationId,
    given: impl Fn(&str) -> Option<&'a str>,
) -> Result<()> {
    let destination = store::destinations::get(tx, user_id, id)?;
    let old = destination.address.parts();
    let kept = |name: &str| old.iter().find(|(n, _)| *n == name).map(|(_, v)| v.clone());
    let kind = destination.address.kind();
    let mut merged = Vec::new();
    for part in kind.parts() {
        let value = given(part.name).map(ToOwned::to_owned).or_else(|| kept(part.name));
        merged.extend(value.map(|value| (part.name, value)));
    }
    let find = |name: &str| merged.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str());
    let address = Address::parse(kind, find)?;
    let address = match kept("secret") {
        Some(secret) => address.with_secret(secret),
        None => address,
    };
    lead_to(tx, &destination, &address)
}

/// Leads a destination to another address, if it is another.
fn lead_to(tx: &WriteTx, destination: &Destination, address: &Address) -> Result<()> {
    if destination.address == *address {
        return Ok(());
    }
    store::destinations::set_address(tx, destination.id, address)?;
    store::deliveries::readdress(tx, destination.id)?;
    release(tx, destination.id)
}

/// Gives a webhook a new signing secret; for a day it signs with the old one as well.
///
/// # Errors
/// `NotFound` when it is not theirs, `Conflict` when it is of a kind that is not signed.
pub fn rotate(
    tx: &WriteTx,
    user_id: UserId,
    id: DestinationId,
    new: String,
) -> Result<Destination> {
    let destination = store::destinations::get(tx, user_id, id)?;
    if destination.address.kind() != Kind::Webhook {
        return Err(Error::Conflict("only a webhook has a signing secret".into()));
    }
    store::destinations::set_address(tx, id, &destination.address.rotated(new, tx.now()))?;
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
            failing_id: None,
            burns_at: None,
            about: Words::of(store::users::wishes(tx, user_id)?.language).test(),
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
    release(tx, id)
}

/// Ends a pause.
pub(super) fn release(tx: &WriteTx, id: DestinationId) -> Result<()> {
    store::destinations::set_paused(tx, id, None)?;
    store::deliveries::release(tx, id)?;
    tx.wake(Wake::Outbox);
    Ok(())
}

/// Holds everything for a destination back until a person mends it.
pub(super) fn pause(tx: &WriteTx, id: DestinationId, reason: &str) -> Result<()> {
    store::destinations::set_paused(tx, id, Some(reason))?;
    store::deliveries::hold(tx, id, reason)
}

/// Notes that something arrived, which ends a pause.
pub(super) fn works(tx: &WriteTx, id: DestinationId) -> Result<()> {
    let paused = store::destinations::is_paused(tx, id)?;
    store::destinations::set_success(tx, id)?;
    if paused { store::deliveries::release(tx, id) } else { Ok(()) }
}

/// Notes that a destination lost a message or was paused. Its owner is told at the others of
/// theirs that work, once until something arrives there again.
pub(super) fn fails(tx: &WriteTx, id: DestinationId, reason: &str) -> Result<()> {
    if !store::destinations::set_failing(tx, id, reason)? {
        return Ok(());
    }
    let Some(failing) = store::destinations::find(tx, id)? else { return Ok(()) };
    if !store::users::push_on(tx, failing.user_id)? {
        return Ok(());
    }
    let works = |to: &&Destination| to.paused_reason.is_none() && to.failing_reason.is_none();
    for destination in store::destinations::list(tx, failing.user_id)?.iter().filter(works) {
        let new = NewDelivery {
            destination,
            is_test: false,
            failing_id: Some(id),
            burns_at: None,
            about: &failing.name,
            minute_at: tx.now().minute(),
            due_at: tx.now(),
            deadline_at: tx.now() + LIFETIME_MAX,
        };
        store::deliveries::insert(tx, &new)?;
    }
    tx.wake(Wake::Outbox);
    Ok(())
}
