//! A person's destinations: added, tried, paused, and told of elsewhere when they fail.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::delivery::{LIFETIME_MAX, State};
use crate::model::destination::{self, Address, Destination, Given, Kind, Reach};
use crate::model::event::{Event, Events};
use crate::model::id::{DeliveryId, DestinationId, UserId};
use crate::model::message::Words;
use crate::store::deliveries::NewDelivery;
use crate::store::{self, Wake, WriteTx};

const DESTINATIONS_MAX: usize = 50;
/// How long a test is tried for; who pressed the button is still looking.
const TEST_LIFETIME: Duration = Duration::from_mins(10);
/// How long a webhook's old signing secret is used beside the new one.
const OLD_SECRET_LIFETIME: Duration = Duration::from_hours(24);

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
    take_over(tx, None, address)?;
    let id = store::destinations::insert(tx, user_id, &name, address)?;
    store::destinations::get(tx, user_id, id)
}

/// Adds the destination that a device says it is, or knows it again: then only its address is
/// renewed, and the name that its owner chose stays. Returns whether it is new.
///
/// # Errors
/// As [`add`].
pub fn register(
    tx: &WriteTx,
    user_id: UserId,
    name: &str,
    address: &Address,
) -> Result<(Destination, bool)> {
    let known = match address.device() {
        Some(device) => store::destinations::find_by_device(tx, device)?,
        None => None,
    };
    let same =
        |known: &Destination| known.user_id == user_id && known.address.kind() == address.kind();
    let Some(known) = known.filter(same) else {
        return Ok((add(tx, user_id, name, address)?, true));
    };
    store::destinations::set_seen(tx, known.id)?;
    readdress(tx, &known, address)?;
    Ok((store::destinations::get(tx, user_id, known.id)?, false))
}

/// Has a destination lead elsewhere, by other values for some of its fields. What waits for it
/// goes there, also if it was paused.
///
/// # Errors
/// `NotFound` when it is not theirs, `Invalid` when nothing can be sent there.
pub fn change_address(
    tx: &WriteTx,
    user_id: UserId,
    id: DestinationId,
    given: &Given,
    reach: &Reach,
) -> Result<Destination> {
    let known = store::destinations::get(tx, user_id, id)?;
    let address = known.address.changed(given)?;
    if address != known.address {
        reach.check(&address)?;
    }
    readdress(tx, &known, &address)?;
    store::destinations::get(tx, user_id, id)
}

/// Gives a webhook a new signing secret. The old one signs along for a day, so that a receiver
/// that knows either of them misses nothing.
///
/// # Errors
/// `NotFound` when it is not theirs, `Conflict` when it is no webhook.
pub fn rotate(
    tx: &WriteTx,
    user_id: UserId,
    id: DestinationId,
    secret: String,
) -> Result<Destination> {
    let known = store::destinations::get(tx, user_id, id)?;
    let address = known.address.rotated(secret, tx.now() + OLD_SECRET_LIFETIME)?;
    store::destinations::set_address(tx, id, &address)?;
    store::destinations::get(tx, user_id, id)
}

/// Chooses what a webhook is told: of which events, and whether it gets what is pushed to its
/// owner as well. What is `None` stays as it is.
///
/// # Errors
/// `NotFound` when it is not theirs; `Invalid` when it is no webhook, would be told nothing, or
/// the same twice.
pub fn choose(
    tx: &WriteTx,
    user_id: UserId,
    id: DestinationId,
    events: Option<Events>,
    pushes: Option<bool>,
) -> Result<Destination> {
    let known = store::destinations::get(tx, user_id, id)?;
    if events.is_none() && pushes.is_none() {
        return Ok(known);
    }
    let (events, pushes) = (events.unwrap_or(known.events), pushes.unwrap_or(known.pushes));
    if known.address.kind() != Kind::Webhook {
        if !events.is_empty() {
            return Err(Error::invalid("events", "found, expected only for the kind webhook"));
        }
        if !pushes {
            let reason = "false found, expected only for the kind webhook; delete it instead";
            return Err(Error::invalid("pushes", reason));
        }
    }
    if events.is_empty() && !pushes {
        return Err(Error::invalid("events", "none found, expected one, or pushes"));
    }
    if events.has(Event::ReminderFired) && pushes {
        let reason = "reminder.fired found beside pushes, which tell of it already; expected one \
                      of the two";
        return Err(Error::invalid("events", reason));
    }
    store::destinations::set_told(tx, id, events, pushes)?;
    store::destinations::get(tx, user_id, id)
}

fn readdress(tx: &WriteTx, known: &Destination, address: &Address) -> Result<()> {
    if known.address == *address {
        return Ok(());
    }
    take_over(tx, Some(known.id), address)?;
    let scope_id = store::destinations::set_address(tx, known.id, address)?;
    store::deliveries::readdress(tx, known.id, scope_id)?;
    release(tx, known.id)
}

/// Removes any other destination that leads to the same device. An address that a device gives
/// out is known to nobody else, so who brings it has the device in hand: it may be a browser in
/// which somebody else was signed in before, whose links must not be shown there any more.
fn take_over(tx: &WriteTx, ours: Option<DestinationId>, address: &Address) -> Result<()> {
    let Some(device) = address.device() else { return Ok(()) };
    match store::destinations::find_by_device(tx, device)? {
        Some(other) if Some(other.id) != ours => {
            remove(tx, other.id, "its device was set up anew, maybe by somebody else")
        }
        _ => Ok(()),
    }
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
    remove(tx, id, "its destination was deleted")
}

fn remove(tx: &WriteTx, id: DestinationId, why: &str) -> Result<()> {
    store::deliveries::end_of_destination(tx, id, State::Cancelled, why)?;
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
    let works =
        |to: &&Destination| to.pushes && to.paused_reason.is_none() && to.failing_reason.is_none();
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
