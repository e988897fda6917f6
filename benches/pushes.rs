//! Pushes over real sockets: how many leave through 1, 4 and 16 threads for a receiver that answers
//! at once or after 50 ms, beside the same number of bare requests; and what a service that never
//! answers costs the others.
#![expect(clippy::disallowed_methods, reason = "a bench asks what time it really is")]
#![expect(clippy::print_stdout, reason = "the figures are its result")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::measure::{ms, rate, timed};
use common::server::Server;
use common::sized;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};
use toaster::clock::{SharedClock, SystemClock};
use toaster::model::address::AddressList;
use toaster::model::destination::Address;
use toaster::model::time::Zone;
use toaster::net::{Call, Client, ClientConfig, Roots};
use toaster::store::Wakes;
use toaster::transport::webpush::Vapid;
use toaster::transport::{Credentials, Services};
use toaster::worker::outbox_sender::OutboxSender;
use toaster::{ops, secret, worker};
use ureq::http::Method;
use url::Url;

const DESTINATIONS_EACH: usize = 50;

fn main() {
    for latency in [Duration::ZERO, Duration::from_millis(50)] {
        let receiver = Inbox::open(latency);
        for threads in [1, 4, 16] {
            let count = match latency.is_zero() {
                true => sized(4_000, 200),
                false => sized(100, 4) * threads,
            };
            let bare = rate(count, bare(&receiver, threads, count));
            let pushed = rate(count, push(&receiver, threads, count, 0));
            println!(
                "{threads:>2} threads, {:>2} ms: {pushed:>6.0} pushes/s, {bare:>6.0} bare requests/s, {:.2}",
                latency.as_millis(),
                pushed / bare
            );
        }
    }
    let receiver = Inbox::open(Duration::ZERO);
    let count = sized(2_000, 100);
    let alone = push(&receiver, 4, count, 0);
    let beside = push(&receiver, 4, count, sized(100, 10));
    println!(
        "{count} pushes in {} ms, beside a server that never answers {} ms",
        ms(alone),
        ms(beside)
    );
}

/// A receiver of webhooks. What is posted below `/silent` is never answered.
struct Inbox {
    address: SocketAddr,
    arrived: Receiver<Instant>,
}

impl Inbox {
    fn open(latency: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let (arrive, arrived) = unbounded();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let arrive = arrive.clone();
                std::thread::spawn(move || answer(stream, latency, &arrive));
            }
        });
        Self { address, arrived }
    }
}

/// Answers one connection until it ends.
fn answer(stream: TcpStream, latency: Duration, arrive: &Sender<Instant>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let (mut line, mut length, mut is_silent) = (String::new(), 0, false);
        while reader.read_line(&mut line).ok()? > 2 {
            is_silent |= line.starts_with("POST /silent");
            let named = line
                .split_once(':')
                .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            length = named.map_or(Some(length), |(_, value)| value.trim().parse().ok())?;
            line.clear();
        }
        if line.is_empty() {
            return None; // The other side has ended it.
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        if is_silent {
            // Until the one who asked has had enough.
            reader.read_line(&mut line).ok()?;
            return None;
        }
        std::thread::sleep(latency);
        let _ = arrive.send(Instant::now());
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()?;
    }
}

fn client(threads: usize) -> Client {
    Client::new(&ClientConfig {
        allow: AddressList::parse(&["127.0.0.1"]).expect("it is an address"),
        deny: AddressList::none(),
        ports: Vec::new(),
        user_agent: "bench".into(),
        idle_per_host: threads,
        roots: Roots::default(),
    })
}

/// The same requests by the same client, from as many threads and with nothing else to do.
fn bare(inbox: &Inbox, threads: usize, count: usize) -> Duration {
    let (client, left) = (client(threads), AtomicUsize::new(count));
    let url = Url::parse(&format!("http://{}/hook", inbox.address)).expect("it is an address");
    let (took, ()) = timed(|| {
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let next = |n: usize| n.checked_sub(1);
                    while left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next).is_ok() {
                        let call = Call {
                            method: Method::POST,
                            url: &url,
                            headers: &[("content-type", "application/json")],
                            body: &[b'x'; 300],
                            time: Duration::from_secs(15),
                        };
                        let (_, _) = client.send(&call).expect("it answers").read(1_000);
                    }
                });
            }
        });
    });
    let _ = inbox.arrived.try_iter().count();
    took
}

/// Sends one message to each of `count` webhooks, and to `silent` topics on a server that never
/// answers, through the real outbox; how long it takes until the webhooks have theirs.
fn push(inbox: &Inbox, threads: usize, count: usize, silent: usize) -> Duration {
    let server = Server::start();
    let store = server.store(Wakes::default());
    let address = inbox.address;
    let fill = move |n: usize| {
        move |tx: &toaster::store::WriteTx| {
            let user = ops::accounts::add(tx, &format!("user{n}"), "", false, &Zone::UTC)?;
            for m in (n..count + silent).take(DESTINATIONS_EACH) {
                let to = match m.checked_sub(count) {
                    // Before the others, so that they have to get past them.
                    Some(m) => {
                        Address::ntfy(&format!("http://{address}/silent/"), &format!("t{m}"), "")
                    }
                    None => {
                        let url = format!("http://{address}/hook/{m}");
                        Address::webhook(&url, secret::new_webhook_secret()?)
                    }
                }?;
                let added = ops::destinations::add(tx, user, "Here", &to)?;
                ops::destinations::test(tx, user, added.id)?;
            }
            Ok(())
        }
    };
    for n in (0..count + silent).step_by(DESTINATIONS_EACH).collect::<Vec<_>>().into_iter().rev() {
        store.write(fill(n)).expect("the disk has room");
    }
    let vapid = Vapid::new(&secret::new_vapid_key().expect("there is randomness"), None);
    let services = Services {
        client: client(threads),
        telegram_url: String::new(),
        mailer: None,
        credentials: Arc::new(Credentials { vapid: vapid.expect("it is a key"), fcm: None }),
    };
    let clock: SharedClock = SystemClock::shared();
    let (dispatcher, lane) =
        OutboxSender::new(server.store(Wakes::default()), "http://localhost".into(), threads);
    let (bell, wakes) = bounded(1);
    std::thread::scope(|scope| {
        let began = Instant::now();
        for _ in 0..threads {
            let (lane, services) = (lane.clone(), services.clone());
            scope.spawn(move || lane.run(&services));
        }
        drop(lane);
        scope.spawn(|| worker::run(dispatcher, &wakes, &clock));
        let last = inbox.arrived.iter().take(count).last().expect("they arrive");
        drop(bell);
        last - began
    })
}
