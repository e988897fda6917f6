//! The schema, step by step. A step is never edited once it was released.

use std::path::Path;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use super::backup;
use crate::error::{Error, Result};

const STEPS: &[M<'static>] = &[
    M::up(include_str!("schema/001_start.sql")),
    M::up(include_str!("schema/002_pages.sql")),
    M::up(include_str!("schema/003_outbox.sql")),
    M::up(include_str!("schema/004_reminders.sql")),
    M::up(include_str!("schema/005_burning.sql")),
    M::up(include_str!("schema/006_acts.sql")),
    M::up(include_str!("schema/007_lean_outbox.sql")),
    M::up(include_str!("schema/008_destinations.sql")),
    M::up(include_str!("schema/009_reminder_times.sql")),
    M::up(include_str!("schema/010_strikes.sql")),
    M::up(include_str!("schema/011_feeds.sql")),
    M::up(include_str!("schema/012_tags.sql")),
    M::up(include_str!("schema/013_imports.sql")),
    M::up(include_str!("schema/014_keys.sql")),
    M::up(include_str!("schema/015_rules.sql")),
    M::up(include_str!("schema/016_search.sql")),
    M::up(include_str!("schema/017_hooks.sql")),
    M::up(include_str!("schema/018_answers.sql")),
    M::up(include_str!("schema/019_lists.sql")),
    M::up(include_str!("schema/020_outbox_again.sql")),
    M::up(include_str!("schema/021_upkeep.sql")),
    M::up(include_str!("schema/022_imports_by_folder.sql")),
    M::up(include_str!("schema/023_undo.sql")),
    M::up(include_str!("schema/024_tag_reminders.sql")),
    M::up(include_str!("schema/025_tag_rows.sql")),
    M::up(include_str!("schema/026_search_blocks.sql")),
];
const MIGRATIONS: Migrations<'static> = Migrations::from_slice(STEPS);

/// Brings the schema up to date; before an existing one is changed, a copy of the file is kept
/// beside it.
///
/// # Errors
/// When the database was made by a newer program, or a step fails; then nothing was changed.
pub(super) fn run(sql: &mut Connection, path: &Path) -> Result<()> {
    let found = schema_version(sql)?;
    if found > STEPS.len() {
        return Err(Error::internal(format!(
            "it was written by a newer Toaster (schema {found}, this program knows {}); \
             run that version or newer, or restore a backup",
            STEPS.len()
        )));
    }
    if (1..STEPS.len()).contains(&found) {
        let kept = path.with_extension(format!("before-schema-{}.db", STEPS.len()));
        // One that an upgrade cut short has left is no newer than what is copied now.
        let _ = std::fs::remove_file(&kept);
        backup::to_file(sql, &kept)?;
    }
    to_latest(sql)
}

/// Takes the steps that are missing. A step may make a table anew, and to drop the old one would
/// take with it what refers to it, so references are looked at when all is done.
fn to_latest(sql: &mut Connection) -> Result<()> {
    sql.pragma_update(None, "foreign_keys", false)?;
    let result = MIGRATIONS.to_latest(sql).map_err(Error::internal);
    sql.pragma_update(None, "foreign_keys", true)?;
    result
}

/// The number of steps that a database has been through.
pub(super) fn schema_version(sql: &Connection) -> Result<usize> {
    let version: i64 =
        sql.query_row("SELECT user_version FROM pragma_user_version", [], |row| row.get(0))?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

/// The newest schema that this program knows.
pub(super) const fn newest() -> usize {
    STEPS.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_are_sound_and_every_table_is_strict() {
        MIGRATIONS.validate().unwrap();
        let mut sql = Connection::open_in_memory().unwrap();
        run(&mut sql, Path::new(":memory:")).unwrap();
        let loose: Vec<String> = sql
            .prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(|name| name.unwrap())
            .collect();
        assert!(loose.is_empty(), "{loose:?}");
    }

    #[test]
    fn pages_of_the_first_schema_are_read_again_where_something_is_missing() {
        let mut sql = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut sql, 1).unwrap();
        sql.execute_batch(
            "INSERT INTO users VALUES (1, 'mina', '', 1, 'UTC', 0);
             INSERT INTO bookmarks (id, user_id, url, canonical_url, own_title, own_description,
                 note, saved_at, updated_at, page_state, page_reason, image_url)
             VALUES (1, 1, 'https://a.example/x?y=z://', '1', '', '', '', 0, 7, 'ready', '', NULL),
                    (2, 1, 'http://b.example:81/', '2', '', '', '', 0, 7, 'failed', 'it broke', NULL),
                    (3, 1, 'http://[::1]/', '3', '', '', '', 0, 7, 'ready', '', 'http://c.example/')",
        )
        .unwrap();
        to_latest(&mut sql).unwrap();
        let mut stmt = sql
            .prepare("SELECT page_host, page_state, page_due_at, page_reason FROM bookmarks")
            .unwrap();
        let rows: Vec<(String, String, Option<i64>, Option<String>)> = stmt
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .unwrap()
            .map(|row| row.unwrap())
            .collect();
        let expected = [
            ("a.example", "ready", None),
            ("b.example", "pending", Some(7)),
            ("[::1]", "ready", Some(7)),
        ];
        let expected =
            expected.map(|(host, state, due_at)| (host.into(), state.into(), due_at, None));
        assert_eq!(rows, expected);
    }

    #[test]
    fn what_waits_in_an_older_outbox_is_put_into_the_lines_of_its_services() {
        let mut sql = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut sql, 2).unwrap();
        sql.execute_batch(
            r#"INSERT INTO users VALUES (1, 'mina', '', 1, 'UTC', 0, 'en');
             INSERT INTO destinations (id, user_id, kind, name, address, paused_reason, created_at)
             VALUES (1, 1, 'ntfy', 'A', '{"kind":"ntfy","server":"https://n.example/","topic":"a","token":null}', NULL, 0),
                    (2, 1, 'ntfy', 'B', '{"kind":"ntfy","server":"https://n.example/","topic":"b","token":null}', NULL, 0),
                    (3, 1, 'webhook', 'C', '{"kind":"webhook","url":"https://h.example/c","secret":"s"}', 'broken', 0);
             INSERT INTO deliveries (key, user_id, destination_id, destination_name, is_test, about,
                                     minute_at, state, due_at, deadline_at, created_at)
             VALUES ('a', 1, 1, 'A', 0, '', 0, 'pending', 7, 99, 0),
                    ('b', 1, 2, 'B', 0, '', 0, 'pending', 5, 99, 0),
                    ('c', 1, 3, 'C', 0, '', 0, 'pending', 5, 99, 0)"#,
        )
        .unwrap();
        to_latest(&mut sql).unwrap();
        let mut stmt = sql.prepare("SELECT name, ready_at FROM scopes ORDER BY name").unwrap();
        let rows: Vec<(String, Option<i64>)> = stmt
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .map(|row| row.unwrap())
            .collect();
        let expected = [("ntfy https://n.example/", 5), ("webhook https://h.example/c", 99)];
        assert_eq!(rows, expected.map(|(name, at)| (name.to_owned(), Some(at))));
    }

    #[test]
    fn an_outbox_that_is_made_anew_loses_nothing_and_goes_on_counting() {
        let mut sql = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut sql, 19).unwrap();
        sql.execute_batch(
            "INSERT INTO users (id, name, password_hash, is_admin, zone, created_at)
             VALUES (1, 'mina', '', 1, 'UTC', 0);
             INSERT INTO deliveries (id, key, user_id, destination_name, is_test, about, minute_at,
                                     state, due_at, deadline_at, created_at, ended_at)
             VALUES (3, 'a', 1, 'A', 0, '', 0, 'sending', 5, 9, 0, NULL),
                    (4, 'b', 1, 'B', 0, '', 0, 'dead', NULL, 9, 0, 7),
                    (8, 'c', 1, 'C', 0, '', 0, 'dead', NULL, 9, 0, 7);
             DELETE FROM deliveries WHERE id = 8;
             INSERT INTO attempts (delivery_id, number, started_at) VALUES (3, 1, 0), (4, 1, 0);",
        )
        .unwrap();
        to_latest(&mut sql).unwrap();
        let count = |query| sql.query_row(query, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(
            count("SELECT count(*) FROM attempts JOIN deliveries d ON d.id = delivery_id"),
            2
        );
        assert_eq!(count("SELECT seq FROM sqlite_sequence WHERE name = 'deliveries'"), 8);
        assert_eq!(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
        let set = |state, ended_at: Option<i64>| {
            let values = rusqlite::params![state, ended_at, ended_at.xor(Some(5))];
            sql.execute("UPDATE deliveries SET state = ?1, ended_at = ?2, due_at = ?3", values)
        };
        for (state, ended_at, fits) in [
            ("pending", None, true),
            ("dead", Some(5), true),
            ("dead", None, false),
            ("odd", Some(5), false),
        ] {
            assert_eq!(set(state, ended_at).is_ok(), fits, "{state} {ended_at:?}");
        }
        sql.execute("DELETE FROM deliveries", []).unwrap();
        assert_eq!(count("SELECT count(*) FROM attempts"), 0, "they go with what they belong to");
    }

    #[test]
    fn reminders_that_are_made_anew_stay_what_they_are() {
        let mut sql = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut sql, 23).unwrap();
        sql.execute_batch(
            "INSERT INTO users (id, name, password_hash, is_admin, zone, created_at)
             VALUES (1, 'mina', '', 1, 'UTC', 0);
             INSERT INTO folders VALUES (2, 1, NULL, 'Recipes', 1, 0, NULL);
             INSERT INTO reminders (id, user_id, name, target, folder_id, days, on_date, at_time,
                 zone, pick_order, pick_count, enabled, every_destination, next_slot, next_due_at,
                 snoozed_until, created_at, updated_at, when_empty, set_at)
             VALUES (3, 1, 'a', 'folder', 2, 127, NULL, '21:30', 'UTC', 'oldest', 5, 1, 0,
                     '2026-03-08T21:30', 9, 7, 1, 2, 'send', 4),
                    (8, 1, 'b', 'all', NULL, NULL, '2026-03-08', '21:30', 'UTC', 'random', 1, 0, 1,
                     NULL, NULL, NULL, 1, 2, 'skip', 4);
             DELETE FROM reminders WHERE id = 8;
             INSERT INTO firings (id, reminder_id, slot, due_at, fired_at, missed, skipped)
             VALUES (1, 3, 's', 0, 0, 0, 0);",
        )
        .unwrap();
        to_latest(&mut sql).unwrap();
        let text = |query| sql.query_row(query, [], |row| row.get::<_, String>(0)).unwrap();
        let all = "SELECT group_concat(id || name || folder_id || days || next_slot || due_at
                       || when_empty || set_at) FROM reminders";
        assert_eq!(text(all), "3a21272026-03-08T21:307send4");
        assert_eq!(text("SELECT seq || '' FROM sqlite_sequence WHERE name = 'reminders'"), "8");
        assert_eq!(text("SELECT count(*) || '' FROM pragma_foreign_key_check"), "0");
        let two = "UPDATE reminders SET bookmark_id = 1";
        assert!(sql.execute(two, []).unwrap_err().to_string().contains("CHECK"), "about one thing");
        sql.execute("DELETE FROM folders", []).unwrap();
        assert_eq!(text("SELECT count(*) || '' FROM firings"), "0");
    }

    #[test]
    fn older_tokens_manage_nothing_and_older_sessions_go_on() {
        let mut sql = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_version(&mut sql, 12).unwrap();
        sql.execute_batch(
            "INSERT INTO users (id, name, password_hash, is_admin, zone, created_at)
             VALUES (1, 'mina', '', 1, 'UTC', 0);
             INSERT INTO tokens (user_id, name, key_hash, created_at) VALUES (1, 'old', x'01', 0);
             INSERT INTO sessions (key_hash, user_id, created_at, expires_at) VALUES (x'02', 1, 5, 9)",
        )
        .unwrap();
        to_latest(&mut sql).unwrap();
        let text = |query| sql.query_row(query, [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(text("SELECT scope || ifnull(folder_id, '') FROM tokens"), "write");
        assert_eq!(
            text("SELECT hex(key_hash) || created_at || last_seen_at || expires_at FROM sessions"),
            "02559"
        );
    }

    #[test]
    fn a_newer_database_is_refused_and_left_alone() {
        let mut sql = Connection::open_in_memory().unwrap();
        sql.pragma_update(None, "user_version", 999).unwrap();
        let why = run(&mut sql, Path::new(":memory:")).unwrap_err().to_string();
        assert!(why.contains("newer Toaster"), "{why}");
        assert_eq!(schema_version(&sql).unwrap(), 999);
    }
}
