//! `cache.db`: pictures of pages, which may be deleted at any time.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, named_params};

use super::settle;
use crate::error::Result;

/// The name of the file in the data directory.
pub const FILE_NAME: &str = "cache.db";

/// A picture as it is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPicture {
    /// Its content type.
    pub content_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// One thread's way to the pictures, which are found by the address they came from.
pub struct Pictures {
    sql: Connection,
}

impl Pictures {
    /// Opens the cache, making it where there is none. A broken one is thrown away.
    ///
    /// # Errors
    /// When the file cannot be opened or made.
    pub fn open(path: &Path) -> Result<Self> {
        Self::try_open(path).or_else(|error| {
            tracing::warn!(%error, "the picture cache is unusable and starts anew");
            for suffix in ["", "-wal", "-shm"] {
                let mut file = path.as_os_str().to_owned();
                file.push(suffix);
                let _ = std::fs::remove_file(file);
            }
            Self::try_open(path)
        })
    }

    fn try_open(path: &Path) -> Result<Self> {
        let sql = Connection::open(path)?;
        settle(&sql)?;
        sql.pragma_update(None, "journal_mode", "WAL")?;
        // What is lost with the power is fetched again.
        sql.pragma_update(None, "synchronous", "NORMAL")?;
        sql.execute_batch(
            "CREATE TABLE IF NOT EXISTS pictures (
                 source       TEXT PRIMARY KEY,
                 content_type TEXT NOT NULL,
                 bytes        BLOB NOT NULL
             ) STRICT",
        )?;
        Ok(Self { sql })
    }

    /// The picture from that address.
    pub fn find(&self, source: &str) -> Result<Option<StoredPicture>> {
        let mut stmt = self.sql.prepare_cached(
            "SELECT content_type, bytes
             FROM pictures
             WHERE source = :source",
        )?;
        let row = stmt.query_row(named_params! { ":source": source }, |row| {
            Ok(StoredPicture { content_type: row.get("content_type")?, bytes: row.get("bytes")? })
        });
        Ok(row.optional()?)
    }

    /// Keeps a picture.
    pub fn put(&self, source: &str, content_type: &str, bytes: &[u8]) -> Result<()> {
        let mut stmt = self.sql.prepare_cached(
            "INSERT OR REPLACE INTO pictures (source, content_type, bytes)
             VALUES (:source, :content_type, :bytes)",
        )?;
        stmt.execute(
            named_params! { ":source": source, ":content_type": content_type, ":bytes": bytes },
        )?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_comes_back_and_a_broken_cache_starts_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        let pictures = Pictures::open(&path).unwrap();
        pictures.put("https://example.com/a.png", "image/png", b"png").unwrap();
        assert_eq!(pictures.find("https://example.com/a.png").unwrap().unwrap().bytes, b"png");
        drop(pictures);
        std::fs::write(&path, b"not a database at all, but long enough to be looked at").unwrap();
        let pictures = Pictures::open(&path).unwrap();
        assert_eq!(pictures.find("https://example.com/a.png").unwrap(), None);
    }
}
