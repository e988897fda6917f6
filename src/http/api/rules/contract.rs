//! What the reference says of rules.

use serde_json::json;

use super::{ApplyBody, ApplyReply, ChangeBody, CreateBody, RuleReply};
use crate::http::api::contract::{Operation, delete, get, patch, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    let videos =
        json!({ "field": "host", "pattern": "video.example", "folder_id": 1, "tags": ["video"] });
    vec![
        get("rules", "List rules")
            .describe("In the order in which they are followed.")
            .list::<RuleReply>("Rule", "The rules."),
        post("rules", "Make a rule")
            .describe("A host is meant with all below it, an address or a title when the pattern stands anywhere in it; unless it has to begin with it or be it. Case does not matter. Each link that is saved goes through all rules that are on: the first with a folder files it, unless you said where it goes, tags add up, and it is enough that one says archive, favourite or not to read the page. Those about titles are followed once the page has told its title.")
            .body::<CreateBody>("NewRule", videos)
            .reply::<RuleReply>(201, "Rule", "It is made.")
            .refuses(409),
        get("rules/{id}", "Get a rule").reply::<RuleReply>(200, "Rule", "The rule."),
        patch("rules/{id}", "Change a rule")
            .body::<ChangeBody>("RuleChange", json!({ "enabled": false, "position": 0 }))
            .reply::<RuleReply>(200, "Rule", "As it is now."),
        delete("rules/{id}", "Delete a rule").describe("What it has done stays.").gone(),
        post("rules/{id}/apply", "Follow a rule now")
            .describe("With the links that are saved already.")
            .body::<ApplyBody>("RuleApplication", json!({ "dry_run": true }))
            .reply::<ApplyReply>(200, "RuleResult", "It is done, or counted."),
    ]
}
