//! Makes any picture a small one that is safe to serve: decoded within limits, scaled and
//! encoded anew, so that nothing of the original but its dots remains.
//!
//! It must never panic, never show a drawing that may hold programs, and never keep what a
//! camera wrote beside the dots.

mod decode;
mod encode;
mod judge;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::clock::Clock;

/// The longest side of a picture.
pub const SIDE_MAX: u32 = 640;
/// The most bytes of a picture.
pub const BYTES_MAX: usize = 40 * 1024;
/// The longest side of an icon.
pub const ICON_SIDE_MAX: u32 = 64;
/// The most bytes of an icon.
pub const ICON_BYTES_MAX: usize = 10 * 1024;

/// A shorter side is that of a button, a counter or a bullet.
const SIDE_MIN: u32 = 48;
const ICON_SIDE_MIN: u32 = 8;

/// A picture fit to be stored and served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/webp`, `image/jpeg` or `image/png`.
    pub content_type: &'static str,
    /// The encoded picture.
    pub bytes: Vec<u8>,
    /// In dots.
    pub width: u32,
    /// In dots.
    pub height: u32,
    /// How well it stands for a page.
    pub worth: Worth,
}

/// How well a picture stands for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// As a photograph or a drawing does.
    Good,
    /// As a logo, a banner or a stamp does: only where there is nothing better.
    Meh,
}

/// Why there is no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// An SVG drawing, which may hold programs.
    Drawing,
    /// Of a kind that is not read, or no picture at all.
    UnknownKind,
    /// It breaks the rules of its kind.
    Broken,
    /// It has too many dots.
    TooLarge,
    /// It takes too long to read.
    TooSlow,
    /// It has too few dots to be seen.
    Tiny,
    /// It is of one colour.
    Blank,
}

/// The picture in these bytes, at most [`SIDE_MAX`] dots wide and high and of at most
/// [`BYTES_MAX`].
///
/// # Errors
/// [`Flaw`] says why there is none.
pub fn shrink(bytes: &[u8], clock: &dyn Clock) -> Result<Picture, Flaw> {
    guarded(|| {
        let read = decode::read(bytes, SIDE_MIN, SIDE_MAX, clock)?;
        if judge::is_blank(&read.dots) {
            return Err(Flaw::Blank);
        }
        let worth = judge::worth(&read.dots, read.width, read.height);
        encode::picture(read.dots, worth)
    })
}

/// The icon in these bytes as PNG, at most [`ICON_SIDE_MAX`] dots wide and high and of at
/// most [`ICON_BYTES_MAX`].
///
/// # Errors
/// [`Flaw`] says why there is none.
pub fn shrink_icon(bytes: &[u8], clock: &dyn Clock) -> Result<Picture, Flaw> {
    guarded(|| {
        let read = decode::read(bytes, ICON_SIDE_MIN, ICON_SIDE_MAX, clock)?;
        if judge::is_blank(&read.dots) {
            return Err(Flaw::Blank);
        }
        encode::icon(read.dots)
    })
}

/// Decoders meet hostile bytes here; a bug in one must cost one picture.
fn guarded(make: impl FnOnce() -> Result<Picture, Flaw>) -> Result<Picture, Flaw> {
    catch_unwind(AssertUnwindSafe(make)).unwrap_or(Err(Flaw::Broken))
}
