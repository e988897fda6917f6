//! A search that is kept under a name, and stands among the folders.

use crate::error::Result;
use crate::model::id::SearchId;
use crate::model::text;

const NAME_CHARS_MAX: usize = 100;
const QUERY_CHARS_MAX: usize = 500;
/// How many searches a person may keep.
pub const PER_USER_MAX: usize = 200;

/// A search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// Identity.
    pub id: SearchId,
    /// What it is called.
    pub name: String,
    /// What is looked for, as it was typed.
    pub query: String,
}

/// A search's name, checked.
///
/// # Errors
/// `Invalid` unless it is one line of 1 to 100 characters.
pub fn parse_name(typed: &str) -> Result<String> {
    text::required("name", typed, NAME_CHARS_MAX)
}

/// What is looked for, checked.
///
/// # Errors
/// `Invalid` unless it is one line of 1 to 500 characters.
pub fn parse_query(typed: &str) -> Result<String> {
    text::required("query", typed, QUERY_CHARS_MAX)
}
