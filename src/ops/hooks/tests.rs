use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::model::bookmark::{BookmarkChange, Link, NewBookmark};
use crate::model::delivery::{Answer, Outcome, State};
use crate::model::destination::{Address, Given, Reach};
use crate::model::event::Events;
use crate::model::id::DestinationId;
use crate::model::page::{PageCard, PageState};
use crate::model::reason::Reason;
use crate::model::recurrence::Schedule;
use crate::model::reminder::{Pick, Settings, Target, WhenEmpty};
use crate::model::scope::Buckets;
use crate::model::tag;
use crate::model::time::Zone;
use crate::ops;
use crate::ops::bulk::Action;
use crate::ops::outbox::Room;
use crate::ops::pages::{Claimed, Read, Unread};
use crate::store::testing::Memory;

struct World {
    db: Memory,
    user: UserId,
    hook: DestinationId,
}

impl World {
    /// Mina, whose hook is told of all events.
    fn new() -> Self {
        let mut db = Memory::open();
        let add = |tx: &WriteTx| ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC);
        let user = db.write(add).unwrap();
        let hook = add_hook(&mut db, user, &Event::ALL);
        Self { db, user, hook }
    }

    fn write<T>(&mut self, body: impl FnOnce(&WriteTx, UserId) -> Result<T>) -> T {
        let user = self.user;
        self.db.write(|tx| body(tx, user)).unwrap()
    }

    fn save(&mut self, url: &str) -> BookmarkId {
        let new = link(url);
        self.write(|tx, user| ops::bookmarks::save(tx, user, &new)).bookmark.id
    }

    fn change(&mut self, id: BookmarkId, change: &BookmarkChange) {
        self.write(|tx, user| ops::bookmarks::change(tx, user, id, change));
    }

    /// What the next call to each hook says, which succeeds.
    fn next(&mut self) -> Vec<Value> {
        let claimed = self.write(|tx, _| {
            let room = Room { all: 99, a_scope: 99 };
            let render = |_: &Address, _: &crate::model::message::Message| b"{}".to_vec();
            let claimed = ops::outbox::claim(tx, room, &mut Buckets::default(), render)?;
            let taken = Answer::new(Outcome::Accepted, "");
            for attempt in &claimed.attempts {
                ops::outbox::record(tx, attempt.delivery_id, &taken, 0.0)?;
            }
            Ok(claimed.attempts)
        });
        claimed.iter().map(|attempt| serde_json::from_slice(&attempt.body).unwrap()).collect()
    }

    /// All that is told by now.
    fn told(&mut self) -> Vec<Value> {
        std::iter::from_fn(|| Some(self.next()).filter(|told| !told.is_empty())).flatten().collect()
    }

    /// The same, as the name of each event and what `field` says of its bookmark.
    fn told_of(&mut self, field: &str) -> Vec<(String, Value)> {
        let of = |told: Value| {
            let name = told["type"].as_str().unwrap().to_owned();
            (name, told["data"]["bookmark"][field].clone())
        };
        self.told().into_iter().map(of).collect()
    }

    fn waiting(&self) -> i64 {
        self.db.read(|tx| store::deliveries::count_in_state(tx, State::Pending)).unwrap()
    }
}

fn add_hook(db: &mut Memory, user: UserId, events: &[Event]) -> DestinationId {
    let events: Events = events.iter().copied().collect();
    db.write(|tx| {
        let address = Address::webhook("https://hooks.example/a", "whsec_AAAA".into())?;
        let id = ops::destinations::add(tx, user, "Hook", &address)?.id;
        Ok(ops::destinations::choose(tx, user, id, Some(events), Some(false))?.id)
    })
    .unwrap()
}

fn link(url: &str) -> NewBookmark {
    NewBookmark::of(Link::parse(url).unwrap())
}

fn named<T: Into<Value>>(event: &str, value: T) -> (String, Value) {
    (event.to_owned(), value.into())
}

#[test]
fn a_link_is_told_of_when_it_is_saved_changed_and_deleted_and_not_when_nothing_changes() {
    let mut world = World::new();
    let id = world.save("https://a.example/");
    assert_eq!(world.db.wakes, [Wake::Outbox, Wake::Page]);
    let told = world.told();
    let data = &told[0]["data"];
    assert_eq!((told.len(), &told[0]["type"]), (1, &json!("bookmark.created")));
    assert_eq!(told[0]["timestamp"], json!("2026-03-08T09:00:00Z"));
    assert_eq!(
        (&data["ids"], &data["bookmark"]["url"]),
        (&json!([id.0]), &json!("https://a.example/"))
    );

    let titled = BookmarkChange { title: Some("Bread".into()), ..BookmarkChange::default() };
    for _ in 0..2 {
        // The second time nothing is said that was not said before.
        world.db.now = world.db.now + Duration::from_secs(1);
        world.change(id, &titled);
    }
    assert_eq!(world.told_of("title"), [named("bookmark.updated", "Bread")]);
    world.write(|tx, user| ops::bulk::apply(tx, user, &[id], &Action::Read));
    world.write(|tx, user| ops::bulk::apply(tx, user, &[id], &Action::Read));
    assert_eq!(world.told_of("unread"), [named("bookmark.updated", false)]);
    world.save("https://a.example/?utm_source=again");
    assert_eq!(world.told_of("unread"), [named("bookmark.updated", true)]);
    world.write(|tx, user| ops::bookmarks::delete(tx, user, id));
    assert_eq!(world.told_of("title"), [named("bookmark.deleted", "Bread")]);
    let again = world.save("https://a.example/");
    world.write(|tx, user| ops::bulk::apply(tx, user, &[again], &Action::Delete));
    let told: Vec<_> = world.told_of("id").into_iter().map(|(event, _)| event).collect();
    assert_eq!(told, ["bookmark.created", "bookmark.deleted"]);
}

#[test]
fn what_is_told_was_true_when_it_happened_and_comes_in_that_order() {
    let mut world = World::new();
    let id = world.save("https://a.example/");
    for title in ["One", "Two"] {
        world.change(id, &BookmarkChange { title: Some(title.into()), ..Default::default() });
    }
    let expected = [
        named("bookmark.created", "a.example"),
        named("bookmark.updated", "One"),
        named("bookmark.updated", "Two"),
    ];
    assert_eq!(world.told_of("title"), expected);
}

#[test]
fn a_page_is_told_of_when_it_was_read_and_a_failure_is_a_change() {
    let mut world = World::new();
    let id = world.save("https://a.example/");
    world.told();
    let claimed = Claimed { id, url: String::new(), tries: 1, language: Language::English };
    let failed = Read::Unread(Unread::new(PageState::Failed, Reason::NoSuchHost));
    let card = PageCard { title: "Bread".into(), ..PageCard::default() };
    for read in [&failed, &failed, &Read::Ready(Box::new(card))] {
        world.write(|tx, _| ops::pages::record(tx, &claimed, read));
    }
    let told = world.told();
    let states: Vec<_> = told
        .iter()
        .map(|told| (&told["type"], &told["data"]["bookmark"]["page"]["state"]))
        .collect();
    let expected = [("bookmark.updated", "failed"), ("page.ready", "ready")];
    let expected = expected.map(|(event, state)| (json!(event), json!(state)));
    assert_eq!(states, expected.iter().map(|(a, b)| (a, b)).collect::<Vec<_>>());
    assert_eq!(told[1]["data"]["bookmark"]["title"], "Bread");
    // To be read again is no news; what comes of it is.
    world.write(|tx, user| ops::bookmarks::refresh(tx, user, id));
    world.write(|tx, user| ops::bulk::apply(tx, user, &[id], &Action::Refresh));
    assert_eq!(world.waiting(), 0);
}

#[test]
fn folders_and_tags_tell_of_the_links_that_they_change() {
    let mut world = World::new();
    let folder = world.write(|tx, user| ops::folders::create(tx, user, None, "Bread", None)).id;
    let new = NewBookmark {
        folder_id: Some(folder),
        tags: tag::parse_line("rye").unwrap(),
        ..link("https://a.example/")
    };
    world.write(|tx, user| ops::bookmarks::save(tx, user, &new));
    world.save("https://b.example/");
    world.told();
    let tags = |world: &World| world.db.read(|tx| store::tags::list(tx, world.user)).unwrap();
    let rye = tags(&world)[0].id;
    let name = tag::TagName::parse("spelt").unwrap();
    world.write(|tx, user| ops::tags::rename(tx, user, rye, &name));
    assert_eq!(world.told_of("tags"), [named("bookmark.updated", json!(["spelt"]))]);
    world.write(|tx, user| ops::tags::dissolve(tx, user, rye, None));
    assert_eq!(world.told_of("tags"), [named("bookmark.updated", json!([]))]);
    world.write(|tx, user| ops::folders::delete(tx, user, folder));
    assert_eq!(world.told_of("folder_id"), [named("bookmark.updated", Value::Null)]);
}

#[test]
fn many_links_of_one_change_are_told_of_together() {
    let check = |count: usize, letters: usize, whole: bool| {
        let mut world = World::new();
        let ids: Vec<_> =
            (0..count).map(|n| world.save(&format!("https://a.example/{n}"))).collect();
        world.told();
        world.write(|tx, user| ops::bulk::apply(tx, user, &ids, &Action::Favourite));
        let told = world.told();
        assert_eq!(told.len(), letters, "{count}");
        assert_eq!(told[0]["data"]["bookmark"].is_object(), whole, "{count}");
        let ids_of = |told: &Value| told["data"]["ids"].as_array().unwrap().clone();
        let all: Vec<Value> = told.iter().flat_map(ids_of).collect();
        assert_eq!(all, ids.iter().map(|id| json!(id.0)).collect::<Vec<_>>());
    };
    check(1, 1, true);
    check(EACH_MAX, EACH_MAX, true);
    check(EACH_MAX + 1, 1, false);
    check(IDS_MAX, 1, false);
    check(IDS_MAX + 1, 2, false);
}

#[test]
fn a_bookmark_that_is_too_long_for_a_message_is_told_of_by_its_id() {
    let mut world = World::new();
    let note = "\n한".repeat(6_000);
    let new = NewBookmark { note, ..link("https://a.example/") };
    let id = world.write(|tx, user| ops::bookmarks::save(tx, user, &new)).bookmark.id;
    assert_eq!(world.told()[0]["data"], json!({ "ids": [id.0], "bookmark": null }));
}

#[test]
fn only_who_asks_is_told_and_only_of_ones_own() {
    let mut world = World::new();
    let juno =
        world.db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
    let theirs = world.db.write(|tx| ops::bookmarks::save(tx, juno, &link("https://j.example/")));
    let theirs = theirs.unwrap().bookmark.id;
    assert_eq!(world.waiting(), 0);
    // What is not Mina's changes nothing, and is not shown to her.
    world.write(|tx, user| ops::bulk::apply(tx, user, &[theirs], &Action::Delete));
    assert_eq!(world.waiting(), 0);
    let (user, hook) = (world.user, world.hook);
    world.write(|tx, _| ops::destinations::delete(tx, user, hook));
    add_hook(&mut world.db, user, &[Event::BookmarkDeleted]);
    let id = world.save("https://a.example/");
    assert_eq!(world.waiting(), 0);
    world.write(|tx, user| ops::bookmarks::delete(tx, user, id));
    assert_eq!(world.waiting(), 1);
}

#[test]
fn a_hook_that_takes_nothing_keeps_so_many_and_its_owner_is_told_elsewhere() {
    let mut world = World::new();
    world.write(|tx, user| {
        let phone = Address::ntfy("https://ntfy.example", "mina", "")?;
        ops::destinations::add(tx, user, "Phone", &phone)
    });
    for n in 0..EVENTS_WAITING_MAX + 3 {
        world.save(&format!("https://a.example/{n}"));
    }
    let count = |state| world.db.read(|tx| store::deliveries::count_in_state(tx, state)).unwrap();
    // One of those that wait is for the phone.
    assert_eq!(count(State::Pending), EVENTS_WAITING_MAX as i64 + 1);
    assert_eq!(count(State::Expired), 3);
    let hook = world.hook;
    let failing = world.db.read(|tx| store::destinations::find(tx, hook)).unwrap().unwrap();
    assert!(failing.failing_reason.unwrap().contains("too many newer events"));
    assert_eq!(world.next().len(), 2);
}

/// A reminder of everything, which fires.
fn fire(world: &mut World) {
    let settings = Settings {
        name: "Evening".into(),
        target: Target::All,
        schedule: Schedule::Weekly {
            days: "mon,tue,wed,thu,fri,sat,sun".parse().unwrap(),
            at: "09:30".parse().unwrap(),
        },
        zone: Zone::named("Asia/Seoul").unwrap(),
        pick: Pick::default(),
        when_empty: WhenEmpty::Skip,
        enabled: true,
        destinations: Some(Vec::new()),
    };
    world.write(|tx, user| ops::reminders::set(tx, user, &settings, 9));
    world.db.now = "2026-03-09T00:30:02Z".parse().unwrap();
    world.write(|tx, user| ops::reminders::fire_due(tx, &[user]));
}

#[test]
fn a_firing_is_told_whether_or_not_anybody_is_pushed() {
    let mut world = World::new();
    world.write(|tx, user| {
        let hours = "mon,tue,wed,thu,fri,sat,sun 00:00-23:59".parse()?;
        ops::accounts::set_quiet_hours(tx, user, &hours)?;
        ops::accounts::set_push_on(tx, user, false)
    });
    let id = world.save("https://a.example/");
    world.told();
    fire(&mut world);
    // Neither what is chosen now nor quiet hours keep what happened.
    world.write(|tx, user| ops::accounts::set_push_on(tx, user, false));
    let told = world.told();
    assert_eq!(told.len(), 1);
    assert_eq!(
        (&told[0]["type"], &told[0]["timestamp"]),
        (&json!("reminder.fired"), &json!("2026-03-09T00:30:02Z"))
    );
    let expected = json!({
        "reminder": { "id": 1, "name": "Evening" },
        "slot": "2026-03-09T09:30", "zone": "Asia/Seoul", "due_at": "2026-03-09T00:30:00Z",
        "missed": 0, "waiting": 1,
        "links": [{ "id": id.0, "title": "a.example", "url": "https://a.example/" }],
    });
    assert_eq!(told[0]["data"], expected);
}

#[test]
fn a_reminder_with_nothing_to_tell_is_not_told_of() {
    let mut world = World::new();
    fire(&mut world);
    assert_eq!(world.waiting(), 0);
}

#[test]
fn what_was_told_before_an_address_changed_goes_to_the_new_one_as_it_is() {
    let mut world = World::new();
    let (user, hook) = (world.user, world.hook);
    world.save("https://a.example/");
    let given = [("url", "https://hooks.example/b")].into_iter().collect::<Given>();
    world.write(|tx, _| {
        ops::destinations::change_address(tx, user, hook, &given, &Reach::default())
    });
    assert_eq!(world.told_of("url"), [named("bookmark.created", "https://a.example/")]);
}

#[test]
fn a_hook_is_told_something_and_nothing_twice() {
    let mut world = World::new();
    let phone = world.write(|tx, user| {
        let phone = Address::ntfy("https://ntfy.example", "mina", "")?;
        ops::destinations::add(tx, user, "Phone", &phone)
    });
    let (user, hook) = (world.user, world.hook);
    let mut check = |id, events: Option<&[Event]>, pushes, expected: &str| {
        let events = events.map(|events| events.iter().copied().collect());
        let chosen = world.db.write(|tx| ops::destinations::choose(tx, user, id, events, pushes));
        let found = chosen.map_err(|error| error.to_string()).err().unwrap_or_default();
        assert!(found.starts_with(expected) && found.is_empty() == expected.is_empty(), "{found}");
    };
    check(phone.id, Some(&[Event::PageReady]), None, "events: found, expected only for");
    check(phone.id, None, Some(false), "pushes: false found");
    check(phone.id, Some(&[]), Some(true), "");
    check(hook, Some(&[]), None, "events: none found");
    check(hook, None, Some(true), "events: reminder.fired found beside pushes");
    check(hook, Some(&[Event::PageReady]), Some(true), "");
    check(hook, Some(&[]), None, "");
    check(hook, None, Some(false), "events: none found");
}
