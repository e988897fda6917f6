//! How much there is and how much waits, over all people.

use std::path::Path;

use super::{Tx, migrations};
use crate::error::Result;

/// How much there is and how much waits. Nothing of it is about one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// People with an account.
    pub users: i64,
    /// Links, with archived and burnt ones.
    pub bookmarks: i64,
    /// Reminders, also those that are off.
    pub reminders: i64,
    /// Where pushes go.
    pub destinations: i64,
    /// Pages that are to be read.
    pub pages_waiting: i64,
    /// Pushes that are to be sent, or are being sent.
    pub pushes_waiting: i64,
    /// Pushes that were given up.
    pub dead_letters: i64,
}

const COUNTS: &str = "SELECT (SELECT count(*) FROM users) AS users,
           (SELECT ifnull(sum(links), 0) FROM user_counts) AS bookmarks,
           (SELECT count(*) FROM reminders) AS reminders,
           (SELECT count(*) FROM destinations) AS destinations,
           (SELECT count(*) FROM bookmarks WHERE page_due_at IS NOT NULL) AS pages_waiting,
           (SELECT count(*) FROM deliveries WHERE state = 'pending')
               + (SELECT count(*) FROM deliveries WHERE state = 'sending') AS pushes_waiting,
           (SELECT count(*) FROM deliveries WHERE state = 'dead') AS dead_letters";

/// Counts all of it. Each is counted by an index that holds little else, or was counted already.
pub fn read(tx: &Tx) -> Result<Status> {
    let mut stmt = tx.sql().prepare_cached(COUNTS)?;
    Ok(stmt.query_row([], |row| {
        Ok(Status {
            users: row.get("users")?,
            bookmarks: row.get("bookmarks")?,
            reminders: row.get("reminders")?,
            destinations: row.get("destinations")?,
            pages_waiting: row.get("pages_waiting")?,
            pushes_waiting: row.get("pushes_waiting")?,
            dead_letters: row.get("dead_letters")?,
        })
    })?)
}

/// The schema that this program works with.
pub const SCHEMA: usize = migrations::newest();

/// The octets of the database at `path`, and of what was written ahead of it.
pub fn sizes(path: &Path) -> (u64, u64) {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let mut ahead = path.as_os_str().to_owned();
    ahead.push("-wal");
    (size(path), size(Path::new(&ahead)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Memory;

    #[test]
    fn nothing_is_counted_by_reading_rows() {
        let plan = |tx: &Tx| {
            let mut stmt = tx.sql().prepare(&format!("EXPLAIN QUERY PLAN {COUNTS}"))?;
            let lines = stmt.query_map([], |row| row.get::<_, String>("detail"))?;
            Ok(lines.collect::<rusqlite::Result<Vec<_>>>()?)
        };
        let plan = Memory::open().read(plan).unwrap();
        let reads =
            plan.iter().filter(|line| line.starts_with("SCAN") && !line.contains("CONSTANT"));
        let reads: Vec<_> = reads.filter(|line| !line.contains("COVERING INDEX")).collect();
        assert_eq!(reads, ["SCAN user_counts"], "where links are counted already");
    }
}
