use super::*;
use crate::http::pages::testing::{World, text};

#[test]
fn the_secret_of_a_webhook_is_shown_once() {
    let mut world = World::new();
    let url = "https://hooks.example/T0/private-path";
    let fields = [("kind", "webhook"), ("name", "Desk"), ("url", url)];
    let answer = world.post("/destinations", &fields);
    assert_eq!(answer.status, 201);
    assert!(text(answer).contains("whsec_"));
    for target in ["/destinations", "/destinations/1"] {
        let page = text(world.get(target));
        assert!(page.contains("Desk") && page.contains("https://hooks.example/…"), "{page}");
        assert!(!page.contains("whsec_") && !page.contains("private"), "{target}");
    }
}

#[test]
fn a_test_leads_to_its_delivery() {
    let mut world = World::new();
    let fields = [("kind", "ntfy"), ("name", "Phone"), ("server", "https://ntfy.example")];
    let answer = world.post("/destinations", &[fields.as_slice(), &[("topic", "mina")]].concat());
    assert_eq!(answer.header("location"), Some("/destinations?done=added"));
    let answer = world.post("/destinations/1/test", &[]);
    assert_eq!(answer.header("location"), Some("/deliveries/1"));
    let page = text(world.get("/deliveries/1"));
    assert!(page.contains("data-live") && page.contains("Phone"), "{page}");
    assert_eq!(world.post("/destinations/1/delete", &[]).status, 303);
    assert!(text(world.get("/deliveries/1")).contains("Cancelled"));
    world.cookie = world.sign_up("juno");
    assert_eq!(world.get("/deliveries/1").status, 404);
}

#[test]
fn a_bad_address_is_marked_and_what_was_typed_is_kept() {
    let mut world = World::new();
    let fields = [("kind", "ntfy"), ("name", "Phone"), ("server", "nope"), ("topic", "a b")];
    let answer = world.post("/destinations", &fields);
    assert_eq!(answer.status, 422);
    let page = text(answer);
    assert!(page.contains("id=\"server-flaw\"") && page.contains("value=\"a b\""), "{page}");
}

#[test]
fn only_kinds_that_can_be_sent_to_are_offered() {
    let mut world = World::new();
    let page = text(world.get("/destinations/new"));
    for kind in ["ntfy", "telegram", "discord", "slack", "matrix", "gotify", "webhook"] {
        assert!(page.contains(&format!("/destinations/new?kind={kind}\"")), "{kind}");
    }
    // There is no mail server, and devices add themselves.
    for kind in ["email", "webpush", "fcm", "pigeon"] {
        assert!(!page.contains(&format!("?kind={kind}")), "{kind}");
        let other = text(world.get(&format!("/destinations/new?kind={kind}")));
        assert!(other.contains("Where should reminders go?"), "{kind}");
        let fields = [("kind", kind), ("name", "A"), ("address", "a@example.org")];
        assert_eq!(world.post("/destinations", &fields).status, 422, "{kind}");
    }
}

#[test]
fn saving_may_send_a_test_at_once() {
    let mut world = World::new();
    let fields = [
        ("kind", "gotify"),
        ("name", "Shelf"),
        ("server", "https://gotify.example"),
        ("token", "Aprivate"),
        ("then", "test"),
    ];
    let answer = world.post("/destinations", &fields);
    assert_eq!(answer.header("location"), Some("/deliveries/1"));
    let answer = world.post("/destinations/1", &fields);
    assert_eq!(answer.header("location"), Some("/deliveries/2"));
}

#[test]
fn a_secret_that_is_left_empty_stays_and_is_never_shown() {
    let mut world = World::new();
    let server = ("server", "https://ntfy.example/");
    let fields = [("kind", "ntfy"), ("name", "Phone"), ("topic", "private"), ("token", "tk_1")];
    world.post("/destinations", &[fields.as_slice(), &[server]].concat());
    let page = text(world.get("/destinations/1"));
    assert!(page.contains("value=\"https://ntfy.example/\"") && page.contains("to keep it"));
    assert!(!page.contains("private") && !page.contains("tk_1"), "{page}");
    let change = [("name", "Desk"), server, ("topic", ""), ("token", "tk_2")];
    let answer = world.post("/destinations/1", &change);
    assert_eq!(answer.header("location"), Some("/destinations?done=changed"));
    let stored = world.cx().store.read(|tx| store::destinations::find(tx, DestinationId(1)));
    let expected = Address::ntfy("https://ntfy.example", "private", "tk_2").unwrap();
    assert!(stored.unwrap().unwrap().address == expected);
    let moved = [("name", "Desk"), ("server", "https://evil.example"), ("topic", "")];
    let answer = world.post("/destinations/1", &moved);
    assert_eq!(answer.status, 422);
    assert!(text(answer).contains("id=\"topic-flaw\""));
    world.cookie = world.sign_up("juno");
    assert_eq!(world.post("/destinations/1", &change).status, 404);
}

#[test]
fn an_address_that_is_not_allowed_is_refused_where_it_was_typed() {
    let mut world = World::new();
    let fields = [("kind", "webhook"), ("name", "Nas"), ("url", "http://192.168.1.5/hook")];
    let answer = world.post("/destinations", &fields);
    assert_eq!(answer.status, 422);
    let page = text(answer);
    assert!(page.contains("id=\"url-flaw\"") && page.contains("push.allow"), "{page}");
}

#[test]
fn what_a_webhook_is_told_is_ticked() {
    let mut world = World::new();
    let page = text(world.get("/destinations/new?kind=webhook"));
    assert!(page.contains("name=\"pushes\" value=\"1\" checked"), "{page}");
    assert!(!text(world.get("/destinations/new?kind=ntfy")).contains("name=\"told\""));
    let fields = [("kind", "webhook"), ("name", "Desk"), ("url", "https://hooks.example/x")];
    let post = |world: &mut World, target: &str, boxes: &[(&'static str, &'static str)]| {
        world.post(target, &[fields.as_slice(), &[("told", "1")], boxes].concat())
    };
    for boxes in [&[][..], &[("pushes", "1"), ("events", "reminder.fired")], &[("events", "x")]] {
        let answer = post(&mut world, "/destinations", boxes);
        assert_eq!(answer.status, 422);
        assert!(text(answer).contains("id=\"events-flaw\""), "{boxes:?}");
    }
    let made = [("events", "bookmark.created"), ("events", "page.ready")];
    assert_eq!(post(&mut world, "/destinations", &made).status, 201);
    let page = text(world.get("/destinations"));
    let told = "Told when: a link is saved, the page of a link was read. Gets no reminders.";
    assert!(page.contains(told), "{page}");
    let page = text(world.get("/destinations/1"));
    assert!(page.contains("value=\"page.ready\" checked") && !page.contains("value=\"1\" checked"));
    let answer = post(&mut world, "/destinations/1", &[("pushes", "1")]);
    assert_eq!(answer.header("location"), Some("/destinations?done=changed"));
    assert!(!text(world.get("/destinations")).contains("Told when"));
    // Where there are no boxes, nothing is chosen.
    world.post("/destinations/1", &fields);
    let stored = world.cx().store.read(|tx| store::destinations::find(tx, DestinationId(1)));
    assert!(stored.unwrap().unwrap().pushes);
}

#[test]
fn an_event_is_named_where_deliveries_are_listed_and_hooks_are_no_place_for_reminders() {
    let mut world = World::new();
    let fields = [("kind", "webhook"), ("name", "Desk"), ("url", "https://hooks.example/x")];
    let boxes = [("told", "1"), ("events", "bookmark.created")];
    world.post("/destinations", &[fields.as_slice(), &boxes].concat());
    assert!(text(world.get("/")).contains("There is no destination yet"));
    assert!(!text(world.get("/reminders/new")).contains("name=\"destinations\""));
    world.post("/bookmarks", &[("url", "https://a.example/")]);
    for target in ["/deliveries", "/deliveries/1"] {
        let page = text(world.get(target));
        assert!(page.contains("bookmark.created") && page.contains("a.example"), "{page}");
    }
}

#[test]
fn a_new_signing_secret_is_shown_once() {
    let mut world = World::new();
    let fields = [("kind", "webhook"), ("name", "Desk"), ("url", "https://hooks.example/x")];
    let secret = |page: &str| {
        let (_, rest) = page.split_once("whsec_").unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    let first = secret(&text(world.post("/destinations", &fields)));
    assert!(text(world.get("/destinations/1")).contains("New signing secret"));
    let answer = world.post("/destinations/1/rotate", &[]);
    assert_eq!(answer.status, 200);
    assert_ne!(secret(&text(answer)), first);
    assert!(!text(world.get("/destinations/1")).contains("whsec_"));
    assert_eq!(world.get("/destinations/1/rotate").status, 405);
}
