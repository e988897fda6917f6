//! What the reference says of changing many links at once.

use serde_json::json;

use super::{BulkBody, BulkReply};
use crate::http::api::contract::{Operation, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        post("bookmarks/bulk", "Change many links")
            .describe("Either the `ids` that are named or all that a `query` finds; an empty one finds all. Ids that are not yours are passed over, since a program's list may be an old one.")
            .body::<BulkBody>("BookmarkBulk", json!({ "query": { "folder": 1, "unread": true }, "action": "read" }))
            .reply::<BulkReply>(200, "BookmarkBulkResult", "It is done."),
    ]
}
