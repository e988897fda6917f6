//! What the reference says of Web Push.

use super::KeyReply;
use crate::http::api::contract::{Operation, get};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        get("push/key", "Get the key for Web Push")
            .describe("What a browser subscribes with, before it is added as a destination.")
            .reply::<KeyReply>(200, "PushKey", "The key."),
    ]
}
