//! `toaster inspect`, `upcoming` and `robots`: looking at one thing without a server.

use std::io::Read;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::{Output, print_line};
use crate::app::fetch_config;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::extract;
use crate::fetch::Fetcher;
use crate::fetch::robots::Robots as RobotsFile;
use crate::model::bookmark::Link;
use crate::model::language::Language;
use crate::model::page::{PageMeta, PageState};
use crate::model::reason::Reason;
use crate::model::recurrence::{Schedule, Weekdays};
use crate::model::time::{TimeOfDay, Timestamp, Zone};

/// No page or robots.txt is looked at beyond this.
const FILE_BYTES_MAX: u64 = 64 << 20;

#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// The address to read
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    address: Option<String>,
    /// Look at a page in a file instead
    #[arg(long, requires = "url", value_name = "PAGE")]
    file: Option<PathBuf>,
    /// Where the page in the file came from
    #[arg(long)]
    url: Option<String>,
    /// The content type it came with
    #[arg(long, value_name = "CT")]
    content_type: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Upcoming {
    /// The weekdays, such as mon,wed
    #[arg(long)]
    days: Weekdays,
    /// The time of day, HH:MM
    #[arg(long)]
    at: TimeOfDay,
    /// The time zone, such as America/New_York
    #[arg(long)]
    zone: String,
    /// List those after this instant [default: now]
    #[arg(long, value_name = "INSTANT")]
    after: Option<Timestamp>,
    /// How many to list
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
}

#[derive(Debug, Args)]
pub(super) struct Robots {
    /// The robots.txt
    #[arg(long, value_name = "ROBOTS.TXT")]
    file: PathBuf,
    /// The agent's name
    #[arg(long, value_name = "NAME")]
    agent: String,
    /// The address to be read
    url: String,
}

/// What `inspect` prints.
#[derive(Debug, Default, Serialize)]
struct Inspected {
    url: String,
    title: Option<String>,
    description: Option<String>,
    image: Option<String>,
    icon: Option<String>,
    site_name: Option<String>,
    author: Option<String>,
    published_at: Option<String>,
    kind: Option<&'static str>,
    charset: Option<&'static str>,
    robots: Option<&'static str>,
    state: &'static str,
    reason: Option<String>,
}

impl Inspect {
    pub(super) fn run(&self, config: &Config, _out: Output) -> Result<()> {
        let found = match (&self.file, &self.address, &self.url) {
            (Some(file), _, Some(url)) => {
                let link = Link::parse(url)?;
                let bytes = read_file(file)?;
                let meta = extract::extract(&bytes, link.url(), self.content_type.as_deref());
                match extract::wall(link.url(), &meta) {
                    Some(wall) => Inspected::refused(&link, wall.reason()),
                    None => Inspected::of(meta),
                }
            }
            (_, Some(address), _) => fetch(&Link::parse(address)?, config)?,
            _ => return Err(Error::invalid("URL", "none given")),
        };
        // It is JSON whether or not that was asked for: there is no plainer form of it.
        print_line(&serde_json::to_string_pretty(&found).map_err(Error::internal)?)
    }
}

fn fetch(link: &Link, config: &Config) -> Result<Inspected> {
    let fetcher = Fetcher::new(fetch_config(config)?, SystemClock::shared());
    let robots = fetcher.may_read(link.url()).ok().map(|may| if may { "allow" } else { "deny" });
    let found = match fetcher.page(link.url(), Language::English) {
        Ok(meta) => Inspected::of(meta),
        Err(failure) => {
            Inspected { state: failure.state.as_str(), ..Inspected::refused(link, failure.reason) }
        }
    };
    Ok(Inspected { robots, ..found })
}

impl Inspected {
    fn refused(link: &Link, reason: Reason) -> Self {
        Self {
            url: link.as_str().to_owned(),
            state: PageState::Refused.as_str(),
            reason: Some(reason.sentence(Language::English)),
            ..Self::default()
        }
    }

    fn of(meta: PageMeta) -> Self {
        Self {
            url: meta.url.into(),
            title: meta.title,
            description: meta.description,
            image: meta.images.into_iter().next().map(|image| image.url.into()),
            icon: meta.icon_url.map(String::from),
            site_name: meta.site_name,
            author: meta.author,
            published_at: meta.published_at.map(|at| at.to_string()),
            kind: Some(meta.kind.as_str()),
            charset: meta.charset,
            robots: None,
            state: PageState::Ready.as_str(),
            reason: None,
        }
    }
}

impl Upcoming {
    pub(super) fn run(&self, out: Output, now: Timestamp) -> Result<()> {
        let zone = Zone::named(&self.zone)?;
        let schedule = Schedule::Weekly { days: self.days, at: self.at };
        let first = schedule.first_after(&zone, self.after.unwrap_or(now));
        let slots = std::iter::successors(first, |slot| schedule.next_slot(*slot));
        let instants: Vec<String> =
            slots.take(self.count as usize).map(|slot| slot.instant(&zone).to_string()).collect();
        out.print(&instants, |instants| instants.join("\n"))
    }
}

impl Robots {
    pub(super) fn run(&self, out: Output) -> Result<()> {
        let text = read_file(&self.file)?;
        let url = Link::parse(&self.url)?;
        let verdict = RobotsFile::parse(&text, &self.agent).verdict(url.url());
        let word = if verdict.allowed { "allow" } else { "deny" };
        let lines = String::from_utf8_lossy(&text).into_owned();
        let line = verdict.line.map(|number| {
            let text = lines.split_terminator(['\n', '\r']).nth(number - 1).unwrap_or_default();
            format!("{number}: {}", text.trim())
        });
        let found = serde_json::json!({ "verdict": word, "line": line });
        out.print(&found, |_| {
            format!("{word}\t{}", line.as_deref().unwrap_or("no line speaks of it"))
        })
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let unreadable =
        |error: std::io::Error| Error::invalid(path.display().to_string(), error.to_string());
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}
