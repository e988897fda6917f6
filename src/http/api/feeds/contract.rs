//! What the reference says of feeds.

use super::FeedsReply;
use crate::http::api::contract::{Operation, delete, get, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        get("me/feeds", "Get the addresses of your feeds")
            .describe("Whoever knows one can read it, so they are secrets; all `null` while feeds are off.")
            .reply::<FeedsReply>(200, "Feeds", "The addresses."),
        post("me/feeds", "Switch feeds on")
            .describe("At new addresses; the ones from before end.")
            .reply::<FeedsReply>(201, "Feeds", "They are on."),
        delete("me/feeds", "Switch feeds off").gone(),
    ]
}
