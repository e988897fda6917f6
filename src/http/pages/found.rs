//! What a search found, for the list of links: cards that show where they match, and how many
//! there are of what.

use crate::error::Result;
use crate::http::pages::cards::Card;
use crate::http::paging;
use crate::http::speech::say_with;
use crate::model::folder::Folder;
use crate::model::search::Needle;
use crate::model::user::User;
use crate::store::Tx;
use crate::store::bookmarks::Filter;
use crate::store::search::{self, Counts, Sort, Start};

/// What is suggested while somebody types, beside their tags and folders.
pub(super) const OPERATORS: [&str; 14] = [
    "is:unread",
    "is:read",
    "is:favourite",
    "is:archived",
    "is:burnt",
    "is:any",
    "has:note",
    "has:tag",
    "in:title",
    "in:note",
    "site:",
    "after:7d",
    "after:1y",
    "before:1y",
];

/// A page of what was found.
pub(super) struct Found {
    pub(super) cards: Vec<Card>,
    /// Where the next page starts, if there is one.
    pub(super) next: Option<String>,
    pub(super) facets: Option<Facets>,
}

/// How many links match, for the chips that narrow a search.
pub(super) struct Facets {
    /// Of all of them: "12 links", "1,000+ links".
    pub(super) total: String,
    pub(super) unread: String,
    /// The id and title of folders, and how many are right in them.
    pub(super) folders: Vec<(i64, String, String)>,
    /// Tags, and how many have them.
    pub(super) tags: Vec<(String, String)>,
}

/// Looks for links.
pub(super) fn find(
    tx: &Tx,
    user: &User,
    filter: &Filter,
    (sort, start): (Sort, Option<Start>),
    folders: &[Folder],
    limit: usize,
) -> Result<Found> {
    let found = search::find(tx, user.id, filter, sort, start, limit)?;
    let needles: &[Needle] = &found.needles;
    let cards = found
        .bookmarks
        .iter()
        .map(|bookmark| Card::of(bookmark, folders, tx.now(), user).marked(bookmark, needles));
    Ok(Found {
        cards: cards.collect(),
        next: found.next.map(paging::search_cursor),
        facets: found.counts.map(|counts| Facets::of(counts, folders)),
    })
}

impl Facets {
    fn of(counts: Counts, folders: &[Folder]) -> Self {
        let more = if counts.more { "+" } else { "" };
        let many = |count: usize| format!("{count}{more}");
        let title = |id| folders.iter().find(|folder| folder.id == id).map(|f| f.title.clone());
        Self {
            total: if counts.total == 1 && !counts.more {
                say_with("{n} link found", &[("n", "1")])
            } else {
                say_with("{n} links found", &[("n", &many(counts.total))])
            },
            // None among the first thousand is no number to show.
            unread: if counts.unread == 0 && counts.more {
                String::new()
            } else {
                many(counts.unread)
            },
            folders: counts
                .folders
                .into_iter()
                .filter_map(|(id, count)| Some((id.0, title(id)?, many(count))))
                .collect(),
            tags: counts.tags.into_iter().map(|(_, name, count)| (name, many(count))).collect(),
        }
    }
}
