//! What a query says, as a tree.

use jiff::Span;
use jiff::civil::Date;

use super::needle::Needle;
use crate::model::time::{Slot, TimeOfDay, Timestamp, Zone};

/// A query as it was understood.
#[expect(clippy::large_enum_variant, reason = "a query has only a few of them")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Nothing was typed: everything is wanted.
    Everything,
    /// Something was typed in which there is nothing to look for.
    Nothing,
    /// What has to hold.
    Of(Node),
}

/// Something that holds for a bookmark or does not.
#[expect(clippy::large_enum_variant, reason = "a query has only a few of them")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// All of these hold.
    All(Vec<Node>),
    /// One of these holds.
    Any(Vec<Node>),
    /// That does not hold.
    Not(Box<Node>),
    /// It has that word or phrase, in that field or anywhere.
    Words(Needle, Option<Field>),
    /// It has that tag, written as it is compared.
    Tag(String),
    /// It is in a folder of that title, folded, or in one inside it.
    Folder(String),
    /// It is of that host or of one below it.
    Site(String),
    /// It stands so.
    Is(Is),
    /// It has that.
    Has(Has),
    /// It was saved before then.
    Before(When),
    /// It was saved then or later.
    After(When),
}

/// Where words are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The title.
    Title,
    /// What it is about.
    Description,
    /// What its owner says about it.
    Note,
    /// The address.
    Address,
    /// The name of the site and who wrote it.
    Site,
    /// The tags.
    Tags,
    /// The title of its folder.
    Folder,
}

/// How a bookmark stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// It waits to be read.
    Unread,
    /// It was read.
    Read,
    /// It is one of the best.
    Favourite,
    /// It was put away.
    Archived,
    /// It turned to ash.
    Burnt,
    /// Wherever it stands.
    Any,
}

/// What a bookmark may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    /// Words of its owner.
    Note,
    /// A tag.
    Tag,
    /// A folder that it is filed in.
    Folder,
}

/// A point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The start of that day.
    Day(Date),
    /// The start of the day so many days ago.
    Ago(u16),
}

impl When {
    /// Reads `2026`, `2026-03`, `2026-03-08`, `today`, `yesterday`, or a time ago such as `7d`,
    /// `2w`, `3m` or `1y`.
    pub(super) fn parse(typed: &str) -> Option<Self> {
        match typed {
            "today" => return Some(Self::Ago(0)),
            "yesterday" => return Some(Self::Ago(1)),
            _ => {}
        }
        let days = |unit| match unit {
            'd' => Some(1),
            'w' => Some(7),
            'm' => Some(30),
            'y' => Some(365),
            _ => None,
        };
        if let Some(days) = typed.chars().next_back().and_then(days) {
            let count: u16 = typed[..typed.len() - 1].parse().ok()?;
            return count.checked_mul(days).map(Self::Ago);
        }
        let mut parts = typed.splitn(3, '-').map(str::parse::<i16>);
        let year = parts.next()?.ok().filter(|year| (1970..=9999).contains(year))?;
        let month = parts.next().unwrap_or(Ok(1)).ok()?;
        let day = parts.next().unwrap_or(Ok(1)).ok()?;
        let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        date.ok().map(Self::Day)
    }

    /// The instant, for somebody in that zone.
    pub fn instant(self, now: Timestamp, zone: &Zone) -> Timestamp {
        match self {
            Self::Day(date) => start_of(date, zone),
            Self::Ago(days) => {
                let today = now.in_zone(zone).date();
                let day = today.checked_sub(Span::new().days(i64::from(days)));
                start_of(day.unwrap_or(Date::MIN), zone)
            }
        }
    }
}

fn start_of(day: Date, zone: &Zone) -> Timestamp {
    Slot::new(day, TimeOfDay::constant(0, 0)).instant(zone)
}

impl Node {
    /// The words that are looked for, for showing where they are.
    pub fn needles(&self) -> Vec<Needle> {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().flat_map(Self::needles).collect(),
            Self::Words(needle, _) => vec![needle.clone()],
            _ => Vec::new(),
        }
    }

    /// Whether it asks for bookmarks that stand so, other than by what they are not.
    pub fn asks_for(&self, is: Is) -> bool {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().any(|node| node.asks_for(is)),
            Self::Is(asked) => *asked == is,
            _ => false,
        }
    }
}
