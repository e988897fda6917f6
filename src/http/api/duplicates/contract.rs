//! What the reference says of duplicates.

use serde_json::json;

use super::{GroupReply, MergeBody};
use crate::http::api::contract::{Operation, get, post};
use crate::ops::shown::BookmarkReply;

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        get("duplicates", "List links that lead to the same place")
            .describe("Whether http or https, with `www.` or without, with a slash at the end or not, or by way of a redirect, as far as their pages were read. Ashes are not among them.")
            .paged()
            .list::<GroupReply>("Duplicates", "Groups of two or more."),
        post("duplicates/merge", "Make one link of several")
            .describe("Up to 100 others go. The one that stays is as old as the oldest and has the tags, notes and reminders of all; where it has no title, description or folder itself, it has that of the others. It waits to be read if any of them does, and is in the archive only if all of them are.")
            .body::<MergeBody>("Merge", json!({ "keep": 1, "ids": [2] }))
            .reply::<BookmarkReply>(200, "Bookmark", "As it is now."),
    ]
}
