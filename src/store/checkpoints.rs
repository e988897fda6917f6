//! Putting what the log holds where it belongs, into the database file. SQLite would do that
//! within a commit, for which everybody had to wait. Here a thread does it beside the writer, which
//! has only the little to add that was written meanwhile.

use std::cell::Cell;
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, bounded};
use rusqlite::Connection;

use crate::threads;

/// So many pages of the log are collected. One that changes again and again meanwhile, as those of
/// indexes do, is put where it belongs once.
const LOG_PAGES: i64 = 4_000;
/// So many are not waited for by anybody: the writer puts them away itself.
const LOG_PAGES_MAX: i64 = 16_000;
/// In so many rounds at most, each for what was written during the one before. SQLite waits for the
/// disk only at the end of a round in which nothing was, which the long first one hardly is.
const ROUNDS: usize = 3;

thread_local! {
    /// How many pages the log held after the last commit of this thread.
    static LOG: Cell<i64> = const { Cell::new(0) };
}

/// What the writer knows of the thread beside it. Once dropped, it has ended.
pub(super) struct Checkpoints {
    /// None only while this is dropped.
    ask: Option<Sender<()>>,
    done: Receiver<()>,
    is_asked: bool,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Starts the thread, for the connection with which the calling thread writes. Where it cannot
    /// be started, the writer does all by itself.
    pub(super) fn beside(writer: &Connection) -> Self {
        writer.wal_hook(Some(|_, pages| {
            LOG.set(pages.into());
            Ok(())
        }));
        let ((ask, asked), (finished, done)) = (bounded(1), bounded(1));
        let thread = writer.path().and_then(|path| {
            let opened = Connection::open(path).map_err(std::io::Error::other);
            let spawned = opened.and_then(|sql| {
                threads::spawn("checkpoints", move || run(&sql, &asked, &finished))
            });
            spawned
                .inspect_err(|error| tracing::error!(%error, "no checkpoints beside the writer"))
                .ok()
        });
        Self { ask: Some(ask), done, is_asked: false, thread }
    }

    /// Does what is to be done after a commit of `writer`.
    pub(super) fn look(&mut self, writer: &Connection) {
        let finished = self.done.try_recv().is_ok();
        self.is_asked &= !finished;
        let log = LOG.get();
        if log >= LOG_PAGES_MAX || (finished && log >= LOG_PAGES) {
            checkpoint(writer);
        } else if log >= LOG_PAGES && !self.is_asked {
            self.is_asked = self.ask.as_ref().is_some_and(|ask| ask.try_send(()).is_ok());
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.ask = None;
        if let Some(thread) = self.thread.take() {
            // It has nothing to say but that it panicked, which the log knows.
            let _ = thread.join();
        }
    }
}

fn run(sql: &Connection, asked: &Receiver<()>, finished: &Sender<()>) {
    while asked.recv().is_ok() {
        let mut last = 0;
        for _ in 0..ROUNDS {
            let log = checkpoint(sql);
            if log == last {
                break;
            }
            last = log;
        }
        let _ = finished.try_send(());
    }
}

/// Puts away what no reader needs in the log any more, for which nobody waits; returns how many
/// pages the log holds.
fn checkpoint(sql: &Connection) -> i64 {
    let log = sql.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get("log"));
    log.unwrap_or_else(|error| {
        tracing::error!(%error, "changes stay in the log of the database");
        0
    })
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::Select;
    use tempfile::TempDir;

    use super::*;

    struct Database {
        dir: TempDir,
        sql: Connection,
    }

    impl Database {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let sql = Connection::open(dir.path().join("t.db")).unwrap();
            sql.pragma_update(None, "journal_mode", "WAL").unwrap();
            sql.execute_batch("CREATE TABLE notes (text BLOB) STRICT").unwrap();
            Self { dir, sql }
        }

        /// Has the log grow by so many pages and a few more.
        fn write(&self, pages: i64) {
            let bytes = 4096 * pages;
            self.sql.execute("INSERT INTO notes VALUES (zeroblob(?1))", [bytes]).unwrap();
        }

        /// How many pages the file itself has.
        fn pages(&self) -> u64 {
            self.dir.path().join("t.db").metadata().unwrap().len() / 4096
        }
    }

    #[test]
    fn a_long_log_is_put_away_beside_the_writer_and_used_again_from_its_start() {
        let database = Database::new();
        let mut checkpoints = Checkpoints::beside(&database.sql);
        database.write(LOG_PAGES / 2);
        checkpoints.look(&database.sql);
        assert!(!checkpoints.is_asked && database.pages() < 10, "it is short");
        database.write(LOG_PAGES / 2);
        checkpoints.look(&database.sql);
        assert!(checkpoints.is_asked);
        let mut done = Select::new();
        done.recv(&checkpoints.done);
        done.ready();
        assert!(database.pages() > LOG_PAGES as u64);
        database.write(1);
        assert!(LOG.get() < 10, "nothing was left");
        database.write(LOG_PAGES);
        checkpoints.look(&database.sql);
        assert!(!checkpoints.is_asked);
        database.write(1);
        assert!(LOG.get() < 10, "the writer has added what was written meanwhile");
    }

    #[test]
    fn a_log_that_grows_on_is_put_away_by_the_writer() {
        let database = Database::new();
        let mut checkpoints = Checkpoints::beside(&database.sql);
        drop(checkpoints.ask.take());
        database.write(LOG_PAGES_MAX - 100);
        checkpoints.look(&database.sql);
        assert!(database.pages() < 10);
        database.write(100);
        checkpoints.look(&database.sql);
        assert!(database.pages() > LOG_PAGES_MAX as u64);
    }
}
