//! How many links a second can be saved durably, against what the bare disk gives: one-row
//! transactions on the same disk in the same run, measured before and after each.
#![expect(clippy::disallowed_methods, reason = "a bench asks what time it really is")]
#![expect(clippy::print_stdout, reason = "the figures are its result")]

mod common;

use std::time::{Duration, Instant};

use common::disk::Disk;
use common::measure::{Times, median, rate, timed};
use common::server::{Server, directory};
use common::{library, sized};
use fastrand::Rng;
use toaster::model::id::UserId;
use toaster::ops;
use toaster::store::{Store, Wakes};

const CLIENTS: [usize; 3] = [1, 16, 64];
const ROUNDS: usize = 3;
/// How large the library is that must not slow saving down.
const LARGE: usize = 100_000;

fn main() {
    let dir = directory();
    let disk = Disk::open(dir.path());
    println!("durable saves, each acknowledged once it is on the disk");
    println!("  links clients   saves/s  bare tx/s   ratio   p50 ms    p99 ms    max ms");
    for links in [0, sized(LARGE, 2_000)] {
        let server = Server::start();
        let store = server.store(Wakes::default());
        let user_id = library::add_user(&store, "mina");
        library::fill(&store, user_id, links, &[]);
        for clients in CLIENTS {
            let mut run = Run::default();
            for _ in 0..sized(ROUNDS, 1) {
                run.measure(&disk, &server, user_id, clients);
            }
            run.print(links, clients);
        }
    }
}

fn span() -> Duration {
    sized(Duration::from_millis(700), Duration::from_millis(100))
}

/// What several rounds of the same made of it.
#[derive(Default)]
struct Run {
    saves: Vec<f64>,
    bare: Vec<f64>,
    ratios: Vec<f64>,
    times: Times,
}

impl Run {
    fn measure(&mut self, disk: &Disk, server: &Server, user_id: UserId, clients: usize) {
        // The disk of a shared machine drifts, so it is asked on both sides.
        let before = disk.rate(span() / 2);
        let (took, times) = timed(|| save_from(server, user_id, clients));
        let bare = (before + disk.rate(span() / 2)) / 2.0;
        let saves = rate(times.count(), took);
        self.saves.push(saves);
        self.bare.push(bare);
        self.ratios.push(saves / bare);
        self.times.extend(times);
    }

    fn print(mut self, links: usize, clients: usize) {
        println!(
            "{links:>7} {clients:>7} {:>9.0} {:>10.0} {:>7.2} {}",
            median(self.saves),
            median(self.bare),
            median(self.ratios),
            self.times.summary()
        );
    }
}

/// Saves from that many threads at once for a while; returns how long each save took.
fn save_from(server: &Server, user_id: UserId, clients: usize) -> Times {
    let stores: Vec<Store> = (0..clients).map(|_| server.store(Wakes::default())).collect();
    let mut all = Times::default();
    std::thread::scope(|scope| {
        let running: Vec<_> = stores
            .into_iter()
            .map(|store| scope.spawn(move || save_for_a_while(&store, user_id)))
            .collect();
        for thread in running {
            all.extend(thread.join().expect("a client does not panic"));
        }
    });
    all
}

fn save_for_a_while(store: &Store, user_id: UserId) -> Times {
    let mut rng = Rng::new();
    let mut times = Times::default();
    let start = Instant::now();
    while start.elapsed() < span() {
        // A number that no other client and no round before has had.
        let n = rng.usize(LARGE..usize::MAX);
        let new = library::link(&mut rng, n);
        let (took, saved) =
            timed(|| store.write(move |tx| ops::bookmarks::save(tx, user_id, &new)));
        assert!(saved.expect("the disk has room").is_new, "every link is a new one");
        times.push(took);
    }
    times
}
