//! What the reference says of dead links.

use super::DeadLinkReply;
use crate::http::api::contract::{Operation, get, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        get("dead-links", "List dead links")
            .describe("Those that could not be reached several times over days, the newest first. Only where `check_links` of `me` is on, and the server looks after links at all (`fetch.check_links`): each link is visited about once a month. What you do with one is up to you: ignore it, or change or delete the bookmark; one that gets another `url` is dead no more.")
            .paged()
            .list::<DeadLinkReply>("DeadLink", "The dead links."),
        post("dead-links/{id}/check", "Look at a dead link again")
            .describe("Soon; if it can be reached, it is dead no more.")
            .gone(),
        post("dead-links/{id}/ignore", "Tell of a dead link no more")
            .describe("And visit it no more, until its page was read again.")
            .gone(),
    ]
}
