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
