//! What the index knows of a text: its grams, short stretches of characters. A text that a needle
//! is found in has all of the needle's grams, so that most texts need not be looked at.

use super::fold::{BREAK, SPACE, is_cjk};
use super::needle::Needle;

/// Bits that any character fits in.
const CHAR_BITS: u32 = 21;

/// The key of a gram of up to three characters; never negative.
fn key(chars: &[char]) -> i64 {
    chars.iter().rev().fold(0, |key, c| (key << CHAR_BITS) | i64::from(u32::from(*c)))
}

/// How a bookmark may stand, as the index knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It was read.
    Read = -1,
    /// It is one of the best.
    Favourite = -2,
    /// It was put away.
    Archived = -3,
    /// It turned to ash.
    Burnt = -4,
}

/// The key under which the index knows what has that tag; ids begin with 1.
pub fn tag_key(id: i64) -> i64 {
    id.saturating_mul(-2) - 3
}

/// The key under which the index knows what is filed in that folder.
pub fn folder_key(id: i64) -> i64 {
    id.saturating_mul(-2) - 4
}

/// Tells `each` the keys of all grams of a folded text, some of them more than once.
pub fn grams_of_text(text: &str, mut each: impl FnMut(i64)) {
    // The two characters before, as far as they are in the same stretch.
    let (mut last, mut last_but_one): (Option<char>, Option<char>) = (None, None);
    let mut gap = None;
    for c in text.chars() {
        match c {
            '\n' => (last, last_but_one, gap) = (None, None, None),
            SPACE | BREAK => gap = Some(c),
            c => {
                each(key(&[c]));
                let gap = gap.take();
                let (before, before_that) = (last, last_but_one);
                (last, last_but_one) = (Some(c), None);
                match (before, gap) {
                    (Some(before), None | Some(SPACE)) if is_cjk(before) && is_cjk(c) => {
                        each(key(&[before, c]));
                    }
                    (Some(before), None) if !is_cjk(before) && !is_cjk(c) => {
                        each(key(&[before, c]));
                        if let Some(first) = before_that {
                            each(key(&[first, before, c]));
                        }
                        last_but_one = Some(before);
                    }
                    (Some(before), Some(_)) if !is_cjk(before) && !is_cjk(c) => {
                        each(key(&[before, SPACE, c]));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The keys of the longest grams of a needle, and whether they say all of it: then each text that
/// has them matches.
pub fn grams_of_needle(needle: &Needle) -> (Vec<i64>, bool) {
    let chars = needle.chars();
    let mut keys = Vec::new();
    let same_run = |left: &char, right: &char| {
        *left != SPACE && *right != SPACE && is_cjk(*left) == is_cjk(*right)
    };
    let mut runs = 0;
    for run in chars.chunk_by(same_run) {
        runs += 1;
        let longest = if is_cjk(run[0]) { 2 } else { 3 };
        keys.extend(run.windows(longest.min(run.len())).map(key).filter(|_| run[0] != SPACE));
    }
    for around in chars.windows(3) {
        if around[1] == SPACE && !is_cjk(around[0]) && !is_cjk(around[2]) {
            keys.push(key(around));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    let whole = runs == 1 && keys.len() == 1 && chars.len() <= 3;
    let whole = whole && (chars.len() < 3 || !is_cjk(chars[0]));
    (keys, whole)
}

/// The keys that each address has that leads to a host or one below it.
pub fn grams_of_host(host: &str) -> Vec<i64> {
    let (readable, _) = idna::domain_to_unicode(host);
    Needle::of(&readable).map(|needle| grams_of_needle(&needle).0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::search::fold;
    use std::collections::BTreeSet;

    fn grams(text: &str) -> BTreeSet<i64> {
        let mut found = BTreeSet::new();
        grams_of_text(text, |gram| found.extend([gram]));
        found
    }

    #[test]
    fn a_text_that_matches_has_all_grams_of_the_needle() {
        let mut random = fastrand::Rng::with_seed(7);
        let letters =
            ["a", "b", " ", " ", ", ", "국", "어", "京", "か\u{3099}", "é", "1", "\n", "🍞"];
        let (mut found, mut sure) = (0, 0);
        for _ in 0..60_000 {
            let mut text = |max| -> String {
                (0..random.usize(1..max)).map(|_| letters[random.usize(..letters.len())]).collect()
            };
            let Some(needle) = Needle::of(&text(5)) else { continue };
            let lines: Vec<String> = text(16).split('\n').map(fold).collect();
            let text = lines.join("\n");
            let matches = needle.closeness(&text).is_some();
            let (keys, whole) = grams_of_needle(&needle);
            let known = grams(&text);
            let may_match = keys.iter().all(|key| known.contains(key));
            assert!(may_match || !matches, "{needle:?} in {text:?}");
            assert!(!whole || may_match == matches, "{needle:?} in {text:?}");
            found += usize::from(matches);
            sure += usize::from(matches && whole);
        }
        assert!(found > 5_000 && sure > 2_000, "{found} {sure}");
    }

    #[test]
    fn tags_and_folders_share_no_key_with_one_another_or_with_grams() {
        let keys: BTreeSet<i64> = (1..50).flat_map(|id| [tag_key(id), folder_key(id)]).collect();
        assert_eq!(keys.len(), 98);
        assert!(keys.iter().all(|key| *key < State::Burnt as i64));
        assert!(grams("\u{10ffff}\u{10ffff}\u{10ffff} abc").iter().all(|key| *key > 0));
    }
}
