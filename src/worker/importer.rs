//! Reads the files of links that people bring along, one after another. What was read of one is
//! committed batch by batch, so that a stop or a crash costs none of it.

use std::fs;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Worker;
use crate::error::{Error, Result};
use crate::extract::library;
use crate::model::id::ImportId;
use crate::model::import::{Format, Import, Row, State};
use crate::model::time::Timestamp;
use crate::ops::imports::{self, BATCH};
use crate::store::{self, Store, Wake};

/// The importer.
pub struct Importer {
    store: Store,
    files: PathBuf,
}

impl Importer {
    /// An importer of the files in that directory. Those that nobody waits for, such as one that
    /// came just before a crash, are removed.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn new(store: Store, files: PathBuf) -> Result<Self> {
        let waiting = store.read(store::imports::list_running_files)?;
        for entry in fs::read_dir(&files)? {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            if !name.is_some_and(|name| waiting.iter().any(|file| file == name)) {
                remove(&path)?;
            }
        }
        Ok(Self { store, files })
    }

    fn import(&self, import: &Import) -> Result<()> {
        let path = self.files.join(&import.file);
        match fs::read(&path) {
            Ok(bytes) => read(&self.store, import, &bytes)?,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                end(&self.store, import.id, State::Failed, Err("the file is gone, send it again"))?;
            }
            Err(error) => return Err(error.into()),
        }
        remove(&path)
    }
}

/// Reads what is not read yet of the file of an import, and ends it.
///
/// # Errors
/// When rows cannot be stored, such as on a full disk: it may go on where it was.
pub fn read(store: &Store, import: &Import, bytes: &[u8]) -> Result<()> {
    match take_all(store, import, bytes) {
        Ok(Some(format)) => end(store, import.id, State::Done, Ok(format)),
        Ok(None) => Ok(()),
        Err(Error::Invalid { reason, .. }) => end(store, import.id, State::Failed, Err(&reason)),
        Err(error @ Error::TooLarge { .. }) => {
            end(store, import.id, State::Failed, Err(&error.to_string()))
        }
        Err(other) => Err(other),
    }
}

fn end(store: &Store, id: ImportId, state: State, found: Result<Format, &str>) -> Result<()> {
    let (format, reason) = (found.ok(), found.err().map(str::to_owned));
    store.write(move |tx| store::imports::end(tx, id, state, format, reason.as_deref()))
}

/// Takes every row, batch by batch; `None` when it was stopped meanwhile.
fn take_all(store: &Store, import: &Import, bytes: &[u8]) -> Result<Option<Format>> {
    let (id, mut skip) = (import.id, import.tally.read());
    let mut batch = Vec::with_capacity(BATCH);
    let mut runs = true;
    let mut take = |rows: &mut Vec<Row>| {
        let rows = std::mem::replace(rows, Vec::with_capacity(BATCH));
        runs = store.write(move |tx| imports::take(tx, id, rows))?;
        if runs { Ok(()) } else { Err(Error::Conflict("it was stopped".into())) }
    };
    let mut sink = |row| {
        if skip > 0 {
            skip -= 1;
            return Ok(());
        }
        batch.push(row);
        if batch.len() == BATCH { take(&mut batch) } else { Ok(()) }
    };
    // A bug in a parser must cost one file, not the thread.
    let careful = AssertUnwindSafe(|| library::read(bytes, &mut sink));
    let read = catch_unwind(careful)
        .unwrap_or_else(|_| Err(Error::invalid("file", "by a mistake of ours it cannot be read")));
    // Where it breaks off, what came before is kept.
    let rest = if batch.is_empty() { Ok(()) } else { take(&mut batch) };
    if runs { rest.and(read).map(Some) } else { Ok(None) }
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

impl Worker for Importer {
    type Message = Wake;

    /// Nothing comes due by itself, and a bell that was not heard is the only harm.
    const SLEEP_MAX: Duration = Duration::from_mins(15);

    fn step(&mut self, _messages: Vec<Wake>) -> Result<Option<Timestamp>> {
        while let Some(import) = self.store.read(store::imports::find_running)? {
            self.import(&import)?;
        }
        Ok(None)
    }
}
