//! What the reference says of deliveries.

use serde_json::{Value, json};

use super::{DeliveryReply, MoveBody, MoveReply};
use crate::http::api::contract::{Operation, get, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    let state =
        json!({ "enum": ["pending", "sending", "delivered", "dead", "expired", "cancelled"] });
    let destination = json!({ "type": "integer", "format": "int64", "minimum": 1 });
    vec![
        get("deliveries", "List deliveries")
            .describe("Newest first.")
            .query("state", state, "In this state; `dead` are those that were given up on.")
            .query("destination_id", destination, "To this destination.")
            .query("after", instant(), "Made after this instant.")
            .query("before", instant(), "Made before this instant.")
            .query("reason", json!({ "type": "string", "maxLength": 500 }), "Whose reason holds these words.")
            .paged()
            .list::<DeliveryReply>("Delivery", "The deliveries."),
        post("deliveries/redeliver", "Send dead letters again")
            .describe("Those of the filter, 500 at most; an empty one means all. Those to one destination go a moment apart.")
            .body::<MoveBody>("DeliveryFilter", json!({ "destination_id": 1, "dry_run": true }))
            .reply::<MoveReply>(202, "DeliveriesMoved", "They are on their way.")
            .refuses(404),
        post("deliveries/cancel", "Call off deliveries")
            .describe("What waits, or dead letters, which are dismissed by that; `ids` or a `state` must say which.")
            .body::<MoveBody>("DeliveryFilter", json!({ "state": "pending", "dry_run": true }))
            .reply::<MoveReply>(202, "DeliveriesMoved", "They are called off.")
            .refuses(404),
        get("deliveries/{id}", "Get a delivery")
            .describe("With all its attempts.")
            .reply::<DeliveryReply>(200, "Delivery", "The delivery."),
    ]
}

fn instant() -> Value {
    json!({ "type": "string", "format": "date-time" })
}
