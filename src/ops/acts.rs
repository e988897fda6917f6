//! Doing what people ask for from a notification, or on the page that it opens.

use crate::error::{Error, Result};
use crate::model::act::{Act, Ticket};
use crate::model::id::{DeliveryId, UserId};
use crate::model::time::Timestamp;
use crate::ops::bulk::{self, Action};
use crate::store::acts::Told;
use crate::store::{self, WriteTx};

/// What came of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// So many links were marked as read.
    Read(usize),
    /// The reminders come once more then.
    Again(Timestamp),
    /// Nothing more is sent to where the message went.
    Stopped,
    /// There was nothing left to do it to.
    Nothing,
}

/// Does what a ticket gives the right to; `None` when that was done before.
///
/// # Errors
/// `NotFound` when the delivery was forgotten.
pub fn redeem(tx: &WriteTx, ticket: &Ticket) -> Result<Option<Effect>> {
    let told = store::acts::told(tx, ticket.delivery_id)?;
    if !store::acts::insert(tx, ticket.delivery_id, ticket.act)? {
        return Ok(None);
    }
    perform(tx, ticket.delivery_id, &told, ticket.act).map(Some)
}

/// Does it for the person a delivery was for, as often as they like.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn act(tx: &WriteTx, user_id: UserId, id: DeliveryId, act: Act) -> Result<Effect> {
    perform(tx, id, &store::acts::told_to(tx, user_id, id)?, act)
}

fn perform(tx: &WriteTx, id: DeliveryId, told: &Told, act: Act) -> Result<Effect> {
    if let Some(at) = act.again_at(tx.now(), &store::users::get(tx, told.user_id)?.zone) {
        return snooze(tx, id, told.user_id, at);
    }
    if act == Act::Done {
        return Ok(Effect::Read(bulk::apply(tx, told.user_id, &told.links, &Action::Read)?));
    }
    let Some(destination_id) = told.destination_id else { return Ok(Effect::Nothing) };
    super::destinations::pause(tx, destination_id, "no more messages were wanted here")?;
    Ok(Effect::Stopped)
}

/// Has each reminder that a delivery told of come once more, but for those that were switched
/// off since.
fn snooze(tx: &WriteTx, id: DeliveryId, user_id: UserId, at: Timestamp) -> Result<Effect> {
    let mut effect = Effect::Nothing;
    for fired in store::deliveries::list_fired(tx, id)? {
        match super::reminders::snooze(tx, user_id, fired.id, Some(at)) {
            Ok(snoozed) => effect = Effect::Again(snoozed.snoozed_until.unwrap_or(at)),
            Err(Error::Conflict(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(effect)
}
