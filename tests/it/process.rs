//! What may befall a server as a process: it is killed in the middle of a call, held over a due
//! time, started twice, and stopped while a service hangs. Its clock is set in `clock_steps`.

use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crossbeam_channel::{Receiver, never};
use rustix::process::Signal;
use serde_json::json;
use toaster::clock::SystemClock;
use toaster::model::destination::Address;
use toaster::model::id::ReminderId;
use toaster::{ops, store};

use crate::crash::{add_due_reminders, with_store};
use crate::server::{Got, Home, PATIENCE, Server, StandIn, answer, read_request, wait_until};

/// What a signing secret looks like.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A webhook whose calls the test takes into its own hands.
struct Hook {
    stand_in: StandIn,
    calls: Receiver<TcpStream>,
}

impl Hook {
    fn new() -> Self {
        let (stand_in, calls) = StandIn::handing_over(TcpListener::bind("127.0.0.1:0").unwrap());
        Self { stand_in, calls }
    }

    fn next_call(&self) -> TcpStream {
        self.calls.recv_timeout(PATIENCE).expect("a call arrives")
    }

    /// Takes the next call whole and accepts it.
    fn accept(&self) -> Got {
        let mut call = self.next_call();
        let got = read_request(&mut call).unwrap();
        answer(&mut call, 204, "text/plain", b"");
        got
    }
}

/// Mina's token. Her pushes go to `count` webhooks at that address.
fn add_mina(home: &Home, address: &str, count: usize) -> String {
    let token = home.add_user("mina");
    with_store(home, SystemClock::shared(), |store| {
        let user = store.read(store::users::list).unwrap()[0].id;
        for n in 0..count {
            let url = format!("http://{address}/{n}");
            let hook = Address::webhook(&url, SECRET.into()).unwrap();
            store.write(move |tx| ops::destinations::add(tx, user, "Hook", &hook)).unwrap();
        }
    });
    token
}

fn sql(home: &Home) -> rusqlite::Connection {
    rusqlite::Connection::open(home.data().join(store::FILE_NAME)).unwrap()
}

fn count(home: &Home, query: &str) -> usize {
    sql(home).query_row(query, [], |row| row.get::<_, i64>(0)).unwrap() as usize
}

/// Waits until the running server has recorded the answer to a delivery.
fn wait_for_record(server: &mut Server, delivery: usize) {
    server.wait_for_log(&format!("push delivery={delivery} "));
}

/// Where a call stands when the server is killed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moment {
    /// The receiver has read nothing of it.
    Connected,
    /// It has read all of it and answered nothing.
    Read,
    /// It has answered that many milliseconds ago: heard or not, stored or not.
    Answered(u64),
}

#[test]
fn a_kill_at_any_moment_of_a_call_repeats_it_word_for_word_and_fires_nothing_twice() {
    let (home, hook) = (Home::new(), Hook::new());
    add_mina(&home, &hook.stand_in.address, 1);
    let moments =
        [Moment::Connected, Moment::Read].into_iter().chain((0..12).map(Moment::Answered));
    let (mut keys, mut repeated) = (Vec::new(), 0);
    for (round, moment) in moments.enumerate() {
        add_due_reminders(&home, round);
        let server = home.serve();
        let mut call = hook.next_call();
        let first = (moment != Moment::Connected).then(|| read_request(&mut call).unwrap());
        if let Moment::Answered(ago) = moment {
            answer(&mut call, 204, "text/plain", b"");
            let _ = never::<()>().recv_timeout(Duration::from_millis(ago));
        }
        server.kill();
        drop(call);
        let told = count(&home, "SELECT count(*) FROM deliveries WHERE state = 'delivered'");
        let may_be_stored = matches!(moment, Moment::Answered(_));
        assert!(told == round || (may_be_stored && told == round + 1), "{moment:?}");

        let mut server = home.serve();
        let second = (told == round).then(|| hook.accept());
        if second.is_some() {
            wait_for_record(&mut server, round + 1);
            repeated += 1;
        }
        if let (Some(first), Some(second)) = (&first, &second) {
            assert_eq!(first.header("webhook-id"), second.header("webhook-id"), "{moment:?}");
            assert_eq!(first.body, second.body, "{moment:?}");
        }
        keys.push(first.or(second).unwrap().header("webhook-id").to_owned());
        server.kill();
    }
    eprintln!("{repeated} calls were repeated");
    let rounds = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), rounds, "each round has a key of its own");
    assert_eq!(count(&home, "SELECT count(*) FROM firings"), rounds);
    assert_eq!(count(&home, "SELECT count(*) FROM deliveries"), rounds);
    assert_eq!(count(&home, "SELECT count(*) FROM deliveries WHERE state = 'delivered'"), rounds);
    assert!(hook.calls.is_empty());
}

/// The system takes in no more connections here until somebody accepts some.
#[test]
fn a_kill_between_the_claim_and_the_call_loses_nothing() {
    let home = Home::new();
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&"127.0.0.1:0".parse::<std::net::SocketAddr>().unwrap().into()).unwrap();
    socket.listen(0).unwrap();
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().unwrap();
    let filler = TcpStream::connect(address).unwrap();
    add_mina(&home, &address.to_string(), 1);
    add_due_reminders(&home, 0);
    let server = home.serve();
    wait_until("nothing was claimed", || {
        count(&home, "SELECT count(*) FROM deliveries WHERE state = 'sending'") == 1
    });
    server.kill();
    drop(filler);
    let (stand_in, calls) = StandIn::handing_over(listener);
    let hook = Hook { stand_in, calls };
    let mut server = home.serve();
    // The connection that was full and the one that was killed hold no request.
    let got = std::iter::repeat_with(|| hook.next_call()).find_map(|mut call| {
        let got = read_request(&mut call)?;
        answer(&mut call, 204, "text/plain", b"");
        Some(got)
    });
    assert_eq!(got.unwrap().json()["type"], "reminder.fired");
    wait_for_record(&mut server, 1);
    assert_eq!(count(&home, "SELECT count(*) FROM firings"), 1);
    let tried = "SELECT count(*) FROM attempts WHERE outcome IN ('in_doubt', 'accepted')";
    assert_eq!(count(&home, tried), 2);
}

#[test]
fn a_process_held_over_a_due_time_fires_once_when_it_goes_on() {
    let (home, hook) = (Home::new(), Hook::new());
    add_mina(&home, &hook.stand_in.address, 1);
    add_due_reminders(&home, 0);
    let mut server = home.serve();
    hook.accept();
    wait_for_record(&mut server, 1);
    assert!(server.stop(Signal::TERM).success());
    let clock = SystemClock::shared();
    let due = clock.now() + Duration::from_secs(3);
    with_store(&home, clock.clone(), |store| {
        let snooze =
            move |tx: &store::WriteTx| store::reminders::set_snoozed(tx, ReminderId(1), Some(due));
        store.write(snooze).unwrap();
    });
    let mut server = home.serve();
    server.signal(Signal::STOP);
    // A machine so slow that its server is up too late is held over nothing.
    let held = due.since(clock.now());
    if !held.is_zero() {
        let early = hook.calls.recv_timeout(held + Duration::from_millis(500));
        assert!(early.is_err(), "it was held");
    }
    server.signal(Signal::CONT);
    hook.accept();
    wait_for_record(&mut server, 2);
    assert_eq!(count(&home, "SELECT count(*) FROM firings"), 2);
    assert!(hook.calls.is_empty());
}

#[test]
fn a_second_server_on_the_same_data_is_refused_and_other_commands_go_on_beside_the_first() {
    let home = Home::new();
    let token = home.add_user("mina");
    let server = home.serve();
    let client = server.client(&token);
    for arguments in [&["serve"][..], &["restore", "other.db"]] {
        std::fs::write(home.dir.path().join("other.db"), "").unwrap();
        let refused = home.run(arguments);
        let words = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{arguments:?}: {words}");
        assert!(words.contains("another Toaster is using"), "{arguments:?}: {words}");
        assert!(words.contains("data, stop it first"), "{arguments:?}: {words}");
    }
    assert_eq!(client.get("/readyz").0, 200, "the first goes on");
    assert_eq!(home.ok(&["user", "list"]), "mina\tadmin");
    home.add_user("juno");
    home.ok(&["backup", "copy.db"]);
    assert_eq!(home.ok(&["check"]), "ok");
    assert_eq!(client.post("/api/v1/folders", &json!({ "title": "Bread" })).0, 201);
    let juno = home.ok(&["token", "add", "juno", "--name", "again"]);
    assert_eq!(server.client(&juno).get("/api/v1/folders").0, 200, "a new token holds at once");
    assert!(server.stop(Signal::TERM).success());
    drop(home.serve());
}

#[test]
fn stopping_waits_for_the_calls_under_way_and_begins_no_other() {
    const HOOKS: usize = 8;
    const THREADS: usize = 4;
    let (home, hook) = (Home::new(), Hook::new());
    add_mina(&home, &hook.stand_in.address, HOOKS);
    add_due_reminders(&home, 0);
    let server = home.serve_with(&[("TOASTER_PUSH_WORKERS", &THREADS.to_string())]);
    let hanging = [(); THREADS].map(|()| hook.next_call());
    let clock = SystemClock::shared();
    let rest = "SELECT count(*) FROM deliveries WHERE state = 'sending'";
    wait_until("few were claimed", || count(&home, rest) == HOOKS);
    assert!(server.stop(Signal::TERM).success());
    assert!(clock.monotonic() < Duration::from_secs(20), "it took {:?}", clock.monotonic());
    assert!(hook.calls.is_empty(), "nothing was begun while it stopped");
    drop(hanging);
    let begun = "SELECT count(*) FROM attempts WHERE outcome = 'in_doubt'";
    assert_eq!(count(&home, begun), THREADS);
    assert_eq!(count(&home, "SELECT count(*) FROM attempts"), THREADS);
    assert_eq!(count(&home, "SELECT count(*) FROM deliveries WHERE state = 'pending'"), HOOKS);
    assert_eq!(count(&home, "SELECT sum(tries) FROM deliveries"), THREADS);
    let untried = "SELECT count(*) FROM deliveries WHERE tries = 0 AND reason = ''";
    assert_eq!(count(&home, untried), HOOKS - THREADS);
}
