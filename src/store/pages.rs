//! What bookmarks keep of their pages, and the queue of pages to read.

use rusqlite::{OptionalExtension, named_params};

use super::{Tx, WriteTx};
use crate::error::{Error, Result};
use crate::model::id::BookmarkId;
use crate::model::language::Language;
use crate::model::page::{PageCard, PageState};
use crate::model::reason::Reason;
use crate::model::time::Timestamp;

/// Answered from the index `bookmarks_to_fetch` alone: very many links of one host may be due
/// before the first of another.
const FIND_DUE: &str = "SELECT id, page_host
     FROM bookmarks
     WHERE page_due_at <= :now
         AND rtrim(page_host, '.') NOT IN (SELECT value FROM json_each(:occupied))
     ORDER BY page_due_at, id
     LIMIT 1";

/// A page to be read.
#[derive(Debug, Clone)]
pub struct Due {
    /// Where it is.
    pub url: String,
    /// How often that was tried.
    pub tries: u32,
    /// What its owner reads.
    pub language: Language,
}

/// The next page to be read that is not at one of the hosts in `occupied`, and its host.
pub fn find_due(tx: &Tx, occupied: &[String]) -> Result<Option<(BookmarkId, String)>> {
    let occupied = serde_json::to_string(occupied).map_err(Error::internal)?;
    let mut stmt = tx.sql().prepare_cached(FIND_DUE)?;
    let values = named_params! { ":now": tx.now(), ":occupied": occupied };
    let row = stmt.query_row(values, |row| Ok((row.get("id")?, row.get("page_host")?)));
    Ok(row.optional()?)
}

/// The page of that bookmark, if it is to be read now.
pub fn find_due_of(tx: &Tx, id: BookmarkId) -> Result<Option<Due>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT b.url, b.page_tries, u.language
         FROM bookmarks b
         JOIN users u ON u.id = b.user_id
         WHERE b.id = :id AND b.page_due_at <= :now",
    )?;
    let row = stmt.query_row(named_params! { ":id": id, ":now": tx.now() }, |row| {
        Ok(Due {
            url: row.get("url")?,
            tries: row.get("page_tries")?,
            language: row.get("language")?,
        })
    });
    Ok(row.optional()?)
}

/// When the next page is to be read.
pub fn next_due_at(tx: &Tx) -> Result<Option<Timestamp>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT min(page_due_at)
         FROM bookmarks
         WHERE page_due_at IS NOT NULL",
    )?;
    Ok(stmt.query_row([], |row| row.get(0))?)
}

/// Puts a page into the queue, or takes it out of it.
pub fn set_due(tx: &WriteTx, id: BookmarkId, due_at: Option<Timestamp>, tries: u32) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET page_due_at = :due_at, page_tries = :tries
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":due_at": due_at, ":tries": tries })?;
    Ok(())
}

/// Ends a try, unless somebody has asked for another while it was under way.
pub fn end_try(tx: &WriteTx, id: BookmarkId, due_at: Option<Timestamp>, tries: u32) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET page_due_at = :due_at
         WHERE id = :id AND page_tries = :tries",
    )?;
    stmt.execute(named_params! { ":id": id, ":due_at": due_at, ":tries": tries })?;
    Ok(())
}

/// Stores where reading a page stands, without touching what it said before.
pub fn set_state(
    tx: &WriteTx,
    id: BookmarkId,
    state: PageState,
    reason: Option<Reason>,
) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET page_state = :state, page_reason = :reason, updated_at = :now
         WHERE id = :id",
    )?;
    stmt.execute(
        named_params! { ":id": id, ":state": state, ":reason": reason, ":now": tx.now() },
    )?;
    Ok(())
}

/// Stores what a page that was not read may be called.
pub fn set_title(tx: &WriteTx, id: BookmarkId, title: &str) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET page_title = :title
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":title": title })?;
    Ok(())
}

/// Stores what a page said.
pub fn set(tx: &WriteTx, id: BookmarkId, page: &PageCard) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET page_title = :title, page_description = :description, site_name = :site_name,
             author = :author, published_at = :published_at, image_url = :image_url,
             icon_url = :icon_url, page_short_title = :short_title, page_kind = :kind,
             page_language = :language, page_canonical_url = :canonical_url,
             picture = :picture, icon = :icon, fetched_at = :now, updated_at = :now
         WHERE id = :id",
    )?;
    stmt.execute(named_params! {
        ":id": id, ":title": page.title, ":description": page.description,
        ":site_name": page.site_name, ":author": page.author, ":published_at": page.published_at,
        ":image_url": page.image_url, ":icon_url": page.icon_url, ":short_title": page.short_title, ":kind": page.kind,
        ":language": page.language, ":canonical_url": page.canonical_url,
        ":picture": page.picture, ":icon": page.icon, ":now": tx.now(),
    })?;
    Ok(())
}

/// Forgets a key whose picture is not kept any more, and has the page read at `due_at`
/// unless it is in the queue already.
pub fn forget_picture(tx: &WriteTx, id: BookmarkId, key: &str, due_at: Timestamp) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE bookmarks
         SET picture = nullif(picture, :key), icon = nullif(icon, :key),
             page_tries = iif(page_due_at IS NULL, 0, page_tries),
             page_due_at = coalesce(page_due_at, :due_at)
         WHERE id = :id",
    )?;
    stmt.execute(named_params! { ":id": id, ":key": key, ":due_at": due_at })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bookmark::{Link, NewBookmark};
    use crate::model::id::UserId;
    use crate::model::time::Zone;
    use crate::store::testing::Memory;
    use crate::{ops, store};

    fn world() -> (Memory, UserId) {
        let mut db = Memory::open();
        let user = db.write(|tx| ops::accounts::add(tx, "mina", "", false, &Zone::UTC)).unwrap();
        (db, user)
    }

    #[test]
    fn the_next_page_is_found_in_an_index_alone() {
        let (db, _) = world();
        db.read(|tx| {
            let mut stmt = tx.sql().prepare(&format!("EXPLAIN QUERY PLAN {FIND_DUE}"))?;
            let plan: Vec<String> = stmt
                .query_map(named_params! { ":now": 0, ":occupied": "[]" }, |row| row.get("detail"))?
                .collect::<rusqlite::Result<_>>()?;
            let plan = plan.join("\n");
            let index = "SEARCH bookmarks USING COVERING INDEX bookmarks_to_fetch (page_due_at<?)";
            assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{plan}");
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn many_links_of_one_host_do_not_starve_another() {
        let (mut db, user) = world();
        let mut save = |url: &str| {
            let new = NewBookmark::of(Link::parse(url).unwrap());
            db.write(|tx| store::bookmarks::insert(tx, user, &new)).unwrap()
        };
        for n in 0..1_000 {
            save(&format!("https://many.example:8443/{n}"));
        }
        let other = save("https://one.example/");
        save("https://one.example./the-same-host");
        let next = |occupied: &[&str]| {
            let occupied: Vec<String> = occupied.iter().map(|host| (*host).to_owned()).collect();
            db.read(|tx| find_due(tx, &occupied)).unwrap()
        };
        assert_eq!(next(&[]).unwrap().1, "many.example");
        let found = next(&["many.example", "a.example"]);
        assert_eq!(found, Some((other, "one.example".to_owned())));
        assert_eq!(next(&["many.example", "one.example"]), None);
    }
}
