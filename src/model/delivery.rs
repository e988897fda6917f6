//! One message to one destination: what an answer to it means, and what comes next.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::destination::Address;
use crate::model::event::Event;
use crate::model::id::{DeliveryId, DestinationId, ScopeId};
use crate::model::time::Timestamp;

/// No message is worth sending later than this after it was due.
pub const LIFETIME_MAX: Duration = Duration::from_hours(24);
/// No rendered message is longer; none needs to be.
pub const BODY_BYTES_MAX: usize = 20_000;
/// The most deliveries that wait for one destination; the oldest make room.
pub const WAITING_MAX: usize = 200;
/// The most events that wait for one destination; the oldest make room.
pub const EVENTS_WAITING_MAX: usize = 1_000;
/// How long it is tried to tell of an event, so that a receiver that is down over a weekend
/// misses none.
pub const EVENT_LIFETIME: Duration = Duration::from_hours(72);
/// The wait between two dead letters that are sent to one destination again.
pub const REDELIVER_EVERY: Duration = Duration::from_secs(2);

const BACKOFF_FIRST: Duration = Duration::from_secs(10);
const BACKOFF_MAX: Duration = Duration::from_mins(15);

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for its next attempt.
    Pending,
    /// Is being sent.
    Sending,
    /// The service took it.
    Delivered,
    /// Given up on: a dead letter.
    Dead,
    /// Its time passed before it could be tried.
    Expired,
    /// Not wanted any more.
    Cancelled,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Sending, Self::Delivered, Self::Dead, Self::Expired, Self::Cancelled];

    /// Its name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    ///
    /// # Errors
    /// `Invalid` when there is none.
    pub fn parse(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Error::invalid(
                "state",
                format!("{name:?} is not a delivery state, expected one of {names}"),
            )
        })
    }
}

/// How one attempt ended, in words that all push services share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The service took responsibility.
    Accepted,
    /// A temporary failure.
    Retry {
        /// The service's wish, a floor for the wait.
        after: Option<Duration>,
        /// Give up after so many tries, where trying on until the deadline makes no sense.
        tries_max: Option<u32>,
    },
    /// Nothing for this destination for now, which says nothing of others on the same service.
    Later {
        /// The service's wish, a floor for the wait.
        after: Option<Duration>,
    },
    /// Our short-lived credential was refused: the attempt is repeated once with a new one.
    Reauth,
    /// It answers as one that will never work again, but that may be our own doing.
    Strike(Strike),
    /// The destination will never work again.
    Gone,
    /// This message is bad for this destination.
    Rejected,
    /// Our set-up is wrong: nothing more is sent there until a person mends it.
    Config,
    /// The request left and no answer came back: it may have arrived.
    InDoubt,
}

impl Outcome {
    /// A temporary failure without a wish.
    pub const RETRY: Self = Self::Retry { after: None, tries_max: None };

    /// Its name in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Retry { .. } | Self::Later { .. } => "retry",
            Self::Reauth => "reauth",
            Self::Strike(_) => "strike",
            Self::Gone => "gone",
            Self::Rejected => "rejected",
            Self::Config => "config",
            Self::InDoubt => "in_doubt",
        }
    }
}

/// How an answer counts against a destination: after so many in a row it is taken for gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strike {
    /// So many,
    pub gone_after: u32,
    /// the first of them at least so long ago.
    pub over: Duration,
    /// Whether all that is meant for it waits for a person until then, as after
    /// [`Outcome::Config`]. Otherwise this message alone is given up on.
    pub pauses: bool,
}

impl Strike {
    /// What it means after those that there were.
    fn outcome(self, strikes: Strikes, now: Timestamp) -> Outcome {
        if strikes.count >= self.gone_after && now.since(strikes.since) >= self.over {
            return Outcome::Gone;
        }
        if self.pauses { Outcome::Config } else { Outcome::Rejected }
    }
}

/// The strikes of a destination since something last arrived there, with the one just made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Strikes {
    /// How many.
    pub count: u32,
    /// When the first was.
    pub since: Timestamp,
}

/// What came back from one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What it means.
    pub outcome: Outcome,
    /// The HTTP status, if there was one.
    pub status: Option<u16>,
    /// What happened, in words for people, without any secret.
    pub detail: String,
    /// The chat's new id, where the service says that it has moved.
    pub moved_to: Option<String>,
}

impl Answer {
    /// An answer without an HTTP status.
    pub fn new(outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { outcome, status: None, detail: detail.into(), moved_to: None }
    }

    /// What it means after a new credential was tried as well: a set-up to be mended.
    #[must_use]
    pub fn with_new_credential(self) -> Self {
        match self.outcome {
            Outcome::Reauth => Self { outcome: Outcome::Config, ..self },
            _ => self,
        }
    }
}

/// One attempt to be made: everything a transport needs.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// The delivery's key, the same on every attempt, by which a receiver knows a repeat.
    pub key: String,
    /// What answers for it.
    pub scope_id: ScopeId,
    /// Where to.
    pub address: Address,
    /// The bytes, rendered before the first attempt and never again.
    pub body: Vec<u8>,
    /// When this attempt was started.
    pub started_at: Timestamp,
    /// How long from then the message is useful; at least a second.
    pub ttl: Duration,
    /// Whether an earlier attempt may have arrived.
    pub is_repeat: bool,
}

/// What becomes of a delivery after an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Done.
    Delivered,
    /// Try again then.
    RetryAt(Timestamp),
    /// A dead letter, and why.
    Dead(String),
    /// The destination will never work again: this ends, and so does all that waits for it.
    Gone(String),
    /// Keep it; the destination waits until a person mends it.
    Pause(String),
}

/// Decides what becomes of a delivery. `tries` counts the attempts since it entered the queue,
/// this one included, as `strikes` does; `jitter` in 0..1 spreads the waits.
pub fn decide(
    answer: &Answer,
    tries: u32,
    strikes: Strikes,
    now: Timestamp,
    deadline: Timestamp,
    jitter: f64,
) -> Verdict {
    let outcome = match answer.outcome {
        Outcome::Strike(strike) => strike.outcome(strikes, now),
        other => other,
    };
    let (after, tries_max) = match outcome {
        Outcome::Accepted => return Verdict::Delivered,
        Outcome::Rejected => return Verdict::Dead(answer.detail.clone()),
        Outcome::Gone => return Verdict::Gone(answer.detail.clone()),
        Outcome::Config | Outcome::Reauth | Outcome::Strike(_) => {
            return Verdict::Pause(answer.detail.clone());
        }
        Outcome::InDoubt => (None, None),
        Outcome::Later { after } => (after, None),
        Outcome::Retry { after, tries_max } => (after, tries_max),
    };
    if tries_max.is_some_and(|most| tries >= most) {
        return Verdict::Dead(format!("gave up after {tries} tries: {}", answer.detail));
    }
    let wish = after.unwrap_or_default();
    if now + wish >= deadline {
        let detail = &answer.detail;
        return Verdict::Dead(format!("the service asks for a wait beyond its time: {detail}"));
    }
    let next = now + backoff(tries, jitter).max(wish);
    if next >= deadline {
        return Verdict::Dead(format!("its time ran out: {}", answer.detail));
    }
    Verdict::RetryAt(next)
}

/// The wait after the `tries`th failure: 10 s, doubling to 15 min, spread over its upper half.
fn backoff(tries: u32, jitter: f64) -> Duration {
    let doubled = BACKOFF_FIRST.saturating_mul(2u32.saturating_pow(tries.saturating_sub(1)));
    let whole = doubled.min(BACKOFF_MAX);
    whole / 2 + (whole / 2).mul_f64(jitter.clamp(0.0, 1.0))
}

/// One try, as it is remembered.
#[derive(Debug, Clone)]
pub struct AttemptRecord {
    /// 1 for the first.
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// When its answer was known.
    pub ended_at: Option<Timestamp>,
    /// The name of its [`Outcome`]; `None` while it runs.
    pub outcome: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// What happened.
    pub detail: String,
}

/// A delivery as it is listed.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// Identity.
    pub id: DeliveryId,
    /// Where to; `None` once the destination was deleted.
    pub destination_id: Option<DestinationId>,
    /// What the destination was called.
    pub destination_name: String,
    /// Whether it was a person's test.
    pub is_test: bool,
    /// Where it stands.
    pub state: State,
    /// Why it stands there, in words for people; empty when all is well.
    pub reason: String,
    /// The names of its reminders, or what its event is about.
    pub about: String,
    /// The event that it tells of, if it is no push.
    pub event: Option<Event>,
    /// When it entered the outbox.
    pub created_at: Timestamp,
    /// When it is tried next.
    pub due_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: u32,
    /// The last try.
    pub last: Option<AttemptRecord>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_000_000);

    fn after(outcome: Outcome, tries: u32, deadline_s: u64) -> Verdict {
        let answer = Answer::new(outcome, "why");
        let deadline = NOW + Duration::from_secs(deadline_s);
        decide(&answer, tries, Strikes::default(), NOW, deadline, 1.0)
    }

    #[test]
    fn each_outcome_has_one_verdict() {
        let in_s = |s| Verdict::RetryAt(NOW + Duration::from_secs(s));
        let wish = |s| Outcome::Retry { after: Some(Duration::from_secs(s)), tries_max: None };
        let few = Outcome::Retry { after: None, tries_max: Some(3) };
        let rows = [
            (Outcome::Accepted, 1, Verdict::Delivered),
            (Outcome::RETRY, 1, in_s(10)),
            (Outcome::RETRY, 2, in_s(20)),
            (Outcome::RETRY, 40, in_s(900)),
            (Outcome::InDoubt, 1, in_s(10)),
            (wish(5), 1, in_s(10)),
            (wish(60), 1, in_s(60)),
            (
                wish(3600),
                1,
                Verdict::Dead("the service asks for a wait beyond its time: why".into()),
            ),
            (wish(3599), 1, in_s(3599)),
            (few, 2, in_s(20)),
            (few, 3, Verdict::Dead("gave up after 3 tries: why".into())),
            (Outcome::Later { after: None }, 2, in_s(20)),
            (Outcome::Later { after: Some(Duration::from_mins(1)) }, 1, in_s(60)),
            (Outcome::Rejected, 1, Verdict::Dead("why".into())),
            (Outcome::Gone, 1, Verdict::Gone("why".into())),
            (Outcome::Config, 1, Verdict::Pause("why".into())),
            (Outcome::Reauth, 1, Verdict::Pause("why".into())),
        ];
        for (outcome, tries, verdict) in rows {
            assert_eq!(after(outcome, tries, 3600), verdict, "{outcome:?} {tries}");
        }
    }

    #[test]
    fn a_destination_is_gone_after_enough_strikes_over_enough_time() {
        let check = |strike: Strike, count: u32, ago: Duration, expected: Verdict| {
            let strikes = Strikes { count, since: NOW - ago };
            let answer = Answer::new(Outcome::Strike(strike), "why");
            let verdict = decide(&answer, 1, strikes, NOW, NOW + Duration::from_mins(1), 1.0);
            assert_eq!(verdict, expected, "{strike:?} {count} {ago:?}");
        };
        let (dead, gone) = (Verdict::Dead("why".into()), Verdict::Gone("why".into()));
        let pause = Verdict::Pause("why".into());
        let twice = Strike { gone_after: 2, over: Duration::ZERO, pauses: false };
        check(twice, 1, Duration::ZERO, dead);
        check(twice, 2, Duration::ZERO, gone.clone());
        let slowly = Strike { gone_after: 3, over: Duration::from_secs(500), pauses: true };
        check(slowly, 1, Duration::ZERO, pause.clone());
        check(slowly, 2, Duration::from_secs(900), pause.clone());
        check(slowly, 9, Duration::from_secs(499), pause);
        check(slowly, 3, Duration::from_secs(500), gone);
    }

    #[test]
    fn what_would_be_tried_after_its_deadline_is_dead_now() {
        let out = Verdict::Dead("its time ran out: why".into());
        assert_eq!(after(Outcome::RETRY, 1, 10), out);
        assert_eq!(after(Outcome::RETRY, 1, 11), Verdict::RetryAt(NOW + Duration::from_secs(10)));
    }

    #[test]
    fn a_second_refused_credential_is_a_matter_of_set_up() {
        let refused = Answer::new(Outcome::Reauth, "no");
        assert_eq!(refused.with_new_credential(), Answer::new(Outcome::Config, "no"));
        let failed = Answer::new(Outcome::RETRY, "no");
        assert_eq!(failed.clone().with_new_credential(), failed);
    }

    #[test]
    fn jitter_keeps_to_the_upper_half() {
        assert_eq!(backoff(1, 0.0), Duration::from_secs(5));
        assert_eq!(backoff(1, 1.0), Duration::from_secs(10));
        assert_eq!(backoff(u32::MAX, 0.5), Duration::from_secs(675));
    }
}
