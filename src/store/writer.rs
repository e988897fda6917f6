//! The one writer. It takes the jobs that are queued, runs them in one transaction, with a
//! savepoint for each if there are several, commits once and then answers all: many savers share one wait for
//! the disk. It calls nobody; a job's answer carries the wakes, and the caller rings them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use crossbeam_channel::bounded;
use rusqlite::Connection;

use super::checkpoints::Checkpoints;
use super::{Wake, WriteTx, open_writer};
use crate::clock::SharedClock;
use crate::error::{Error, Result};
use crate::model::time::Timestamp;

/// The most jobs that wait for the writer, and that share a commit.
const QUEUE: usize = 256;
/// Such a part of what the last commit took is spent waiting for more jobs to share the next.
const PATIENCE: u32 = 4;
/// Where it is shorter, the disk is so fast that waiting would not pay; and never for longer.
const PATIENCE_MIN: Duration = Duration::from_micros(200);
const PATIENCE_MAX: Duration = Duration::from_millis(5);

/// Runs a job's body and returns what is to be done once the commit's fate is known.
type Job = Box<dyn FnOnce(&Connection, Turn) -> Answer + Send>;
type Answer = Box<dyn FnOnce(&Result<(), String>)>;

/// What a job is run with.
#[derive(Clone, Copy)]
struct Turn {
    now: Timestamp,
    /// Whether the transaction is this job's alone. Then it needs no savepoint, for which SQLite
    /// would copy every page that the job changes.
    alone: bool,
}

/// The way to the writer thread. This channel drops what is queued when its receiver goes, as
/// crossbeam's does not: nobody may wait for an answer of a writer that has died.
#[derive(Clone)]
pub struct WriterHandle {
    jobs: SyncSender<Job>,
}

impl WriterHandle {
    /// Runs `body` on the writer thread and waits until it is committed.
    pub(super) fn run<T: Send + 'static>(
        &self,
        body: impl FnOnce(&WriteTx) -> Result<T> + Send + 'static,
    ) -> Result<(T, Vec<Wake>)> {
        let (reply, answered) = bounded(1);
        let job: Job = Box::new(move |sql, turn| {
            let result = run_job(sql, turn, body);
            Box::new(move |committed| {
                let result = result.and_then(|done| match committed {
                    Ok(()) => Ok(done),
                    Err(why) => Err(Error::Unavailable(why.clone())),
                });
                // Nobody listens when the asking thread has died.
                let _ = reply.send(result);
            })
        });
        let gone = || Error::Unavailable("the server is stopping, nothing was stored".into());
        self.jobs.send(job).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}

/// The writer: a connection and a queue. [`Writer::run`] is the body of its thread.
pub struct Writer {
    sql: Connection,
    jobs: Receiver<Job>,
    clock: SharedClock,
}

impl Writer {
    /// Opens the database at `path` for writing, making or upgrading it as needed.
    ///
    /// # Errors
    /// When the file cannot be opened, is no database of ours, or is newer than this program.
    pub fn open(path: &Path, clock: SharedClock) -> Result<(Self, WriterHandle)> {
        let (sender, jobs) = sync_channel(QUEUE);
        let sql = open_writer(path).map_err(|error| super::explain_open(path, error))?;
        Ok((Self { sql, jobs, clock }, WriterHandle { jobs: sender }))
    }

    /// Works until every [`WriterHandle`] is gone, then leaves the database tidy.
    pub fn run(self) {
        let mut checkpoints = Checkpoints::beside(&self.sql);
        let (mut together, mut took) = (1, Duration::ZERO);
        while let Ok(first) = self.jobs.recv() {
            let mut batch = vec![first];
            batch.extend(self.jobs.try_iter().take(QUEUE - 1));
            self.gather(&mut batch, together, took / PATIENCE);
            together = batch.len();
            took = self.run_batch(batch);
            checkpoints.look(&self.sql);
        }
        // Statistics for the query planner; of no consequence when it fails.
        let _ = self.sql.execute_batch("PRAGMA optimize");
    }

    fn execute(&self, statement: &'static str) -> Result<(), String> {
        let done = self.sql.prepare_cached(statement).and_then(|mut stmt| stmt.execute([]));
        done.map(drop).map_err(explain)
    }

    /// Waits a little for as many jobs as shared the last commit: who waited for that comes back one
    /// by one, and would else be parted into those who wait for one commit and those who wait for two.
    fn gather(&self, batch: &mut Vec<Job>, together: usize, patience: Duration) {
        if patience < PATIENCE_MIN {
            return;
        }
        let until = self.clock.monotonic() + patience.min(PATIENCE_MAX);
        while batch.len() < together {
            let left = until.saturating_sub(self.clock.monotonic());
            let Ok(job) = self.jobs.recv_timeout(left) else { break };
            batch.push(job);
        }
    }

    /// Returns how long the commit took.
    fn run_batch(&self, batch: Vec<Job>) -> Duration {
        let mut took = Duration::ZERO;
        let mut waiting = batch.into_iter();
        // A full or broken disk can make SQLite drop the whole transaction in the middle of a
        // batch; what ran until then has failed, and what has not run yet gets a new one.
        while waiting.len() > 0 {
            let mut answers = Vec::with_capacity(waiting.len());
            let mut outcome = self.execute("BEGIN IMMEDIATE");
            let turn = Turn { now: self.clock.now(), alone: waiting.len() == 1 };
            for job in waiting.by_ref() {
                answers.push(job(&self.sql, turn));
                if outcome.is_ok() && self.sql.is_autocommit() {
                    outcome =
                        Err("the database could not be written to, nothing was stored".into());
                }
                if outcome.is_err() {
                    break;
                }
            }
            if outcome.is_ok() {
                let began = self.clock.monotonic();
                outcome = self.execute("COMMIT");
                took = self.clock.monotonic().saturating_sub(began);
            }
            if !self.sql.is_autocommit() {
                let _ = self.execute("ROLLBACK");
            }
            if let Err(why) = &outcome {
                tracing::error!(why, jobs = answers.len(), "a batch of changes failed");
            }
            for answer in answers {
                answer(&outcome);
            }
        }
        took
    }
}

/// What people are told when a transaction could not be begun or committed.
fn explain(error: rusqlite::Error) -> String {
    match Error::from(error) {
        Error::Internal(cause) => {
            format!("the database could not be written to ({cause}), nothing was stored")
        }
        other => other.to_string(),
    }
}

/// Runs a job; what it changed before it failed is taken back.
fn run_job<T>(
    sql: &Connection,
    turn: Turn,
    body: impl FnOnce(&WriteTx) -> Result<T>,
) -> Result<(T, Vec<Wake>)> {
    if sql.is_autocommit() {
        return Err(Error::Unavailable(
            "the database is in use or cannot be written to, try again".into(),
        ));
    }
    let run = |statement: &str| sql.prepare_cached(statement)?.execute([]);
    if !turn.alone {
        run("SAVEPOINT job")?;
    }
    let tx = WriteTx::new(sql, turn.now);
    let result = catch_unwind(AssertUnwindSafe(|| body(&tx)))
        .unwrap_or_else(|panic| Err(Error::internal(panic_message(&*panic))));
    let wakes = tx.wakes.take();
    if sql.is_autocommit() {
        return result.and(Err(Error::Unavailable("the database could not be written to".into())));
    }
    match (turn.alone, result.is_err()) {
        (true, false) => {}
        // The batch still ends with a commit, then of nothing.
        (true, true) => {
            run("ROLLBACK")?;
            run("BEGIN IMMEDIATE")?;
        }
        (false, failed) => {
            if failed {
                run("ROLLBACK TO job")?;
            }
            run("RELEASE job")?;
        }
    }
    result.map(|value| (value, wakes))
}

/// What a panic said.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a change panicked: {}", text.unwrap_or("without words"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::store::{Store, Wakes};

    fn with_store(test: impl FnOnce(&Store)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("t.db");
        let clock = SystemClock::shared();
        let (writer, handle) = Writer::open(&path, clock.clone()).unwrap();
        let thread = crate::threads::spawn("writer", move || writer.run()).unwrap();
        let store = Store::open(&path, handle, Wakes::default(), clock).unwrap();
        test(&store);
        drop(store);
        thread.join().unwrap();
    }

    fn count(store: &Store) -> i64 {
        store
            .read(|tx| {
                Ok(tx.sql().query_row("SELECT count(*) FROM notes /* of a test */", [], |row| {
                    row.get(0)
                })?)
            })
            .unwrap()
    }

    #[test]
    fn a_job_that_fails_or_panics_changes_nothing_and_spoils_no_other() {
        with_store(|store| {
            store
                .write(|tx| {
                    Ok(tx.sql().execute_batch("CREATE TABLE notes (n INTEGER NOT NULL) STRICT")?)
                })
                .unwrap();
            let insert =
                |tx: &WriteTx| Ok(tx.sql().execute("INSERT INTO notes (n) VALUES (1)", [])?);
            store.write(insert).unwrap();
            let failed =
                store.write(move |tx| insert(tx).and(Err::<(), _>(Error::NotFound("toast"))));
            assert!(matches!(failed, Err(Error::NotFound("toast"))));
            let panicked = store.write(move |tx| insert(tx).map(|_| panic!("burnt")));
            assert!(
                matches!(panicked, Err::<(), _>(Error::Internal(why)) if why.to_string().contains("burnt"))
            );
            store.write(insert).unwrap();
            assert_eq!(count(store), 2);
        });
    }

    #[test]
    fn who_waits_for_a_writer_that_has_died_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let clock = SystemClock::shared();
        let (writer, handle) = Writer::open(&dir.path().join("t.db"), clock).unwrap();
        let (reply, answered) = bounded::<()>(1);
        let job: Job = Box::new(move |_, _| {
            drop(reply);
            Box::new(|_| ())
        });
        handle.jobs.send(job).unwrap();
        drop(writer);
        assert_eq!(answered.try_recv(), Err(crossbeam_channel::TryRecvError::Disconnected));
        assert!(matches!(handle.run(|_| Ok(())), Err(Error::Unavailable(_))));
    }

    #[test]
    fn those_who_shared_a_slow_commit_are_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let clock = SystemClock::shared();
        let (writer, handle) = Writer::open(&dir.path().join("t.db"), clock).unwrap();
        let job = || -> Job { Box::new(|_, _| Box::new(|_| ())) };
        let mut batch = vec![job()];
        handle.jobs.send(job()).unwrap();
        writer.gather(&mut batch, 3, PATIENCE_MIN / 2);
        assert_eq!(batch.len(), 1, "the disk is fast");
        let send = move || handle.jobs.send(job()).map_err(drop).unwrap();
        let late = crate::threads::spawn("late", send).unwrap();
        while batch.len() < 3 {
            writer.gather(&mut batch, 3, PATIENCE_MAX);
        }
        late.join().unwrap();
        writer.gather(&mut batch, 4, PATIENCE_MAX);
        assert_eq!(batch.len(), 3, "nobody else comes");
    }

    #[test]
    fn a_reader_cannot_write() {
        with_store(|store| {
            let tried =
                store.read(|tx| Ok(tx.sql().execute("DELETE FROM users /* of a test */", [])?));
            assert!(tried.is_err());
        });
    }

    #[test]
    fn a_lost_transaction_fails_its_jobs_and_the_next_ones_go_on() {
        with_store(|store| {
            store
                .write(|tx| {
                    Ok(tx.sql().execute_batch("CREATE TABLE notes (n INTEGER NOT NULL) STRICT")?)
                })
                .unwrap();
            let lost = store.write(|tx| Ok(tx.sql().execute_batch("ROLLBACK")?));
            assert!(matches!(lost, Err(Error::Unavailable(_))));
            store
                .write(|tx| Ok(tx.sql().execute("INSERT INTO notes (n) VALUES (1)", [])?))
                .unwrap();
            assert_eq!(count(store), 1);
        });
    }
}
