//! What the reference says of backups.

use super::BackupReply;
use crate::http::api::contract::{Operation, get, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        get("backups", "List backups")
            .describe("For admins. Newest first.")
            .list::<BackupReply>("Backup", "The backups.")
            .without_example(),
        post("backups", "Make a backup")
            .describe("For admins. Answers once it is checked and in its place.")
            .reply::<BackupReply>(201, "Backup", "It is made.")
            .refuses(409)
            .without_example(),
    ]
}
