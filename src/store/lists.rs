//! Lists of bookmarks by what they are, and how many there are.

use rusqlite::named_params;

use super::Tx;
use super::bookmarks::{COLUMNS, SUBTREE, find_all, from_row};
use super::query::Where;
use crate::error::Result;
use crate::model::bookmark::Bookmark;
use crate::model::folder::Counts;
use crate::model::id::{BookmarkId, FolderId, UserId};
use crate::model::page::PageState;
use crate::model::reminder::{Pick, PickOrder, Target};
use crate::model::tag::TagName;
use crate::model::time::Timestamp;

/// Where bookmarks stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Stage {
    /// In the list: neither put away nor burnt.
    #[default]
    Whole,
    /// In the list, but it was announced when they will burn.
    Announced,
    /// Put away.
    Archived,
    /// Burnt.
    Ash,
    /// Anywhere.
    Any,
}

/// Which bookmarks to list; newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words to look for, as they were typed.
    pub words: Option<String>,
    /// Only in that folder or those inside it.
    pub folder_id: Option<FolderId>,
    /// Only those with that tag.
    pub tag: Option<TagName>,
    /// Only unread ones, or only read ones.
    pub unread: Option<bool>,
    /// Only favourites, or only others.
    pub favourite: Option<bool>,
    /// Only those whose page stands in one of these; where there are none, any.
    pub states: Vec<PageState>,
    /// Only those that stand there.
    pub stage: Stage,
    /// Only those after this one, as [`Cursor::of`] made it.
    pub after: Option<Cursor>,
}

/// A place in a list: what comes after that bookmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When it was saved.
    pub saved_at: Timestamp,
    /// Its id.
    pub id: BookmarkId,
}

impl Filter {
    /// The clauses about a bookmark itself.
    pub(super) fn rows(&self) -> Where<'_> {
        let mut rows = Where::default();
        match self.stage {
            Stage::Whole => rows.and("shelf = 0"),
            Stage::Announced => rows.and("shelf = 0").and("burns_at IS NOT NULL"),
            Stage::Archived => rows.and("shelf = 1"),
            Stage::Ash => rows.and("shelf = 2"),
            Stage::Any => rows.and("shelf IN (0, 1, 2)"),
        };
        if let Some(tag) = &self.tag {
            rows.and(
                "id IN (SELECT bt.bookmark_id
                        FROM tags t JOIN bookmark_tags bt ON bt.tag_id = t.id
                        WHERE t.user_id = :user_id AND t.key = :tag)",
            );
            rows.bind(":tag", tag.key());
        }
        match self.favourite {
            Some(true) => drop(rows.and("favourite = 1")),
            Some(false) => drop(rows.and("favourite = 0")),
            None => {}
        }
        match self.unread {
            Some(true) => drop(rows.and("read_at IS NULL")),
            Some(false) => drop(rows.and("read_at IS NOT NULL")),
            None => {}
        }
        // Said by what they are not: that a page is not ready is what an index is made for.
        for (state, other) in [
            (PageState::Pending, "page_state <> 'pending'"),
            (PageState::Ready, "page_state <> 'ready'"),
            (PageState::Failed, "page_state <> 'failed'"),
            (PageState::Refused, "page_state <> 'refused'"),
        ] {
            if !self.states.is_empty() && !self.states.contains(&state) {
                rows.and(other);
            }
        }
        if let Some(after) = &self.after {
            rows.and("(saved_at, id) < (:saved_at, :id)");
            rows.bind(":saved_at", &after.saved_at).bind(":id", &after.id);
        }
        rows
    }
}

impl Cursor {
    /// The place right after a bookmark.
    pub fn of(bookmark: &Bookmark) -> Self {
        Self { saved_at: bookmark.saved_at, id: bookmark.id }
    }
}

/// Up to `limit` bookmarks of a user, wherever they are filed.
pub(super) fn list_all(
    tx: &Tx,
    user_id: UserId,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Bookmark>> {
    let limit = limit as i64;
    let mut rows = filter.rows();
    rows.and("user_id = :user_id").bind(":user_id", &user_id).bind(":limit", &limit);
    query(tx, &list_all_sql(filter, &rows), &rows)
}

fn list_all_sql(filter: &Filter, rows: &Where) -> String {
    let any_state = filter.states.is_empty() || filter.states.contains(&PageState::Ready);
    // Few are announced or not ready, which SQLite does not know.
    let index = match filter.stage {
        Stage::Announced => "INDEXED BY bookmarks_announced",
        Stage::Whole if !any_state => "INDEXED BY bookmarks_not_ready",
        _ => "",
    };
    format!(
        "SELECT {COLUMNS}
         FROM bookmarks b {index}
         WHERE {}
         ORDER BY saved_at DESC, id DESC
         LIMIT :limit",
        rows.sql()
    )
}

// In the next queries a plus before a column keeps SQLite from walking down all of a person's
// bookmarks by the index on it, in the hope of meeting those that are asked for soon.

/// Takes the newest of each folder and then the newest of those. Walking
/// down the whole list would pass by every bookmark when the folder is small or old.
pub(super) fn list_in_folder(
    tx: &Tx,
    user_id: UserId,
    folder_id: FolderId,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Bookmark>> {
    let limit = limit as i64;
    let mut rows = filter.rows();
    rows.and("folder_id = s.id").bind(":folder_id", &folder_id);
    rows.bind(":user_id", &user_id).bind(":limit", &limit);
    let sql = format!(
        "{SUBTREE}
         SELECT {COLUMNS}
         FROM subtree s
         CROSS JOIN bookmarks b
         WHERE +b.user_id = :user_id
           AND b.id IN (
               SELECT id
               FROM bookmarks
               WHERE {}
               ORDER BY saved_at DESC, id DESC
               LIMIT :limit)
         ORDER BY b.saved_at DESC, b.id DESC
         LIMIT :limit",
        rows.sql()
    );
    query(tx, &sql, &rows)
}

/// The bookmarks that a query finds.
pub(super) fn query(tx: &Tx, sql: &str, rows: &Where) -> Result<Vec<Bookmark>> {
    let mut stmt = tx.sql().prepare_cached(sql)?;
    let found = stmt.query_map(rows.parameters(), from_row)?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// How many bookmarks of a user are in the list, and how many of those are unread.
pub fn count(tx: &Tx, user_id: UserId) -> Result<Counts> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT (SELECT count(*) FROM bookmarks WHERE user_id = :user_id AND shelf = 0)
                    AS count_all,
                (SELECT count(*) FROM bookmarks
                 WHERE user_id = :user_id AND shelf = 0 AND read_at IS NULL)
                    AS count_unread",
    )?;
    Ok(stmt.query_row(named_params! { ":user_id": user_id }, |row| {
        Ok(Counts { all: row.get("count_all")?, unread: row.get("count_unread")? })
    })?)
}

/// The unread bookmarks that a reminder is about, as it wants them picked, and how many there
/// are in all.
pub fn waiting(
    tx: &Tx,
    user_id: UserId,
    target: Target,
    pick: Pick,
) -> Result<(Vec<Bookmark>, usize)> {
    let (with, mut rows) = about(&user_id, &target);
    let count = format!("{with} SELECT count(*) FROM bookmarks WHERE {}", rows.sql());
    let waiting: i64 =
        tx.sql().prepare_cached(&count)?.query_row(rows.parameters(), |row| row.get(0))?;
    let order = match pick.order {
        PickOrder::Oldest => "saved_at, id",
        PickOrder::Newest => "saved_at DESC, id DESC",
        PickOrder::Random => "random()",
    };
    rows.bind(":limit", &pick.count);
    // Picked by an index alone; only what was picked is read whole.
    let mut stmt = tx.sql().prepare_cached(&format!(
        "{with}
         SELECT id
         FROM bookmarks
         WHERE {}
         ORDER BY {order}
         LIMIT :limit",
        rows.sql()
    ))?;
    let ids = stmt.query_map(rows.parameters(), |row| row.get(0))?;
    let ids: Vec<BookmarkId> = ids.collect::<rusqlite::Result<_>>()?;
    Ok((find_all(tx, &ids)?, waiting as usize))
}

/// Whether a reminder has any unread bookmark to tell of.
pub fn is_any_waiting(tx: &Tx, user_id: UserId, target: Target) -> Result<bool> {
    let (with, rows) = about(&user_id, &target);
    let mut stmt = tx.sql().prepare_cached(&format!(
        "{with} SELECT EXISTS (SELECT 1 FROM bookmarks WHERE {})",
        rows.sql()
    ))?;
    Ok(stmt.query_row(rows.parameters(), |row| row.get(0))?)
}

/// The clauses for the unread bookmarks of a target, with what goes before the query. Each
/// can be answered from an index alone, since a push may be about very many.
fn about<'a>(user_id: &'a UserId, target: &'a Target) -> (&'static str, Where<'a>) {
    let mut rows = Where::default();
    rows.and("read_at IS NULL").and("shelf = 0").bind(":user_id", user_id);
    match target {
        Target::All => {
            rows.and("user_id = :user_id");
            ("", rows)
        }
        Target::Folder(id) => {
            // Whose the folder is says whose the bookmarks in it are.
            rows.and("folder_id IN subtree");
            rows.and("(SELECT user_id FROM folders WHERE id = :folder_id) = :user_id");
            rows.bind(":folder_id", id);
            (SUBTREE, rows)
        }
        Target::Bookmark(id) => {
            rows.and("user_id = :user_id").and("id = :id").bind(":id", id);
            ("", rows)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::Memory;

    #[test]
    fn each_list_is_read_from_an_index_that_holds_little_else() {
        let check = |filter: Filter, index: &str| {
            let mut rows = filter.rows();
            rows.and("user_id = :user_id");
            let sql = format!("EXPLAIN QUERY PLAN {}", list_all_sql(&filter, &rows));
            let plan = |tx: &Tx| {
                let mut stmt = tx.sql().prepare(&sql)?;
                let values = named_params! { ":user_id": 1, ":limit": 9 };
                let lines = stmt.query_map(values, |row| row.get::<_, String>("detail"))?;
                Ok(lines.collect::<rusqlite::Result<Vec<_>>>()?.join("\n"))
            };
            let plan = Memory::open().read(plan).unwrap();
            let expected = format!("SEARCH b USING INDEX {index} (user_id=?");
            assert!(plan.starts_with(&expected), "{filter:?} {plan}");
            let sorts = plan.contains("TEMP B-TREE");
            assert_eq!(sorts, filter.stage == Stage::Announced, "few are: {plan}");
        };
        let of = |states: &[PageState]| Filter { states: states.to_vec(), ..Filter::default() };
        check(of(&[PageState::Failed]), "bookmarks_not_ready");
        check(of(&[PageState::Failed, PageState::Refused]), "bookmarks_not_ready");
        check(of(&[PageState::Ready]), "bookmarks_by_saved");
        check(of(&[]), "bookmarks_by_saved");
        for (unread, index) in [(true, "bookmarks_unread"), (false, "bookmarks_read")] {
            check(Filter { unread: Some(unread), ..Filter::default() }, index);
        }
        let at = |stage, filter| Filter { stage, ..filter };
        check(at(Stage::Ash, of(&[])), "bookmarks_by_saved");
        check(at(Stage::Archived, of(&[])), "bookmarks_by_saved");
        check(Filter { favourite: Some(true), ..Filter::default() }, "bookmarks_favourite");
        check(at(Stage::Announced, of(&[])), "bookmarks_announced");
    }
}
