//! How long one page of a search takes among 1k, 100k and 1M links of one person, by the time
//! that a core works on it; and what the index costs in time, memory and on the disk.
#![expect(clippy::disallowed_methods, reason = "a bench asks what time it really is")]
#![expect(clippy::print_stdout, reason = "the figures are its result")]

mod common;

use std::time::Duration;

use common::measure::{Times, ms, resident_mib, timed, worked};
use common::server::Server;
use common::{asked_sizes, library, sized};
use rusqlite::Connection;
use toaster::model::bookmark::BookmarkChange;
use toaster::model::id::{BookmarkId, UserId};
use toaster::model::tag;
use toaster::ops::{self, bulk::Action};
use toaster::store::bookmarks::{self, Filter};
use toaster::store::search::{self, Found, Sort, Start};
use toaster::store::{Store, Wakes, bulk};
use toaster::worker::Worker;
use toaster::worker::indexer::Indexer;

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const PAGE: usize = 50;
/// Every so many links have the tag.
const TAGGED: usize = 50;
/// So many of the newest are fresh, the most that the indexer leaves.
const FRESH: usize = 255;

/// The shapes that are measured, by what they are.
const SHAPES: [(&str, &str); 33] = [
    ("two Latin letters", "to"),
    ("two that are inside words", "oa"),
    ("two that nothing has", "qj"),
    ("one Latin letter", "z"),
    ("the inside of a word", "ridg"),
    ("two Hangul syllables", "굽기"),
    ("one Hangul syllable", "국"),
    ("one that every fifth has", "토"),
    ("a word of every fourth link", library::FREQUENT),
    ("a word of every link", "https"),
    ("another one", "example.com"),
    ("a rare word", library::RARE),
    ("frequent and rare", "bread quixotry"),
    ("six words", "toaster oven recipe morning coffee rust"),
    ("a word that nobody has", "zzyzx"),
    ("letters that all have, never so", "exampletoaster"),
    ("a number", "12345"),
    ("a phrase", "\"morning coffee\""),
    ("a phrase that nobody has", "\"bread https\""),
    ("a Korean phrase", "\"토스트 굽기\""),
    ("negation", "bread -toaster"),
    ("negation of what most have", "bread -river -oven -example -com"),
    ("negation of what all have", "https -com"),
    ("or", "quixotry OR 도서관 OR guitar"),
    ("or, with parentheses", "(bread OR 토스트) -(oven OR 굽기)"),
    ("unread", "bread is:unread"),
    ("read", "bread is:read"),
    ("in a folder", "bread folder:\"Shelf 3\""),
    ("in a folder, by its name", "shelf bread"),
    ("with a tag", "#kept bread"),
    ("without a tag", "-#kept https"),
    ("in the archive", "https is:archived"),
    ("between two days", "https after:2024-01-05 before:2024-01-20 -toaster"),
];

fn main() {
    for size in asked_sizes(&SIZES) {
        measure(size);
    }
}

fn measure(links: usize) {
    let server = Server::start();
    let store = server.store(Wakes::default());
    let user_id = library::add_user(&store, "mina");
    let folders = library::add_folders(&store, user_id);
    let before = resident_mib();
    println!("\n{links} links");
    let (filled, ()) = timed(|| library::fill(&store, user_id, links, &folders));
    put_away(&store, user_id);
    let mut indexer = Indexer::new(server.store(Wakes::default()));
    let (took, busy) = index(&mut indexer);
    freshen(&store, user_id);
    index(&mut indexer);
    println!(
        "  saved in {} ms, indexed in {} ms of one core's work; memory {before:.1} MiB before, {:.1} MiB then",
        ms(filled),
        ms(took),
        resident_mib()
    );
    println!("  a step of the indexer: p50, p99, max ms {}", { busy }.summary());
    sizes(&server);
    println!(
        "  one page of {PAGE}                        found   p50 ms    p99 ms    max ms  (work of a core)"
    );
    let reader = server.store(Wakes::default());
    for (name, words) in SHAPES {
        time(&reader, user_id, name, words, Sort::Relevance);
    }
    time(&reader, user_id, "a word of every link, newest", "https", Sort::Newest);
    time_next(&reader, user_id, "its second page", "https", Sort::Relevance, 1);
    time_next(&reader, user_id, "its 25th page", "https", Sort::Relevance, 24);
    time_next(&reader, user_id, "its 25th page, newest", "https", Sort::Newest, 24);
    println!("  memory at the end {:.1} MiB", resident_mib());
}

fn list_ids(store: &Store, user_id: UserId) -> Vec<BookmarkId> {
    let all = store.read(|tx| bookmarks::list_ids(tx, user_id, &Filter::default()));
    all.expect("it can be read")
}

/// Changes the newest.
fn freshen(store: &Store, user_id: UserId) {
    let newest = list_ids(store, user_id).into_iter().take(FRESH);
    let newest: Vec<_> = newest.collect();
    store
        .write(move |tx| {
            let change =
                BookmarkChange { note: Some("changed".into()), ..BookmarkChange::default() };
            newest
                .iter()
                .try_for_each(|id| ops::bookmarks::change(tx, user_id, *id, &change).map(drop))
        })
        .expect("they are changed");
}

/// Archives a few, and gives some a tag.
fn put_away(store: &Store, user_id: UserId) {
    let all = list_ids(store, user_id);
    let few: Vec<_> = all.iter().step_by(all.len() / 20 + 1).copied().collect();
    let tagged: Vec<_> = all.iter().step_by(TAGGED).copied().collect();
    store
        .write(move |tx| {
            let kept = tag::parse_line("kept")?;
            tagged.iter().try_for_each(|id| ops::tags::add(tx, user_id, *id, &kept).map(drop))?;
            ops::bulk::apply(tx, user_id, &bulk::list_own(tx, user_id, &few)?, &Action::Archive)
        })
        .expect("they are changed");
}

/// Has everything indexed; returns how long that took, and each step of it.
fn index(indexer: &mut Indexer) -> (Duration, Times) {
    let mut steps = Times::default();
    let (took, ()) = timed(|| {
        loop {
            let (took, next) = timed(|| indexer.step(Vec::new()).expect("it can be indexed"));
            steps.push(took);
            if next.is_none() {
                break;
            }
        }
    });
    (took, steps)
}

/// What the tables take on the disk.
fn sizes(server: &Server) {
    let sql = Connection::open(server.path()).expect("the database opens");
    let mib = |names: &str| -> f64 {
        let sum = format!(
            "SELECT coalesce(sum(pgsize), 0) / 1048576.0 FROM dbstat WHERE name GLOB '{names}'"
        );
        sql.query_row(&sum, [], |row| row.get(0)).unwrap_or_default()
    };
    println!(
        "  on the disk: bookmarks {:.1} MiB, their texts {:.1} MiB, segments {:.1} MiB, which is where {:.1} MiB",
        mib("bookmarks*"),
        mib("search_texts"),
        mib("search_[sb]*"),
        mib("search_docs*")
    );
}

fn find(store: &Store, user_id: UserId, words: &str, sort: Sort, from: Option<Start>) -> Found {
    let filter = Filter { words: Some(words.into()), ..Filter::default() };
    store.read(|tx| search::find(tx, user_id, &filter, sort, from, PAGE)).expect("it can be read")
}

fn time(store: &Store, user_id: UserId, name: &str, words: &str, sort: Sort) {
    time_from(store, user_id, name, words, sort, None);
}

fn time_next(store: &Store, user_id: UserId, name: &str, words: &str, sort: Sort, pages: usize) {
    let mut from = None;
    for _ in 0..pages {
        from = find(store, user_id, words, sort, from).next.or(from);
    }
    time_from(store, user_id, name, words, sort, from);
}

fn time_from(
    store: &Store,
    user_id: UserId,
    name: &str,
    words: &str,
    sort: Sort,
    from: Option<Start>,
) {
    let mut times = Times::default();
    let mut found = String::new();
    for _ in 0..sized(200, 3) {
        let before = worked();
        let page = find(store, user_id, words, sort, from);
        times.push(worked() - before);
        let more = |more: bool| if more { "+" } else { "" };
        found = match page.counts {
            Some(counts) => format!("{}{}", counts.total, more(counts.more)),
            None => format!("{}{}", page.bookmarks.len(), more(page.next.is_some())),
        };
    }
    println!("  {name:<36} {found:>8} {}", times.summary());
}
