//! What the reference says of taking back.

use super::UndoReply;
use crate::http::api::contract::{Operation, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        post("undo/{id}", "Undo a change to many links")
            .describe("The `undo_id` that changing many links answered, for a day and once; of each person the newest 50 are kept, of 10,000 links in all. What was deleted comes back under its old ids, with tags, notes and reminders, but for links whose address was saved again meanwhile.")
            .reply::<UndoReply>(200, "UndoResult", "It is undone."),
    ]
}
