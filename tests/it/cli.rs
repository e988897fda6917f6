//! The commands.

use crate::server::Home;

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn upcoming_walks_over_both_clock_changes() {
    let home = Home::new();
    let fire = |at: &str, after: &str| {
        let days = "mon,tue,wed,thu,fri,sat,sun";
        home.ok(&[
            "upcoming",
            "--days",
            days,
            "--at",
            at,
            "--zone",
            "America/New_York",
            "--after",
            after,
            "--count",
            "2",
        ])
    };
    assert_eq!(fire("02:30", "2026-03-08T00:00:00Z"), "2026-03-08T07:30:00Z\n2026-03-09T06:30:00Z");
    assert_eq!(fire("01:30", "2026-11-01T00:00:00Z"), "2026-11-01T05:30:00Z\n2026-11-02T06:30:00Z");
}

/// The instants were found by Python's `zoneinfo`.
#[test]
fn upcoming_knows_the_odd_clocks_of_the_world() {
    let home = Home::new();
    let check = |zone: &str, at: &str, after: &str, expected: &[&str]| {
        let days = "mon,tue,wed,thu,fri,sat,sun";
        let count = expected.len().to_string();
        let printed = home.ok(&[
            "upcoming", "--days", days, "--at", at, "--zone", zone, "--after", after, "--count",
            &count,
        ]);
        assert_eq!(printed.lines().collect::<Vec<_>>(), expected, "{zone} {at}");
    };
    // Half an hour forward and back.
    check(
        "Australia/Lord_Howe",
        "02:15",
        "2023-09-29T15:45:00Z",
        &["2023-09-30T15:45:00Z", "2023-10-01T15:15:00Z"],
    );
    check(
        "Australia/Lord_Howe",
        "01:45",
        "2023-03-31T14:45:00Z",
        &["2023-04-01T14:45:00Z", "2023-04-02T15:15:00Z"],
    );
    // Two hours.
    check(
        "Antarctica/Troll",
        "02:00",
        "2023-03-25T02:00:00Z",
        &["2023-03-26T02:00:00Z", "2023-03-27T00:00:00Z"],
    );
    check(
        "Antarctica/Troll",
        "01:30",
        "2023-10-27T23:30:00Z",
        &["2023-10-28T23:30:00Z", "2023-10-30T01:30:00Z"],
    );
    // A day that there was not.
    check(
        "Pacific/Apia",
        "09:00",
        "2011-12-28T19:00:00Z",
        &["2011-12-29T19:00:00Z", "2011-12-30T19:00:00Z", "2011-12-30T19:00:00Z"],
    );
    // Clocks go back for Ramadan.
    check(
        "Africa/Casablanca",
        "02:30",
        "2023-03-18T01:30:00Z",
        &["2023-03-19T01:30:00Z", "2023-03-20T02:30:00Z"],
    );
    check(
        "Africa/El_Aaiun",
        "02:30",
        "2023-04-22T02:30:00Z",
        &["2023-04-23T02:30:00Z", "2023-04-24T01:30:00Z"],
    );
    // The last half hour of a day is left out.
    check(
        "Asia/Pyongyang",
        "23:45",
        "2018-05-03T15:15:00Z",
        &["2018-05-04T15:15:00Z", "2018-05-05T14:45:00Z"],
    );
    // The first hour of a day is left out.
    check(
        "Africa/Cairo",
        "00:30",
        "2023-04-26T22:30:00Z",
        &["2023-04-27T22:30:00Z", "2023-04-28T21:30:00Z"],
    );
    check(
        "America/Sao_Paulo",
        "00:00",
        "2018-11-03T03:00:00Z",
        &["2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"],
    );
    check(
        "America/Santiago",
        "00:30",
        "2022-09-10T04:30:00Z",
        &["2022-09-11T04:30:00Z", "2022-09-12T03:30:00Z"],
    );
    check(
        "Asia/Beirut",
        "00:30",
        "2023-03-24T22:30:00Z",
        &["2023-03-25T22:30:00Z", "2023-03-26T21:30:00Z"],
    );
    // The last hour of a day comes twice.
    check(
        "America/Sao_Paulo",
        "23:30",
        "2019-02-16T01:30:00Z",
        &["2019-02-17T01:30:00Z", "2019-02-18T02:30:00Z"],
    );
    // By moonlight.
    check(
        "Asia/Gaza",
        "02:30",
        "2023-04-28T00:30:00Z",
        &["2023-04-29T00:30:00Z", "2023-04-29T23:30:00Z"],
    );
    // A leap day, the end of a year, and an offset of three quarters of an hour.
    check(
        "Asia/Kathmandu",
        "00:00",
        "2024-02-27T18:15:00Z",
        &["2024-02-28T18:15:00Z", "2024-02-29T18:15:00Z"],
    );
    check(
        "Asia/Kathmandu",
        "00:00",
        "2023-12-30T18:15:00Z",
        &["2023-12-31T18:15:00Z", "2024-01-01T18:15:00Z"],
    );
}

#[test]
fn bad_arguments_exit_with_2_and_bad_values_say_what_was_expected() {
    let home = Home::new();
    let upcoming =
        |days, at, zone| home.run(&["upcoming", "--days", days, "--at", at, "--zone", zone]);
    for (output, code, words) in [
        (home.run(&["toast"]), 2, "unrecognized subcommand"),
        (upcoming("mon", "25:61", "UTC"), 2, "expected HH:MM"),
        (upcoming("moonday", "10:00", "UTC"), 2, "expected mon, tue"),
        (upcoming("mon", "10:00", "Mars/Olympus"), 1, "expected one like Asia/Seoul"),
        (home.run(&["token", "add", "nobody", "--name", "x"]), 1, "no such user"),
        (home.run(&["--config", "missing.toml", "check"]), 1, "missing.toml: cannot be read"),
        (home.run(&["restore", "missing.db"]), 1, "does not exist"),
    ] {
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}

#[test]
fn inspect_reads_a_page_in_a_file() {
    let home = Home::new();
    std::fs::write(
        home.dir.path().join("page.html"),
        "<title>Toast &amp; tea</title><meta property=og:image content=/a.png>",
    )
    .unwrap();
    let printed = home.ok(&["inspect", "--file", "page.html", "--url", "https://example.com/x"]);
    let found: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(
        (found["title"].as_str(), found["state"].as_str()),
        (Some("Toast & tea"), Some("ready"))
    );
    assert_eq!(found["image"], "https://example.com/a.png");
    // Programs rely on these, in this order, whatever was found.
    let keys = [
        "url",
        "title",
        "description",
        "image",
        "icon",
        "site_name",
        "author",
        "published_at",
        "kind",
        "charset",
        "robots",
        "state",
        "reason",
    ];
    let printed_keys = |text: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("  \"")?.split_once('"'));
        lines.map(|(key, _)| key.to_owned()).collect()
    };
    assert_eq!(printed_keys(&printed), keys);
    let full =
        home.ok(&["inspect", "--full", "--file", "page.html", "--url", "https://example.com/x"]);
    assert_eq!(printed_keys(&full)[..keys.len()], keys);
    assert!(full.contains("\"images\": [\n    \"https://example.com/a.png\""), "{full}");
}

#[test]
fn inspect_says_why_a_page_is_not_read() {
    let home = Home::new();
    std::fs::write(home.dir.path().join("wall.html"), "<title>Just a moment...</title>").unwrap();
    let printed = home.ok(&["inspect", "--file", "wall.html", "--url", "https://example.com/x"]);
    let found: serde_json::Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(found["state"], "refused");
    assert_eq!(found["reason"], "the site wants proof that a person is reading");
    assert_eq!(found["title"], serde_json::Value::Null);
    let private = home.ok(&["inspect", "http://10.1.2.3/"]);
    let found: serde_json::Value = serde_json::from_str(&private).unwrap();
    assert_eq!((&found["state"], &found["kind"]), (&"refused".into(), &serde_json::Value::Null));
    assert_eq!(found["reason"], "the address is not public");
}

#[test]
fn robots_names_the_line_that_decided() {
    let home = Home::new();
    let rules = "user-agent: *\ndisallow: /private\nallow: /private/open\n";
    std::fs::write(home.dir.path().join("robots.txt"), rules).unwrap();
    let ask = |path: &str| {
        let url = format!("https://example.com{path}");
        home.ok(&["robots", "--file", "robots.txt", "--agent", "Toaster", &url])
    };
    assert_eq!(ask("/private/x"), "deny\t2: disallow: /private");
    assert_eq!(ask("/private/open"), "allow\t3: allow: /private/open");
    assert!(ask("/").starts_with("allow\t"));
}

#[test]
fn accounts_come_and_go() {
    let home = Home::new();
    home.add_user("mina");
    home.add_user("juno");
    assert_eq!(home.ok(&["user", "list"]), "juno\nmina\tadmin");
    let again = home.run_with(&["user", "add", "MINA", "--password-stdin"], "brown toast\n");
    assert!(stderr(&again).contains("exists already"), "{}", stderr(&again));
    let short = home.run_with(&["user", "passwd", "juno", "--password-stdin"], "toast\n");
    assert!(stderr(&short).contains("at least 8"), "{}", stderr(&short));
    home.ok(&["user", "remove", "juno"]);
    assert_eq!(home.ok(&["token", "list"]), "1\tmina\ttests\twrite");
    home.ok(&["token", "revoke", "1"]);
    let last = home.run(&["user", "remove", "mina"]);
    assert!(stderr(&last).contains("this is the last admin"), "{}", stderr(&last));
    assert_eq!(home.ok(&["--json", "token", "list"]), "[]");
}

#[test]
fn a_token_is_made_with_the_rights_it_is_given() {
    let home = Home::new();
    home.add_user("mina");
    let add = |more: &[&str]| {
        let arguments = [&["token", "add", "mina", "--name", "share"], more].concat();
        home.run(&arguments)
    };
    for (more, words) in [
        (&["--scope", "all"][..], "expected read, write or admin"),
        (&["--folder", "7"], "there is no folder 7"),
        (&["--expires", "2020-01-01"], "expected a later one"),
        (&["--expires", "soon"], "expires: \"soon\" is not a day"),
    ] {
        let output = add(more);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    assert!(add(&["--scope", "read", "--expires", "2999-06-15"]).status.success());
    let listed: serde_json::Value =
        serde_json::from_str(&home.ok(&["--json", "token", "list"])).unwrap();
    assert_eq!((&listed[0]["scope"], &listed[1]["scope"]), (&"write".into(), &"read".into()));
    // At its end where its owner lives, which may be the next day in UTC.
    assert!(listed[1]["expires_at"].as_str().unwrap().starts_with("2999-06-1"), "{listed}");
    assert!(home.ok(&["token", "list"]).contains("2\tmina\tshare\tread\tuntil 2999-06-1"));
}

#[test]
fn a_setting_that_cannot_be_used_stops_the_start() {
    let home = Home::new();
    std::fs::write(
        home.dir.path().join("config.toml"),
        "listen = \"127.0.0.1:0\"\n[fetch]\nrobot = \"obey\"\n",
    )
    .unwrap();
    let output = home.run(&["serve"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).contains("line 3") && stderr(&output).contains("unknown field `robot`"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn an_authority_that_cannot_be_trusted_stops_whatever_would_read_pages() {
    let home = Home::new();
    let why = |file: &str, arguments: &[&str]| {
        let settings = format!("[fetch]\nca_file = \"{file}\"\n");
        std::fs::write(home.dir.path().join("config.toml"), settings).unwrap();
        let output = home.run(arguments);
        assert_eq!(output.status.code(), Some(1));
        stderr(&output)
    };
    std::fs::write(home.dir.path().join("empty.pem"), "").unwrap();
    for arguments in [&["serve"][..], &["inspect", "http://127.0.0.1:1/"]] {
        let missing = why("missing.pem", arguments);
        assert!(missing.contains("fetch.ca_file: missing.pem cannot be read"), "{missing}");
        let empty = why("empty.pem", arguments);
        assert!(empty.contains("fetch.ca_file: no certificate found"), "{empty}");
    }
}
