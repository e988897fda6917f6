//! What the reference says of bookmarks.

use serde_json::{Value, json};

use super::found::FoundReply;
use super::{BookmarkReply, ChangeBody, CreateBody};
use crate::http::api::contract::{Operation, delete, get, patch, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        filtered(get("bookmarks", "List links"))
            .query("sort", json!({ "enum": ["newest", "oldest", "relevance"] }), "Which of them come first: `newest` or `oldest`; when words are looked for, `relevance` or `newest`.")
            .describe("Newest first, or the best match first when words are looked for, unless asked for otherwise. A match in the title is better than one in the tags and one elsewhere, a whole word better than the beginning of one and the inside of one, and of those as good the newest comes first. Matches are ranked a thousand at a time, the newest thousand first. Those in the archive and the ashes are left out unless they are asked for. A page may hold fewer links than asked for though there is a next one.")
            .paged()
            .reply::<FoundReply>(200, "FoundBookmarks", "The links, and what goes with them when words were looked for."),
        post("bookmarks", "Save a link")
            .describe("Answers at once; its page is read soon after. A link that is saved already, whatever its tracking parameters, is brought up again and keeps its notes and tags.")
            .body::<CreateBody>("NewBookmark", json!({
                "url": "https://bakery.example/sourdough", "note": "For Sunday", "folder_id": 1, "tags": ["baking"],
            }))
            .reply::<BookmarkReply>(201, "Bookmark", "It is saved.")
            .located()
            .reply::<BookmarkReply>(200, "Bookmark", "It was saved already and is at the top again.")
            .located()
            .tagged()
            .refuses(409),
        filtered(get("bookmarks/random", "Get a link at random"))
            .reply::<BookmarkReply>(200, "Bookmark", "One of those that are asked for.")
            .without_example()
            .refuses(404),
        get("bookmarks/{id}", "Get a link").reply::<BookmarkReply>(200, "Bookmark", "The link."),
        patch("bookmarks/{id}", "Change a link")
            .body::<ChangeBody>("BookmarkChange", json!({ "title": "Sourdough, step by step", "unread": false }))
            .guarded()
            .reply::<BookmarkReply>(200, "Bookmark", "As it is now.")
            .tagged(),
        delete("bookmarks/{id}", "Delete a link").guarded().gone(),
        post("bookmarks/{id}/refresh", "Read its page again")
            .reply::<BookmarkReply>(202, "Bookmark", "Its page is read soon."),
    ]
}

/// With what a list of links can be asked for.
fn filtered(operation: Operation) -> Operation {
    operation
            .query("q", text(1_000), "Words, or parts of them, anywhere in a link, all of which must be there: whatever their case, width and accents, in every script. Also `\"exact words\"`, `-not`, `this OR that`, parentheses, `#tag`, `tag:name`, `folder:\"name\"`, `site:example.com`, `is:` unread, read, favourite, archived, burnt or any, `has:` note, tag or folder, `before:` and `after:` a day such as `2026-03-08`, a year or a time ago such as `7d`, `2w`, `3m`, `1y`, and `in:` title, description, note, url, site, tags or folder for where the words beside it are looked for. What is not understood is taken for plain words.")
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
