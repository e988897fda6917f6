//! `toaster import` and `export`.

use std::fs;
use std::io::{self, BufWriter};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::Output;
use super::accounts::with_store;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::import::{Import, Rejected, Settings};
use crate::worker::importer;
use crate::{export, ops, store};

/// How many of the links that could not be taken are listed.
const REJECTS: usize = 10_000;

#[derive(Debug, Args)]
pub(super) struct ImportCommand {
    /// Whose links they become
    user: String,
    /// The file; what it is follows from what is in it
    file: PathBuf,
    /// Only look and count, change nothing
    #[arg(long)]
    dry_run: bool,
    /// They wait to be read, where the file does not say
    #[arg(long)]
    unread: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExportCommand {
    /// Whose links
    user: String,
    /// html, json or csv
    #[arg(long, default_value = "html", value_name = "FORMAT")]
    format: String,
}

/// What came of an import.
#[derive(Serialize)]
struct Report {
    state: &'static str,
    format: Option<String>,
    reason: Option<String>,
    read: u64,
    added: u64,
    merged: u64,
    unchanged: u64,
    rejected: u64,
    rejects: Vec<Reject>,
}

#[derive(Serialize)]
struct Reject {
    line: u64,
    url: String,
    reason: String,
}

impl ImportCommand {
    pub(super) fn run(&self, config: &Config, out: Output) -> Result<()> {
        let bytes = fs::read(&self.file).map_err(|error| {
            Error::invalid("FILE", format!("{} cannot be read: {error}", self.file.display()))
        })?;
        let settings = Settings { folder_id: None, unread: self.unread, dry_run: self.dry_run };
        let report = with_store(config, |store| {
            let user_id = store.read(|tx| ops::accounts::by_name(tx, &self.user))?.id;
            let size = bytes.len() as u64;
            let import =
                store.write(move |tx| ops::imports::begin(tx, user_id, "", size, settings))?;
            importer::read(store, &import, &bytes)?;
            store.read(|tx| {
                let ended = store::imports::get(tx, user_id, import.id)?;
                Ok(Report::of(&ended, store::imports::list_rejected(tx, import.id, REJECTS)?))
            })
        })?;
        out.print(&report, Report::words)?;
        match report.reason {
            None => Ok(()),
            Some(reason) => Err(Error::invalid("FILE", reason)),
        }
    }
}

impl ExportCommand {
    pub(super) fn run(&self, config: &Config) -> Result<()> {
        let format = self.format.parse()?;
        with_store(config, |store| {
            let user_id = store.read(|tx| ops::accounts::by_name(tx, &self.user))?.id;
            export::write(store, user_id, format, BufWriter::new(io::stdout().lock())).map(drop)
        })
    }
}

impl Report {
    fn of(import: &Import, rejects: Vec<Rejected>) -> Self {
        let tally = import.tally;
        let reject = |r: Rejected| Reject { line: r.line, url: r.url, reason: r.reason };
        Self {
            state: import.state.as_str(),
            format: import.format.clone(),
            reason: import.reason.clone(),
            read: tally.read(),
            added: tally.added,
            merged: tally.merged,
            unchanged: tally.unchanged,
            rejected: tally.rejected,
            rejects: rejects.into_iter().map(reject).collect(),
        }
    }

    /// A line for each link that could not be taken, and one that sums up.
    fn words(&self) -> String {
        let rejects =
            self.rejects.iter().map(|r| format!("line {}\t{}\t{}", r.line, r.reason, r.url));
        let sum = format!(
            "{} read: {} added, {} merged, {} unchanged, {} rejected",
            self.read, self.added, self.merged, self.unchanged, self.rejected
        );
        rejects.chain([sum]).collect::<Vec<_>>().join("\n")
    }
}
