//! The routes that there are, read from where they are written.

use std::collections::BTreeSet;

/// Every method and path that `http/api/mod.rs` matches, as `get bookmarks/{}`.
pub(super) fn matched() -> BTreeSet<String> {
    let arms = include_str!("../mod.rs").lines().filter_map(|line| arm(line.trim()));
    let found: BTreeSet<String> = arms.flatten().collect();
    assert!(found.len() > 30, "the routes are written in another way: {found:?}");
    found
}

/// What `(Get, ["bookmarks", id]) => …` matches; a place that may be one of several words makes
/// several of it.
fn arm(line: &str) -> Option<Vec<String>> {
    let (method, rest) = line.strip_prefix('(')?.split_once(", [")?;
    let (places, _) = rest.split_once("]) =>")?;
    if !["Get", "Post", "Patch", "Put", "Delete"].contains(&method) {
        return None;
    }
    let mut found = vec![method.to_ascii_lowercase()];
    for (number, place) in places.split(',').enumerate() {
        let between = if number == 0 { ' ' } else { '/' };
        let words = place.split('|').map(|word| match word.trim().strip_prefix('"') {
            Some(word) => word.trim_end_matches('"'),
            None => "{}",
        });
        let words: Vec<&str> = words.collect();
        let longer = |start: &String| {
            words.iter().map(move |word| format!("{start}{between}{word}")).collect::<Vec<_>>()
        };
        found = found.iter().flat_map(longer).collect();
    }
    Some(found)
}
