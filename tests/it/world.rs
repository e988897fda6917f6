//! The world a test lives in: a clock that stands still until it is stepped, a database in a
//! temporary directory, every worker, a postbox in place of push services and a small web.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded};
use tempfile::TempDir;
use toaster::clock::{Clock, ClockTrust, SharedClock, SimClock};
use toaster::error::{Error, Result};
use toaster::fetch::pace::{Pace, Visit};
use toaster::http::context::{Context, SetUpKey, Shared};
use toaster::http::previews::{Found, Previews};
use toaster::http::throttle::Throttle;
use toaster::http::waiting::Waiting;
use toaster::model::bookmark::{Link, NewBookmark};
use toaster::model::clock_sense::Nonsense;
use toaster::model::delivery::{Answer, Attempt, Outcome, State};
use toaster::model::destination::{Address, Reach};
use toaster::model::id::{BookmarkId, DestinationId, ReminderId, UserId};
use toaster::model::language::Language;
use toaster::model::page::{PageCard, PageImage, PageKind, PageMeta, PageState};
use toaster::model::reason::Reason;
use toaster::model::recurrence::Schedule;
use toaster::model::reminder::{Pick, Reminder, Settings, Target, WhenEmpty};
use toaster::model::time::{Timestamp, Zone};
use toaster::ops::pages::{Read, Unread};
use toaster::store::{self, Pictures, Store, Tx, Wake, Wakes, WriteTx, Writer};
use toaster::transport::Transport;
use toaster::worker::Worker;
use toaster::worker::indexer::Indexer;
use toaster::worker::maintenance::Maintenance;
use toaster::worker::outbox_sender::{OutboxSender, PushLane};
use toaster::worker::page_fetcher::{Crew, PageFetcher, Reader};
use toaster::worker::scheduler::Scheduler;
use toaster::{ops, threads};
use url::Url;

use crate::fuse::Fuse;

const INBOX: usize = 1_024;
const PUSH_THREADS: usize = 4;
/// More steps at one instant mean that somebody is busy with nothing.
const STEPS_MAX: usize = 5_000;

/// A span of days.
pub fn days(count: u64) -> Duration {
    Duration::from_hours(24 * count)
}

/// A simulated server with one user, Mina, and one destination of hers.
pub struct World {
    pub clock: Arc<SimClock>,
    pub fuse: Arc<Fuse>,
    /// How many times every worker has stepped.
    pub steps: usize,
    trust: Arc<ClockTrust>,
    pub postbox: Postbox,
    pub web: FakeWeb,
    pub user: UserId,
    pub destination: DestinationId,
    pub dir: TempDir,
    running: Option<Running>,
}

/// Everything that a stop ends.
struct Running {
    store: Store,
    scheduler: Scheduler,
    scheduler_inbox: Receiver<Wake>,
    outbox: OutboxSender,
    outbox_inbox: Receiver<Wake>,
    lane: PushLane,
    pages: PageFetcher<FakeWeb>,
    pages_inbox: Receiver<Wake>,
    maintenance: Maintenance,
    indexer: Indexer,
    writer: JoinHandle<()>,
}

impl World {
    /// A world at that instant, in UTC.
    pub fn at(start: &str) -> Self {
        let memory_disk = std::path::Path::new("/dev/shm");
        let dir = if memory_disk.is_dir() {
            tempfile::tempdir_in(memory_disk)
        } else {
            tempfile::tempdir()
        };
        let dir = dir.unwrap();
        let clock = SimClock::at(start.parse().unwrap());
        let (postbox, web) = (Postbox::default(), FakeWeb::default());
        let (trust, fuse) = (Arc::default(), Fuse::new(clock.clone()));
        let running = Running::start(&dir, &clock, &fuse, &trust, &web);
        let (user, destination) = running
            .store
            .write(|tx| {
                let user = ops::accounts::add(tx, "mina", "no password", true, &Zone::UTC)?;
                let address = Address::ntfy("https://push.example", "mina", "")?;
                Ok((user, ops::destinations::add(tx, user, "Phone", &address)?.id))
            })
            .unwrap();
        let running = Some(running);
        Self { clock, fuse, steps: 0, trust, postbox, web, user, destination, dir, running }
    }

    fn running(&mut self) -> &mut Running {
        self.running.as_mut().expect("the world is running")
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Why the scheduler does not believe the clock, if it does not.
    pub fn nonsense(&self) -> Option<Nonsense> {
        self.trust.nonsense()
    }

    /// Where the database is.
    pub fn database(&self) -> PathBuf {
        self.dir.path().join(store::FILE_NAME)
    }

    pub fn read<T>(&mut self, body: impl FnOnce(&Tx) -> Result<T>) -> T {
        self.running().store.read(body).unwrap()
    }

    pub fn write<T: Send + 'static>(
        &mut self,
        body: impl FnOnce(&WriteTx) -> Result<T> + Send + 'static,
    ) -> T {
        self.try_write(body).unwrap()
    }

    pub fn try_write<T: Send + 'static>(
        &mut self,
        body: impl FnOnce(&WriteTx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.running().store.write(body)
    }

    /// Saves a link without reading its page.
    pub fn save(&mut self, url: &str) -> BookmarkId {
        let new = NewBookmark { fetch: false, ..NewBookmark::of(Link::parse(url).unwrap()) };
        let user = self.user;
        self.write(move |tx| ops::bookmarks::save(tx, user, &new)).bookmark.id
    }

    /// Saves a link whose page is to be read.
    pub fn save_and_fetch(&mut self, url: &str) -> BookmarkId {
        let (user, new) = (self.user, NewBookmark::of(Link::parse(url).unwrap()));
        self.write(move |tx| ops::bookmarks::save(tx, user, &new)).bookmark.id
    }

    /// Sets a reminder of everything: `mon,wed 21:30` or `daily 09:00`, in that zone.
    pub fn remind(&mut self, when: &str, zone: &str) -> ReminderId {
        let settings = settings(when, zone);
        let user = self.user;
        self.write(move |tx| ops::reminders::set(tx, user, &settings, ops::reminders::MAX_PER_USER))
            .id
    }

    pub fn reminder(&mut self, id: ReminderId) -> Reminder {
        let user = self.user;
        self.read(|tx| store::reminders::get(tx, user, id))
    }

    /// How many slots of a reminder have fired.
    pub fn firings(&mut self, id: ReminderId) -> i64 {
        self.read(|tx| store::firings::count(tx, id))
    }

    /// How many deliveries stand in that state.
    pub fn outbox(&mut self, state: State) -> i64 {
        self.read(|tx| store::deliveries::count_in_state(tx, state))
    }

    /// Does all that is due now; returns when something is due next.
    pub fn settle(&mut self) -> Option<Timestamp> {
        self.try_settle().unwrap()
    }

    /// As [`World::settle`]; fails when the fuse blows.
    pub fn try_settle(&mut self) -> Result<Option<Timestamp>> {
        let (postbox, fuse) = (self.postbox.clone(), self.fuse.clone());
        for _ in 0..STEPS_MAX {
            let now = self.now();
            self.steps += 1;
            let (next, sent) = self.running().step(&postbox, &fuse)?;
            if !sent && next.is_none_or(|next| next > now) && !self.running().is_nudged() {
                return Ok(next);
            }
        }
        panic!("the world does not come to rest");
    }

    /// Lets that much time pass, stepping from one due time to the next.
    pub fn run_for(&mut self, span: Duration) {
        self.try_run_for(span).unwrap();
    }

    /// As [`World::run_for`]; fails when the fuse blows.
    pub fn try_run_for(&mut self, span: Duration) -> Result<()> {
        let end = self.now() + span;
        loop {
            let next = self.try_settle()?.filter(|next| *next < end).unwrap_or(end);
            self.clock.advance(next.since(self.now()));
            if self.now() >= end {
                return self.try_settle().map(drop);
            }
        }
    }

    /// Lets time pass while the server is not running.
    pub fn sleep(&mut self, span: Duration) {
        self.stop();
        self.clock.advance(span);
        self.start();
    }

    /// Stops and starts the server.
    pub fn restart(&mut self) {
        self.stop();
        self.start();
    }

    /// Ends the server in the middle of what it does: attempts under way are lost, whether or
    /// not they arrived.
    pub fn crash_while_sending(&mut self) {
        let postbox = self.postbox.clone();
        let running = self.running();
        let inbox = running.scheduler_inbox.try_iter().collect();
        running.scheduler.step(inbox).unwrap();
        running.outbox.step(Vec::new()).unwrap();
        for attempt in running.lane.attempts.try_iter() {
            postbox.send(&attempt); // It arrived, but nobody heard.
        }
        self.stop();
        self.start();
    }

    /// Stops the server as a signal does, so that attempts under way end and are recorded, and
    /// starts it again.
    pub fn restart_gently(&mut self) {
        let mut running = self.running.take().expect("the world is running");
        drop(running.lane);
        running.outbox.finish();
        drop((running.store, running.scheduler, running.outbox, running.pages));
        drop((running.maintenance, running.indexer));
        assert!(running.writer.join().is_ok() || self.fuse.is_blown());
        self.start();
    }

    fn stop(&mut self) {
        let running = self.running.take().expect("the world is running");
        assert!(running.end().join().is_ok() || self.fuse.is_blown());
    }

    /// Starts the server, with a new fuse if the old one has blown.
    fn start(&mut self) {
        if self.fuse.is_blown() {
            self.fuse.replace();
        }
        let (clock, fuse) = (&self.clock, &self.fuse);
        self.running = Some(Running::start(&self.dir, clock, fuse, &self.trust, &self.web));
    }

    /// Where files of links lie until they are read.
    pub fn imports(&self) -> PathBuf {
        let path = self.dir.path().join("imports");
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    /// What a handler has at hand.
    pub fn context(&mut self) -> Context {
        let path = self.database();
        let clock: SharedClock = self.clock.clone();
        let trust = self.trust.clone();
        let imports = self.imports();
        let running = self.running();
        let shared = Shared {
            obeys_robots: true,
            checks_links: true,
            base_url: "http://toaster.example".into(),
            vapid_public_key: "BKey".into(),
            secure_cookies: false,
            set_up_key: SetUpKey::default(),
            reminders_max: ops::reminders::MAX_PER_USER,
            imports,
            clock_trust: trust,
            sign_ins: Throttle::default(),
            previews: Previews::new(4, Box::new(preview)),
            reach: Reach { has_mail: true, has_firebase: true, ..Reach::default() },
            under_way: Default::default(),
            test_wait: Waiting::default(),
        };
        Context {
            store: Store::open(&path, running.store.writer(), Wakes::default(), clock.clone())
                .unwrap(),
            pictures: Pictures::open(
                &self.dir.path().join("cache.db"),
                1 << 20,
                self.clock.clone(),
            )
            .unwrap(),
            clock,
            shared: Arc::new(shared),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            let _ = running.end().join();
        }
    }
}

impl Running {
    fn start(
        dir: &TempDir,
        clock: &Arc<SimClock>,
        fuse: &Arc<Fuse>,
        trust: &Arc<ClockTrust>,
        web: &FakeWeb,
    ) -> Self {
        let path = dir.path().join(store::FILE_NAME);
        let clock: SharedClock = clock.clone();
        let (writer, handle) = Writer::open(&path, fuse.clone()).unwrap();
        let writer = threads::spawn("writer", move || writer.run()).unwrap();
        let open = |wakes| Store::open(&path, handle.clone(), wakes, clock.clone()).unwrap();
        let (outbox_bell, outbox_inbox) = bounded(INBOX);
        let (pages_bell, pages_inbox) = bounded(INBOX);
        let (scheduler_bell, scheduler_inbox) = bounded(INBOX);
        let (outbox, lane) = OutboxSender::new(
            open(Wakes::default()),
            "https://toaster.example".into(),
            PUSH_THREADS,
        );
        let mut random = fastrand::Rng::with_seed(0);
        let outbox = outbox
            .with_jitter(Box::new(move |count| Ok((0..count).map(|_| random.f64()).collect())));
        let crew = Crew::new(Pace::new(Duration::from_secs(1), clock.clone()));
        let below = Wakes { outbox: Some(outbox_bell.clone()), ..Wakes::default() };
        let all = Wakes {
            scheduler: Some(scheduler_bell),
            outbox: Some(outbox_bell),
            pages: Some(pages_bell),
            imports: None,
            search: None,
        };
        Self {
            store: open(all),
            scheduler: Scheduler::new(open(below.clone()), trust.clone()),
            scheduler_inbox,
            outbox,
            outbox_inbox,
            lane,
            pages: PageFetcher::new(open(below), crew, web.clone()).checking_links(true),
            pages_inbox,
            maintenance: Maintenance::new(open(Wakes::default())),
            indexer: Indexer::new(open(Wakes::default())),
            writer,
        }
    }

    /// One step of each worker; says whether anything was sent. Fails when the fuse blows.
    fn step(&mut self, postbox: &Postbox, fuse: &Fuse) -> Result<(Option<Timestamp>, bool)> {
        let still_up = || match fuse.is_blown() {
            true => Err(Error::Unavailable("the fuse has blown".into())),
            false => Ok(()),
        };
        let scheduled = self.scheduler.step(self.scheduler_inbox.try_iter().collect())?;
        still_up()?;
        let outbox = self.outbox.step(self.outbox_inbox.try_iter().collect())?;
        let mut sent = false;
        for attempt in self.lane.attempts.try_iter() {
            let answer = postbox.take(&attempt);
            still_up()?;
            if let Some(answer) = answer {
                sent = true;
                self.lane.answers.send((attempt.delivery_id, answer)).unwrap();
            }
        }
        let pages = self.pages.step(self.pages_inbox.try_iter().collect())?;
        let kept = self.maintenance.step(Vec::new())?;
        self.indexer.step(Vec::new())?;
        still_up()?;
        Ok(([scheduled, outbox, pages, kept].into_iter().flatten().min(), sent))
    }

    fn is_nudged(&self) -> bool {
        !(self.scheduler_inbox.is_empty()
            && self.outbox_inbox.is_empty()
            && self.pages_inbox.is_empty())
    }

    /// Drops everything but the writer's thread, which ends by that.
    fn end(self) -> JoinHandle<()> {
        self.writer
    }
}

/// The settings of a reminder of everything.
pub fn settings(when: &str, zone: &str) -> Settings {
    let (days, at) = when.split_once(' ').unwrap();
    let days = if days == "daily" { "mon,tue,wed,thu,fri,sat,sun" } else { days };
    Settings {
        name: "Evening".into(),
        target: Target::All,
        schedule: Schedule::Weekly { days: days.parse().unwrap(), at: at.parse().unwrap() },
        zone: Zone::named(zone).unwrap(),
        pick: Pick::default(),
        when_empty: WhenEmpty::Skip,
        enabled: true,
        destinations: None,
    }
}

/// Stands in for push services, and remembers what arrived.
#[derive(Clone, Default)]
pub struct Postbox(Rc<RefCell<Post>>);

#[derive(Default)]
struct Post {
    tried: usize,
    fail_every: Option<usize>,
    answers: Vec<Outcome>,
    arrived: Vec<Attempt>,
    service: Option<Service>,
}

/// What a push service makes of an attempt: an answer, or none as long as the server lives.
type Service = Box<dyn FnMut(&Attempt) -> Option<Answer>>;

impl Postbox {
    /// Fails every nth attempt; half of those arrive all the same.
    pub fn fail_every(&self, n: usize) {
        self.0.borrow_mut().fail_every = Some(n);
    }

    /// The outcomes of the next attempts, in order; none of them arrives unless accepted.
    pub fn answer(&self, outcomes: impl IntoIterator<Item = Outcome>) {
        self.0.borrow_mut().answers.extend(outcomes);
    }

    /// Has somebody else answer from now on, and remember.
    pub fn hand_over_to(&self, service: impl FnMut(&Attempt) -> Option<Answer> + 'static) {
        self.0.borrow_mut().service = Some(Box::new(service));
    }

    fn take(&self, attempt: &Attempt) -> Option<Answer> {
        if let Some(service) = &mut self.0.borrow_mut().service {
            return service(attempt);
        }
        Some(self.send(attempt))
    }

    /// What arrived, repeats included.
    pub fn arrived(&self) -> Vec<Attempt> {
        self.0.borrow().arrived.clone()
    }

    /// How often something was tried.
    pub fn tried(&self) -> usize {
        self.0.borrow().tried
    }

    /// How many different messages arrived; a receiver tells repeats by their key.
    pub fn occurrences(&self) -> usize {
        let post = self.0.borrow();
        post.arrived.iter().map(|attempt| attempt.key.as_str()).collect::<HashSet<_>>().len()
    }

    /// The texts that arrived.
    pub fn texts(&self) -> Vec<String> {
        let text = |attempt: &Attempt| String::from_utf8(attempt.body.clone()).unwrap();
        self.0.borrow().arrived.iter().map(text).collect()
    }
}

impl Transport for Postbox {
    fn send(&self, attempt: &Attempt) -> Answer {
        let mut post = self.0.borrow_mut();
        post.tried += 1;
        let fails = post.fail_every.is_some_and(|n| post.tried.is_multiple_of(n));
        let lost_answer = fails && post.tried.is_multiple_of(2);
        let outcome = match (post.answers.is_empty(), fails, lost_answer) {
            (false, ..) => post.answers.remove(0),
            (true, false, _) => Outcome::Accepted,
            (true, true, true) => Outcome::InDoubt,
            (true, true, false) => Outcome::RETRY,
        };
        if outcome == Outcome::Accepted || lost_answer {
            post.arrived.push(attempt.clone());
        }
        Answer::new(outcome, "said the postbox")
    }
}

/// The page at `https://bread.example/`, which is titled by the language it is asked for in.
fn preview(url: &Url, language: Language) -> Found {
    if url.host_str() != Some("bread.example") {
        return Err((PageState::Refused, Reason::Robots));
    }
    let picture = PageImage::at(url.join("/rye.png").unwrap());
    Ok(PageMeta {
        title: Some(format!("Bread, {}", language.name())),
        images: vec![PageImage { width: Some(640), ..picture }],
        ..PageMeta::bare(url.clone(), PageKind::Article)
    })
}

/// A small web: what reading each address comes to.
#[derive(Clone, Default)]
pub struct FakeWeb {
    pages: Rc<RefCell<HashMap<String, Read>>>,
    asked: Rc<RefCell<Vec<(String, Language)>>>,
}

impl FakeWeb {
    pub fn put(&self, url: &str, read: Read) {
        self.pages.borrow_mut().insert(url.to_owned(), read);
    }

    pub fn put_page(&self, url: &str, title: &str) {
        let card = PageCard { title: title.into(), ..PageCard::default() };
        self.put(url, Read::Ready(Box::new(card)));
    }

    pub fn put_failure(&self, url: &str, reason: Reason, retry_after: Option<Duration>) {
        let again = !matches!(reason, Reason::Gone(_));
        let unread = Unread::new(PageState::Failed, reason);
        self.put(url, Read::Unread(Unread { again, retry_after, ..unread }));
    }

    /// What was asked for since the last time, and for readers of which language.
    pub fn asked(&self) -> Vec<(String, Language)> {
        self.asked.take()
    }
}

impl Reader for FakeWeb {
    fn read(&mut self, _visit: Visit, url: &str, language: Language) -> Read {
        self.asked.borrow_mut().push((url.to_owned(), language));
        let unknown = || {
            let unread = Unread::new(PageState::Failed, Reason::NoSuchHost);
            Read::Unread(Unread { again: true, ..unread })
        };
        self.pages.borrow().get(url).cloned().unwrap_or_else(unknown)
    }

    fn check(&mut self, visit: Visit, url: &str, language: Language) -> Result<(), Reason> {
        match self.read(visit, url, language) {
            Read::Ready(_) => Ok(()),
            Read::Unread(unread) => Err(unread.reason),
        }
    }
}
