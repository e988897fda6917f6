//! The form of a reminder: from what is stored to what is shown, and from what was typed back.

use crate::error::{Error, Result};
use crate::http::pages::form::{Choice, Flaws, number};
use crate::http::pages::words;
use crate::http::request::Form;
use crate::http::speech::{say, say_with};
use crate::model::id::{BookmarkId, DestinationId, FolderId, TagId, UserId};
use crate::model::recurrence::{Schedule, Weekdays};
use crate::model::reminder::{Pick, PickOrder, Settings, Target, WhenEmpty, parse_name};
use crate::model::spoken_time;
use crate::model::text;
use crate::model::time::{Timestamp, Zone, parse_date};
use crate::store::{self, Tx};

/// The fields as they stand in the form, whether they make sense or not.
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) target: String,
    /// When, in a person's own words; they become `on` and `at` before anything is saved.
    pub(super) words: String,
    pub(super) kind: String,
    pub(super) days: Vec<String>,
    pub(super) on: String,
    pub(super) at: String,
    pub(super) zone: String,
    pub(super) order: String,
    pub(super) count: String,
    pub(super) sends_empty: bool,
    pub(super) enabled: bool,
    pub(super) send_to: String,
    pub(super) destinations: Vec<String>,
}

impl Fields {
    /// A reminder that nobody has set yet: every workday evening.
    pub(super) fn new(target: String, zone: &Zone) -> Self {
        let pick = Pick::default();
        Self {
            name: String::new(),
            target,
            words: String::new(),
            kind: "weekly".into(),
            days: Weekdays::WORKDAYS.numbers().map(|day| day.to_string()).collect(),
            on: String::new(),
            at: "21:30".into(),
            zone: zone.name().to_owned(),
            order: pick.order.as_str().to_owned(),
            count: pick.count.to_string(),
            sends_empty: false,
            enabled: true,
            send_to: "all".into(),
            destinations: Vec::new(),
        }
    }

    /// What was typed.
    pub(super) fn typed(form: &Form, zone: &Zone) -> Self {
        let or = |name: &str, otherwise: &str| {
            if form.has(name) { form.text(name) } else { otherwise }.to_owned()
        };
        let pick = Pick::default();
        let destinations: Vec<String> = form.all("destinations").map(ToOwned::to_owned).collect();
        let send_to = if destinations.is_empty() { "all" } else { "chosen" };
        // A button for one day and time says it all.
        let (kind, on, at) = match form.text("quick").split_once('T') {
            Some((on, at)) => ("once".to_owned(), on.to_owned(), at.to_owned()),
            None => (or("kind", "weekly"), or("on", ""), or("at", "")),
        };
        Self {
            name: or("name", ""),
            target: or("target", "all"),
            words: or("words", ""),
            kind,
            days: form.all("days").map(ToOwned::to_owned).collect(),
            on,
            at,
            zone: or("zone", zone.name()),
            order: or("order", pick.order.as_str()),
            count: or("count", &pick.count.to_string()),
            sends_empty: form.text("when_empty") == WhenEmpty::Send.as_str(),
            // A box that is not ticked is not sent; the form always sends "off" beside it.
            enabled: !form.has("enabled") || form.all("enabled").any(|value| value == "on"),
            send_to: or("send_to", send_to),
            destinations,
        }
    }

    /// What is stored.
    pub(super) fn stored(settings: &Settings) -> Self {
        let mut fields = Self::new(target_value(settings.target), &settings.zone);
        fields.name.clone_from(&settings.name);
        settings.pick.order.as_str().clone_into(&mut fields.order);
        fields.count = settings.pick.count.to_string();
        fields.sends_empty = settings.when_empty == WhenEmpty::Send;
        fields.enabled = settings.enabled;
        match settings.schedule {
            Schedule::Weekly { days, at } => {
                fields.days = days.numbers().map(|day| day.to_string()).collect();
                fields.at = at.to_string();
            }
            Schedule::Once { on, at } => {
                fields.kind = "once".into();
                fields.on = on.to_string();
                fields.at = at.to_string();
            }
        }
        if let Some(ids) = &settings.destinations {
            fields.send_to = "chosen".into();
            fields.destinations = ids.iter().map(ToString::to_string).collect();
        }
        fields
    }

    /// Reads the words, if there are any, into the fields for one day and time; says what they
    /// were and what they mean, to be shown before it is saved.
    pub(super) fn take_words(&mut self, now: Timestamp) -> Result<Option<String>, Flaws> {
        if self.words.trim().is_empty() {
            return Ok(None);
        }
        let mut flaws = Flaws::default();
        let zone = flaws.take("zone", Zone::named(&self.zone));
        let spoken = |zone: &Zone| spoken_time::parse(&self.words, now, zone);
        let slot = zone.as_ref().and_then(|zone| flaws.take("words", spoken(zone)));
        let Some((zone, slot)) = zone.zip(slot) else { return Err(flaws) };
        "once".clone_into(&mut self.kind);
        self.on = slot.on().to_string();
        self.at = slot.at().to_string();
        let said = std::mem::take(&mut self.words);
        Ok(Some(say_with(
            "“{said}” is {when}",
            &[("said", said.trim()), ("when", &words::exact(slot, &zone))],
        )))
    }

    /// What it sets, or everything that is wrong with it.
    pub(super) fn parse(&self) -> Result<Settings, Flaws> {
        let mut flaws = Flaws::default();
        let name = flaws.take("name", parse_name(&self.name));
        let target = flaws.take("target", parse_target(&self.target));
        let schedule = self.parse_schedule(&mut flaws);
        let zone = flaws.take("zone", Zone::named(&self.zone));
        let order = flaws.take("order", PickOrder::parse(&self.order));
        let count = flaws.take("count", number("count", &self.count));
        let pick = order.zip(count).and_then(|(order, n)| flaws.take("count", Pick::new(order, n)));
        let destinations = flaws.take("destinations", self.parse_destinations());
        match (name, target, schedule, zone, pick, destinations) {
            (Some(name), Some(target), Some(schedule), Some(zone), Some(pick), Some(to)) => {
                let when_empty = if self.sends_empty { WhenEmpty::Send } else { WhenEmpty::Skip };
                let (enabled, destinations) = (self.enabled, to);
                Ok(Settings {
                    name,
                    target,
                    schedule,
                    zone,
                    pick,
                    when_empty,
                    enabled,
                    destinations,
                })
            }
            _ => Err(flaws),
        }
    }

    fn parse_schedule(&self, flaws: &mut Flaws) -> Option<Schedule> {
        let empty = |text: &str, field, reason: &str| {
            if text.is_empty() { Err(Error::invalid(field, reason)) } else { Ok(()) }
        };
        let at = empty(&self.at, "at", "choose a time");
        let at = flaws.take("at", at.and_then(|()| self.at.parse()));
        if self.kind == "once" {
            let on = empty(&self.on, "on", "choose a day");
            let on = flaws.take("on", on.and_then(|()| parse_date(&self.on)));
            return Some(Schedule::Once { on: on?, at: at? });
        }
        let days = empty(&self.days.concat(), "days", "choose at least one day");
        let numbers =
            || self.days.iter().map(|day| number("days", day)).collect::<Result<Vec<_>>>();
        let days = days.and_then(|()| Weekdays::from_numbers(numbers()?));
        let days = flaws.take("days", days);
        Some(Schedule::Weekly { days: days?, at: at? })
    }

    fn parse_destinations(&self) -> Result<Option<Vec<DestinationId>>> {
        if self.send_to != "chosen" {
            return Ok(None);
        }
        if self.destinations.is_empty() {
            return Err(Error::invalid("destinations", "choose at least one destination"));
        }
        let ids = self.destinations.iter().map(|id| number("destinations", id).map(DestinationId));
        ids.collect::<Result<_>>().map(Some)
    }
}

fn target_value(target: Target) -> String {
    match target {
        Target::All => "all".into(),
        Target::Folder(id) => format!("folder:{id}"),
        Target::Tag(id) => format!("tag:{id}"),
        Target::Bookmark(id) => format!("bookmark:{id}"),
    }
}

fn parse_target(value: &str) -> Result<Target> {
    match value.split_once(':') {
        None if value == "all" => Ok(Target::All),
        Some(("folder", id)) => number("target", id).map(|id| Target::Folder(FolderId(id))),
        Some(("tag", id)) => number("target", id).map(|id| Target::Tag(TagId(id))),
        Some(("bookmark", id)) => number("target", id).map(|id| Target::Bookmark(BookmarkId(id))),
        _ => Err(Error::invalid("target", "choose what to be reminded of")),
    }
}

/// What the form offers to choose from, by what is chosen now.
pub(super) struct Choices {
    pub(super) targets: Vec<Choice>,
    pub(super) days: Vec<Choice>,
    pub(super) orders: Vec<Choice>,
    pub(super) zones: Vec<Choice>,
    pub(super) destinations: Vec<Choice>,
}

impl Choices {
    /// What a person has to choose from.
    pub(super) fn of(tx: &Tx, user_id: UserId, fields: &Fields) -> Result<Self> {
        let target = &*fields.target;
        let mut targets = vec![Choice::new("all", say("Everything unread"), target)];
        for folder in store::folders::list(tx, user_id)? {
            let value = target_value(Target::Folder(folder.id));
            targets.push(Choice::new(
                value,
                say_with("Folder: {folder}", &[("folder", &folder.title)]),
                target,
            ));
        }
        // Of tags and bookmarks, only the one that it is about: a list of thousands helps nobody.
        let label = match parse_target(target) {
            Ok(Target::Tag(id)) => store::tags::get(tx, user_id, id)
                .ok()
                .map(|tag| say_with("Tag: #{tag}", &[("tag", &tag.name)])),
            Ok(Target::Bookmark(id)) => {
                let found = store::bookmarks::find(tx, id)?.filter(|b| b.user_id == user_id);
                found.map(|found| {
                    say_with("Only: {title}", &[("title", &text::shortened(found.title(), 60))])
                })
            }
            _ => None,
        };
        targets.extend(label.map(|label| Choice::new(target, label, target)));
        let orders = [("oldest", "Oldest first"), ("newest", "Newest first"), ("random", "Any")];
        let pushed = store::destinations::list(tx, user_id)?.into_iter().filter(|to| to.pushes);
        let destinations = pushed.map(|destination| {
            let value = destination.id.to_string();
            let chosen = fields.destinations.contains(&value);
            Choice { chosen, value, label: destination.name }
        });
        Ok(Self {
            targets,
            days: words::weekdays_to_choose(&fields.days),
            orders: orders
                .map(|(value, label)| Choice::new(value, say(label), &fields.order))
                .into(),
            zones: super::form::zones(&fields.zone),
            destinations: destinations.collect(),
        })
    }
}
