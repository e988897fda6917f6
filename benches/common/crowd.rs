//! A great many people with reminders, put into the database by plain SQL: saving them one by
//! one would take longer than what is to be measured.

use std::fs::File;
use std::path::Path;

use rusqlite::{Connection, named_params};
use toaster::model::time::Timestamp;

/// People who all live in Seoul, with one destination and three unread links each.
pub struct Crowd {
    /// How many there are.
    pub people: usize,
    /// How many reminders each has. The first two are due at `first_due` and `second_due`,
    /// the others at any time in the year that follows.
    pub reminders_each: usize,
    /// When those of the first `first_people` are due, each with one reminder.
    pub first_due: &'static str,
    /// How many people those are.
    pub first_people: usize,
    /// When one reminder of everybody is due.
    pub second_due: &'static str,
}

impl Crowd {
    /// Fills a database whose schema is in place and which nobody is writing to.
    pub fn fill(&self, path: &Path) {
        let sql = Connection::open(path).expect("the database opens");
        sql.execute_batch(
            "PRAGMA synchronous = OFF;
             PRAGMA foreign_keys = OFF;
             PRAGMA cache_size = -200000;
             BEGIN",
        )
        .expect("settings are taken");
        for statement in [PEOPLE, SCOPES, DESTINATIONS, LINKS] {
            sql.execute(statement, named_params! { ":people": self.people as i64 })
                .expect("the rows are sound");
        }
        let ms = |at: &str| at.parse::<Timestamp>().expect("it is an instant").as_ms();
        sql.execute(
            REMINDERS,
            named_params! {
                ":reminders": (self.people * self.reminders_each) as i64,
                ":people": self.people as i64,
                ":first_people": self.first_people as i64,
                ":first_due": ms(self.first_due),
                ":second_due": ms(self.second_due),
            },
        )
        .expect("the rows are sound");
        sql.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)").expect("the disk has room");
        // Or the first to commit would wait for all of this.
        File::open(path).and_then(|file| file.sync_all()).expect("the disk has room");
    }
}

const PEOPLE: &str = "
    WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :people)
    INSERT INTO users (id, name, password_hash, is_admin, zone, created_at)
    SELECT n, 'person' || n, 'hash', 0, 'Asia/Seoul', 0 FROM n";

const SCOPES: &str = "
    INSERT INTO scopes (id, name)
    SELECT id, 'webhook https://hooks.example.com/' || id
    FROM users WHERE id <= :people";

const DESTINATIONS: &str = r#"
    INSERT INTO destinations (user_id, kind, name, address, scope_id, created_at)
    SELECT id, 'webhook', 'hook',
           '{"kind":"webhook","url":"https://hooks.example.com/' || id || '","secret":"whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"}',
           id, 0
    FROM users WHERE id <= :people"#;

const LINKS: &str = "
    WITH k (k) AS (VALUES (0), (1), (2))
    INSERT INTO bookmarks (user_id, url, canonical_url, own_title, own_description, note,
                           saved_at, updated_at, page_state, page_reason)
    SELECT id, 'https://example.com/' || k, 'https://example.com/' || k, 'Toast number ' || k,
           '', '', k, 0, 'ready', NULL
    FROM users, k WHERE id <= :people";

/// The local time of a slot is nine hours ahead, in Seoul as in all of the year's reminders.
const REMINDERS: &str = "
    WITH RECURSIVE
    n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < :reminders - 1),
    due (user_id, at) AS (
        SELECT n % :people + 1,
               CASE
                   WHEN n < :first_people THEN :first_due
                   WHEN n / :people = 1 THEN :second_due
                   ELSE :second_due + 86400000 + (n * 7919 % 525600) * 60000
               END
        FROM n
    ),
    slot (user_id, at, local) AS (
        SELECT user_id, at, strftime('%Y-%m-%dT%H:%M', at / 1000 + 32400, 'unixepoch') FROM due
    )
    INSERT INTO reminders (user_id, name, days, at_time, zone, pick_order, pick_count,
                           when_empty, enabled, every_destination, next_slot, next_due_at,
                           created_at, updated_at, set_at)
    SELECT user_id, '', 127, substr(local, 12), 'Asia/Seoul', 'oldest', 5, 'skip', 1, 1, local, at,
           0, 0, 0
    FROM slot";
