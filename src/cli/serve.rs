//! `toaster serve`.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

use super::say;
use crate::app::App;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::error::Result;

/// Serves until a signal asks to stop.
pub(super) fn run(config: &Config) -> Result<()> {
    // Taken first, so that a signal during the start is not lost. A second one while
    // stopping ends the process at once.
    let stopping = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, 1, Arc::clone(&stopping))?;
        flag::register(signal, Arc::clone(&stopping))?;
    }
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let app = App::start(config, &SystemClock::shared())?;
    say(&format!("Toaster is at http://{}", app.address()));
    if let Some(url) = app.set_up_url() {
        say(&format!(
            "\n  Create the first account at\n  {url}\n\n  (the address works once, and changes with every start)\n"
        ));
    }
    signals.forever().next();
    app.stop();
    Ok(())
}
