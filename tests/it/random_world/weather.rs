//! What befalls the machine: its clock, its power, its sleep, its zone data and the services.

use std::time::Duration;

use toaster::error::Result;
use toaster::model::time::Timestamp;
use toaster::store;

use super::life::Life;
use super::services::{self, Mood};

const HOUR: Duration = Duration::from_hours(1);
/// What clocks show that have lost their battery, or were set by somebody in a hurry.
const NONSENSE: [&str; 4] = [
    "1970-01-01T00:00:07Z",
    "2019-06-01T12:00:00Z",
    "2090-01-01T00:00:00Z",
    "2999-12-31T23:59:58Z",
];
/// A leap that may be doubted, one that is sure to be, and for how long it is.
const LEAP_MIN: Duration = Duration::from_hours(24 * 44);
const LEAP: Duration = Duration::from_hours(24 * 46);
pub const DOUBT: Duration = Duration::from_mins(59);

/// Something happens.
pub fn any(life: &mut Life) -> Result<()> {
    match life.random.u32(..100) {
        0..18 => set_clock(life),
        18..22 => return nonsense(life),
        22..32 => right_clock(life),
        32..42 => switch_off(life),
        42..48 => restart(life),
        48..52 => restart_gently(life),
        52..66 => light_fuse(life),
        66..72 => light_fuse_at_a_call(life),
        72..92 => change_mood(life),
        _ => return other_zone_data(life),
    }
    Ok(())
}

/// The wall clock alone is moved, as by hand, by a time server, or by a machine that was
/// suspended.
fn set_clock(life: &mut Life) {
    let seconds = match life.random.u32(..10) {
        0..3 => life.random.u64(..120),
        3..7 => life.random.u64(..20_000),
        7..9 => life.random.u64(..400_000),
        _ => life.random.u64(..20_000_000),
    };
    let by = Duration::from_secs(seconds);
    let now = life.world.now();
    // Ahead more often than back: that is what being suspended looks like.
    let is_suspended = life.random.u32(..3) > 0;
    if is_suspended && seconds < 400_000 {
        life.truth = life.truth + by;
    }
    put_clock(life, if is_suspended { now + by } else { now - by });
}

fn put_clock(life: &mut Life, to: Timestamp) {
    let now = life.world.now();
    life.note(format!("the clock is set to {to}"));
    life.world.clock.set(to);
    let leap = life.looked_at.map_or(Duration::ZERO, |seen| to.since(seen));
    life.may_have_leapt |= leap >= LEAP_MIN;
    let is_leap = leap >= LEAP && life.world.nonsense().is_none();
    // How long it has been doubted is known, and by which clock is not.
    let shift =
        |since: Timestamp| if to > now { since + to.since(now) } else { since - now.since(to) };
    life.doubted_since = life.doubted_since.map(shift);
    life.leapt_at = is_leap.then_some(to);
}

/// The clock shows nonsense for a while, and the server sees how it came to that: one that was
/// started under a clock far ahead has no reason to doubt it.
fn nonsense(life: &mut Life) -> Result<()> {
    let to = NONSENSE[life.random.usize(..NONSENSE.len())].parse().unwrap();
    let mut ran = life.run_for(Duration::ZERO);
    if ran.is_ok() && life.world.nonsense().is_none() {
        put_clock(life, to);
        let span = Duration::from_secs(life.random.u64(1..2_400));
        ran = life.run_for(span);
    }
    // Where it has crashed it stays off until somebody has set the clock.
    right_clock(life);
    ran
}

fn right_clock(life: &mut Life) {
    let truth = life.truth;
    put_clock(life, truth);
}

/// The server is off for a while.
fn switch_off(life: &mut Life) {
    let span = match life.random.u32(..3) {
        0 => Duration::from_secs(life.random.u64(..7_200)),
        1 => Duration::from_mins(life.random.u64(..2_880)),
        _ => Duration::from_mins(life.random.u64(..20_000)),
    };
    life.note(format!("it is off for {span:?}"));
    life.truth = life.truth + span;
    life.world.sleep(span);
    has_started(life);
}

/// It stops at once and starts again.
pub fn restart(life: &mut Life) {
    life.note("it restarts");
    life.world.restart();
    has_started(life);
}

fn restart_gently(life: &mut Life) {
    life.note("it ends what it is doing and restarts");
    life.world.restart_gently();
    has_started(life);
}

/// What was known of the run before is over.
fn has_started(life: &mut Life) {
    (life.leapt_at, life.may_have_leapt) = (None, false);
    (life.looked_at, life.doubted_since) = (None, None);
    for plan in life.people.iter_mut().flat_map(|person| &mut person.plans) {
        plan.by_other_rules = false;
    }
}

/// After a crash it starts again, sooner or later, and may crash again at once.
pub fn power_comes_back(life: &mut Life) {
    life.tally.crashes += 1;
    life.note("it has crashed");
    match life.random.u32(..3) {
        0 => switch_off(life),
        _ => restart(life),
    }
    if life.random.u32(..4) == 0 {
        light_fuse(life);
    }
}

fn light_fuse(life: &mut Life) {
    let commits = life.random.i64(0..12);
    life.note(format!("it will crash after {commits} commits"));
    life.world.fuse.light(commits);
}

fn light_fuse_at_a_call(life: &mut Life) {
    let (calls, answered) = (life.random.usize(..3), life.random.bool());
    let when = if answered { "after" } else { "before" };
    life.note(format!("it will crash {when} {} calls", calls + 1));
    life.services.end_server_after(calls, answered);
}

fn change_mood(life: &mut Life) {
    let service = services::any(&mut life.random);
    // Half of them are fine, and one that is not stays so until its turn comes again.
    let mood = Mood::ALL[life.random.usize(..2 * Mood::ALL.len()).saturating_sub(Mood::ALL.len())];
    life.note(format!("{service} is {mood:?}"));
    life.services.set_mood(service, mood);
}

/// The times that wait in one zone are as other zone data had them: an hour or less away from
/// where ours have them. The data are changed at the next start.
fn other_zone_data(life: &mut Life) -> Result<()> {
    let now = life.world.now();
    let (who, is_later) = (life.anybody(), life.random.bool());
    let Some(zone) = life.random.choice(&life.people[who].plans).map(|plan| &plan.settings.zone)
    else {
        return Ok(());
    };
    let (zone, by) = (zone.clone(), if life.random.bool() { HOUR } else { HOUR / 2 });
    life.note(format!("other data have {} {by:?} away, later: {is_later}", zone.name()));
    let mut moved = Vec::new();
    for (who, user) in life.people.iter().map(|person| person.id).enumerate().collect::<Vec<_>>() {
        for plan in life.people[who].plans.iter_mut().filter(|plan| plan.settings.zone == zone) {
            let id = plan.id;
            let next = life.world.read(|tx| Ok(store::reminders::get(tx, user, id)?.next));
            let Some((slot, at)) = next else { continue };
            let other = if is_later { at + by } else { at - by };
            if at > now && other > now {
                moved.push((id, slot, other));
                plan.by_other_rules = true;
            }
        }
    }
    life.world.try_write(move |tx| {
        for (id, slot, other) in moved {
            store::zone_data::set_instant(tx, id, slot, other)?;
        }
        store::zone_data::set_version(tx, "1999a")
    })?;
    if life.random.bool() {
        restart(life);
    }
    Ok(())
}
