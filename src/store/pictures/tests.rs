use std::sync::Arc;

use super::*;
use crate::clock::SimClock;

const DAY: Duration = Duration::from_hours(24);
const ADDRESS: &str = "https://bread.example/loaf.jpg";

struct Cache {
    dir: tempfile::TempDir,
    clock: Arc<SimClock>,
}

impl Cache {
    fn new() -> Self {
        let clock = SimClock::at("2026-03-08T09:00:00Z".parse().unwrap());
        Self { dir: tempfile::tempdir().unwrap(), clock }
    }

    fn path(&self) -> std::path::PathBuf {
        self.dir.path().join(FILE_NAME)
    }

    fn open(&self, bytes_max: u64) -> Pictures {
        Pictures::open(&self.path(), bytes_max, self.clock.clone()).unwrap()
    }
}

/// Bytes that no other number gives.
fn bytes(number: u32) -> Vec<u8> {
    number.to_le_bytes().repeat(5_000)
}

#[test]
fn equal_pictures_are_kept_once_and_seen_by_all() {
    let cache = Cache::new();
    let (one, two) = (cache.open(1 << 20), cache.open(1 << 20));
    let key = one.put("image/png", b"png").unwrap();
    assert_eq!(two.put("image/png", b"png").unwrap(), key);
    assert_eq!(key.len(), 32);
    let count: i64 = one.sql.query_row("SELECT count(*) FROM pictures", [], |r| r.get(0)).unwrap();
    assert_eq!(count, 1);
    let found = two.find(&key).unwrap().unwrap();
    assert_eq!((found.content_type.as_str(), &*found.bytes), ("image/png", &b"png"[..]));
    assert_eq!(two.find("unknown").unwrap(), None);
}

#[test]
fn what_is_broken_or_from_another_version_starts_anew() {
    let cache = Cache::new();
    let key = cache.open(1 << 20).put("image/png", b"png").unwrap();
    assert!(cache.open(1 << 20).find(&key).unwrap().is_some(), "a good one is kept");
    std::fs::write(cache.path(), b"not a database at all, but long enough to be looked at")
        .unwrap();
    assert_eq!(cache.open(1 << 20).find(&key).unwrap(), None);
    std::fs::remove_file(cache.path()).unwrap();
    let old = Connection::open(cache.path()).unwrap();
    old.execute_batch("CREATE TABLE pictures (source TEXT PRIMARY KEY, bytes BLOB) STRICT")
        .unwrap();
    drop(old);
    let new = cache.open(1 << 20);
    let key = new.put("image/png", b"png").unwrap();
    assert!(new.find(&key).unwrap().is_some());
}

#[test]
fn the_file_stays_within_its_limit_and_what_was_looked_at_stays() {
    let cache = Cache::new();
    let limit = 1 << 20;
    let pictures = cache.open(limit);
    let loved = pictures.put("image/png", &bytes(0)).unwrap();
    let first = pictures.put("image/png", &bytes(1)).unwrap();
    for number in 2..400 {
        cache.clock.advance(DAY / 8);
        let newest = pictures.put("image/png", &bytes(number)).unwrap();
        pictures.trim().unwrap();
        assert!(pictures.find(&newest).unwrap().is_some(), "{number}");
        assert!(pictures.find(&loved).unwrap().is_some(), "{number}");
        let file = pictures.pragma("page_count").unwrap() * pictures.pragma("page_size").unwrap();
        assert!(file <= limit, "{file} bytes after {number}");
    }
    assert_eq!(pictures.find(&first).unwrap(), None);
    // A smaller limit gives the space back; none at all empties it.
    for (limit, most) in [(256 << 10, 256 << 10), (0, 64 << 10)] {
        let pictures = cache.open(limit);
        pictures.trim().unwrap();
        let file = pictures.pragma("page_count").unwrap() * pictures.pragma("page_size").unwrap();
        assert!(file <= most, "{file} bytes under {limit}");
    }
}

#[test]
fn looking_at_a_picture_is_noted_once_a_day_and_waits_for_nobody() {
    let cache = Cache::new();
    let pictures = cache.open(1 << 20);
    let key = pictures.put("image/png", b"png").unwrap();
    let changes = |pictures: &Pictures| pictures.sql.total_changes();
    let before = changes(&pictures);
    pictures.find(&key).unwrap();
    assert_eq!(changes(&pictures), before);
    cache.clock.advance(DAY);
    let other = cache.open(1 << 20);
    other.sql.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(pictures.find(&key).unwrap().is_some(), "while another writes");
    assert_eq!(changes(&pictures), before);
    other.sql.execute_batch("COMMIT").unwrap();
    for _ in 0..3 {
        pictures.find(&key).unwrap();
    }
    assert_eq!(changes(&pictures), before + 1);
}

#[test]
fn what_an_address_gave_is_believed_for_a_while() {
    let cache = Cache::new();
    let pictures = cache.open(1 << 20);
    let key = pictures.put("image/png", b"png").unwrap();
    let found = Found { key: key.clone(), good: true };
    assert_eq!(pictures.recall(Purpose::Picture, ADDRESS).unwrap(), None);
    pictures.remember(Purpose::Picture, ADDRESS, Some(&found), DAY).unwrap();
    pictures.remember(Purpose::Icon, ADDRESS, None, DAY * 100).unwrap();
    assert_eq!(pictures.recall(Purpose::Picture, ADDRESS).unwrap(), Some(Some(found)));
    assert_eq!(pictures.recall(Purpose::Icon, ADDRESS).unwrap(), Some(None));
    cache.clock.advance(DAY);
    assert_eq!(pictures.recall(Purpose::Picture, ADDRESS).unwrap(), None);
    assert_eq!(pictures.recall(Purpose::Icon, ADDRESS).unwrap(), Some(None));
    // A clock set back must not make it last for ever.
    cache.clock.set("2020-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(pictures.recall(Purpose::Icon, ADDRESS).unwrap(), None);
    cache.clock.set("2030-01-01T00:00:00Z".parse().unwrap());
    pictures.trim().unwrap();
    let left: i64 =
        pictures.sql.query_row("SELECT count(*) FROM sources", [], |r| r.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[test]
fn an_address_whose_picture_is_gone_is_asked_again() {
    let cache = Cache::new();
    let pictures = cache.open(1 << 20);
    let key = pictures.put("image/png", b"png").unwrap();
    let found = Found { key, good: false };
    pictures.remember(Purpose::Picture, ADDRESS, Some(&found), DAY).unwrap();
    pictures.sql.execute("DELETE FROM pictures", []).unwrap();
    assert_eq!(pictures.recall(Purpose::Picture, ADDRESS).unwrap(), None);
}
