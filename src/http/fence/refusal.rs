//! Requests that the fence answers itself, because no handler should see them.

use crate::http::response::{Body, Problem};

use super::answer::Answer;

/// Why a request is refused. After it the connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) status: u16,
    title: &'static str,
    detail: &'static str,
}

impl Refusal {
    /// A request that could be read in more than one way, or in none.
    pub(super) const fn doubtful(detail: &'static str) -> Self {
        Self { status: 400, title: "Bad Request", detail }
    }

    pub(super) const HEAD_TIMEOUT: Self = Self {
        status: 408,
        title: "Request Timeout",
        detail: "the request took too long to arrive",
    };
    pub(super) const BODY_TOO_LARGE: Self = Self {
        status: 413,
        title: "Content Too Large",
        detail: "the body is larger than this address accepts",
    };
    pub(super) const EXPECTATION: Self = Self {
        status: 417,
        title: "Expectation Failed",
        detail: "the only expectation met here is 100-continue",
    };
    pub(super) const HEAD_TOO_LARGE: Self = Self {
        status: 431,
        title: "Request Header Fields Too Large",
        detail: "the request line and headers are too long or too many",
    };
    pub(super) const BROKEN: Self = Self {
        status: 500,
        title: "Internal Server Error",
        detail: "something went wrong here; it may or may not have been done",
    };
    pub(super) const CODING: Self = Self {
        status: 501,
        title: "Not Implemented",
        detail: "the only transfer coding known here is chunked",
    };
    pub(super) const BUSY: Self = Self {
        status: 503,
        title: "Service Unavailable",
        detail: "too much to do at the moment; try again in a second",
    };
    pub(super) const ANSWER_TIMEOUT: Self = Self {
        status: 504,
        title: "Gateway Timeout",
        detail: "the answer took too long; it may or may not have been done",
    };
    pub(super) const VERSION: Self = Self {
        status: 505,
        title: "HTTP Version Not Supported",
        detail: "only HTTP/1.0 and HTTP/1.1 are spoken here",
    };

    /// What the client is told.
    pub(super) fn answer(self) -> Answer {
        let header = (self.status == 503).then(|| ("retry-after", "1".to_owned()));
        let problem = Problem {
            status: self.status,
            title: self.title,
            detail: self.detail.to_owned(),
            field: None,
            header,
        };
        let response = problem.into_json();
        let mut answer = Answer::new(self.status, self.title);
        for (name, value) in &response.headers {
            answer.push_header(name, value.as_bytes());
        }
        if let Body::Bytes(body) = response.body {
            answer.length = body.len() as u64;
            answer.body = body;
        }
        answer
    }
}
