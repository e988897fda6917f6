//! What a push of a reminder names: what the reminder is about, and how much of it.

use std::collections::BTreeSet;
use std::time::Duration;

use toaster::model::bookmark::BookmarkChange;
use toaster::model::reminder::{Pick, PickOrder, Target};
use toaster::ops;

use crate::world::{World, days, settings};

/// A world with ten links, each saved a minute after the one before.
fn with_ten_links() -> World {
    let mut world = World::at("2026-03-02T12:00:00Z");
    for n in 0..10 {
        world.save(&format!("https://link-{n}.example/"));
        world.run_for(Duration::from_mins(1));
    }
    world
}

/// Which of the ten links a text names, in its order.
fn named(text: &str) -> Vec<usize> {
    let mut found: Vec<(usize, usize)> =
        (0..10).filter_map(|n| Some((text.find(&format!("link-{n}.example"))?, n))).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, n)| n).collect()
}

#[test]
fn a_push_names_as_many_as_were_asked_for_from_the_end_that_was_asked_for() {
    for (order, expected) in
        [(PickOrder::Oldest, vec![0, 1, 2]), (PickOrder::Newest, vec![9, 8, 7])]
    {
        let mut world = with_ten_links();
        let (user, mut set) = (world.user, settings("daily 13:00", "UTC"));
        set.pick = Pick::new(order, 3).unwrap();
        world.write(move |tx| ops::reminders::set(tx, user, &set, 1));
        world.run_for(Duration::from_hours(2));
        let texts = world.postbox.texts();
        assert_eq!(texts.len(), 1);
        assert_eq!(named(&texts[0]), expected, "{}", texts[0]);
        assert!(texts[0].contains("10 links waiting"), "{}", texts[0]);
    }
}

#[test]
fn a_random_pick_is_another_one_on_other_days() {
    let mut world = with_ten_links();
    let (user, mut set) = (world.user, settings("daily 13:00", "UTC"));
    set.pick = Pick::new(PickOrder::Random, 3).unwrap();
    world.write(move |tx| ops::reminders::set(tx, user, &set, 1));
    world.run_for(days(8));
    let picks: Vec<Vec<usize>> = world.postbox.texts().iter().map(|text| named(text)).collect();
    assert_eq!(picks.len(), 8);
    assert!(picks.iter().all(|pick| pick.len() == 3), "{picks:?}");
    // The same eight times over has a chance of 1 to 10^14.
    assert!(picks.into_iter().collect::<BTreeSet<_>>().len() > 1);
}

#[test]
fn a_reminder_of_one_link_names_it_until_it_is_read_and_goes_with_it() {
    let mut world = with_ten_links();
    let link = world.save("https://link-4.example/");
    let (user, mut set) = (world.user, settings("daily 13:00", "UTC"));
    (set.target, set.name) = (Target::Bookmark(link), String::new());
    let id = world.write(move |tx| ops::reminders::set(tx, user, &set, 1)).id;
    world.run_for(days(1));
    let texts = world.postbox.texts();
    assert_eq!((texts.len(), named(&texts[0])), (1, vec![4]));
    let read = BookmarkChange { unread: Some(false), ..BookmarkChange::default() };
    world.write(move |tx| ops::bookmarks::change(tx, user, link, &read));
    world.run_for(days(1));
    assert_eq!((world.firings(id), world.postbox.tried()), (2, 1), "recorded and not pushed");
    world.write(move |tx| ops::bookmarks::delete(tx, user, link));
    assert!(world.try_write(move |tx| ops::reminders::delete(tx, user, id)).is_err());
}
