//! What a push says, in a person's language, before a transport gives it its form.

mod words;

use std::time::Duration;

use crate::model::act::Act;
use crate::model::bookmark::Bookmark;
use crate::model::id::{BookmarkId, DeliveryId, DestinationId, ReminderId};
use crate::model::language::Language;
use crate::model::text;
use crate::model::time::{Slot, Timestamp};
pub use words::Words;

/// A firing this much after its time says that it is late.
const LATE_AFTER: Duration = Duration::from_mins(2);
/// How many titles a push names before it says "and n more".
pub const NAMED_MAX: usize = 5;
/// How much of a title a push shows.
const TITLE_CHARS_MAX: usize = 100;

/// How much a push may disturb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// It can wait until the phone is looked at.
    Low,
    /// Somebody wants it now.
    Normal,
}

/// A link that a push names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedLink {
    /// The bookmark.
    pub id: BookmarkId,
    /// What it is called.
    pub title: String,
    /// Where it leads.
    pub url: String,
}

impl From<Bookmark> for NamedLink {
    fn from(bookmark: Bookmark) -> Self {
        let title = bookmark.title().to_owned();
        Self { id: bookmark.id, title, url: bookmark.url }
    }
}

/// One firing that a push tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiredReminder {
    /// The reminder.
    pub id: ReminderId,
    /// What it is called, else what it is about.
    pub name: String,
    /// The local time it was meant for.
    pub slot: Slot,
    /// When that was.
    pub due_at: Timestamp,
    /// When it fired.
    pub fired_at: Timestamp,
    /// How many slots before it went by.
    pub missed: u32,
}

impl FiredReminder {
    fn is_late(&self) -> bool {
        self.missed > 0 || self.fired_at.since(self.due_at) >= LATE_AFTER
    }

    /// Says that it is late, if it is.
    pub fn lateness(&self, language: Language) -> Option<String> {
        self.is_late().then(|| Words::of(language).late(self.slot, self.missed))
    }
}

/// What can be done from the notification itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What it does.
    pub act: Act,
    /// What it says.
    pub label: &'static str,
    /// The page of ours that does it when it is posted to, and asks when it is opened; from `/`.
    pub path: String,
}

/// What a push says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The event, such as `reminder.fired`.
    pub event: &'static str,
    /// The language it is in.
    pub language: Language,
    /// How much it may disturb.
    pub priority: Priority,
    /// One line.
    pub title: String,
    /// The text.
    pub text: String,
    /// The text without the titles, for services where those can be links.
    pub rest: String,
    /// When it came about.
    pub at: Timestamp,
    /// When it should have, if that was clearly earlier.
    pub late_since: Option<Timestamp>,
    /// How many earlier times went by.
    pub missed: u32,
    /// How many links wait in all.
    pub waiting: usize,
    /// Those that are named.
    pub links: Vec<NamedLink>,
    /// A picture of what waits; a path of ours that needs no sign-in, from `/`.
    pub picture_path: Option<String>,
    /// The page of ours to open, from `/`.
    pub open_path: String,
    /// What can be done at once, at most three.
    pub buttons: Vec<Button>,
    /// Where a post ends all messages to this destination, from `/`.
    pub stop_path: Option<String>,
    /// A later message of the same tag takes the place of this one on a screen. Of letters,
    /// digits and `-`, at most 32.
    pub tag: String,
}

/// What waits, as a push is to tell it.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// The links that were picked.
    pub links: Vec<NamedLink>,
    /// How many wait in all.
    pub count: usize,
}

impl Waiting {
    /// A line for each of the first links, and the rest.
    pub fn lines(&self, language: Language) -> Vec<String> {
        let titles = named(&self.links).map(|(_, title)| format!("• {title}"));
        titles.chain(self.rest(language)).collect()
    }

    /// How many more there are than those that are named, or that there are none.
    fn rest(&self, language: Language) -> Vec<String> {
        let unnamed = self.count.saturating_sub(self.links.len().min(NAMED_MAX));
        match (self.count, unnamed) {
            (0, _) => vec![Words::of(language).all_read().into()],
            (_, 0) => Vec::new(),
            (_, n) => vec![Words::of(language).more(n)],
        }
    }
}

impl Message {
    /// The message of a person's reminders that fired together, about what is `waiting`.
    pub fn of_reminders(
        id: DeliveryId,
        fired: &[FiredReminder],
        waiting: Waiting,
        language: Language,
    ) -> Self {
        let words = Words::of(language);
        let names: Vec<String> = fired.iter().map(|f| text::one_line(&f.name)).collect();
        let mut rest = waiting.rest(language);
        let missed = fired.iter().map(|f| f.missed).sum();
        let late = fired.iter().filter(|f| f.is_late()).min_by_key(|f| f.due_at);
        rest.extend(late.map(|f| words.late(f.slot, missed)));
        let title = words.waiting(&text::shortened(&names.join(", "), 80), waiting.count);
        let at = fired.iter().map(|f| f.fired_at).max().unwrap_or_default();
        Self {
            event: "reminder.fired",
            priority: if missed > 0 { Priority::Low } else { Priority::Normal },
            late_since: late.map(|f| f.due_at),
            missed,
            open_path: format!("/due/{id}"),
            // Several together must not take the place of one of them, nor the other way round.
            tag: match fired {
                [one] => format!("r{}", one.id),
                _ => format!("d{id}"),
            },
            ..Self::listing(title, waiting, rest, at, language)
        }
    }

    /// The message that those links turn to ash at midnight.
    pub fn of_burning(burning: Waiting, at: Timestamp, language: Language) -> Self {
        let words = Words::of(language);
        let title = words.burning(burning.count);
        let mut rest = burning.rest(language);
        rest.push(words.burning_text().into());
        Self {
            event: "burning.soon",
            open_path: "/ashes".into(),
            tag: "ash".into(),
            ..Self::listing(title, burning, rest, at, language)
        }
    }

    /// The same message, which also says that so many links turn to ash at midnight.
    #[must_use]
    pub fn with_burning(mut self, count: usize) -> Self {
        let line = format!("\n{}.", Words::of(self.language).burning(count));
        self.text.push_str(&line);
        self.rest.push_str(&line);
        self
    }

    /// The message by which a person tries a destination.
    pub fn of_test(at: Timestamp, language: Language) -> Self {
        let words = Words::of(language);
        Self::plain(words.test_title().into(), words.test_text().into(), at, language)
    }

    /// The message that tells a person elsewhere that one of their destinations fails.
    pub fn of_failing(
        id: DestinationId,
        name: &str,
        reason: &str,
        at: Timestamp,
        language: Language,
    ) -> Self {
        let words = Words::of(language);
        let title = words.failing_title(&text::shortened(&text::one_line(name), 80));
        let reason = text::shortened(&text::one_line(reason), 300);
        let text = format!("{reason}\n{}", words.failing_text());
        Self {
            event: "destination.failing",
            open_path: format!("/destinations/{id}"),
            tag: format!("f{id}"),
            ..Self::plain(title, text, at, language)
        }
    }

    /// One that names links, and says the rest below them.
    fn listing(
        title: String,
        waiting: Waiting,
        rest: Vec<String>,
        at: Timestamp,
        language: Language,
    ) -> Self {
        let titled = |link: NamedLink| {
            let title = Some(text::one_line(&link.title)).filter(|title| !title.is_empty());
            NamedLink { title: title.unwrap_or_else(|| link.url.clone()), ..link }
        };
        let links: Vec<NamedLink> = waiting.links.into_iter().map(titled).collect();
        let titles = named(&links).map(|(_, title)| format!("• {title}"));
        let text: Vec<String> = titles.chain(rest.iter().cloned()).collect();
        Self {
            waiting: waiting.count,
            rest: rest.join("\n"),
            links,
            ..Self::plain(title, text.join("\n"), at, language)
        }
    }

    fn plain(title: String, text: String, at: Timestamp, language: Language) -> Self {
        Self {
            event: "test",
            language,
            priority: Priority::Normal,
            title,
            rest: text.clone(),
            text,
            at,
            late_since: None,
            missed: 0,
            waiting: 0,
            links: Vec::new(),
            picture_path: None,
            open_path: "/".into(),
            buttons: Vec::new(),
            stop_path: None,
            tag: "test".into(),
        }
    }

    /// What the way to [`Message::open_path`] is called.
    pub const fn open_label(&self) -> &'static str {
        Words::of(self.language).open()
    }

    /// What a push begins with that may have arrived before.
    pub const fn repeat_mark(&self) -> &'static str {
        Words::of(self.language).repeat()
    }

    /// The links that the text names, each with what it shows of the title.
    pub fn named(&self) -> impl Iterator<Item = (&NamedLink, String)> {
        named(&self.links)
    }
}

fn named(links: &[NamedLink]) -> impl Iterator<Item = (&NamedLink, String)> {
    links.iter().take(NAMED_MAX).map(|link| (link, text::shortened(&link.title, TITLE_CHARS_MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Zone;

    fn fired(slot: &str, fired_at: &str, missed: u32) -> FiredReminder {
        let slot: Slot = slot.parse().unwrap();
        FiredReminder {
            id: ReminderId(42),
            name: "Evening".into(),
            slot,
            due_at: slot.instant(&Zone::UTC),
            fired_at: fired_at.parse().unwrap(),
            missed,
        }
    }

    fn message(fired: &[FiredReminder], links: i64, count: usize, language: Language) -> Message {
        let link =
            |n| NamedLink { id: BookmarkId(n), title: format!("Link {n}"), url: String::new() };
        let waiting = Waiting { links: (1..=links).map(link).collect(), count };
        Message::of_reminders(DeliveryId(7), fired, waiting, language)
    }

    #[test]
    fn a_push_names_what_is_waiting() {
        let on_time = [fired("2026-03-08T21:30", "2026-03-08T21:30:01Z", 0)];
        for (language, title, text) in [
            (Language::English, "Evening: 7 links waiting", "• Link 1\n• Link 2\nand 5 more"),
            (Language::Korean, "Evening: 링크 7개가 기다려요", "• Link 1\n• Link 2\n외 5개"),
            (Language::Japanese, "Evening: リンク7件が待っています", "• Link 1\n• Link 2\nほか5件"),
        ] {
            let message = message(&on_time, 2, 7, language);
            assert_eq!((&*message.title, &*message.text), (title, text));
            assert_eq!((message.late_since, message.priority), (None, Priority::Normal));
        }
    }

    #[test]
    fn a_late_push_says_so_and_how_many_were_missed() {
        let late = [fired("2026-03-08T21:30", "2026-03-09T08:00:00Z", 2)];
        for (language, title, line) in [
            (
                Language::English,
                "Evening: 1 link waiting",
                "Late: this was due 2026-03-08 21:30, and 2 earlier times were missed.",
            ),
            (
                Language::Korean,
                "Evening: 링크 1개가 기다려요",
                "늦은 알림: 2026-03-08 21:30에 보낼 알림이었고, 그 전 2번도 놓쳤어요.",
            ),
            (
                Language::Japanese,
                "Evening: リンク1件が待っています",
                "遅れた通知: 2026-03-08 21:30の予定でした。その前の2回も届いていません。",
            ),
        ] {
            let message = message(&late, 1, 1, language);
            assert_eq!(message.title, title);
            assert_eq!(message.text, format!("• Link 1\n{line}"));
            assert!(message.late_since.is_some());
            assert_eq!(message.priority, Priority::Low);
        }
    }

    #[test]
    fn what_turns_to_ash_is_named_and_counted() {
        let link =
            |n| NamedLink { id: BookmarkId(n), title: format!("loaf {n}"), url: String::new() };
        let burning = |links: i64, count| {
            let waiting = Waiting { links: (1..=links).map(link).collect(), count };
            Message::of_burning(waiting, Timestamp::default(), Language::English)
        };
        let one = burning(1, 1);
        assert_eq!(one.title, "1 link turns to ash at midnight");
        assert!(one.text.starts_with("• loaf 1\nWhat is read"), "{}", one.text);
        let many = burning(NAMED_MAX as i64, 9);
        assert_eq!((&*many.title, many.waiting), ("9 links turn to ash at midnight", 9));
        assert!(many.text.contains("• loaf 5\nand 4 more\n"), "{}", many.text);
        for language in Language::ALL {
            let test = Message::of_test(Timestamp::default(), language).with_burning(2);
            assert!(test.text.ends_with('.') && test.rest.contains('2'), "{}", test.text);
        }
    }

    #[test]
    fn one_reminder_takes_the_place_of_its_last_push_and_several_take_nobodys() {
        let one = fired("2026-03-08T21:30", "2026-03-08T21:30:00Z", 0);
        let other = FiredReminder { id: ReminderId(43), ..one.clone() };
        let tag = |fired: &[FiredReminder]| message(fired, 1, 1, Language::English).tag;
        assert_eq!(
            (tag(std::slice::from_ref(&one)), tag(&[one, other])),
            ("r42".into(), "d7".into())
        );
    }

    #[test]
    fn nothing_waiting_is_said_as_well() {
        let on_time = [fired("2026-03-08T21:30", "2026-03-08T21:30:01Z", 0)];
        for language in Language::ALL {
            let message = message(&on_time, 0, 0, language);
            assert!(!message.title.contains('0') && !message.text.is_empty(), "{message:?}");
        }
    }
}
