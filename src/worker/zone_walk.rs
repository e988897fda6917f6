//! The walk through all reminders after the zone data were changed: each slot's instant is
//! computed anew, a piece at a time. Slots stay what they are, so none is lost and none fires
//! twice; cut off, the walk begins again at the next start.

use crate::error::Result;
use crate::model::id::ReminderId;
use crate::model::zones;
use crate::store::{self, Store};

/// How many reminders are looked at in one piece; all of them may have to be written.
const PIECE: usize = 1_000;

/// How far the walk has come.
#[derive(Debug, Default)]
pub(super) enum ZoneWalk {
    /// Nobody has looked yet whether one is due.
    #[default]
    Unknown,
    /// Up to this reminder.
    At(ReminderId),
    /// Every time is computed by the data in use.
    Done,
}

impl ZoneWalk {
    /// Walks one piece; says whether it has just come to the end.
    pub(super) fn step(&mut self, store: &Store) -> Result<bool> {
        let after = match self {
            Self::Done => return Ok(false),
            Self::At(after) => *after,
            Self::Unknown => {
                let version = store.read(store::zone_data::find_version)?;
                if version.as_deref() == Some(zones::version()) {
                    *self = Self::Done;
                    return Ok(false);
                }
                tracing::info!(from = version, to = zones::version(), "zone data have changed");
                ReminderId(0)
            }
        };
        let piece = store.read(|tx| store::zone_data::list_timed(tx, after, PIECE))?;
        let (is_last, last) = (piece.len() < PIECE, piece.last().map_or(after, |timed| timed.id));
        let anew = piece.into_iter().map(|timed| (timed.slot.instant(&timed.zone), timed));
        let moved: Vec<_> = anew.filter(|(at, timed)| *at != timed.at).collect();
        if is_last || !moved.is_empty() {
            store.write(move |tx| {
                for (at, timed) in moved {
                    store::zone_data::set_instant(tx, timed.id, timed.slot, at)?;
                }
                if is_last { store::zone_data::set_version(tx, zones::version()) } else { Ok(()) }
            })?;
        }
        *self = if is_last { Self::Done } else { Self::At(last) };
        Ok(is_last)
    }

    /// Whether there is nothing left to walk.
    pub(super) fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }
}
