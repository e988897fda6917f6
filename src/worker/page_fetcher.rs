//! Reads the pages of new links, one at a time; several of these may run beside one another.

use std::sync::Arc;

use url::Url;

use super::Worker;
use super::picture_keeper::PictureKeeper;
use crate::error::Result;
use crate::fetch::Fetcher;
use crate::model::page::PageState;
use crate::model::reason::Reason;
use crate::model::time::Timestamp;
use crate::ops::pages::{Claimed, Read};
use crate::store::{Pictures, Store, Wake};
use crate::{ops, store};

/// Reads what is behind a link.
pub trait Reader {
    /// Reads a page and, if it has one, its picture; never fails.
    fn read(&mut self, url: &str) -> Read;
}

/// A page fetcher.
pub struct PageFetcher<R> {
    store: Store,
    reader: R,
}

impl<R: Reader> PageFetcher<R> {
    /// A fetcher that reads through `reader`.
    pub fn new(store: Store, reader: R) -> Self {
        Self { store, reader }
    }

    fn read(&mut self, claimed: &Claimed) -> Read {
        let reader = &mut self.reader;
        let url = &claimed.url;
        let attempt = std::panic::AssertUnwindSafe(|| reader.read(url));
        // A page that breaks us is the page's failure: it must not be tried for ever.
        std::panic::catch_unwind(attempt)
            .unwrap_or(Read::Failed { reason: Reason::NotUnderstood, again: false })
    }
}

impl<R: Reader> Worker for PageFetcher<R> {
    type Message = Wake;

    /// Reads one page, so that stopping never waits for more than one.
    fn step(&mut self, _wakes: Vec<Wake>) -> Result<Option<Timestamp>> {
        // Look before writing: an idle fetcher must not make the disk work.
        if self.store.read(store::pages::find_due)?.is_none() {
            return self.store.read(store::pages::next_due_at);
        }
        if let Some(claimed) = self.store.write(ops::pages::claim)? {
            let read = self.read(&claimed);
            let (id, tries, outcome) = (claimed.id.0, claimed.tries, read.name());
            self.store.write(move |tx| ops::pages::record(tx, &claimed, &read))?;
            tracing::info!(bookmark = id, tries, outcome, "page");
        }
        Ok(Some(self.store.now()))
    }
}

/// Reads from the real web, and keeps the pictures it finds.
pub struct WebReader {
    fetcher: Arc<Fetcher>,
    keeper: PictureKeeper,
}

impl WebReader {
    /// A reader that keeps its pictures there.
    pub fn new(fetcher: Arc<Fetcher>, pictures: Pictures) -> Self {
        Self { keeper: PictureKeeper::new(Arc::clone(&fetcher), pictures), fetcher }
    }
}

impl Reader for WebReader {
    fn read(&mut self, url: &str) -> Read {
        let Ok(url) = Url::parse(url) else {
            return Read::Failed { reason: Reason::AddressUnusable, again: false };
        };
        match self.fetcher.page(&url) {
            Ok(meta) => Read::Ready(Box::new(self.keeper.card(meta))),
            Err(failure) if failure.state == PageState::Refused => Read::Refused(failure.reason),
            Err(failure) => Read::Failed { reason: failure.reason, again: failure.again },
        }
    }
}
