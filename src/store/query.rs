//! Optional filters of a list, put together from fixed pieces of SQL only.

use rusqlite::ToSql;

/// A `WHERE` clause in the making, with its named parameters.
#[derive(Default)]
pub(super) struct Where<'a> {
    clauses: Vec<&'static str>,
    parameters: Vec<(&'static str, &'a dyn ToSql)>,
}

impl<'a> Where<'a> {
    /// Adds a clause that needs no parameter.
    pub(super) fn and(&mut self, clause: &'static str) -> &mut Self {
        self.clauses.push(clause);
        self
    }

    /// Adds a parameter that some clause names.
    pub(super) fn bind(&mut self, name: &'static str, value: &'a dyn ToSql) -> &mut Self {
        self.parameters.push((name, value));
        self
    }

    /// The clause; an empty one holds for every row.
    pub(super) fn sql(&self) -> String {
        if self.clauses.is_empty() { "TRUE".to_owned() } else { self.clauses.join(" AND ") }
    }

    /// The parameters.
    pub(super) fn parameters(&self) -> &[(&'static str, &'a dyn ToSql)] {
        &self.parameters
    }
}

/// Values as a list for `json_each`.
pub(super) fn json_list<T: Into<serde_json::Value>>(values: impl Iterator<Item = T>) -> String {
    serde_json::Value::Array(values.map(Into::into).collect()).to_string()
}
