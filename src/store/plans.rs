//! Looks at how SQLite means to answer each statement that a test runs, and ends the test when
//! one would walk through a whole table or sort what an index could keep in order. So no query
//! can be forgotten, and a new one is looked at by its own test.

use std::cell::RefCell;
use std::collections::HashSet;

use rusqlite::Connection;
use rusqlite::trace::{TraceEvent, TraceEventCodes};

/// What tests write into statements of their own, which may do as they like.
pub const ANY_PLAN: &str = "/* of a test */";

/// What may be walked through whole: no tables of ours, tables of a row or two, and indexes that
/// hold nothing but what is to be worked on.
const SMALL: &[&str] = &[
    "CONSTANT",
    "json_each",
    "sqlite_schema",
    "sqlite_master",
    "pragma_user_version",
    "pragma_table_info",
    "act_key",
    "search_version",
    "deliveries_in_line",
    "deliveries_under_way",
    "deliveries_dead",
    "search_docs_unfolded",
    "search_docs_fresh",
];

/// What each person has but few of, so that sorting them costs nothing.
const FEW: &[&str] = &[
    "sessions",
    "tokens",
    "searches",
    "rules",
    "folders",
    "folder_counts",
    "reminders",
    "reminder_destinations",
    "destinations",
    "search_segments",
    "users",
];

/// Statements that may do what others may not, by a part of their text, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("FROM users ORDER BY name", "it is for an admin, who asked for all of them"),
    ("FROM tokens t JOIN users u", "it is for an admin, who asked for all of them"),
    ("SELECT EXISTS (SELECT 1 FROM users)", "it stops at the first"),
    ("AS dead_letters", "it is for an admin, and counts along indexes"),
    ("FROM deliveries WHERE state = :value", "nobody but tests asks for it"),
    ("FROM delivery_firings l", "a push tells of few reminders"),
    ("AND place_key = :key", "few links lead to one place"),
    ("WITH again AS (", "a check of everything counts everything"),
    ("IS NOT (b.folder_id", "a check of everything looks at everything"),
    ("DELETE FROM search_", "the index is thrown away when its form has changed"),
    ("SET segment_id = NULL, revision", "the index is thrown away when its form has changed"),
];

#[derive(Default)]
struct Statements {
    looked_at: HashSet<String>,
    new: Vec<String>,
}

thread_local! {
    static STATEMENTS: RefCell<Statements> = RefCell::default();
}

/// Has the statements of a connection looked at.
pub(super) fn watch(sql: &Connection) {
    sql.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note));
}

fn note(event: TraceEvent<'_>) {
    let TraceEvent::Stmt(stmt, _) = event else { return };
    let text = stmt.sql();
    let is_query = ["SELECT", "WITH", "INSERT", "UPDATE", "DELETE"]
        .iter()
        .any(|verb| text.trim_start().starts_with(verb));
    STATEMENTS.with_borrow_mut(|statements| {
        if is_query && !statements.looked_at.contains(&*text) {
            statements.looked_at.insert(text.to_string());
            statements.new.push(text.into_owned());
        }
    });
}

/// Looks at the statements that this thread has run for the first time.
///
/// # Panics
/// When one of them is not planned as it should be.
pub(super) fn look(sql: &Connection) {
    if std::thread::panicking() {
        return;
    }
    let new = STATEMENTS.with_borrow_mut(|statements| std::mem::take(&mut statements.new));
    for text in new {
        let flaws = flaws(sql, &text);
        assert!(
            flaws.is_empty(),
            "{flaws:?} in the plan for\n{text}\n\
             Give it an index, ask for less, or say in store/plans.rs why it may be so."
        );
    }
}

/// What is wrong with the plan for a statement.
fn flaws(sql: &Connection, text: &str) -> Vec<String> {
    let in_a_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let is_excepted = |part: &str| in_a_line.contains(part);
    if is_excepted(ANY_PLAN) || EXCEPTIONS.iter().any(|(part, _)| is_excepted(part)) {
        return Vec::new();
    }
    // What a test runs against a table that has gone since is its own affair.
    let Ok(plan) = plan(sql, text) else { return Vec::new() };
    let mut flaws: Vec<String> = plan
        .iter()
        .filter(|line| walks(sql, text, line) || sorts(sql, text, &plan, line))
        .cloned()
        .collect();
    // All but the first so many rows are no page of a list.
    if text.contains("OFFSET") && !text.contains("LIMIT -1 OFFSET") {
        flaws.push("OFFSET".into());
    }
    flaws
}

fn plan(sql: &Connection, text: &str) -> rusqlite::Result<Vec<String>> {
    let mut stmt = sql.prepare(&format!("EXPLAIN QUERY PLAN {text}"))?;
    let lines: rusqlite::Result<Vec<String>> =
        stmt.raw_query().mapped(|row| row.get("detail")).collect();
    lines
}

/// Whether a line of a plan says that a table, or an index of all that is in it, is walked
/// through from end to end.
fn walks(sql: &Connection, text: &str, line: &str) -> bool {
    if line.contains("AUTOMATIC") {
        return true;
    }
    let Some(scanned) = line.strip_prefix("SCAN ") else { return false };
    let mut words = scanned.split(' ');
    let table = words.next().and_then(|name| table(sql, text, name));
    // What a statement calls by a name of its own has the rows that its parts found.
    table.is_some_and(|table| !SMALL.contains(&&*table) && !words.any(|word| SMALL.contains(&word)))
}

/// Whether a line says that rows are put in order which may be many.
fn sorts(sql: &Connection, text: &str, plan: &[String], line: &str) -> bool {
    let is_many = |line: &String| {
        let name = ["SEARCH ", "SCAN "].iter().find_map(|verb| line.strip_prefix(verb));
        let name = name.and_then(|rest| rest.split(' ').next());
        name.and_then(|name| table(sql, text, name)).is_some_and(|table| !FEW.contains(&&*table))
    };
    line.starts_with("USE TEMP B-TREE") && plan.iter().any(is_many)
}

/// The table that is called `name` in a statement, by its own name or another.
fn table(sql: &Connection, text: &str, name: &str) -> Option<String> {
    let mut stmt =
        sql.prepare_cached("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables: Vec<String> =
        stmt.query_map([], |row| row.get(0)).unwrap().map(|name| name.unwrap()).collect();
    let is_called = |table: &String| {
        table == name
            || [format!("{table} {name}"), format!("{table} AS {name}")]
                .iter()
                .any(|called| text.contains(&**called))
    };
    tables.into_iter().find(is_called)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Memory;

    #[test]
    fn what_would_walk_or_sort_is_refused() {
        let db = Memory::open();
        let check = |text: &str, expected: &[&str]| {
            let found = db.read(|tx| Ok(flaws(tx.sql(), text))).unwrap();
            assert_eq!(found, expected, "{text}");
        };
        check("SELECT id FROM bookmarks WHERE user_id = 1 AND canonical_url = 'x'", &[]);
        check("SELECT r.id FROM reminders r WHERE r.user_id = 1 ORDER BY r.name", &[]);
        check("SELECT note FROM bookmarks WHERE note = 'x'", &["SCAN bookmarks"]);
        check("SELECT b.note FROM bookmarks b WHERE b.note = 'x'", &["SCAN b"]);
        check("SELECT b.note FROM bookmarks AS b WHERE b.note = 'x'", &["SCAN b"]);
        check("DELETE FROM deliveries WHERE about = 'x'", &["SCAN deliveries"]);
        check(
            "SELECT count(*) FROM firings",
            &["SCAN firings USING COVERING INDEX firings_by_time"],
        );
        check(
            "SELECT id FROM deliveries WHERE user_id = 1 ORDER BY about",
            &["USE TEMP B-TREE FOR ORDER BY"],
        );
        check(
            "SELECT 1 FROM users u CROSS JOIN bookmarks b ON b.note = u.name WHERE u.id = 1",
            &["SCAN b"],
        );
        check(
            "SELECT b.id FROM folders f JOIN bookmarks b ON b.note = f.title WHERE f.user_id > 1",
            &["SEARCH b USING AUTOMATIC COVERING INDEX (note=?)"],
        );
        check(
            "SELECT DISTINCT note FROM bookmarks WHERE user_id = 1",
            &["USE TEMP B-TREE FOR DISTINCT"],
        );
        check(
            "SELECT note, count(*) FROM bookmarks WHERE user_id = 1 GROUP BY note",
            &["USE TEMP B-TREE FOR GROUP BY"],
        );
        check(
            "SELECT id FROM bookmarks WHERE user_id = 1 AND shelf = 0 AND marks = 1
             ORDER BY saved_at LIMIT 3 OFFSET 2",
            &["OFFSET"],
        );
        check(&format!("SELECT note FROM bookmarks {ANY_PLAN}"), &[]);
    }

    #[test]
    fn every_statement_of_a_test_is_looked_at() {
        let walk = |tx: &crate::store::Tx| {
            let note = "SELECT count(*) FROM bookmarks WHERE note = 'x'";
            Ok(tx.sql().query_row(note, [], |row| row.get::<_, i64>(0))?)
        };
        let walked = std::panic::catch_unwind(|| Memory::open().read(walk));
        let why = walked.unwrap_err().downcast::<String>().unwrap();
        assert!(why.contains("SCAN bookmarks"), "{why}");
    }
}
