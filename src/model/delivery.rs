//! One message to one destination: what it says, what an answer to it means, what comes next.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::destination::Address;
use crate::model::id::{BookmarkId, DeliveryId, DestinationId, ScopeId};
use crate::model::text;
use crate::model::time::{Slot, Timestamp};

/// No message is worth sending later than this after it was due.
pub const LIFETIME_MAX: Duration = Duration::from_hours(24);
/// A firing this much after its time says that it is late.
pub const LATE_AFTER: Duration = Duration::from_mins(2);
/// How many titles a push names before it says "and n more".
pub const NAMED_MAX: usize = 5;
/// No rendered message is longer; none needs to be.
pub const BODY_BYTES_MAX: usize = 20_000;
/// The most deliveries that wait for one destination; the oldest make room.
pub const WAITING_MAX: usize = 200;
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
    /// Our short-lived credential was refused: the attempt is repeated once with a new one.
    Reauth,
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
            Self::Retry { .. } => "retry",
            Self::Reauth => "reauth",
            Self::Gone => "gone",
            Self::Rejected => "rejected",
            Self::Config => "config",
            Self::InDoubt => "in_doubt",
        }
    }
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
}

impl Answer {
    /// An answer without an HTTP status.
    pub fn new(outcome: Outcome, detail: impl Into<String>) -> Self {
        Self { outcome, status: None, detail: detail.into() }
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
/// this one included; `jitter` in 0..1 spreads the waits.
pub fn decide(
    answer: &Answer,
    tries: u32,
    now: Timestamp,
    deadline: Timestamp,
    jitter: f64,
) -> Verdict {
    let (after, tries_max) = match answer.outcome {
        Outcome::Accepted => return Verdict::Delivered,
        Outcome::Rejected => return Verdict::Dead(answer.detail.clone()),
        Outcome::Gone => return Verdict::Gone(answer.detail.clone()),
        Outcome::Config | Outcome::Reauth => return Verdict::Pause(answer.detail.clone()),
        Outcome::InDoubt => (None, None),
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

/// A link that a push names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedLink {
    /// The bookmark.
    pub id: BookmarkId,
    /// What it is called.
    pub title: String,
    /// Where it leads.
    pub url: String,
}

/// One firing that a push tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiredReminder {
    /// What the reminder is called, else what it is about.
    pub name: String,
    /// The local time it was meant for.
    pub slot: Slot,
    /// When that was.
    pub due_at: Timestamp,
    /// When it fired.
    pub fired_at: Timestamp,
    /// How many slots before it went by.
    pub missed: u32,
}

impl FiredReminder {
    fn is_late(&self) -> bool {
        self.missed > 0 || self.fired_at.since(self.due_at) >= LATE_AFTER
    }
}

/// What a push says, before a transport gives it its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The event, such as `reminder.fired`.
    pub event: &'static str,
    /// One line.
    pub title: String,
    /// The text.
    pub text: String,
    /// When it came about.
    pub at: Timestamp,
    /// When it should have, if that was clearly earlier.
    pub late_since: Option<Timestamp>,
    /// How many earlier times went by.
    pub missed: u32,
    /// How many links wait in all.
    pub waiting: usize,
    /// Those that are named.
    pub links: Vec<NamedLink>,
    /// The page of ours to open, from `/`.
    pub open_path: String,
}

impl Message {
    /// The message of a person's reminders that fired together, about those `links` of all
    /// that are `waiting`.
    pub fn of_reminders(
        fired: &[FiredReminder],
        links: Vec<NamedLink>,
        waiting: usize,
        open_path: String,
    ) -> Self {
        let names: Vec<&str> = fired.iter().map(|f| f.name.as_str()).collect();
        let count = match waiting {
            0 => "nothing".to_owned(),
            1 => "1 link".to_owned(),
            n => format!("{n} links"),
        };
        let title = format!("{}: {count} waiting", text::shortened(&names.join(", "), 80));
        let mut lines = named(&links, waiting);
        if waiting == 0 {
            lines.push("All of it is read.".into());
        }
        let missed = fired.iter().map(|f| f.missed).sum();
        let late = fired.iter().filter(|f| f.is_late()).min_by_key(|f| f.due_at);
        lines.extend(late.map(|f| late_line(f, missed)));
        Self {
            event: "reminder.fired",
            title,
            text: lines.join("\n"),
            at: fired.iter().map(|f| f.fired_at).max().unwrap_or_default(),
            late_since: late.map(|f| f.due_at),
            missed,
            waiting,
            links,
            open_path,
        }
    }

    /// The message that those `links` and others, `count` in all, turn to ash at midnight.
    pub fn of_burning(links: Vec<NamedLink>, count: usize, at: Timestamp) -> Self {
        let mut lines = named(&links, count);
        lines.push("What is read stays. The ashes can be searched and restored.".into());
        Self {
            event: "burning.soon",
            title: burning_line(count),
            text: lines.join("\n"),
            at,
            late_since: None,
            missed: 0,
            waiting: count,
            links,
            open_path: "/ashes".into(),
        }
    }

    /// The same message, which also says that so many links turn to ash at midnight.
    #[must_use]
    pub fn with_burning(mut self, count: usize) -> Self {
        self.text.push_str(&format!("\n{}.", burning_line(count)));
        self
    }

    /// The message by which a person tries a destination.
    pub fn of_test(at: Timestamp) -> Self {
        Self {
            event: "test",
            title: "Toaster can reach you here".into(),
            text: "This is a test. Your reminders will arrive the same way.".into(),
            at,
            late_since: None,
            missed: 0,
            waiting: 0,
            links: Vec::new(),
            open_path: "/".into(),
        }
    }

    /// The message that tells a person elsewhere that one of their destinations fails.
    pub fn of_failing(id: DestinationId, name: &str, reason: &str, at: Timestamp) -> Self {
        Self {
            event: "destination.failing",
            title: format!("Nothing arrives at {} any more", text::shortened(name, 80)),
            text: format!("{}\nReminders still come here.", text::shortened(reason, 300)),
            at,
            late_since: None,
            missed: 0,
            waiting: 0,
            links: Vec::new(),
            open_path: format!("/destinations/{id}"),
        }
    }
}

/// A line for each of the first links, and one for the rest of `count`.
fn named(links: &[NamedLink], count: usize) -> Vec<String> {
    let named = links.iter().take(NAMED_MAX);
    let mut lines: Vec<String> =
        named.map(|link| format!("• {}", text::shortened(&link.title, 100))).collect();
    let unnamed = count.saturating_sub(lines.len());
    if unnamed > 0 {
        lines.push(format!("and {unnamed} more"));
    }
    lines
}

fn burning_line(count: usize) -> String {
    match count {
        1 => "1 link turns to ash at midnight".to_owned(),
        n => format!("{n} links turn to ash at midnight"),
    }
}

fn late_line(fired: &FiredReminder, missed: u32) -> String {
    let due = format!("{} {}", fired.slot.on(), fired.slot.at());
    match missed {
        0 => format!("Late: this was due {due}."),
        1 => format!("Late: this was due {due}, and 1 earlier time was missed."),
        n => format!("Late: this was due {due}, and {n} earlier times were missed."),
    }
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
    /// The names of its reminders.
    pub about: String,
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
        decide(&answer, tries, NOW, NOW + Duration::from_secs(deadline_s), 1.0)
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

    fn fired(slot: &str, fired_at: &str, missed: u32) -> FiredReminder {
        let slot: Slot = slot.parse().unwrap();
        let due_at = slot.instant(&crate::model::time::Zone::UTC);
        FiredReminder {
            name: "Evening".into(),
            slot,
            due_at,
            fired_at: fired_at.parse().unwrap(),
            missed,
        }
    }

    fn links(count: i64) -> Vec<NamedLink> {
        (1..=count)
            .map(|n| NamedLink {
                id: BookmarkId(n),
                title: format!("Link {n}"),
                url: String::new(),
            })
            .collect()
    }

    #[test]
    fn a_push_names_what_is_waiting() {
        let on_time = fired("2026-03-08T21:30", "2026-03-08T21:30:01Z", 0);
        let message = Message::of_reminders(&[on_time], links(2), 7, "/".into());
        assert_eq!(message.title, "Evening: 7 links waiting");
        assert_eq!(message.text, "• Link 1\n• Link 2\nand 5 more");
        assert_eq!(message.late_since, None);
    }

    #[test]
    fn a_late_push_says_so_and_how_many_were_missed() {
        let late = fired("2026-03-08T21:30", "2026-03-09T08:00:00Z", 2);
        let message = Message::of_reminders(&[late], links(1), 1, "/".into());
        assert_eq!(message.title, "Evening: 1 link waiting");
        assert_eq!(
            message.text,
            "• Link 1\nLate: this was due 2026-03-08 21:30, and 2 earlier times were missed."
        );
        assert!(message.late_since.is_some());
    }

    #[test]
    fn what_turns_to_ash_is_named_and_counted() {
        let link = |n: i64| {
            let title = format!("loaf {n}");
            NamedLink { id: BookmarkId(n), title, url: "https://example.com/".into() }
        };
        let one = Message::of_burning(vec![link(1)], 1, NOW);
        assert_eq!(one.title, "1 link turns to ash at midnight");
        assert!(one.text.starts_with("• loaf 1\nWhat is read"), "{}", one.text);
        let many = Message::of_burning((1..=NAMED_MAX as i64).map(link).collect(), 9, NOW);
        assert_eq!((&*many.title, many.waiting), ("9 links turn to ash at midnight", 9));
        assert!(many.text.contains("• loaf 5\nand 4 more\n"), "{}", many.text);
        let test = Message::of_test(NOW).with_burning(2);
        assert!(test.text.ends_with("\n2 links turn to ash at midnight."), "{}", test.text);
    }
}
