//! The folder of backups beside the database.

use std::fs::{self, DirBuilder, File, Metadata, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::backup;
use crate::error::{Error, Result};
use crate::model::time::Timestamp;

const FOLDER: &str = "backups";
/// More than anybody keeps.
const LISTED_MAX: usize = 1_000;

/// A backup in the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it is called.
    pub name: String,
    /// How large it is.
    pub bytes: u64,
    /// When it was made.
    pub made_at: Timestamp,
}

impl BackupFile {
    fn at(path: PathBuf, file: &Metadata) -> Result<Self> {
        let age = file.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            path,
            bytes: file.len(),
            made_at: Timestamp::from_ms(0) + age,
        })
    }
}

/// The backups of the database at `database`, newest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn list(database: &Path) -> Result<Vec<BackupFile>> {
    let folder = database.with_file_name(FOLDER);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "db") {
            // One that is deleted meanwhile is none any more.
            let Ok(file) = fs::metadata(&path) else { continue };
            files.push(BackupFile::at(path, &file)?);
        }
    }
    files.sort_by(|one, other| (other.made_at, &other.name).cmp(&(one.made_at, &one.name)));
    files.truncate(LISTED_MAX);
    Ok(files)
}

/// Makes a backup of the database at `database`, which may be in use, as [`backup::copy_live`]
/// does.
///
/// # Errors
/// `Conflict` while another one is being made; otherwise when something cannot be read or
/// written, or the copy is not sound. Nothing is left behind then.
pub fn make(database: &Path, now: Timestamp) -> Result<BackupFile> {
    let folder = database.with_file_name(FOLDER);
    DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    let lock = File::open(&folder)?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => {
            Error::Conflict("a backup is being made already, wait for its end".into())
        }
        TryLockError::Error(error) => error.into(),
    })?;
    let path = folder.join(format!("toaster-{}.db", stamp(now)));
    backup::copy_live(database, &path)?;
    let file = fs::metadata(&path)?;
    BackupFile::at(path, &file)
}

/// An instant as part of a file's name.
pub fn stamp(at: Timestamp) -> String {
    let seconds = Timestamp::from_ms(at.as_s() * 1000);
    seconds.to_string().chars().filter(char::is_ascii_alphanumeric).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::store::{FILE_NAME, Writer};

    #[test]
    fn backups_are_made_one_at_a_time_and_listed_newest_first() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join(FILE_NAME);
        let _open = Writer::open(&database, SystemClock::shared()).unwrap();
        assert!(list(&database).unwrap().is_empty());
        let at = |text: &str| text.parse().unwrap();
        let first = make(&database, at("2026-03-08T09:00:00Z")).unwrap();
        assert_eq!(first.name, "toaster-20260308T090000Z.db");
        assert!(backup::check(&first.path).unwrap().is_empty());
        let again = make(&database, at("2026-03-08T09:00:00.9Z")).unwrap_err();
        assert!(again.to_string().contains("exists already"), "{again}");
        let second = make(&database, at("2026-03-08T09:00:01Z")).unwrap();
        let folder = first.path.parent().unwrap();
        fs::write(folder.join("notes.txt"), "no backup").unwrap();
        assert_eq!(list(&database).unwrap(), [second, first.clone()]);

        let held = File::open(folder).unwrap();
        held.lock().unwrap();
        let busy = make(&database, at("2026-03-08T09:00:02Z")).unwrap_err();
        assert!(matches!(busy, Error::Conflict(_)), "{busy}");
        assert_eq!(list(&database).unwrap().len(), 2);
    }
}
