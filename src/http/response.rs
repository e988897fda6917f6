//! An answer as handlers make it, and the one place that turns an [`Error`] into one.

use std::fs::File;

use serde::Serialize;
use serde_json::json;

use crate::error::{Error, Result};

/// What is sent back.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case with their values. Never `content-length`, which the engine adds.
    pub headers: Vec<(&'static str, String)>,
    /// What follows them.
    pub body: Body,
}

/// The body of an answer.
#[derive(Debug)]
pub enum Body {
    /// A small answer, held in memory.
    Bytes(Vec<u8>),
    /// A large one, streamed from an open file of `len` bytes.
    File {
        /// The open file, read from its start.
        file: File,
        /// How many bytes of it to send.
        len: u64,
    },
}

impl Response {
    /// An answer with a body of that content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body: Body::Bytes(body.into()),
        }
    }

    /// JSON of any value.
    ///
    /// # Errors
    /// `Internal` when the value cannot be written as JSON.
    pub fn json(status: u16, value: &impl Serialize) -> Result<Self> {
        let body = serde_json::to_vec(value).map_err(Error::internal)?;
        Ok(Self::new(status, "application/json", body))
    }

    /// A page.
    pub fn html(status: u16, page: String) -> Self {
        Self::new(status, "text/html; charset=utf-8", page)
    }

    /// 204.
    pub fn no_content() -> Self {
        Self { status: 204, headers: Vec::new(), body: Body::Bytes(Vec::new()) }
    }

    /// 303: look there, by GET.
    pub fn see_other(location: impl Into<String>) -> Self {
        Self::no_content().with_status(303).with("location", location)
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same answer under another status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The value of a header already set.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }
}

/// What a person or program is told about an error. The only place that logs a fault of ours.
#[derive(Debug)]
pub struct Problem {
    /// The status code.
    pub status: u16,
    /// The status in words.
    pub title: &'static str,
    /// What happened and what to do.
    pub detail: String,
    /// The field at fault and why, for bad input.
    pub field: Option<(String, String)>,
    /// One more header that the answer carries.
    pub header: Option<(&'static str, String)>,
}

impl Problem {
    /// Sorts an error by what the caller can do.
    pub fn of(error: &Error) -> Self {
        let (status, title) = match error {
            Error::Invalid { .. } => (422, "Unusable value"),
            Error::Unauthorized(_) => (401, "Not signed in"),
            Error::Forbidden(_) => (403, "Not allowed"),
            Error::NotFound(_) => (404, "Not found"),
            Error::MethodNotAllowed(_) => (405, "Method not allowed"),
            Error::Conflict(_) => (409, "Conflict"),
            Error::Stale(_) => (412, "Changed meanwhile"),
            Error::TooLarge { .. } => (413, "Too large"),
            Error::TooMany { .. } => (429, "Too many tries"),
            Error::Unavailable(_) => (503, "Not available now"),
            Error::Internal(_) => (500, "Internal error"),
        };
        let status = match error {
            // Not understood at all, as opposed to understood and refused.
            Error::Invalid { field, .. } if field == "body" || field == "path" => 400,
            Error::Invalid { field, .. } if field == "content-type" => 415,
            _ => status,
        };
        let mut detail = error.to_string();
        let mut field = None;
        let mut header = None;
        match error {
            Error::Internal(cause) => {
                tracing::error!(%cause, "a request failed");
                detail = "something went wrong here; the log has the details".into();
            }
            Error::Invalid { field: name, reason } => {
                field = Some((name.to_string(), reason.clone()));
            }
            Error::Unauthorized(_) => header = Some(("www-authenticate", "Bearer".into())),
            Error::MethodNotAllowed(allow) => header = Some(("allow", (*allow).to_owned())),
            Error::TooMany { after_s } => header = Some(("retry-after", after_s.to_string())),
            _ => {}
        }
        Self { status, title, detail, field, header }
    }

    /// As RFC 9457 `application/problem+json`.
    pub fn into_json(self) -> Response {
        let mut body = json!({
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        });
        if let Some((field, reason)) = self.field {
            body["errors"] = json!([{ "field": field, "reason": reason }]);
        }
        let mut response = Response::new(self.status, "application/problem+json", body.to_string());
        response.headers.extend(self.header);
        response
    }
}
