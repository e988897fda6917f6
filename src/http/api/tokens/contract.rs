//! What the reference says of tokens.

use serde_json::json;

use super::{ChangeBody, CreateBody, TokenReply};
use crate::http::api::contract::{Operation, delete, get, patch, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    let phone = json!({ "name": "Phone", "scope": "write", "folder_id": 1, "expires_at": "2027-01-01T00:00:00Z" });
    vec![
        get("tokens", "List tokens").list::<TokenReply>("Token", "The tokens."),
        post("tokens", "Make a token")
            .describe(
                "The token itself is in this answer alone. It may do no more than what makes it.",
            )
            .body::<CreateBody>("NewToken", phone)
            .reply::<TokenReply>(201, "Token", "It is made.")
            .refuses(409),
        patch("tokens/{id}", "Rename a token")
            .describe("What it may do stays as it was made.")
            .body::<ChangeBody>("TokenChange", json!({ "name": "Old phone" }))
            .reply::<TokenReply>(200, "Token", "As it is now."),
        delete("tokens/{id}", "Revoke a token").gone(),
    ]
}
