//! One life of a server: what happens to it, one thing after the other, and what is known of it.

use std::collections::HashMap;
use std::ops::AddAssign;
use std::time::Duration;

use fastrand::Rng;
use toaster::error::{Error, Result};
use toaster::model::clock_sense::Nonsense;
use toaster::model::event::Event;
use toaster::model::time::{Timestamp, Zone};
use toaster::ops;

use super::calendar::Calendar;
use super::checks::Letter;
use super::ledger::Ledger;
use super::people::Person;
use super::services::Services;
use super::{people_act, weather};
use crate::world::{World, days};

/// How many things happen in a life.
const ACTS: usize = 60;
/// Half of the lives begin before clocks are changed somewhere.
const STARTS: [&str; 6] = [
    "2026-03-04T09:00:00Z",
    "2026-10-27T17:30:00Z",
    "2027-03-22T23:10:00Z",
    "2027-10-01T04:00:00Z",
    "2028-02-27T12:00:00Z",
    "2026-12-29T20:00:00Z",
];

/// What came of lives, in figures.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub lives: u64,
    pub acts: u64,
    pub simulated: Duration,
    pub crashes: u64,
    pub firings: u64,
    pub deliveries: u64,
    pub calls: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.lives += other.lives;
        self.acts += other.acts;
        self.simulated += other.simulated;
        self.crashes += other.crashes;
        self.firings += other.firings;
        self.deliveries += other.deliveries;
        self.calls += other.calls;
    }
}

/// A life.
pub struct Life {
    pub world: World,
    pub random: Rng,
    pub services: Services,
    pub ledger: Ledger,
    pub calendar: Calendar,
    pub people: Vec<Person>,
    /// What the time really is, whatever the clock shows.
    pub truth: Timestamp,
    /// The wall clock right after it leapt far ahead before the server's eyes.
    pub leapt_at: Option<Timestamp>,
    /// Whether it may have leapt so since the server started.
    pub may_have_leapt: bool,
    /// What the clock showed when the server last looked at it, since it started.
    pub looked_at: Option<Timestamp>,
    /// Since when it doubts that the clock could be so early, and since when it did so before it
    /// last crashed.
    pub doubted_since: Option<Timestamp>,
    pub first_doubt: Option<Timestamp>,
    /// What fired last, by which it does so.
    pub doubted_by: Timestamp,
    pub names: u32,
    pub last_firing: i64,
    pub newest: Timestamp,
    /// How many firings and calls the last run came to.
    pub done_in_run: usize,
    /// What was sent, by its key.
    pub letters: HashMap<String, Letter>,
    /// By which key a destination was told of a firing.
    pub told: HashMap<(i64, i64), String>,
    pub log: Vec<String>,
    /// Whether what happens is told at once.
    is_told: bool,
    pub tally: Tally,
}

impl Life {
    /// The life of that seed, before anything has happened.
    pub fn new(seed: u64, is_told: bool) -> Self {
        let mut random = Rng::with_seed(seed);
        let world = World::at(STARTS[random.usize(..STARTS.len())]);
        let services = Services::new(random.fork(), world.fuse.clone());
        let answers = services.clone();
        world.postbox.hand_over_to(move |attempt| answers.answer(attempt));
        let mut mina = Person::new(world.user, "mina".into(), Zone::UTC);
        mina.destinations.push(world.destination);
        Self {
            ledger: Ledger::open(&world.database()),
            truth: world.now(),
            random,
            services,
            calendar: Calendar::default(),
            people: vec![mina],
            leapt_at: None,
            may_have_leapt: false,
            looked_at: None,
            doubted_since: None,
            first_doubt: None,
            doubted_by: Timestamp::default(),
            names: 0,
            last_firing: 0,
            newest: Timestamp::default(),
            done_in_run: 0,
            letters: HashMap::new(),
            told: HashMap::new(),
            log: Vec::new(),
            is_told,
            tally: Tally { lives: 1, ..Tally::default() },
            world,
        }
    }

    /// Lives it to its end, which must be a good one.
    pub fn live(&mut self) {
        people_act::settle_in(self);
        for _ in 0..ACTS {
            self.tally.acts += 1;
            let done = match self.random.u32(..100) {
                0..35 => {
                    let span = self.some_time();
                    self.run_for(span)
                }
                35..75 => people_act::any(self),
                _ => weather::any(self),
            };
            match done {
                Ok(()) => {}
                Err(Error::Unavailable(_)) => weather::power_comes_back(self),
                Err(Error::Internal(why)) => panic!("a fault of ours: {why}"),
                Err(refused) => self.note(format!("    refused: {refused}")),
            }
        }
        self.end_well();
    }

    /// Notes what happens.
    pub fn note(&mut self, what: impl Into<String>) {
        let line = format!("{} {}", self.world.now(), what.into());
        if self.is_told {
            eprintln!("{line}");
        }
        self.log.push(line);
    }

    fn some_time(&mut self) -> Duration {
        match self.random.u32(..10) {
            0..3 => Duration::from_secs(self.random.u64(1..7_200)),
            3..8 => Duration::from_mins(self.random.u64(60..1_440)),
            _ => Duration::from_mins(self.random.u64(1_440..5_000)),
        }
    }

    /// Lets time pass while the server runs, and checks what it did.
    pub fn run_for(&mut self, span: Duration) -> Result<()> {
        self.note(format!("runs for {span:?}"));
        let began = self.world.now();
        let ran = self.run_and_check(span);
        let passed = self.world.now().since(began);
        self.truth = self.truth + passed;
        self.tally.simulated += passed;
        ran
    }

    fn run_and_check(&mut self, span: Duration) -> Result<()> {
        let mut ran = self.world.try_settle().map(drop);
        // From here on everything is on time, unless the clock is not believed.
        let trusted_from =
            (ran.is_ok() && self.world.nonsense().is_none()).then(|| self.world.now());
        if ran.is_ok() {
            self.note_doubt();
        }
        let steps_before = self.world.steps;
        if ran.is_ok() {
            ran = self.world.try_run_for(span);
        }
        self.looked_at = Some(self.world.now());
        self.check_run(trusted_from, ran.is_ok());
        // A clock in doubt is looked at every fifteen seconds.
        let looks =
            if trusted_from.is_some() { span.as_secs() / 3_600 } else { span.as_secs() / 15 };
        self.check_steps(self.world.steps - steps_before, usize::try_from(looks).unwrap());
        ran
    }

    /// Notes since when the clock is thought to be too early.
    fn note_doubt(&mut self) {
        match self.world.nonsense() {
            Some(Nonsense::FarBack | Nonsense::BeforeWeWereMade) => {
                let since = *self.doubted_since.get_or_insert(self.world.now());
                self.first_doubt = Some(self.first_doubt.map_or(since, |first| first.min(since)));
                self.doubted_by = self.ledger.newest();
            }
            _ => (self.doubted_since, self.first_doubt) = (None, None),
        }
    }

    /// Everything that was wrong is put right, and then all must end well.
    fn end_well(&mut self) {
        self.note("all is put right");
        self.world.fuse.replace();
        self.services.calm();
        self.world.clock.set(self.truth);
        weather::restart(self);
        // The longest that a clock is doubted, and then the longest that anything waits.
        for span in [Duration::from_hours(7), days(3)] {
            self.run_for(span).unwrap();
        }
        self.check_end();
        self.tally.deliveries = self.ledger.count_deliveries().unsigned_abs();
    }

    /// Somebody.
    pub fn anybody(&mut self) -> usize {
        self.random.usize(..self.people.len())
    }

    /// A person comes.
    pub fn add_person(&mut self, zone: Zone) -> Result<()> {
        let name = self.name("user");
        let (called, lives_in) = (name.clone(), zone.clone());
        let id = self
            .world
            .try_write(move |tx| ops::accounts::add(tx, &called, "", false, &lives_in))?;
        self.note(format!("{name} comes, from {}", zone.name()));
        if self.random.bool() {
            let address = Services::hook(&mut self.random, &name);
            self.note(format!("{name} is told of events at {}", address.scope()));
            self.world.try_write(move |tx| {
                let hook = ops::destinations::add(tx, id, "Hook", &address)?;
                let events = Some(Event::ALL.into_iter().collect());
                ops::destinations::choose(tx, id, hook.id, events, Some(false))
            })?;
        }
        self.people.push(Person::new(id, name, zone));
        Ok(())
    }

    /// A name that nothing had before.
    pub fn name(&mut self, what: &str) -> String {
        self.names += 1;
        format!("{what}{}", self.names)
    }
}
