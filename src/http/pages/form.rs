//! What was wrong with a form, so that it can be shown again with everything typed in it.

use crate::error::{Error, Result};
use crate::http::pages::words;
use crate::http::request::Request;
use crate::model::burning;

/// The fields at fault and why, in words for people.
#[derive(Debug, Default)]
pub(super) struct Flaws(Vec<(String, String)>);

impl Flaws {
    /// What makes a form unusable, by its field; `""` is the form as a whole.
    ///
    /// # Errors
    /// Gives any error back that a person cannot mend by typing something else.
    pub(super) fn of(error: Error) -> Result<Self> {
        let mut flaws = Self::default();
        match error {
            Error::Invalid { field, reason } => flaws.add(&field, &reason),
            Error::Conflict(why) => flaws.add("", &why),
            other => return Err(other),
        }
        Ok(flaws)
    }

    /// One more flaw.
    pub(super) fn add(&mut self, field: &str, reason: &str) {
        self.0.push((field.to_owned(), words::sentence(reason)));
    }

    /// The value, or its flaw noted under `field`.
    pub(super) fn take<T>(&mut self, field: &str, result: Result<T>) -> Option<T> {
        result
            .map_err(|error| match error {
                Error::Invalid { reason, .. } => self.add(field, &reason),
                other => self.add(field, &other.to_string()),
            })
            .ok()
    }

    /// Why a field cannot be used.
    pub(super) fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, reason)| reason.as_str())
    }

    /// Whether all is well.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The status of the page that shows the form again, or for the first time.
    pub(super) fn status(&self) -> u16 {
        if self.is_empty() { 200 } else { 422 }
    }
}

/// One entry of a list to choose from.
#[derive(Debug)]
pub(super) struct Choice {
    /// What is sent.
    pub(super) value: String,
    /// What is shown.
    pub(super) label: String,
    /// Whether it is the one chosen.
    pub(super) chosen: bool,
}

impl Choice {
    /// An entry that is chosen when its value is `current`.
    pub(super) fn new(value: impl Into<String>, label: impl Into<String>, current: &str) -> Self {
        let value = value.into();
        Self { chosen: value == current, value, label: label.into() }
    }
}

/// Every time zone, with `current` chosen. What somebody typed stays, even if it is none.
pub(super) fn zones(current: &str) -> Vec<Choice> {
    let mut names = crate::model::time::Zone::names();
    if !current.is_empty() && !names.iter().any(|name| name == current) {
        names.insert(0, current.to_owned());
    }
    names.into_iter().map(|name| Choice::new(name.clone(), name, current)).collect()
}

/// A number that was chosen from a list of ours.
pub(super) fn number(field: &'static str, typed: &str) -> Result<i64> {
    typed
        .parse()
        .map_err(|_| Error::invalid(field, format!("{typed:?} is not one of those to choose from")))
}

/// After how many days links burn; nothing typed is no number of its own.
///
/// # Errors
/// `Invalid` when it is no number of days.
pub(super) fn burn_after(typed: &str) -> Result<Option<u16>> {
    if typed.is_empty() {
        return Ok(None);
    }
    let number = typed.parse().map_err(|_| {
        Error::invalid("burn_after_days", format!("{typed:?} is not a number of days"))
    })?;
    burning::parse_days(number).map(Some)
}

/// Yes or no, as forms and addresses say it.
///
/// # Errors
/// `Invalid` when it is neither.
pub(super) fn flag(field: &'static str, typed: &str) -> Result<bool> {
    match typed {
        "1" | "true" | "on" | "yes" => Ok(true),
        "0" | "false" | "off" | "no" => Ok(false),
        _ => Err(Error::invalid(field, format!("{typed:?} is neither true nor false"))),
    }
}

/// A parameter of the address, where an empty one is as good as none.
pub(super) fn parameter<'a>(req: &'a Request, name: &str) -> Option<&'a str> {
    req.query(name).map(str::trim).filter(|value| !value.is_empty())
}
