//! What the reference says of reminders.

use serde_json::json;

use super::{ChangeBody, CreateBody, ReminderReply, SnoozeBody, WhenReply};
use crate::http::api::contract::{Operation, delete, get, patch, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    let zone = json!({ "type": "string", "maxLength": 64 });
    let words = json!({ "type": "string", "minLength": 1, "maxLength": 100 });
    let count = json!({ "type": "integer", "minimum": 1, "maximum": 100, "default": 5 });
    let evening = json!({
        "name": "Evening reading", "target": { "kind": "folder", "id": 1 }, "zone": "Asia/Seoul",
        "schedule": { "kind": "weekly", "days": [1, 3, 5], "at": "21:30" },
        "pick": { "order": "oldest", "count": 3 },
    });
    vec![
        get("reminders", "List reminders")
            .describe("All of them, those due soonest first.")
            .list::<ReminderReply>("Reminder", "The reminders."),
        post("reminders", "Set a reminder")
            .describe("A local time that a clock change skips comes as much later; one that it repeats comes the first time.")
            .body::<CreateBody>("NewReminder", evening)
            .reply::<ReminderReply>(201, "Reminder", "It is set.")
            .refuses(409),
        get("reminders/when", "Read a time in words")
            .describe("What `tomorrow 9:00` or `내일 오전 9시` means, before it is set.")
            .needed("text", words, "A day and time in words.", "tomorrow 9:00")
            .query("zone", zone, "A time zone of the IANA database; yours if it is left out.")
            .reply::<WhenReply>(200, "When", "What it means."),
        get("reminders/{id}", "Get a reminder").reply::<ReminderReply>(200, "Reminder", "The reminder."),
        patch("reminders/{id}", "Change a reminder")
            .describe("It then starts anew: a time that has passed today comes on the next day it is for.")
            .body::<ChangeBody>("ReminderChange", json!({ "pick": { "order": "newest", "count": 5 } }))
            .reply::<ReminderReply>(200, "Reminder", "As it is now."),
        delete("reminders/{id}", "Delete a reminder").gone(),
        get("reminders/{id}/upcoming", "When it comes next")
            .query("count", count, "How many times.")
            .list::<String>("Instant", "The instants."),
        post("reminders/{id}/snooze", "Snooze a reminder")
            .describe("It comes once more then; its own times stay where they are.")
            .body::<SnoozeBody>("Snooze", json!({ "minutes": 30 }))
            .reply::<ReminderReply>(200, "Reminder", "As it is now.")
            .refuses(409),
        delete("reminders/{id}/snooze", "End a snooze")
            .reply::<ReminderReply>(200, "Reminder", "As it is now."),
    ]
}
