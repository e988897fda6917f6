use super::*;
use crate::model::bookmark::{Link, NewBookmark};
use crate::model::page::{PageCard, PageState};
use crate::model::time::Zone;
use crate::ops;
use crate::store::testing::Memory;

fn world() -> (Memory, UserId) {
    let mut db = Memory::open();
    let user = db.write(|tx| ops::accounts::add(tx, "mina", "hash", false, &Zone::UTC)).unwrap();
    (db, user)
}

/// Saves a link whose page was read.
fn save(db: &mut Memory, user: UserId, url: &str) -> BookmarkId {
    let new = NewBookmark::of(Link::parse(url).unwrap());
    db.write(|tx| {
        let id = bookmarks::save(tx, user, &new)?.bookmark.id;
        store::pages::set(tx, id, &PageCard::default())?;
        store::pages::set_due(tx, id, None, 0)?;
        store::pages::set_state(tx, id, PageState::Ready, None)?;
        Ok(id)
    })
    .unwrap()
}

/// As if that link had been looked at just now.
fn saw(db: &mut Memory, id: BookmarkId, seen: Result<(), Reason>) {
    db.write(|tx| {
        let (url, language) = store::link_checks::address_of(tx, id)?.unwrap();
        record(tx, &Claimed { id, url, language }, seen)
    })
    .unwrap();
}

/// Takes what is due now and sees it alive; the ids, in order.
fn look(db: &mut Memory) -> Vec<i64> {
    let mut seen = Vec::new();
    while let Some(due) = db.read(|tx| find_due(tx, &[], &[])).unwrap() {
        match due {
            Due::Link(id, _) => {
                let claimed = db.write(|tx| claim(tx, id)).unwrap().unwrap();
                assert!(db.write(|tx| claim(tx, id)).unwrap().is_none(), "it was taken");
                db.write(|tx| record(tx, &claimed, Ok(()))).unwrap();
                seen.push(id.0);
            }
            Due::PassBy(walk, place) => db.write(|tx| pass_by(tx, &walk, place)).unwrap(),
            Due::RoundOver(user) => db.write(|tx| end_round(tx, user)).unwrap(),
        }
        assert!(seen.len() < 10_000, "it goes on for ever");
    }
    seen
}

#[test]
fn each_link_is_looked_at_once_a_month_and_some_every_day() {
    let (mut db, user) = world();
    for n in 0..70 {
        db.now = db.now + Duration::from_secs(1);
        save(&mut db, user, &format!("https://a.example/{n}"));
    }
    assert!(look(&mut db).is_empty(), "nobody wants it");
    db.write(|tx| set_wanted(tx, user, true)).unwrap();
    let mut seen = Vec::new();
    for day in 0..30 {
        let today = look(&mut db);
        assert!(today.len() <= 3, "day {day}: {today:?}");
        assert!(look(&mut db).is_empty());
        seen.extend(today);
        db.now = db.now + DAY;
    }
    let mut once = seen[..70].to_vec();
    once.sort_unstable();
    assert_eq!(once, (1..=70).collect::<Vec<_>>());
    assert!(seen.len() <= 90);
    db.now = db.now + DAY * 10;
    assert!(look(&mut db).len() <= 3, "days without us are not made up for");
    db.write(|tx| set_wanted(tx, user, false)).unwrap();
    db.now = db.now + DAY * 10;
    assert!(look(&mut db).is_empty());
}

#[test]
fn what_nobody_asked_us_to_visit_is_left_alone() {
    let (mut db, user) = world();
    let plain = save(&mut db, user, "https://a.example/");
    let unread = NewBookmark {
        fetch: false,
        ..NewBookmark::of(Link::parse("https://private.example/").unwrap())
    };
    db.write(|tx| bookmarks::save(tx, user, &unread)).unwrap();
    let waiting = NewBookmark::of(Link::parse("https://waiting.example/").unwrap());
    db.write(|tx| bookmarks::save(tx, user, &waiting)).unwrap();
    let ash = save(&mut db, user, "https://ash.example/");
    let archived = save(&mut db, user, "https://archived.example/");
    let other = db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
    save(&mut db, other, "https://a.example/");
    db.write(|tx| {
        let mut burnt = store::bookmarks::get(tx, user, ash)?;
        burnt.burnt_at = Some(tx.now());
        store::bookmarks::update(tx, &burnt)?;
        let mut away = store::bookmarks::get(tx, user, archived)?;
        away.set_archived(true, tx.now());
        store::bookmarks::update(tx, &away)?;
        set_wanted(tx, user, true)
    })
    .unwrap();
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.extend(look(&mut db));
        db.now = db.now + DAY;
    }
    for id in [plain.0, archived.0] {
        assert!(seen.contains(&id), "{seen:?}");
    }
    assert!(seen.iter().all(|id| [plain.0, archived.0].contains(id)), "{seen:?}");
}

#[test]
fn a_link_is_dead_after_enough_failures_and_alive_after_one_success() {
    let days = |days| Duration::from_hours(24 * days);
    let gone = Err(Reason::Gone(404));
    let lost = Err(Reason::NoSuchHost);
    let busy = Err(Reason::Busy(429));
    let check = |looks: &[(u64, Result<(), Reason>)], expected: &[bool]| {
        let (mut db, user) = world();
        let id = save(&mut db, user, "https://a.example/");
        let other = save(&mut db, user, "https://b.example/");
        db.write(|tx| set_wanted(tx, user, true)).unwrap();
        let start = db.now;
        let dead: Vec<bool> = looks
            .iter()
            .map(|(day, seen)| {
                db.now = start + days(*day);
                saw(&mut db, other, Ok(()));
                saw(&mut db, id, *seen);
                !db.read(|tx| list(tx, user, None, 9)).unwrap().is_empty()
            })
            .collect();
        assert_eq!(dead, expected, "{looks:?}");
    };
    check(&[(0, gone), (6, gone), (7, gone)], &[false, false, true]);
    check(&[(0, gone), (7, Ok(())), (14, gone)], &[false, false, false]);
    check(&[(0, gone), (7, gone), (37, Ok(()))], &[false, true, false]);
    check(&[(0, lost), (7, lost)], &[false, false]);
    check(&[(0, lost), (4, lost), (8, lost)], &[false, false, true]);
    check(&[(0, gone), (7, busy)], &[false, false]);
    check(&[0, 7, 30].map(|day| (day, Err(Reason::Robots))), &[false; 3]);
    let down = [0, 5, 10, 15].map(|day| (day, Err(Reason::ServerError(500))));
    check(&down, &[false, false, false, true]);
}

#[test]
fn a_dead_link_is_looked_at_again_ignored_or_forgotten_by_its_owner_alone() {
    let (mut db, user) = world();
    let other = db.write(|tx| ops::accounts::add(tx, "juno", "hash", false, &Zone::UTC)).unwrap();
    let id = save(&mut db, user, "https://a.example/");
    let fail = |db: &mut Memory| {
        saw(db, id, Err(Reason::Gone(410)));
    };
    fail(&mut db);
    assert_eq!(db.read(store::link_checks::next_due_at).unwrap(), None, "nobody wants it");
    db.write(|tx| set_wanted(tx, user, true)).unwrap();
    fail(&mut db);
    assert!(db.write(|tx| ignore(tx, user, id)).is_err(), "it is not dead yet");
    db.now = db.now + DAY * 7;
    fail(&mut db);
    let found = db.read(|tx| list(tx, user, None, 9)).unwrap();
    assert_eq!((found[0].bookmark.id, found[0].failing.since), (id, db.now - DAY * 7));
    for act in [look_again, ignore] {
        let error = db.write(|tx| act(tx, other, id)).unwrap_err();
        assert!(matches!(error, Error::NotFound(_)));
    }
    db.write(|tx| look_again(tx, user, id)).unwrap();
    assert_eq!(db.wakes, [Wake::Page]);
    let due_at = |db: &Memory| {
        db.read(|tx| store::link_checks::find_failing(tx, id)).unwrap().unwrap().due_at
    };
    assert_eq!(due_at(&db), Some(db.now));
    db.write(|tx| ignore(tx, user, id)).unwrap();
    fail(&mut db);
    assert!(db.read(|tx| list(tx, user, None, 9)).unwrap().is_empty());
    assert_eq!(due_at(&db), None);
    saw(&mut db, id, Ok(()));
    assert_eq!(db.read(|tx| store::link_checks::find_failing(tx, id)).unwrap(), None);
}

#[test]
fn no_link_is_dead_because_we_are_cut_off() {
    let (mut db, user) = world();
    let ids = ["https://a.example/", "https://b.example/"].map(|url| save(&mut db, user, url));
    db.write(|tx| set_wanted(tx, user, true)).unwrap();
    let dead = |db: &Memory| db.read(|tx| list(tx, user, None, 9)).unwrap().len();
    for _ in 0..9 {
        for id in ids {
            saw(&mut db, id, Err(Reason::NoSuchHost));
        }
        db.now = db.now + DAY * 7;
    }
    assert_eq!(dead(&db), 0);
    for _ in 0..3 {
        saw(&mut db, ids[0], Err(Reason::Forbidden(403)));
        saw(&mut db, ids[1], Err(Reason::NoSuchHost));
        db.now = db.now + DAY * 7;
    }
    assert_eq!(dead(&db), 1, "we are not, and that one is still gone");
}

#[test]
fn hosts_that_are_asked_are_waited_for_and_those_that_rest_are_passed_by() {
    let (mut db, user) = world();
    let id = save(&mut db, user, "https://a.example./");
    db.write(|tx| set_wanted(tx, user, true)).unwrap();
    let hosts = ["a.example".to_owned()];
    let due =
        |db: &Memory, resting: &[String]| db.read(|tx| find_due(tx, &hosts, resting)).unwrap();
    assert!(due(&db, &[]).is_none());
    let Some(Due::PassBy(walk, place)) = due(&db, &hosts) else { panic!("it would wait") };
    for _ in 0..2 {
        let place = place.clone();
        db.write(|tx| pass_by(tx, &walk, place)).unwrap();
        assert!(matches!(due(&db, &[]), Some(Due::RoundOver(_))));
    }
    assert!(db.write(|tx| claim(tx, id)).unwrap().is_none(), "its turn is over");
}

#[test]
fn very_many_links_that_are_not_visited_are_passed_by_in_several_steps() {
    let (mut db, user) = world();
    for n in 0..1_200 {
        let link = Link::parse(&format!("https://a.example/{n}")).unwrap();
        let new = NewBookmark { fetch: false, ..NewBookmark::of(link) };
        db.write(|tx| bookmarks::save(tx, user, &new)).unwrap();
    }
    db.write(|tx| set_wanted(tx, user, true)).unwrap();
    let mut steps = 0;
    while let Some(due) = db.read(|tx| find_due(tx, &[], &[])).unwrap() {
        steps += 1;
        match due {
            Due::PassBy(walk, place) => db.write(|tx| pass_by(tx, &walk, place)).unwrap(),
            Due::RoundOver(user) => db.write(|tx| end_round(tx, user)).unwrap(),
            Due::Link(..) => panic!("nobody asked us to visit it"),
        }
    }
    assert_eq!(steps, 4);
}

#[test]
fn a_link_that_was_dead_and_burnt_is_told_of_and_visited_no_more() {
    let (mut db, user) = world();
    let id = save(&mut db, user, "https://a.example/");
    db.write(|tx| set_wanted(tx, user, true)).unwrap();
    saw(&mut db, id, Err(Reason::Gone(404)));
    db.now = db.now + DAY * 7;
    saw(&mut db, id, Err(Reason::Gone(404)));
    assert_eq!(db.read(|tx| list(tx, user, None, 9)).unwrap().len(), 1);
    db.write(|tx| {
        let mut burnt = store::bookmarks::get(tx, user, id)?;
        burnt.burnt_at = Some(tx.now());
        store::bookmarks::update(tx, &burnt)
    })
    .unwrap();
    assert!(db.read(|tx| list(tx, user, None, 9)).unwrap().is_empty());
    db.now = db.now + LONG_WAIT;
    assert!(db.write(|tx| claim(tx, id)).unwrap().is_none());
    assert_eq!(db.read(|tx| store::link_checks::find_failing(tx, id)).unwrap(), None);
}
