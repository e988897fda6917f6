//! Lists of addresses: one a line, perhaps with a title behind a bar as OneTab writes them, or
//! as Markdown does.

use super::Sink;
use crate::error::Result;
use crate::model::import::Row;

/// Whether any line begins with an address.
pub(super) fn is_list(head: &str) -> bool {
    head.lines().any(|line| row(line, 0).is_some())
}

pub(super) fn read(text: &str, sink: Sink) -> Result<()> {
    // A carriage return alone ends a line too, in files of old.
    for (number, line) in text.split(['\n', '\r']).enumerate() {
        if let Some(row) = row(line, number as u64 + 1) {
            sink(row)?;
        }
    }
    Ok(())
}

fn row(line: &str, number: u64) -> Option<Row> {
    let line = line.trim().trim_start_matches(['-', '*', '+']).trim_start();
    let (url, title) = match line.strip_prefix('[') {
        Some(rest) => {
            let (title, rest) = rest.split_once("](")?;
            (rest.split_once(')')?.0, title)
        }
        None => line.split_once(" | ").unwrap_or_else(|| {
            line.split_once(char::is_whitespace).map_or((line, ""), |(url, _)| (url, ""))
        }),
    };
    let (url, title) = (url.trim(), title.trim());
    let is_address = ["http://", "https://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    });
    is_address.then(|| Row { line: number, url: url.into(), title: title.into(), ..Row::default() })
}
