//! How a segment says which of its bookmarks have which grams: blocks of entries in the order of
//! their keys. An entry holds either the distances between its bookmarks, or a bit for each
//! bookmark of the segment, whichever is shorter.

use std::collections::HashMap;

/// The most bookmarks of a segment.
pub(super) const DOCS_MAX: usize = 4_096;
const WORDS: usize = DOCS_MAX / 64;
/// A block of so many bytes is full: with what belongs to its row it fills a page of the database.
pub(super) const BLOCK_BYTES: usize = 3_900;

/// A set of bookmarks of a segment, by their places in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bits(Box<[u64; WORDS]>);

impl Bits {
    /// None.
    pub(super) fn none() -> Self {
        Self(Box::new([0; WORDS]))
    }

    /// The first so many.
    pub(super) fn first(count: usize) -> Self {
        let mut bits = Self::none();
        (0..count.min(DOCS_MAX)).for_each(|at| bits.insert(at));
        bits
    }

    fn insert(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    pub(super) fn keep(&mut self, others: &Self) {
        self.0.iter_mut().zip(others.0.iter()).for_each(|(word, other)| *word &= other);
    }

    pub(super) fn add(&mut self, others: &Self) {
        self.0.iter_mut().zip(others.0.iter()).for_each(|(word, other)| *word |= other);
    }

    pub(super) fn remove(&mut self, others: &Self) {
        self.0.iter_mut().zip(others.0.iter()).for_each(|(word, other)| *word &= !other);
    }

    /// The places in it, in order.
    pub(super) fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            std::iter::successors(Some(*word), |word| Some(word & word.wrapping_sub(1)))
                .take_while(|word| *word != 0)
                .map(move |word| at * 64 + word.trailing_zeros() as usize)
        })
    }
}

/// The places of bookmarks by the keys of their grams, each in order.
pub(super) type Postings = HashMap<i64, Vec<u16>>;

/// The blocks of postings, and the first key of each.
pub(super) fn encode(postings: &Postings) -> (Vec<i64>, Vec<Vec<u8>>) {
    let mut keys: Vec<i64> = postings.keys().copied().collect();
    keys.sort_unstable();
    let (mut firsts, mut blocks) = (Vec::new(), Vec::<Vec<u8>>::new());
    let mut last = 0;
    let mut entry = Vec::new();
    for key in keys {
        entry.clear();
        encode_places(&postings[&key], &mut entry);
        let is_full = |block: &Vec<u8>| block.len() + entry.len() > BLOCK_BYTES;
        if blocks.last().is_none_or(is_full) {
            firsts.push(key);
            blocks.push(Vec::with_capacity(BLOCK_BYTES));
            last = key;
        }
        if let Some(block) = blocks.last_mut() {
            write_number(key.abs_diff(last), block);
            block.extend_from_slice(&entry);
        }
        last = key;
    }
    (firsts, blocks)
}

/// The length, its lowest bit saying which of the two forms it is of, and then the places.
fn encode_places(places: &[u16], entry: &mut Vec<u8>) {
    let mut distances = Vec::with_capacity(places.len() * 2);
    let mut last = 0;
    for place in places {
        write_number(u64::from(place - last), &mut distances);
        last = *place;
    }
    let words = usize::from(last) / 64 + 1;
    if distances.len() <= words * 8 {
        write_number((distances.len() as u64) << 1, entry);
        entry.extend_from_slice(&distances);
        return;
    }
    let mut bits = Bits::none();
    places.iter().for_each(|place| bits.insert(usize::from(*place)));
    write_number((words as u64 * 8) << 1 | 1, entry);
    bits.0[..words].iter().for_each(|word| entry.extend_from_slice(&word.to_le_bytes()));
}

/// The bookmarks that a key stands for in a block that begins with the key `first`. A block that
/// makes no sense stands for none.
pub(super) fn find(mut block: &[u8], first: i64, key: i64) -> Option<Bits> {
    let wanted = key.abs_diff(first);
    let mut at: u64 = 0;
    while at <= wanted {
        at = at.checked_add(read_number(&mut block)?)?;
        let length = read_number(&mut block)?;
        let (entry, rest) = block.split_at_checked(usize::try_from(length >> 1).ok()?)?;
        if at == wanted {
            return decode_places(entry, length & 1 == 1);
        }
        block = rest;
    }
    None
}

fn decode_places(mut entry: &[u8], is_bits: bool) -> Option<Bits> {
    let mut bits = Bits::none();
    if is_bits {
        for (word, bytes) in bits.0.iter_mut().zip(entry.chunks_exact(8)) {
            *word = u64::from_le_bytes(bytes.try_into().ok()?);
        }
        return Some(bits);
    }
    let mut place: usize = 0;
    while !entry.is_empty() {
        place = place.checked_add(usize::try_from(read_number(&mut entry)?).ok()?)?;
        if place < DOCS_MAX {
            bits.insert(place);
        }
    }
    Some(bits)
}

/// Seven bits in a byte, the lowest first; the highest bit says that more follow.
fn write_number(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_into_blocks_is_found_there() {
        let mut random = fastrand::Rng::with_seed(5);
        let mut postings = Postings::new();
        for n in 0..3_000 {
            let key = if n % 10 == 0 { -random.i64(1..1 << 40) } else { random.i64(0..i64::MAX) };
            let every = [1, 2, 30, 4_000][n % 4];
            let places: Vec<u16> =
                (0..DOCS_MAX as u16).filter(|_| random.u32(..every) == 0).collect();
            if !places.is_empty() {
                postings.insert(key, places);
            }
        }
        let (firsts, blocks) = encode(&postings);
        assert!(firsts.is_sorted() && firsts.len() == blocks.len() && blocks.len() > 10);
        assert!(blocks.iter().all(|block| block.len() <= BLOCK_BYTES + 10));
        let look_up = |key: i64| {
            let at = firsts.partition_point(|first| *first <= key).checked_sub(1)?;
            find(&blocks[at], firsts[at], key)
        };
        for (key, places) in &postings {
            let found: Vec<usize> = look_up(*key).unwrap().places().collect();
            assert!(found.iter().map(|place| *place as u16).eq(places.iter().copied()), "{key}");
            if !postings.contains_key(&(key - 1)) {
                assert_eq!(look_up(key - 1), None);
            }
        }
    }

    #[test]
    fn a_broken_block_stands_for_nothing() {
        let mut random = fastrand::Rng::with_seed(9);
        for _ in 0..20_000 {
            let block: Vec<u8> = (0..random.usize(..40)).map(|_| random.u8(..)).collect();
            find(&block, random.i64(..), random.i64(..));
        }
        assert_eq!(find(&[0x80; 20], 0, 5), None);
        assert_eq!(
            find(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 0], 0, 5),
            None
        );
    }

    #[test]
    fn sets_are_sets() {
        let set = |places: &[usize]| {
            let mut bits = Bits::none();
            places.iter().for_each(|place| bits.insert(*place));
            bits
        };
        let check = |change: fn(&mut Bits, &Bits), expected: &[usize]| {
            let mut bits = set(&[0, 63, 64, 4_095]);
            change(&mut bits, &set(&[63, 65, 4_095]));
            assert_eq!(bits.places().collect::<Vec<_>>(), expected);
        };
        check(Bits::keep, &[63, 4_095]);
        check(Bits::add, &[0, 63, 64, 65, 4_095]);
        check(Bits::remove, &[0, 64]);
        assert_eq!(Bits::first(65).places().count(), 65);
        assert!(Bits::none().is_empty() && !set(&[70]).is_empty());
    }
}
