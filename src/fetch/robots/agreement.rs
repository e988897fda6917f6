//! Another reader of robots.txt, by other people, is to judge as ours does.
//!
//! Left out on purpose is where it does otherwise than RFC 9309 or reads more into a
//! file than the RFC has: misspelt keys and keys without a colon; rules before any
//! group; a product's version behind its name; `Disallow:` without a path, which it
//! takes for a rule that allows everything; `$` before the end; escapes of what needs
//! none, which the RFC has compared unescaped; and lines that end a list of agents
//! though they speak of something else.

use super::*;

#[test]
fn an_independent_reader_judges_alike() {
    let mut random = fastrand::Rng::with_seed(9_309);
    let mut disallowed = 0;
    for _ in 0..4_000 {
        let file = random_file(&mut random);
        let ours = Robots::parse(file.as_bytes(), AGENT);
        let theirs = texting_robots::Robot::new(AGENT, file.as_bytes()).unwrap();
        for _ in 0..5 {
            let address = format!("https://a.example{}", random_path(&mut random));
            let url = Url::parse(&address).unwrap();
            let verdict = ours.verdict(&url);
            assert_eq!(verdict.allowed, theirs.allowed(url.as_str()), "{address}\n{file}");
            check_line(&file, verdict, &address);
            disallowed += usize::from(!verdict.allowed);
        }
    }
    // Neither answer is so rare that agreeing would mean nothing.
    assert!((4_000..16_000).contains(&disallowed), "{disallowed}");
}

/// The line that is named is a rule, and of the kind that decides so.
#[track_caller]
fn check_line(file: &str, verdict: Verdict, address: &str) {
    let Some(number) = verdict.line else {
        assert!(verdict.allowed, "{address}\n{file}");
        return;
    };
    let lines: Vec<&str> = file.lines().collect();
    let line = lines[number - 1].trim_start().to_lowercase();
    let key = if verdict.allowed { "allow" } else { "disallow" };
    assert!(line.starts_with(key), "{address} line {number}\n{file}");
}

fn pick<'a>(random: &mut fastrand::Rng, from: &[&'a str]) -> &'a str {
    from[random.usize(..from.len())]
}

fn random_file(random: &mut fastrand::Rng) -> String {
    let end = pick(random, &["\n", "\r\n"]);
    let mut file = String::new();
    for _ in 0..random.usize(1..4) {
        for _ in 0..random.usize(1..3) {
            let key = pick(random, &["User-agent", "user-agent", "USER-AGENT", " User-Agent"]);
            let agents = ["*", "*", "Toaster", "toaster", "TOASTER", "toasterbot", "other"];
            file += &format!("{key}: {}{end}", pick(random, &agents));
        }
        for _ in 0..random.usize(1..6) {
            let key = pick(random, &["Allow", "Disallow", "disallow", " DISALLOW", "allow "]);
            let gap = pick(random, &[":", ": ", ":\t"]);
            let path = random_pattern(random);
            let note = pick(random, &["", "", " # why", "#why", "  "]);
            file += &format!("{key}{gap}{path}{note}{end}");
            file += pick(random, &["", "", "", end, "# note", "Sitemap: https://a.example/s"]);
            if !file.ends_with(end) {
                file += end;
            }
        }
    }
    file
}

const PIECES: [&str; 15] =
    ["/", "/", "a", "b", "ab", "ba", ".php", "?", "?q=", "&", "%2F", "%3F", "~", "é", "한"];

fn random_path(random: &mut fastrand::Rng) -> String {
    let count = random.usize(0..7);
    (0..count).fold("/".to_owned(), |path, _| path + pick(random, &PIECES))
}

fn random_pattern(random: &mut fastrand::Rng) -> String {
    let mut pattern = pick(random, &["/", "/", "/", "*", "/*"]).to_owned();
    for _ in 0..random.usize(0..4) {
        pattern += pick(random, &["*", "**", "", "", ""]);
        pattern += pick(random, &PIECES);
    }
    pattern + pick(random, &["", "", "", "$", "*", "*$"])
}
