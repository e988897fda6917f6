//! `toaster backup`, `restore` and `check`.

use std::path::Path;

use serde::Serialize;

use super::{Output, say};
use crate::app::DataDir;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::store::backups::stamp;
use crate::store::{backup, backups};

#[derive(Serialize)]
struct Backup {
    file: String,
}

#[derive(Serialize)]
struct Check {
    ok: bool,
    problems: Vec<String>,
}

/// Copies the live database.
pub(super) fn backup(config: &Config, file: Option<&Path>, out: Output) -> Result<()> {
    let data = existing(config)?;
    let file = match file {
        Some(file) => {
            backup::copy_live(&data.database(), file)?;
            file.to_owned()
        }
        None => backups::make(&data.database(), SystemClock::shared().now())?.path,
    };
    out.print(&Backup { file: file.display().to_string() }, |backup| backup.file.clone())
}

/// Puts a backup in place of the database.
pub(super) fn restore(config: &Config, file: &Path) -> Result<()> {
    if !file.exists() {
        return Err(Error::invalid("FILE", format!("{} does not exist", file.display())));
    }
    let data = DataDir::open(&config.data_dir)?;
    let _lock = data.lock()?;
    let kept = backup::restore(file, &data.path, &stamp(SystemClock::shared().now()))?;
    say(&format!("restored {}", data.database().display()));
    if let Some(kept) = kept {
        say(&format!("the database that was there is kept as {}", kept.display()));
    }
    Ok(())
}

/// Checks the database.
pub(super) fn check(config: &Config, out: Output) -> Result<()> {
    let problems = backup::check(&existing(config)?.database())?;
    let found = Check { ok: problems.is_empty(), problems };
    out.print(&found, |found| if found.ok { "ok".into() } else { found.problems.join("\n") })?;
    if found.ok {
        return Ok(());
    }
    Err(Error::Conflict("the database is damaged; stop the server and restore a backup".into()))
}

fn existing(config: &Config) -> Result<DataDir> {
    let data = DataDir { path: config.data_dir.clone() };
    if !data.database().exists() {
        return Err(Error::invalid(
            "data_dir",
            format!("there is no database in {}", data.path.display()),
        ));
    }
    Ok(data)
}
