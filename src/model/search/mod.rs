//! Searching, as far as it is pure: what a query says, how texts are folded so that what looks
//! the same is the same, and how well a text matches.
//!
//! Every script is searched alike: a word is found wherever it stands, at the beginning of
//! another one or inside it. Chinese, Japanese and Korean write without spaces, or with
//! spaces that vary, so that a space between two of their characters is passed over.

mod fold;
mod grams;
mod highlight;
mod needle;
mod parse;
mod query;
mod text;

pub use fold::fold;
pub use grams::{State, folder_key, grams_of_host, grams_of_needle, grams_of_text, tag_key};
pub use highlight::{marked, snippet};
pub use needle::{Closeness, Needle};
pub use parse::parse;
pub use query::{Field, Has, Is, Node, Query, When};
pub use text::{FIELDS, score, text_of};

/// Changes whenever [`fold`], [`text_of`] or the grams do; what was made by another is made anew.
pub const VERSION: i64 = 1;
