//! What must hold, whatever happens.

use std::collections::HashSet;
use std::time::Duration;

use toaster::model::clock_sense::Nonsense;
use toaster::model::reminder::WhenEmpty;
use toaster::model::time::Timestamp;

use super::ledger::{Fired, Sent};
use super::life::Life;
use super::people::DOUBT_EARLY;
use super::services::Call;
use super::weather::DOUBT;

/// A clock that shows an earlier time than something that fired, by so much, may be doubted.
const BACK: Duration = Duration::from_hours(24);
/// How often a clock in doubt is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// No Toaster ran before.
const FLOOR: &str = "2026-01-01T00:00:00Z";

/// What is known of a push that was sent.
pub struct Letter {
    body: Vec<u8>,
    firings: Vec<i64>,
    calls: usize,
    accepted: bool,
    /// Whether its delivery was found to have ended well.
    is_delivered: bool,
}

/// A run of the server that has just ended.
#[derive(Clone, Copy)]
struct Run {
    now: Timestamp,
    /// From when on it was on time.
    trusted_from: Option<Timestamp>,
    /// Whether all was done at its end by a clock that is believed.
    is_settled: bool,
}

impl Life {
    /// Checks what was done while the server ran; `ended` says that it did not crash.
    pub fn check_run(&mut self, trusted_from: Option<Timestamp>, ended: bool) {
        let now = self.world.now();
        let fired = self.ledger.fired_after(self.last_firing);
        let doubted = ended && self.world.nonsense().is_some();
        if ended {
            self.check_trust(now, doubted);
        }
        assert!(!doubted || fired.is_empty(), "it fired by a clock that it doubts: {fired:?}");
        self.last_firing = fired.last().map_or(self.last_firing, |last| last.id);
        self.tally.firings += fired.len() as u64;
        self.done_in_run = fired.len();
        self.newest = fired.iter().map(|fired| fired.fired_at).fold(self.newest, Ord::max);
        let run = Run { now, trusted_from, is_settled: ended && !doubted };
        if let (false, Some(since), Some(first)) = (doubted, self.doubted_since, self.first_doubt) {
            // It has come to believe that it is so early, and goes on from there; unless the
            // clock came within a day of what fired last before that, which is no doubt any more:
            // then it goes on from where it was, as after any smaller step back.
            let believed_at = since + DOUBT_EARLY + LOOK_EVERY;
            let is_sure = ended && self.doubted_by.since(believed_at) > BACK;
            let plans = self.people.iter_mut().flat_map(|person| &mut person.plans);
            plans.for_each(|plan| plan.take_back(first, since, is_sure));
            if ended {
                (self.doubted_since, self.first_doubt) = (None, None);
            }
            if is_sure {
                self.newest = self.newest.min(now);
            }
        }
        for who in 0..self.people.len() {
            for n in 0..self.people[who].plans.len() {
                let id = self.people[who].plans[n].id.0;
                let of_plan: Vec<_> = fired.iter().filter(|fired| fired.reminder == id).collect();
                self.check_slots(who, n, &of_plan, run);
                self.check_snooze(who, n, &of_plan, run);
                of_plan.iter().for_each(|fired| self.check_told(who, n, fired));
            }
        }
        let known: HashSet<i64> =
            self.people.iter().flat_map(|person| &person.plans).map(|plan| plan.id.0).collect();
        let stray = fired.iter().find(|fired| !known.contains(&fired.reminder));
        assert!(stray.is_none(), "something fired that is not there: {stray:?}");
        self.check_calls();
        if ended {
            self.check_lines();
        }
    }

    /// The clock is doubted where it must be, and nowhere without a cause.
    fn check_trust(&self, now: Timestamp, doubted: bool) {
        let is_early = now < FLOOR.parse().unwrap();
        let leapt = self.leapt_at.map(|at| now.since(at));
        if is_early || leapt.is_some_and(|since| since < DOUBT) {
            assert!(doubted, "it believes a clock that shows nonsense");
        }
        let may_be_doubted = is_early || self.newest.since(now) >= BACK || self.may_have_leapt;
        assert!(!doubted || may_be_doubted, "it doubts a clock without a cause");
    }

    /// Nothing lost, nothing twice, nothing in the past, and all on time.
    fn check_slots(&mut self, who: usize, n: usize, fired: &[&Fired], run: Run) {
        let plan = &mut self.people[who].plans[n];
        let (id, settings) = (plan.id, &plan.settings);
        // While the clock is doubted nothing is due, however far it has leapt.
        let due = match settings.enabled && (run.is_settled || !fired.is_empty()) {
            true => self.calendar.between(&settings.zone, &plan.when, plan.reached, run.now),
            false => Vec::new(),
        };
        let mut rest = due.as_slice();
        for fired in fired {
            assert!(fired.fired_at >= fired.due_at, "{id} fired before its time: {fired:?}");
            let was = plan.fired.get(&fired.slot);
            assert!(was.is_none(), "{id} fired twice for one local time: {fired:?}, {was:?}");
            let found = rest.iter().position(|due| *due == (fired.slot, fired.due_at));
            let Some(at) = found else {
                let is_snooze = plan.snooze == Some(fired.due_at) && fired.missed == 0;
                assert!(is_snooze, "{id} fired what is not due: {fired:?} of {rest:?}");
                plan.snooze = None;
                plan.fired.insert(fired.slot, fired.due_at);
                continue;
            };
            assert!(fired.missed <= at, "{id} counts too many: {fired:?} of {rest:?}");
            let silent = &rest[..at - fired.missed];
            let lost = silent.iter().find(|due| plan.must_have_fired(due));
            assert!(lost.is_none(), "{id} lost {lost:?}, {fired:?}");
            let was_on_time = fired.missed == 0 && fired.fired_at == fired.due_at;
            let must_be = run.trusted_from.is_some_and(|from| fired.due_at > from);
            assert!(was_on_time || !must_be || plan.by_other_rules, "{id} is late: {fired:?}");
            rest = &rest[at + 1..];
            plan.fired.insert(fired.slot, fired.due_at);
            plan.reached = plan.reached.max(fired.due_at);
            if plan.snooze.is_some_and(|until| until <= fired.fired_at) {
                plan.snooze = None; // One that comes by itself answers its snooze as well.
            }
        }
        if run.is_settled && !plan.by_other_rules {
            let lost = rest.iter().find(|due| plan.must_have_fired(due));
            assert!(lost.is_none(), "{id} lost {lost:?}, which nothing tells of");
            plan.reached = plan.reached.max(run.now);
        }
    }

    /// A snooze comes once, on time, and is over then.
    fn check_snooze(&mut self, who: usize, n: usize, fired: &[&Fired], run: Run) {
        let plan = &mut self.people[who].plans[n];
        if let Some(until) = plan.snooze.filter(|until| run.is_settled && *until <= run.now) {
            // The clock may have been set back, so that this very moment has been before.
            let has_been = plan.fired.values().any(|due_at| *due_at == until);
            assert!(has_been, "{} lost its snooze until {until}: {fired:?}", plan.id);
            plan.snooze = None;
        }
    }

    /// Pushes tell of a firing exactly where its owner wants to be told.
    fn check_told(&self, who: usize, n: usize, fired: &Fired) {
        let person = &self.people[who];
        let plan = &person.plans[n];
        let is_empty = !person.is_any_waiting(plan.settings.target);
        let skips = is_empty && plan.settings.when_empty == WhenEmpty::Skip;
        assert_eq!(fired.skipped, skips, "nothing to read: {is_empty}, {fired:?}");
        let is_told = person.push_on && !skips;
        let expected = if is_told { plan.goes_to(&person.destinations) } else { Vec::new() };
        assert_eq!(fired.told_at, expected, "told elsewhere than wished: {fired:?}");
    }

    /// Each call that was made since the last time.
    fn check_calls(&mut self) {
        let calls = self.services.take_calls();
        let is_far_ahead = self.world.nonsense() == Some(Nonsense::FarAhead);
        assert!(!is_far_ahead || calls.is_empty(), "it sends by a clock that it doubts: {calls:?}");
        self.tally.calls += calls.len() as u64;
        self.done_in_run += calls.len();
        for call in &calls {
            // One that is gone went with its owner.
            if let Some(sent) = self.ledger.sent(call.attempt.delivery_id.0) {
                self.check_call(call, &sent);
            }
        }
        for call in calls {
            let state = self.ledger.state(&call.attempt.key);
            if let Some(letter) = self.letters.get_mut(&call.attempt.key) {
                letter.is_delivered = state.as_deref() == Some("delivered");
                assert!(!letter.is_delivered || letter.accepted, "nobody took {call:?}");
            }
        }
    }

    fn check_call(&mut self, call: &Call, sent: &Sent) {
        let attempt = &call.attempt;
        assert_eq!(attempt.key, sent.key, "a delivery has another key: {sent:?}");
        let letter = self.letters.entry(attempt.key.clone()).or_insert_with(|| Letter {
            body: attempt.body.clone(),
            firings: sent.firings.clone(),
            calls: 0,
            accepted: false,
            is_delivered: false,
        });
        assert_eq!(letter.body, attempt.body, "a repeat says something else: {sent:?}");
        let is_new = sent.firings.iter().find(|id| !letter.firings.contains(id));
        assert!(is_new.is_none(), "a repeat stands for another firing: {sent:?}");
        assert!(!letter.is_delivered, "sent again after it was delivered: {sent:?}");
        letter.calls += 1;
        letter.accepted |= call.accepted;
        assert!(letter.calls <= sent.attempts, "called {} times: {sent:?}", letter.calls);
        if let (true, Some(destination)) = (call.accepted, sent.destination) {
            for firing in &letter.firings {
                let key = self.told.entry((*firing, destination));
                let key = key.or_insert_with(|| attempt.key.clone());
                assert_eq!(*key, attempt.key, "{destination} was told twice of firing {firing}");
            }
        }
        let owner = self.people.iter().find(|person| person.id.0 == sent.user).unwrap();
        let at = attempt.started_at;
        let is_quiet = self.calendar.is_quiet(&owner.zone, &owner.quiet, at);
        assert!(
            !is_quiet || sent.is_test || sent.is_event,
            "a push in quiet hours, at {at}: {sent:?}"
        );
    }

    /// The outbox has forgotten no line, and names a reason for all that ended badly.
    fn check_lines(&self) {
        let forgotten = self.ledger.forgotten_lines(self.world.now());
        assert!(forgotten.is_empty(), "lines that nobody looks at: {forgotten:?}");
        let twice = self.ledger.told_twice();
        assert!(twice.is_empty(), "told twice: {twice:?}");
        let snoozes = self.ledger.snoozes();
        for plan in self.people.iter().flat_map(|person| &person.plans) {
            let stored = snoozes.iter().find(|(id, _)| *id == plan.id.0).unwrap().1;
            // One that was answered while the server crashed is found out when it runs again.
            assert_eq!(stored, plan.snooze.map(Timestamp::as_ms), "the snooze of {}", plan.id);
        }
    }

    /// Nobody is busy with nothing: what was done in a run is as much as there was to do.
    pub fn check_steps(&self, steps: usize, looks: usize) {
        let most = 200 + 3 * looks + 20 * self.done_in_run;
        assert!(steps <= most, "{steps} steps, for {} firings and calls", self.done_in_run);
    }

    /// How it must stand once all was put right and days have passed.
    pub fn check_end(&mut self) {
        let now = self.world.now();
        assert_eq!(self.world.nonsense(), None, "the right clock is doubted");
        for open in self.ledger.open_deliveries() {
            assert_eq!(open.state, "pending", "still being sent: {open:?}");
            let owner = self.people.iter().find(|person| person.id.0 == open.user).unwrap();
            let waits = self.calendar.is_quiet(&owner.zone, &owner.quiet, now)
                || (open.is_paused && !open.reason.is_empty());
            assert!(waits, "not ended, for no reason: {open:?}");
        }
        let unexplained = self.ledger.unexplained();
        assert!(unexplained.is_empty(), "ended without a reason: {unexplained:?}");
        for key in self.ledger.delivered() {
            assert!(self.letters.get(&key).is_some_and(|letter| letter.accepted), "{key}");
        }
        assert_eq!(self.ledger.damage(), Vec::<String>::new());
    }
}
