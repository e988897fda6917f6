//! The log: one line per event on stderr, `key=value`, without any URL, title or token.

use std::io;

use tracing::level_filters::LevelFilter;

/// Starts logging what is at least as grave as `level`. The journal keeps the time of each
/// line by itself, so only a terminal is shown one.
pub fn start(level: LevelFilter) {
    let builder = tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_max_level(level)
        .with_ansi(false)
        .with_target(false);
    // Started twice in one process, as tests do, the first stays.
    let _ = if std::env::var_os("JOURNAL_STREAM").is_some() {
        tracing::subscriber::set_global_default(builder.without_time().finish())
    } else {
        tracing::subscriber::set_global_default(builder.finish())
    };
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;
    use crate::transport::email;
    use crate::transport::tests::{SECRETS, every_row};

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn nothing_that_is_logged_of_a_push_holds_its_secrets() {
        let kept = Kept::default();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(kept.clone())
            .with_max_level(LevelFilter::TRACE)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            for answer in every_row().into_iter().chain(email::tests::every_row()) {
                // What the outbox may say of an attempt.
                tracing::warn!(outcome = answer.outcome.as_str(), detail = answer.detail, "push");
                tracing::debug!(?answer);
            }
        });
        let logged = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(logged.contains("asks to slow down"), "something was logged");
        for secret in SECRETS.into_iter().chain(["secret-password", "mina@home.example"]) {
            assert!(!logged.contains(secret), "{secret} was logged");
        }
    }
}
