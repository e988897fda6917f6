//! How an answer goes out: the bytes in memory, then a file, then what comes after it.

use std::io;
use std::net::Shutdown;
use std::os::unix::fs::FileExt as _;

use super::{Client, Phase, Step, Surroundings};

/// Buffers above this are given back between requests.
const IDLE_BUFFER_MAX: usize = 2048;

impl Client {
    /// Writes a little more of an answer.
    pub(super) fn send(&mut self, around: &mut Surroundings<'_>) -> Option<Step> {
        let written = if self.sent < self.out.len() {
            self.write_some()
        } else if self.sending.is_some() {
            self.write_file(around.scratch)
        } else {
            self.finish(around);
            return None;
        };
        match written {
            Ok(Some(bytes)) => {
                self.progress += bytes;
                self.wrote_at = around.now;
                None
            }
            Ok(None) => Some(Step::Wait),
            Err(_) => Some(Step::Close),
        }
    }

    /// Turns to the next request, or to the end.
    fn finish(&mut self, around: &Surroundings<'_>) {
        self.out = Vec::new();
        self.sent = 0;
        if self.keep_alive {
            if self.input.is_empty() && self.input.capacity() > IDLE_BUFFER_MAX {
                self.input = Vec::new();
            }
            self.enter(Phase::Idle, around.now, around.limits.idle);
        } else {
            // Closing at once would reset the connection under an answer still being read.
            let _ = self.wire.stream.shutdown(Shutdown::Write);
            self.input = Vec::new();
            self.enter(Phase::Linger, around.now, around.limits.linger);
        }
    }

    pub(super) fn write_some(&mut self) -> io::Result<Option<usize>> {
        let written = self.wire.write(&self.out[self.sent..])?;
        self.sent += written.unwrap_or(0);
        Ok(written)
    }

    /// Writes a piece of the file; a part that does not fit is read again later, so that a
    /// slow reader holds no memory.
    fn write_file(&mut self, scratch: &mut [u8]) -> io::Result<Option<usize>> {
        let Some(sending) = &mut self.sending else { return Ok(Some(0)) };
        let left = usize::try_from(sending.end - sending.at).unwrap_or(usize::MAX);
        if left == 0 {
            self.sending = None;
            return Ok(Some(0));
        }
        if !self.wire.is_writable() {
            return Ok(None); // Found out before the file is read in vain.
        }
        let wanted = left.min(scratch.len());
        let read = sending.file.read_at(&mut scratch[..wanted], sending.at)?;
        if read == 0 {
            // It is shorter than promised: only a broken connection tells so.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let written = self.wire.write(&scratch[..read])?;
        sending.at += written.unwrap_or(0) as u64;
        Ok(written)
    }

    /// Reads what is left only to throw it away.
    pub(super) fn discard(&mut self, around: &mut Surroundings<'_>) -> Option<Step> {
        match self.wire.read(around.scratch) {
            Ok(Some(_)) => None,
            Ok(None) => Some(Step::Wait),
            Err(_) => Some(Step::Close),
        }
    }
}
