//! What a webhook is told: the check boxes of its form, and what they come to.

use crate::error::Result;
use crate::http::pages::form::Choice;
use crate::http::request::Form;
use crate::http::speech::{say, say_with};
use crate::model::destination::{Destination, Kind};
use crate::model::event::{Event, Events};

/// When each event comes, as its box says.
const fn when(event: Event) -> &'static str {
    match event {
        Event::BookmarkCreated => "a link is saved",
        Event::BookmarkUpdated => "a link is changed",
        Event::BookmarkDeleted => "a link is deleted",
        Event::PageReady => "the page of a link was read",
        Event::ReminderFired => "a reminder comes",
    }
}

/// The check boxes.
pub(super) struct Told {
    /// Whether it gets pushes.
    pub(super) pushes: bool,
    /// Each event.
    pub(super) events: Vec<Choice>,
}

impl Told {
    /// Those of a kind, if it has any: as they were ticked, else as they are stored, else as is
    /// usual.
    pub(super) fn of(kind: Kind, form: &Form, stored: Option<&Destination>) -> Option<Self> {
        if kind != Kind::Webhook {
            return None;
        }
        let (events, pushes) = match stored {
            _ if form.has("told") => {
                let ticked = |event: &Event| form.all("events").any(|name| name == event.as_str());
                (Event::ALL.into_iter().filter(ticked).collect(), form.has("pushes"))
            }
            Some(stored) => (stored.events, stored.pushes),
            None => (Events::default(), true),
        };
        let choice = |event: Event| Choice {
            value: event.as_str().to_owned(),
            label: format!("{} ({})", say(when(event)), event.as_str()),
            chosen: events.has(event),
        };
        Some(Self { pushes, events: Event::ALL.into_iter().map(choice).collect() })
    }
}

/// What a form chose; nothing where it has no such boxes.
///
/// # Errors
/// `Invalid` when it names an event that there is not.
pub(super) fn chosen(form: &Form) -> Result<(Option<Events>, Option<bool>)> {
    if !form.has("told") {
        return Ok((None, None));
    }
    let events = form.all("events").map(Event::parse).collect::<Result<_>>()?;
    Ok((Some(events), Some(form.has("pushes"))))
}

/// What a destination is told, in a sentence; nothing where that is what all others get.
pub(super) fn sentence(destination: &Destination) -> Option<String> {
    let whens: Vec<String> = destination.events.iter().map(|event| say(when(event))).collect();
    let told = (!whens.is_empty())
        .then(|| say_with("Told when: {whens}.", &[("whens", &whens.join(", "))]));
    told.map(|told| {
        if destination.pushes { told } else { format!("{told} {}", say("Gets no reminders.")) }
    })
}
