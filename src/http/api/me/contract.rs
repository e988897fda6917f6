//! What the reference says of one's own account.

use serde_json::json;

use super::{ChangeBody, MeReply};
use crate::http::api::contract::{Operation, get, patch};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    let nights = json!([{ "days": [1, 2, 3, 4, 5, 6, 7], "from": "23:00", "to": "07:00" }]);
    vec![
        get("me", "Get your settings").reply::<MeReply>(200, "Me", "Your settings."),
        patch("me", "Change your settings")
            .body::<ChangeBody>("MeChange", json!({ "zone": "Asia/Seoul", "quiet_hours": nights }))
            .reply::<MeReply>(200, "Me", "As they are now."),
    ]
}
