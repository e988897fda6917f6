//! Libraries of made-up links: always the same ones, with the words of several languages.

use std::path::Path;
use std::time::Duration;

use fastrand::Rng;
use rusqlite::Connection;
use toaster::model::bookmark::{Link, NewBookmark};
use toaster::model::id::{FolderId, UserId};
use toaster::model::tag;
use toaster::model::time::{Timestamp, Zone};
use toaster::ops;
use toaster::store::Store;

/// A word that every fourth link has.
pub const FREQUENT: &str = "bread";
/// A word that one link in a thousand has.
pub const RARE: &str = "quixotry";

const LATIN: [&str; 40] = [
    "toaster", "oven", "recipe", "morning", "coffee", "rust", "async", "database", "index",
    "garden", "river", "mountain", "travel", "letter", "season", "market", "history", "science",
    "engine", "paper", "window", "winter", "summer", "system", "network", "design", "colour",
    "music", "guitar", "painting", "museum", "railway", "harbour", "island", "forest", "weather",
    "climate", "energy", "battery", "bicycle",
];
const HANGUL: [&str; 16] = [
    "토스트",
    "굽기",
    "아침",
    "커피",
    "레시피",
    "여행",
    "음악",
    "도서관",
    "저장",
    "링크",
    "알림",
    "데이터",
    "설계",
    "계절",
    "시장",
    "역사",
];
/// Links of one job while a library is filled. What a job changed is kept in memory until it
/// ends, in a list that SQLite walks at every statement, so large jobs are slow ones.
const BATCH: usize = 100;

/// Adds a person.
pub fn add_user(store: &Store, name: &str) -> UserId {
    let name = name.to_owned();
    store
        .write(move |tx| ops::accounts::add(tx, &name, "hash", false, &Zone::UTC))
        .expect("the name is free")
}

/// Adds a folder with ten inside it, each with two more, and returns it with all of them.
pub fn add_folders(store: &Store, user_id: UserId) -> Vec<FolderId> {
    store
        .write(move |tx| {
            let add = |parent, title: String| {
                toaster::store::folders::insert(tx, user_id, parent, &title)
            };
            let top = add(None, "Everything".to_owned())?;
            let mut all = vec![top];
            for n in 0..10 {
                let middle = add(Some(top), format!("Shelf {n}"))?;
                all.push(middle);
                for n in 0..2 {
                    all.push(add(Some(middle), format!("Box {n}"))?);
                }
            }
            Ok(all)
        })
        .expect("the titles are free")
}

/// Adds a folder with three links older than all others.
pub fn add_small_folder(store: &Store, user_id: UserId) -> FolderId {
    let mut rng = Rng::with_seed(3);
    let first = usize::MAX - 3;
    let links = [0, 1, 2].map(|n| (n, link(&mut rng, first + n)));
    store
        .write(move |tx| {
            let small = toaster::store::folders::insert(tx, user_id, None, "Small")?;
            for (n, new) in links {
                let saved_at = Some(Timestamp::from_ms(n as i64));
                let new = NewBookmark { folder_id: Some(small), saved_at, fetch: false, ..new };
                ops::bookmarks::save(tx, user_id, &new)?;
            }
            Ok(small)
        })
        .expect("the title is free")
}

/// The `n`th link: every fifth title is Korean, the others are Latin.
pub fn link(rng: &mut Rng, n: usize) -> NewBookmark {
    let words: &[&str] = if n.is_multiple_of(5) { &HANGUL } else { &LATIN };
    let mut title: Vec<&str> = (0..6).map(|_| words[rng.usize(..words.len())]).collect();
    if n.is_multiple_of(4) {
        title.push(FREQUENT);
    }
    if n.is_multiple_of(1000) {
        title.push(RARE);
    }
    let slug: Vec<&str> = (0..3).map(|_| LATIN[rng.usize(..LATIN.len())]).collect();
    let url = format!("https://site{}.example.com/{}/{n}", n % 500, slug.join("-"));
    let description: Vec<&str> = (0..15).map(|_| words[rng.usize(..words.len())]).collect();
    NewBookmark {
        title: title.join(" "),
        description: description.join(" "),
        ..NewBookmark::of(Link::parse(&url).expect("it is an address"))
    }
}

/// A link in one of several places and with tags: every tenth archived, every 20th a favourite,
/// every second with a tag, every 200th with the same rare one.
pub fn marked(n: usize, link: NewBookmark) -> NewBookmark {
    let common = if n.is_multiple_of(2) { ", common" } else { "" };
    let tags = tag::parse_line(&format!("tag-{}{common}", n % 200)).expect("they are tags");
    NewBookmark { archived: n % 10 == 3, favourite: n % 20 == 6, tags, ..link }
}

/// Turns every 20th link of a database to ash, and has the pages of some wait and of some fail.
pub fn put_aside(path: &Path) {
    let sql = Connection::open(path).expect("the database opens");
    sql.execute_batch(
        "UPDATE bookmarks SET burnt_at = 1
         WHERE id % 20 = 3 AND read_at IS NULL AND archived_at IS NULL;
         UPDATE bookmarks SET page_state = 'failed' WHERE id % 40 = 1;
         UPDATE bookmarks SET page_state = 'refused' WHERE id % 90 = 2;
         UPDATE bookmarks SET page_state = 'pending' WHERE id % 70 = 3;",
    )
    .expect("they can be changed");
}

/// Saves `count` links through the program's own op: two of three in one of `folders`, three
/// of four unread, a minute apart.
pub fn fill(store: &Store, user_id: UserId, count: usize, folders: &[FolderId]) {
    fill_with(store, user_id, count, folders, |_, link| link);
}

/// As [`fill`], with whatever `finish` makes of each link, which it is told by its number.
pub fn fill_with(
    store: &Store,
    user_id: UserId,
    count: usize,
    folders: &[FolderId],
    finish: fn(usize, NewBookmark) -> NewBookmark,
) {
    let start: Timestamp = "2024-01-01T00:00:00Z".parse().expect("it is an instant");
    let mut rng = Rng::with_seed(count as u64);
    for first in (0..count).step_by(BATCH) {
        let links: Vec<NewBookmark> = (first..count.min(first + BATCH))
            .map(|n| {
                let filed = NewBookmark {
                    folder_id: (n % 3 > 0).then(|| rng.choice(folders).copied()).flatten(),
                    unread: n % 4 > 0,
                    saved_at: Some(start + Duration::from_mins(n as u64)),
                    fetch: false,
                    ..link(&mut rng, n)
                };
                finish(n, filed)
            })
            .collect();
        store
            .write(move |tx| {
                links.iter().try_for_each(|new| ops::bookmarks::save(tx, user_id, new).map(drop))
            })
            .expect("they are saved");
    }
}
