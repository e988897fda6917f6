//! What the reference says of accounts.

use serde_json::json;

use super::{ChangeBody, CreateBody, UserReply};
use crate::http::api::contract::{Operation, delete, get, patch, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    let noa = json!({ "name": "noa", "password": "brown bread and butter", "zone": "Asia/Tokyo" });
    vec![
        get("users", "List accounts")
            .describe("For admins. What people keep is not told.")
            .list::<UserReply>("User", "The accounts."),
        post("users", "Make an account")
            .describe("For admins.")
            .body::<CreateBody>("NewUser", noa)
            .reply::<UserReply>(201, "User", "It is made.")
            .refuses(409),
        get("users/{id}", "Get an account").describe("For admins.").about(2).reply::<UserReply>(
            200,
            "User",
            "The account.",
        ),
        patch("users/{id}", "Change an account")
            .describe("For admins.")
            .about(2)
            .body::<ChangeBody>("UserChange", json!({ "is_admin": true }))
            .reply::<UserReply>(200, "User", "As it is now.")
            .refuses(409),
        delete("users/{id}", "Remove an account")
            .describe("For admins. With everything that is theirs.")
            .about(2)
            .query("confirm", json!({ "type": "boolean" }), "Must be `true` for your own.")
            .gone()
            .refuses(409),
    ]
}
