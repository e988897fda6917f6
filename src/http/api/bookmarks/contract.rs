//! What the reference says of bookmarks.

use serde_json::{Value, json};

use super::{BookmarkReply, ChangeBody, CreateBody};
use crate::http::api::contract::{Operation, delete, get, patch, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        filtered(get("bookmarks", "List links"))
            .describe("Newest first. Those in the archive and the ashes are left out unless they are asked for.")
            .paged()
            .list::<BookmarkReply>("Bookmark", "The links."),
        post("bookmarks", "Save a link")
            .describe("Answers at once; its page is read soon after. A link that is saved already, whatever its tracking parameters, is brought up again and keeps its notes and tags.")
            .body::<CreateBody>("NewBookmark", json!({
                "url": "https://bakery.example/sourdough", "note": "For Sunday", "folder_id": 1, "tags": ["baking"],
            }))
            .reply::<BookmarkReply>(201, "Bookmark", "It is saved.")
            .located()
            .reply::<BookmarkReply>(200, "Bookmark", "It was saved already and is at the top again.")
            .located()
            .refuses(409),
        filtered(get("bookmarks/random", "Get a link at random"))
            .reply::<BookmarkReply>(200, "Bookmark", "One of those that are asked for.")
            .refuses(404),
        get("bookmarks/{id}", "Get a link").reply::<BookmarkReply>(200, "Bookmark", "The link."),
        patch("bookmarks/{id}", "Change a link")
            .body::<ChangeBody>("BookmarkChange", json!({ "title": "Sourdough, step by step", "unread": false }))
            .reply::<BookmarkReply>(200, "Bookmark", "As it is now."),
        delete("bookmarks/{id}", "Delete a link").gone(),
        post("bookmarks/{id}/refresh", "Read its page again")
            .reply::<BookmarkReply>(202, "Bookmark", "Its page is read soon."),
    ]
}

/// With what a list of links can be asked for.
fn filtered(operation: Operation) -> Operation {
    operation
            .query("q", text(1_000), "Words or their beginnings, anywhere in a link; in Chinese, Japanese and Korean any two neighbouring characters.")
            .query("folder", id(), "In this folder.")
            .query("tag", text(64), "With this tag.")
            .query("unread", yes_or_no(), "Still to be read, or read.")
            .query("archived", yes_or_no(), "`true` for the archive.")
            .query("favourite", yes_or_no(), "Marked as a favourite, or not.")
            .query("burnt", yes_or_no(), "`true` for the ashes.")
            .query("state", states(), "Where reading their pages stands; several with commas between them.")
            .query("search", id(), "What this kept search finds.")
}

fn text(length_max: usize) -> Value {
    json!({ "type": "string", "maxLength": length_max })
}

fn id() -> Value {
    json!({ "type": "integer", "format": "int64", "minimum": 1 })
}

fn yes_or_no() -> Value {
    json!({ "type": "boolean" })
}

fn states() -> Value {
    json!({ "type": "string", "pattern": "^(pending|ready|failed|refused)(,(pending|ready|failed|refused))*$" })
}
