//! A database on the real disk with its writer thread, as the server has it.

use std::path::PathBuf;
use std::thread::JoinHandle;

use tempfile::TempDir;
use toaster::clock::{SharedClock, SystemClock};
use toaster::store::{self, Store, Wakes, Writer, WriterHandle};

/// A new, empty directory beside the build, which is on a disk where `/tmp` may be memory.
pub fn directory() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("the build's directory is writable")
}

/// The store of a server, without the server.
pub struct Server {
    handle: Option<WriterHandle>,
    writer: Option<JoinHandle<()>>,
    clock: SharedClock,
    dir: TempDir,
}

impl Server {
    /// One with an empty database, on the machine's own clock.
    pub fn start() -> Self {
        Self::start_in(directory(), SystemClock::shared())
    }

    /// One with the database in `dir`, if there is one.
    pub fn start_in(dir: TempDir, clock: SharedClock) -> Self {
        let path = dir.path().join(store::FILE_NAME);
        let (writer, handle) = Writer::open(&path, clock.clone()).expect("the database opens");
        let writer = toaster::threads::spawn("writer", move || writer.run()).expect("it starts");
        Self { handle: Some(handle), writer: Some(writer), clock, dir }
    }

    /// The database file.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join(store::FILE_NAME)
    }

    /// A connection to it, as each thread has one.
    pub fn store(&self, wakes: Wakes) -> Store {
        let handle = self.handle.clone().expect("it is running");
        Store::open(&self.path(), handle, wakes, self.clock.clone()).expect("the database opens")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.handle = None;
        if let Some(writer) = self.writer.take() {
            writer.join().expect("the writer does not panic");
        }
    }
}
