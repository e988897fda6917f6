//! What the API promises: `static/openapi.json` is written from the lists of operations here and
//! beside the handlers, and from the shapes that the handlers use. All of it is only built for
//! tests, which compare the file with the code; `TOASTER_WRITE_OPENAPI=1 cargo test --lib
//! contract` writes it anew.

mod bad_input;
mod document;
mod examples;
mod operation;
mod routes;
mod schema;
mod tests;

pub(super) use operation::{Operation, delete, get, patch, post};

use super::{
    backups, bookmarks, bulk, dead_links, deliveries, destinations, duplicates, feeds, folders,
    imports, me, preview, push, reminders, rules, searches, sessions, status, tags, tokens, undo,
    users,
};

/// Every operation, in the order in which people read of them.
pub(super) fn operations() -> Vec<Operation> {
    let lists = [
        bookmarks::contract::operations(),
        bulk::contract::operations(),
        undo::contract::operations(),
        duplicates::contract::operations(),
        dead_links::contract::operations(),
        folders::contract::operations(),
        tags::contract::operations(),
        rules::contract::operations(),
        searches::contract::operations(),
        reminders::contract::operations(),
        destinations::contract::operations(),
        deliveries::contract::operations(),
        imports::contract::operations(),
        preview::contract::operations(),
        me::contract::operations(),
        feeds::contract::operations(),
        tokens::contract::operations(),
        sessions::contract::operations(),
        push::contract::operations(),
        users::contract::operations(),
        backups::contract::operations(),
        status::contract::operations(),
    ];
    lists.into_iter().flatten().collect()
}
