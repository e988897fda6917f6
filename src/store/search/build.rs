//! Making segments of what is fresh. They are made beside the writer and handed to it whole.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::Place;
use super::postings::{self, DOCS_MAX, Postings};
use super::segment::{block_id, encode_directory, encode_places};
use crate::error::{Error, Result};
use crate::model::id::{BookmarkId, UserId};
use crate::model::search::{self, State, folder_key, grams_of_text, tag_key};
use crate::store::{Tx, WriteTx, bookmarks};

/// So many bookmarks are folded together, and at most so many.
const UNFOLDED_MIN: usize = 32;
const UNFOLDED_MAX: usize = 512;
/// So many fresh bookmarks of a person are worth a segment.
const FRESH_MIN: usize = 256;
/// So many smaller segments of a person are put together.
const SMALL_MAX: usize = 8;

/// A segment that is ready to be stored.
#[derive(Debug)]
pub struct Segment {
    user_id: UserId,
    places: Vec<Place>,
    firsts: Vec<i64>,
    blocks: Vec<Vec<u8>>,
    /// In which revision its bookmarks were read.
    read: Vec<(BookmarkId, i64)>,
    /// Segments of which nothing is needed any more.
    replaces: Vec<i64>,
}

/// Folded texts, each with the revision of the bookmark that it is of.
pub type Texts = Vec<(BookmarkId, i64, String)>;

/// Folds the texts of bookmarks of which that was not done yet, once there are some.
pub fn read_unfolded(tx: &Tx) -> Result<Texts> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, revision
         FROM search_docs
         WHERE folded = 0
         ORDER BY id
         LIMIT :limit",
    )?;
    let rows = stmt.query_map(named_params! { ":limit": UNFOLDED_MAX as i64 }, |row| {
        Ok((row.get("id")?, row.get("revision")?))
    })?;
    let rows: Vec<(BookmarkId, i64)> = rows.collect::<rusqlite::Result<_>>()?;
    if rows.len() < UNFOLDED_MIN {
        return Ok(Texts::new());
    }
    let mut texts = Texts::new();
    for (id, revision) in rows {
        let text = bookmarks::find(tx, id)?.map(|bookmark| search::text_of(&bookmark));
        texts.extend(text.map(|text| (id, revision, text)));
    }
    Ok(texts)
}

/// Stores folded texts, but of those that have changed since.
pub fn put_texts(tx: &WriteTx, texts: &Texts) -> Result<()> {
    let mut fold = tx.sql().prepare_cached(
        "UPDATE search_docs
         SET folded = 1
         WHERE id = :id AND revision = :revision AND folded = 0",
    )?;
    let mut store =
        tx.sql().prepare_cached("INSERT INTO search_texts (id, text) VALUES (:id, :text)")?;
    for (id, revision, text) in texts {
        if fold.execute(named_params! { ":id": id, ":revision": revision })? == 1 {
            store.execute(named_params! { ":id": id, ":text": text })?;
        }
    }
    Ok(())
}

/// Makes a segment of the fresh bookmarks of somebody who has many, together with what is left
/// of smaller segments; `None` when nobody has.
pub fn read_fresh(tx: &Tx) -> Result<Option<Segment>> {
    let Some(user_id) = find_user(tx)? else { return Ok(None) };
    let mut places = fresh_places(tx, user_id)?;
    let mut replaces = Vec::new();
    for id in mergeable(tx, user_id)? {
        let left = places_left(tx, id)?;
        if left.len() + places.len() <= DOCS_MAX {
            places.extend(left);
            replaces.push(id);
        }
    }
    places.sort_unstable();
    let mut segment = Segment {
        user_id,
        places,
        firsts: Vec::new(),
        blocks: Vec::new(),
        read: Vec::new(),
        replaces,
    };
    segment.read_bookmarks(tx)?;
    Ok(Some(segment))
}

/// Stores a segment. What has changed since it was made stays fresh.
pub fn put(tx: &WriteTx, segment: &Segment) -> Result<()> {
    let (Some(oldest), Some(newest)) = (segment.places.first(), segment.places.last()) else {
        return Ok(());
    };
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO search_segments (user_id, oldest_at, newest_at, size, directory)
         VALUES (:user_id, :oldest_at, :newest_at, :size, :directory)",
    )?;
    let id = stmt.insert(named_params! {
        ":user_id": segment.user_id, ":oldest_at": oldest.saved_at, ":newest_at": newest.saved_at,
        ":size": segment.places.len() as i64, ":directory": encode_directory(&segment.firsts),
    })?;
    let mut stmt =
        tx.sql().prepare_cached("INSERT INTO search_blocks (id, bytes) VALUES (:id, :bytes)")?;
    for (number, bytes) in segment.blocks.iter().enumerate() {
        stmt.execute(named_params! { ":id": block_id(id, number), ":bytes": bytes })?;
    }
    let mut stmt = tx.sql().prepare_cached(
        "UPDATE search_docs
         SET segment_id = :segment_id
         WHERE id = :id AND revision = :revision",
    )?;
    for (doc, revision) in &segment.read {
        let values = named_params! { ":segment_id": id, ":id": doc, ":revision": revision };
        stmt.execute(values)?;
    }
    segment.replaces.iter().try_for_each(|id| delete(tx, *id))
}

/// Deletes a segment; what only it knows is fresh again.
fn delete(tx: &WriteTx, id: i64) -> Result<()> {
    let values = named_params! { ":id": id };
    tx.sql()
        .prepare_cached("UPDATE search_docs SET segment_id = NULL WHERE segment_id = :id")?
        .execute(values)?;
    tx.sql().prepare_cached("DELETE FROM search_segments WHERE id = :id")?.execute(values)?;
    Ok(())
}

/// Forgets what another version of this program has made: all bookmarks are fresh then.
pub(in crate::store) fn forget_other_versions(sql: &Connection) -> Result<()> {
    let version: i64 = sql.query_row("SELECT version FROM search_version", [], |row| row.get(0))?;
    if version != search::VERSION {
        sql.execute_batch(&format!(
            "BEGIN IMMEDIATE;
             DELETE FROM search_blocks;
             DELETE FROM search_segments;
             DELETE FROM search_texts;
             UPDATE search_docs SET segment_id = NULL, revision = revision + 1, folded = 0;
             UPDATE search_version SET version = {};
             COMMIT",
            search::VERSION
        ))?;
    }
    Ok(())
}

fn find_user(tx: &Tx) -> Result<Option<UserId>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT user_id
         FROM search_docs
         WHERE segment_id IS NULL
         GROUP BY user_id
         HAVING count(*) >= :fresh_min
         LIMIT 1",
    )?;
    let values = named_params! { ":fresh_min": FRESH_MIN as i64 };
    Ok(stmt.query_row(values, |row| row.get("user_id")).optional()?)
}

fn fresh_places(tx: &Tx, user_id: UserId) -> Result<Vec<Place>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT b.id, b.saved_at
         FROM search_docs d
         CROSS JOIN bookmarks b ON b.id = d.id
         WHERE d.user_id = :user_id AND d.segment_id IS NULL
         ORDER BY d.id
         LIMIT :limit",
    )?;
    let values = named_params! { ":user_id": user_id, ":limit": DOCS_MAX as i64 };
    let places = stmt.query_map(values, |row| {
        Ok(Place { saved_at: row.get("saved_at")?, id: row.get("id")? })
    })?;
    Ok(places.collect::<rusqlite::Result<_>>()?)
}

/// Segments that are to be put together with others: those that hold at most half of what one can,
/// once there are many; and one of the large ones, another one each time, of which little is left since
/// bookmarks that change leave theirs.
fn mergeable(tx: &Tx, user_id: UserId) -> Result<Vec<i64>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, size
         FROM search_segments
         WHERE user_id = :user_id
         ORDER BY id",
    )?;
    let segments = stmt.query_map(named_params! { ":user_id": user_id }, |row| {
        Ok((row.get("id")?, row.get("size")?))
    })?;
    let segments: Vec<(i64, i64)> = segments.collect::<rusqlite::Result<_>>()?;
    let half = (DOCS_MAX / 2) as i64;
    let turn = segments.last().and_then(|(id, _)| usize::try_from(*id).ok()).unwrap_or(0);
    let (mut small, large): (Vec<_>, Vec<_>) =
        segments.into_iter().partition(|(_, size)| *size <= half);
    small.sort_by_key(|(_, size)| *size);
    let mut chosen: Vec<i64> = small.into_iter().map(|(id, _)| id).collect();
    if chosen.len() < SMALL_MAX {
        chosen.clear();
    }
    if let Some((id, _)) = turn.checked_rem(large.len()).map(|turn| large[turn])
        && count_left(tx, id)? <= DOCS_MAX / 4
    {
        chosen.push(id);
    }
    Ok(chosen)
}

fn count_left(tx: &Tx, id: i64) -> Result<usize> {
    let mut stmt =
        tx.sql().prepare_cached("SELECT count(*) FROM search_docs WHERE segment_id = :id")?;
    let count: i64 = stmt.query_row(named_params! { ":id": id }, |row| row.get(0))?;
    Ok(count as usize)
}

/// The bookmarks that a segment still knows as they are.
fn places_left(tx: &Tx, id: i64) -> Result<Vec<Place>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT b.id, b.saved_at
         FROM search_docs d
         CROSS JOIN bookmarks b ON b.id = d.id
         WHERE d.segment_id = :id",
    )?;
    let places = stmt.query_map(named_params! { ":id": id }, |row| {
        Ok(Place { saved_at: row.get("saved_at")?, id: row.get("id")? })
    })?;
    Ok(places.collect::<rusqlite::Result<_>>()?)
}

impl Segment {
    /// Reads the bookmarks at its places.
    fn read_bookmarks(&mut self, tx: &Tx) -> Result<()> {
        let mut stmt = tx.sql().prepare_cached(
            "SELECT d.revision, b.folder_id, b.read_at IS NOT NULL AS read, b.favourite,
                    b.archived_at IS NOT NULL AS archived, b.burnt_at IS NOT NULL AS burnt,
                    (SELECT group_concat(tag_id) FROM bookmark_tags
                     WHERE bookmark_id = d.id) AS tags,
                    (SELECT text FROM search_texts WHERE id = d.id) AS text
             FROM search_docs d
             JOIN bookmarks b ON b.id = d.id
             WHERE d.id = :id",
        )?;
        let mut postings = Postings::default();
        for (at, place) in self.places.iter().enumerate() {
            let mut rows = stmt.query(named_params! { ":id": place.id })?;
            let Some(row) = rows.next()? else { continue };
            let mut add = |key| {
                let places = postings.entry(key).or_default();
                if places.last() != Some(&(at as u16)) {
                    places.push(at as u16);
                }
            };
            match row.get_ref("text")? {
                ValueRef::Null => {
                    let text = bookmarks::find(tx, place.id)?.map(|found| search::text_of(&found));
                    grams_of_text(text.as_deref().unwrap_or_default(), &mut add);
                }
                text => grams_of_text(text.as_str().map_err(Error::internal)?, &mut add),
            }
            row.get::<_, Option<i64>>("folder_id")?.map(folder_key).into_iter().for_each(&mut add);
            super::tag_ids(row.get_ref("tags")?)?.into_iter().map(tag_key).for_each(&mut add);
            for (column, state) in [
                ("read", State::Read),
                ("favourite", State::Favourite),
                ("archived", State::Archived),
                ("burnt", State::Burnt),
            ] {
                row.get::<_, bool>(column)?.then_some(state as i64).into_iter().for_each(&mut add);
            }
            self.read.push((place.id, row.get("revision")?));
        }
        (self.firsts, self.blocks) = postings::encode(&postings);
        self.blocks.extend(encode_places(&self.places));
        Ok(())
    }
}
