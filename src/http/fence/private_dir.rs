//! The directory of the private socket.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Paths of Unix sockets end at 104 bytes on some systems.
const SOCKET_PATH_MAX: usize = 100;
const NAME_START: &str = ".toaster-http-";
const SOCKET: &str = "s";
const TRIES: u32 = 100;

/// A directory that only we can enter. Whoever reaches the socket in it is believed, so
/// nobody else may. It goes away with this value.
#[derive(Debug)]
pub(super) struct PrivateDir {
    path: PathBuf,
}

impl PrivateDir {
    /// Makes a fresh one under `parent`, or in the system's place for such things when the
    /// path would be too long for a socket.
    ///
    /// # Errors
    /// `Internal` when neither can be written to.
    pub(super) fn create(parent: &Path) -> Result<Self> {
        let parent = std::path::absolute(parent)?;
        let longest = parent.join(format!("{NAME_START}{}-{TRIES}", u32::MAX)).join(SOCKET);
        if longest.as_os_str().len() > SOCKET_PATH_MAX {
            return Self::create_in(&std::env::temp_dir());
        }
        sweep(&parent);
        Self::create_in(&parent)
    }

    fn create_in(parent: &Path) -> Result<Self> {
        for number in 0..TRIES {
            let path = parent.join(format!("{NAME_START}{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::internal("no name is free for the private socket"))
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.path.join(SOCKET)
    }
}

impl Drop for PrivateDir {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, "the directory of the private socket could not be removed");
        }
    }
}

/// Removes what servers that were killed have left.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let ours =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(NAME_START));
        if ours
            && let Err(error) = UnixStream::connect(path.join(SOCKET))
            && error.kind() == ErrorKind::ConnectionRefused
        {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn it_is_ours_alone_and_goes_away() {
        let parent = tempfile::tempdir().unwrap();
        let private = PrivateDir::create(parent.path()).unwrap();
        let mode = fs::metadata(&private.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        drop(private);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_a_killed_server_left_is_removed_and_a_running_one_is_not() {
        let parent = tempfile::tempdir().unwrap();
        let running = PrivateDir::create(parent.path()).unwrap();
        let _listener = UnixListener::bind(running.socket()).unwrap();
        let killed = PrivateDir::create(parent.path()).unwrap();
        drop(UnixListener::bind(killed.socket()).unwrap());
        sweep(parent.path());
        assert!(running.path.exists() && !killed.path.exists());
        fs::create_dir(&killed.path).unwrap(); // For its destructor.
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_not_tried() {
        let parent = tempfile::tempdir().unwrap();
        let long = parent.path().join("x".repeat(120));
        fs::create_dir(&long).unwrap();
        let private = PrivateDir::create(&long).unwrap();
        assert!(private.socket().as_os_str().len() <= SOCKET_PATH_MAX);
    }
}
