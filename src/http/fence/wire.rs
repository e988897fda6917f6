//! A socket that never blocks, and what is known of its readiness.
//!
//! The poll tells of a change once, so what it told must be remembered until the socket
//! itself says that there is no more.

use std::io::{self, ErrorKind, Read, Write};

use mio::event::Event;

/// One such socket.
#[derive(Debug)]
pub(super) struct Wire<S> {
    pub(super) stream: S,
    readable: bool,
    writable: bool,
    /// The other side will send nothing more.
    ended: bool,
}

impl<S: Read + Write> Wire<S> {
    /// Takes a socket that may be ready for anything.
    pub(super) fn new(stream: S) -> Self {
        Self { stream, readable: true, writable: true, ended: false }
    }

    /// Takes note of what the socket is ready for.
    pub(super) fn note(&mut self, event: &Event) {
        self.readable |= event.is_readable() || event.is_read_closed() || event.is_error();
        self.writable |= event.is_writable() || event.is_write_closed() || event.is_error();
        self.ended |= event.is_read_closed() || event.is_error();
    }

    /// Reads once; none when there is nothing to read now.
    ///
    /// # Errors
    /// `UnexpectedEof` at the end, or what the system says.
    pub(super) fn read(&mut self, into: &mut [u8]) -> io::Result<Option<usize>> {
        while self.readable {
            match self.stream.read(into) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    // A short read has emptied the socket, which will tell of what comes next;
                    // but an end that it has told of already, it will not tell again.
                    self.readable = read == into.len() || self.ended;
                    return Ok(Some(read));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.readable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Whether a write may fit.
    pub(super) fn is_writable(&self) -> bool {
        self.writable
    }

    /// Writes what fits of `bytes`, which are some; none when nothing fits now.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<Option<usize>> {
        while self.writable {
            match self.stream.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => return Ok(Some(written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}
