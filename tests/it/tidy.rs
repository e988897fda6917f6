//! The map of the source, held by reading it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which top-level modules each may name, besides itself. `app` and `cli` may name all.
const ARROWS: [(&str, &str); 16] = [
    ("error", ""),
    ("threads", ""),
    ("log", ""),
    ("model", "error"),
    ("clock", "model"),
    ("config", "model error"),
    ("secret", "error"),
    ("store", "model clock threads error"),
    ("ops", "model store error"),
    ("extract", "model error"),
    ("net", "model error threads"),
    ("fetch", "net extract clock model error"),
    ("transport", "net model error"),
    ("export", "model store error extract"),
    ("http", "model ops store error clock secret threads export"),
    ("worker", "model ops store error clock secret fetch extract transport"),
];

/// Crates that only one place may name, and that place.
const HOMES: [(&str, &[&str]); 8] = [
    ("rusqlite", &["src/store/", "src/error.rs"]),
    ("tiny_http", &["src/http/engine.rs"]),
    ("ureq", &["src/net.rs", "src/net/", "src/transport/mod.rs"]),
    ("rustls", &["src/net/"]),
    ("lettre", &["src/transport/email/"]),
    ("brotli_decompressor", &["src/net/"]),
    ("mio", &["src/http/fence/"]),
    ("tracing_subscriber", &["src/log.rs"]),
];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut dirs = vec![root.join("src")];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 40, "the sources were not found");
    found
}

/// The code of a file, without its comments and its tests.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The top-level modules that code names by `crate::`.
fn named(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        let word = |text: &str| {
            text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
        };
        match rest.strip_prefix('{') {
            Some(group) => {
                let mut depth = 0;
                let mut start = true;
                for (at, c) in group.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        c if start && depth == 0 && c.is_alphanumeric() => {
                            found.insert(word(&group[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
            }
            None => {
                found.insert(word(rest));
            }
        }
    }
    found
}

#[test]
fn arrows_run_one_way() {
    let mut wrong = Vec::new();
    for (file, text) in sources().into_iter().filter(|(file, _)| !file.ends_with("/tests.rs")) {
        let module =
            file.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default().to_owned();
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == module) else {
            assert!(
                ["app", "cli", "lib", "main"].contains(&module.as_str()),
                "{file} is not on the map"
            );
            continue;
        };
        let allowed: BTreeSet<&str> = allowed.split(' ').chain([module.as_str()]).collect();
        for name in named(&code(&text)) {
            if !allowed.contains(name.as_str()) {
                wrong.push(format!("{file} names crate::{name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_engine_is_named_in_its_own_room_only() {
    let mut wrong = Vec::new();
    for (file, text) in sources() {
        for (engine, homes) in HOMES {
            let at_home = homes.iter().any(|home| file.starts_with(home));
            if !at_home && code(&text).contains(&format!("{engine}::")) {
                wrong.push(format!("{file} names {engine}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_unfinished_is_left() {
    let words = [
        "dbg!",
        "todo!",
        "unimplemented!",
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
        concat!("XX", "X"),
    ];
    for (file, text) in sources() {
        for word in words {
            assert!(!text.contains(word), "{file} holds {word}");
        }
    }
}

/// What is built, not what is locked: the lock file also lists what features that are off name.
#[test]
fn no_async_runtime_and_no_openssl_is_in_the_tree() {
    let arguments = "tree --locked --offline --target all --prefix none --format {p}";
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(arguments.split(' ')).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = cargo.output().unwrap();
    let tree = String::from_utf8(output.stdout).unwrap();
    assert!(tree.contains("\nring v"), "{}", String::from_utf8_lossy(&output.stderr));
    for banned in
        ["tokio", "async-std", "smol", "openssl", "openssl-sys", "native-tls", "aws-lc-rs"]
    {
        assert!(!tree.contains(&format!("\n{banned} v")), "{banned} is in the tree");
    }
}
