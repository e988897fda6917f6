//! What the reference says of the state of the server.

use super::StatusReply;
use crate::http::api::contract::{Operation, get};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        get("status", "Get the state of the server")
            .describe("For admins. It tells of nobody in particular.")
            .reply::<StatusReply>(200, "Status", "How it is doing.")
            .without_example(),
    ]
}
