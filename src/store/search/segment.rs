//! Asking a segment which of its bookmarks may match.

use rusqlite::named_params;

use super::Place;
use super::plan::{Test, Words};
use super::postings::{self, BLOCK_BYTES, Bits, DOCS_MAX};
use crate::error::Result;
use crate::model::id::BookmarkId;
use crate::model::search::{folder_key, tag_key};
use crate::model::time::Timestamp;
use crate::store::Tx;

/// The bytes of a place.
const PLACE_BYTES: usize = 16;
/// So many places are in a block.
const PLACES_MAX: usize = BLOCK_BYTES / PLACE_BYTES;
/// How far an id is moved to make room for the numbers of blocks.
const BLOCK_BITS: u32 = 16;

/// What a segment knows of a test: which of its bookmarks pass for sure, and which may.
struct Verdict {
    sure: Bits,
    maybe: Bits,
}

/// A segment.
struct Index<'a> {
    tx: &'a Tx<'a>,
    id: i64,
    /// The first key of each block.
    firsts: Vec<i64>,
    all: Bits,
}

/// The places of those bookmarks of a segment that may match, in the order of time.
pub(super) fn candidates(tx: &Tx, id: i64, test: &Test) -> Result<Vec<Place>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT size, directory
         FROM search_segments
         WHERE id = :id",
    )?;
    let (size, directory): (i64, Vec<u8>) = stmt.query_row(named_params! { ":id": id }, |row| {
        Ok((row.get("size")?, row.get("directory")?))
    })?;
    let firsts = directory
        .chunks_exact(8)
        .map(|bytes| i64::from_le_bytes(bytes.try_into().unwrap_or_default()));
    let size = usize::try_from(size).unwrap_or(0);
    let index = Index { tx, id, firsts: firsts.collect(), all: Bits::first(size.min(DOCS_MAX)) };
    let maybe: Vec<usize> = index.verdict(test)?.maybe.places().collect();
    let mut places = Vec::with_capacity(maybe.len());
    for of_block in maybe.chunk_by(|one, other| one / PLACES_MAX == other / PLACES_MAX) {
        let number = index.firsts.len() + of_block[0] / PLACES_MAX;
        index.read_block(number, |bytes| {
            let place = |at: &usize| decode_place(bytes.get(at % PLACES_MAX * PLACE_BYTES..)?);
            places.extend(of_block.iter().filter_map(place));
        })?;
    }
    Ok(places)
}

/// Places as the bytes of blocks, which follow those of the postings.
pub(super) fn encode_places(places: &[Place]) -> impl Iterator<Item = Vec<u8>> {
    places.chunks(PLACES_MAX).map(|places| {
        let numbers = places.iter().flat_map(|place| [place.saved_at.as_ms(), place.id.0]);
        numbers.flat_map(i64::to_le_bytes).collect()
    })
}

/// The first keys of the blocks as bytes.
pub(super) fn encode_directory(firsts: &[i64]) -> Vec<u8> {
    firsts.iter().copied().flat_map(i64::to_le_bytes).collect()
}

/// The id of a block of a segment.
pub(super) fn block_id(segment_id: i64, number: usize) -> i64 {
    segment_id << BLOCK_BITS | number as i64
}

fn decode_place(bytes: &[u8]) -> Option<Place> {
    let (saved_at, rest) = bytes.split_first_chunk()?;
    let id = rest.first_chunk()?;
    let saved_at = Timestamp::from_ms(i64::from_le_bytes(*saved_at));
    Some(Place { saved_at, id: BookmarkId(i64::from_le_bytes(*id)) })
}

impl Index<'_> {
    fn verdict(&self, test: &Test) -> Result<Verdict> {
        let unknown = || Verdict { sure: Bits::none(), maybe: self.all.clone() };
        Ok(match test {
            Test::All(tests) => {
                let mut all = Verdict { sure: self.all.clone(), maybe: self.all.clone() };
                for test in tests {
                    let one = self.verdict(test)?;
                    all.sure.keep(&one.sure);
                    all.maybe.keep(&one.maybe);
                    if all.maybe.is_empty() {
                        break;
                    }
                }
                all
            }
            Test::Any(tests) => {
                let mut any = Verdict { sure: Bits::none(), maybe: Bits::none() };
                for test in tests {
                    let one = self.verdict(test)?;
                    any.sure.add(&one.sure);
                    any.maybe.add(&one.maybe);
                }
                any
            }
            Test::Not(test) => {
                let (mut sure, mut maybe) = (self.all.clone(), self.all.clone());
                let inner = self.verdict(test)?;
                sure.remove(&inner.maybe);
                maybe.remove(&inner.sure);
                Verdict { sure, maybe }
            }
            Test::Words(words) => self.words(words)?,
            Test::Tags(ids) => self.keys(ids.iter().map(|id| tag_key(*id)))?,
            Test::Folders(ids) => self.keys(ids.iter().map(|id| folder_key(*id)))?,
            Test::Site { grams, .. } => Verdict { sure: Bits::none(), maybe: self.having(grams)? },
            Test::Always => Verdict { sure: self.all.clone(), maybe: self.all.clone() },
            Test::Is(state) => self.keys(std::iter::once(*state as i64))?,
            Test::Has(_) | Test::Saved(_) => unknown(),
        })
    }

    fn words(&self, words: &Words) -> Result<Verdict> {
        let tags = words.tags.iter().map(|(id, _)| tag_key(*id));
        let mut found =
            self.keys(tags.chain(words.folders.iter().map(|(id, _)| folder_key(*id))))?;
        if words.is_in_texts() {
            let texts = self.having(&words.grams)?;
            found.maybe.add(&texts);
            if words.is_whole {
                found.sure.add(&texts);
            }
        }
        Ok(found)
    }

    /// Those that have one of the keys, for sure.
    fn keys(&self, keys: impl Iterator<Item = i64>) -> Result<Verdict> {
        let mut found = Bits::none();
        for key in keys {
            if let Some(bits) = self.look_up(key)? {
                found.add(&bits);
            }
        }
        Ok(Verdict { sure: found.clone(), maybe: found })
    }

    /// Those that have all of the grams.
    fn having(&self, grams: &[i64]) -> Result<Bits> {
        let mut found = self.all.clone();
        for gram in grams {
            match self.look_up(*gram)? {
                Some(bits) => found.keep(&bits),
                None => return Ok(Bits::none()),
            }
            if found.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    fn look_up(&self, key: i64) -> Result<Option<Bits>> {
        let behind = self.firsts.partition_point(|first| *first <= key);
        let Some(number) = behind.checked_sub(1) else { return Ok(None) };
        self.read_block(number, |bytes| postings::find(bytes, self.firsts[number], key))
    }

    fn read_block<T>(&self, number: usize, read: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let mut stmt =
            self.tx.sql().prepare_cached("SELECT bytes FROM search_blocks WHERE id = :id")?;
        let values = named_params! { ":id": block_id(self.id, number) };
        Ok(stmt.query_row(values, |row| Ok(read(row.get_ref("bytes")?.as_blob()?)))?)
    }
}
