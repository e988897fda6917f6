//! Keeps the search index up with what is saved and changed.

use super::Worker;
use crate::error::Result;
use crate::model::time::Timestamp;
use crate::store::search;
use crate::store::{Store, Wake};

/// The indexer. Nobody waits for it: what it has not come to is found as well.
pub struct Indexer {
    store: Store,
}

impl Indexer {
    /// A worker whose first step makes good what is missing.
    pub fn new(store: Store) -> Self {
        Self { store }
    }
}

impl Worker for Indexer {
    type Message = Wake;

    /// Folds some texts or makes one segment, so that a stop is not held up.
    fn step(&mut self, _messages: Vec<Self::Message>) -> Result<Option<Timestamp>> {
        let texts = self.store.read(search::read_unfolded)?;
        if !texts.is_empty() {
            self.store.write(move |tx| search::put_texts(tx, &texts))?;
            return Ok(Some(self.store.now()));
        }
        let Some(segment) = self.store.read(search::read_fresh)? else { return Ok(None) };
        self.store.write(move |tx| search::put(tx, &segment))?;
        Ok(Some(self.store.now()))
    }
}
