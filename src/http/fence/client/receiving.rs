//! How a request comes in: the head, then the body, then it is whole.

use super::{Asked, Client, Phase, Step, Surroundings};
use crate::http::fence::body::Body;
use crate::http::fence::head::{self, Head};
use crate::http::fence::refusal::Refusal;

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

impl Client {
    /// Reads and understands a little more of a request.
    pub(super) fn receive(&mut self, around: &mut Surroundings<'_>) -> Option<Step> {
        match self.take_in(around) {
            Ok(Some(asked)) => return Some(Step::Ask(asked)),
            Ok(None) => {}
            Err(refusal) => {
                self.refuse(refusal, around);
                return None;
            }
        }
        if self.sent < self.out.len() && self.write_some().is_err() {
            return Some(Step::Close);
        }
        match self.wire.read(around.scratch) {
            Ok(Some(read)) => {
                self.input.extend_from_slice(&around.scratch[..read]);
                None
            }
            Ok(None) => Some(Step::Wait),
            Err(_) => Some(Step::Close),
        }
    }

    /// Makes what it can of the bytes already here.
    fn take_in(&mut self, around: &mut Surroundings<'_>) -> Result<Option<Asked>, Refusal> {
        if !matches!(self.phase, Phase::Body { .. }) && !self.take_head(around)? {
            return Ok(None);
        }
        let Phase::Body { id, head, body } = &mut self.phase else { return Ok(None) };
        let used = body.feed(&self.input)?;
        self.input.drain(..used);
        if body.is_done() {
            let asked = wrap_up(*id, head, body);
            let phase = Phase::Waiting { id: *id, asked: None };
            self.enter(phase, around.now, around.limits.answer);
            return Ok(Some(asked));
        }
        if std::mem::take(&mut head.expects_continue) && body.bytes.is_empty() {
            self.out = CONTINUE.to_vec();
            self.sent = 0;
        }
        Ok(None)
    }

    /// Reads the head once it is whole; whether it was.
    fn take_head(&mut self, around: &mut Surroundings<'_>) -> Result<bool, Refusal> {
        // Some clients end a body with a line too many.
        let blank = self.input.chunks(2).take_while(|pair| pair == b"\r\n").count() * 2;
        if blank > 0 {
            self.input.drain(..blank);
            self.looked = 0;
        }
        if self.input.is_empty() {
            return Ok(false);
        }
        if matches!(self.phase, Phase::Idle) {
            self.head_only = false;
            self.enter(Phase::Head, around.now, around.limits.head);
        }
        let end = head::find_end(&self.input, self.looked)?;
        self.looked = self.input.len();
        if end.unwrap_or(self.input.len()) > around.limits.head_bytes {
            return Err(Refusal::HEAD_TOO_LARGE);
        }
        let Some(end) = end else { return Ok(false) };
        let id = *around.next_id;
        *around.next_id += 1;
        let head = head::read(&self.input[..end], self.peer, id, around.limits)?;
        self.input.drain(..end);
        self.looked = 0;
        // A stop may already have said that this answer is the last.
        self.keep_alive &= head.keep_alive;
        self.head_only = head.head_only;
        let body = Body::new(head.framing, head.body_max);
        self.enter(Phase::Body { id, head, body }, around.now, around.limits.body);
        Ok(true)
    }
}

/// The message for the engine, with the length that is now known.
fn wrap_up(id: u64, head: &mut Head, body: &mut Body) -> Asked {
    let mut message = std::mem::take(&mut head.message);
    if !body.bytes.is_empty() {
        let length = format!("content-length: {}\r\n", body.bytes.len());
        message.reserve(length.len() + 2 + body.bytes.len());
        message.extend_from_slice(length.as_bytes());
    }
    message.extend_from_slice(b"\r\n");
    message.append(&mut body.bytes);
    Asked { id, message, head_only: head.head_only, repeatable: head.repeatable }
}
