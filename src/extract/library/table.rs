//! Tables: CSV of Pocket, Instapaper, Raindrop, Readwise Reader, Matter, mymind, LinkAce,
//! wallabag and whoever else has a column of addresses. Columns are found by their names,
//! since every one of these programs has changed their order.

use csv::{ReaderBuilder, StringRecord};

use super::{Sink, dates, is_yes, split_tags};
use crate::error::{Error, Result};
use crate::model::import::Row;

const URL: [&str; 5] = ["url", "link", "href", "uri", "address"];
const TITLE: [&str; 2] = ["title", "name"];
const DESCRIPTION: [&str; 2] = ["excerpt", "description"];
const NOTE: [&str; 4] = ["note", "notes", "comment", "selection"];
const FOLDER: [&str; 3] = ["folder", "lists", "collection"];
const TAGS: [&str; 3] = ["tags", "document tags", "labels"];
const SAVED_AT: [&str; 8] = [
    "time_added",
    "timestamp",
    "created",
    "created_at",
    "saved date",
    "saved_at",
    "date_added",
    "last interaction date",
];
const FAVOURITE: [&str; 4] = ["favorite", "favourite", "favorited", "starred"];
const ARCHIVED: [&str; 2] = ["archived", "is_archived"];

/// What a table's columns are called, in lower case.
struct Columns(Vec<String>);

impl Columns {
    fn at(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.0.iter().position(|column| column == name))
    }

    fn get<'a>(&self, record: &'a StringRecord, names: &[&str]) -> &'a str {
        self.at(names).and_then(|at| record.get(at)).map_or("", str::trim)
    }
}

/// Whether the first line names columns of which one holds addresses.
pub(super) fn is_table(head: &str) -> bool {
    let line = head.lines().next().unwrap_or_default();
    let names = line.split([',', ';', '\t']).map(|name| name.trim().trim_matches('"'));
    let named = |name: &str| URL.contains(&name.to_ascii_lowercase().as_str());
    names.clone().any(named) && names.count() > 1 || named(line.trim())
}

pub(super) fn read(text: &str, sink: Sink) -> Result<()> {
    let head = text.lines().next().unwrap_or_default();
    let count = |mark: char| head.matches(mark).count();
    let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(|mark| count(char::from(*mark)));
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter.unwrap_or(b','))
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(broken)?;
    let columns = Columns(header.iter().map(|name| name.trim().to_ascii_lowercase()).collect());
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(broken)? {
        sink(row(&columns, &record, line_of(&record, text)))?;
    }
    Ok(())
}

/// The line a record begins at. To the reader the line feed after a carriage return is of the next.
fn line_of(record: &StringRecord, text: &str) -> u64 {
    let Some(start) = record.position() else { return 0 };
    let rest = text.as_bytes().get(start.byte() as usize..).unwrap_or_default();
    start.line() + u64::from(rest.first() == Some(&b'\n'))
}

fn row(columns: &Columns, record: &StringRecord, line: u64) -> Row {
    let get = |names: &[&str]| columns.get(record, names);
    let mut row = Row {
        line,
        url: get(&URL).into(),
        title: get(&TITLE).into(),
        description: get(&DESCRIPTION).into(),
        note: get(&NOTE).into(),
        tags: tags(get(&TAGS)),
        saved_at: dates::parse(get(&SAVED_AT)),
        unread: is_yes(get(&["unread", "toread"])),
        archived: is_yes(get(&ARCHIVED)).unwrap_or(false),
        favourite: is_yes(get(&FAVOURITE)).unwrap_or(false),
        ..Row::default()
    };
    if let Some(read) = is_yes(get(&["read"])) {
        row.unread = Some(!read);
    }
    // Pocket's status, and where Readwise Reader keeps it.
    match get(&["status", "location"]) {
        "archive" => (row.unread, row.archived) = (Some(false), true),
        "unread" | "new" | "later" | "shortlist" => row.unread = Some(true),
        _ => {}
    }
    file(&mut row, get(&FOLDER), columns.at(&["lists"]).is_some());
    row
}

/// Instapaper has its states among the folders; LinkAce has several lists, of which we take the
/// first; in Raindrop a slash leads inwards.
fn file(row: &mut Row, folder: &str, several: bool) {
    match folder {
        "" | "Unsorted" => {}
        "Unread" => row.unread = Some(true),
        "Archive" => (row.unread, row.archived) = (Some(false), true),
        "Starred" => row.favourite = true,
        lists if several => {
            row.folder.extend(lists.split(',').next().map(|first| first.trim().to_owned()));
        }
        path => {
            let names = path.split('/').map(str::trim).filter(|name| !name.is_empty());
            row.folder = names.map(str::to_owned).collect();
        }
    }
}

/// Tags in one cell: a list as JSON or Python writes it, or between bars, semicolons or commas.
fn tags(cell: &str) -> Vec<String> {
    if let Some(list) = cell.strip_prefix('[').and_then(|cell| cell.strip_suffix(']')) {
        if let Ok(tags) = serde_json::from_str(cell) {
            return tags;
        }
        let names = list.split(',').map(|name| name.trim().trim_matches(['\'', '"']));
        return names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    }
    match ['|', ';'].into_iter().find(|mark| cell.contains(*mark)) {
        Some(mark) => split_tags(&cell.replace(mark, ",")),
        // One tag may have spaces here, since commas stand between them.
        None => split_tags(&format!("{cell},")),
    }
}

fn broken(error: csv::Error) -> Error {
    let line = error.position().map_or(0, csv::Position::line);
    Error::invalid("file", format!("the table breaks off at line {line}"))
}
