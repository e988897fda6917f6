//! The outbox in motion: taking what is to be sent, and recording what came of it.

use std::time::Duration;

use super::compose;
use crate::error::Result;
use crate::model::delivery::{
    Answer, Attempt, BODY_BYTES_MAX, Outcome, State, Strikes, Verdict, decide,
};
use crate::model::destination::Address;
use crate::model::id::{DeliveryId, DestinationId, ScopeId};
use crate::model::message::Message;
use crate::model::scope::Buckets;
use crate::model::time::Timestamp;
use crate::store::outbox::{Queued, Sent};
use crate::store::scopes::{LookAgain, Ready};
use crate::store::{self, WriteTx};

/// A delivery taken longer ago than this was lost with its sender. No answer takes so long, even
/// behind everything else that was taken.
const LEASE: Duration = Duration::from_mins(5);
/// The most deliveries that are given up on in one transaction.
const OVERDUE_MAX: usize = 500;

/// How much is taken from the outbox.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// In all.
    pub all: usize,
    /// For one service, with what is under way there, so that one that hangs holds up no other.
    pub a_scope: usize,
}

/// What was taken from the outbox.
#[derive(Debug, Default)]
pub struct Claimed {
    /// The attempts to be made now; they are counted already.
    pub attempts: Vec<Attempt>,
    /// When to look again.
    pub next_at: Option<Timestamp>,
}

/// Takes deliveries that are due, from each line as much as its service can be asked for. The
/// bytes of each are made by `render` before its first attempt and kept for all others.
pub fn claim(
    tx: &WriteTx,
    mut room: Room,
    buckets: &mut Buckets,
    render: impl Fn(&Address, &Message) -> Vec<u8>,
) -> Result<Claimed> {
    end_overdue(tx)?;
    reclaim(tx, tx.now())?;
    let mut attempts = Vec::new();
    for line in store::scopes::list_ready(tx, room.all)? {
        if room.all == 0 {
            break;
        }
        let taken = take(tx, &line, room, buckets)?;
        let (before, most) = (attempts.len(), taken.len());
        for queued in taken {
            attempts.extend(start(tx, line.id, queued, &render)?);
        }
        let started = attempts.len() - before;
        room.all -= started;
        if started < most {
            // Others may go in place of those that need not go any more.
            store::scopes::set_ready(tx, line.id)?;
        }
    }
    Ok(Claimed { attempts, next_at: store::outbox::next_work_at(tx)? })
}

/// Takes what a service can be asked for now, and says when its line is looked at again.
fn take(tx: &WriteTx, line: &Ready, room: Room, buckets: &mut Buckets) -> Result<Vec<Queued>> {
    let (now, id) = (tx.now(), line.id);
    if now < line.health.not_before {
        store::scopes::set_looked(tx, id, LookAgain::At(line.health.not_before))?;
        return Ok(Vec::new());
    }
    let free = line.health.room(now, line.under_way, room.a_scope);
    let quota = buckets.quotas.of_scope(&line.name);
    let tokens = quota.map_or(usize::MAX, |quota| buckets.left(id, quota, now) as usize);
    let most = free.min(tokens).min(room.all);
    let taken = store::outbox::list_sendable(tx, id, most)?;
    if let Some(quota) = quota {
        buckets.take(id, quota, u32::try_from(taken.len()).unwrap_or(u32::MAX), now);
    }
    let again = match quota {
        _ if taken.len() < most => LookAgain::WhenDue,
        _ if most == free => LookAgain::AfterAnswer,
        Some(quota) if most == tokens => LookAgain::At(buckets.next_at(id, quota, now)),
        // There is no room for more; there may be more.
        _ => LookAgain::At(now),
    };
    store::scopes::set_looked(tx, id, again)?;
    Ok(taken)
}

/// Has a delivery wait for the end of quiet hours: in the push to the same destination that
/// waits for it already, if there is one that can still take it in.
fn defer(tx: &WriteTx, queued: &Queued, until: Timestamp) -> Result<()> {
    let is_alone = queued.body.is_some() || queued.failing_id.is_some();
    let other = if is_alone {
        None
    } else {
        store::deliveries::waiting_for(tx, queued.destination_id, until.minute())?.joinable
    };
    match other.filter(|other| *other != queued.id) {
        Some(other) => {
            store::deliveries::hand_over(tx, queued.id, other)?;
            let reason = "it goes out with another after the quiet hours";
            store::deliveries::set_ended(tx, queued.id, State::Cancelled, reason)
        }
        None => store::deliveries::defer(tx, queued.id, until),
    }
}

fn start(
    tx: &WriteTx,
    scope_id: ScopeId,
    queued: Queued,
    render: impl Fn(&Address, &Message) -> Vec<u8>,
) -> Result<Option<Attempt>> {
    // Whatever has changed since it entered the outbox, nobody is pushed while they want quiet.
    let wishes = store::users::wishes(tx, queued.user_id)?;
    let disturbs = !queued.is_test && !queued.is_event;
    if let Some(until) = wishes.quiet_until(tx.now()).filter(|_| disturbs) {
        defer(tx, &queued, until)?;
        return Ok(None);
    }
    let end = |state, reason| {
        store::deliveries::set_ended(tx, queued.id, state, reason)?;
        Ok(None)
    };
    let (body, links) = match &queued.body {
        Some(body) => (body.clone(), Vec::new()),
        None => match compose::message(tx, &queued, wishes.language)? {
            Some(message) => {
                let links = message.links.iter().map(|link| link.id).collect();
                (render(&queued.address, &message), links)
            }
            None => return end(State::Cancelled, "there was nothing left to tell"),
        },
    };
    if body.len() > BODY_BYTES_MAX {
        return end(State::Dead, "the message is too long");
    }
    let is_repeat = store::outbox::was_in_doubt(tx, queued.id)?;
    store::outbox::start_attempt(tx, queued.id, &body, &links, tx.now() + LEASE)?;
    Ok(Some(Attempt {
        delivery_id: queued.id,
        key: queued.key,
        scope_id,
        address: queued.address,
        body,
        started_at: tx.now(),
        ttl: queued.deadline_at.since(tx.now()),
        is_repeat,
    }))
}

/// Records the answer to an attempt, and what it says of the service. `jitter` in 0..1 spreads
/// the wait for the next.
pub fn record(tx: &WriteTx, id: DeliveryId, answer: &Answer, jitter: f64) -> Result<()> {
    store::outbox::end_attempt(tx, id, answer)?;
    let Some(sent) = store::outbox::find_sent(tx, id)? else {
        // It went with its owner; others may have waited for this answer.
        return store::scopes::set_all_ready(tx);
    };
    if let Some(destination_id) = sent.destination_id {
        if let Some(chat_id) = &answer.moved_to {
            store::destinations::set_chat_id(tx, destination_id, chat_id)?;
        }
        settle(tx, id, destination_id, &sent, answer, jitter)?;
    }
    let Some(scope_id) = sent.scope_id else { return Ok(()) };
    let Some(before) = store::scopes::find_health(tx, scope_id)? else { return Ok(()) };
    let after = before.after(answer, tx.now());
    if after != before {
        store::scopes::set_health(tx, scope_id, &after)?;
    }
    store::scopes::set_ready(tx, scope_id)
}

fn settle(
    tx: &WriteTx,
    id: DeliveryId,
    destination_id: DestinationId,
    sent: &Sent,
    answer: &Answer,
    jitter: f64,
) -> Result<()> {
    let strikes = match answer.outcome {
        Outcome::Strike(_) => store::destinations::add_strike(tx, destination_id)?,
        _ => Strikes::default(),
    };
    let verdict = decide(answer, sent.tries, strikes, tx.now(), sent.deadline_at, jitter);
    if verdict == Verdict::Delivered {
        super::destinations::works(tx, destination_id)?;
    }
    if sent.state != State::Sending {
        return Ok(()); // Cancelled, or given up on, while it was under way.
    }
    match verdict {
        Verdict::Delivered => store::deliveries::set_ended(tx, id, State::Delivered, ""),
        Verdict::RetryAt(at) => store::deliveries::set_pending(tx, id, at, &answer.detail),
        Verdict::Dead(reason) => {
            store::deliveries::set_ended(tx, id, State::Dead, &reason)?;
            fails(tx, destination_id, sent.is_test, &reason)
        }
        Verdict::Gone(reason) => {
            store::destinations::set_paused(tx, destination_id, Some(&reason))?;
            store::deliveries::end_of_destination(tx, destination_id, State::Cancelled, &reason)?;
            fails(tx, destination_id, sent.is_test, &reason)
        }
        Verdict::Pause(reason) => {
            if sent.is_test {
                // A test passes a pause, so it would be tried again and again.
                store::deliveries::set_ended(tx, id, State::Dead, &reason)?;
            } else {
                store::deliveries::set_pending(tx, id, tx.now(), &reason)?;
            }
            super::destinations::pause(tx, destination_id, &reason)?;
            fails(tx, destination_id, sent.is_test, &reason)
        }
    }
}

/// Whoever sends a test looks at what comes of it; of anything else they are told elsewhere.
fn fails(tx: &WriteTx, id: DestinationId, is_test: bool, reason: &str) -> Result<()> {
    if is_test { Ok(()) } else { super::destinations::fails(tx, id, reason) }
}

/// Gives up on what waits past its deadline.
fn end_overdue(tx: &WriteTx) -> Result<()> {
    for ended in store::outbox::end_overdue(tx, OVERDUE_MAX)? {
        if let (State::Dead, Some(id)) = (ended.state, ended.destination_id) {
            fails(tx, id, ended.is_test, &ended.reason)?;
        }
    }
    Ok(())
}

/// Puts deliveries whose sender died by `before` back into the queue. They may have arrived,
/// so they are sent again under the same key.
pub fn reclaim(tx: &WriteTx, before: Timestamp) -> Result<()> {
    let lost = Answer::new(Outcome::InDoubt, "the server stopped before an answer came");
    for id in store::outbox::list_abandoned(tx, before)? {
        store::outbox::end_attempt(tx, id, &lost)?;
        store::deliveries::set_pending(tx, id, tx.now(), &lost.detail)?;
    }
    Ok(())
}

/// Gives deliveries back whose attempts were counted and never begun: nothing of them counts.
pub fn give_back(tx: &WriteTx, ids: &[DeliveryId]) -> Result<()> {
    ids.iter().try_for_each(|id| store::outbox::take_back_attempt(tx, *id))?;
    store::scopes::set_all_ready(tx)
}

/// Takes the outbox over from a server that has stopped: nothing is under way.
pub fn take_over(tx: &WriteTx) -> Result<()> {
    reclaim(tx, Timestamp::from_ms(i64::MAX))?;
    store::scopes::set_all_ready(tx)
}
