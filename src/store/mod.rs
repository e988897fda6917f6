//! The memory: every line of SQL. Reads go over a connection of their own, writes through
//! the one writer thread; nothing here decides anything or calls anybody.

pub mod acts;
pub mod answers;
pub mod backup;
pub mod backups;
pub mod bookmarks;
pub mod bulk;
pub mod burning;
mod checkpoints;
mod columns;
mod counts;
pub mod deliveries;
pub mod destinations;
pub mod duplicates;
pub mod events;
pub mod exports;
pub mod feeds;
pub mod firings;
pub mod folders;
pub mod imports;
mod lanes;
pub mod link_checks;
mod lists;
mod migrations;
pub mod outbox;
pub mod pages;
pub mod pictures;
#[cfg(test)]
mod plans;
mod query;
pub mod reminders;
pub mod resurface;
pub mod rules;
pub mod scopes;
pub mod search;
pub mod searches;
pub mod sessions;
pub mod status;
pub mod tags;
pub mod tokens;
mod types;
pub mod undos;
pub mod users;
pub mod vapid;
mod wake;
mod writer;
pub mod zone_data;

use std::cell::RefCell;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::clock::SharedClock;
use crate::error::{Error, Result};
use crate::model::time::Timestamp;

pub use pictures::Pictures;
pub use wake::{Wake, Wakes};
pub use writer::{Writer, WriterHandle};

/// The name of the database in the data directory.
pub const FILE_NAME: &str = "toaster.db";

const READER_CACHE_KIB: i64 = 2_000;
const WRITER_CACHE_KIB: i64 = 8_000;
const STATEMENTS: usize = 64;
/// Enough to need a block of the disk.
const PROBE_BYTES: usize = 4096;
/// How long one connection waits for another.
const BUSY_TIME: Duration = Duration::from_secs(5);

/// One thread's way to the database: a connection for reading, the way to the writer, and
/// the bells of the workers below.
pub struct Store {
    path: PathBuf,
    reader: Connection,
    writer: WriterHandle,
    wakes: Wakes,
    clock: SharedClock,
}

impl Store {
    /// Opens a reading connection to the database that `writer` has opened.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(
        path: &Path,
        writer: WriterHandle,
        wakes: Wakes,
        clock: SharedClock,
    ) -> Result<Self> {
        Ok(Self { path: path.to_owned(), reader: open_reader(path)?, writer, wakes, clock })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Tries whether there is room beside the database to write.
    ///
    /// # Errors
    /// When there is not.
    pub fn try_disk(&self) -> Result<()> {
        let path = self.path.with_extension("probe");
        let written = std::fs::write(&path, [0; PROBE_BYTES]);
        // Whatever came of it, it must not stay.
        let _ = std::fs::remove_file(&path);
        Ok(written?)
    }

    /// The way to the writer, for another store.
    pub fn writer(&self) -> WriterHandle {
        self.writer.clone()
    }

    /// The instant by the injected clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The injected clock.
    pub fn clock(&self) -> &SharedClock {
        &self.clock
    }

    /// Reads from one state of the database.
    ///
    /// # Errors
    /// Those of `body`, and of the database.
    pub fn read<T>(&self, body: impl FnOnce(&Tx) -> Result<T>) -> Result<T> {
        let transaction = Transaction::new_unchecked(&self.reader, TransactionBehavior::Deferred)?;
        body(&Tx { sql: &transaction, now: self.clock.now() })
    }

    /// Changes the database: all of `body` or nothing. Returns once it is on the disk, then
    /// rings the workers it concerns.
    ///
    /// # Errors
    /// Those of `body`, and of the database; in each case nothing was changed.
    pub fn write<T: Send + 'static>(
        &self,
        body: impl FnOnce(&WriteTx) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (value, wakes) = self.writer.run(body)?;
        self.wakes.ring(&wakes);
        Ok(value)
    }
}

/// A transaction that can only read.
pub struct Tx<'a> {
    sql: &'a Connection,
    now: Timestamp,
}

impl Tx<'_> {
    /// The transaction's one instant.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    fn sql(&self) -> &Connection {
        self.sql
    }
}

#[cfg(test)]
impl Drop for Tx<'_> {
    fn drop(&mut self) {
        plans::look(self.sql);
    }
}

/// A transaction that can also write. Reads take a [`Tx`], so that none can call an insert.
pub struct WriteTx<'a> {
    tx: Tx<'a>,
    wakes: RefCell<Vec<Wake>>,
}

impl<'a> WriteTx<'a> {
    fn new(sql: &'a Connection, now: Timestamp) -> Self {
        Self { tx: Tx { sql, now }, wakes: RefCell::default() }
    }

    /// Asks for a worker to be woken once this is committed.
    pub fn wake(&self, wake: Wake) {
        let mut wakes = self.wakes.borrow_mut();
        if !wakes.contains(&wake) {
            wakes.push(wake);
        }
    }
}

impl<'a> Deref for WriteTx<'a> {
    type Target = Tx<'a>;

    fn deref(&self) -> &Tx<'a> {
        &self.tx
    }
}

fn open_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let sql = Connection::open_with_flags(path, flags)?;
    sql.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
    sql.pragma_update(None, "query_only", true)?;
    settle(&sql)?;
    #[cfg(test)]
    plans::watch(&sql);
    Ok(sql)
}

/// Opens the database for writing, making it where there is none, and brings its schema up
/// to date.
fn open_writer(path: &Path) -> Result<Connection> {
    let mut sql = Connection::open(path)?;
    sql.busy_timeout(BUSY_TIME)?;
    sql.pragma_update(None, "journal_mode", "WAL")?;
    sql.pragma_update(None, "synchronous", "FULL")?;
    sql.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
    sql.pragma_update(None, "journal_size_limit", 64 << 20)?;
    settle(&sql)?;
    // An older file is kept aside before its schema is changed.
    migrations::run(&mut sql, path)?;
    search::forget_other_versions(&sql)?;
    #[cfg(test)]
    plans::watch(&sql);
    Ok(sql)
}

fn settle(sql: &Connection) -> Result<()> {
    sql.busy_timeout(BUSY_TIME)?;
    // Without this a statement is planned anew whenever other values are bound to it.
    sql.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    sql.pragma_update(None, "foreign_keys", true)?;
    sql.pragma_update(None, "temp_store", "MEMORY")?;
    sql.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

/// Why the database could not be opened, in words for the person who runs the server.
pub fn explain_open(path: &Path, error: Error) -> Error {
    match error {
        Error::Internal(cause) => {
            Error::internal(format!("cannot open the database {}: {cause}", path.display()))
        }
        other => other,
    }
}

#[cfg(test)]
pub mod testing {
    //! A database in memory for tests of queries and ops.

    use super::{
        Connection, Result, Timestamp, Tx, Wake, WriteTx, migrations, plans, search, settle,
    };

    /// A database in memory.
    pub struct Memory {
        sql: Connection,
        /// The instant of the next transaction.
        pub now: Timestamp,
        /// Those that the last transaction asked for.
        pub wakes: Vec<Wake>,
    }

    impl Memory {
        /// A fresh one.
        pub fn open() -> Self {
            let mut sql = Connection::open_in_memory().unwrap();
            settle(&sql).unwrap();
            migrations::run(&mut sql, std::path::Path::new(":memory:")).unwrap();
            search::forget_other_versions(&sql).unwrap();
            plans::watch(&sql);
            Self { sql, now: "2026-03-08T09:00:00Z".parse().unwrap(), wakes: Vec::new() }
        }

        /// Changes it: all of `body` or nothing.
        pub fn write<T>(&mut self, body: impl FnOnce(&WriteTx) -> Result<T>) -> Result<T> {
            let savepoint = self.sql.transaction().unwrap();
            let tx = WriteTx::new(&savepoint, self.now);
            let result = body(&tx);
            self.wakes = tx.wakes.take();
            drop(tx);
            if result.is_ok() {
                savepoint.commit().unwrap();
            }
            result
        }

        /// Reads from it.
        pub fn read<T>(&self, body: impl FnOnce(&Tx) -> Result<T>) -> Result<T> {
            body(&Tx { sql: &self.sql, now: self.now })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn the_disk_is_waited_for_and_references_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let sql = open_writer(&dir.path().join(FILE_NAME)).unwrap();
        let pragma = |name| sql.pragma_query_value(None, name, |row| row.get::<_, String>(0));
        let number = |name| sql.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(pragma("journal_mode").unwrap(), "wal");
        assert_eq!((number("synchronous"), number("foreign_keys")), (2, 1), "FULL and on");
    }

    #[test]
    fn the_schema_itself_refuses_to_fire_a_slot_twice() {
        let mut db = testing::Memory::open();
        let insert = "INSERT INTO firings (reminder_id, slot, due_at, fired_at, missed, skipped)
                      VALUES (1, '2026-03-08T09:00', 0, 0, 0, 0)";
        let twice = db.write(|tx| {
            // Its reminder is not there, which would be noticed at the end.
            tx.sql().execute_batch("PRAGMA defer_foreign_keys = ON")?;
            tx.sql().execute(insert, [])?;
            Ok(tx.sql().execute(insert, []).map(drop)?)
        });
        assert!(twice.unwrap_err().to_string().contains("UNIQUE constraint failed"));
    }

    #[test]
    fn a_store_tells_the_time_of_its_clock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        let (writer, handle) = Writer::open(&path, SystemClock::shared()).unwrap();
        let clock = crate::clock::SimClock::at(Timestamp::from_ms(42));
        let store = Store::open(&path, handle, Wakes::default(), clock).unwrap();
        assert_eq!(store.read(|tx| Ok(tx.now())).unwrap(), Timestamp::from_ms(42));
        drop((store, writer));
    }
}
