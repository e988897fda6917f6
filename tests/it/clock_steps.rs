//! The clock of a real server is set while it runs, by `faketime` from the package of that name;
//! where that is not installed these tests say so and pass.

use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;
use serde_json::{Value, json};
use toaster::clock::SystemClock;
use toaster::model::time::{Timestamp, Zone};

use crate::server::{Client, Home, Server, StandIn};

/// Where Debian, Fedora and Arch put it.
const LIBRARIES: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
];
const HOUR: i64 = 3_600;

/// A server whose clock can be set, with Mina and a webhook of hers.
struct Stage {
    home: Home,
    server: Server,
    client: Client,
    hook: StandIn,
}

impl Stage {
    /// `None` where clocks cannot be set.
    fn set_up() -> Option<Self> {
        let library = LIBRARIES.iter().find(|path| Path::new(path).exists());
        // A static binary takes no library from elsewhere.
        let Some(library) = library.filter(|_| cfg!(target_env = "gnu")) else {
            eprintln!("skipped: faketime is not installed, or cannot be used here");
            return None;
        };
        let home = Home::new();
        let token = home.add_user("mina");
        let clock = home.dir.path().join("clock");
        std::fs::write(&clock, "+0").unwrap();
        let server = home.serve_with(&[
            ("LD_PRELOAD", library),
            ("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap()),
            ("FAKETIME_NO_CACHE", "1"),
            // As when a clock is set: only the one on the wall.
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]);
        let client = server.client(&token);
        let hook = StandIn::answering(204);
        let url = format!("http://{}/", hook.address);
        let body = json!({ "kind": "webhook", "name": "Hook", "url": url });
        assert_eq!(client.post("/api/v1/destinations", &body).0, 201);
        let link = json!({ "url": "https://example.com/", "fetch": false });
        assert_eq!(client.post("/api/v1/bookmarks", &link).0, 201);
        Some(Self { home, server, client, hook })
    }

    /// Sets the server's clock that many seconds ahead of ours, in one step.
    fn set_clock(&self, ahead: i64) {
        let (new, clock) = (self.home.dir.path().join("new"), self.home.dir.path().join("clock"));
        std::fs::write(&new, format!("{ahead:+}")).unwrap();
        std::fs::rename(new, clock).unwrap();
    }

    /// Has the scheduler look at the clock now instead of within 15 seconds.
    fn nudge(&self) {
        let times = json!({ "minutes": 60 * 24 * 300 });
        assert_eq!(self.client.post("/api/v1/reminders/1/snooze", &times).0, 200);
    }

    /// Sets a reminder for once, so many hours from now; its minute.
    fn remind(&self, hours: i64) -> Timestamp {
        let at = SystemClock::shared().now().minute() + Duration::from_secs((hours * HOUR) as u64);
        let on = at.in_zone(&Zone::UTC);
        let body = json!({
            "target": { "kind": "all" }, "zone": "UTC",
            "schedule": {
                "kind": "once", "on": on.date().to_string(),
                "at": format!("{:02}:{:02}", on.hour(), on.minute()),
            },
        });
        let (status, answer) = self.client.post("/api/v1/reminders", &body);
        assert_eq!(status, 201, "{answer}");
        at
    }

    /// What the next push says of being late.
    fn next_late_since(&self) -> Value {
        self.hook.next().json()["data"]["late_since"].clone()
    }
}

#[test]
fn a_clock_set_ahead_back_and_to_1969_fires_each_reminder_once() {
    let Some(mut stage) = Stage::set_up() else { return };
    stage.remind(24 * 30);
    let first = stage.remind(1);
    let second = stage.remind(4);

    stage.set_clock(2 * HOUR);
    // Nobody tells the scheduler: it finds out by itself.
    assert_eq!(stage.next_late_since(), json!(first.to_string()));
    stage.server.wait_for_log("the clock was set by_s=7200");
    stage.server.wait_for_log("push delivery=1 ");

    stage.set_clock(0);
    stage.nudge();
    stage.server.wait_for_log("the clock was set");

    // Before 1970, as a machine far east of Greenwich shows that takes its clock for local.
    stage.set_clock(-57 * 365 * 24 * HOUR);
    stage.nudge();
    stage.server.wait_for_log("ERROR the clock shows a time before this program was made");
    let (status, ready) = stage.client.get("/readyz");
    assert_eq!((status, &ready["checks"][1]["ok"]), (503, &json!(false)), "{ready}");
    let reason = ready["checks"][1]["reason"].as_str().unwrap();
    assert!(reason.contains("reminders wait until it is set"), "{reason}");

    stage.set_clock(5 * HOUR);
    stage.nudge();
    stage.server.wait_for_log("the clock makes sense again");
    assert_eq!(stage.next_late_since(), json!(second.to_string()), "the first is not repeated");
    stage.server.wait_for_log("push delivery=2 ");
    assert_eq!(stage.client.get("/readyz").0, 200);
    assert!(stage.hook.got.is_empty());
    assert!(stage.server.stop(Signal::TERM).success());
}

#[test]
fn a_machine_that_slept_over_a_due_time_fires_once_and_says_it_is_late() {
    let Some(mut stage) = Stage::set_up() else { return };
    stage.remind(24 * 30);
    let due = stage.remind(1);
    stage.server.signal(Signal::STOP);
    stage.set_clock(3 * HOUR);
    stage.server.signal(Signal::CONT);
    stage.nudge();
    assert_eq!(stage.next_late_since(), json!(due.to_string()));
    stage.server.wait_for_log("push delivery=1 ");
    stage.nudge();
    let (_, reminder) = stage.client.get("/api/v1/reminders/2");
    assert_eq!(reminder["next_at"], Value::Null);
    let (_, list) = stage.client.get("/api/v1/deliveries");
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    assert!(stage.hook.got.is_empty());
}
