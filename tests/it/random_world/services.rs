//! Push services that answer anything, each in its mood, and remember every call.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use toaster::model::delivery::{Answer, Attempt, Outcome};
use toaster::model::destination::Address;

use crate::fuse::Fuse;

/// How many services there are of each kind.
pub const SERVICES: usize = 2;

/// How many calls of a life are never answered. Real ones end by their time-out, so these stand
/// for threads that are stuck somewhere else; fewer than there is room for, or nothing goes on.
const STUCK: usize = 3;

/// How a service behaves for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Fine,
    /// Fails now and then; answers get lost on their way back.
    Flaky,
    /// Takes nothing.
    Down,
    /// Asks us to wait, sometimes absurdly long.
    Busy,
    /// Takes calls and does not answer.
    Hanging,
    /// Answers anything.
    Mad,
}

impl Mood {
    pub const ALL: [Self; 6] =
        [Self::Fine, Self::Flaky, Self::Down, Self::Busy, Self::Hanging, Self::Mad];
}

/// One call.
#[derive(Debug, Clone)]
pub struct Call {
    pub attempt: Attempt,
    pub accepted: bool,
}

/// All services.
#[derive(Clone)]
pub struct Services(Rc<RefCell<All>>);

struct All {
    random: Rng,
    fuse: Arc<Fuse>,
    moods: HashMap<String, Mood>,
    calls: Vec<Call>,
    stuck: usize,
    /// The server ends before, or else right after, it has made so many more calls.
    calls_left: Option<(usize, bool)>,
}

impl Services {
    pub fn new(random: Rng, fuse: Arc<Fuse>) -> Self {
        let (moods, calls) = (HashMap::new(), Vec::new());
        let all = All { random, fuse, moods, calls, stuck: 0, calls_left: None };
        Self(Rc::new(RefCell::new(all)))
    }

    /// An address of somebody at one of them.
    pub fn address(random: &mut Rng, whose: &str) -> Address {
        let (n, name) = (random.usize(..SERVICES), random.u16(..));
        let made = match random.bool() {
            true => {
                Address::ntfy(&format!("https://push{n}.example"), &format!("{whose}{name}"), "")
            }
            // Each hook is a line of its own.
            false => Address::webhook(&format!("https://hook{n}.example/{whose}"), String::new()),
        };
        made.unwrap()
    }

    /// The address of a program of somebody's.
    pub fn hook(random: &mut Rng, whose: &str) -> Address {
        let url = format!("https://hook{}.example/{whose}/events", random.usize(..SERVICES));
        Address::webhook(&url, String::new()).unwrap()
    }

    pub fn set_mood(&self, service: String, mood: Mood) {
        self.0.borrow_mut().moods.insert(service, mood);
    }

    /// Every one of them is fine again.
    pub fn calm(&self) {
        let mut all = self.0.borrow_mut();
        all.moods.clear();
        all.calls_left = None;
    }

    /// Has the server end at a call, before it is made or once it is answered.
    pub fn end_server_after(&self, calls: usize, answered: bool) {
        self.0.borrow_mut().calls_left = Some((calls, answered));
    }

    /// What was called since the last time.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.0.borrow_mut().calls)
    }

    pub fn answer(&self, attempt: &Attempt) -> Option<Answer> {
        self.0.borrow_mut().answer(attempt)
    }
}

impl All {
    fn answer(&mut self, attempt: &Attempt) -> Option<Answer> {
        let ends = self.calls_left.take();
        if let Some((0, answered)) = ends {
            self.fuse.blow();
            if !answered {
                return None;
            }
        }
        self.calls_left = ends.and_then(|(left, answered)| Some((left.checked_sub(1)?, answered)));
        let mood = self.moods.get(&service_of(&attempt.address)).copied().unwrap_or(Mood::Fine);
        let (outcome, accepted) = self.outcome(mood);
        self.calls.push(Call { attempt: attempt.clone(), accepted });
        outcome.map(|outcome| Answer::new(outcome, format!("said a {mood:?} service")))
    }

    /// What comes back, if anything does, and whether the push arrived.
    fn outcome(&mut self, mood: Mood) -> (Option<Outcome>, bool) {
        let arrived = self.random.bool();
        let after = Some(Duration::from_secs(match self.random.u32(..10) {
            0 => self.random.u64(3_600..200_000),
            1 => u64::MAX,
            _ => self.random.u64(..600),
        }));
        let outcome = match (mood, self.random.u32(..12)) {
            (Mood::Fine, _) | (Mood::Flaky, 5..) | (Mood::Mad, 0..5) => Outcome::Accepted,
            (Mood::Flaky, 0..3) | (Mood::Mad, 5) => Outcome::InDoubt,
            (Mood::Down | Mood::Flaky, _) | (Mood::Mad, 6) => Outcome::RETRY,
            (Mood::Busy, _) | (Mood::Mad, 7) => Outcome::Retry { after, tries_max: None },
            (Mood::Mad, 8) => {
                Outcome::Retry { after: None, tries_max: Some(self.random.u32(1..4)) }
            }
            (Mood::Mad, 9) => Outcome::Rejected,
            (Mood::Mad, 10) => Outcome::Config,
            (Mood::Mad, _) => *self.random.choice(&[Outcome::Gone, Outcome::Reauth]).unwrap(),
            (Mood::Hanging, _) if self.stuck < STUCK => {
                self.stuck += 1;
                return (None, arrived);
            }
            (Mood::Hanging, _) => Outcome::InDoubt,
        };
        (Some(outcome), outcome == Outcome::Accepted || (outcome == Outcome::InDoubt && arrived))
    }
}

/// The host that an address is at.
fn service_of(address: &Address) -> String {
    let scope = address.scope();
    let host = scope.split("//").nth(1).unwrap_or_default();
    host.split(['.', '/']).next().unwrap_or_default().to_owned()
}

/// The name of any service.
pub fn any(random: &mut Rng) -> String {
    let kind = if random.bool() { "push" } else { "hook" };
    format!("{kind}{}", random.usize(..SERVICES))
}
