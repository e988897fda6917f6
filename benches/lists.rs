//! How long the server works on one page of each list among 1k, 100k and 1M links of one person,
//! with some of somebody else's beside them: from the request to the answer, as an HTTP thread has
//! it, by the time that a core works on it. And what home and a push read.
#![expect(clippy::disallowed_methods, reason = "a bench asks what time it really is")]
#![expect(clippy::print_stdout, reason = "the figures are its result")]

mod common;

use common::asking::Asker;
use common::measure::{Times, ms, resident_mib, timed, worked};
use common::server::Server;
use common::{asked_sizes, library, sized};
use toaster::model::id::{FolderId, UserId};
use toaster::model::reminder::{Pick, PickOrder, Target};
use toaster::store::bookmarks;
use toaster::store::{Store, Tx, Wakes};

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
/// For so many links there is one of another person.
const OTHERS: usize = 5;

/// The lists that are asked for, by what they are. `TREE` is a folder with 30 inside it, `LEAF`
/// one of those, and `SMALL` one with three old links.
const LISTS: [(&str, &str); 25] = [
    ("all", ""),
    ("all, oldest first", "sort=oldest"),
    ("unread", "unread=true"),
    ("unread, oldest first", "unread=true&sort=oldest"),
    ("read", "unread=false"),
    ("favourites", "favourite=true"),
    ("unread favourites", "favourite=true&unread=true"),
    ("the archive", "archived=true"),
    ("the archive, oldest first", "archived=true&sort=oldest"),
    ("the ashes", "burnt=true"),
    ("pages that could not be read", "state=failed,refused"),
    ("pages that wait", "state=pending"),
    ("a folder with 30 inside it", "folder=TREE"),
    ("the same, oldest first", "folder=TREE&sort=oldest"),
    ("unread in it", "folder=TREE&unread=true"),
    ("its favourites", "folder=TREE&favourite=true"),
    ("a folder with none inside it", "folder=LEAF"),
    ("unread in it", "folder=LEAF&unread=true"),
    ("a folder with three old links", "folder=SMALL"),
    ("a tag of every second link", "tag=common"),
    ("unread with it", "tag=common&unread=true"),
    ("a tag of every 200th", "tag=tag-7"),
    ("a tag that nobody has", "tag=nothing"),
    ("a folder's with a tag", "folder=TREE&tag=common"),
    ("a folder's with a rare tag", "folder=TREE&tag=tag-7"),
];
/// Of which lists pages far down are asked for.
const DEEP: [(&str, &str); 6] = [
    ("all", ""),
    ("all, oldest first", "sort=oldest"),
    ("unread", "unread=true"),
    ("the archive", "archived=true"),
    ("a folder with 30 inside it", "folder=TREE"),
    ("a tag of every second link", "tag=common"),
];
/// Whatever else is read of a library.
const OTHER: [(&str, &str); 12] = [
    ("any of all", "/api/v1/bookmarks/random"),
    ("any of the unread", "/api/v1/bookmarks/random?unread=true"),
    ("any unread of a folder", "/api/v1/bookmarks/random?folder=TREE&unread=true"),
    ("any of the favourites", "/api/v1/bookmarks/random?favourite=true"),
    ("folders with counts", "/api/v1/folders"),
    ("tags with counts", "/api/v1/tags"),
    ("page: home", "/"),
    ("page: home, another of the pile", "/?another=1"),
    ("page: all", "/bookmarks"),
    ("page: a folder", "/bookmarks?folder=TREE"),
    ("page: folders", "/folders"),
    ("page: tags", "/tags"),
];

fn main() {
    for size in asked_sizes(&SIZES) {
        Lists::fill(size).measure();
    }
}

/// A library, and whose it is.
struct Lists {
    // Before the server, whose writer ends when nobody can ask it any more.
    store: Store,
    asker: Asker,
    server: Server,
    user_id: UserId,
    tree: FolderId,
    leaf: FolderId,
    small: FolderId,
    links: usize,
}

impl Lists {
    fn fill(links: usize) -> Self {
        let server = Server::start();
        let store = server.store(Wakes::default());
        let user_id = library::add_user(&store, "mina");
        let folders = library::add_folders(&store, user_id);
        let other = library::add_user(&store, "juno");
        let others = library::add_folders(&store, other);
        let (took, ()) = timed(|| {
            library::fill_with(&store, user_id, links, &folders, library::marked);
            library::fill_with(&store, other, links / OTHERS, &others, library::marked);
        });
        library::put_aside(&server.path());
        let small = library::add_small_folder(&store, user_id);
        println!("\n{links} links, saved in {} ms", ms(took));
        let asker = Asker::of(&server, user_id);
        Self { store, asker, server, user_id, tree: folders[0], leaf: folders[2], small, links }
    }

    fn measure(mut self) {
        let before = resident_mib();
        println!(
            "  one page of 50                        bytes   p50 ms    p99 ms    max ms  (work of a core)"
        );
        for (name, query) in LISTS {
            self.time(name, &format!("/api/v1/bookmarks?limit=50&{query}"));
        }
        for (name, query) in DEEP {
            let query = self.filled(query);
            let place = self.asker.place_after(&query, self.links / 4);
            let target = format!("/api/v1/bookmarks?limit=50&{query}{place}");
            self.time(&format!("{name}, far down"), &target);
        }
        println!("  what else is read                     bytes   p50 ms    p99 ms    max ms");
        for (name, target) in OTHER {
            self.time(name, target);
        }
        println!("  what a push reads                     links   p50 ms    p99 ms    max ms");
        self.picks();
        println!("  memory {before:.1} MiB before, {:.1} MiB at the end", resident_mib());
        drop((self.store, self.asker));
        drop(self.server);
    }

    /// A target with the ids that it names.
    fn filled(&self, target: &str) -> String {
        [("TREE", self.tree), ("LEAF", self.leaf), ("SMALL", self.small)]
            .iter()
            .fold(target.to_owned(), |target, (name, id)| target.replace(name, &id.to_string()))
    }

    fn time(&mut self, name: &str, target: &str) {
        let target = self.filled(target);
        let mut bytes = 0;
        let mut times = Times::default();
        for _ in 0..sized(200, 3) {
            let before = worked();
            bytes = self.asker.get(&target).len();
            times.push(worked() - before);
        }
        print(name, bytes, times);
    }

    fn picks(&self) {
        let targets = [("all unread", Target::All), ("a folder tree", Target::Folder(self.tree))];
        for (name, target) in targets {
            for order in [PickOrder::Oldest, PickOrder::Newest, PickOrder::Random] {
                let pick = Pick { order, count: 5 };
                let (mut waiting, mut times) = (0, Times::default());
                for _ in 0..sized(200, 3) {
                    let before = worked();
                    let read = |tx: &Tx| bookmarks::waiting(tx, self.user_id, target, pick);
                    waiting = self.store.read(read).expect("it can be read").1;
                    times.push(worked() - before);
                }
                print(&format!("five of {name}, {}", order.as_str()), waiting, times);
            }
        }
    }
}

fn print(name: &str, size: usize, mut times: Times) {
    println!("  {name:<34} {size:>8} {}", times.summary());
}
