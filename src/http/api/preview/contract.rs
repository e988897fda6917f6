//! What the reference says of previews.

use serde_json::json;

use super::PreviewReply;
use crate::http::api::contract::{Operation, get};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    let address = json!({ "type": "string", "minLength": 1, "maxLength": 8192 });
    vec![
        get("preview", "Look at a link before it is saved")
            .describe("Reads the page now. One that cannot be read is an answer like any other: it says why.")
            .needed("url", address, "The address.", "https://bakery.example/sourdough")
            .reply::<PreviewReply>(200, "Preview", "What it would look like.")
            .refuses(429)
            .without_example(),
    ]
}
