//! The outbox: taking what is to be sent, and recording what came of it.

use std::time::Duration;

use crate::error::Result;
use crate::model::delivery::{
    Answer, Attempt, FiredReminder, LIFETIME_MAX, Message, NamedLink, Outcome, State, Verdict,
    decide,
};
use crate::model::destination::Address;
use crate::model::id::{DeliveryId, UserId};
use crate::model::reminder::{Target, WhenEmpty};
use crate::model::time::Timestamp;
use crate::store::deliveries::Queued;
use crate::store::{self, Tx, Wake, WriteTx};

/// A delivery taken longer ago than this was lost with its sender.
const LEASE: Duration = Duration::from_mins(2);
/// The most dead letters that are redelivered at once.
const REDELIVER_MAX: usize = 500;

/// What was taken from the outbox.
#[derive(Debug, Default)]
pub struct Claimed {
    /// The attempts to be made now; they are counted already.
    pub attempts: Vec<Attempt>,
    /// When to look again.
    pub next_due_at: Option<Timestamp>,
}

/// Takes up to `limit` deliveries that are due. The bytes of each are made by `render` before
/// its first attempt and kept for all others.
pub fn claim(
    tx: &WriteTx,
    limit: usize,
    render: impl Fn(&Address, &Message) -> Vec<u8>,
) -> Result<Claimed> {
    store::deliveries::end_overdue(tx)?;
    reclaim(tx, tx.now())?;
    let due = store::deliveries::list_sendable(tx, limit)?;
    let taken = due.len();
    let mut attempts = Vec::with_capacity(taken);
    for queued in due {
        attempts.extend(start(tx, queued, &render)?);
    }
    // One that was not sent after all makes way for the next to its destination.
    let may_be_more = limit > 0 && (taken == limit || attempts.len() < taken);
    let next_due_at =
        if may_be_more { Some(tx.now()) } else { store::deliveries::next_due_at(tx)? };
    Ok(Claimed { attempts, next_due_at })
}

/// Has a delivery wait for the end of quiet hours: in the push to the same destination that
/// waits for it already, if there is one that can still take it in.
fn defer(tx: &WriteTx, queued: &Queued, until: Timestamp) -> Result<()> {
    let other = match &queued.body {
        Some(_) => None,
        None => store::deliveries::find_joinable(tx, queued.destination_id, until.minute())?,
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
    queued: Queued,
    render: impl Fn(&Address, &Message) -> Vec<u8>,
) -> Result<Option<Attempt>> {
    // Whatever has changed since it entered the outbox, nobody is pushed while they want quiet.
    let quiet_until = super::reminders::quiet_until(tx, queued.user_id)?;
    if let Some(until) = quiet_until.filter(|_| !queued.is_test) {
        defer(tx, &queued, until)?;
        return Ok(None);
    }
    let body = match &queued.body {
        Some(body) => body.clone(),
        None => match compose(tx, &queued)? {
            Some(message) => render(&queued.address, &message),
            None => {
                let reason = "nothing was left to read";
                store::deliveries::set_ended(tx, queued.id, State::Cancelled, reason)?;
                return Ok(None);
            }
        },
    };
    store::deliveries::start_attempt(tx, queued.id, &body, tx.now() + LEASE)?;
    Ok(Some(Attempt {
        delivery_id: queued.id,
        key: queued.key,
        address: queued.address,
        body,
        started_at: tx.now(),
    }))
}

/// What a delivery says, by what is waiting now; `None` when nothing is.
fn compose(tx: &Tx, queued: &Queued) -> Result<Option<Message>> {
    if queued.is_test {
        return Ok(Some(Message::of_test(tx.now())));
    }
    let mut fired: Vec<FiredReminder> = Vec::new();
    let mut links: Vec<NamedLink> = Vec::new();
    // Each target once, with how many links wait there.
    let mut told: Vec<(Target, usize)> = Vec::new();
    for (mut firing, reminder_id) in store::deliveries::list_fired(tx, queued.id)? {
        let reminder = store::reminders::get(tx, queued.user_id, reminder_id)?;
        let settings = &reminder.settings;
        let (picked, count) =
            store::bookmarks::waiting(tx, queued.user_id, settings.target, settings.pick)?;
        if count == 0 && settings.when_empty == WhenEmpty::Skip {
            continue;
        }
        for bookmark in picked {
            if !links.iter().any(|link| link.id == bookmark.id) {
                let title = bookmark.title().to_owned();
                links.push(NamedLink { id: bookmark.id, title, url: bookmark.url });
            }
        }
        if count > 0 && !told.contains(&(settings.target, count)) {
            told.push((settings.target, count));
        }
        firing.name = super::reminders::title(tx, &reminder)?;
        fired.push(firing);
    }
    let open_path = match told.as_slice() {
        [(Target::Folder(folder_id), _)] => format!("/bookmarks?folder={folder_id}&unread=1"),
        _ => "/bookmarks?unread=1".to_owned(),
    };
    // "All" counts everything; folders inside one another count twice.
    let all = told.iter().find(|(target, _)| *target == Target::All).map(|(_, count)| *count);
    let waiting = all.unwrap_or_else(|| told.iter().map(|(_, count)| count).sum());
    let waiting = waiting.max(links.len());
    Ok((!fired.is_empty()).then(|| Message::of_reminders(&fired, links, waiting, open_path)))
}

/// Records the answer to an attempt. `jitter` in 0..1 spreads the wait for the next.
pub fn record(tx: &WriteTx, id: DeliveryId, answer: &Answer, jitter: f64) -> Result<()> {
    store::deliveries::end_attempt(tx, id, answer)?;
    let Some(sent) = store::deliveries::find_sent(tx, id)? else { return Ok(()) };
    let Some(destination_id) = sent.destination_id else { return Ok(()) };
    let verdict = decide(answer, sent.tries, tx.now(), sent.deadline_at, jitter);
    if verdict == Verdict::Delivered {
        store::destinations::set_success(tx, destination_id)?;
    }
    if sent.state != State::Sending {
        return Ok(()); // Cancelled, or given up on, while it was under way.
    }
    match verdict {
        Verdict::Delivered => store::deliveries::set_ended(tx, id, State::Delivered, ""),
        Verdict::RetryAt(at) => store::deliveries::set_pending(tx, id, at, &answer.detail),
        Verdict::Dead(reason) => store::deliveries::set_ended(tx, id, State::Dead, &reason),
        Verdict::Gone(reason) => {
            store::destinations::set_paused(tx, destination_id, Some(&reason))?;
            store::deliveries::end_of_destination(tx, destination_id, State::Cancelled, &reason)
        }
        Verdict::Pause(reason) => {
            store::destinations::set_paused(tx, destination_id, Some(&reason))?;
            if sent.is_test {
                // A test passes a pause, so it would be tried again and again.
                return store::deliveries::set_ended(tx, id, State::Dead, &reason);
            }
            store::deliveries::set_pending(tx, id, tx.now(), &reason)
        }
    }
}

/// Puts deliveries whose sender died by `before` back into the queue. They may have arrived,
/// so they are sent again under the same key.
pub fn reclaim(tx: &WriteTx, before: Timestamp) -> Result<()> {
    let lost = Answer::new(Outcome::InDoubt, "the server stopped before an answer came");
    for id in store::deliveries::list_abandoned(tx, before)? {
        store::deliveries::end_attempt(tx, id, &lost)?;
        store::deliveries::set_pending(tx, id, tx.now(), &lost.detail)?;
    }
    Ok(())
}

/// Sends dead letters of a person again, under the same keys: those `ids`, or all of them.
/// Returns which; with `dry_run` nothing is sent.
///
/// # Errors
/// `NotFound` when one is not theirs.
pub fn redeliver(
    tx: &WriteTx,
    user_id: UserId,
    ids: Option<&[DeliveryId]>,
    dry_run: bool,
) -> Result<Vec<DeliveryId>> {
    let candidates = match ids {
        Some(ids) => {
            let each = ids.iter().take(REDELIVER_MAX);
            each.map(|id| store::deliveries::get(tx, user_id, *id)).collect::<Result<Vec<_>>>()?
        }
        None => store::deliveries::list(tx, user_id, Some(State::Dead), None, REDELIVER_MAX)?,
    };
    let mut sent = Vec::new();
    for delivery in candidates {
        let ended = matches!(delivery.state, State::Dead | State::Expired);
        let Some(destination_id) = delivery.destination_id.filter(|_| ended) else { continue };
        sent.push(delivery.id);
        if !dry_run {
            store::deliveries::requeue(tx, delivery.id, tx.now() + LIFETIME_MAX)?;
            // A person who sends again has seen why it was paused.
            store::destinations::set_paused(tx, destination_id, None)?;
            tx.wake(Wake::Outbox);
        }
    }
    Ok(sent)
}
