//! The form of quiet hours: some windows of local time, and room for two more. A row without
//! times is no window, so emptying one removes it.

use crate::error::{Error, Result};
use crate::http::pages::form::{Choice, number};
use crate::http::pages::words;
use crate::http::request::Form;
use crate::model::quiet_hours::{QuietHours, WINDOWS_MAX, Window};
use crate::model::recurrence::Weekdays;

/// Rows to be filled in, after those that are.
const SPARE_ROWS: usize = 2;

/// A window as it stands in the form, whether it makes sense or not.
pub(super) struct Row {
    /// Its number, from 1; its fields are called `days1`, `from1` and `to1`.
    pub(super) number: usize,
    pub(super) days: Vec<Choice>,
    pub(super) from: String,
    pub(super) to: String,
}

impl Row {
    fn new(number: usize, chosen: &[String], from: String, to: String) -> Self {
        Self { number, days: words::weekdays_to_choose(chosen), from, to }
    }

    /// What is stored; spare rows are for every day.
    pub(super) fn stored(hours: &QuietHours) -> Vec<Self> {
        let texts = |days: Weekdays| days.numbers().map(|day| day.to_string()).collect::<Vec<_>>();
        let filled = hours
            .windows()
            .iter()
            .map(|w| (texts(w.days), w.from.to_string(), w.to.to_string()))
            .chain((0..SPARE_ROWS).map(|_| (texts(Weekdays::ALL), String::new(), String::new())));
        let rows = filled.take(WINDOWS_MAX).enumerate();
        rows.map(|(index, (days, from, to))| Self::new(index + 1, &days, from, to)).collect()
    }

    /// What was typed.
    pub(super) fn typed(form: &Form) -> Vec<Self> {
        let row = |number: usize| {
            let field = |name: &str| format!("{name}{number}");
            form.has(&field("from")).then(|| {
                let days: Vec<String> = form.all(&field("days")).map(ToOwned::to_owned).collect();
                let (from, to) = (form.text(&field("from")), form.text(&field("to")));
                Self::new(number, &days, from.to_owned(), to.to_owned())
            })
        };
        (1..=WINDOWS_MAX).map_while(row).collect()
    }

    fn window(&self) -> Result<Window> {
        let chosen = self.days.iter().filter(|day| day.chosen);
        let days: Vec<i64> = chosen.map(|day| number("days", &day.value)).collect::<Result<_>>()?;
        Ok(Window {
            days: Weekdays::from_numbers(days)?,
            from: self.from.parse()?,
            to: self.to.parse()?,
        })
    }
}

/// What those rows set.
///
/// # Errors
/// `Invalid` with the number of the row that cannot be used.
pub(super) fn parse(rows: &[Row]) -> Result<QuietHours> {
    let filled = rows.iter().filter(|row| !(row.from.is_empty() && row.to.is_empty()));
    let windows = filled.map(|row| {
        row.window().map_err(|error| match error {
            Error::Invalid { reason, .. } => {
                Error::invalid("quiet_hours", format!("row {}: {reason}", row.number))
            }
            other => other,
        })
    });
    QuietHours::new(windows.collect::<Result<_>>()?)
}
