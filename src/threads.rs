//! Starting a thread: always named, with a small stack, and always joined.

use std::io;
use std::thread::{Builder, JoinHandle};

/// Enough for the deepest call here (TLS and picture decoding); it is reserved, not used.
const STACK_BYTES: usize = 1024 * 1024;

/// Starts a named thread. The caller joins it; nothing here is ever detached.
///
/// # Errors
/// When the system has no room for another thread.
pub fn spawn(
    name: impl Into<String>,
    body: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    Builder::new().name(name.into()).stack_size(STACK_BYTES).spawn(body)
}
