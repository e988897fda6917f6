//! What the reference says of kept searches.

use serde_json::json;

use super::{ChangeBody, CreateBody, SearchReply};
use crate::http::api::contract::{Operation, delete, get, patch, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        get("searches", "List kept searches")
            .describe("In the order that their owner gave them.")
            .list::<SearchReply>("Search", "The searches."),
        post("searches", "Keep a search")
            .describe("Its id is the `search` of a list of links.")
            .body::<CreateBody>("NewSearch", json!({ "name": "Baking", "query": "sourdough rye" }))
            .reply::<SearchReply>(201, "Search", "It is kept.")
            .refuses(409),
        get("searches/{id}", "Get a kept search").reply::<SearchReply>(
            200,
            "Search",
            "The search.",
        ),
        patch("searches/{id}", "Change a kept search")
            .body::<ChangeBody>("SearchChange", json!({ "query": "sourdough" }))
            .reply::<SearchReply>(200, "Search", "As it is now.")
            .refuses(409),
        delete("searches/{id}", "Forget a search").gone(),
    ]
}
