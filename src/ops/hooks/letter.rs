//! What webhooks are told, in the bytes that they get. They are made when the event happens, so
//! that they say what was true then.

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::model::bookmark::Bookmark;
use crate::model::delivery::BODY_BYTES_MAX;
use crate::model::event::Event;
use crate::model::id::BookmarkId;
use crate::model::message::FiredReminder;
use crate::model::text;
use crate::model::time::Zone;
use crate::model::user::User;
use crate::ops::shown::BookmarkReply;
use crate::store::Tx;

/// The most ids in one letter.
pub(super) const IDS_MAX: usize = 500;
/// How much of a letter the links of a reminder may take.
const LINKS_BYTES_MAX: usize = 16_000;
const TITLE_CHARS_MAX: usize = 100;

/// One message, whoever it goes to.
pub(super) struct Letter {
    /// What it is about, for people.
    pub(super) about: String,
    /// Its bytes.
    pub(super) body: Vec<u8>,
}

impl Letter {
    /// One about a bookmark. Of one that is too long for a letter, only the id.
    pub(super) fn of_bookmark(
        tx: &Tx,
        event: Event,
        bookmark: &Bookmark,
        user: &User,
    ) -> Result<Self> {
        let shown = BookmarkReply::of(bookmark, user);
        let body = body(tx, event, &json!({ "ids": [shown.id], "bookmark": shown }))?;
        if body.len() > BODY_BYTES_MAX {
            return Self::of_ids(tx, event, &[bookmark.id]);
        }
        Ok(Self { about: title(bookmark), body })
    }

    /// One about those bookmarks, which are not shown.
    pub(super) fn of_ids(tx: &Tx, event: Event, ids: &[BookmarkId]) -> Result<Self> {
        let about = match ids.len() {
            1 => "1 link".to_owned(),
            count => format!("{count} links"),
        };
        let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
        Ok(Self { about, body: body(tx, event, &json!({ "ids": ids, "bookmark": null }))? })
    }

    /// One about a reminder that fired, with the links that it picked, as many as there is room
    /// for, and how many wait in all.
    pub(super) fn of_firing(
        tx: &Tx,
        fired: &FiredReminder,
        zone: &Zone,
        (picked, waiting): (Vec<Bookmark>, usize),
    ) -> Result<Self> {
        let (mut links, mut room) = (Vec::new(), LINKS_BYTES_MAX);
        for bookmark in &picked {
            let link =
                json!({ "id": bookmark.id.0, "title": title(bookmark), "url": bookmark.url });
            let Some(left) = room.checked_sub(link.to_string().len()) else { break };
            room = left;
            links.push(link);
        }
        let data = json!({
            "reminder": { "id": fired.id.0, "name": fired.name },
            "slot": fired.slot.to_string(),
            "zone": zone.name(),
            "due_at": fired.due_at.to_string(),
            "missed": fired.missed,
            "waiting": waiting,
            "links": links,
        });
        let about = text::shortened(&text::one_line(&fired.name), TITLE_CHARS_MAX);
        Ok(Self { about, body: body(tx, Event::ReminderFired, &data)? })
    }
}

fn title(bookmark: &Bookmark) -> String {
    text::shortened(&text::one_line(bookmark.title()), TITLE_CHARS_MAX)
}

fn body(tx: &Tx, event: Event, data: &Value) -> Result<Vec<u8>> {
    let letter = json!({
        "type": event.as_str(), "timestamp": tx.now().to_string(), "data": data,
    });
    serde_json::to_vec(&letter).map_err(Error::internal)
}
