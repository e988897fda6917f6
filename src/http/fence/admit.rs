//! Taking connections in, also when there is no room for them.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use mio::Token;
use mio::net::TcpStream;
use rustix::io::Errno;

use super::client::Client;
use super::refusal::Refusal;
use super::turn::{BOTH, Fence, RELAYS};

const ACCEPTS_PER_TURN: usize = 64;
const PAUSE: Duration = Duration::from_millis(100);

impl Fence {
    /// Takes in some of the connections that are waiting.
    pub(super) fn accept_some(&mut self) {
        if self.accept_again_at.is_some_and(|at| self.now < at) {
            return;
        }
        self.accept_again_at = None;
        for _ in 0..ACCEPTS_PER_TURN {
            let Some(listener) = self.listener.as_ref().filter(|_| self.accepts) else { return };
            match listener.accept() {
                Ok((stream, peer)) => self.admit(stream, peer),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.accepts = false,
                Err(error) if is_about_one_connection(error.kind()) => {}
                Err(error) if is_out_of_room(&error) && self.evict() => {}
                Err(error) => {
                    if is_out_of_room(&error) {
                        self.shed();
                    }
                    tracing::warn!(%error, "a connection could not be accepted");
                    self.accept_again_at = Some(self.now + PAUSE);
                    return;
                }
            }
        }
    }

    fn admit(&mut self, mut stream: TcpStream, peer: SocketAddr) {
        if self.free.is_empty() && self.clients.len() >= self.limits.connections && !self.evict() {
            let answer = Refusal::BUSY.answer().to_bytes(&self.date, false, false);
            let _ = stream.write(&answer);
            return;
        }
        // Without it the last part of an answer may wait 40 ms for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let slot = self.free.pop().unwrap_or_else(|| {
            self.clients.push(None);
            self.clients.len() - 1
        });
        let token = Token(RELAYS + self.relays.len() + slot);
        if let Err(error) = self.poll.registry().register(&mut stream, token, BOTH) {
            tracing::warn!(%error, "a connection could not be watched");
            self.free.push(slot);
            return;
        }
        let peer = peer.ip().to_canonical();
        // Not the time of the turn, because among many of one turn there must be an oldest.
        let now = self.clock.monotonic();
        self.clients[slot] = Some(Client::new(stream, peer, now, &self.limits));
        // Its first bytes are often here already.
        self.list(slot);
    }

    /// Closes the connection that has been idle, or has crawled, for longest. An honest
    /// request is read in milliseconds, so that under a flood it is never the oldest.
    fn evict(&mut self) -> bool {
        let oldest = self
            .clients
            .iter()
            .enumerate()
            .filter_map(|(slot, client)| Some((slot, client.as_ref()?)))
            .filter(|(_, client)| client.is_dispensable(self.now, &self.limits))
            .min_by_key(|(_, client)| client.since)
            .map(|(slot, _)| slot);
        if let Some(slot) = oldest {
            self.close(slot);
        }
        oldest.is_some()
    }

    /// Gets one connection out of the backlog when there is no descriptor for it and none
    /// to be had.
    fn shed(&mut self) {
        self.reserve = None;
        if let Some(listener) = &self.listener {
            drop(listener.accept());
        }
        self.reserve = File::open("/dev/null").ok();
    }
}

fn is_about_one_connection(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Interrupted | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

fn is_out_of_room(error: &std::io::Error) -> bool {
    let room = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    Errno::from_io_error(error).is_some_and(|errno| room.contains(&errno))
}
