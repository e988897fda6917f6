//! Reads the pages of new links, one at a time; several of these may run beside one another. In
//! between it looks whether links of old are still there, for those who want to know.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use url::Url;

use super::Worker;
use super::picture_keeper::PictureKeeper;
use crate::error::Result;
use crate::fetch::Fetcher;
use crate::fetch::pace::{Occupied, Pace, Visit};
use crate::model::id::BookmarkId;
use crate::model::language::Language;
use crate::model::page::PageState;
use crate::model::reason::Reason;
use crate::model::time::Timestamp;
use crate::ops::link_checks::{self, Due};
use crate::ops::pages::{Claimed, Read, Unread};
use crate::store::{Pictures, Store, Wake};
use crate::{extract, ops, store};

/// Reads what is behind a link.
pub trait Reader {
    /// Reads a page and, if it has one, its picture, for somebody who reads `language`; never
    /// fails.
    fn read(&mut self, visit: Visit, url: &str, language: Language) -> Read;

    /// Asks whether a page is there, and if not, why.
    fn check(&mut self, visit: Visit, url: &str, language: Language) -> Result<(), Reason>;
}

/// What the page fetchers that run beside one another share.
#[derive(Clone)]
pub struct Crew {
    pace: Arc<Pace>,
    /// Rung by one that has found something to do, since there may be more.
    bell: Sender<()>,
    rung: Receiver<()>,
}

impl Crew {
    /// A crew of fetchers that keep to that pace.
    pub fn new(pace: Arc<Pace>) -> Self {
        let (bell, rung) = bounded(1);
        Self { pace, bell, rung }
    }
}

/// A page fetcher.
pub struct PageFetcher<R> {
    store: Store,
    crew: Crew,
    reader: R,
    checks_links: bool,
}

impl<R: Reader> PageFetcher<R> {
    /// A fetcher of that crew, which reads through `reader`.
    pub fn new(store: Store, crew: Crew, reader: R) -> Self {
        Self { store, crew, reader, checks_links: false }
    }

    /// Has it look after links as well, or not.
    #[must_use]
    pub fn checking_links(self, checks_links: bool) -> Self {
        Self { checks_links, ..self }
    }

    fn read(&mut self, visit: Visit, claimed: &Claimed) -> Read {
        let reader = &mut self.reader;
        let attempt =
            std::panic::AssertUnwindSafe(|| reader.read(visit, &claimed.url, claimed.language));
        // A page that breaks us is the page's failure: it must not be tried for ever.
        std::panic::catch_unwind(attempt).unwrap_or_else(|_| unreadable(Reason::NotUnderstood))
    }

    /// When to look again, where nothing can be read now.
    fn next_at(&self, free_in: Duration) -> Result<Option<Timestamp>> {
        let now = self.store.now();
        let next = self.store.read(|tx| {
            let page = store::pages::next_due_at(tx)?;
            let link = if self.checks_links { store::link_checks::next_due_at(tx)? } else { None };
            Ok(page.into_iter().chain(link).min())
        })?;
        // What is due already waits for its host. Instants have whole milliseconds.
        let free_at = now + free_in + Duration::from_millis(1);
        Ok(next.map(|next| if next <= now { free_at } else { next }))
    }

    /// Reads that page, unless another of the crew was quicker.
    fn read_page(&mut self, id: BookmarkId, host: &str) -> Result<()> {
        if let Some(visit) = self.crew.pace.visit_to(host)
            && let Some(claimed) = self.store.write(move |tx| ops::pages::claim(tx, id))?
        {
            let _ = self.crew.bell.try_send(());
            let read = self.read(visit, &claimed);
            let (id, tries, outcome) = (claimed.id.0, claimed.tries, read.name());
            self.store.write(move |tx| ops::pages::record(tx, &claimed, &read))?;
            tracing::info!(bookmark = id, tries, outcome, "page");
        }
        Ok(())
    }

    /// Looks whether that link is still there, unless another of the crew was quicker.
    fn check_link(&mut self, id: BookmarkId, host: &str) -> Result<()> {
        if let Some(visit) = self.crew.pace.visit_to(host)
            && let Some(claimed) = self.store.write(move |tx| link_checks::claim(tx, id))?
        {
            let _ = self.crew.bell.try_send(());
            let seen = self.check(visit, &claimed);
            let outcome =
                seen.err().map_or_else(|| "there".to_owned(), |reason| reason.to_string());
            self.store.write(move |tx| link_checks::record(tx, &claimed, seen))?;
            tracing::info!(bookmark = id.0, outcome, "link");
        }
        Ok(())
    }

    fn check(&mut self, visit: Visit, claimed: &link_checks::Claimed) -> Result<(), Reason> {
        let reader = &mut self.reader;
        let attempt =
            std::panic::AssertUnwindSafe(|| reader.check(visit, &claimed.url, claimed.language));
        // What breaks us is no proof that a link is dead.
        std::panic::catch_unwind(attempt).unwrap_or(Err(Reason::NotUnderstood))
    }
}

impl<R: Reader> Worker for PageFetcher<R> {
    type Message = Wake;

    /// Reads one page or, where none is to be read, looks at one link, so that stopping never
    /// waits for more than one.
    fn step(&mut self, _wakes: Vec<Wake>) -> Result<Option<Timestamp>> {
        let occupied = self.crew.pace.occupied();
        // Look before writing: an idle fetcher must not make the disk work.
        let page = self.store.read(|tx| store::pages::find_due(tx, &occupied.hosts))?;
        let link = match page {
            None if self.checks_links => {
                let Occupied { hosts, resting, .. } = &occupied;
                self.store.read(|tx| link_checks::find_due(tx, hosts, resting))?
            }
            _ => None,
        };
        match (page, link) {
            (Some((id, host)), _) => self.read_page(id, &host)?,
            (None, Some(Due::Link(id, host))) => self.check_link(id, &host)?,
            (None, Some(Due::PassBy(walk, place))) => {
                self.store.write(move |tx| link_checks::pass_by(tx, &walk, place))?;
            }
            (None, Some(Due::RoundOver(user_id))) => {
                self.store.write(move |tx| link_checks::end_round(tx, user_id))?;
            }
            (None, None) => return self.next_at(occupied.free_in),
        }
        Ok(Some(self.store.now()))
    }

    fn bell(&self) -> Receiver<()> {
        self.crew.rung.clone()
    }
}

const fn unreadable(reason: Reason) -> Read {
    Read::Unread(Unread::new(PageState::Failed, reason))
}

/// Reads from the real web, and keeps the pictures it finds.
pub struct WebReader {
    fetcher: Fetcher,
    keeper: PictureKeeper,
}

impl WebReader {
    /// A reader that keeps its pictures there.
    pub fn new(fetcher: Fetcher, pictures: Pictures) -> Self {
        Self { fetcher, keeper: PictureKeeper::new(pictures) }
    }
}

impl Reader for WebReader {
    fn read(&mut self, visit: Visit, url: &str, language: Language) -> Read {
        let Ok(url) = Url::parse(url) else { return unreadable(Reason::AddressUnusable) };
        let fetcher = self.fetcher.on(visit);
        match fetcher.page(&url, language) {
            Ok(meta) => Read::Ready(Box::new(self.keeper.card(&fetcher, meta))),
            Err(failure) => Read::Unread(Unread {
                state: failure.state,
                reason: failure.reason,
                again: failure.again,
                retry_after: failure.retry_after,
                title: extract::title_from_address(&url),
            }),
        }
    }

    fn check(&mut self, visit: Visit, url: &str, language: Language) -> Result<(), Reason> {
        let url = Url::parse(url).map_err(|_| Reason::AddressUnusable)?;
        self.fetcher.on(visit).check(&url, language).map_err(|failure| failure.reason)
    }
}
