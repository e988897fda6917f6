//! What we send, read by what others wrote for the same protocols: `tests/interop`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// The Python that `tests/run` installs; without it there is nobody to ask.
pub fn python() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let python = target.join("interop/bin/python");
    if !python.exists() {
        eprintln!("left out: tests/interop/install {}", target.join("interop").display());
    }
    Some(python).filter(|python| python.exists())
}

/// What another implementation makes of what was sent; `None` where it is not installed.
pub fn check(protocol: &str, sent: &Value) -> Option<Value> {
    let python = python()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop/check.py");
    let mut child = Command::new(python)
        .arg(script)
        .arg(protocol)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(sent.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{protocol}: {why}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}
