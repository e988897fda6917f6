//! The way out: everything that somebody has saved, as a file for other programs.

mod write;

use std::collections::HashMap;
use std::io::Write;

use crate::error::Result;
use crate::model::folder::{DEPTH_MAX, Folder};
use crate::model::id::{FolderId, UserId};
use crate::model::import::ExportFormat;
use crate::store::exports::{self, Place};
use crate::store::{self, Store};
use write::LibraryWriter;

/// How many links are read at once, so that no read lasts long.
const ROWS: usize = 500;

/// Writes everything that somebody has saved: those in no folder first, then folder by folder.
///
/// # Errors
/// When it cannot be read or written.
pub fn write<W: Write>(store: &Store, user_id: UserId, format: ExportFormat, out: W) -> Result<W> {
    let folders = store.read(|tx| store::folders::list(tx, user_id))?;
    let mut writer = LibraryWriter::new(format, out)?;
    write_folder(store, user_id, None, &[], &mut writer)?;
    for (id, path) in in_order(&folders) {
        write_folder(store, user_id, Some(id), &path, &mut writer)?;
    }
    writer.finish()
}

fn write_folder<W: Write>(
    store: &Store,
    user_id: UserId,
    folder_id: Option<FolderId>,
    path: &[String],
    writer: &mut LibraryWriter<W>,
) -> Result<()> {
    let mut next = Some(Place::START);
    while let Some(at) = next {
        let bookmarks;
        (bookmarks, next) = store.read(|tx| exports::list(tx, user_id, folder_id, at, ROWS))?;
        for bookmark in &bookmarks {
            writer.write(path, bookmark)?;
        }
    }
    Ok(())
}

/// Each folder with its path, every one right after what it lies in.
fn in_order(folders: &[Folder]) -> Vec<(FolderId, Vec<String>)> {
    let mut inside: HashMap<Option<FolderId>, Vec<&Folder>> = HashMap::new();
    for folder in folders {
        inside.entry(folder.parent_id).or_default().push(folder);
    }
    let mut ordered = Vec::with_capacity(folders.len());
    // The last of these is next.
    let mut next: Vec<(&Folder, Vec<String>)> = Vec::new();
    let open = |parent: Option<FolderId>, path: &[String]| -> Vec<(&Folder, Vec<String>)> {
        let children = inside.get(&parent).into_iter().flatten().rev();
        children
            .map(|folder| (*folder, [path, std::slice::from_ref(&folder.title)].concat()))
            .collect()
    };
    next.extend(open(None, &[]));
    while let Some((folder, path)) = next.pop() {
        if path.len() <= DEPTH_MAX {
            next.extend(open(Some(folder.id), &path));
        }
        ordered.push((folder.id, path));
    }
    ordered
}
