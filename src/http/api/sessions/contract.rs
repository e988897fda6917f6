//! What the reference says of signed-in browsers.

use super::SessionReply;
use crate::http::api::contract::{Operation, delete, get};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    vec![
        get("sessions", "List signed-in browsers")
            .describe("Those seen last first.")
            .list::<SessionReply>("Session", "The browsers."),
        delete("sessions", "Sign all other browsers out")
            .describe("All but the one that asks.")
            .gone(),
        delete("sessions/{id}", "Sign a browser out").gone(),
    ]
}
