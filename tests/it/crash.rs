//! The binary is killed at random moments under load, and nothing that was answered is lost.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::unbounded;
use serde_json::json;
use toaster::clock::{SharedClock, SimClock, SystemClock};
use toaster::model::delivery::State;
use toaster::model::recurrence::Schedule;
use toaster::model::reminder::{Pick, Settings, Target, WhenEmpty};
use toaster::model::time::Zone;
use toaster::store::{self, Store, Wakes, Writer};
use toaster::{ops, threads};

use crate::server::{Home, StandIn, wait_until};

const KILLS: usize = 50;
const USERS: usize = 5;
/// Enough for a start and some work; the moment within it is random.
const LIFE_MAX_MS: u64 = 250;

#[test]
fn fifty_kills_lose_nothing_that_was_answered_and_fire_every_slot_once() {
    let seed = std::env::var("TOASTER_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    eprintln!("TOASTER_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let home = Home::new();
    let receiver = StandIn::answering(200);
    let tokens: Vec<String> = (0..USERS).map(|n| home.add_user(&format!("user{n}"))).collect();
    add_destinations(&home, &receiver.address);
    let (answered, saves) = unbounded::<String>();
    let mut reminders = 0;
    for round in 0..KILLS {
        reminders += add_due_reminders(&home, round);
        let server = home.serve();
        let load: Vec<_> = tokens
            .iter()
            .enumerate()
            .map(|(n, token)| {
                let (client, answered) = (server.client(token), answered.clone());
                threads::spawn("client", move || {
                    for m in 0.. {
                        let url = format!("http://127.0.0.1:1/{round}/{n}/{m}");
                        match client
                            .try_post("/api/v1/bookmarks", &json!({ "url": url, "fetch": false }))
                        {
                            Ok((201, _)) => answered.send(url).unwrap(),
                            _ => return, // Killed.
                        }
                    }
                })
                .unwrap()
            })
            .collect();
        // Most lives are short, since most happens right after the start.
        let life = Duration::from_millis(LIFE_MAX_MS).mul_f64(random.f64().powi(4));
        let _ = crossbeam_channel::never::<()>().recv_timeout(life);
        server.kill();
        for client in load {
            client.join().unwrap();
        }
    }
    drop(answered);

    let server = home.serve();
    settle(&home);
    let check = home.ok(&["check"]);
    assert_eq!(check, "ok");
    drop(server);
    let stored = stored_urls(&home);
    let answered: Vec<String> = saves.iter().collect();
    assert!(answered.len() > KILLS, "the load was no load: {} saves", answered.len());
    for url in &answered {
        assert!(stored.contains(url), "{url} was answered and is gone");
    }
    check_firings(&home, reminders);
    check_pushes(&home, &receiver);
}

/// Opens the database of a stopped or running server beside it.
pub fn with_store<T>(home: &Home, clock: SharedClock, body: impl FnOnce(&Store) -> T) -> T {
    let path = home.data().join(store::FILE_NAME);
    let (writer, handle) = Writer::open(&path, clock.clone()).unwrap();
    let thread = threads::spawn("writer", move || writer.run()).unwrap();
    let store = Store::open(&path, handle, Wakes::default(), clock).unwrap();
    let result = body(&store);
    drop(store);
    thread.join().unwrap();
    result
}

fn add_destinations(home: &Home, address: &str) {
    let server = format!("http://{address}");
    with_store(home, SystemClock::shared(), |store| {
        for user in store.read(store::users::list).unwrap() {
            let address =
                toaster::model::destination::Address::ntfy(&server, &user.name, "").unwrap();
            store.write(move |tx| ops::destinations::add(tx, user.id, "Phone", &address)).unwrap();
        }
    });
}

/// Sets a reminder for each user that came due a minute ago, by a clock that is two minutes
/// slow; so it is due as soon as the server starts.
pub fn add_due_reminders(home: &Home, round: usize) -> usize {
    let now = SystemClock::shared().now();
    let slow = SimClock::at(now.minute() - Duration::from_mins(2));
    let due = (now.minute() - Duration::from_mins(1)).in_zone(&Zone::UTC);
    with_store(home, Arc::clone(&slow) as SharedClock, |store| {
        for user in store.read(store::users::list).unwrap() {
            let settings = Settings {
                name: format!("Round {round}"),
                target: Target::All,
                schedule: Schedule::Once {
                    on: due.date(),
                    at: format!("{:02}:{:02}", due.hour(), due.minute()).parse().unwrap(),
                },
                zone: Zone::UTC,
                pick: Pick::default(),
                when_empty: WhenEmpty::Skip,
                enabled: true,
                destinations: None,
            };
            let url = format!("https://seed.example/{round}");
            store
                .write(move |tx| {
                    let link = toaster::model::bookmark::Link::parse(&url)?;
                    let new = toaster::model::bookmark::NewBookmark {
                        fetch: false,
                        ..toaster::model::bookmark::NewBookmark::of(link)
                    };
                    ops::bookmarks::save(tx, user.id, &new)?;
                    ops::reminders::set(tx, user.id, &settings, 1_000)
                })
                .unwrap();
        }
    });
    USERS
}

/// Waits until the running server has nothing left to send.
fn settle(home: &Home) {
    wait_until("something still waits", || {
        with_store(home, SystemClock::shared(), |store| {
            let count =
                |state| store.read(|tx| store::deliveries::count_in_state(tx, state)).unwrap();
            let due = store.read(|tx| store::reminders::list_upcoming(tx, 1)).unwrap();
            count(State::Pending) + count(State::Sending) + due.len() as i64 == 0
        })
    });
}

fn stored_urls(home: &Home) -> HashSet<String> {
    let sql = rusqlite::Connection::open(home.data().join("toaster.db")).unwrap();
    let mut stmt = sql.prepare("SELECT url FROM bookmarks").unwrap();
    let urls = stmt.query_map([], |row| row.get(0)).unwrap();
    urls.map(|url| url.unwrap()).collect()
}

fn check_firings(home: &Home, reminders: usize) {
    let sql = rusqlite::Connection::open(home.data().join("toaster.db")).unwrap();
    let count = |query: &str| sql.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM reminders") as usize, reminders);
    assert_eq!(count("SELECT count(*) FROM firings") as usize, reminders, "one slot each");
    assert_eq!(count("SELECT count(DISTINCT reminder_id) FROM firings") as usize, reminders);
    let told = "SELECT count(*) FROM delivery_firings l JOIN deliveries d ON d.id = l.delivery_id WHERE d.state = 'delivered'";
    assert_eq!(count(told) as usize, reminders, "each is told of once");
}

fn check_pushes(home: &Home, receiver: &StandIn) {
    let mut arrived: HashMap<String, Vec<u8>> = HashMap::new();
    let mut repeats = 0;
    for got in receiver.got.try_iter() {
        let key = got.json()["sequence_id"].as_str().unwrap().to_owned();
        if let Some(first) = arrived.insert(key, got.body.clone()) {
            repeats += 1;
            assert_eq!(first, got.body, "a repeat says the same under the same key");
        }
    }
    eprintln!("{} pushes, {repeats} repeated", arrived.len());
    let sql = rusqlite::Connection::open(home.data().join("toaster.db")).unwrap();
    let mut stmt = sql.prepare("SELECT key FROM deliveries WHERE state = 'delivered'").unwrap();
    let keys: HashSet<String> =
        stmt.query_map([], |row| row.get(0)).unwrap().map(|key| key.unwrap()).collect();
    assert_eq!(keys, arrived.into_keys().collect::<HashSet<_>>());
}
