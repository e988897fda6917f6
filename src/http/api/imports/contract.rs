//! What the reference says of taking links in and out.

use serde_json::json;

use super::{ImportReply, ReportReply};
use crate::http::api::contract::{Operation, delete, get, post};

pub(in crate::http::api) fn operations() -> Vec<Operation> {
    let folder = json!({ "type": "integer", "format": "int64", "minimum": 1 });
    let no = json!({ "type": "boolean", "default": false });
    let rows = json!({ "type": "integer", "minimum": 1, "maximum": 200, "default": 50 });
    vec![
        post("import", "Take in a file of links")
            .describe("What sort of file it is shows in the file: the bookmarks of a browser, or what another program has written. It is read in the background; watch the import that is answered.")
            .query("folder", folder, "The folder that its links and folders go to.")
            .query("unread", no.clone(), "Whether links are still to be read of which the file does not say.")
            .query("dry_run", no, "`true` only counts.")
            .file("https://bakery.example/brioche\nhttps://bakery.example/challah\n")
            .reply::<ImportReply>(202, "Import", "It is being read.")
            .located()
            .refuses(409),
        get("imports", "List imports")
            .describe("The newest.")
            .query("limit", rows.clone(), "How many at most.")
            .list::<ImportReply>("Import", "The imports."),
        get("imports/{id}", "Watch an import")
            .query("limit", rows, "How many of the rows that could not be taken to tell of.")
            .reply::<ReportReply>(200, "ImportReport", "Where it stands."),
        delete("imports/{id}", "Stop an import")
            .describe("What it has brought stays.")
            .reply::<ImportReply>(200, "Import", "It is stopped.")
            .refuses(409),
        get("export", "Take out all links")
            .query("format", json!({ "enum": ["html", "json", "csv"], "default": "json" }), "What sort of file.")
            .files(&["text/html", "application/json", "text/csv"]),
    ]
}
