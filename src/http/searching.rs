//! Where what was found matches, for the API and for people alike.

use crate::model::bookmark::Bookmark;
use crate::model::search::{self, Needle};

/// The part of a bookmark that shows best why it was found, as HTML; none where its title does,
/// or its tags.
pub(super) fn snippet(bookmark: &Bookmark, needles: &[Needle]) -> Option<String> {
    let texts = [bookmark.description(), &bookmark.note];
    let found = texts.into_iter().find_map(|text| search::snippet(text, needles));
    let in_title = || search::marked(bookmark.title(), needles).is_some();
    found.or_else(|| if in_title() { None } else { search::snippet(&bookmark.url, needles) })
}
