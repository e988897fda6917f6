//! The key that tells push services who we are.

use rusqlite::{OptionalExtension, named_params};

use super::{Tx, WriteTx};
use crate::error::Result;

/// The key pair in PKCS #8, once there is one.
pub fn find(tx: &Tx) -> Result<Option<Vec<u8>>> {
    let mut stmt = tx.sql().prepare_cached("SELECT pkcs8 FROM vapid_key")?;
    Ok(stmt.query_row([], |row| row.get(0)).optional()?)
}

/// Keeps the key pair for good.
pub fn insert(tx: &WriteTx, pkcs8: &[u8]) -> Result<()> {
    let mut stmt = tx.sql().prepare_cached(
        "INSERT INTO vapid_key (id, pkcs8, created_at)
         VALUES (1, :pkcs8, :now)",
    )?;
    stmt.execute(named_params! { ":pkcs8": pkcs8, ":now": tx.now() })?;
    Ok(())
}
