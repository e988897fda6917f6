//! Reading a row's columns by position: looking each up by its name costs more than reading it.

use rusqlite::Row;
use rusqlite::types::{FromSql, ValueRef};

/// A row whose columns are read one after the other, in the order in which its query names
/// them. Tests compare each name with the query's own, so that the two cannot drift apart.
pub(super) struct Columns<'a> {
    row: &'a Row<'a>,
    next: usize,
}

impl<'a> Columns<'a> {
    /// Those of a row, from the first one on.
    pub(super) fn of(row: &'a Row<'a>) -> Self {
        Self { row, next: 0 }
    }

    /// The next one, which must be the one of that name.
    pub(super) fn get<T: FromSql>(&mut self, name: &str) -> rusqlite::Result<T> {
        debug_assert_eq!(self.row.as_ref().column_name(self.next).ok(), Some(name));
        let value = self.row.get(self.next);
        self.next += 1;
        value
    }

    /// As [`Columns::get`], without copying it.
    pub(super) fn get_ref(&mut self, name: &str) -> rusqlite::Result<ValueRef<'a>> {
        debug_assert_eq!(self.row.as_ref().column_name(self.next).ok(), Some(name));
        let value = self.row.get_ref(self.next);
        self.next += 1;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::Connection;

    fn read(sql: &str) -> rusqlite::Result<(i64, String)> {
        Connection::open_in_memory()?.query_row(sql, [], |row| {
            let mut columns = Columns::of(row);
            Ok((columns.get("id")?, columns.get("name")?))
        })
    }

    #[test]
    fn columns_are_read_in_the_order_of_their_query() {
        assert_eq!(read("SELECT 7 AS id, 'jam' AS name").unwrap(), (7, "jam".to_owned()));
    }

    #[test]
    #[should_panic(expected = "id")]
    fn a_query_in_another_order_is_noticed() {
        let _ = read("SELECT 'jam' AS name, 7 AS id");
    }
}
