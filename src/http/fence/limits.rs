//! Every bound that the fence keeps, in one place.

use std::net::IpAddr;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors left for the database, fetches and the log.
const DESCRIPTORS_FOR_OTHERS: u64 = 128;
/// Our end of a private connection, and two copies of the engine's.
const DESCRIPTORS_PER_THREAD: u64 = 3;
const CONNECTIONS_MIN: usize = 8;

/// How much the network may ask of us, and for how long.
///
/// Time runs from the start of each phase, never from the last byte, so that a
/// byte every few seconds keeps nothing alive.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest request line with its headers.
    pub head_bytes: usize,
    /// The largest request body.
    pub body_bytes: usize,
    /// Other body limits, by the start of the path; the first that fits counts.
    pub body_bytes_under: Vec<(String, usize)>,
    /// The largest answer held in memory; larger ones must be files.
    pub answer_bytes: usize,
    /// All buffers of all connections together; above it the largest holder is dropped.
    pub held_bytes: usize,
    /// Connections open at once.
    pub connections: usize,
    /// Whole requests that wait for a free thread.
    pub queued: usize,
    /// From the first byte of a request to the end of its headers.
    pub head: Duration,
    /// From the end of the headers to the end of the body.
    pub body: Duration,
    /// Between two requests of one connection.
    pub idle: Duration,
    /// How long a reader of an answer may make no real progress.
    pub write_stall: Duration,
    /// From a whole request to its answer. Then the client is told 503 when the request was
    /// still in the queue, so that nothing was done, and 504 when a handler has it. The
    /// handler goes on, and its thread counts as busy until it is done.
    pub answer: Duration,
    /// How long we wait for the other side to close, after our last answer.
    pub linger: Duration,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 16 * 1024,
            body_bytes: 1024 * 1024,
            body_bytes_under: Vec::new(),
            answer_bytes: 16 * 1024 * 1024,
            held_bytes: 64 * 1024 * 1024,
            connections: 4096,
            queued: 256,
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(30),
            write_stall: Duration::from_secs(30),
            answer: Duration::from_secs(60),
            linger: Duration::from_secs(2),
            trusted_proxies: Vec::new(),
        }
    }
}

impl Limits {
    /// The largest body that a request for this target may have.
    pub(super) fn body_bytes_of(&self, target: &str) -> usize {
        self.body_bytes_under
            .iter()
            .find(|(start, _)| target.starts_with(start.as_str()))
            .map_or(self.body_bytes, |(_, bytes)| *bytes)
    }

    /// The same limits, made to fit together and to fit the descriptors we can have.
    pub(super) fn settled(mut self, threads: usize) -> Self {
        let largest = self.body_bytes_under.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
        let largest = largest.max(self.body_bytes).max(self.answer_bytes);
        // A body is held twice for the moment in which it is handed over.
        self.held_bytes = self.held_bytes.max(largest.saturating_mul(3));
        if let Some(descriptors) = raise_descriptors() {
            // Two for each connection: its socket, and the file that it may be sent.
            // With none left the engine would stop accepting for ever.
            let taken = DESCRIPTORS_FOR_OTHERS + DESCRIPTORS_PER_THREAD * threads as u64;
            let room = descriptors.saturating_sub(taken) / 2;
            let room = usize::try_from(room).unwrap_or(usize::MAX).max(CONNECTIONS_MIN);
            self.connections = self.connections.min(room);
        }
        self.connections = self.connections.max(1);
        self
    }
}

/// Raises the soft limit on descriptors to the hard one; returns it, unless there is none.
fn raise_descriptors() -> Option<u64> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_have_its_own_body_limit() {
        let limits = Limits {
            body_bytes_under: vec![("/api/v1/import".into(), 1 << 30)],
            ..Limits::default()
        };
        assert_eq!(limits.body_bytes_of("/api/v1/import?format=html"), 1 << 30);
        assert_eq!(limits.body_bytes_of("/api/v1/bookmarks"), 1024 * 1024);
        assert!(limits.settled(4).held_bytes >= 1 << 30);
    }
}
