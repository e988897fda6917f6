//! The seeded random world: people set, change and delete reminders, the clock steps, sleeps and
//! runs, the server crashes at any commit, services answer anything. Whatever happens, nothing is
//! lost, nothing fires twice, and each delivery ends or says why it waits.
//!
//! A seed decides a whole life. `TOASTER_SEEDS=10000 cargo test --test it random_world` lives so
//! many of them, `TOASTER_SEED=7` the one that failed, with all that happened in it; both
//! together live so many from that one on.

mod calendar;
mod checks;
mod ledger;
mod life;
mod people;
mod people_act;
mod services;
mod weather;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use life::{Life, Tally};

/// How many lives are lived when nobody says how many.
const SEEDS: u64 = 200;
/// How much of a life is shown when it ends badly.
const TAIL: usize = 60;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// The seeds of all lives that are to be lived.
fn seeds() -> Range<u64> {
    let (first, count) = (number("TOASTER_SEED"), number("TOASTER_SEEDS"));
    let count = count.unwrap_or(if first.is_some() { 1 } else { SEEDS });
    first.unwrap_or(0)..first.unwrap_or(0) + count
}

/// Lives one life; where it ends badly, tells what happened last.
fn live(seed: u64, is_told: bool) -> Tally {
    let mut life = Life::new(seed, is_told);
    if catch_unwind(AssertUnwindSafe(|| life.live())).is_err() {
        let known = if is_told { life.log.len() } else { life.log.len().saturating_sub(TAIL) };
        let last = life.log.split_off(known).join("\n");
        let again = format!("TOASTER_SEED={seed} cargo test --test it random_world");
        panic!("{last}\nseed {seed} ends badly, to live it again: {again}");
    }
    life.tally
}

/// Lives every fourth life, so that four tests share them.
fn live_a_quarter(nth: usize) {
    let seeds = seeds();
    let is_told = seeds.end - seeds.start == 1;
    let mut all = Tally::default();
    for seed in seeds.clone().skip(nth).step_by(4) {
        all += live(seed, is_told);
    }
    eprintln!("seeds {seeds:?}, every fourth: {all:?}");
}

#[test]
fn whatever_happens_nothing_is_lost_or_repeated_in_the_first_quarter_of_lives() {
    live_a_quarter(0);
}

#[test]
fn whatever_happens_nothing_is_lost_or_repeated_in_the_second_quarter_of_lives() {
    live_a_quarter(1);
}

#[test]
fn whatever_happens_nothing_is_lost_or_repeated_in_the_third_quarter_of_lives() {
    live_a_quarter(2);
}

#[test]
fn whatever_happens_nothing_is_lost_or_repeated_in_the_last_quarter_of_lives() {
    live_a_quarter(3);
}

#[test]
fn a_seed_decides_a_whole_life() {
    let [mut one, mut other] = [Life::new(1, false), Life::new(1, false)];
    one.live();
    other.live();
    assert_eq!(one.log, other.log);
    assert_eq!(one.tally, other.tally);
}
