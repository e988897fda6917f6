//! A million reminders: what the scheduler needs for them, how long it takes until a minute in
//! which very many are due is in the outbox, and how fast the outbox empties.
#![expect(clippy::disallowed_methods, reason = "a bench asks what time it really is")]
#![expect(clippy::print_stdout, reason = "the figures are its result")]

mod common;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use common::crowd::Crowd;
use common::disk::Disk;
use common::measure::{Times, ms, rate, resident_mib, timed, us};
use common::server::{Server, directory};
use common::{library, sized};
use crossbeam_channel::{Sender, bounded};
use fastrand::Rng;
use rusqlite::Connection;
use rustix::time::{ClockId, clock_gettime};
use toaster::clock::{Clock, SharedClock, SimClock, SystemClock};
use toaster::model::delivery::{Answer, Attempt, Outcome};
use toaster::model::id::UserId;
use toaster::model::time::Timestamp;
use toaster::ops;
use toaster::store::{self, Store, Wakes};
use toaster::transport::Transport;
use toaster::worker::outbox_sender::OutboxSender;
use toaster::worker::scheduler::Scheduler;
use toaster::worker::{self, Worker};

const PUSH_THREADS: usize = 4;

fn main() {
    let crowd = Crowd {
        people: sized(100_000, 1_000),
        reminders_each: 10,
        first_due: "2026-03-08T09:00:00Z",
        first_people: sized(10_000, 100),
        second_due: "2026-03-08T10:00:00Z",
    };
    let clock = SimClock::at("2026-03-08T08:50:00Z".parse().expect("it is an instant"));
    let shared: SharedClock =
        Arc::new(BenchClock { wall: clock.clone(), monotonic: SystemClock::shared() });
    let server = Server::start_in(directory(), shared.clone());
    let (took, ()) = timed(|| crowd.fill(&server.path()));
    println!(
        "{} reminders of {} people, filled in {} ms",
        crowd.people * crowd.reminders_each,
        crowd.people,
        ms(took)
    );

    let mut scheduler = load(&server);
    clock.advance(Duration::from_mins(10));
    fire(&server, &mut scheduler, &shared, crowd.first_people);
    push(&server, &shared, crowd.first_people);
    clock.advance(Duration::from_hours(1));
    fire(&server, &mut scheduler, &shared, crowd.people);
}

/// A wall clock that is stepped, while time runs on as it does: batches are sized by how long
/// they really take.
struct BenchClock {
    wall: Arc<SimClock>,
    monotonic: SharedClock,
}

impl Clock for BenchClock {
    fn now(&self) -> Timestamp {
        self.wall.now()
    }

    fn monotonic(&self) -> Duration {
        self.monotonic.monotonic()
    }
}

/// The first step of a server that has just started, ten minutes before the first is due.
fn load(server: &Server) -> Scheduler {
    let before = resident_mib();
    let mut scheduler = Scheduler::new(server.store(Wakes::default()), Arc::default());
    let (walk, _) =
        timed(|| step_until_done(&mut scheduler, server.store(Wakes::default()).clock()));
    println!("every time looked at by new zone data {:>8} ms", ms(walk));
    let mut scheduler = Scheduler::new(server.store(Wakes::default()), Arc::default());
    let (took, next) = timed(|| scheduler.step(Vec::new()).expect("it can be read"));
    let grown = resident_mib() - before;
    println!("the scheduler's first step           {:>9} ms, {grown:.1} MiB more in use", ms(took));
    println!("  after which it sleeps until        {}", next.expect("some are due"));
    scheduler
}

/// Steps until nothing is due, while somebody else keeps saving links.
fn fire(server: &Server, scheduler: &mut Scheduler, clock: &SharedClock, expected: usize) {
    let before = Counts::of(&server.path());
    let store = server.store(Wakes::default());
    let is_over = &AtomicBool::new(false);
    let worked_before = worked();
    let (took, mut steps, mut saves) = std::thread::scope(|scope| {
        let saver = scope.spawn(move || save_until(&store, is_over));
        let (took, steps) = timed(|| step_until_done(scheduler, clock));
        is_over.store(true, Ordering::SeqCst);
        (took, steps, saver.join().expect("it does not panic"))
    });
    let worked = (worked() - worked_before) / expected as u32;
    let after = Counts::of(&server.path());
    assert_eq!(after.fired - before.fired, expected, "all fire, none twice");
    assert_eq!(after.waiting - before.waiting, expected, "each has its delivery");
    println!("{expected} people due in one minute, all in the outbox after {} ms", ms(took));
    println!("  {:.1} us of a core's work for each, with the saves beside them", us(worked));
    println!(
        "  {:.0} a second; a step took       p50 ms    p99 ms    max ms",
        rate(expected, took)
    );
    println!("  {:>6} steps, one transaction each {}", steps.count(), steps.summary());
    println!("  {:>6} saves beside them           {}", saves.count(), saves.summary());
}

fn step_until_done(scheduler: &mut Scheduler, clock: &SharedClock) -> Times {
    let mut steps = Times::default();
    loop {
        let (took, next) = timed(|| scheduler.step(Vec::new()).expect("the disk has room"));
        steps.push(took);
        if next.is_none_or(|at| at > clock.now()) {
            return steps;
        }
    }
}

/// Empties the outbox through the real dispatcher and push threads, into a transport that
/// takes everything at once.
fn push(server: &Server, clock: &SharedClock, expected: usize) {
    let disk_dir = directory();
    let disk = Disk::open(disk_dir.path());
    let bare_span = Duration::from_millis(sized(500, 50));
    let before = disk.rate(bare_span);
    let (all, all_sent) = bounded(1);
    let postbox = Postbox { sent: Arc::default(), expected, all };
    let store = server.store(Wakes::default());
    let (dispatcher, lane) = OutboxSender::new(store, "http://localhost".into(), PUSH_THREADS);
    let (bell, inbox) = bounded(1);
    let (took, ()) = timed(|| {
        std::thread::scope(|scope| {
            for _ in 0..PUSH_THREADS {
                let (lane, postbox) = (lane.clone(), postbox.clone());
                scope.spawn(move || lane.run(&postbox));
            }
            scope.spawn(move || worker::run(dispatcher, &inbox, clock));
            all_sent.recv().expect("the push threads work");
            drop(bell);
            drop(lane);
        });
    });
    let counts = Counts::of(&server.path());
    assert_eq!((counts.delivered, counts.waiting), (expected, 0), "each is delivered and recorded");
    let bare = (before + disk.rate(bare_span)) / 2.0;
    let pushes = rate(expected, took);
    println!("{expected} pushes through {PUSH_THREADS} threads in {} ms", ms(took));
    println!(
        "  {pushes:.0} a second, {:.2} for each of the disk's {bare:.0} bare tx/s",
        pushes / bare
    );
}

/// A push service that takes everything at once.
#[derive(Clone)]
struct Postbox {
    sent: Arc<AtomicUsize>,
    expected: usize,
    all: Sender<()>,
}

impl Transport for Postbox {
    fn send(&self, _attempt: &Attempt) -> Answer {
        if self.sent.fetch_add(1, Ordering::SeqCst) + 1 == self.expected {
            let _ = self.all.try_send(());
        }
        Answer { status: Some(200), ..Answer::new(Outcome::Accepted, "") }
    }
}

/// Saves a link every few milliseconds, and has to wait for the same writer.
fn save_until(store: &Store, stop: &AtomicBool) -> Times {
    let mut rng = Rng::new();
    let mut times = Times::default();
    while !stop.load(Ordering::SeqCst) {
        let n = rng.usize(..);
        let new = library::link(&mut rng, n);
        let save = move |tx: &store::WriteTx| ops::bookmarks::save(tx, UserId(1), &new);
        times.push(timed(|| store.write(save).expect("the disk has room")).0);
        std::thread::sleep(Duration::from_millis(5));
    }
    times
}

/// How long all threads were worked on, whatever else the machine does.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// What the database says has happened.
struct Counts {
    fired: usize,
    waiting: usize,
    delivered: usize,
}

impl Counts {
    fn of(path: &Path) -> Self {
        let sql = Connection::open(path).expect("the database opens");
        let count = |from: &str| -> usize {
            let row = sql.query_row(&format!("SELECT count(*) FROM {from}"), [], |row| row.get(0));
            row.map(|count: i64| count as usize).expect("the table is there")
        };
        Self {
            fired: count("firings"),
            waiting: count("deliveries WHERE ended_at IS NULL"),
            delivered: count("deliveries WHERE state = 'delivered'"),
        }
    }
}
