//! The fence: everything between the network and the engine.
//!
//! One thread owns every socket of every client. It admits connections, reads whole
//! requests within limits and deadlines, refuses what could be read in two ways, and only
//! then passes a request over one of a fixed number of private connections to the engine.
//! The answer comes back the same way, and a large one as a file. Nothing that a client
//! does can make a thread, an unbounded buffer or an unbounded wait.

mod admit;
mod answer;
mod body;
mod client;
mod exchange;
mod head;
mod limits;
mod private_dir;
mod refusal;
mod relay;
mod turn;
mod wire;

#[cfg(test)]
mod tests;

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};
use socket2::SockRef;

pub use self::limits::Limits;
use self::private_dir::PrivateDir;
use self::turn::{Fence, Parts};
use crate::clock::SharedClock;
use crate::error::{Error, Result};
use crate::http::engine::Engine;
pub use crate::http::engine::Handler;
use crate::threads;

const BACKLOG: i32 = 1024;
const THREADS_MAX: usize = 64;

/// The running server.
pub struct Server {
    address: SocketAddr,
    stop: Sender<Duration>,
    waker: Arc<mio::Waker>,
    fence: JoinHandle<()>,
    engine: Engine,
    /// Removed when the server has stopped.
    private: PrivateDir,
}

impl Server {
    /// Starts the fence, and a thread for each handler.
    ///
    /// The private socket lives in a fresh directory under `private_dir`, which only we
    /// can enter. The server runs until [`Server::stop`].
    ///
    /// # Errors
    /// `Invalid` for no handlers or too many; `Internal` when the system denies a socket,
    /// a thread or the directory.
    pub fn start(
        listener: TcpListener,
        limits: Limits,
        handlers: Vec<Handler>,
        private_dir: &Path,
        clock: SharedClock,
    ) -> Result<Self> {
        let count = handlers.len();
        if !(1..=THREADS_MAX).contains(&count) {
            let reason = format!("{count} is not a number of threads from 1 to {THREADS_MAX}");
            return Err(Error::invalid("threads", reason));
        }
        let address = listener.local_addr()?;
        listener.set_nonblocking(true)?;
        SockRef::from(&listener).listen(BACKLOG)?;
        let limits = limits.settled(count);
        let private = PrivateDir::create(private_dir)?;
        // Room for one file of each request that can be inside the engine.
        let (files_in, files) = bounded(count);
        let (stop, stops) = bounded(1);
        let engine = Engine::start(&private.socket(), handlers, &files_in, limits.answer_bytes)?;
        let socket = private.socket();
        let parts = Parts { listener, limits, socket, threads: count, files, stops, clock };
        let started = Fence::new(parts)
            .and_then(|(fence, waker)| Ok((threads::spawn("fence", move || fence.run())?, waker)));
        match started {
            Ok((fence, waker)) => Ok(Self { address, stop, waker, fence, engine, private }),
            Err(error) => {
                engine.stop();
                Err(error)
            }
        }
    }

    /// The address that it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops taking connections, lets requests already whole be answered within `grace`,
    /// then joins every thread. The handlers are dropped here. One that runs longer than
    /// the grace is waited for, though nobody hears its answer.
    pub fn stop(self, grace: Duration) {
        // There is room: nobody else sends.
        let _ = self.stop.try_send(grace);
        if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "the fence could not be woken to stop");
        }
        if self.fence.join().is_err() {
            tracing::error!("the fence had panicked");
        }
        self.engine.stop();
        drop(self.private);
    }
}
