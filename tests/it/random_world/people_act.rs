//! What people do.

use std::time::Duration;

use jiff::civil::Time;
use toaster::error::{Error, Result};
use toaster::model::bookmark::{BookmarkChange, Link as Url, NewBookmark};
use toaster::model::delivery::State;
use toaster::model::id::{DestinationId, FolderId, ReminderId, UserId};
use toaster::model::recurrence::{Schedule, Weekdays};
use toaster::model::reminder::{Pick, PickOrder, Settings, Target, WhenEmpty};
use toaster::model::time::{TimeOfDay, Zone};
use toaster::ops;
use toaster::store;
use toaster::store::deliveries::Filter;

use super::calendar::{When, Window};
use super::life::Life;
use super::people::{Link, Plan};
use super::services::Services;

/// Places that change their clocks in every way there is, and some that never do.
const ZONES: [&str; 14] = [
    "UTC",
    "Asia/Seoul",
    "America/New_York",
    "Europe/London",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "America/St_Johns",
    "Africa/Casablanca",
    "America/Havana",
    "Asia/Beirut",
    "Antarctica/Troll",
    "America/Santiago",
    "Asia/Kolkata",
];
const PEOPLE_MAX: usize = 3;
const PLANS_MAX: usize = 6;
const DESTINATIONS_MAX: usize = 3;
const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The first things that happen, so that there is something to remind of.
pub fn settle_in(life: &mut Life) {
    let zone = some_zone(life);
    life.add_person(zone).unwrap();
    for who in [0, 0, 1, 1] {
        save(life, who).unwrap();
        add_destination(life, who).unwrap();
        // A time of today may have passed.
        let _ = remind(life, who);
    }
}

/// Somebody does something.
pub fn any(life: &mut Life) -> Result<()> {
    let who = life.anybody();
    match life.random.u32(..100) {
        0..18 => remind(life, who),
        18..30 => edit(life, who),
        30..34 => delete_reminder(life, who),
        34..46 => snooze(life, who),
        46..54 => save(life, who),
        54..60 => change_link(life, who),
        60..62 => delete_link(life, who),
        62..66 => add_folder(life, who),
        66..67 => delete_folder(life, who),
        67..74 => quiet_hours(life, who),
        74..77 => push_on_or_off(life, who),
        77..79 => move_away(life, who),
        79..82 => add_destination(life, who),
        82..84 => delete_destination(life, who),
        84..89 => mend_destination(life, who),
        89..93 => redeliver(life, who),
        93..96 => cancel(life, who),
        96..98 if life.people.len() < PEOPLE_MAX => {
            let zone = some_zone(life);
            life.add_person(zone)
        }
        98.. if life.people.len() > 1 => leave(life, who),
        _ => Ok(()),
    }
}

fn some_zone(life: &mut Life) -> Zone {
    Zone::named(ZONES[life.random.usize(..ZONES.len())]).unwrap()
}

/// Any time of day; more often one of the few at which many set their reminders, and at which
/// clocks are changed.
fn some_time(life: &mut Life) -> Time {
    let random = &mut life.random;
    let (hour, minute) = match random.u32(..3) {
        0 => (random.i8(0..24), random.i8(0..60)),
        1 => (random.i8(0..4), *random.choice(&[0, 10, 30, 59]).unwrap()),
        _ => (*random.choice(&[7, 9, 21]).unwrap(), 30),
    };
    Time::new(hour, minute, 0, 0).unwrap()
}

fn some_days(life: &mut Life) -> [bool; 7] {
    if life.random.bool() {
        return [true; 7];
    }
    let mut days = [(); 7].map(|()| life.random.bool());
    days[life.random.usize(..7)] = true;
    days
}

fn numbers(days: [bool; 7]) -> impl Iterator<Item = i64> {
    (1..=7).zip(days).filter(|(_, is_on)| *is_on).map(|(day, _)| day)
}

/// What somebody wants to be reminded of, and when.
fn some_settings(life: &mut Life, who: usize) -> (Settings, When) {
    let zone = if life.random.bool() { life.people[who].zone.clone() } else { some_zone(life) };
    let at = some_time(life);
    let today = life.world.now().in_zone(&zone).date();
    let (days, date) = match life.random.u32(..4) {
        0 => ([false; 7], Some(today + jiff::Span::new().days(life.random.i64(0..6)))),
        _ => (some_days(life), None),
    };
    let time = TimeOfDay::new(at.hour(), at.minute()).unwrap();
    let schedule = match date {
        Some(on) => Schedule::Once { on, at: time },
        None => Schedule::Weekly { days: Weekdays::from_numbers(numbers(days)).unwrap(), at: time },
    };
    let person = &life.people[who];
    let random = &mut life.random;
    let folder = random.choice(&person.folders).map(|(id, _)| Target::Folder(*id));
    let link = random.choice(&person.links).map(|link| Target::Bookmark(link.id));
    let target = match random.u32(..4) {
        0 => folder,
        1 => link,
        _ => None,
    };
    let chosen: Vec<DestinationId> =
        person.destinations.iter().copied().filter(|_| random.bool()).collect();
    let settings = Settings {
        name: "Plan".into(),
        target: target.unwrap_or(Target::All),
        schedule,
        zone,
        pick: Pick { order: PickOrder::Oldest, count: 3 },
        when_empty: if random.bool() { WhenEmpty::Send } else { WhenEmpty::Skip },
        enabled: random.u32(..10) > 0,
        destinations: (random.u32(..4) == 0).then_some(chosen),
    };
    (settings, When { days, date, at })
}

fn describe(settings: &Settings) -> String {
    let when = match settings.schedule {
        Schedule::Weekly { days, at } => format!("{days} {at}"),
        Schedule::Once { on, at } => format!("once {on} {at}"),
    };
    let Settings { target, when_empty, enabled, destinations, .. } = settings;
    let zone = settings.zone.name();
    format!("{when} {zone}, {target:?}, {when_empty:?}, on: {enabled}, to {destinations:?}")
}

fn remind(life: &mut Life, who: usize) -> Result<()> {
    let (settings, when) = some_settings(life, who);
    let (user, now, set) = (life.people[who].id, life.world.now(), settings.clone());
    life.note(format!("{} sets {}", life.people[who].name, describe(&settings)));
    let made = life.world.try_write(move |tx| ops::reminders::set(tx, user, &set, PLANS_MAX))?;
    life.note(format!("    it is reminder {}", made.id));
    life.people[who].plans.push(Plan::new(made.id, settings, when, now));
    Ok(())
}

/// One of somebody's reminders.
fn some_plan(life: &mut Life, who: usize) -> Result<(UserId, usize, ReminderId)> {
    let person = &life.people[who];
    let n = life.random.choice(0..person.plans.len()).ok_or(Error::NotFound("reminder"))?;
    Ok((person.id, n, person.plans[n].id))
}

fn edit(life: &mut Life, who: usize) -> Result<()> {
    let (user, n, id) = some_plan(life, who)?;
    let (mut settings, mut when) = some_settings(life, who);
    let plan = &life.people[who].plans[n];
    // Often only one thing is changed: whether it is on, or where one is.
    match life.random.u32(..3) {
        0 => {
            let enabled = !plan.settings.enabled;
            (settings, when) = (Settings { enabled, ..plan.settings.clone() }, plan.when.clone());
        }
        1 => {
            let zone = settings.zone;
            (settings, when) = (Settings { zone, ..plan.settings.clone() }, plan.when.clone());
        }
        _ => {}
    }
    let (now, set) = (life.world.now(), settings.clone());
    life.note(format!("reminder {id} is changed to {}", describe(&settings)));
    life.world.try_write(move |tx| ops::reminders::change(tx, user, id, &set))?;
    life.people[who].plans[n].change(settings, when, now);
    Ok(())
}

fn delete_reminder(life: &mut Life, who: usize) -> Result<()> {
    let (user, n, id) = some_plan(life, who)?;
    life.note(format!("reminder {id} is deleted"));
    life.world.try_write(move |tx| ops::reminders::delete(tx, user, id))?;
    life.people[who].plans.remove(n);
    Ok(())
}

fn snooze(life: &mut Life, who: usize) -> Result<()> {
    let (user, n, id) = some_plan(life, who)?;
    let now = life.world.now();
    let ahead = Duration::from_secs(match life.random.u32(..3) {
        0 => life.random.u64(1..3_600),
        1 => life.random.u64(1..100_000),
        _ => life.random.u64(..60) * 3_600,
    });
    let at = (life.random.u32(..5) > 0).then_some(now + ahead);
    life.note(format!("reminder {id} is snoozed until {at:?}"));
    life.world.try_write(move |tx| ops::reminders::snooze(tx, user, id, at))?;
    // It comes at a whole minute, never before the time that was asked for.
    let whole = |ms: i64| ms.div_euclid(60_000) + i64::from(ms.rem_euclid(60_000) > 0);
    let until = at.map(|at| toaster::model::time::Timestamp::from_ms(whole(at.as_ms()) * 60_000));
    life.people[who].plans[n].snooze = until;
    Ok(())
}

fn save(life: &mut Life, who: usize) -> Result<()> {
    let url = format!("https://example.com/{}", life.name("page"));
    let (user, link) = (life.people[who].id, Url::parse(&url).unwrap());
    let new = NewBookmark { fetch: false, ..NewBookmark::of(link) };
    let saved = life.world.try_write(move |tx| ops::bookmarks::save(tx, user, &new))?;
    let link = Link { id: saved.bookmark.id, folder: None, is_unread: true };
    life.people[who].links.push(link);
    Ok(())
}

/// A link is read, or to be read again, or filed.
fn change_link(life: &mut Life, who: usize) -> Result<()> {
    let person = &life.people[who];
    let Some(n) = life.random.choice(0..person.links.len()) else { return Ok(()) };
    let (user, link) = (person.id, &person.links[n]);
    let folder = life.random.choice(&person.folders).map(|(id, _)| *id);
    let files = life.random.bool();
    let (folder, is_unread) =
        if files { (folder, link.is_unread) } else { (link.folder, !link.is_unread) };
    let (id, change) = (
        link.id,
        BookmarkChange {
            folder_id: Some(folder),
            unread: Some(is_unread),
            ..BookmarkChange::default()
        },
    );
    life.note(format!("bookmark {id} is now in {folder:?}, unread: {is_unread}"));
    life.world.try_write(move |tx| ops::bookmarks::change(tx, user, id, &change))?;
    life.people[who].links[n] = Link { id, folder, is_unread };
    Ok(())
}

fn delete_link(life: &mut Life, who: usize) -> Result<()> {
    let person = &life.people[who];
    let Some(id) = life.random.choice(&person.links).map(|link| link.id) else { return Ok(()) };
    let user = person.id;
    life.note(format!("bookmark {id} is deleted"));
    life.world.try_write(move |tx| ops::bookmarks::delete(tx, user, id))?;
    life.people[who].drop_link(id);
    Ok(())
}

fn add_folder(life: &mut Life, who: usize) -> Result<()> {
    let title = life.name("folder");
    let person = &life.people[who];
    let parent: Option<FolderId> = life.random.choice(&person.folders).map(|(id, _)| *id);
    let parent = parent.filter(|_| life.random.bool());
    let user = person.id;
    let made =
        life.world.try_write(move |tx| ops::folders::create(tx, user, parent, &title, None))?;
    life.people[who].folders.push((made.id, parent));
    Ok(())
}

fn delete_folder(life: &mut Life, who: usize) -> Result<()> {
    let person = &life.people[who];
    let Some((id, _)) = life.random.choice(&person.folders).copied() else { return Ok(()) };
    let user = person.id;
    life.note(format!("folder {id} is deleted"));
    life.world.try_write(move |tx| ops::folders::delete(tx, user, id))?;
    life.people[who].drop_folder(id);
    Ok(())
}

fn quiet_hours(life: &mut Life, who: usize) -> Result<()> {
    let mut windows = Vec::new();
    for _ in 0..life.random.usize(..3) {
        let days = some_days(life);
        let (from, to) = (some_time(life), some_time(life));
        windows.push(Window { days, from, to });
    }
    let texts = windows.iter().map(|window| {
        let days: Vec<&str> =
            numbers(window.days).map(|day| NAMES[usize::try_from(day - 1).unwrap()]).collect();
        let (from, to) = (window.from.strftime("%H:%M"), window.to.strftime("%H:%M"));
        format!("{} {from}-{to}", days.join(","))
    });
    let text = texts.collect::<Vec<_>>().join("; ");
    let user = life.people[who].id;
    life.note(format!("{} wants quiet: {text:?}", life.people[who].name));
    let hours = text.parse()?;
    life.world.try_write(move |tx| ops::accounts::set_quiet_hours(tx, user, &hours))?;
    life.people[who].quiet = windows;
    Ok(())
}

fn push_on_or_off(life: &mut Life, who: usize) -> Result<()> {
    let (user, on) = (life.people[who].id, !life.people[who].push_on);
    life.note(format!("pushes of {}: {on}", life.people[who].name));
    life.world.try_write(move |tx| ops::accounts::set_push_on(tx, user, on))?;
    life.people[who].push_on = on;
    Ok(())
}

fn move_away(life: &mut Life, who: usize) -> Result<()> {
    let zone = some_zone(life);
    let (user, to) = (life.people[who].id, zone.clone());
    life.note(format!("{} moves to {}", life.people[who].name, zone.name()));
    life.world.try_write(move |tx| store::users::set_zone(tx, user, &to))?;
    life.people[who].zone = zone;
    Ok(())
}

fn add_destination(life: &mut Life, who: usize) -> Result<()> {
    if life.people[who].destinations.len() >= DESTINATIONS_MAX {
        return Ok(());
    }
    let user = life.people[who].id;
    let address = Services::address(&mut life.random, &life.people[who].name);
    life.note(format!("{} adds a destination at {}", life.people[who].name, address.scope()));
    let made =
        life.world.try_write(move |tx| ops::destinations::add(tx, user, "Phone", &address))?;
    life.people[who].destinations.push(made.id);
    Ok(())
}

/// One of somebody's destinations.
fn some_destination(life: &mut Life, who: usize) -> Result<(UserId, DestinationId)> {
    let person = &life.people[who];
    let id = life.random.choice(&person.destinations).copied();
    Ok((person.id, id.ok_or(Error::NotFound("destination"))?))
}

fn delete_destination(life: &mut Life, who: usize) -> Result<()> {
    let (user, id) = some_destination(life, who)?;
    life.note(format!("destination {id} is deleted"));
    life.world.try_write(move |tx| ops::destinations::delete(tx, user, id))?;
    life.people[who].drop_destination(id);
    Ok(())
}

/// Somebody sends a test, or ends a pause.
fn mend_destination(life: &mut Life, who: usize) -> Result<()> {
    let (user, id) = some_destination(life, who)?;
    let tests = life.random.bool();
    life.note(format!("destination {id} is {}", if tests { "tested" } else { "resumed" }));
    life.world.try_write(move |tx| match tests {
        true => ops::destinations::test(tx, user, id).map(drop),
        false => ops::destinations::resume(tx, user, id),
    })
}

fn redeliver(life: &mut Life, who: usize) -> Result<()> {
    let (user, dry_run) = (life.people[who].id, life.random.u32(..5) == 0);
    life.note(format!("{} sends dead letters again", life.people[who].name));
    let filter = Filter::default();
    life.world.try_write(move |tx| ops::deliveries::redeliver(tx, user, filter, dry_run))?;
    Ok(())
}

fn cancel(life: &mut Life, who: usize) -> Result<()> {
    let user = life.people[who].id;
    let state = if life.random.bool() { State::Pending } else { State::Dead };
    life.note(format!("{} calls off what is {}", life.people[who].name, state.as_str()));
    let filter = Filter { states: vec![state], ..Filter::default() };
    life.world.try_write(move |tx| ops::deliveries::cancel(tx, user, filter, false))?;
    Ok(())
}

fn leave(life: &mut Life, who: usize) -> Result<()> {
    let id = life.people[who].id;
    life.note(format!("{} leaves", life.people[who].name));
    life.world.try_write(move |tx| ops::accounts::remove(tx, id))?;
    life.people.remove(who);
    Ok(())
}
