//! What the reference says of folders.

use serde_json::json;

use super::{ChangeBody, CreateBody, FolderReply};
use crate::http::api::contract::{Operation, delete, get, patch, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        get("folders", "List folders")
            .describe("All of them, with their counts.")
            .list::<FolderReply>("Folder", "The folders."),
        post("folders", "Make a folder")
            .body::<CreateBody>("NewFolder", json!({ "title": "Bread", "parent_id": 1 }))
            .reply::<FolderReply>(201, "Folder", "It is made.")
            .refuses(409),
        get("folders/{id}", "Get a folder").reply::<FolderReply>(200, "Folder", "The folder."),
        patch("folders/{id}", "Change a folder")
            .body::<ChangeBody>("FolderChange", json!({ "title": "Recipes to try" }))
            .reply::<FolderReply>(200, "Folder", "As it is now.")
            .refuses(409),
        delete("folders/{id}", "Delete a folder")
            .describe("Its links stay, in no folder; its reminders go.")
            .gone(),
    ]
}
