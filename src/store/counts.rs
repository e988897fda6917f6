//! How many bookmarks people, folders and tags have. Triggers keep the lengths of their lanes;
//! here they are added up.

use rusqlite::{Connection, named_params};

use super::Tx;
use super::columns::Columns;
use crate::error::Result;
use crate::model::folder::Counts;
use crate::model::id::UserId;

/// The columns that [`from_columns`] reads, of all the lanes `c` of one.
pub(super) const SUMS: &str = "
    ifnull(sum(c.links) FILTER (WHERE c.shelf = 0), 0) AS count_all,
    ifnull(sum(c.links) FILTER (WHERE c.shelf = 0 AND c.marks & 1), 0) AS count_unread,
    ifnull(sum(c.links) FILTER (WHERE c.shelf = 0 AND c.marks & 2), 0) AS count_favourite,
    ifnull(sum(c.links) FILTER (WHERE c.shelf = 0 AND c.marks >= 16), 0) AS count_unreadable,
    ifnull(sum(c.links) FILTER (WHERE c.shelf = 1), 0) AS count_archived,
    ifnull(sum(c.links) FILTER (WHERE c.shelf = 2), 0) AS count_ashes";

/// Reads [`SUMS`].
pub(super) fn from_columns(row: &mut Columns) -> rusqlite::Result<Counts> {
    Ok(Counts {
        all: row.get("count_all")?,
        unread: row.get("count_unread")?,
        favourite: row.get("count_favourite")?,
        unreadable: row.get("count_unreadable")?,
        archived: row.get("count_archived")?,
        ashes: row.get("count_ashes")?,
    })
}

/// Those of a user.
pub(super) fn of_user(tx: &Tx, user_id: UserId) -> Result<Counts> {
    let mut stmt = tx.sql().prepare_cached(&format!(
        "SELECT {SUMS}
         FROM user_counts c
         WHERE c.user_id = :user_id"
    ))?;
    let values = named_params! { ":user_id": user_id };
    Ok(stmt.query_row(values, |row| from_columns(&mut Columns::of(row)))?)
}

/// What is counted, by what, and where that is kept.
const COUNTED: [(&str, &str, &str); 3] = [
    (
        "a person",
        "SELECT user_id, shelf, marks, count(*) FROM bookmarks GROUP BY 1, 2, 3",
        "user_counts",
    ),
    (
        "a folder",
        "SELECT folder_id, shelf, marks, count(*) FROM bookmarks
         WHERE folder_id IS NOT NULL GROUP BY 1, 2, 3",
        "folder_counts",
    ),
    (
        "a tag",
        "SELECT tag_id, shelf, marks, count(*) FROM bookmark_tags GROUP BY 1, 2, 3",
        "tag_counts",
    ),
];
/// What stands beside a tag otherwise than in its bookmark.
const STRAYED: &str = "SELECT count(*)
    FROM bookmark_tags bt
    JOIN bookmarks b ON b.id = bt.bookmark_id
    WHERE (bt.folder_id, bt.shelf, bt.marks, bt.saved_at)
        IS NOT (b.folder_id, b.shelf, b.marks, b.saved_at)";

/// Counts everything again and says where that is not what was kept.
pub(super) fn check(sql: &Connection) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for (whose, again, kept) in COUNTED {
        let wrong: i64 = sql.query_row(
            &format!(
                "WITH again AS ({again}), kept AS (SELECT * FROM {kept} WHERE links <> 0)
                 SELECT (SELECT count(*) FROM (SELECT * FROM again EXCEPT SELECT * FROM kept))
                      + (SELECT count(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM again))"
            ),
            [],
            |row| row.get(0),
        )?;
        if wrong > 0 {
            problems.push(format!("the links of {whose} are counted wrong ({wrong} differences)"));
        }
    }
    let strayed: i64 = sql.query_row(STRAYED, [], |row| row.get(0))?;
    if strayed > 0 {
        problems.push(format!("{strayed} tags do not know where their links stand"));
    }
    Ok(problems)
}

#[cfg(test)]
mod tests;
