//! What the disk alone can do: the measure for everything that waits for it.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::measure::rate;

/// One connection that commits one row at a time, each durably, as the server's writer is set.
pub struct Disk {
    sql: Connection,
}

impl Disk {
    /// A new database in that directory.
    pub fn open(dir: &Path) -> Self {
        let sql = Connection::open(dir.join("bare.db")).expect("the directory is writable");
        sql.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             CREATE TABLE rows (id INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT;",
        )
        .expect("a new database takes a table");
        Self { sql }
    }

    /// Transactions a second, tried for that long.
    pub fn rate(&self, span: Duration) -> f64 {
        let mut insert = self
            .sql
            .prepare_cached("INSERT INTO rows (note) VALUES ('one short row of a bare table')")
            .expect("the table is there");
        let mut count = 0;
        let start = Instant::now();
        while start.elapsed() < span {
            insert.execute([]).expect("the disk has room");
            count += 1;
        }
        rate(count, start.elapsed())
    }
}
