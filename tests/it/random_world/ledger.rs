//! What the database says, read past the program.

use std::path::Path;

use jiff::civil::DateTime;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};
use toaster::model::time::Timestamp;

/// A firing, and to which destinations pushes tell of it.
#[derive(Debug)]
pub struct Fired {
    pub id: i64,
    pub reminder: i64,
    pub slot: DateTime,
    pub due_at: Timestamp,
    pub fired_at: Timestamp,
    pub missed: usize,
    pub skipped: bool,
    pub told_at: Vec<i64>,
}

/// A delivery.
#[derive(Debug)]
pub struct Sent {
    pub user: i64,
    pub destination: Option<i64>,
    pub is_test: bool,
    pub is_event: bool,
    pub key: String,
    pub attempts: usize,
    /// What it tells of.
    pub firings: Vec<i64>,
}

/// A delivery that has not ended, and why that may be.
#[derive(Debug)]
pub struct Open {
    pub user: i64,
    pub state: String,
    pub reason: String,
    pub is_paused: bool,
}

/// A reading connection of its own.
pub struct Ledger(Connection);

impl Ledger {
    pub fn open(path: &Path) -> Self {
        Self(Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap())
    }

    fn list<T>(&self, sql: &str, values: &[i64], read: impl Fn(&Row) -> T) -> Vec<T> {
        let mut stmt = self.0.prepare_cached(sql).unwrap();
        let rows = stmt.query_map(rusqlite::params_from_iter(values), |row| Ok(read(row)));
        rows.unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn numbers(&self, sql: &str) -> Vec<i64> {
        self.list(sql, &[], |row| row.get(0).unwrap())
    }

    /// Firings after that one, in their order.
    pub fn fired_after(&self, id: i64) -> Vec<Fired> {
        let sql = "SELECT f.*, (SELECT group_concat(d.destination_id)
                                FROM delivery_firings l JOIN deliveries d ON d.id = l.delivery_id
                                WHERE l.firing_id = f.id) AS told_at
                   FROM firings f WHERE f.id > ?1 ORDER BY f.id";
        self.list(sql, &[id], |row| Fired {
            id: row.get("id").unwrap(),
            reminder: row.get("reminder_id").unwrap(),
            slot: row.get::<_, String>("slot").unwrap().parse().unwrap(),
            due_at: instant(row, "due_at"),
            fired_at: instant(row, "fired_at"),
            missed: row.get::<_, u32>("missed").unwrap() as usize,
            skipped: row.get("skipped").unwrap(),
            told_at: ids(row, "told_at"),
        })
    }

    /// When anything fired last.
    pub fn newest(&self) -> Timestamp {
        let sql = "SELECT ifnull(max(fired_at), 0) AS at FROM firings";
        self.list(sql, &[], |row| instant(row, "at")).pop().unwrap()
    }

    /// Until when each reminder is snoozed, if it is.
    pub fn snoozes(&self) -> Vec<(i64, Option<i64>)> {
        let sql = "SELECT id, snoozed_until FROM reminders";
        self.list(sql, &[], |row| (row.get(0).unwrap(), row.get(1).unwrap()))
    }

    /// A delivery, unless it went with its owner or was pruned.
    pub fn sent(&self, id: i64) -> Option<Sent> {
        let sql =
            "SELECT d.user_id, d.destination_id, d.is_test, d.key, d.event IS NOT NULL AS is_event,
                          (SELECT count(*) FROM attempts WHERE delivery_id = d.id) AS attempts,
                          (SELECT group_concat(firing_id) FROM delivery_firings
                           WHERE delivery_id = d.id) AS firings
                   FROM deliveries d WHERE d.id = ?1";
        let read = |row: &Row| Sent {
            user: row.get("user_id").unwrap(),
            destination: row.get("destination_id").unwrap(),
            is_test: row.get("is_test").unwrap(),
            is_event: row.get("is_event").unwrap(),
            key: row.get("key").unwrap(),
            attempts: row.get::<_, u32>("attempts").unwrap() as usize,
            firings: ids(row, "firings"),
        };
        self.list(sql, &[id], read).pop()
    }

    /// The state of the delivery of that key.
    pub fn state(&self, key: &str) -> Option<String> {
        let mut stmt = self.0.prepare_cached("SELECT state FROM deliveries WHERE key = ?1");
        stmt.as_mut().unwrap().query_row([key], |row| row.get(0)).optional().unwrap()
    }

    /// Deliveries that have not ended.
    pub fn open_deliveries(&self) -> Vec<Open> {
        let sql = "SELECT d.user_id, d.state, d.reason,
                          t.paused_reason IS NOT NULL AS is_paused
                   FROM deliveries d LEFT JOIN destinations t ON t.id = d.destination_id
                   WHERE d.ended_at IS NULL";
        self.list(sql, &[], |row| Open {
            user: row.get("user_id").unwrap(),
            state: row.get("state").unwrap(),
            reason: row.get("reason").unwrap(),
            is_paused: row.get("is_paused").unwrap(),
        })
    }

    /// Deliveries that ended badly and do not say why.
    pub fn unexplained(&self) -> Vec<i64> {
        self.numbers(
            "SELECT id FROM deliveries
             WHERE state IN ('dead', 'expired', 'cancelled') AND reason = ''",
        )
    }

    /// Keys of what is said to be delivered.
    pub fn delivered(&self) -> Vec<String> {
        let sql = "SELECT key FROM deliveries WHERE state = 'delivered'";
        self.list(sql, &[], |row| row.get(0).unwrap())
    }

    /// Firings that two deliveries tell the same destination of.
    pub fn told_twice(&self) -> Vec<i64> {
        self.numbers(
            "SELECT l.firing_id
             FROM delivery_firings l JOIN deliveries d ON d.id = l.delivery_id
             WHERE d.destination_id IS NOT NULL
             GROUP BY l.firing_id, d.destination_id HAVING count(*) > 1",
        )
    }

    /// Lines in which something waits, nothing is under way, and nobody looks in time.
    pub fn forgotten_lines(&self, now: Timestamp) -> Vec<String> {
        let sql = "SELECT printf('line %d at %s, not before %d, due at %d: %s', s.id, s.ready_at,
                          s.not_before, min(d.due_at), group_concat(d.id))
             FROM scopes s JOIN deliveries d ON d.scope_id = s.id AND d.state = 'pending'
             WHERE NOT EXISTS (SELECT 1 FROM deliveries e
                               WHERE e.scope_id = s.id AND e.state = 'sending')
             GROUP BY s.id
             HAVING s.ready_at IS NULL OR s.ready_at > max(s.not_before, min(d.due_at), ?1)";
        self.list(sql, &[now.as_ms()], |row| row.get(0).unwrap())
    }

    /// What SQLite itself finds wrong.
    pub fn damage(&self) -> Vec<String> {
        let mut found = self.list("PRAGMA integrity_check", &[], |row| row.get(0).unwrap());
        found.retain(|line: &String| line != "ok");
        found.extend(self.list("PRAGMA foreign_key_check", &[], |row| row.get(0).unwrap()));
        found
    }

    pub fn count_deliveries(&self) -> i64 {
        self.numbers("SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'deliveries'")
            .pop()
            .unwrap_or_default()
    }
}

fn instant(row: &Row, column: &str) -> Timestamp {
    Timestamp::from_ms(row.get(column).unwrap())
}

fn ids(row: &Row, column: &str) -> Vec<i64> {
    let joined: Option<String> = row.get(column).unwrap();
    let mut ids: Vec<i64> =
        joined.iter().flat_map(|joined| joined.split(',')).map(|id| id.parse().unwrap()).collect();
    ids.sort_unstable();
    ids
}
