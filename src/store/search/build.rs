//! Making segments of what is fresh. They are made beside the writer and handed to it whole.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, named_params};

use super::Place;
use super::postings::{self, DOCS_MAX, Postings};
use super::segment::{PLACE_BYTES, block_id, encode_directory, encode_places};
use crate::error::{Error, Result};
use crate::model::id::{BookmarkId, UserId};
use crate::model::search::{self, folder_key, grams_of_text, tag_key};
use crate::store::{Tx, WriteTx, bookmarks};

/// So many fresh bookmarks of a person are worth a segment.
const FRESH_MIN: usize = 256;
/// No more is folded for one segment.
const TEXT_BYTES_MAX: usize = 8 << 20;

/// A segment that is ready to be stored.
#[derive(Debug)]
pub struct Segment {
    user_id: UserId,
    places: Vec<Place>,
    firsts: Vec<i64>,
    blocks: Vec<Vec<u8>>,
    /// In which revision its bookmarks were read, with their texts where they are new.
    read: Vec<(BookmarkId, i64, Option<String>)>,
    /// Segments of which nothing is needed any more.
    replaces: Vec<i64>,
}

/// Makes a segment of the fresh bookmarks of somebody who has many, together with what is left
/// of smaller segments; `None` when nobody has.
pub fn read_fresh(tx: &Tx) -> Result<Option<Segment>> {
    let Some(user_id) = find_user(tx)? else { return Ok(None) };
    let mut places = fresh_places(tx, user_id)?;
    let mut replaces = Vec::new();
    for id in small_segments(tx, user_id)? {
        let left = places_left(tx, id)?;
        // Only with as many or more, so that a bookmark moves a few times in its life.
        if left.len() <= places.len() && left.len() + places.len() <= DOCS_MAX {
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
        "INSERT INTO search_segments (user_id, oldest_at, newest_at, directory, docs)
         VALUES (:user_id, :oldest_at, :newest_at, :directory, :docs)",
    )?;
    let id = stmt.insert(named_params! {
        ":user_id": segment.user_id, ":oldest_at": oldest.saved_at, ":newest_at": newest.saved_at,
        ":directory": encode_directory(&segment.firsts, segment.places.len()),
        ":docs": encode_places(&segment.places),
    })?;
    let mut stmt = tx
        .sql()
        .prepare_cached("INSERT INTO search_blocks (id, postings) VALUES (:id, :postings)")?;
    for (number, postings) in segment.blocks.iter().enumerate() {
        stmt.execute(named_params! { ":id": block_id(id, number), ":postings": postings })?;
    }
    let mut place = tx.sql().prepare_cached(
        "UPDATE search_docs
         SET segment_id = :segment_id
         WHERE id = :id AND revision = :revision",
    )?;
    let mut store = tx.sql().prepare_cached(
        "INSERT INTO search_texts (id, text)
         VALUES (:id, :text)
         ON CONFLICT DO NOTHING",
    )?;
    for (doc, revision, text) in &segment.read {
        let values = named_params! { ":segment_id": id, ":id": doc, ":revision": revision };
        if let (1, Some(text)) = (place.execute(values)?, text) {
            store.execute(named_params! { ":id": doc, ":text": text })?;
        }
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
             UPDATE search_docs SET segment_id = NULL, revision = revision + 1;
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

/// Segments that hold at most half of what one can, the smallest first; and one of the others,
/// another one each time, since bookmarks that change leave theirs.
fn small_segments(tx: &Tx, user_id: UserId) -> Result<Vec<i64>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT id, length(docs) AS bytes
         FROM search_segments
         WHERE user_id = :user_id
         ORDER BY id",
    )?;
    let segments = stmt.query_map(named_params! { ":user_id": user_id }, |row| {
        Ok((row.get("id")?, row.get("bytes")?))
    })?;
    let segments: Vec<(i64, i64)> = segments.collect::<rusqlite::Result<_>>()?;
    let half = (DOCS_MAX / 2 * PLACE_BYTES) as i64;
    let (mut small, large): (Vec<_>, Vec<_>) =
        segments.into_iter().partition(|(_, bytes)| *bytes <= half);
    small.sort_by_key(|(_, bytes)| *bytes);
    let turn = small.iter().chain(&large).map(|(id, _)| *id).max().unwrap_or(0);
    let next = usize::try_from(turn).unwrap_or(0).checked_rem(large.len());
    small.extend(next.map(|next| large[next]));
    Ok(small.into_iter().map(|(id, _)| id).collect())
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
            "SELECT d.revision, b.folder_id,
                    (SELECT group_concat(tag_id) FROM bookmark_tags
                     WHERE bookmark_id = d.id) AS tags,
                    (SELECT text FROM search_texts WHERE id = d.id) AS text
             FROM search_docs d
             JOIN bookmarks b ON b.id = d.id
             WHERE d.id = :id",
        )?;
        let mut postings = Postings::new();
        let (mut keys, mut bytes) = (Vec::new(), 0);
        for (at, place) in self.places.iter().enumerate() {
            let mut rows = stmt.query(named_params! { ":id": place.id })?;
            let Some(row) = rows.next()? else { continue };
            keys.clear();
            let text = match row.get_ref("text")? {
                ValueRef::Null => {
                    bookmarks::find(tx, place.id)?.map(|found| search::text_of(&found))
                }
                text => {
                    grams_of_text(text.as_str().map_err(Error::internal)?, |key| keys.push(key));
                    None
                }
            };
            grams_of_text(text.as_deref().unwrap_or_default(), |key| keys.push(key));
            let folder_id: Option<i64> = row.get("folder_id")?;
            keys.extend(folder_id.map(folder_key));
            keys.extend(super::tag_ids(row)?.into_iter().map(tag_key));
            keys.sort_unstable();
            keys.dedup();
            keys.iter().for_each(|key| postings.entry(*key).or_default().push(at as u16));
            bytes += text.as_ref().map_or(0, String::len);
            self.read.push((place.id, row.get("revision")?, text));
            if bytes > TEXT_BYTES_MAX {
                break;
            }
        }
        // What was not read stays fresh.
        self.places.truncate(self.read.len());
        (self.firsts, self.blocks) = postings::encode(&postings);
        Ok(())
    }
}
