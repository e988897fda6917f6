//! How many pages a second are read, from the queue in the database to the card and its picture,
//! from a local site with 50 hosts that take 20 ms for each answer; beside bare requests for the
//! same pages and pictures by as many threads. And how much memory a server needs more while
//! 1,000 links wait.
#![expect(clippy::disallowed_methods, reason = "a bench asks what time it really is")]
#![expect(clippy::print_stdout, reason = "the figures are its result")]

mod common;

use std::io::{BufRead, BufReader, Cursor, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use common::measure::{rate, resident_mib, timed};
use common::server::Server;
use common::{library, sized};
use crossbeam_channel::unbounded;
use toaster::clock::SystemClock;
use toaster::fetch::{FetchConfig, Fetcher, RobotsPolicy};
use toaster::model::address::AddressList;
use toaster::model::bookmark::{Link, NewBookmark};
use toaster::model::id::UserId;
use toaster::net::{Call, Client, ClientConfig, Roots};
use toaster::store::bookmarks::{self, Filter};
use toaster::store::{Pictures, Wakes};
use toaster::worker::page_fetcher::{Crew, PageFetcher, WebReader};
use toaster::{ops, worker};
use url::Url;

const HOSTS: u8 = 50;
const LATENCY: Duration = Duration::from_millis(20);
const WORKERS: [usize; 2] = [2, 8];
const WAITING: usize = 1_000;
const TIME: Duration = Duration::from_secs(8);

fn main() {
    let site = Site::open();
    memory(&site);
    println!("pages with their pictures, {HOSTS} hosts, 20 ms for each answer");
    println!("workers  pause ms   pages/s   bare pages/s   ratio");
    for workers in WORKERS {
        let each = sized(4, 1);
        let bare = site.bare(workers, each);
        for (pause, each) in [(Duration::ZERO, each), (Duration::from_secs(1), sized(3, 1))] {
            let read = site.read(workers, each, pause);
            let (pause, ratio) = (pause.as_millis(), read / bare);
            println!("{workers:>7} {pause:>9} {read:>9.1} {bare:>14.1} {ratio:>7.2}");
        }
    }
}

/// What 1,000 links cost that wait while others are read: rows, and nothing else. Both are
/// taken while pages are read, since reading one costs more than all that wait.
fn memory(site: &Site) {
    let server = Server::start();
    let store = server.store(Wakes::default());
    let user_id = library::add_user(&store, "mina");
    let mut crew = Running::start(&server, 2, site.config(Duration::from_secs(1)));
    let mut memory = |first: usize, each: usize| {
        site.save(&store, user_id, first, each);
        crew.ring();
        thread::sleep(sized(Duration::from_secs(3), Duration::from_millis(500)));
        resident_mib()
    };
    let before = memory(0, 4);
    let after = memory(4, WAITING / usize::from(HOSTS));
    println!("memory while pages are read: {before:.1} MiB, with {WAITING} links more {after:.1}");
    crew.end();
}

/// A site on many addresses of this machine.
struct Site {
    port: u16,
    picture: usize,
}

impl Site {
    /// One that serves until the bench ends.
    fn open() -> Self {
        let picture: Arc<[u8]> = picture().into();
        let first = TcpListener::bind((host(1), 0)).expect("a port is free");
        let port = first.local_addr().expect("it is bound").port();
        let site = Self { port, picture: picture.len() };
        let others = (2..=HOSTS).map(|n| TcpListener::bind((host(n), port)));
        let others = others.map(|listener| listener.expect("the port is free on all hosts"));
        for listener in std::iter::once(first).chain(others) {
            let picture = Arc::clone(&picture);
            thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let picture = Arc::clone(&picture);
                    thread::spawn(move || serve(stream, &picture));
                }
            });
        }
        site
    }

    fn page(&self, n: usize) -> Url {
        let host = host((n % usize::from(HOSTS)) as u8 + 1);
        let url = format!("http://{host}:{}/{n}", self.port);
        Url::parse(&url).expect("it is an address")
    }

    fn config(&self, pause: Duration) -> FetchConfig {
        FetchConfig {
            allow: allowed(),
            robots: RobotsPolicy::Ignore,
            pause,
            ..FetchConfig::default()
        }
    }

    /// Saves `each` links of each host, after the `first` ones.
    fn save(&self, store: &toaster::store::Store, user_id: UserId, first: usize, each: usize) {
        let hosts = usize::from(HOSTS);
        for n in first * hosts..(first + each) * hosts {
            let new = NewBookmark::of(Link::parse(self.page(n).as_str()).expect("it is a link"));
            store.write(move |tx| ops::bookmarks::save(tx, user_id, &new)).expect("it is saved");
        }
    }

    /// Pages a second of the whole way: queue, request, extraction, picture, database.
    fn read(&self, workers: usize, each: usize, pause: Duration) -> f64 {
        let server = Server::start();
        let store = server.store(Wakes::default());
        let user_id = library::add_user(&store, "mina");
        self.save(&store, user_id, 0, each);
        let count = each * usize::from(HOSTS);
        let (took, crew) = timed(|| {
            let crew = Running::start(&server, workers, self.config(pause));
            while store.read(toaster::store::pages::next_due_at).expect("it reads").is_some() {
                thread::sleep(Duration::from_millis(5));
            }
            crew
        });
        crew.end();
        let read = store.read(|tx| bookmarks::list(tx, user_id, &Filter::default(), count));
        let read = read.expect("it reads");
        let whole = read.iter().filter(|b| b.title() == "Bread" && b.page.image_url.is_some());
        assert_eq!(whole.count(), count, "every page was read with its picture");
        rate(count, took)
    }

    /// Pages a second of two requests each, and nothing done with the answers.
    fn bare(&self, threads: usize, each: usize) -> f64 {
        let client = Client::new(&ClientConfig {
            allow: allowed(),
            deny: AddressList::none(),
            ports: vec![80, 443],
            user_agent: "bench".into(),
            idle_per_host: 2,
            roots: Roots::default(),
        });
        let count = each * usize::from(HOSTS);
        let next = AtomicUsize::new(0);
        let (took, ()) = timed(|| {
            thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        loop {
                            let n = next.fetch_add(1, Ordering::Relaxed);
                            if n >= count {
                                return;
                            }
                            let page = self.page(n);
                            let picture = page.join("/picture.png").expect("it is an address");
                            get(&client, &page);
                            assert_eq!(get(&client, &picture), self.picture);
                        }
                    });
                }
            });
        });
        rate(count, took)
    }
}

fn get(client: &Client, url: &Url) -> usize {
    let answer = client.send(&Call::get(url, TIME)).expect("the site answers");
    answer.read(1 << 20).0.len()
}

fn host(n: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 0, 1, n)
}

fn allowed() -> AddressList {
    AddressList::parse(&["127.0.1.0/24"]).expect("it is a range")
}

/// Answers requests one after the other until the other side has had enough.
fn serve(mut stream: TcpStream, picture: &[u8]) {
    let page = "<!doctype html><html lang=en><title>Bread</title>\
                <meta property=og:title content=Bread>\
                <meta property=og:image content=/picture.png>";
    let page = format!("{page}<p>{}", "A loaf, and how it came about. ".repeat(3_000));
    let Ok(reader) = stream.try_clone() else { return };
    let mut target = String::new();
    for line in BufReader::new(reader).lines().map_while(Result::ok) {
        if target.is_empty() {
            line.clone_into(&mut target);
        }
        if !line.is_empty() {
            continue;
        }
        thread::sleep(LATENCY);
        let (kind, body) = if target.contains("/picture.png") {
            ("image/png", picture)
        } else {
            ("text/html", page.as_bytes())
        };
        let length = body.len();
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n");
        let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
        if sent.is_err() {
            return;
        }
        target.clear();
    }
}

/// A picture as large as those that pages offer, with something to see on it.
fn picture() -> Vec<u8> {
    let dot = |x: u32, y: u32| image::Rgb([(x / 5) as u8, (y / 3) as u8, ((x ^ y) / 8) as u8]);
    let mut bytes = Vec::new();
    image::RgbImage::from_fn(1200, 630, dot)
        .write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png)
        .expect("it is a picture");
    bytes
}

/// Page fetchers under way.
struct Running {
    bell: Option<crossbeam_channel::Sender<toaster::store::Wake>>,
    threads: Vec<thread::JoinHandle<()>>,
}

impl Running {
    fn start(server: &Server, workers: usize, config: FetchConfig) -> Self {
        let clock = SystemClock::shared();
        let fetcher = Fetcher::new(config, clock.clone());
        let crew = Crew::new(Arc::clone(fetcher.pace()));
        let (bell, inbox) = unbounded();
        let cache = server.path().with_file_name("cache.db");
        let start = |n| {
            let pictures = Pictures::open(&cache, 1 << 30, SystemClock::shared())
                .expect("the directory is writable");
            let reader = WebReader::new(fetcher.clone(), pictures);
            let store = server.store(Wakes::default());
            let fetcher = PageFetcher::new(store, crew.clone(), reader);
            let (inbox, clock) = (inbox.clone(), clock.clone());
            let body = move || worker::run(fetcher, &inbox, &clock);
            toaster::threads::spawn(format!("page-fetcher-{n}"), body).expect("it starts")
        };
        Self { bell: Some(bell), threads: (0..workers).map(start).collect() }
    }

    fn ring(&mut self) {
        let bell = self.bell.as_ref().expect("it is running");
        bell.send(toaster::store::Wake::Page).expect("somebody listens");
    }

    fn end(mut self) {
        self.bell = None;
        for thread in self.threads {
            thread.join().expect("a fetcher does not panic");
        }
    }
}
