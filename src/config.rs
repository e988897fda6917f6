//! Settings: from a file and the environment to values that are checked and ready to use.

mod push;

pub use push::PushConfig;

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use tracing::level_filters::LevelFilter;
use url::Url;

use crate::error::{Error, Result};
use crate::model::address::AddressList;
use push::RawPush;

const PREFIX: &str = "TOASTER_";
/// Variables of ours that are no settings.
const NOT_SETTINGS: [&str; 1] = ["TOASTER_CONFIG"];

/// The settings as they are written. Their defaults are those of `config.example.toml`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
struct RawConfig {
    listen: SocketAddr,
    data_dir: PathBuf,
    base_url: String,
    log: String,
    http: RawHttp,
    fetch: RawFetch,
    push: RawPush,
    reminders: RawReminders,
    import: RawImport,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
struct RawHttp {
    threads: usize,
    connections: usize,
    timeout_s: u64,
    body_bytes: usize,
    trusted_proxies: Vec<IpAddr>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
struct RawFetch {
    workers: usize,
    allow: Vec<String>,
    deny: Vec<String>,
    ports: Vec<u16>,
    robots: String,
    about_url: String,
    ca_file: PathBuf,
    page_bytes: usize,
    timeout_s: u64,
    pictures_mb: usize,
    check_links: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
struct RawReminders {
    max_per_user: usize,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
struct RawImport {
    max_mb: usize,
}

impl Default for RawImport {
    fn default() -> Self {
        Self { max_mb: 64 }
    }
}

impl Default for RawConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data_dir: "./data".into(),
            base_url: String::new(),
            log: "info".into(),
            http: RawHttp::default(),
            fetch: RawFetch::default(),
            push: RawPush::default(),
            reminders: RawReminders::default(),
            import: RawImport::default(),
        }
    }
}

impl Default for RawHttp {
    fn default() -> Self {
        Self {
            threads: 4,
            connections: 4096,
            timeout_s: 30,
            body_bytes: 1 << 20,
            trusted_proxies: Vec::new(),
        }
    }
}

impl Default for RawFetch {
    fn default() -> Self {
        Self {
            workers: 2,
            allow: Vec::new(),
            deny: Vec::new(),
            ports: vec![80, 443, 8080, 8443],
            robots: "obey".into(),
            about_url: String::new(),
            ca_file: PathBuf::new(),
            page_bytes: 1 << 20,
            timeout_s: 8,
            pictures_mb: 1024,
            check_links: false,
        }
    }
}

impl Default for RawReminders {
    fn default() -> Self {
        Self { max_per_user: 200 }
    }
}

/// The settings, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Address and port to listen on; port 0 takes any.
    pub listen: SocketAddr,
    /// Where the data is kept.
    pub data_dir: PathBuf,
    /// The address people use, without a slash at the end; `None` when it follows `listen`.
    pub base_url: Option<String>,
    /// How much is logged.
    pub log: LevelFilter,
    /// Serving.
    pub http: HttpConfig,
    /// Reading pages.
    pub fetch: FetchConfig,
    /// Sending pushes.
    pub push: PushConfig,
    /// Reminders.
    pub reminders: RemindersConfig,
    /// Links from other programs.
    pub import: ImportConfig,
}

/// Serving.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Threads that answer.
    pub threads: usize,
    /// Connections held open at once.
    pub connections: usize,
    /// How long a request may take.
    pub timeout: Duration,
    /// Largest request body.
    pub body_bytes: usize,
    /// Proxies that are believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// Reading pages.
#[derive(Debug, Clone)]
pub struct FetchConfig {
    /// Threads that read.
    pub workers: usize,
    /// What may be read although it is not public.
    pub allow: AddressList,
    /// What may not be read although it is public.
    pub deny: AddressList,
    /// The ports that are read, beyond those of what is allowed.
    pub ports: Vec<u16>,
    /// Whether robots.txt is honoured.
    pub obeys_robots: bool,
    /// The page that tells sites who reads them; `None` when it follows `base_url`.
    pub about_url: Option<Url>,
    /// A PEM file of authorities to believe beside the built-in ones.
    pub ca_file: Option<PathBuf>,
    /// Most bytes of a page.
    pub page_bytes: usize,
    /// Time for a page.
    pub timeout: Duration,
    /// Most bytes of pictures kept; 0 to keep none.
    pub pictures_bytes: u64,
    /// Whether links are looked after for those who want it.
    pub check_links: bool,
}

/// Links from other programs.
#[derive(Debug, Clone)]
pub struct ImportConfig {
    /// How large a file may be, in bytes.
    pub file_bytes: usize,
}

/// Reminders.
#[derive(Debug, Clone)]
pub struct RemindersConfig {
    /// How many one person may have.
    pub max_per_user: usize,
}

impl Config {
    /// Reads the settings: from `file` or the first file there is of `$TOASTER_CONFIG`,
    /// `./config.toml` and `/etc/toaster/config.toml`, then from the variables of `env`.
    ///
    /// # Errors
    /// When a file that was named cannot be read, or a setting is unknown or cannot be used.
    pub fn load(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let env: Vec<(String, String)> = env.filter(|(name, _)| name.starts_with(PREFIX)).collect();
        let named =
            env.iter().find(|(name, _)| name == "TOASTER_CONFIG").map(|(_, path)| path.into());
        let usual = ["./config.toml", "/etc/toaster/config.toml"].map(PathBuf::from);
        let path = match file.map(Path::to_owned).or(named) {
            Some(path) => Some(path),
            None => usual.into_iter().find(|path| path.exists()),
        };
        let mut table = match path {
            Some(path) => read_file(&path)?,
            None => toml::Table::new(),
        };
        for (name, value) in env.iter().filter(|(name, _)| !NOT_SETTINGS.contains(&name.as_str())) {
            set_from_env(&mut table, name, value)?;
        }
        let raw: RawConfig = table.try_into().map_err(|error: toml::de::Error| {
            Error::invalid("configuration", error.message().to_owned())
        })?;
        raw.check()
    }
}

fn read_file(path: &Path) -> Result<toml::Table> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Error::invalid(name.clone(), format!("cannot be read: {error}")))?;
    // Checked as a whole here already, so that a mistake is shown with its line.
    toml::from_str::<RawConfig>(&text)
        .and_then(|_| toml::from_str(&text))
        .map_err(|error| Error::invalid(name, error.to_string().trim_end().to_owned()))
}

/// Puts one variable's value where the file would have it, as the type that stands there.
fn set_from_env(table: &mut toml::Table, name: &str, value: &str) -> Result<()> {
    let path = name[PREFIX.len()..].to_ascii_lowercase();
    let (section, key) = match path.split_once('_') {
        Some((section @ ("http" | "fetch" | "push" | "reminders"), key)) => (Some(section), key),
        _ => (None, path.as_str()),
    };
    let is_list = matches!(
        (section, key),
        (_, "allow" | "deny" | "ports" | "quota") | (Some("http"), "trusted_proxies")
    );
    let is_number = key.ends_with("_s")
        || key.ends_with("_bytes")
        || key.ends_with("_mb")
        || matches!((section, key), (_, "threads" | "workers" | "connections" | "max_per_user"));
    let is_switch = (section, key) == (Some("fetch"), "check_links");
    let value =
        if is_switch {
            toml::Value::Boolean(value.trim().parse().map_err(|_| {
                Error::invalid(name.to_owned(), format!("{value:?} is neither true nor false"))
            })?)
        } else if is_list {
            let items = value.split(',').map(str::trim).filter(|item| !item.is_empty());
            // A list of numbers takes no texts.
            let typed = |item: &str| match (key, item.parse::<i64>()) {
                ("ports", Ok(number)) => number.into(),
                _ => item.to_owned().into(),
            };
            toml::Value::Array(items.map(typed).collect())
        } else if is_number {
            let number = value.trim().parse::<i64>();
            toml::Value::Integer(number.map_err(|_| {
                Error::invalid(name.to_owned(), format!("{value:?} is not a number"))
            })?)
        } else {
            toml::Value::String(value.to_owned())
        };
    let target = match section {
        None => table,
        Some(section) => table
            .entry(section)
            .or_insert_with(|| toml::Table::new().into())
            .as_table_mut()
            .ok_or_else(|| {
                Error::invalid(name.to_owned(), "the file has something else than a section there")
            })?,
    };
    target.insert(key.to_owned(), value);
    Ok(())
}

impl RawConfig {
    fn check(self) -> Result<Config> {
        let base_url = Some(&self.base_url)
            .filter(|url| !url.is_empty())
            .map(|url| origin("base_url", url, "https://links.example.org"))
            .transpose()?;
        let push = self.push.check(base_url.as_deref())?;
        let seconds = |key, value: u64| {
            Ok::<_, Error>(Duration::from_secs(within(key, value as usize, 1, 600)? as u64))
        };
        Ok(Config {
            listen: self.listen,
            data_dir: self.data_dir,
            base_url,
            log: self.log.parse().map_err(|_| {
                Error::invalid(
                    "log",
                    format!("{:?} found, expected error, warn, info, debug or trace", self.log),
                )
            })?,
            http: HttpConfig {
                threads: within("http.threads", self.http.threads, 1, 64)?,
                connections: within("http.connections", self.http.connections, 8, 100_000)?,
                timeout: seconds("http.timeout_s", self.http.timeout_s)?,
                body_bytes: within("http.body_bytes", self.http.body_bytes, 4096, 1 << 30)?,
                trusted_proxies: self.http.trusted_proxies,
            },
            fetch: FetchConfig {
                workers: within("fetch.workers", self.fetch.workers, 1, 16)?,
                allow: address_list("fetch.allow", &self.fetch.allow)?,
                deny: address_list("fetch.deny", &self.fetch.deny)?,
                ports: ports(self.fetch.ports)?,
                obeys_robots: match self.fetch.robots.as_str() {
                    "obey" => true,
                    "ignore" => false,
                    other => {
                        let reason = format!("{other:?} found, expected \"obey\" or \"ignore\"");
                        return Err(Error::invalid("fetch.robots", reason));
                    }
                },
                about_url: about_url(&self.fetch.about_url)?,
                check_links: self.fetch.check_links,
                ca_file: Some(self.fetch.ca_file).filter(|path| !path.as_os_str().is_empty()),
                page_bytes: within("fetch.page_bytes", self.fetch.page_bytes, 16 * 1024, 64 << 20)?,
                // A page must be done with before another fetcher takes it for lost.
                timeout: Duration::from_secs(within(
                    "fetch.timeout_s",
                    self.fetch.timeout_s as usize,
                    1,
                    50,
                )? as u64),
                pictures_bytes: {
                    let mb = within("fetch.pictures_mb", self.fetch.pictures_mb, 0, 1 << 20)?;
                    (mb as u64) << 20
                },
            },
            push,
            import: ImportConfig {
                file_bytes: within("import.max_mb", self.import.max_mb, 1, 1024)? << 20,
            },
            reminders: RemindersConfig {
                max_per_user: within(
                    "reminders.max_per_user",
                    self.reminders.max_per_user,
                    1,
                    100_000,
                )?,
            },
        })
    }
}

fn within(key: &'static str, value: usize, least: usize, most: usize) -> Result<usize> {
    let fits = (least..=most).contains(&value);
    fits.then_some(value)
        .ok_or_else(|| Error::invalid(key, format!("{value} found, expected {least} to {most}")))
}

fn address_list(key: &'static str, entries: &[String]) -> Result<AddressList> {
    AddressList::parse(entries).map_err(|error| error.under(key))
}

fn ports(ports: Vec<u16>) -> Result<Vec<u16>> {
    if ports.is_empty() || ports.contains(&0) || ports.len() > 100 {
        let reason = format!("{ports:?} found, expected 1 to 100 ports such as 80 and 443");
        return Err(Error::invalid("fetch.ports", reason));
    }
    Ok(ports)
}

fn about_url(text: &str) -> Result<Option<Url>> {
    if text.is_empty() {
        return Ok(None);
    }
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    url.map(Some).ok_or_else(|| {
        let reason = format!("{text:?} found, expected one like https://example.org/our-reader");
        Error::invalid("fetch.about_url", reason)
    })
}

/// An address without a path, and without a slash at its end.
fn origin(key: &'static str, text: &str, example: &str) -> Result<String> {
    let bad = || {
        Error::invalid(key, format!("{text:?} found, expected one like {example} without a path"))
    };
    let url = Url::parse(text).map_err(|_| bad())?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    if plain { Ok(url.origin().ascii_serialization()) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_env(pairs: &[(&str, &str)]) -> Result<Config> {
        let env = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::load(Some(Path::new("/dev/null")), env)
    }

    #[test]
    fn the_example_shows_every_default() {
        let example = include_str!("../config.example.toml");
        let uncommented: String = example
            .lines()
            .map(|line| {
                line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line)
            })
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(toml::from_str::<RawConfig>(&uncommented).unwrap(), RawConfig::default());
        let shown: toml::Table = toml::from_str(&uncommented).unwrap();
        assert_eq!(shown, toml::Table::try_from(RawConfig::default()).unwrap());
    }

    #[test]
    fn the_environment_overrides_each_kind_of_setting() {
        let config = from_env(&[
            ("TOASTER_LISTEN", "127.0.0.1:0"),
            ("TOASTER_BASE_URL", "https://Links.example.org/"),
            ("TOASTER_FETCH_ALLOW", "127.0.0.1, nas.lan"),
            ("TOASTER_HTTP_THREADS", "2"),
            ("TOASTER_FETCH_PICTURES_MB", "0"),
            ("TOASTER_HTTP_TRUSTED_PROXIES", "10.0.0.1"),
            ("TOASTER_FETCH_PORTS", "80, 8000"),
            ("TOASTER_FETCH_CA_FILE", "home-ca.pem"),
            ("HOME", "/root"),
        ])
        .unwrap();
        assert_eq!(config.listen.port(), 0);
        assert_eq!(config.base_url.as_deref(), Some("https://links.example.org"));
        assert_eq!(config.fetch.ports, [80, 8000]);
        assert_eq!(config.fetch.ca_file.as_deref(), Some(Path::new("home-ca.pem")));
        assert_eq!((config.http.threads, config.http.trusted_proxies.len()), (2, 1));
        assert_eq!(config.fetch.pictures_bytes, 0);
        assert_eq!(config.push.telegram_url, "https://api.telegram.org");
    }

    #[test]
    fn what_is_wrong_is_named_with_what_was_expected() {
        let why = |name: &str, value: &str| from_env(&[(name, value)]).unwrap_err().to_string();
        for (name, value, expected) in [
            ("TOASTER_HTTP_THREADS", "many", "is not a number"),
            ("TOASTER_HTTP_THREADS", "0", "http.threads: 0 found, expected 1 to 64"),
            ("TOASTER_FETCH_ROBOTS", "maybe", "expected \"obey\" or \"ignore\""),
            ("TOASTER_LOG", "loud", "expected error, warn"),
            ("TOASTER_BASE_URL", "links.example.org", "expected one like"),
            ("TOASTER_BASE_URL", "https://a.example/path", "expected one like"),
            ("TOASTER_PUSH_TELEGRAM_URL", "", "push.telegram_url: \"\" found, expected one like"),
            ("TOASTER_PUSH_FCM_URL", "", "push.fcm_url: \"\" found, expected one like"),
            ("TOASTER_TOAST", "x", "unknown field `toast`"),
            ("TOASTER_PUSH_ALLOW", "10.0.0.0/99", "push.allow"),
            ("TOASTER_FETCH_DENY", "10.0.0.0/99", "fetch.deny"),
            ("TOASTER_FETCH_PORTS", "web", "invalid type"),
            ("TOASTER_FETCH_PORTS", "70000", "expected u16"),
            ("TOASTER_FETCH_PORTS", "", "expected 1 to 100 ports"),
            ("TOASTER_FETCH_ABOUT_URL", "me", "expected one like"),
            ("TOASTER_PUSH_QUOTA", "ntfy 60 5s, ntfy lots", "push.quota: \"ntfy lots\" found"),
            ("TOASTER_PUSH_SMTP_URL", "mail.example.org", "push.smtp_url: expected one like"),
            ("TOASTER_PUSH_SMTP_FROM", "a@b.example", "push.smtp_url: empty"),
            ("TOASTER_PUSH_CONTACT", "me", "push.contact: \"me\" found"),
            ("TOASTER_PUSH_FCM_ACCOUNT", "/no/such/file", "push.fcm_account: /no/such/file cannot"),
        ] {
            let why = why(name, value);
            assert!(why.contains(expected), "{name}: {why}");
        }
    }

    #[test]
    fn a_mistake_in_a_file_is_shown_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, "[http]\nthread = 4\n").unwrap();
        let why = Config::load(Some(&path), std::iter::empty()).unwrap_err().to_string();
        assert!(why.contains("line 2") && why.contains("unknown field `thread`"), "{why}");
    }
}
