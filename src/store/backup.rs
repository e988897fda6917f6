//! Copies of the live database, the way back, and the check that a file is sound.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::{FILE_NAME, counts, migrations, open_reader};
use crate::error::{Error, Result};

/// How much is copied before other work gets a turn.
const PAGES_A_STEP: i32 = 500;
/// How long a step's neighbours get.
const PAUSE: Duration = Duration::from_millis(5);

/// Copies the database at `from`, which may be in use, to `target`: written aside, checked,
/// then renamed. An existing file is never overwritten.
///
/// # Errors
/// `Conflict` when `target` exists; otherwise when something cannot be read or written, or
/// the copy is not sound. Nothing is left behind then.
pub fn copy_live(from: &Path, target: &Path) -> Result<()> {
    to_file(&open_reader(from).map_err(|error| super::explain_open(from, error))?, target)
}

/// Copies an open database to `target`, as [`copy_live`] does.
pub(super) fn to_file(from: &Connection, target: &Path) -> Result<()> {
    if target.exists() {
        return Err(Error::Conflict(format!(
            "{} exists already, name another file",
            target.display()
        )));
    }
    let aside = aside(target);
    let result = copy(from, &aside)
        .and_then(|()| check(&aside))
        .and_then(|problems| match problems.first() {
            None => Ok(()),
            Some(problem) => Err(Error::internal(format!("the copy is not sound: {problem}"))),
        })
        .and_then(|()| Ok(fs::rename(&aside, target)?))
        .and_then(|()| sync_dir(target));
    if result.is_err() {
        let _ = fs::remove_file(&aside);
    }
    // The check only reads, so it cannot tidy up behind it what reading in WAL mode takes.
    for side in ["-wal", "-shm"] {
        let mut path = aside.clone().into_os_string();
        path.push(side);
        let _ = fs::remove_file(path);
    }
    result
}

fn copy(from: &Connection, aside: &Path) -> Result<()> {
    let _ = fs::remove_file(aside);
    create_private(aside)?;
    let mut to = Connection::open(aside)?;
    // The file is synced as a whole at the end.
    to.pragma_update(None, "synchronous", "OFF")?;
    // A held read keeps the copy to one state; without it every commit elsewhere would start
    // the copy again.
    from.execute_batch("BEGIN")?;
    let copied = copy_pages(from, &mut to);
    from.execute_batch("COMMIT")?;
    copied?;
    to.close().map_err(|(_, error)| error)?;
    Ok(File::open(aside)?.sync_all()?)
}

fn copy_pages(from: &Connection, to: &mut Connection) -> Result<()> {
    from.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let backup = Backup::new(from, to)?;
    loop {
        match backup.step(PAGES_A_STEP)? {
            StepResult::Done => return Ok(()),
            _ => pause(),
        }
    }
}

/// Lets others have the disk; nothing can wake this early, so it is not a sleep to be tested.
fn pause() {
    let _ = crossbeam_channel::never::<()>().recv_timeout(PAUSE);
}

/// What is wrong with the database file at `path`: nothing, if it is sound.
///
/// # Errors
/// When the file cannot be opened or is no database.
pub fn check(path: &Path) -> Result<Vec<String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sql = Connection::open_with_flags(path, flags)
        .map_err(|error| super::explain_open(path, error.into()))?;
    let mut problems: Vec<String> = rows(&sql, "PRAGMA integrity_check", 0)?;
    problems.retain(|line| line != "ok");
    for table in rows(&sql, "PRAGMA foreign_key_check", 0)? {
        problems.push(format!("a row of {table} belongs to nothing"));
    }
    let version = migrations::schema_version(&sql)?;
    if version == 0 || version > migrations::newest() {
        problems.push(format!("schema {version} is not one of 1 to {}", migrations::newest()));
    }
    // An older one is brought up to date before anything is counted by it.
    if version == migrations::newest() {
        problems.append(&mut counts::check(&sql)?);
    }
    Ok(problems)
}

fn rows(sql: &Connection, pragma: &str, column: usize) -> Result<Vec<String>> {
    let mut stmt = sql.prepare(pragma)?;
    let rows = stmt.query_map([], |row| row.get(column))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Puts the backup `file` in place of the database in `data_dir`, which nothing may have
/// open. The old database is kept beside it, under the name that is returned.
///
/// # Errors
/// When `file` is no sound database of ours, or cannot be copied; then nothing was changed.
pub fn restore(file: &Path, data_dir: &Path, stamp: &str) -> Result<Option<PathBuf>> {
    let problems = check(file)?;
    if let Some(problem) = problems.first() {
        return Err(Error::Conflict(format!("{} is not sound: {problem}", file.display())));
    }
    let live = data_dir.join(FILE_NAME);
    let aside = aside(&live);
    let source = open_reader(file)?;
    copy(&source, &aside)?;
    let kept = data_dir.join(format!("toaster.before-restore-{stamp}.db"));
    let had_one = live.exists();
    if had_one {
        // Fold the log into the old file, so that it is whole under its new name.
        let old = Connection::open(&live)?;
        let _ = old.pragma_update(None, "journal_mode", "DELETE");
        drop(old);
        // A second name, so that there is a database under the first at every instant; some
        // file systems know no second names.
        fs::hard_link(&live, &kept).or_else(|_| fs::rename(&live, &kept))?;
    }
    for suffix in ["-wal", "-shm"] {
        let mut leftover = live.clone().into_os_string();
        leftover.push(suffix);
        if Path::new(&leftover).exists() {
            // Left when the old file could not be folded: it belongs to that file alone.
            let mut kept_leftover = kept.clone().into_os_string();
            kept_leftover.push(suffix);
            fs::rename(&leftover, &kept_leftover)?;
        }
    }
    fs::rename(&aside, &live)?;
    sync_dir(&live)?;
    Ok(had_one.then_some(kept))
}

fn aside(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

/// Makes an empty file that only its owner can read.
fn create_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| Error::internal(format!("cannot write {}: {error}", path.display())))?;
    Ok(())
}

fn sync_dir(file: &Path) -> Result<()> {
    let dir = match file.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    Ok(File::open(dir)?.sync_all()?)
}
