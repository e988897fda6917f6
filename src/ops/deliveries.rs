//! Dead letters and what waits: sent again or called off by hand.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::model::delivery::{LIFETIME_MAX, REDELIVER_EVERY, State, WAITING_MAX};
use crate::model::id::{DeliveryId, DestinationId, UserId};
use crate::model::time::Timestamp;
use crate::store::deliveries::Filter;
use crate::store::{self, Tx, Wake, WriteTx};

/// The most that one request moves; the answer says whether there are more.
const BATCH_MAX: usize = 500;

/// What a request came to, or would.
#[derive(Debug, PartialEq, Eq)]
pub struct Moved {
    /// Which deliveries, oldest first.
    pub ids: Vec<DeliveryId>,
    /// Whether there are more of them than one request moves.
    pub more: bool,
}

/// Sends dead letters of a person again, under the same keys: those of the filter that died,
/// or also expired where they are named. Those of one destination go one after the other, a
/// moment apart, so that they do not all arrive at once. With `dry_run` nothing is sent.
///
/// # Errors
/// `NotFound` when one that is named is not theirs.
pub fn redeliver(
    tx: &WriteTx,
    user_id: UserId,
    mut filter: Filter,
    dry_run: bool,
) -> Result<Moved> {
    filter.states = match &filter.ids {
        Some(_) => vec![State::Dead, State::Expired],
        None => vec![State::Dead],
    };
    let (found, mut more) = matching(tx, user_id, &filter)?;
    let mut places: HashMap<DestinationId, Place> = HashMap::new();
    let mut ids = Vec::new();
    for delivery in found {
        let Some(destination_id) = delivery.destination_id else { continue };
        let place = match places.get_mut(&destination_id) {
            Some(place) => place,
            None => {
                if !dry_run {
                    // A person who sends again has seen why it was paused.
                    super::destinations::release(tx, destination_id)?;
                }
                places.entry(destination_id).or_insert(Place::at(tx, destination_id)?)
            }
        };
        let Some(due_at) = place.next() else {
            more = true;
            continue;
        };
        ids.push(delivery.id);
        if !dry_run {
            store::deliveries::requeue(tx, delivery.id, due_at, due_at + LIFETIME_MAX)?;
            tx.wake(Wake::Outbox);
        }
    }
    Ok(Moved { ids, more })
}

/// Calls off what waits, or dismisses dead letters: those of the filter in either state. What
/// is being sent at the moment cannot be called off. With `dry_run` nothing is changed.
///
/// # Errors
/// `NotFound` when one that is named is not theirs; `Invalid` when the filter names neither ids
/// nor states, since that would be everything.
pub fn cancel(tx: &WriteTx, user_id: UserId, mut filter: Filter, dry_run: bool) -> Result<Moved> {
    const STATES: [State; 2] = [State::Pending, State::Dead];
    if filter.ids.is_none() && filter.states.is_empty() {
        let reason = "missing, expected pending or dead where no ids are given";
        return Err(Error::invalid("state", reason));
    }
    if filter.states.iter().any(|state| !STATES.contains(state)) {
        return Err(Error::invalid("state", "cannot be cancelled, expected pending or dead"));
    }
    if filter.states.is_empty() {
        filter.states = STATES.to_vec();
    }
    let (found, more) = matching(tx, user_id, &filter)?;
    for delivery in found.iter().filter(|_| !dry_run) {
        let why = if delivery.reason.is_empty() { "" } else { ": " };
        let reason = format!("called off by hand{why}{}", delivery.reason);
        store::deliveries::set_ended(tx, delivery.id, State::Cancelled, &reason)?;
    }
    Ok(Moved { ids: found.iter().map(|delivery| delivery.id).collect(), more })
}

/// The oldest that a filter means, and whether there are more. Those it names must be theirs.
fn matching(
    tx: &Tx,
    user_id: UserId,
    filter: &Filter,
) -> Result<(Vec<crate::model::delivery::Delivery>, bool)> {
    if let Some(ids) = &filter.ids {
        if ids.len() > BATCH_MAX {
            let reason = format!("{} found, expected at most {BATCH_MAX}", ids.len());
            return Err(Error::invalid("ids", reason));
        }
        for id in ids {
            store::deliveries::get(tx, user_id, *id)?;
        }
    }
    let mut found = store::deliveries::list(tx, user_id, filter, None, BATCH_MAX + 1)?;
    let more = found.len() > BATCH_MAX;
    found.truncate(BATCH_MAX);
    found.reverse();
    Ok((found, more))
}

/// Where in time the next dead letter to a destination goes.
struct Place {
    next_at: Timestamp,
    left: usize,
}

impl Place {
    /// Behind those that were sent again before and still wait.
    fn at(tx: &Tx, id: DestinationId) -> Result<Self> {
        let (waiting, last_at) = store::deliveries::waiting(tx, id)?;
        let behind = last_at.map_or(tx.now(), |last_at| last_at + REDELIVER_EVERY);
        Ok(Self { next_at: behind.max(tx.now()), left: WAITING_MAX.saturating_sub(waiting) })
    }

    /// The next place, while there is one.
    fn next(&mut self) -> Option<Timestamp> {
        self.left = self.left.checked_sub(1)?;
        let at = self.next_at;
        self.next_at = at + REDELIVER_EVERY;
        Some(at)
    }
}
