//! What reminders told, in the words that every form of it shares.

use askama::Template;

use super::url_of;
use crate::error::{Error, Result};
use crate::model::feed::Item;
use crate::model::language::Language;
use crate::model::message::{NamedLink, Words};

/// What is due, before it gets its form.
pub(super) struct Due<'a> {
    /// Where people reach this server.
    pub(super) base_url: &'a str,
    /// What its reader is spoken to in.
    pub(super) language: Language,
    /// Newest first.
    pub(super) items: Vec<Item>,
}

#[derive(Template)]
#[template(path = "due_item.html")]
struct ItemHtml<'a> {
    links: &'a [NamedLink],
    notes: Vec<String>,
}

impl Due<'_> {
    /// What all of it is about.
    pub(super) fn about(&self) -> &'static str {
        Words::of(self.language).due()
    }

    /// A name that no other item will ever have, also after an older backup came back.
    pub(super) fn id(&self, item: &Item) -> String {
        format!("urn:toaster:firing:{}:{}", item.id, item.fired.fired_at.as_s())
    }

    /// One line.
    pub(super) fn title(&self, item: &Item) -> String {
        Words::of(self.language).waiting(&item.fired.name, item.waiting.count)
    }

    /// The page of ours that it is about.
    pub(super) fn url(&self, item: &Item) -> String {
        url_of(self.base_url, item.target)
    }

    /// The links, and what else is to be said.
    ///
    /// # Errors
    /// When the template fails, which is a fault of ours.
    pub(super) fn html(&self, item: &Item) -> Result<String> {
        let words = Words::of(self.language);
        let (links, count) = (&item.waiting.links, item.waiting.count);
        let unnamed = count.saturating_sub(links.len());
        let mut notes = Vec::new();
        if count == 0 {
            notes.push(words.all_read().to_owned());
        }
        if unnamed > 0 {
            notes.push(words.more(unnamed));
        }
        notes.extend(item.fired.lateness(self.language));
        ItemHtml { links, notes }.render().map_err(Error::internal)
    }
}
