//! Folders: nested, each title once among its siblings.

use crate::error::{Error, Result};
use crate::model::folder::{self, Folder};
use crate::model::id::{FolderId, UserId};
use crate::model::reminder::Target;
use crate::ops::{bulk, burning, hooks};
use crate::store::bookmarks::{Filter, Stage};
use crate::store::{self, Tx, WriteTx};

const FOLDERS_MAX: i64 = 2_000;

/// What a person changes of a folder; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Its title.
    pub title: Option<String>,
    /// The folder it lies in; `Some(None)` is the top.
    pub parent_id: Option<Option<FolderId>>,
    /// After how many days its unread links burn; `Some(None)` as around it.
    pub burn_after_days: Option<Option<u16>>,
    /// Where it stands among its siblings, from 0; behind them where there are fewer.
    pub position: Option<usize>,
}

/// Makes a folder, in another one or at the top.
///
/// # Errors
/// `Invalid` when the title or the parent cannot be used, `Conflict` when a sibling has it.
pub fn create(
    tx: &WriteTx,
    user_id: UserId,
    parent_id: Option<FolderId>,
    title: &str,
    burn_after_days: Option<u16>,
) -> Result<Folder> {
    let title = folder::parse_title(title)?;
    check_parent(tx, user_id, None, parent_id)?;
    if store::folders::count(tx, user_id)? >= FOLDERS_MAX {
        return Err(Error::Conflict(format!("there are {FOLDERS_MAX} folders already")));
    }
    let id = burning::change_rules(tx, user_id, || {
        let id = store::folders::insert(tx, user_id, parent_id, &title)?;
        store::folders::set_burn_after(tx, id, burn_after_days)?;
        Ok(id)
    })?;
    store::folders::get(tx, user_id, id)
}

/// Renames a folder, moves it, or has its links burn at another time.
///
/// # Errors
/// As [`create`]; also `NotFound` when it is not theirs, and `Invalid` when it would lie
/// inside itself.
pub fn change(tx: &WriteTx, user_id: UserId, id: FolderId, change: &Change) -> Result<Folder> {
    let found = store::folders::get(tx, user_id, id)?;
    let title = change.title.as_deref().map_or(Ok(found.title), folder::parse_title)?;
    let parent_id = change.parent_id.unwrap_or(found.parent_id);
    check_parent(tx, user_id, Some(id), parent_id)?;
    burning::change_rules(tx, user_id, || {
        store::folders::update(tx, id, parent_id, &title)?;
        store::folders::set_burn_after(
            tx,
            id,
            change.burn_after_days.unwrap_or(found.burn_after_days),
        )
    })?;
    if change.position.is_some() || parent_id != found.parent_id {
        place(tx, user_id, parent_id, id, change.position.unwrap_or(usize::MAX))?;
    }
    store::folders::get(tx, user_id, id)
}

/// Puts a folder at its place among its siblings, which are numbered anew.
fn place(
    tx: &WriteTx,
    user_id: UserId,
    parent_id: Option<FolderId>,
    id: FolderId,
    position: usize,
) -> Result<()> {
    let mut siblings = store::folders::list_inside(tx, user_id, parent_id)?;
    siblings.retain(|sibling| *sibling != id);
    siblings.insert(position.min(siblings.len()), id);
    siblings.iter().zip(1..).try_for_each(|(id, n)| store::folders::set_position(tx, *id, n))
}

/// Moves a folder by one place among its siblings, up or down, as far as there is room.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn step(tx: &WriteTx, user_id: UserId, id: FolderId, down: bool) -> Result<()> {
    let parent_id = store::folders::get(tx, user_id, id)?.parent_id;
    let siblings = store::folders::list_inside(tx, user_id, parent_id)?;
    let at = siblings.iter().position(|sibling| *sibling == id).unwrap_or_default();
    place(tx, user_id, parent_id, id, if down { at + 1 } else { at.saturating_sub(1) })
}

/// Takes the next bookmarks out of a folder that is to be deleted and those inside it; returns
/// whether there were any. Very many at once would keep others from saving.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn clear(tx: &WriteTx, user_id: UserId, id: FolderId) -> Result<bool> {
    store::folders::get(tx, user_id, id)?;
    let filter = Filter { folder_id: Some(id), stage: Stage::Any, ..Filter::default() };
    let ids = store::bookmarks::list_some(tx, user_id, &filter, bulk::CHUNK)?;
    store::bulk::unfile(tx, user_id, &ids)?;
    Ok(!ids.is_empty())
}

/// Deletes a folder and those inside it. Their bookmarks stay, unfiled, and burn as such ones
/// do; their reminders go, and so do pushes of theirs that are still waiting.
///
/// # Errors
/// `NotFound` when it is not theirs.
pub fn delete(tx: &WriteTx, user_id: UserId, id: FolderId) -> Result<()> {
    store::folders::get(tx, user_id, id)?;
    let folders = store::folders::list(tx, user_id)?;
    let doomed = |folder_id| is_inside(&folders, folder_id, id);
    for reminder in store::reminders::list(tx, user_id)? {
        if matches!(reminder.settings.target, Target::Folder(folder_id) if doomed(folder_id)) {
            store::deliveries::cancel_of_reminder(tx, reminder.id, "its folder was deleted")?;
        }
    }
    // Before their bookmarks cannot be told from others any more.
    let doomed: Vec<_> =
        folders.iter().map(|folder| folder.id).filter(|id| doomed(*id)).map(Some).collect();
    store::burning::take_back(tx, user_id, &doomed)?;
    let filed = Filter { folder_id: Some(id), stage: Stage::Any, ..Filter::default() };
    let list = || store::bookmarks::list_ids(tx, user_id, &filed);
    hooks::watch_many(tx, user_id, list, || {
        burning::change_rules(tx, user_id, || store::folders::delete(tx, id))
    })
}

/// Whether `inner` is `outer` or lies in it, however deep.
fn is_inside(folders: &[Folder], inner: FolderId, outer: FolderId) -> bool {
    depth_until(folders, Some(inner), outer).is_some()
}

/// How many steps up from `start` `goal` is.
fn depth_until(folders: &[Folder], start: Option<FolderId>, goal: FolderId) -> Option<usize> {
    let mut at = start;
    for steps in 0..=folder::DEPTH_MAX {
        let id = at?;
        if id == goal {
            return Some(steps);
        }
        at = folders.iter().find(|folder| folder.id == id)?.parent_id;
    }
    None
}

fn check_parent(
    tx: &Tx,
    user_id: UserId,
    id: Option<FolderId>,
    parent_id: Option<FolderId>,
) -> Result<()> {
    let Some(parent) = parent_id else { return Ok(()) };
    let folders = store::folders::list(tx, user_id)?;
    let parent_of =
        |id: FolderId| folders.iter().find(|folder| folder.id == id).and_then(|f| f.parent_id);
    if !folders.iter().any(|folder| folder.id == parent) {
        return Err(Error::invalid(
            "parent_id",
            format!("there is no folder {parent}, expected one of yours or none"),
        ));
    }
    if id.is_some_and(|id| is_inside(&folders, parent, id)) {
        return Err(Error::invalid("parent_id", "a folder cannot lie inside itself"));
    }
    let above =
        std::iter::successors(Some(parent), |id| parent_of(*id)).take(folder::DEPTH_MAX).count();
    let below = id.map_or(0, |id| {
        let depths = folders.iter().filter_map(|folder| depth_until(&folders, Some(folder.id), id));
        depths.max().unwrap_or(0)
    });
    if above + below >= folder::DEPTH_MAX {
        return Err(Error::invalid(
            "parent_id",
            format!("deeper than the {} levels allowed", folder::DEPTH_MAX),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Zone;
    use crate::ops;
    use crate::store::testing::Memory;

    #[test]
    fn a_tree_has_no_loops_no_twins_and_an_end() {
        let mut db = Memory::open();
        let user =
            db.write(|tx| ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)).unwrap();
        let mut make = |parent, title: &str| db.write(|tx| create(tx, user, parent, title, None));
        let top = make(None, "Recipes").unwrap().id;
        let inner = make(Some(top), "Bread").unwrap().id;
        assert!(matches!(make(None, "recipes"), Err(Error::Conflict(_))));
        assert!(matches!(make(Some(FolderId(99)), "x"), Err(Error::Invalid { .. })));
        let (mut at, mut depth) = (inner, 2);
        while let Ok(folder) = make(Some(at), "Deeper") {
            (at, depth) = (folder.id, depth + 1);
        }
        assert_eq!(depth, folder::DEPTH_MAX);
        for (id, parent) in [(top, inner), (top, top)] {
            let into = Change { parent_id: Some(Some(parent)), ..Change::default() };
            let moved = db.write(|tx| change(tx, user, id, &into));
            assert!(matches!(moved, Err(Error::Invalid { .. })));
        }
        db.write(|tx| delete(tx, user, top)).unwrap();
        assert!(db.read(|tx| store::folders::list(tx, user)).unwrap().is_empty());
    }
}
