//! Ties the parts together: opens the data, starts the threads downstream first, and joins
//! them again in the order in which their inboxes disconnect.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use url::Url;

use crate::clock::{ClockTrust, SharedClock};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::fetch::{self, Fetcher, RobotsPolicy};
use crate::http::context::{Context, SetUpKey, Shared};
use crate::http::fence::{Handler, Limits, Server};
use crate::http::previews::Previews;
use crate::http::route;
use crate::http::throttle::Throttle;
use crate::http::waiting::Waiting;
use crate::model::address::AddressList;
use crate::net::{Client, ClientConfig, Roots};
use crate::secret;
use crate::store::{self, Pictures, Store, Wake, Wakes, Writer, WriterHandle, pictures};
use crate::threads::spawn;
use crate::transport::email::Mailer;
use crate::transport::webpush::Vapid;
use crate::transport::{Credentials, Services, fcm};
use crate::worker::importer::Importer;
use crate::worker::indexer::Indexer;
use crate::worker::maintenance::Maintenance;
use crate::worker::outbox_sender::OutboxSender;
use crate::worker::page_fetcher::{Crew, PageFetcher, WebReader};
use crate::worker::scheduler::Scheduler;
use crate::worker::{self, Worker};

/// How we name ourselves to the services we push to.
const USER_AGENT: &str =
    concat!("Toaster/", env!("CARGO_PKG_VERSION"), " (self-hosted link saver)");
/// Nudges that wait for a worker; the rows they speak of are committed already.
const INBOX: usize = 1_024;
/// Our page for the sites we read.
const READER_PAGE: &str = "/about/reader";
/// How long the answer to a test push waits for it to arrive.
const TEST_WAIT_MAX: Duration = Duration::from_secs(20);
const LOCK_NAME: &str = "toaster.lock";
/// The directory of files of links that wait to be read.
const IMPORTS_NAME: &str = "imports";

/// The running server.
pub struct App {
    server: Server,
    stop: Stop,
    address: SocketAddr,
    set_up_url: Option<String>,
    timeout: Duration,
    _lock: File,
}

/// What keeps the workers going, and how they end.
struct Stop {
    bells: Wakes,
    maintenance: Sender<std::convert::Infallible>,
    /// In the order in which they end.
    threads: Vec<JoinHandle<()>>,
}

impl App {
    /// Opens the data and starts serving.
    ///
    /// # Errors
    /// When the data directory or the address is in use or cannot be used.
    pub fn start(config: &Config, clock: &SharedClock) -> Result<Self> {
        let data = DataDir::open(&config.data_dir)?;
        let lock = data.lock()?;
        let listener = listen(config.listen)?;
        let address = listener.local_addr()?;
        let base_url = config.base_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let (writer, handle) = Writer::open(&data.database(), clock.clone())?;
        let parts = Parts { data: &data, writer: handle, clock, clock_trust: Arc::default() };
        let mut threads = vec![spawn("writer", move || writer.run())?];

        let (outbox_bell, outbox_inbox) = bounded(INBOX);
        let credentials = parts.credentials(config)?;
        let vapid_public_key = credentials.vapid.public_key().to_owned();
        threads.extend(parts.start_outbox(config, &base_url, credentials, outbox_inbox)?);
        let (pages_bell, pages_inbox) = bounded(INBOX);
        let fetcher = Fetcher::new(fetch_config(config)?, clock.clone());
        let (search_bell, search_inbox) = bounded(INBOX);
        let indexer = Indexer::new(parts.store(Wakes::default())?);
        threads.push(parts.run("indexer", indexer, search_inbox)?);
        let below = Wakes { outbox: Some(outbox_bell.clone()), ..Wakes::default() };
        threads.extend(parts.start_page_fetchers(config, &fetcher, &below, &pages_inbox)?);
        let (scheduler_bell, scheduler_inbox) = bounded(INBOX);
        threads.push(parts.run(
            "scheduler",
            Scheduler::new(parts.store(below.clone())?, Arc::clone(&parts.clock_trust)),
            scheduler_inbox,
        )?);
        let (imports_bell, imports_inbox) = bounded(INBOX);
        let below = Wakes { pages: Some(pages_bell.clone()), ..below };
        let files = DataDir::open(&data.path.join(IMPORTS_NAME))?.path;
        let importer = Importer::new(parts.store(below)?, files)?;
        threads.push(parts.run("importer", importer, imports_inbox)?);
        let (maintenance, nobody) = bounded(0);
        let keeper = Maintenance::new(parts.store(Wakes::default())?);
        threads.push(parts.run("maintenance", keeper, nobody)?);
        threads.reverse();

        let bells = Wakes {
            scheduler: Some(scheduler_bell),
            outbox: Some(outbox_bell),
            pages: Some(pages_bell),
            imports: Some(imports_bell),
            search: Some(search_bell),
        };
        let (shared, set_up_url) = parts.shared(config, &base_url, vapid_public_key, fetcher)?;
        let handlers = parts.handlers(config, &bells, &shared)?;
        let server = Server::start(listener, limits(config), handlers, &data.path, clock.clone())?;
        tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "serving");
        let stop = Stop { bells, maintenance, threads };
        let timeout = config.http.timeout;
        Ok(Self { server, stop, address, set_up_url, timeout, _lock: lock })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the first account is created, while there is none.
    pub fn set_up_url(&self) -> Option<&str> {
        self.set_up_url.as_deref()
    }

    /// Stops: requests and pushes under way are finished, and every thread is joined.
    pub fn stop(self) {
        tracing::info!("stopping");
        self.server.stop(self.timeout);
        let Stop { bells, maintenance, threads } = self.stop;
        drop((bells, maintenance));
        for thread in threads {
            if thread.join().is_err() {
                tracing::error!("a thread had panicked");
            }
        }
        tracing::info!("stopped");
    }
}

/// What every thread is made from.
struct Parts<'a> {
    data: &'a DataDir,
    writer: WriterHandle,
    clock: &'a SharedClock,
    clock_trust: Arc<ClockTrust>,
}

impl Parts<'_> {
    fn store(&self, wakes: Wakes) -> Result<Store> {
        Store::open(&self.data.database(), self.writer.clone(), wakes, self.clock.clone())
    }

    fn pictures(&self, config: &Config) -> Result<Pictures> {
        let path = self.data.path.join(pictures::FILE_NAME);
        Pictures::open(&path, config.fetch.pictures_bytes, self.clock.clone())
    }

    fn run<W>(&self, name: &str, worker: W, inbox: Receiver<W::Message>) -> Result<JoinHandle<()>>
    where
        W: Worker + Send + 'static,
        W::Message: Send + 'static,
    {
        let clock = self.clock.clone();
        Ok(spawn(name, move || worker::run(worker, &inbox, &clock))?)
    }

    fn start_outbox(
        &self,
        config: &Config,
        base_url: &str,
        credentials: Credentials,
        inbox: Receiver<Wake>,
    ) -> Result<Vec<JoinHandle<()>>> {
        let workers = config.push.workers;
        let roots = roots(config)?;
        let mailer = config.push.smtp.clone().map(|settings| Mailer::new(settings, &roots));
        let client = Client::new(&ClientConfig {
            allow: config.push.allow.clone(),
            deny: AddressList::none(),
            ports: vec![80, 443],
            user_agent: USER_AGENT.into(),
            idle_per_host: workers,
            roots,
        });
        let services = Services {
            client,
            telegram_url: config.push.telegram_url.clone(),
            mailer: mailer.transpose()?.map(Arc::new),
            credentials: Arc::new(credentials),
        };
        let store = self.store(Wakes::default())?;
        let (dispatcher, lane) = OutboxSender::new(store, base_url.to_owned(), workers);
        let dispatcher = dispatcher.with_quotas(config.push.quotas.clone());
        let mut threads = Vec::with_capacity(workers + 1);
        for n in 0..workers {
            let (lane, services) = (lane.clone(), services.clone());
            threads.push(spawn(format!("push-{n}"), move || lane.run(&services))?);
        }
        threads.push(self.run("outbox-sender", dispatcher, inbox)?);
        Ok(threads)
    }

    /// What push services know us by; the key for Web Push is made at the first start.
    fn credentials(&self, config: &Config) -> Result<Credentials> {
        let store = self.store(Wakes::default())?;
        let key = match store.read(store::vapid::find)? {
            Some(key) => key,
            None => {
                let key = secret::new_vapid_key()?;
                let made = key.clone();
                store.write(move |tx| store::vapid::insert(tx, &made))?;
                key
            }
        };
        let fcm = match &config.push.fcm_account {
            Some(path) => {
                let account = fcm::Account::parse(&fs::read(path)?)?;
                Some(fcm::Project::new(account, &config.push.fcm_url))
            }
            None => None,
        };
        Ok(Credentials { vapid: Vapid::new(&key, config.push.contact.as_deref())?, fcm })
    }

    fn start_page_fetchers(
        &self,
        config: &Config,
        fetcher: &Fetcher,
        below: &Wakes,
        inbox: &Receiver<Wake>,
    ) -> Result<Vec<JoinHandle<()>>> {
        let crew = Crew::new(Arc::clone(fetcher.pace()));
        let start = |n| {
            let reader = WebReader::new(fetcher.clone(), self.pictures(config)?);
            let worker = PageFetcher::new(self.store(below.clone())?, crew.clone(), reader)
                .checking_links(config.fetch.check_links);
            self.run(&format!("page-fetcher-{n}"), worker, inbox.clone())
        };
        (0..config.fetch.workers).map(start).collect()
    }

    /// What the HTTP threads share, and the set-up address if nobody has an account yet.
    fn shared(
        &self,
        config: &Config,
        base_url: &str,
        vapid_public_key: String,
        fetcher: Fetcher,
    ) -> Result<(Arc<Shared>, Option<String>)> {
        let nobody = !self.store(Wakes::default())?.read(store::users::any)?;
        let key = if nobody { Some(secret::new_key()?) } else { None };
        let set_up_url = key.as_ref().map(|key| format!("{base_url}/setup/{key}"));
        let read_page = move |url: &Url, language| {
            let visit = fetcher.on(fetcher.pace().visit());
            visit.page(url, language).map_err(|failure| (failure.state, failure.reason))
        };
        let shared = Shared {
            base_url: base_url.to_owned(),
            vapid_public_key,
            secure_cookies: base_url.starts_with("https://"),
            set_up_key: key.as_deref().map(SetUpKey::new).unwrap_or_default(),
            obeys_robots: config.fetch.obeys_robots,
            checks_links: config.fetch.check_links,
            reminders_max: config.reminders.max_per_user,
            imports: self.data.path.join(IMPORTS_NAME),
            clock_trust: Arc::clone(&self.clock_trust),
            sign_ins: Throttle::default(),
            previews: Previews::new(config.http.threads, Box::new(read_page)),
            reach: config.push.reach(),
            under_way: Default::default(),
            test_wait: Waiting::up_to(TEST_WAIT_MAX.min(config.http.timeout * 2 / 3)),
        };
        Ok((Arc::new(shared), set_up_url))
    }

    fn handlers(
        &self,
        config: &Config,
        bells: &Wakes,
        shared: &Arc<Shared>,
    ) -> Result<Vec<Handler>> {
        let handler = |_| {
            let mut cx = Context {
                store: self.store(bells.clone())?,
                pictures: self.pictures(config)?,
                clock: self.clock.clone(),
                shared: Arc::clone(shared),
            };
            Ok(Box::new(move |req| route::answer(&mut cx, &req)) as Handler)
        };
        (0..config.http.threads).map(handler).collect()
    }
}

/// How pages are fetched under these settings; `inspect` asks too.
///
/// # Errors
/// When the file of certificate authorities cannot be used.
pub(crate) fn fetch_config(config: &Config) -> Result<fetch::FetchConfig> {
    Ok(fetch::FetchConfig {
        allow: config.fetch.allow.clone(),
        deny: config.fetch.deny.clone(),
        ports: config.fetch.ports.clone(),
        time: config.fetch.timeout,
        max_bytes: config.fetch.page_bytes,
        user_agent: reader_name(config),
        robots: if config.fetch.obeys_robots { RobotsPolicy::Obey } else { RobotsPolicy::Ignore },
        roots: roots(config)?,
        ..fetch::FetchConfig::default()
    })
}

/// Whose certificates are believed beside the built-in ones, by pages and push services alike.
fn roots(config: &Config) -> Result<Roots> {
    const KEY: &str = "fetch.ca_file";
    let Some(path) = &config.fetch.ca_file else { return Ok(Roots::default()) };
    let pem = fs::read(path).map_err(|error| {
        Error::invalid(KEY, format!("{} cannot be read: {error}", path.display()))
    })?;
    Roots::parse(&pem).map_err(|error| error.under(KEY))
}

/// How we name ourselves to the sites we read: with a page that tells who that is, where there
/// is one that they can open.
fn reader_name(config: &Config) -> String {
    let public = config.base_url.as_ref().filter(|url| url.starts_with("https://"));
    let ours = public.map(|url| format!("{url}{READER_PAGE}"));
    let about = config.fetch.about_url.as_ref().map(ToString::to_string).or(ours);
    let about = about.map(|url| format!("+{url}; ")).unwrap_or_default();
    format!("Toaster/{} ({about}self-hosted link saver)", env!("CARGO_PKG_VERSION"))
}

fn limits(config: &Config) -> Limits {
    Limits {
        body_bytes: config.http.body_bytes,
        body_bytes_under: ["/api/v1/import", "/import"]
            .map(|path| (path.to_owned(), config.import.file_bytes.max(config.http.body_bytes)))
            .into(),
        connections: config.http.connections,
        answer: config.http.timeout,
        trusted_proxies: config.http.trusted_proxies.clone(),
        ..Limits::default()
    }
}

fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| {
        Error::invalid(
            "listen",
            format!("cannot listen on {address}: {error}; is another program using it?"),
        )
    })
}

/// The directory that holds everything.
pub(crate) struct DataDir {
    /// Where it is.
    pub(crate) path: PathBuf,
}

impl DataDir {
    /// Opens the directory, making it for its owner alone where there is none.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        use std::os::unix::fs::DirBuilderExt;
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| {
            Error::invalid("data_dir", format!("cannot make {}: {error}", path.display()))
        })?;
        Ok(Self { path: path.to_owned() })
    }

    /// The database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(store::FILE_NAME)
    }

    /// Takes the directory for this process alone, until the file is dropped.
    pub(crate) fn lock(&self) -> Result<File> {
        let path = self.path.join(LOCK_NAME);
        let file =
            fs::OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(
                |error| {
                    Error::invalid(
                        "data_dir",
                        format!("cannot write to {}: {error}", self.path.display()),
                    )
                },
            )?;
        file.try_lock().map_err(|_| {
            Error::Conflict(format!(
                "another Toaster is using {}, stop it first",
                self.path.display()
            ))
        })?;
        Ok(file)
    }
}
