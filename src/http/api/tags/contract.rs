//! What the reference says of tags.

use serde_json::json;

use super::{ChangeBody, CreateBody, TagReply};
use crate::http::api::contract::{Operation, delete, get, patch, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        get("tags", "List tags")
            .describe("All of them, with their counts.")
            .list::<TagReply>("Tag", "The tags."),
        post("tags", "Make a tag")
            .body::<CreateBody>("NewTag", json!({ "name": "sourdough" }))
            .reply::<TagReply>(201, "Tag", "It is made.")
            .located()
            .refuses(409),
        get("tags/{id}", "Get a tag").reply::<TagReply>(200, "Tag", "The tag."),
        patch("tags/{id}", "Rename or merge a tag")
            .describe("Reminders about a tag that is merged are then about the other one.")
            .body::<ChangeBody>("TagChange", json!({ "name": "bread" }))
            .reply::<TagReply>(200, "Tag", "As it is now, or the one it was merged into.")
            .refuses(409),
        delete("tags/{id}", "Delete a tag").describe("Its links stay; its reminders go.").gone(),
    ]
}
