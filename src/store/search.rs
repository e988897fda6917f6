//! Finding bookmarks by a query.
//!
//! Whether a bookmark matches is decided by looking at it, one by one, the newest first. So that
//! few need be looked at, segments know which grams the texts of up to 4,096 bookmarks have, and
//! with that which of them cannot match. A segment is never changed: what changes is fresh until another
//! segment knows it, and is looked at in any case. So the index is never wrong, only sometimes
//! of less help, and nothing that saves or changes a bookmark waits for it.

mod build;
mod newest;
mod plan;
mod postings;
mod segment;

use std::collections::BTreeMap;

use rusqlite::named_params;
use rusqlite::types::ValueRef;

use super::Tx;
use super::bookmarks::{self, Filter};
use crate::error::Result;
use crate::model::bookmark::Bookmark;
use crate::model::id::{BookmarkId, FolderId, TagId, UserId};
use crate::model::search::Needle;
use crate::model::time::Timestamp;

use newest::Newest;
use plan::{Checker, Match, Plan};

pub(super) use build::forget_other_versions;
pub use build::{Segment, Texts, put, put_texts, read_fresh, read_unfolded};

/// So many matches are ranked together: the newest, then the next newest, and so on.
const RANKED_MAX: usize = 1_000;
/// So many bookmarks are looked at for one page at most.
const CHECKED_MAX: usize = 2_000;
/// So many folders and tags are counted apart, those with the most matches.
const FACETS_MAX: usize = 20;

/// In which order matches come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// The best first, and of those as good the newest.
    #[default]
    Relevance,
    /// The newest first.
    Newest,
}

/// Where a bookmark stands in the order of time. That of its id counts for two of one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it was saved.
    pub saved_at: Timestamp,
    /// Its id.
    pub id: BookmarkId,
}

/// Where the next page of a search begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the first one before that place.
    Before(Place),
    /// Among those that are ranked together, from `newest` down to `oldest`, or to the end: after
    /// one of that score at that place.
    Ranked {
        /// The first place.
        newest: Place,
        /// The last place.
        oldest: Option<Place>,
        /// What the one before was worth.
        score: u32,
        /// Where that one stands.
        place: Place,
    },
}

/// A page of what was found.
#[derive(Debug)]
pub struct Found {
    /// Those that match.
    pub bookmarks: Vec<Bookmark>,
    /// Where the next page begins, if more may match. Where hardly any match of very many that had
    /// to be looked at, a page may be short, or empty, though there is a next one.
    pub next: Option<Start>,
    /// How many match; known on the first page only.
    pub counts: Option<Counts>,
    /// The words that were looked for.
    pub needles: Vec<Needle>,
}

/// How many bookmarks match, of those that were looked at for the first page.
#[derive(Debug, Default)]
pub struct Counts {
    /// All of them.
    pub total: usize,
    /// Whether there may be more than were counted.
    pub more: bool,
    /// Those that wait to be read.
    pub unread: usize,
    /// The folders that most of them are in.
    pub folders: Vec<(FolderId, usize)>,
    /// The tags that most of them have.
    pub tags: Vec<(TagId, String, usize)>,
}

/// A page of up to `limit` bookmarks that match; `from` is the `next` of the page before.
pub fn find(
    tx: &Tx,
    user_id: UserId,
    filter: &Filter,
    sort: Sort,
    from: Option<Start>,
    limit: usize,
) -> Result<Found> {
    let Some(plan) = Plan::make(tx, user_id, filter)? else {
        let counts = from.is_none().then(Counts::default);
        return Ok(Found { bookmarks: Vec::new(), next: None, counts, needles: Vec::new() });
    };
    let window = match sort {
        Sort::Relevance => look(tx, user_id, &plan, from, RANKED_MAX)?,
        Sort::Newest if from.is_none() => {
            look(tx, user_id, &plan, from, RANKED_MAX.max(limit + 1))?
        }
        Sort::Newest => look(tx, user_id, &plan, from, limit + 1)?,
    };
    let counts = match from {
        None => Some(count(tx, &window)?),
        Some(_) => None,
    };
    let (page, next) = match sort {
        Sort::Relevance => window.ranked(from, limit),
        Sort::Newest => window.newest(limit),
    };
    let bookmarks = bookmarks::find_all(tx, &page)?;
    Ok(Found { bookmarks, next, counts, needles: plan.needles })
}

/// Up to `limit` bookmarks that match and come after the filter's cursor, newest first.
pub(super) fn list(
    tx: &Tx,
    user_id: UserId,
    filter: &Filter,
    limit: usize,
) -> Result<Vec<Bookmark>> {
    bookmarks::find_all(tx, &places(tx, user_id, filter, limit)?)
}

/// All that match, newest first.
pub(super) fn list_ids(tx: &Tx, user_id: UserId, filter: &Filter) -> Result<Vec<BookmarkId>> {
    places(tx, user_id, filter, usize::MAX)
}

fn places(tx: &Tx, user_id: UserId, filter: &Filter, limit: usize) -> Result<Vec<BookmarkId>> {
    let Some(plan) = Plan::make(tx, user_id, filter)? else { return Ok(Vec::new()) };
    let mut checker = Checker::new(tx, user_id, &plan)?;
    let mut newest = Newest::new(tx, user_id, &plan, plan.span)?;
    let mut found = Vec::new();
    while found.len() < limit {
        let Some(place) = newest.next()? else { break };
        found.extend(checker.check(place)?.map(|found| found.place.id));
    }
    Ok(found)
}

/// What was looked at for a page.
struct Window {
    /// Those that match, newest first.
    matches: Vec<Match>,
    /// The last that was looked at, unless there are no more.
    last: Option<Place>,
}

fn look(
    tx: &Tx,
    user_id: UserId,
    plan: &Plan,
    from: Option<Start>,
    matches_max: usize,
) -> Result<Window> {
    let mut span = plan.span;
    match from {
        None => {}
        Some(Start::Before(place)) => span.before = span.before.min(place),
        Some(Start::Ranked { newest, oldest, .. }) => {
            let behind = Place { id: BookmarkId(newest.id.0.saturating_add(1)), ..newest };
            span.before = span.before.min(behind);
            span.since = oldest.map_or(span.since, |oldest| span.since.max(oldest));
        }
    }
    let mut checker = Checker::new(tx, user_id, plan)?;
    let mut newest = Newest::new(tx, user_id, plan, span)?;
    let mut window = Window { matches: Vec::new(), last: None };
    // What was ranked together once stays so, whatever was saved among it since.
    let (matches_max, checked_max) = match from {
        Some(Start::Ranked { .. }) => (usize::MAX, usize::MAX),
        _ => (matches_max, CHECKED_MAX),
    };
    for checked in 1.. {
        let Some(place) = newest.next()? else {
            window.last = None;
            break;
        };
        window.matches.extend(checker.check(place)?);
        window.last = Some(place);
        if window.matches.len() == matches_max || checked == checked_max {
            break;
        }
    }
    if let Some(Start::Ranked { oldest, .. }) = from {
        window.last = oldest;
    }
    Ok(window)
}

impl Window {
    /// A page in the order of time, and where the next one begins.
    fn newest(self, limit: usize) -> (Vec<BookmarkId>, Option<Start>) {
        let last = if self.matches.len() > limit {
            self.matches.get(limit - 1).map(|found| found.place)
        } else {
            self.last
        };
        let page = self.matches.into_iter().take(limit).map(|found| found.place.id).collect();
        (page, last.map(Start::Before))
    }

    /// A page in the order of how well they match, and where the next one begins.
    fn ranked(mut self, from: Option<Start>, limit: usize) -> (Vec<BookmarkId>, Option<Start>) {
        let newest = match from {
            Some(Start::Ranked { newest, .. }) => Some(newest),
            _ => self.matches.first().map(|found| found.place),
        };
        let oldest = self.last;
        self.matches.sort_by_key(|found| std::cmp::Reverse((found.score, found.place)));
        if let Some(Start::Ranked { score, place, .. }) = from {
            self.matches.retain(|found| (found.score, found.place) < (score, place));
        }
        let more = self.matches.len() > limit;
        self.matches.truncate(limit);
        let next = match (self.matches.last(), newest) {
            (Some(last), Some(newest)) if more => {
                Some(Start::Ranked { newest, oldest, score: last.score, place: last.place })
            }
            _ => oldest.map(Start::Before),
        };
        (self.matches.into_iter().map(|found| found.place.id).collect(), next)
    }
}

/// The ids of tags, joined with commas.
fn tag_ids(joined: ValueRef) -> rusqlite::Result<Vec<i64>> {
    let ids = joined.as_str_or_null()?.unwrap_or_default();
    Ok(ids.split(',').filter_map(|id| id.parse().ok()).collect())
}

/// Counts what was looked at.
fn count(tx: &Tx, window: &Window) -> Result<Counts> {
    let (mut folders, mut tags) = (BTreeMap::new(), BTreeMap::new());
    for found in &window.matches {
        found.folder_id.into_iter().for_each(|id| *folders.entry(id).or_default() += 1);
        found.tags.iter().for_each(|id| *tags.entry(*id).or_default() += 1);
    }
    let mut name = tx.sql().prepare_cached("SELECT name FROM tags WHERE id = :id")?;
    let mut named = Vec::new();
    for (id, count) in most(tags) {
        let name = name.query_row(named_params! { ":id": id }, |row| row.get("name"))?;
        named.push((TagId(id), name, count));
    }
    Ok(Counts {
        total: window.matches.len(),
        more: window.last.is_some(),
        unread: window.matches.iter().filter(|found| found.unread).count(),
        folders: most(folders).into_iter().map(|(id, count)| (FolderId(id), count)).collect(),
        tags: named,
    })
}

/// Those that were counted most often.
fn most(counted: BTreeMap<i64, usize>) -> Vec<(i64, usize)> {
    let mut counted: Vec<_> = counted.into_iter().collect();
    counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counted.truncate(FACETS_MAX);
    counted
}

#[cfg(test)]
mod tests;
