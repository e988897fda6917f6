//! An answer on its way from the engine to a client.

use std::io::Write as _;

use crate::error::{Error, Result};

use super::head::HEADERS_MAX;

/// The engine's answer may carry this much of headers; `engine` keeps well below it.
const HEAD_MAX: usize = 64 * 1024;

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    reason: String,
    /// Header lines, each with its CR LF, without those that the fence writes itself.
    headers: Vec<u8>,
    /// How long the body is, or would be when none is sent.
    pub(super) length: u64,
    pub(super) body: Vec<u8>,
    /// Whether the body is a file, handed over beside the answer.
    pub(super) is_file: bool,
}

impl Answer {
    pub(super) fn new(status: u16, reason: &str) -> Self {
        Self {
            status,
            reason: reason.to_owned(),
            headers: Vec::new(),
            length: 0,
            body: Vec::new(),
            is_file: false,
        }
    }

    pub(super) fn push_header(&mut self, name: &str, value: &[u8]) {
        self.headers.extend_from_slice(name.as_bytes());
        self.headers.extend_from_slice(b": ");
        self.headers.extend_from_slice(value);
        self.headers.extend_from_slice(b"\r\n");
    }

    /// Reads the head of an answer, once it is whole; returns the answer, still without its
    /// body, and the number of bytes read.
    ///
    /// # Errors
    /// `Internal` when it is nothing that our engine writes.
    pub(super) fn parse(input: &[u8]) -> Result<Option<(Self, usize)>> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut parsed = httparse::Response::new(&mut headers);
        let end = match parsed.parse(input) {
            Ok(httparse::Status::Complete(end)) => end,
            Ok(httparse::Status::Partial) if input.len() <= HEAD_MAX => return Ok(None),
            Ok(httparse::Status::Partial) => return Err(Error::internal("an endless answer")),
            Err(error) => return Err(Error::internal(error)),
        };
        let mut answer = Self::new(parsed.code.unwrap_or(0), parsed.reason.unwrap_or(""));
        for header in parsed.headers.iter() {
            answer.take_header(header)?;
        }
        Ok(Some((answer, end)))
    }

    fn take_header(&mut self, header: &httparse::Header<'_>) -> Result<()> {
        let named = |name: &str| header.name.eq_ignore_ascii_case(name);
        if named("content-length") && !self.is_file {
            self.length = number(header.value)?;
        } else if named("x-fence-file") {
            self.length = number(header.value)?;
            self.is_file = true;
        } else if named("transfer-encoding") {
            return Err(Error::internal("an answer without a length"));
        } else if !["content-length", "connection", "date", "server"].iter().any(|name| named(name))
        {
            self.push_header(header.name, header.value);
        }
        Ok(())
    }

    /// How many bytes of body follow the head on the private connection.
    pub(super) fn follows(&self, head_only: bool) -> u64 {
        if head_only || self.is_file || self.is_bodiless() { 0 } else { self.length }
    }

    /// Whether HTTP forbids a body under this status.
    pub(super) fn is_bodiless(&self) -> bool {
        matches!(self.status, 100..=199 | 204 | 304)
    }

    /// The bytes for the client, up to and including a body held in memory.
    pub(super) fn to_bytes(&self, date: &str, keep_alive: bool, head_only: bool) -> Vec<u8> {
        let body: &[u8] = if self.follows(head_only) == 0 { &[] } else { &self.body };
        let mut out = Vec::with_capacity(160 + self.headers.len() + body.len());
        let connection = if keep_alive { "keep-alive" } else { "close" };
        let (status, reason) = (self.status, &self.reason);
        let _ = write!(out, "HTTP/1.1 {status} {reason}\r\ndate: {date}\r\n");
        let _ = write!(out, "connection: {connection}\r\n");
        if !self.is_bodiless() {
            let _ = write!(out, "content-length: {}\r\n", self.length);
        }
        out.extend_from_slice(&self.headers);
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
        out
    }
}

fn number(value: &[u8]) -> Result<u64> {
    std::str::from_utf8(value)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Error::internal("an answer whose length is not a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_loses_what_the_fence_writes_itself() {
        let raw =
            b"HTTP/1.1 200 OK\r\nServer: t\r\nDate: x\r\nETag: \"1\"\r\nContent-Length: 2\r\n\r\n";
        let (mut answer, end) = Answer::parse(raw).unwrap().unwrap();
        assert_eq!(end, raw.len());
        assert_eq!(answer.follows(false), 2);
        answer.body = b"ok".to_vec();
        assert_eq!(
            String::from_utf8(answer.to_bytes("D", true, false)).unwrap(),
            "HTTP/1.1 200 OK\r\ndate: D\r\nconnection: keep-alive\r\ncontent-length: 2\r\nETag: \"1\"\r\n\r\nok"
        );
        let head = String::from_utf8(answer.to_bytes("D", false, true)).unwrap();
        assert!(head.contains("content-length: 2\r\n") && head.ends_with("\r\n\r\n"));
    }

    #[test]
    fn an_answer_that_we_never_write_is_a_fault() {
        assert!(Answer::parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
        assert!(Answer::parse(b"garbage\r\n\r\n").is_err());
        assert!(Answer::parse(b"HTTP/1.1 200 OK\r\nContent").unwrap().is_none());
    }
}
