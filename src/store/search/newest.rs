//! Those bookmarks that may match, newest first, each once. A segment is opened only when the
//! newest of its bookmarks may be next.

use std::collections::BinaryHeap;

use rusqlite::named_params;

use super::Place;
use super::plan::{Plan, Span};
use super::segment;
use crate::error::Result;
use crate::model::id::UserId;
use crate::model::time::Timestamp;
use crate::store::Tx;

/// Walks down the order of time.
pub(super) struct Newest<'a> {
    tx: &'a Tx<'a>,
    plan: &'a Plan,
    span: Span,
    /// Segments not opened yet with the instant of their newest, that one last.
    closed: Vec<(Timestamp, i64)>,
    /// What is left of those opened, the newest last.
    open: Vec<Vec<Place>>,
    /// The newest of each that was opened.
    heads: BinaryHeap<(Place, usize)>,
    last: Option<Place>,
}

impl<'a> Newest<'a> {
    pub(super) fn new(tx: &'a Tx, user_id: UserId, plan: &'a Plan, span: Span) -> Result<Self> {
        let mut newest = Self {
            tx,
            plan,
            span,
            closed: Vec::new(),
            open: Vec::new(),
            heads: BinaryHeap::new(),
            last: None,
        };
        newest.add(fresh(tx, user_id)?);
        newest.closed = segments(tx, user_id, span)?;
        Ok(newest)
    }

    /// The next one.
    pub(super) fn next(&mut self) -> Result<Option<Place>> {
        loop {
            while let Some((newest_at, id)) = self.closed.last().copied() {
                if self.heads.peek().is_some_and(|(head, _)| head.saved_at > newest_at) {
                    break;
                }
                self.closed.pop();
                let places = segment::candidates(self.tx, id, &self.plan.root)?;
                self.add(places);
            }
            let Some((place, from)) = self.heads.pop() else { return Ok(None) };
            if let Some(next) = self.open[from].pop() {
                self.heads.push((next, from));
            }
            // One that has changed may be known to several segments.
            if self.last.replace(place) != Some(place) {
                return Ok(Some(place));
            }
        }
    }

    /// Adds places in the order of time.
    fn add(&mut self, mut places: Vec<Place>) {
        places.retain(|place| self.span.holds(place));
        if let Some(head) = places.pop() {
            self.heads.push((head, self.open.len()));
            self.open.push(places);
        }
    }
}

/// What no segment knows as it is now, in the order of time.
fn fresh(tx: &Tx, user_id: UserId) -> Result<Vec<Place>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT b.id, b.saved_at
         FROM search_docs d
         CROSS JOIN bookmarks b ON b.id = d.id
         WHERE d.user_id = :user_id AND d.segment_id IS NULL",
    )?;
    let places = stmt.query_map(named_params! { ":user_id": user_id }, |row| {
        Ok(Place { saved_at: row.get("saved_at")?, id: row.get("id")? })
    })?;
    let mut places: Vec<Place> = places.collect::<rusqlite::Result<_>>()?;
    places.sort_unstable();
    Ok(places)
}

/// The segments that reach into a span with the instant of their newest, that one last.
fn segments(tx: &Tx, user_id: UserId, span: Span) -> Result<Vec<(Timestamp, i64)>> {
    let mut stmt = tx.sql().prepare_cached(
        "SELECT newest_at, id
         FROM search_segments
         WHERE user_id = :user_id AND newest_at >= :since AND oldest_at <= :before
         ORDER BY newest_at, id",
    )?;
    let values = named_params! {
        ":user_id": user_id, ":since": span.since.saved_at, ":before": span.before.saved_at,
    };
    let segments = stmt.query_map(values, |row| Ok((row.get("newest_at")?, row.get("id")?)))?;
    Ok(segments.collect::<rusqlite::Result<_>>()?)
}
