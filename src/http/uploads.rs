//! Files of links that come over the network, kept until the importer has read them.

use std::fs::{self, File};
use std::io::Write;

use crate::error::{Error, Result};
use crate::http::context::Context;
use crate::model::id::UserId;
use crate::model::import::{Import, Settings};
use crate::{ops, secret};

/// Keeps a file and has it read. Once this returns it will be, whatever happens.
///
/// # Errors
/// `Invalid` when it is empty or the folder is not theirs, `Conflict` when too many wait.
pub(super) fn keep(
    cx: &Context,
    user_id: UserId,
    bytes: &[u8],
    settings: Settings,
) -> Result<Import> {
    if bytes.is_empty() {
        return Err(Error::invalid("file", "empty, expected a file of links"));
    }
    // No two requests share a name, and nobody can guess one.
    let name = secret::new_key()?;
    let path = cx.shared.imports.join(&name);
    let size = bytes.len() as u64;
    let begun = write(&path, bytes).and_then(|()| {
        let file = name.clone();
        cx.store.write(move |tx| ops::imports::begin(tx, user_id, &file, size, settings))
    });
    if begun.is_err() {
        // Where it cannot be removed now, the next start does.
        let _ = fs::remove_file(&path);
    }
    begun
}

fn write(path: &std::path::Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}
