//! `cache.db`: pictures of pages, found by what they are, and where each was found. It may
//! be deleted at any time, and forgets by itself what was not looked at for longest.

use std::path::Path;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use rusqlite::{Connection, OptionalExtension, named_params};

use super::settle;
use crate::clock::SharedClock;
use crate::error::{Error, Result};

/// The name of the file in the data directory.
pub const FILE_NAME: &str = "cache.db";

/// Raised when the tables change; a file of another layout is thrown away.
const LAYOUT: i64 = 2;
const SCHEMA: &str = "
    CREATE TABLE pictures (
        number       INTEGER PRIMARY KEY,
        key          TEXT    NOT NULL UNIQUE,
        content_type TEXT    NOT NULL,
        bytes        BLOB    NOT NULL,
        -- The day it was last looked at.
        used_on      INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX pictures_by_use ON pictures (used_on, number);
    -- What an address gave; no key where that was nothing.
    CREATE TABLE sources (
        id    BLOB    PRIMARY KEY,
        key   TEXT,
        good  INTEGER NOT NULL,
        until INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX sources_by_until ON sources (until);";

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Each of six threads has one; pictures are read once and then kept by browsers.
const CACHE_KIB: i64 = 512;
const WAL_BYTES_MAX: i64 = 4 << 20;
/// How many go at once, and how often, when there is no more room.
const BATCH: i64 = 16;
const BATCHES_MAX: usize = 64;
/// How much of the file is given back at once.
const PAGES_BACK_MAX: u64 = 4_096;
const REMEMBERED_MAX: Duration = Duration::from_hours(7 * 24);

/// A picture as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPicture {
    /// Its content type.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What an address is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The picture of a page.
    Picture,
    /// The icon of a site.
    Icon,
}

/// What was found at an address: a picture by its key, and whether it is a good one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The key of the picture.
    pub key: String,
    /// Whether it needs no better one.
    pub good: bool,
}

/// One thread's way to the pictures.
pub struct Pictures {
    sql: Connection,
    clock: SharedClock,
    bytes_max: u64,
}

impl Pictures {
    /// Opens the cache, making it where there is none. A broken one, or one of an older
    /// version, is thrown away.
    ///
    /// # Errors
    /// When the file cannot be opened or made.
    pub fn open(path: &Path, bytes_max: u64, clock: SharedClock) -> Result<Self> {
        let sql = open(path).or_else(|error| {
            tracing::warn!(%error, "the picture cache is unusable and starts anew");
            for suffix in ["", "-wal", "-shm"] {
                let mut file = path.as_os_str().to_owned();
                file.push(suffix);
                let _ = std::fs::remove_file(file);
            }
            open(path)
        })?;
        Ok(Self { sql, clock, bytes_max })
    }

    /// Whether any pictures are to be kept.
    pub fn keeps_any(&self) -> bool {
        self.bytes_max > 0
    }

    /// The picture with that key.
    pub fn find(&self, key: &str) -> Result<Option<StoredPicture>> {
        let mut stmt = self.sql.prepare_cached(
            "SELECT content_type, bytes, used_on
             FROM pictures
             WHERE key = :key",
        )?;
        let row = stmt.query_row(named_params! { ":key": key }, |row| {
            let picture =
                StoredPicture { content_type: row.get("content_type")?, bytes: row.get("bytes")? };
            Ok((picture, row.get::<_, i64>("used_on")?))
        });
        let Some((picture, used_on)) = row.optional()? else { return Ok(None) };
        if used_on != self.today() {
            self.touch(key);
        }
        Ok(Some(picture))
    }

    /// Notes that a picture was looked at today, unless that would mean to wait.
    fn touch(&self, key: &str) {
        let touch = || {
            self.sql.busy_timeout(Duration::ZERO)?;
            let mut stmt =
                self.sql.prepare_cached("UPDATE pictures SET used_on = :today WHERE key = :key")?;
            stmt.execute(named_params! { ":today": self.today(), ":key": key })
        };
        // It is noted the next time.
        let _ = touch();
        let _ = self.sql.busy_timeout(super::BUSY_TIME);
    }

    /// What that address gave when it was last asked, if that is still to be believed.
    pub fn recall(&self, purpose: Purpose, address: &str) -> Result<Option<Option<Found>>> {
        let now = self.clock.now();
        let mut stmt = self.sql.prepare_cached(
            "SELECT s.key, s.good
             FROM sources s
             LEFT JOIN pictures p ON p.key = s.key
             WHERE s.id = :id AND s.until > :now AND s.until <= :latest
                 AND (s.key IS NULL OR p.key IS NOT NULL)",
        )?;
        // One that is remembered for longer is from a time when the clock was wrong.
        let latest = now + REMEMBERED_MAX;
        let params = named_params! { ":id": id(purpose, address), ":now": now, ":latest": latest };
        let row = stmt.query_row(params, |row| {
            let good = row.get("good")?;
            Ok(row.get::<_, Option<String>>("key")?.map(|key| Found { key, good }))
        });
        Ok(row.optional()?)
    }

    /// Remembers what an address gave, for a week at most.
    pub fn remember(
        &self,
        purpose: Purpose,
        address: &str,
        found: Option<&Found>,
        time: Duration,
    ) -> Result<()> {
        let mut stmt = self.sql.prepare_cached(
            "INSERT OR REPLACE INTO sources (id, key, good, until)
             VALUES (:id, :key, :good, :until)",
        )?;
        stmt.execute(named_params! {
            ":id": id(purpose, address),
            ":key": found.map(|found| &found.key),
            ":good": found.is_some_and(|found| found.good),
            ":until": self.clock.now() + time.min(REMEMBERED_MAX),
        })?;
        Ok(())
    }

    /// Keeps a picture, and returns its key: the same bytes have the same key.
    pub fn put(&self, content_type: &str, bytes: &[u8]) -> Result<String> {
        let key: String = hash(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let mut stmt = self.sql.prepare_cached(
            "INSERT INTO pictures (key, content_type, bytes, used_on)
             VALUES (:key, :content_type, :bytes, :today)
             ON CONFLICT (key) DO UPDATE SET used_on = :today",
        )?;
        let today = self.today();
        stmt.execute(named_params! {
            ":key": key, ":content_type": content_type, ":bytes": bytes, ":today": today,
        })?;
        Ok(key)
    }

    /// Makes room: beyond the limit, what was not looked at for longest goes until a tenth
    /// is free. Takes a bounded time; what is left over goes the next time.
    pub fn trim(&self) -> Result<()> {
        self.sql.execute(
            "DELETE FROM sources
             WHERE id IN (SELECT id FROM sources WHERE until <= :now LIMIT :batch)",
            named_params! { ":now": self.clock.now(), ":batch": BATCH },
        )?;
        if self.used_bytes()? > self.bytes_max {
            let goal = self.bytes_max / 10 * 9;
            for _ in 0..BATCHES_MAX {
                if self.used_bytes()? <= goal || !self.drop_some()? {
                    break;
                }
            }
        }
        self.give_back()
    }

    fn drop_some(&self) -> Result<bool> {
        let batch = named_params! { ":batch": BATCH };
        let mut pictures = self.sql.prepare_cached(
            "DELETE FROM pictures
             WHERE number IN (
                 SELECT number FROM pictures ORDER BY used_on, number LIMIT :batch
             )",
        )?;
        let mut sources = self.sql.prepare_cached(
            "DELETE FROM sources
             WHERE id IN (SELECT id FROM sources ORDER BY until LIMIT :batch)",
        )?;
        Ok(pictures.execute(batch)? + sources.execute(batch)? > 0)
    }

    /// Shortens the file where it is longer than it may be. Free space within the limit is
    /// used again instead.
    fn give_back(&self) -> Result<()> {
        let page_bytes = self.pragma("page_size")?.max(1);
        let beyond = self.pragma("page_count")?.saturating_sub(self.bytes_max / page_bytes);
        let pages = beyond.min(self.pragma("freelist_count")?).min(PAGES_BACK_MAX);
        if pages > 0 {
            let mut stmt = self.sql.prepare(&format!("PRAGMA incremental_vacuum({pages})"))?;
            let mut rows = stmt.query([])?;
            // Each step gives back one.
            while rows.next()?.is_some() {}
        }
        Ok(())
    }

    fn used_bytes(&self) -> Result<u64> {
        let pages = self.pragma("page_count")?.saturating_sub(self.pragma("freelist_count")?);
        Ok(pages * self.pragma("page_size")?)
    }

    fn pragma(&self, name: &str) -> Result<u64> {
        let number: i64 = self.sql.pragma_query_value(None, name, |row| row.get(0))?;
        Ok(number.unsigned_abs())
    }

    fn today(&self) -> i64 {
        self.clock.now().as_ms().div_euclid(DAY_MS)
    }
}

fn open(path: &Path) -> Result<Connection> {
    let mut sql = Connection::open(path)?;
    settle(&sql)?;
    sql.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    sql.pragma_update(None, "journal_mode", "WAL")?;
    // What is lost with the power is fetched again.
    sql.pragma_update(None, "synchronous", "NORMAL")?;
    sql.pragma_update(None, "cache_size", -CACHE_KIB)?;
    sql.pragma_update(None, "journal_size_limit", WAL_BYTES_MAX)?;
    let tx = sql.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let layout: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = tx.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (layout, tables) {
        (LAYOUT, 1..) => {}
        (_, 0) => {
            tx.execute_batch(SCHEMA)?;
            tx.pragma_update(None, "user_version", LAYOUT)?;
        }
        _ => return Err(Error::internal("it was written by another version")),
    }
    tx.commit()?;
    Ok(sql)
}

/// Addresses are private: their hash is enough to know them again.
fn id(purpose: Purpose, address: &str) -> Vec<u8> {
    let purpose = match purpose {
        Purpose::Picture => "picture",
        Purpose::Icon => "icon",
    };
    hash(format!("{purpose} {address}").as_bytes())
}

/// Enough of SHA-256 that nobody makes two pictures alike.
fn hash(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref()[..16].to_vec()
}

#[cfg(test)]
mod tests;
