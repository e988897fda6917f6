//! How long one page of a list or of a search takes among 100k links of one person, with 20k
//! of somebody else beside them.
#![expect(clippy::disallowed_methods, reason = "a bench asks what time it really is")]
#![expect(clippy::print_stdout, reason = "the figures are its result")]

mod common;

use common::measure::{Times, ms, timed};
use common::server::Server;
use common::{library, sized};
use toaster::model::id::{FolderId, UserId};
use toaster::model::reminder::{Pick, PickOrder, Target};
use toaster::store::bookmarks::{self, Cursor, Filter};
use toaster::store::{Store, Tx, Wakes, folders};

const LINKS: usize = 100_000;
const LINKS_OF_ANOTHER: usize = 20_000;
const PAGE: usize = 50;

fn main() {
    let server = Server::start();
    let store = server.store(Wakes::default());
    let lists = Lists::fill(&store);
    println!("\none page of {PAGE}                          rows    p50 ms    p99 ms    max ms");
    lists.pages();
    lists.searches();
    println!("\nwhat a firing and a push read              links    p50 ms    p99 ms    max ms");
    lists.picks();
    lists.counts();
}

/// A library, and whose it is.
struct Lists<'a> {
    store: &'a Store,
    user_id: UserId,
    links: usize,
    folders: Vec<FolderId>,
    /// One with three old links in it.
    small: FolderId,
}

impl<'a> Lists<'a> {
    fn fill(store: &'a Store) -> Self {
        let links = sized(LINKS, 2_000);
        let user_id = library::add_user(store, "mina");
        let folders = library::add_folders(store, user_id);
        let other = library::add_user(store, "juno");
        let others = library::add_folders(store, other);
        let (took, ()) = timed(|| {
            library::fill(store, user_id, links, &folders);
            library::fill(store, other, sized(LINKS_OF_ANOTHER, 400), &others);
        });
        let small = library::add_small_folder(store, user_id);
        println!("{links} links, filled through ops::bookmarks::save in {} ms", ms(took));
        Self { store, user_id, links, folders, small }
    }

    fn pages(&self) {
        let (top, leaf) = (self.folders[0], self.folders[2]);
        let all = Filter::default();
        let deep = Filter { after: Some(self.halfway()), ..Filter::default() };
        let filed = Filter { folder_id: Some(top), ..Filter::default() };
        let filed_deep = Filter { after: deep.after, ..filed.clone() };
        let in_leaf = Filter { folder_id: Some(leaf), ..Filter::default() };
        let unread = Filter { unread: Some(true), ..Filter::default() };
        let read = Filter { unread: Some(false), ..Filter::default() };
        let unread_filed = Filter { unread: Some(true), ..filed.clone() };
        self.time("first page", &all);
        self.time("page halfway down, by cursor", &deep);
        self.time("folder with 30 inside it", &filed);
        self.time("the same, halfway down", &filed_deep);
        self.time("folder with none inside it", &in_leaf);
        let in_small = Filter { folder_id: Some(self.small), ..Filter::default() };
        self.time("folder with three old links", &in_small);
        self.time("unread", &unread);
        self.time("read", &read);
        self.time("unread in a folder with 30 inside it", &unread_filed);
    }

    fn searches(&self) {
        let leaf = self.folders[2];
        for (name, words) in [
            ("search: two Latin letters", "to"),
            ("search: two that begin one word", "gu"),
            ("search: two Hangul syllables", "굽기"),
            ("search: one Hangul syllable", "토"),
            ("search: a word of every fourth link", library::FREQUENT),
            ("search: a rare word", library::RARE),
            ("search: a word of every address", "https"),
            ("search: frequent and rare", "bread quixotry"),
            ("search: a word that nobody has", "zzyzx"),
        ] {
            let filter = Filter { words: Some(words.into()), ..Filter::default() };
            self.time(name, &filter);
        }
        let frequent = Filter { words: Some(library::FREQUENT.into()), ..Filter::default() };
        let deep = Filter { after: Some(self.halfway()), ..frequent.clone() };
        let everything = Filter { words: Some("https".into()), ..deep.clone() };
        let filed = Filter { folder_id: Some(leaf), ..frequent };
        self.time("search: frequent, halfway down", &deep);
        self.time("search: every address, halfway down", &everything);
        self.time("search: frequent, in one folder", &filed);
    }

    fn picks(&self) {
        let targets =
            [("all unread", Target::All), ("a folder tree", Target::Folder(self.folders[0]))];
        let orders = [PickOrder::Oldest, PickOrder::Newest, PickOrder::Random];
        for (name, target) in targets {
            for order in orders {
                let pick = Pick { order, count: 5 };
                let mut waiting = 0;
                let times = Times::of(sized(40, 3), |_| {
                    let read = |tx: &Tx| bookmarks::waiting(tx, self.user_id, target, pick);
                    waiting = self.store.read(read).expect("it can be read").1;
                });
                print(&format!("five of {name}, {}", order.as_str()), waiting, times);
            }
        }
    }

    fn counts(&self) {
        let count = sized(100, 3);
        let times = Times::of(count, |_| {
            self.store.read(|tx| bookmarks::count(tx, self.user_id)).expect("it can be read");
        });
        print("counts of all and unread", self.links, times);
        let times = Times::of(count, |_| {
            self.store.read(|tx| folders::list(tx, self.user_id)).expect("it can be read");
        });
        print("31 folders with their counts", self.links, times);
    }

    /// A place in the middle of all links.
    fn halfway(&self) -> Cursor {
        let mut cursor = None;
        for _ in 0..self.links / 2 / 1000 {
            let filter = Filter { after: cursor, ..Filter::default() };
            cursor = self.list(&filter, 1000).last().map(Cursor::of);
        }
        cursor.expect("there are links")
    }

    fn list(&self, filter: &Filter, limit: usize) -> Vec<toaster::model::bookmark::Bookmark> {
        self.store
            .read(|tx| bookmarks::list(tx, self.user_id, filter, limit))
            .expect("it can be read")
    }

    fn time(&self, name: &str, filter: &Filter) {
        let mut rows = 0;
        let times = Times::of(sized(200, 5), |_| rows = self.list(filter, PAGE).len());
        print(name, rows, times);
    }
}

fn print(name: &str, rows: usize, mut times: Times) {
    println!("  {name:<40} {rows:>6} {}", times.summary());
}
