//! A robots.txt, and the addresses it is asked about; they are its own lines.

#![no_main]

use toaster::fetch::robots::{AGENT, Robots};
use url::Url;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let robots = Robots::parse(bytes, AGENT);
    let home = Url::parse("https://bread.example/").expect("it is an address");
    let text = String::from_utf8_lossy(bytes);
    for line in text.lines().take(64) {
        let path = line.rsplit(':').next().unwrap_or(line);
        let Ok(url) = home.join(path) else { continue };
        let verdict = robots.verdict(&url);
        assert!(verdict.allowed || verdict.line.is_some(), "no line forbids it");
    }
});
