//! What is due as JSON Feed 1.1.

use serde::Serialize;

use super::due::Due;
use crate::error::{Error, Result};
use crate::model::feed::Item;

#[derive(Serialize)]
struct FeedReply<'a> {
    version: &'static str,
    title: &'static str,
    home_page_url: String,
    feed_url: &'a str,
    description: &'static str,
    language: &'static str,
    items: Vec<ItemReply>,
}

#[derive(Serialize)]
struct ItemReply {
    id: String,
    url: String,
    title: String,
    content_html: String,
    date_published: String,
}

/// The feed whose own address is `this`.
///
/// # Errors
/// When it cannot be written, which is a fault of ours.
pub(super) fn write(due: &Due, this: &str) -> Result<String> {
    let item = |item: &Item| {
        Ok(ItemReply {
            id: due.id(item),
            url: due.url(item),
            title: due.title(item),
            content_html: due.html(item)?,
            date_published: item.fired.fired_at.to_string(),
        })
    };
    let reply = FeedReply {
        version: "https://jsonfeed.org/version/1.1",
        title: "Toaster",
        home_page_url: format!("{}/", due.base_url),
        feed_url: this,
        description: due.about(),
        language: due.language.tag(),
        items: due.items.iter().map(item).collect::<Result<_>>()?,
    };
    serde_json::to_string(&reply).map_err(Error::internal)
}
